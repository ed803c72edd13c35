//! Brace expansion: `{a,b}` and `{1..5}`, nested and side by side, as bash does it.

use super::text::OPAQUE;
use super::word::Char;

/// Most words that one written word may expand to.
const MOST_WORDS: usize = 64;
/// Most open braces of one word that are looked into.
const MOST_OPEN: usize = 16;

/// The words that a word stands for; none when they are too many, or of a kind that is not worked out here.
pub(crate) fn expand(chars: &[Char]) -> Option<Vec<Vec<Char>>> {
    let opens = chars.iter().filter(|char| is(char, '{')).count();
    (opens <= MOST_OPEN).then(|| alternatives(chars)).flatten()
}

/// What stands in a pair of braces and what follows it expand each by itself. The recursion is as deep as there are
/// open braces.
fn alternatives(chars: &[Char]) -> Option<Vec<Vec<Char>>> {
    let Some(group) = Group::first(chars) else { return Some(vec![chars.to_vec()]) };
    let (head, tail) = (&chars[..group.open], &chars[group.close + 1..]);
    let middles = match group.content(chars) {
        Content::Words(words) => {
            let each: Option<Vec<_>> = words.into_iter().map(alternatives).collect();
            each?.concat()
        }
        Content::Range(Range::Values(values)) => values,
        Content::Range(Range::NotOne) => vec![chars[group.open..=group.close].to_vec()],
        Content::Range(Range::Unread) => return None,
    };
    let tails = alternatives(tail)?;
    if middles.len() * tails.len() > MOST_WORDS {
        return None;
    }
    let joined =
        |middle: &Vec<Char>| tails.iter().map(|tail| [head, middle, tail].concat()).collect::<Vec<_>>();
    Some(middles.iter().flat_map(joined).collect())
}

fn is(char: &Char, c: char) -> bool {
    char.c == c && !char.quoted
}

/// A pair of braces that may expand.
struct Group {
    open: usize,
    commas: Vec<usize>,
    close: usize,
}

/// What stands in a pair of braces.
enum Content<'w> {
    Words(Vec<&'w [Char]>),
    Range(Range),
}

impl Group {
    /// The first that holds a comma or two dots. `{}` at the start is none.
    fn first(word: &[Char]) -> Option<Self> {
        let is_empty = |open: usize| open == 0 && word.get(1).is_some_and(|next| is(next, '}'));
        let opens = (0..word.len()).filter(|&at| is(&word[at], '{') && !is_empty(at));
        opens.take(MOST_OPEN).find_map(|open| Self::at(word, open))
    }

    /// As bash looks for it: a closing brace before any comma or dots closes nothing.
    fn at(word: &[Char], open: usize) -> Option<Self> {
        let mut depth = 0_usize;
        let mut commas = Vec::new();
        let mut dots = false;
        for (at, char) in word.iter().enumerate().skip(open + 1) {
            if is(char, '{') {
                depth += 1;
            } else if is(char, '}') {
                if depth == 0 && (dots || !commas.is_empty()) {
                    return Some(Group { open, commas, close: at });
                }
                depth = depth.saturating_sub(1);
            } else if depth == 0 && is(char, ',') {
                commas.push(at);
            } else if depth == 0 {
                dots |= starts_range(&word[at..]);
            }
        }
        None
    }

    fn content<'w>(&self, word: &'w [Char]) -> Content<'w> {
        let inside = &word[self.open + 1..self.close];
        if !inside.iter().any(|char| is(char, ',')) {
            return Content::Range(range(inside));
        }
        let mut from = self.open + 1;
        let mut words = Vec::new();
        for end in self.commas.iter().copied().chain([self.close]) {
            words.push(&word[from..end]);
            from = end + 1;
        }
        Content::Words(words)
    }
}

/// `..` with something but the closing brace behind it.
fn starts_range(rest: &[Char]) -> bool {
    matches!(rest, [a, b, next, ..] if is(a, '.') && is(b, '.') && !is(next, '}'))
}

#[derive(PartialEq, Eq)]
enum Range {
    Values(Vec<Vec<Char>>),
    /// Braces with dots that bash leaves as they are.
    NotOne,
    /// Too many values, or a kind that is not worked out here.
    Unread,
}

/// `a..e`, `1..10`, `01..10..3`.
fn range(inside: &[Char]) -> Range {
    if inside.iter().any(|char| char.quoted || char.c == OPAQUE || char.c == '{') {
        return Range::Unread;
    }
    let text: String = inside.iter().map(|char| char.c).collect();
    let parts: Vec<&str> = text.split("..").collect();
    let (first, last, step) = match parts.as_slice() {
        [first, last] => (*first, *last, "1"),
        [first, last, step] => (*first, *last, *step),
        _ => return Range::NotOne,
    };
    let Ok(step) = step.parse::<i64>() else { return Range::NotOne };
    match (first.parse::<i64>(), last.parse::<i64>()) {
        (Ok(from), Ok(to)) => numbers(from, to, step, width(first).max(width(last))),
        (Err(_), Err(_)) => letters(first, last, step),
        _ => Range::NotOne,
    }
}

/// The digits that a number with leading zeros asks for, its sign counted.
fn width(number: &str) -> usize {
    let digits = number.trim_start_matches(['-', '+']);
    if digits.len() > 1 && digits.starts_with('0') { number.len() } else { 0 }
}

fn numbers(from: i64, to: i64, step: i64, width: usize) -> Range {
    let written = |number: i64| {
        let sign = if number < 0 { "-" } else { "" };
        let digits = width.saturating_sub(sign.len());
        plain(&format!("{sign}{:0digits$}", number.unsigned_abs()))
    };
    steps(from, to, step).map_or(Range::Unread, |all| Range::Values(all.into_iter().map(written).collect()))
}

fn letters(first: &str, last: &str, step: i64) -> Range {
    let letter = |text: &str| match text.as_bytes() {
        [byte] if byte.is_ascii_alphabetic() => Some(i64::from(*byte)),
        _ => None,
    };
    let (Some(from), Some(to)) = (letter(first), letter(last)) else { return Range::NotOne };
    let written = |code: i64| {
        u8::try_from(code).ok().filter(u8::is_ascii_alphabetic).map(|byte| (byte as char).to_string())
    };
    let values =
        steps(from, to, step).unwrap_or_default().into_iter().map(|code| Some(plain(&written(code)?)));
    // Between capitals and small letters stand characters that bash treats in its own ways.
    match values.collect::<Option<Vec<_>>>() {
        Some(values) if !values.is_empty() => Range::Values(values),
        _ => Range::Unread,
    }
}

/// The numbers from one to another, both ways; none when they are too many.
fn steps(from: i64, to: i64, step: i64) -> Option<Vec<i64>> {
    let step = step.checked_abs()?.max(1);
    let count = to.checked_sub(from)?.checked_abs()? / step;
    let count = usize::try_from(count).ok().filter(|count| *count < MOST_WORDS)?;
    let signed = if to < from { -step } else { step };
    (0..=count).map(|at| from.checked_add(signed.checked_mul(i64::try_from(at).ok()?)?)).collect()
}

fn plain(text: &str) -> Vec<Char> {
    text.chars().map(|c| Char { c, quoted: false }).collect()
}
