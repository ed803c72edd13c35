//! One server for all test processes, started by the first and left running.

use std::fs::{self, File};
use std::path::Path;

use dd0c_local_postgres::{Cluster, Config, Connection};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, PgConnection};

use crate::settings;

/// How tests reach the server.
pub(crate) struct Server {
    admin: PgConnectOptions,
    app_password: String,
}

/// Everything that can go wrong before a test begins.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SetUpError {
    #[error(transparent)]
    Cluster(#[from] dd0c_local_postgres::Error),
    #[error("the tests' folder cannot be used: {0}")]
    Folder(#[from] std::io::Error),
    #[error("the tests' server: {0}")]
    Sql(#[from] sqlx::Error),
    #[error("the migrations do not apply: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
}

impl Server {
    /// The server named by `DD0C_TEST_DATABASE_URL`, or the shared one, which is started when it does not run.
    /// The caller holds [`exclusive`].
    pub(crate) async fn reach() -> Result<Self, SetUpError> {
        if let Some(url) = settings::existing_server() {
            return Ok(Self { admin: url.parse()?, app_password: "dd0c-test-app".into() });
        }
        let address = settings::shared_folder().join("address.json");
        if let Some(server) = Self::running(&address).await {
            return Ok(server);
        }
        let connection = start()?;
        fs::write(&address, serde_json::to_vec(&connection).map_err(std::io::Error::from)?)?;
        Self::at(&connection)
    }

    /// A connection to a database as the superuser.
    pub(crate) async fn admin(&self, database: &str) -> Result<PgConnection, sqlx::Error> {
        self.admin.clone().database(database).connect().await
    }

    /// The superuser's URL of a database.
    pub(crate) fn admin_url(&self, database: &str) -> String {
        self.admin.clone().database(database).to_url_lossy().to_string()
    }

    /// The service role's URL of a database.
    pub(crate) fn app_url(&self, database: &str) -> String {
        self.app_url_at(database, self.port())
    }

    /// The same through another port of this machine.
    pub(crate) fn app_url_at(&self, database: &str, port: u16) -> String {
        let app = self.admin.clone().database(database).username("dd0c_app").password(&self.app_password);
        app.port(port).to_url_lossy().to_string()
    }

    /// The port that the server listens on.
    pub(crate) fn port(&self) -> u16 {
        self.admin.get_port()
    }

    /// The password of the service role. It belongs to the whole server: no test may change it.
    pub(crate) fn app_password(&self) -> &str {
        &self.app_password
    }

    async fn running(address: &Path) -> Option<Self> {
        let connection: Connection = serde_json::from_slice(&fs::read(address).ok()?).ok()?;
        let server = Self::at(&connection).ok()?;
        server.admin("postgres").await.ok()?;
        Some(server)
    }

    fn at(connection: &Connection) -> Result<Self, SetUpError> {
        let admin = connection.admin_url_of("postgres").parse()?;
        Ok(Self { admin, app_password: connection.app_password.clone() })
    }
}

/// Waits until no other test process sets up the server or the template.
pub(crate) fn exclusive() -> Result<File, SetUpError> {
    let folder = settings::shared_folder();
    fs::create_dir_all(&folder)?;
    let lock = File::create(folder.join("set-up.lock"))?;
    lock.lock()?;
    Ok(lock)
}

fn start() -> Result<Connection, SetUpError> {
    let config = Config {
        durable: false,
        max_connections: 400,
        search_path: settings::search_path(),
        node_modules: vec![settings::node_modules()],
        ..Config::new(settings::shared_folder().join("cluster"))
    };
    Ok(Cluster::start(config)?.leave_running())
}
