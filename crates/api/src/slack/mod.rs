//! Slack: who is who, which workspaces, where things are shown. What is said in Slack is the bot's business.

pub(crate) mod begin_install;
pub(crate) mod choose;
pub(crate) mod finish_install;
pub(crate) mod link;
pub(crate) mod remove;
pub(crate) mod show;
pub(crate) mod show_link;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use dd0c_types::{Actor, TenantId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// How the app is installed into a workspace; the bot does it, and the API only asks.
#[derive(Clone)]
pub struct Installer {
    /// Slack's page that asks for consent, with client id and scopes: what is missing is the state and the way back.
    pub authorize_url: String,
    /// Exchanges the code that came back, keeps the workspace for the tenant, and answers its name. On a failure: what
    /// happened, for people.
    pub install: Install,
}

/// See [`Installer::install`].
pub type Install = Arc<dyn Fn(InstallRequest) -> Installing + Send + Sync>;
/// What comes of it.
pub type Installing = Pin<Box<dyn Future<Output = Result<String, String>> + Send>>;

/// An installation that Slack gave consent to.
pub struct InstallRequest {
    /// For whom.
    pub tenant: TenantId,
    /// Who began it.
    pub by: UserId,
    /// The same, for the audit trail.
    pub actor: Actor,
    /// What Slack gave back; good once and for ten minutes.
    pub code: String,
    /// The way back that was named when it began.
    pub redirect_uri: String,
}

/// A link from Slack.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SlackLink {
    /// The secret of the link, as it stands behind `#token=`.
    pub token: String,
}

/// Whose Slack user a link speaks of.
#[derive(Serialize, ToSchema)]
pub(crate) struct SlackLinkView {
    /// The workspace.
    pub workspace: String,
    /// What the user is called there. For the person who is asked; nobody is found by it.
    pub slack_name: String,
    /// The user's id there.
    pub slack_user: String,
}

/// Slack as it is set up.
#[derive(Serialize, ToSchema)]
pub(crate) struct SlackView {
    /// Whether the app can be installed from here.
    pub can_install: bool,
    /// The workspaces.
    pub workspaces: Vec<SlackWorkspace>,
}

/// A workspace with the app in it.
#[derive(Serialize, ToSchema)]
pub(crate) struct SlackWorkspace {
    /// Our id for it.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// `T…`.
    pub team_id: String,
    /// Where alerts and runs are shown: `C…`; none until somebody chose.
    pub channel: Option<String>,
    /// Who is mentioned once before a question expires: `S…`.
    pub on_call_group: Option<String>,
    /// What the bot was granted.
    pub scopes: Vec<String>,
    /// When it was installed.
    pub installed_at: DateTime<Utc>,
    /// Slack's word for why it refuses us; what is shown there is old then.
    pub broken: Option<String>,
    /// Who is who.
    pub linked: Vec<SlackLinked>,
}

/// A Slack user and the member they are.
#[derive(Serialize, ToSchema)]
pub(crate) struct SlackLinked {
    /// The user's id in Slack.
    pub slack_user: String,
    /// The member.
    pub user_id: UserId,
    /// The member's address.
    pub email: String,
}

/// Where things are shown.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SlackChoice {
    /// `C…`; none shows nothing.
    pub channel: Option<String>,
    /// `S…`; none mentions the lead alone.
    pub on_call_group: Option<String>,
}

/// Where an installation goes on.
#[derive(Serialize, ToSchema)]
pub(crate) struct SlackInstallBegun {
    /// Slack's page. It leads back here, once, within ten minutes.
    pub url: String,
}

/// Nothing to say.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoSlackArguments {}

/// What Slack gave back to the dashboard.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SlackConsent {
    /// What Slack exchanges for a token, once.
    pub code: String,
    /// What began it.
    pub state: String,
}

/// An installation that is done.
#[derive(Serialize, ToSchema)]
pub(crate) struct SlackInstalled {
    /// The workspace's name.
    pub workspace: String,
}

/// The dashboard's path on which Slack's consent comes back.
pub(crate) const CALLBACK: &str = "/slack/installed";
