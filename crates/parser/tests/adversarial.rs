//! Texts that no person wrote. Each must come back at all: work that grows faster than the text would not.

use crate::support::grounding::assert_grounded;

fn survives(text: &str) {
    if let Ok(runbook) = dd0c_parser::outline(text, None) {
        assert_grounded(text, &runbook);
    }
}

/// Large enough that work in the square of the size would show.
const SIZE: usize = 128 * 1024;

fn fill(piece: &str) -> String {
    piece.repeat(SIZE / piece.len())
}

#[test]
fn html_nested_a_hundred_thousand_deep_is_read() {
    survives(&format!("<html>{}", "<b>".repeat(100_000)));
    survives(&format!("<p>{}x", "<ul><li>".repeat(50_000)));
    survives(&fill("<ac:structured-macro>"));
}

#[test]
fn long_runs_of_markup_are_read() {
    for piece in [
        ">",
        "[",
        "*",
        "`",
        "<",
        "- ",
        "1. ",
        "{{",
        "$(",
        "'\n\"\n",
        "a\n",
        "**a `b` ",
        "![](",
        "&lt;",
        "run `ls -l /a` ",
    ] {
        survives(&fill(piece));
    }
}

#[test]
fn long_blocks_of_half_statements_are_read() {
    for piece in [
        "$ echo '\n",
        "for i in 1; do\n",
        "cat <<EOF\n",
        "echo \\\n",
        "SELECT '\n",
        "echo $a <b> {c} [D_E]\n",
    ] {
        survives(&format!("```bash\n{}", &fill(piece)[..32 * 1024]));
    }
}
