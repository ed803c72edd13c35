//! A command that a person typed, judged by the scanner like any other.

use dd0c_executor::Inverse;
use dd0c_types::{Classification, Command};

use crate::error::EngineError;

/// The longest command a person may type, in bytes.
const LONGEST: usize = 64 * 1024;

/// A typed command with everything that is known of it.
pub(crate) struct Judged {
    pub(crate) command: Command,
    pub(crate) verdict: Classification,
    /// The inverse command, when the scanner knows one.
    pub(crate) rollback: Option<Inverse>,
    pub(crate) rollback_verdict: Option<Classification>,
}

/// Judges a typed command. No reviewer speaks of it, so that it is never Safe by two keys.
pub(crate) fn judge(text: &str) -> Result<Judged, EngineError> {
    if text.trim().is_empty() || text.len() > LONGEST || text.contains('\0') {
        let message = "A command has 1 byte to 64 KiB and no NUL. Nothing has changed.";
        return Err(EngineError::Invalid(message.to_owned()));
    }
    Ok(of(Command::new(text)))
}

/// The verdict on a command that was taken already.
pub(crate) fn of(command: Command) -> Judged {
    let verdict = dd0c_classifier::classify(&command, "bash", None);
    let inverse = verdict.scanner.findings.iter().find_map(|finding| finding.rollback.clone());
    let rollback_verdict =
        inverse.clone().map(|inverse| dd0c_classifier::classify(&Command::new(inverse), "bash", None));
    let rollback = inverse.map(|inverse| Inverse {
        command: Command::new(inverse),
        risk: rollback_verdict.as_ref().map(|verdict| verdict.risk),
    });
    Judged { command, verdict, rollback, rollback_verdict }
}
