//! Outbox, inbox and idempotency keys: what is written once is done once, however often it is delivered.

use chrono::TimeDelta;
use dd0c_store::idempotency::Seen;
use dd0c_store::{Store, idempotency, inbox, outbox};
use dd0c_types::{MessageId, TenantId};
use serde_json::json;
use uuid::Uuid;

use crate::world::{World, at};

fn message(n: u128) -> MessageId {
    MessageId::from_uuid(Uuid::from_u128(n))
}

fn a_minute() -> TimeDelta {
    TimeDelta::minutes(1)
}

async fn write(world: &World, n: u128) {
    let mut tx = world.tx(world.a).await;
    outbox::push(&mut tx, message(n), "jobs", "k", json!({"n": n as u64}), at(0)).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_message_leaves_only_with_a_commit_and_then_every_listener_hears_of_it() {
    let world = World::new().await;
    let mut listener = world.store.listener(&["dd0c_outbox"]).await.unwrap();
    let mut tx = world.tx(world.a).await;
    outbox::push(&mut tx, message(1), "dropped", "k", json!({}), at(0)).await.unwrap();
    tx.rollback().await.unwrap();
    write(&world, 2).await;

    let heard = listener.next().await.unwrap();
    assert_eq!(
        heard,
        Some(("dd0c_outbox".to_owned(), "jobs".to_owned())),
        "the topic, and nothing of a tenant"
    );
    assert_eq!(world.store.tenants_with_outbox("jobs", at(0)).await.unwrap(), [world.a]);
    assert_eq!(world.store.tenants_with_outbox("dropped", at(0)).await.unwrap(), []);
}

#[tokio::test]
async fn a_claimed_message_is_hidden_comes_back_when_its_claimer_dies_and_never_after_it_was_delivered() {
    let world = World::new().await;
    write(&world, 1).await;
    let mut tx = world.tx(world.a).await;
    let claimed = outbox::claim(&mut tx, "jobs", 10, at(0), a_minute()).await.unwrap();
    assert!(claimed.len() == 1 && claimed[0].attempts == 1);
    assert!(outbox::claim(&mut tx, "jobs", 10, at(59), a_minute()).await.unwrap().is_empty());

    let again = outbox::claim(&mut tx, "jobs", 10, at(60), a_minute()).await.unwrap();
    assert!(again[0].id == message(1) && again[0].attempts == 2);
    outbox::put_off(&mut tx, message(1), at(500)).await.unwrap();
    assert!(outbox::claim(&mut tx, "jobs", 10, at(499), a_minute()).await.unwrap().is_empty());
    outbox::done(&mut tx, message(1), at(500)).await.unwrap();
    assert!(outbox::claim(&mut tx, "jobs", 10, at(9999), a_minute()).await.unwrap().is_empty());
    assert_eq!(outbox::purge(&mut tx, at(501)).await.unwrap(), 1);
}

/// Claims until nothing is left; returns what it got.
async fn drain(store: Store, tenant: TenantId) -> Vec<MessageId> {
    let mut mine = Vec::new();
    loop {
        let mut tx = store.tenant(tenant).await.unwrap();
        let claimed = outbox::claim(&mut tx, "jobs", 3, at(0), a_minute()).await.unwrap();
        tx.commit().await.unwrap();
        if claimed.is_empty() {
            return mine;
        }
        mine.extend(claimed.into_iter().map(|message| message.id));
    }
}

#[tokio::test]
async fn claimers_at_work_at_once_never_share_a_message_and_leave_none() {
    let world = World::new().await;
    for n in 0..40 {
        write(&world, n).await;
    }
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..4 {
        tasks.spawn(drain(world.store.clone(), world.a));
    }
    let mut all = tasks.join_all().await.concat();
    all.sort_unstable();
    assert_eq!(all, (0..40).map(message).collect::<Vec<_>>());
}

#[tokio::test]
async fn messages_are_claimed_in_the_order_in_which_they_were_written() {
    let world = World::new().await;
    for n in [3, 1, 2] {
        write(&world, n).await;
    }
    let mut tx = world.tx(world.a).await;
    let claimed = outbox::claim(&mut tx, "jobs", 10, at(0), a_minute()).await.unwrap();
    let order: Vec<_> = claimed.iter().map(|message| message.id).collect();
    assert_eq!(order, [message(3), message(1), message(2)]);
}

#[tokio::test]
async fn a_message_delivered_eight_times_at_once_is_taken_in_once() {
    let world = World::with_connections(8).await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (store, tenant) = (world.store.clone(), world.a);
        tasks.spawn(async move {
            let mut tx = store.tenant(tenant).await.unwrap();
            let first = inbox::accept(&mut tx, "engine", "msg_1").await.unwrap();
            tx.commit().await.unwrap();
            first
        });
    }
    assert_eq!(tasks.join_all().await.into_iter().filter(|first| *first).count(), 1);
}

#[tokio::test]
async fn a_message_whose_work_was_rolled_back_is_taken_in_again_and_consumers_do_not_share() {
    let world = World::new().await;
    let mut tx = world.tx(world.a).await;
    assert!(inbox::accept(&mut tx, "engine", "msg_1").await.unwrap());
    tx.rollback().await.unwrap();
    let mut tx = world.tx(world.a).await;
    assert!(inbox::accept(&mut tx, "engine", "msg_1").await.unwrap());
    assert!(inbox::accept(&mut tx, "slack", "msg_1").await.unwrap());
    assert!(!inbox::accept(&mut tx, "engine", "msg_1").await.unwrap());
    tx.commit().await.unwrap();
    let mut tx = world.tx(world.b).await;
    assert!(
        inbox::accept(&mut tx, "engine", "msg_1").await.unwrap(),
        "another tenant's message is another message"
    );
}

#[tokio::test]
async fn the_same_request_is_answered_alike_and_another_request_with_its_key_is_refused() {
    let world = World::new().await;
    let mut tx = world.tx(world.a).await;
    assert!(idempotency::begin(&mut tx, "key", &[1; 32]).await.unwrap() == Seen::First);
    assert!(idempotency::begin(&mut tx, "key", &[1; 32]).await.unwrap() == Seen::Unfinished);
    idempotency::finish(&mut tx, "key", 201, json!({"id": "rbk_1"})).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = world.tx(world.a).await;
    let again = idempotency::begin(&mut tx, "key", &[1; 32]).await.unwrap();
    assert!(again == Seen::Done { status: 201, response: json!({"id": "rbk_1"}) });
    assert!(idempotency::begin(&mut tx, "key", &[2; 32]).await.unwrap() == Seen::OtherRequest);
    tx.commit().await.unwrap();
    let mut tx = world.tx(world.b).await;
    assert!(idempotency::begin(&mut tx, "key", &[2; 32]).await.unwrap() == Seen::First);
}

#[tokio::test]
async fn of_two_like_requests_at_once_the_second_waits_and_gets_the_first_ones_answer() {
    let world = World::new().await;
    let mut first = world.tx(world.a).await;
    assert!(idempotency::begin(&mut first, "key", &[1; 32]).await.unwrap() == Seen::First);
    let (store, tenant) = (world.store.clone(), world.a);
    let second = tokio::spawn(async move {
        let mut tx = store.tenant(tenant).await.unwrap();
        idempotency::begin(&mut tx, "key", &[1; 32]).await.unwrap()
    });
    let mut db = world.superuser().await;
    wait_until_somebody_waits(&mut db).await;
    idempotency::finish(&mut first, "key", 200, json!(1)).await.unwrap();
    first.commit().await.unwrap();
    assert!(second.await.unwrap() == Seen::Done { status: 200, response: json!(1) });
}

/// The server itself says when the other session stands before the lock.
async fn wait_until_somebody_waits(db: &mut sqlx::PgConnection) {
    loop {
        let waiting: i64 = sqlx::query_scalar(
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
        )
        .fetch_one(&mut *db)
        .await
        .expect("a question to the server");
        if waiting > 0 {
            return;
        }
    }
}
