//! Prompts: what a terminal wrote before the command.

use std::sync::LazyLock;

use crate::patterns::{Pattern, pattern};
use crate::words;

/// A prompt at the start of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Prompt {
    /// Its length in bytes: the command starts there.
    pub(crate) length: usize,
    /// What reads the command.
    pub(crate) language: &'static str,
    /// The host or database it names.
    pub(crate) context: Option<String>,
    /// Whether it carries on the statement above.
    pub(crate) continues: bool,
}

/// Pattern, language, whether it carries on. The group `host` names the place.
const PATTERNS: &[(&str, &str, bool)] = &[
    (r"^\s*(?:\([\w.-]+\) )?\[(?P<host>[\w.-]+@[\w.-]+)[^\]\n]{0,60}\] ?[$#] ?", "bash", false),
    (r"^\s*(?:\([\w.-]+\) )?(?P<host>[\w.-]+@[\w.-]+)(?:[: ][^$#\n]{0,60})? ?[$#] ?", "bash", false),
    (
        r"^\s*(?P<host>(?:[\w.-]+@)?[A-Za-z][\w.-]{1,40}(?:\([\w.-]{1,30}\))?)[>#] ?(?:sh(?:ow?)?|conf(?:ig(?:ure)?)?|interface|int|router|no|neighbor|ping|traceroute|clear|write|wr|copy|commit|rollback|request|monitor|reload|enable|disable|end|exit|debug|undebug|set|delete|deactivate|activate|shutdown|vlan|switchport|ip|terminal|reset|display|system-view|undo)(?:\s|$)",
        "network",
        false,
    ),
    (r"^\s*(?P<host>[a-z][\w.-]{1,40}(?::[~/][^$#\s]{0,60})?)[$#] +", "bash", false),
    (r"^\s*(?:sh|bash)-\d[\d.]*[$#] ?", "bash", false),
    (r"^\s*(?:/|~|/[\w/.-]+) [$#] ", "bash", false),
    (r"^\s*(?:➜|❯|λ|\([\w.-]+\) \$|\$|%) +(?:~ )?", "bash", false),
    (r"^\s*(?:└|╰)(?:─)+ ?(?:[$#>]|➤|❯) +", "bash", false),
    (r"^\s*\[PS\] [A-Z]:[^>\n]{0,80}> ?", "powershell", false),
    (r"^\s*PS(?: [A-Z]:[^>\n]{0,80})?> ?", "powershell", false),
    (r"^\s*[A-Z]:\\[^>\n]{0,80}> ?", "cmd", false),
    (r"^\s*(?P<host>[a-z_][\w-]{0,40}(?:::\w{1,40})?)=[*!]?[>#] +", "sql", false),
    (r"^\s*(?P<host>[a-z_][\w-]{0,40}(?:::\w{1,40})?)[-'(\x22][*!]?[>#] +", "sql", true),
    (
        r"^\s*(?:mysql|sqlite|cqlsh(?::\w+)?|SQL|sql|MariaDB \[[^\]\n]{0,40}\]|MySQL \[[^\]\n]{0,40}\]|RMAN|clickhouse|presto|trino|hive)(?:\([^)\n]{0,40}\))?> *",
        "sql",
        false,
    ),
    (r"^\s+(?:->|'>|\x22>) +", "sql", true),
    (
        r"^\s*(?P<host>(?:redis[\w.-]*|\d{1,3}(?:\.\d{1,3}){3}|localhost|[\w.-]+)(?::\d{2,5})(?:\[\d+\])?)> ?",
        "redis",
        false,
    ),
    (r"^\s*redis(?:-cli)?> ?", "redis", false),
    (
        r"^\s*(?:[\w.-]+:(?:PRIMARY|SECONDARY|ARBITER|OTHER)|mongos|mongo|mongosh|(?:Enterprise |Atlas )?[\w.-]+ \[(?:primary|secondary|direct: \w+|mongos)\] [\w-]+)> ?",
        "mongo",
        false,
    ),
    (r"^\s*(?:irb\([^)\n]{0,20}\)[:\d]*[>*]|\[\d+\] pry\([^)\n]{0,20}\)>|>>) ", "ruby", false),
    (r"^\s*>>> ", "python", false),
];

static COMPILED: LazyLock<Vec<(Pattern, &'static str, bool)>> = LazyLock::new(|| {
    PATTERNS.iter().map(|(source, language, continues)| (pattern(source), *language, *continues)).collect()
});
static ROOT: LazyLock<Pattern> = LazyLock::new(|| pattern(r"^\s*# ?"));
static ANGLE: LazyLock<Pattern> = LazyLock::new(|| pattern(r"^\s*> ?"));

/// The prompt at the start of a line that cannot be anything else.
pub(crate) fn prompt(line: &str) -> Option<Prompt> {
    glued(line).or_else(|| {
        let head = head(line);
        if !may_hold_one(head) {
            return None;
        }
        COMPILED.iter().find_map(|(pattern, language, continues)| {
            let captures = pattern.captures(head)?;
            let whole = captures.get(0)?;
            // The pattern for a network device reads on to its verb; the prompt ends before it.
            let length = match *language {
                "network" => {
                    whole.as_str().rfind(['>', '#']).map_or(whole.end(), |at| whole.start() + at + 1)
                }
                _ => whole.end(),
            };
            let length = length + (line.len() - length - line[length..].trim_start().len());
            let context = captures.name("host").map(|host| host.as_str().to_owned());
            Some(Prompt { length, language, context, continues: *continues })
        })
    })
}

/// Every prompt has one of these signs, or one beyond ASCII: most lines need not be held against twenty patterns.
fn may_hold_one(head: &str) -> bool {
    head.bytes().any(|byte| matches!(byte, b'$' | b'#' | b'>' | b'%' | b'*') || !byte.is_ascii())
}

/// The start of a line: no prompt is longer.
fn head(line: &str) -> &str {
    let end = (0..=line.len().min(200)).rev().find(|&at| line.is_char_boundary(at)).unwrap_or(0);
    &line[..end]
}

/// `$terraform plan`: a prompt stuck to a known program.
fn glued(line: &str) -> Option<Prompt> {
    let body = line.trim_start();
    let rest = body.strip_prefix('$')?;
    let word: String =
        rest.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.')).collect();
    let known = words::is_program(&word) && word.starts_with(|c: char| c.is_ascii_lowercase());
    let spaced = rest[word.len()..].starts_with(' ') || rest.len() == word.len();
    (known && spaced).then(|| Prompt {
        length: line.len() - rest.len(),
        language: "bash",
        context: None,
        continues: false,
    })
}

/// `# cmd` where the block shows that `#` is root's prompt.
pub(crate) fn root(line: &str) -> Option<Prompt> {
    bare(&ROOT, line)
}

/// `> cmd` where the block shows that `>` is a prompt.
pub(crate) fn angle(line: &str) -> Option<Prompt> {
    bare(&ANGLE, line)
}

fn bare(pattern: &Pattern, line: &str) -> Option<Prompt> {
    let length = pattern.find(head(line))?.end();
    (!line[length..].trim().is_empty()).then_some(Prompt {
        length,
        language: "bash",
        context: None,
        continues: false,
    })
}
