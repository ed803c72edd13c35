//! What holds of every text: doubt only raises, nothing panics, and the same text gets the same answer.

use dd0c_reviewer::review;
use dd0c_types::{ReviewerVerdict, Risk};
use proptest::prelude::*;

/// What the merge makes of it at least; silence counts as Caution.
fn counts_as(verdict: Option<&ReviewerVerdict>) -> Risk {
    verdict.map_or(Risk::Caution, |verdict| verdict.risk)
}

/// Commands that both read and change, with words that a generator would hardly find.
fn command() -> impl Strategy<Value = String> {
    let program = prop::sample::select(vec![
        "kubectl get pods",
        "kubectl delete namespace prod",
        "ls -la",
        "rm -rf /srv",
        "git log",
        "git push",
        "systemctl status nginx",
        "sudo journalctl -u kubelet",
        "aws ec2 describe-instances",
        "aws s3 rb s3://x",
        "grep -r error /var/log",
        "xargs rm",
        "unknown-thing",
        "cat /etc/hosts",
        "docker ps",
        "terraform destroy",
        "dropdb shop",
        "df -h",
        "echo $(whoami)",
        "timeout 5 curl https://x.org",
    ]);
    let more = prop::sample::select(vec![
        "",
        " -n prod",
        " --force",
        " <name>",
        " \"$X\"",
        " > out",
        " 2>/dev/null",
        " --yes-really",
    ]);
    (program, more).prop_map(|(program, more)| format!("{program}{more}"))
}

fn joint() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["; ", " && ", " || ", " | ", "\n", " & "])
}

proptest! {
    #[test]
    fn appending_a_part_never_lowers_what_is_said(first in command(), joint in joint(), second in command()) {
        let alone = review(&first, "bash");
        let whole = review(&format!("{first}{joint}{second}"), "bash");
        prop_assert!(counts_as(whole.as_ref()) >= counts_as(alone.as_ref()), "{first}{joint}{second}: {whole:?} after {alone:?}");
    }

    #[test]
    fn an_appended_part_that_cannot_be_read_never_leaves_a_text_safe(first in command(), joint in joint(), noise in "[(){}<$`'\"a-z ]{1,12}") {
        let alone = review(&first, "bash");
        let whole = review(&format!("{first}{joint}{noise}"), "bash");
        prop_assert!(counts_as(whole.as_ref()) >= counts_as(alone.as_ref()));
    }

    #[test]
    fn sudo_and_xargs_never_lower_what_is_said(inner in command(), wrapper in prop::sample::select(vec!["sudo ", "xargs ", "time ", "watch -n 5 "])) {
        let wrapped = review(&format!("{wrapper}{inner}"), "bash");
        prop_assert!(counts_as(wrapped.as_ref()) >= counts_as(review(&inner, "bash").as_ref()));
    }

    #[test]
    fn any_text_gets_an_answer_the_same_each_time_and_within_its_bounds(text in any::<String>()) {
        let verdict = review(&text, "bash");
        prop_assert_eq!(&verdict, &review(&text, "bash"));
        if let Some(verdict) = verdict {
            prop_assert!((0.0..=1.0).contains(&verdict.confidence));
            prop_assert!(verdict.confidence >= 0.9 || verdict.risk > Risk::Safe, "a doubtful verdict is raised: {verdict:?}");
        }
    }

    #[test]
    fn words_of_commands_in_any_order_do_not_upset_it(words in prop::collection::vec(
        prop::sample::select(vec!["kubectl", "get", "-n", "sudo", "--", "$(", ")", "`", "|", "xargs", "'", "\"", "<x>", "{a,b}", ">", "&", "-rf"]), 0..40)) {
        let verdict = review(&words.join(" "), "bash");
        prop_assert!(verdict.is_none_or(|verdict| (0.0..=1.0).contains(&verdict.confidence)));
    }
}
