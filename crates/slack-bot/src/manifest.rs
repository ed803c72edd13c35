//! What the app asks of Slack. `deploy/slack/manifest.yaml` holds the same; a test compares them.

/// A bot scope and why it is needed, in one line for whoever installs the app. Nothing is asked for that is not used:
/// what was said in a channel is never read, and people are not looked up, because whoever acts is linked by a one-time
/// link.
pub const BOT_SCOPES: [(&str, &str); 4] = [
    ("app_mentions:read", "to take the same commands in a thread, after @dd0c"),
    ("chat:write", "to post runbooks, steps and questions, and to keep them current"),
    ("commands", "to offer /dd0c and the two message shortcuts"),
    ("im:write", "to tell one person what concerns only them, such as a message that could not be updated"),
];

/// The events the app subscribes to.
pub const BOT_EVENTS: [&str; 4] = ["app_home_opened", "app_mention", "app_uninstalled", "tokens_revoked"];

/// The slash command. What follows it: `run`, `status`, `agents`, `link`, `panic`.
pub const COMMAND: &str = "/dd0c";

/// The message shortcuts: callback id and the name people see.
pub const MESSAGE_SHORTCUTS: [(&str, &str); 2] =
    [("run_on_message", "Run a runbook on this"), ("explain_command", "Explain this command")];

/// Every method of the Web API that the bot calls, with the scope it needs (empty: none). A direct message is a
/// `chat.postMessage` to a person, which needs `im:write` beside it.
pub const METHODS: [(&str, &str); 9] = [
    ("apps.connections.open", ""),
    ("auth.test", ""),
    ("chat.postEphemeral", "chat:write"),
    ("chat.postMessage", "chat:write"),
    ("chat.update", "chat:write"),
    ("oauth.v2.access", ""),
    ("views.open", ""),
    ("views.publish", ""),
    ("views.update", ""),
];
