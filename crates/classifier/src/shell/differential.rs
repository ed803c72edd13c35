//! The expander against bash itself: generated words are expanded by both.
//!
//! bash runs once for many cases, in an empty folder, with an empty environment and no programs to be found.
//! The words hold no commands: they are put together from pieces that have none.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::text::{OPAQUE, prepare};
use super::tree;
use super::word::{Word, expand};

/// Cases that found a difference once, or that other guards get wrong. One a line; `⏎` is a line feed.
const COMMITTED: &str = include_str!("../../tests/words.txt");
/// Generated cases in one run.
const GENERATED: usize = 4_000;

/// Reads cases that end in NUL; for each prints the number of words and the words, each with a NUL behind it.
const SCRIPT: &str = r#"set -f
p() { printf '%s\0' "$#" "$@"; }
while IFS= read -r -d '' case; do eval "p $case" || printf 'error\0'; done
"#;

#[test]
fn words_are_expanded_as_bash_does() {
    let mut cases: Vec<String> = COMMITTED.lines().map(|line| line.replace('⏎', "\n")).collect();
    let mut dice = Dice(0x5eed);
    cases.extend((0..GENERATED).map(|_| dice.case()));
    let expected = by_bash(&cases);
    assert_eq!(expected.len(), cases.len());
    let mut compared = 0;
    let wrong: Vec<String> = cases
        .iter()
        .zip(&expected)
        .filter_map(|(case, theirs)| {
            let ours = by_us(case);
            compared += usize::from(ours.iter().all(|word| !word.splits));
            (!agree(&ours, theirs)).then(|| {
                let ours: Vec<_> = ours.iter().map(|word| word.text.replace(OPAQUE, "?")).collect();
                format!("{case:?}: bash {theirs:?}, here {ours:?}")
            })
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of {} differ\n{}",
        wrong.len(),
        cases.len(),
        wrong[..wrong.len().min(25)].join("\n")
    );
    assert!(compared * 2 > cases.len(), "only {compared} of {} say anything", cases.len());
}

/// Pieces as they are.
const PIECES: &[&str] = &[
    "{",
    "}",
    "*",
    "?",
    "[ab]",
    "\\\n",
    "\"\"",
    "''",
    ",",
    "{}",
    "{a}",
    "..",
    "$UNSET",
    "${UNSET}x",
    "\"$UNSET\"",
    "\"$@\"",
    "$\"a b\"",
    "~",
    "~/x",
    "~+",
    "'~'",
];

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % sides
    }

    fn pick<'p>(&mut self, from: &[&'p str]) -> &'p str {
        from[self.roll(from.len())]
    }

    fn text(&mut self, alphabet: &str, most: usize) -> String {
        let alphabet: Vec<char> = alphabet.chars().collect();
        (0..self.roll(most + 1)).map(|_| alphabet[self.roll(alphabet.len())]).collect()
    }

    /// One to three words of pieces that bash expands without running anything.
    fn case(&mut self) -> String {
        let words = 1 + self.roll(3);
        (0..words).map(|_| self.word()).collect::<Vec<_>>().join(" ")
    }

    fn word(&mut self) -> String {
        (0..=self.roll(5)).map(|_| self.piece(2)).collect()
    }

    fn piece(&mut self, depth: usize) -> String {
        match self.roll(10) {
            0 | 1 => self.text("abzAZ09_.,:+=/@%^-é", 4),
            2 | 3 if depth > 0 => self.group(depth - 1),
            4 | 5 => self.quoted(),
            6 => format!("$'{}'", self.ansi()),
            7 | 8 => self.counted(),
            _ => self.pick(PIECES).to_owned(),
        }
    }

    fn quoted(&mut self) -> String {
        match self.roll(4) {
            0 => format!(
                "\\{}",
                self.pick(&[
                    " ", "a", "\\", "{", "}", ",", "'", "\"", "$", "`", "*", "~", "|", ";", "&", "#", "n"
                ])
            ),
            1 => format!("'{}'", self.text("ab \\\"$`{},*;|&<>()#~!", 5)),
            2 => format!("\"{}\"", self.text("ab {},*;|&<>()#~!'", 5)),
            _ => format!(
                "\"{}\\{}b\"",
                self.text("ab", 2),
                self.pick(&["$", "`", "\\", "\"", "n", "a", "\n", "{", "'"])
            ),
        }
    }

    fn counted(&mut self) -> String {
        let (a, b) = (self.roll(24), self.roll(24));
        match self.roll(4) {
            0 => format!("{{{}..{}}}", a as i64 - 12, b as i64 - 12),
            1 => format!("{{0{}..{}..{}}}", a % 10, b, 1 + a % 4),
            2 => format!(
                "{{{}..{}}}",
                self.pick(&["a", "c", "f", "z", "", "B", "1"]),
                self.pick(&["a", "d", "e", "x", "", "5"])
            ),
            _ => format!("$(({a}{}{b}))", self.pick(&["+", " - ", "*", " * -"])),
        }
    }

    fn group(&mut self, depth: usize) -> String {
        let parts: Vec<String> = (0..1 + self.roll(3)).map(|_| self.piece(depth)).collect();
        format!("{{{}}}", parts.join(","))
    }

    fn ansi(&mut self) -> String {
        let escapes = [
            "a", " ", "\\n", "\\t", "\\\\", "\\'", "\\\"", "\\?", "\\z", "\\x41", "\\x7", "\\101", "\\7",
            "\\u0041", "\\u263a", "\\U1f600", "\\cA", "\\e", "\\xff", "\\0",
        ];
        (0..self.roll(4)).map(|_| self.pick(&escapes)).collect()
    }
}

/// None: bash took the words for an error.
fn by_bash(cases: &[String]) -> Vec<Option<Vec<String>>> {
    let folder = std::env::temp_dir().join(format!("dd0c-words-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("an empty folder");
    let mut bash = Command::new("/bin/bash")
        .args(["--norc", "--noprofile", "-c", SCRIPT])
        .env_clear()
        .env("PATH", "/nonexistent")
        .env("HOME", "~")
        .env("LC_ALL", "C.UTF-8")
        .current_dir(&folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("bash starts");
    let mut input = bash.stdin.take().expect("a pipe");
    let text: Vec<u8> = cases.iter().flat_map(|case| case.bytes().chain([0])).collect();
    let writer = std::thread::spawn(move || input.write_all(&text));
    let output = bash.wait_with_output().expect("bash ends");
    writer.join().expect("the writer ends").expect("bash reads");
    std::fs::remove_dir(&folder).expect("the folder is still empty");
    let mut fields =
        output.stdout.split(|byte| *byte == 0).map(|field| String::from_utf8_lossy(field).into_owned());
    let mut all = Vec::new();
    while let Some(count) = fields.next().filter(|count| !count.is_empty()) {
        let count: Option<usize> = count.parse().ok();
        all.push(count.map(|count| fields.by_ref().take(count).collect()));
    }
    all
}

fn by_us(case: &str) -> Vec<Word<'static>> {
    let command = format!("p {case}");
    let prepared = prepare(&command);
    let parsed = tree::parse(&prepared.text).expect("a tree");
    let mut words = Vec::new();
    if parsed.root_node().has_error() {
        // Such a command is never Safe, whatever its words are.
        return vec![Word::unknown(0, 0)];
    }
    collect(parsed.root_node(), &prepared.text, &mut words);
    words.into_iter().skip(1).map(Word::into_owned).collect()
}

fn collect<'t>(node: tree_sitter::Node<'_>, text: &'t str, words: &mut Vec<Word<'t>>) {
    if node.kind() == "command" {
        let nodes: Vec<_> = (0..node.child_count()).filter_map(|index| node.child(index)).collect();
        for run in nodes.chunk_by(|a, b| a.end_byte() == b.start_byte()) {
            if expand(run, text, words).is_some() {
                words.push(Word::unknown(0, 0));
            }
        }
        return;
    }
    for index in 0..node.child_count() {
        collect(node.child(index).expect("a child"), text, words);
    }
}

/// What is opaque here may be anything there; all else is the same to the byte.
fn agree(ours: &[Word<'_>], theirs: &Option<Vec<String>>) -> bool {
    let Some(theirs) = theirs else { return true };
    if ours.iter().any(|word| word.splits) {
        return true;
    }
    ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(word, text)| fits(&word.text, text))
}

fn fits(ours: &str, theirs: &str) -> bool {
    let mut parts = ours.split(OPAQUE);
    let Some(mut rest) = parts.next().and_then(|start| theirs.strip_prefix(start)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}
