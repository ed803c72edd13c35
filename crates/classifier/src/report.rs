//! What a scan has found so far, and how places in nested text map back to the command as written.

use std::borrow::Cow;
use std::cell::Cell;

use dd0c_types::classification::CommandSpan;
use dd0c_types::{Act, Finding, ObjectRef, ScannerRisk, ScannerVerdict};

use crate::scan::Scan;
use crate::shell::text::{OPAQUE, Prepared};
use crate::shell::word::Word;
use crate::tokens::{self, Token};

/// Where a piece of shell text comes from.
pub(crate) enum Origin<'a> {
    /// The command itself.
    Top { prepared: &'a Prepared<'a>, original: &'a str },
    /// Text that stands in the text of another scope as it is, from this byte on.
    Part { parent: &'a Scope<'a>, prepared: &'a Prepared<'a>, from: usize },
    /// Text that was put together: every place in it is this argument.
    Inside(CommandSpan),
}

/// A piece of text being read.
pub(crate) struct Scope<'a> {
    pub(crate) text: &'a str,
    pub(crate) origin: Origin<'a>,
    /// From where on all of the text was looked through for destroying phrases already.
    pub(crate) looked_from: Cell<usize>,
}

impl<'a> Scope<'a> {
    pub(crate) fn new(text: &'a str, origin: Origin<'a>) -> Self {
        Self { text, origin, looked_from: Cell::new(usize::MAX) }
    }

    /// The bytes of the original command.
    pub(crate) fn span(&self, start: usize, end: usize) -> CommandSpan {
        match &self.origin {
            Origin::Top { prepared, .. } => {
                let start = prepared.start(start);
                // An empty range at a joined line lies behind the join.
                CommandSpan { start, end: prepared.end(end).max(start) }
            }
            Origin::Part { parent, prepared, from } => {
                let start = prepared.start(start);
                parent.span(from + start, from + prepared.end(end).max(start))
            }
            Origin::Inside(span) => *span,
        }
    }

    pub(crate) fn span_of(&self, word: &Word<'_>) -> CommandSpan {
        self.span(word.start, word.end)
    }

    /// The word as written, without the quotes around it.
    pub(crate) fn written(&self, word: &Word<'_>) -> String {
        if !word.opaque {
            return word.text.clone().into_owned();
        }
        let slice = match self.original() {
            Some(original) => {
                let span = self.span_of(word);
                original.get(span.start..span.end)
            }
            None => self.text.get(word.start..word.end).filter(|text| !text.contains(OPAQUE)),
        };
        slice.map_or_else(|| word.text.replace(OPAQUE, "…"), |text| unquoted(text).to_owned())
    }

    /// The command as written, when places here have a place in it.
    fn original(&self) -> Option<&str> {
        match &self.origin {
            Origin::Top { original, .. } => Some(original),
            Origin::Part { parent, .. } => parent.original(),
            Origin::Inside(_) => None,
        }
    }

    /// How many texts this one stands in; none when its places have none in the command.
    pub(crate) fn layer(&self) -> Option<usize> {
        match &self.origin {
            Origin::Top { .. } => Some(0),
            Origin::Part { parent, .. } => parent.layer().map(|layer| layer + 1),
            Origin::Inside(_) => None,
        }
    }
}

fn unquoted(text: &str) -> &str {
    for quote in ['"', '\''] {
        let inner = text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote));
        if let Some(inner) = inner.filter(|inner| !inner.is_empty()) {
            return inner;
        }
    }
    text
}

/// Everything found so far.
#[derive(Default)]
pub(crate) struct Report {
    findings: Vec<Finding>,
    tokens: Vec<Token>,
    objects: Vec<(ScannerRisk, ObjectRef)>,
    /// Commands judged, those inside others included.
    pub(crate) commands: usize,
}

/// Most parts of a command that are explained.
const MOST_TOKENS: usize = 4_096;

/// Most findings that are kept: a command that earns more is no clearer for it.
const MOST_FINDINGS: usize = 64;

impl Report {
    /// An empty report that counts commands from here on.
    pub(crate) fn continued(commands: usize) -> Self {
        Report { commands, ..Report::default() }
    }

    /// Adds a finding once.
    pub(crate) fn find(&mut self, finding: Finding) {
        let known = |old: &Finding| old.rule == finding.rule && old.span == finding.span;
        if let Some(object) = &finding.object {
            self.object(finding.risk, object.clone());
        }
        if self.findings.iter().any(known) {
            return;
        }
        if self.findings.len() < MOST_FINDINGS {
            self.findings.push(finding);
        } else if let Some(least) = self.findings.iter_mut().min_by_key(|old| old.risk)
            && least.risk < finding.risk
        {
            *least = finding;
        }
    }

    /// A finding in few words.
    pub(crate) fn note(&mut self, rule: &str, risk: ScannerRisk, span: CommandSpan, why: impl Into<String>) {
        let why = why.into();
        self.find(Finding {
            rule: rule.to_owned(),
            risk,
            span,
            why,
            safer: None,
            rollback: None,
            object: None,
            effect: None,
        });
    }

    pub(crate) fn object(&mut self, risk: ScannerRisk, object: ObjectRef) {
        if self.objects.len() < MOST_FINDINGS {
            self.objects.push((risk, object));
        }
    }

    /// What a place in a text is and means, for the reader.
    pub(crate) fn token(
        &mut self,
        scope: &Scope<'_>,
        place: (usize, usize),
        kind: &'static str,
        text: impl Into<Cow<'static, str>>,
    ) {
        let Some(layer) = scope.layer().filter(|_| self.tokens.len() < MOST_TOKENS) else { return };
        self.tokens.push(Token { span: scope.span(place.0, place.1), layer, kind, text: text.into() });
    }

    /// A place that deceives the eye. It shows above everything else.
    pub(crate) fn hidden(&mut self, span: CommandSpan, text: String) {
        self.tokens.push(Token { span, layer: usize::MAX, kind: "hidden", text: text.into() });
    }

    /// The worst so far.
    pub(crate) fn risk(&self) -> ScannerRisk {
        self.findings.iter().map(|finding| finding.risk).max().unwrap_or(ScannerRisk::Safe)
    }

    /// The worst of the findings added since there were so many.
    pub(crate) fn worst_since(&self, before: usize) -> ScannerRisk {
        self.findings.iter().skip(before).map(|finding| finding.risk).max().unwrap_or(ScannerRisk::Safe)
    }

    /// Whether a finding added since there were so many says that something unseen is run.
    pub(crate) fn runs_since(&self, before: usize) -> bool {
        let effects = self.findings.iter().skip(before).filter_map(|finding| finding.effect);
        effects.into_iter().any(|effect| matches!(effect.act, Act::Executes | Act::Hides))
    }

    /// How many findings there are, to see whether a step added any.
    pub(crate) fn len(&self) -> usize {
        self.findings.len()
    }

    /// Whether this rule has spoken.
    pub(crate) fn has(&self, rule: &str) -> bool {
        self.findings.iter().any(|finding| finding.rule == rule)
    }

    /// Adds what another report found that is at least so bad.
    pub(crate) fn adopt(&mut self, other: Report, least: ScannerRisk) {
        self.commands += other.commands;
        for finding in other.findings.into_iter().filter(|finding| finding.risk >= least) {
            self.find(finding);
        }
        self.objects.extend(other.objects.into_iter().filter(|(risk, _)| *risk >= least));
        self.objects.truncate(MOST_FINDINGS);
    }

    /// The verdict: worst finding first, tokens in order, apart and without gaps, the objects of the worst findings.
    pub(crate) fn into_scan(mut self, command: &str) -> Scan {
        let risk = self.risk();
        self.findings.sort_by(|a, b| b.risk.cmp(&a.risk).then(a.span.start.cmp(&b.span.start)));
        let rollback = (self.commands == 1)
            .then(|| self.findings.iter().find_map(|finding| finding.rollback.clone()))
            .flatten();
        if rollback.is_none() {
            self.findings.iter_mut().for_each(|finding| finding.rollback = None);
        }
        let objects = worst_objects(&self.objects);
        let verdict = ScannerVerdict {
            risk,
            version: crate::version().to_owned(),
            elapsed_us: 0,
            findings: self.findings,
            tokens: tokens::settle(self.tokens, command),
        };
        Scan { verdict, objects, rollback }
    }
}

/// The objects of the worst findings that name one, each once.
fn worst_objects(all: &[(ScannerRisk, ObjectRef)]) -> Vec<ObjectRef> {
    let worst = all.iter().map(|(risk, _)| *risk).max();
    let mut objects: Vec<ObjectRef> = Vec::new();
    for (risk, object) in all {
        if Some(*risk) == worst && !objects.iter().any(|known| known.name == object.name) {
            objects.push(object.clone());
        }
    }
    objects
}
