//! Statements by their words: those that no parser reads, and those whose first words say all.

use dd0c_types::ScannerRisk;
use dd0c_types::classification::CommandSpan;

use crate::coarse;
use crate::report::Report;
use crate::table::SQL_DEADLY;

type Row = (&'static str, ScannerRisk, &'static str, &'static str);

use ScannerRisk::{Caution, Dangerous};

/// What a statement does, by the words it opens with. The first row that fits speaks.
const OPENINGS: &[Row] = &[
    ("DROP", Dangerous, "sql.drop", "drops it with everything in it"),
    ("TRUNCATE", Dangerous, "sql.truncate", "empties the table at once"),
    ("SHUTDOWN", Dangerous, "sql.shutdown", "stops the server"),
    ("SYSTEM SHUTDOWN", Dangerous, "sql.shutdown", "stops the server"),
    ("SYSTEM KILL", Dangerous, "sql.shutdown", "stops the server"),
    ("SYSTEM DROP REPLICA", Dangerous, "sql.drop", "drops a replica's data"),
    ("RESTART", Dangerous, "sql.shutdown", "restarts the server"),
    ("RESET MASTER", Dangerous, "sql.replication", "deletes the logs that replicas and backups need"),
    ("RESET SLAVE", Dangerous, "sql.replication", "forgets where replication stands"),
    ("RESET REPLICA", Dangerous, "sql.replication", "forgets where replication stands"),
    ("RESET BINARY", Dangerous, "sql.replication", "deletes the logs that replicas and backups need"),
    ("PURGE", Dangerous, "sql.replication", "deletes the logs that replicas and backups need"),
    ("RESTORE", Dangerous, "sql.restore", "overwrites the database with an old copy"),
    ("REASSIGN OWNED", Caution, "sql.rights", "changes who owns what"),
    ("GRANT", Caution, "sql.rights", "changes who may do what"),
    ("REVOKE", Caution, "sql.rights", "changes who may do what"),
    ("DENY", Caution, "sql.rights", "changes who may do what"),
    ("ALTER SYSTEM", Caution, "sql.setting", "changes a setting of the whole server"),
    ("ALTER USER", Caution, "sql.rights", "changes an account"),
    ("ALTER ROLE", Caution, "sql.rights", "changes an account"),
    ("ALTER", Caution, "sql.alter", "changes its structure"),
    ("SET", Caution, "sql.setting", "changes a setting"),
    ("RESET", Caution, "sql.setting", "changes a setting"),
    ("PRAGMA", Caution, "sql.setting", "changes a setting"),
    ("KILL", Caution, "sql.kill", "ends somebody's query or connection"),
    ("LOCK", Caution, "sql.lock", "keeps others from the table"),
    ("FLUSH", Caution, "sql.lock", "flushes or locks what the server holds"),
    ("STOP", Caution, "sql.replication", "stops replication"),
    ("START SLAVE", Caution, "sql.replication", "starts replication"),
    ("START REPLICA", Caution, "sql.replication", "starts replication"),
    ("START GROUP_REPLICATION", Caution, "sql.replication", "starts replication"),
    ("CHANGE", Caution, "sql.replication", "changes where replication reads from"),
    ("REINDEX", Caution, "sql.rebuild", "rebuilds indexes and locks what uses them"),
    ("VACUUM", Caution, "sql.rebuild", "rewrites the table, and locks it when it is full"),
    ("CLUSTER", Caution, "sql.rebuild", "rewrites the table and locks it"),
    ("OPTIMIZE", Caution, "sql.rebuild", "rewrites the table"),
    ("ANALYZE", Caution, "sql.rebuild", "gathers statistics anew"),
    ("REFRESH", Caution, "sql.rebuild", "computes the view anew"),
    ("CHECKPOINT", Caution, "sql.rebuild", "writes everything to disk at once"),
    (
        "SELECT",
        Caution,
        "sql.writing-query",
        "a query of a form that is not read, such as one that writes a file",
    ),
    ("DO", Caution, "sql.block", "runs a block of code on the server"),
    ("CALL", Caution, "sql.procedure", "runs a stored procedure: what that does is not shown"),
    ("EXEC", Caution, "sql.procedure", "runs a stored procedure: what that does is not shown"),
    ("EXECUTE", Caution, "sql.procedure", "runs a prepared statement: what that does is not shown"),
    ("PREPARE", Caution, "sql.procedure", "prepares a statement"),
    ("NOTIFY", Caution, "sql.change", "sends a message to those that listen"),
    ("LOAD", Caution, "sql.program", "loads a file or a library into the server"),
    ("INSTALL", Caution, "sql.program", "installs an extension"),
    ("ATTACH", Caution, "sql.change", "attaches another database"),
    ("DETACH", Caution, "sql.change", "detaches it"),
    ("INSERT", Caution, "sql.change", "adds rows"),
    ("REPLACE", Caution, "sql.change", "adds rows, replacing those that are there"),
    ("MERGE", Caution, "sql.change", "adds and changes rows"),
    ("UPSERT", Caution, "sql.change", "adds and changes rows"),
    ("COPY", Caution, "sql.change", "copies rows to or from somewhere"),
    ("CREATE", Caution, "sql.change", "creates something"),
    ("RENAME", Caution, "sql.change", "renames it"),
    ("COMMENT", Caution, "sql.change", "changes a comment"),
    ("BACKUP", Caution, "sql.change", "writes a backup"),
];

/// Openings after which a statement only looks, or opens and closes a transaction.
const LOOKS: &[&str] = &[
    "SHOW",
    "DESCRIBE",
    "DESC",
    "USE",
    "HELP",
    "BEGIN",
    "START TRANSACTION",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT",
    "RELEASE SAVEPOINT",
    "END",
    "LIST",
    "LS",
    "EXISTS",
    "ABORT",
    "FETCH",
    "CLOSE",
    "DEALLOCATE",
    "DISCARD",
    "UNLISTEN",
    "UNLOCK TABLES",
    "VALUES",
    "TABLE",
];

/// Whether the statement opens with words that only look and calls nothing.
pub(crate) fn only_looks(text: &str) -> bool {
    const WRITES: &[&str] =
        &["DELETE", "UPDATE", "INSERT", "INTO", "MERGE", "REPLACE", "SELECT", "ANALYZE", "CALL", "WITH"];
    const PRAGMAS: &[&str] = &[
        "PRAGMA table_info",
        "PRAGMA table_xinfo",
        "PRAGMA table_list",
        "PRAGMA index_list",
        "PRAGMA index_info",
        "PRAGMA index_xinfo",
        "PRAGMA foreign_key_list",
        "PRAGMA integrity_check",
        "PRAGMA quick_check",
        "PRAGMA foreign_key_check",
    ];
    if opens_with(text, PRAGMAS) && !text.contains('=') {
        return true;
    }
    let opens = opens_with(text, &["SHOW", "USE", "DESCRIBE", "DESC", "HELP"]);
    opens && !text.contains('(') && !has_any(text, WRITES) && !has_deadly(text)
}

/// A statement that no parser reads.
pub(crate) fn judge(text: &str, span: CommandSpan, report: &mut Report) {
    report.note("sql.unread", ScannerRisk::Unknown, span, "SQL that could not be read");
    if let Some((_, risk, rule, why)) = opening(text) {
        report.note(rule, *risk, span, *why);
    }
    deadly(text, true, span, report);
    if opens_with(text, &["ALTER"]) && has_any(text, &["DELETE", "CLEAR"]) {
        report.note("sql.alter-drop", Dangerous, span, "drops a part of it with its data");
    }
    // Code in strings: blocks, dynamic statements, arguments of procedures.
    if opens_with(text, &["DO", "EXEC", "EXECUTE", "PREPARE", "CALL", "DECLARE", "CREATE", "BEGIN", "IF"]) {
        inside_strings(text, span, report);
    }
}

/// A statement that a parser read and that is told by its words.
pub(crate) fn judge_parsed(text: &str, span: CommandSpan, report: &mut Report) {
    if opens_with(text, LOOKS) {
        return;
    }
    match opening(text) {
        Some((_, risk, rule, why)) => report.note(rule, *risk, span, *why),
        None => {
            let why = "changes data or structure, or is not known to only read";
            report.note("sql.change", Caution, span, why);
        }
    }
    if opens_with(
        text,
        &["DO", "EXEC", "EXECUTE", "PREPARE", "CALL", "DECLARE", "CREATE", "IF", "WHILE", "CASE"],
    ) {
        inside_strings(text, span, report);
    }
}

fn opening(text: &str) -> Option<&'static Row> {
    OPENINGS.iter().find(|(words, ..)| opens_with(text, &[words]))
}

/// Whether the text opens with one of these phrases, in any letter case and with any blanks.
pub(crate) fn opens_with(text: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| {
        let mut words =
            text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty());
        let at_start =
            text.trim_start_matches(['(', ' ', '\n', '\t', '\r']).starts_with(|c: char| c.is_alphabetic());
        at_start
            && phrase.split(' ').all(|want| words.next().is_some_and(|word| word.eq_ignore_ascii_case(want)))
    })
}

fn has_any(text: &str, wanted: &[&str]) -> bool {
    words_of(text).any(|word| wanted.iter().any(|want| word.eq_ignore_ascii_case(want)))
}

/// The words outside strings.
fn words_of(text: &str) -> impl Iterator<Item = &str> {
    let outside = text.split('\'').step_by(2);
    outside.flat_map(|piece| {
        piece.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
    })
}

fn has_deadly(text: &str) -> bool {
    has_any(text, SQL_DEADLY)
}

/// Destroying words in text that is not read, or may be read in two ways.
pub(crate) fn deadly(text: &str, unread: bool, span: CommandSpan, report: &mut Report) {
    let unbounded = has_any(text, &["DELETE", "UPDATE"]) && !has_any(text, &["WHERE"]);
    if has_deadly(text) || unbounded {
        let risk = if unread { Dangerous } else { Caution };
        let why = "holds a word that destroys, and cannot be read for certain";
        report.note("sql.deadly-word", risk, span, why);
    }
}

/// Looks at everything, strings included: dynamic SQL stands in them.
fn inside_strings(text: &str, span: CommandSpan, report: &mut Report) {
    let bare = text.replace(['\'', '"', '$'], " ");
    deadly(&bare, true, span, report);
    coarse::read(&bare, span, report);
    if has_any(&bare, &["xp_cmdshell", "sp_configure", "sp_OACreate", "PROGRAM"]) {
        report.note("sql.program", Dangerous, span, "runs a program on the server");
    }
}
