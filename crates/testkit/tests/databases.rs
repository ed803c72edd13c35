//! Every test has a database of its own, and leaves none behind.

use dd0c_testkit::TestDatabase;
use sqlx::{Connection, PgConnection};

async fn count(url: &str, question: &'static str, name: &str) -> i64 {
    let mut db = PgConnection::connect(url).await.expect("the server runs");
    sqlx::query_scalar(question).bind(name).fetch_one(&mut db).await.expect("an answer")
}

const DATABASES: &str = "select count(*) from pg_database where datname = $1";
const TABLES: &str = "select count(*) from pg_tables where schemaname = 'dd0c' and tablename = $1";

#[tokio::test]
async fn two_tests_at_once_share_nothing_and_a_dropped_database_is_gone_with_its_open_sessions() {
    let (first, second) = tokio::join!(TestDatabase::new(), TestDatabase::new());
    assert_ne!(first.name(), second.name());
    assert_eq!(count(&first.admin_url(), TABLES, "audit_events").await, 1, "migrations are applied");
    let _open_session = PgConnection::connect(&first.app_url()).await.expect("the service role may connect");
    let name = first.name().to_owned();
    assert_eq!(count(&second.admin_url(), DATABASES, &name).await, 1);
    drop(first);
    assert_eq!(count(&second.admin_url(), DATABASES, &name).await, 0);
}
