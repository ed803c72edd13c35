//! What the app asks of Slack. `deploy/slack/manifest.yaml` holds the same; a test compares them.

/// A bot scope and why it is needed, in one line for whoever installs the app.
pub const BOT_SCOPES: [(&str, &str); 7] = [
    ("app_mentions:read", "to take the same commands in a thread, after @dd0c"),
    ("chat:write", "to post runbooks, steps and questions, and to keep them current"),
    ("commands", "to offer /dd0c and the two message shortcuts"),
    ("im:write", "to tell one person what concerns only them, such as a message that could not be updated"),
    ("usergroups:read", "to find the on-call group that is mentioned once when a question waits too long"),
    ("users:read", "to show names as the workspace knows them"),
    ("users:read.email", "to propose the account that a Slack user is linked to"),
];

/// The events the app subscribes to.
pub const BOT_EVENTS: [&str; 4] = ["app_home_opened", "app_mention", "app_uninstalled", "tokens_revoked"];

/// The slash command. What follows it: `run`, `status`, `agents`, `link`, `panic`.
pub const COMMAND: &str = "/dd0c";

/// The message shortcuts: callback id and the name people see.
pub const MESSAGE_SHORTCUTS: [(&str, &str); 2] =
    [("run_on_message", "Run a runbook on this"), ("explain_command", "Explain this command")];

/// Every method of the Web API that the bot calls, with the scope it needs (empty: none).
pub const METHODS: [(&str, &str); 13] = [
    ("apps.connections.open", ""),
    ("auth.test", ""),
    ("chat.getPermalink", ""),
    ("chat.postEphemeral", "chat:write"),
    ("chat.postMessage", "chat:write"),
    ("chat.update", "chat:write"),
    ("conversations.open", "im:write"),
    ("usergroups.list", "usergroups:read"),
    ("users.info", "users:read"),
    ("users.lookupByEmail", "users:read.email"),
    ("views.open", ""),
    ("views.publish", ""),
    ("views.update", ""),
];
