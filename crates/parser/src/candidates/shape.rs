//! What a line looks like: a command, output, configuration, a query or prose.

use std::sync::LazyLock;

use crate::patterns::{Pattern, pattern};
use crate::words;

static ASSIGNMENT: LazyLock<Pattern> = LazyLock::new(|| pattern(r"^(?:[A-Za-z_]\w*(?:\[[^\]]*\])?\+?=)"));
static ENVIRONMENT: LazyLock<Pattern> =
    LazyLock::new(|| pattern(r#"^[A-Za-z_]\w*=(?:"[^"]*"|'[^']*'|[^\s"'$`;|&]*|\$\{?\w+\}?)\s+"#));
static TIMESTAMP: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"^\[?(?:\d{4}[-/]\d\d[-/]\d\d|\d\d:\d\d(?::\d\d)?|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +\d|[IWEF]\d{4} |(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )",
    )
});
static KEY_VALUE: LazyLock<Pattern> =
    LazyLock::new(|| pattern(r#"^(?:- )?["']?[\w./ -]{1,60}["']?:(?:\s|$)"#));
static FLAG: LazyLock<Pattern> = LazyLock::new(|| pattern(r"\s--?[A-Za-z]"));
static TABLE_HEAD: LazyLock<Pattern> =
    LazyLock::new(|| pattern(r"^[A-Z][A-Z0-9_/%().#-]*(?:(?:\s{2,}| )[A-Z][A-Z0-9_/%().#-]*)+\s*$"));
static COLUMNS: LazyLock<Pattern> = LazyLock::new(|| pattern(r"\S {2,}\S+.* {2,}\S"));
static TROUBLE: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)^(?:error|warning|warn|fatal|info|debug|notice|err|exception|traceback|panic|caused by|success|failed|ok)\b[:\s(]",
    )
});
static MESSAGE: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r#"^[\w./-]+ (?:"[^"]+" )?(?:created|configured|unchanged|deleted|patched|restarted|scaled|labeled|annotated|drained|cordoned|uncordoned|evicted|exposed|successfully|rolled|replaced|edited|condition met|set|resource requirements updated|image updated)(?: [a-z() ]*)?$"#,
    )
});
static PROMQL: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"^(?:(?:sum|avg|max|min|count|topk|bottomk|rate|irate|increase|histogram_quantile|absent|label_replace|count_over_time|sum_over_time|max_over_time|predict_linear|delta|quantile)\s*(?:\(|by|without)|[a-z_:][\w:]*\{[^}]*\}|ALERTS\{|\{\w+[=!]~?)",
    )
});

/// The program of a statement: past assignments, `sudo` and the like.
pub(crate) fn program(statement: &str) -> &str {
    let mut rest = statement.trim_start();
    for _ in 0..8 {
        if let Some(found) = ENVIRONMENT.find(rest) {
            rest = rest[found.end()..].trim_start();
            continue;
        }
        let word = first_word(rest);
        if !matches!(word, "sudo" | "time" | "nohup" | "exec" | "command" | "env" | "doas" | "!") {
            return word;
        }
        let tail = after_options(&rest[word.len()..]);
        if tail.is_empty() {
            return word;
        }
        rest = tail;
    }
    first_word(rest)
}

/// Passes over the options of `sudo` and the like.
fn after_options(tail: &str) -> &str {
    let mut rest = tail.trim_start();
    while rest.starts_with('-') {
        let word = first_word(rest);
        rest = rest[word.len()..].trim_start();
        if matches!(word, "-u" | "-g" | "-n" | "-i") && !words::is_program(first_word(rest)) {
            rest = rest[first_word(rest).len()..].trim_start();
        }
    }
    rest
}

/// The first word.
pub(crate) fn first_word(text: &str) -> &str {
    let text = text.trim_start();
    let end = text
        .find(|c: char| c.is_whitespace() || matches!(c, ';' | '|' | '&' | '(' | ')' | '<' | '>'))
        .unwrap_or(text.len());
    &text[..end]
}

/// Whether a statement sets a shell variable.
pub(crate) fn is_assignment(statement: &str) -> bool {
    ASSIGNMENT.is_match(statement.trim_start())
}

/// Whether a line starts a compound command, a subshell or a test.
fn is_compound(line: &str) -> bool {
    let word = first_word(line);
    let signs = line.contains([';', '$', '[', '(']);
    matches!(word, "for" | "while" | "until" | "if" | "case" | "function") && (signs || !is_prose(line))
        || line.starts_with("[[ ")
        || line.starts_with("[ -")
        || line.starts_with("{ ")
}

/// Whether the words of a line are those of a sentence.
pub(crate) fn is_prose(line: &str) -> bool {
    let unquoted = without_quotes(line);
    let mut count = 0;
    let mut stop = 0;
    for word in unquoted.split_whitespace() {
        count += 1;
        stop += usize::from(words::is_stopword(word.trim_matches(|c: char| c.is_ascii_punctuation())));
    }
    let ends = line.ends_with(['.', ':', '!', '?', '。', '：'])
        && !line.ends_with("..")
        && !line.ends_with(" .")
        && !line.ends_with("/.");
    stop >= 3 || stop >= 1 && count >= 3 && ends || stop >= 2 && stop * 3 >= count
}

/// The line without what stands in quotes.
fn without_quotes(line: &str) -> String {
    let mut quote = None;
    let keep = |c: char, quote: &mut Option<char>| match *quote {
        Some(open) if open == c => {
            *quote = None;
            false
        }
        Some(_) => false,
        None if c == '"' || c == '\'' => {
            *quote = Some(c);
            false
        }
        None => true,
    };
    let kept: String = line.chars().filter(|&c| keep(c, &mut quote)).collect();
    // An apostrophe that never closes was none.
    if quote.is_some() { line.to_owned() } else { kept }
}

/// Whether something of a command line stands in it: a flag, a path, a variable, an operator.
pub(crate) fn has_shell_sign(line: &str) -> bool {
    line.split_whitespace().skip(1).any(|word| {
        word.starts_with(['-', '/', '~', '$', '<', '"', '\'', '@', '{', '*'])
            || word == "|"
            || word == "&&"
            || word.contains(['=', '/', '@', '$', '_'])
            || word.contains(':') && !word.ends_with(':')
            || word.contains('.') && !word.ends_with('.')
    })
}

/// Whether arguments hold what words of a sentence do not: a flag, a path, a variable, an operator.
fn has_argument_sign(rest: &str) -> bool {
    rest.split_whitespace().any(|word| {
        word.starts_with(['-', '/', '~', '$', '<', '@', '{', '\'', '.', '|', '&', '>'])
            || word.contains(['=', '/', '@', '$', '_'])
    })
}

/// Whether a line is a command even where nothing says so: a known program with arguments that fit.
pub(crate) fn is_strong_command(line: &str, known: &dyn Fn(&str) -> bool) -> bool {
    let line = line.trim();
    let name = program(line);
    if !is_called(name, known) {
        return is_strong_assignment(line) || is_sourced(line);
    }
    let rest = arguments(line, name);
    if is_output(line) || is_prose(line) || is_value(rest) {
        return false;
    }
    name.contains('/')
        || is_call_of_host(name, rest)
        || if words::is_wordlike(name) { fits_word(line, rest) } else { fits_name(line, name, rest) }
}

/// Whether a name is that of a known program, by itself or at the end of a path.
fn is_called(name: &str, known: &dyn Fn(&str) -> bool) -> bool {
    let base = name.rsplit('/').next().unwrap_or(name);
    known(name)
        || known(base) && name != base
        || name.starts_with("./") && name.len() > 2
        || is_script_path(name)
}

/// `/opt/billing/bin/run-batch.sh`: a path that ends in a script or lies where programs are.
fn is_script_path(name: &str) -> bool {
    let rooted = name.starts_with('/') || name.starts_with("~/");
    rooted
        && name.matches('/').count() >= 2
        && ([".sh", ".py", ".pl", ".rb", ".bash"].iter().any(|end| name.ends_with(end))
            || name.contains("/bin/") && !name.ends_with('/')
            || name.contains("/sbin/"))
}

/// Whether a text that its author marked as code, or that stands below a command, is one: a program by its name
/// and a few plain words.
pub(crate) fn is_named_command(line: &str) -> bool {
    let line = line.trim();
    let name = program(line);
    let rest = arguments(line, name);
    words::is_named_program(name)
        && !rest.is_empty()
        && !is_value(rest)
        && is_short_and_plain(rest)
        && is_lowercase(rest)
        && !is_output(line)
}

/// Whether a line calls a program that no list knows: a name that a program could have, and a flag.
pub(crate) fn is_flagged_command(line: &str) -> bool {
    let line = line.trim();
    let name = program(line);
    let rest = arguments(line, name);
    let flag = |word: &str| {
        let bare = word.trim_start_matches('-');
        word.len() - bare.len() <= 2
            && bare.len() < word.len()
            && bare.starts_with(|c: char| c.is_ascii_alphabetic())
    };
    name.len() >= 2
        && is_program_shaped(name)
        && !words::is_stopword(name)
        && rest.split_whitespace().any(flag)
        && !is_output(line)
        && !is_prose(line)
        && !is_value(rest)
}

fn is_lowercase(rest: &str) -> bool {
    rest.bytes().all(|byte| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b' ' | b'.' | b':')
    })
}

/// `ssh web-1`: one argument that can only be a host.
fn is_call_of_host(name: &str, rest: &str) -> bool {
    matches!(name, "ssh" | "ping" | "telnet" | "mosh" | "dig" | "nslookup")
        && rest.split_whitespace().count() == 1
        && rest.contains(['-', '.'])
        && rest.bytes().any(|byte| byte.is_ascii_digit())
        && !rest.ends_with(['.', ':'])
}

/// `. oraenv`: a dot and one word.
fn is_sourced(line: &str) -> bool {
    let word = line.strip_prefix(". ").unwrap_or_default();
    word.starts_with(|c: char| c.is_ascii_lowercase() || matches!(c, '/' | '.' | '~' | '$'))
        && !word.contains(' ')
        && word.len() > 2
        && !word.ends_with('.')
}

/// What follows a key, not a program.
fn is_value(rest: &str) -> bool {
    rest.starts_with(['=', ':', ',']) && !rest.starts_with(":/")
}

/// Whether what follows a program whose name is also a word makes it a command.
fn fits_word(line: &str, rest: &str) -> bool {
    !words::is_stopword(first_word(rest)) && (has_shell_sign(line) || has_verb(rest) && is_verb_line(rest))
}

/// Whether what follows a program whose name is no word makes it a command.
fn fits_name(line: &str, name: &str, rest: &str) -> bool {
    if rest.is_empty() {
        return is_complete_alone(name) || has_shell_sign(line);
    }
    has_shell_sign(line) || has_verb(rest) || is_short_and_plain(rest)
}

fn has_verb(rest: &str) -> bool {
    rest.split_whitespace().take(4).any(words::is_cli_verb)
}

/// `terraform plan`, `git status`: few words, all small.
fn is_verb_line(rest: &str) -> bool {
    let mut words = rest.split_whitespace();
    words.clone().count() <= 3
        && words.all(|word| {
            word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
        })
}

/// `systemctl daemon-reload`, `cd repo`: one or two words after a program that is no word of prose.
fn is_short_and_plain(rest: &str) -> bool {
    let count = rest.split_whitespace().count();
    count <= 3
        && !rest.split_whitespace().any(words::is_stopword)
        && rest.is_ascii()
        && !rest.ends_with([',', '.', ':'])
}

/// What follows a program's name.
pub(crate) fn arguments<'t>(line: &'t str, name: &str) -> &'t str {
    line.find(name).map_or("", |at| line[at + name.len()..].trim_start())
}

/// An assignment that only a shell reads: of a substitution, or exported.
fn is_strong_assignment(line: &str) -> bool {
    is_assignment(line) && (line.contains("=$(") || line.contains("=`") || line.contains("=\"$("))
}

/// Programs that say something useful without arguments.
pub(crate) fn is_complete_alone(name: &str) -> bool {
    const NAMES: &str = "exit logout top htop uptime df free ps ls pwd dmesg vmstat iostat w whoami hostname lsblk mount \
     pvs vgs lvs reboot ifconfig nproc lscpu sync iotop env printenv atop gitlab-psql sestatus chef-client lsmod sidekiqctl";
    words::listed(NAMES, name)
}

/// Whether a line looks like what a program wrote.
pub(crate) fn is_output(line: &str) -> bool {
    let line = line.trim();
    starts_as_output(line)
        || opens_data(line)
        || TIMESTAMP.is_match(line)
        || TROUBLE.is_match(line)
        || is_key_and_value(line)
        || TABLE_HEAD.is_match(line)
        || MESSAGE.is_match(line) && !line.contains(" -")
        || is_table_row(line)
        || is_elision(line)
}

/// A sign, a digit or a dash that no command starts with.
fn starts_as_output(line: &str) -> bool {
    const SIGNS: &str = "|+│├└┌=*•}],\"\\✓✔✗❌✅";
    line.starts_with(|c: char| c.is_ascii_digit() || SIGNS.contains(c))
        || ["--", "...", "- ", "diff --git "].iter().any(|start| line.starts_with(start))
}

/// An open bracket that is not one of a shell.
fn opens_data(line: &str) -> bool {
    line.starts_with('{') && !line.starts_with("{ ")
        || line.starts_with('[') && !line.starts_with("[ ") && !line.starts_with("[[")
}

fn is_key_and_value(line: &str) -> bool {
    let flagged = || line.split(": ").next().is_some_and(|key| FLAG.is_match(key));
    KEY_VALUE.is_match(line) && !line.starts_with("if ") && !is_windows_path(line) && !flagged()
}

fn is_windows_path(line: &str) -> bool {
    line.as_bytes().get(1) == Some(&b':') && line.as_bytes().get(2) == Some(&b'\\')
}

fn is_elision(line: &str) -> bool {
    line == "..."
        || line == "…"
        || line.starts_with("[...")
        || line.starts_with("<snip")
        || line.starts_with("[ ...")
}

/// Columns padded with spaces, as no one types them.
pub(crate) fn is_table_row(line: &str) -> bool {
    COLUMNS.is_match(line) && !line.contains(" -") && !line.contains(['|', '=', '"', '\'', '\\', '$'])
}

/// Whether a line is a query for a metrics or log system.
pub(crate) fn is_promql(line: &str) -> bool {
    PROMQL.is_match(line.trim())
}

/// Whether a line of a block meant to be run can be a command: nothing speaks against it.
pub(crate) fn is_plausible_command(line: &str, known: &dyn Fn(&str) -> bool) -> bool {
    let line = line.trim();
    if is_assignment(line) || is_compound(line) {
        return true;
    }
    let name = program(line);
    if is_fragment(name) {
        return false;
    }
    if is_function(line) || name.is_empty() && line.starts_with('(') {
        return true;
    }
    let base = name.rsplit('/').next().unwrap_or(name);
    if known(name) || known(base) {
        return known_is_plausible(line, name);
    }
    unknown_is_plausible(line, name)
}

fn unknown_is_plausible(line: &str, name: &str) -> bool {
    let rest = arguments(line, name);
    // Several words without a flag, a path or a sign are a message more often than an unknown program's arguments.
    let count = rest.split_whitespace().count();
    let said = count >= 6 || !is_lowercase(rest) || rest.split_whitespace().any(words::is_stopword);
    let wordy = count >= 4 && !has_argument_sign(rest) && said;
    !wordy && !is_output(line) && !is_prose(line) && is_program_shaped(name) && !is_promql(line)
}

fn known_is_plausible(line: &str, name: &str) -> bool {
    let second = first_word(arguments(line, name));
    let wordy = words::is_wordlike(name) && words::is_stopword(second) && second != "for" && is_prose(line);
    let written =
        is_table_row(line) || TIMESTAMP.is_match(line) || is_prose(line) && line.ends_with(['.', ':']);
    !wordy && !written
}

/// The end or the middle of a compound command: never one by itself.
fn is_fragment(name: &str) -> bool {
    words::listed("done fi esac then else elif do in EOF } { end EOT EOL", name)
}

fn is_function(line: &str) -> bool {
    let word = first_word(line);
    line.starts_with("function ") || !word.is_empty() && line[word.len()..].trim_start().starts_with("()")
}

/// A name that a program could have.
fn is_program_shaped(name: &str) -> bool {
    let plain = |c: char| {
        c.is_ascii_alphanumeric()
            || matches!(c, '-' | '_' | '.' | '/' | '~' | '+' | '$' | '{' | '}' | '"' | '@')
    };
    let starts =
        name.starts_with(|c: char| c.is_ascii_lowercase() || matches!(c, '.' | '/' | '~' | '$' | '"'));
    let ends = name.len() > 1 && !name.ends_with([':', '.']);
    starts && ends && name.chars().all(plain) && is_in_reach(name) || is_cmdlet(name)
}

/// A plain name or a path that looks like one of a program, not `yes/no`.
fn is_in_reach(name: &str) -> bool {
    const STARTS: [&str; 5] = ["./", "/", "~/", "../", "bin/"];
    !name.contains('/')
        || STARTS.iter().any(|start| name.starts_with(start))
        || name.ends_with(".sh")
        || name.ends_with(".py")
        || name.contains("/bin/")
        || name.contains("script")
}

/// `Get-Service`: a PowerShell command.
pub(crate) fn is_cmdlet(name: &str) -> bool {
    const VERBS: &str = "Get Set New Remove Start Stop Restart Invoke Import Export Connect Disconnect Test Add Enable Disable Install Uninstall Update Write \
     Clear Copy Move Retry Resolve Search Send Show Mount Dismount Measure Format ConvertFrom Compare Save Restore Backup Checkpoint \
     Optimize Initialize Unblock Block Switch Merge Publish Request Submit Use Watch Debug Ping Unregister Expand Compress Select Where Wait Enter Exit Suspend Resume Rename Register Unregister Grant Revoke Reset Repair Sync Find Out ConvertTo";
    let Some((verb, noun)) = name.split_once('-') else { return false };
    words::listed(VERBS, verb) && noun.starts_with(|c: char| c.is_ascii_uppercase())
}
