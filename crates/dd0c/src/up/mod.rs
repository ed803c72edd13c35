//! `dd0c up`: every role of the product in one process, with a database and an agent that it looks after.

mod agent;
mod alert_samples;
mod database;
mod first_start;
mod folder;
mod ready;
mod services;
mod slack;
mod webhooks;

use std::ffi::OsString;
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use dd0c_pki::KeyDirectory;
use dd0c_runtime::config::{self, Environment, Settings};
use dd0c_runtime::health::{Health, Part};
use dd0c_runtime::in_process;
use dd0c_runtime::roles::{Role, supervise};
use dd0c_runtime::signals;
use dd0c_store::Store;
use dd0c_telemetry::Format;
use dd0c_types::{Clock, SystemClock};
use tokio_util::sync::CancellationToken;

use crate::commands::exit::{Failure, Outcome};
use agent::{LocalAgent, Service};
use database::Database;
use folder::DataFolder;
use ready::Ready;

const DEFAULT_PORT: u16 = 8080;
const CONNECTIONS: u32 = 24;

/// Starts everything on this machine.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The loopback port of the dashboard and the API; 0 takes a free one [default: 8080]
    #[arg(long)]
    port: Option<u16>,
    /// Where everything is kept [default: /var/lib/dd0c-run for root, else ~/.local/share/dd0c-run]
    #[arg(long)]
    data_dir: Option<PathBuf>,
    /// Remove everything in the data folder first
    #[arg(long)]
    fresh: bool,
    /// Start no agent on this machine
    #[arg(long)]
    no_agent: bool,
    /// Start no Slack simulator
    #[arg(long)]
    no_slack_sim: bool,
}

/// Where `dd0c up` keeps its data when nobody says otherwise: `/var/lib/dd0c-run` for root, else
/// `$XDG_DATA_HOME/dd0c-run`, which is `~/.local/share/dd0c-run` unless set.
pub fn default_data_dir() -> PathBuf {
    let environment = Environment::of_process();
    if nix::unistd::geteuid().is_root() {
        return PathBuf::from("/var/lib/dd0c-run");
    }
    let home = || Path::new(environment.get("HOME").unwrap_or("/tmp")).join(".local/share");
    environment.get("XDG_DATA_HOME").map_or_else(home, PathBuf::from).join("dd0c-run")
}

/// Starts everything, prints one line with a sign-in link when it is ready, and stops everything on Ctrl-C.
///
/// # Errors
/// When something cannot be started; what was started until then is stopped again.
pub async fn run(arguments: Arguments, environment: &Environment) -> Outcome {
    start(arguments, environment).await.map_err(|error| Failure::failed(format!("{error:#}")))
}

async fn start(arguments: Arguments, environment: &Environment) -> anyhow::Result<ExitCode> {
    let settings = config::load(None, environment)?;
    log(&settings)?;
    let route = crate::route::of(&settings)?;
    let stop = signals::stop_on_signals()?;
    let data_dir =
        arguments.data_dir.clone().or_else(|| settings.data_dir.clone()).unwrap_or_else(default_data_dir);
    let mut folder = DataFolder::take(&data_dir)?;
    let listener = listen(arguments.port.or(settings.port).unwrap_or(DEFAULT_PORT))?;
    let url = format!("http://{}", listener.local_addr()?);
    folder.say_holder(&url)?;
    ready::forget(folder.path())?;
    let agent = if arguments.no_agent { None } else { Some(LocalAgent::find(folder.private("agent")?)?) };
    if let Some(agent) = &agent {
        agent.end_leftover().await?;
    }
    let search_path = environment.get("PATH").map(Into::into);
    if arguments.fresh {
        make_fresh(&folder).await?;
        folder.private("agent")?;
    }
    let database = open_database(&folder, &settings, search_path).await?;
    let house = House {
        folder,
        listener,
        url,
        agent,
        route,
        health: Health::default(),
        stop,
        settings,
        with_slack_sim: !arguments.no_slack_sim,
    };
    let lived = house.live(&database).await;
    database.stop().await?;
    lived.map(|()| ExitCode::SUCCESS)
}

/// What is there before the database is.
struct House {
    folder: DataFolder,
    listener: TcpListener,
    url: String,
    agent: Option<LocalAgent>,
    route: Option<dd0c_llm::Route>,
    health: Health,
    stop: CancellationToken,
    settings: Settings,
    with_slack_sim: bool,
}

impl House {
    /// From a database that answers to one that nobody uses any more.
    async fn live(mut self, database: &Database) -> anyhow::Result<()> {
        let keys_folder = self.folder.private("keys")?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        dd0c_store::migrate(&database.admin_url, &database.app_password).await?;
        let store = Store::connect(&database.app_url, CONNECTIONS).await?;
        store.posture().await?;
        let keys = Arc::new(KeyDirectory::open(&keys_folder, clock.now())?);
        let household = first_start::household(&store, &keys_folder, clock.now()).await?;
        keys.tenant(household.tenant, clock.now())?;
        let webhook_key = services::webhook_key(&keys_folder)?;
        let place = webhooks::Place {
            tenant: household.tenant,
            key: &webhook_key,
            public_url: &self.url,
            keys: &keys_folder,
        };
        let webhooks = webhooks::household(&store, &place, clock.now()).await?;
        let gateway = services::gateway_listener(self.folder.path())?;
        let services_stop = CancellationToken::new();
        let engine = in_process::channel();
        let slack = slack::Parts {
            store: &store,
            clock: &clock,
            keys: &keys_folder,
            engine: engine.0.clone(),
            household: &household,
            public_url: &self.url,
            settings: &self.settings,
            with_sim: self.with_slack_sim,
            alerts: alert_samples::of(&webhooks),
        };
        let slack = slack::set_up(slack, &services_stop).await?;
        let sign_in_url = first_start::sign_in_url(&store, &household, &self.url, clock.now()).await?;
        let ready = self.ready(database, &household, slack.page.clone(), &gateway, sign_in_url)?;
        let gateway_ca = keys.gateway().certificate_pem().to_owned();
        let parts = services::Parts {
            store: store.clone(),
            keys,
            clock,
            session_key: services::session_key(&keys_folder)?,
            webhook_key,
            public_url: ready.url.clone(),
            gateway_url: ready.agent_gateway.clone(),
            route: self.route.take(),
            http: self.listener.try_clone()?,
            gateway,
            slack: slack.installer.clone(),
            engine,
        };
        let mut roles = services::roles(parts, &services_stop)?;
        roles.extend(slack.into_roles());
        let watch = database.keep_alive(self.health.part("database"), services_stop.clone());
        roles.push(Role::new("database", async move {
            watch.await;
            Ok(())
        }));
        let agent = self.agent.take();
        let lived = self.until_stopped(roles, services_stop, agent, ready, gateway_ca).await;
        store.close().await;
        ready::forget(self.folder.path())?;
        lived
    }

    /// What is said once everything runs.
    fn ready(
        &self,
        database: &Database,
        household: &first_start::Household,
        slack_sim: Option<String>,
        gateway: &TcpListener,
        sign_in_url: String,
    ) -> anyhow::Result<Ready> {
        Ok(Ready {
            api: format!("{}/api/v1", self.url),
            token: household.token.clone(),
            tenant: household.tenant.to_string(),
            owner_email: first_start::OWNER_EMAIL,
            slack_sim,
            agent_gateway: format!("https://{}", gateway.local_addr()?),
            database_url: database.admin_url.clone(),
            database_app_url: database.app_url.clone(),
            pid: std::process::id(),
            sign_in_url,
            url: self.url.clone(),
        })
    }

    /// Runs the services, and beside them the agent. At the end the agent is stopped first, so that the outcome of
    /// what it ran is still taken; then the services.
    async fn until_stopped(
        &self,
        roles: Vec<Role>,
        services_stop: CancellationToken,
        agent: Option<LocalAgent>,
        ready: Ready,
        gateway_ca: String,
    ) -> anyhow::Result<()> {
        let services = tokio::spawn(supervise(roles, services_stop.clone()));
        let agent_stop = CancellationToken::new();
        let beside = Beside {
            ready,
            gateway_ca,
            data: self.folder.path().to_owned(),
            part: self.health.part("agent"),
        };
        let mut beside = tokio::spawn(beside.run(agent, agent_stop.clone()));
        let failed = tokio::select! {
            () = self.stop.cancelled() => None,
            () = services_stop.cancelled() => None,
            ended = &mut beside => Some(ended),
        };
        agent_stop.cancel();
        let beside = match failed {
            Some(ended) => ended,
            None => beside.await,
        };
        services_stop.cancel();
        services.await??;
        beside?
    }
}

/// What goes on beside the services: the agent, and the word that everything is ready.
struct Beside {
    ready: Ready,
    gateway_ca: String,
    data: PathBuf,
    part: Part,
}

impl Beside {
    async fn run(self, agent: Option<LocalAgent>, stop: CancellationToken) -> anyhow::Result<()> {
        let Some(agent) = agent else {
            self.announce()?;
            stop.cancelled().await;
            return Ok(());
        };
        let service = Service {
            gateway: &self.ready.agent_gateway,
            gateway_ca: &self.gateway_ca,
            api: &self.ready.api,
            token: &self.ready.token,
        };
        let Some(prepared) = stop.run_until_cancelled(agent.prepare(&service, SystemClock.now())).await
        else {
            return Ok(());
        };
        prepared?;
        let kept = agent.keep_alive(self.part.clone(), stop.clone());
        let announced = async {
            if stop.run_until_cancelled(service.until_an_agent_is_online()).await.is_some() {
                self.announce()?;
            }
            anyhow::Ok(())
        };
        let ((), announced) = tokio::join!(kept, announced);
        announced
    }

    /// One line on standard output, and one for the look-alike of Slack. Nobody has to read them.
    fn announce(&self) -> anyhow::Result<()> {
        self.ready.write(&self.data)?;
        let page = self.ready.slack_sim.as_ref();
        let slack = page.map(|page| format!("Slack look-alike: {page}\n")).unwrap_or_default();
        let lines = format!("dd0c/run is ready: {}\n{slack}", self.ready.sign_in_url);
        if let Err(error) = std::io::stdout().write_all(lines.as_bytes()) {
            tracing::warn!(%error, "standard output is closed; up.json has the addresses");
        }
        Ok(())
    }
}

fn log(settings: &Settings) -> anyhow::Result<()> {
    let format = match settings.log_format.as_deref() {
        None => Format::of_stderr(),
        Some("human") => Format::Human,
        Some("json") => Format::Json,
        Some(other) => bail!("log_format is {other:?}; write human or json"),
    };
    Ok(dd0c_telemetry::init(settings.log.as_deref(), format)?)
}

fn listen(port: u16) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).with_context(|| {
        format!("port {port} on 127.0.0.1 cannot be used. Nothing was started. Choose another with --port, or --port 0 for a free one")
    })?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

async fn open_database(
    folder: &DataFolder,
    settings: &Settings,
    path: Option<OsString>,
) -> anyhow::Result<Database> {
    match &settings.database_url {
        Some(url) => Database::given(url.reveal(), &folder.private("keys")?),
        None => Database::private(folder.path().join("postgres"), path).await,
    }
}

/// Empties the folder. A server that an earlier start left running is stopped first.
async fn make_fresh(folder: &DataFolder) -> anyhow::Result<()> {
    let cluster = folder.path().join("postgres");
    tokio::task::spawn_blocking(move || dd0c_local_postgres::erase(&cluster)).await??;
    folder.empty()
}
