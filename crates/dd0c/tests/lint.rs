//! `dd0c lint`, `explain` and `parse` as programs: what they print, and how they end.

#![expect(clippy::unwrap_used, reason = "helpers of tests: a failure here is a failed test")]

mod schema;

use std::path::Path;
use std::process::{Command, Output};

use schema::Schema;
use serde_json::{Value, json};

const DANGER: &str = "# Clean\n\nRemove the cache:\n\n```bash\nrm -rf /srv/cache\n```\n";
const CAUTION: &str = "# Restart\n\n```bash\nkubectl -n web rollout restart deployment/web\n```\n";
const READS: &str = "# Look\n\n```bash\nkubectl get pods\n```\n";

fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    folder
}

fn dd0c(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dd0c")).args(arguments).current_dir(folder).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn read(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", said(output)))
}

#[test]
fn the_exit_code_names_the_worst_finding_from_the_asked_level_on() {
    let folder = folder(&[
        ("danger.md", DANGER.as_bytes()),
        ("caution.md", CAUTION.as_bytes()),
        ("reads.md", READS.as_bytes()),
        ("prose.md", b"# Hello\n\nNothing to run.\n"),
    ]);
    let ends = |arguments: &[&str]| dd0c(folder.path(), &[&["lint"], arguments].concat()).status.code();
    assert_eq!(ends(&["."]), Some(11));
    assert_eq!(ends(&["caution.md"]), Some(10));
    assert_eq!(ends(&["caution.md", "--fail-on", "danger"]), Some(0));
    assert_eq!(ends(&["reads.md", "prose.md"]), Some(0));
    assert_eq!(ends(&[".", "--fail-on", "caution", "--format", "json"]), Some(11));
    assert_eq!(ends(&["missing.md"]), Some(1));
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    assert_eq!(ends(&["empty"]), Some(2));
}

#[test]
fn a_file_that_cannot_be_read_is_named_with_its_place_and_hides_no_other() {
    let folder = folder(&[("bad.md", b"# Bad\nab\xff\n"), ("danger.md", DANGER.as_bytes())]);
    let text = dd0c(folder.path(), &["lint", "."]);
    assert!(said(&text).contains("bad.md:2:3: could not be read"), "{}", said(&text));
    assert!(said(&text).contains("danger.md:6:1 ⬢ DANGER files.rm-recursive"), "{}", said(&text));
    let document = read(&dd0c(folder.path(), &["lint", ".", "--format", "json"]));
    assert_eq!(document["files"][0]["status"], "failed");
    assert_eq!(document["files"][0]["place"]["offset"], 8);
    assert_eq!(document["summary"]["danger"], 1);
    let region = &document["files"][1]["findings"][0]["region"];
    let (start, end) = (region["start"].as_u64().unwrap(), region["end"].as_u64().unwrap());
    assert_eq!(&DANGER[usize::try_from(start).unwrap()..usize::try_from(end).unwrap()], "rm -rf /srv/cache");
}

#[test]
fn sarif_is_valid_by_the_official_schema_and_says_which_file_was_not_read() {
    let vague =
        "# Übung\n\nIf it looks bad, fix it.\n\n```bash\nrm -rf /srv/cache\n```\n\nThen check the logs.\n";
    let folder = folder(&[
        ("docs/räum auf.md", vague.as_bytes()),
        ("docs/caution.md", CAUTION.as_bytes()),
        ("docs/twice.md", DANGER.repeat(2).as_bytes()),
        ("docs/bad.md", b"\xff"),
    ]);
    let log = read(&dd0c(folder.path(), &["lint", "docs", "--format", "sarif"]));
    let schema: Value = serde_json::from_str(include_str!("sarif/sarif-schema-2.1.0.json")).unwrap();
    let errors = Schema { root: &schema }.errors(&log);
    assert!(errors.is_empty(), "{errors:#?}");
    for (place, wrong) in [
        ("/runs/0/results/0/level", "fatal".into()),
        ("/runs/0/results/0/message", json!({})),
        ("/runs/0/results/0/locations/0/physicalLocation/region/startLine", 0.into()),
        ("/runs/0/tool/driver", json!({ "name": "x", "surprise": 1 })),
    ] {
        let mut log = log.clone();
        *log.pointer_mut(place).unwrap() = wrong;
        assert!(!Schema { root: &schema }.errors(&log).is_empty(), "{place} is not looked at");
    }

    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    for result in results {
        let rule =
            &run["tool"]["driver"]["rules"][usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(
            rule["helpUri"]
                .as_str()
                .unwrap()
                .ends_with(&format!("/docs/rules/README.md#{}", rule["id"].as_str().unwrap()))
        );
    }
    let uri = "/locations/0/physicalLocation/artifactLocation/uri";
    assert!(results.iter().any(|result| result.pointer(uri).unwrap() == "docs/r%C3%A4um%20auf.md"));
    let prints: Vec<_> = results
        .iter()
        .filter(|result| result.pointer(uri).unwrap() == "docs/twice.md")
        .map(|result| result["partialFingerprints"]["dd0cFinding/v1"].as_str().unwrap())
        .collect();
    assert_eq!(prints.len(), 2);
    assert_ne!(prints[0], prints[1], "the same command twice is two findings");
    let notes = run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
    assert!(notes[0]["message"]["text"].as_str().unwrap().contains("could not be read"), "{notes:?}");
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
}

#[test]
fn annotations_name_file_line_and_column_and_cannot_be_broken_out_of() {
    let folder = folder(&[("a,b.md", DANGER.as_bytes())]);
    let output = dd0c(folder.path(), &["lint", ".", "--format", "github"]);
    let text = said(&output);
    assert!(
        text.starts_with(
            "::error file=a%2Cb.md,line=6,endLine=6,col=1,endColumn=18,title=files.rm-recursive::"
        ),
        "{text}"
    );
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("1 danger"));
}

#[test]
fn the_action_gives_the_command_line_what_it_takes() {
    let action = include_str!("../../../.github/actions/lint/action.yml");
    let help = said(&dd0c(Path::new("."), &["lint", "--help"]));
    for format in ["text", "json", "sarif", "github"] {
        assert!(help.contains(format) && action.contains(format), "{format}");
    }
    for level in ["caution", "danger", "ambiguity"] {
        assert!(help.contains(level) && action.contains(level), "{level}");
    }
    // Every flag that the action's script uses is one of the command.
    let used: Vec<_> = action
        .lines()
        .filter(|line| line.contains("lint") && line.contains("--"))
        .flat_map(|line| line.split_whitespace().filter(|word| word.starts_with("--") && word.len() > 2))
        .collect();
    assert!(used.contains(&"--format") && used.contains(&"--fail-on"), "{used:?}");
    for flag in used {
        assert!(help.contains(flag), "{flag} is no flag of dd0c lint");
    }
    // Every input is used, and nothing else is.
    let inputs: Vec<_> = action
        .split("inputs:")
        .nth(1)
        .and_then(|rest| rest.split("\noutputs:").next())
        .unwrap()
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   ") && line.ends_with(':'))
        .map(|line| line.trim().trim_end_matches(':'))
        .collect();
    assert!(inputs.contains(&"path") && inputs.contains(&"fail-on"), "{inputs:?}");
    for input in &inputs {
        assert!(action.contains(&format!("inputs.{input} ")), "the input {input} is not used");
    }
    for used in action.split("inputs.").skip(1) {
        let name: String = used.chars().take_while(|c| c.is_ascii_lowercase() || *c == '-').collect();
        assert!(inputs.contains(&name.as_str()), "{name} is no input");
    }
}

#[test]
fn explain_gives_every_token_with_its_findings_as_json() {
    let document = read(&dd0c(Path::new("."), &["explain", "--json", "rm -rf /srv/cache"]));
    assert_eq!(document["schema"], "dd0c.explain/v1");
    let written: Vec<_> = document["tokens"]
        .as_array()
        .unwrap()
        .iter()
        .map(|token| token["written"].as_str().unwrap())
        .collect();
    assert_eq!(written, ["rm", "-rf", "/srv/cache"]);
    assert_eq!(document["tokens"][0]["risk"], "dangerous");
    assert_eq!(document["classification"]["scanner"]["findings"][0]["rule"], "files.rm-recursive");
    assert_eq!(dd0c(Path::new("."), &["explain", " "]).status.code(), Some(2));
}

#[test]
fn a_page_is_printed_with_risks_lines_and_questions_and_a_folder_as_a_table() {
    let folder =
        folder(&[("a.md", DANGER.as_bytes()), ("sub/b.md", CAUTION.as_bytes()), ("c.md", b"# Prose\n")]);
    let page = said(&dd0c(folder.path(), &["parse", "--offline", "a.md"]));
    assert!(page.contains("⬢ DANGER") && page.contains("6 │ rm -rf /srv/cache"), "{page}");
    let output = dd0c(folder.path(), &["parse", "."]);
    let table = said(&output);
    assert!(table.lines().any(|line| line.contains("a.md") && line.contains("Clean")), "{table}");
    assert!(table.contains("2 runbooks, 1 files without commands"), "{table}");
    assert!(output.stderr.is_empty(), "no bar where standard error is no terminal");
    let lines = said(&dd0c(folder.path(), &["parse", "--json", "."]));
    let documents: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(documents.len(), 3);
    assert_eq!(documents[0]["runbook"]["schema"], "dd0c.runbook/v1");
}
