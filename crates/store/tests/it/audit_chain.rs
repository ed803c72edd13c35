//! The audit chain: what is appended stays, and whoever changes it is found out.

use dd0c_store::audit::{self, AuditFilter, AuditVerification};
use dd0c_types::{Actor, EventType, ExecutionId};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor, PgConnection};
use uuid::Uuid;

use crate::world::{World, actor};

fn run(n: u128) -> ExecutionId {
    ExecutionId::from_uuid(Uuid::from_u128(n))
}

async fn append(world: &World, data: Value) -> u64 {
    let mut tx = world.tx(world.a).await;
    let event = EventType::StepApproved;
    let head = audit::append(&mut tx, event, Some(run(1)), &actor(world.a), data).await.unwrap();
    tx.commit().await.unwrap();
    head.seq
}

async fn with_events(count: u64) -> World {
    let world = World::new().await;
    for n in 1..=count {
        append(&world, json!({"n": n, "command": "kubectl delete ns prod"})).await;
    }
    world
}

/// What both ways of verifying say. They must agree.
async fn verified(world: &World) -> AuditVerification {
    let mut tx = world.tx(world.a).await;
    let rust = audit::verify(&mut tx).await.unwrap();
    let sql = audit::verify_in_database(&mut tx).await.unwrap();
    assert_eq!(rust, sql, "the service and the database come to the same result");
    rust
}

/// The superuser, with every trigger switched off: somebody with the keys of the machine room.
async fn tamper(world: &World, sql: &str) {
    let mut db: PgConnection = world.superuser().await;
    let script = format!("set session_replication_role = replica; {sql}");
    db.execute(AssertSqlSafe(script)).await.expect("the tampering succeeds");
}

#[tokio::test]
async fn events_are_numbered_without_gaps_and_the_chain_verifies() {
    let world = with_events(5).await;
    let mut tx = world.tx(world.a).await;
    let events = audit::page(&mut tx, 0, 100, &AuditFilter::default()).await.unwrap();
    assert_eq!(events.iter().map(|event| event.seq).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert!(events.windows(2).all(|pair| pair[1].prev_hash == pair[0].hash));
    assert!(events[0].actor == actor(world.a) && events[0].execution == Some(run(1)));
    drop(tx);
    let verification = verified(&world).await;
    assert!(verification.ok && verification.events == 5 && verification.head.seq == 5);
    assert_eq!(verification.head.hash, events[4].hash);
}

#[tokio::test]
async fn an_empty_chain_verifies_and_a_rolled_back_event_takes_no_number() {
    let world = World::new().await;
    let empty = verified(&world).await;
    assert!(empty.ok && empty.events == 0 && empty.head.hash == "0".repeat(64));
    let mut tx = world.tx(world.a).await;
    audit::append(&mut tx, EventType::PanicSet, None, &Actor::system("engine"), json!({})).await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(append(&world, json!({})).await, 1);
    assert!(verified(&world).await.ok);
}

#[tokio::test]
async fn data_of_every_shape_hashes_alike_in_the_database_and_in_the_service() {
    let world = World::new().await;
    let shapes = [
        json!(null),
        json!("quote \" backslash \\ newline \n tab \t bell \u{7} nul \0 bidi \u{202e} ünïcode ✓ 🔥"),
        json!([1, 1.0, 1.5e300, -0.0, 1e-7, 9_007_199_254_740_993_u64, u64::MAX, i64::MIN, true, [], {}]),
        json!({"b": 1, "a": {"zz": 1, "z": 2}, "": null, "\0": "\0"}),
    ];
    for shape in shapes {
        append(&world, shape).await;
    }
    assert!(verified(&world).await.ok);
    let mut tx = world.tx(world.a).await;
    let nul = &audit::page(&mut tx, 3, 1, &AuditFilter::default()).await.unwrap()[0].data;
    assert_eq!(nul["\u{2400}"], "\u{2400}");
}

/// Any JSON, three levels deep.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(any::<String>(), inner, 0..4)
                .prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

#[tokio::test]
async fn any_data_hashes_alike_in_the_database_and_in_the_service() {
    let world = World::new().await;
    let mut runner = TestRunner::deterministic();
    let mut tx = world.tx(world.a).await;
    for _ in 0..200 {
        let data = any_json().new_tree(&mut runner).unwrap().current();
        audit::append(&mut tx, EventType::StepReady, None, &actor(world.a), data).await.unwrap();
    }
    tx.commit().await.unwrap();
    let verification = verified(&world).await;
    assert!(verification.ok && verification.events == 200, "{verification:?}");
}

#[tokio::test]
async fn eight_writers_at_once_keep_one_chain() {
    let world = World::with_connections(8).await;
    let mut tasks = tokio::task::JoinSet::new();
    for writer in 0..8 {
        let (store, tenant) = (world.store.clone(), world.a);
        tasks.spawn(async move {
            for n in 0..10 {
                let mut tx = store.tenant(tenant).await.unwrap();
                let data = json!({"writer": writer, "n": n});
                audit::append(&mut tx, EventType::StepReady, None, &actor(tenant), data).await.unwrap();
                tx.commit().await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    let verification = verified(&world).await;
    assert!(verification.ok && verification.events == 80, "{verification:?}");
}

#[tokio::test]
async fn whoever_verifies_while_events_are_written_sees_an_unbroken_chain() {
    let world = with_events(3).await;
    let writes = async {
        for n in 0..60 {
            append(&world, json!({"n": n})).await;
        }
    };
    let looks = async {
        for _ in 0..60 {
            let mut tx = world.tx(world.a).await;
            let seen = audit::verify(&mut tx).await.unwrap();
            assert!(seen.ok && seen.events == seen.head.seq, "{seen:?}");
        }
    };
    tokio::join!(writes, looks);
}

#[tokio::test]
async fn every_kind_of_tampering_is_found_at_the_first_event_it_touches() {
    // (what a superuser does, the first number at which the chain no longer holds)
    let kinds = [
        ("update dd0c.audit_events set event_data = '{\"n\": 3}' where seq = 3", 3),
        ("update dd0c.audit_events set event_data = jsonb_set(event_data, '{command}', '\"ls\"') where seq = 1", 1),
        ("update dd0c.audit_events set actor = jsonb_set(actor, '{id}', '\"usr_other\"') where seq = 4", 4),
        ("update dd0c.audit_events set actor = jsonb_set(actor, '{channel}', '\"slack\"') where seq = 4", 4),
        ("update dd0c.audit_events set event_type = 'step.skipped' where seq = 2", 2),
        ("update dd0c.audit_events set execution_id = null where seq = 2", 2),
        ("update dd0c.audit_events set created_at = created_at - interval '1 microsecond' where seq = 5", 5),
        ("update dd0c.audit_events set created_at = '2020-01-01' where seq = 2", 2),
        ("update dd0c.audit_events set hash = sha256('x') where seq = 3", 3),
        ("update dd0c.audit_events set prev_hash = sha256('x') where seq = 3", 3),
        ("update dd0c.audit_events set seq = 9 where seq = 3", 3),
        ("update dd0c.audit_events set seq = 9 where seq = 6", 6),
        ("update dd0c.audit_events set seq = -1 where seq = 1", 1),
        ("delete from dd0c.audit_events where seq = 1", 1),
        ("delete from dd0c.audit_events where seq = 4", 4),
        ("delete from dd0c.audit_events where seq = 6", 6),
        ("delete from dd0c.audit_events where seq >= 5", 5),
        ("delete from dd0c.audit_events", 1),
        ("delete from dd0c.audit_heads", 1),
        ("update dd0c.audit_heads set seq = 5", 6),
        ("update dd0c.audit_heads set hash = sha256('x')", 6),
        ("update dd0c.audit_events set seq = case seq when 2 then 3 else 2 end where seq in (2, 3)", 2),
        (
            "update dd0c.audit_events a set event_data = b.event_data from dd0c.audit_events b
             where (a.seq, b.seq) in ((2, 5), (5, 2))",
            2,
        ),
        (
            "insert into dd0c.audit_events (tenant_id, seq, event_type, actor, event_data, prev_hash, hash)
             select tenant_id, 4, 'step.approved', actor, '{}', prev_hash, sha256('x') from dd0c.audit_events where seq = 4",
            4,
        ),
        (
            "update dd0c.audit_events set event_data = '{}' where seq = 3; update dd0c.audit_events set hash = dd0c.audit_hash(
             prev_hash, tenant_id, seq, event_type, execution_id, actor, event_data, created_at) where seq = 3",
            4,
        ),
        (
            "update dd0c.audit_events set event_data = '{}' where seq = 6; update dd0c.audit_events set hash = dd0c.audit_hash(
             prev_hash, tenant_id, seq, event_type, execution_id, actor, event_data, created_at) where seq = 6",
            6,
        ),
        ("update dd0c.audit_events set tenant_id = '00000000-0000-0000-0000-00000000000b' where seq = 3", 3),
    ];
    let world = with_events(6).await;
    assert!(verified(&world).await.ok);
    let keep = "create table public.kept as select * from dd0c.audit_events; create table public.heads as select * from dd0c.audit_heads";
    tamper(&world, keep).await;
    for (sql, first) in kinds {
        tamper(&world, sql).await;
        let found = verified(&world).await;
        assert_eq!((found.ok, found.first_bad_seq), (false, Some(first)), "{sql}");
        tamper(
            &world,
            "delete from dd0c.audit_events; delete from dd0c.audit_heads;
             insert into dd0c.audit_heads select * from public.heads;
             insert into dd0c.audit_events (tenant_id, seq, event_type, execution_id, actor, event_data, created_at, prev_hash, hash)
             select tenant_id, seq, event_type, execution_id, actor, event_data, created_at, prev_hash, hash from public.kept",
        )
        .await;
    }
    assert!(verified(&world).await.ok, "the restored chain verifies: the tampering alone was found");
}

#[tokio::test]
async fn nobody_changes_an_event_while_the_triggers_stand_not_even_the_owner_or_a_superuser() {
    let world = with_events(2).await;
    for role in ["dd0c_app", "dd0c_owner", "postgres"] {
        for attack in [
            "update dd0c.audit_events set event_type = 'x'",
            "delete from dd0c.audit_events",
            "truncate dd0c.audit_events",
            "truncate dd0c.audit_events_other",
        ] {
            let mut db = world.superuser().await;
            let tenant = world.a.uuid();
            let script = format!("set role {role}; set app.current_tenant_id = '{tenant}'; {attack}");
            assert!(db.execute(AssertSqlSafe(script)).await.is_err(), "{role}: {attack}");
        }
    }
    assert!(verified(&world).await.ok);
}

#[tokio::test]
async fn the_service_cannot_choose_number_hash_time_or_tenant_of_an_event_nor_move_the_head() {
    let world = with_events(1).await;
    let mut db = world.intruder().await;
    let set = format!("set app.current_tenant_id = '{}'", world.a.uuid());
    db.execute(AssertSqlSafe(set)).await.unwrap();
    db.execute(
        "insert into dd0c.audit_events (tenant_id, seq, event_type, actor, event_data, prev_hash, hash)
         values (dd0c.current_tenant(), 999, 'step.approved', '{\"id\": \"x\"}', '{}', '\\xdead', '\\xbeef')",
    )
    .await
    .unwrap();
    let verification = verified(&world).await;
    assert!(verification.ok && verification.head.seq == 2, "the forged number and hashes were overwritten");
    for attack in [
        "insert into dd0c.audit_events (tenant_id, seq, event_type, actor, event_data, prev_hash, hash)
         values ('00000000-0000-0000-0000-00000000000b', 1, 'step.approved', '{\"id\": \"x\"}', '{}', '', '')",
        "insert into dd0c.audit_events (tenant_id, seq, event_type, actor, event_data, created_at, prev_hash, hash)
         values (dd0c.current_tenant(), 1, 'step.approved', '{\"id\": \"x\"}', '{}', '2021-01-01', '', '')",
        "insert into dd0c.audit_events_other (tenant_id, seq, event_type, actor, event_data, prev_hash, hash)
         values (dd0c.current_tenant(), 1, 'step.approved', '{\"id\": \"x\"}', '{}', '', '')",
        "insert into dd0c.audit_heads values (dd0c.current_tenant(), 0, '')",
        "update dd0c.audit_heads set seq = 0",
        "delete from dd0c.audit_heads",
        "alter table dd0c.audit_events disable trigger all",
        "set session_replication_role = replica",
        "drop trigger audit_chain on dd0c.audit_events",
    ] {
        assert!(db.execute(attack).await.is_err(), "{attack}");
    }
    assert!(verified(&world).await.ok);
}

#[tokio::test]
async fn an_event_of_a_month_without_a_partition_is_kept_and_later_partitions_leave_it_where_it_is() {
    let world = World::new().await;
    let mut db = world.superuser().await;
    let drop_all = "do $$ declare t text; begin
        for t in select c.oid::regclass::text from pg_class c where c.relispartition and c.relkind = 'r' and c.relname <> 'audit_events_other'
        loop execute 'drop table ' || t; end loop; end $$";
    db.execute(drop_all).await.unwrap();
    append(&world, json!({"n": 1})).await;
    let made = world.store.ensure_audit_partitions().await.unwrap();
    assert_eq!(made, 3, "this month stays in the default partition, the next three are made");
    append(&world, json!({"n": 2})).await;
    let verification = verified(&world).await;
    assert!(verification.ok && verification.events == 2);
    assert_eq!(world.store.ensure_audit_partitions().await.unwrap(), 0);
    world.store.posture().await.unwrap();
}

#[tokio::test]
async fn a_page_holds_what_was_asked_for() {
    let world = with_events(3).await;
    let mut tx = world.tx(world.a).await;
    let engine = Actor::system("engine");
    audit::append(&mut tx, EventType::StepTimedOut, Some(run(2)), &engine, json!({})).await.unwrap();
    let filters = [
        (AuditFilter { execution: Some(run(2)), ..AuditFilter::default() }, vec![4]),
        (AuditFilter { event_type: Some(EventType::StepApproved), ..AuditFilter::default() }, vec![1, 2, 3]),
        (AuditFilter { actor_id: Some("engine".into()), ..AuditFilter::default() }, vec![4]),
        (AuditFilter { until: Some(crate::world::at(-900_000_000)), ..AuditFilter::default() }, vec![]),
        (AuditFilter::default(), vec![1, 2, 3, 4]),
    ];
    for (filter, expected) in filters {
        let events = audit::page(&mut tx, 0, 10, &filter).await.unwrap();
        assert_eq!(events.iter().map(|event| event.seq).collect::<Vec<_>>(), expected, "{filter:?}");
    }
    let second = audit::page(&mut tx, 2, 1, &AuditFilter::default()).await.unwrap();
    assert_eq!(second.iter().map(|event| event.seq).collect::<Vec<_>>(), [3]);
    drop(tx);
    let mut tx = world.tx(world.b).await;
    assert!(audit::page(&mut tx, 0, 10, &AuditFilter::default()).await.unwrap().is_empty());
}
