//! Measures the scanner over a file of JSON lines with a `cmd` field: median, p99 and maximum in microseconds, and
//! how the time grows with the length of commands, up to and past the cap. A call during which the system gave the
//! core to another process is counted apart: its time is not the scanner's.

use std::time::Instant;

#[derive(serde::Deserialize)]
struct Line {
    cmd: String,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("usage: latency FILE.jsonl [PASSES]")?;
    let text = std::fs::read_to_string(path)?;
    let lines: Vec<Line> = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    if let Some(passes) = std::env::args().nth(2) {
        // For a profiler: nothing but scans.
        for _ in 0..passes.parse()? {
            lines.iter().for_each(|line| drop(std::hint::black_box(dd0c_classifier::scan(&line.cmd))));
        }
        return Ok(());
    }
    let timed: Vec<(f64, bool)> = lines.iter().map(|line| timed(&line.cmd)).collect();
    let first = timed.first().map_or(0.0, |(micros, _)| *micros);
    let interrupted = timed.iter().filter(|(_, interrupted)| *interrupted).count();
    let mut micros: Vec<f64> =
        timed.iter().filter(|(_, interrupted)| !interrupted).map(|(micros, _)| *micros).collect();
    micros.sort_by(f64::total_cmp);
    let at = |share: usize| {
        micros.get((micros.len().saturating_sub(1)) * share / 100).copied().unwrap_or_default()
    };
    println!(
        "{} commands: first {first:.1} us, median {:.1} us, p99 {:.1} us, max {:.1} us; {interrupted} interrupted",
        lines.len(),
        at(50),
        at(99),
        at(100)
    );
    growth();
    Ok(())
}

/// The time of one scan, and whether the core was taken away meanwhile.
fn timed(command: &str) -> (f64, bool) {
    let before = switches();
    let start = Instant::now();
    std::hint::black_box(dd0c_classifier::scan(command));
    let micros = start.elapsed().as_secs_f64() * 1e6;
    (micros, switches() != before)
}

/// How often the core was taken from this process so far.
fn switches() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find(|line| line.starts_with("nonvoluntary")).map(str::to_owned)
}

/// The best of several scans of ever longer commands.
fn growth() {
    for (name, piece) in [
        ("words", "a "),
        ("commands", "kubectl get pods; "),
        ("substitutions", "$(ls) "),
        ("brackets", "("),
        ("braces", "{a,b}"),
        ("quotes", "\"a\"'b'"),
        ("wrappers", "sudo "),
    ] {
        let times = [128, 512, 2_048, 8_000, 32_000, 128_000].map(|length| {
            let text = format!("ls {}", piece.repeat(length / piece.len()));
            let best = (0..7).map(|_| timed(&text).0).fold(f64::INFINITY, f64::min);
            format!("{length} bytes {best:.0} us")
        });
        println!("{name}: {}", times.join(", "));
    }
}
