//! The scanner's door: caps first, then the reading of the language, then the verdict.

use dd0c_types::classification::CommandSpan;
use dd0c_types::visible::is_deceptive;
use dd0c_types::{ObjectRef, ScannerRisk, ScannerVerdict};

use crate::Language;
use crate::coarse;
use crate::judge::Judge;
use crate::payload::{redis, sql};
use crate::report::{Origin, Report, Scope};
use crate::shell::text::prepare;
use crate::shell::tree::MOST_BYTES;

/// What the scanner says of one command.
#[derive(Debug, Clone, PartialEq)]
pub struct Scan {
    /// The verdict; `elapsed_us` is 0, the caller measures.
    pub verdict: ScannerVerdict,
    /// What the command acts on, as written, in order.
    pub objects: Vec<ObjectRef>,
    /// The exact inverse, when one is known.
    pub rollback: Option<String>,
}

/// Scans a shell command. Total: never panics, never runs anything, bounded in time by the caps.
pub fn scan(command: &str) -> Scan {
    scan_in(command, Language::Bash)
}

/// Scans a command in its language.
pub fn scan_in(command: &str, language: Language) -> Scan {
    let mut report = Report::default();
    let whole = CommandSpan { start: 0, end: command.len() };
    if is_deceptive(command) {
        let why = "holds characters that hide or imitate others: what you see is not what would run";
        report.note("text.deceptive", ScannerRisk::Dangerous, whole, why);
    }
    if command.len() > MOST_BYTES {
        report.note("cap.length", ScannerRisk::Unknown, whole, "longer than 8 KiB: too long to be read");
        coarse::read(command, whole, &mut report);
        return report.into_scan();
    }
    match language {
        Language::Bash => shell(command, &mut report),
        Language::Sql => sql::judge(command, whole, &mut report),
        Language::Redis => redis::judge(command, whole, &mut report),
        Language::Other => {
            report.note(
                "scan.language",
                ScannerRisk::Unknown,
                whole,
                "written in a language that is not read",
            );
            coarse::read(command, whole, &mut report);
        }
    }
    if report.risk() == ScannerRisk::Safe && report.commands == 0 {
        report.note("scan.empty", ScannerRisk::Unknown, whole, "there is no command in it");
    }
    report.into_scan()
}

fn shell(command: &str, report: &mut Report) {
    let prepared = prepare(command);
    let scope =
        Scope { text: &prepared.text, origin: Origin::Top { prepared: &prepared, original: command } };
    Judge::new(report).script(&scope, 0);
}
