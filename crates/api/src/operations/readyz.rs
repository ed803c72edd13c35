//! Says whether everything the service rests on answers.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use dd0c_proto::engine::v1::{DecideRequest, decide_request::Decision};
use dd0c_proto::intake::v1::ClassifyRequest;
use http::StatusCode;
use tonic::Code;

use crate::app::App;
use crate::body::Json;
use crate::operations::Readiness;

const PATIENCE: Duration = Duration::from_secs(2);

/// Says whether everything the service rests on answers.
#[utoipa::path(get, path = "/readyz", tag = "Operations",
    responses((status = 200, body = Readiness), (status = 503, body = Readiness)))]
pub(crate) async fn readyz(State(app): State<Arc<App>>) -> (StatusCode, Json<Readiness>) {
    let (database, engine, intake) =
        tokio::join!(within(database(&app)), within(engine(&app)), within(intake(&app)));
    let ready = database && engine && intake;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready, database, engine, intake }))
}

async fn within(answer: impl Future<Output = bool>) -> bool {
    tokio::time::timeout(PATIENCE, answer).await.unwrap_or(false)
}

async fn database(app: &App) -> bool {
    app.deps.store.ping().await.is_ok()
}

/// A question without an actor, which the engine refuses before it does anything: that it refuses shows that it is there.
async fn engine(app: &App) -> bool {
    let nobody = DecideRequest { decision: None::<Decision>, ..DecideRequest::default() };
    match app.engine().decide(nobody).await {
        Ok(_) => true,
        Err(status) => !matches!(status.code(), Code::Unavailable | Code::Unknown | Code::Cancelled),
    }
}

async fn intake(app: &App) -> bool {
    let nothing = ClassifyRequest { command: "true".to_owned(), ..ClassifyRequest::default() };
    app.intake().classify(nothing).await.is_ok()
}
