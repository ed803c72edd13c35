//! One block of code: what it is, and the statements in it.

use std::sync::LazyLock;

use super::script::{self, Strictness};
use super::statement::{CodeLine, Page, Statement, code_lines};
use super::{numbered, shape, sql, transcript};
use crate::mapped::Mapped;
use crate::patterns::{Pattern, pattern};

/// What a block's tag says of its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tag {
    /// A script to run.
    Shell,
    /// A terminal: commands and what they wrote.
    Console,
    Sql,
    Redis,
    Mongo,
    Ruby,
    PowerShell,
    Cmd,
    /// Nothing, or nothing to rely on.
    Judge,
    /// Configuration, data, source code, queries.
    Never,
}

#[rustfmt::skip]
const TAGS: &[(Tag, &str)] = &[
    (Tag::Shell, "bash sh shell zsh ksh fish azurecli azurecli-interactive azurecli-inspect cli shellscript bourne gcloud aws kubectl command commands commandline term exec prompt"),
    (Tag::Console, "console shell-session shellsession sh-session bash-session terminal session ssh"),
    (Tag::Sql, "sql psql postgresql postgres pgsql mysql plsql tsql mariadb plpgsql sqlite cql hql oracle"),
    (Tag::Redis, "redis"),
    (Tag::Mongo, "mongo mongodb mongosh javascript js"),
    (Tag::Ruby, "ruby rb irb"),
    (Tag::PowerShell, "powershell ps1 pwsh posh ps azurepowershell azurepowershell-interactive"),
    (Tag::Cmd, "cmd bat batch dosbatch batchfile dos"),
    (Tag::Judge, "text txt plain plaintext none java output-text code example literal html/xml nohighlight noformat"),
];

/// What a language name stands for.
pub(crate) fn tag(language: Option<&str>) -> Tag {
    let Some(language) = language else { return Tag::Judge };
    TAGS.iter()
        .find(|(_, names)| names.split_whitespace().any(|name| name == language))
        .map_or(Tag::Never, |(tag, _)| *tag)
}

/// What stands before a block and bears on it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Lead {
    /// It announces what a program writes.
    pub(crate) output: bool,
    /// It announces the content of a file.
    pub(crate) file: bool,
    /// It forbids what follows.
    pub(crate) forbidden: bool,
    /// It speaks of a console of the application.
    pub(crate) console: bool,
}

static OUTPUT: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)\boutputs?\b|should (?:now )?(?:see|show|display|return|look|print|get|output|produce|contain)|looks? (?:like|similar|something)|\bsimilar to\b|something like|\breturns?\b|\bresponse\b|\bresults?\b|will (?:see|show|print|return|look|output|display|get)|\bexpected\b|\bprints?\b|displays|you(?:'ll| will| can| should| may| might) see|\bshows\b|error message|following (?:error|warning|alert|message|log|exception|lines?)|log (?:entries|lines?|message)|alerts? (?:like|such)|\bsortie\b|\bausgabe\b|\bsalida\b|输出|返回|結果|出力",
    )
});
static RUN: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:run|running|execute|executing|issue|use|using|invoke|invocation|type|enter|try|commands?|call|calling|do|perform|excuted|executed)\b|exécut|lancer|lancez|ausführen|ejecut|执行|运行|実行",
    )
});
static FILE: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:save|create|write|put|add|paste|append|copy|edit|modify|change|update|insert|place|include|contains?|configure|set)\b.*\b(?:file|script|crontab|profile|bashrc|zshrc|config(?:uration)?|manifest|template|playbook|dockerfile|makefile|unit|section|stanza|block|content|contents)\b|(?:following|these|this) (?:content|contents|lines?|script|configuration|snippet)\b|\.(?:ya?ml|json|conf|cfg|ini|toml|env|xml|properties|service|tf|tfvars|cnf)\b[`'\x22)]*\s*:?\s*$",
    )
});
static FORBIDDEN: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:never|do not|don't|must not|mustn't|should not|shouldn't|cannot|can't|avoid)\s+(?:ever\s+)?(?:try to\s+)?(?:run|use|execute|issue|type|do|call|running|using|executing)\b",
    )
});
static CONSOLE: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)rails[ -]?c\b|rails console|\bconsole\b|\birb\b|\bpry\b|\brepl\b|mongo(?:sh|db)? shell|\bruby\b",
    )
});

/// Reads what the text before a block (and its heading) says of it.
pub(crate) fn lead(text: &str, heading: &str) -> Lead {
    let last = crate::sentences::last(text);
    Lead {
        output: OUTPUT.is_match(last) && !RUN.is_match(last),
        file: FILE.is_match(last) && !RUN.is_match(last),
        forbidden: FORBIDDEN.is_match(last),
        console: CONSOLE.is_match(text) || CONSOLE.is_match(heading),
    }
}

/// The statements of a block, in order.
pub(crate) fn statements(text: &Mapped, language: Option<&str>, lead: Lead, page: &Page) -> Vec<Statement> {
    match numbered::without_numbers(text) {
        Some(bare) => of_text(&bare, language, lead, page),
        None => of_text(text, language, lead, page),
    }
}

fn of_text(text: &Mapped, language: Option<&str>, lead: Lead, page: &Page) -> Vec<Statement> {
    let tag = tag(language);
    let lines = code_lines(text.text());
    if tag == Tag::Never || lead.forbidden || lines.iter().any(|line| line.text.starts_with("#!")) {
        return Vec::new();
    }
    let known = |name: &str| page.knows(name);
    if let Some(prompts) = transcript::prompts(&lines, tag, &known, page.rooted) {
        return transcript::statements(text, &lines, &prompts, lead, page);
    }
    if lead.file {
        return Vec::new();
    }
    unprompted(text, &lines, tag, lead, page)
}

fn unprompted(text: &Mapped, lines: &[CodeLine<'_>], tag: Tag, lead: Lead, page: &Page) -> Vec<Statement> {
    match tag {
        Tag::Judge => judged(text, lines, lead, page),
        Tag::Shell | Tag::Console if sql::is_strong_block(lines) => sql::statements(text, lines),
        Tag::Shell | Tag::Console => {
            let strictness = if lead.output { Strictness::Known } else { Strictness::Plausible };
            script::shell(text, lines, strictness, page)
        }
        tag => foreign(text, lines, tag, lead),
    }
}

/// The statements of another language than a shell's.
fn foreign(text: &Mapped, lines: &[CodeLine<'_>], tag: Tag, lead: Lead) -> Vec<Statement> {
    let refused = match tag {
        Tag::Sql => lead.output,
        Tag::Ruby => lead.output || !lead.console,
        _ => false,
    };
    match tag {
        _ if refused => Vec::new(),
        Tag::Sql => sql::statements(text, lines),
        Tag::Redis => script::by_line(text, lines, "redis", script::is_redis),
        Tag::Cmd => script::by_line(text, lines, "cmd", script::is_cmd),
        tag => bracketed(text, lines, tag),
    }
}

/// The statements of a language whose brackets join lines.
fn bracketed(text: &Mapped, lines: &[CodeLine<'_>], tag: Tag) -> Vec<Statement> {
    match tag {
        Tag::Mongo => script::by_bracket(text, lines, "mongo", script::is_mongo),
        Tag::Ruby => script::by_bracket(text, lines, "ruby", script::is_ruby),
        Tag::PowerShell => script::by_bracket(text, lines, "powershell", script::is_powershell),
        _ => Vec::new(),
    }
}

/// A block without a tag to rely on: its first line that says something decides.
fn judged(text: &Mapped, lines: &[CodeLine<'_>], lead: Lead, page: &Page) -> Vec<Statement> {
    if sql::is_strong_block(lines) && !lead.output {
        return sql::statements(text, lines);
    }
    let first =
        lines.iter().map(|line| line.text.trim()).find(|line| !line.is_empty() && !line.starts_with('#'));
    let Some(first) = first else { return Vec::new() };
    if first.split_whitespace().next().is_some_and(shape::is_cmdlet) {
        return script::by_bracket(text, lines, "powershell", script::is_powershell);
    }
    if !lead.output && script::is_mongo_strong(first) {
        return script::by_bracket(text, lines, "mongo", script::is_mongo);
    }
    if shape::is_promql(first) && !page.knows(shape::program(first)) {
        return Vec::new();
    }
    script::shell(text, lines, Strictness::Known, page)
}
