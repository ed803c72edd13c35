//! What a run did otherwise, taken over into real pages of every format and read again by the real parser.

use dd0c_executor::divergence::{Draft, draft};
use dd0c_types::divergence::{Departure, DivergenceItem, Suggestion};
use dd0c_types::run::{StepState, Unlisted};
use dd0c_types::runbook::{ParsedRunbook, Step};
use dd0c_types::{Command, StepId};
use proptest::prelude::*;
use uuid::Uuid;

const PAGES: [&str; 5] = [
    include_str!("../../parser/tests/pages/restart-queue-workers.md"),
    include_str!("../../parser/tests/pages/renew-certificate.confluence.html"),
    include_str!("../../parser/tests/pages/grow-volume.adoc"),
    include_str!("../../parser/tests/pages/move-database.rst"),
    include_str!("../../parser/tests/pages/clear-disk.txt"),
];

fn read(text: &str) -> ParsedRunbook {
    dd0c_parser::parse(text, None).unwrap()
}

fn item(step: Option<&Step>, suggestion: Suggestion, actual: Option<&str>) -> DivergenceItem {
    DivergenceItem {
        step_id: step.map_or_else(|| StepId::from_uuid(Uuid::now_v7()), |step| step.id),
        order: 1,
        title: String::new(),
        departure: Departure::Edited,
        prescribed: step.and_then(|step| step.command.as_ref()).map(|command| command.text.clone()),
        actual: actual.map(Command::new),
        words: Vec::new(),
        unlisted: None,
        suggestion: Some(suggestion),
        state: StepState::Succeeded,
        by: None,
        note: None,
    }
}

fn edited(step: &Step) -> DivergenceItem {
    item(Some(step), Suggestion::Replace, Some("kubectl get nodes -o wide"))
}

fn removed(step: &Step) -> DivergenceItem {
    item(Some(step), Suggestion::Remove, None)
}

fn inserted(after: Option<&Step>, command: &str) -> DivergenceItem {
    let unlisted =
        Unlisted { by: "riley".to_owned(), channel: "web".to_owned(), after: after.map(|step| step.id) };
    DivergenceItem { unlisted: Some(unlisted), ..item(None, Suggestion::Insert, Some(command)) }
}

fn commands(parsed: &ParsedRunbook) -> Vec<String> {
    let commands = parsed.steps.iter().filter_map(|step| step.command.as_ref());
    commands.map(|command| command.text.reveal().to_owned()).collect()
}

fn meant(draft: &Draft) -> Vec<String> {
    draft.commands.iter().map(|command| command.reveal().to_owned()).collect()
}

/// Whether the text reads as the commands that were meant; a person is told when it does not.
fn reads_as_meant(draft: &Draft) -> bool {
    dd0c_parser::outline(&draft.text, None).is_ok_and(|parsed| commands(&parsed) == meant(draft))
}

/// The lines of a text that hold no byte of any command.
fn other_lines<'t>(text: &'t str, parsed: &ParsedRunbook) -> Vec<&'t str> {
    let spans: Vec<_> =
        parsed.steps.iter().filter_map(|step| step.command.as_ref()).map(|command| command.source).collect();
    let mut start = 0;
    let mut out = Vec::new();
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        if !spans.iter().any(|span| span.start < end && start < span.end) {
            out.push(line.trim_end());
        }
        start = end;
    }
    out
}

fn is_within(wanted: &[&str], text: &str) -> bool {
    let mut lines = text.lines().map(str::trim_end);
    wanted.iter().all(|wanted| lines.any(|line| line == *wanted))
}

fn with_commands(parsed: &ParsedRunbook) -> Vec<&Step> {
    parsed.steps.iter().filter(|step| step.command.is_some()).collect()
}

/// How many of the changes were made, and how many of those read as meant.
fn tally(changes: impl Fn(&Step) -> DivergenceItem) -> Vec<(usize, usize, usize)> {
    let each = |page: &&str| {
        let parsed = read(page);
        let drafts = with_commands(&parsed).into_iter().map(|step| draft(page, &parsed, &[&changes(step)]));
        let drafts: Vec<_> = drafts.collect();
        let made: Vec<_> = drafts.iter().filter(|draft| draft.left_out.is_empty()).collect();
        (drafts.len(), made.len(), made.iter().filter(|draft| reads_as_meant(draft)).count())
    };
    PAGES.iter().map(each).collect()
}

#[test]
fn an_edited_command_reads_as_the_one_that_ran_unless_it_stands_among_sql() {
    // The last but one page has two blocks of SQL: a shell's command there is not read as one, and a person is told so.
    assert_eq!(tally(edited), [(6, 6, 6), (2, 2, 2), (3, 3, 3), (4, 4, 2), (4, 4, 4)]);
}

#[test]
fn an_inserted_command_mostly_reads_as_the_one_that_ran() {
    // Not behind the sentence that asks for another command, not between a value and its use, not among SQL.
    let inserted = tally(|step| inserted(Some(step), "systemctl status checkout"));
    assert_eq!(inserted, [(6, 6, 6), (2, 2, 1), (3, 3, 2), (4, 4, 2), (4, 4, 4)]);
}

#[test]
fn a_removal_that_is_made_leaves_all_other_commands() {
    let tallied = tally(removed);
    assert!(tallied.iter().all(|(_, made, read)| made == read), "{tallied:?}");
    assert!(tallied.iter().map(|(_, made, _)| made).sum::<usize>() > 10, "{tallied:?}");
}

/// What is done with each command: nothing, or one of the three, and perhaps one more command behind it.
fn plan() -> impl Strategy<Value = Vec<(u8, bool)>> {
    prop::collection::vec((0..4u8, any::<bool>()), 16)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_taken_over_together_no_other_line_changes(page in prop::sample::select(PAGES.to_vec()), plan in plan()) {
        let parsed = read(page);
        let mut items = Vec::new();
        for (step, (change, more)) in with_commands(&parsed).into_iter().zip(plan) {
            items.extend(match change { 1 => Some(edited(step)), 2 => Some(removed(step)), _ => None });
            items.extend(more.then(|| inserted(Some(step), "uptime")));
        }
        let made = draft(page, &parsed, &items.iter().collect::<Vec<_>>());
        let kept = other_lines(page, &parsed);
        // A block that held one command alone goes with it.
        let kept: Vec<_> = kept.into_iter().filter(|line| !line.trim_start().starts_with(['`', '-', '~'])).collect();
        prop_assert!(is_within(&kept, &made.text));
        if items.is_empty() || made.left_out.len() == items.len() {
            prop_assert_eq!(&made.text, page);
        }
    }
}
