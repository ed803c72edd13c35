//! Slack on one machine: the bot, and where no workspace is configured a look-alike of Slack in which the household has
//! one, with two people linked, so that the copilot can be tried at once.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use dd0c_pki::keys::write_secret;
use dd0c_runtime::config::Settings;
use dd0c_runtime::roles::Role;
use dd0c_slack_bot::manifest::{BOT_SCOPES, COMMAND, MESSAGE_SHORTCUTS};
use dd0c_slack_bot::reference::Key;
use dd0c_slack_bot::scene::Urls;
use dd0c_slack_bot::seal::Seal;
use dd0c_slack_bot::secret::{BotToken, SigningSecret};
use dd0c_slack_bot::web_api::{self, WebApi};
use dd0c_slack_bot::{Bot, Deps, Installation, oauth, receiver, transport};
use dd0c_slack_sim::{AlertSample, Config};
use dd0c_store::slack::people;
use dd0c_store::slack::workspaces::{self, TeamKey};
use dd0c_store::{Store, StoreError, audit, users};
use dd0c_types::{Actor, Clock, EventType, Role as MemberRole, UserId};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;
use uuid::Uuid;

use super::first_start::Household;

/// The look-alike's workspace and its people.
const TEAM: &str = "T0ACME";
const CHANNEL: &str = "C0INCIDENT";
const ON_CALL: &str = "S0ONCALL";
const OWNER_IN_SLACK: &str = "U0RILEY";
const SECOND_IN_SLACK: &str = "U0DANA";
const SECOND: (&str, &str) = ("dana@localhost", "Dana Cole");

/// What the bot is built from.
pub(super) struct Parts<'p> {
    pub(super) store: &'p Store,
    pub(super) clock: &'p Arc<dyn Clock>,
    pub(super) keys: &'p Path,
    pub(super) engine: Channel,
    pub(super) household: &'p Household,
    pub(super) public_url: &'p str,
    pub(super) settings: &'p Settings,
    /// Whether a look-alike is wanted where no workspace is configured.
    pub(super) with_sim: bool,
    /// What the look-alike's alert buttons send.
    pub(super) alerts: Vec<AlertSample>,
}

/// Slack, ready to run.
pub(super) struct Slack {
    /// The look-alike's page with its key; none where a workspace is configured or nothing is wanted.
    pub(super) page: Option<String>,
    /// How the dashboard installs the app.
    pub(super) installer: Option<dd0c_api::Installer>,
    roles: Vec<Role>,
}

/// Sets up the bot, or nothing when there is neither a workspace nor a look-alike.
///
/// # Errors
/// When keys cannot be kept, a listener is not to be had, or the workspace does not take its token.
pub(super) async fn set_up(parts: Parts<'_>, stop: &CancellationToken) -> anyhow::Result<Slack> {
    let settings = parts.settings;
    let configured = settings.slack_app_token.is_some()
        || settings.slack_bot_token.is_some()
        || settings.slack_signing_secret.is_some();
    match (configured, parts.with_sim) {
        (true, _) => real(parts, stop).await,
        (false, true) => simulated(parts, stop).await,
        (false, false) => Ok(Slack { page: None, installer: None, roles: Vec::new() }),
    }
}

impl Slack {
    /// What has to run for it.
    pub(super) fn into_roles(self) -> Vec<Role> {
        self.roles
    }
}

async fn real(parts: Parts<'_>, stop: &CancellationToken) -> anyhow::Result<Slack> {
    let settings = parts.settings;
    let address = settings.slack_api_url.as_deref().unwrap_or(web_api::SLACK);
    let api = WebApi::new(address)
        .context("this machine has no certificate authorities; Slack cannot be reached")?;
    let bot = bot(&parts, api.clone())?;
    if let Some(token) = &settings.slack_bot_token {
        let installed = oauth::of_token(&api, &BotToken::new(token.reveal())).await;
        let installed = installed.context("Slack does not take DD0C_SLACK_BOT_TOKEN; nothing was started")?;
        let workspace = install(&bot, &parts, &installed).await?;
        let channel = settings.slack_channel.clone().or(workspace.1);
        let mut tx = parts.store.tenant(parts.household.tenant).await?;
        workspaces::choose(&mut tx, workspace.0, channel.as_deref(), workspace.2.as_deref()).await?;
        tx.commit().await?;
    }
    let mut roles = vec![drawing(&bot, stop)];
    if let Some(token) = &settings.slack_app_token {
        roles.push(socket_mode(api, BotToken::new(token.reveal()), &bot, stop));
    }
    if let Some(secret) = &settings.slack_signing_secret {
        roles.push(requests(&bot, secret.reveal(), settings, Arc::clone(parts.clock), stop).await?);
    }
    let client = settings.slack_client_id.clone().zip(settings.slack_client_secret.as_ref());
    let installer = client.map(|(id, secret)| {
        let site = address.trim_end_matches("/api").trim_end_matches('/').to_owned();
        installer(&bot, oauth::Client::new(&id, secret.reveal()), &site)
    });
    Ok(Slack { page: None, installer, roles })
}

async fn simulated(parts: Parts<'_>, stop: &CancellationToken) -> anyhow::Result<Slack> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    let site = format!("http://{}", listener.local_addr()?);
    let config = Config {
        commands: vec![COMMAND.to_owned()],
        message_shortcuts: MESSAGE_SHORTCUTS.map(|(id, name)| (id.to_owned(), name.to_owned())).to_vec(),
        scopes: BOT_SCOPES.map(|(scope, _)| scope.to_owned()).to_vec(),
        alerts: parts.alerts.clone(),
        ..Config::default()
    };
    let credentials = config.credentials.clone();
    let api = WebApi::new(&format!("{site}/api"))?;
    let bot = bot(&parts, api.clone())?;
    forget_earlier(&parts).await?;
    let installation = Installation {
        key: TeamKey::of_team(TEAM),
        name: "Acme".to_owned(),
        bot_user: "U0ACMEBOT".to_owned(),
        token: BotToken::new(credentials.bot_token.clone()),
        scopes: config.scopes.clone(),
    };
    let (workspace, ..) = install(&bot, &parts, &installation).await?;
    link_people(&parts, workspace).await?;
    let running = stop.clone();
    let roles = vec![
        Role::new(
            "slack simulator",
            async move { Ok(dd0c_slack_sim::run(config, listener, running).await?) },
        ),
        drawing(&bot, stop),
        socket_mode(api, BotToken::new(credentials.app_token.clone()), &bot, stop),
    ];
    let client = oauth::Client::new(&credentials.client_id, &credentials.client_secret);
    let mut installer = installer(&bot, client, &site);
    // Whoever comes from the dashboard has perhaps never seen the look-alike's page.
    installer.authorize_url.push_str(&format!("&key={}", credentials.page_key));
    let installer = Some(installer);
    Ok(Slack {
        page: Some(format!("{site}/?key={}#channel={CHANNEL}", credentials.page_key)),
        installer,
        roles,
    })
}

fn bot(parts: &Parts<'_>, api: WebApi) -> anyhow::Result<Arc<Bot>> {
    let key = Key::new(&kept_key(&parts.keys.join("slack-reference.key"))?)?;
    let seal = Seal::new(&kept_key(&parts.keys.join("slack-token.key"))?);
    let urls = Urls::new(parts.public_url).ok_or_else(|| anyhow!("{} is no address", parts.public_url))?;
    Ok(Bot::new(Deps {
        store: parts.store.clone(),
        engine: parts.engine.clone(),
        clock: Arc::clone(parts.clock),
        api,
        key,
        seal,
        urls,
    }))
}

/// The workspace's id, and the channel and group that were chosen before.
async fn install(
    bot: &Bot,
    parts: &Parts<'_>,
    installation: &Installation,
) -> anyhow::Result<(Uuid, Option<String>, Option<String>)> {
    let household = parts.household;
    let workspace =
        bot.install(household.tenant, household.owner, &Actor::system("up"), installation).await?;
    Ok((workspace.id, workspace.channel, workspace.on_call_group))
}

/// The look-alike keeps nothing: what an earlier one showed is gone with it.
async fn forget_earlier(parts: &Parts<'_>) -> anyhow::Result<()> {
    let mut tx = parts.store.tenant(parts.household.tenant).await?;
    for workspace in workspaces::list(&mut tx).await?.into_iter().filter(|one| one.key.team == TEAM) {
        workspaces::remove(&mut tx, workspace.id).await?;
    }
    Ok(tx.commit().await?)
}

/// The owner, and a second person who is no Lead.
async fn link_people(parts: &Parts<'_>, workspace: Uuid) -> anyhow::Result<()> {
    let mut tx = parts.store.tenant(parts.household.tenant).await?;
    let (email, name) = SECOND;
    let second = match users::by_email(&mut tx, email).await {
        Ok(known) => known.id,
        Err(StoreError::NotFound) => {
            let id = UserId::from_uuid(Uuid::now_v7());
            users::create(&mut tx, id, email, name, MemberRole::Responder).await?;
            let data = json!({ "user_id": id, "email": email, "role": MemberRole::Responder });
            audit::append(&mut tx, EventType::MemberChanged, None, &Actor::system("up"), data).await?;
            id
        }
        Err(error) => return Err(error.into()),
    };
    people::link(&mut tx, workspace, OWNER_IN_SLACK, parts.household.owner).await?;
    people::link(&mut tx, workspace, SECOND_IN_SLACK, second).await?;
    workspaces::choose(&mut tx, workspace, Some(CHANNEL), Some(ON_CALL)).await?;
    Ok(tx.commit().await?)
}

fn drawing(bot: &Arc<Bot>, stop: &CancellationToken) -> Role {
    let (bot, stop) = (Arc::clone(bot), stop.clone());
    Role::new("slack bot", async move {
        dd0c_slack_bot::run(bot, stop).await;
        Ok(())
    })
}

fn socket_mode(api: WebApi, token: BotToken, bot: &Arc<Bot>, stop: &CancellationToken) -> Role {
    let (receiver, stop) = (receiver(bot), stop.clone());
    Role::new(
        "slack socket mode",
        async move { Ok(transport::socket_mode(api, token, receiver, stop).await?) },
    )
}

async fn requests(
    bot: &Arc<Bot>,
    secret: &str,
    settings: &Settings,
    clock: Arc<dyn Clock>,
    stop: &CancellationToken,
) -> anyhow::Result<Role> {
    let Some(address) = &settings.slack_listen else {
        bail!(
            "DD0C_SLACK_SIGNING_SECRET is set: say with DD0C_SLACK_LISTEN where signed requests come in, such as 127.0.0.1:8091. Nothing was started."
        );
    };
    let listener = TcpListener::bind(address).await;
    let listener = listener
        .with_context(|| format!("{address} cannot be used for Slack's requests; nothing was started"))?;
    let router = transport::router(receiver(bot), SigningSecret::new(secret)?, clock);
    Ok(Role::new("slack requests", transport::serve(listener, router, stop.clone())))
}

fn installer(bot: &Arc<Bot>, client: oauth::Client, site: &str) -> dd0c_api::Installer {
    let authorize_url = client.authorize_url(site);
    let (bot, client) = (Arc::clone(bot), Arc::new(client));
    let install: dd0c_api::Install = Arc::new(move |request: dd0c_api::InstallRequest| {
        let (bot, client) = (Arc::clone(&bot), Arc::clone(&client));
        Box::pin(async move {
            let consent = oauth::Consent { code: request.code, redirect_uri: request.redirect_uri };
            let done =
                oauth::install(&bot, &client, &consent, (request.tenant, request.by), &request.actor).await;
            done.map_err(|error| error.to_string())
        })
    });
    dd0c_api::Installer { authorize_url, install }
}

/// 32 random bytes, made at the first start. Buttons and sealed tokens outlive a restart.
fn kept_key(path: &Path) -> anyhow::Result<[u8; 32]> {
    if let Ok(bytes) = std::fs::read(path) {
        return bytes.try_into().map_err(|_| anyhow!("{} is damaged; Slack was not set up", path.display()));
    }
    let mut key = [0_u8; 32];
    getrandom::fill(&mut key)
        .map_err(|_| anyhow!("the machine gives no random bytes; nothing was started"))?;
    write_secret(path, &key).with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(key)
}
