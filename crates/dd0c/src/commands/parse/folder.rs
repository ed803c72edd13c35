//! Many pages: one row each, and a bar on the terminal while they are read.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use dd0c_types::runbook::ParsedRunbook;
use serde_json::json;

use super::page::Mix;
use crate::commands::exit::{FAILED, Failure, Outcome};
use crate::commands::pages::{self, by_all_cores};
use crate::commands::paint::Paint;
use crate::commands::terminal;

/// What came of one page.
enum Read {
    Runbook(Box<ParsedRunbook>),
    NoCommands,
    Failed(String),
}

pub(super) fn run(folder: &Path, as_json: bool, paint: Paint) -> Outcome {
    let files = pages::found(&[folder.to_owned()])?;
    let bar = Bar::over(files.len());
    let read = by_all_cores(&files, |path| one(path), |done| bar.show(done));
    bar.clear();
    let rows = files.iter().zip(&read);
    if as_json {
        rows.for_each(|(path, read)| println!("{}", row_json(path, read)));
    } else {
        println!("{}", table(folder, rows, paint));
    }
    let failed = read.iter().filter(|read| matches!(read, Read::Failed(_))).count();
    Ok(if failed > 0 { ExitCode::from(FAILED) } else { ExitCode::SUCCESS })
}

fn one(path: &Path) -> Read {
    let text = match pages::read(path) {
        Ok(text) => text,
        Err(error) => return Read::Failed(error.of(path)),
    };
    match super::locally(&text) {
        Ok(runbook) => Read::Runbook(Box::new(runbook)),
        // Nothing else is refused of a text that could be read.
        Err(Failure { .. }) => Read::NoCommands,
    }
}

fn row_json(path: &Path, read: &Read) -> serde_json::Value {
    match read {
        Read::Runbook(runbook) => json!({ "path": path, "status": "runbook", "runbook": runbook }),
        Read::NoCommands => json!({ "path": path, "status": "no_commands" }),
        Read::Failed(error) => json!({ "path": path, "status": "failed", "error": error }),
    }
}

const HEAD: &str = "STEPS  DANGER  CAUTION  SAFE  BY HAND  UNCLEAR      MS  PAGE";
/// Where the name of the page begins.
const NAME_AT: usize = 56;

fn table<'r>(folder: &Path, rows: impl Iterator<Item = (&'r PathBuf, &'r Read)>, paint: Paint) -> String {
    let width = terminal::width();
    let mut lines = vec![paint.strong(HEAD)];
    let mut sums = [0; 6];
    let (mut runbooks, mut others) = (0, 0);
    for (path, read) in rows {
        let name = terminal::prose(&path.strip_prefix(folder).unwrap_or(path).to_string_lossy());
        match read {
            Read::Runbook(runbook) => {
                runbooks += 1;
                let numbers = numbers(runbook);
                sums.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number);
                let took = runbook.timings_ms.parse + runbook.timings_ms.scan;
                let title = paint.quiet(&shortened(
                    &runbook.title,
                    width.saturating_sub(NAME_AT + 2 + terminal::columns(&name)),
                ));
                lines.push(
                    format!("{}  {took:>6.1}  {name}  {title}", columns(numbers)).trim_end().to_owned(),
                );
            }
            Read::NoCommands => {
                others += 1;
                lines.push(paint.quiet(&format!("{:>w$}{name}", "no commands  ", w = NAME_AT)));
            }
            Read::Failed(error) => lines.push(paint.strong(error)),
        }
    }
    lines.push(format!("{}          {runbooks} runbooks, {others} files without commands", columns(sums)));
    lines.join("\n")
}

/// Steps, danger, caution, safe, by hand, unclear.
fn numbers(runbook: &ParsedRunbook) -> [usize; 6] {
    let Mix { risks: [safe, caution, danger], by_hand } = Mix::of(runbook);
    [runbook.steps.len(), danger, caution, safe, by_hand, runbook.ambiguities.len()]
}

fn columns([steps, danger, caution, safe, by_hand, unclear]: [usize; 6]) -> String {
    format!("{steps:>5}  {danger:>6}  {caution:>7}  {safe:>4}  {by_hand:>7}  {unclear:>7}")
}

fn shortened(text: &str, width: usize) -> String {
    let text = terminal::prose(text);
    if terminal::columns(&text) <= width {
        return text;
    }
    let kept = terminal::cut(&text, width.saturating_sub(1)).into_iter().next().unwrap_or_default();
    if width < 8 { String::new() } else { format!("{kept}…") }
}

/// A bar on standard error; none where that is no terminal.
struct Bar {
    total: usize,
    shown: bool,
}

impl Bar {
    fn over(total: usize) -> Self {
        Self { total, shown: std::io::stderr().is_terminal() }
    }

    fn show(&self, done: usize) {
        if self.shown {
            let full = done * 30 / self.total.max(1);
            let _ = write!(
                std::io::stderr(),
                "\r[{}{}] {done}/{}",
                "█".repeat(full),
                " ".repeat(30 - full),
                self.total
            );
        }
    }

    fn clear(&self) {
        if self.shown {
            let _ = write!(std::io::stderr(), "\r\u{1b}[2K");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_below_their_heads() {
        let row = columns([1, 2, 3, 4, 5, 6]);
        for (head, number) in ["STEPS", "DANGER", "CAUTION", "SAFE", "BY HAND", "UNCLEAR"].iter().zip(1..) {
            let end = HEAD.find(head).unwrap() + head.len();
            assert_eq!(row[..end].chars().last(), char::from_digit(number, 10), "{head}");
        }
        assert_eq!(HEAD.find("PAGE"), Some(NAME_AT));
    }

    #[test]
    fn a_long_title_ends_with_an_ellipsis() {
        assert_eq!(shortened("Restart the gateway", 12), "Restart the…");
        assert_eq!(shortened("short", 12), "short");
    }
}
