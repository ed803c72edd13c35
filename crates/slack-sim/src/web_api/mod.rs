//! The Web API: `POST /api/METHOD` with a token. Which methods there are stands in [`METHODS`].

mod about;
mod chat;
mod conversations;
mod people;
mod reactions;
mod views;

pub(crate) use chat::{Content, event};

use std::sync::Arc;
use std::time::Instant;

use axum::body::Bytes;
use axum::extract::{Path, State as Shared};
use axum::http::{HeaderMap, HeaderValue, Uri};
use axum::response::Response;
use serde_json::{Value, json};

use crate::answer::{Answer, Refusal, refuse, respond};
use crate::arguments::Arguments;
use crate::config::Config;
use crate::credentials::same;
use crate::install;
use crate::record::{Call as CallRecord, now_seconds};
use crate::sim::{Sim, State};
use crate::workspace::{Installation, Workspace};

/// A call by the bot of a workspace.
pub(crate) struct Call<'a> {
    pub(crate) config: &'a Config,
    pub(crate) team: String,
    pub(crate) bot: Installation,
    pub(crate) arguments: &'a Arguments,
    pub(crate) now: Instant,
}

impl Call<'_> {
    /// The caller's workspace.
    pub(crate) fn workspace<'s>(&self, state: &'s mut State) -> &'s mut Workspace {
        state.workspaces.get_mut(&self.team).expect("invariant: a token belongs to a workspace")
    }
}

type Method = fn(&mut State, &Call<'_>) -> Answer;

/// Name, the scope it needs, and what does it.
const METHODS: [(&str, &str, Method); 29] = [
    ("auth.test", "", about::auth_test),
    ("auth.revoke", "", about::auth_revoke),
    ("bots.info", "users:read", about::bots_info),
    ("chat.delete", "chat:write", chat::delete),
    ("chat.getPermalink", "", chat::permalink),
    ("chat.postEphemeral", "chat:write", chat::post_ephemeral),
    ("chat.postMessage", "chat:write", chat::post_message),
    ("chat.update", "chat:write", chat::update),
    ("conversations.history", "channels:history", conversations::history),
    ("conversations.info", "channels:read", conversations::info),
    ("conversations.join", "channels:join", conversations::join),
    ("conversations.list", "channels:read", conversations::list),
    ("conversations.members", "channels:read", conversations::members),
    ("conversations.open", "im:write", conversations::open),
    ("conversations.replies", "channels:history", conversations::replies),
    ("reactions.add", "reactions:write", reactions::add),
    ("reactions.get", "reactions:read", reactions::get),
    ("reactions.remove", "reactions:write", reactions::remove),
    ("team.info", "team:read", about::team_info),
    ("usergroups.list", "usergroups:read", people::usergroups),
    ("usergroups.users.list", "usergroups:read", people::usergroup_users),
    ("users.conversations", "channels:read", conversations::of_user),
    ("users.info", "users:read", people::info),
    ("users.list", "users:read", people::list),
    ("users.lookupByEmail", "users:read.email", people::by_email),
    ("views.open", "", views::open),
    ("views.publish", "", views::publish),
    ("views.push", "", views::push),
    ("views.update", "", views::update),
];

/// Answers a call of the Web API.
pub(crate) async fn call(
    Shared(sim): Shared<Arc<Sim>>,
    Path(method): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let arguments = match Arguments::read(&headers, uri.query(), &body) {
        Ok(arguments) => arguments,
        Err(unreadable) => return respond(refuse(unreadable.0)),
    };
    let (team, answer) = dispatch(&sim, &method, &arguments);
    let record = CallRecord {
        at: now_seconds(),
        team,
        channel: arguments.text("channel").map(str::to_owned),
        error: answer.as_ref().err().map(Refusal::code),
        method,
    };
    sim.change(|state| state.records.call(record));
    let mut response = respond(answer);
    let scopes = HeaderValue::from_str(&sim.config.scopes.join(","));
    response.headers_mut().insert("x-oauth-scopes", scopes.expect("invariant: scopes are header values"));
    response
}

/// The workspace that called, when it is known, and the answer.
fn dispatch(sim: &Sim, method: &str, arguments: &Arguments) -> (Option<String>, Answer) {
    match method {
        "api.test" => return (None, about::api_test(arguments)),
        "apps.connections.open" => return (None, open_connection(sim, arguments)),
        "oauth.v2.access" => return (None, install::access(sim, arguments)),
        _ => {}
    }
    let Some((name, scope, run)) = METHODS.iter().find(|(name, ..)| *name == method) else {
        return (None, refuse("unknown_method"));
    };
    let bot = match bot_of(sim, arguments) {
        Ok(bot) => bot,
        Err(refusal) => return (None, Err(refusal)),
    };
    let (team, bot) = bot;
    let answer = permitted(sim, name, scope, &team, arguments).and_then(|()| {
        let now = Instant::now();
        let call = Call { config: &sim.config, team: team.clone(), bot, arguments, now };
        run(&mut sim.state(), &call)
    });
    (Some(team), answer)
}

/// Whose token it is.
fn bot_of(sim: &Sim, arguments: &Arguments) -> Result<(String, Installation), Refusal> {
    let Some(token) = &arguments.token else { return refuse("not_authed") };
    if token.starts_with("xapp-") {
        let known = same(token, &sim.config.credentials.app_token);
        return refuse(if known { "not_allowed_token_type" } else { "invalid_auth" });
    }
    let state = sim.state();
    let installed = |workspace: &Workspace| {
        let bot = workspace.installation.as_ref().filter(|bot| same(token, &bot.bot_token))?;
        Some((workspace.id.clone(), bot.clone()))
    };
    state.workspaces.values().find_map(installed).ok_or(Refusal::Code("invalid_auth"))
}

/// Whether the bot has the scope and is within its rate.
fn permitted(sim: &Sim, method: &str, scope: &str, team: &str, arguments: &Arguments) -> Result<(), Refusal> {
    if !scope.is_empty() && !sim.config.scopes.iter().any(|granted| granted == scope) {
        return Err(Refusal::MissingScope {
            needed: scope.to_owned(),
            provided: sim.config.scopes.join(","),
        });
    }
    let channel = arguments.text("channel");
    let taken = sim.state().buckets.take(&sim.config.rate_limits, team, method, channel, Instant::now());
    taken.map_err(Refusal::RateLimited)
}

/// `apps.connections.open`: a URL that can be dialled once.
fn open_connection(sim: &Sim, arguments: &Arguments) -> Answer {
    match &arguments.token {
        None => return refuse("not_authed"),
        Some(token) if !token.starts_with("xapp-") => return refuse("not_allowed_token_type"),
        Some(token) if !same(token, &sim.config.credentials.app_token) => return refuse("invalid_auth"),
        Some(_) => {}
    }
    if sim.request_urls().is_some() {
        return refuse("socket_mode_not_enabled");
    }
    let limits = &sim.config.rate_limits;
    let taken = sim.state().buckets.take(limits, "app", "apps.connections.open", None, Instant::now());
    taken.map_err(Refusal::RateLimited)?;
    let ticket = sim.sockets.ticket(Instant::now());
    let host = sim.base_url.trim_start_matches("http://");
    Ok(json!({"url": format!("ws://{host}/link/?ticket={ticket}&app_id={}", crate::sim::APP_ID)}))
}

/// A page of `items` by `cursor` and `limit`, under `name`, as the list methods answer.
fn paged(arguments: &Arguments, name: &str, items: &[Value]) -> Answer {
    let start = match arguments.text("cursor") {
        None => 0,
        Some(cursor) => match cursor.strip_prefix("from:").and_then(|text| text.parse::<usize>().ok()) {
            Some(start) => start.min(items.len()),
            None => return refuse("invalid_cursor"),
        },
    };
    let limit = arguments.number("limit").unwrap_or(100);
    if !(1..=1_000).contains(&limit) {
        return refuse("invalid_limit");
    }
    let end = (start + limit).min(items.len());
    let next = if end < items.len() { format!("from:{end}") } else { String::new() };
    let mut fields = json!({"response_metadata": {"next_cursor": next}});
    fields[name] = Value::from(items[start..end].to_vec());
    Ok(fields)
}
