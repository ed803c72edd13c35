//! `dd0c explain`: a command token by token, and what each token means for the verdict. Works without a service.

use std::process::ExitCode;

use dd0c_types::ScannerRisk;
use dd0c_types::SecondKey;
use dd0c_types::classification::{Classification, CommandSpan, Finding};
use dd0c_types::command::Command;
use dd0c_types::visible::{pieces, visible};
use serde::Serialize;

use super::exit::{Failure, Outcome};
use super::paint::{Paint, rule, shape};
use super::terminal;

/// Explain a command token by token.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The command, as one argument.
    #[arg(allow_hyphen_values = true)]
    command: String,
    /// Print one JSON object: the command, its tokens with the rules that speak of them, and the whole verdict.
    #[arg(long)]
    json: bool,
    /// The language it is written in: bash, sql, redis, powershell, ….
    #[arg(long, default_value = "bash")]
    language: String,
}

/// A command explained, as JSON (`schema: "dd0c.explain/v1"`).
#[derive(Serialize)]
struct Explanation<'c> {
    schema: &'static str,
    command: &'c str,
    tokens: Vec<Token<'c>>,
    classification: &'c Classification,
}

/// A part of the command: every byte that is not blank belongs to exactly one.
#[derive(Serialize)]
struct Token<'c> {
    start: usize,
    end: usize,
    /// The bytes as they stand.
    written: &'c str,
    kind: &'c str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'c str>,
    /// The worst that a rule says of it.
    risk: ScannerRisk,
    /// The places of those rules in `classification.scanner.findings`.
    findings: Vec<usize>,
}

/// Runs the command.
///
/// # Errors
/// When there is no command in it.
pub fn run(arguments: &Arguments, paint: Paint) -> Outcome {
    let command = arguments.command.as_str();
    if command.trim().is_empty() {
        return Err(Failure::usage("There is no command to explain."));
    }
    let verdict = dd0c_intake::classify(&Command::new(command), &arguments.language, SecondKey::LocalAllowed);
    let tokens = tokens(command, &verdict);
    if arguments.json {
        let schema = "dd0c.explain/v1";
        let explanation = Explanation { schema, command, tokens, classification: &verdict };
        println!("{}", serde_json::to_string(&explanation).map_err(Failure::failed)?);
    } else {
        let drawing = Drawing { command, verdict: &verdict, paint, width: terminal::width() };
        println!("{}", drawing.whole(&tokens));
    }
    Ok(ExitCode::SUCCESS)
}

/// The scanner's tokens, and what stands between them.
fn tokens<'c>(command: &'c str, verdict: &'c Classification) -> Vec<Token<'c>> {
    let findings = &verdict.scanner.findings;
    let mut found = Vec::new();
    let mut at = 0;
    for token in &verdict.scanner.tokens {
        between(command, at, token.start, findings, &mut found);
        let span = CommandSpan { start: token.start, end: token.end };
        found.extend(of_span(command, span, &token.kind, token.text.as_deref(), findings));
        at = token.end.max(at);
    }
    between(command, at, command.len(), findings, &mut found);
    found
}

/// Bytes of which the scanner made no token, without the blanks around them.
fn between<'c>(command: &'c str, start: usize, end: usize, findings: &[Finding], found: &mut Vec<Token<'c>>) {
    let Some(rest) = command.get(start..end) else { return };
    let blank = rest.len() - rest.trim_ascii_start().len();
    let start = start + blank;
    let span = CommandSpan { start, end: start + rest.trim_ascii().len() };
    if span.start < span.end {
        found.extend(of_span(command, span, "other", None, findings));
    }
}

fn of_span<'c>(
    command: &'c str,
    span: CommandSpan,
    kind: &'c str,
    text: Option<&'c str>,
    findings: &[Finding],
) -> Option<Token<'c>> {
    let written = command.get(span.start..span.end)?;
    let touches = |finding: &Finding| finding.span.start < span.end && finding.span.end > span.start;
    let touching: Vec<usize> = (0..findings.len()).filter(|&at| touches(&findings[at])).collect();
    let risk = touching.iter().map(|&at| findings[at].risk).max().unwrap_or(ScannerRisk::Safe);
    Some(Token { start: span.start, end: span.end, written, kind, text, risk, findings: touching })
}

/// The explanation for a terminal.
struct Drawing<'c> {
    command: &'c str,
    verdict: &'c Classification,
    paint: Paint,
    width: usize,
}

/// Tokens longer than this stand on lines of their own.
const TOKEN_COLUMNS: usize = 26;
/// On a terminal narrower than this, all do.
const BESIDE: usize = 72;
const KIND_COLUMNS: usize = 13;

impl Drawing<'_> {
    fn whole(&self, tokens: &[Token<'_>]) -> String {
        let mut parts =
            vec![self.paint.risk(self.verdict.risk).trim_end().to_owned(), self.marked().join("\n")];
        parts.push(tokens.iter().map(|token| self.token(token)).collect::<Vec<_>>().join("\n"));
        let findings = self.verdict.scanner.findings.iter().enumerate();
        parts.extend(findings.map(|(at, finding)| self.finding(at, finding)));
        parts.push(self.keys());
        parts.join("\n\n")
    }

    /// The command in rows that fit, below each the marks of what was found: `^` dangerous, `~` caution, `?` unknown.
    fn marked(&self) -> Vec<String> {
        let mut rows = Vec::new();
        let (mut text, mut marks) = (String::new(), String::new());
        let mut worst = None;
        for piece in pieces(self.command) {
            let ends_line = piece.text.ends_with('\n');
            let drawn = piece.text.trim_end_matches('\n');
            let own = terminal::columns(drawn);
            if terminal::columns(&text) + own > self.width.saturating_sub(2) {
                self.row(&mut rows, &mut text, &mut marks, worst.take());
            }
            let risk = self.risk_of(piece.start, piece.end);
            worst = worst.max(risk);
            text.push_str(drawn);
            marks.push_str(&mark(risk).to_string().repeat(own));
            if ends_line {
                self.row(&mut rows, &mut text, &mut marks, worst.take());
            }
        }
        self.row(&mut rows, &mut text, &mut marks, worst);
        rows
    }

    fn row(&self, rows: &mut Vec<String>, text: &mut String, marks: &mut String, worst: Option<ScannerRisk>) {
        if !text.is_empty() {
            rows.push(format!("  {}", self.paint.strong(text)));
        }
        if let Some(risk) = worst {
            rows.push(format!("  {}", self.paint.toned(risk, marks.trim_end())));
        }
        text.clear();
        marks.clear();
    }

    /// The worst finding over some bytes; none where no finding but a safe one lies.
    fn risk_of(&self, start: usize, end: usize) -> Option<ScannerRisk> {
        let over = |finding: &&Finding| finding.span.start < end && finding.span.end > start;
        let findings = self.verdict.scanner.findings.iter();
        findings.filter(over).map(|finding| finding.risk).max().filter(|risk| *risk != ScannerRisk::Safe)
    }

    /// One token: shape, bytes, kind, meaning; on a narrow terminal, or when it is long, in lines below each other.
    fn token(&self, token: &Token<'_>) -> String {
        let written = visible(token.written).replace('\n', "");
        let numbers: String = token.findings.iter().map(|at| format!(" [{}]", at + 1)).collect();
        let meaning = format!("{}{numbers}", token.text.unwrap_or_default());
        let shape = if token.findings.is_empty() { " " } else { shape(token.risk) };
        let shape = self.paint.toned(token.risk, shape);
        let beside = self.width >= BESIDE && terminal::columns(&written) <= TOKEN_COLUMNS;
        let before = if beside { 4 + TOKEN_COLUMNS + 2 + KIND_COLUMNS } else { 6 + KIND_COLUMNS };
        let kind = self.paint.quiet(&terminal::padded(token.kind, KIND_COLUMNS));
        let said = terminal::wrapped(&meaning, self.width.saturating_sub(before));
        let said = said.join(&format!("\n{}", " ".repeat(before)));
        let text = if beside {
            let written = self.paint.strong(&terminal::padded(&written, TOKEN_COLUMNS));
            format!("  {shape} {written}  {kind}{said}")
        } else {
            let rows = terminal::cut(&written, self.width - 4);
            let rows: Vec<_> = rows.iter().map(|row| self.paint.strong(row)).collect();
            format!("  {shape} {}\n      {kind}{said}", rows.join("\n    "))
        };
        text.trim_end().to_owned()
    }

    fn finding(&self, at: usize, finding: &Finding) -> String {
        let head = format!("  [{}] {} ", at + 1, self.paint.toned(finding.risk, shape(finding.risk)));
        let word = self.paint.scanner_risk(finding.risk);
        let word = word.trim_start_matches(shape(finding.risk));
        let mut rows = vec![format!("{head}{}  {}", self.paint.strong(&finding.rule), word.trim())];
        let mut say = |first: &str, text: &str| {
            let first = format!("      {first}");
            let lines = terminal::wrapped(text, self.width.saturating_sub(terminal::columns(&first)).max(16));
            rows.push(terminal::hanging(&first, &lines));
        };
        say("", &terminal::prose(&finding.why));
        if let Some(effect) = &finding.effect {
            say("effect   ", &effect.words());
        }
        if let Some(object) = &finding.object {
            say("acts on  ", &format!("{} {}", object.kind, visible(&object.name)));
        }
        if let Some(safer) = &finding.safer {
            say("safer    ", &visible(safer));
        }
        if let Some(rollback) = &finding.rollback {
            say("undo     ", &visible(rollback));
        }
        rows.join("\n")
    }

    fn keys(&self) -> String {
        let scanner = &self.verdict.scanner;
        let reviewer = match &self.verdict.reviewer {
            None => "no verdict: with one key only, nothing is called Safe".to_owned(),
            Some(said) => {
                format!(
                    "{}, confidence {:.2}: {}",
                    said.risk.word(),
                    said.confidence,
                    terminal::prose(&said.reason)
                )
            }
        };
        let merged = format!("{}, by {}", self.verdict.risk.word(), rule(self.verdict.merge_rule));
        let say = |first: &str, text: &str| {
            let lines = terminal::wrapped(text, self.width - terminal::columns(first));
            terminal::hanging(first, &lines)
        };
        let scanner = format!("{}, in {} µs", scanner.risk.as_str(), scanner.elapsed_us);
        [say("  scanner   ", &scanner), say("  reviewer  ", &reviewer), say("  merged    ", &merged)]
            .join("\n")
    }
}

const fn mark(risk: Option<ScannerRisk>) -> char {
    match risk {
        None | Some(ScannerRisk::Safe) => ' ',
        Some(ScannerRisk::Unknown) => '?',
        Some(ScannerRisk::Caution) => '~',
        Some(ScannerRisk::Dangerous) => '^',
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::paint::ColourChoice;

    fn explained(command: &str, width: usize) -> String {
        let verdict = dd0c_intake::classify(&Command::new(command), "bash", SecondKey::LocalAllowed);
        let paint = Paint::new(ColourChoice::Never, true);
        Drawing { command, verdict: &verdict, paint, width }.whole(&tokens(command, &verdict))
    }

    #[test]
    fn every_byte_that_is_not_blank_belongs_to_exactly_one_token() {
        for command in [
            "sudo rm -rf /srv/cache && echo ok > /tmp/x",
            "for i in 1 2; do kubectl delete pod $i; done",
            "ls é",
        ] {
            let verdict = dd0c_intake::classify(&Command::new(command), "bash", SecondKey::LocalAllowed);
            let tokens = tokens(command, &verdict);
            let mut at = 0;
            for token in &tokens {
                assert!(token.start >= at, "{command}: overlap at {at}");
                assert!(
                    command[at..token.start].trim().is_empty(),
                    "{command}: lost {:?}",
                    &command[at..token.start]
                );
                at = token.end;
            }
            assert!(command[at..].trim().is_empty());
        }
    }

    #[test]
    fn a_token_names_the_rule_that_made_it_dangerous() {
        let text = explained("rm -rf /srv/cache", 90);
        assert!(text.contains("[1] ⬢ files.rm-recursive"), "{text}");
        assert!(
            text.lines().any(|line| line.trim_start().starts_with("⬢ rm ") && line.contains("[1]")),
            "{text}"
        );
        assert!(text.contains("^^^^^^^^^^^^^^^^^"), "{text}");
    }

    #[test]
    fn deceptive_characters_are_shown_and_no_line_is_wider_than_the_terminal() {
        let command = format!("ls\u{200b} -a {}", "x".repeat(300));
        for width in [40, 90] {
            let text = explained(&command, width);
            assert!(text.contains("⟨U+200B⟩"), "{text}");
            let widest = text.lines().map(terminal::columns).max().unwrap();
            assert!(widest <= width, "{widest} of {width}:\n{text}");
        }
    }
}
