//! Where a shell statement ends: quotes, substitutions, continuations, heredocs and compound commands, line by
//! line and in one pass.

use std::collections::VecDeque;

/// A statement longer than this is not one.
const LINES_CAP: usize = 400;

/// What is still open after some lines of a statement.
#[derive(Debug, Default)]
pub(crate) struct Open {
    quote: Option<char>,
    parens: u32,
    braces: u32,
    compound: u32,
    heredocs: VecDeque<(String, bool)>,
    backslash: bool,
    operator: bool,
    command_position: bool,
}

impl Open {
    /// A new statement.
    pub(crate) fn new() -> Self {
        Self { command_position: true, ..Self::default() }
    }

    /// Whether the statement goes on.
    pub(crate) fn goes_on(&self) -> bool {
        self.quote.is_some()
            || self.parens > 0
            || self.compound > 0
            || !self.heredocs.is_empty()
            || self.backslash
            || self.operator
    }

    /// Whether a heredoc's body is being read.
    pub(crate) fn in_heredoc(&self) -> bool {
        !self.heredocs.is_empty() && self.quote.is_none()
    }

    /// Reads the next line.
    pub(crate) fn feed(&mut self, line: &str) {
        if self.in_heredoc() && !self.backslash {
            return self.heredoc_line(line);
        }
        self.backslash = false;
        self.operator = false;
        if self.quote.is_none() && self.parens == 0 {
            self.command_position = true;
        }
        let mut rest = line;
        while let Some(c) = rest.chars().next() {
            let taken = self.step(c, rest, line.len() - rest.len() == 0 || boundary_before(line, rest));
            rest = &rest[taken.min(rest.len())..];
        }
    }

    fn heredoc_line(&mut self, line: &str) {
        let Some((delimiter, tabs)) = self.heredocs.front() else { return };
        let body = if *tabs { line.trim_start_matches('\t') } else { line };
        // Pages indent the delimiter along with the block: white space around it is forgiven.
        if body.trim() == delimiter {
            self.heredocs.pop_front();
        }
    }

    /// Reads one character or word; gives the bytes it took.
    fn step(&mut self, c: char, rest: &str, at_word: bool) -> usize {
        if let Some(quote) = self.quote {
            return self.quoted(quote, c, rest);
        }
        match c {
            '\\' => self.escape(rest),
            '\'' | '"' | '`' => {
                self.quote = Some(c);
                self.command_position = false;
                1
            }
            '<' if rest.starts_with("<<") => self.heredoc(rest),
            '(' | ')' | '{' | '}' | '$' => self.bracket(c, rest, at_word),
            ';' | '&' | '|' => self.separator(rest),
            _ => self.plain(c, rest, at_word),
        }
    }

    /// White space, a comment or a word.
    fn plain(&mut self, c: char, rest: &str, at_word: bool) -> usize {
        if c == '#' && at_word {
            rest.len()
        } else if c.is_whitespace() {
            c.len_utf8()
        } else {
            self.word(rest, at_word)
        }
    }

    fn quoted(&mut self, quote: char, c: char, rest: &str) -> usize {
        if c == '\\' && quote != '\'' {
            return 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
        }
        if c == quote {
            self.quote = None;
        }
        c.len_utf8()
    }

    fn escape(&mut self, rest: &str) -> usize {
        if rest[1..].trim().is_empty() {
            self.backslash = true;
            return rest.len();
        }
        self.command_position = false;
        1 + rest[1..].chars().next().map_or(0, char::len_utf8)
    }

    fn heredoc(&mut self, rest: &str) -> usize {
        if rest.starts_with("<<<") {
            return 3;
        }
        let tabs = rest.starts_with("<<-");
        let word = rest[2 + usize::from(tabs)..].trim_start_matches(' ');
        let name: String = word
            .trim_start_matches(['\'', '"', '\\'])
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        let after = word.trim_start_matches(['\'', '"', '\\']).get(name.len()..).unwrap_or_default();
        if !name.is_empty() && !after.starts_with('>') {
            self.heredocs.push_back((name, tabs));
            let closing = usize::from(after.starts_with(['\'', '"']));
            return rest.len() - after.len() + closing;
        }
        2
    }

    fn bracket(&mut self, c: char, rest: &str, at_word: bool) -> usize {
        match c {
            '$' if rest.starts_with("${") => {
                // A parameter is read to its end, so that its characters open nothing.
                return rest.find('}').map_or(2, |end| end + 1);
            }
            '(' => {
                self.parens += 1;
                self.command_position = true;
            }
            ')' => {
                self.parens = self.parens.saturating_sub(1);
                self.command_position = true;
            }
            '{' | '}' => self.brace(c, rest, at_word),
            _ => self.command_position = false,
        }
        1
    }

    /// A brace groups commands only where a command can stand.
    fn brace(&mut self, c: char, rest: &str, at_word: bool) {
        if c == '{' && self.command_position && at_word && alone(rest) {
            self.compound += 1;
            self.braces += 1;
        } else if c == '}' && self.command_position && self.braces > 0 {
            self.compound = self.compound.saturating_sub(1);
            self.braces -= 1;
        } else {
            self.command_position = false;
        }
    }

    fn separator(&mut self, rest: &str) -> usize {
        self.command_position = true;
        let length = rest.bytes().take(2).take_while(|byte| matches!(byte, b';' | b'&' | b'|')).count();
        let operator = &rest[..length];
        let tail = rest[length..].trim_start();
        self.operator =
            (tail.is_empty() || tail.starts_with('#')) && matches!(operator, "|" | "||" | "&&" | "|&");
        length
    }

    fn word(&mut self, rest: &str, at_word: bool) -> usize {
        let end =
            rest.find(|c: char| c.is_whitespace() || "\\'\"`#<(){}$;&|".contains(c)).unwrap_or(rest.len());
        let end = end.max(rest.chars().next().map_or(1, char::len_utf8));
        if self.command_position && at_word {
            self.keyword(&rest[..end]);
        }
        end
    }

    fn keyword(&mut self, word: &str) {
        match word {
            "if" | "for" | "while" | "until" | "case" | "select" => {
                self.compound += 1;
                self.command_position = matches!(word, "if" | "while" | "until");
            }
            "fi" | "done" | "esac" => {
                self.compound = self.compound.saturating_sub(1);
                self.command_position = false;
            }
            "then" | "do" | "else" | "elif" | "!" | "time" => {}
            _ => self.command_position = false,
        }
    }
}

fn boundary_before(line: &str, rest: &str) -> bool {
    let before = &line[..line.len() - rest.len()];
    before.ends_with(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '|' | '(' | '{'))
}

fn alone(rest: &str) -> bool {
    rest[1..].chars().next().is_none_or(char::is_whitespace)
}

/// How many lines the statement that starts at `lines[0]` takes, or none when it never ends.
pub(crate) fn statement_lines<'t>(lines: impl Iterator<Item = &'t str>) -> Option<usize> {
    let mut open = Open::new();
    let mut lines = lines.take(LINES_CAP).peekable();
    let mut count = 0;
    while let Some(line) = lines.next() {
        open.feed(line);
        count += 1;
        if !open.goes_on() && !lines.peek().is_some_and(|next| carries_on(next)) {
            return Some(count);
        }
    }
    // A trailing backslash or operator at the end of a block is the author's slip, not an open statement.
    (open.quote.is_none() && open.compound == 0 && open.heredocs.is_empty() && open.parens == 0)
        .then_some(count)
}

/// A line that starts with a pipe or `&&` carries on the statement before it.
fn carries_on(line: &str) -> bool {
    let body = line.trim();
    let operator = body.starts_with("| ") || body.starts_with("&& ") || body.starts_with("|| ");
    operator && !body.ends_with('|')
}

/// Where a trailing comment of a line starts, outside quotes.
pub(crate) fn comment_start(line: &str) -> Option<usize> {
    let mut quote = None;
    let mut previous = ' ';
    for (at, c) in line.char_indices() {
        let sign = c == '#' && matches!(previous, ' ' | '\t') && quote.is_none();
        if sign && !line[..at].trim().is_empty() {
            return Some(at);
        }
        quote = quote_after(quote, c, previous);
        previous = c;
    }
    None
}

/// The quote that is open behind a character.
fn quote_after(quote: Option<char>, c: char, previous: char) -> Option<char> {
    match quote {
        Some(open) if c == open && !(open == '"' && previous == '\\') => None,
        None if matches!(c, '\'' | '"') => Some(c),
        same => same,
    }
}
