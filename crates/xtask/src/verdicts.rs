//! `cargo xtask verdicts`: the time machine. Every command of the corpus is judged again, and each verdict that a
//! change moved is printed, the fall from Dangerous to Safe first.
//!
//! The corpus lies in `crates/classifier/corpus`, one command a line: the verdict that was accepted for it, the command,
//! and what its source says of it, if it does.
//! A verdict that falls is accepted only with the number of the decision log that explains it, which then stays
//! in the line: `s0120` is Safe since decision 0120. Against the commit where the branch left `main`, every line
//! whose verdict fell must carry the number of a log that exists.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use dd0c_types::ScannerRisk;

use crate::decisions;

/// Where the corpus lies.
const CORPUS: &str = "crates/classifier/corpus/";
/// Lists whose commands belong to the corpus as soon as they are written.
const LISTS: &str = "crates/classifier/tests/lists/";
/// The file that takes the commands of the lists.
const OWN: &str = "own.tsv";
/// Most moves that are printed of each kind.
const MOST_PRINTED: usize = 40;

/// What to do with the verdicts.
#[derive(clap::Args, Default)]
pub(crate) struct Arguments {
    /// Write the new verdicts into the corpus
    #[arg(long)]
    accept: bool,
    /// The number of the decision log that explains why verdicts fell
    #[arg(long, value_name = "NNNN", requires = "accept")]
    decision: Option<String>,
}

/// Judges the corpus below `root` again.
///
/// # Errors
/// When a verdict moved and is not accepted, when one falls without a decision log, or a file of the corpus is malformed.
pub(crate) fn run(root: &Path, arguments: &Arguments) -> anyhow::Result<()> {
    let mut files = read_all(root)?;
    add_lists(root, &mut files)?;
    let moves = judge(&mut files);
    print(&moves);
    if arguments.accept {
        accept(root, &mut files, &moves, arguments.decision.as_deref())?;
    } else if !moves.is_empty() {
        bail!(
            "{} verdicts moved; look at them, then: cargo xtask verdicts --accept [--decision NNNN]",
            moves.len()
        );
    }
    let unexplained = unexplained(root, &files);
    for line in unexplained.iter().take(MOST_PRINTED) {
        println!("{line}");
    }
    if !unexplained.is_empty() {
        bail!("{} verdicts fell since the branch left main without a decision log", unexplained.len());
    }
    println!("{} verdicts stand", files.iter().map(|file| file.lines.len()).sum::<usize>());
    Ok(())
}

struct File {
    path: PathBuf,
    /// Comment lines: what this is, where it comes from, its licence.
    head: Vec<String>,
    lines: Vec<Line>,
}

#[derive(Debug, Clone, PartialEq)]
struct Line {
    /// None: a command that was never judged.
    verdict: Option<ScannerRisk>,
    /// The decision that let it fall last.
    decision: String,
    command: String,
    /// What its source says of it.
    labels: String,
}

struct Move {
    file: usize,
    line: usize,
    from: ScannerRisk,
    to: ScannerRisk,
    command: String,
}

impl Move {
    fn falls(&self) -> bool {
        self.to < self.from
    }
}

fn read_all(root: &Path) -> anyhow::Result<Vec<File>> {
    let folder = root.join(CORPUS);
    let entries = std::fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "tsv"));
    paths.sort();
    paths.into_iter().map(read).collect()
}

fn read(path: PathBuf) -> anyhow::Result<File> {
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let (head, lines) = parse(&text).with_context(|| format!("{} is malformed", path.display()))?;
    Ok(File { path, head, lines })
}

fn parse(text: &str) -> anyhow::Result<(Vec<String>, Vec<Line>)> {
    let head = text.lines().take_while(|line| line.starts_with("# ")).map(str::to_owned).collect::<Vec<_>>();
    let lines = text.lines().skip(head.len()).map(line).collect::<anyhow::Result<_>>()?;
    Ok((head, lines))
}

fn line(text: &str) -> anyhow::Result<Line> {
    let (mark, command) = text.split_once('\t').with_context(|| format!("no tab in `{text}`"))?;
    let (command, labels) = command.split_once('\t').unwrap_or((command, ""));
    let (letter, decision) = mark.split_at(mark.len().min(1));
    let verdict = match letter {
        "" => None,
        _ => Some(risk(letter).with_context(|| format!("no verdict is written `{letter}`"))?),
    };
    Ok(Line {
        verdict,
        decision: decision.to_owned(),
        command: unescaped(command),
        labels: labels.to_owned(),
    })
}

const LETTERS: [(ScannerRisk, &str); 4] = [
    (ScannerRisk::Safe, "s"),
    (ScannerRisk::Unknown, "u"),
    (ScannerRisk::Caution, "c"),
    (ScannerRisk::Dangerous, "d"),
];

fn risk(letter: &str) -> Option<ScannerRisk> {
    LETTERS.iter().find(|(_, known)| *known == letter).map(|(risk, _)| *risk)
}

fn letter(risk: ScannerRisk) -> &'static str {
    LETTERS.iter().find(|(known, _)| *known == risk).map_or("", |(_, letter)| letter)
}

/// `\n`, `\t` and `\\` stand for what cannot stand in a line.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, if c == '\\' { chars.next() } else { None }) {
            ('\\', Some('n')) => out.push('\n'),
            ('\\', Some('t')) => out.push('\t'),
            ('\\', Some('r')) => out.push('\r'),
            ('\\', Some(other)) => out.push(other),
            (c, _) => out.push(c),
        }
    }
    out
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n").replace('\t', "\\t").replace('\r', "\\r")
}

/// Takes in the commands of the lists that are not in the corpus yet.
fn add_lists(root: &Path, files: &mut [File]) -> anyhow::Result<()> {
    let known: std::collections::BTreeSet<String> =
        files.iter().flat_map(|file| file.lines.iter().map(|line| line.command.clone())).collect();
    let mut paths: Vec<PathBuf> = std::fs::read_dir(root.join(LISTS))?
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<_>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    paths.sort();
    let own = files.iter_mut().find(|file| file.path.ends_with(OWN)).context("the corpus has no own.tsv")?;
    for path in paths {
        let text = std::fs::read_to_string(path)?;
        for command in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let command = command.replace('⏎', "\n");
            let is_new = !known.contains(&command) && !own.lines.iter().any(|line| line.command == command);
            if is_new {
                own.lines.push(Line {
                    verdict: None,
                    decision: String::new(),
                    command,
                    labels: String::new(),
                });
            }
        }
    }
    Ok(())
}

/// Judges every line; what was never judged is no move.
fn judge(files: &mut [File]) -> Vec<Move> {
    let mut moves = Vec::new();
    for (file, content) in files.iter_mut().enumerate() {
        for (at, line) in content.lines.iter_mut().enumerate() {
            let to = dd0c_classifier::scan(&line.command).verdict.risk;
            match line.verdict {
                Some(from) if from != to => {
                    moves.push(Move { file, line: at, from, to, command: line.command.clone() });
                }
                Some(_) => {}
                None => line.verdict = Some(to),
            }
        }
    }
    // The deepest fall first.
    moves.sort_by_key(|one| (one.to as i16 - one.from as i16, one.file, one.line));
    moves
}

fn print(moves: &[Move]) {
    let mut kinds: BTreeMap<(i16, &str, &str), Vec<&Move>> = BTreeMap::new();
    for one in moves {
        let kind = (one.to as i16 - one.from as i16, one.from.as_str(), one.to.as_str());
        kinds.entry(kind).or_default().push(one);
    }
    for ((_, from, to), list) in kinds {
        println!("{from} -> {to}: {}", list.len());
        list.iter().take(MOST_PRINTED).for_each(|one| println!("  {}", escaped(&one.command)));
        if list.len() > MOST_PRINTED {
            println!("  … and {} more", list.len() - MOST_PRINTED);
        }
    }
}

fn accept(root: &Path, files: &mut [File], moves: &[Move], decision: Option<&str>) -> anyhow::Result<()> {
    let falls = moves.iter().filter(|one| one.falls()).count();
    match decision {
        None if falls > 0 => {
            bail!("{falls} verdicts fall; say which decision log explains it: --decision NNNN")
        }
        Some(number) if !decisions::has_log(root, number) => bail!("there is no decision log {number}"),
        _ => {}
    }
    for one in moves {
        let line = &mut files[one.file].lines[one.line];
        line.verdict = Some(one.to);
        line.decision = if one.falls() { decision.unwrap_or_default().to_owned() } else { String::new() };
    }
    for file in files.iter() {
        std::fs::write(&file.path, written(file))
            .with_context(|| format!("cannot write {}", file.path.display()))?;
    }
    println!("{} moves accepted", moves.len());
    Ok(())
}

fn written(file: &File) -> String {
    let mut out = String::new();
    for line in &file.head {
        out.push_str(line);
        out.push('\n');
    }
    for line in &file.lines {
        let mark = line.verdict.map(letter).unwrap_or_default();
        let labels = if line.labels.is_empty() { String::new() } else { format!("\t{}", line.labels) };
        out.push_str(&format!("{mark}{}\t{}{labels}\n", line.decision, escaped(&line.command)));
    }
    out
}

/// Lines whose verdict fell since the branch left main and that name no decision log.
fn unexplained(root: &Path, files: &[File]) -> Vec<String> {
    let Some(base) = decisions::branched(root) else { return Vec::new() };
    let mut out = Vec::new();
    for file in files {
        let name = file.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some(old) = decisions::git(root, &["show", &format!("{base}:{CORPUS}{name}")]) else { continue };
        let Ok((_, old)) = parse(&old) else { continue };
        out.extend(fallen(&old, &file.lines, |number| decisions::has_log(root, number)));
    }
    out
}

fn fallen(old: &[Line], new: &[Line], has_log: impl Fn(&str) -> bool) -> Vec<String> {
    let old: BTreeMap<&str, &Line> = old.iter().map(|line| (line.command.as_str(), line)).collect();
    let mut out = Vec::new();
    for line in new {
        let Some(before) = old.get(line.command.as_str()) else { continue };
        let fell = line.verdict < before.verdict;
        if fell && (line.decision.is_empty() || !has_log(&line.decision)) {
            out.push(format!("fell without a decision log: {}", escaped(&line.command)));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(verdict: ScannerRisk, decision: &str, command: &str) -> Line {
        Line {
            verdict: Some(verdict),
            decision: decision.to_owned(),
            command: command.to_owned(),
            labels: String::new(),
        }
    }

    #[test]
    fn a_file_is_written_as_it_was_read() {
        let text = "# what this is\ns0120\tls\\n-la \\\\ \\t\nd\trm -rf /\tbA cB\nu\tx\n";
        let (head, lines) = parse(text).unwrap();
        assert_eq!(lines[0], one(ScannerRisk::Safe, "0120", "ls\n-la \\ \t"));
        assert_eq!(written(&File { path: PathBuf::new(), head, lines }), text);
        assert!(parse("z\tls\n").is_err() && parse("ls\n").is_err());
    }

    #[test]
    fn the_deepest_fall_is_told_first() {
        let lines = vec![
            one(ScannerRisk::Caution, "", "ls"),
            one(ScannerRisk::Dangerous, "", "ls -a"),
            one(ScannerRisk::Safe, "", "rm -rf /"),
            one(ScannerRisk::Safe, "", "ls -l"),
        ];
        let mut files = [File { path: PathBuf::new(), head: Vec::new(), lines }];
        let commands: Vec<String> = judge(&mut files).into_iter().map(|one| one.command).collect();
        assert_eq!(commands, ["ls -a", "ls", "rm -rf /"]);
    }

    #[test]
    fn a_verdict_that_fell_names_a_log_that_exists() {
        let old = [one(ScannerRisk::Dangerous, "", "a"), one(ScannerRisk::Unknown, "", "b")];
        let fell =
            |decision: &str| [one(ScannerRisk::Safe, decision, "a"), one(ScannerRisk::Unknown, "", "b")];
        let known = |number: &str| number == "0120";
        assert_eq!(fallen(&old, &fell(""), known).len(), 1);
        assert_eq!(fallen(&old, &fell("0999"), known).len(), 1);
        assert!(fallen(&old, &fell("0120"), known).is_empty());
        assert!(fallen(&old, &[one(ScannerRisk::Dangerous, "", "b")], known).is_empty());
    }
}
