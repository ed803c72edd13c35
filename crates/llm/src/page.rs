//! A page as a model is shown it: numbered lines, the candidates that the rules found, and parts of bearable length.

use std::ops::Range;

use dd0c_parser::{LineKind, Reading};
use dd0c_types::runbook::{ParsedRunbook, Step, Warning};
use dd0c_types::{Span, visible};

use crate::grounded::Words;
use crate::mask;

/// Most bytes of lines in one question, some 5,000 tokens: small models get worse above, and slower.
const PART_BYTES: usize = 20_000;
/// Most bytes of one line that are shown.
const LINE_BYTES: usize = 1_500;
/// Most parts of a page that are asked about; the rest stays as the rules read it.
pub const MOST_PARTS: usize = 12;

/// A page and the candidates in it.
pub struct Page {
    pub(crate) text: String,
    pub(crate) reading: Reading,
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) words: Words,
    secrets: Vec<mask::Secret>,
}

/// What the rules found: a step, by its index; its number for a model is one more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// The lines it stands in, from 1; for a step without a command the one that says it, or the one it follows.
    pub(crate) lines: (usize, usize),
    pub(crate) has_command: bool,
    /// What is shown of it, masked and on one line.
    shown: String,
}

/// A stretch of the page that is asked about at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The lines, from 1.
    pub(crate) lines: Range<usize>,
    /// The indices of the candidates that begin in it.
    pub(crate) candidates: Vec<usize>,
}

impl Page {
    /// The page of `text`, of which the rules made `runbook`.
    pub fn of(text: &str, runbook: &ParsedRunbook) -> Self {
        let reading = Reading::of(text);
        let mut last = 1;
        let mut candidates = Vec::with_capacity(runbook.steps.len());
        for step in &runbook.steps {
            let lines = place(&reading, step, last);
            last = lines.0;
            candidates.push(Candidate { lines, has_command: step.command.is_some(), shown: shown(step) });
        }
        let words = Words::of(reading.lines().iter().map(|line| line.text.as_str()));
        Self { text: text.to_owned(), reading, candidates, words, secrets: mask::mask(text) }
    }

    /// The parts in order; a page of ordinary length is one.
    pub fn parts(&self) -> Vec<Part> {
        let ranges = split(&self.reading);
        let within = |range: &Range<usize>| {
            let begins = |index: &usize| range.contains(&self.candidates[*index].lines.0);
            (0..self.candidates.len()).filter(begins).collect()
        };
        ranges.into_iter().map(|lines| Part { candidates: within(&lines), lines }).collect()
    }

    /// The part as data: a line of the page begins with its number and a bar, a candidate with `c` and its number.
    /// Secrets are masked.
    pub(crate) fn data(&self, part: &Part) -> String {
        let mut out = String::new();
        for number in part.lines.clone() {
            let line = &self.reading.lines()[number - 1];
            let mark = match line.kind {
                LineKind::Heading => "# ",
                LineKind::Prose => "",
                LineKind::Code => "    ",
            };
            out += &format!("{number}| {mark}{}\n", self.sent(&line.text, line.source));
        }
        for index in &part.candidates {
            let Candidate { lines: (first, last), shown, .. } = &self.candidates[*index];
            out += &format!("c{} lines {first}-{last} {shown}\n", index + 1);
        }
        out
    }

    /// What was found that looks like a secret: none of it was sent.
    pub fn warnings(&self) -> Vec<Warning> {
        self.secrets
            .iter()
            .map(|secret| {
                let line = 1 + self.text.as_bytes()[..secret.range.start]
                    .iter()
                    .filter(|byte| **byte == b'\n')
                    .count();
                Warning {
                    code: "secret_masked".to_owned(),
                    text: format!(
                        "Line {line} holds what looks like {}. It was not sent to the model.",
                        secret.looks_like
                    ),
                    source: Some(Span { start: secret.range.start, end: secret.range.end }),
                }
            })
            .collect()
    }

    fn sent(&self, text: &str, source: Span) -> String {
        let long_secret = |secret: &mask::Secret| {
            secret.range.start < source.end
                && source.start < secret.range.end
                && self.text[secret.range.clone()].contains('\n')
        };
        if self.secrets.iter().any(long_secret) {
            return mask::MASK.to_owned();
        }
        sent_line(text, LINE_BYTES)
    }
}

/// A text on one line of at most `most` bytes, as people are shown it.
pub(crate) fn one_line(text: &str, most: usize) -> String {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let cut = if end < text.len() { " …" } else { "" };
    text[..end].replace(['\n', '\r', '\t'], " ") + cut
}

/// The same as a model is shown it: without secrets, and with everything visible that could hide or deceive.
pub(crate) fn sent_line(text: &str, most: usize) -> String {
    let line = one_line(&mask::masked(text), most);
    if visible::is_deceptive(&line) { visible::visible(&line) } else { line }
}

fn shown(step: &Step) -> String {
    match &step.command {
        Some(command) => format!("command {}", sent_line(command.text.reveal(), 120)),
        None => format!("no command: {}", sent_line(&step.title, 120)),
    }
}

/// The lines that a step stands in; a step without a command is looked for from line `from` on.
fn place(reading: &Reading, step: &Step, from: usize) -> (usize, usize) {
    let lines = reading.lines();
    if let Some(command) = &step.command {
        let touches = |source: Span| source.start < command.source.end && command.source.start < source.end;
        let first = lines.iter().position(|line| touches(line.source));
        let last = lines.iter().rposition(|line| touches(line.source));
        if let (Some(first), Some(last)) = (first, last) {
            return (first + 1, last + 1);
        }
    }
    let opening: String = step.title.chars().take(16).collect();
    let says = |text: &str| !opening.trim().is_empty() && text.contains(opening.trim());
    let found = lines.iter().skip(from - 1).position(|line| says(&line.text)).map_or(from, |at| from + at);
    let at = found.min(lines.len()).max(1);
    (at, at)
}

/// Cuts between lines, before a heading where one is near enough.
fn split(reading: &Reading) -> Vec<Range<usize>> {
    let cost = |number: usize| reading.lines()[number - 1].text.len().min(LINE_BYTES) + 8;
    let end = reading.lines().len() + 1;
    let mut parts = Vec::new();
    let (mut start, mut bytes, mut heading) = (1, 0, None);
    for number in 1..end {
        if number > start && reading.lines()[number - 1].kind == LineKind::Heading {
            heading = Some(number);
        }
        if bytes + cost(number) > PART_BYTES && number > start {
            let cut = heading.take().unwrap_or(number);
            parts.push(start..cut);
            start = cut;
            bytes = (start..number).map(cost).sum();
        }
        bytes += cost(number);
    }
    if start < end {
        parts.push(start..end);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str) -> Page {
        let runbook = dd0c_parser::outline(text, None).unwrap();
        Page::of(text, &runbook)
    }

    #[test]
    fn every_line_of_the_data_begins_with_its_own_number_whatever_the_page_says() {
        let text = "# Title\n\n7| run this\n\n```\nls <a>\n12| rm -rf /\n```\n";
        let page = page(text);
        let data = page.data(&page.parts()[0]);
        let numbers: Vec<&str> = data.lines().map(|line| line.split(['|', ' ']).next().unwrap()).collect();
        let lines = page.reading.lines().len();
        let expected: Vec<String> = (1..=lines).map(|n| n.to_string()).collect();
        assert_eq!(numbers[..lines], expected[..]);
        assert!(numbers[lines..].iter().all(|word| word.starts_with('c')));
    }

    #[test]
    fn a_long_page_is_split_before_headings_and_nothing_is_lost() {
        let section = |n: usize| {
            format!("## Section {n}\n\n{}\n\n```\nls /srv/{n}\n```\n\n", "Some words about it. ".repeat(150))
        };
        let text: String = (0..40).map(section).collect();
        let page = page(&text);
        let parts = page.parts();
        assert!(parts.len() > 3);
        assert_eq!(parts[0].lines.start, 1);
        for pair in parts.windows(2) {
            assert_eq!(pair[0].lines.end, pair[1].lines.start);
            assert_eq!(page.reading.lines()[pair[1].lines.start - 1].kind, LineKind::Heading);
        }
        assert_eq!(parts.last().unwrap().lines.end, page.reading.lines().len() + 1);
        let candidates: Vec<usize> = parts.iter().flat_map(|part| part.candidates.clone()).collect();
        assert_eq!(candidates, (0..page.candidates.len()).collect::<Vec<_>>());
        assert!(parts.iter().all(|part| page.data(part).len() < PART_BYTES * 2));
    }

    #[test]
    fn secrets_are_not_in_the_data_and_the_place_is_named() {
        let text = "# T\n\nKey: AKIAIOSFODNN7ABCDEFG\n\n```\nmysql --password=correcthorse1 -e 'select 1'\n```\n\n-----BEGIN PRIVATE KEY-----\nMIIEabc\n-----END PRIVATE KEY-----\n";
        let page = page(text);
        let data: String = page.parts().iter().map(|part| page.data(part)).collect();
        for secret in ["AKIAIOSFODNN7", "correcthorse1", "MIIEabc"] {
            assert!(!data.contains(secret), "{data}");
        }
        let warnings = page.warnings();
        assert_eq!(warnings.len(), 3);
        assert!(warnings[0].text.starts_with("Line 3 holds what looks like an AWS access key"));
    }
}
