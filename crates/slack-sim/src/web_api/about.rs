//! `api.test`, `auth.*`, `bots.info`, `team.info`.

use serde_json::{Value, json};

use super::Call;
use crate::answer::{Answer, Refusal, refuse};
use crate::arguments::Arguments;
use crate::sim::{APP_ID, State};

pub(super) fn api_test(arguments: &Arguments) -> Answer {
    if let Some(error) = arguments.text("error") {
        return Err(Refusal::Echoed(error.to_owned()));
    }
    Ok(json!({"args": arguments.all()}))
}

pub(super) fn auth_test(state: &mut State, call: &Call<'_>) -> Answer {
    let workspace = call.workspace(state);
    Ok(json!({
        "url": format!("https://{}.slack.com/", workspace.domain), "team": workspace.name, "user": "dd0c",
        "team_id": workspace.id, "user_id": call.bot.bot_user, "bot_id": call.bot.bot_id,
        "is_enterprise_install": false,
    }))
}

/// The app leaves the workspace; its token is worth nothing any more.
pub(super) fn auth_revoke(state: &mut State, call: &Call<'_>) -> Answer {
    if call.arguments.flag("test") {
        return Ok(json!({"revoked": false}));
    }
    call.workspace(state).installation = None;
    Ok(json!({"revoked": true}))
}

pub(super) fn bots_info(_state: &mut State, call: &Call<'_>) -> Answer {
    if call.arguments.text("bot").is_some_and(|bot| bot != call.bot.bot_id) {
        return refuse("bot_not_found");
    }
    Ok(json!({"bot": {
        "id": call.bot.bot_id, "deleted": false, "name": "dd0c", "updated": 1_763_780_000, "app_id": APP_ID,
        "user_id": call.bot.bot_user, "icons": Value::Object(serde_json::Map::new()),
    }}))
}

pub(super) fn team_info(state: &mut State, call: &Call<'_>) -> Answer {
    let workspace = call.workspace(state);
    Ok(json!({"team": {
        "id": workspace.id, "name": workspace.name, "domain": workspace.domain, "email_domain": "",
    }}))
}
