//! What a value may be in which place, and how it is written there.

use super::place::{Hole, Place};

/// The longest value, in bytes.
const LONGEST: usize = 4096;

/// Programs and shell words that read their text once more as code: a value that is quoted for this shell would be
/// syntax for the next reader.
const READERS: &[&str] = &[
    "sh",
    "bash",
    "zsh",
    "dash",
    "ksh",
    "ash",
    "fish",
    "csh",
    "tcsh",
    "busybox",
    "ssh",
    "su",
    "runuser",
    "eval",
    "source",
    "trap",
    "xargs",
    "parallel",
    "watch",
    "script",
    "expect",
    "at",
    "batch",
    "crontab",
    "find",
    "awk",
    "gawk",
    "mawk",
    "sed",
    "perl",
    "ruby",
    "node",
    "php",
    "lua",
    "jq",
    "yq",
    "psql",
    "mysql",
    "mariadb",
    "sqlite3",
    "sqlcmd",
    "clickhouse-client",
    "cqlsh",
    "influx",
    "redis-cli",
    "mongo",
    "mongosh",
    "osascript",
    "powershell",
    "pwsh",
    "cmd",
    "ansible",
    "salt",
    "pdsh",
    "clush",
    "pssh",
    "mosh",
    "rsh",
    "tmux",
    "screen",
    "nsenter",
    "chroot",
    "let",
    "declare",
    "typeset",
    "local",
    "readonly",
    "unset",
    "read",
    "mapfile",
    "readarray",
    "getopts",
    "wait",
    "alias",
    "bind",
    "complete",
    "compgen",
    "enable",
    "hash",
    "-v",
    "m4",
    "make",
    "gdb",
    "vim",
    "ed",
    "ex",
    "bc",
    "dc",
    "sudoedit",
    "systemd-run",
    "docker",
    "podman",
    "kubectl-exec",
    "exec",
    "curl",
    "wget",
    "gcloud",
    "mc",
    "nc",
];

/// Words that the shell's grammar reads as itself where a command may begin.
const RESERVED: &[&str] = &[
    "if", "then", "else", "elif", "fi", "do", "done", "case", "esac", "while", "until", "for", "in",
    "select", "function", "time", "coproc",
];

/// Names through which an environment changes what a command means.
const FORBIDDEN_NAMES: &[&str] = &[
    "PATH",
    "IFS",
    "ENV",
    "BASH_ENV",
    "SHELLOPTS",
    "BASHOPTS",
    "PS4",
    "PROMPT_COMMAND",
    "HOME",
    "SHELL",
    "CDPATH",
    "GLOBIGNORE",
    "PYTHONPATH",
    "PERL5LIB",
    "PERL5OPT",
    "RUBYOPT",
    "NODE_OPTIONS",
    "EDITOR",
    "VISUAL",
    "PAGER",
];

/// Whether the command, or a part of it, is read again by another interpreter.
pub(super) fn reads_its_text_again(command: &str) -> bool {
    if ["[[", "((", "<<<"].iter().any(|mark| command.contains(mark)) {
        return true;
    }
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    command.split(|c| !is_word(c)).any(|word| READERS.contains(&word) || word.starts_with("python"))
}

/// What no place takes.
pub(super) fn acceptable(value: &str) -> Result<(), &'static str> {
    if value.is_empty() {
        Err("it is empty, and an empty word could widen what the command acts on")
    } else if value.len() > LONGEST {
        Err("it is longer than 4,096 bytes")
    } else if value.chars().any(char::is_control) {
        Err("it contains a line break, a NUL or another control character")
    } else {
        Ok(())
    }
}

/// Whether the value may stand in this place.
pub(super) fn fits(value: &str, hole: &Hole<'_>, plain_only: bool) -> Result<(), &'static str> {
    if hole.place == Place::Never {
        return Err("a here-document, or a character before it, leaves no safe way to put a value here");
    }
    if value.starts_with('-') && !follows_text(hole) {
        return Err("it begins with a dash and would be read as an option");
    }
    let read_again = plain_only || hole.place == Place::Murky;
    if read_again && is_unclear(value) {
        return Err(
            "here only letters, digits and _ . / : @ % + - are taken, because the text is read once more",
        );
    }
    // An unquoted $X is split into words and matched against file names.
    let splits = hole.shell_variable && hole.place == Place::Word;
    if splits && !is_plain(value) {
        return Err(
            "the command uses it without quotes, so only letters, digits and _ . / : @ % + - are taken",
        );
    }
    Ok(())
}

/// Whether something stands directly before it in the same word, so that its first character is not the word's.
fn follows_text(hole: &Hole<'_>) -> bool {
    hole.before.is_some_and(|c| c == '=' || is_plain_char(c))
}

/// Anything that another reader could take for more than a word; `--` begins a comment in SQL.
fn is_unclear(value: &str) -> bool {
    !is_plain(value) || value.contains("--")
}

/// Whether a name may be set in the environment of a command.
pub(super) fn environment_name(name: &str) -> Result<(), &'static str> {
    let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.starts_with(|c: char| c.is_ascii_digit());
    let loads = ["LD_", "DYLD_", "GIT_", "BASH_FUNC_"].iter().any(|prefix| name.starts_with(prefix));
    if !is_name || loads || FORBIDDEN_NAMES.contains(&name) {
        return Err("a variable of this name changes how commands are found or read");
    }
    Ok(())
}

/// The value as it is written in its place. [`fits`] has let it through.
pub(super) fn spliced(value: &str, hole: &Hole<'_>) -> String {
    match hole.place {
        Place::Word if is_bare(value, hole) => value.to_owned(),
        Place::Word => format!("'{}'", value.replace('\'', r"'\''")),
        Place::Single => value.replace('\'', r"'\''"),
        Place::Double => escaped(value),
        Place::Murky | Place::Comment | Place::Never => value.to_owned(),
    }
}

/// How a secret's variable is named in its place: the secret itself never enters the text.
pub(super) fn reference(name: &str, place: Place) -> Result<String, &'static str> {
    match place {
        Place::Word => Ok(format!("\"${{{name}}}\"")),
        Place::Double => Ok(format!("${{{name}}}")),
        _ => {
            Err("a secret stands in quotes, or in a place, where it could not be passed without being shown")
        }
    }
}

/// The upper-case name of a secret's variable: what is no letter or digit becomes `_`.
pub(super) fn upper(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}

pub(super) const fn is_plain_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/' | ':' | '@' | '%' | '+' | '-')
}

fn is_plain(value: &str) -> bool {
    value.chars().all(is_plain_char)
}

/// Whether an unquoted value means itself. `2` before `>` would name a descriptor, `then` is a word of the grammar.
fn is_bare(value: &str, hole: &Hole<'_>) -> bool {
    is_plain(value) && !RESERVED.contains(&value) && !matches!(hole.after, Some('<' | '>' | '('))
}

fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 8);
    for c in value.chars() {
        if matches!(c, '\\' | '"' | '$' | '`') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
