//! The installation by OAuth: a page where a person lets the app into a workspace, a code that works once for ten
//! minutes, and its exchange for a bot token.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Form;
use axum::extract::{Query, State as Shared};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::json;

use crate::answer::{Answer, refuse};
use crate::arguments::Arguments;
use crate::credentials::{bot_token, same, secret};
use crate::page::escaped;
use crate::sim::{APP_ID, Sim};

const CODE_LIFE: Duration = Duration::from_secs(600);

/// A code that was given and not yet exchanged.
pub(crate) struct Code {
    team: String,
    user: String,
    redirect_uri: Option<String>,
    scopes: String,
    made: Instant,
}

/// `GET /oauth/v2/authorize?client_id&scope&redirect_uri&state`.
#[derive(Deserialize)]
pub(crate) struct Ask {
    client_id: String,
    #[serde(default)]
    scope: String,
    redirect_uri: Option<String>,
    #[serde(default)]
    state: String,
}

/// What the person chose on that page.
#[derive(Deserialize)]
pub(crate) struct Choice {
    scope: String,
    redirect_uri: String,
    state: String,
    /// Who allows it; empty: nobody does.
    user: String,
}

/// The page that asks.
pub(crate) async fn ask(Shared(sim): Shared<Arc<Sim>>, Query(ask): Query<Ask>) -> Response {
    if ask.client_id != sim.config.credentials.client_id {
        return wrong("invalid_client_id");
    }
    let requested: Vec<&str> = ask.scope.split(',').filter(|scope| !scope.is_empty()).collect();
    if let Some(unknown) =
        requested.iter().find(|scope| !sim.config.scopes.iter().any(|known| known == *scope))
    {
        return wrong(&format!("invalid_scope: {unknown} is not a scope of this app"));
    }
    let Some(redirect) = ask.redirect_uri.filter(|uri| url::Url::parse(uri).is_ok()) else {
        return wrong("bad_redirect_uri");
    };
    let mut people = String::new();
    for workspace in sim.state().workspaces.values() {
        for user in &workspace.users {
            let (id, who) =
                (escaped(&user.id), escaped(&format!("{} in {}", user.real_name, workspace.name)));
            people.push_str(&format!("<button name=user value=\"{id}\">Allow as {who}</button>\n"));
        }
    }
    let scopes: String =
        requested.iter().map(|scope| format!("<li><code>{}</code>", escaped(scope))).collect();
    let page = include_str!("page/authorize.html")
        .replace("{{scopes}}", &scopes)
        .replace("{{people}}", &people)
        .replace("{{scope}}", &escaped(&ask.scope))
        .replace("{{redirect_uri}}", &escaped(&redirect))
        .replace("{{state}}", &escaped(&ask.state));
    Html(page).into_response()
}

/// Back to the app with a code, or with `access_denied`.
pub(crate) async fn decide(Shared(sim): Shared<Arc<Sim>>, Form(choice): Form<Choice>) -> Response {
    let Ok(mut target) = url::Url::parse(&choice.redirect_uri) else { return wrong("bad_redirect_uri") };
    let team = sim.state().workspace_of(&choice.user).map(|workspace| workspace.id.clone());
    let (name, value) = match team {
        None => ("error", "access_denied".to_owned()),
        Some(team) => {
            let code = secret(16);
            let held = Code {
                team,
                user: choice.user,
                redirect_uri: Some(choice.redirect_uri),
                scopes: choice.scope,
                made: Instant::now(),
            };
            sim.change(|state| state.codes.insert(code.clone(), held));
            ("code", code)
        }
    };
    target.query_pairs_mut().append_pair(name, &value).append_pair("state", &choice.state);
    Redirect::to(target.as_str()).into_response()
}

/// `oauth.v2.access`: the code for a token. The client is named in the form or by Basic authentication.
pub(crate) fn access(sim: &Sim, arguments: &Arguments) -> Answer {
    let credentials = &sim.config.credentials;
    let field = |name| arguments.text(name).map(str::to_owned);
    let client = arguments.basic.clone().or_else(|| Some((field("client_id")?, field("client_secret")?)));
    let Some((id, client_secret)) = client else { return refuse("invalid_arguments") };
    if !same(&id, &credentials.client_id) {
        return refuse("invalid_client_id");
    }
    if !same(&client_secret, &credentials.client_secret) {
        return refuse("bad_client_secret");
    }
    sim.change(|state| {
        let code = arguments.text("code").and_then(|code| state.codes.remove(code));
        let Some(code) = code.filter(|code| code.made.elapsed() <= CODE_LIFE) else {
            return refuse("invalid_code");
        };
        if code.redirect_uri.as_deref() != arguments.text("redirect_uri") {
            return refuse("bad_redirect_uri");
        }
        let workspace =
            state.workspaces.get_mut(&code.team).expect("invariant: codes are made for workspaces");
        let app = workspace.install(bot_token());
        Ok(json!({
            "app_id": APP_ID, "authed_user": {"id": code.user}, "scope": code.scopes, "token_type": "bot",
            "access_token": app.bot_token, "bot_user_id": app.bot_user,
            "team": {"id": workspace.id, "name": workspace.name}, "enterprise": null,
            "is_enterprise_install": false,
        }))
    })
}

fn wrong(what: &str) -> Response {
    (StatusCode::BAD_REQUEST, Html(format!("<p>This app cannot be installed: {}</p>", escaped(what))))
        .into_response()
}
