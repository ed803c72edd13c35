//! HTML tokens with their places: html5gum for everything between the CDATA sections of Confluence's storage
//! format, which HTML itself would read as broken comments.

use std::convert::Infallible;
use std::ops::Range;

use html5gum::Tokenizer;
use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};

use crate::mapped::Mapped;

/// One token.
#[derive(Debug)]
pub(crate) enum Token {
    Open { name: String, attributes: Vec<(String, String)>, range: Range<usize>, self_closing: bool },
    Close { name: String, range: Range<usize> },
    Text(Mapped),
    Cdata(Range<usize>),
}

const CDATA: &str = "<![CDATA[";

/// The tokens of a page, in order.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find(CDATA).map(|offset| at + offset) {
        markup(text, at..start, &mut found);
        let body = start + CDATA.len();
        let end = text[body..].find("]]>").map_or(text.len(), |offset| body + offset);
        found.push(Token::Cdata(body..end));
        at = (end + 3).min(text.len());
    }
    markup(text, at..text.len(), &mut found);
    found
}

/// The tokens of a stretch without CDATA.
fn markup(text: &str, range: Range<usize>, found: &mut Vec<Token>) {
    if range.is_empty() {
        return;
    }
    let base = range.start;
    let mut attribute = String::new();
    let callback = |event: CallbackEvent<'_>, span: html5gum::Span<usize>| -> Option<Infallible> {
        take(text, found, &mut attribute, &event, span.start + base..span.end + base);
        None
    };
    let emitter = CallbackEmitter::new(callback);
    // The emitter hands everything to the callback: the iterator itself has nothing to give.
    let rest = Tokenizer::new_with_emitter(&text[range], emitter).next();
    debug_assert!(rest.is_none(), "nothing is emitted beside the callback");
}

fn take(
    text: &str,
    found: &mut Vec<Token>,
    attribute: &mut String,
    event: &CallbackEvent<'_>,
    range: Range<usize>,
) {
    match event {
        CallbackEvent::OpenStartTag { name } => {
            let name = String::from_utf8_lossy(name).into_owned();
            found.push(Token::Open { name, attributes: Vec::new(), range, self_closing: false });
        }
        CallbackEvent::AttributeName { name } => *attribute = String::from_utf8_lossy(name).into_owned(),
        CallbackEvent::AttributeValue { value } => {
            if let Some(Token::Open { attributes, .. }) = found.last_mut() {
                attributes.push((std::mem::take(attribute), String::from_utf8_lossy(value).into_owned()));
            }
        }
        CallbackEvent::CloseStartTag { self_closing: closing } => {
            if let Some(Token::Open { range: open, self_closing, .. }) = found.last_mut() {
                open.end = range.end.min(text.len());
                *self_closing = *closing;
            }
        }
        CallbackEvent::EndTag { name } => {
            found.push(Token::Close { name: String::from_utf8_lossy(name).into_owned(), range });
        }
        CallbackEvent::String { value } => {
            let decoded = String::from_utf8_lossy(value);
            found.push(Token::Text(Mapped::aligned(&decoded, text, place(text, &decoded, range))));
        }
        CallbackEvent::Comment { .. } | CallbackEvent::Doctype { .. } | CallbackEvent::Error(_) => {}
    }
}

/// The tokenizer reads ahead in runs of characters, so that a text's range can be off by the run that was last
/// read: the equal slice beside it is the true place.
fn place(text: &str, decoded: &str, range: Range<usize>) -> Range<usize> {
    if text.get(range.clone()) == Some(decoded) {
        return range;
    }
    let first = decoded.chars().next();
    let start = (range.start.saturating_sub(1)..=range.start + 1)
        .find(|&at| text.get(at..).and_then(|rest| rest.chars().next()) == first)
        .unwrap_or(range.start);
    let end = text.floor_char_boundary(range.end.clamp(start, text.len()));
    let end = end + reference(&text[end..]);
    let start = (0..=start).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    start..end.max(start)
}

/// A text that ends in a character reference ends before it, by its range: the bytes that may still belong to it.
fn reference(rest: &str) -> usize {
    const LONGEST: usize = 34;
    let near = &rest[..rest.floor_char_boundary(LONGEST.min(rest.len()))];
    near.find('<').unwrap_or(near.len())
}
