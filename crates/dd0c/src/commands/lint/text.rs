//! Findings for people: place, risk, rule, reason, and the command below.

use dd0c_types::ScannerRisk;
use dd0c_types::visible::visible;

use super::{Checked, File, Finding, Level};
use crate::commands::paint::{Paint, shape};
use crate::commands::terminal;

/// The sums of a lint.
pub(super) struct Sums {
    pub(super) runbooks: usize,
    pub(super) without_commands: usize,
    pub(super) failed: usize,
    pub(super) commands: usize,
    levels: [usize; 3],
}

impl Sums {
    pub(super) fn of(&self, level: Level) -> usize {
        self.levels[level as usize]
    }
}

/// Adds up.
pub(super) fn counted(files: &[File]) -> Sums {
    let mut sums = Sums { runbooks: 0, without_commands: 0, failed: 0, commands: 0, levels: [0; 3] };
    for file in files {
        match &file.outcome {
            Checked::Runbook { commands, findings, .. } => {
                sums.runbooks += 1;
                sums.commands += commands;
                findings.iter().for_each(|finding| sums.levels[finding.level as usize] += 1);
            }
            Checked::NoCommands => sums.without_commands += 1,
            Checked::Failed(_) => sums.failed += 1,
        }
    }
    sums
}

/// All findings, then the sums.
pub(super) fn drawn(files: &[File], paint: Paint) -> String {
    let width = terminal::width();
    let mut rows: Vec<String> = Vec::new();
    for file in files {
        let name = terminal::prose(&file.name());
        rows.extend(file.findings().iter().map(|finding| one(&name, finding, paint, width)));
        if let Checked::Failed(error) = &file.outcome {
            rows.push(paint.strong(&error.of(&file.path)));
        }
    }
    rows.push(summary(files));
    rows.join("\n")
}

fn one(name: &str, finding: &Finding, paint: Paint, width: usize) -> String {
    let (risk, word) = match finding.level {
        Level::Danger => (ScannerRisk::Dangerous, "DANGER"),
        Level::Caution => (ScannerRisk::Caution, "CAUTION"),
        Level::Ambiguity => (ScannerRisk::Unknown, "UNCLEAR"),
    };
    let head = match finding.level {
        Level::Ambiguity => format!("? {word}"),
        Level::Danger | Level::Caution => format!("{} {word}", shape(risk)),
    };
    let place = format!("{name}:{}:{}", finding.region.line, finding.region.column);
    let mut out = format!("{} {} {}", paint.strong(&place), paint.toned(risk, &head), finding.rule);
    let mut say = |first: &str, text: &str| {
        let lines = terminal::wrapped(text, width.saturating_sub(first.len()));
        out += &format!("\n{}", terminal::hanging(first, &lines));
    };
    say("    ", &terminal::prose(&finding.message));
    if let Some((command, _)) = &finding.command {
        say("    > ", &terminal::readable(command));
    }
    if let Some(safer) = &finding.safer {
        say("    safer: ", &visible(safer));
    }
    out
}

/// The sums in one line.
pub(super) fn summary(files: &[File]) -> String {
    let sums = counted(files);
    let mut parts = vec![
        counted_word(sums.runbooks, "runbook"),
        counted_word(sums.commands, "command"),
        format!("{} danger", sums.of(Level::Danger)),
        format!("{} caution", sums.of(Level::Caution)),
        format!("{} unclear", sums.of(Level::Ambiguity)),
    ];
    if sums.without_commands > 0 {
        parts.push(format!("{} without commands", counted_word(sums.without_commands, "file")));
    }
    if sums.failed > 0 {
        parts.push(format!("{} not read", counted_word(sums.failed, "file")));
    }
    parts.join(", ")
}

fn counted_word(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}
