//! Marks inside running text of the formats that are read by line: code, links and strong words.

use std::sync::LazyLock;

use crate::document::{Mark, MarkKind};
use crate::mapped::Mapped;
use crate::patterns::{Groups, Pattern, pattern};

/// Whose inline markup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Asciidoc,
    Rst,
    /// Of Jira.
    Wiki,
    Plain,
}

static ASCIIDOC: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"`\+(?P<code2>[^`\n]+?)\+`|`(?P<code>[^`]+)`|\*(?P<strong>[^\s*][^*\n]*)\*|(?:link:|xref:|https?://)[^\s\[]+\[(?P<link>[^\]\n]*)\]|icon:[a-z-]+\[[^\]\n]*\]\s*",
    )
});
static RST: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"``(?P<code>[^`]+)``|:(?:file|command|samp|kbd|code|envvar|literal):`(?P<code2>[^`]+)`|:[a-zA-Z:+-]+:`(?P<strong>[^`<]+)(?:<[^>`]*>)?`|`(?P<link>[^`<]+?)\s*(?:<[^>`]*>)?`_{1,2}|\*\*(?P<strong2>[^*\n]+)\*\*",
    )
});
static WIKI: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"\{\{(?P<code>[^{}\n]+(?:\{[^{}\n]*\}[^{}\n]*)*)\}\}|\{color[^}\n]*\}|\*(?P<strong>[^\s*][^*\n]*)\*|\[(?P<link>[^|\]\n]+)\|[^\]\n]+\]|![^\s!|]+\.(?:png|jpe?g|gif|svg)(?:\|[^!\n]*)?!",
    )
});
static PLAIN: LazyLock<Pattern> = LazyLock::new(|| pattern(r"`(?P<code>[^`\n]+)`"));

/// The text without its markup, and what was marked.
pub(crate) fn marked(raw: &Mapped, dialect: Dialect) -> (Mapped, Vec<Mark>) {
    let pattern = match dialect {
        Dialect::Asciidoc => &ASCIIDOC,
        Dialect::Rst => &RST,
        Dialect::Wiki => &WIKI,
        Dialect::Plain => &PLAIN,
    };
    let mut text = Mapped::default();
    let mut marks = Vec::new();
    let mut at = 0;
    for captures in pattern.captures_iter(raw.text()) {
        let whole = captures.get(0).expect("group 0 is the match");
        text.push_part(raw, at..whole.start());
        if let Some((kind, inner)) = inner(&captures) {
            let start = text.len();
            text.push_part(raw, inner);
            marks.push(Mark { range: start..text.len(), kind });
        }
        at = whole.end();
    }
    text.push_part(raw, at..raw.len());
    (text, marks)
}

fn inner(captures: &Groups<'_>) -> Option<(MarkKind, std::ops::Range<usize>)> {
    let groups = [
        ("code", MarkKind::Code),
        ("code2", MarkKind::Code),
        ("strong", MarkKind::Strong),
        ("strong2", MarkKind::Strong),
        ("link", MarkKind::Link),
    ];
    groups.into_iter().find_map(|(name, kind)| captures.name(name).map(|found| (kind, found.range())))
}
