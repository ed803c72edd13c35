//! Reviews one command a line from standard input: risk, confidence, reason, and the command.

use std::io::BufRead as _;

fn main() -> std::io::Result<()> {
    for command in std::io::stdin().lock().lines() {
        let command = command?;
        match dd0c_reviewer::review(&command, "bash") {
            Some(verdict) => println!(
                "{}\t{:.3}\t{command}\t{}",
                if verdict.escalated { "doubtful" } else { verdict.risk.as_str() },
                verdict.confidence,
                verdict.reason
            ),
            None => println!("silent\t\t{command}\t"),
        }
    }
    Ok(())
}
