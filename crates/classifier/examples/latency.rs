//! Measures the scanner over a file of JSON lines with a `cmd` field: median, p99 and maximum in microseconds.

use std::time::Instant;

#[derive(serde::Deserialize)]
struct Line {
    cmd: String,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("usage: latency FILE.jsonl")?;
    let text = std::fs::read_to_string(path)?;
    let lines: Vec<Line> = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let mut micros: Vec<f64> = lines
        .iter()
        .map(|line| {
            let start = Instant::now();
            std::hint::black_box(dd0c_classifier::scan(&line.cmd));
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    let first = micros.first().copied().unwrap_or_default();
    micros.sort_by(f64::total_cmp);
    let at = |share: usize| {
        micros.get((micros.len().saturating_sub(1)) * share / 100).copied().unwrap_or_default()
    };
    println!(
        "{} commands: first {first:.1} us, median {:.1} us, p99 {:.1} us, max {:.1} us",
        micros.len(),
        at(50),
        at(99),
        at(100)
    );
    Ok(())
}
