//! Bringing back the values of variables that a step declares to set (decision 23).
//!
//! The approved bytes stay the one argument of `bash -c`. Beside them, `BASH_ENV` names a start-up file that bash reads
//! first; it removes `BASH_ENV` again, so that no child sees it, and sets a trap that, when the shell ends, writes each
//! declared variable as `NAME=value NUL` into a file of mode 0600. The exit status is not touched. A command that
//! replaces the shell (`exec`), sets an EXIT trap of its own, or is read by `sh`, returns no values: then the map is
//! empty and the note says so.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::path::{Path, PathBuf};

use dd0c_pki::keys::write_secret;

/// The most that is read back, in bytes, over all variables.
const MOST: u64 = 256 * 1024;

/// The two files of one attempt.
pub struct Watch {
    script: PathBuf,
    values: PathBuf,
    names: Vec<String>,
}

impl Watch {
    /// Prepares the files and adds `BASH_ENV`. None when nothing is declared or the shell is not bash.
    pub fn prepare(
        folder: &Path,
        attempt: &str,
        shell: &str,
        names: &[String],
        environment: &mut BTreeMap<String, String>,
    ) -> std::io::Result<Option<Self>> {
        if names.is_empty() || shell != "bash" {
            return Ok(None);
        }
        let watch = Self {
            script: folder.join(format!("{attempt}.sh")),
            values: folder.join(format!("{attempt}.values")),
            names: names.to_vec(),
        };
        write_secret(&watch.values, b"")?;
        write_secret(&watch.script, watch.text().as_bytes())?;
        environment.insert("BASH_ENV".to_owned(), watch.script.display().to_string());
        Ok(Some(watch))
    }

    /// Reads the values and removes the files. Values that are not UTF-8 are left out.
    pub fn collect(self) -> HashMap<String, String> {
        let mut bytes = Vec::new();
        let read = std::fs::File::open(&self.values).and_then(|file| file.take(MOST).read_to_end(&mut bytes));
        for path in [&self.script, &self.values] {
            let _ = std::fs::remove_file(path);
        }
        if read.is_err() {
            return HashMap::new();
        }
        // The last piece follows the last NUL: empty, or cut off by the limit.
        let mut pieces: Vec<_> = bytes.split(|byte| *byte == 0).collect();
        pieces.pop();
        pieces
            .into_iter()
            .filter_map(|piece| std::str::from_utf8(piece).ok()?.split_once('='))
            .filter(|(name, _)| self.names.iter().any(|declared| declared == name))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    fn text(&self) -> String {
        let print: String = self
            .names
            .iter()
            .map(|name| {
                format!("[ -n \"${{{name}+x}}\" ] && builtin printf \"%s=%s\\\\0\" {name} \"${{{name}}}\"; ")
            })
            .collect();
        let print = print.replace('\'', "'\\''");
        let values = quote(&self.values.display().to_string()).replace('\'', "'\\''");
        format!("unset BASH_ENV\ntrap '{{ {print}}} >{values} 2>/dev/null' EXIT\n")
    }
}

fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(command: &str, names: &[&str]) -> (HashMap<String, String>, Option<i32>, Vec<u8>) {
        let folder = tempfile::Builder::new().prefix("it's here ").tempdir().unwrap();
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut environment = BTreeMap::new();
        let watch =
            Watch::prepare(folder.path(), "att_1", "bash", &names, &mut environment).unwrap().unwrap();
        let out =
            std::process::Command::new("bash").arg("-c").arg(command).envs(&environment).output().unwrap();
        let values = watch.collect();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "no file is left");
        (values, out.status.code(), out.stdout)
    }

    #[test]
    fn every_value_comes_back_to_the_byte_and_the_exit_status_is_untouched() {
        let (found, code, _) =
            values("A=$'x\\n\"quoted\" $HOME \\\\ \\'q\\''; B=; export C=1; exit 7", &["A", "B", "C", "D"]);
        assert_eq!(code, Some(7));
        assert_eq!(found["A"], "x\n\"quoted\" $HOME \\ 'q'");
        assert_eq!(found["B"], "");
        assert_eq!(found["C"], "1");
        assert!(!found.contains_key("D"), "it was never set");
    }

    #[test]
    fn a_failing_command_still_says_what_it_set_and_what_was_not_declared_stays_inside() {
        let (found, code, _) = values("set -eu; A=1; SECRET=2; false; A=3", &["A"]);
        assert_eq!((found.len(), found["A"].as_str(), code), (1, "1", Some(1)));
    }

    #[test]
    fn the_command_sees_neither_the_file_nor_another_argument() {
        let (_, _, out) = values("echo \"$#|$0|${BASH_ENV-none}|$BASH_EXECUTION_STRING\"", &["A"]);
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "0|bash|none|echo \"$#|$0|${BASH_ENV-none}|$BASH_EXECUTION_STRING\"\n");
    }

    #[test]
    fn a_command_with_its_own_trap_or_that_replaces_the_shell_returns_nothing() {
        assert!(values("A=1; trap 'echo bye' EXIT", &["A"]).0.is_empty());
        assert!(values("A=1; exec true", &["A"]).0.is_empty());
    }
}
