//! The scanner's door: caps first, then the reading of the language, then the verdict.

use dd0c_types::classification::CommandSpan;
use dd0c_types::{ObjectRef, ScannerRisk, ScannerVerdict};

use crate::Language;
use crate::judge::Judge;
use crate::payload::{redis, sql};
use crate::report::{Origin, Report, Scope};
use crate::shell::text::prepare;
use crate::shell::tree::MOST_BYTES;
use crate::{coarse, deceptive, foreign};

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
    deceptive::read(command, &mut report);
    if command.len() > MOST_BYTES {
        report.note("cap.length", ScannerRisk::Unknown, whole, "longer than 8 KiB: too long to be read");
        coarse::read(command, whole, &mut report);
        return report.into_scan(command);
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
            foreign::destroys(command, whole, &mut report);
        }
    }
    if report.risk() == ScannerRisk::Safe && report.commands == 0 {
        report.note("scan.empty", ScannerRisk::Unknown, whole, "there is no command in it");
    }
    report.into_scan(command)
}

fn shell(command: &str, report: &mut Report) {
    let prepared = prepare(command);
    let scope = Scope::new(&prepared.text, Origin::Top { prepared: &prepared, original: command });
    let Some(foreign) = foreign::shell_of(command) else {
        return Judge::new(report).script(&scope, 0);
    };
    let whole = CommandSpan { start: 0, end: command.len() };
    foreign::judge(foreign, command, whole, report);
    coarse::read(command, whole, report);
    // Should bash be handed it all the same, what it would do counts as well.
    Judge::new(report).deny_only(|judge| judge.script(&scope, 0), ScannerRisk::Caution);
}
