//! What the built-in model says of commands that people know.

use dd0c_reviewer::{built_in, review, second_key};
use dd0c_types::{ReviewerKind, Risk, SecondKey};

fn risk(command: &str) -> Option<Risk> {
    review(command, "bash").map(|verdict| verdict.risk)
}

#[test]
fn documented_reading_is_safe_with_its_nearest_example_as_the_reason() {
    for command in [
        "kubectl get pods -n prod",
        "systemctl status nginx",
        "git log",
        "kubectl get pods -n prod | grep error",
    ] {
        let verdict = review(command, "bash").unwrap();
        assert_eq!((verdict.risk, verdict.escalated), (Risk::Safe, false), "{command}: {verdict:?}");
        assert!(verdict.confidence >= 0.9 && verdict.kind == ReviewerKind::Local);
        assert!(verdict.reason.contains("like `"), "{command}: {}", verdict.reason);
    }
}

#[test]
fn what_changes_is_never_safe() {
    for command in [
        "kubectl delete namespace prod",
        "systemctl restart nginx",
        "git push --force",
        "rm -rf /srv/cache",
        "kubectl get pods > /etc/passwd",
        "kubectl get pods; rm -rf /",
        "echo $(rm -rf /)",
        "find . -delete",
        "terraform destroy",
        "xargs rm",
        "sudo rm -rf /",
    ] {
        assert_ne!(risk(command), Some(Risk::Safe), "{command}");
    }
}

#[test]
fn an_unknown_verb_or_flag_a_placeholder_for_a_verb_or_a_secret_is_never_safe() {
    for command in [
        "kubectl frobnicate pods",
        "kubectl <verb> pods",
        "kubectl $VERB pods",
        "kubectl get pods --frobnicate",
        "kubectl -n get delete pod x",
        "kubectl get secret prod -o yaml",
        "cat /root/.ssh/id_rsa",
        "cat .env",
    ] {
        assert_ne!(risk(command), Some(Risk::Safe), "{command}");
    }
}

#[test]
fn nothing_is_said_of_what_cannot_be_read_or_is_not_documented() {
    for command in [
        "frobnicate --now",
        "/tmp/evil/ls",
        "$X get pods",
        "for i in 1 2; do ls; done",
        "ls $((1+1))",
        "cat <<EOF\nx\nEOF",
        "l\u{200b}s",
    ] {
        assert_eq!(review(command, "bash"), None, "{command}");
    }
    assert_eq!(review("SELECT 1", "sql"), None);
    assert_eq!(review("Get-Process", "powershell"), None);
}

#[test]
fn the_policy_opens_and_closes_it() {
    assert_eq!(second_key(SecondKey::Llm, "kubectl get pods -n prod", "bash"), None);
    assert!(second_key(SecondKey::LocalAllowed, "kubectl get pods -n prod", "bash").is_some());
}

#[test]
fn the_longest_text_is_answered_at_once() {
    let long = "kubectl get pods | ".repeat(100_000);
    assert_eq!(review(&long, "bash"), None);
}

#[test]
fn the_weights_are_whole_and_within_their_size() {
    let file = include_bytes!("../data/reviewer.bin");
    assert!(file.len() <= 2 * 1024 * 1024, "{} bytes", file.len());
    assert!(built_in().is_some() && dd0c_reviewer::version().len() > "dd0c-local-reviewer/1+".len());
}
