//! One page: what the scanner says of its commands, what is unclear in it, and where.

use std::path::{Path, PathBuf};

use dd0c_classifier::Language;
use dd0c_types::runbook::{Hazard, ParsedRunbook, Step, StepCommand};
use dd0c_types::{CommandHash, ScannerRisk};
use serde::Serialize;

use super::{Lines, Region};
use crate::commands::pages::{self, Unreadable};

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(super) enum Level {
    /// Two engineers would read it differently.
    Ambiguity,
    /// A command changes something, or nobody is sure that it does not.
    Caution,
    /// A command destroys something.
    Danger,
}

/// A file and what came of it.
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) outcome: Checked,
}

pub(super) enum Checked {
    /// A runbook, with its findings in the order of their places.
    Runbook { title: String, steps: usize, commands: usize, findings: Vec<Finding> },
    /// A text in which nothing is to be run.
    NoCommands,
    /// It could not be read.
    Failed(Unreadable),
}

/// One thing found.
pub(super) struct Finding {
    pub(super) level: Level,
    /// The scanner's rule, or one of `runbook.…`.
    pub(super) rule: String,
    pub(super) message: String,
    pub(super) safer: Option<String>,
    /// The number of the step it belongs to.
    pub(super) step: Option<u32>,
    /// The command, with its hash.
    pub(super) command: Option<(String, CommandHash)>,
    pub(super) region: Region,
}

impl File {
    pub(super) fn findings(&self) -> &[Finding] {
        match &self.outcome {
            Checked::Runbook { findings, .. } => findings,
            Checked::NoCommands | Checked::Failed(_) => &[],
        }
    }

    pub(super) fn worst(&self) -> Option<Level> {
        self.findings().iter().map(|finding| finding.level).max()
    }

    /// The path with `/` between its parts, without `./` before it.
    pub(super) fn name(&self) -> String {
        let name = self.path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
        name.strip_prefix("./").unwrap_or(&name).to_owned()
    }
}

/// Checks one file. Whatever is wrong with it is in the result.
pub(super) fn file(path: &Path) -> File {
    let outcome = match pages::read(path) {
        Ok(text) => page(&text),
        Err(unreadable) => Checked::Failed(unreadable),
    };
    File { path: path.to_owned(), outcome }
}

fn page(text: &str) -> Checked {
    // Reading failed already for all that parsing refuses, but for a text of nothing but blanks.
    let Ok(runbook) = dd0c_parser::outline(text, None) else { return Checked::NoCommands };
    let commands = runbook.steps.iter().filter(|step| step.command.is_some()).count();
    if commands == 0 {
        return Checked::NoCommands;
    }
    let lines = Lines::of(text);
    let mut findings: Vec<_> = runbook.steps.iter().flat_map(|step| of_step(step, text, &lines)).collect();
    findings.extend(unclear(&runbook, &lines));
    findings.sort_by_key(|finding| (finding.region.start, std::cmp::Reverse(finding.level)));
    Checked::Runbook { title: runbook.title, steps: runbook.steps.len(), commands, findings }
}

fn of_step(step: &Step, text: &str, lines: &Lines<'_>) -> Vec<Finding> {
    let Some(command) = &step.command else { return Vec::new() };
    let written = command.text.reveal();
    let named = || Some((written.to_owned(), command.text.hash()));
    let scan = dd0c_classifier::scan_in(written, Language::from_name(&command.language));
    let mut spans = Vec::new();
    let mut found = Vec::new();
    // Worst first: of several that speak of the same bytes the worst is enough.
    for said in scan.verdict.findings {
        let Some(level) = level_of(said.risk).filter(|_| !spans.contains(&said.span)) else { continue };
        spans.push(said.span);
        let (start, end) = place(command, text, said.span.start, said.span.end);
        found.push(Finding {
            level,
            rule: said.rule,
            message: said.why,
            safer: said.safer,
            step: Some(step.order),
            command: named(),
            region: lines.region(start, end),
        });
    }
    if step.hazards.contains(&Hazard::SecretInText) {
        found.push(Finding {
            level: Level::Caution,
            rule: "runbook.secret-in-text".to_owned(),
            message: "a secret stands in the text, where everybody who reads the page sees it".to_owned(),
            safer: None,
            step: Some(step.order),
            // The command is not repeated: the secret is in it.
            command: None,
            region: lines.region(command.source.start, command.source.end),
        });
    }
    found
}

/// Where bytes of a command stand in the page: to the byte when the command does, else the whole command.
fn place(command: &StepCommand, text: &str, start: usize, end: usize) -> (usize, usize) {
    let source = command.source;
    if text.get(source.start..source.end) == Some(command.text.reveal()) {
        (source.start + start, source.start + end)
    } else {
        (source.start, source.end)
    }
}

const fn level_of(risk: ScannerRisk) -> Option<Level> {
    match risk {
        ScannerRisk::Safe => None,
        ScannerRisk::Unknown | ScannerRisk::Caution => Some(Level::Caution),
        ScannerRisk::Dangerous => Some(Level::Danger),
    }
}

fn unclear(runbook: &ParsedRunbook, lines: &Lines<'_>) -> Vec<Finding> {
    let finding = |rule: &str, message: String, step, start, end| Finding {
        level: Level::Ambiguity,
        rule: rule.to_owned(),
        message,
        safer: None,
        step,
        command: None,
        region: lines.region(start, end),
    };
    let doubts = runbook.ambiguities.iter().map(|doubt| {
        let message = format!("{}: {}", doubt.reason, doubt.question);
        finding("runbook.ambiguity", message, doubt.step, doubt.source.start, doubt.source.end)
    });
    let warnings = runbook.warnings.iter().map(|warning| {
        let (start, end) = warning.source.map_or((0, 0), |span| (span.start, span.end));
        finding(
            &format!("runbook.{}", warning.code.replace('_', "-")),
            warning.text.clone(),
            None,
            start,
            end,
        )
    });
    doubts.chain(warnings).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(text: &str) -> Vec<Finding> {
        match page(text) {
            Checked::Runbook { findings, .. } => findings,
            Checked::NoCommands | Checked::Failed(_) => Vec::new(),
        }
    }

    #[test]
    fn a_finding_stands_on_its_own_bytes_of_the_page() {
        let text = "# Räumen\n\n```bash\nls /srv && rm -rf /srv/cache\n```\n";
        let found = findings(text);
        assert_eq!(found.len(), 1, "the command that only reads is no finding");
        assert_eq!(found[0].level, Level::Danger);
        assert_eq!(&text[found[0].region.start..found[0].region.end], "rm -rf /srv/cache");
        assert_eq!((found[0].region.line, found[0].region.column), (4, 12));
    }

    #[test]
    fn a_command_of_several_lines_that_was_joined_is_marked_as_a_whole() {
        let text = "# X\n\n```console\n$ rm -rf \\\n>   /srv/cache\n```\n";
        let found = findings(text);
        let worst = found.iter().find(|finding| finding.level == Level::Danger).unwrap();
        assert!(
            worst.region.end_line > worst.region.line
                || text[worst.region.start..worst.region.end].contains("rm")
        );
    }

    #[test]
    fn prose_is_no_runbook() {
        assert!(matches!(page("# Hello\n\nNothing to do.\n"), Checked::NoCommands));
        assert!(matches!(page("   "), Checked::NoCommands));
    }
}
