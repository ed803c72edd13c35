//! What all parts of the bot share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use dd0c_proto::engine::v1::ActorRef;
use dd0c_proto::engine::v1::engine_client::EngineClient;
use dd0c_store::slack::people::Linked;
use dd0c_store::slack::workspaces::{self, NewWorkspace, TeamKey, Workspace};
use dd0c_store::{Store, StoreError, audit};
use dd0c_types::{Actor, Channel as Door, Clock, EventType, TenantId, Timestamp, UserId};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tonic::transport::Channel;
use uuid::Uuid;

use crate::outgoing::Subject;
use crate::reference::Key;
use crate::scene::{Pen, Urls};
use crate::seal::Seal;
use crate::secret::BotToken;
use crate::web_api::{CallError, WebApi};

/// What the bot is made of.
pub struct Deps {
    /// The database.
    pub store: Store,
    /// The way to the engine.
    pub engine: Channel,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The way to Slack.
    pub api: WebApi,
    /// Signs buttons.
    pub key: Key,
    /// Opens bot tokens.
    pub seal: Seal,
    /// Where the dashboard is.
    pub urls: Urls,
}

/// The bot. Cheap to share.
pub struct Bot {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) api: WebApi,
    pub(crate) key: Key,
    pub(crate) urls: Urls,
    engine: Channel,
    seal: Seal,
    /// Who draws for each workspace.
    desks: Mutex<HashMap<Uuid, mpsc::UnboundedSender<Subject>>>,
    unknown_teams: AtomicU64,
}

/// An installation that Slack confirmed.
#[derive(Debug, Clone)]
pub struct Installation {
    /// Whose workspace it is, for Slack.
    pub key: TeamKey,
    /// Its name.
    pub name: String,
    /// The bot's user.
    pub bot_user: String,
    /// The bot's token.
    pub token: BotToken,
    /// What was granted.
    pub scopes: Vec<String>,
}

/// Why a workspace was not installed.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The machine gives no random bytes.
    #[error("the machine gives no random bytes; the workspace was not installed")]
    Random(#[from] getrandom::Error),
}

/// Where somebody does something, and whose it is.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) tenant: TenantId,
    pub(crate) workspace: Workspace,
    pub(crate) token: BotToken,
}

impl Bot {
    /// A bot that does nothing by itself until [`crate::run`].
    pub fn new(deps: Deps) -> Arc<Self> {
        Arc::new(Self {
            store: deps.store,
            clock: deps.clock,
            api: deps.api,
            key: deps.key,
            urls: deps.urls,
            engine: deps.engine,
            seal: deps.seal,
            desks: Mutex::default(),
            unknown_teams: AtomicU64::new(0),
        })
    }

    /// Keeps an installation for a tenant, on record in its audit trail.
    ///
    /// # Errors
    /// When the workspace belongs to another tenant, or it cannot be kept.
    pub async fn install(
        &self,
        tenant: TenantId,
        by: UserId,
        actor: &Actor,
        new: &Installation,
    ) -> Result<Workspace, InstallError> {
        let mut tx = self.store.tenant(tenant).await?;
        let known = workspaces::list(&mut tx).await?.into_iter().find(|one| one.key == new.key);
        let id = known.map_or_else(Uuid::now_v7, |one| one.id);
        let sealed = self.seal.seal(&new.token, tenant, id)?;
        let kept = NewWorkspace {
            id,
            key: &new.key,
            name: &new.name,
            bot_user: &new.bot_user,
            bot_token: &sealed,
            scopes: &new.scopes,
            by,
        };
        let workspace = workspaces::install(&mut tx, &kept).await?;
        let data = json!({"workspace": id, "team_id": new.key.team, "name": new.name, "scopes": new.scopes});
        audit::append(&mut tx, EventType::SlackInstalled, None, actor, data).await?;
        tx.commit().await?;
        Ok(workspace)
    }

    /// How many deliveries came from workspaces that nobody installed.
    pub fn unknown_teams(&self) -> u64 {
        self.unknown_teams.load(Ordering::Relaxed)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn engine(&self) -> EngineClient<Channel> {
        EngineClient::new(self.engine.clone())
    }

    pub(crate) fn pen(&self, tenant: TenantId) -> Pen {
        Pen { key: self.key.clone(), tenant, urls: self.urls.clone() }
    }

    /// Whose workspace it is; none for one that nobody installed, which is counted.
    pub(crate) async fn place(&self, team: &str, enterprise: &str) -> Result<Option<Place>, StoreError> {
        // A workspace of an organisation may have been installed by itself.
        for enterprise in [enterprise, ""] {
            let key = TeamKey { team: team.to_owned(), enterprise: enterprise.to_owned() };
            if let Some((tenant, id)) = workspaces::find(&self.store, &key).await? {
                return self.open(tenant, id).await;
            }
        }
        let seen = self.unknown_teams.fetch_add(1, Ordering::Relaxed) + 1;
        tracing::warn!(seen, "Slack told of a workspace that nobody installed; it was dropped");
        Ok(None)
    }

    /// The workspace with its token; none when it was removed or its token does not open.
    pub(crate) async fn open(&self, tenant: TenantId, id: Uuid) -> Result<Option<Place>, StoreError> {
        let mut tx = self.store.tenant(tenant).await?;
        let workspace = match workspaces::get(&mut tx, id).await {
            Ok(workspace) => workspace,
            Err(StoreError::NotFound) => return Ok(None),
            Err(error) => return Err(error),
        };
        match self.seal.open(&workspace.bot_token, tenant, id) {
            Ok(token) => Ok(Some(Place { tenant, workspace, token })),
            Err(error) => {
                tracing::error!(workspace = %id, %error, "a workspace cannot be spoken to");
                Ok(None)
            }
        }
    }

    /// Calls Slack for a workspace.
    pub(crate) async fn call(
        &self,
        place: &Place,
        method: &str,
        arguments: &Value,
    ) -> Result<Value, CallError> {
        let answer = self.api.call(&place.token, method, arguments).await;
        if let Err(error) = &answer {
            tracing::debug!(method, %error, "a call of Slack came to nothing");
        }
        answer
    }

    /// Says that an alert or run should be looked at.
    pub(crate) fn wake(&self, workspace: Uuid, subject: Subject) {
        let desks = self.desks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(desk) = desks.get(&workspace) {
            // A desk that is gone is replaced at the next sweep, which looks at everything.
            let _ = desk.send(subject);
        }
    }

    pub(crate) fn has_desk(&self, workspace: Uuid) -> bool {
        let desks = self.desks.lock().unwrap_or_else(PoisonError::into_inner);
        desks.get(&workspace).is_some_and(|desk| !desk.is_closed())
    }

    pub(crate) fn add_desk(&self, workspace: Uuid, desk: mpsc::UnboundedSender<Subject>) {
        self.desks.lock().unwrap_or_else(PoisonError::into_inner).insert(workspace, desk);
    }
}

impl Place {
    /// The tenant, and the workspace by our id.
    pub(crate) const fn whose(&self) -> (TenantId, Uuid) {
        (self.tenant, self.workspace.id)
    }

    /// A member who does something in Slack, for the engine: by the same name as everywhere.
    pub(crate) fn actor_ref(&self, who: &Linked) -> ActorRef {
        ActorRef {
            tenant_id: self.tenant.to_string(),
            user_id: who.member.id.to_string(),
            name: who.member.email.clone(),
            channel: "slack".to_owned(),
        }
    }

    /// The same, for the audit trail.
    pub(crate) fn actor(&self, who: &Linked) -> Actor {
        Actor::user(who.member.id, who.member.email.clone(), Door::Slack)
    }
}
