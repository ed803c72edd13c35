//! A database for one test.

use sqlx::Connection;
use uuid::Uuid;

use crate::cluster::{Server, SetUpError, exclusive};
use crate::{Wire, leftovers, template};

/// A migrated, empty database that nobody else uses. A later test removes it, once the process that made it has ended:
/// `drop database` waits for every session of the server that is still signing in, and the test that has just ended
/// would never finish its own (measured: 60 s, PostgreSQL's `authentication_timeout`).
pub struct TestDatabase {
    name: String,
    server: Server,
}

impl TestDatabase {
    /// A new database. The first call on a machine starts the shared server, which takes some seconds;
    /// later ones copy a template, which takes a fraction of a second.
    ///
    /// # Panics
    /// When there is no PostgreSQL to start or the migrations do not apply; the message says which.
    pub async fn new() -> Self {
        match Self::make().await {
            Ok(database) => database,
            Err(error) => panic!("no database for this test: {error}"),
        }
    }

    /// The URL for the superuser: migrations, and tampering in tests of tamper evidence.
    pub fn admin_url(&self) -> String {
        self.server.admin_url(&self.name)
    }

    /// The URL for the service role `dd0c_app`: what the product uses.
    pub fn app_url(&self) -> String {
        self.server.app_url(&self.name)
    }

    /// [`Self::app_url`] through a wire that the test can hold.
    pub fn app_url_through(&self, wire: &Wire) -> String {
        self.server.app_url_at(&self.name, wire.port())
    }

    /// A wire to the server of this database.
    pub async fn wire(&self) -> Wire {
        Wire::to(self.server.port()).await
    }

    /// The service role's password. It belongs to the whole server: pass it on, never change it.
    pub fn app_password(&self) -> &str {
        self.server.app_password()
    }

    /// The database's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    async fn make() -> Result<Self, SetUpError> {
        let lock = tokio::task::spawn_blocking(exclusive).await.map_err(std::io::Error::other)??;
        let server = Server::reach().await?;
        let template = template::ready(&server).await?;
        leftovers::sweep(&server).await?;
        drop(lock);
        let name = format!("dd0c_test_{}_{}", std::process::id(), Uuid::new_v4().simple());
        let mut admin = server.admin("postgres").await?;
        template::run(&mut admin, format!("create database {name} template {template} strategy file_copy"))
            .await?;
        // Rights on a database are not copied from its template.
        let rights = format!(
            "revoke all on database {name} from public; grant connect on database {name} to dd0c_app"
        );
        template::run(&mut admin, rights).await?;
        admin.close().await?;
        Ok(Self { name, server })
    }
}
