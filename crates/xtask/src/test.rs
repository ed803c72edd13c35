//! `cargo xtask test`: what CI runs, on a machine that has Rust and Node and perhaps nothing else.
//!
//! Quick checks stand first and the first failure ends it. Rust is compiled once: everything is built with one set of
//! features into one folder, and the tests of the next section find it there.

use std::io::{BufRead, BufReader, IsTerminal};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::{browser_tests, complexity, decisions, layers, program, slack_clients, tools, verdicts, web};

type Section = (&'static str, fn(&Path) -> anyhow::Result<Option<String>>);

const SECTIONS: [Section; 11] = [
    ("tools", |root| quietly(tools_are_there(root))),
    ("format", |root| quietly(program::run(root, "cargo", &["fmt", "--all", "--check"]))),
    ("layers", |root| quietly(layers::run(root))),
    ("complexity", |root| quietly(complexity::run(root))),
    ("decision logs", |root| quietly(decisions::run(root))),
    ("verdicts", |root| quietly(verdicts::run(root, &verdicts::Arguments::default()))),
    ("dashboard", |root| quietly(dashboard(root))),
    ("build", |root| quietly(program::run(root, "cargo", &BUILD))),
    ("lints", lints),
    ("tests", rust_tests),
    ("browser tests", |root| quietly(browser_tests::run(root))),
];
const BUILD: [&str; 4] = ["build", "--workspace", "--all-targets", "--locked"];
const LINTS: [&str; 7] = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];

/// Runs every section in order and ends with a table.
///
/// # Errors
/// The first section that fails.
pub(crate) fn run(root: &Path) -> anyhow::Result<()> {
    let begun = Instant::now();
    let mut lines = Vec::new();
    for (number, (name, section)) in SECTIONS.iter().enumerate() {
        eprintln!("\n== {}/{} {name}", number + 1, SECTIONS.len());
        let since = Instant::now();
        let result = section(root);
        lines.push(line(name, since.elapsed(), result.as_ref().map(Option::as_deref).map_err(|_| ())));
        if let Err(error) = result {
            table(&lines, begun.elapsed());
            return Err(error.context(format!("{name} failed; what comes after it was not run")));
        }
    }
    table(&lines, begun.elapsed());
    Ok(())
}

fn quietly(result: anyhow::Result<()>) -> anyhow::Result<Option<String>> {
    result.map(|()| None)
}

fn line(name: &str, took: Duration, result: Result<Option<&str>, ()>) -> String {
    let word = if result.is_ok() { "ok" } else { "FAILED" };
    let note = result.ok().flatten().unwrap_or_default();
    format!("  {name:<14} {word:<6} {:>7.1} s  {note}", took.as_secs_f64()).trim_end().to_owned()
}

fn table(lines: &[String], took: Duration) {
    eprintln!(
        "\n== cargo xtask test\n{}\n  {:<21} {:>7.1} s",
        lines.join("\n"),
        "in all",
        took.as_secs_f64()
    );
}

fn tools_are_there(root: &Path) -> anyhow::Result<()> {
    tools::need_node()?;
    tools::need_rust_components()?;
    tools::need_postgres()?;
    tools::need_browser()?;
    slack_clients::install(root);
    Ok(())
}

/// The dashboard is built before Rust: the api serves it.
fn dashboard(root: &Path) -> anyhow::Result<()> {
    web::install(root)?;
    ["lint", "build", "test", "size"].into_iter().try_for_each(|name| web::script(root, name))
}

/// Where clippy's driver is the compiler, as in CI, the build has linted already.
fn lints(root: &Path) -> anyhow::Result<Option<String>> {
    if std::env::var_os("RUSTC_WORKSPACE_WRAPPER").is_some_and(|wrapper| wrapper == "clippy-driver") {
        return Ok(Some("by the build".to_owned()));
    }
    quietly(program::run(root, "cargo", &LINTS))
}

/// All Rust tests. The closing line of the runner is passed on and repeated in the table.
fn rust_tests(root: &Path) -> anyhow::Result<Option<String>> {
    if !program::answers("cargo", &["nextest", "--version"]) {
        eprintln!("cargo-nextest is not installed: using `cargo test`, which is slower");
        return quietly(program::run(root, "cargo", &["test", "--workspace", "--all-targets", "--locked"]));
    }
    let colour = if std::io::stderr().is_terminal() { "always" } else { "never" };
    let left_out = format!("not ({})", slack_clients::TESTS);
    let mut arguments = vec!["nextest", "run", "--workspace", "--locked", "--color", colour];
    let complete = slack_clients::are_there(root);
    if !complete {
        arguments.extend(["-E", &left_out]);
    }
    let line = program::spoken("cargo", &arguments);
    eprintln!("$ {line}");
    let mut child = Command::new("cargo")
        .args(&arguments)
        .current_dir(root)
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{line}`"))?;
    let closing = child.stderr.take().and_then(|stderr| pass_on(BufReader::new(stderr)));
    let status = child.wait()?;
    if !status.success() {
        bail!("`{line}` failed ({status}). To repeat one test: cargo nextest run -p CRATE NAME");
    }
    if complete {
        return Ok(closing);
    }
    Ok(closing
        .map(|closing| format!("{closing}; left out: those of Slack's own clients, which are not installed")))
}

/// Writes every line to stderr and remembers the runner's summary.
fn pass_on(reader: impl BufRead) -> Option<String> {
    let mut closing = None;
    for line in reader.split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line).into_owned();
        eprintln!("{line}");
        if line.contains("Summary") && line.contains("tests run") {
            closing = Some(line.trim().to_owned());
        }
    }
    closing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runners_closing_line_is_kept_for_the_table() {
        let output = "    PASS [   0.1s] a::b\n     Summary [   1.2s] 12 tests run: 12 passed, 0 skipped\n";
        let closing = pass_on(output.as_bytes());
        assert_eq!(closing.as_deref(), Some("Summary [   1.2s] 12 tests run: 12 passed, 0 skipped"));
        let row = line("tests", Duration::from_secs(2), Ok(closing.as_deref()));
        assert!(row.contains("ok") && row.contains("12 passed"), "{row}");
        assert!(line("tests", Duration::from_secs(2), Err(())).contains("FAILED"));
    }
}
