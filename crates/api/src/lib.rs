//! The REST API: what people, scripts and the dashboard speak to. It authenticates, checks the role, bounds and reads
//! the body, and then asks the engine, the intake or the store; the dashboard is embedded and served from here too.
//!
//! It must never decide what may run (the engine does, in the transaction that performs it), never touch the database
//! outside a transaction of the caller's tenant, and never tell another tenant's rows from rows that do not exist.

pub mod access;
mod agents;
mod alerts;
mod app;
mod assets;
mod audit;
mod auth;
mod body;
mod classifications;
mod context;
mod description;
mod executions;
mod guard;
mod idempotency;
mod limits;
mod live;
mod meter;
mod operations;
mod origin;
mod panic;
mod path;
pub mod problem;
mod refusal;
mod routes;
mod runbooks;
pub mod secret;
mod session;
mod settings;
mod shell;
mod slack;
pub mod webhooks;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::middleware;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;

pub use app::Deps;
pub use description::openapi;
pub use limits::Limits;
pub use slack::{Install, InstallRequest, Installer, Installing};

use crate::app::App;

/// Everything the API answers, as one router. Its event streams end when `stop` is cancelled.
///
/// To limit by address it must be served with [`SocketAddr`] as connect info, as [`run`] does.
///
/// # Panics
/// When a route has no rule in [`access`]: such a service must not start.
pub fn router(deps: Deps, stop: CancellationToken) -> axum::Router {
    // Walks every route and fails on one without a rule, before the first request could find it.
    let _ = description::document();
    let app = App::new(deps, stop);
    let (routes, _) = routes::all().split_for_parts();
    routes
        .route_layer(middleware::from_fn_with_state(Arc::clone(&app), guard::guard))
        .fallback(assets::serve)
        .layer(CatchPanicLayer::custom(shell::broken))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), shell::finish))
        .with_state(app)
}

/// Serves the API on `listener` until `stop` is cancelled, then lets what is at work finish.
///
/// # Errors
/// When the listener fails.
pub async fn run(deps: Deps, listener: TcpListener, stop: CancellationToken) -> std::io::Result<()> {
    let service = router(deps, stop.clone()).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stop.cancelled_owned()).await
}
