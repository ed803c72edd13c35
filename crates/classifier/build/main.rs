//! Compiles `rules/*.toml` into static tables, and refuses a rule file that is not whole: an unknown field,
//! a rule without reason or examples, an id used twice, a rollback without its object.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use sha2::{Digest, Sha256};

use crate::shape::{File, Program, Rule};

#[path = "../src/names.rs"]
mod names;
mod shape;

const OPERATIONS: &str = "data/aws-operations.txt";
const ACTS: [&str; 9] = [
    "hides",
    "discloses",
    "connects",
    "installs",
    "executes",
    "writes",
    "authorises",
    "controls",
    "destroys",
];

fn main() {
    println!("cargo::rerun-if-changed=rules");
    let mut files: Vec<_> =
        fs::read_dir("rules").expect("the rules folder exists").flatten().map(|f| f.path()).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "toml"));
    files.sort();
    let mut digest = Sha256::new();
    let mut all = File { program: vec![], rule: vec![], words: vec![] };
    for path in &files {
        println!("cargo::rerun-if-changed={}", path.display());
        let text = fs::read_to_string(path).expect("a rule file is text");
        digest.update(text.as_bytes());
        let file: File = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        all.program.extend(file.program);
        all.rule.extend(file.rule);
        all.words.extend(file.words);
    }
    check(&all);
    digest.update(fs::read(OPERATIONS).expect("the operations of AWS are there"));
    let hex: String = digest.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    println!("cargo::rustc-env=DD0C_RULES_DIGEST={hex}");
    #[expect(clippy::disallowed_methods, reason = "OUT_DIR is how cargo tells a build script where to write")]
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    let operations = fs::read_to_string(OPERATIONS).expect("the operations of AWS are text");
    println!("cargo::rerun-if-changed={OPERATIONS}");
    let text = tables(&all) + &operation_tables(&operations);
    fs::write(Path::new(&out).join("tables.rs"), text).expect("the build folder can be written");
}

fn check(all: &File) {
    let mut ids = BTreeSet::new();
    for rule in &all.rule {
        assert!(ids.insert(&rule.id), "rule {} is there twice", rule.id);
        assert!(
            !rule.why.is_empty() && !rule.matches.is_empty(),
            "rule {} needs a reason and an example",
            rule.id
        );
        assert!(
            rule.not.iter().all(|text| !rule.matches.contains(text)),
            "rule {} contradicts itself",
            rule.id
        );
        assert!(
            rule.raise.is_empty()
                || rule.raise.split_once(": ").is_some_and(|(risk, why)| {
                    ["unknown", "caution", "dangerous"].contains(&risk) && !why.is_empty()
                }),
            "rule {}: raise is `RISK: reason`",
            rule.id
        );
        assert!(
            rule.rollback.is_empty() || !rule.object.is_empty(),
            "rule {}: a rollback names its object",
            rule.id
        );
        for program in &rule.programs {
            let known = all.program.iter().any(|p| p.names.contains(program));
            assert!(known, "rule {} speaks of {program}, which no file describes", rule.id);
        }
    }
    let mut names = BTreeSet::new();
    for name in all.program.iter().flat_map(|program| &program.names) {
        assert!(names.insert(name), "program {name} is described twice");
    }
}

fn tables(all: &File) -> String {
    let mut out = String::new();
    let mut names = BTreeMap::new();
    out.push_str("pub(crate) static PROGRAMS: &[Program] = &[\n");
    for (index, program) in all.program.iter().enumerate() {
        let of_it: Vec<usize> = (0..all.rule.len())
            .filter(|&at| all.rule[at].programs.iter().any(|name| program.names.contains(name)))
            .collect();
        let _ = writeln!(
            out,
            "Program {{ style: Style::{}, globals: {}, fold: {}, strict: {}, help: {}, opens: Opens::{}, payload: Payload::{}, payload_flags: &{:?}, verbs: &[{}], rules: &{:?} }},",
            variant(&program.style),
            flags(&program.globals),
            program.fold,
            program.strict,
            program.help,
            variant(&program.opens),
            variant(or(&program.payload, "none")),
            words(&program.payload_flags),
            verbs(program),
            of_it
        );
        for name in &program.names {
            names.insert(name.clone(), index);
        }
    }
    out.push_str("];\npub(crate) static RULES: &[Rule] = &[\n");
    for rule in &all.rule {
        out.push_str(&rule_literal(rule));
    }
    let _ = writeln!(
        out,
        "];\npub(crate) static NAMES: &[(&str, u16)] = &{:?};",
        names.into_iter().collect::<Vec<_>>()
    );
    for list in &all.words {
        let mut sorted = list.list.clone();
        sorted.sort();
        let _ = writeln!(out, "pub(crate) static {}: &[&str] = &{sorted:?};", list.name);
    }
    out
}

fn verbs(program: &Program) -> String {
    let mut out = String::new();
    let grades = [("Read", &program.read), ("Know", &program.know), ("Carry", &program.carry)];
    for (grade, list) in grades {
        for entry in list {
            let _ = (&entry.safe, &entry.not_safe);
            for verb in &entry.verbs {
                let _ = write!(
                    out,
                    "Verb {{ path: &{:?}, grade: Grade::{grade}, flags: {}, most: {}, least: {}, prefix: {:?}, needs: &{:?}, among: {}, skip: {}, run: Run::{} }}, ",
                    words(verb),
                    flags(&entry.flags),
                    entry.operands,
                    entry.least,
                    entry.prefix,
                    words(&entry.needs),
                    list_of(&entry.among),
                    entry.skip,
                    variant(or(&entry.run, "argv"))
                );
            }
        }
    }
    out
}

fn rule_literal(rule: &Rule) -> String {
    let alternatives = |list: &[String]| list.iter().map(|text| words(text)).collect::<Vec<_>>();
    let nested = |list: Vec<Vec<String>>| {
        let inner: Vec<String> = list.iter().map(|words| format!("&{words:?}")).collect();
        format!("&[{}]", inner.join(", "))
    };
    let raise = rule
        .raise
        .split_once(": ")
        .map_or("None".to_owned(), |(risk, _)| format!("Some(ScannerRisk::{})", variant(risk)));
    let effect = effect(rule);
    format!(
        "Rule {{ id: {:?}, programs: &{:?}, effect: {effect}, risk: effects::of_rule({effect}, {raise}), why: {:?}, verbs: {}, among: {}, not_among: {}, flags: {}, without: {}, kinds: &{:?}, operands: &{:?}, least: {}, opaque: {}, target: Target::{}, object: {:?}, safer: {:?}, rollback: {:?} }},\n",
        rule.id,
        rule.programs,
        rule.why,
        nested(alternatives(&rule.verbs)),
        list_of(&rule.among),
        list_of(&rule.not_among),
        nested(alternatives(&rule.flags)),
        nested(alternatives(&rule.without)),
        rule.kinds,
        rule.operands,
        rule.least,
        rule.opaque,
        variant(or(&rule.target, "any")),
        rule.object,
        rule.safer,
        rule.rollback
    )
}

/// `destroys remote lasting many` as a literal. What leaves no mark says nothing of undoing.
fn effect(rule: &Rule) -> String {
    let mut words = rule.effect.split(' ');
    let act = words.next().unwrap_or_default();
    let place = words.next().unwrap_or_default();
    let marks = !matches!(act, "reads" | "hides" | "discloses");
    let reversible = match marks.then(|| words.next()) {
        None | Some(Some("undoable")) => true,
        Some(Some("lasting")) => false,
        other => panic!("rule {}: `{}` lacks undoable or lasting ({other:?})", rule.id, rule.effect),
    };
    let reach = words.next().unwrap_or("one");
    assert!(
        ACTS.contains(&act)
            && ["local", "remote"].contains(&place)
            && ["one", "many", "shared"].contains(&reach)
            && words.next().is_none(),
        "rule {}: `{}` is not an effect",
        rule.id,
        rule.effect
    );
    format!(
        "Effect {{ act: Act::{}, place: Place::{}, reversible: {reversible}, reach: Reach::{} }}",
        variant(act),
        variant(place),
        variant(reach)
    )
}

/// `-n=` takes a value, `--color=?` only an attached one, `-o=!` is known and never only reads,
/// `-X={GET|HEAD}` only reads with one of these values.
fn flags(spec: &str) -> String {
    let mut out = String::from("&[");
    for word in spec.split_whitespace() {
        let (word, reads) = word.strip_suffix('!').map_or((word, true), |word| (word, false));
        let (name, arity, only) = match word.split_once('=') {
            None => (word, "None", ""),
            Some((name, "")) => (name, "One", ""),
            Some((name, "?")) => (name, "Attached", ""),
            Some((name, only)) => (name, "One", only.trim_matches(['{', '}'])),
        };
        let only: Vec<&str> = only.split('|').filter(|value| !value.is_empty()).collect();
        let _ = write!(
            out,
            "Flag {{ name: {name:?}, arity: Arity::{arity}, reads: {reads}, only: &{only:?} }}, "
        );
    }
    out.push(']');
    out
}

/// `aws-reads` becomes `AWS_READS`; nothing, an empty list.
fn list_of(name: &str) -> String {
    if name.is_empty() { "&[]".to_owned() } else { name.to_uppercase().replace('-', "_") }
}

/// A sorted list of hashes for each type of operation.
fn operation_tables(text: &str) -> String {
    let mut lists: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
    let mut count = 0;
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split(' ');
        let (Some(service), Some(kind)) = (words.next(), words.next()) else { panic!("`{line}` is short") };
        for operation in words.flat_map(spelled) {
            lists.entry(kind).or_default().insert(names::hash(&[service, &operation]));
            count += 1;
        }
    }
    let distinct: BTreeSet<u64> = lists.values().flatten().copied().collect();
    assert_eq!(distinct.len(), count, "two operations share a hash, or one is there twice");
    let tables = lists.iter().map(|(kind, hashes)| {
        let hashes: Vec<u64> = hashes.iter().copied().collect();
        format!("pub(crate) static {}: &[u64] = &{hashes:?};\n", list_of(&format!("aws-{kind}")))
    });
    tables.collect()
}

/// `get-{a,b}` is `get-a` and `get-b`.
fn spelled(word: &str) -> Vec<String> {
    match word.split_once('{') {
        None => vec![word.to_owned()],
        Some((verb, names)) => {
            names.trim_end_matches('}').split(',').map(|name| format!("{verb}{name}")).collect()
        }
    }
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn or<'a>(text: &'a str, default: &'a str) -> &'a str {
    if text.is_empty() { default } else { text }
}

/// `after-first` becomes `AfterFirst`.
fn variant(text: &str) -> String {
    text.split('-')
        .map(|part| {
            let mut chars = part.chars();
            chars
                .next()
                .map(|first| first.to_ascii_uppercase().to_string() + chars.as_str())
                .unwrap_or_default()
        })
        .collect()
}
