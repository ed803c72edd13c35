//! The committed pages of the rules are what the rules give.

#[path = "../examples/rule_pages/pages.rs"]
mod pages;

use std::path::Path;

#[test]
fn every_page_says_what_the_rules_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/rules");
    let made = pages::all();
    let there = pages::names_in(&folder).expect("docs/rules is there");
    let stale = made
        .iter()
        .filter(|(name, text)| std::fs::read_to_string(folder.join(name)).ok().as_ref() != Some(text));
    let mut wrong: Vec<String> = stale.map(|(name, _)| name.clone()).collect();
    wrong.extend(there.into_iter().filter(|name| !made.contains_key(name)));
    assert!(wrong.is_empty(), "stale: {}. Run: cargo xtask rule-pages", wrong.join(", "));
}
