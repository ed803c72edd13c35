//! Commands that run other commands.

use dd0c_types::ScannerRisk;
use dd0c_types::classification::CommandSpan;

use crate::call::Call;
use crate::coarse;
use crate::judge::{At, Judge, Stdin};
use crate::parallel::{MOST_VALUES, Parallel, changes_values};
use crate::paths;
use crate::shell::text::OPAQUE;
use crate::shell::word::Word;
use crate::table::{self, Run};
use crate::variables;

impl Judge<'_> {
    /// Judges what the call carries.
    pub(crate) fn carry(&mut self, call: &Call<'_>, at: &At<'_>) {
        let Some(verb) = call.verb else { return };
        match verb.run {
            Run::Argv => self.argv(call, at, &[]),
            Run::Append => self.append(call, at),
            Run::Text => self.joined(call, at),
            Run::First => self.first(call, at),
            Run::Each => self.each(call, at),
            Run::Flag => self.flag_text(call, at),
            Run::Shell => self.shell(call, at),
        }
    }

    /// xargs: what comes in over standard input is appended, or put in for a mark.
    fn append(&mut self, call: &Call<'_>, at: &At<'_>) {
        let last = call.words.last().map_or(0, |word| word.end);
        let mut more = vec![Word::unknown(last, last)];
        let mut known = self.sought.clone();
        if let Stdin::Pipe { literal: Some(text), .. } = at.stdin {
            known.extend(text.split_ascii_whitespace().map(str::to_owned));
        }
        more.extend(known.into_iter().map(|part| Word::known(part, last, last)));
        self.argv(call, at, &more);
        let (Some(from), Stdin::Pipe { literal: Some(text), .. }) = (call.carried, at.stdin) else { return };
        let mark = |word: &Word<'_>| Word::known(word.text.replace("{}", text), word.start, word.end);
        let words: Vec<Word<'_>> = call.words[from..].iter().map(mark).collect();
        let inner = At { scope: at.scope, depth: self.inner(at), stdin: &Stdin::None };
        self.deny_only(|judge| judge.command(&words, &inner), ScannerRisk::Caution);
    }

    /// trap: the first word is shell text, the others say when it runs.
    fn first(&mut self, call: &Call<'_>, at: &At<'_>) {
        if let Some(word) = call.carried.and_then(|from| call.words.get(from)) {
            self.script_text(&word.text, std::slice::from_ref(word), call, at);
        }
    }

    /// parallel: shell text into which values are put. Judged value by value where it is known to the byte what
    /// becomes of each; otherwise the text is Unknown at least, and what it would be with the values counts as well.
    fn each(&mut self, call: &Call<'_>, at: &At<'_>) {
        let Some(from) = call.carried.filter(|&from| from < call.words.len()) else {
            return self.stdin_script(call, at);
        };
        let parts = Parallel::read(&call.words[from..]);
        let words = &call.words[from..];
        let span = at.scope.span(words[0].start, words[words.len() - 1].end);
        if parts.command.is_empty() {
            return self.each_is_command(&parts, span, call, at);
        }
        if let Some(commands) = parts.commands().filter(|_| !changes_values(call)) {
            return commands.iter().for_each(|text| self.text(text, span, at.depth, at.stdin));
        }
        let why = "a value put into shell text can run as code";
        self.report.note("shell.spliced-text", ScannerRisk::Unknown, span, why);
        self.text(&parts.text, span, at.depth, at.stdin);
        for value in parts.values.iter().take(MOST_VALUES) {
            let text = parts.with(&value.text);
            self.deny_only(|judge| judge.text(&text, span, at.depth, at.stdin), ScannerRisk::Caution);
        }
    }

    /// `parallel ::: 'ls -l' 'df -h'`: each value is a command.
    fn each_is_command(&mut self, parts: &Parallel<'_>, span: CommandSpan, call: &Call<'_>, at: &At<'_>) {
        if parts.sources != 1 || parts.unusual || changes_values(call) {
            let why = "runs commands put together from several lists, or from files that are not shown";
            self.report.note("shell.script-file", ScannerRisk::Caution, span, why);
        }
        for word in &parts.values {
            self.script_text(&word.text, std::slice::from_ref(*word), call, at);
        }
    }

    fn inner(&self, at: &At<'_>) -> usize {
        at.depth + 1
    }

    fn argv(&mut self, call: &Call<'_>, at: &At<'_>, more: &[Word<'_>]) {
        let split = self.split_string(call, at);
        let asks = call.words[0].text == "command"
            && call.flags.iter().any(|seen| matches!(seen.name.as_str(), "-v" | "-V"));
        if asks || (split && call.carried.is_none()) {
            return;
        }
        let Some(mut from) = call.carried else { return self.carries_nothing(call, at) };
        from = self.past_assignments(from, call, at);
        if from >= call.words.len() {
            return self.carries_nothing(call, at);
        }
        if let [dash, text, ..] = &call.words[from..]
            && dash.text == "-c"
        {
            return self.script_text(&text.text, std::slice::from_ref(text), call, at);
        }
        let mut words: Vec<Word<'_>> = call.words[from..].to_vec();
        words.extend_from_slice(more);
        let inner = At { scope: at.scope, depth: self.inner(at), stdin: at.stdin };
        self.command(&words, &inner);
    }

    /// Where the program stands behind `NAME=value` and, after an unknown flag, behind what may be its value.
    fn past_assignments(&mut self, mut from: usize, call: &Call<'_>, at: &At<'_>) -> usize {
        while let Some((name, _)) = call.words.get(from).and_then(assigned) {
            variables::assigned(name, at.scope.span_of(&call.words[from]), self.report);
            from += 1;
        }
        let is_known = |word: &Word<'_>| word.literal().and_then(known).is_some();
        if call.uncertain && !call.words.get(from).is_some_and(is_known) {
            from += call.words.iter().skip(from).position(is_known).unwrap_or(0);
        }
        from
    }

    /// `env -S 'command'`.
    fn split_string(&mut self, call: &Call<'_>, at: &At<'_>) -> bool {
        let mut any = false;
        let texts = call.flags.iter().filter(|seen| matches!(seen.name.as_str(), "-S" | "--split-string"));
        for seen in texts {
            if let Some(text) = &seen.value {
                any = true;
                self.text(text, at.scope.span_of(seen.word), at.depth, at.stdin);
            }
        }
        any
    }

    fn carries_nothing(&mut self, call: &Call<'_>, at: &At<'_>) {
        let words = call.words.len();
        let span = at.scope.span(call.words[0].start, call.words[words - 1].end.max(call.words[0].end));
        let why = "starts without a command that could be read";
        self.report.note("carry.nothing", ScannerRisk::Unknown, span, why);
    }

    fn joined(&mut self, call: &Call<'_>, at: &At<'_>) {
        let Some(from) = call.carried.filter(|&from| from < call.words.len()) else {
            return self.stdin_script(call, at);
        };
        let text: Vec<&str> = call.words[from..].iter().map(|word| &*word.text).collect();
        self.script_text(&text.join(" "), &call.words[from..], call, at);
    }

    fn flag_text(&mut self, call: &Call<'_>, at: &At<'_>) {
        let flag = call.flags.iter().find(|seen| matches!(seen.name.as_str(), "-c" | "--command" | "-e"));
        match flag.and_then(|seen| seen.value.as_deref().zip(seen.value_word)) {
            Some((text, word)) => self.script_text(text, std::slice::from_ref(word), call, at),
            None if call.carried.is_some() => self.argv(call, at, &[]),
            None => self.carries_nothing(call, at),
        }
    }

    /// `bash -c 'text'`, `bash file`, `… | bash`, `bash <<EOF`.
    fn shell(&mut self, call: &Call<'_>, at: &At<'_>) {
        let has = |name: &str| call.flags.iter().any(|seen| seen.name == name);
        let (takes_text, reads_stdin) = (has("-c"), has("-s"));
        let operand = call.carried.and_then(|from| call.words.get(from));
        match operand {
            Some(word) if takes_text => {
                self.script_text(&word.text, std::slice::from_ref(word), call, at);
                // `$0`, `$1`, … and `$@` in it.
                self.hazard_inside(call.carried.map_or(&[], |from| &call.words[from..]), at);
            }
            Some(word) if !reads_stdin && !matches!(&*word.text, "-" | "/dev/stdin") => {
                self.script_file(word, call, at);
            }
            _ => self.stdin_script(call, at),
        }
    }

    fn script_text(&mut self, text: &str, words: &[Word<'_>], call: &Call<'_>, at: &At<'_>) {
        let end = words.last().map_or(0, |word| word.end);
        let (start, end) = (words[0].start.min(end), end.max(words[0].end));
        let span = at.scope.span(start, end);
        let source = at.scope.text.get(start..end).unwrap_or_default();
        if text.contains(OPAQUE) && is_spliced(text, words) {
            if coarse::fetches(source) {
                let why = "runs whatever was downloaded or decoded";
                self.report.note("shell.fetched-program", ScannerRisk::Dangerous, span, why);
            } else if text.trim_matches([OPAQUE, ' ']).is_empty() {
                let name = &call.words[0].text;
                let why = format!("`{name}` runs text that is only known when it runs");
                return self.report.note("shell.dynamic-text", ScannerRisk::Caution, span, why);
            }
        }
        if is_filled_in(text, words, source) {
            let why = "a value put into shell text can run as code";
            self.report.note("shell.spliced-text", ScannerRisk::Unknown, span, why);
        }
        match verbatim(text, source) {
            Some(offset) => self.part(text, at.scope, start + offset, at.depth, at.stdin),
            None => self.text(text, span, at.depth, at.stdin),
        }
    }

    fn script_file(&mut self, word: &Word<'_>, call: &Call<'_>, at: &At<'_>) {
        let span = at.scope.span_of(word);
        let source = at.scope.text.get(word.start..word.end).unwrap_or_default();
        if word.opaque && coarse::fetches(source) {
            let why = "runs whatever was downloaded or decoded";
            return self.report.note("shell.fetched-program", ScannerRisk::Dangerous, span, why);
        }
        let why = "runs a file whose content is not shown";
        self.report.note("shell.script-file", ScannerRisk::Caution, span, why);
        if word.opaque {
            coarse::read(source, span, self.report);
        }
        self.hazard_inside(call.words, at);
    }

    /// Shell text that comes from standard input.
    fn stdin_script(&mut self, call: &Call<'_>, at: &At<'_>) {
        let span = at.scope.span_of(&call.words[0]);
        match at.stdin {
            Stdin::Text(text) | Stdin::Pipe { literal: Some(text), fetched: false } => {
                let text = text.clone();
                self.text(&text, span, at.depth, &Stdin::None);
            }
            Stdin::Pipe { fetched, literal } => {
                let (risk, why) = if *fetched || literal.is_some() {
                    (ScannerRisk::Dangerous, "runs whatever was downloaded or decoded")
                } else {
                    (ScannerRisk::Caution, "runs the output of another command")
                };
                self.report.note("shell.piped", risk, span, why);
            }
            Stdin::None => {
                let why = "opens an interactive session: nobody sees beforehand what is done in it";
                self.report.note("shell.interactive", ScannerRisk::Caution, span, why);
            }
        }
    }
}

/// Where the text stands in its source as it is, with at most quotes around it.
fn verbatim(text: &str, source: &str) -> Option<usize> {
    if source == text {
        return Some(0);
    }
    let inner = source.get(1..source.len().checked_sub(1)?)?;
    (inner == text && source.starts_with(['"', '\'']) && !text.is_empty()).then_some(1)
}

/// Whether some opaque part of the text is spliced in unquoted or is the text itself, rather than a placeholder.
fn is_spliced(text: &str, words: &[Word<'_>]) -> bool {
    text.trim_matches([OPAQUE, ' ']).is_empty() || words.iter().any(|word| word.opaque)
}

/// Whether a value comes into the text that was not shown: a variable, or the mark of find and xargs.
fn is_filled_in(text: &str, words: &[Word<'_>], source: &str) -> bool {
    let opaque = words.iter().any(|word| word.opaque);
    text.contains("{}") || (opaque && (source.contains(['$', '`']) || source.contains("{}")))
}

fn known(name: &str) -> Option<&'static table::Program> {
    table::program(paths::program_name(name))
}

/// `NAME=value`.
fn assigned<'w>(word: &'w Word<'_>) -> Option<(&'w str, &'w str)> {
    let (name, value) = word.text.split_once('=')?;
    let good = name
        .bytes()
        .enumerate()
        .all(|(at, byte)| byte == b'_' || byte.is_ascii_alphabetic() || (at > 0 && byte.is_ascii_digit()));
    (good && !name.is_empty()).then_some((name, value))
}
