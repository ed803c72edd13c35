//! Asks a model about alerts whose words leave open which runbook is for them.
//!
//! A vector can improve a choice; it can never delay or lose an alert. The alert was told of before anything is asked,
//! nothing is locked while the endpoint takes its time, and whatever fails leaves the choice as it is.

use std::sync::Arc;
use std::time::Duration;

use dd0c_llm::{Asked, Passage, Route};
use dd0c_queue::{Handler, Message, Rejected};
use dd0c_store::{Store, StoreError, TenantTx, alerts, audit, matching, model_usage};
use dd0c_types::{Actor, AlertId, Clock, RunbookId, TenantId};
use serde::Deserialize;
use tokio::time::Instant;

use crate::choosing::{self, Events, Subject};
use crate::rankings::{Rankings, Shelf};
use crate::{notice, passages};

/// How long the endpoint may take for all that is asked about one alert.
const ANSWERED_WITHIN: Duration = Duration::from_secs(2);
/// Most texts that are sent at once, the alert's among them.
const MOST_AT_ONCE: usize = 64;
/// Under which the tokens are counted.
const PURPOSE: &str = "vectors";

/// Asks a model about alerts, and ranks their runbooks with what it says.
pub struct Vectors {
    store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    route: Arc<Route>,
    model: String,
    pub(crate) rankings: Arc<Rankings>,
}

/// What a message says.
#[derive(Deserialize)]
struct Named {
    alert_id: AlertId,
}

/// What is asked about one alert.
struct Question {
    /// What the alert says; none when its vector is there.
    alert: Option<Passage>,
    runbooks: Vec<(RunbookId, Passage)>,
    /// Runbooks that have to wait for the next question.
    left: usize,
}

impl Vectors {
    /// With the way to the model; none when the settings name no model for vectors.
    pub fn new(store: Store, clock: Arc<dyn Clock>, route: Arc<Route>) -> Option<Self> {
        let model = route.settings().model_embed.clone()?;
        let rankings = Arc::new(Rankings::with_vectors(model.clone()));
        Some(Self { store, clock, route, model, rankings })
    }

    /// What is to be asked; none when nothing is missing, when no vector can change anything, or when the customer's
    /// tokens of the day are used up.
    async fn question(&self, tenant: TenantId, id: AlertId) -> Result<Option<Question>, StoreError> {
        let mut tx = self.store.tenant(tenant).await?;
        let known = alerts::get(&mut tx, id).await?;
        if !choosing::is_undecided(&known) {
            return Ok(None);
        }
        let shelf = self.rankings.of(&mut tx).await?;
        let passage = passages::of_alert(&known.alert);
        if shelf.ranking.is_empty() || passage.text().is_empty() {
            return Ok(None);
        }
        let vector = matching::alert_vector(&mut tx, id, &self.model, &passage.sha256()).await?;
        let question = Question::of(&shelf, vector.is_none().then_some(passage));
        if question.is_empty() {
            return Ok(None);
        }
        let used = model_usage::of_day(&mut tx, self.clock.now()).await?;
        let may_ask = self.route.settings().allow(&used);
        if !may_ask {
            tracing::info!(alert = %id, "no vector is asked for: what may be used today is used up");
        }
        Ok(may_ask.then_some(question))
    }

    /// Counts what was used, keeps what was answered, and has the rest asked for.
    async fn keep(
        &self,
        message: &Message,
        id: AlertId,
        question: &Question,
        asked: Asked,
        answer: &[Vec<f32>],
    ) -> Result<(), StoreError> {
        let mut tx = self.store.tenant(message.tenant_id).await?;
        let now = self.clock.now();
        if asked.calls > 0 {
            let used = self.route.settings().priced(asked);
            model_usage::add(&mut tx, now, PURPOSE, &self.model, &used).await?;
        }
        let mut vectors = answer.iter();
        for ((runbook, passage), vector) in question.runbooks.iter().zip(vectors.by_ref()) {
            matching::put_vector(&mut tx, *runbook, &self.model, &passage.sha256(), vector).await?;
        }
        if let (Some(passage), Some(vector)) = (&question.alert, vectors.next()) {
            matching::put_alert_vector(&mut tx, id, &self.model, &passage.sha256(), vector).await?;
        }
        if question.left > 0 && !answer.is_empty() {
            notice::of_rest(&mut tx, id, question.left, &message.trace, now).await?;
        }
        tx.commit().await
    }
}

impl Question {
    fn of(shelf: &Shelf, alert: Option<Passage>) -> Self {
        let room = MOST_AT_ONCE - usize::from(alert.is_some());
        let runbooks: Vec<_> = shelf.wanting.iter().take(room).cloned().collect();
        let left = shelf.wanting.len() - runbooks.len();
        Self { alert, runbooks, left }
    }

    fn is_empty(&self) -> bool {
        self.alert.is_none() && self.runbooks.is_empty()
    }

    /// Everything that is sent: the runbooks, then the alert.
    fn passages(&self) -> Vec<Passage> {
        self.runbooks.iter().map(|(_, passage)| passage).chain(&self.alert).cloned().collect()
    }
}

impl Handler for Vectors {
    /// Sees to it that the vectors are there, as far as can be.
    async fn prepare(&self, message: &Message) -> Result<(), Rejected> {
        let id = alert_of(message)?;
        let Some(question) = self.question(message.tenant_id, id).await? else { return Ok(()) };
        let deadline = Instant::now() + ANSWERED_WITHIN;
        let (asked, answer) = self.route.embed(&self.model, &question.passages(), deadline).await;
        let answer = answer.unwrap_or_else(|error| {
            tracing::warn!(alert = %id, model = self.model, %error, "an alert stays with the choice by its words");
            Vec::new()
        });
        self.keep(message, id, &question, asked, &answer).await?;
        Ok(())
    }

    /// Ranks with the vectors that are there.
    async fn handle(&self, tx: &mut TenantTx<'_>, message: &Message) -> Result<(), Rejected> {
        let id = alert_of(message)?;
        let shelf = self.rankings.of(tx).await?;
        let known = alerts::lock(tx, id).await?;
        if !choosing::is_undecided(&known) {
            return Ok(());
        }
        let mut events = Events::new();
        let subject = Subject { id, alert: &known.alert, known: Some(&known) };
        choosing::choose(tx, &shelf, &subject, &mut events).await?;
        if events.is_empty() {
            return Ok(());
        }
        notice::of_change(tx, id, &message.trace, self.clock.now()).await?;
        let actor = Actor::system("alerts.vectors");
        for (event, data) in events {
            audit::append(tx, event, None, &actor, data).await?;
        }
        Ok(())
    }
}

fn alert_of(message: &Message) -> Result<AlertId, Rejected> {
    let named: Named = message.fields().map_err(|error| Rejected::Dead(error.to_string()))?;
    Ok(named.alert_id)
}
