//! Which messages Slack should show of an alert or a run: pure, from what the store says. The cards draw them.

mod offer;
mod overview;
mod place;
mod step;
mod story;
mod turn;

pub use offer::{Candidate, offer, offers};
pub use overview::{run_line, run_word};
pub use place::{People, Urls};
pub use step::step_card;
pub use story::{Decided, End, FollowUp, How, Question, Story, Told, Turn, Yes};

use dd0c_approval::Policy;
use dd0c_store::alerts::Record as AlertRecord;
use dd0c_store::panic::PanicState;
use dd0c_types::run::ExecutionView;
use dd0c_types::{AlertStatus, TenantId, Timestamp, UserId};
use sha2::{Digest, Sha256};

use crate::card::{AlertCard, Link, Message, matched, unmatched, unsure};
use crate::outgoing::plan::{New, PARENT, Wanted, Weight};
use crate::reference::{Key, Nonce, Reference, Token};

/// What signs and links what is drawn.
#[derive(Clone)]
pub struct Pen {
    /// Signs references.
    pub key: Key,
    /// Whose they are.
    pub tenant: TenantId,
    /// Where the dashboard is.
    pub urls: Urls,
}

/// A run and everything its messages are drawn from.
pub struct RunScene<'s> {
    /// The run, with `allowed_actions` of somebody who may everything.
    pub run: &'s ExecutionView,
    /// What happened in it.
    pub story: &'s Story,
    /// Who is who.
    pub people: &'s People,
    /// Who started it: the lead.
    pub lead: UserId,
    /// The policy as it holds for this run.
    pub policy: &'s Policy,
    /// Whether panic is on, who pressed, and why.
    pub panic: &'s PanicState,
    /// The alert it was started for.
    pub alert: Option<&'s AlertRecord>,
    /// When its agent was last heard.
    pub agent_seen_at: Option<Timestamp>,
    /// Who is mentioned before a question expires.
    pub on_call: Option<crate::card::SlackGroup>,
    /// The median of the runbook's earlier runs, in seconds.
    pub median_seconds: Option<u64>,
    /// The time.
    pub now: Timestamp,
    /// Signs and links.
    pub pen: &'s Pen,
}

/// An alert without a run, and the runbooks that may be for it.
pub struct AlertScene<'s> {
    /// The alert.
    pub alert: &'s AlertRecord,
    /// What is known of the runbooks of its choice.
    pub candidates: &'s [Candidate],
    /// Signs and links.
    pub pen: &'s Pen,
}

/// A message that should stand, and how it is drawn at a revision.
pub struct Picture<'s> {
    /// What the plan needs of it.
    pub wanted: Wanted,
    /// The step it is about.
    pub step: Option<dd0c_types::StepId>,
    draw: Box<dyn Fn(u32) -> Message + Send + Sync + 's>,
}

impl<'s> Picture<'s> {
    fn new(slot: String, draw: impl Fn(u32) -> Message + Send + Sync + 's) -> Self {
        let hash = fingerprint(&draw(0));
        let wanted = Wanted { slot, hash, weight: Weight::Decision, settled: false, new: New::Post };
        Self { wanted, step: None, draw: Box::new(draw) }
    }

    fn of_step(mut self, step: dd0c_types::StepId) -> Self {
        self.step = Some(step);
        self
    }

    fn progress(mut self) -> Self {
        self.wanted.weight = Weight::Progress;
        self
    }

    fn settled(mut self, settled: bool) -> Self {
        self.wanted.settled = settled;
        self
    }

    /// Posted only when it already was: it tells of something that is over.
    fn only_if_posted(mut self, only: bool) -> Self {
        if only {
            self.wanted.new = New::Leave;
        }
        self
    }

    /// The message as it is sent at this revision.
    pub fn draw(&self, revision: u32) -> Message {
        (self.draw)(revision)
    }
}

/// Everything Slack should show of a run, the parent first.
pub fn of_run<'s>(scene: &'s RunScene<'s>) -> Vec<Picture<'s>> {
    let mut pictures = vec![overview::parent(scene)];
    for step in &scene.run.steps {
        pictures.extend(turn::pictures(scene, step));
    }
    pictures.extend(overview::panic(scene));
    pictures.extend(overview::end(scene));
    pictures
}

/// What Slack should show of an alert that nobody started a run for; nothing before it was ranked.
pub fn of_alert<'s>(scene: &'s AlertScene<'s>) -> Option<Picture<'s>> {
    let choice = scene.alert.choice.as_ref()?;
    let resolved = scene.alert.alert.status == AlertStatus::Resolved;
    let offers = offers(scene.pen, scene.alert, choice, scene.candidates);
    let sure = scene.alert.runbook.and_then(|sure| offers.iter().position(|offer| offer.0 == sure));
    let cards: Vec<_> = offers.into_iter().map(|(_, card)| card).collect();
    let picture = Picture::new(PARENT.to_owned(), move |revision| {
        let alert = alert_card(scene.pen, scene.alert, revision);
        match sure {
            Some(at) => matched(&alert, &cards[at]),
            None if cards.is_empty() => unmatched(&alert),
            None => unsure(&alert, &cards),
        }
    });
    // A change of what is offered never goes before a decision; the offer itself is a post, and waits for nothing.
    Some(picture.progress().settled(resolved).only_if_posted(resolved))
}

/// The alert as its cards show it.
pub fn alert_card(pen: &Pen, record: &AlertRecord, revision: u32) -> AlertCard {
    let alert = &record.alert;
    AlertCard {
        sender: alert.sender.name(),
        number: number(&alert.number),
        link: alert.url.as_deref().and_then(Link::new),
        title: alert.title.clone(),
        severity: alert.severity.level(),
        service: alert.service.clone(),
        region: alert.region.clone(),
        folded: record.folded,
        resolved: alert.status == AlertStatus::Resolved,
        token: pen.sign(&Reference::Alert(record.id)),
        revision,
    }
}

impl Pen {
    /// Signs a reference. The nonce follows from what is signed: the same button drawn again is the same button.
    pub fn sign(&self, reference: &Reference) -> Token {
        let unsigned = reference.sign(&self.key, self.tenant, Nonce(0));
        let digest = Sha256::digest(unsigned.as_str());
        let nonce = digest.first_chunk().map_or(0, |first| u64::from_be_bytes(*first));
        reference.sign(&self.key, self.tenant, Nonce(nonce))
    }
}

/// `#4821`, however the sender writes it; nothing when it has none.
fn number(number: &str) -> String {
    let number = number.trim_start_matches('#');
    if number.is_empty() { String::new() } else { format!("#{number}") }
}

fn fingerprint(message: &Message) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(&message.text);
    hash.update([0]);
    hash.update(serde_json::Value::from(message.blocks.clone()).to_string());
    hash.finalize().into()
}
