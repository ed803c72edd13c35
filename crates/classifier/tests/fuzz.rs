//! The committed corpus of the fuzzer, and a short run of it.

use dd0c_types::ScannerRisk;

#[path = "fuzz/made_up.rs"]
mod made_up;

#[test]
fn the_corpus_holds_what_must_hold() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fuzz/corpus");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("the corpus") {
        let path = entry.expect("an entry").path();
        let text = String::from_utf8_lossy(&std::fs::read(&path).expect("a case")).into_owned();
        assert_eq!(made_up::fault(&text), None, "{}", path.display());
        count += 1;
    }
    assert!(count >= 20, "only {count} cases");
}

#[test]
fn made_up_commands_hold_what_must_hold() {
    let mut dice = made_up::Dice::new(7);
    for _ in 0..1_500 {
        let text = dice.command();
        assert_eq!(made_up::fault(&text), None, "{text:?}");
    }
}

#[test]
fn hostile_lengths_are_answered_with_doubt() {
    for piece in [
        "(",
        "$(",
        "`",
        "{",
        "{a,",
        "\"$(",
        "sudo ",
        "a ",
        "<<A ",
        "if true; then ",
        "$((",
        "\\\n",
        "'",
        "f(){ ",
        "[",
        "-",
    ] {
        for times in [500, 5_000, 50_000] {
            let text = format!("ls {}", piece.repeat(times));
            assert_eq!(made_up::fault(&text), None, "{piece} {times} times");
            if text.len() > 8 * 1024 {
                assert!(
                    dd0c_classifier::scan(&text).verdict.risk >= ScannerRisk::Unknown,
                    "{piece} {times} times"
                );
            }
        }
    }
}
