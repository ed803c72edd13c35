//! Walks the whole syntax tree: every command in it is judged, wherever it stands.

use dd0c_types::ScannerRisk;
use dd0c_types::classification::CommandSpan;
use tree_sitter::Node;

use super::redirect;
use super::text::OPAQUE;
use super::word::{Word, expand};
use crate::judge::{At, Judge, Stdin};
use crate::report::Scope;
use crate::{coarse, explain, paths, variables};

/// How often text behind a word that ends early is read once more.
const MOST_BREAKS: usize = 4;

/// A walk through one piece of text. Its depth of recursion is that of the tree, which `tree::is_bounded` caps.
pub(crate) struct Walk<'w, 'r, 's> {
    pub(crate) judge: &'w mut Judge<'r>,
    pub(crate) scope: &'s Scope<'s>,
    pub(crate) depth: usize,
}

/// What redirections give to the command they stand at.
#[derive(Default)]
pub(super) struct Extra<'s> {
    words: Vec<Word<'s>>,
    stdin: Option<Stdin>,
}

impl<'s> Walk<'_, '_, 's> {
    pub(crate) fn visit(&mut self, node: Node<'_>, stdin: &Stdin) {
        match node.kind() {
            "command" => self.command(node, Extra::default(), stdin),
            "redirected_statement" => self.redirected(node, stdin),
            "pipeline" => self.pipeline(node, stdin),
            "variable_assignment" => self.assignment(node),
            "declaration_command" | "unset_command" => self.declaration(node),
            "function_definition" => self.function(node, stdin),
            "for_statement" => self.repeats(node, stdin),
            "comment" => self.token(node, ("comment", "a comment: not run")),
            kind => self.other(kind, node, stdin),
        }
    }

    fn other(&mut self, kind: &str, node: Node<'_>, stdin: &Stdin) {
        if is_value(kind) {
            self.token(node, ("operand", "a value that is looked at"));
            self.nested(node);
            self.computed(node);
        } else {
            self.group(kind, node, stdin);
        }
    }

    /// What holds other commands.
    fn group(&mut self, kind: &str, node: Node<'_>, stdin: &Stdin) {
        if kind == "test_command" {
            self.judge.report.commands += 1;
            self.token(node, ("operand", "what the test looks at"));
        }
        let starts_anew = matches!(kind, "test_command" | "command_substitution" | "process_substitution");
        let folder = self.judge.folder.clone();
        self.children(node, if starts_anew { &Stdin::None } else { stdin });
        // A process of its own cannot take this one to another folder.
        if starts_anew || kind == "subshell" {
            self.judge.folder = folder;
        }
    }

    pub(super) fn children(&mut self, node: Node<'_>, stdin: &Stdin) {
        for child in children(node) {
            if child.is_named() {
                self.visit(child, stdin);
            } else {
                self.mark(child);
            }
        }
    }

    /// Tokens for what stands between the commands.
    pub(super) fn mark(&mut self, node: Node<'_>) {
        if let Some(mark) = explain::mark(node.kind()) {
            self.token(node, mark);
        }
    }

    pub(super) fn token(&mut self, node: Node<'_>, (kind, text): (&'static str, &'static str)) {
        self.judge.report.token(self.scope, (node.start_byte(), node.end_byte()), kind, text);
    }

    pub(super) fn slice(&self, node: Node<'_>) -> &'s str {
        self.scope.text.get(node.byte_range()).unwrap_or_default()
    }

    /// Commands inside words: `$(…)`, `` `…` ``, `<(…)`, in arithmetic and in indexes.
    pub(super) fn nested(&mut self, node: Node<'_>) {
        if node.kind() == "command_substitution" {
            self.visit(node, &Stdin::None);
        } else if node.kind() == "process_substitution" {
            self.children(node, &Stdin::Pipe { literal: None, fetched: coarse::fetches(self.slice(node)) });
        } else {
            if node.kind() == "expansion" {
                self.assigned_by_default(node);
            }
            if node.child_count() == 0 {
                self.unseen(node);
            }
            for child in children(node) {
                self.nested(child);
            }
        }
    }

    fn command(&mut self, node: Node<'_>, mut extra: Extra<'s>, stdin: &Stdin) {
        let mut words = Vec::with_capacity(8);
        let mut run: Vec<Node<'_>> = Vec::with_capacity(1);
        for child in children(node) {
            let is_argument = !is_no_argument(child.kind());
            // Nodes without a blank between them are one word to the shell.
            let goes_on = is_argument && run.last().is_some_and(|last| last.end_byte() == child.start_byte());
            if !goes_on {
                self.arguments(&run, &mut words);
                run.clear();
            }
            match child.kind() {
                "variable_assignment" => self.prefix(child),
                "file_redirect" | "heredoc_redirect" | "herestring_redirect" => {
                    self.redirect(child, &mut extra);
                }
                "subshell" => self.visit(child, stdin),
                "comment" => self.token(child, ("comment", "a comment: not run")),
                _ => run.push(child),
            }
        }
        self.arguments(&run, &mut words);
        words.append(&mut extra.words);
        let given = extra.stdin.take();
        let at = At { scope: self.scope, depth: self.depth, stdin: given.as_ref().unwrap_or(stdin) };
        self.judge.command(&words, &at);
    }

    /// One word of the shell, in one or several nodes.
    fn arguments(&mut self, run: &[Node<'_>], words: &mut Vec<Word<'s>>) {
        self.expand(run, words);
        run.iter().for_each(|node| self.nested(*node));
    }

    pub(super) fn argument(&mut self, node: Node<'_>, words: &mut Vec<Word<'s>>) {
        self.arguments(&[node], words);
    }

    /// Expands a word. Where the grammar took more for a word than bash does, what follows is text of its own.
    pub(super) fn expand(&mut self, run: &[Node<'_>], words: &mut Vec<Word<'s>>) {
        let Some(end) = expand(run, self.scope.text, words) else { return };
        let span = self.scope.span(end, self.scope.text.len());
        let why = "words end elsewhere than they seem to: it may run as something else than it looks";
        self.judge.report.note("shell.syntax", ScannerRisk::Unknown, span, why);
        let rest = &self.scope.text[end..];
        self.look_through(rest, end, span);
        if self.judge.breaks >= MOST_BREAKS {
            return;
        }
        self.judge.breaks += 1;
        let (scope, depth) = (self.scope, self.depth);
        self.judge.deny_only(|judge| judge.part(rest, scope, end, depth, &Stdin::None), ScannerRisk::Caution);
    }

    /// Looks for destroying phrases from here on. Behind an earlier place only what begins here is new: one pass over
    /// the text is enough for any number of such words.
    fn look_through(&mut self, rest: &str, from: usize, span: CommandSpan) {
        if from >= self.scope.looked_from.get() {
            return coarse::read_start(rest, span, self.judge.report);
        }
        self.scope.looked_from.set(from);
        coarse::read(rest, span, self.judge.report);
    }

    fn redirected(&mut self, node: Node<'_>, stdin: &Stdin) {
        let body = node.child_by_field_name("body");
        let mut extra = Extra::default();
        for child in children(node) {
            if matches!(child.kind(), "file_redirect" | "heredoc_redirect" | "herestring_redirect") {
                self.redirect(child, &mut extra);
            }
        }
        match body {
            Some(body) if body.kind() == "command" => self.command(body, extra, stdin),
            Some(body) => {
                self.stray(&extra);
                let given = extra.stdin.take();
                let folder = self.judge.folder.clone();
                self.visit(body, given.as_ref().unwrap_or(stdin));
                if self.judge.folder != folder {
                    // The grammar hangs the last command's redirection at the whole list.
                    let files = children(node).filter(|child| child.kind() == "file_redirect");
                    files.for_each(|child| self.file(child, &mut Extra::default()));
                }
            }
            None => {
                self.judge.report.commands += 1;
                let at = At { scope: self.scope, depth: self.depth, stdin };
                self.judge.command(&extra.words, &at);
            }
        }
    }

    /// Words behind a redirection of something that takes no arguments.
    fn stray(&mut self, extra: &Extra<'_>) {
        if let Some(word) = extra.words.first() {
            let span = self.scope.span_of(word);
            self.judge.report.note("shell.syntax", ScannerRisk::Unknown, span, "words where none can stand");
            let at = At { scope: self.scope, depth: self.depth, stdin: &Stdin::None };
            self.judge.command(&extra.words, &at);
        }
    }

    pub(super) fn redirect(&mut self, node: Node<'_>, extra: &mut Extra<'s>) {
        self.token(node, ("redirect", redirect::meaning(self.slice(node))));
        match node.kind() {
            "file_redirect" => self.file(node, extra),
            "herestring_redirect" => self.herestring(node, extra),
            _ => self.heredoc(node, extra),
        }
    }

    fn file(&mut self, node: Node<'_>, extra: &mut Extra<'s>) {
        let operator = children(node).find(|child| !child.is_named()).map_or("", |child| child.kind());
        // The grammar lets a target run on: what follows it are arguments of the command.
        let mut words = self.redirected_words(node).into_iter();
        if let Some(target) = words.next() {
            let folder = self.judge.folder.as_deref();
            redirect::judge(operator, &target, folder, self.scope, self.judge.report);
        }
        extra.words.extend(words);
    }

    fn herestring(&mut self, node: Node<'_>, extra: &mut Extra<'s>) {
        let words = self.redirected_words(node);
        for word in &words {
            variables::shown(word, self.scope, self.judge.report);
        }
        let text = words.iter().map(|word| &*word.text).collect::<Vec<_>>().join(" ");
        let fetched = text.contains(OPAQUE) && coarse::fetches(self.slice(node));
        extra.stdin = Some(if fetched { Stdin::Pipe { literal: None, fetched } } else { Stdin::Text(text) });
    }

    fn redirected_words(&mut self, node: Node<'_>) -> Vec<Word<'s>> {
        let mut words = Vec::new();
        for child in children(node).filter(|child| child.is_named() && child.kind() != "file_descriptor") {
            self.argument(child, &mut words);
        }
        words
    }

    fn heredoc(&mut self, node: Node<'_>, extra: &mut Extra<'s>) {
        let body =
            children(node).find(|child| child.kind() == "heredoc_body").map(|body| self.heredoc_text(body));
        for child in children(node).filter(Node::is_named) {
            match child.kind() {
                "heredoc_start" | "heredoc_end" | "file_descriptor" => {}
                "heredoc_body" => {
                    self.token(child, ("string", "the lines handed to the command"));
                    self.nested(child);
                    self.unseen_in_lines(node, child);
                    self.shown(child);
                }
                "file_redirect" | "herestring_redirect" => self.redirect(child, extra),
                "pipeline" => {
                    let literal = body.clone().filter(|text| !text.contains(OPAQUE));
                    self.children(child, &Stdin::Pipe { literal, fetched: false });
                }
                kind if is_statement(kind) => self.visit(child, &Stdin::None),
                _ => self.argument(child, &mut extra.words),
            }
        }
        extra.stdin = body.map(Stdin::Text);
    }

    /// Variables named like secrets, put into lines that are handed to a command.
    fn shown(&mut self, body: Node<'_>) {
        for child in children(body).filter(|child| child.kind().ends_with("expansion")) {
            if variables::holds_secret(self.slice(child)) {
                let word = Word::unknown(child.start_byte(), child.end_byte());
                paths::secret(&word, self.scope, self.judge.report);
            }
        }
    }

    /// The body with what the shell would put in made opaque.
    fn heredoc_text(&self, body: Node<'_>) -> String {
        let mut text = String::new();
        let mut at = body.start_byte();
        for child in children(body)
            .filter(|child| child.kind().contains("expansion") || child.kind() == "command_substitution")
        {
            text.push_str(self.scope.text.get(at..child.start_byte()).unwrap_or_default());
            text.push(OPAQUE);
            at = child.end_byte();
        }
        text.push_str(self.scope.text.get(at..body.end_byte()).unwrap_or_default());
        text
    }

    fn pipeline(&mut self, node: Node<'_>, stdin: &Stdin) {
        let mut before: Option<Node<'_>> = None;
        let mut fetched = false;
        let sought = self.judge.sought.clone();
        for child in children(node) {
            if !child.is_named() {
                self.mark(child);
                continue;
            }
            let given = before.map(|stage| {
                fetched |= coarse::fetches(self.slice(stage));
                self.judge.sought.extend(paths::sought(self.slice(stage)));
                Stdin::Pipe { literal: self.printed(stage), fetched }
            });
            self.visit(child, given.as_ref().unwrap_or(stdin));
            before = Some(child);
        }
        self.judge.sought = sought;
    }

    /// What a stage prints, when that stands in the command.
    fn printed(&self, stage: Node<'_>) -> Option<String> {
        if stage.kind() != "command" {
            return None;
        }
        let mut words = Vec::new();
        for child in children(stage).filter(Node::is_named) {
            let child = if child.kind() == "command_name" { child.child(0)? } else { child };
            expand(&[child], self.scope.text, &mut words);
        }
        let (program, arguments) = words.split_first()?;
        let prints = matches!(&*program.text, "echo" | "printf");
        let known = arguments.iter().all(|word| !word.opaque && !word.text.contains('\\'));
        let text: Vec<&str> = arguments
            .iter()
            .map(|word| &*word.text)
            .filter(|text| !matches!(*text, "-e" | "-n" | "%s\n"))
            .collect();
        (prints && known).then(|| text.join(" "))
    }
}

/// What a word is called in the grammar.
fn is_value(kind: &str) -> bool {
    matches!(kind, "word" | "raw_string" | "ansi_c_string" | "concatenation" | "number")
        || matches!(kind, "string" | "simple_expansion" | "expansion")
}

/// What stands in a command without being one of its words.
fn is_no_argument(kind: &str) -> bool {
    matches!(kind, "variable_assignment" | "subshell" | "comment") || kind.ends_with("_redirect")
}

/// What the grammar puts behind a heredoc's start that is a command of its own.
fn is_statement(kind: &str) -> bool {
    matches!(kind, "command" | "list" | "subshell") || kind.ends_with("_statement")
}

pub(super) fn children(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    (0..node.child_count()).filter_map(move |index| node.child(index))
}
