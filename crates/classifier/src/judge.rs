//! Judges one command: finds its program's table, runs the deny-list and the allow-list, unwraps what it carries.

use dd0c_types::ScannerRisk;
use dd0c_types::classification::CommandSpan;

use crate::call::Call;
use crate::report::{Origin, Report, Scope};
use crate::shell::text::prepare;
use crate::shell::tree::{self, DEEPEST};
use crate::shell::walk::Walk;
use crate::shell::word::Word;
use crate::table::{self, Grade};
use crate::variables::Variables;
use crate::{coarse, explain, grant, paths, payload, rules, variables};

/// Most commands judged in one scan, those inside others included.
const MOST_COMMANDS: usize = 256;
/// What shell text inside an argument adds to the depth: it costs a parse of its own.
pub(crate) const TEXT_DEPTH: usize = 4;

/// What a command reads from its standard input.
#[derive(Debug, Clone, Default)]
pub(crate) enum Stdin {
    /// Nothing given here.
    #[default]
    None,
    /// The output of an earlier stage.
    Pipe { literal: Option<String>, fetched: bool },
    /// Text that stands in the command.
    Text(String),
}

/// Where a command stands.
pub(crate) struct At<'a> {
    pub(crate) scope: &'a Scope<'a>,
    pub(crate) depth: usize,
    pub(crate) stdin: &'a Stdin,
}

/// A scan under way.
pub(crate) struct Judge<'r> {
    pub(crate) report: &'r mut Report,
    /// Functions defined so far: their bodies were judged where they stand.
    pub(crate) functions: Vec<String>,
    /// Variables with values that are known.
    pub(crate) variables: Variables,
    /// Names of secrets that earlier stages of the pipeline look for: they come in over standard input.
    pub(crate) sought: Vec<String>,
    /// The folder that `cd` went to, when it is known.
    pub(crate) folder: Option<String>,
    /// How often words ended elsewhere than the grammar thought.
    pub(crate) breaks: usize,
}

impl<'r> Judge<'r> {
    pub(crate) fn new(report: &'r mut Report) -> Self {
        Judge {
            report,
            functions: Vec::new(),
            variables: Variables::default(),
            sought: Vec::new(),
            folder: None,
            breaks: 0,
        }
    }

    /// Reads a piece of shell text.
    pub(crate) fn script(&mut self, scope: &Scope<'_>, depth: usize) {
        self.script_with(scope, depth, &Stdin::None);
    }

    fn script_with(&mut self, scope: &Scope<'_>, depth: usize, stdin: &Stdin) {
        let whole = scope.span(0, scope.text.len());
        if tree::is_nested_beyond_reading(scope.text) {
            return self.beyond_the_caps(scope, whole);
        }
        let Some(parsed) = tree::parse(scope.text) else {
            return self.report.note(
                "shell.unreadable",
                ScannerRisk::Unknown,
                whole,
                "could not be read as shell",
            );
        };
        let root = parsed.root_node();
        if !tree::is_bounded(root) {
            return self.beyond_the_caps(scope, whole);
        }
        if root.has_error() {
            let why = "is not complete shell text: it may run as something else than it looks";
            self.report.note("shell.syntax", ScannerRisk::Unknown, whole, why);
            coarse::read(scope.text, whole, self.report);
        }
        Walk { judge: self, scope, depth }.visit(root, stdin);
    }

    fn beyond_the_caps(&mut self, scope: &Scope<'_>, whole: CommandSpan) {
        let why = "too large or too deeply nested to be read";
        self.report.note("cap.tree", ScannerRisk::Unknown, whole, why);
        coarse::read(scope.text, whole, self.report);
    }

    /// Shell text inside an argument.
    pub(crate) fn text(&mut self, text: &str, span: CommandSpan, depth: usize, stdin: &Stdin) {
        let prepared = prepare(text);
        let scope = Scope::new(&prepared.text, Origin::Inside(span));
        self.inner_script(&scope, span, depth, stdin);
    }

    /// Shell text that stands as it is in another text, from this byte on.
    pub(crate) fn part(&mut self, text: &str, parent: &Scope<'_>, from: usize, depth: usize, stdin: &Stdin) {
        let prepared = prepare(text);
        let span = parent.span(from, from + text.len());
        let scope = Scope::new(&prepared.text, Origin::Part { parent, prepared: &prepared, from });
        self.inner_script(&scope, span, depth, stdin);
    }

    fn inner_script(&mut self, scope: &Scope<'_>, span: CommandSpan, depth: usize, stdin: &Stdin) {
        if self.is_too_deep(depth + TEXT_DEPTH, span) {
            return coarse::read(scope.text, span, self.report);
        }
        let before = self.report.commands;
        self.script_with(scope, depth + TEXT_DEPTH, stdin);
        if self.report.commands == before {
            self.report.note("scan.empty", ScannerRisk::Unknown, span, "there is no command in it");
        }
    }

    fn is_too_deep(&mut self, depth: usize, span: CommandSpan) -> bool {
        let deep = depth > DEEPEST || self.report.commands >= MOST_COMMANDS;
        if deep {
            self.report.note(
                "cap.nesting",
                ScannerRisk::Unknown,
                span,
                "commands nested too deeply to be read",
            );
        }
        deep
    }

    /// One simple command.
    pub(crate) fn command(&mut self, words: &[Word<'_>], at: &At<'_>) {
        let Some(first) = words.first() else { return };
        let span = at.scope.span_of(first);
        if self.is_too_deep(at.depth, span) {
            let whole = at.scope.span(0, at.scope.text.len());
            return coarse::read(at.scope.text, whole, self.report);
        }
        self.report.commands += 1;
        match first.literal().filter(|name| !name.is_empty()) {
            Some(name) => self.named(name, words, at),
            None => self.dynamic(words, at),
        }
        if words.iter().any(|word| word.opaque) {
            self.resolved(words, at);
        }
    }

    fn named(&mut self, path: &str, words: &[Word<'_>], at: &At<'_>) {
        let span = at.scope.span_of(&words[0]);
        let name = paths::program_name(path);
        if path.contains('/') && !paths::is_system_program(path) {
            let why = "a program outside the system's folders: its name says nothing about what it does";
            self.report.note("shell.unusual-path", ScannerRisk::Unknown, span, why);
        }
        if !name.is_ascii() {
            let why = "the name of the program holds letters that can pass for others";
            self.report.note("text.imitated-name", ScannerRisk::Dangerous, span, why);
        }
        let is_function = self.functions.iter().any(|known| known == name);
        let Some(program) = table::program(name) else {
            if is_function {
                explain::plain(words, at, "a function that is defined above", self.report);
                self.hazard_inside(words, at);
            } else {
                self.unlisted(name, words, at);
            }
            return;
        };
        let call = Call::read(program, words);
        let before = self.report.len();
        if !grant::asks_for_help(&call) {
            self.call(name, &call, at, is_function);
        }
        explain::call(&call, self.report.worst_since(before), at, self.report);
    }

    fn call(&mut self, name: &str, call: &Call<'_>, at: &At<'_>, is_function: bool) {
        let before = self.report.len();
        rules::run(name, call, at.scope, self.report);
        if self.report.runs_since(before) {
            self.handed_on(call.words, at);
        }
        paths::secrets(call, self.folder.as_deref(), at.scope, self.report);
        variables::printed(name, call, at.scope, self.report);
        variables::set(name, call, at.scope, self.report);
        self.builtin(name, call, at);
        self.running_flags(name, call.words, at);
        let payload_read = payload::judge(self, call, at);
        let carries = call.verb.is_some_and(|verb| verb.grade == Grade::Carry);
        if carries {
            self.carry(call, at);
        }
        if payload_read || is_function {
            return;
        }
        grant::check(name, call, at, self.report.len() > before, self.report);
    }

    /// A program that no rule file describes.
    fn unlisted(&mut self, name: &str, words: &[Word<'_>], at: &At<'_>) {
        let span = at.scope.span_of(&words[0]);
        explain::plain(words, at, "no rule knows this program", self.report);
        let why = format!("no rule knows the program `{name}`");
        self.report.note("scan.unlisted", ScannerRisk::Unknown, span, why);
        self.hazard_inside(words, at);
        self.texts_inside(words, at);
    }

    /// What runs its arguments somewhere: a hazardous program among them counts, and so does text that destroys.
    fn handed_on(&mut self, words: &[Word<'_>], at: &At<'_>) {
        self.hazard_inside(words, at);
        self.texts_inside(words, at);
        for word in words.iter().skip(1).filter(|word| word.text.contains(' ')) {
            let span = at.scope.span_of(word);
            let run = |judge: &mut Judge<'_>| judge.text(&word.text, span, at.depth, &Stdin::None);
            self.deny_only(run, ScannerRisk::Dangerous);
        }
    }

    fn texts_inside(&mut self, words: &[Word<'_>], at: &At<'_>) {
        for word in words.iter().skip(1).filter(|word| word.text.contains(' ')) {
            coarse::read(&word.text, at.scope.span_of(word), self.report);
        }
    }

    /// An unknown program may run its arguments: a hazardous program among them counts.
    pub(crate) fn hazard_inside(&mut self, words: &[Word<'_>], at: &At<'_>) {
        let hazard = words.iter().skip(1).position(|word| {
            word.literal()
                .is_some_and(|text| table::HAZARDS.binary_search(&paths::program_name(text)).is_ok())
        });
        if let Some(index) = hazard {
            self.deny_only(|judge| judge.command(&words[index + 1..], at), ScannerRisk::Dangerous);
        }
    }

    /// Judges something that may or may not run: only what is at least so bad counts.
    pub(crate) fn deny_only(&mut self, run: impl FnOnce(&mut Judge<'_>), least: ScannerRisk) {
        let mut aside = Report::continued(self.report.commands);
        let mut judge = Judge::new(&mut aside);
        judge.functions.clone_from(&self.functions);
        judge.folder.clone_from(&self.folder);
        judge.breaks = self.breaks;
        run(&mut judge);
        aside.commands = aside.commands.saturating_sub(self.report.commands);
        self.report.adopt(aside, least);
    }

    /// The program itself is only known when it runs.
    fn dynamic(&mut self, words: &[Word<'_>], at: &At<'_>) {
        let span = at.scope.span_of(&words[0]);
        explain::plain(words, at, "which program this is, is only known when it runs", self.report);
        let source = at.scope.text.get(words[0].start..words[0].end).unwrap_or_default();
        if coarse::fetches(source) {
            let why = "runs whatever was downloaded or decoded";
            self.report.note("shell.fetched-program", ScannerRisk::Dangerous, span, why);
        } else {
            let why = "which program this is, is only known when it runs";
            self.report.note("shell.dynamic-program", ScannerRisk::Unknown, span, why);
        }
        let script = words.iter().skip_while(|word| word.text != "-c").nth(1);
        if let Some(text) = script.and_then(Word::literal) {
            self.deny_only(|judge| judge.text(text, span, at.depth, &Stdin::None), ScannerRisk::Caution);
        }
        self.hazard_inside(words, at);
        for guess in guesses(&words[0], source) {
            let mut guessed = words.to_vec();
            guessed[0] = Word::known(guess, words[0].start, words[0].end);
            self.deny_only(|judge| judge.command(&guessed, at), ScannerRisk::Dangerous);
        }
    }

    /// Judges the command again with the variables whose values are known put in. It can only raise the risk.
    fn resolved(&mut self, words: &[Word<'_>], at: &At<'_>) {
        let variables = std::mem::take(&mut self.variables);
        for choice in 0..variables.most_values().max(1) {
            let mut resolved = Vec::new();
            let mut changed = false;
            for word in words {
                let source = at.scope.text.get(word.start..word.end).unwrap_or_default();
                match word.opaque.then(|| variables.put_into(source, choice)).flatten() {
                    Some(parts) => {
                        changed = true;
                        resolved
                            .extend(parts.into_iter().map(|part| Word::known(part, word.start, word.end)));
                    }
                    None => resolved.push(word.clone()),
                }
            }
            if !changed {
                break;
            }
            self.deny_only(|judge| judge.command(&resolved, at), ScannerRisk::Caution);
        }
        self.variables = variables;
    }
}

/// Programs that a name with unknown parts may turn out to be: with its unset variables gone, with its default,
/// or a destroying one that fits the pattern.
fn guesses(word: &Word<'_>, source: &str) -> Vec<String> {
    let mut guesses = Vec::new();
    if word.glob {
        let name = paths::program_name(&word.text);
        guesses.extend(paths::fitting(name, table::HAZARDS).map(str::to_owned).take(2));
    }
    if word.opaque {
        let rest = word.text.replace(crate::shell::text::OPAQUE, "");
        let default = source.split_once(":-").or_else(|| source.split_once(":=")).map(|(_, rest)| rest);
        let default = default.and_then(|rest| rest.split_once('}')).map(|(default, _)| default.to_owned());
        guesses.extend(default.into_iter().chain([rest]).filter(|name| name.len() > 1));
    }
    guesses
}
