//! What makes a statement hard to run unattended.

use std::sync::LazyLock;

use dd0c_types::runbook::Hazard;

use crate::patterns::{Pattern, pattern};
use crate::secrets;

static RULES: LazyLock<Vec<(Hazard, Pattern)>> = LazyLock::new(|| {
    vec![
        (
            Hazard::Interactive,
            pattern(
                r"(?x)
            (?:^|[;&|]\s*|sudo\s+(?:-\w+\s+)*)(?:vi|vim|nano|emacs|visudo|less|more|man|top|htop|atop|iotop|screen|tmux|mongosh?|irb|sqlplus|fdisk|parted|passwd|telnet|gdb|crontab\s+-e|vipw)\b
            |\s-(?:it|ti|i\s+-t|t\s+-i)\b|--stdin\s+--tty|--tty\b|\bkubectl\s+(?:\S+\s+)*edit\b|\boc\s+(?:\S+\s+)*(?:edit|rsh|debug)\b|\brails\s+(?:c|console|db)\b|rails-console
            |\bdbconsole\b|\bsu\s+-|\bsudo\s+(?:-i|-s|su)\b|\bssh\s+(?:-\w+\s+\S+\s+)*[\w.@<>{}\x24-]+\s*$|\bvagrant\s+ssh\b|\bdocker\s+attach\b|\baws\s+configure\b|\bgcloud\s+(?:auth\s+login|init)\b
            |\baz\s+login\b|\b(?:oc|cf|vault|docker)\s+login\b|\bgit\s+(?:rebase\s+-i|add\s+-p|commit\s*$)|\bread\s+-",
            ),
        ),
        (
            Hazard::Endless,
            pattern(
                r"(?:^|[;&|]\s*|sudo\s+)watch\s|\btail\s+(?:\S+\s+)*-\w*[fF]\b|\btail\s+(?:\S+\s+)*--follow|\blogs?\b.*\s(?:-f|--follow|-\w*f)\b|\bjournalctl\b.*\s(?:-\w*f|--follow)\b|\bget\b.*\s(?:-w|--watch)\b|\btcpdump\b|\bping\s+(?:-[^c]\S*\s+)*[\w.<]+\s*$|\bwhile\s+(?:true|:|sleep)\b|\bvmstat\s+\d+\s*$|\biostat\s+(?:\S+\s+)*\d+\s*$|\bredis-cli\b.*\bmonitor\b|\bstern\s|\bport-forward\b|\bkubectl\s+proxy\b",
            ),
        ),
        (Hazard::Background, pattern(r"[^&>|]&\s*$|\bnohup\s|\bsetsid\s|\bdisown\b|\s-fN|\bssh\s.*\s-f\b")),
        (
            Hazard::OtherTerminal,
            pattern(
                r"\bport-forward\b|\bkubectl\s+proxy\b|\bssh\s+(?:\S+\s+)*-[NfT]*[LRD]\s?\S|\bcloud-sql-proxy\b|\bsession-manager\b|start-session\b.*PortForwarding|\bcloud_sql_proxy\b",
            ),
        ),
        (
            Hazard::ShellState,
            pattern(
                r"(?:^|[;&|]\s*)(?:cd|pushd|popd|export|source|\.|unset|alias|umask|set|exit|logout|chroot|nvm|pyenv|conda|workon|deactivate|ulimit)(?:\s|$)",
            ),
        ),
    ]
});
static ELSEWHERE: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:another|second|separate|new|different|other) (?:terminal|session|shell|tab|window|console)\b",
    )
});

/// The hazards of a statement, in the order of their names' declaration.
pub(crate) fn of(statement: &str, language: &str, lead: &str) -> Vec<Hazard> {
    let mut found = Vec::new();
    let shell = matches!(language, "bash" | "powershell" | "cmd");
    if shell {
        found.extend(RULES.iter().filter(|(_, rule)| rule.is_match(statement)).map(|(hazard, _)| *hazard));
    }
    if !secrets::places(statement).is_empty() {
        found.push(Hazard::SecretInText);
    }
    if shell && opens_client(statement) {
        found.push(Hazard::Interactive);
    }
    if ELSEWHERE.is_match(lead) {
        found.push(Hazard::OtherTerminal);
    }
    found.sort_by_key(|hazard| *hazard as u8);
    found.dedup();
    found
}

static CLIENT: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?:^|[;&]\s*|sudo\s+(?:-\w+\s+\w+\s+)?|--\s+)(psql|mysql|redis-cli|gitlab-psql|sqlite3|cqlsh|mariadb)\b([^|]*)$",
    )
});

/// A database client without a statement waits for one.
fn opens_client(statement: &str) -> bool {
    let Some(captures) = CLIENT.captures(statement.trim()) else { return false };
    let program = captures.get(1).map_or("", |name| name.as_str());
    let rest = captures.get(2).map_or("", |rest| rest.as_str());
    if program == "redis-cli" {
        return opens_redis(rest);
    }
    let given = GIVEN.iter().any(|option| rest.contains(option));
    let fed = rest.contains('<') && rest.contains(".sql");
    !given && !fed
}

/// Options that give a client its statement, or something else to do than to wait for one.
const GIVEN: [&str; 7] = [" -c", "--command", " -f", " -e", "--execute", " -l", "--version"];

/// A Redis client waits when nothing but options follows.
fn opens_redis(rest: &str) -> bool {
    let mut words = rest.split_whitespace();
    while let Some(word) = words.next() {
        if matches!(word, "-h" | "-p" | "-a" | "-n" | "-u" | "--user" | "--pass") {
            words.next();
        } else if !word.starts_with('-') {
            return false;
        }
    }
    !["--scan", "--bigkeys", "--latency"].iter().any(|scan| rest.contains(scan))
}
