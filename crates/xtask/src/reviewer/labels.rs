//! The weak label of a documented command: what its description says that it does.
//!
//! The first verb decides. Later clauses, objects and the command itself can only raise the label or take it away:
//! a row that says two things teaches nothing.

use dd0c_types::Risk;

use super::verbs::{Effect, effect, is_adverb, is_option, plain_effect};

/// The label of a command and its description. None when they say nothing clear.
pub(crate) fn label(command: &str, description: &str) -> Option<Risk> {
    let text = plain(description);
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let verb = words.iter().position(|word| !is_adverb(word))?;
    if words[verb] == "check" && words.get(verb + 1).is_some_and(|word| ["in", "out"].contains(word)) {
        return Some(Risk::Caution);
    }
    let first = effect(words[verb], &words[verb + 1..]).or_else(|| effect_of_noun(&words[verb..]))?;
    let interactive = words[..verb].iter().any(|word| ["interactively", "interactive"].contains(word));
    if says_too_little(command, words[verb]) || (interactive && first == Effect::Read) {
        return None;
    }
    match first {
        Effect::Destroy => Some(Risk::Dangerous),
        Effect::Write => {
            Some(later(&words[verb + 1..]).map_or(Risk::Caution, |later| risk(later.max(Effect::Write))))
        }
        Effect::Read => read(command, &words[verb..]),
    }
}

/// `Start top` of `top`, `Specify …` of a flag: the verb is not what the command does.
fn says_too_little(command: &str, verb: &str) -> bool {
    let starts_it = ["run", "start", "launch", "open", "enter"].contains(&verb) && is_bare(command);
    starts_it || (is_option(verb) && !speaks_for(command, verb))
}

/// The program alone: `Start top` says no more than that it is one.
fn is_bare(command: &str) -> bool {
    command.trim_start_matches("sudo ").split_whitespace().count() == 1
}

/// Whether an option's verb is what the command does: it is a word of it, or its result goes into a file.
fn speaks_for(command: &str, verb: &str) -> bool {
    let stem = verb.trim_end_matches('e');
    command.contains(stem)
        || command.contains(" -o ")
        || command.contains("--output")
        || command.contains("path/to/output")
}

const fn risk(effect: Effect) -> Risk {
    match effect {
        Effect::Read => Risk::Safe,
        Effect::Write => Risk::Caution,
        Effect::Destroy => Risk::Dangerous,
    }
}

/// Lower case, mnemonics such as `[d]isplay` joined, quoted code and remarks in brackets taken out.
fn plain(description: &str) -> String {
    let mut text = String::new();
    let mut quoted = false;
    let mut depth = 0_usize;
    for c in description.chars() {
        match c {
            '`' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            _ if quoted || depth > 0 => {}
            _ => push_plain(c, &mut text),
        }
    }
    text
}

fn push_plain(c: char, text: &mut String) {
    match c {
        '[' | ']' => {}
        '/' => text.push(' '),
        ',' | ';' | ':' | '.' => text.push_str(" , "),
        _ => text.extend(c.to_lowercase()),
    }
}

/// `Perform a lookup`, `do a dry run`: the noun says it.
fn effect_of_noun(words: &[&str]) -> Option<Effect> {
    let general = ["perform", "do", "make", "run", "give"].contains(words.first()?);
    let reads = ["lookup", "query", "search", "traceroute", "ping"];
    (general && words.iter().take(5).any(|word| reads.contains(word))).then_some(Effect::Read)
}

/// The worst that later clauses say.
fn later(words: &[&str]) -> Option<Effect> {
    let mut worst = None;
    for (at, word) in words.iter().enumerate() {
        let clause = at > 0 && ["and", "then", ",", "or"].contains(&words[at - 1]);
        let negated = at > 0 && ["without", "not", "don't", "before", "instead"].contains(&words[at - 1]);
        let found = plain_effect(word).filter(|_| clause || (word.ends_with("ing") && !negated));
        worst = worst.max(found);
    }
    worst
}

/// A first verb that reads: whatever else is said can raise it, or leave it without a label.
fn read(command: &str, words: &[&str]) -> Option<Risk> {
    if words.iter().any(|word| SECRET.contains(word))
        || words.windows(2).any(|two| SECRET_PAIRS.contains(&[two[0], two[1]]))
    {
        return Some(Risk::Caution);
    }
    if let Some(effect) = later(&words[1..]) {
        return Some(risk(effect));
    }
    let doubtful = words.contains(&"token")
        || words.contains(&"tokens")
        || leaves_something(words)
        || shows_on_screen(words)
        || command_changes(command);
    (!doubtful).then_some(Risk::Safe)
}

const SECRET: [&str; 11] = [
    "secret",
    "secrets",
    "password",
    "passwords",
    "passphrase",
    "passphrases",
    "credential",
    "credentials",
    "cookies",
    "keytab",
    "kubeconfig",
];
const SECRET_PAIRS: [[&str; 2]; 4] =
    [["private", "key"], ["private", "keys"], ["api", "key"], ["access", "key"]];

/// Its result is kept somewhere: `… to a file`, `… into the clipboard`.
fn leaves_something(words: &[&str]) -> bool {
    let ends = ["file", "files", "disk", "clipboard", "directory", "database", "log", "speaker", "printer"];
    words.iter().enumerate().any(|(at, word)| {
        let to = ["to", "into"].contains(word);
        to && words[at + 1..].iter().take(4).any(|word| ends.contains(word))
    })
}

/// `Display a dialog`: shown on somebody's screen, not read.
fn shows_on_screen(words: &[&str]) -> bool {
    let drawn = [
        "dialog",
        "window",
        "notification",
        "prompt",
        "animation",
        "wallpaper",
        "popup",
        "menu",
        "banner",
        "splash",
        "slideshow",
        "screensaver",
        "gui",
        "game",
        "editor",
        "background",
        "progress",
        "toast",
        "overlay",
    ];
    words.iter().take(7).any(|word| drawn.contains(word))
}

/// The command itself says otherwise, or writes what it shows.
fn command_changes(command: &str) -> bool {
    const FLAGS: [&str; 30] = [
        "--delete",
        "-delete",
        "--fix",
        "--save",
        "--remove",
        "--write",
        "--execute",
        "-exec",
        "-execdir",
        "--in-place",
        "--output-file",
        "--output-directory",
        "--output-dir",
        "--outfile",
        "--out",
        "--overwrite",
        "--purge",
        "--apply",
        "--install",
        "--force",
        "--update",
        "--upgrade",
        "--clear",
        "--export",
        "--dry-run",
        "--interactive",
        "--init",
        "--set",
        "--edit",
        "--refresh",
    ];
    let words = || command.split_whitespace();
    let verbs = [
        "rm", "delete", "remove", "destroy", "tee", "exec", "install", "update", "upgrade", "set", "edit",
        "run",
    ];
    keeps_output(command)
        || sends(command)
        || words().any(|word| FLAGS.contains(&word.split('=').next().unwrap_or(word)))
        || words().skip(1).take(3).any(|word| verbs.contains(&word))
}

/// What it shows goes into a file.
fn keeps_output(command: &str) -> bool {
    let named = command
        .split_whitespace()
        .any(|word| word.starts_with("--output=") || ["--output", "-o"].contains(&word));
    (named && command.contains("path/to")) || [" > ", " >> ", "<("].iter().any(|mark| command.contains(mark))
}

/// A request that gives something to the other side.
fn sends(command: &str) -> bool {
    const FLAGS: [&str; 9] = ["-d", "--data", "-X", "--request", "-F", "--form", "POST", "PUT", "DELETE"];
    ["curl", "http", "wget"].iter().any(|client| command.starts_with(client))
        && command.split_whitespace().any(|word| FLAGS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_verb_decides() {
        for (description, expected) in [
            ("List all pods in a namespace", Some(Risk::Safe)),
            ("[d]isplay the contents of an archive", Some(Risk::Safe)),
            ("Recursively list files", Some(Risk::Safe)),
            ("Perform a DNS lookup", Some(Risk::Safe)),
            ("Create a directory", Some(Risk::Caution)),
            ("Check out a branch", Some(Risk::Caution)),
            ("Delete a namespace", Some(Risk::Dangerous)),
            ("Remove a package", Some(Risk::Caution)),
            ("Remove all volumes", Some(Risk::Dangerous)),
            ("Specify the number of threads", None),
        ] {
            assert_eq!(label("tool verb", description), expected, "{description}");
        }
    }

    #[test]
    fn later_clauses_and_the_command_only_raise_a_label_or_take_it_away() {
        for (command, description, expected) in [
            ("d dup", "Find duplicate files and delete them", Some(Risk::Dangerous)),
            ("f x", "Print the file and save the result", Some(Risk::Caution)),
            ("f x > y", "Print the file", None),
            ("f list --delete x", "List branches", None),
            ("f x", "Display the output to a file", None),
            ("f x", "Show what is there without deleting it", Some(Risk::Safe)),
            ("z x", "Display a question dialog", None),
            ("p show", "Display the password of an entry", Some(Risk::Caution)),
            ("f rm x", "Display what happens", None),
            ("f x", "List files, deleting what is old", Some(Risk::Dangerous)),
        ] {
            assert_eq!(label(command, description), expected, "{command}: {description}");
        }
    }
}
