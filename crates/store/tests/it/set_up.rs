//! Setting a database up, looking at its posture, and transactions that end in other ways than a commit.

use dd0c_store::{Store, StoreError, migrate, tenants, users};
use dd0c_types::Role;
use sqlx::AssertSqlSafe;

use crate::world::{World, person, tenant};

async fn problems(world: &World, damage: &str) -> Vec<String> {
    let mut db = world.superuser().await;
    sqlx::raw_sql(AssertSqlSafe(damage.to_owned())).execute(&mut db).await.expect("the damage is done");
    match world.store.posture().await {
        Err(StoreError::Unsafe { problems }) => problems,
        other => panic!("the self test passed over `{damage}`: {other:?}"),
    }
}

#[tokio::test]
async fn the_self_test_passes_on_a_migrated_database_and_migrating_again_changes_nothing() {
    let world = World::new().await;
    migrate(&world.database.admin_url(), world.database.app_password()).await.unwrap();
    world.store.posture().await.unwrap();
    world.store.ping().await.unwrap();
    assert_eq!(world.store.tenant_ids().await.unwrap(), [world.a, world.b]);
}

#[tokio::test]
async fn the_self_test_names_every_kind_of_unsafe_set_up() {
    let damages = [
        ("alter table dd0c.users no force row level security", "dd0c.users"),
        ("alter table dd0c.runbooks disable row level security", "dd0c.runbooks"),
        ("drop policy own_tenant on dd0c.outbox", "dd0c.outbox"),
        ("create policy open on dd0c.panic using (true)", "dd0c.panic"),
        ("create view dd0c.all_users as select * from dd0c.users", "dd0c.all_users"),
        ("create table dd0c.fresh (tenant_id uuid, secret text)", "dd0c.fresh"),
        ("grant select on dd0c.audit_events_other to dd0c_app", "dd0c.audit_events_other"),
        ("grant create on schema dd0c to dd0c_app", "schema dd0c"),
        ("alter table dd0c.inbox owner to dd0c_app", "dd0c.inbox"),
        ("alter function dd0c.current_tenant() immutable", "current_tenant()"),
    ];
    let world = World::new().await;
    for (damage, name) in damages {
        let problems = problems(&world, damage).await;
        assert!(problems.iter().any(|problem| problem.contains(name)), "{damage}: {problems:?}");
    }
}

#[tokio::test]
async fn the_self_test_refuses_a_superuser() {
    let world = World::new().await;
    let store = Store::connect(&world.database.admin_url(), 1).await.unwrap();
    assert!(matches!(store.posture().await, Err(StoreError::Unsafe { .. })));
}

#[tokio::test]
async fn a_transaction_that_is_dropped_leaves_neither_rows_nor_its_tenant_behind() {
    let world = World::with_connections(1).await;
    let new = tenant(0xc);
    let mut tx = world.tx(new).await;
    tenants::create(&mut tx, "gamma", "gamma").await.unwrap();
    drop(tx);
    assert_eq!(world.store.tenant_ids().await.unwrap(), [world.a, world.b]);
    let mut tx = world.tx(world.b).await;
    assert_eq!(tenants::get(&mut tx).await.unwrap().name, "beta");
}

#[tokio::test]
async fn the_connection_serves_the_next_tenant_after_an_error_in_the_middle() {
    let world = World::with_connections(1).await;
    let mut tx = world.tx(world.a).await;
    let twice = users::create(&mut tx, person(world.a), "x@alpha.example", "x", Role::Viewer).await;
    assert!(matches!(twice, Err(StoreError::Conflict { .. })));
    drop(tx);
    let mut tx = world.tx(world.b).await;
    let seen: Vec<String> = users::list(&mut tx).await.unwrap().into_iter().map(|user| user.email).collect();
    assert_eq!(seen, ["lead@beta.example"]);
}

#[tokio::test]
async fn a_database_that_is_gone_is_unavailable_and_a_wrong_password_is_not() {
    let world = World::new().await;
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = nobody.local_addr().unwrap().port();
    drop(nobody);
    let gone = Store::connect(&format!("postgres://dd0c_app:x@127.0.0.1:{port}/dd0c"), 1).await;
    assert!(gone.is_err_and(|error| error.is_retryable()));
    let wrong = world.database.app_url().replace(world.database.app_password(), "wrong");
    let refused = Store::connect(&wrong, 1).await;
    assert!(refused.is_err_and(|error| !error.is_retryable()));
}

#[tokio::test]
async fn a_commit_whose_connection_is_cut_is_unknown_and_never_called_a_success() {
    let world = World::with_connections(1).await;
    let mut tx = world.tx(tenant(0xc)).await;
    tenants::create(&mut tx, "gamma", "gamma").await.unwrap();
    let mut db = world.superuser().await;
    let cut: Vec<bool> = sqlx::query_scalar(
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = 'dd0c_app' and datname = current_database()",
    )
    .fetch_all(&mut db)
    .await
    .unwrap();
    assert_eq!(cut, [true]);
    let outcome = tx.commit().await;
    assert!(matches!(outcome, Err(StoreError::CommitUnknown { .. })), "{outcome:?}");
}
