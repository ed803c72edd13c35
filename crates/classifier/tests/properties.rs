//! What must hold for every command: doubt only raises, wrapping never hides, nothing panics.

use dd0c_classifier::{Language, merge, scan, scan_in};
use dd0c_types::{ReviewerKind, ReviewerVerdict, Risk, ScannerRisk};
use proptest::prelude::*;

const COMMANDS: &[&str] = &[
    "ls -la /srv",
    "rm -rf /srv/x",
    "kubectl get pods",
    "kubectl delete ns prod",
    "systemctl restart nginx",
    "find . -delete",
    "cat /etc/shadow",
    "psql -c 'DROP TABLE t'",
    "terraform destroy",
    "touch x",
    "unknown-tool --x",
    "git reset --hard",
    "docker ps",
    "sort -o a b",
    "redis-cli FLUSHALL",
    "curl -s http://x",
];

fn command() -> impl Strategy<Value = &'static str> {
    prop::sample::select(COMMANDS)
}

fn risk(text: &str) -> ScannerRisk {
    scan(text).verdict.risk
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\"'\"'"))
}

proptest! {
    #[test]
    fn wrapping_never_lowers_the_tier(command in command(), wrapper in 0..26_usize) {
        let wrapped = match wrapper {
            0 => format!("sudo {command}"),
            1 => format!("timeout 5 {command}"),
            2 => format!("env A=b {command}"),
            3 => format!("bash -c {}", quoted(command)),
            4 => format!("( {command} )"),
            5 => format!("if true; then {command}; fi"),
            6 => format!("ssh host {}", quoted(command)),
            7 => format!("kubectl exec p -- {command}"),
            8 => format!("echo \"$({command})\""),
            9 => format!("sudo --odd nohup nice {command}"),
            10 => format!("sh <<'EOF'\n{command}\nEOF"),
            11 => format!("sudo -u root -- {command}"),
            12 => format!("env -i A=b {command}"),
            13 => format!("nice -n 5 ionice -c2 -n7 {command}"),
            14 => format!("stdbuf -oL {command}"),
            15 => format!("flock /tmp/l {command}"),
            16 => format!("nsenter -t 1 -m -- {command}"),
            17 => format!("systemd-run --unit=x {command}"),
            18 => format!("exec -a x {command}"),
            19 => format!("trap {} EXIT", quoted(command)),
            20 => format!("parallel ::: {}", quoted(command)),
            21 => format!("find . -exec {command} ';'"),
            22 => format!("cat <({command})"),
            23 => format!("echo x | {command}"),
            24 => format!("cd /srv && {command}"),
            25 => format!("case x in x) {command};; esac"),
            _ => format!("f() {{ {command}; }}; f"),
        };
        prop_assert!(risk(&wrapped) >= risk(command), "{wrapped}");
    }

    #[test]
    fn adding_a_command_never_lowers_the_tier(a in command(), b in command(), joint in prop::sample::select(vec!["; ", " && ", " || ", " | ", "\n", " & "])) {
        let both = format!("{a}{joint}{b}");
        prop_assert!(risk(&both) >= risk(a).max(risk(b)), "{both}");
    }

    #[test]
    fn blanks_and_comments_change_nothing(command in command(), blanks in 1..5_usize) {
        let wide = format!("{}  # a note", command.replacen(' ', &" ".repeat(blanks), 1));
        prop_assert_eq!(risk(&wide), risk(command));
    }

    #[test]
    fn nesting_wrappers_never_lowers_the_tier(command in command(), wrappers in prop::collection::vec(0..4_usize, 1..4)) {
        let mut text = command.to_owned();
        for wrapper in wrappers {
            text = match wrapper {
                0 => format!("bash -c {}", quoted(&text)),
                1 => format!("( {text} )"),
                2 => format!("echo $( {text} )"),
                _ => format!("{{ {text}; }}"),
            };
        }
        prop_assert!(risk(&text) >= risk(command), "{text}");
    }

    #[test]
    fn quoting_any_words_changes_nothing(command in command(), styles in prop::collection::vec(0..5_usize, 8)) {
        let words = command.split(' ').zip(styles).map(|(word, style)| {
            let plain = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_/.:".contains(&byte));
            let (first, rest) = word.split_at(1.min(word.len()));
            match style {
                _ if !plain => word.to_owned(),
                0 => format!("\"{word}\""),
                1 => format!("'{first}'{rest}"),
                2 => format!("{first}\\\n{rest}"),
                3 => format!("$'{word}'"),
                _ => format!("{first}''{rest}"),
            }
        });
        let text = words.collect::<Vec<_>>().join(" ");
        prop_assert_eq!(risk(&text), risk(command), "{}", text);
    }

    #[test]
    fn quoting_a_word_changes_nothing(command in command(), style in 0..3_usize) {
        let (first, rest) = command.split_once(' ').expect("a blank");
        let first = match style {
            0 => format!("\"{first}\""),
            1 => format!("'{first}'"),
            _ => format!("\\{first}"),
        };
        let text = format!("{first} {rest}");
        prop_assert_eq!(risk(&text), risk(command));
    }

    #[test]
    fn any_text_is_judged_with_spans_on_its_characters(text in "\\PC{0,60}|[a-z<>{}\\[\\]$()'\"`|;&\\\\ \n*?#=!/~-]{0,60}") {
        for language in [Language::Bash, Language::Sql, Language::Redis, Language::Other] {
            let scan = scan_in(&text, language);
            let spans = scan.verdict.findings.iter().map(|finding| (finding.span.start, finding.span.end));
            for (start, end) in spans.chain(scan.verdict.tokens.iter().map(|token| (token.start, token.end))) {
                prop_assert!(text.get(start..end).is_some(), "{start}..{end} of {text:?}");
            }
        }
    }

    #[test]
    fn safe_needs_both_keys(
        scanner in prop::sample::select(vec![ScannerRisk::Safe, ScannerRisk::Unknown, ScannerRisk::Caution, ScannerRisk::Dangerous]),
        risk in prop::sample::select(Risk::ALL.to_vec()),
        confidence in prop_oneof![0.0..1.2_f64, Just(f64::NAN)],
        escalated in any::<bool>(),
        present in any::<bool>(),
    ) {
        let reviewer = ReviewerVerdict {
            kind: ReviewerKind::Local, model: String::new(), risk, confidence, escalated, reason: String::new(), rollback: None,
        };
        let (merged, _) = merge(scanner, present.then_some(&reviewer));
        let both = scanner == ScannerRisk::Safe && present && risk == Risk::Safe && (0.9..=1.0).contains(&confidence);
        prop_assert_eq!(merged == Risk::Safe, both);
        prop_assert!(merged >= scanner.at_least());
        if present {
            prop_assert!(merged >= risk);
        }
    }
}
