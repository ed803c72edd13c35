//! Blocks with prompts: only what stands behind a prompt is a command, the rest is what the terminal wrote.

use super::block::{Lead, Tag};
use super::prompts::{self, Prompt};
use super::script::{self, comment_title};
use super::shape;
use super::shell::statement_lines;
use super::sql;
use super::statement::{CodeLine, Page, Statement, command_part, joined};
use crate::mapped::Mapped;

/// The prompts of a block's lines, when it is a transcript.
pub(crate) fn prompts(
    lines: &[CodeLine<'_>],
    tag: Tag,
    known: &dyn Fn(&str) -> bool,
    rooted: bool,
) -> Option<Vec<Option<Prompt>>> {
    let found: Vec<_> = lines.iter().map(|line| prompts::prompt(line.text)).collect();
    if found
        .iter()
        .zip(lines)
        .any(|(prompt, line)| prompt.as_ref().is_some_and(|p| speaks(p, line.text, known)))
    {
        return Some(found);
    }
    let strong = |line: &str| shape::is_strong_command(line, known) && !shape::is_prose(line);
    let rooted = |line: &str| {
        strong(line)
            || rooted
                && tag == Tag::Console
                && line.contains(['-', '/', '='])
                && shape::is_plausible_command(line, known)
    };
    bare_prompts(lines, tag, (&rooted, &strong), prompts::root, "#")
        .or_else(|| bare_prompts(lines, tag, (&strong, &strong), prompts::angle, ">"))
}

/// Whether a line is a command.
type Test<'t> = &'t dyn Fn(&str) -> bool;

/// `#` and `>` are prompts when a command follows one of them and none stands without.
fn bare_prompts(
    lines: &[CodeLine<'_>],
    tag: Tag,
    (behind_sign, strong): (Test<'_>, Test<'_>),
    reader: fn(&str) -> Option<Prompt>,
    sign: &str,
) -> Option<Vec<Option<Prompt>>> {
    if !matches!(tag, Tag::Shell | Tag::Console | Tag::Judge) {
        return None;
    }
    let marked = |line: &CodeLine<'_>| line.text.trim_start().starts_with(sign);
    let behind = |line: &CodeLine<'_>| {
        reader(line.text).is_some_and(|prompt| behind_sign(&line.text[prompt.length..]))
    };
    let first = lines.iter().find(|line| !line.text.trim().is_empty())?;
    let open = lines.iter().any(|line| !marked(line) && strong(line.text));
    (behind(first) && !open)
        .then(|| lines.iter().map(|line| if behind(line) { reader(line.text) } else { None }).collect())
}

/// Whether a command stands behind the prompt.
fn speaks(prompt: &Prompt, line: &str, known: &dyn Fn(&str) -> bool) -> bool {
    let body = line[prompt.length..].trim();
    !body.is_empty() && (prompt.language != "bash" || shape::is_plausible_command(body, known))
}

/// The statements of a transcript.
pub(crate) fn statements(
    text: &Mapped,
    lines: &[CodeLine<'_>],
    prompts: &[Option<Prompt>],
    lead: Lead,
    page: &Page,
) -> Vec<Statement> {
    let mut reader = Reader { text, lines, prompts, lead, page, found: Vec::new(), title: None, quiet: true };
    let mut at = 0;
    while at < lines.len() {
        at += reader.take(at).max(1);
    }
    reader.found
}

struct Reader<'a, 't> {
    text: &'a Mapped,
    lines: &'a [CodeLine<'t>],
    prompts: &'a [Option<Prompt>],
    lead: Lead,
    page: &'a Page,
    found: Vec<Statement>,
    title: Option<String>,
    /// Nothing was written since the last command.
    quiet: bool,
}

impl Reader<'_, '_> {
    /// Takes the line at `at`; gives how many lines it took.
    fn take(&mut self, at: usize) -> usize {
        let line = self.lines[at].text;
        let prompt = self.prompts[at].clone();
        let body = prompt.as_ref().map_or(line, |prompt| &line[prompt.length..]).trim();
        if body.is_empty() {
            return 1;
        }
        if let Some(comment) = comment(body, prompt.is_some()) {
            self.title = comment_title(comment).or(self.title.take());
            return 1;
        }
        match prompt {
            Some(prompt) if !prompt.continues => self.prompted(at, &prompt, body),
            None if self.is_unprompted_command(body) => {
                let plain = Prompt { length: 0, language: "bash", context: None, continues: false };
                self.prompted(at, &plain, body)
            }
            _ => {
                self.quiet = false;
                1
            }
        }
    }

    /// A command whose prompt its author left out: nothing was written since the last one.
    fn is_unprompted_command(&self, body: &str) -> bool {
        self.quiet
            && !self.lead.output
            && self.found.last().is_none_or(|last| last.language == "bash")
            && shape::is_strong_command(body, &|name: &str| self.page.knows(name))
            && shape::has_shell_sign(body)
    }

    fn prompted(&mut self, at: usize, prompt: &Prompt, body: &str) -> usize {
        let known = |name: &str| self.page.knows(name);
        let fits = match prompt.language {
            "bash" if self.lead.output => shape::is_strong_command(body, &known),
            "bash" => shape::is_plausible_command(body, &known) && !shape::is_table_row(body),
            "sql" => sql::is_start(body) || sql::is_client_word(body),
            _ => !shape::is_table_row(body),
        };
        if !fits {
            self.quiet = false;
            return 1;
        }
        let count = self.extent(at, prompt);
        let text = joined(self.text, &self.parts(at, count, prompt));
        self.quiet = true;
        if !text.is_blank() {
            let (language, context) = (prompt.language, prompt.context.clone());
            self.found.push(Statement {
                context,
                title: self.title.take(),
                ..Statement::new(text, language)
            });
        }
        count
    }

    /// How many lines the statement at `at` takes: never past the next prompt.
    fn extent(&self, at: usize, prompt: &Prompt) -> usize {
        let end = (at + 1..self.lines.len())
            .find(|&next| self.prompts[next].as_ref().is_some_and(|next| !next.continues))
            .unwrap_or(self.lines.len());
        let bodies = (at..end).map(|index| {
            let from = if index == at { prompt.length } else { self.continuation(index, prompt) };
            &self.lines[index].text[from..]
        });
        let count = match prompt.language {
            "sql" => sql::extent(bodies),
            "bash" => statement_lines(bodies).unwrap_or(1),
            "redis" | "cmd" | "python" | "network" => 1,
            _ => script::bracket_extent(bodies),
        };
        count.max(1)
    }

    /// Where a carried-on line starts: behind its `> ` or `db-> `.
    fn continuation(&self, index: usize, opened: &Prompt) -> usize {
        let line = self.lines[index].text;
        match &self.prompts[index] {
            Some(prompt) if prompt.continues => prompt.length,
            _ if opened.language == "sql" => sql::line_number(line),
            _ => line.strip_prefix("> ").map_or(0, |_| 2),
        }
    }

    fn parts(&self, at: usize, count: usize, prompt: &Prompt) -> Vec<std::ops::Range<usize>> {
        let shell = prompt.language == "bash";
        let heredoc = self.lines[at..at + count].iter().any(|line| line.text.contains("<<"));
        (at..at + count)
            .map(|index| {
                let line = &self.lines[index];
                let from = if index == at { prompt.length } else { self.continuation(index, prompt) };
                let part = command_part(&line.text[from..], shell && !heredoc);
                line.start + from + part.start..line.start + from + part.end
            })
            .collect()
    }
}

/// The words of a comment; behind a prompt, `#tag` is none.
fn comment(body: &str, prompted: bool) -> Option<&str> {
    body.strip_prefix('#').filter(|rest| !prompted || rest.starts_with([' ', '#']))
}
