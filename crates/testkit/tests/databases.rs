//! Every test has a database of its own, and those of ended tests go.

use dd0c_testkit::TestDatabase;
use sqlx::{Connection, PgConnection};

async fn count(url: &str, question: &'static str, name: &str) -> i64 {
    let mut db = PgConnection::connect(url).await.expect("the server runs");
    sqlx::query_scalar(question).bind(name).fetch_one(&mut db).await.expect("an answer")
}

const DATABASES: &str = "select count(*) from pg_database where datname = $1";
const TABLES: &str = "select count(*) from pg_tables where schemaname = 'dd0c' and tablename = $1";

#[tokio::test]
async fn two_tests_at_once_share_nothing() {
    let (first, second) = tokio::join!(TestDatabase::new(), TestDatabase::new());
    assert_ne!(first.name(), second.name());
    assert_eq!(count(&first.admin_url(), TABLES, "audit_events").await, 1, "migrations are applied");
    let name = first.name().to_owned();
    assert_eq!(count(&second.admin_url(), DATABASES, &name).await, 1);
}

#[tokio::test]
async fn the_database_of_an_ended_process_is_removed_with_its_open_sessions() {
    let ended = "dd0c_test_4294967295_left";
    let mut found = TestDatabase::new().await;
    let mut admin = PgConnection::connect(&found.admin_url()).await.expect("the server runs");
    sqlx::query("drop database if exists dd0c_test_4294967295_left with (force)")
        .execute(&mut admin)
        .await
        .unwrap();
    sqlx::query("create database dd0c_test_4294967295_left").execute(&mut admin).await.unwrap();
    // Other leftovers may be removed first; each new test takes some.
    for _ in 0..100 {
        if count(&found.admin_url(), DATABASES, ended).await == 0 {
            return;
        }
        found = TestDatabase::new().await;
    }
    panic!("{ended} is still there");
}
