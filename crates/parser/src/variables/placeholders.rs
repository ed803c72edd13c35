//! Placeholders, style by style. A range that one style has taken is closed to the styles after it.

use std::ops::Range;
use std::sync::LazyLock;

use crate::normalise::html;
use crate::patterns::{Pattern, pattern};
use crate::words;

/// Where a text stands: what can be a placeholder depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// A command of a shell.
    Shell,
    /// A command of another language.
    Statement,
    /// Configuration, output or other code.
    Code,
    /// Configuration whose `{{ }}` belongs to its own template language.
    Template,
    /// Running text.
    Prose,
}

/// A placeholder in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) name: String,
    pub(crate) placeholder: String,
    pub(crate) style: &'static str,
    pub(crate) range: Range<usize>,
}

struct Style {
    name: &'static str,
    pattern: LazyLock<Pattern>,
    places: &'static [Place],
    accepts: fn(&Scan<'_>, &str, Range<usize>) -> bool,
}

const ANY: &[Place] = &[Place::Shell, Place::Statement, Place::Code, Place::Template, Place::Prose];
const COMMANDS: &[Place] = &[Place::Shell, Place::Statement];
const CODE: &[Place] = &[Place::Shell, Place::Statement, Place::Code];

macro_rules! style {
    ($name:literal, $pattern:literal, $places:expr, $accepts:expr) => {
        Style {
            name: $name,
            pattern: LazyLock::new(|| pattern($pattern)),
            places: $places,
            accepts: $accepts,
        }
    };
}

static STYLES: [Style; 10] = [
    style!(
        "double_brace",
        r"\{\{-?\s*([A-Za-z_][\w.-]*(?: [A-Za-z][\w-]*){0,3})(?:\s*\|[^{}\n]*)?\s*-?\}\}",
        CODE,
        is_double_brace
    ),
    style!("angle", r"<<?([A-Za-z_\x80-\xff][^<>\n\x22`;&=(){}\\]{0,60}?)>>?", ANY, is_angle),
    style!("shell", r"\$\{([A-Za-z_]\w*)(?:[:#%/^,-][^{}\n]*)?\}", &[Place::Shell], is_shell),
    style!("shell", r"\$([A-Za-z_]\w*)", &[Place::Shell], is_shell),
    style!(
        "shell",
        r"\$\{?([A-Z][A-Z0-9_]{2,})\}?",
        &[Place::Code, Place::Prose, Place::Template],
        is_environment
    ),
    style!("brace", r"\{([A-Za-z_][\w-]*(?: [A-Za-z][\w-]*){0,3})\}", COMMANDS, is_brace),
    style!("your", r"(?i:\b(?:your|my))(?:[_-][A-Za-z0-9]+)+\b|\bYOUR(?: [A-Z][A-Z0-9_-]*)+", CODE, is_your),
    style!(
        "date",
        r"\bY{4}[-/_.]?M{2}(?:[-/_.]?D{2})?(?:[T_ -]?H{2}[:_-]?M{2}(?:[:_-]?S{2})?Z?)?\b",
        ANY,
        |_, _, _| true
    ),
    style!("bracket", r"\[([A-Za-z][A-Za-z0-9_ -]{2,40})\]", COMMANDS, is_bracket),
    style!("caps", r"\b[A-Z][A-Z0-9]*(?:[_-][A-Z0-9]+)*\b", &[Place::Shell], is_caps),
];

/// The placeholders of a text.
pub(crate) fn scan(text: &str, place: Place) -> Vec<Found> {
    if !text.contains(['<', '{', '$', '['])
        && !text.bytes().any(|byte| byte.is_ascii_uppercase())
        && !text.contains("your")
    {
        return Vec::new();
    }
    let mut scan = Scan::new(text, place);
    let mut found = Vec::new();
    for style in STYLES.iter().filter(|style| style.places.contains(&place)) {
        for captures in style.pattern.captures_iter(text) {
            let whole = captures.get(0).expect("group 0 is the match").range();
            let inner = captures.get(1).map_or(whole.clone(), |inner| inner.range());
            if scan.taken[whole.start] || !(style.accepts)(&scan, &text[inner.clone()], whole.clone()) {
                continue;
            }
            scan.taken[whole.clone()].fill(true);
            let name = text[inner].trim().to_owned();
            found.push(Found {
                name,
                placeholder: text[whole.clone()].to_owned(),
                style: style.name,
                range: whole,
            });
        }
    }
    found
}

struct Scan<'t> {
    text: &'t str,
    place: Place,
    taken: Vec<bool>,
    /// Inside single quotes of a shell command: nothing is expanded there.
    quoted: Vec<bool>,
    /// The text holds Go's template language.
    template: bool,
    sql: bool,
    program: &'t str,
}

impl<'t> Scan<'t> {
    fn new(text: &'t str, place: Place) -> Self {
        Self {
            text,
            place,
            taken: vec![false; text.len()],
            quoted: single_quoted(text, place),
            template: ["go-template", "{{range", "{{ range", "--template"]
                .iter()
                .any(|sign| text.contains(sign)),
            sql: text.contains("SELECT") || text.contains("FROM "),
            program: crate::candidates::shape::program(text),
        }
    }

    /// The last few hundred bytes before a place: enough to see what it stands in, and bounded.
    fn recent(&self, at: usize) -> &'t str {
        let mut from = at.saturating_sub(400);
        while !self.text.is_char_boundary(from) {
            from += 1;
        }
        &self.text[from..at]
    }

    fn before(&self, at: usize) -> Option<char> {
        self.text[..at].chars().next_back()
    }

    fn after(&self, at: usize) -> Option<char> {
        self.text[at..].chars().next()
    }
}

fn single_quoted(text: &str, place: Place) -> Vec<bool> {
    let mut quoted = vec![false; text.len()];
    if place != Place::Shell {
        return quoted;
    }
    let mut state = Quoting::default();
    for (at, c) in text.char_indices() {
        let inside = state.open == Some('\'');
        state.read(c);
        quoted[at..at + c.len_utf8()].fill(inside && c != '\'');
    }
    // A quote that never closes was an apostrophe.
    if state.open == Some('\'') { vec![false; text.len()] } else { quoted }
}

/// The quotes of a shell.
#[derive(Default)]
struct Quoting {
    open: Option<char>,
    escaped: bool,
}

impl Quoting {
    fn read(&mut self, c: char) {
        match (self.open, c) {
            (Some('\''), '\'') => self.open = None,
            (Some('\''), _) => {}
            _ if self.escaped => self.escaped = false,
            (_, '\\') => self.escaped = true,
            (Some('"'), '"') => self.open = None,
            (None, '\'' | '"') => self.open = Some(c),
            _ => {}
        }
    }
}

/// Words that outputs and templates put in angle brackets, and that nobody fills in.
const NOT_ANGLE: &str = "none unknown pending nil invalid unset empty null nodes default binary snip redacted omitted eof enter \
 tab esc ctrl lf cr br hr auto undefined anonymous no-value computed sensitive";

fn is_angle(scan: &Scan<'_>, inner: &str, whole: Range<usize>) -> bool {
    let name = inner.trim();
    is_angle_name(inner) && !is_markup(scan, name, &whole) && !is_generic_type(scan, name, &whole)
}

/// A name, not an address, a pattern, a path or a word of a program's output.
fn is_angle_name(inner: &str) -> bool {
    let lower = inner.to_lowercase();
    !inner.ends_with(' ')
        && !inner.starts_with([' ', '/'])
        && !inner.ends_with('/')
        && !inner.contains("://")
        && !inner.contains(['@', '|', '*'])
        && inner.trim().chars().count() > 1
        && !words::listed(NOT_ANGLE, lower.trim())
}

/// An element of HTML in running text.
fn is_markup(scan: &Scan<'_>, name: &str, whole: &Range<usize>) -> bool {
    scan.place == Place::Prose
        && !name.contains(['-', '_', ' '])
        && name.to_lowercase() == name
        && html::is_tag(&scan.text[whole.clone()])
}

/// `List<String>` in source code.
fn is_generic_type(scan: &Scan<'_>, name: &str, whole: &Range<usize>) -> bool {
    scan.place == Place::Code
        && scan.before(whole.start).is_some_and(char::is_alphanumeric)
        && name.starts_with(char::is_uppercase)
        && !name.contains(['_', '-', ' '])
}

/// The words of Go's, Jinja's and Liquid's own language.
const TEMPLATE_WORDS: &str = "range end if else with template define include printf println print index len json block not and or toyaml \
 site page current_page content super forelse raw";

fn is_double_brace(scan: &Scan<'_>, inner: &str, whole: Range<usize>) -> bool {
    let first = inner.split(['.', ' ']).next().unwrap_or_default().to_lowercase();
    let before = scan.recent(whole.start);
    let formatted = before.rfind("--format").is_some_and(|at| !before[at..].contains('\n'));
    !words::listed(TEMPLATE_WORDS, &first) && !formatted && !scan.template
}

fn is_brace(scan: &Scan<'_>, inner: &str, whole: Range<usize>) -> bool {
    let before = scan.before(whole.start);
    let after = scan.after(whole.end);
    let revision = before == Some('@') && matches!(inner, "u" | "upstream" | "push" | "now" | "yesterday");
    let nested =
        revision || before.is_some_and(|c| matches!(c, '$' | '{' | '%' | '\\')) || after == Some('}');
    let program = matches!(inner, "print" | "end" | "exit" | "next" | "range" | "getline");
    // In single quotes, braces belong to awk, jq or JSON unless they carry a name of several parts.
    let foreign = scan.quoted[whole.start] && !inner.contains(['_', '-']);
    let function =
        before == Some(' ') && after == Some(' ') && scan.recent(whole.start).trim_end().ends_with(')');
    !nested && !program && !foreign && !function
}

/// Variables that every shell sets.
const ENVIRONMENT: &str = "HOME USER PATH PWD SHELL HOSTNAME RANDOM EDITOR LANG TERM OLDPWD UID EUID IFS LOGNAME TMPDIR PPID SECONDS LINENO \
 BASH_SOURCE FUNCNAME PIPESTATUS REPLY OPTARG OPTIND PS1 DISPLAY MAILTO SSH_AUTH_SOCK _ null true false env args input matches PSItem this Error";

fn is_shell(scan: &Scan<'_>, inner: &str, whole: Range<usize>) -> bool {
    let escaped = scan.before(whole.start) == Some('\\');
    let known = words::listed(ENVIRONMENT, inner);
    let before = scan.recent(whole.start);
    let template = before.rfind("{{").is_some_and(|open| !before[open..].contains("}}"));
    !escaped && !known && !scan.quoted[whole.start] && !template
}

fn is_environment(_: &Scan<'_>, inner: &str, _: Range<usize>) -> bool {
    !words::listed(ENVIRONMENT, inner)
}

fn is_your(scan: &Scan<'_>, _: &str, whole: Range<usize>) -> bool {
    let text = &scan.text[whole.clone()];
    let capitals = text.chars().all(|c| !c.is_lowercase());
    let yours = text.to_ascii_lowercase().starts_with("your");
    // `my-bucket` is an example value that may be meant; `MY_BUCKET` and `your-bucket` are to be replaced.
    let assigned = scan.after(whole.end) == Some('=') && capitals;
    (yours || capitals)
        && scan.before(whole.start) != Some('$')
        && scan.before(whole.start) != Some('{')
        && !assigned
        && text.len() > 5
}

fn is_bracket(scan: &Scan<'_>, inner: &str, whole: Range<usize>) -> bool {
    let before = scan.before(whole.start);
    let after = scan.after(whole.end);
    let stands_alone = before.is_none_or(|c| c.is_whitespace() || "/=:@\"'-,(".contains(c))
        && after.is_none_or(|c| c.is_whitespace() || "/:@\"'-.,;)\\`".contains(c));
    let small_range = inner.len() == 3 && inner.as_bytes()[1] == b'-';
    stands_alone && !small_range && (is_bracket_name(inner) || is_plain_word(scan, inner, whole.start))
}

/// Several words, or capitals.
fn is_bracket_name(inner: &str) -> bool {
    let parts = inner.contains(['_', '-', ' ']) && !inner.contains("  ");
    parts || inner.chars().all(|c| !c.is_lowercase())
}

/// One word, where brackets have no meaning of their own.
fn is_plain_word(scan: &Scan<'_>, inner: &str, at: usize) -> bool {
    inner.len() >= 4 && scan.place == Place::Shell && !scan.quoted[at]
}

/// Last words of names that stand for a value.
const NOUNS: &str = "NAME ID IP HOST HOSTNAME NAMESPACE CLUSTER POD NODE USER USERNAME ORG SPACE PROJECT REGION ZONE BUCKET DATABASE DB \
 PASSWORD TOKEN SECRET URL PATH FILE FILENAME DIR DIRECTORY VERSION TAG BRANCH ENVIRONMENT ACCOUNT ARN INSTANCE SERVICE APP DOMAIN PORT DATE \
 NUMBER ROLE TEAM TENANT VOLUME DISK SNAPSHOT REPO REPOSITORY COMMIT SHA EMAIL ADDRESS DEVICE TOPIC QUEUE RESOURCE VALUE KEY CONTEXT DEPLOYMENT \
 RELEASE STACK PROFILE IMAGE CONTAINER PID UUID SERVER CIDR SUBNET VPC GROUP ENDPOINT APPLICATION ORGANIZATION XXX XXXX PVC PV MEMBER";
/// Names that are part of a tool's language.
const NOT_CAPS: &str =
    "KEY FILE VERSION DATE NAME IP USER GROUP PATH ID URL TAG HOST DATABASE PORT VALUE TOKEN ROLE ZONE";

fn is_caps(scan: &Scan<'_>, _: &str, whole: Range<usize>) -> bool {
    let word = &scan.text[whole.clone()];
    let last = word.rsplit(['_', '-']).next().unwrap_or_default();
    let names = matches!(scan.program, "unset" | "export" | "printenv" | "declare" | "iptables");
    word.len() >= 2
        && words::listed(NOUNS, last)
        && !names
        && stands_as_value(scan, &whole)
        && !is_word_of_tool(scan, word, &whole)
        && (!is_quoted_otherwise(scan, whole.start) || is_compared(scan, word, whole.start))
}

fn stands_as_value(scan: &Scan<'_>, whole: &Range<usize>) -> bool {
    scan.before(whole.start).is_some_and(|c| c.is_whitespace() || "/=:@\"'-,".contains(c))
        && scan.after(whole.end).is_none_or(|c| c.is_whitespace() || "/:@\"'-,.".contains(c))
}

/// A word such as `NAME` that is an argument of its own can be meant; elsewhere it belongs to a tool's language.
fn is_word_of_tool(scan: &Scan<'_>, word: &str, whole: &Range<usize>) -> bool {
    words::listed(NOT_CAPS, word) && !is_argument(scan, whole)
}

/// `'trace=TRACE_ID'`: a name of several parts, set against something in a quoted query.
fn is_compared(scan: &Scan<'_>, word: &str, at: usize) -> bool {
    scan.before(at) == Some('=') && !scan.sql && word.contains('_')
}

/// In quotes, where SQL and the language of a tool have their own words.
fn is_quoted_otherwise(scan: &Scan<'_>, at: usize) -> bool {
    let single = scan.quoted[at];
    single && scan.before(at) != Some('\'')
        || scan.sql && (single || scan.recent(at).matches('"').count() % 2 == 1)
}

/// A word that stands as an argument of its own, not inside a quoted text.
fn is_argument(scan: &Scan<'_>, whole: &Range<usize>) -> bool {
    let before = scan.recent(whole.start);
    let quotes = before.matches('"').count() % 2;
    quotes == 0
        && before.ends_with([' ', '/', '='])
        && !["-o", "-c"].iter().any(|flag| before.trim_end().ends_with(flag))
        && !before.contains("custom-columns")
}
