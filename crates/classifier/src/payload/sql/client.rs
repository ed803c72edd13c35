//! Commands for the client itself: psql's backslash, mysql's words, sqlite's dots, sqlcmd's colons.

use dd0c_types::ScannerRisk;
use dd0c_types::classification::CommandSpan;

use super::script::Grammar;
use super::words::opens_with;
use crate::judge::{Judge, Stdin};
use crate::paths;
use crate::report::Report;
use crate::table::{CQLSH_READS, MYSQL_READS, PSQL_READS, SQLCMD_READS, SQLITE_READS};

/// Judges one command, without the sign that opened it.
pub(crate) fn judge(command: &str, grammar: Grammar, span: CommandSpan, depth: usize, report: &mut Report) {
    if let Some(shell) = shell_text(command) {
        let why = "the client runs a program of this machine";
        report.note("sql.client-shell", ScannerRisk::Caution, span, why);
        if !shell.is_empty() {
            Judge::new(report).text(shell, span, depth + 1, &Stdin::None);
        }
        return;
    }
    if !only_looks(command, grammar) {
        let why = "a client command that runs programs, reads or writes files, or speaks to another server";
        report.note("sql.client-command", ScannerRisk::Caution, span, why);
    }
}

/// `! ls`, `shell ls`, `system ls`: what the shell gets.
fn shell_text(command: &str) -> Option<&str> {
    if let Some(rest) = command.strip_prefix('!') {
        return Some(rest.trim());
    }
    let (word, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
    let runs = ["system", "shell"].iter().any(|name| word.eq_ignore_ascii_case(name));
    runs.then(|| rest.trim().trim_end_matches(';'))
}

fn only_looks(command: &str, grammar: Grammar) -> bool {
    if command.contains(['`', '|', '\\']) {
        return false;
    }
    let name = command.split(|c: char| c.is_whitespace() || c == ';').next().unwrap_or_default();
    let rest = command[name.len()..].trim().trim_matches(';');
    // `\g FILE` and `\gx FILE` write.
    if matches!(name, "g" | "gx") {
        return rest.is_empty();
    }
    let known: &[&str] = match grammar {
        Grammar::Postgres | Grammar::Ansi => PSQL_READS,
        Grammar::MySql => MYSQL_READS,
        Grammar::Sqlite => SQLITE_READS,
        Grammar::MsSql => SQLCMD_READS,
        Grammar::Cql => return opens_with(command, CQLSH_READS),
        Grammar::ClickHouse | Grammar::Snowflake | Grammar::BigQuery => &[],
    };
    known.iter().any(|one| paths::looks_like(name, one) || paths::looks_like(&name.to_lowercase(), one))
}
