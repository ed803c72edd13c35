//! What a pasted text is written in, by signs that the other formats do not show.

use std::sync::LazyLock;

use dd0c_types::runbook::Format;

use crate::patterns::{Pattern, pattern};
static CONFLUENCE: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(r#"<ac:|<ri:|syntaxhighlighter-params|class="[^"]*\bwiki-content\b|codeContent panelContent"#)
});
/// The notation of Jira and of Confluence's older editor.
static NOTATION: LazyLock<Pattern> =
    LazyLock::new(|| pattern(r"(?m)^h[1-6]\. \S|^[ \t]*\{(?:code|noformat)(?::[^}\n]*)?\}"));
static HTML_START: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)^\s*(?:<!doctype html|<html|<\?xml|<head|<body|<(?:h[1-6]|p|div|ul|ol|table|pre|article|section)\b[^>\n]*>)",
    )
});
static HTML_TAG: LazyLock<Pattern> =
    LazyLock::new(|| pattern(r"(?i)</(?:p|h[1-6]|div|li|ul|ol|pre|table|td|tr|body|html|article|section)>"));
static FENCE: LazyLock<Pattern> =
    LazyLock::new(|| pattern(r"(?m)^[ \t>]*(?:[-*+]|\d+[.)])?[ \t]*(?:```|~~~)"));
static TILDES: LazyLock<Pattern> = LazyLock::new(|| pattern(r"(?m)^\w[^\n]*\n~{3,}[ \t]*$"));
static MARKDOWN_HEADING: LazyLock<Pattern> =
    LazyLock::new(|| pattern(r"(?m)\A\s*#{1,6} \S|^#{2,6} \S|(?:^[ \t]*\n)#{1,6} \S[^\n]*\n[ \t]*\n"));
static MARKDOWN_INLINE: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(r"\]\([^)\s]+\)|\*\*[^*\n]+\*\*|(?m)^\|? *:?-{3,}:? *\||^\s*[-*] \[[ xX]\] |`[^`\n]+`")
});
static FRONT_MATTER: LazyLock<Pattern> =
    LazyLock::new(|| pattern(r"\A---\r?\n(?:[^\n]*\n){1,60}?(?:---|\.\.\.)\r?\n"));
static ASCIIDOC: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?m)^\[source\b|^\[(?:NOTE|TIP|WARNING|IMPORTANT|CAUTION|listing|literal|%collapsible)\b|^include::\S+\[|^={1,5} \S[^=\n]*$|^:[a-z][\w-]*:(?: |$)|^xref:|^ifdef::|^image::",
    )
});
static ASCIIDOC_BLOCK: LazyLock<Pattern> =
    LazyLock::new(|| pattern(r"(?m)^={1,5} \S[^=\n]*$|^(?:----|\.\.\.\.)[ \t]*$|^\[source\b"));
static RST: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?m)^[ \t]*\.\. [a-zA-Z][\w-]*::|:(?:term|ref|doc|file|command|class|code|kbd|samp):`|^#\. \S|^\.\. _[\w -]+:|`[^`\n]+ <[^>`\n]+>`_|^\s*::[ \t]*$|\S ?::[ \t]*\r?\n[ \t]*\r?\n[ \t]+\S",
    )
});

/// What the text is written in.
pub(crate) fn detect(text: &str) -> Format {
    if FENCE.is_match(text) && !is_underlined(text) {
        return fenced(text);
    }
    if CONFLUENCE.is_match(text) || is_notation(text) {
        Format::Confluence
    } else if HTML_START.is_match(text) && HTML_TAG.is_match(text) {
        Format::Html
    } else if ASCIIDOC.is_match(text) && ASCIIDOC_BLOCK.is_match(text) {
        Format::Asciidoc
    } else {
        plainer(text)
    }
}

/// Whether a page is written in the notation of Jira, which Confluence knew before its storage format.
pub(crate) fn is_notation(text: &str) -> bool {
    !CONFLUENCE.is_match(text) && NOTATION.is_match(text)
}

/// `~~~` below a heading of reStructuredText is no fence.
fn is_underlined(text: &str) -> bool {
    !text.contains("```") && TILDES.is_match(text) && RST.is_match(text)
}

/// A page with fences of Markdown: AsciiDoc knows them as well.
fn fenced(text: &str) -> Format {
    if ASCIIDOC_BLOCK.is_match(text) { plainer(text) } else { Format::Markdown }
}

/// A page without the signs that settle it.
fn plainer(text: &str) -> Format {
    if RST.is_match(text) && !MARKDOWN_HEADING.is_match(text) {
        Format::Rst
    } else if is_markdown(text) {
        Format::Markdown
    } else if HTML_TAG.find_iter(text).take(3).count() == 3 {
        Format::Html
    } else {
        Format::Text
    }
}

fn is_markdown(text: &str) -> bool {
    [&*FENCE, &*MARKDOWN_HEADING, &*FRONT_MATTER, &*MARKDOWN_INLINE].iter().any(|sign| sign.is_match(text))
}
