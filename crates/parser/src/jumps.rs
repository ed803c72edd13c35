//! Where a sentence sends the reader: `go to step 3`, `continue with section "Rollback"`.

use std::sync::LazyLock;

use crate::document::{Block, BlockKind, Document, MarkKind};
use crate::drafts::Draft;
use crate::patterns::{Pattern, pattern};
use crate::titles;

/// A jump as it stands in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Jump {
    /// To the step with this number.
    Number(u32),
    /// To what stands under this heading.
    Heading(usize),
}

/// Where a jump leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// The order of a step.
    Step(u32),
    /// No step carries that number, or none stands under that heading.
    Nowhere,
}

static TO_NUMBER: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:\b(?:go|goto|jump|skip|proceed|continue|return|move|advance|start over|weiter|gehe?n?|springe?n?|zur(?:ü|ue)ck|fahre?n?|passez|allez|revenez|retournez|reprenez|ir|ve|vaya|vuelve|vuelva|contin(?:ú|u)[ae]|salta|v(?:á|a)|volte|pule|continue|siga|vai|torna|passa|prosegui|ga|przejd(?:ź|z)|wr(?:ó|o)(?:ć|c)|перейдите|вернитесь)\b|转到|跳转到|返回|跳到|进入|回到|跳至).{0,60}?(?:step|schritt|(?:é|e)tape|paso|passo|etapa|passaggio|stap|kroku|krok|шагу|шаг|步骤|ステップ|手順|第)s?\s*(?:n(?:°|º|o\.)\s*)?[(#*_`\x22]*\s*(\d{1,3})\b|(?:ステップ|手順)\s*(\d{1,3})\s*(?:に|へ)(?:戻|進|移)",
    )
});
static TO_PLACE: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:go|jump|skip|proceed|continue|return|move)\b.{0,20}?\b(?:to|with|at|back)\b|\b(?:weiter mit|zur(?:ü|ue)ck zu|passez (?:à|a)|revenez (?:à|a)|vuelve a|volte para)\b|转到|跳转|返回",
    )
});

/// Whether a sentence sends the reader to a step by its number.
pub(crate) fn is_jump(sentence: &str) -> bool {
    TO_NUMBER.is_match(sentence)
}

/// Reads the jump of a sentence, which lies at `start` of its block.
pub(crate) fn of(sentence: &str, block: &Block, start: usize, document: &Document) -> Option<Jump> {
    let number = |text: &str| {
        let groups = TO_NUMBER.captures(text)?;
        groups.inner().next()?.as_str().parse().ok()
    };
    if let Some(number) = number(sentence) {
        return Some(Jump::Number(number));
    }
    TO_PLACE.is_match(sentence).then(|| named(sentence, block, start, document)).flatten().map(Jump::Heading)
}

/// The heading that a sentence names, in quotes, as a link or word for word after `section`.
fn named(sentence: &str, block: &Block, start: usize, document: &Document) -> Option<usize> {
    let range = start..start + sentence.len();
    let linked = block
        .marks
        .iter()
        .filter(|mark| matches!(mark.kind, MarkKind::Link | MarkKind::Strong))
        .filter(|mark| range.start <= mark.range.start && mark.range.end <= range.end)
        .map(|mark| &block.text.text()[mark.range.clone()]);
    let quoted = sentence.split(['"', '“', '”', '«', '»', '„']).skip(1).step_by(2);
    let after = sentence.split(" section ").nth(1).map(|rest| rest.trim_end_matches(['.', ',', ':', ')']));
    let before = sentence.rsplit(" the ").next().and_then(|rest| rest.split(" section").next());
    linked.chain(quoted).chain(after).chain(before).find_map(|name| heading(name, document))
}

/// The block of the heading with this text.
fn heading(name: &str, document: &Document) -> Option<usize> {
    let wanted = plain(name);
    if wanted.chars().count() < 3 {
        return None;
    }
    document
        .blocks
        .iter()
        .take(HEADINGS_CAP)
        .position(|block| matches!(block.kind, BlockKind::Heading(_)) && plain(block.text.text()) == wanted)
}

/// Blocks that are searched for a heading: enough for any page that a person wrote, and bounded.
const HEADINGS_CAP: usize = 2_000;

/// Small letters without a number in front.
fn plain(text: &str) -> String {
    let tidy = titles::tidy(text).to_lowercase();
    tidy.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ')' | ' ' | '#')).to_owned()
}

static HEADING_NUMBER: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)^\W*(?:(?:step|schritt|(?:é|e)tape|paso|passo|etapa|phase|fase|stap|krok|шаг|步骤|ステップ|手順|第)\s*)?#?(\d{1,2})(?:[.:)\s-]|–|—|步|：|$)",
    )
});

/// The number that a heading carries: `Step 3: Check the queue`, `2. Restart`.
pub(crate) fn number_of_heading(heading: &str) -> Option<u32> {
    HEADING_NUMBER.captures(heading)?.get(1)?.as_str().parse().ok()
}

/// Finds where the jump of draft `at` leads.
pub(crate) fn target(jump: &Jump, at: usize, drafts: &[Draft], document: &Document) -> Target {
    let found = match jump {
        Jump::Heading(heading) => drafts.iter().position(|draft| draft.at > *heading),
        Jump::Number(number) => numbered(*number, at, drafts, document),
    };
    found.and_then(|index| u32::try_from(index + 1).ok()).map_or(Target::Nowhere, Target::Step)
}

/// A step's number: of the item beside the jump, of a heading, of any item; the nearest list first.
fn numbered(number: u32, at: usize, drafts: &[Draft], document: &Document) -> Option<usize> {
    let here = &drafts[at];
    let beside =
        drafts.iter().position(|draft| draft.number == Some(number) && draft.heading == here.heading);
    let by_heading = || {
        let heading = document.blocks.iter().position(|block| {
            matches!(block.kind, BlockKind::Heading(_))
                && number_of_heading(block.text.text()) == Some(number)
        })?;
        drafts.iter().position(|draft| draft.at > heading)
    };
    let anywhere = || drafts.iter().position(|draft| draft.number == Some(number));
    beside.filter(|_| here.number.is_some()).or_else(by_heading).or(beside).or_else(anywhere)
}
