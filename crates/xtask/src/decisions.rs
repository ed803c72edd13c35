//! `cargo xtask decisions`: every file of `docs/decisions` has exactly the fields of a decision log, and a change to
//! the crates that keep the product's promises comes with one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use serde::Deserialize;

/// A change below one of these needs a decision log that is new or changed too.
const GUARDED: [&str; 4] =
    ["crates/parser/src/", "crates/classifier/src/", "crates/executor/src/", "crates/approval/src/"];
const RULES: &str = "crates/classifier/rules/";
const LOGS: &str = "docs/decisions/";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    prompt: String,
    reasoning: String,
    alternatives_considered: Vec<String>,
    confidence: f64,
    timestamp: String,
    author: String,
}

/// Checks the logs below `root`, and what git knows of changes.
///
/// # Errors
/// When a log is malformed, or a guarded crate changed without one.
pub(crate) fn run(root: &Path) -> anyhow::Result<()> {
    let logs = logs(root)?;
    let wrong: Vec<String> = logs.iter().filter_map(|path| malformed(path)).collect();
    for line in &wrong {
        println!("{line}");
    }
    if !wrong.is_empty() {
        bail!("{} malformed decision log(s); see docs/decisions/README.md", wrong.len());
    }
    println!("{} decision logs: all well-formed", logs.len());
    match changes(root) {
        Changes::Unknown(why) => println!("changes are not looked at: {why}"),
        Changes::Since(base, paths) => {
            if let Some(path) = change_without_log(&paths) {
                bail!("{path} changed since {base}, and no decision log did; add one to {LOGS}");
            }
            println!("{} changed files since {base}: guarded crates come with their logs", paths.len());
        }
    }
    Ok(())
}

fn logs(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let folder = root.join(LOGS);
    let entries = std::fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    Ok(paths)
}

/// What is wrong with the log, if anything is.
fn malformed(path: &Path) -> Option<String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let why =
        std::fs::read_to_string(path).map_err(|error| error.to_string()).and_then(|text| check(&name, &text));
    why.err().map(|why| format!("{LOGS}{name}: {why}"))
}

fn check(name: &str, text: &str) -> Result<(), String> {
    let decision: Decision = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let rules = [
        (is_numbered(name), "the file is not named like 0042-what-was-decided.json"),
        (!decision.prompt.trim().is_empty(), "prompt is empty"),
        (!decision.reasoning.trim().is_empty(), "reasoning is empty"),
        (!decision.alternatives_considered.is_empty(), "alternatives_considered is empty"),
        ((0.0..=1.0).contains(&decision.confidence), "confidence is not between 0 and 1"),
        (chrono::DateTime::parse_from_rfc3339(&decision.timestamp).is_ok(), "timestamp is not RFC 3339"),
        (!decision.author.trim().is_empty(), "author is empty"),
    ];
    rules.iter().find(|(holds, _)| !holds).map_or(Ok(()), |(_, why)| Err((*why).to_owned()))
}

fn is_numbered(name: &str) -> bool {
    let number = name.split('-').next().unwrap_or_default();
    number.len() == 4 && number.bytes().all(|byte| byte.is_ascii_digit()) && name.len() > "0000-.json".len()
}

enum Changes {
    /// Git cannot tell, and why.
    Unknown(&'static str),
    /// Paths that differ from this commit, in the commits since and in the working tree.
    Since(String, BTreeSet<String>),
}

/// What changed since the branch left `main`, in commits and in the working tree; on `main` itself only the latter.
fn changes(root: &Path) -> Changes {
    let Some(head) = git(root, &["rev-parse", "--verify", "--quiet", "HEAD"]) else {
        return Changes::Unknown("this is not a git checkout with commits");
    };
    if git(root, &["rev-list", "--count", "--max-count=2", "HEAD"]).as_deref() == Some("1") {
        return Changes::Unknown("this clone holds a single commit, so there is nothing to compare with");
    }
    let base = branched(root).unwrap_or(head);
    let listed = [
        git(root, &["diff", "--name-only", &base]),
        git(root, &["ls-files", "--others", "--exclude-standard"]),
    ];
    let paths = listed.iter().flatten().flat_map(|text| text.lines()).map(str::to_owned).collect();
    Changes::Since(base.chars().take(12).collect(), paths)
}

/// The commit where this branch left `main`; on `main` itself the newest commit.
pub(crate) fn branched(root: &Path) -> Option<String> {
    ["origin/HEAD", "origin/main", "main"].iter().find_map(|name| git(root, &["merge-base", "HEAD", name]))
}

/// Whether a decision log of this number stands in the folder of logs.
pub(crate) fn has_log(root: &Path, number: &str) -> bool {
    let named = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        is_numbered(&name) && name.starts_with(&format!("{number}-"))
    };
    logs(root).is_ok_and(|logs| logs.iter().any(named))
}

/// What git answers on stdout, or none when it refuses.
pub(crate) fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").arg("-C").arg(root).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn change_without_log(paths: &BTreeSet<String>) -> Option<&String> {
    let logged = paths.iter().any(|path| path.starts_with(LOGS) && path.ends_with(".json"));
    let guarded =
        |path: &&String| path.starts_with(RULES) || GUARDED.iter().any(|folder| path.starts_with(folder));
    if logged { None } else { paths.iter().find(guarded) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"prompt":"Which?","reasoning":"Because.","alternatives_considered":["None"],
        "confidence":0.8,"timestamp":"2026-08-01T12:00:00Z","author":"dd0c/run maintainers"}"#;

    #[test]
    fn a_complete_log_is_taken() {
        assert_eq!(check("0042-a-choice.json", GOOD), Ok(()));
    }

    #[test]
    fn a_malformed_log_is_found_whatever_is_wrong_with_it() {
        let broken = [
            ("0042-a.json", GOOD.replace(r#""confidence":0.8,"#, "")),
            ("0042-a.json", GOOD.replace("0.8", "1.8")),
            ("0042-a.json", GOOD.replace("0.8", "\"high\"")),
            ("0042-a.json", GOOD.replace(r#"["None"]"#, r#""None""#)),
            ("0042-a.json", GOOD.replace("2026-08-01T12:00:00Z", "yesterday")),
            ("0042-a.json", GOOD.replace(r#""author""#, r#""extra":1,"author""#)),
            ("0042-a.json", GOOD.replace("Because.", " ")),
            ("a-choice.json", GOOD.to_owned()),
            ("0042-a.json", "not json".to_owned()),
        ];
        for (name, text) in broken {
            assert!(check(name, &text).is_err(), "{name}: {text}");
        }
    }

    #[test]
    fn a_guarded_crate_may_not_change_without_a_log() {
        let paths = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let changed = paths(&["crates/classifier/rules/git.toml", "README.md"]);
        assert_eq!(change_without_log(&changed).unwrap(), "crates/classifier/rules/git.toml");
        let logged = paths(&["crates/executor/src/lib.rs", "docs/decisions/0042-a.json"]);
        assert!(change_without_log(&logged).is_none());
        assert!(
            change_without_log(&paths(&["crates/api/src/lib.rs", "crates/executor/tests/a.rs"])).is_none()
        );
    }

    #[test]
    fn a_clone_of_a_single_commit_is_told_from_one_with_history() {
        let folder = tempfile::tempdir().unwrap();
        let commit = |message: &str| {
            let identity =
                ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"];
            let rest = ["commit", "--quiet", "--allow-empty", "-m", message];
            git(folder.path(), &[&identity[..], &rest[..]].concat()).expect("git commits")
        };
        assert!(matches!(changes(folder.path()), Changes::Unknown(_)));
        git(folder.path(), &["init", "--quiet", "--initial-branch=main"]).expect("git is installed");
        commit("one");
        assert!(matches!(changes(folder.path()), Changes::Unknown(why) if why.contains("single commit")));
        commit("two");
        std::fs::write(folder.path().join("new.txt"), "").unwrap();
        let Changes::Since(_, paths) = changes(folder.path()) else { panic!("there is history now") };
        assert!(paths.contains("new.txt"));
    }
}
