//! What is tidied, and what is never touched, on a real database.

use chrono::TimeDelta;
use dd0c_engine::housekeeping::tidy;
use dd0c_store::alert_deliveries::{self, Delivery};
use dd0c_store::webhook_endpoints::{self, Endpoint};
use dd0c_store::{Store, alerts, audit, inbox, matching, tenants};
use dd0c_testkit::TestDatabase;
use dd0c_types::{
    Actor, Alert, AlertId, AlertSender, AlertSourceId, Clock, EventType, SystemClock, TenantId,
};
use serde_json::json;
use uuid::Uuid;

#[tokio::test]
async fn old_bookkeeping_goes_and_audit_rows_stay() {
    let database = TestDatabase::new().await;
    let store = Store::connect(&database.app_url(), 2).await.unwrap();
    let tenant = TenantId::from_uuid(uuid::Uuid::now_v7());
    let mut tx = store.tenant(tenant).await.unwrap();
    tenants::create(&mut tx, "Acme", "acme").await.unwrap();
    assert!(inbox::accept(&mut tx, "test", "message-1").await.unwrap());
    audit::append(&mut tx, EventType::PanicSet, None, &Actor::system("test"), serde_json::json!({}))
        .await
        .unwrap();
    tx.commit().await.unwrap();

    let now = SystemClock.now();
    assert_eq!(tidy(&store, now).await.unwrap(), 0, "a message of today is remembered");
    assert_eq!(tidy(&store, now + TimeDelta::days(61)).await.unwrap(), 1);

    let mut tx = store.tenant(tenant).await.unwrap();
    let verified = audit::verify(&mut tx).await.unwrap();
    assert!(verified.ok && verified.events >= 1);
}

#[tokio::test]
async fn of_alerts_the_vector_goes_after_a_month_and_a_delivery_is_recognised_for_two() {
    let database = TestDatabase::new().await;
    let store = Store::connect(&database.app_url(), 2).await.unwrap();
    let tenant = TenantId::from_uuid(Uuid::now_v7());
    let now = SystemClock.now();
    let mut tx = store.tenant(tenant).await.unwrap();
    tenants::create(&mut tx, "Acme", "acme").await.unwrap();
    let place = Endpoint {
        id: AlertSourceId::from_uuid(Uuid::now_v7()),
        sender: AlertSender::Pagerduty,
        name: "PagerDuty".to_owned(),
        key: [1; 32],
        created_at: now,
        last_delivery_at: None,
    };
    webhook_endpoints::create(&mut tx, &place, &Actor::system("test")).await.unwrap();
    let delivery = Delivery { endpoint: place.id, received_at: now, body: b"{}".to_vec() };
    let id = AlertId::from_uuid(Uuid::now_v7());
    assert!(alert_deliveries::keep(&mut tx, place.sender, &[7; 32], &delivery).await.unwrap());
    let alert = json!({"sender": "pagerduty", "key": "Q1", "status": "firing", "title": "Volume full", "severity": 1});
    let alert: Alert = serde_json::from_value(alert).unwrap();
    alerts::find_or_make(&mut tx, id, &alert, json!({}), now).await.unwrap();
    matching::put_alert_vector(&mut tx, id, "vectors", &[3; 32], &[0.5, 0.5]).await.unwrap();
    tx.commit().await.unwrap();

    assert_eq!(tidy(&store, now + TimeDelta::days(29)).await.unwrap(), 0);
    assert_eq!(tidy(&store, now + TimeDelta::days(31)).await.unwrap(), 1);
    let mut tx = store.tenant(tenant).await.unwrap();
    assert_eq!(matching::alert_vector(&mut tx, id, "vectors", &[3; 32]).await.unwrap(), None);
    assert!(!alert_deliveries::keep(&mut tx, place.sender, &[7; 32], &delivery).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(tidy(&store, now + TimeDelta::days(61)).await.unwrap(), 1);
    let mut tx = store.tenant(tenant).await.unwrap();
    assert!(alert_deliveries::last_outcomes(&mut tx).await.unwrap().is_empty());
    assert!(alerts::get(&mut tx, id).await.is_ok(), "the alert itself stays");
}
