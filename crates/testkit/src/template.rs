//! The migrated database that every test's own is copied from.

use sha2::{Digest, Sha256};
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::cluster::{Server, SetUpError};

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");
const BOOTSTRAP: &str = include_str!("../../store/bootstrap.sql");

/// The name of the template for exactly these migrations; made when it does not exist.
/// The caller holds the set-up lock.
pub(crate) async fn ready(server: &Server) -> Result<String, SetUpError> {
    let name = name();
    let mut admin = server.admin("postgres").await?;
    let complete: Option<bool> =
        sqlx::query_scalar("select datistemplate from pg_database where datname = $1")
            .bind(&name)
            .fetch_optional(&mut admin)
            .await?;
    if complete != Some(true) {
        run(&mut admin, format!("drop database if exists {name}")).await?;
        run(&mut admin, format!("create database {name}")).await?;
        migrate(server, &name).await?;
        run(&mut admin, format!("alter database {name} with is_template true allow_connections false"))
            .await?;
    }
    admin.close().await?;
    Ok(name)
}

/// Runs a statement whose only variable parts are names made here.
pub(crate) async fn run(connection: &mut PgConnection, sql: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.map(drop)
}

fn name() -> String {
    let mut digest = Sha256::new();
    digest.update(BOOTSTRAP);
    for migration in MIGRATIONS.iter() {
        digest.update(&migration.checksum);
    }
    format!("dd0c_template_{}", hex::encode(&digest.finalize()[..8]))
}

async fn migrate(server: &Server, database: &str) -> Result<(), SetUpError> {
    let mut connection = server.admin(database).await?;
    sqlx::raw_sql(BOOTSTRAP).execute(&mut connection).await?;
    let password = format!("alter role dd0c_app password '{}'", server.app_password());
    run(&mut connection, password).await?;
    sqlx::raw_sql("set role dd0c_owner; set search_path = dd0c").execute(&mut connection).await?;
    MIGRATIONS.run(&mut connection).await?;
    connection.close().await?;
    Ok(())
}
