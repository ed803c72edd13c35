//! `users.*` and `usergroups.*`. There is one user group, `@oncall`, with everybody who is neither a guest nor gone.

use serde_json::{Value, json};

use super::{Call, paged};
use crate::answer::{Answer, refuse};
use crate::sim::State;

const GROUP: &str = "S0ONCALL";

pub(super) fn info(state: &mut State, call: &Call<'_>) -> Answer {
    let workspace = call.workspace(state);
    let wanted = call.arguments.text("user").unwrap_or_default();
    if wanted == call.bot.bot_user {
        return Ok(json!({"user": workspace.bot_object(&call.bot)}));
    }
    let Some(user) = workspace.user(wanted) else { return refuse("user_not_found") };
    Ok(json!({"user": workspace.user_object(user)}))
}

pub(super) fn list(state: &mut State, call: &Call<'_>) -> Answer {
    let workspace = call.workspace(state);
    let mut members: Vec<Value> = workspace.users.iter().map(|user| workspace.user_object(user)).collect();
    members.push(workspace.bot_object(&call.bot));
    let mut answer = paged(call.arguments, "members", &members)?;
    answer["cache_ts"] = Value::from(chrono::Utc::now().timestamp());
    Ok(answer)
}

pub(super) fn by_email(state: &mut State, call: &Call<'_>) -> Answer {
    let workspace = call.workspace(state);
    let email = call.arguments.text("email").unwrap_or_default();
    let found = workspace.users.iter().find(|user| user.email.eq_ignore_ascii_case(email));
    let Some(user) = found.filter(|user| !user.email.is_empty()) else { return refuse("users_not_found") };
    Ok(json!({"user": workspace.user_object(user)}))
}

pub(super) fn usergroups(state: &mut State, call: &Call<'_>) -> Answer {
    let team = call.team.clone();
    let users = on_call(state, call);
    Ok(json!({"usergroups": [{
        "id": GROUP, "team_id": team, "is_usergroup": true, "name": "On call", "handle": "oncall",
        "description": "", "is_external": false, "date_create": 1_763_780_000, "date_update": 1_763_780_000,
        "date_delete": 0, "auto_type": null, "user_count": users.len(), "users": users,
    }]}))
}

pub(super) fn usergroup_users(state: &mut State, call: &Call<'_>) -> Answer {
    if call.arguments.text("usergroup") != Some(GROUP) {
        return refuse("no_such_subteam");
    }
    Ok(json!({"users": on_call(state, call)}))
}

fn on_call(state: &mut State, call: &Call<'_>) -> Vec<String> {
    let users = call.workspace(state).users.iter();
    users.filter(|user| user.flags.is_empty()).map(|user| user.id.clone()).collect()
}
