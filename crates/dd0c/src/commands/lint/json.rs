//! Findings as one JSON object, `dd0c.lint/v1`.

use serde_json::{Value, json};

use super::text::counted;
use super::{Checked, File, Finding, Level};

/// Every file with what was found in it, and the sums.
pub(super) fn of(files: &[File]) -> Value {
    let sums = counted(files);
    json!({
        "schema": "dd0c.lint/v1",
        "scanner_version": dd0c_classifier::version(),
        "files": files.iter().map(file).collect::<Vec<_>>(),
        "summary": {
            "runbooks": sums.runbooks, "without_commands": sums.without_commands, "failed": sums.failed,
            "commands": sums.commands, "danger": sums.of(Level::Danger), "caution": sums.of(Level::Caution),
            "ambiguity": sums.of(Level::Ambiguity),
        },
    })
}

fn file(file: &File) -> Value {
    let path = file.name();
    match &file.outcome {
        Checked::Runbook { title, steps, commands, findings } => json!({
            "path": path, "status": "runbook", "title": title, "steps": steps, "commands": commands,
            "findings": findings.iter().map(finding).collect::<Vec<_>>(),
        }),
        Checked::NoCommands => json!({ "path": path, "status": "no_commands", "findings": [] }),
        Checked::Failed(error) => {
            let place = error
                .place
                .map(|(offset, line, column)| json!({ "offset": offset, "line": line, "column": column }));
            json!({ "path": path, "status": "failed", "error": error.why, "place": place, "findings": [] })
        }
    }
}

fn finding(finding: &Finding) -> Value {
    let command = finding.command.as_ref();
    json!({
        "level": finding.level, "rule": finding.rule, "message": finding.message, "safer": finding.safer,
        "step": finding.step, "command": command.map(|(text, _)| text), "command_sha256": command.map(|(_, hash)| hash),
        "region": finding.region,
    })
}
