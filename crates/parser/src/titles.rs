//! Titles of steps, in the words of the text.

use std::sync::LazyLock;

use crate::patterns::{Pattern, pattern};
use crate::sentences::{self, Asks};

/// Longer titles are cut at a word.
const TITLE_CAP: usize = 300;
/// A lead up to this length is a title as a whole.
const WHOLE: usize = 180;

static GENERIC: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)^\W*(?:(?:then |now |next,? |to do (?:so|this|that),? |first,? |or,? |you can |in order to do so,? )*(?:run|execute|use|issue|try|enter|type|running|using)(?: (?:the|this|these|following|a|below|next|one|of|command|commands|script|cli|in|your|terminal|shell|and|like|such|as|it|by|queries|query|sql))*|(?:for )?examples?|e\.g\.?|(?:method|option|alternative|variant) \w+|commands?|or|and|then|usage|like (?:this|so)|as follows|follow(?:ing)?(?: the)? steps(?: below)?|via (?:the )?(?:cli|command line|terminal))\W*$",
    )
});

static FOLLOWING: LazyLock<Pattern> =
    LazyLock::new(|| pattern(r"(?i)\b(?:run|running|execute|following|below|command|use|using|by)\b"));

/// The title that a lead gives to the commands it announces.
pub(crate) fn of_commands(lead: &str) -> String {
    let whole = tidy(lead);
    if whole.chars().count() <= WHOLE {
        return whole;
    }
    let sentences: Vec<&str> = sentences::ranges(lead).into_iter().map(|range| &lead[range]).collect();
    let last = sentences.last().copied().unwrap_or(lead);
    let announces = last.trim_end().ends_with([':', '：']) || FOLLOWING.is_match(last);
    if !announces {
        return tidy(&lead[asking_sentence(lead)]);
    }
    if !is_generic(last) {
        return tidy(last);
    }
    let before = sentences.iter().rev().skip(1).find(|sentence| !is_generic(sentence));
    tidy(before.copied().unwrap_or(last))
}

/// Whether a lead says nothing of what its commands are for.
pub(crate) fn is_generic(lead: &str) -> bool {
    GENERIC.is_match(lead.trim())
}

/// The first sentence that asks for something, else the first.
pub(crate) fn asking_sentence(text: &str) -> std::ops::Range<usize> {
    let ranges = sentences::ranges(text);
    let asking = ranges.iter().find(|range| sentences::asks(&text[(*range).clone()]) != Asks::Nothing);
    asking.or(ranges.first()).cloned().unwrap_or(0..0)
}

/// One line without the punctuation that only announces.
pub(crate) fn tidy(text: &str) -> String {
    let line = sentences::collapsed(text);
    let line = line
        .trim_start_matches(|c: char| matches!(c, '-' | '*' | '•' | ':' | ',' | '#') || c.is_whitespace());
    let line = line.trim_end_matches(|c: char| matches!(c, ':' | '：' | ',') || c.is_whitespace());
    let line = line.strip_suffix('.').unwrap_or(line);
    if line.chars().count() <= TITLE_CAP {
        return line.to_owned();
    }
    let cut: String = line.chars().take(TITLE_CAP).collect();
    let end = cut.rfind(' ').unwrap_or(cut.len());
    format!("{}…", &cut[..end])
}
