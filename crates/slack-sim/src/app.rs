//! The routes.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{any, get, post};

use crate::sim::Sim;
use crate::{guard, install, page, response_url, sim_api, socket, web_api};

/// Above any body that Slack takes (a view has 250 kB at most).
const BODY_LIMIT: usize = 2 * 1024 * 1024;

pub(crate) fn router(sim: Arc<Sim>) -> Router {
    let people = Router::new()
        .merge(page::routes())
        .nest("/_sim", sim_api::routes())
        .route("/oauth/v2/authorize", get(install::ask).post(install::decide))
        .route_layer(from_fn_with_state(Arc::clone(&sim), guard::key));
    let app = Router::new()
        .route("/api/{method}", any(web_api::call))
        .route("/link/", get(socket::link))
        .route("/hooks/{kind}/{id}", post(response_url::answer));
    people
        .merge(app)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(from_fn(guard::loopback_name))
        .with_state(sim)
}
