//! Pages in the style of many companies, tools, formats and languages, each with what a careful reader finds in it
//! (`corpus/<page>.gold`, one finding a line).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::support::grounding::assert_grounded;
use dd0c_types::ParsedRunbook;
use dd0c_types::runbook::VariableKind;

/// What a gold file says, by key.
struct Gold(Vec<(String, String)>);

impl Gold {
    fn read(page: &Path) -> Self {
        let path = PathBuf::from(format!("{}.gold", page.display()));
        let text = std::fs::read_to_string(&path).unwrap();
        let pair =
            |line: &str| line.split_once(':').map(|(key, value)| (key.to_owned(), value.trim().to_owned()));
        Self(text.lines().filter(|line| !line.is_empty()).map(|line| pair(line).unwrap()).collect())
    }

    fn of(&self, key: &str) -> Vec<&str> {
        self.0.iter().filter(|(found, _)| found == key).map(|(_, value)| value.as_str()).collect()
    }
}

fn pages() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut pages: Vec<_> = files.filter(|path| path.extension().is_none_or(|end| end != "gold")).collect();
    pages.sort();
    pages
}

/// White space collapsed, a continuation's backslash and a final semicolon left out.
fn plain(command: &str) -> String {
    let joined = command.replace("\\\n", " ").replace("; do ", " do ").replace("; do\n", " do ");
    let line = joined.split_whitespace().collect::<Vec<_>>().join(" ");
    line.trim_end_matches(';').trim_end().to_owned()
}

fn commands(runbook: &ParsedRunbook, optional: &[&str]) -> Vec<String> {
    let found = runbook.steps.iter().filter_map(|step| step.command.as_ref());
    found
        .map(|command| plain(command.text.reveal()))
        .filter(|text| !optional.contains(&text.as_str()))
        .collect()
}

fn inputs<'r>(runbook: &'r ParsedRunbook, optional: &[&str]) -> BTreeSet<&'r str> {
    let found = runbook.variables.iter().filter(|variable| variable.kind != VariableKind::Derived);
    found.map(|variable| variable.name.as_str()).filter(|name| !optional.contains(name)).collect()
}

/// Words without punctuation, and pairs of characters where there are no spaces.
fn words(text: &str) -> BTreeSet<String> {
    let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let mut found: BTreeSet<String> =
        text.split_whitespace().map(bare).filter(|word| !word.is_empty()).collect();
    let dense: Vec<char> = text.chars().filter(|c| *c >= '\u{3040}').collect();
    found.extend(dense.windows(2).map(|pair| pair.iter().collect::<String>()));
    found
}

/// Whether one of the texts says what is wanted: two thirds of its words.
fn says<'t>(mut texts: impl Iterator<Item = &'t str>, wanted: &str) -> bool {
    let wanted = words(wanted);
    texts.any(|text| words(text).intersection(&wanted).count() * 3 >= wanted.len() * 2)
}

/// What is wrong with the parse of a page, in lines.
fn faults(page: &Path) -> Vec<String> {
    let name = page.file_name().unwrap().to_string_lossy().into_owned();
    let text = std::fs::read_to_string(page).unwrap();
    let gold = Gold::read(page);
    let runbook = dd0c_parser::outline(&text, None).unwrap();
    assert_grounded(&text, &runbook);
    let mut faults = Vec::new();
    let wanted: Vec<String> = gold.of("cmd").into_iter().map(plain).collect();
    let found = commands(&runbook, &gold.of("optional-cmd"));
    if found != wanted {
        faults.push(format!("{name}: commands {found:#?}, not {wanted:#?}"));
    }
    let (found, wanted) = (inputs(&runbook, &gold.of("optional-var")), gold.of("var").into_iter().collect());
    if found != wanted {
        faults.push(format!("{name}: variables {found:?}, not {wanted:?}"));
    }
    let actionable = gold.of("actionable") != ["no"];
    if runbook.has_actionable_steps != actionable {
        faults.push(format!("{name}: {} steps", runbook.steps.len()));
    }
    faults.extend(unsaid(&name, &gold, &runbook));
    faults
}

/// What the gold names in words and the parse does not.
fn unsaid(name: &str, gold: &Gold, runbook: &ParsedRunbook) -> Vec<String> {
    let missed = |key: &str, texts: Vec<&str>| -> Vec<String> {
        let unsaid = gold.of(key).into_iter().filter(|wanted| !says(texts.iter().copied(), wanted));
        unsaid.map(|wanted| format!("{name}: no {key} {wanted:?} in {texts:?}")).collect()
    };
    let mut faults = missed("pre", runbook.prerequisites.iter().map(|found| found.text.as_str()).collect());
    faults.extend(missed(
        "if",
        runbook
            .steps
            .iter()
            .filter_map(|step| step.branch.as_ref())
            .map(|branch| branch.condition.as_str())
            .collect(),
    ));
    faults.extend(missed("step", runbook.steps.iter().map(|step| step.title.as_str()).collect()));
    faults.extend(missed(
        "vague",
        runbook.steps.iter().filter(|step| step.vague).map(|step| step.title.as_str()).collect(),
    ));
    faults.extend(missed("warning", runbook.warnings.iter().map(|warning| warning.code.as_str()).collect()));
    let vague = runbook.steps.iter().filter(|step| step.vague).count();
    if vague > gold.of("vague").len() {
        faults.push(format!("{name}: {vague} vague steps, {} wanted", gold.of("vague").len()));
    }
    faults
}

#[test]
fn every_page_gives_what_a_careful_reader_finds_in_it() {
    let pages = pages();
    assert!(pages.len() >= 40);
    let faults: Vec<String> = pages.iter().flat_map(|page| faults(page)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
