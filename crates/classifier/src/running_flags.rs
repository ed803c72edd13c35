//! Flags whose value is run as a command: `tar --to-command=…`, `git -c core.pager=…`, `ssh -o ProxyCommand=…`.
//!
//! Such a call is never Safe by its table; here what the value would do is judged, and can only raise the risk.

use dd0c_types::ScannerRisk;

use crate::judge::{At, Judge, Stdin};
use crate::shell::word::Word;
use crate::table::RUNNING_FLAGS;

/// What stands before the command in a value.
const LEADS: &[&str] =
    &["exec=", ":!", "!", "shell ", "silent !", ":silent !", "system ", "|", "sh ", "command="];

impl Judge<'_> {
    /// Judges what the flags of this call run.
    pub(crate) fn running_flags(&mut self, name: &str, words: &[Word<'_>], at: &At<'_>) {
        let first = RUNNING_FLAGS.partition_point(|entry| program_of(entry) < name);
        let entries = RUNNING_FLAGS[first..].iter().take_while(|entry| program_of(entry) == name);
        for flag in entries.filter_map(|entry| entry.split(' ').nth(1)) {
            for (index, word) in words.iter().enumerate().skip(1) {
                if let Some(text) = value(flag, word, words.get(index + 1)) {
                    self.value(text, word, at);
                    let rest = words.get(index + 1..).filter(|_| word.text == flag).unwrap_or_default();
                    self.deny_only(|judge| judge.command(rest, at), ScannerRisk::Dangerous);
                }
            }
        }
    }

    fn value(&mut self, text: &str, word: &Word<'_>, at: &At<'_>) {
        let span = at.scope.span_of(word);
        // `core.pager=…`, `ProxyCommand=…`, `alias.x=!…`
        let setting =
            text.split_once(['=', ' ']).filter(|(key, _)| is_setting(key)).map(|(_, command)| command);
        for text in [Some(text), setting].into_iter().flatten() {
            let lead = LEADS.iter().find_map(|lead| text.strip_prefix(lead));
            let text = lead.unwrap_or(text);
            self.deny_only(|judge| judge.text(text, span, at.depth, &Stdin::None), ScannerRisk::Dangerous);
        }
    }
}

fn program_of(entry: &str) -> &str {
    entry.split(' ').next().unwrap_or(entry)
}

/// The value of a flag: attached, behind `=`, or the next word.
fn value<'w>(flag: &str, word: &'w Word<'_>, next: Option<&'w Word<'_>>) -> Option<&'w str> {
    let rest = word.text.strip_prefix(flag)?;
    match rest.strip_prefix('=') {
        Some(value) => Some(value),
        None if rest.is_empty() => next.map(|next| &*next.text),
        None => (!flag.starts_with("--")).then_some(rest),
    }
}

fn is_setting(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
}
