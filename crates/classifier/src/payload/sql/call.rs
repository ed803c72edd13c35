//! Which SQL a call hands to its client, and by which grammar that client reads it.

use dd0c_types::ScannerRisk;

use super::judge_as;
use super::script::Grammar;
use crate::call::Call;
use crate::judge::{At, Judge, Stdin};
use crate::paths;
use crate::payload::flag_texts;
use crate::report::Report;
use crate::shell::word::Word;

/// How a client is called.
struct Client {
    names: &'static [&'static str],
    grammar: Grammar,
    /// Operands that are no SQL before those that are; none: no operand is.
    skip: Option<usize>,
    /// The only verb that takes SQL; empty: the program itself.
    verb: &'static str,
}

static CLIENTS: &[Client] = &[
    Client {
        names: &["psql", "pgcli", "cockroach", "usql"],
        grammar: Grammar::Postgres,
        skip: None,
        verb: "",
    },
    Client { names: &["mysql", "mariadb", "mycli"], grammar: Grammar::MySql, skip: None, verb: "" },
    Client { names: &["sqlite3", "duckdb"], grammar: Grammar::Sqlite, skip: Some(1), verb: "" },
    Client {
        names: &["clickhouse-client", "clickhouse"],
        grammar: Grammar::ClickHouse,
        skip: None,
        verb: "",
    },
    Client { names: &["cqlsh"], grammar: Grammar::Cql, skip: None, verb: "" },
    Client { names: &["sqlcmd"], grammar: Grammar::MsSql, skip: None, verb: "" },
    Client { names: &["snowsql"], grammar: Grammar::Snowflake, skip: None, verb: "" },
    Client { names: &["bq"], grammar: Grammar::BigQuery, skip: Some(0), verb: "query" },
];

/// Clients of servers whose grammar is not known here.
static OTHER: Client = Client { names: &[], grammar: Grammar::Ansi, skip: None, verb: "" };

/// Judges all SQL of the call, wherever it stands.
pub(crate) fn judge(judge: &mut Judge<'_>, call: &Call<'_>, at: &At<'_>) {
    let name = paths::program_name(&call.words[0].text);
    let client = CLIENTS.iter().find(|client| client.names.contains(&name)).unwrap_or(&OTHER);
    if !client.verb.is_empty() && call.verb.is_none_or(|verb| verb.path != [client.verb]) {
        return;
    }
    let mut texts: Vec<(String, &Word<'_>)> =
        flag_texts(call).map(|(text, word)| (text.to_owned(), word)).collect();
    if let Some(skip) = client.skip {
        texts.extend(call.operand_words().skip(skip).map(|word| (word.text.to_string(), word)));
    }
    from_stdin(&mut texts, call, at, judge.report);
    if texts.is_empty() && !asks_only(call) {
        interactive(call, at, judge.report);
    }
    for (text, word) in texts {
        spliced(word, at, judge.report);
        judge_as(&text, client.grammar, at.scope.span_of(word), at.depth, judge.report);
    }
}

fn from_stdin<'c>(
    texts: &mut Vec<(String, &'c Word<'c>)>,
    call: &'c Call<'_>,
    at: &At<'_>,
    report: &mut Report,
) {
    match at.stdin {
        Stdin::Text(text) | Stdin::Pipe { literal: Some(text), fetched: false } => {
            texts.push((text.clone(), &call.words[0]));
        }
        Stdin::Pipe { .. } if texts.is_empty() => {
            let span = at.scope.span_of(&call.words[0]);
            report.note("sql.unseen", ScannerRisk::Caution, span, "runs SQL that is not shown here");
        }
        _ => {}
    }
}

fn asks_only(call: &Call<'_>) -> bool {
    call.flags.iter().any(|seen| {
        matches!(seen.name.as_str(), "-l" | "--list" | "-V" | "--version" | "-version" | "--help" | "-?")
    })
}

/// No SQL in the call: the client asks for it.
fn interactive(call: &Call<'_>, at: &At<'_>, report: &mut Report) {
    let unread = matches!(at.stdin, Stdin::None) && call.verb.is_some_and(|verb| verb.path.len() < 2);
    if unread {
        let span = at.scope.span_of(&call.words[0]);
        let why = "opens an interactive session, or runs a file: nobody sees beforehand what is done in it";
        report.note("sql.interactive", ScannerRisk::Caution, span, why);
    }
}

/// A value that the shell puts into SQL can hold statements of its own.
fn spliced(word: &Word<'_>, at: &At<'_>, report: &mut Report) {
    let source = at.scope.text.get(word.start..word.end).unwrap_or_default();
    if word.opaque && source.contains(['$', '`']) {
        let why = "a value that the shell puts into SQL can hold statements of its own";
        report.note("sql.spliced", ScannerRisk::Unknown, at.scope.span_of(word), why);
    }
}
