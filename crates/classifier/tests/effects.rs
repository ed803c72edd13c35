//! The table by which risk follows from what a command does.

use dd0c_classifier::effects::{of_rule, risk};
use dd0c_classifier::scan;
use dd0c_types::{Act, Effect, Place, Reach, ScannerRisk};

const REACHES: [Reach; 3] = [Reach::One, Reach::Many, Reach::Shared];

/// Each row: undoable one, many, shared; then lasting one, many, shared.
const TABLE: [(Act, &str); 10] = [
    (Act::Reads, "SSS SSS"),
    (Act::Hides, "UUU UUU"),
    (Act::Discloses, "CCC CCC"),
    (Act::Connects, "CCD CCD"),
    (Act::Installs, "CCD CCD"),
    (Act::Executes, "CCD CCD"),
    (Act::Writes, "CCC CDD"),
    (Act::Authorises, "CCD DDD"),
    (Act::Controls, "CDD DDD"),
    (Act::Destroys, "CDD DDD"),
];

fn every_effect() -> impl Iterator<Item = Effect> {
    Act::ALL.into_iter().flat_map(|act| {
        [Place::Local, Place::Remote].into_iter().flat_map(move |place| {
            [true, false].into_iter().flat_map(move |reversible| {
                REACHES.into_iter().map(move |reach| Effect { act, place, reversible, reach })
            })
        })
    })
}

fn letter(risk: ScannerRisk) -> char {
    match risk {
        ScannerRisk::Safe => 'S',
        ScannerRisk::Unknown => 'U',
        ScannerRisk::Caution => 'C',
        ScannerRisk::Dangerous => 'D',
    }
}

#[test]
fn the_table_is_what_the_table_says() {
    for (act, row) in TABLE {
        let cell = |reversible, reach| letter(risk(Effect { act, place: Place::Local, reversible, reach }));
        let half = |reversible| REACHES.map(|reach| cell(reversible, reach)).iter().collect::<String>();
        assert_eq!(format!("{} {}", half(true), half(false)), row, "{act:?}");
    }
}

#[test]
fn only_reading_is_safe_and_only_what_hides_is_unknown() {
    for effect in every_effect() {
        assert_eq!(risk(effect) == ScannerRisk::Safe, effect.act == Act::Reads, "{effect:?}");
        assert_eq!(risk(effect) == ScannerRisk::Unknown, effect.act == Act::Hides, "{effect:?}");
    }
}

#[test]
fn what_cannot_be_undone_or_reaches_further_is_never_less() {
    for effect in every_effect() {
        assert!(risk(Effect { reversible: false, ..effect }) >= risk(effect), "{effect:?}");
        for reach in REACHES.into_iter().filter(|&reach| reach > effect.reach) {
            assert!(risk(Effect { reach, ..effect }) >= risk(effect), "{effect:?}");
        }
    }
}

#[test]
fn where_something_stands_plays_no_part() {
    for effect in every_effect() {
        assert_eq!(risk(Effect { place: Place::Remote, ..effect }), risk(effect));
    }
}

#[test]
fn a_rule_raises_and_never_lowers() {
    let all = [ScannerRisk::Safe, ScannerRisk::Unknown, ScannerRisk::Caution, ScannerRisk::Dangerous];
    for effect in every_effect() {
        assert_eq!(of_rule(effect, None), risk(effect));
        for raised in all {
            assert_eq!(of_rule(effect, Some(raised)), risk(effect).max(raised));
        }
    }
}

#[test]
fn what_is_said_to_do_instead_names_what_the_command_names() {
    let instead = |command: &str, rule: &str| {
        let found = scan(command).verdict.findings.into_iter().find(|finding| finding.rule == rule);
        found.unwrap_or_else(|| panic!("{rule} says nothing of {command}")).safer
    };
    let kept = |operands: &str| Some(format!("kubectl get {operands} -o yaml, kept in a file first"));
    assert_eq!(instead("kubectl delete pvc cache-0 -n shop", "k8s.delete"), kept("pvc cache-0 -n shop"));
    assert_eq!(instead("kubectl --namespace=shop delete pod/x", "k8s.delete"), kept("pod/x -n shop"));
    assert_eq!(
        instead("rm -rf /srv/cache", "files.rm-recursive").as_deref(),
        Some("mv /srv/cache /srv/cache.removed")
    );
    for several in ["rm -rf \"$DIR\"/*", "rm -rf *.log", "rm -rf <folder>"] {
        assert_eq!(instead(several, "files.rm-recursive"), None, "{several}");
    }
}
