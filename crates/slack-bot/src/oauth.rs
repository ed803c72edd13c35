//! The installation by OAuth: Slack's consent is exchanged for a bot's token, and the workspace becomes the tenant's.

use dd0c_store::StoreError;
use dd0c_store::slack::workspaces::TeamKey;
use dd0c_types::{Actor, TenantId, UserId};
use serde_json::Value;

use crate::bot::{Bot, InstallError, Installation};
use crate::manifest::BOT_SCOPES;
use crate::secret::BotToken;
use crate::web_api::{CallError, WebApi};

/// The app, for Slack.
pub struct Client {
    id: String,
    secret: String,
}

/// What came back from Slack's page.
#[derive(Debug, Clone)]
pub struct Consent {
    /// Good once and for ten minutes.
    pub code: String,
    /// The way back that was named when it began.
    pub redirect_uri: String,
}

/// Why a workspace was not installed. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OauthError {
    /// Slack refuses or does not answer.
    #[error("{0}. The app was not installed here; begin again")]
    Slack(#[from] CallError),
    /// Slack's answer misses something.
    #[error("Slack's answer has no {0}. The app was not installed here")]
    Missing(&'static str),
    /// It is somebody else's.
    #[error("This Slack workspace is connected to another customer. Nothing was changed")]
    Taken,
    /// It cannot be kept.
    #[error("the installation could not be kept: {0}. Begin again")]
    Kept(#[source] InstallError),
}

impl Client {
    /// An app by its OAuth client id and secret.
    pub fn new(id: &str, secret: &str) -> Self {
        Self { id: id.to_owned(), secret: secret.to_owned() }
    }

    /// Slack's page that asks for consent, without state and way back.
    pub fn authorize_url(&self, site: &str) -> String {
        let scopes: Vec<&str> = BOT_SCOPES.iter().map(|(scope, _)| *scope).collect();
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("client_id", &self.id)
            .append_pair("scope", &scopes.join(","))
            .finish();
        format!("{}/oauth/v2/authorize?{query}", site.trim_end_matches('/'))
    }
}

/// Exchanges a consent and keeps the workspace for the tenant. Answers its name.
///
/// # Errors
/// When Slack refuses, or the workspace belongs to another tenant.
pub async fn install(
    bot: &Bot,
    client: &Client,
    consent: &Consent,
    (tenant, by): (TenantId, UserId),
    actor: &Actor,
) -> Result<String, OauthError> {
    let app = (client.id.as_str(), client.secret.as_str());
    let answer = bot.api.exchange(app, &consent.code, &consent.redirect_uri).await?;
    let text = |value: &Value, what| {
        value.as_str().filter(|text| !text.is_empty()).map(str::to_owned).ok_or(OauthError::Missing(what))
    };
    let installation = Installation {
        key: TeamKey {
            team: text(&answer["team"]["id"], "team")?,
            enterprise: answer["enterprise"]["id"].as_str().unwrap_or_default().to_owned(),
        },
        name: text(&answer["team"]["name"], "name of the team")?,
        bot_user: text(&answer["bot_user_id"], "bot user")?,
        token: BotToken::new(text(&answer["access_token"], "token")?),
        scopes: text(&answer["scope"], "scopes")?.split(',').map(str::to_owned).collect(),
    };
    match bot.install(tenant, by, actor, &installation).await {
        Ok(workspace) => Ok(workspace.name),
        Err(InstallError::Store(StoreError::Conflict { .. })) => Err(OauthError::Taken),
        Err(error) => Err(OauthError::Kept(error)),
    }
}

/// The installation that a token which somebody configured stands for.
///
/// # Errors
/// When Slack does not take the token.
pub async fn of_token(api: &WebApi, token: &BotToken) -> Result<Installation, OauthError> {
    let answer = api.call(token, "auth.test", &serde_json::json!({})).await?;
    let text =
        |field: &'static str| answer[field].as_str().map(str::to_owned).ok_or(OauthError::Missing(field));
    Ok(Installation {
        key: TeamKey {
            team: text("team_id")?,
            enterprise: answer["enterprise_id"].as_str().unwrap_or_default().to_owned(),
        },
        name: text("team")?,
        bot_user: text("user_id")?,
        token: token.clone(),
        scopes: BOT_SCOPES.map(|(scope, _)| scope.to_owned()).to_vec(),
    })
}
