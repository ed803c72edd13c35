//! The test suites of other command guards, held against the scanner. Their labels are policies, not truth:
//! where the scanner is right and they are not, the command stands in `peers/conflicts.tsv` with the reason.

use std::collections::BTreeMap;

use dd0c_classifier::scan;
use dd0c_types::ScannerRisk;

/// Of what a peer calls dangerous or blocked, the share that the scanner may call Safe.
const MOST_LET_THROUGH: f64 = 0.003;
/// Of what peers call safe, and none of them worse, the share that the scanner may stop.
const MOST_STOPPED: f64 = 0.35;

struct Case {
    command: String,
    /// The first letters of its labels: safe, allowed, caution, dangerous, blocked.
    labels: String,
}

impl Case {
    fn is_harmful(&self) -> bool {
        self.labels.contains(['d', 'b'])
    }

    fn is_safe(&self) -> bool {
        self.labels.contains('s') && !self.labels.contains(['c', 'd', 'b'])
    }
}

fn cases() -> Vec<Case> {
    let text = include_str!("../corpus/peers.tsv");
    let lines = text.lines().filter(|line| !line.starts_with("# "));
    lines
        .map(|line| {
            let mut parts = line.split('\t').skip(1);
            let command = unescaped(parts.next().expect("a command"));
            let labels = parts.next().expect("labels").split(' ').filter_map(|label| label.chars().next());
            Case { command, labels: labels.collect() }
        })
        .collect()
}

fn unescaped(text: &str) -> String {
    let plain = text.replace("\\\\", "\u{1}").replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r");
    plain.replace('\u{1}', "\\")
}

fn conflicts() -> BTreeMap<String, &'static str> {
    let lines = include_str!("peers/conflicts.tsv").lines().filter(|line| !line.starts_with("# "));
    lines
        .map(|line| {
            let (command, reason) = line.split_once('\t').expect("a command and a reason");
            assert!(reason.len() > 20, "{command}: say why the scanner is right");
            (unescaped(command), reason)
        })
        .collect()
}

fn is_safe(command: &str) -> bool {
    scan(command).verdict.risk == ScannerRisk::Safe
}

#[test]
fn what_peers_call_harmful_is_not_let_through_unless_a_reason_is_written_down() {
    let cases = cases();
    let conflicts = conflicts();
    let harmful: Vec<&Case> = cases.iter().filter(|case| case.is_harmful()).collect();
    let through: Vec<&str> =
        harmful.iter().map(|case| case.command.as_str()).filter(|command| is_safe(command)).collect();
    let unexplained: Vec<&&str> =
        through.iter().filter(|command| !conflicts.contains_key(**command)).collect();
    let stale: Vec<&String> =
        conflicts.keys().filter(|command| !through.contains(&command.as_str())).collect();
    let share = through.len() as f64 / harmful.len() as f64;
    println!("{} of {} harmful ones are Safe here: {:.2} %", through.len(), harmful.len(), share * 100.0);
    assert!(unexplained.is_empty(), "Safe without a reason: {unexplained:#?}");
    assert!(stale.is_empty(), "no conflict any more: {stale:#?}");
    assert!(harmful.len() > 1_000 && share < MOST_LET_THROUGH, "{share}");
}

#[test]
fn most_of_what_peers_call_safe_is_safe() {
    let cases = cases();
    let safe: Vec<&Case> = cases.iter().filter(|case| case.is_safe()).collect();
    let stopped = safe.iter().filter(|case| !is_safe(&case.command)).count();
    let share = stopped as f64 / safe.len() as f64;
    println!("{stopped} of {} safe ones are stopped: {:.1} %", safe.len(), share * 100.0);
    assert!(safe.len() > 3_000 && share < MOST_STOPPED, "{share}");
}
