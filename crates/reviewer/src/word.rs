//! Shell text cut into simple commands, for reading only: quotes are removed, what is not literal is marked, and
//! whatever this reader does not understand makes the cut incomplete, so that nobody takes the rest for the whole.

/// Most bytes of a command that are read; what lies behind makes the cut incomplete.
const MOST_BYTES: usize = 8 * 1024;
/// Most simple commands of one text.
const MOST_PARTS: usize = 64;
/// Most words of one simple command.
const MOST_WORDS: usize = 256;
/// How deep substitutions may nest.
const MOST_DEPTH: usize = 8;

/// One word of a simple command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The text without its quotes. A part that is not literal is missing from it.
    pub text: String,
    /// Holds a variable, substitution, placeholder or glob: what it will be is not known.
    pub opaque: bool,
    /// Some of it was quoted.
    pub quoted: bool,
}

impl Word {
    /// A literal word.
    pub fn literal(text: &str) -> Self {
        Self { text: text.to_owned(), opaque: false, quoted: false }
    }
}

/// One simple command: words up to a separator.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// Its words, the program first.
    pub words: Vec<Word>,
    /// Its output is sent into a file.
    pub writes_file: bool,
}

/// All simple commands of a text, those inside substitutions included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    /// In the order in which they end.
    pub parts: Vec<Part>,
    /// Whether the whole text was understood. If not, `parts` holds what ended before the doubt.
    pub complete: bool,
}

/// Cuts a text into simple commands. One pass; never fails, but may be incomplete.
pub fn cut(text: &str) -> Parts {
    let mut end = text.len().min(MOST_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut reader = Reader { rest: &text[..end], parts: Vec::new(), depth: 0 };
    let complete = reader.list(None).is_some() && end == text.len();
    Parts { parts: reader.parts, complete }
}

/// Words that change the flow or open a compound: this reader does not follow them.
const KEYWORDS: [&str; 21] = [
    "if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac", "select",
    "function", "in", "coproc", "{", "}", "!", "[[", "]]",
];

struct Reader<'a> {
    rest: &'a str,
    parts: Vec<Part>,
    depth: usize,
}

/// A simple command that is being read.
#[derive(Default)]
struct Open {
    part: Part,
    word: Option<Word>,
}

impl Open {
    fn word(&mut self) -> &mut Word {
        self.word.get_or_insert_with(|| Word { text: String::new(), opaque: false, quoted: false })
    }

    fn end_word(&mut self) -> Option<()> {
        if let Some(word) = self.word.take() {
            let opens = self.part.words.is_empty() && !word.quoted && KEYWORDS.contains(&word.text.as_str());
            if opens || self.part.words.len() == MOST_WORDS {
                return None;
            }
            self.part.words.push(word);
        }
        Some(())
    }
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.rest = &self.rest[next.len_utf8()..];
        Some(next)
    }

    fn skip(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Reads simple commands up to `close`, or to the end of the text.
    fn list(&mut self, close: Option<char>) -> Option<()> {
        let mut open = Open::default();
        loop {
            let Some(next) = self.take() else {
                self.end_part(&mut open)?;
                return close.is_none().then_some(());
            };
            if Some(next) == close {
                return self.end_part(&mut open);
            }
            self.one(next, &mut open)?;
        }
    }

    fn end_part(&mut self, open: &mut Open) -> Option<()> {
        open.end_word()?;
        let part = std::mem::take(&mut open.part);
        if part.words.is_empty() && !part.writes_file {
            return Some(());
        }
        if self.parts.len() == MOST_PARTS {
            return None;
        }
        self.parts.push(part);
        Some(())
    }

    /// One character outside quotes.
    fn one(&mut self, next: char, open: &mut Open) -> Option<()> {
        match next {
            ' ' | '\t' => open.end_word(),
            '\n' | ';' | '|' | '&' => self.separator(next, open),
            '#' if open.word.is_none() => {
                let end = self.rest.find('\n').unwrap_or(self.rest.len());
                self.rest = &self.rest[end..];
                Some(())
            }
            '(' | ')' => None,
            '<' => self.less(open),
            '>' => self.greater(open),
            '{' => self.brace(open),
            '*' | '?' | '[' | '~' => {
                let word = open.word();
                word.opaque = true;
                word.text.push(next);
                Some(())
            }
            _ => self.in_word(next, open),
        }
    }

    fn in_word(&mut self, next: char, open: &mut Open) -> Option<()> {
        match next {
            '\'' => self.single_quoted(open),
            '"' => self.double_quoted(open),
            '\\' => self.escaped(open),
            '$' => self.dollar(open),
            '`' => self.backtick(open),
            _ => Self::plain(next, open.word()),
        }
    }

    /// A character as it is. One that cannot be seen, or passes for another, is not understood.
    fn plain(next: char, word: &mut Word) -> Option<()> {
        let deceives = next.is_control() || (!next.is_ascii() && !next.is_alphanumeric());
        if deceives {
            return None;
        }
        word.text.push(next);
        Some(())
    }

    fn separator(&mut self, next: char, open: &mut Open) -> Option<()> {
        if next == '&' && self.skip(">") {
            open.end_word()?;
            self.skip(">");
            return self.target(open);
        }
        // `;;` belongs to a `case`; `|&`, `&&` and `||` are separators of two characters.
        if next == ';' && self.peek() == Some(';') {
            return None;
        }
        if next == '|' || next == '&' {
            let _ = self.skip("&") || (next == '|' && self.skip("|"));
        }
        self.end_part(open)
    }

    /// `<`: a placeholder, a file that is read, or something that is not followed.
    fn less(&mut self, open: &mut Open) -> Option<()> {
        if let Some(end) = placeholder(self.rest, '>') {
            self.rest = &self.rest[end..];
            open.word().opaque = true;
            return Some(());
        }
        open.end_word()?;
        if self.skip("(") {
            self.nested(')')?;
            open.word().opaque = true;
            return Some(());
        }
        if self.rest.starts_with('<') || self.rest.starts_with('>') || self.rest.starts_with('&') {
            return None;
        }
        self.file(open).map(|_| ())
    }

    /// `>`: output that goes into a file, unless it goes nowhere or to the other stream.
    fn greater(&mut self, open: &mut Open) -> Option<()> {
        let descriptor = open.word.as_ref().is_some_and(|word| {
            !word.quoted && !word.text.is_empty() && word.text.bytes().all(|byte| byte.is_ascii_digit())
        });
        if descriptor {
            open.word = None;
        }
        open.end_word()?;
        if self.skip("&") {
            let digits = self.rest.bytes().take_while(u8::is_ascii_digit).count();
            self.rest = &self.rest[digits..];
            return (digits > 0).then_some(());
        }
        if self.rest.starts_with('(') {
            return None;
        }
        let _ = self.skip(">") || self.skip("|");
        self.target(open)
    }

    fn target(&mut self, open: &mut Open) -> Option<()> {
        let file = self.file(open)?;
        let nowhere = ["/dev/null", "/dev/stdout", "/dev/stderr"].contains(&file.text.as_str());
        open.part.writes_file |= !nowhere || file.opaque;
        Some(())
    }

    /// The word behind a redirection; it is no word of the command.
    fn file(&mut self, open: &mut Open) -> Option<Word> {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
        let words = open.part.words.len();
        while let Some(next) = self.peek() {
            if " \t\n;|&<>()".contains(next) {
                break;
            }
            self.take();
            self.one(next, open)?;
        }
        let word = open.word.take()?;
        (open.part.words.len() == words).then_some(word)
    }

    /// `{`: a placeholder, `{}` as it is, or a list of alternatives, which is not followed.
    fn brace(&mut self, open: &mut Open) -> Option<()> {
        let double =
            self.rest.strip_prefix('{').and_then(|inner| placeholder(inner, '}').map(|end| (inner, end)));
        if let Some((inner, end)) = double {
            self.rest = inner[end..].strip_prefix('}')?;
            open.word().opaque = true;
            return Some(());
        }
        if let Some(end) = placeholder(self.rest, '}') {
            self.rest = &self.rest[end..];
            open.word().opaque = true;
            return Some(());
        }
        if self.skip("}") {
            open.word().text.push_str("{}");
            return Some(());
        }
        if open.word.is_none() && self.rest.starts_with([' ', '\t', '\n']) {
            open.word().text.push('{');
            return Some(());
        }
        None
    }

    fn single_quoted(&mut self, open: &mut Open) -> Option<()> {
        let end = self.rest.find('\'')?;
        let inner = &self.rest[..end];
        self.rest = &self.rest[end + 1..];
        let word = open.word();
        word.quoted = true;
        word.text.push_str(inner);
        (!inner.contains(deceives)).then_some(())
    }

    fn double_quoted(&mut self, open: &mut Open) -> Option<()> {
        open.word().quoted = true;
        loop {
            match self.take()? {
                '"' => return Some(()),
                '\\' => self.escaped_in_quotes(open)?,
                '$' => self.dollar(open)?,
                '`' => self.backtick(open)?,
                other if deceives(other) => return None,
                other => open.word().text.push(other),
            }
        }
    }

    /// Within double quotes a backslash stays, unless what follows would mean something.
    fn escaped_in_quotes(&mut self, open: &mut Open) -> Option<()> {
        let next = self.take()?;
        if !matches!(next, '$' | '`' | '"' | '\\' | '\n') {
            open.word().text.push('\\');
        }
        match next {
            '\n' => {}
            hidden if deceives(hidden) => return None,
            next => open.word().text.push(next),
        }
        Some(())
    }

    fn escaped(&mut self, open: &mut Open) -> Option<()> {
        match self.take()? {
            '\n' => Some(()),
            next => {
                let word = open.word();
                word.quoted = true;
                Self::plain(next, word)
            }
        }
    }

    fn dollar(&mut self, open: &mut Open) -> Option<()> {
        open.word().opaque = true;
        if self.rest.starts_with("((") || self.rest.starts_with('\'') || self.rest.starts_with('"') {
            return None;
        }
        if self.skip("(") {
            return self.nested(')');
        }
        if self.skip("{") {
            let end = self.rest.find('}')?;
            let inner = &self.rest[..end];
            self.rest = &self.rest[end + 1..];
            return (!inner.contains(['$', '`', '(', '{', '\n'])).then_some(());
        }
        let name = self.rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').count();
        let special = usize::from(name == 0 && self.rest.starts_with(['?', '@', '*', '#', '$', '!', '-']));
        self.rest = &self.rest[name.max(special)..];
        Some(())
    }

    fn backtick(&mut self, open: &mut Open) -> Option<()> {
        open.word().opaque = true;
        let end = self.rest.find('`')?;
        let inner = &self.rest[..end];
        if inner.contains('\\') {
            return None;
        }
        let after = &self.rest[end + 1..];
        self.rest = inner;
        self.depth += 1;
        let read = self.list(None);
        self.depth -= 1;
        self.rest = after;
        read
    }

    /// The commands of a substitution; each counts like any other.
    fn nested(&mut self, close: char) -> Option<()> {
        if self.depth == MOST_DEPTH {
            return None;
        }
        self.depth += 1;
        let read = self.list(Some(close));
        self.depth -= 1;
        read
    }
}

/// A character that nobody sees, or that turns the order of others.
fn deceives(c: char) -> bool {
    let hidden = |c| matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{2060}'..='\u{206f}');
    (c.is_control() && c != '\n' && c != '\t') || hidden(c) || c == '\u{feff}' || c == '\u{a0}'
}

/// How many bytes a placeholder such as `name>` takes, its end included: a letter, then letters, digits and a few
/// joining characters, and behind it the end of the word or a character that joins words.
fn placeholder(text: &str, close: char) -> Option<usize> {
    let end = text.find(close)?;
    let inner = &text[..end];
    let fits = inner.starts_with(|c: char| c.is_ascii_alphabetic())
        && !inner.ends_with(' ')
        && inner.chars().all(|c| c.is_ascii_alphanumeric() || " _-./:".contains(c))
        && !inner.contains("..");
    let after = text[end + 1..].chars().next();
    let apart =
        close == '}' || after.is_none_or(|c| !(c.is_ascii_alphanumeric() || "/~$\"'\\`<>&".contains(c)));
    (fits && apart && inner.len() <= 64).then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Vec<String>> {
        let cut = cut(text);
        assert!(cut.complete, "{text}");
        cut.parts.iter().map(|part| part.words.iter().map(|word| word.text.clone()).collect()).collect()
    }

    #[test]
    fn a_compound_is_cut_into_its_parts_and_those_of_its_substitutions() {
        assert_eq!(
            words("ls -l | grep 'a b' && echo \"$(date -u)\" ; true # rm"),
            [vec!["ls", "-l"], vec!["grep", "a b"], vec!["date", "-u"], vec!["echo", ""], vec!["true"]]
        );
        assert_eq!(words("echo `hostname`\nid"), [vec!["hostname"], vec!["echo", ""], vec!["id"]]);
    }

    #[test]
    fn quotes_escapes_and_joined_lines_are_removed() {
        assert_eq!(words("find . -dele\\te"), [vec!["find", ".", "-delete"]]);
        assert_eq!(words(r#"grep "a\"b\.c\\""#), [vec!["grep", r#"a"b\.c\"#]]);
        assert_eq!(words("ki''ll \"-9\" \\\n 1"), [vec!["kill", "-9", "1"]]);
    }

    #[test]
    fn output_into_a_file_is_seen_and_output_to_nowhere_is_not() {
        for (text, writes) in [
            ("ls > out", true),
            ("ls 2>> out", true),
            ("ls &> out", true),
            ("ls >| $F", true),
            ("ls > /dev/null 2>&1", false),
            ("ls 2>/dev/null", false),
            ("wc -l < in", false),
        ] {
            let cut = cut(text);
            assert!(cut.complete, "{text}");
            assert_eq!(cut.parts[0].writes_file, writes, "{text}");
        }
    }

    #[test]
    fn placeholders_are_words_and_look_alikes_are_redirections() {
        let cut_of = |text| cut(text).parts.remove(0);
        for text in ["oc logs <pod>", "oc logs <pod name> -n {ns}", "oc logs {{pod}}", "oc logs $POD"] {
            assert!(cut_of(text).words[2].opaque, "{text}");
            assert!(!cut_of(text).writes_file, "{text}");
        }
        assert!(cut_of("cat <in >out").writes_file);
        assert!(cut_of("cat <in>/etc/passwd").writes_file);
    }

    #[test]
    fn what_is_not_understood_leaves_the_cut_incomplete() {
        for text in [
            "for x in a; do rm $x; done",
            "ls $((1+1))",
            "(ls)",
            "cat <<EOF\nx\nEOF",
            "find -{delete,print}",
            "echo 'open",
            "ls $'a'",
            "ls\u{200b}",
            "! ls",
            "tee >(sh)",
            &"a ".repeat(9_000),
        ] {
            assert!(!cut(text).complete, "{text}");
        }
    }
}
