//! The pool of connections, and the transaction that belongs to one tenant.

use std::time::Duration;

use dd0c_types::{TenantId, Timestamp};
use futures::FutureExt;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{PgConnection, PgPool, Postgres, Transaction};
use uuid::Uuid;

use crate::error::StoreError;

/// The service's database, reached as the role `dd0c_app`. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pool: PgPool,
}

/// A transaction bound to one tenant; row-level security sees the same tenant as the type does.
/// Dropped without [`TenantTx::commit`], it leaves no trace.
#[derive(Debug)]
pub struct TenantTx<'store> {
    tx: Transaction<'store, Postgres>,
    tenant: TenantId,
}

/// Hears notifications. They carry no tenant's data: they only say that looking is worth while.
#[derive(Debug)]
pub struct Listener(PgListener);

impl Store {
    /// Connects as the service role. The first connection is made now, the others when they are needed.
    ///
    /// # Errors
    /// `Unavailable` when the server cannot be reached within 5 s; `Database` when the URL or password is wrong.
    pub async fn connect(app_url: &str, max_connections: u32) -> Result<Self, StoreError> {
        let options: PgConnectOptions = app_url.parse()?;
        let options = options.application_name("dd0c").options([
            // No caller waits longer than this; a lock that is not given means that somebody else is at work.
            ("statement_timeout", "15s"),
            ("lock_timeout", "10s"),
            ("idle_in_transaction_session_timeout", "60s"),
        ]);
        let pool = PgPoolOptions::new()
            .max_connections(max_connections)
            .acquire_timeout(Duration::from_secs(5))
            .after_release(|connection, _| clean(connection).boxed())
            .connect_with(options)
            .await?;
        Ok(Self { pool })
    }

    /// Begins a transaction for `tenant`.
    ///
    /// # Errors
    /// `Unavailable` when no connection is to be had within 5 s.
    pub async fn tenant(&self, tenant: TenantId) -> Result<TenantTx<'_>, StoreError> {
        let mut tx = self.pool.begin().await?;
        sqlx::query("select set_config('app.current_tenant_id', $1, true)")
            .bind(tenant.uuid().to_string())
            .execute(&mut *tx)
            .await?;
        Ok(TenantTx { tx, tenant })
    }

    /// Every tenant, in a fixed order: for recovery after a start and for timers.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn tenant_ids(&self) -> Result<Vec<TenantId>, StoreError> {
        let ids: Vec<Uuid> = sqlx::query_scalar("select dd0c.tenant_ids()").fetch_all(&self.pool).await?;
        Ok(ids.into_iter().map(TenantId::from_uuid).collect())
    }

    /// The tenants that have a message of this topic due at `now`.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn tenants_with_outbox(
        &self,
        topic: &str,
        now: Timestamp,
    ) -> Result<Vec<TenantId>, StoreError> {
        let ids: Vec<Uuid> = sqlx::query_scalar("select dd0c.tenants_with_outbox($1, $2)")
            .bind(topic)
            .bind(now)
            .fetch_all(&self.pool)
            .await?;
        Ok(ids.into_iter().map(TenantId::from_uuid).collect())
    }

    /// Makes the audit partitions of this month and the next three. To be called once a day. Returns how many it made.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn ensure_audit_partitions(&self) -> Result<u32, StoreError> {
        let made: i32 =
            sqlx::query_scalar("select dd0c.ensure_audit_partitions(3)").fetch_one(&self.pool).await?;
        crate::json::unsigned(made)
    }

    /// Asks the server for a sign of life.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("select 1").execute(&self.pool).await?;
        Ok(())
    }

    /// Listens on the channels, such as `dd0c_outbox`. Uses one connection of the pool for as long as it lives.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn listener(&self, channels: &[&str]) -> Result<Listener, StoreError> {
        let mut listener = PgListener::connect_with(&self.pool).await?;
        listener.listen_all(channels.iter().copied()).await?;
        Ok(Listener(listener))
    }

    /// Ends all connections once they are free.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// For the few questions that come before any tenant is known: functions of the database that answer with ids.
    pub(crate) const fn pool(&self) -> &PgPool {
        &self.pool
    }
}

impl TenantTx<'_> {
    /// The tenant it belongs to.
    pub const fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// Makes everything in it permanent, at once.
    ///
    /// # Errors
    /// `CommitUnknown` when the connection was lost meanwhile: read again before acting. After any other error
    /// nothing was stored.
    pub async fn commit(self) -> Result<(), StoreError> {
        self.tx.commit().await.map_err(StoreError::of_commit)
    }

    /// Undoes everything in it and waits until that is done; dropping does the same without waiting.
    ///
    /// # Errors
    /// `Unavailable`; the server undoes it all the same.
    pub async fn rollback(self) -> Result<(), StoreError> {
        Ok(self.tx.rollback().await?)
    }

    /// The tenant's bare id, to be compared in every statement: row-level security is the second line, not the only.
    pub(crate) const fn tenant_uuid(&self) -> Uuid {
        self.tenant.uuid()
    }

    /// The connection, for the statements of this crate.
    pub(crate) fn connection(&mut self) -> &mut PgConnection {
        &mut self.tx
    }
}

impl Listener {
    /// Waits for a notification; returns its channel and payload. None means that the connection was lost and made
    /// again: something may have been missed, so look.
    ///
    /// # Errors
    /// `Unavailable` when the connection cannot be made again.
    pub async fn next(&mut self) -> Result<Option<(String, String)>, StoreError> {
        let heard = self.0.try_recv().await?;
        Ok(heard.map(|note| (note.channel().to_owned(), note.payload().to_owned())))
    }
}

/// Whatever a transaction did to its session ends here: the next tenant gets a session as new.
async fn clean(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::raw_sql(
        "close all; reset session authorization; reset all; unlisten *; select pg_advisory_unlock_all()",
    )
    .execute(connection)
    .await?;
    Ok(true)
}
