//! One runbook for a terminal: what must be true, what must be filled in, the steps with the lines they stand on.

use dd0c_types::ScannerRisk;
use dd0c_types::runbook::{Format, ParsedRunbook, Step, StepCommand, StepKind, Variable, VariableKind};
use dd0c_types::visible::visible;

use crate::commands::paint::Paint;
use crate::commands::region::Lines;
use crate::commands::terminal;

pub(super) struct Drawing<'r> {
    pub(super) runbook: &'r ParsedRunbook,
    /// The page it was made of: for the lines.
    pub(super) text: &'r str,
    pub(super) paint: Paint,
    pub(super) width: usize,
}

/// Where the text of a step begins, behind its number and its risk.
const INDENT: usize = 6;

impl Drawing<'_> {
    pub(super) fn whole(&self) -> String {
        let lines = Lines::of(self.text);
        let mut parts = vec![self.head()];
        let needs = self.runbook.prerequisites.iter().map(|needed| {
            let line = lines.region(needed.source.start, needed.source.end).line;
            self.at_line(line, &terminal::prose(&needed.text))
        });
        parts.extend(self.part("Before starting", needs));
        parts.extend(
            self.part("Values", self.runbook.variables.iter().map(|value| self.value(value, &lines))),
        );
        parts.extend(self.part("Steps", self.runbook.steps.iter().map(|step| self.step(step))));
        let open = self.runbook.ambiguities.iter().filter(|doubt| doubt.step.is_none()).map(|doubt| {
            let line = lines.region(doubt.source.start, doubt.source.end).line;
            self.at_line(line, &terminal::prose(&doubt.question))
        });
        parts.extend(self.part("Open questions", open));
        let warnings = self.runbook.warnings.iter();
        parts.extend(
            self.part("Notes", warnings.map(|warning| self.hung("  ", &terminal::prose(&warning.text)))),
        );
        parts.join("\n\n")
    }

    fn part(&self, title: &str, rows: impl Iterator<Item = String>) -> Option<String> {
        let rows: Vec<_> = rows.collect();
        (!rows.is_empty()).then(|| format!("{}\n{}", self.paint.strong(title), rows.join("\n")))
    }

    fn head(&self) -> String {
        let Mix { risks: [safe, caution, danger], by_hand } = Mix::of(self.runbook);
        let title = terminal::wrapped(&terminal::prose(&self.runbook.title), self.width).join("\n");
        let source = &self.runbook.source;
        let facts = format!(
            "{}, {} bytes: {} steps, {danger} danger, {caution} caution, {safe} safe, {by_hand} by hand, {} unclear",
            format_name(source.format),
            source.bytes,
            self.runbook.steps.len(),
            self.runbook.ambiguities.len()
        );
        format!("{}\n{}", self.paint.strong(&title), self.hung("", &facts))
    }

    fn value(&self, variable: &Variable, lines: &Lines<'_>) -> String {
        let mut at: Vec<usize> =
            variable.occurrences.iter().map(|span| lines.region(span.start, span.end).line).collect();
        at.dedup();
        let at: Vec<_> = at.iter().map(ToString::to_string).collect();
        let kind = match variable.kind {
            VariableKind::Input => "to fill in",
            VariableKind::Derived => "set by a step",
            VariableKind::Secret => "to fill in, a secret",
        };
        let name = terminal::padded(&visible(&variable.placeholder), 18);
        let lines = if at.len() == 1 { "line" } else { "lines" };
        self.hung(&format!("  {name}  "), &format!("{kind}; {lines} {}", at.join(", ")))
    }

    fn step(&self, step: &Step) -> String {
        let risk = match (&step.classification, step.kind) {
            (Some(verdict), _) => self.paint.risk(verdict.risk),
            (None, StepKind::Decision) => "? DECIDE ".to_owned(),
            (None, StepKind::Command | StepKind::Check | StepKind::Manual) => "☐ BY HAND".to_owned(),
        };
        let title = terminal::wrapped(&terminal::prose(&step.title), self.width.saturating_sub(INDENT + 11));
        let title = title.join(&format!("\n{}", " ".repeat(INDENT + 11)));
        let mut rows = vec![format!("{:>4}  {risk}  {title}", step.order)];
        rows.extend(step.command.as_ref().map(|command| self.command(command)));
        rows.extend(self.remarks(step));
        rows.join("\n")
    }

    /// The command behind the number of its first line in the page.
    fn command(&self, command: &StepCommand) -> String {
        let head = |line: Option<usize>| {
            let number = line.map_or_else(String::new, |line| line.to_string());
            self.paint.quiet(&format!("{number:>w$} │ ", w = INDENT + 5))
        };
        let width = self.width.saturating_sub(INDENT + 8);
        let drawn = terminal::readable(command.text.reveal());
        let rows = drawn.lines().flat_map(|line| terminal::broken(line, width));
        let numbered = rows
            .enumerate()
            .map(|(at, row)| format!("{}{row}", head((at == 0).then_some(command.source.line))));
        numbered.collect::<Vec<_>>().join("\n")
    }

    fn remarks(&self, step: &Step) -> Vec<String> {
        let first = " ".repeat(INDENT + 8);
        let mut rows = Vec::new();
        let mut say = |sign: &str, text: &str| rows.push(self.hung(&format!("{first}{sign}"), text));
        let findings = step.classification.iter().flat_map(|verdict| &verdict.scanner.findings);
        for finding in findings.filter(|finding| finding.risk != ScannerRisk::Safe).take(3) {
            say("", &format!("{}: {}", finding.rule, finding.why));
        }
        for doubt in self.runbook.ambiguities.iter().filter(|doubt| doubt.step == Some(step.order)) {
            say("? ", &terminal::prose(&doubt.question));
        }
        if let Some(rollback) = &step.rollback {
            say("undo: ", &visible(rollback.text.reveal()));
        }
        if let Some(branch) = &step.branch {
            let (then, otherwise) = (target(branch.then), target(branch.otherwise));
            say("", &format!("if {} → {then}; else → {otherwise}", terminal::prose(&branch.condition)));
        }
        rows
    }

    fn at_line(&self, line: usize, text: &str) -> String {
        self.hung(&format!("{line:>6}  "), text)
    }

    fn hung(&self, first: &str, text: &str) -> String {
        let width = self.width.saturating_sub(terminal::columns(first)).max(16);
        terminal::hanging(first, &terminal::wrapped(text, width))
    }
}

/// How many steps carry which risk, from Safe to Dangerous, and how many a person does.
pub(super) struct Mix {
    pub(super) risks: [usize; 3],
    pub(super) by_hand: usize,
}

impl Mix {
    pub(super) fn of(runbook: &ParsedRunbook) -> Self {
        let mut mix = Self { risks: [0; 3], by_hand: 0 };
        for step in &runbook.steps {
            match &step.classification {
                Some(verdict) => mix.risks[verdict.risk as usize] += 1,
                None => mix.by_hand += 1,
            }
        }
        mix
    }
}

const fn format_name(format: Format) -> &'static str {
    match format {
        Format::Markdown => "Markdown",
        Format::Html => "HTML",
        Format::Confluence => "Confluence",
        Format::Asciidoc => "AsciiDoc",
        Format::Rst => "reStructuredText",
        Format::Text => "plain text",
    }
}

fn target(step: Option<u32>) -> String {
    step.map_or_else(|| "nothing".to_owned(), |order| format!("step {order}"))
}
