//! Walks the whole syntax tree: every command in it is judged, wherever it stands.

use dd0c_types::ScannerRisk;
use tree_sitter::Node;

use super::redirect;
use super::text::OPAQUE;
use super::word::{Word, expand};
use crate::coarse;
use crate::judge::{At, Judge, Stdin};
use crate::paths;
use crate::report::Scope;
use crate::table::RISKY_VARIABLES;
use crate::variables;

/// A walk through one piece of text. Its depth of recursion is that of the tree, which `tree::is_bounded` caps.
pub(crate) struct Walk<'w, 'r, 's> {
    pub(crate) judge: &'w mut Judge<'r>,
    pub(crate) scope: &'s Scope<'s>,
    pub(crate) depth: usize,
}

/// What redirections give to the command they stand at.
#[derive(Default)]
struct Extra<'s> {
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
            "test_command" => {
                self.judge.report.commands += 1;
                self.children(node, &Stdin::None);
            }
            "command_substitution" | "process_substitution" => self.children(node, &Stdin::None),
            "comment" => self.token(node, "comment"),
            _ => self.children(node, stdin),
        }
    }

    fn children(&mut self, node: Node<'_>, stdin: &Stdin) {
        for child in children(node) {
            if child.is_named() {
                self.visit(child, stdin);
            } else {
                self.mark(child);
            }
        }
    }

    /// Tokens for what stands between the commands.
    fn mark(&mut self, node: Node<'_>) {
        match node.kind() {
            "|" | "|&" | "&&" | "||" | ";" | "&" | ";;" | "!" => self.token(node, "operator"),
            kind if kind.bytes().all(|byte| byte.is_ascii_lowercase()) => self.token(node, "keyword"),
            _ => {}
        }
    }

    fn token(&mut self, node: Node<'_>, kind: &str) {
        if self.scope.is_top() {
            self.judge.report.token(self.scope.span(node.start_byte(), node.end_byte()), kind, None);
        }
    }

    fn slice(&self, node: Node<'_>) -> &'s str {
        self.scope.text.get(node.byte_range()).unwrap_or_default()
    }

    /// Commands inside words: `$(…)`, `` `…` ``, `<(…)`, in arithmetic and in indexes.
    fn nested(&mut self, node: Node<'_>) {
        if node.kind() == "command_substitution" {
            self.visit(node, &Stdin::None);
        } else if node.kind() == "process_substitution" {
            self.children(node, &Stdin::Pipe { literal: None, fetched: coarse::fetches(self.slice(node)) });
        } else {
            for child in children(node) {
                self.nested(child);
            }
        }
    }

    fn command(&mut self, node: Node<'_>, mut extra: Extra<'s>, stdin: &Stdin) {
        let mut words = Vec::with_capacity(8);
        for child in children(node) {
            match child.kind() {
                "variable_assignment" => self.prefix(child),
                "command_name" => self.argument(child.child(0).unwrap_or(child), &mut words),
                "file_redirect" | "heredoc_redirect" | "herestring_redirect" => {
                    self.redirect(child, &mut extra)
                }
                "subshell" => self.visit(child, stdin),
                "comment" => self.token(child, "comment"),
                _ => self.argument(child, &mut words),
            }
        }
        words.append(&mut extra.words);
        let given = extra.stdin.take();
        let at = At { scope: self.scope, depth: self.depth, stdin: given.as_ref().unwrap_or(stdin) };
        self.judge.command(&words, &at);
    }

    fn argument(&mut self, node: Node<'_>, words: &mut Vec<Word<'s>>) {
        let text = self.scope.text;
        if node.is_named() {
            expand(node, text, words);
            self.nested(node);
        } else if let Some(slice) = text.get(node.byte_range()) {
            words.push(Word::known(slice, node.start_byte(), node.end_byte()));
        }
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
                self.visit(body, given.as_ref().unwrap_or(stdin));
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

    fn redirect(&mut self, node: Node<'_>, extra: &mut Extra<'s>) {
        self.token(node, "redirect");
        match node.kind() {
            "file_redirect" => {
                let mut words = Vec::new();
                for child in
                    children(node).filter(|child| child.is_named() && child.kind() != "file_descriptor")
                {
                    self.argument(child, &mut words);
                }
                let operator =
                    children(node).find(|child| !child.is_named()).map_or("", |child| child.kind());
                // The grammar lets a target run on: what follows it are arguments of the command.
                let mut words = words.into_iter();
                if let Some(target) = words.next() {
                    redirect::judge(operator, &target, self.scope, self.judge.report);
                }
                extra.words.extend(words);
            }
            "herestring_redirect" => {
                let mut words = Vec::new();
                for child in
                    children(node).filter(|child| child.is_named() && child.kind() != "file_descriptor")
                {
                    self.argument(child, &mut words);
                }
                for word in &words {
                    variables::shown(word, self.scope, self.judge.report);
                }
                let text: Vec<&str> = words.iter().map(|word| &*word.text).collect();
                extra.stdin = Some(Stdin::Text(text.join(" ")));
            }
            _ => self.heredoc(node, extra),
        }
    }

    fn heredoc(&mut self, node: Node<'_>, extra: &mut Extra<'s>) {
        let body =
            children(node).find(|child| child.kind() == "heredoc_body").map(|body| self.heredoc_text(body));
        for child in children(node).filter(Node::is_named) {
            match child.kind() {
                "heredoc_start" | "heredoc_end" | "file_descriptor" => {}
                "heredoc_body" => self.nested(child),
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
        for child in children(node) {
            if !child.is_named() {
                self.mark(child);
                continue;
            }
            let given = before.map(|stage| {
                fetched |= coarse::fetches(self.slice(stage));
                Stdin::Pipe { literal: self.printed(stage), fetched }
            });
            self.visit(child, given.as_ref().unwrap_or(stdin));
            before = Some(child);
        }
    }

    /// What a stage prints, when that stands in the command.
    fn printed(&self, stage: Node<'_>) -> Option<String> {
        if stage.kind() != "command" {
            return None;
        }
        let mut words = Vec::new();
        for child in children(stage).filter(Node::is_named) {
            let child = if child.kind() == "command_name" { child.child(0)? } else { child };
            expand(child, self.scope.text, &mut words);
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

    /// An assignment that lasts.
    fn assignment(&mut self, node: Node<'_>) {
        self.judge.report.commands += 1;
        self.prefix(node);
        let (Some(name), Some(value)) = (node.child_by_field_name("name"), node.child_by_field_name("value"))
        else {
            return;
        };
        let mut words = Vec::new();
        if value.kind() != "array" {
            expand(value, self.scope.text, &mut words);
        }
        if let [word] = words.as_slice()
            && let Some(text) = word.literal()
        {
            let name = self.slice(name).to_owned();
            self.judge.variables.retain(|(known, _)| *known != name);
            self.judge.variables.push((name, text.to_owned()));
        }
    }

    /// An assignment before a command, or the part all assignments share.
    fn prefix(&mut self, node: Node<'_>) {
        self.token(node, "assignment");
        self.nested(node);
        let name = node.child_by_field_name("name").map_or("", |name| self.slice(name));
        let span = self.scope.span(node.start_byte(), node.end_byte());
        variable(name, span, self.judge.report);
        paths::decoded(self.slice(node), span, self.judge.report);
    }

    fn declaration(&mut self, node: Node<'_>) {
        self.judge.report.commands += 1;
        let mut shows = node.kind() == "declaration_command";
        for child in children(node).filter(Node::is_named) {
            if child.kind() == "variable_assignment" {
                self.assignment(child);
                shows = false;
            } else {
                self.nested(child);
                shows &= self.slice(child).starts_with('-');
            }
        }
        if shows {
            let span = self.scope.span(node.start_byte(), node.end_byte());
            let why = "shows every variable, secrets among them";
            self.judge.report.note("secret.environment", ScannerRisk::Caution, span, why);
        }
    }

    fn function(&mut self, node: Node<'_>, stdin: &Stdin) {
        let name = node.child_by_field_name("name").map_or("", |name| self.slice(name)).to_owned();
        if let Some(body) = node.child_by_field_name("body") {
            if calls(body, &name, self.scope.text) {
                let span = self.scope.span(node.start_byte(), node.end_byte());
                let why = "a function that calls itself can fill the machine with processes";
                self.judge.report.note("shell.self-calling-function", ScannerRisk::Dangerous, span, why);
            }
            self.judge.functions.push(name);
            self.visit(body, stdin);
        }
        for child in children(node).filter(|child| child.kind().ends_with("_redirect")) {
            self.redirect(child, &mut Extra::default());
        }
    }
}

/// What the grammar puts behind a heredoc's start that is a command of its own.
fn is_statement(kind: &str) -> bool {
    matches!(kind, "command" | "list" | "subshell") || kind.ends_with("_statement")
}

fn calls(node: Node<'_>, name: &str, text: &str) -> bool {
    (node.kind() == "command_name" && text.get(node.byte_range()) == Some(name))
        || children(node).any(|child| calls(child, name, text))
}

fn children(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    (0..node.child_count()).filter_map(move |index| node.child(index))
}

/// A finding when a variable changes what programs do.
pub(crate) fn variable(
    name: &str,
    span: dd0c_types::classification::CommandSpan,
    report: &mut crate::report::Report,
) {
    if RISKY_VARIABLES.iter().any(|risky| paths::looks_like(name, risky)) {
        let why = format!("`{name}` changes which code the programs after it run, or whom they speak to");
        report.note("shell.risky-variable", ScannerRisk::Caution, span, why);
    }
}
