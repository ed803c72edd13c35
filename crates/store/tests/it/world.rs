//! A database with two tenants, which every test gets for itself.

use dd0c_store::{Store, TenantTx, tenants, users};
use dd0c_testkit::TestDatabase;
use dd0c_types::{Actor, Channel, Role, RunbookId, StepId, TenantId, UserId};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

/// Two tenants and the people in them.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) a: TenantId,
    pub(crate) b: TenantId,
    pub(crate) database: TestDatabase,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with_connections(5).await
    }

    pub(crate) async fn with_connections(connections: u32) -> Self {
        let database = TestDatabase::new().await;
        let store =
            Store::connect(&database.app_url(), connections).await.expect("the service role may connect");
        let (a, b) = (tenant(0xa), tenant(0xb));
        for (id, name) in [(a, "alpha"), (b, "beta")] {
            let mut tx = store.tenant(id).await.expect("a transaction");
            tenants::create(&mut tx, name, name).await.expect("a new tenant");
            let email = format!("lead@{name}.example");
            users::create(&mut tx, person(id), &email, name, Role::Lead).await.expect("a new member");
            tx.commit().await.expect("a commit");
        }
        Self { store, a, b, database }
    }

    pub(crate) async fn tx(&self, tenant: TenantId) -> TenantTx<'_> {
        self.store.tenant(tenant).await.expect("a transaction")
    }

    /// The superuser: may do what no service may.
    pub(crate) async fn superuser(&self) -> PgConnection {
        PgConnection::connect(&self.database.admin_url()).await.expect("the superuser may connect")
    }

    /// A bare session of the service role: what an attacker holds who can make the service run any SQL.
    pub(crate) async fn intruder(&self) -> PgConnection {
        PgConnection::connect(&self.database.app_url()).await.expect("the service role may connect")
    }
}

pub(crate) fn tenant(n: u128) -> TenantId {
    TenantId::from_uuid(Uuid::from_u128(n))
}

/// The one member that each tenant starts with.
pub(crate) fn person(tenant: TenantId) -> UserId {
    UserId::from_uuid(Uuid::from_u128(tenant.uuid().as_u128() << 64))
}

pub(crate) fn actor(tenant: TenantId) -> Actor {
    Actor::user(person(tenant), "lead", Channel::Web)
}

pub(crate) fn runbook(n: u128) -> RunbookId {
    RunbookId::from_uuid(Uuid::from_u128(n))
}

pub(crate) fn step(n: u128) -> StepId {
    StepId::from_uuid(Uuid::from_u128(n))
}

pub(crate) fn at(seconds: i64) -> dd0c_types::Timestamp {
    chrono::DateTime::from_timestamp(1_800_000_000 + seconds, 0).expect("a moment in range")
}
