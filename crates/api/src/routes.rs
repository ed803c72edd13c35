//! Every route, in the order of the description.

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::executions::decide;
use crate::runbooks::matching;
use crate::settings::webhooks as places;
use crate::{
    agents, alerts, audit, auth, classifications, executions, operations, panic, runbooks, settings, slack,
    webhooks,
};

type Routes = OpenApiRouter<Arc<App>>;

/// Every route with its description.
pub(crate) fn all() -> Routes {
    let versioned = sign_in()
        .merge(runbook())
        .merge(execution())
        .merge(step())
        .merge(verdicts_and_agents())
        .merge(oversight())
        .merge(setting())
        .merge(of_slack())
        .merge(alert())
        .routes(routes!(operations::openapi::show_openapi));
    OpenApiRouter::new()
        .nest("/api/v1", versioned)
        .routes(routes!(operations::healthz::healthz))
        .routes(routes!(operations::readyz::readyz))
        .routes(routes!(operations::metrics::metrics))
}

fn sign_in() -> Routes {
    OpenApiRouter::new()
        .routes(routes!(auth::sign_in::sign_in, auth::show_session::show_session, auth::sign_out::sign_out))
        .routes(routes!(auth::new_link::create_sign_in_link))
}

fn runbook() -> Routes {
    OpenApiRouter::new()
        .routes(routes!(runbooks::create::create_runbook, runbooks::list::list_runbooks))
        .routes(routes!(
            runbooks::show::show_runbook,
            runbooks::update::update_runbook,
            runbooks::delete::delete_runbook
        ))
        .routes(routes!(runbooks::versions::list_runbook_versions))
        .routes(routes!(runbooks::show_version::show_runbook_version))
        .routes(routes!(runbooks::trust_level::set_trust_level))
        .routes(routes!(runbooks::draft::draft_runbook))
        .routes(routes!(runbooks::preview::preview_runbook))
        .routes(routes!(matching::show::show_matching, matching::set::set_matching))
        .routes(routes!(matching::test::test_matching))
}

fn execution() -> Routes {
    OpenApiRouter::new()
        .routes(routes!(executions::start::start_execution, executions::list::list_executions))
        .routes(routes!(executions::show::show_execution))
        .routes(routes!(executions::events::follow_execution))
        .routes(routes!(executions::divergence::show_divergence))
        .routes(routes!(executions::unlisted::add_unlisted_command))
        .routes(routes!(executions::abort::abort_execution))
        .routes(routes!(executions::resume::resume_execution))
}

fn step() -> Routes {
    OpenApiRouter::new()
        .routes(routes!(decide::approve_step))
        .routes(routes!(decide::skip_step))
        .routes(routes!(decide::abort_step))
        .routes(routes!(decide::edit_step))
        .routes(routes!(decide::roll_back_step))
        .routes(routes!(decide::retry_step))
        .routes(routes!(decide::stop_step))
        .routes(routes!(decide::check_step))
        .routes(routes!(decide::finish_step))
}

fn verdicts_and_agents() -> Routes {
    OpenApiRouter::new()
        .routes(routes!(classifications::classify::classify_command))
        .routes(routes!(classifications::show::show_classification))
        .routes(routes!(agents::list::list_agents))
        .routes(routes!(agents::join_token::create_join_token))
        .routes(routes!(agents::revoke::revoke_agent))
}

fn oversight() -> Routes {
    OpenApiRouter::new()
        .routes(routes!(panic::set::set_panic, panic::clear::clear_panic, panic::show::show_panic))
        .routes(routes!(audit::list::list_audit_events))
        .routes(routes!(audit::verify::verify_audit))
        .routes(routes!(audit::export::export_audit))
}

fn setting() -> Routes {
    OpenApiRouter::new()
        .routes(routes!(settings::policy::show_policy, settings::set_policy::set_policy))
        .routes(routes!(settings::members::list_members))
        .routes(routes!(settings::tokens::list_tokens, settings::create_token::create_token))
        .routes(routes!(settings::revoke_token::revoke_token))
        .routes(routes!(settings::stats::show_stats))
}

fn of_slack() -> Routes {
    OpenApiRouter::new()
        .routes(routes!(slack::show_link::preview_slack_link))
        .routes(routes!(slack::link::confirm_slack_link))
        .routes(routes!(slack::show::show_slack))
        .routes(routes!(slack::choose::choose_slack_channel, slack::remove::remove_slack_workspace))
        .routes(routes!(slack::begin_install::begin_slack_install))
        .routes(routes!(slack::finish_install::finish_slack_install))
}

fn alert() -> Routes {
    OpenApiRouter::new()
        .routes(routes!(webhooks::receive::receive_alerts))
        .routes(routes!(alerts::list::list_alerts))
        .routes(routes!(alerts::show::show_alert))
        .routes(routes!(places::list::list_webhooks, places::create::create_webhook))
        .routes(routes!(places::delete::delete_webhook))
        .routes(routes!(places::change_secret::change_webhook_secret))
        .routes(routes!(places::test::test_webhook))
}
