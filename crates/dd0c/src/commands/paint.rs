//! How risk looks in a terminal: always shape and word, colour only where it is wanted.

use std::io::IsTerminal as _;

use dd0c_types::classification::{Classification, CommandSpan, MergeRule};
use dd0c_types::visible::visible;
use dd0c_types::{ReviewerKind, Risk, ScannerRisk};

/// Whether to colour standard output.
#[derive(Debug, Clone, Copy)]
pub struct Paint {
    colour: bool,
}

/// When to colour (`--color`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ColourChoice {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Paint {
    /// Decides once, from the choice and from what standard output is.
    pub fn new(choice: ColourChoice, no_color: bool) -> Self {
        let colour = match choice {
            ColourChoice::Always => true,
            ColourChoice::Never => false,
            ColourChoice::Auto => !no_color && std::io::stdout().is_terminal(),
        };
        Self { colour }
    }

    /// `● SAFE`, `▲ CAUTION`, `⬢ DANGER`.
    pub fn risk(self, risk: Risk) -> String {
        match risk {
            Risk::Safe => self.toned(ScannerRisk::Safe, "● SAFE   "),
            Risk::Caution => self.toned(ScannerRisk::Caution, "▲ CAUTION"),
            Risk::Dangerous => self.toned(ScannerRisk::Dangerous, "⬢ DANGER "),
        }
    }

    /// What the scanner alone says: the same, and `◇ UNKNOWN`.
    pub fn scanner_risk(self, risk: ScannerRisk) -> String {
        match risk {
            ScannerRisk::Safe => self.risk(Risk::Safe),
            ScannerRisk::Unknown => self.toned(risk, "◇ UNKNOWN"),
            ScannerRisk::Caution => self.risk(Risk::Caution),
            ScannerRisk::Dangerous => self.risk(Risk::Dangerous),
        }
    }

    /// A text in the colour of a risk; only beside its shape or its word.
    pub fn toned(self, risk: ScannerRisk, text: &str) -> String {
        let sgr = match risk {
            ScannerRisk::Safe => "32",
            ScannerRisk::Unknown => "35",
            ScannerRisk::Caution => "33",
            ScannerRisk::Dangerous => "31;1",
        };
        self.tone(sgr, text)
    }

    /// A quiet remark.
    pub fn quiet(self, text: &str) -> String {
        self.tone("2", text)
    }

    /// Something to look at first.
    pub fn strong(self, text: &str) -> String {
        self.tone("1", text)
    }

    fn tone(self, sgr: &str, text: &str) -> String {
        if self.colour { format!("\u{1b}[{sgr}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// The verdict on a command, with the bytes that made it underlined.
    pub fn verdict(self, command: &str, verdict: &Classification) -> String {
        let mut lines =
            vec![format!("{} {}", self.risk(verdict.risk), visible(command).replace('\n', "\n          "))];
        for finding in verdict.scanner.findings.iter().filter(|finding| finding.risk != ScannerRisk::Safe) {
            let marks = underline(command, finding.span);
            lines.push(format!("          {marks} {} {}", self.strong(&finding.rule), finding.why));
            if let Some(safer) = &finding.safer {
                lines.push(format!("          {}", self.quiet(&format!("safer: {safer}"))));
            }
        }
        lines.push(self.quiet(&format!(
            "  scanner {}   reviewer {}   {}",
            verdict.scanner.risk.as_str(),
            reviewer(verdict),
            rule(verdict.merge_rule)
        )));
        lines.join("\n")
    }
}

/// The shape that stands for a risk.
pub const fn shape(risk: ScannerRisk) -> &'static str {
    match risk {
        ScannerRisk::Safe => "●",
        ScannerRisk::Unknown => "◇",
        ScannerRisk::Caution => "▲",
        ScannerRisk::Dangerous => "⬢",
    }
}

/// What the second key said, and which reviewer it is.
fn reviewer(verdict: &Classification) -> String {
    let Some(reviewer) = &verdict.reviewer else { return "no verdict".to_owned() };
    let kind = match reviewer.kind {
        ReviewerKind::Llm => "model",
        ReviewerKind::Local => "local",
    };
    let doubt = if reviewer.escalated { ", raised for doubt" } else { "" };
    format!("{} ({kind}{doubt}: {})", reviewer.risk.as_str(), visible(&reviewer.reason))
}

/// The merge rule in words.
pub fn rule(rule: MergeRule) -> &'static str {
    match rule {
        MergeRule::M1 => "rule 1: the scanner says dangerous",
        MergeRule::M2 => "rule 2: the scanner says caution",
        MergeRule::M3 => "rule 3: both keys say safe",
        MergeRule::M4 => "rule 4: the scanner says safe, the reviewer does not confirm it",
        MergeRule::M5 => "rule 5: the scanner does not know",
    }
}

/// Carets below the bytes of a span; only for commands of one plain line, where columns can be trusted.
fn underline(command: &str, span: CommandSpan) -> String {
    let plain = !command.contains(['\n', '\t']) && visible(command) == command;
    let (Some(before), Some(inside)) = (command.get(..span.start), command.get(span.start..span.end)) else {
        return "-".to_owned();
    };
    if !plain || inside.is_empty() {
        return "-".to_owned();
    }
    format!("{}{}", " ".repeat(before.chars().count()), "^".repeat(inside.chars().count()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carets_stand_below_the_bytes_they_speak_of() {
        assert_eq!(underline("rm -rf /srv", CommandSpan { start: 3, end: 6 }), "   ^^^");
        assert_eq!(underline("a\nb", CommandSpan { start: 0, end: 1 }), "-");
        assert_eq!(underline("short", CommandSpan { start: 90, end: 99 }), "-");
    }

    #[test]
    fn a_risk_is_never_shown_by_colour_alone() {
        let plain = Paint { colour: false };
        assert!(Risk::ALL.into_iter().all(|risk| plain.risk(risk).chars().any(char::is_alphabetic)));
    }
}
