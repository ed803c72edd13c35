//! One delivery: from its bytes to alerts with a ranking, in one transaction.

use std::sync::Arc;

use chrono::TimeDelta;
use dd0c_matcher::{Stamp, Stamps, fold, read};
use dd0c_queue::{Handler, Message, Rejected, Trace};
use dd0c_store::alert_deliveries::{self, Delivery};
use dd0c_store::alerts::{self, Record};
use dd0c_store::{StoreError, TenantTx, audit};
use dd0c_types::{
    Actor, ActorKind, Alert, AlertId, AlertSender, AlertSourceId, AlertStatus, Channel, Clock, EventType,
    RunbookId, Timestamp,
};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::choosing::{self, Events, Subject};
use crate::notice;
use crate::rankings::{Rankings, Shelf};
use crate::storm::{self, Newcomer};
use crate::vectors::Vectors;

/// An alert that fires again this long after it was over is another alert: whoever was called then is called anew, and
/// what was found out then does not stand for now.
const OVER_FOR: TimeDelta = TimeDelta::hours(1);

/// Takes deliveries in.
pub struct Deliveries {
    clock: Arc<dyn Clock>,
    rankings: Arc<Rankings>,
}

/// What a message says.
#[derive(Deserialize)]
struct Kept {
    sender: AlertSender,
    identity: String,
}

/// What is the same for every alert of one delivery.
struct Context<'a> {
    delivery: &'a Delivery,
    identity: [u8; 32],
    shelf: &'a Shelf,
    trace: &'a Trace,
    now: Timestamp,
}

/// An alert after a delivery was folded into it.
struct Folded {
    id: AlertId,
    alert: Alert,
    /// As it was before; none for a new one.
    before: Option<Record>,
}

impl Deliveries {
    /// With the clock that says when; the runbooks are compared by words alone.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, rankings: Arc::default() }
    }

    /// Also by the vectors that `vectors` has asked for, which is told of what words leave open.
    pub fn beside(vectors: &Vectors) -> Self {
        Self { clock: Arc::clone(&vectors.clock), rankings: Arc::clone(&vectors.rankings) }
    }

    async fn take_in(
        &self,
        tx: &mut TenantTx<'_>,
        mut read: Vec<Alert>,
        (delivery, identity): (&Delivery, [u8; 32]),
        trace: &Trace,
    ) -> Result<(), Rejected> {
        // Two deliveries with the same alerts lock them in the same order.
        read.sort_by(|one, other| one.key.cmp(&other.key));
        let shelf = self.rankings.of(tx).await?;
        let context = Context { delivery, identity, shelf: &shelf, trace, now: self.clock.now() };
        let mut events = Events::new();
        for alert in read {
            one(tx, alert, &context, &mut events).await?;
        }
        let actor = actor(delivery.endpoint);
        for (event, data) in events {
            audit::append(tx, event, None, &actor, data).await?;
        }
        Ok(())
    }
}

impl Handler for Deliveries {
    async fn handle(&self, tx: &mut TenantTx<'_>, message: &Message) -> Result<(), Rejected> {
        let kept: Kept = message.fields().map_err(|error| Rejected::Dead(error.to_string()))?;
        let mut identity = [0; 32];
        hex::decode_to_slice(&kept.identity, &mut identity)
            .map_err(|_| Rejected::Dead("its identity is no SHA-256".to_owned()))?;
        let Some(delivery) = alert_deliveries::open(tx, kept.sender, &identity).await? else {
            return Ok(());
        };
        let outcome = match read(kept.sender, &delivery.body) {
            Ok(read) => {
                let outcome = outcome(read.len());
                self.take_in(tx, read, (&delivery, identity), &message.trace).await?;
                outcome
            }
            Err(error) => format!("It could not be read: {error}."),
        };
        alert_deliveries::taken(tx, kept.sender, &identity, &outcome, self.clock.now()).await?;
        Ok(())
    }
}

fn outcome(alerts: usize) -> String {
    match alerts {
        0 => "It says nothing of an alert.".to_owned(),
        1 => "1 alert".to_owned(),
        more => format!("{more} alerts"),
    }
}

/// The place where the delivery came in.
fn actor(endpoint: AlertSourceId) -> Actor {
    let kind = ActorKind::System;
    Actor { kind, id: endpoint.to_string(), name: String::new(), channel: Channel::Webhook }
}

/// Takes one alert of a delivery in.
async fn one(
    tx: &mut TenantTx<'_>,
    alert: Alert,
    context: &Context<'_>,
    events: &mut Events,
) -> Result<(), Rejected> {
    let folded = fold_in(tx, alert, context).await?;
    if folded.before.as_ref().is_none_or(|before| before.alert.status != folded.alert.status) {
        let Alert { sender, key, status, title, .. } = &folded.alert;
        let data =
            json!({"alert_id": folded.id, "sender": sender, "key": key, "status": status, "title": title});
        events.push((EventType::AlertReceived, data));
    }
    let subject = Subject { id: folded.id, alert: &folded.alert, known: folded.before.as_ref() };
    let found = choosing::choose(tx, context.shelf, &subject, events).await?;
    let leader = tell(tx, &folded, found.runbook, context).await?;
    if let Some(words) = found.open.filter(|_| leader.is_none())
        && folded.alert.status != AlertStatus::Resolved
    {
        notice::of_unsure(tx, folded.id, &words, context.trace, context.now).await?;
    }
    Ok(())
}

/// Finds the alert that a delivery speaks of, or makes it, and folds the delivery in.
async fn fold_in(tx: &mut TenantTx<'_>, new: Alert, context: &Context<'_>) -> Result<Folded, Rejected> {
    let received_at = context.delivery.received_at;
    let stamp = Stamp::new(&new, received_at, context.identity);
    let made = make(tx, &new, &stamp, received_at).await?;
    let Some(before) = made.1 else { return Ok(Folded { id: made.0, alert: new, before: None }) };
    let mut stamps: Stamps = serde_json::from_value(before.stamps.clone())
        .map_err(|error| Rejected::Dead(format!("the stamps of {} do not read back: {error}", before.id)))?;
    let over_at = stamps.status_at();
    let mut alert = before.alert.clone();
    fold(&mut alert, &mut stamps, &new, &stamp);
    let fires_again = before.alert.status == AlertStatus::Resolved && alert.status != AlertStatus::Resolved;
    if fires_again && over_at.is_some_and(|over_at| stamp.at() - over_at > OVER_FOR) {
        alerts::close(tx, before.id, &format!("{}@{}", before.alert.key, before.id)).await?;
        let (id, _) = make(tx, &new, &stamp, received_at).await?;
        return Ok(Folded { id, alert: new, before: None });
    }
    alerts::refire(tx, before.id, &alert, value(&stamps)?, received_at).await?;
    Ok(Folded { id: before.id, alert, before: Some(before) })
}

/// The alert's id, and what is known of it when it is no new one.
async fn make(
    tx: &mut TenantTx<'_>,
    alert: &Alert,
    stamp: &Stamp,
    received_at: Timestamp,
) -> Result<(AlertId, Option<Record>), Rejected> {
    let stamps = value(&Stamps::first(alert, stamp))?;
    let id = AlertId::from_uuid(Uuid::now_v7());
    let (record, first) = alerts::find_or_make(tx, id, alert, stamps, received_at).await?;
    Ok((record.id, (!first).then_some(record)))
}

fn value(stamps: &Stamps) -> Result<Value, Rejected> {
    serde_json::to_value(stamps).map_err(|error| Rejected::Dead(error.to_string()))
}

/// Tells whoever shows alerts, of the alert itself or of the one it is shown with. Answers that one.
async fn tell(
    tx: &mut TenantTx<'_>,
    folded: &Folded,
    runbook: Option<RunbookId>,
    context: &Context<'_>,
) -> Result<Option<AlertId>, StoreError> {
    let (trace, now) = (context.trace, context.now);
    let leader = match &folded.before {
        Some(before) => before.folded_into,
        None => {
            let newcomer = Newcomer {
                id: folded.id,
                received_at: context.delivery.received_at,
                runbook,
                service: folded.alert.service.as_deref(),
            };
            storm::fold(tx, &newcomer).await?
        }
    };
    match (leader, &folded.before) {
        (Some(leader), _) => notice::of_change(tx, leader, trace, now).await,
        (None, None) => notice::of_new(tx, folded.id, trace, now).await,
        (None, Some(_)) => notice::of_change(tx, folded.id, trace, now).await,
    }?;
    Ok(leader)
}
