//! Writes a page for each rule file into the folder named first, and a table of them.

mod pages;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs, io};

fn main() -> ExitCode {
    let Some(folder) = env::args().nth(1) else {
        eprintln!("usage: rule_pages FOLDER");
        return ExitCode::FAILURE;
    };
    match write(Path::new(&folder), &pages::all()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{folder}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Writes every page and removes those of packs that are gone.
fn write(folder: &Path, pages: &BTreeMap<String, String>) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for name in pages::names_in(folder)? {
        if !pages.contains_key(&name) {
            fs::remove_file(folder.join(name))?;
        }
    }
    pages.iter().try_for_each(|(name, text)| fs::write(folder.join(name), text))
}
