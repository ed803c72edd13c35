//! Makes a runbook of pasted text: a page in, commands with their place in the page, steps, variables,
//! conditions and doubts out.
//!
//! It works by rules alone, on the tokens of a real reader for each format. It must never offer a command
//! that is not a span of the pasted text, never do I/O or read the time, never recurse on the depth of its
//! input, and never answer differently for the same text.

mod assemble;
mod branches;
mod candidates;
mod document;
mod drafts;
mod error;
mod hazards;
mod jumps;
mod kinds;
mod learn;
mod mapped;
mod normalise;
mod patterns;
mod prerequisites;
mod reading;
mod secrets;
mod sections;
mod sentences;
mod titles;
mod units;
mod vague;
mod variables;
mod ways;
mod words;

pub use error::{DocumentKind, InvalidText, ParseError, document_kind, validate_utf8};
pub use reading::{Cut, LineKind, PageLine, Reading};

use dd0c_types::ParsedRunbook;
use dd0c_types::runbook::{Format, Source};
use sha2::{Digest, Sha256};

/// The version of the parser: part of every cache key and audit event. Changes when its output changes.
pub const VERSION: &str = "2";

/// The longest text that is read, in bytes.
pub const LIMIT: usize = 512 * 1024;

/// Reads a page. `title` replaces the page's own title. Classifications are left out and timings are 0:
/// the caller measures and classifies.
///
/// # Errors
/// [`ParseError`] when the text is empty, too large, not text, or asks for no command at all.
pub fn parse(text: &str, title: Option<&str>) -> Result<ParsedRunbook, ParseError> {
    let runbook = outline(text, title)?;
    if runbook.steps.iter().all(|step| step.command.is_none()) {
        return Err(ParseError::NoCommands);
    }
    Ok(runbook)
}

/// Reads a page as [`parse`] does, and keeps one that has no command: for a linter, which has something to say
/// about such a page too.
///
/// # Errors
/// [`ParseError`], but never [`ParseError::NoCommands`].
pub fn outline(text: &str, title: Option<&str>) -> Result<ParsedRunbook, ParseError> {
    check(text)?;
    let format = detect_format(text);
    let mut document = normalise::read(text, format);
    let page = learn::page(&document);
    candidates::bare::uncover(&mut document, &page);
    let drafts = drafts::read(&document, &page);
    let source = Source { sha256: hex::encode(Sha256::digest(text.as_bytes())), bytes: text.len(), format };
    Ok(assemble::runbook(assemble::Parts { text, title, source, document, drafts }))
}

fn check(text: &str) -> Result<(), ParseError> {
    if text.len() > LIMIT {
        return Err(ParseError::TooLarge { bytes: text.len(), limit: LIMIT });
    }
    if let Some(kind) = document_kind(text.as_bytes()) {
        return Err(ParseError::Document { kind });
    }
    if let Some(offset) = text.bytes().position(|byte| byte == 0) {
        return Err(ParseError::NulByte { offset });
    }
    if text.trim().is_empty() {
        return Err(ParseError::EmptyText);
    }
    Ok(())
}

/// What the text is written in.
pub fn detect_format(text: &str) -> Format {
    normalise::format::detect(text)
}
