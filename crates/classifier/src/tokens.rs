//! What a command consists of, for the reader: every byte that is no blank belongs to exactly one token.

use std::borrow::Cow;
use std::cmp::Reverse;

use dd0c_types::TokenSpan;
use dd0c_types::classification::CommandSpan;

/// A part of the command and what it means. Parts may lie in each other until they are settled.
pub(crate) struct Token {
    pub(crate) span: CommandSpan,
    /// Text inside text lies above it.
    pub(crate) layer: usize,
    pub(crate) kind: &'static str,
    pub(crate) text: Cow<'static, str>,
}

/// Nobody's byte.
const NOBODY: u16 = u16::MAX;

/// The tokens in order and apart: the innermost has the byte, and what nobody speaks of is said to be unread.
pub(crate) fn settle(mut tokens: Vec<Token>, command: &str) -> Vec<TokenSpan> {
    tokens.truncate(usize::from(NOBODY));
    tokens.sort_by_key(|token| (token.layer, Reverse(token.span.end - token.span.start)));
    let mut owners = vec![NOBODY; command.len()];
    for (index, token) in (0..NOBODY).zip(&tokens) {
        if let Some(bytes) = owners.get_mut(token.span.start..token.span.end) {
            bytes.fill(index);
        }
    }
    let mut settled = Vec::with_capacity(tokens.len());
    let mut start = 0;
    for run in owners.chunk_by(|a, b| a == b) {
        let end = start + run.len();
        let token = run.first().and_then(|owner| tokens.get(usize::from(*owner)));
        settled.extend(piece(token, start, end, command));
        start = end;
    }
    settled
}

fn piece(token: Option<&Token>, start: usize, end: usize, command: &str) -> Option<TokenSpan> {
    let (mut start, mut end) = (start, end);
    if token.is_none_or(|token| (token.span.start, token.span.end) != (start, end)) {
        // Of what is left of a token, the blanks at its ends say nothing.
        let text = command.get(start..end)?;
        end = start + text.trim_end().len();
        start = end - text.trim().len();
    }
    let (kind, text) =
        token.map_or(("unread", "not read as part of a command"), |token| (token.kind, &*token.text));
    (start < end).then(|| TokenSpan { start, end, kind: kind.to_owned(), text: Some(text.to_owned()) })
}
