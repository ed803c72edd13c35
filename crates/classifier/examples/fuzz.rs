//! Feeds the scanner made-up commands: `fuzz [SEED] [EXECUTIONS] [OUT]`.
//!
//! Half of them are bytes that changed at random, half are shell text from a small grammar. Every run with the same
//! seed is the same run. A command on which the scanner panics, gives a span that is no range of characters, leaves
//! bytes unexplained or takes longer than the time allowed is written to OUT and counted; the exit code says whether
//! there was one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

#[path = "../tests/fuzz/made_up.rs"]
mod made_up;

/// Longest that one scan may take here, on a machine that does other things too.
const LONGEST: Duration = Duration::from_millis(250);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let seed: u64 = arguments.next().map_or(Ok(1), |text| text.parse())?;
    let executions: u64 = arguments.next().map_or(Ok(100_000), |text| text.parse())?;
    let out = arguments.next();
    std::panic::set_hook(Box::new(|_| {}));
    let mut dice = made_up::Dice::new(seed);
    let (mut crashes, mut slowest) = (0_u64, Duration::ZERO);
    let started = Instant::now();
    for _ in 0..executions {
        let text = dice.command();
        let before = Instant::now();
        let fault = catch_unwind(AssertUnwindSafe(|| made_up::fault(&text))).unwrap_or(Some("panic"));
        let took = before.elapsed();
        slowest = slowest.max(took);
        let fault = fault.or((took > LONGEST).then_some("slow"));
        if let Some(fault) = fault {
            crashes += 1;
            println!("{fault}: {text:?}");
            if let Some(folder) = &out {
                std::fs::write(format!("{folder}/{seed}-{crashes}-{fault}"), &text)?;
            }
        }
    }
    println!(
        "{executions} executions, {crashes} crashes, seed {seed}, {:.0} a second, slowest {slowest:?}",
        executions as f64 / started.elapsed().as_secs_f64()
    );
    std::process::exit(i32::from(crashes > 0));
}
