//! What holds for every text.

#[path = "support/commands.rs"]
mod commands;
#[path = "support/grounding.rs"]
mod grounding;

use commands::commands_of;
use grounding::assert_grounded;
use proptest::prelude::*;

const PIECES: &[&str] = &[
    "# Title\n\n",
    "1. Run `kubectl get ns <ns>`\n",
    "```bash\n",
    "```\n",
    "$ kubectl get pods\n",
    "for i in 1; do\n",
    "done\n",
    "cat <<EOF\n",
    "EOF\n",
    "<pre>",
    "</pre>",
    "<p>",
    "<ac:structured-macro ac:name=\"code\"><ac:plain-text-body><![CDATA[",
    "]]></ac:plain-text-body></ac:structured-macro>",
    "&lt;name&gt; &amp; ",
    "[source,bash]\n----\n",
    "----\n",
    ".. code-block:: console\n\n   $ ls -l\n\n",
    "::\n\n  ",
    "* ",
    "> ",
    "\t",
    "é",
    "运行 `ls -l`",
    "\r\n",
    "SELECT 'a;\n",
    ";\n",
    "`",
    "\"",
    "'",
    "\\\n",
    "{{ x }} ",
    "${VAR} ",
    "If it fails, restart it.\n",
    "| a | b |\n|---|---|\n",
    "| run `ls -l /` | x |\n",
    "\u{a0}",
    "<br/>",
    "   ",
];

fn page() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused_and_every_span_slices_to_what_it_claims(text in any::<String>()) {
        if let Ok(runbook) = dd0c_parser::outline(&text, None) {
            assert_grounded(&text, &runbook);
        }
    }

    #[test]
    fn pieces_of_pages_in_any_order_stay_grounded_and_give_the_same_answer_twice(text in page()) {
        if let Ok(runbook) = dd0c_parser::outline(&text, None) {
            assert_grounded(&text, &runbook);
            let again = dd0c_parser::outline(&text, None).unwrap();
            prop_assert_eq!(serde_json::to_string(&runbook).unwrap(), serde_json::to_string(&again).unwrap());
        }
    }

    #[test]
    fn a_blank_line_at_the_end_changes_no_command(text in page()) {
        prop_assert_eq!(commands_of(&text), commands_of(&format!("{text}\n\n")));
    }
}
