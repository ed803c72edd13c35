//! `dd0c.engine.v1.Engine`. The caller has authenticated the actor; the engine authorises.

use std::collections::BTreeMap;
use std::sync::Arc;

use dd0c_proto::engine::v1::engine_server::Engine as EngineRpc;
use dd0c_proto::engine::v1::{
    ActorRef, DecideRequest, DecideResponse, HaltRequest, HaltResponse, ResumeRequest, ResumeResponse,
    StartRequest, StartResponse,
};
use dd0c_types::{Actor, Channel};
use tonic::{Request, Response, Status};

use crate::Engine;
use crate::control::Press;
use crate::decide::Decider;
use crate::error::EngineError;
use crate::start::Wanted;

/// The service.
pub struct Service(Arc<Engine>);

impl Service {
    pub(crate) const fn new(engine: Arc<Engine>) -> Self {
        Self(engine)
    }
}

#[tonic::async_trait]
impl EngineRpc for Service {
    async fn start(&self, request: Request<StartRequest>) -> Result<Response<StartResponse>, Status> {
        let request = request.into_inner();
        let by = decider(request.actor)?;
        let wanted = Wanted {
            runbook: id(&request.runbook_id, "runbook")?,
            version: (request.version > 0).then_some(request.version),
            values: request.variables.into_iter().collect::<BTreeMap<_, _>>(),
            agent: optional(&request.agent_id, "agent")?,
            id: optional(&request.execution_id, "run")?,
        };
        let (execution, state) = self.0.start(&by, wanted).await?;
        Ok(Response::new(StartResponse {
            execution_id: execution.to_string(),
            state: state.as_str().to_owned(),
        }))
    }

    async fn decide(&self, request: Request<DecideRequest>) -> Result<Response<DecideResponse>, Status> {
        let request = request.into_inner();
        let by = decider(request.actor)?;
        let execution = id(&request.execution_id, "run")?;
        let step = optional(&request.step_id, "step")?;
        let nothing = || EngineError::Invalid("No decision was given. Nothing has changed.".to_owned());
        let decision = request.decision.ok_or_else(nothing)?;
        let decided = self.0.decide(&by, execution, step, decision).await?;
        Ok(Response::new(DecideResponse {
            state: decided.state.to_owned(),
            step_id: decided.step.map(|step| step.to_string()).unwrap_or_default(),
        }))
    }

    async fn halt(&self, request: Request<HaltRequest>) -> Result<Response<HaltResponse>, Status> {
        let request = request.into_inner();
        let by = decider(request.actor)?;
        let halted = self.0.halt(Press { tenant: by.tenant, reason: request.reason, by: by.actor }).await;
        Ok(Response::new(HaltResponse {
            epoch: halted.epoch,
            frozen: halted.frozen,
            running: halted.running,
            recorded: halted.recorded,
        }))
    }

    async fn resume(&self, request: Request<ResumeRequest>) -> Result<Response<ResumeResponse>, Status> {
        let by = decider(request.into_inner().actor)?;
        let epoch = self.0.resume(by.tenant, &by.actor).await?;
        Ok(Response::new(ResumeResponse { epoch }))
    }
}

fn decider(actor: Option<ActorRef>) -> Result<Decider, EngineError> {
    let actor = actor.ok_or_else(|| EngineError::Invalid("The request names no actor.".to_owned()))?;
    let channel = match actor.channel.as_str() {
        "web" => Channel::Web,
        "slack" => Channel::Slack,
        _ => Channel::Api,
    };
    let user = id(&actor.user_id, "member")?;
    Ok(Decider {
        tenant: id(&actor.tenant_id, "tenant")?,
        user,
        actor: Actor::user(user, actor.name, channel),
    })
}

/// An id that cannot be read names nothing: the same answer as for one that does not exist.
fn id<T: std::str::FromStr>(text: &str, what: &'static str) -> Result<T, EngineError> {
    text.parse().map_err(|_| EngineError::NotFound(what))
}

fn optional<T: std::str::FromStr>(text: &str, what: &'static str) -> Result<Option<T>, EngineError> {
    if text.is_empty() { Ok(None) } else { id(text, what).map(Some) }
}
