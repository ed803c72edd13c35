//! Commands that other guards got wrong, and forms that hide what a command does.

use dd0c_classifier::{Language, scan, scan_in};
use dd0c_types::ScannerRisk;

fn lines(text: &str) -> impl Iterator<Item = String> + '_ {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(|line| line.replace("⏎", "\n"))
}

fn wrong(text: &str, good: impl Fn(ScannerRisk) -> bool) -> Vec<String> {
    let judged = lines(text).map(|line| (scan(&line).verdict, line));
    let bad = judged.filter(|(verdict, _)| !good(verdict.risk));
    bad.map(|(verdict, line)| {
        let rules: Vec<_> = verdict.findings.iter().map(|finding| finding.rule.clone()).collect();
        format!("{:?} {rules:?}: {line}", verdict.risk)
    })
    .collect()
}

#[test]
fn what_hides_a_change_is_never_safe() {
    let wrong = wrong(include_str!("lists/never_safe.txt"), |risk| risk != ScannerRisk::Safe);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_only_reads_is_safe() {
    let wrong = wrong(include_str!("lists/safe.txt"), |risk| risk == ScannerRisk::Safe);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn payloads_and_carriers_that_change_something_are_never_safe() {
    let wrong = wrong(include_str!("lists/payload_never_safe.txt"), |risk| risk != ScannerRisk::Safe);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn payloads_and_tools_that_only_read_are_safe() {
    let wrong = wrong(include_str!("lists/payload_safe.txt"), |risk| risk == ScannerRisk::Safe);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_destroys_is_dangerous() {
    let wrong = wrong(include_str!("lists/dangerous.txt"), |risk| risk == ScannerRisk::Dangerous);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Commands with what is expected of them in front. `# ` starts a heading.
fn expected(text: &str) -> impl Iterator<Item = (&str, String)> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with("# "));
    lines.map(|line| {
        let (expected, command) = line.split_once('\t').expect("an expectation and a command");
        (expected, command.replace('⏎', "\n"))
    })
}

#[test]
fn hostile_commands_are_never_safe_and_destroying_ones_dangerous() {
    let mut count = 0;
    for (expected, command) in expected(include_str!("lists/hostile.tsv")) {
        let risk = scan(&command).verdict.risk;
        count += 1;
        match expected {
            "never-safe" => assert_ne!(risk, ScannerRisk::Safe, "{command}"),
            "dangerous" => assert_eq!(risk, ScannerRisk::Dangerous, "{command}"),
            other => panic!("{other}: {command}"),
        }
    }
    assert!(count > 900, "{count}");
}

/// Of what runbooks only look at, the share that may ask a person all the same.
const MOST_ASKED: f64 = 0.05;

#[test]
fn what_runbooks_only_look_at_is_safe_but_for_the_lines_that_say_so() {
    let (mut asked, mut count) = (0, 0);
    for (expected, command) in expected(include_str!("lists/runbook_reads.tsv")) {
        let safe = scan(&command).verdict.risk == ScannerRisk::Safe;
        assert_eq!(safe, expected == "safe", "{command}");
        count += 1;
        asked += usize::from(!safe);
    }
    println!("{} of {count} are Safe", count - asked);
    assert!(count > 400 && (asked as f64) < MOST_ASKED * count as f64, "{asked} of {count}");
}

#[test]
fn other_languages_are_judged_by_their_own_rules() {
    let cases = [
        ("DELETE FROM users", Language::Sql, ScannerRisk::Dangerous),
        ("SELECT count(*) FROM users WHERE state = 'x'", Language::Sql, ScannerRisk::Safe),
        ("DROP TABLE users", Language::Sql, ScannerRisk::Dangerous),
        ("REINDEX TABLE users", Language::Sql, ScannerRisk::Unknown),
        ("FLUSHALL", Language::Redis, ScannerRisk::Dangerous),
        ("GET session:1", Language::Redis, ScannerRisk::Safe),
        ("Remove-Item -Recurse C:\\data", Language::Other, ScannerRisk::Dangerous),
        ("Get-Process", Language::Other, ScannerRisk::Unknown),
        ("db.users.drop()", Language::Other, ScannerRisk::Dangerous),
    ];
    for (text, language, risk) in cases {
        assert_eq!(scan_in(text, language).verdict.risk, risk, "{text}");
    }
}

#[test]
fn characters_that_deceive_are_dangerous() {
    for text in
        ["ls\u{200b} -a", "l\u{455} -a", "echo \u{201c}x\u{201d}", "ls\u{a0}-a", "\u{202e}sl", "ls \u{1b}[2K"]
    {
        assert_eq!(scan(text).verdict.risk, ScannerRisk::Dangerous, "{text:?}");
    }
}

#[test]
fn what_is_too_large_is_unknown_unless_it_destroys() {
    assert_eq!(scan(&"ls a ".repeat(4_000)).verdict.risk, ScannerRisk::Unknown);
    assert_eq!(scan(&format!("{}; rm -rf /srv", "ls a ".repeat(4_000))).verdict.risk, ScannerRisk::Dangerous);
    assert_ne!(
        scan(&format!("echo {}ls{}", "$(".repeat(60), ")".repeat(60))).verdict.risk,
        ScannerRisk::Safe
    );
    assert_ne!(scan(&"sudo ".repeat(100)).verdict.risk, ScannerRisk::Safe);
}

#[test]
fn objects_are_named_as_written() {
    let named =
        |command: &str| scan(command).objects.iter().map(|object| object.name.clone()).collect::<Vec<_>>();
    assert_eq!(named("rm -rf /srv/cache"), ["/srv/cache"]);
    assert_eq!(named("rm -rf /srv/a '/srv/b c'"), ["/srv/a", "/srv/b c"]);
    assert_eq!(named("kubectl delete ns prod"), ["prod"]);
    assert_eq!(named("kubectl -n x delete pod <pod-name>"), ["<pod-name>"]);
    assert_eq!(named("psql -c 'DROP TABLE users'"), ["users"]);
    assert_eq!(named("dd if=/dev/zero of=/dev/sdb"), ["/dev/sdb"]);
}

#[test]
fn an_exact_inverse_is_offered_and_no_other() {
    assert_eq!(scan("sudo systemctl stop nginx").rollback, None);
    assert_eq!(scan("systemctl stop nginx").rollback.as_deref(), Some("systemctl start nginx"));
    assert_eq!(scan("kubectl cordon node1").rollback.as_deref(), Some("kubectl uncordon node1"));
    assert_eq!(scan("kubectl scale deploy/web --replicas=3").rollback, None);
    assert_eq!(scan("systemctl stop nginx; ls").rollback, None);
}

#[test]
fn a_verdict_does_not_depend_on_the_command_before_it() {
    let before = scan("ls -la /srv").verdict;
    for _ in 0..300 {
        scan("cat <<EOF\n$(ls");
        scan("cat <<'A' <<B <<C\nx");
    }
    assert_eq!(scan("ls -la /srv").verdict, before);
    assert_eq!(scan("cat <<EOF\nx\nEOF").verdict.risk, ScannerRisk::Safe);
}

#[test]
fn characters_of_other_scripts_do_not_end_the_process() {
    for c in ['\u{e0101}', '\u{1f574}', '\u{10ffff}', 'é', '日', '\u{3000}'] {
        for text in [
            format!("echo 0{{{c}"),
            format!("ls {{{c}..{c}}}"),
            format!("x={c} ${c} ${{{c}}} \"{c}\" $'{c}'"),
        ] {
            assert_eq!(scan(&text).verdict.version, dd0c_classifier::version());
        }
    }
    assert_eq!(scan("cat /srv/été.log").verdict.risk, ScannerRisk::Safe);
    assert_eq!(scan("rm -rf /srv/été").objects[0].name, "/srv/été");
}
