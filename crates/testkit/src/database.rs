//! A database for one test.

use sqlx::Connection;
use uuid::Uuid;

use crate::cluster::{Server, SetUpError, exclusive};
use crate::template;

/// A migrated, empty database that nobody else uses. Dropping it removes the database, open sessions included.
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

    async fn remove(&self) -> Result<(), sqlx::Error> {
        let mut admin = self.server.admin("postgres").await?;
        template::run(&mut admin, format!("drop database if exists {} with (force)", self.name)).await?;
        admin.close().await
    }
}

impl Drop for TestDatabase {
    /// On a thread with a runtime of its own: the test's may be single-threaded or already gone.
    fn drop(&mut self) {
        std::thread::scope(|scope| {
            let removed = scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                runtime.block_on(self.remove()).map_err(std::io::Error::other)
            });
            // A database that stays behind is removed when the next template is made.
            if let Ok(Err(error)) = removed.join() {
                eprintln!("the test's database {} stays behind: {error}", self.name);
            }
        });
    }
}
