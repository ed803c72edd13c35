//! Where in a shell command a placeholder stands. What is not certain is [`Place::Murky`], and stays so to the end.

use dd0c_types::runbook::Variable;

/// A part of a command.
pub(super) enum Piece<'t> {
    Text(&'t str),
    Hole(Hole<'t>),
}

/// A placeholder.
pub(super) struct Hole<'t> {
    pub(super) variable: &'t Variable,
    /// As written here.
    pub(super) spelling: &'t str,
    pub(super) place: Place,
    /// `$X` or `${X}`.
    pub(super) shell_variable: bool,
    pub(super) before: Option<char>,
    pub(super) after: Option<char>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In an unquoted word.
    Word,
    /// In `'…'` whose other text is plain.
    Single,
    /// In `"…"` whose other text is plain.
    Double,
    /// In a comment.
    Comment,
    /// Inside a longer quoted text, a substitution, or after one: the place is not certain.
    Murky,
    /// Nothing may stand here.
    Never,
}

/// Cuts a command into text and placeholders.
pub(super) fn pieces<'t>(text: &'t str, shell: bool, variables: &'t [Variable]) -> Vec<Piece<'t>> {
    let known = Known::of(variables);
    let mode = if shell { Place::Word } else { Place::Murky };
    let mut walk = Walk { text, known: &known, at: 0, mode, long_until: None, here: Here::No };
    let mut pieces = Vec::new();
    let mut from = 0;
    while walk.at < text.len() {
        let Some((variable, length)) = known.at(text, walk.at) else {
            walk.literal();
            continue;
        };
        pieces.push(Piece::Text(&text[from..walk.at]));
        pieces.push(Piece::Hole(walk.hole(variable, length)));
        walk.at += length;
        from = walk.at;
    }
    pieces.push(Piece::Text(&text[from..]));
    pieces
}

/// Every way in which a variable may be written, the longest first: `{{x}}` is not `{x}` in braces.
struct Known<'t>(Vec<(String, &'t Variable)>);

impl<'t> Known<'t> {
    fn of(variables: &'t [Variable]) -> Self {
        let mut all: Vec<(String, &Variable)> = Vec::new();
        for variable in variables {
            all.push((variable.placeholder.clone(), variable));
            let name = &variable.name;
            let others = match variable.style.as_str() {
                "shell" => vec![format!("${name}"), format!("${{{name}}}")],
                "your" | "caps" | "date" => Vec::new(),
                _ => vec![
                    format!("<{name}>"),
                    format!("{{{name}}}"),
                    format!("{{{{{name}}}}}"),
                    format!("[{name}]"),
                ],
            };
            all.extend(others.into_iter().map(|spelling| (spelling, variable)));
        }
        all.retain(|(spelling, _)| !spelling.is_empty());
        all.sort_by_key(|(spelling, _)| std::cmp::Reverse(spelling.len()));
        Self(all)
    }

    /// The placeholder that begins at this byte, and its length.
    fn at(&self, text: &str, at: usize) -> Option<(&'t Variable, usize)> {
        let rest = text.get(at..)?;
        let begins = |(spelling, _): &&(String, &Variable)| {
            rest.starts_with(spelling.as_str()) && stands_alone(text, at, spelling)
        };
        self.0.iter().find(begins).map(|(spelling, variable)| (*variable, spelling.len()))
    }
}

/// A placeholder without delimiters (`YOUR_POD`, `$X`) is one only as a whole word.
fn stands_alone(text: &str, at: usize, spelling: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let opens_open = spelling.starts_with(is_name);
    let before = text[..at].chars().next_back();
    let after = text[at + spelling.len()..].chars().next();
    let joined_before = opens_open && before.is_some_and(|c| is_name(c) || c == '$');
    let joined_after = spelling.ends_with(is_name) && after.is_some_and(is_name);
    // `${X:-default}` mentions X, but its end is not where the name ends.
    let inside_braces = opens_open && text[..at].ends_with("${");
    !joined_before && !joined_after && !inside_braces
}

/// Whether a here-document was announced.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Here {
    No,
    /// `<<` stands at this byte of this line.
    Announced(usize),
    /// Its body has begun.
    Body,
}

struct Walk<'t, 'k> {
    text: &'t str,
    known: &'k Known<'t>,
    at: usize,
    mode: Place,
    /// The byte of the mark that ends a longer quoted text.
    long_until: Option<usize>,
    here: Here,
}

impl<'t> Walk<'t, '_> {
    fn hole(&self, variable: &'t Variable, length: usize) -> Hole<'t> {
        let spelling = &self.text[self.at..self.at + length];
        let before = self.text[..self.at].chars().next_back();
        let after = self.text[self.at + length..].chars().next();
        let place = self.place_of_hole(before);
        Hole { variable, spelling, place, shell_variable: spelling.starts_with('$'), before, after }
    }

    fn place_of_hole(&self, before: Option<char>) -> Place {
        if self.here == Here::Body {
            return Place::Never;
        }
        if self.mode == Place::Comment {
            return Place::Comment;
        }
        let delimiter = matches!(self.here, Here::Announced(at)
            if self.text.get(at + 2..self.at).unwrap_or_default().trim_matches(['-', ' ', '\t', '"', '\'']).is_empty());
        // `$<x>` would name a variable, `\<x>` would bend the quote, `<<x>>` is no placeholder.
        if delimiter || matches!(before, Some('$' | '\\' | '<')) { Place::Never } else { self.mode }
    }

    /// Steps over one literal character.
    fn literal(&mut self) {
        let rest = &self.text[self.at..];
        let Some(c) = rest.chars().next() else { return };
        if c == '\n' && self.here != Here::No {
            self.here = Here::Body;
        }
        if self.long_until.is_some_and(|end| end == self.at) {
            self.long_until = None;
            self.mode = Place::Word;
            self.at += 1;
            return;
        }
        self.at += match self.mode {
            Place::Word => self.in_word(c, rest),
            mode if ends(mode) == Some(c) => self.enter(Place::Word, 1),
            _ => c.len_utf8(),
        };
    }

    fn in_word(&mut self, c: char, rest: &str) -> usize {
        match c {
            '\\' => self.escaped(rest),
            '\'' | '"' => self.quote(c),
            '#' if self.at_word_start() => self.enter(Place::Comment, 1),
            '`' => self.enter(Place::Murky, 1),
            '$' | '<' | '>' | '(' => self.operator(rest),
            other => other.len_utf8(),
        }
    }

    /// A backslash takes the next character with it, unless a placeholder begins there: that one is refused.
    fn escaped(&self, rest: &str) -> usize {
        let taken = rest[1..].chars().next().filter(|_| self.known.at(self.text, self.at + 1).is_none());
        1 + taken.map_or(0, char::len_utf8)
    }

    fn operator(&mut self, rest: &str) -> usize {
        let opens = ["$(", "<(", ">(", "((", "$'", "$[", "$\""].iter().any(|open| rest.starts_with(open));
        if opens || (rest.starts_with("${") && !is_simple_expansion(rest)) {
            return self.enter(Place::Murky, 2);
        }
        if rest.starts_with("<<<") {
            return self.width_before_placeholder(3);
        }
        if rest.starts_with("<<") {
            self.here = Here::Announced(self.at);
            return self.width_before_placeholder(2);
        }
        1
    }

    /// An operator does not swallow the first byte of a placeholder: that one must be seen, and is refused.
    fn width_before_placeholder(&self, width: usize) -> usize {
        (1..width).find(|ahead| self.known.at(self.text, self.at + ahead).is_some()).unwrap_or(width)
    }

    /// Enters quotes. A place is sure only in quotes that end and whose other text is plain.
    fn quote(&mut self, mark: char) -> usize {
        let start = self.at + 1;
        let Some(end) = self.text[start..].find(mark).map(|length| start + length) else {
            return self.enter(Place::Murky, 1);
        };
        let inside = &self.text[start..end];
        let expansions = || inside.match_indices("${").all(|(at, _)| is_simple_expansion(&inside[at..]));
        if mark == '"' && (inside.contains(['\\', '`']) || inside.contains("$(") || !expansions()) {
            return self.enter(Place::Murky, 1);
        }
        if self.is_plain_between(start, end) {
            return self.enter(if mark == '"' { Place::Double } else { Place::Single }, 1);
        }
        self.long_until = Some(end);
        self.enter(Place::Murky, 1)
    }

    fn is_plain_between(&self, start: usize, end: usize) -> bool {
        let mut at = start;
        while at < end {
            if let Some((_, length)) = self.known.at(self.text, at) {
                at += length;
                continue;
            }
            match self.text[at..].chars().next() {
                Some(c) if is_plain_in_quotes(c) => at += c.len_utf8(),
                _ => return false,
            }
        }
        at == end
    }

    fn at_word_start(&self) -> bool {
        let before = self.text[..self.at].chars().next_back();
        before.is_none_or(|c| c.is_ascii_whitespace() || matches!(c, ';' | '&' | '|' | '(' | ')'))
    }

    const fn enter(&mut self, mode: Place, width: usize) -> usize {
        self.mode = mode;
        width
    }
}

/// The character that leads back into an unquoted word.
const fn ends(mode: Place) -> Option<char> {
    match mode {
        Place::Single => Some('\''),
        Place::Double => Some('"'),
        Place::Comment => Some('\n'),
        Place::Word | Place::Murky | Place::Never => None,
    }
}

const fn is_plain_in_quotes(c: char) -> bool {
    super::value::is_plain_char(c) || matches!(c, '=' | ',' | '$' | '{' | '}')
}

/// `${NAME}` and nothing cleverer.
fn is_simple_expansion(rest: &str) -> bool {
    let name = rest[2..].split('}').next().unwrap_or_default();
    rest[2..].contains('}') && !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
