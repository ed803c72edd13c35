//! What gives names a meaning: assignments, declarations, loops over values, functions.

use dd0c_types::ScannerRisk;
use tree_sitter::Node;

use super::walk::{Extra, Walk, children};
use super::word::Word;
use crate::judge::{Judge, Stdin};
use crate::{paths, variables};

impl Walk<'_, '_, '_> {
    /// `for x in …`: the variable may have each of the values.
    pub(super) fn repeats(&mut self, node: Node<'_>, stdin: &Stdin) {
        let mut variable = None;
        for child in children(node) {
            match child.kind() {
                "variable_name" if variable.is_none() => {
                    let name = self.slice(child);
                    self.token(child, ("assignment", "the variable that takes each value"));
                    variables::assigned(
                        name,
                        self.scope.span(child.start_byte(), child.end_byte()),
                        self.judge.report,
                    );
                    variable = Some(name);
                }
                "do_group" | "compound_statement" | "comment" => self.visit(child, stdin),
                _ if !child.is_named() => self.mark(child),
                _ => {
                    self.token(child, ("operand", "a value of the variable"));
                    let mut words = Vec::new();
                    self.argument(child, &mut words);
                    self.computed(child);
                    variable.into_iter().for_each(|name| self.takes(name, &words));
                }
            }
        }
    }

    /// A variable may have these values.
    fn takes(&mut self, name: &str, words: &[Word<'_>]) {
        for word in words {
            if let Some(text) = word.literal() {
                self.judge.variables.add(name, text);
            } else {
                let source = self.scope.text.get(word.start..word.end).unwrap_or_default();
                paths::sought(source).iter().for_each(|secret| self.judge.variables.add(name, secret));
            }
        }
    }

    /// An assignment that lasts.
    pub(super) fn assignment(&mut self, node: Node<'_>) {
        self.judge.report.commands += 1;
        self.prefix(node);
        let (Some(name), Some(value)) = (node.child_by_field_name("name"), node.child_by_field_name("value"))
        else {
            return;
        };
        let mut words = Vec::new();
        if value.kind() != "array" {
            self.expand(&[value], &mut words);
        }
        let name = self.slice(name);
        self.takes(name, &words);
    }

    /// An assignment before a command, or the part all assignments share.
    pub(super) fn prefix(&mut self, node: Node<'_>) {
        self.nested(node);
        if let Some(value) = node.child_by_field_name("value") {
            self.computed(value);
        }
        let name = node.child_by_field_name("name").map_or("", |name| self.slice(name));
        let name = name.split('[').next().unwrap_or(name);
        let meaning = if variables::is_risky(name) {
            "sets a variable that changes what programs do"
        } else {
            "sets a variable"
        };
        self.token(node, ("assignment", meaning));
        let span = self.scope.span(node.start_byte(), node.end_byte());
        variables::assigned(name, span, self.judge.report);
        if variables::is_risky(name) {
            self.may_run(node);
        }
        paths::decoded(self.slice(node), span, self.judge.report);
    }

    /// The value of a variable that names what programs run, as in `PAGER='rm x'`.
    fn may_run(&mut self, node: Node<'_>) {
        let value = node.child_by_field_name("value").filter(|value| value.kind() != "array");
        let mut words = Vec::new();
        self.expand(value.as_slice(), &mut words);
        for word in words.iter().filter(|word| word.text.contains(' ')) {
            let (span, depth) = (self.scope.span_of(word), self.depth);
            let run = |judge: &mut Judge<'_>| judge.text(&word.text, span, depth, &Stdin::None);
            self.judge.deny_only(run, ScannerRisk::Dangerous);
        }
    }

    pub(super) fn declaration(&mut self, node: Node<'_>) {
        self.judge.report.commands += 1;
        let mut shows = node.kind() == "declaration_command";
        // `declare -p NAME` sets nothing.
        let prints = children(node).any(|child| is_print_flag(self.slice(child)));
        for child in children(node) {
            if child.kind() == "variable_assignment" {
                self.assignment(child);
                shows = false;
            } else if child.is_named() {
                self.token(child, ("operand", "the variable, or how it is declared"));
                let mut words = Vec::new();
                self.argument(child, &mut words);
                self.computed(child);
                let named = words.iter().filter(|_| !prints);
                named.for_each(|word| variables::named(word, self.scope, self.judge.report));
                shows &= self.slice(child).starts_with('-');
            } else {
                self.token(child, ("keyword", "declares or removes variables"));
            }
        }
        if shows {
            let span = self.scope.span(node.start_byte(), node.end_byte());
            let why = "shows every variable, secrets among them";
            self.judge.report.note("secret.environment", ScannerRisk::Caution, span, why);
        }
    }

    pub(super) fn function(&mut self, node: Node<'_>, stdin: &Stdin) {
        let name = node.child_by_field_name("name").map_or("", |name| self.slice(name)).to_owned();
        self.token(node, ("function", "gives commands a name"));
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

    /// `${NAME:=value}`.
    pub(super) fn assigned_by_default(&mut self, node: Node<'_>) {
        let inside = self.slice(node).trim_start_matches("${");
        let name = inside.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(inside.len());
        let (name, rest) = inside.split_at(name);
        if rest.starts_with(":=") || rest.starts_with('=') {
            variables::assigned(name, self.scope.span(node.start_byte(), node.end_byte()), self.judge.report);
        }
    }
}

fn is_print_flag(text: &str) -> bool {
    text.starts_with('-') && text.contains('p')
}

fn calls(node: Node<'_>, name: &str, text: &str) -> bool {
    (node.kind() == "command_name" && text.get(node.byte_range()) == Some(name))
        || children(node).any(|child| calls(child, name, text))
}
