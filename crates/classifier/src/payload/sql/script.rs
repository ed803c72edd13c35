//! Cuts a script for a database's client into statements and the client's own commands, as that client would.
//!
//! Strings, quoted names and comments are told apart by the client's grammar, so that a `;` inside them cuts nothing
//! and a comment hides nothing that the server would run.

/// The grammar that a client and its server share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grammar {
    /// psql, cockroach sql, pgcli.
    Postgres,
    /// mysql, mariadb, mycli.
    MySql,
    /// sqlite3, duckdb.
    Sqlite,
    ClickHouse,
    /// cqlsh.
    Cql,
    /// sqlcmd.
    MsSql,
    Snowflake,
    BigQuery,
    /// Plain SQL of a client that has no grammar of its own here.
    Ansi,
}

/// One part of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// A statement for the server, its comments blanked.
    Statement(String),
    /// A command for the client, without the sign that opens it: `!rm x`, `dt`, `.shell ls` as `shell ls`.
    Client(String),
    /// Text in a comment that some servers run and others skip (`/*!50000 … */`).
    Hidden(String),
}

/// Most parts of one script that are read.
pub(crate) const MOST_PARTS: usize = 64;

/// Cuts the script. None: a string, a name or a comment in it does not end, or it has too many parts.
pub(crate) fn cut(text: &str, grammar: Grammar) -> Option<Vec<Part>> {
    let mut cutter =
        Cutter { rest: text, grammar, statement: String::new(), parts: Vec::new(), at_line: true };
    while !cutter.rest.is_empty() {
        cutter.step()?;
        if cutter.parts.len() > MOST_PARTS {
            return None;
        }
    }
    cutter.ends();
    Some(cutter.parts)
}

struct Cutter<'a> {
    rest: &'a str,
    grammar: Grammar,
    statement: String,
    parts: Vec<Part>,
    /// Only blanks so far in this line.
    at_line: bool,
}

impl Cutter<'_> {
    fn step(&mut self) -> Option<()> {
        if self.client_line() || self.backslash() {
            return Some(());
        }
        if let Some(opening) = self.comment_opening() {
            return self.comment(opening);
        }
        if let Some(length) = self.quoted()? {
            self.take(length);
            return Some(());
        }
        let c = self.rest.chars().next()?;
        if c == ';' {
            self.rest = &self.rest[1..];
            self.ends();
        } else {
            self.take(c.len_utf8());
            self.at_line = c == '\n' || (self.at_line && c.is_whitespace());
        }
        Some(())
    }

    /// Copies so many bytes into the statement.
    fn take(&mut self, length: usize) {
        let (head, tail) = self.rest.split_at(length);
        self.statement.push_str(head);
        self.rest = tail;
        self.at_line = false;
    }

    /// The statement is over.
    fn ends(&mut self) {
        let statement = std::mem::take(&mut self.statement);
        let statement = statement.trim();
        if !statement.is_empty() {
            self.parts.push(Part::Statement(statement.to_owned()));
        }
    }

    /// A whole line that belongs to the client: `.tables`, `:r f`, `!!ls`, `GO`, `source f`.
    fn client_line(&mut self) -> bool {
        let line = self.rest.split('\n').next().unwrap_or_default();
        let opens = self.at_line && !line.trim().is_empty() && self.opens_client_line(line.trim());
        if !opens {
            return false;
        }
        self.rest = &self.rest[line.len()..];
        if line.trim().trim_end_matches(|c: char| c.is_ascii_digit()).trim().eq_ignore_ascii_case("go") {
            self.ends();
        } else {
            let command = line.trim().trim_start_matches(['.', ':', '!']);
            let shell = line.trim().starts_with(['!']) && self.grammar == Grammar::MsSql
                || line.trim().starts_with(":!!");
            self.parts.push(Part::Client(if shell { format!("!{command}") } else { command.to_owned() }));
        }
        true
    }

    fn opens_client_line(&self, line: &str) -> bool {
        if self.grammar == Grammar::MsSql {
            return line.starts_with([':', '!']) || is_client_word(line, &["go"]);
        }
        let opens = match self.grammar {
            Grammar::Sqlite => line.starts_with('.'),
            Grammar::Snowflake => line.starts_with('!'),
            Grammar::MySql => is_client_word(line, MYSQL_WORDS),
            Grammar::Cql => is_client_word(line, CQLSH_WORDS),
            _ => false,
        };
        opens && self.statement.trim().is_empty()
    }

    /// `\dt`, `\G`, `\! ls`: to the end of the line, or a terminator.
    fn backslash(&mut self) -> bool {
        let speaks = matches!(self.grammar, Grammar::Postgres | Grammar::MySql | Grammar::Ansi);
        let Some(command) = self.rest.strip_prefix('\\').filter(|_| speaks) else { return false };
        if self.grammar == Grammar::MySql && command.starts_with(['G', 'g']) {
            self.rest = &command[1..];
            self.ends();
            return true;
        }
        if let Some(after) = command.strip_prefix(';') {
            self.rest = after;
            self.ends();
            return true;
        }
        let line = command.split('\n').next().unwrap_or_default();
        self.ends();
        self.parts.push(Part::Client(line.trim().to_owned()));
        self.rest = &command[line.len()..];
        true
    }

    fn comment_opening(&self) -> Option<&'static str> {
        let rest = self.rest;
        let my = self.grammar == Grammar::MySql;
        if rest.starts_with("/*") {
            return Some("/*");
        }
        let dashes = rest.strip_prefix("--");
        if dashes.is_some_and(|after| !my || after.chars().next().is_none_or(char::is_whitespace)) {
            return Some("--");
        }
        let slashes = self.grammar == Grammar::Cql || self.grammar == Grammar::Snowflake;
        if slashes && rest.starts_with("//") {
            return Some("//");
        }
        let hash = matches!(self.grammar, Grammar::MySql | Grammar::BigQuery | Grammar::ClickHouse);
        (hash && rest.starts_with('#')).then_some("#")
    }

    fn comment(&mut self, opening: &str) -> Option<()> {
        if opening != "/*" {
            let line = self.rest.split('\n').next().unwrap_or_default();
            self.rest = &self.rest[line.len()..];
            self.statement.push(' ');
            return Some(());
        }
        let nests = matches!(self.grammar, Grammar::Postgres | Grammar::MsSql | Grammar::ClickHouse);
        let length = block(self.rest, nests)?;
        let inside = &self.rest[2..length - 2];
        if inside.starts_with('!') || inside.starts_with("M!") {
            let hidden =
                inside.trim_start_matches(['M', '!']).trim_start_matches(|c: char| c.is_ascii_digit());
            self.parts.push(Part::Hidden(hidden.trim().to_owned()));
        }
        self.rest = &self.rest[length..];
        self.statement.push(' ');
        Some(())
    }

    /// The length of the string, quoted name or dollar-quoted text that starts here. Outer none: it does not end.
    #[expect(
        clippy::option_option,
        reason = "no quote here, and a quote that never ends, are different answers"
    )]
    fn quoted(&self) -> Option<Option<usize>> {
        let rest = self.rest;
        let Some(first) = rest.chars().next() else { return Some(None) };
        let my = matches!(
            self.grammar,
            Grammar::MySql | Grammar::ClickHouse | Grammar::BigQuery | Grammar::Snowflake
        );
        match first {
            '\'' => {
                let escapes = my || (self.grammar == Grammar::Postgres && self.after_e());
                closing(rest, '\'', escapes).map(Some)
            }
            '"' => closing(rest, '"', my).map(Some),
            '`' => closing(rest, '`', false).map(Some),
            '[' if self.grammar == Grammar::MsSql => closing(rest, ']', false).map(Some),
            '$' if matches!(self.grammar, Grammar::Postgres | Grammar::Snowflake | Grammar::Sqlite) => {
                dollar(rest)
            }
            _ => Some(None),
        }
    }

    /// `E'…'`, where a backslash escapes.
    fn after_e(&self) -> bool {
        let mut before = self.statement.chars().rev();
        matches!(before.next(), Some('e' | 'E'))
            && before.next().is_none_or(|c| !(c.is_alphanumeric() || c == '_'))
    }
}

/// Words that open a command of mysql's own at the start of a line.
const MYSQL_WORDS: &[&str] = &[
    "system",
    "source",
    "tee",
    "notee",
    "pager",
    "nopager",
    "edit",
    "delimiter",
    "status",
    "help",
    "clear",
    "connect",
    "rehash",
    "quit",
    "exit",
    "warnings",
    "nowarning",
    "charset",
    "print",
    "resetconnection",
    "query_attributes",
    "ssl_session_data_print",
];

/// The same of cqlsh.
const CQLSH_WORDS: &[&str] = &[
    "source",
    "capture",
    "copy",
    "consistency",
    "serial",
    "expand",
    "paging",
    "tracing",
    "login",
    "help",
    "exit",
    "quit",
    "show",
    "describe",
    "desc",
    "cls",
    "clear",
    "unicode",
    "elapsed",
    "debug",
];

fn is_client_word(line: &str, words: &[&str]) -> bool {
    let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(line.len());
    words.iter().any(|word| line[..end].eq_ignore_ascii_case(word))
}

/// The length of `/* … */`, nested where the server nests them.
fn block(rest: &str, nests: bool) -> Option<usize> {
    let bytes = rest.as_bytes();
    let (mut at, mut depth) = (2, 1_usize);
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"*/" => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return Some(at);
                }
            }
            b"/*" if nests => {
                depth += 1;
                at += 2;
            }
            _ => at += 1,
        }
    }
    None
}

/// The length of a quoted text; a doubled quote stands for itself.
fn closing(rest: &str, quote: char, escapes: bool) -> Option<usize> {
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if escapes && c == '\\' {
            chars.next();
        } else if c == quote {
            if chars.peek().is_some_and(|(_, next)| *next == quote) {
                chars.next();
            } else {
                return Some(at + c.len_utf8());
            }
        }
    }
    None
}

/// The length of `$tag$ … $tag$`. Inner none: the dollar sign opens nothing.
fn dollar(rest: &str) -> Option<Option<usize>> {
    let Some(end) = rest[1..].find('$') else { return Some(None) };
    let tag = &rest[1..=end];
    let named = tag.chars().all(|c| c.is_alphanumeric() || c == '_')
        && !tag.starts_with(|c: char| c.is_ascii_digit());
    if !named {
        return Some(None);
    }
    let mark = &rest[..end + 2];
    rest[mark.len()..].find(mark).map(|at| Some(at + 2 * mark.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statements(text: &str, grammar: Grammar) -> Vec<String> {
        let parts = cut(text, grammar).unwrap();
        parts.into_iter().map(|part| format!("{part:?}")).collect()
    }

    #[test]
    fn a_semicolon_inside_quotes_cuts_nothing() {
        for (text, grammar) in [
            ("select ';'", Grammar::Postgres),
            ("select \"a;b\"", Grammar::Postgres),
            ("do $x$ begin; end $x$", Grammar::Postgres),
            ("select 'a\\';b'", Grammar::MySql),
            ("select E'a\\';b'", Grammar::Postgres),
            ("select `a;b`", Grammar::MySql),
            ("select [a;b]", Grammar::MsSql),
            ("select 1 /* ; */", Grammar::Postgres),
        ] {
            assert_eq!(cut(text, grammar).map(|parts| parts.len()), Some(1), "{text}");
        }
        assert_eq!(statements("select 1; select 2;", Grammar::Sqlite).len(), 2);
    }

    #[test]
    fn each_server_skips_its_own_comments_only() {
        let two = |text, grammar| cut(text, grammar).unwrap().len();
        assert_eq!(two("select 1 --x; select 2", Grammar::Postgres), 1);
        assert_eq!(two("select 1 --x; select 2", Grammar::MySql), 2);
        assert_eq!(two("select 1 # x; select 2", Grammar::MySql), 1);
        assert_eq!(two("select 1 # x; select 2", Grammar::Postgres), 2);
        assert_eq!(two("select 1 /* /* */ ; select 2 */", Grammar::Postgres), 1);
        assert_eq!(two("select 1 /* /* */ ; select 2", Grammar::MySql), 2);
        assert!(matches!(
            &cut("select 1 /*!50000 ; drop table x */", Grammar::MySql).unwrap()[0],
            Part::Hidden(_)
        ));
    }

    #[test]
    fn commands_of_the_client_are_told_from_statements() {
        let client = |text, grammar| {
            let of_client = |part| if let Part::Client(command) = part { Some(command) } else { None };
            cut(text, grammar).unwrap().into_iter().find_map(of_client).expect(text)
        };
        assert_eq!(client("\\! rm x", Grammar::Postgres), "! rm x");
        assert_eq!(client("select 1 \\g | sh", Grammar::Postgres), "g | sh");
        assert_eq!(client(".shell ls", Grammar::Sqlite), "shell ls");
        assert_eq!(client("system ls", Grammar::MySql), "system ls");
        assert_eq!(client("select 1\n!!dir", Grammar::MsSql), "!dir");
        assert_eq!(statements("select 1\\G", Grammar::MySql), ["Statement(\"select 1\")"]);
    }

    #[test]
    fn what_never_ends_is_not_cut() {
        for text in ["select 'a", "select 1 /* x", "do $$ begin", "select \"a"] {
            assert_eq!(cut(text, Grammar::Postgres), None, "{text}");
        }
    }
}
