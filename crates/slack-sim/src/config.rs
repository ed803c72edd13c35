//! What the simulator is told when it starts.

use std::time::Duration;

use serde_json::Value;

use crate::credentials::Credentials;
use crate::rate::RateLimits;
use crate::workspace::WorkspaceSeed;

/// How the simulator behaves. The default is Slack's own behaviour with random credentials, one workspace where the
/// app is installed and one where it is not.
#[derive(Clone)]
pub struct Config {
    /// The app's secrets and the page's key.
    pub credentials: Credentials,
    /// The workspaces. The app is installed in the first one; in the others it can be installed by OAuth.
    pub workspaces: Vec<WorkspaceSeed>,
    /// The slash commands of the app, each with its leading `/`.
    pub commands: Vec<String>,
    /// The message shortcuts of the app: callback id and the name people see.
    pub message_shortcuts: Vec<(String, String)>,
    /// The bot scopes that an installation grants.
    pub scopes: Vec<String>,
    /// How long things last.
    pub deadlines: Deadlines,
    /// How often methods may be called.
    pub rate_limits: RateLimits,
    /// Where the app receives requests over HTTP. `None`: Socket Mode.
    pub request_urls: Option<RequestUrls>,
    /// The alerts that the page's buttons send.
    pub alerts: Vec<AlertSample>,
}

impl Default for Config {
    fn default() -> Self {
        let scopes = [
            "app_mentions:read",
            "channels:join",
            "channels:read",
            "chat:write",
            "commands",
            "im:history",
            "im:write",
            "reactions:write",
            "usergroups:read",
            "users:read",
            "users:read.email",
        ];
        let shortcuts =
            [("run_on_message", "Run a runbook on this"), ("explain_command", "Explain this command")];
        Self {
            credentials: Credentials::random(),
            workspaces: vec![WorkspaceSeed::acme(), WorkspaceSeed::globex()],
            commands: vec!["/dd0c".to_owned()],
            message_shortcuts: shortcuts.map(|(id, name)| (id.to_owned(), name.to_owned())).to_vec(),
            scopes: scopes.map(str::to_owned).to_vec(),
            deadlines: Deadlines::default(),
            rate_limits: RateLimits::default(),
            request_urls: None,
            alerts: Vec::new(),
        }
    }
}

/// How long things last. The defaults are Slack's; tests shorten them, and the clock is always the real one.
#[derive(Clone, Debug)]
pub struct Deadlines {
    /// Within which an envelope or request is acknowledged: 3 s.
    pub acknowledge: Duration,
    /// How long a trigger id opens a view: 3 s.
    pub trigger: Duration,
    /// How long a response URL lives: 30 min.
    pub response_url: Duration,
    /// How often a response URL may be used: 5 times.
    pub response_url_uses: u32,
    /// When an event that was not acknowledged is sent again, counted from each failure: at once, after 1 and 5 min.
    pub event_retries: Vec<Duration>,
    /// How long a connection lives before the app is asked to take a new one. The reference's example says 18,060 s.
    pub connection: Duration,
    /// How long before that the warning is sent: 10 s.
    pub connection_warning: Duration,
    /// How often the server sends a ping: 10 s.
    pub ping: Duration,
    /// How long a URL of `apps.connections.open` can be dialled: 30 s.
    pub ticket: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            acknowledge: Duration::from_secs(3),
            trigger: Duration::from_secs(3),
            response_url: Duration::from_secs(30 * 60),
            response_url_uses: 5,
            event_retries: [0, 60, 300].map(Duration::from_secs).to_vec(),
            connection: Duration::from_secs(18_060),
            connection_warning: Duration::from_secs(10),
            ping: Duration::from_secs(10),
            ticket: Duration::from_secs(30),
        }
    }
}

/// Where an app without Socket Mode receives what happens.
#[derive(Clone, Debug, serde::Deserialize)]
pub struct RequestUrls {
    /// Events; it is asked for the challenge first.
    pub events: String,
    /// Buttons, modals and shortcuts.
    pub interactivity: String,
    /// Slash commands.
    pub commands: String,
}

/// An alert that a button of the page sends to a webhook.
#[derive(Clone)]
pub struct AlertSample {
    /// What the button says.
    pub name: String,
    /// Where it is posted.
    pub url: String,
    /// How the receiver knows the sender.
    pub signing: AlertSigning,
    /// The JSON body. In its strings `{{id}}` becomes a new id, `{{now}}` the time (RFC 3339).
    pub body: Value,
}

/// How an alert shows that its sender is the true one.
#[derive(Clone)]
pub enum AlertSigning {
    /// `X-PagerDuty-Signature: v1=<HMAC-SHA256 of the raw body>` with this secret, and a fresh `X-Webhook-Id`.
    PagerDuty(String),
    /// `Authorization: Bearer …`.
    Bearer(String),
    /// A header by name with a shared secret.
    Header(String, String),
}
