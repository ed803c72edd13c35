//! What can be wrong with a pasted text, in words for the person who pasted it.

/// Why a text is not a runbook.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Nothing but white space.
    #[error("The text is empty. Paste the runbook's text.")]
    EmptyText,
    /// A NUL byte: the text is binary, or damaged.
    #[error(
        "The text holds a NUL byte at byte {offset}, so it is not plain text. Nothing was read. Paste the page's text."
    )]
    NulByte {
        /// Offset in bytes from the start.
        offset: usize,
    },
    /// Longer than [`crate::LIMIT`].
    #[error(
        "The text has {bytes} bytes; the limit is {limit}. Nothing was read. Split the runbook into smaller ones."
    )]
    TooLarge {
        /// Bytes of the text.
        bytes: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// No step has a command.
    #[error("We found no commands. A step needs something to run, such as `kubectl …`")]
    NoCommands,
}

/// The bytes are not text: not UTF-8, or with a NUL byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "The text is not valid UTF-8 without NUL bytes: the first wrong byte is byte {offset}. Nothing was read."
)]
pub struct InvalidText {
    /// Offset in bytes of the first wrong byte.
    pub offset: usize,
}

/// Takes bytes as text when they are UTF-8 without NUL.
///
/// # Errors
/// [`InvalidText`] with the offset of the first byte that is neither.
pub fn validate_utf8(bytes: &[u8]) -> Result<&str, InvalidText> {
    let nul = bytes.iter().position(|&byte| byte == 0);
    match (std::str::from_utf8(bytes), nul) {
        (Ok(text), None) => Ok(text),
        (Ok(_), Some(offset)) => Err(InvalidText { offset }),
        (Err(error), nul) => {
            Err(InvalidText { offset: nul.map_or(error.valid_up_to(), |at| at.min(error.valid_up_to())) })
        }
    }
}
