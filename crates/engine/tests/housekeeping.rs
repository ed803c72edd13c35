//! What is tidied, and what is never touched, on a real database.

use chrono::TimeDelta;
use dd0c_engine::housekeeping::tidy;
use dd0c_store::{Store, audit, inbox, tenants};
use dd0c_testkit::TestDatabase;
use dd0c_types::{Actor, Clock, EventType, SystemClock, TenantId};

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
