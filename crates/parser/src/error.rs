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
    /// A file of a program for documents, not text.
    #[error("{}", document_words(*kind))]
    Document {
        /// Which.
        kind: DocumentKind,
    },
    /// No step has a command.
    #[error("We found no commands. A step needs something to run, such as `kubectl …`")]
    NoCommands,
}

/// A file that holds pages and is not text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentKind {
    /// A ZIP archive: what Word, LibreOffice and Confluence's own exports write (`.docx`, `.odt`).
    Archive,
    /// PDF.
    Pdf,
}

fn document_words(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Archive => {
            "This is a ZIP archive, such as a .docx file, and those are not read. Nothing was read. Open it, select everything, and paste the text."
        }
        DocumentKind::Pdf => {
            "This is a PDF, and those are not read. Nothing was read. Paste the text of the page it was made of, or copy the text out of the PDF."
        }
    }
}

/// Which file of pages the bytes are, by their first ones.
pub fn document_kind(bytes: &[u8]) -> Option<DocumentKind> {
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06") {
        Some(DocumentKind::Archive)
    } else {
        start.starts_with(b"%PDF-").then_some(DocumentKind::Pdf)
    }
}

/// The bytes are not text: not UTF-8, or with a NUL byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", invalid_words(*offset, *document))]
pub struct InvalidText {
    /// Offset in bytes of the first wrong byte.
    pub offset: usize,
    /// The file that the bytes are, when their first ones tell.
    pub document: Option<DocumentKind>,
}

fn invalid_words(offset: usize, document: Option<DocumentKind>) -> String {
    document.map_or_else(
        || {
            format!(
                "The text is not valid UTF-8 without NUL bytes: the first wrong byte is byte {offset}. Nothing was read."
            )
        },
        |kind| document_words(kind).to_owned(),
    )
}

/// Takes bytes as text when they are UTF-8 without NUL.
///
/// # Errors
/// [`InvalidText`] with the offset of the first byte that is neither.
pub fn validate_utf8(bytes: &[u8]) -> Result<&str, InvalidText> {
    let document = document_kind(bytes);
    let nul = bytes.iter().position(|&byte| byte == 0);
    match (std::str::from_utf8(bytes), nul) {
        (Ok(_), _) if document.is_some() => Err(InvalidText { offset: 0, document }),
        (Ok(text), None) => Ok(text),
        (Ok(_), Some(offset)) => Err(InvalidText { offset, document }),
        (Err(error), nul) => {
            let offset = nul.map_or(error.valid_up_to(), |at| at.min(error.valid_up_to()));
            Err(InvalidText { offset, document })
        }
    }
}
