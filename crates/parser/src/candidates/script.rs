//! Blocks without prompts: statements of a shell, line by line, and of other languages that are read by line or
//! by bracket.

use std::sync::LazyLock;

use super::shape;
use super::shell::statement_lines;
use super::statement::{CodeLine, Page, Statement, command_part, joined};
use crate::mapped::Mapped;
use crate::patterns::{Pattern, pattern};
use crate::words;

/// How much a line must show to be taken for a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strictness {
    /// The block is meant to be run: nothing speaks against it.
    Plausible,
    /// Nothing says so: a known program with arguments that fit.
    Known,
}

/// The shell statements of a block.
pub(crate) fn shell(
    text: &Mapped,
    lines: &[CodeLine<'_>],
    strictness: Strictness,
    page: &Page,
) -> Vec<Statement> {
    let mut reader = Shell {
        text,
        lines,
        strictness,
        page,
        found: Vec::new(),
        title: None,
        condition: None,
        output: false,
        joins: true,
    };
    let mut at = 0;
    while at < lines.len() {
        let taken = reader.take(at);
        at += taken.max(1);
        if taken == 0 {
            return Vec::new();
        }
    }
    reader.found
}

struct Shell<'a, 't> {
    text: &'a Mapped,
    lines: &'a [CodeLine<'t>],
    strictness: Strictness,
    page: &'a Page,
    found: Vec<Statement>,
    title: Option<String>,
    condition: Option<String>,
    /// What follows is what a command wrote, until a known program speaks again.
    output: bool,
    /// Whether open quotes may still join lines: one that never closes ends that for the block.
    joins: bool,
}

impl Shell<'_, '_> {
    /// Takes the line at `at`; gives how many lines it took, 0 when the block is not a script after all.
    fn take(&mut self, at: usize) -> usize {
        let line = self.lines[at].text.trim();
        if line.is_empty() {
            return 1;
        }
        if let Some(comment) = line.strip_prefix('#') {
            self.comment(comment);
            return 1;
        }
        let fits = self.fits(line);
        if !fits {
            if self.found.is_empty() && self.strictness == Strictness::Known {
                return 0;
            }
            self.output = true;
            return 1;
        }
        self.output = false;
        let count = self.extent(at);
        let joined = joined(self.text, &self.parts(at, count));
        if !joined.is_blank() {
            let (title, condition) = (self.title.take(), self.condition.take());
            self.found.push(Statement { title, condition, ..Statement::new(joined, "bash") });
        }
        count
    }

    /// Reads a comment line: what the next command is for, or when it is run.
    fn comment(&mut self, comment: &str) {
        if is_run_record(comment) {
            // What a notebook wrote under its cell: the rest of the block is output.
            self.output = true;
        }
        self.condition = comment_condition(comment).or(self.condition.take());
        self.title = comment_title(comment).or(self.title.take());
    }

    fn fits(&self, line: &str) -> bool {
        let known = |name: &str| self.page.knows(name);
        let strong = shape::is_strong_command(line, &known);
        if self.output {
            return strong && !shape::is_output(line);
        }
        match self.strictness {
            Strictness::Plausible => strong || shape::is_plausible_command(line, &known),
            Strictness::Known => {
                strong
                    || shape::is_flagged_command(line)
                    || self.is_known_form(line, &known)
                    || !self.found.is_empty() && shape::is_named_command(line)
            }
        }
    }

    /// In a block that nothing vouches for: compound commands, and assignments beside a command.
    fn is_known_form(&self, line: &str, known: &dyn Fn(&str) -> bool) -> bool {
        let word = shape::first_word(line);
        let compound = matches!(word, "for" | "while" | "if" | "until") && line.contains([';', '$', '[']);
        if compound && ["; do", "; then"].iter().any(|end| line.trim_end().ends_with(end)) {
            return true;
        }
        let assigns = shape::is_assignment(line) && self.has_strong_line(known);
        (compound || assigns) && !shape::is_prose(line)
    }

    fn has_strong_line(&self, known: &dyn Fn(&str) -> bool) -> bool {
        self.lines.iter().take(64).any(|line| {
            let line = line.text.trim();
            !shape::is_assignment(line) && !line.starts_with('#') && shape::is_strong_command(line, known)
        })
    }

    fn extent(&mut self, at: usize) -> usize {
        let lines = self.lines[at..].iter().map(|line| line.text);
        if self.joins {
            if let Some(count) = statement_lines(lines.clone()) {
                return count;
            }
            self.joins = false;
        }
        let carried = lines.take_while(|line| line.trim_end().ends_with('\\')).count();
        (carried + 1).min(self.lines.len() - at)
    }

    fn parts(&self, at: usize, count: usize) -> Vec<std::ops::Range<usize>> {
        let lines = &self.lines[at..at + count];
        let heredoc = lines.iter().any(|line| line.text.contains("<<"));
        lines
            .iter()
            .map(|line| {
                let part = command_part(line.text, !heredoc);
                line.start + part.start..line.start + part.end
            })
            .collect()
    }
}

static NUMBERING: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"^(?:(?:step|étape|schritt|paso|passo|etapa|passaggio|步骤|ステップ|手順)\s*)?\d{0,2}(?:\.\d+)*\s*(?:[.):-]|：)?\s*",
    )
});

/// `# Ran on 2024-01-05 10:11:12+01:00 for 2.1s exited with 0`: a record that runme leaves.
fn is_run_record(comment: &str) -> bool {
    comment.trim_start().starts_with("Ran on ") && comment.contains(" exited with ")
}

/// When a comment line says its commands are to be run: `# If the lock is older than a day, remove it:`.
pub(crate) fn comment_condition(comment: &str) -> Option<String> {
    let body = comment.trim_matches(|c: char| c == '#' || c.is_whitespace());
    let opens = crate::branches::opens(body) && !body.to_lowercase().starts_with("when ");
    opens.then(|| crate::branches::condition(body)).flatten()
}

/// What a comment line says its commands are for: a sentence that asks for something, not a label.
pub(crate) fn comment_title(comment: &str) -> Option<String> {
    let body = comment.trim_matches(|c: char| c == '#' || c.is_whitespace());
    let lower = body.to_lowercase();
    let numbering = NUMBERING.find(&lower).map_or(0, |found| found.end());
    let text = body.get(numbering..).unwrap_or(body).trim();
    let asks = comment_asks(text);
    let foreign = text.chars().filter(|c| !c.is_ascii() && c.is_alphabetic()).count() >= 2;
    let long = text.split_whitespace().count() >= 2 || foreign;
    ((asks || foreign) && long && text.len() <= 300).then(|| text.trim_end_matches([':', '：']).to_owned())
}

/// Whether the words of a comment open with a verb, or with a condition before one.
fn comment_asks(text: &str) -> bool {
    let first = text.split(|c: char| c.is_whitespace() || c == ',').next().unwrap_or_default();
    words::is_check_verb(first)
        || words::is_action_verb(first)
        || crate::branches::opens(text) && crate::sentences::asks(text) != crate::sentences::Asks::Nothing
}

/// Statements of a language that is read line by line.
pub(crate) fn by_line(
    text: &Mapped,
    lines: &[CodeLine<'_>],
    language: &'static str,
    fits: fn(&str) -> bool,
) -> Vec<Statement> {
    let taken = lines.iter().filter(|line| fits(line.text.trim()));
    taken
        .map(|line| {
            let part = command_part(line.text, false);
            let part = line.start + part.start..line.start + part.end;
            let text = joined(text, std::slice::from_ref(&part));
            Statement::new(text, language)
        })
        .collect()
}

/// Statements of a language whose brackets join lines.
pub(crate) fn by_bracket(
    text: &Mapped,
    lines: &[CodeLine<'_>],
    language: &'static str,
    fits: fn(&str) -> bool,
) -> Vec<Statement> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut title = None;
    while at < lines.len() {
        let line = lines[at].text.trim();
        if let Some(comment) = line.strip_prefix('#').or_else(|| line.strip_prefix("//")) {
            title = comment_title(comment).or(title);
        }
        if !fits(line) {
            at += 1;
            continue;
        }
        let count = bracket_extent(lines[at..].iter().map(|line| line.text)).max(1);
        let parts: Vec<_> = lines[at..at + count]
            .iter()
            .map(|line| line.start..line.start + line.text.trim_end().len())
            .collect();
        found.push(Statement { title: title.take(), ..Statement::new(joined(text, &parts), language) });
        at += count;
    }
    found
}

static RUBY_OPEN: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(r"^(?:if|unless|while|until|case|begin|def|class|module|for)\b|\bdo(?:\s*\|[^|]*\|)?\s*$")
});

/// How many lines a statement takes when brackets, `do … end` and trailing operators join them.
pub(crate) fn bracket_extent<'t>(lines: impl Iterator<Item = &'t str>) -> usize {
    let mut depth = 0_i64;
    let mut count = 0;
    for line in lines.take(200) {
        count += 1;
        let body = line.trim();
        depth += bracket_balance(body);
        depth += i64::from(RUBY_OPEN.is_match(body));
        depth -= i64::from(body == "end" || body.starts_with("end.") || body.ends_with("; end"));
        if depth <= 0 && !body.ends_with(['|', '`', ',', '.']) {
            return count;
        }
    }
    if depth > 0 { 1 } else { count }
}

fn bracket_balance(line: &str) -> i64 {
    let mut quote = None;
    let mut balance = 0;
    for c in line.chars() {
        match quote {
            Some(open) if open == c => quote = None,
            Some(_) => {}
            None => match c {
                '"' | '\'' => quote = Some(c),
                '(' | '[' | '{' => balance += 1,
                ')' | ']' | '}' => balance -= 1,
                _ => {}
            },
        }
    }
    balance
}

/// A line for a Redis client.
pub(crate) fn is_redis(line: &str) -> bool {
    const COMMANDS: &str = "get set del keys scan info flushall flushdb config client slowlog monitor ping exists expire ttl hget hgetall hset \
     lrange llen lpush rpush sadd smembers zrange zadd zcard type dbsize save bgsave bgrewriteaof slaveof replicaof role cluster sentinel memory \
     debug select auth object strlen unlink incr decr publish subscribe shutdown acl latency wait xinfo xlen xrange eval script";
    let first = line.split_whitespace().next().unwrap_or_default();
    let name = first.to_ascii_lowercase();
    let cased = first == name || first == name.to_ascii_uppercase();
    !shape::is_prose(line)
        && (cased && COMMANDS.split_whitespace().any(|known| known == name) || name == "redis-cli")
}

static MONGO: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"^(?:db\.\w|rs\.\w+\(|sh\.\w+\(|use \w+;?$|show (?:dbs|collections|databases|users|profile|tables)\b|(?:var|let|const) \w+ ?= ?(?:db|rs|sh)\.)",
    )
});

/// A line for MongoDB's shell.
pub(crate) fn is_mongo(line: &str) -> bool {
    MONGO.is_match(line)
}

/// A line that no one but MongoDB's shell reads.
pub(crate) fn is_mongo_strong(line: &str) -> bool {
    line.starts_with("db.") && line.contains('(') || line.starts_with("rs.") && line.contains('(')
}

/// A line for a Ruby console.
pub(crate) fn is_ruby(line: &str) -> bool {
    let output = line.starts_with("=>") || line.starts_with('#') || line.is_empty() || line == "end";
    !output && !shape::is_output(line) && !shape::is_prose(line)
}

/// A line for PowerShell.
pub(crate) fn is_powershell(line: &str) -> bool {
    let first = shape::first_word(line);
    let compound = matches!(first, "foreach" | "if" | "while" | "ForEach-Object");
    let enclosed = line.strip_prefix('(').map(shape::first_word).is_some_and(shape::is_cmdlet);
    shape::is_cmdlet(first)
        || enclosed
        || line.starts_with('$') && line.contains('=')
        || compound
        || line.starts_with('&')
        || words::is_program(first) && shape::has_shell_sign(line)
}

/// A line for the Windows command interpreter.
pub(crate) fn is_cmd(line: &str) -> bool {
    let first = shape::first_word(line).to_ascii_lowercase();
    let comment = first == "rem" || line.starts_with("::") || line.starts_with('@');
    !comment && !shape::is_output(line) && !shape::is_prose(line) && is_cmd_name(&first)
}

fn is_cmd_name(first: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'\\' | b':');
    !first.is_empty() && (words::is_program(first) || first.ends_with(".exe") || first.bytes().all(plain))
}
