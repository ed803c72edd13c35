//! Who is calling, and the only ways from a handler to the world: a transaction of the caller's tenant,
//! the engine, the intake, the time. The pool of connections cannot be reached from here.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use dd0c_proto::engine::v1::ActorRef;
use dd0c_proto::engine::v1::engine_client::EngineClient;
use dd0c_proto::intake::v1::intake_client::IntakeClient;
use dd0c_store::{StoreError, TenantTx};
use dd0c_types::{Actor, Channel as Door, Role, SecondKey, TenantId, Timestamp, UserId};
use http::request::Parts;
use tonic::transport::Channel;
use uuid::Uuid;

use crate::app::App;
use crate::live::Hub;
use crate::problem::ApiError;
use crate::runbooks::intake::Reader;
use crate::settings;

/// The member behind a request, as the guard found them.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) tenant: TenantId,
    pub(crate) user: UserId,
    pub(crate) email: String,
    pub(crate) name: String,
    /// What they may do now; with a token, never more than the token may.
    pub(crate) role: Role,
    pub(crate) door: Door,
    pub(crate) expires_at: Option<Timestamp>,
    /// The session, for a cookie.
    pub(crate) session: Option<Uuid>,
}

/// What a handler gets.
#[derive(Clone)]
pub(crate) struct CallContext {
    app: Arc<App>,
    caller: Caller,
}

impl CallContext {
    pub(crate) const fn new(app: Arc<App>, caller: Caller) -> Self {
        Self { app, caller }
    }

    /// A transaction of the caller's tenant.
    pub(crate) async fn tenant_tx(&self) -> Result<TenantTx<'_>, ApiError> {
        Ok(self.app.deps.store.tenant(self.caller.tenant).await?)
    }

    pub(crate) fn engine(&self) -> EngineClient<Channel> {
        self.app.engine()
    }

    pub(crate) fn intake(&self) -> IntakeClient<Channel> {
        self.app.intake()
    }

    /// Who may serve as second key for the caller.
    pub(crate) async fn second_key(&self) -> Result<SecondKey, ApiError> {
        settings::policy::second_key(&self.app.deps.store, self.caller.tenant).await
    }

    /// The caller, for the intake.
    pub(crate) async fn reader(&self) -> Result<Reader, ApiError> {
        Ok(Reader { tenant: Some(self.caller.tenant), allowed: Some(self.second_key().await?) })
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.app.deps.clock.now()
    }

    pub(crate) const fn caller(&self) -> &Caller {
        &self.caller
    }

    pub(crate) fn app(&self) -> &App {
        &self.app
    }

    pub(crate) fn app_arc(&self) -> Arc<App> {
        Arc::clone(&self.app)
    }

    pub(crate) fn hub(&self) -> &Hub {
        &self.app.hub
    }

    /// The caller, for the audit trail.
    pub(crate) fn actor(&self) -> Actor {
        Actor::user(self.caller.user, self.caller.email.clone(), self.caller.door)
    }

    /// The caller, for the engine.
    pub(crate) fn actor_ref(&self) -> ActorRef {
        ActorRef {
            tenant_id: self.caller.tenant.to_string(),
            user_id: self.caller.user.to_string(),
            name: self.caller.email.clone(),
            channel: match self.caller.door {
                Door::Web => "web",
                _ => "api",
            }
            .to_owned(),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for CallContext {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts.extensions.get::<Self>().cloned().ok_or_else(ApiError::unauthenticated)
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => ApiError::not_found(),
            StoreError::Stale { current } => stale(current),
            StoreError::Conflict { .. } => ApiError::conflict(
                "conflict",
                "It conflicts with what is stored already. Nothing was changed.",
            ),
            StoreError::Unavailable { .. } => unavailable(&error),
            StoreError::CommitUnknown { .. } => ApiError::unavailable(&error),
            _ => ApiError::internal(&error),
        }
    }
}

fn stale(current: u32) -> ApiError {
    let detail = format!("Somebody changed it meanwhile: version {current} is current. Nothing was changed.");
    ApiError::conflict("stale", detail).with("current_version", current)
}

fn unavailable(error: &StoreError) -> ApiError {
    ApiError::new(
        http::StatusCode::SERVICE_UNAVAILABLE,
        "unavailable",
        "Temporarily unavailable",
        "The database does not answer. This request stored nothing; try again in a moment.",
    )
    .because(error)
}
