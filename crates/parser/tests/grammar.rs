//! Statements end where the grammar of the scanner (tree-sitter-bash) says that they end.
//!
//! The parser has a reader of its own, because a page is not a script: prompts, placeholders and output stand
//! between the statements, and open quotes must not swallow the rest. Where a block is a script, both agree.

use std::collections::BTreeSet;

use tree_sitter::Parser;

/// The bytes at which statements of a script start and end, by the grammar.
fn edges(script: &str) -> (BTreeSet<usize>, BTreeSet<usize>) {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_bash::LANGUAGE.into()).unwrap();
    let tree = parser.parse(script, None).unwrap();
    let root = tree.root_node();
    assert!(!root.has_error(), "the grammar reads {script:?}");
    let mut cursor = root.walk();
    let nodes: Vec<_> = root.named_children(&mut cursor).filter(|node| node.kind() != "comment").collect();
    let ends = nodes.iter().map(|node| script[..node.end_byte()].trim_end().len());
    (nodes.iter().map(tree_sitter::Node::start_byte).collect(), ends.collect())
}

/// Fails when a statement that the parser found in a script does not start and end where the grammar's do.
fn agrees(script: &str) {
    let page = format!("Run this:\n\n```bash\n{script}\n```\n");
    let offset = page.find(script).unwrap();
    let runbook = dd0c_parser::outline(&page, None).unwrap();
    let (starts, ends) = edges(script);
    let found: Vec<_> = runbook.steps.iter().filter_map(|step| step.command.as_ref()).collect();
    assert!(!found.is_empty(), "{script:?}");
    for command in found {
        let (start, end) = (command.source.start - offset, command.source.end - offset);
        assert!(
            starts.contains(&start),
            "{:?} starts inside a statement of {script:?}",
            command.text.reveal()
        );
        assert!(ends.contains(&end), "{:?} ends inside a statement of {script:?}", command.text.reveal());
    }
}

#[test]
fn statements_of_scripts_end_where_the_grammar_ends_them() {
    let scripts = [
        "kubectl get pods\nkubectl get nodes -o wide",
        "kubectl get pods \\\n  -n prod \\\n  -o wide\nuptime",
        "for i in 1 2 3; do\n  echo \"$i\"\n  sleep 1\ndone\nuptime -p",
        "for pod in $(kubectl get pods -o name); do kubectl delete \"$pod\"; done",
        "if [ -f /tmp/lock ]; then\n  rm /tmp/lock\nelse\n  echo none\nfi\nls -l /tmp",
        "while read -r line; do\n  echo \"$line\"\ndone < /tmp/list\nls -l /tmp",
        "case \"$X\" in\n  a) ls -l /a ;;\n  *) ls -l /b ;;\nesac\nuptime -p",
        "cat <<EOF > /tmp/x\n'open \"quote\nEOF\nls -l /tmp",
        "cat <<'END' | kubectl apply -f -\nkind: Pod\n$(not run)\nEND\nkubectl get pods",
        "tee /tmp/x <<-EOF\n\ta: b\n\tEOF\nls -l /tmp",
        "kubectl patch svc x -p '{\n  \"spec\": {}\n}'\nkubectl get svc",
        "RES=$(curl -s https://example.org \\\n  | tail -1)\necho \"$RES\"",
        "ps aux |\n  grep java |\n  wc -l\nuptime -p",
        "test -d /srv &&\n  ls -l /srv ||\n  mkdir /srv\nuptime -p",
        "restart() {\n  systemctl restart \"$1\"\n}\nrestart nginx",
        "(cd /srv && ls -l)\nuptime -p",
        "[[ -s /tmp/x ]] || { echo \"empty\" >&2; exit 1; }\nls -l /tmp",
        "echo \"a # b\" 'c # d' e#f\nls -l /tmp",
        "awk '{ print $1 }\nEND { print NR }' /tmp/x\nls -l /tmp",
        "sudo sh -c \"echo 1 > /proc/sys/vm/drop_caches\nsync\"\nfree -m",
        "A=1 B=\"two words\" env | grep A\nexport C='x'",
        "grep -E 'a(b|c)' /tmp/x | sed 's/;/,/g'\nls -l /tmp",
    ];
    for script in scripts {
        agrees(script);
    }
}
