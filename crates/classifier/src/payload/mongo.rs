//! mongosh and mongo: chains of calls such as `db.orders.find({…}).limit(5)`. Anything else in JavaScript is not read.

use dd0c_types::ScannerRisk;
use dd0c_types::classification::CommandSpan;

use super::flag_texts;
use crate::call::Call;
use crate::judge::{At, Judge, Stdin};
use crate::report::Report;
use crate::table::{MONGO_CHANGES, MONGO_DESTROYS, MONGO_READ_COMMANDS, MONGO_READS};

/// Judges what a call hands to the shell. True when that was all there is to judge.
pub(crate) fn judge_call(judge: &mut Judge<'_>, call: &Call<'_>, at: &At<'_>) {
    let span = at.scope.span_of(&call.words[0]);
    let mut texts: Vec<(String, CommandSpan, bool)> =
        flag_texts(call).map(|(text, word)| (text.to_owned(), at.scope.span_of(word), word.opaque)).collect();
    match at.stdin {
        Stdin::Text(text) | Stdin::Pipe { literal: Some(text), fetched: false } => {
            texts.push((text.clone(), span, false));
        }
        Stdin::Pipe { .. } => {
            judge.report.note("mongo.unseen", ScannerRisk::Caution, span, "runs code that is not shown here");
        }
        Stdin::None => {}
    }
    if texts.is_empty() {
        let why = "opens an interactive session, or runs a file: nobody sees beforehand what is done in it";
        judge.report.note("mongo.interactive", ScannerRisk::Caution, span, why);
    }
    for (text, span, opaque) in texts {
        if opaque {
            let why = "code that is only known when it runs";
            judge.report.note("mongo.spliced", ScannerRisk::Unknown, span, why);
        }
        self::judge(&text, span, judge.report);
    }
}

/// Judges code: every call in it must be one that reads.
pub(crate) fn judge(text: &str, span: CommandSpan, report: &mut Report) {
    let bare = without_strings(text);
    let calls = called(&bare);
    if let Some(name) = calls.iter().find(|name| is_in(MONGO_DESTROYS, name)) {
        let why = format!("`{name}` deletes data or stops the server");
        report.note("mongo.destroys", ScannerRisk::Dangerous, span, why);
    }
    if let Some(name) = calls.iter().find(|name| is_in(MONGO_CHANGES, name)) {
        let why = format!("`{name}` changes data, settings or who leads");
        report.note("mongo.change", ScannerRisk::Caution, span, why);
    }
    let command = text.contains("runCommand(") || text.contains("adminCommand(");
    if command {
        commanded(&bare, span, report);
    }
    let unknown = calls.iter().find(|name| {
        !is_in(MONGO_READS, name) && !is_in(MONGO_DESTROYS, name) && !is_in(MONGO_CHANGES, name)
    });
    if let Some(name) = unknown {
        let why = format!("`{name}` is not known to only read");
        report.note("mongo.unknown-call", ScannerRisk::Unknown, span, why);
    }
    if let Some(why) = beyond_calls(&bare, text) {
        report.note("mongo.unread", ScannerRisk::Unknown, span, why);
    }
}

/// What of the language is more than a chain of calls.
fn beyond_calls(bare: &str, text: &str) -> Option<&'static str> {
    let has_word = |words: &[&str]| words_of(bare).any(|word| words.contains(&word));
    // An assignment; comparisons stand in filters as `$gt` and not as operators.
    if bare.contains('=') || bare.contains('`') || bare.contains('[') && bare.contains("](") {
        return Some("code that assigns or computes: it is not read here");
    }
    if has_word(&[
        "function",
        "while",
        "for",
        "new",
        "eval",
        "require",
        "import",
        "load",
        "process",
        "constructor",
        "delete",
    ]) {
        return Some("code that is more than a chain of calls: it is not read here");
    }
    if ["$where", "$function", "$accumulator", "mapReduce"].iter().any(|word| text.contains(word)) {
        return Some("runs code on the server");
    }
    if ["$out", "$merge"].iter().any(|word| text.contains(word)) {
        return Some("writes its result to a collection");
    }
    let shows = has_word(&["show", "use", "it"]) && called(bare).is_empty();
    (called(bare).is_empty() && !shows).then_some("code that is not read here")
}

/// `db.adminCommand({ping: 1})`: its first key is the command.
fn commanded(bare: &str, span: CommandSpan, report: &mut Report) {
    for part in bare.split("ommand(").skip(1) {
        let name = words_of(part).next().unwrap_or_default();
        if is_in(MONGO_DESTROYS, name)
            || ["shutdown", "dropDatabase", "drop", "delete", "dropIndexes", "killAllSessions"]
                .contains(&name)
        {
            let why = format!("the command `{name}` deletes data or stops the server");
            report.note("mongo.destroys", ScannerRisk::Dangerous, span, why);
        } else if !is_in(MONGO_READ_COMMANDS, name) {
            report.note(
                "mongo.command",
                ScannerRisk::Caution,
                span,
                format!("the command `{name}` is not known to only read"),
            );
        }
    }
}

fn is_in(list: &[&str], name: &str) -> bool {
    list.binary_search(&name).is_ok()
}

fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).filter(|word| !word.is_empty())
}

/// The names before each opening parenthesis.
fn called(bare: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for (at, _) in bare.match_indices('(') {
        let before = bare[..at].trim_end();
        let start =
            before.rfind(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).map_or(0, |at| at + 1);
        let start = (start..=before.len()).find(|at| before.is_char_boundary(*at)).unwrap_or(before.len());
        names.push(&before[start..]);
    }
    names
}

/// The code with the inside of its strings blanked, their quotes kept apart: `getCollection("x")` keeps its call.
fn without_strings(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut inside: Option<char> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match inside {
            Some(_) if c == '\\' => {
                chars.next();
            }
            Some(end) if c == end => inside = None,
            Some(_) => {}
            None if c == '"' || c == '\'' => inside = Some(c),
            None => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn risk(text: &str) -> ScannerRisk {
        let mut report = Report::default();
        judge(text, CommandSpan { start: 0, end: text.len() }, &mut report);
        report.risk()
    }

    #[test]
    fn chains_of_reading_calls_are_safe() {
        for text in [
            "db.orders.find({a: 1}).limit(5)",
            "db.getCollection('drop').countDocuments()",
            "rs.status()",
            "db.serverStatus().connections",
            "db.adminCommand({ping: 1})",
            "show dbs",
            "printjson(db.stats())",
            "db.orders.aggregate([{$match: {a: {$gt: 5}}}, {$group: {_id: '$b'}}])",
        ] {
            assert_eq!(risk(text), ScannerRisk::Safe, "{text}");
        }
    }

    #[test]
    fn deleting_calls_are_dangerous_wherever_they_stand() {
        for text in [
            "db.orders.drop()",
            "db.orders.deleteMany({})",
            "db.dropDatabase()",
            "if (true) { db.x.remove({}) }",
            "db.getSiblingDB('a').x.find(); db.x.drop()",
            "db.adminCommand({shutdown: 1})",
        ] {
            assert_eq!(risk(text), ScannerRisk::Dangerous, "{text}");
        }
    }

    #[test]
    fn what_is_not_a_chain_of_reading_calls_is_never_safe() {
        for text in [
            "db.x.aggregate([{$out: 'y'}])",
            "db.x.find({$where: 'sleep(1)'})",
            "load('x.js')",
            "db['x']['drop']()",
            "var x = 1",
            "x",
            "db.x.insertOne({})",
            "rs.stepDown()",
            "db.x.find().forEach(function(d) { db.y.insert(d) })",
            "db.adminCommand({setParameter: 1})",
        ] {
            assert_ne!(risk(text), ScannerRisk::Safe, "{text}");
        }
    }
}
