//! The queue on a real PostgreSQL: what is committed is worked off once, whatever fails, repeats or dies.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and so do the functions it is made of")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta};
use dd0c_queue::{Consumer, Handler, Message, Rejected, Settings, Trace, publish};
use dd0c_store::{Store, TenantTx, queue_messages, tenants};
use dd0c_testkit::TestDatabase;
use dd0c_types::{Clock, FixedClock, TenantId, Timestamp};
use serde_json::json;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const TOPIC: &str = "test.work";

struct World {
    store: Store,
    clock: Arc<FixedClock>,
    a: TenantId,
    b: TenantId,
    _database: TestDatabase,
}

impl World {
    async fn new() -> Self {
        let database = TestDatabase::new().await;
        let store = Store::connect(&database.app_url(), 8).await.unwrap();
        let (a, b) = (TenantId::from_uuid(Uuid::from_u128(0xa)), TenantId::from_uuid(Uuid::from_u128(0xb)));
        for tenant in [a, b] {
            let mut tx = store.tenant(tenant).await.unwrap();
            tenants::create(&mut tx, "t", "t").await.unwrap();
            tx.commit().await.unwrap();
        }
        Self { store, clock: Arc::new(FixedClock::at(start())), a, b, _database: database }
    }

    async fn publish(&self, tenant: TenantId, id: &str) -> bool {
        let mut tx = self.store.tenant(tenant).await.unwrap();
        let first = put(&mut tx, id).await;
        tx.commit().await.unwrap();
        first
    }

    fn consumer(&self) -> Consumer {
        let settings = Settings { most_attempts: 3, batch: 2, ..Settings::default() };
        Consumer::new(self.store.clone(), self.clock.clone(), TOPIC, "test", settings)
    }

    async fn drain(&self, handler: &Recorder) -> usize {
        self.consumer().drain(handler, &CancellationToken::new()).await.unwrap()
    }

    async fn dead(&self, tenant: TenantId) -> Vec<queue_messages::Dead> {
        let mut tx = self.store.tenant(tenant).await.unwrap();
        queue_messages::dead(&mut tx, TOPIC, 10).await.unwrap()
    }
}

fn start() -> Timestamp {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

async fn put(tx: &mut TenantTx<'_>, id: &str) -> bool {
    publish(tx, TOPIC, id, json!({"n": id}), &Trace::begin(1, 1), start()).await.unwrap()
}

/// Writes a row for each message it takes, and fails as often as told.
#[derive(Default)]
struct Recorder {
    order: Mutex<Vec<String>>,
    failures: Mutex<BTreeMap<String, u32>>,
    heard: Notify,
}

impl Recorder {
    fn failing(id: &str, times: u32) -> Self {
        Self { failures: Mutex::new([(id.to_owned(), times)].into()), ..Self::default() }
    }

    fn order(&self) -> Vec<String> {
        self.order.lock().unwrap().clone()
    }
}

impl Handler for Recorder {
    async fn handle(&self, tx: &mut TenantTx<'_>, message: &Message) -> Result<(), Rejected> {
        // A trace of the work in the same transaction: rolled back, it was never done.
        let done = format!("done-{}", message.id);
        queue_messages::publish(tx, "test.done", &done, json!({}), start()).await?;
        let mut failures = self.failures.lock().unwrap();
        match failures.get_mut(&message.id) {
            Some(left) if *left > 0 => {
                *left -= 1;
                Err(Rejected::Retry("not now\0".into()))
            }
            _ => {
                self.order.lock().unwrap().push(message.id.clone());
                self.heard.notify_one();
                Ok(())
            }
        }
    }
}

async fn done(world: &World, tenant: TenantId) -> usize {
    let mut tx = world.store.tenant(tenant).await.unwrap();
    queue_messages::receive(&mut tx, "test.done", 100, start(), TimeDelta::zero()).await.unwrap().len()
}

#[tokio::test]
async fn a_message_stands_only_with_its_commit_and_once_under_its_id() {
    let world = World::new().await;
    let mut tx = world.store.tenant(world.a).await.unwrap();
    put(&mut tx, "dropped").await;
    tx.rollback().await.unwrap();
    assert!(world.publish(world.a, "one").await);
    assert!(!world.publish(world.a, "one").await, "the same id is the same message");
    let handler = Recorder::default();
    assert_eq!(world.drain(&handler).await, 1);
    assert!(!world.publish(world.a, "one").await, "after it was worked off too");
    assert_eq!(world.drain(&handler).await, 0);
    assert_eq!(handler.order(), ["one"]);
}

#[tokio::test]
async fn a_failure_undoes_the_work_waits_longer_each_time_and_is_given_up_in_the_end() {
    let world = World::new().await;
    world.publish(world.a, "hard").await;
    let handler = Recorder::failing("hard", 99);
    for wait in [1, 2] {
        assert_eq!(world.drain(&handler).await, 1);
        assert_eq!(world.drain(&handler).await, 0, "it is put off");
        world.clock.advance(TimeDelta::seconds(wait));
    }
    assert_eq!(world.drain(&handler).await, 1);
    world.clock.advance(TimeDelta::days(1));
    assert_eq!(world.drain(&handler).await, 0, "given up");
    let dead = world.dead(world.a).await;
    assert_eq!((dead[0].id.as_str(), dead[0].attempts), ("hard", 3));
    assert_eq!(dead[0].last_error, "not now\u{2400}");
    assert_eq!(done(&world, world.a).await, 0, "nothing of the failed work stands");
}

#[tokio::test]
async fn what_fails_twice_and_then_works_is_done_once() {
    let world = World::new().await;
    world.publish(world.a, "later").await;
    let handler = Recorder::failing("later", 2);
    for _ in 0..5 {
        world.drain(&handler).await;
        world.clock.advance(TimeDelta::minutes(1));
    }
    assert_eq!(handler.order(), ["later"]);
    assert_eq!(done(&world, world.a).await, 1);
}

#[tokio::test]
async fn a_receiver_that_died_loses_nothing_and_one_that_was_too_slow_settles_nothing() {
    let world = World::new().await;
    world.publish(world.a, "slow").await;
    let mut tx = world.store.tenant(world.a).await.unwrap();
    let hidden = TimeDelta::seconds(60);
    let first = queue_messages::receive(&mut tx, TOPIC, 1, world.clock.now(), hidden).await.unwrap();
    tx.commit().await.unwrap();
    let handler = Recorder::default();
    assert_eq!(world.drain(&handler).await, 0, "hidden");
    world.clock.advance(hidden);
    assert_eq!(world.drain(&handler).await, 1);
    let mut tx = world.store.tenant(world.a).await.unwrap();
    let late = queue_messages::retry(&mut tx, TOPIC, &first[0], world.clock.now(), "late").await.unwrap();
    assert!(!late, "the first receiver has nothing to say any more");
    tx.commit().await.unwrap();
    assert_eq!(world.drain(&handler).await, 0);
    assert_eq!(handler.order(), ["slow"]);
}

#[tokio::test]
async fn whoever_dies_again_and_again_over_a_message_gives_it_up_at_last() {
    let world = World::new().await;
    world.publish(world.a, "poison").await;
    for _ in 0..3 {
        let mut tx = world.store.tenant(world.a).await.unwrap();
        queue_messages::receive(&mut tx, TOPIC, 1, world.clock.now(), TimeDelta::seconds(1)).await.unwrap();
        tx.commit().await.unwrap();
        world.clock.advance(TimeDelta::seconds(1));
    }
    let handler = Recorder::default();
    assert_eq!(world.drain(&handler).await, 1);
    assert_eq!(handler.order(), [""; 0], "it is not tried a fourth time");
    assert_eq!(world.dead(world.a).await.len(), 1);
}

#[tokio::test]
async fn a_flood_of_one_tenant_does_not_keep_another_waiting() {
    let world = World::new().await;
    for n in 0..20 {
        world.publish(world.a, &format!("flood-{n:02}")).await;
    }
    world.publish(world.b, "single").await;
    let handler = Recorder::default();
    world.drain(&handler).await;
    let order = handler.order();
    assert_eq!(order.len(), 3, "two of the flood, then the other tenant's: {order:?}");
    assert!(order.contains(&"single".to_owned()));
}

#[tokio::test]
async fn consumers_at_work_at_once_share_nothing_and_leave_nothing() {
    let world = World::new().await;
    for n in 0..40 {
        world.publish(world.a, &format!("{n:02}")).await;
    }
    let handler = Arc::new(Recorder::default());
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (consumer, handler) = (world.consumer(), Arc::clone(&handler));
        tasks.spawn(async move {
            while consumer.drain(&*handler, &CancellationToken::new()).await.unwrap() > 0 {}
        });
    }
    tasks.join_all().await;
    let mut order = handler.order();
    order.sort();
    assert_eq!(order, (0..40).map(|n| format!("{n:02}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_is_no_message_or_another_tenants_is_given_up_at_once() {
    let world = World::new().await;
    let mut tx = world.store.tenant(world.a).await.unwrap();
    let foreign = json!({"schema": "dd0c.test.work/v1", "id": "x", "tenant_id": world.b,
        "trace": Trace::begin(1, 1)});
    queue_messages::publish(&mut tx, TOPIC, "x", foreign, start()).await.unwrap();
    queue_messages::publish(&mut tx, TOPIC, "y", json!({"schema": "other/v1"}), start()).await.unwrap();
    tx.commit().await.unwrap();
    let handler = Recorder::default();
    assert_eq!(world.drain(&handler).await, 2);
    let reasons: Vec<_> = world.dead(world.a).await.into_iter().map(|dead| dead.last_error).collect();
    assert!(reasons.iter().any(|reason| reason.contains("another tenant")), "{reasons:?}");
    assert_eq!(handler.order(), [""; 0]);
}

#[tokio::test]
async fn a_consumer_that_runs_hears_of_a_message_and_stops_when_told() {
    let world = World::new().await;
    let handler = Arc::new(Recorder::default());
    let stop = CancellationToken::new();
    let running = tokio::spawn({
        let (consumer, handler, stop) = (world.consumer(), Arc::clone(&handler), stop.clone());
        async move { consumer.run(&*handler, &stop).await }
    });
    world.publish(world.a, "heard").await;
    handler.heard.notified().await;
    stop.cancel();
    running.await.unwrap();
    assert_eq!(handler.order(), ["heard"]);
}

/// Notes what it does, and is not ready the first time.
struct Slow {
    store: Store,
    steps: Mutex<Vec<&'static str>>,
}

impl Handler for Slow {
    async fn prepare(&self, message: &Message) -> Result<(), Rejected> {
        // Waits for whoever holds the message's row, and nobody does.
        let mut tx = self.store.tenant(message.tenant_id).await?;
        let due = start() + TimeDelta::minutes(5);
        let free = queue_messages::receive(&mut tx, TOPIC, 1, due, TimeDelta::zero()).await?;
        assert_eq!(free.len(), 1, "nothing is locked");
        drop(tx);
        let mut steps = self.steps.lock().unwrap();
        steps.push("prepare");
        if steps.len() == 1 { Err(Rejected::Retry("not now".into())) } else { Ok(()) }
    }

    async fn handle(&self, _: &mut TenantTx<'_>, _: &Message) -> Result<(), Rejected> {
        self.steps.lock().unwrap().push("handle");
        Ok(())
    }
}

#[tokio::test]
async fn what_takes_its_time_is_done_before_the_work_and_holds_nothing() {
    let world = World::new().await;
    world.publish(world.a, "m").await;
    let slow = Slow { store: world.store.clone(), steps: Mutex::default() };
    for _ in 0..2 {
        world.consumer().drain(&slow, &CancellationToken::new()).await.unwrap();
        world.clock.advance(TimeDelta::seconds(2));
    }
    assert_eq!(*slow.steps.lock().unwrap(), ["prepare", "prepare", "handle"]);
}
