//! Many deliveries of one alert come to one state, whatever order they come in and however often.

use std::cmp::Ordering;

use chrono::TimeDelta;
use dd0c_types::{Alert, AlertStatus, Severity, Timestamp};
use serde::{Deserialize, Serialize};

/// A sender's clock may be ahead by so much; what claims to be later counts as this late. Without a bound one delivery
/// from the year 9999 would keep every later one from changing anything.
const AHEAD: TimeDelta = TimeDelta::minutes(10);

/// What orders deliveries: the sender's time, then how final the state is, then the delivery itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    at: Timestamp,
    rank: u8,
    delivery: u64,
}

impl Stamp {
    /// The stamp of what `alert` says in the delivery of this identity. An alert without a time counts from when it was
    /// received; then the order of receipt is all there is.
    pub fn new(alert: &Alert, received_at: Timestamp, identity: [u8; 32]) -> Self {
        let (head, _) = identity.split_first_chunk().expect("invariant: 32 bytes begin with 8");
        let at = alert.at.unwrap_or(received_at).min(received_at + AHEAD);
        let rank = match alert.status {
            AlertStatus::Firing => 0,
            AlertStatus::Acknowledged => 1,
            AlertStatus::Resolved => 2,
        };
        Self { at, rank, delivery: u64::from_be_bytes(*head) }
    }

    /// The sender's time, bounded.
    pub const fn at(&self) -> Timestamp {
        self.at
    }
}

impl Ord for Stamp {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.rank, self.delivery).cmp(&(other.at, other.rank, other.delivery))
    }
}

impl PartialOrd for Stamp {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// By which delivery each part of an alert stands; none for a part that no delivery spoke of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamps {
    status: Option<Stamp>,
    number: Option<Stamp>,
    title: Option<Stamp>,
    text: Option<Stamp>,
    service: Option<Stamp>,
    region: Option<Stamp>,
    environment: Option<Stamp>,
    severity: Option<Stamp>,
    labels: Option<Stamp>,
    url: Option<Stamp>,
}

impl Stamps {
    /// Those of an alert that one delivery alone spoke of.
    pub fn first(alert: &Alert, stamp: &Stamp) -> Self {
        let mut stamps = Self::default();
        fold(&mut alert.clone(), &mut stamps, alert, stamp);
        stamps
    }

    /// When the state that stands began.
    pub fn status_at(&self) -> Option<Timestamp> {
        self.status.as_ref().map(Stamp::at)
    }
}

/// Takes one more delivery into an alert. Each part is as the latest delivery that speaks of it says; one that says
/// nothing of a part takes nothing away.
pub fn fold(known: &mut Alert, stamps: &mut Stamps, new: &Alert, stamp: &Stamp) {
    if wins(&mut stamps.status, stamp, true) {
        known.status = new.status;
        known.at = new.at;
    }
    take(&mut known.number, &mut stamps.number, &new.number, stamp, !new.number.is_empty());
    take(&mut known.title, &mut stamps.title, &new.title, stamp, true);
    take(&mut known.text, &mut stamps.text, &new.text, stamp, !new.text.is_empty());
    take(&mut known.service, &mut stamps.service, &new.service, stamp, new.service.is_some());
    take(&mut known.region, &mut stamps.region, &new.region, stamp, new.region.is_some());
    take(&mut known.environment, &mut stamps.environment, &new.environment, stamp, new.environment.is_some());
    take(&mut known.severity, &mut stamps.severity, &new.severity, stamp, new.severity != Severity::UNSAID);
    take(&mut known.labels, &mut stamps.labels, &new.labels, stamp, !new.labels.is_empty());
    take(&mut known.url, &mut stamps.url, &new.url, stamp, new.url.is_some());
}

fn take<T: Clone>(known: &mut T, place: &mut Option<Stamp>, new: &T, stamp: &Stamp, said: bool) {
    if wins(place, stamp, said) {
        new.clone_into(known);
    }
}

/// Whether a delivery that speaks of a part is the latest that does; then the part stands by it.
fn wins(place: &mut Option<Stamp>, stamp: &Stamp, said: bool) -> bool {
    let later = said && place.as_ref().is_none_or(|before| before < stamp);
    if later {
        *place = Some(stamp.clone());
    }
    later
}
