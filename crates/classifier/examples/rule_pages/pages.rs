//! The pages that tell people what the rules say.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use dd0c_classifier::effects;
use dd0c_types::{Effect, ScannerRisk};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as ValueError, StrDeserializer};

#[derive(Deserialize)]
struct Pack {
    #[serde(default)]
    program: Vec<Program>,
    #[serde(default)]
    rule: Vec<Rule>,
}

#[derive(Deserialize)]
struct Program {
    names: Vec<String>,
    #[serde(default)]
    read: Vec<Verb>,
    #[serde(default)]
    carry: Vec<Verb>,
}

#[derive(Deserialize)]
struct Verb {
    #[serde(default)]
    verbs: Vec<String>,
    #[serde(default)]
    among: String,
    #[serde(default)]
    needs: String,
    #[serde(default)]
    safe: Vec<String>,
    #[serde(default)]
    not_safe: Vec<String>,
}

#[derive(Deserialize)]
struct Rule {
    id: String,
    effect: String,
    #[serde(default)]
    raise: String,
    why: String,
    programs: Vec<String>,
    #[serde(default)]
    safer: String,
    #[serde(default)]
    rollback: String,
    matches: Vec<String>,
    #[serde(default)]
    not: Vec<String>,
}

/// The names of the pages that are there.
pub(crate) fn names_in(folder: &Path) -> io::Result<Vec<String>> {
    let paths = fs::read_dir(folder)?.flatten().map(|entry| entry.path());
    let pages = paths.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    Ok(pages.filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned())).collect())
}

/// Every page by its file name.
pub(crate) fn all() -> BTreeMap<String, String> {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let mut paths: Vec<PathBuf> =
        fs::read_dir(rules).expect("the rules folder").flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let mut pages = BTreeMap::new();
    let mut rows = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).expect("a rule file is text");
        let pack: Pack = toml::from_str(&text).expect("the build has read it already");
        if pack.program.is_empty() {
            continue;
        }
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        rows.push(row(&name, &pack));
        pages.insert(format!("{name}.md"), page(&name, &headline(&text), &pack));
    }
    pages.insert("README.md".to_owned(), index(&rows));
    pages
}

/// The comment at the top of a rule file.
fn headline(text: &str) -> String {
    let lines = text.lines().take_while(|line| line.starts_with('#'));
    lines.map(|line| line.trim_start_matches('#').trim()).collect::<Vec<_>>().join(" ")
}

fn index(rows: &[Row]) -> String {
    let mut out = String::from(
        "# Rules of the scanner\n\nMade from `crates/classifier/rules/*.toml` by `cargo xtask rule-pages`; changes belong there.\n\n\
         A rule says what a command does; its risk follows from that by one table (`crates/classifier/src/effects.rs`).\n\
         Examples run as tests: those of a rule, and those of the calls that are known to only read.\n\n\
         | pack | programs | rules | reading entries | examples |\n|---|---:|---:|---:|---:|\n",
    );
    let mut sums = [0; 4];
    for Row { name, counts } in rows {
        let [programs, rules, reads, examples] = counts;
        let _ = writeln!(out, "| [{name}]({name}.md) | {programs} | {rules} | {reads} | {examples} |");
        sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
    }
    let [programs, rules, reads, examples] = sums;
    let _ = writeln!(out, "| in all | {programs} | {rules} | {reads} | {examples} |");
    out
}

struct Row {
    name: String,
    /// Programs, rules, reading entries, examples.
    counts: [usize; 4],
}

fn row(name: &str, pack: &Pack) -> Row {
    let entries = || pack.program.iter().flat_map(|program| program.read.iter().chain(&program.carry));
    let examples = entries().map(|verb| verb.safe.len() + verb.not_safe.len()).sum::<usize>()
        + pack.rule.iter().map(|rule| rule.matches.len() + rule.not.len()).sum::<usize>();
    let programs = pack.program.iter().map(|program| program.names.len()).sum();
    let reads = entries().map(|verb| verb.verbs.len().max(1)).sum();
    Row { name: name.to_owned(), counts: [programs, pack.rule.len(), reads, examples] }
}

fn page(name: &str, headline: &str, pack: &Pack) -> String {
    let mut out = format!("# {name}\n\n{headline}\n");
    for rule in &pack.rule {
        rule_section(&mut out, rule);
    }
    out.push_str("\n## What only reads\n");
    for program in pack.program.iter().filter(|program| !program.read.is_empty() || !program.carry.is_empty())
    {
        let _ = writeln!(out, "\n**{}**", spoken(&program.names));
        for verb in &program.read {
            reading(&mut out, verb, "reads");
        }
        for verb in &program.carry {
            reading(&mut out, verb, "runs another command, which is judged in its place");
        }
    }
    out
}

fn reading(out: &mut String, verb: &Verb, how: &str) {
    let mut words = vec![how.to_owned()];
    if !verb.verbs.is_empty() {
        words.push(spoken(&verb.verbs));
    }
    if !verb.needs.is_empty() {
        words.push(format!("with one of `{}`", verb.needs));
    }
    if !verb.among.is_empty() {
        words.push(format!("the operations of the list {}", verb.among));
    }
    let _ = writeln!(out, "\n- {}", words.join(": "));
    list(out, "Safe", &verb.safe);
    list(out, "not Safe", &verb.not_safe);
}

fn list(out: &mut String, title: &str, commands: &[String]) {
    if !commands.is_empty() {
        let _ = writeln!(out, "  - {title}: {}", spoken(commands));
    }
}

fn rule_section(out: &mut String, rule: &Rule) {
    let effect = effect(&rule.effect);
    let raised = rule.raise.split_once(": ").map(|(risk, reason)| (risk_named(risk), reason));
    let risk = effects::of_rule(effect, raised.map(|(risk, _)| risk));
    let _ = write!(out, "\n## <a id=\"{0}\"></a>{0}\n\n**{1}**: {2}.\n\n", rule.id, word(risk), rule.why);
    let _ = writeln!(out, "- Effect: {}", effect.words());
    if let Some((_, reason)) = raised {
        let _ = writeln!(out, "- Raised: {reason}");
    }
    let _ = writeln!(out, "- Programs: {}", spoken(&rule.programs));
    if !rule.safer.is_empty() {
        let _ = writeln!(out, "- Safer: {}", rule.safer);
    }
    if let Some((from, to)) = rule.rollback.split_once("=>") {
        let _ = writeln!(out, "- The way back: the same command with `{to}` in place of `{from}`");
    }
    let _ = writeln!(out, "- Speaks of: {}", spoken(&rule.matches));
    if !rule.not.is_empty() {
        let _ = writeln!(out, "- Does not speak of: {}", spoken(&rule.not));
    }
}

/// `destroys remote lasting many` as the types spell it.
fn effect(text: &str) -> Effect {
    let words: Vec<&str> = text.split(' ').collect();
    let act = enumerated(words[0]);
    let reach = words.iter().find(|word| ["many", "shared"].contains(word)).copied().unwrap_or("one");
    Effect {
        act,
        place: enumerated(words[1]),
        reversible: !words.contains(&"lasting"),
        reach: enumerated(reach),
    }
}

fn enumerated<'de, T: Deserialize<'de>>(word: &'de str) -> T {
    let words: StrDeserializer<'de, ValueError> = word.into_deserializer();
    T::deserialize(words).expect("the build has read it already")
}

fn risk_named(word: &str) -> ScannerRisk {
    enumerated(word)
}

const fn word(risk: ScannerRisk) -> &'static str {
    match risk {
        ScannerRisk::Safe => "Safe",
        ScannerRisk::Unknown => "Unknown",
        ScannerRisk::Caution => "Caution",
        ScannerRisk::Dangerous => "Dangerous",
    }
}

/// Commands as code, with the ticks inside them out of the way.
fn spoken(commands: &[String]) -> String {
    let code = |command: &String| {
        let line = command.replace('\n', "⏎").replace('|', "\\|");
        if line.contains('`') { format!("`` {line} ``") } else { format!("`{line}`") }
    };
    commands.iter().map(code).collect::<Vec<_>>().join(", ")
}
