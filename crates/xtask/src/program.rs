//! Other programs: said before they run, and named with the command that repeats them when they fail.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

/// Runs a program in `folder` with this process's output and no input.
///
/// # Errors
/// When it cannot be started or fails; the message holds the command to repeat.
pub(crate) fn run(folder: &Path, program: &str, arguments: &[&str]) -> anyhow::Result<()> {
    let line = spoken(program, arguments);
    eprintln!("$ {line}");
    let status = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("cannot start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed ({status}). To repeat it: cd {} && {line}", folder.display());
    }
    Ok(())
}

/// The command as one would type it.
pub(crate) fn spoken(program: &str, arguments: &[&str]) -> String {
    [&[program], arguments].concat().join(" ")
}

/// Whether a program answers to its name with success. Its output is dropped.
pub(crate) fn answers(program: &str, arguments: &[&str]) -> bool {
    let quiet = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    quiet.is_ok_and(|status| status.success())
}

/// Where a program of that name is found on the path.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|candidate| candidate.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_command_to_repeat() {
        let refused = run(Path::new("/"), "sh", &["-c", "exit-3"]).unwrap_err().to_string();
        assert!(refused.contains("cd / && sh -c exit-3"), "{refused}");
        assert!(run(Path::new("/"), "true", &[]).is_ok());
    }

    #[test]
    fn a_program_that_is_not_there_is_not_found() {
        assert!(find("sh").is_some());
        assert!(find("no-such-program-anywhere").is_none());
        assert!(!answers("no-such-program-anywhere", &[]));
    }
}
