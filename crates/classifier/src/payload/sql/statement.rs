//! What one parsed statement does.

use std::ops::ControlFlow;

use dd0c_types::classification::CommandSpan;
use dd0c_types::{ObjectRef, ScannerRisk};
use sqlparser::ast::{
    AlterTableOperation, CopyTarget, Delete, FromTable, Set, Statement, TableWithJoins, Visit,
};

use super::condition::is_always_true;
use super::effects::Effects;
use super::words;
use crate::report::Report;
use crate::table::SQL_PRAGMA_CHANGES;

/// Judges a statement and everything inside it.
pub(crate) fn judge(one: &Statement, span: CommandSpan, report: &mut Report) {
    if let Statement::Explain { analyze, options, statement, .. } = one {
        let mut named = options.iter().flatten();
        let runs = *analyze || named.any(|option| option.name.value.eq_ignore_ascii_case("analyze"));
        if runs {
            judge(statement, span, report);
        }
        return;
    }
    let mut effects = Effects { span, report };
    let _: ControlFlow<()> = one.visit(&mut effects);
}

/// What a statement does by its kind; statements inside it are looked at on their own.
pub(crate) fn kind(one: &Statement, span: CommandSpan, report: &mut Report) {
    match one {
        Statement::Query(_) | Statement::Explain { .. } => {}
        Statement::Delete(delete) => deletes(delete, span, report),
        Statement::Update(update) => {
            let all = update.selection.as_ref().is_none_or(is_always_true) && update.limit.is_none();
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
        Statement::AlterTable(alter) => {
            let loses = alter.operations.iter().any(loses_data);
            let names = vec![alter.name.to_string()];
            if loses {
                destroys("sql.alter-drop", "drops a part of it with its data", "table", names, span, report);
            } else {
                changes("sql.alter", "changes the table's structure", "table", names, span, report);
            }
        }
        other => plain(other, span, report),
    }
}

/// Statements whose words say all.
fn plain(one: &Statement, span: CommandSpan, report: &mut Report) {
    match one {
        Statement::Pragma { name, value, is_eq } => {
            pragma(&name.to_string(), value.is_some(), *is_eq, span, report)
        }
        Statement::Copy { to, target, .. } => copies(*to, target, span, report),
        Statement::Set(set) => settings(set, span, report),
        other => words::judge_parsed(&other.to_string(), span, report),
    }
}

fn loses_data(operation: &AlterTableOperation) -> bool {
    let text = operation.to_string().to_ascii_uppercase();
    let loses_nothing = ["DROP NOT NULL", "DROP DEFAULT", "DROP IDENTITY", "DROP EXPRESSION"];
    let drops = text.starts_with("DROP")
        || text.contains(" DROP ")
        || text.starts_with("DELETE")
        || text.starts_with("CLEAR");
    drops && !loses_nothing.iter().any(|harmless| text.contains(harmless))
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
        changes(&format!("sql.{verb}"), &format!("{verb}s rows"), "table", names, span, report);
    }
}

fn destroys(rule: &str, why: &str, kind: &str, names: Vec<String>, span: CommandSpan, report: &mut Report) {
    objects(ScannerRisk::Dangerous, kind, names, report);
    report.note(rule, ScannerRisk::Dangerous, span, why);
}

fn changes(rule: &str, why: &str, kind: &str, names: Vec<String>, span: CommandSpan, report: &mut Report) {
    objects(ScannerRisk::Caution, kind, names, report);
    report.note(rule, ScannerRisk::Caution, span, why);
}

fn objects(risk: ScannerRisk, kind: &str, names: Vec<String>, report: &mut Report) {
    for name in names {
        let name = name.trim_matches(['"', '`']).to_owned();
        report.object(risk, ObjectRef { kind: kind.to_owned(), name });
    }
}

/// A pragma that is given a value sets it, unless its value names what to look at.
fn pragma(name: &str, valued: bool, set: bool, span: CommandSpan, report: &mut Report) {
    let name = name.rsplit('.').next().unwrap_or(name).to_ascii_lowercase();
    let looks = [
        "table_info",
        "table_xinfo",
        "table_list",
        "index_list",
        "index_info",
        "index_xinfo",
        "foreign_key_list",
    ];
    let checks = ["integrity_check", "quick_check", "foreign_key_check"];
    let asks = looks.contains(&name.as_str()) || checks.contains(&name.as_str());
    if (set || valued) && !asks || SQL_PRAGMA_CHANGES.contains(&name.as_str()) {
        report.note("sql.setting", ScannerRisk::Caution, span, "changes a setting of the database");
    }
}

fn copies(to: bool, target: &CopyTarget, span: CommandSpan, report: &mut Report) {
    match target {
        CopyTarget::Stdout if to => {}
        CopyTarget::Program { .. } => {
            report.note("sql.program", ScannerRisk::Dangerous, span, "runs a program on the server");
        }
        CopyTarget::File { .. } if to => {
            report.note("sql.file", ScannerRisk::Caution, span, "writes a file on the server");
        }
        _ => report.note("sql.change", ScannerRisk::Caution, span, "loads rows into the table"),
    }
}

fn settings(set: &Set, span: CommandSpan, report: &mut Report) {
    let text = set.to_string().to_ascii_uppercase();
    let global = text.contains("GLOBAL") || text.contains("PERSIST");
    let why =
        if global { "changes a setting of the whole server" } else { "changes a setting of the session" };
    report.note("sql.setting", ScannerRisk::Caution, span, why);
}
