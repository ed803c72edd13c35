//! Commands where the grammar sees none: in its plain text, and in quoted text that the shell computes with.

use dd0c_types::ScannerRisk;
use dd0c_types::classification::CommandSpan;
use tree_sitter::Node;

use super::walk::{Walk, children};
use crate::coarse;
use crate::judge::{At, Judge, Stdin};
use crate::shell::word::Word;

/// Most such places that are read as commands in one scan; of the others only destroying phrases are looked for.
const MOST_PLACES: usize = 12;

impl Walk<'_, '_, '_> {
    /// Judges what the grammar took for plain text although the shell runs it, as in ``${x:-`ls`}``.
    pub(super) fn unseen(&mut self, leaf: Node<'_>) {
        let quoted = matches!(leaf.kind(), "raw_string" | "ansi_c_string" | "comment")
            || leaf.kind().starts_with("heredoc_");
        if leaf.is_named() && !quoted {
            self.substitutions(leaf);
        }
    }

    /// The lines of a heredoc whose delimiter has no quotes: the grammar sees no backquotes in them.
    pub(super) fn unseen_in_lines(&mut self, heredoc: Node<'_>, body: Node<'_>) {
        let start = children(heredoc).find(|child| child.kind() == "heredoc_start");
        let quoted = start.is_some_and(|start| self.slice(start).contains(['\'', '"', '\\']));
        if !quoted {
            self.substitutions(body);
        }
    }

    fn substitutions(&mut self, node: Node<'_>) {
        let text = self.slice(node);
        let found = between_backquotes(text).chain(behind_dollar(text).filter(|_| node.child_count() == 0));
        for (start, end) in found {
            let from = node.start_byte() + start;
            let why = "a command stands where none is expected: it may run as something else than it looks";
            let span = self.scope.span(from, node.start_byte() + end);
            self.judge.report.note("shell.syntax", ScannerRisk::Unknown, span, why);
            if self.judge.breaks >= MOST_PLACES {
                coarse::read(&text[start..end], span, self.judge.report);
                continue;
            }
            self.judge.breaks += 1;
            self.judge.part(&text[start..end], self.scope, from, self.depth, &Stdin::None);
        }
    }

    /// Quoted values that the shell may compute with.
    pub(super) fn computed(&mut self, node: Node<'_>) {
        if !self.slice(node).contains('[') {
            return;
        }
        if node.kind() == "array" {
            return children(node).for_each(|child| self.computed(child));
        }
        let mut words = Vec::new();
        self.expand(&[node], &mut words);
        for word in &words {
            let at = At { scope: self.scope, depth: self.depth, stdin: &Stdin::None };
            self.judge.computed(word, &at);
        }
    }
}

impl Judge<'_> {
    /// Text such as `a[$(ls)]`, given to something that computes with it: the index runs, quoted or not.
    pub(crate) fn computed(&mut self, word: &Word<'_>, at: &At<'_>) {
        let Some(index) = index_that_runs(&word.text) else { return };
        let span: CommandSpan = at.scope.span_of(word);
        let why = "the index in this text runs as a command when the shell computes with it";
        self.report.note("shell.computed-index", ScannerRisk::Unknown, span, why);
        coarse::read(index, span, self.report);
        self.deny_only(|judge| judge.text(index, span, at.depth, &Stdin::None), ScannerRisk::Caution);
    }
}

/// What a substitution in an index holds.
fn index_that_runs(text: &str) -> Option<&str> {
    text.split('[').skip(1).find_map(|index| {
        let index = index.split(']').next().unwrap_or(index);
        let start = index.find("$(").map(|at| at + 2).or_else(|| index.find('`').map(|at| at + 1))?;
        Some(index[start..].trim_end_matches([')', '`']))
    })
}

/// The ranges between pairs of backquotes that no backslash takes their meaning from.
fn between_backquotes(text: &str) -> impl Iterator<Item = (usize, usize)> + '_ {
    let mut marks = text.match_indices('`').map(|(at, _)| at).filter(|&at| !is_escaped(text, at));
    std::iter::from_fn(move || {
        let start = marks.next()? + 1;
        Some((start, marks.next().unwrap_or(text.len())))
    })
}

/// From the first `$(` to the last bracket.
fn behind_dollar(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let start = text.match_indices("$(").map(|(at, _)| at).find(|&at| !is_escaped(text, at));
    let end = text.rfind(')').unwrap_or(text.len());
    start.map(|at| (at + 2, end.max(at + 2))).into_iter()
}

fn is_escaped(text: &str, at: usize) -> bool {
    text[..at].bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan;

    #[test]
    fn every_place_of_a_word_shows_its_commands() {
        for place in [
            "echo ${x:-@}",
            "echo \"${x:-@ y}\"",
            "echo ${x:=@}",
            "echo ${x+@}",
            "echo ${x#@}",
            "echo ${x%%@}",
            "echo ${x/a/@}",
            "echo ${x//@/a}",
            "echo ${x:@}",
            "echo ${x:1:@}",
            "echo ${x[@]}",
            "echo ${x^@}",
            "echo $(( @ ))",
            "echo $[ @ ]",
            "(( @ ))",
            "let x=@",
            "[[ @ ]]",
            "[[ x = @ ]]",
            "[[ x =~ @ ]]",
            "[ @ ]",
            "case @ in x) ls;; esac",
            "case x in @) ls;; esac",
            "for x in @; do ls; done",
            "x=@ ls",
            "x=(@)",
            "x[@]=1",
            "ls > @",
            "ls < @",
            "ls <<< @",
            "ls {a,@}",
            "ls a@b",
            "@",
            "\"@\"",
            "cat <<E\na @ b\nE",
            "cat <<E\n$x @\nE",
            "cat <<E\n${x:-@}\nE",
            "cat <<-E | wc\n@\nE",
            "export x=@",
            "local x=@",
            "ls # x\n@",
            "if @; then ls; fi",
            "while @; do ls; done",
            "! @",
            "ls & @",
            "f() { @; }; f",
            "ls ~@",
            "ls *@",
            "time @",
            "coproc @",
        ] {
            for form in ["$(rm y)", "`rm y`", "${z:-`rm y`}", "${z:-$(rm y)}", "\"`rm y`\""] {
                let text = place.replace('@', form);
                assert_ne!(scan(&text).verdict.risk, ScannerRisk::Safe, "{text}");
            }
        }
    }

    #[test]
    fn an_index_in_text_runs() {
        for text in [
            "test -v 'a[$(rm -rf /srv)]'",
            "[[ 1 -eq 'a[$(rm -rf /srv)]' ]]",
            "x='a[$(rm -rf /srv)]'; echo $((x))",
            "let 'a[`rm -rf /srv`]=1'",
            "unset 'a[$(rm -rf /srv)]'",
            "printf -v 'a[$(rm -rf /srv)]' x",
            "read 'a[$(rm -rf /srv)]' <<< x",
            "declare 'a[$(rm -rf /srv)]=1'",
            "(( 'a[$(rm -rf /srv)]' ))",
            "x='a[$(rm -rf /srv)]' bash -c '((x))'",
            "for x in 'a[$(rm -rf /srv)]'; do ((x)); done",
        ] {
            assert_eq!(scan(text).verdict.risk, ScannerRisk::Dangerous, "{text}");
        }
    }

    #[test]
    fn quoted_marks_stay_what_they_are() {
        for text in [
            "echo '`rm y`'",
            "echo \"\\`rm y\\`\"",
            "cat <<'E'\n`rm y`\nE",
            "grep 'a[$(x)]' f",
            "cat <<E\na \\$x\nE",
            "x='[a-z]'; grep \"$x\" f",
            "echo \"${x:-'a'}\"",
            "[[ $x =~ ^[0-9]+$ ]]",
        ] {
            assert_eq!(scan(text).verdict.risk, ScannerRisk::Safe, "{text}");
        }
    }
}
