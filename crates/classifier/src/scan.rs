//! The scanner.

use dd0c_types::classification::CommandSpan;
use dd0c_types::{Finding, ObjectRef, ScannerRisk, ScannerVerdict};

use crate::Language;

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

/// Scans a shell command.
pub fn scan(command: &str) -> Scan {
    scan_in(command, Language::Bash)
}

/// Scans a command in its language. Total: never panics, bounded in time.
pub fn scan_in(command: &str, _language: Language) -> Scan {
    let finding = Finding {
        rule: "scan.unlisted".to_owned(),
        risk: ScannerRisk::Unknown,
        span: CommandSpan { start: 0, end: command.len() },
        why: "no rule knows this command".to_owned(),
        safer: None,
        rollback: None,
        object: None,
    };
    Scan {
        verdict: ScannerVerdict {
            risk: ScannerRisk::Unknown,
            version: crate::version().to_owned(),
            elapsed_us: 0,
            findings: vec![finding],
            tokens: Vec::new(),
        },
        objects: Vec::new(),
        rollback: None,
    }
}
