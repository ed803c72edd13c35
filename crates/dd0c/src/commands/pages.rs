//! Pages on disk: which files are runbooks, read one by one, worked on by all cores.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use dd0c_parser::LIMIT;

use super::exit::Failure;
use super::terminal::prose;

/// The endings of the files that a folder is searched for. A file that is named itself is read whatever its ending.
pub const ENDINGS: [&str; 8] = ["md", "markdown", "html", "htm", "adoc", "asciidoc", "rst", "txt"];

/// Why a page could not be read, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// In words.
    pub why: String,
    /// The first wrong byte, with its line and its column in bytes, both from 1.
    pub place: Option<(usize, usize, usize)>,
}

impl Unreadable {
    /// The reason with the file's name and the place before it.
    pub fn of(&self, path: &Path) -> String {
        let place = self.place.map_or_else(String::new, |(_, line, column)| format!(":{line}:{column}"));
        format!("{}{place}: could not be read: {}", prose(&path.to_string_lossy()), self.why)
    }
}

/// The files that `paths` name, each once, in order: files as they are, folders with everything below them that ends
/// like a runbook. Hidden files, and what a `.gitignore` or `.ignore` file excludes, are passed over; links are not
/// followed.
///
/// # Errors
/// Wrong usage when nothing is found at all.
pub fn found(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files: Vec<PathBuf> = Vec::new();
    for path in paths {
        if path.is_dir() {
            files.extend(below(path));
        } else {
            files.push(path.clone());
        }
    }
    files.sort();
    files.dedup();
    if files.is_empty() {
        let names: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
        let message = format!("No runbook in {}. Looked for: .{}", names.join(", "), ENDINGS.join(" ."));
        return Err(Failure::usage(message));
    }
    Ok(files)
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let is_page = |path: &Path| {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        ENDINGS.iter().any(|known| known.eq_ignore_ascii_case(ending))
    };
    let walk = ignore::WalkBuilder::new(folder).require_git(false).build();
    // What cannot be looked into is named like a file, so that reading it says why.
    walk.filter_map(|entry| match entry {
        Ok(entry) => {
            let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
            (is_file && is_page(entry.path())).then(|| entry.into_path())
        }
        Err(error) => place_of(&error),
    })
    .collect()
}

fn place_of(error: &ignore::Error) -> Option<PathBuf> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path.clone()),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => place_of(err),
        _ => None,
    }
}

/// Reads a page.
///
/// # Errors
/// [`Unreadable`], with the place of the first byte that is not text.
pub fn read(path: &Path) -> Result<String, Unreadable> {
    let failed = |error: std::io::Error| Unreadable { why: error.to_string(), place: None };
    let bytes = std::fs::metadata(path).map_err(failed)?.len();
    if bytes > LIMIT as u64 {
        let why =
            format!("{bytes} bytes are more than the {LIMIT} that are read; split it into smaller pages");
        return Err(Unreadable { why, place: None });
    }
    let bytes = std::fs::read(path).map_err(failed)?;
    match dd0c_parser::validate_utf8(&bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => {
            let before = bytes.get(..error.offset).unwrap_or_default();
            let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
            let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
            let why = format!("byte {} is not UTF-8 text", error.offset);
            Err(Unreadable { why, place: Some((error.offset, line, column)) })
        }
    }
}

/// Does `work` on every item by all cores, and gives the results in the items' order. `done` is told how many are
/// done, by whichever core did one.
pub fn by_all_cores<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
    done: impl Fn(usize) + Sync,
) -> Vec<R> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let (next, finished) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let one_core = || {
        let mut results = Vec::new();
        while let Some((at, item)) = {
            let at = next.fetch_add(1, Ordering::Relaxed);
            items.get(at).map(|item| (at, item))
        } {
            results.push((at, work(item)));
            done(finished.fetch_add(1, Ordering::Relaxed) + 1);
        }
        results
    };
    let mut results: Vec<(usize, R)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores.min(items.len())).map(|_| scope.spawn(one_core)).collect();
        let joined = threads.into_iter().map(|thread| thread.join());
        joined.flat_map(|outcome| outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_gives_its_runbooks_and_not_what_git_ignores() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("b/two.RST", "x");
        write("a.md", "x");
        write("main.rs", "x");
        write(".hidden/c.md", "x");
        write("node_modules/d.md", "x");
        write(".gitignore", "node_modules\n");
        let found = found(&[folder.path().to_owned()]).unwrap();
        let names: Vec<_> = found
            .iter()
            .map(|path| path.strip_prefix(folder.path()).unwrap().display().to_string())
            .collect();
        assert_eq!(names, ["a.md", "b/two.RST"]);
        let named = folder.path().join("main.rs");
        assert_eq!(super::found(std::slice::from_ref(&named)).unwrap(), [named]);
    }

    #[test]
    fn a_byte_that_is_not_text_is_named_with_its_place() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), b"one\ntw\xffo").unwrap();
        assert_eq!(read(file.path()).unwrap_err().place, Some((6, 2, 3)));
    }

    #[test]
    fn all_cores_together_keep_the_order() {
        let items: Vec<usize> = (0..500).collect();
        assert_eq!(
            by_all_cores(&items, |item| item * 2, |_| ()),
            items.iter().map(|item| item * 2).collect::<Vec<_>>()
        );
        assert!(by_all_cores(&[] as &[u8], |item| *item, |_| ()).is_empty());
    }
}
