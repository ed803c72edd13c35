//! How long texts take that no person wrote, 512 KiB each: `cargo run --release -p dd0c-parser --example hostile`.
//! Every line should stay well under a second; work that grows faster than the text shows here at once.

use std::time::Instant;

fn fill(piece: &str) -> String {
    piece.repeat(dd0c_parser::LIMIT / piece.len())
}

fn main() {
    let cases = [
        ("quote marks", fill(">")),
        ("spaced quote marks", fill("> ")),
        ("open brackets", fill("[")),
        ("stars", fill("*")),
        ("backticks", fill("`")),
        ("spaced backticks", fill("` ")),
        ("open elements", "<div>".repeat(100_000)),
        ("nested lists", "<ul><li>".repeat(60_000)),
        ("one line of letters", fill("a")),
        ("one line of words", fill("check the pod ")),
        ("one line of clauses", format!("If {}", fill("it fails, and "))),
        ("one line of sentences", fill("Check the pod. ")),
        ("one line of numbers", fill("1.")),
        ("one line of braces", fill("{{ ")),
        ("one line of angles", fill("<a ")),
        ("one line of dollars", fill("$(")),
        ("fenced blocks", "```\nkubectl get pods\n```\n".repeat(20_000)),
        ("fenced line", format!("```bash\nkubectl get {}\n```\n", fill("a "))),
        ("open quotes in a block", format!("```bash\n{}```\n", fill("echo \"a\n"))),
        ("heredocs", format!("```bash\n{}```\n", fill("cat <<EOF\n"))),
        ("prompts", format!("```\n{}```\n", fill("$ ls -l\n"))),
        ("prompts that carry on", format!("```\n{}```\n", fill("db=> select 1\ndb-> \n"))),
        ("assignments", format!("```bash\n{}```\n", fill("A=1 ls $A <B>\n"))),
        ("inline code", fill("run `ls -l` ")),
        ("items with inline code", fill("- run `kubectl get pods -n <namespace>`\n")),
        ("table", format!("| a | b |\n|---|---|\n{}", fill("| `ls -l` | b |\n"))),
        ("links", fill("[a](b) ")),
        ("indented items", (0..1_000).map(|depth| format!("{}- a\n", " ".repeat(depth))).collect()),
        ("headings", fill("# a\n")),
        ("sql", format!("```sql\n{}```\n", fill("select 1\n"))),
        ("asciidoc", format!("= T\n\n[source,bash]\n----\nls\n----\n{}", fill("* `a`\n+\n"))),
        ("restructured text", format!(".. note::\n\n{}", fill("a::\n\n  ls -l\n\n"))),
        ("entities", format!("<p>{}</p></div></li>", fill("&amp;"))),
        ("macros", fill("<ac:structured-macro ac:name=\"code\"><![CDATA[ls]]>")),
    ];
    for (name, text) in cases {
        let text = &text[..text.floor_char_boundary(dd0c_parser::LIMIT)];
        let started = Instant::now();
        let steps = dd0c_parser::outline(text, None).map(|runbook| runbook.steps.len());
        println!("{:>9.1} ms  {name}: {steps:?}", started.elapsed().as_secs_f64() * 1e3);
    }
}
