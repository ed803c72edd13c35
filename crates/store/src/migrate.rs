//! Bringing a database up to date.

use sqlx::migrate::Migrator;
use sqlx::{Connection, PgConnection};

use crate::error::StoreError;

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");
const BOOTSTRAP: &str = include_str!("../bootstrap.sql");

/// Makes the roles and the schema, gives the service role `dd0c_app` its password, applies every migration that is
/// missing and makes the audit partitions of the coming months. Safe to run at every start and by several processes
/// at once. Everything it makes belongs to `dd0c_owner`.
///
/// # Errors
/// `Unavailable` when the database cannot be reached; `Database` when a migration fails (that one is undone) or an
/// applied migration was changed since.
pub async fn migrate(admin_url: &str, app_password: &str) -> Result<(), StoreError> {
    let mut connection = PgConnection::connect(admin_url).await?;
    retrying_concurrent_updates(&mut connection, app_password).await?;
    // `_sqlx_migrations` then lies in the product's schema and belongs to its owner like everything else.
    sqlx::raw_sql("set role dd0c_owner; set search_path = dd0c").execute(&mut connection).await?;
    MIGRATIONS.run(&mut connection).await.map_err(of_migration)?;
    sqlx::query("select dd0c.ensure_audit_partitions(3)").execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

/// Roles belong to the whole server; two databases that are set up at once may collide on one, with an error that
/// says nothing but "tuple concurrently updated".
async fn retrying_concurrent_updates(
    connection: &mut PgConnection,
    password: &str,
) -> Result<(), StoreError> {
    const TRIES: u32 = 20;
    let mut tries = 0;
    loop {
        tries += 1;
        match prepare(connection, password).await {
            Err(sqlx::Error::Database(error))
                if error.code().as_deref() == Some("XX000") && tries < TRIES => {}
            other => return Ok(other?),
        }
    }
}

async fn prepare(connection: &mut PgConnection, password: &str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(BOOTSTRAP).execute(&mut *connection).await?;
    let mut tx = connection.begin().await?;
    sqlx::query("select set_config('dd0c.app_password', $1, true)").bind(password).execute(&mut *tx).await?;
    sqlx::raw_sql(
        "do $$ begin execute format('alter role dd0c_app password %L', current_setting('dd0c.app_password')); end $$",
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await
}

fn of_migration(error: sqlx::migrate::MigrateError) -> StoreError {
    match error {
        sqlx::migrate::MigrateError::Execute(error) => error.into(),
        other => StoreError::Database(crate::error::DatabaseError {
            code: String::new(),
            message: other.to_string(),
        }),
    }
}
