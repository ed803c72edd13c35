//! Commands of the shell itself that change what later words mean.

use dd0c_types::ScannerRisk;

use crate::call::Call;
use crate::coarse;
use crate::judge::{At, Judge, Stdin};
use crate::paths;

/// Commands that compute with some of their words, or take them for names with an index.
const COMPUTE: &[&str] = &["test", "[", "let", "read", "mapfile", "readarray", "printf", "getopts", "wait"];

impl Judge<'_> {
    /// Takes note of what a command of the shell changes for those after it.
    pub(crate) fn builtin(&mut self, name: &str, call: &Call<'_>, at: &At<'_>) {
        if COMPUTE.contains(&name) {
            call.words.iter().skip(1).for_each(|word| self.computed(word, at));
        }
        match name {
            "at" | "batch" => self.planned(call, at),
            "cd" | "pushd" => self.goes_to_folder(call),
            "popd" => self.folder = None,
            "read" | "mapfile" | "readarray" => self.reads_variables(call),
            "alias" => self.alias(call, at),
            "source" | "." => self.sources(call, at),
            _ => {}
        }
    }

    /// `echo TEXT | at noon`: what comes in runs later.
    fn planned(&mut self, call: &Call<'_>, at: &At<'_>) {
        if let Stdin::Text(text) | Stdin::Pipe { literal: Some(text), .. } = at.stdin {
            let span = at.scope.span_of(&call.words[0]);
            self.deny_only(|judge| judge.text(text, span, at.depth, &Stdin::None), ScannerRisk::Caution);
        }
    }

    fn goes_to_folder(&mut self, call: &Call<'_>) {
        let target = call.operand_words().next().map(|word| word.literal().map(str::to_owned));
        self.folder = match target {
            None => Some("~".to_owned()),
            Some(known) => known.map(|path| paths::within(self.folder.as_deref(), &path).into_owned()),
        };
    }

    /// What the stages before look for comes in line by line.
    fn reads_variables(&mut self, call: &Call<'_>) {
        for word in call.operand_words() {
            for secret in &self.sought {
                self.variables.add(&word.text, secret);
            }
        }
    }

    fn alias(&mut self, call: &Call<'_>, at: &At<'_>) {
        for word in call.words.iter().skip(1) {
            if let Some((_, text)) = word.text.split_once('=') {
                let span = at.scope.span_of(word);
                self.deny_only(|judge| judge.text(text, span, at.depth, &Stdin::None), ScannerRisk::Caution);
            }
        }
    }

    fn sources(&mut self, call: &Call<'_>, at: &At<'_>) {
        let Some(word) = call.words.get(1).filter(|word| word.opaque) else { return };
        let source = at.scope.text.get(word.start..word.end).unwrap_or_default();
        if coarse::fetches(source) {
            let why = "runs whatever was downloaded or decoded";
            self.report.note("shell.fetched-program", ScannerRisk::Dangerous, at.scope.span_of(word), why);
        }
        coarse::read(source, at.scope.span_of(word), self.report);
    }
}
