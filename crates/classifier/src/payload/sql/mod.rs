//! SQL: a script is cut into statements, each is parsed, and everything it would do is looked for in its tree.
//!
//! What no parser reads is judged by its leading words, and never Safe unless those words only look.

mod call;
mod client;
mod condition;
mod effects;
mod script;
mod statement;
mod words;

use dd0c_types::ScannerRisk;
use dd0c_types::classification::CommandSpan;
use sqlparser::dialect::{
    AnsiDialect, BigQueryDialect, ClickHouseDialect, Dialect, GenericDialect, MsSqlDialect, MySqlDialect,
    PostgreSqlDialect, SQLiteDialect, SnowflakeDialect,
};
use sqlparser::parser::Parser;

pub(crate) use call::judge as judge_call;
use script::{Grammar, Part, cut};

use crate::report::Report;
use crate::shell::text::{OPAQUE, prepare};

/// Judges SQL of an unknown server: every reading that a known one gives it counts.
pub(crate) fn judge(text: &str, span: CommandSpan, report: &mut Report) {
    let mut best: Option<Report> = None;
    for grammar in [Grammar::Postgres, Grammar::MySql, Grammar::Ansi] {
        let mut aside = Report::continued(0);
        judge_as(text, grammar, span, 0, &mut aside);
        // A reading that one server refuses is not one that it runs.
        if aside.has("sql.unread") {
            report.adopt(aside, ScannerRisk::Dangerous);
        } else {
            best = Some(match best {
                None => aside,
                Some(mut first) => {
                    first.adopt(aside, ScannerRisk::Unknown);
                    first
                }
            });
        }
    }
    report.commands += 1;
    match best {
        Some(read) => report.adopt(read, ScannerRisk::Safe),
        None => report.note("sql.unread", ScannerRisk::Unknown, span, "SQL that could not be read"),
    }
}

/// Judges SQL as one server and its client read it. `depth`: how deep commands nest around it.
pub(crate) fn judge_as(text: &str, grammar: Grammar, span: CommandSpan, depth: usize, report: &mut Report) {
    let prepared = prepare(text);
    report.commands += 1;
    let Some(parts) = cut(&prepared.text, grammar) else {
        let why = "SQL in which a quote or a comment does not end, or with too many statements";
        report.note("sql.unread", ScannerRisk::Unknown, span, why);
        return words::deadly(&prepared.text, true, span, report);
    };
    // What one server skips as a comment another runs.
    if ["--", "/*", "#"].iter().any(|mark| prepared.text.contains(mark)) {
        words::deadly(&prepared.text, false, span, report);
    }
    if parts.is_empty() {
        report.note("sql.empty", ScannerRisk::Unknown, span, "there is no statement in it");
    }
    for part in parts {
        match part {
            Part::Statement(text) => one(&text, grammar, span, report),
            Part::Client(command) => client::judge(&command, grammar, span, depth, report),
            Part::Hidden(text) => {
                let why = "a comment that some servers run and others skip";
                report.note("sql.hidden", ScannerRisk::Unknown, span, why);
                words::deadly(&text, true, span, report);
            }
        }
    }
}

fn one(text: &str, grammar: Grammar, span: CommandSpan, report: &mut Report) {
    if words::only_looks(text) {
        return;
    }
    // A placeholder stands for one name or value.
    let named = text.replace(OPAQUE, "p");
    match parse(&named, grammar) {
        Some(statements) => statements.iter().for_each(|one| statement::judge(one, span, report)),
        None => words::judge(text, span, report),
    }
}

fn parse(text: &str, grammar: Grammar) -> Option<Vec<sqlparser::ast::Statement>> {
    let own: &dyn Dialect = match grammar {
        Grammar::Postgres => &PostgreSqlDialect {},
        Grammar::MySql => &MySqlDialect {},
        Grammar::Sqlite => &SQLiteDialect {},
        Grammar::ClickHouse => &ClickHouseDialect {},
        Grammar::MsSql => &MsSqlDialect {},
        Grammar::Snowflake => &SnowflakeDialect {},
        Grammar::BigQuery => &BigQueryDialect {},
        Grammar::Cql => &AnsiDialect {},
        Grammar::Ansi => &GenericDialect {},
    };
    Parser::parse_sql(own, text).ok()
}
