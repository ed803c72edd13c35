//! SQL: each statement is parsed, and everything it would do is looked for in its tree.

use std::ops::ControlFlow;

use dd0c_types::classification::CommandSpan;
use dd0c_types::{ObjectRef, ScannerRisk};
use sqlparser::ast::{Delete, FromTable, Statement, TableWithJoins, Visit};
use sqlparser::dialect::{Dialect, GenericDialect, MySqlDialect, PostgreSqlDialect};
use sqlparser::parser::Parser;

use super::sql_effects::{Effects, is_always_true};
use crate::paths;
use crate::report::Report;
use crate::shell::text::{OPAQUE, prepare};
use crate::table::{PSQL_READS, SQL_DEADLY};

/// Judges SQL text: every reading that a known dialect gives it counts, and a text that none can read is never Safe.
pub(crate) fn judge(text: &str, span: CommandSpan, report: &mut Report) {
    let prepared = prepare(text);
    let named = prepared.text.replace(OPAQUE, "p");
    report.commands += 1;
    let statements = without_meta(&named, span, report);
    if statements.trim().trim_matches(';').is_empty() {
        if report.len() == 0 && named.trim().is_empty() {
            report.note("sql.empty", ScannerRisk::Unknown, span, "there is no statement in it");
        }
        return;
    }
    let dialects: [&dyn Dialect; 3] = [&PostgreSqlDialect {}, &MySqlDialect {}, &GenericDialect {}];
    let mut read = false;
    for dialect in dialects {
        if let Ok(parsed) = Parser::parse_sql(dialect, &statements) {
            read = true;
            parsed.iter().for_each(|one| statement(one, span, report));
        }
    }
    // Comments are not the same in every dialect: what one skips another runs.
    let comments = ["--", "/*", "#"].iter().any(|mark| statements.contains(mark));
    if !read || comments {
        words(&statements, !read, span, report);
    }
    if !read {
        report.note("sql.unread", ScannerRisk::Unknown, span, "SQL that could not be read");
    }
}

/// psql's own commands, line by line; returns the rest.
fn without_meta(text: &str, span: CommandSpan, report: &mut Report) -> String {
    let mut rest = String::with_capacity(text.len());
    for line in text.lines() {
        let Some(meta) = line.trim_start().strip_prefix('\\') else {
            if line.contains("\\g") || line.contains("\\!") || line.contains("\\o") || line.contains("\\c") {
                report.note("sql.meta", ScannerRisk::Unknown, span, "a client command inside a statement");
            }
            rest.push_str(line);
            rest.push('\n');
            continue;
        };
        let name = meta.split([' ', '\t', ';']).next().unwrap_or_default();
        let plain = !meta.contains(['`', '|', '\\']);
        if !(plain && PSQL_READS.iter().any(|known| paths::looks_like(name, known))) {
            let why = "a client command that runs programs, reads or writes files";
            let risk = if name.starts_with('!') { ScannerRisk::Dangerous } else { ScannerRisk::Caution };
            report.note("sql.client-command", risk, span, why);
        }
    }
    rest
}

/// Destroying words in text that is not read, or may be read in two ways.
fn words(text: &str, unread: bool, span: CommandSpan, report: &mut Report) {
    let upper = text.to_ascii_uppercase();
    let part = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
    let has = |want: &str| upper.split(part).any(|word| word == want);
    let unbounded = (has("DELETE") || has("UPDATE")) && !has("WHERE");
    if SQL_DEADLY.iter().any(|word| has(word)) || unbounded {
        let risk = if unread { ScannerRisk::Dangerous } else { ScannerRisk::Caution };
        report.note(
            "sql.deadly-word",
            risk,
            span,
            "holds a word that destroys, and cannot be read for certain",
        );
    }
}

fn statement(one: &Statement, span: CommandSpan, report: &mut Report) {
    if let Statement::Explain { analyze, options, statement: inner, .. } = one {
        let options = options.iter().flatten();
        let runs =
            *analyze || options.into_iter().any(|option| option.name.value.eq_ignore_ascii_case("analyze"));
        if runs {
            statement(inner, span, report);
        }
        return;
    }
    let mut effects = Effects { span, report };
    let _: ControlFlow<()> = one.visit(&mut effects);
}

/// What one statement does; statements inside it are looked at on their own.
pub(crate) fn kind(one: &Statement, span: CommandSpan, report: &mut Report) {
    match one {
        Statement::Query(_)
        | Statement::Use(_)
        | Statement::ExplainTable { .. }
        | Statement::Explain { .. } => {}
        Statement::Delete(delete) => deletes(delete, span, report),
        Statement::Update(update) => {
            let all = update.selection.as_ref().is_none_or(is_always_true);
            let names = vec![update.table.relation.to_string()];
            rows("update", all, names, span, report);
        }
        Statement::Drop { names, object_type, .. } => {
            let names = names.iter().map(ToString::to_string).collect();
            let kind = object_type.to_string().to_lowercase();
            destroys("sql.drop", "drops it with everything in it", &kind, names, span, report);
        }
        Statement::Truncate(truncate) => {
            let names = truncate.table_names.iter().map(|table| table.name.to_string()).collect();
            destroys("sql.truncate", "empties the table at once", "table", names, span, report);
        }
        other => by_word(other, span, report),
    }
}

fn deletes(delete: &Delete, span: CommandSpan, report: &mut Report) {
    let all = delete.selection.as_ref().is_none_or(is_always_true) && delete.limit.is_none();
    let (FromTable::WithFromKeyword(tables) | FromTable::WithoutKeyword(tables)) = &delete.from;
    let names = tables.iter().map(|TableWithJoins { relation, .. }| relation.to_string()).collect();
    rows("delete", all, names, span, report);
}

fn rows(verb: &str, all: bool, names: Vec<String>, span: CommandSpan, report: &mut Report) {
    if all {
        let why = format!("{verb}s every row: there is no WHERE, or one that is always true");
        destroys(&format!("sql.{verb}-all"), &why, "table", names, span, report);
    } else {
        objects(ScannerRisk::Caution, "table", names, report);
        report.note(&format!("sql.{verb}"), ScannerRisk::Caution, span, format!("{verb}s rows"));
    }
}

fn destroys(rule: &str, why: &str, kind: &str, names: Vec<String>, span: CommandSpan, report: &mut Report) {
    objects(ScannerRisk::Dangerous, kind, names, report);
    report.note(rule, ScannerRisk::Dangerous, span, why);
}

fn objects(risk: ScannerRisk, kind: &str, names: Vec<String>, report: &mut Report) {
    for name in names {
        report.object(
            risk,
            ObjectRef { kind: kind.to_owned(), name: name.trim_matches(['"', '`']).to_owned() },
        );
    }
}

/// Statements that only look, or that only open and close a transaction, by their first word.
const SQL_LOOKS: &[&str] =
    &["SHOW", "DESCRIBE", "DESC", "BEGIN", "START", "COMMIT", "ROLLBACK", "SAVEPOINT", "END"];

/// The rest, by its first words.
fn by_word(one: &Statement, span: CommandSpan, report: &mut Report) {
    let text = one.to_string().to_ascii_uppercase();
    let first = text.split([' ', '(']).next().unwrap_or_default();
    if only_looks(first, &text) {
        return;
    }
    let (rule, risk, why) = match first {
        "DROP" | "MSCK" => ("sql.drop", ScannerRisk::Dangerous, "drops it with everything in it"),
        "ALTER" if text.contains(" DROP ") => {
            ("sql.alter-drop", ScannerRisk::Dangerous, "drops a part of it with its data")
        }
        "COPY" if text.contains(" PROGRAM ") => {
            ("sql.program", ScannerRisk::Dangerous, "runs a program on the server")
        }
        "SET" | "PRAGMA" | "RESET" => ("sql.setting", ScannerRisk::Caution, "changes a setting"),
        "GRANT" | "REVOKE" => ("sql.rights", ScannerRisk::Caution, "changes who may do what"),
        _ => ("sql.change", ScannerRisk::Caution, "changes data or structure, or is not known to only read"),
    };
    report.note(rule, risk, span, why);
}

fn only_looks(first: &str, text: &str) -> bool {
    match first {
        "COPY" => text.contains(" TO STDOUT") && !text.contains(" PROGRAM "),
        "PRAGMA" => !text.contains('='),
        first => SQL_LOOKS.contains(&first),
    }
}
