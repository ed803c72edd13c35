//! Text in cards: what others wrote is made harmless, what we write stays as it is.
//!
//! Text of others may hold anything. It comes out on one line, without a character that Slack reads as markup, without
//! a mention, an address, an emoji or our separator, and cut to a length. So the number of lines, links, mentions and
//! parts of a card depends on the card alone.

use std::borrow::Cow;
use std::time::Duration;

use dd0c_types::{CommandHash, Timestamp};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::view::{Link, Person, SlackGroup};

/// What is drawn for a character that has no place in prose: an emoji, a hidden or a control character.
const UNSHOWN: char = '▯';
/// How many combining marks a letter may carry.
const MARKS: usize = 2;
/// Signs beyond ASCII that prose may hold.
const SIGNS: &str = "–—‘’“”…°×÷±€£¥§µ→←≤≥≠";

/// Prose of others within `mrkdwn`, at most `most` characters before escaping.
pub(super) fn prose(text: &str, most: usize) -> String {
    let calm = calm(text, most);
    let mut out = String::with_capacity(calm.len() + 8);
    for (at, c) in calm.char_indices() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' if at == 0 => out.push('›'),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
    out
}

/// Prose of others within `plain_text` and the top-level `text`, at most `most` characters: not even an escape is left
/// in it, because the top-level text is read as `mrkdwn` where blocks are not drawn.
pub(super) fn plain(text: &str, most: usize) -> String {
    let unlike = |c| match c {
        '<' => '‹',
        '>' => '›',
        '&' => '＆',
        c => c,
    };
    calm(text, most).chars().map(unlike).collect()
}

/// A name of others as code within `mrkdwn`: everything hidden is visible, at most `most` characters before escaping.
pub(super) fn code(text: &str, most: usize) -> String {
    let visible = made_visible(text, most).replace('`', "ˋ");
    let shown = escape(visible.trim_matches(' '));
    if shown.is_empty() { "`(empty)`".to_owned() } else { format!("`{shown}`") }
}

/// What somebody typed, in `plain_text`: everything hidden is visible, blanks at the ends too.
pub(super) fn seen(text: &str, most: usize) -> String {
    let visible = made_visible(text, most);
    let inner = visible.trim_matches(' ');
    let before = visible.len() - visible.trim_start_matches(' ').len();
    let after = visible.len() - before - inner.len();
    without_names(&format!("{}{inner}{}", "␠".repeat(before), "␠".repeat(after.min(visible.len()))))
}

/// One line in which everything hidden can be seen. What is cut is marked as in [`head`], after the rest was made
/// visible: an ellipsis of others is shown for what it is.
fn made_visible(text: &str, most: usize) -> String {
    let cut = text.chars().nth(most).is_some();
    let kept: String = text.chars().take(if cut { most.saturating_sub(1) } else { most }).collect();
    let visible = dd0c_types::visible::visible(&kept).replace("⏎\n", "⏎");
    if cut { visible + "…" } else { visible }
}

/// A link in `mrkdwn`; the label is ours or has gone through [`prose`].
pub(super) fn link(link: &Link, label: &str) -> String {
    format!("<{}|{label}>", link.as_str().replace('&', "&amp;"))
}

/// A link where there is one, else the label alone.
pub(super) fn maybe_link(to: Option<&Link>, label: &str) -> String {
    to.map_or_else(|| label.to_owned(), |to| link(to, label))
}

/// Somebody of whom something is wanted: a mention when they are linked, else the name.
pub(super) fn mention(person: &Person) -> String {
    match &person.slack {
        Some(user) => format!("<@{}>", user.as_str()),
        None => prose(&person.name, NAME),
    }
}

/// The mention of a group.
pub(super) fn mention_group(group: &SlackGroup) -> String {
    format!("<!subteam^{}>", group.as_str())
}

/// The longest name of a person, an agent, a place.
pub(super) const NAME: usize = 60;
/// The longest title of a runbook or a step.
pub(super) const TITLE: usize = 150;
/// The longest sentence.
pub(super) const SENTENCE: usize = 600;

/// A time of day, in the reader's own zone; UTC where that cannot be.
pub(super) fn clock(at: Timestamp) -> String {
    format!("<!date^{}^{{time}}|{} UTC>", at.timestamp(), at.format("%H:%M"))
}

/// A time of day to the second.
pub(super) fn clock_with_seconds(at: Timestamp) -> String {
    format!("<!date^{}^{{time_secs}}|{} UTC>", at.timestamp(), at.format("%H:%M:%S"))
}

/// A day and a time of day, in the reader's own zone; UTC where that cannot be.
pub(super) fn day_and_clock(at: Timestamp) -> String {
    format!("<!date^{}^{{date_short_pretty}} {{time}}|{} UTC>", at.timestamp(), at.format("%Y-%m-%d %H:%M"))
}

/// How long, in words: `0.31 s`, `6.1 s`, `38 s`, `5 min`, `11 min 42 s`, `2 h 05 min`, `9 days`.
pub(super) fn lasting(time: Duration) -> String {
    let seconds = time.as_secs();
    let (minutes, rest) = (seconds / 60, seconds % 60);
    match seconds {
        0 => format!("{:.2} s", time.as_secs_f64()),
        1..10 if time.subsec_millis() >= 50 => format!("{:.1} s", time.as_secs_f64()),
        1..60 => format!("{seconds} s"),
        60..3_600 if rest == 0 => format!("{minutes} min"),
        60..3_600 => format!("{minutes} min {rest:02} s"),
        3_600..172_800 => format!("{} h {:02} min", minutes / 60, minutes % 60),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// A digest, short, as code: the first four and the last two digits.
pub(super) fn digest(hash: &CommandHash) -> String {
    let hex = hash.to_string();
    format!("`sha256:{}…{}`", &hex[..4], &hex[62..])
}

/// `1 run`, `3 runs`.
pub(super) fn count(number: u32, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

/// `Dana`, `Dana and Kim`, `Dana, Kim and Lee`.
pub(super) fn and(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// `&`, `<` and `>` as Slack wants them.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// At most `most` characters; what is cut is marked.
pub(super) fn head(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        None => Cow::Borrowed(text),
        Some(_) => {
            let end = text.char_indices().nth(most.saturating_sub(1)).map_or(0, |(at, _)| at);
            Cow::Owned(format!("{}…", &text[..end]))
        }
    }
}

/// One line without markup, mentions, addresses, emoji and secrets; `<`, `>` and `&` are still in it.
fn calm(text: &str, most: usize) -> String {
    // A bound on the work; what is shown is cut below.
    let bounded = head(text, most.saturating_mul(4));
    let calm = without_names(&without_markup(&readable(&without_secrets(&bounded))));
    isolated(head(calm.trim(), most).into_owned())
}

pub(super) fn without_secrets(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for secret in dd0c_llm::mask(text) {
        out.push_str(&text[at..secret.range.start]);
        out.push_str("(secret)");
        at = secret.range.end;
    }
    out + &text[at..]
}

/// Letters, digits, ASCII signs, a few more; blanks become one space each, everything else becomes [`UNSHOWN`].
fn readable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut marks = 0;
    for c in text.nfc() {
        let last = out.chars().next_back();
        let is_mark = is_combining_mark(c) && last.is_some_and(|last| last.is_alphanumeric() || marks > 0);
        marks = if is_mark { marks + 1 } else { 0 };
        if is_mark {
            out.extend((marks <= MARKS).then_some(c));
        } else {
            push_readable(&mut out, last, c);
        }
    }
    out
}

fn push_readable(out: &mut String, last: Option<char>, c: char) {
    let shown = match c {
        c if c.is_whitespace() => ' ',
        '·' | '•' | '∙' => '-',
        c if is_readable(c) => return out.push(c),
        _ => UNSHOWN,
    };
    if shown == '-' || last != Some(shown) {
        out.push(shown);
    }
}

fn is_readable(c: char) -> bool {
    let blank_letter = matches!(c, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}');
    // Enclosed, mathematical and other letters that are pictures rather than writing.
    let picture = matches!(c, '\u{2000}'..='\u{2bff}' | '\u{1d000}'..='\u{1ffff}' | '\u{e0000}'..);
    c.is_ascii_graphic() || SIGNS.contains(c) || (c.is_alphanumeric() && !blank_letter && !picture)
}

/// No character that Slack reads as formatting, no mention, no address.
fn without_markup(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut last = ' ';
    while let Some(c) = chars.next() {
        let next = chars.peek().copied().unwrap_or(' ');
        out.push(if means_something(last, c, next) { look_alike(c) } else { c });
        last = c;
    }
    out
}

/// Whether Slack reads the character between these two as more than itself.
fn means_something(last: char, c: char, next: char) -> bool {
    let behind_a_word = last.is_ascii_alphanumeric();
    match c {
        '_' => !(behind_a_word && next.is_ascii_alphanumeric()),
        '@' => !behind_a_word,
        '#' => !behind_a_word && next.is_alphabetic(),
        '/' => last == ':',
        _ => true,
    }
}

const fn look_alike(c: char) -> char {
    match c {
        '*' => '∗',
        '~' => '∼',
        '`' => 'ˋ',
        '_' => '＿',
        '@' => '＠',
        '#' => '＃',
        '/' => '∕',
        c => c,
    }
}

/// No `:name:` that would become an emoji.
fn without_names(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let opens = c == ':' && opens_a_name(&text[at + 1..]);
        out.push(if opens { '∶' } else { c });
    }
    out
}

fn opens_a_name(rest: &str) -> bool {
    let in_a_name = |b: &u8| b.is_ascii_alphanumeric() || b"_+-'".contains(b);
    let length = rest.bytes().take_while(in_a_name).count();
    length > 0 && rest.as_bytes().get(length) == Some(&b':')
}

/// Text with letters that are written from right to left cannot turn what stands around it.
fn isolated(text: String) -> String {
    let right_to_left = |c: char| matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' | '\u{10800}'..='\u{10fff}');
    if text.chars().any(right_to_left) { format!("\u{2068}{text}\u{2069}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_is_marked_by_us_and_an_ellipsis_of_others_is_shown_for_what_it_is() {
        assert_eq!(code("rm -rf /srv/cache", 10), "`rm -rf /s…`");
        assert_eq!(code("rm -rf", 6), "`rm -rf`");
        assert_eq!(seen(" /srv/cache", 6), "␠/srv…");
        assert_eq!(code("rm -rf /srv/…", 60), "`rm -rf /srv/⟨U+2026⟩`");
        assert_eq!(code("a\u{202e}b", 60), "`a⟨U+202E⟩b`");
    }
}
