//! Every rule file carries its own examples; here they run.

use dd0c_classifier::scan;
use dd0c_types::ScannerRisk;

fn files() -> Vec<(String, toml::Table)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/rules");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the rules folder") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("a rule file is text");
        files.push((path.display().to_string(), text.parse().expect("a rule file is TOML")));
    }
    assert!(!files.is_empty());
    files
}

fn tables<'t>(table: &'t toml::Table, name: &str) -> Vec<&'t toml::Table> {
    table
        .get(name)
        .and_then(|value| value.as_array())
        .into_iter()
        .flatten()
        .filter_map(|v| v.as_table())
        .collect()
}

fn strings(table: &toml::Table, name: &str) -> Vec<String> {
    let list = table.get(name).and_then(|value| value.as_array()).into_iter().flatten();
    list.filter_map(|value| value.as_str()).map(str::to_owned).collect()
}

fn rules_of(command: &str) -> Vec<String> {
    scan(command).verdict.findings.into_iter().map(|finding| finding.rule).collect()
}

#[test]
fn every_rule_speaks_of_its_examples_and_of_nothing_else() {
    let mut wrong = Vec::new();
    for (path, file) in files() {
        for rule in tables(&file, "rule") {
            let id = rule["id"].as_str().expect("a rule has an id").to_owned();
            for command in strings(rule, "matches").iter().filter(|command| !rules_of(command).contains(&id))
            {
                wrong
                    .push(format!("{path}: {id} should speak of `{command}`, found {:?}", rules_of(command)));
            }
            for command in strings(rule, "not").iter().filter(|command| rules_of(command).contains(&id)) {
                wrong.push(format!("{path}: {id} should not speak of `{command}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_reading_entry_grants_its_examples_and_nothing_else() {
    let mut wrong = Vec::new();
    for (path, file) in files() {
        let programs = tables(&file, "program");
        for entry in programs.iter().flat_map(|p| [tables(p, "read"), tables(p, "carry")].concat()) {
            for command in strings(entry, "safe") {
                let verdict = scan(&command).verdict;
                if verdict.risk != ScannerRisk::Safe {
                    wrong.push(format!("{path}: `{command}` should be Safe, found {:?}", rules_of(&command)));
                }
            }
            for command in strings(entry, "not_safe") {
                if scan(&command).verdict.risk == ScannerRisk::Safe {
                    wrong.push(format!("{path}: `{command}` must not be Safe"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}
