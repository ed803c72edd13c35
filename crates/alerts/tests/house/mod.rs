//! A customer on a real database, and what comes in.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta};
use dd0c_alerts::{Deliveries, Vectors};
use dd0c_llm::{Route, Settings};
use dd0c_matcher::identity;
use dd0c_queue::{Consumer, Trace, publish, topic};
use dd0c_store::alert_deliveries::{self, Delivery};
use dd0c_store::alerts::{self, Record};
use dd0c_store::matching::{self, Matching};
use dd0c_store::queue_messages;
use dd0c_store::runbooks::{self, NewVersion};
use dd0c_store::webhook_endpoints::{self, Endpoint};
use dd0c_store::{Store, audit, tenants};
use dd0c_testkit::TestDatabase;
use dd0c_types::{
    Actor, AlertSender, AlertSourceId, Clock, FixedClock, MatchRule, ParsedRunbook, RunbookId, TenantId,
    Timestamp,
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// A customer with a place where alerts come in.
pub(crate) struct House {
    pub(crate) store: Store,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) tenant: TenantId,
    pub(crate) endpoint: AlertSourceId,
    consumer: Consumer,
    deliveries: Deliveries,
    /// Asks a model, where there is one.
    pub(crate) asking: Option<(Consumer, Vectors)>,
    _database: TestDatabase,
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

pub(crate) fn somebody() -> Actor {
    Actor::system("test")
}

impl House {
    /// Without a model.
    pub(crate) async fn new() -> Self {
        Self::with(None).await
    }

    /// With a model behind this address, for this many tokens a day.
    pub(crate) async fn with_model(url: &str, tokens_per_day: u64) -> Self {
        let settings = Settings { model_embed: Some("vectors".into()), tokens_per_day, ..Settings::new(url) };
        Self::with(Some(Arc::new(Route::new(settings).unwrap()))).await
    }

    async fn with(route: Option<Arc<Route>>) -> Self {
        let database = TestDatabase::new().await;
        let store = Store::connect(&database.app_url(), 4).await.unwrap();
        let clock = Arc::new(FixedClock::at(at(0)));
        let (tenant, endpoint) = customer(&store, "acme", 7).await;
        let asking =
            route.and_then(|route| dd0c_alerts::vectors_consumer(store.clone(), clock.clone(), route));
        let (consumer, deliveries) = match &asking {
            Some((_, vectors)) => dd0c_alerts::consumer_beside(store.clone(), vectors),
            None => dd0c_alerts::consumer(store.clone(), clock.clone()),
        };
        Self { store, clock, tenant, endpoint, consumer, deliveries, asking, _database: database }
    }

    /// A runbook with this title that is for alerts of this service.
    pub(crate) async fn runbook(&self, title: &str, service: &str) -> RunbookId {
        let id = self.plain_runbook(title).await;
        let by = somebody();
        let mut tx = self.store.tenant(self.tenant).await.unwrap();
        let rule = MatchRule { services: vec![service.to_owned()], ..MatchRule::default() };
        let new = Matching { rules: vec![rule], ..Matching::default() };
        matching::put(&mut tx, id, &new, &by, at(0)).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// A runbook with this title and no rule.
    pub(crate) async fn plain_runbook(&self, title: &str) -> RunbookId {
        let parsed = parsed(title);
        let id = RunbookId::from_uuid(Uuid::new_v4());
        let by = somebody();
        let mut tx = self.store.tenant(self.tenant).await.unwrap();
        runbooks::create(&mut tx, id, &NewVersion { title, text: "x", parsed: &parsed, by: &by })
            .await
            .unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// A delivery comes in, `seconds` after the start; false when it came before.
    pub(crate) async fn deliver(&self, body: &str, seconds: i64) -> bool {
        let sender = AlertSender::Dd0cAlert;
        let identity = identity(sender, body.as_bytes());
        let delivery =
            Delivery { endpoint: self.endpoint, received_at: at(seconds), body: body.as_bytes().to_vec() };
        let mut tx = self.store.tenant(self.tenant).await.unwrap();
        let new = alert_deliveries::keep(&mut tx, sender, &identity, &delivery).await.unwrap();
        if new {
            let identity = hex::encode(identity);
            let fields = json!({"sender": sender, "identity": identity});
            let trace = Trace::begin(1, 1);
            publish(&mut tx, topic::ALERT_DELIVERED, &identity, fields, &trace, at(seconds)).await.unwrap();
        }
        tx.commit().await.unwrap();
        new
    }

    /// Takes in everything that is due `seconds` after the start.
    pub(crate) async fn work(&self, seconds: i64) {
        self.clock.advance(at(seconds) - self.clock.now());
        let stop = CancellationToken::new();
        while self.consumer.drain(&self.deliveries, &stop).await.unwrap() > 0 {}
        let mut tx = self.store.tenant(self.tenant).await.unwrap();
        let dead = queue_messages::dead(&mut tx, topic::ALERT_DELIVERED, 10).await.unwrap();
        assert_eq!(dead, [], "nothing is given up");
    }

    /// Asks the model about everything that is open `seconds` after the start.
    pub(crate) async fn ask(&self, seconds: i64) {
        self.clock.advance(at(seconds) - self.clock.now());
        let (consumer, vectors) = self.asking.as_ref().unwrap();
        while consumer.drain(vectors, &CancellationToken::new()).await.unwrap() > 0 {}
        let mut tx = self.store.tenant(self.tenant).await.unwrap();
        let dead = queue_messages::dead(&mut tx, topic::ALERT_UNSURE, 10).await.unwrap();
        assert_eq!(dead, [], "nothing is given up");
    }

    pub(crate) async fn alerts(&self) -> Vec<Record> {
        let mut tx = self.store.tenant(self.tenant).await.unwrap();
        alerts::recent(&mut tx, None, 1_000).await.unwrap()
    }

    /// Messages for whoever shows alerts, due by `seconds`: the alert and why.
    pub(crate) async fn told(&self, seconds: i64) -> Vec<(String, String)> {
        let mut tx = self.store.tenant(self.tenant).await.unwrap();
        let all =
            queue_messages::receive(&mut tx, topic::ALERT_CHANGED, 1_000, at(seconds), TimeDelta::zero())
                .await
                .unwrap();
        tx.commit().await.unwrap();
        let text = |body: &Value, name: &str| body[name].as_str().unwrap().to_owned();
        all.iter().map(|one| (text(&one.body, "alert_id"), text(&one.body, "why"))).collect()
    }

    /// The kinds of the audit events, oldest first.
    pub(crate) async fn audited(&self) -> Vec<String> {
        let mut tx = self.store.tenant(self.tenant).await.unwrap();
        let all = audit::page(&mut tx, 0, 1_000, &audit::AuditFilter::default()).await.unwrap();
        assert!(audit::verify(&mut tx).await.unwrap().ok);
        all.into_iter().map(|event| event.event_type.as_str().to_owned()).collect()
    }
}

/// A delivery of an alert about the checkout.
pub(crate) fn body(key: &str, status: &str, seconds: i64) -> String {
    json!({"key": key, "title": "Errors above 5%", "service": "checkout-api", "severity": 1, "status": status,
        "at": at(seconds).to_rfc3339()})
    .to_string()
}

/// Another customer, with a place where alerts come in.
pub(crate) async fn customer(store: &Store, slug: &str, key: u8) -> (TenantId, AlertSourceId) {
    let tenant = TenantId::from_uuid(Uuid::new_v4());
    let mut tx = store.tenant(tenant).await.unwrap();
    tenants::create(&mut tx, "Acme", slug).await.unwrap();
    let endpoint = AlertSourceId::from_uuid(Uuid::new_v4());
    let place = Endpoint {
        id: endpoint,
        sender: AlertSender::Dd0cAlert,
        name: "scripts".into(),
        key: [key; 32],
        created_at: at(0),
        last_delivery_at: None,
    };
    webhook_endpoints::create(&mut tx, &place, &somebody()).await.unwrap();
    tx.commit().await.unwrap();
    (tenant, endpoint)
}

/// A page that says nothing but its title.
pub(crate) fn parsed(title: &str) -> ParsedRunbook {
    serde_json::from_value(json!({"schema": "dd0c.runbook/v1", "title": title,
        "source": {"sha256": "00", "bytes": 1, "format": "markdown"}, "extracted_by": "structure",
        "has_actionable_steps": false, "prerequisites": [], "variables": [], "steps": [], "ambiguities": [],
        "warnings": [], "timings_ms": {}}))
    .unwrap()
}
