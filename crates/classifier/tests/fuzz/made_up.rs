//! Made-up commands, and what must hold for each.

use dd0c_classifier::scan;

/// Numbers that follow from a seed alone.
pub(crate) struct Dice(u64);

/// Words and signs of which commands are put together.
const ATOMS: &[&str] = &[
    "rm",
    "-rf",
    "/",
    "ls",
    "kubectl",
    "get",
    "delete",
    "pods",
    "sudo",
    "env",
    "X=1",
    "$X",
    "${X:-y}",
    "$(",
    ")",
    "`",
    "'",
    "\"",
    "\\",
    "\n",
    " ",
    "|",
    "||",
    "&&",
    ";",
    "&",
    ">",
    ">>",
    "<",
    "<<EOF",
    "EOF",
    "<<<",
    "<(",
    "{",
    "}",
    "{a,b}",
    "{1..9}",
    "[",
    "]",
    "[[",
    "]]",
    "((",
    "))",
    "$((",
    "if",
    "then",
    "fi",
    "for",
    "in",
    "do",
    "done",
    "while",
    "case",
    "esac",
    "function",
    "f()",
    "!",
    "*",
    "?",
    "~",
    "#",
    "--",
    "-c",
    "bash",
    "xargs",
    "find",
    "-exec",
    "{}",
    "\\;",
    "+",
    "psql",
    "SELECT 1",
    "DROP TABLE t",
    "sed",
    "s/a/b/e",
    "awk",
    "{print $1}",
    "ssh",
    "host",
    "timeout",
    "5",
    "<pod>",
    "{{x}}",
    "[ns]",
    "YOUR_X",
    "$'\\x41'",
    "$\"a\"",
    "\u{200b}",
    "é",
    "日",
    "\u{e0101}",
    "\r",
    "\t",
    "\0",
    "=",
    "%",
    "^",
    "@",
    ",",
    ":",
    "eval",
    "trap",
    "parallel",
    ":::",
    "git",
    "-c",
    "core.pager=x",
    "cd",
    "/etc",
    "export",
    "PATH=",
    "Get-Item",
    "del",
    "/q",
    "%TEMP%",
    "EOF\n",
];

impl Dice {
    /// Starts with this seed.
    pub(crate) fn new(seed: u64) -> Self {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % sides.max(1)
    }

    /// One command: bytes, atoms, or shell grammar.
    pub(crate) fn command(&mut self) -> String {
        match self.roll(4) {
            0 => self.bytes(),
            1 => self.atoms(),
            2 => {
                let text = self.statement(4);
                self.changed(text)
            }
            _ => self.statement(5),
        }
    }

    fn bytes(&mut self) -> String {
        let length = self.roll(80);
        let bytes: Vec<u8> = (0..length).map(|_| u8::try_from(self.roll(256)).expect("a byte")).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn atoms(&mut self) -> String {
        let count = self.roll(24);
        let blank = if self.roll(3) == 0 { "" } else { " " };
        let atoms: Vec<&str> = (0..count).map(|_| ATOMS[self.roll(ATOMS.len())]).collect();
        let text = atoms.join(blank);
        // Now and then the same thing very often.
        if self.roll(40) == 0 { text.repeat(1 + self.roll(300)) } else { text }
    }

    /// The text with some characters taken out, doubled or exchanged.
    fn changed(&mut self, text: String) -> String {
        let mut chars: Vec<char> = text.chars().collect();
        for _ in 0..=self.roll(3) {
            if chars.is_empty() {
                break;
            }
            let at = self.roll(chars.len());
            match self.roll(3) {
                0 => {
                    chars.remove(at);
                }
                1 => chars.insert(at, chars[at]),
                _ => {
                    chars[at] =
                        ['\'', '"', '\\', '$', '`', '(', '{', '\n', '\u{1}', '\u{feff}'][self.roll(10)]
                }
            }
        }
        chars.into_iter().collect()
    }

    fn statement(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.simple();
        }
        let (a, b) = (depth - 1, self.roll(depth));
        match self.roll(16) {
            0 => format!("{} | {}", self.statement(a), self.statement(b)),
            1 => format!("{}; {}", self.statement(a), self.statement(b)),
            2 => format!("{} && {}", self.statement(a), self.statement(b)),
            3 => format!("({})", self.statement(a)),
            4 => format!("{{ {}; }}", self.statement(a)),
            5 => format!("if {}; then {}; fi", self.simple(), self.statement(a)),
            6 => format!("for x in {}; do {}; done", self.word(1), self.statement(a)),
            7 => format!("bash -c '{}'", self.statement(a).replace('\'', "'\\''")),
            8 => format!("echo \"$({})\"", self.statement(a)),
            9 => format!("sudo timeout 5 {}", self.simple()),
            10 => format!("sh <<EOF\n{}\nEOF", self.statement(a)),
            11 => format!("f() {{ {}; }}; f", self.statement(a)),
            12 => format!("case {} in {}) {};; esac", self.word(1), self.word(0), self.statement(b)),
            13 => format!("{} > {}", self.simple(), self.word(1)),
            14 => format!("while {}; do {}; done < <({})", self.simple(), self.statement(b), self.simple()),
            _ => self.simple(),
        }
    }

    fn simple(&mut self) -> String {
        let programs = [
            "ls",
            "rm -rf",
            "kubectl get",
            "find . -exec",
            "psql -c",
            "sed -n",
            "awk",
            "xargs",
            "cat",
            "git log",
            "curl -s",
            "X=1",
            "tar",
        ];
        let mut text = programs[self.roll(programs.len())].to_owned();
        for _ in 0..self.roll(4) {
            text.push(' ');
            text.push_str(&self.word(2));
        }
        text
    }

    fn word(&mut self, depth: usize) -> String {
        match self.roll(12) {
            0 => format!("'{}'", ATOMS[self.roll(ATOMS.len())].replace('\'', "")),
            1 => format!("\"{}\"", ATOMS[self.roll(ATOMS.len())].replace(['"', '\\', '`'], "")),
            2 if depth > 0 => format!("$({})", self.statement(depth - 1)),
            3 if depth > 0 => format!("{{{},{}}}", self.word(depth - 1), self.word(depth - 1)),
            4 => format!("${{X{}}}", [":-y", "//a/b", "", "[@]", "%%.*", ":0:1"][self.roll(6)]),
            5 => "<pod-name>".to_owned(),
            6 => format!("$'\\x{:x}\\u{:x}'", self.roll(256), self.roll(70_000)),
            7 => format!("--{}={}", ["output", "o", "name"][self.roll(3)], self.roll(99)),
            8 => format!("$(({} + {}))", self.roll(9), self.roll(9)),
            _ => ["a", "/srv/x", "-f", "-n", "prod", "*.log", "~/x", "10", "-la", "2>&1"][self.roll(10)]
                .to_owned(),
        }
    }
}

/// What is wrong with the scanner's answer to this text, if anything.
pub(crate) fn fault(text: &str) -> Option<&'static str> {
    let verdict = scan(text).verdict;
    let findings = verdict.findings.iter().map(|finding| (finding.span.start, finding.span.end));
    let tokens = verdict.tokens.iter().map(|token| (token.start, token.end));
    if findings.chain(tokens).any(|(start, end)| text.get(start..end).is_none()) {
        return Some("span");
    }
    let mut at = 0;
    for token in &verdict.tokens {
        if token.start < at || token.text.is_none() || token.start >= token.end {
            return Some("overlap");
        }
        if !text.get(at..token.start).is_some_and(|gap| gap.trim().is_empty()) {
            return Some("gap");
        }
        at = token.end;
    }
    let rest = text.get(at..).is_some_and(|gap| gap.trim().is_empty());
    let worst = verdict.findings.iter().map(|finding| finding.risk).max();
    (!rest || worst.is_some_and(|worst| worst != verdict.risk)).then_some("end")
}
