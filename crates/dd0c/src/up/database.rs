//! The database: a private cluster that this process starts, keeps alive and stops, or one that somebody else keeps.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, anyhow};
use dd0c_local_postgres::{Cluster, Config};
use dd0c_pki::keys::write_secret;
use dd0c_runtime::health::Part;
use tokio_util::sync::CancellationToken;

/// How often a private server is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// The longest wait between two tries to bring it back.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// A database that takes connections.
pub(super) struct Database {
    /// As the user that owns the database: for migrations alone.
    pub(super) admin_url: String,
    /// As the service role.
    pub(super) app_url: String,
    /// The password that the service role is to be given.
    pub(super) app_password: String,
    cluster: Option<Arc<Mutex<Cluster>>>,
}

impl Database {
    /// Starts the private cluster in `folder`, or takes it up again.
    ///
    /// # Errors
    /// When no server is installed or it does not start.
    pub(super) async fn private(folder: PathBuf, search_path: Option<OsString>) -> anyhow::Result<Self> {
        let config = Config { search_path, ..Config::new(folder) };
        let cluster = tokio::task::spawn_blocking(move || Cluster::start(config)).await??;
        let connection = cluster.connection().clone();
        Ok(Self {
            admin_url: connection.admin_url(),
            app_url: connection.app_url(),
            app_password: connection.app_password,
            cluster: Some(Arc::new(Mutex::new(cluster))),
        })
    }

    /// Uses the database of `url`, whose user must own it. The service role's password is kept in `keys`.
    ///
    /// # Errors
    /// When the URL cannot be read or the password cannot be kept.
    pub(super) fn given(url: &str, keys: &Path) -> anyhow::Result<Self> {
        let app_password = kept_password(&keys.join("database-password"))?;
        let mut app_url =
            reqwest::Url::parse(url).context("DATABASE_URL is not a URL; nothing was started")?;
        let set = app_url.set_username("dd0c_app").and_then(|()| app_url.set_password(Some(&app_password)));
        set.map_err(|()| anyhow!("DATABASE_URL names no host; nothing was started"))?;
        Ok(Self { admin_url: url.to_owned(), app_url: app_url.into(), app_password, cluster: None })
    }

    /// Looks after a private server until `stop`: when it dies, it is started again, and everything else waits for it.
    pub(super) fn keep_alive(
        &self,
        part: Part,
        stop: CancellationToken,
    ) -> impl Future<Output = ()> + Send + 'static {
        let cluster = self.cluster.clone();
        async move {
            let Some(cluster) = cluster else { return stop.cancelled().await };
            let mut wait = LOOK_EVERY;
            while stop.run_until_cancelled(tokio::time::sleep(wait)).await.is_some() {
                let held = Arc::clone(&cluster);
                let looked = tokio::task::spawn_blocking(move || look_after(&held)).await;
                wait = match looked.unwrap_or_else(|error| Err(error.to_string())) {
                    Ok(()) => {
                        part.well();
                        LOOK_EVERY
                    }
                    Err(reason) => {
                        part.down(reason);
                        (wait * 2).min(LONGEST_WAIT)
                    }
                };
            }
        }
    }

    /// Stops a private server; any other is left as it is.
    ///
    /// # Errors
    /// When it had to be forced.
    pub(super) async fn stop(self) -> anyhow::Result<()> {
        let Some(cluster) = self.cluster.and_then(Arc::into_inner) else { return Ok(()) };
        let cluster = cluster.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(tokio::task::spawn_blocking(move || cluster.stop()).await??)
    }
}

fn look_after(cluster: &Mutex<Cluster>) -> Result<(), String> {
    let mut cluster = cluster.lock().unwrap_or_else(PoisonError::into_inner);
    if cluster.is_running() {
        return Ok(());
    }
    tracing::warn!("the database server died; starting it again");
    cluster.restart().map_err(|error| error.to_string())?;
    tracing::info!("the database server is back");
    Ok(())
}

fn kept_password(path: &Path) -> anyhow::Result<String> {
    if let Ok(text) = std::fs::read_to_string(path) {
        return Ok(text.trim().to_owned());
    }
    let mut bytes = [0_u8; 24];
    getrandom::fill(&mut bytes)
        .map_err(|_| anyhow!("the machine gives no random bytes; nothing was started"))?;
    let password = hex::encode(bytes);
    write_secret(path, password.as_bytes())
        .with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(password)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_role_gets_a_password_of_its_own_that_is_kept() {
        let keys = tempfile::tempdir().unwrap();
        let first =
            Database::given("postgres://boss:s%40crt@db.example.org:5433/run?sslmode=require", keys.path())
                .unwrap();
        let again =
            Database::given("postgres://boss:s%40crt@db.example.org:5433/run?sslmode=require", keys.path())
                .unwrap();
        assert_eq!(first.app_url, again.app_url);
        let expected =
            format!("postgres://dd0c_app:{}@db.example.org:5433/run?sslmode=require", first.app_password);
        assert_eq!(first.app_url, expected);
    }

    #[test]
    fn what_is_not_a_database_url_is_refused() {
        let keys = tempfile::tempdir().unwrap();
        assert!(Database::given("db.example.org", keys.path()).is_err());
    }
}
