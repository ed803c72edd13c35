//! Prints a verdict for each line of standard input: `risk<TAB>rules<TAB>command`. `⏎` stands for a line end.

use std::io::BufRead as _;

fn main() {
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let scan = dd0c_classifier::scan(&line.replace('⏎', "\n"));
        let rules: Vec<&str> = scan.verdict.findings.iter().map(|finding| finding.rule.as_str()).collect();
        println!("{}\t{}\t{line}", scan.verdict.risk.as_str(), rules.join(","));
    }
}
