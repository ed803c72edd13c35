//! What has to be sent so that Slack shows what is wanted: pure.

use std::collections::BTreeMap;

/// A message as it should stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Which message of its subject.
    pub slot: String,
    /// SHA-256 of what it shows.
    pub hash: [u8; 32],
    /// How much it matters when.
    pub weight: Weight,
    /// Nothing is to change any more once it stands like this.
    pub settled: bool,
    /// Whether it is still worth posting when it never was.
    pub new: New,
}

/// How much it matters when a message is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// A question, a decision, an end: people wait for it.
    Decision,
    /// How far something is.
    Progress,
}

/// Whether a message that was never posted still is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum New {
    /// Yes.
    Post,
    /// No: it would tell of something that is long over.
    Leave,
}

/// A message as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// Which message of its subject.
    pub slot: String,
    /// Slack's name for it; none while it is not known whether it was sent.
    pub ts: Option<String>,
    /// SHA-256 of what it shows.
    pub hash: Option<[u8; 32]>,
    /// Nothing is to change any more.
    pub settled: bool,
    /// Slack refused it for good, or sending it came to nothing twice.
    pub given_up: bool,
}

/// One call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Which message.
    pub slot: String,
    /// What.
    pub kind: CallKind,
    /// How much it matters when.
    pub weight: Weight,
}

/// What is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallKind {
    /// `chat.postMessage`.
    Post,
    /// `chat.update`.
    Update,
}

/// The slot of the message whose thread all others stand in.
pub const PARENT: &str = "parent";

/// The calls that bring what is posted to what is wanted, the most important first. Threads need their parent: while
/// that is not posted, nothing else is.
pub fn plan(wanted: &[Wanted], posted: &[Posted]) -> Vec<Call> {
    let known: BTreeMap<&str, &Posted> = posted.iter().map(|one| (one.slot.as_str(), one)).collect();
    let parent_stands = known.get(PARENT).is_some_and(|parent| parent.ts.is_some());
    let mut calls: Vec<Call> = wanted
        .iter()
        .filter(|one| parent_stands || one.slot == PARENT)
        .filter_map(|one| call(one, known.get(one.slot.as_str()).copied()))
        .collect();
    // A stable sort: what is equally important keeps the order in which it happened.
    calls.sort_by_key(|call| call.weight);
    calls
}

/// The messages that stand as they are wanted and are only to be recorded as settled.
pub fn to_settle<'w>(wanted: &'w [Wanted], posted: &[Posted]) -> Vec<&'w str> {
    let stands = |one: &&Wanted| {
        let same =
            |posted: &&Posted| posted.slot == one.slot && posted.hash == Some(one.hash) && !posted.settled;
        one.settled && posted.iter().any(|posted| same(&posted))
    };
    wanted.iter().filter(stands).map(|one| one.slot.as_str()).collect()
}

fn call(wanted: &Wanted, posted: Option<&Posted>) -> Option<Call> {
    let kind = match posted {
        Some(posted) if posted.given_up => return None,
        Some(posted) if posted.ts.is_some() => {
            (posted.hash != Some(wanted.hash)).then_some(CallKind::Update)?
        }
        // Also when it was begun without an answer: the record decides whether it may be sent once more.
        _ => (wanted.new == New::Post).then_some(CallKind::Post)?,
    };
    // The end of something is never held back as mere progress.
    let weight = if wanted.settled { Weight::Decision } else { wanted.weight };
    Some(Call { slot: wanted.slot.clone(), kind, weight })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wanted() -> impl Strategy<Value = Vec<Wanted>> {
        let one = (any::<u8>(), any::<bool>(), any::<bool>(), any::<bool>());
        prop::collection::btree_map(0..8_u8, one, 0..8).prop_map(|slots| {
            slots
                .into_iter()
                .map(|(slot, (hash, progress, settled, late))| Wanted {
                    slot: if slot == 0 { PARENT.to_owned() } else { format!("step/{slot}") },
                    hash: [hash % 4; 32],
                    weight: if progress { Weight::Progress } else { Weight::Decision },
                    settled,
                    new: if late { New::Leave } else { New::Post },
                })
                .collect()
        })
    }

    /// What Slack and the record look like after the calls.
    fn perform(calls: &[Call], wanted: &[Wanted], posted: &mut Vec<Posted>) {
        for call in calls {
            let one = wanted.iter().find(|one| one.slot == call.slot).unwrap();
            let ts = match call.kind {
                CallKind::Post => {
                    assert!(
                        !posted.iter().any(|known| known.slot == call.slot && known.ts.is_some()),
                        "posted twice"
                    );
                    posted.retain(|known| known.slot != call.slot);
                    Some(call.slot.clone())
                }
                CallKind::Update => {
                    let at = posted
                        .iter()
                        .position(|known| known.slot == call.slot)
                        .expect("only what is posted is updated");
                    posted.remove(at).ts
                }
            };
            assert!(ts.is_some());
            posted.push(Posted {
                slot: call.slot.clone(),
                ts,
                hash: Some(one.hash),
                settled: one.settled,
                given_up: false,
            });
        }
    }

    proptest! {
        #[test]
        fn what_was_brought_up_to_date_needs_nothing_more_and_nothing_is_posted_twice(states in prop::collection::vec(wanted(), 1..6)) {
            let mut posted = Vec::new();
            for wanted in &states {
                for _ in 0..2 {
                    let calls = plan(wanted, &posted);
                    perform(&calls, wanted, &mut posted);
                }
                prop_assert_eq!(plan(wanted, &posted), []);
            }
        }

        #[test]
        fn decisions_come_before_progress_and_nothing_before_the_parent(wanted in wanted()) {
            let calls = plan(&wanted, &[]);
            prop_assert!(calls.iter().map(|call| call.weight).is_sorted());
            prop_assert!(calls.iter().all(|call| call.slot == PARENT));
        }

        #[test]
        fn what_slack_refused_for_good_is_never_called_again(wanted in wanted()) {
            let refused: Vec<Posted> = wanted
                .iter()
                .map(|one| Posted { slot: one.slot.clone(), ts: Some("1.1".to_owned()), hash: None, settled: false, given_up: true })
                .collect();
            prop_assert_eq!(plan(&wanted, &refused), []);
        }
    }
}
