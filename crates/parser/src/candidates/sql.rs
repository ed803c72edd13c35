//! SQL statements: up to their semicolon, over as many lines as they take.

use std::sync::LazyLock;

use super::script::comment_title;
use super::statement::{CodeLine, Statement, clean};
use crate::mapped::Mapped;
use crate::patterns::{Pattern, pattern};

static START: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)^\s*(?:select\s|insert\s+into\b|update\s+\S+\s+(?:\w+\s+)?set\b|update\s+\S+\s*$|delete\s+from\b|delete\s+\w+\s+from\b|(?:alter|create|drop|truncate|reindex|comment|rename|purge|flush|optimize|refresh|lock|unlock|repair|check)\s+(?:or\s+replace\s+)?(?:\w+\s+)?\S|grant\s.+|revoke\s.+|explain\b|with\s+\w+|vacuum\b|analyze\b|show\s+\w+|set\s+\w|begin\b|commit\b|rollback\b|call\s+[\w<]|exec(?:ute)?\s+\w|use\s+[\w<\x24{]|kill\s+[\w<\x24'\x22:{]|checkpoint\b|copy\s+\w|start\s+(?:slave|replica|transaction|group)|stop\s+(?:slave|replica|group)|reset\s+\w|change\s+(?:master|replication)|desc(?:ribe)?\s+\w|do\s+\$|declare\s|merge\s+into|\\\w)",
    )
});
static STRONG: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"^\s*(?:SELECT\s|(?i:select\s.+\sfrom\s)|(?i:insert\s+into\s)|(?i:update\s+\S+\s+set\s)|(?i:delete\s+from\s)|(?i:(?:alter|create|drop|truncate)\s+(?:unique\s+)?(?:table|role|user|database|index|view|schema|extension|sequence|publication|subscription|system|materialized)\s)|(?i:grant\s.+\sto\s)|(?i:revoke\s.+\sfrom\s)|VACUUM\s|ANALYZE\s|REINDEX\s|EXPLAIN\s|SHOW\s+[A-Z]+|KILL\s+\d|START SLAVE|STOP SLAVE|(?i:with\s+\w+\s+as\s*\())",
    )
});

/// Whether a line starts a statement, in a place where SQL is read.
pub(crate) fn is_start(line: &str) -> bool {
    START.is_match(line)
}

/// Whether a line speaks to the client that sends the statements: `\\d`, `exit`, `spool`.
pub(crate) fn is_client_word(line: &str) -> bool {
    const WORDS: &str = "exit quit connect conn disconnect spool show describe desc startup shutdown host set source use status archive recover help crosscheck backup restore list report delete catalog configure validate change run";
    let first = line.split(|c: char| c.is_whitespace() || c == ';').next().unwrap_or_default();
    line.starts_with(['\\', '@']) && line.len() > 1
        || crate::words::listed(WORDS, &first.to_ascii_lowercase())
}

/// The bytes before a line that its client numbered: `  2  FROM jobs`, `    -> FROM jobs`.
pub(crate) fn line_number(line: &str) -> usize {
    let body = line.trim_start();
    let digits = body.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &body[digits..];
    let numbered = (1..=3).contains(&digits) && line.len() > body.len() && rest.starts_with([' ', '\t', '*']);
    if numbered { line.len() - rest.trim_start_matches(['*', ' ', '\t']).len() } else { 0 }
}

/// Whether a text is SQL wherever it stands.
pub(crate) fn is_strong(line: &str) -> bool {
    STRONG.is_match(line)
}

/// Whether a block that nothing vouches for is SQL.
pub(crate) fn is_strong_block(lines: &[CodeLine<'_>]) -> bool {
    let first = lines.iter().map(|line| line.text).find(|line| !is_skipped(line));
    let ended = lines.iter().any(|line| line.text.trim_end().ends_with(';'));
    first.is_some_and(|first| {
        is_strong(first) && (ended || first.trim_start().starts_with(|c: char| c.is_ascii_uppercase()))
            || ended && first.trim_start().to_ascii_lowercase().starts_with("select")
    })
}

fn is_skipped(line: &str) -> bool {
    let body = line.trim();
    body.is_empty()
        || body.starts_with("--")
        || body.starts_with("/*")
        || body.starts_with('#')
        || body == "*/"
}

/// The statements of a block.
pub(crate) fn statements(text: &Mapped, lines: &[CodeLine<'_>]) -> Vec<Statement> {
    let mut found = Vec::new();
    let mut title = None;
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at].text;
        if let Some(comment) = line.trim().strip_prefix("--").or_else(|| line.trim().strip_prefix('#')) {
            title = comment_title(comment).or(title);
        }
        if is_skipped(line) || !is_start(line) {
            at += 1;
            continue;
        }
        let count = extent(lines[at..].iter().map(|line| line.text));
        let last = &lines[at + count - 1];
        let whole = lines[at].start..last.start + last.text.len();
        for piece in split(text.text(), whole) {
            let text = clean(&text.part(piece).trimmed());
            if !text.is_blank() {
                found.push(Statement { title: title.take(), ..Statement::new(text, "sql") });
            }
        }
        at += count;
    }
    found
}

/// How many lines a statement takes: to its semicolon, else to a blank line before the next one.
pub(crate) fn extent<'t>(lines: impl Iterator<Item = &'t str>) -> usize {
    let mut lexer = Lexer::default();
    let mut count = 0;
    let mut filled = 0;
    let mut blank = false;
    for line in lines.take(400) {
        if count > 0 && lexer.quote.is_none() && starts_another(line, blank) {
            break;
        }
        count += 1;
        let single = count == 1 && line.trim_start().starts_with('\\');
        let ended = lexer.feed(line).is_some();
        blank = line.trim().is_empty();
        if !blank {
            filled = count;
        }
        if ended || single || is_last(line) {
            return count;
        }
    }
    filled.max(1)
}

/// Whether a line cannot belong to the statement above it.
fn starts_another(line: &str, after_blank: bool) -> bool {
    let rule = || line.trim_start().starts_with("--") && line.contains("-----");
    after_blank && is_start(line) || rule()
}

/// What ends a statement beside a semicolon.
fn is_last(line: &str) -> bool {
    line.trim_end().ends_with("\\G") || line.trim() == "GO"
}

/// Cuts a range at the semicolons that end statements.
fn split(text: &str, range: std::ops::Range<usize>) -> Vec<std::ops::Range<usize>> {
    let mut pieces = Vec::new();
    let mut lexer = Lexer::default();
    let mut start = range.start;
    let body = text.get(range.clone()).unwrap_or_default();
    let mut at = 0;
    while let Some(end) = lexer.feed(&body[at..]) {
        at += end;
        pieces.push(start..range.start + at);
        start = range.start + at;
    }
    let tail = body[start - range.start..].trim();
    if !tail.is_empty() && !tail.starts_with("--") && !tail.starts_with('#') {
        pieces.push(start..range.end);
    }
    pieces
}

/// Quotes, comments and dollar quotes of SQL.
#[derive(Default)]
struct Lexer {
    quote: Option<char>,
    dollar: bool,
}

impl Lexer {
    /// Reads on; gives where the statement ends, behind its semicolon.
    fn feed(&mut self, text: &str) -> Option<usize> {
        let mut chars = text.char_indices().peekable();
        let mut comment = false;
        while let Some((at, c)) = chars.next() {
            if comment {
                comment = c != '\n';
            } else if let Some(open) = self.quote {
                if c == open {
                    self.quote = None;
                }
            } else if text[at..].starts_with("$$") {
                self.dollar = !self.dollar;
                chars.next();
            } else if text[at..].starts_with("--") {
                comment = true;
            } else if c == ';' && !self.dollar {
                return Some(at + 1);
            } else if matches!(c, '\'' | '"') {
                self.quote = Some(c);
            }
        }
        None
    }
}
