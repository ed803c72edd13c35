//! Commands and output as they are drawn: a command whole or not at all, output by its end.

use dd0c_types::Command;
use dd0c_types::visible::visible;
use serde_json::Value;

use super::block::{COMMAND, context, named, preformatted, section};
use super::text::{digest, head, link, without_secrets};
use super::view::{Link, OutputTail};

/// The most bytes of one drawn command as JSON; a message of about 13 KB is refused by Slack.
const COMMAND_BYTES: usize = 6_000;
/// The most bytes of all drawn commands of one message.
const COMMANDS_BYTES: usize = 8_000;
/// The most lines of output.
const LINES: usize = 12;
/// The most characters of output.
const CHARACTERS: usize = 1_500;
/// The most bytes of output as JSON.
const OUTPUT_BYTES: usize = 4_000;
/// How much of the end of an output is looked at.
const LOOKED_AT: usize = 64 * 1024;

/// How much room is left for drawn commands in one message.
pub(super) struct Room(usize);

/// A command as a message may show it.
pub(super) enum Shown {
    /// To the byte, everything hidden made visible.
    Whole(String),
    /// Not at all: this many characters once drawn.
    TooLong(usize),
}

impl Room {
    /// The room of a new message.
    pub(super) const fn new() -> Self {
        Self(COMMANDS_BYTES)
    }

    /// Draws a command and takes its room, or says that it is too long.
    pub(super) fn draw(&mut self, command: &Command) -> Shown {
        self.place(visible(command.reveal()))
    }

    /// Draws what is given already visible.
    pub(super) fn place(&mut self, drawn: String) -> Shown {
        let (characters, bytes) = (drawn.chars().count(), json_bytes(&drawn));
        if characters > COMMAND || bytes > COMMAND_BYTES.min(self.0) {
            return Shown::TooLong(characters);
        }
        self.0 -= bytes;
        Shown::Whole(drawn)
    }
}

impl Shown {
    /// Whether all of it can be read.
    pub(super) const fn is_whole(&self) -> bool {
        matches!(self, Self::Whole(_))
    }

    /// The block of a command that is whole.
    pub(super) fn whole(&self) -> Option<Value> {
        match self {
            Self::Whole(drawn) => Some(preformatted(drawn)),
            Self::TooLong(_) => None,
        }
    }

    /// The block of a command; where it is too long, a sentence that says so. `what_for`: `to approve`, `to show`.
    pub(super) fn block(&self, id: &str, what_for: &str, dashboard: &Link) -> Value {
        let block = match self {
            Self::Whole(drawn) => preformatted(drawn),
            Self::TooLong(characters) => section(&format!(
                "📄 *This command is too long {what_for} here*: {characters} characters, and {COMMAND} are shown at most. {}",
                link(dashboard, "Read all of it in the dashboard ↗"),
            )),
        };
        named(block, id)
    }
}

/// `- before` and `+ after`, every line with its sign.
pub(super) fn difference(before: &Command, after: &Command) -> String {
    let signed = |sign: &str, command: &Command| {
        let drawn = visible(command.reveal());
        drawn.split('\n').map(|line| format!("{sign} {line}")).collect::<Vec<_>>().join("\n")
    };
    format!("{}\n{}", signed("-", before), signed("+", after))
}

/// The blocks of an output: its end and where the rest is. None when nothing was written yet.
pub(super) fn output(id: &str, tail: &OutputTail, log: &Link, label: &str) -> Vec<Value> {
    let lines = last_lines(&tail.text);
    if lines.is_empty() {
        return Vec::new();
    }
    let all = tail.lines.max(lines.len() as u64);
    let mut says = format!("Last {} of {all} lines · {}", lines.len(), link(log, label));
    if let Some(hash) = &tail.sha256 {
        says += &format!(" · output {}", digest(hash));
    }
    vec![named(preformatted(&lines.join("\n")), id), context(&[says])]
}

/// The last lines: at most 12, at most 1,500 characters, escape sequences left out, secrets masked.
fn last_lines(text: &str) -> Vec<String> {
    let mut start = text.len().saturating_sub(LOOKED_AT);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    // Masked before it is cut into lines: a private key has many.
    let plain = without_secrets(&anstream::adapter::strip_str(&text[start..]).to_string());
    let mut room = (CHARACTERS, OUTPUT_BYTES);
    let mut lines = Vec::new();
    for line in plain.trim_end_matches(['\n', '\r']).rsplit('\n').take(LINES) {
        let line = printable(line);
        let (characters, bytes) = (line.chars().count() + 1, json_bytes(&line) + 2);
        if characters > room.0 || bytes > room.1 {
            if lines.is_empty() {
                lines.push(head(&line, room.1.min(room.0) / 6).into_owned());
            }
            break;
        }
        room = (room.0 - characters, room.1 - bytes);
        lines.push(line);
    }
    lines.reverse();
    if lines.iter().all(String::is_empty) { Vec::new() } else { lines }
}

/// One line: what a carriage return has overwritten is left out, control and hidden characters are `·`.
fn printable(line: &str) -> String {
    let line = line.trim_end_matches('\r');
    let last = line.rsplit('\r').next().unwrap_or_default();
    let shown = |c: char| match c {
        '\t' => ' ',
        c if c.is_control() || is_hidden(c) => '·',
        c => c,
    };
    last.chars().map(shown).collect()
}

/// Characters that show nothing, or turn the direction of what follows.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

fn json_bytes(text: &str) -> usize {
    text.bytes().map(|b| if matches!(b, b'"' | b'\\' | b'\n') { 2 } else { 1 }).sum()
}
