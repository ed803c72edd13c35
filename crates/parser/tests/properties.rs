//! What holds for every text.

use crate::support::commands::commands_of;
use crate::support::grounding::assert_grounded;
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

/// Pieces that are whole: what follows one does not belong to it.
const WHOLE: &[&str] = &[
    "# Restart the queue\n\n",
    "## Prerequisites\n\n- Access to `prod`\n\n",
    "1. Run `kubectl get ns <ns>`.\n2. If it fails, go to step 1.\n\n",
    "```bash\nkubectl get pods -n <namespace>\ncurl -s \\\n  https://example.org/health\n```\n\n",
    "```console\n$ systemctl status nginx\n● nginx.service\n$ systemctl restart nginx\n```\n\n",
    "```sql\nUPDATE jobs\n  SET state = 'x'\nWHERE id = 1;\n```\n\n",
    "```powershell\nGet-Service -Name Spooler\n```\n\n",
    "```\n[root@db1 ~]# pg_ctl -D /data stop\n```\n\n",
    "Check the logs. Otherwise, restart it: `systemctl restart nginx`\n\n",
    "| a | b |\n|---|---|\n| run `ls -l /srv` | x |\n\n",
    "<details><pre>df -h /srv</pre></details>\n\n",
    "> Note: it takes a while.\n\n",
    "```yaml\nkind: Pod\n```\n\n",
    "```bash\nfor pod in a b; do\n  kubectl delete pod \"$pod\"\ndone\ncat <<EOF > /tmp/x\na: b\nEOF\n```\n\n",
    "先执行 `kubectl get pods -n prod`。\n\n",
];

fn whole_page() -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(prop::sample::select(WHOLE), 1..12)
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

    #[test]
    fn blank_lines_between_pieces_change_no_command(pieces in whole_page(), at in any::<prop::sample::Index>()) {
        let mut spaced = pieces.clone();
        spaced.insert(at.index(pieces.len() + 1), "\n\n");
        prop_assert_eq!(commands_of(&pieces.concat()), commands_of(&spaced.concat()));
    }

    #[test]
    fn words_after_a_page_change_no_command(pieces in whole_page()) {
        let text = pieces.concat();
        let longer = format!("{text}\nThe team meets on Mondays, and it is proud of this page.\n");
        prop_assert_eq!(commands_of(&text), commands_of(&longer));
    }

    #[test]
    fn the_source_of_a_command_gives_the_same_command(pieces in whole_page()) {
        let text = pieces.concat();
        let runbook = dd0c_parser::outline(&text, None).unwrap();
        for command in runbook.steps.iter().filter_map(|step| step.command.as_ref()) {
            let slice = &text[command.source.start..command.source.end];
            let alone = format!("Run this:\n\n```{}\n{slice}\n```\n", command.language);
            prop_assert_eq!(commands_of(&alone), [command.text.reveal()]);
        }
    }
}
