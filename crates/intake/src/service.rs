//! The intake as a gRPC service.

use std::pin::Pin;
use std::sync::Arc;

use dd0c_proto::intake::v1::intake_server::{Intake, IntakeServer};
use dd0c_proto::intake::v1::{ClassifyRequest, ClassifyResponse, ParseRequest, ParseResponse, PreviewEvent};
use dd0c_proto::refusal::refusal;
use dd0c_types::TenantId;
use dd0c_types::command::Command;
use futures::{Stream, StreamExt};
use serde_json::json;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Response, Status};

use crate::models::Models;
use crate::pipeline::{self, Job, NoRunbook, Teller};
use crate::{ParseError, verdict};

/// The metadata key that carries the byte offset of what cannot be read.
pub const OFFSET_KEY: &str = "dd0c-offset";

/// A pasted page is at most 512 KiB; its classified runbook repeats each command with its findings.
const MESSAGE_LIMIT: usize = 16 * 1024 * 1024;
/// Events of a preview that wait for a slow reader.
const WAITING: usize = 64;

/// The service, ready to be added to a tonic router; with models when some are configured.
///
/// The first page pays for compiling the parser's patterns; a sample read in the background pays it for the first user.
pub fn service(models: Option<Arc<Models>>) -> IntakeServer<Service> {
    std::thread::spawn(|| crate::parse("# Warm up\n\n1. Look:\n\n```bash\nls <folder>\n```\n", None));
    IntakeServer::new(Service { models })
        .max_decoding_message_size(MESSAGE_LIMIT)
        .max_encoding_message_size(MESSAGE_LIMIT)
}

/// Answers [`dd0c_proto::intake::v1`]. Any number may run.
pub struct Service {
    models: Option<Arc<Models>>,
}

#[tonic::async_trait]
impl Intake for Service {
    type PreviewStream = Pin<Box<dyn Stream<Item = Result<PreviewEvent, Status>> + Send>>;

    async fn parse(&self, request: Request<ParseRequest>) -> Result<Response<ParseResponse>, Status> {
        let job = job(request.into_inner())?;
        let structure =
            pipeline::structure(self.models.as_ref(), job).await.map_err(|error| refused(&error))?;
        let runbook = pipeline::finish(self.models.clone(), structure, Teller::default())
            .await
            .map_err(|error| refused(&error))?;
        let runbook_json =
            serde_json::to_vec(&runbook).map_err(|error| Status::internal(error.to_string()))?;
        Ok(Response::new(ParseResponse { runbook_json }))
    }

    async fn preview(&self, request: Request<ParseRequest>) -> Result<Response<Self::PreviewStream>, Status> {
        let job = job(request.into_inner())?;
        let structure =
            pipeline::structure(self.models.as_ref(), job).await.map_err(|error| refused(&error))?;
        let (sender, events) = mpsc::channel(WAITING);
        let teller = Teller(Some(sender));
        let models = self.models.clone();
        if structure.has_command() {
            teller.tell("structure", &structure.document()).await;
            tokio::spawn(async move { pipeline::finish(models, structure, teller).await });
        } else {
            // Only the model can tell whether this is a runbook at all: the answer is a refusal or a stream.
            let finished = pipeline::finish(models, structure, Teller::default()).await;
            let runbook = finished.map_err(|error| refused(&error))?;
            teller.tell("structure", &runbook).await;
            teller.tell("done", &json!({"runbook": runbook, "waiting": false})).await;
        }
        let events = ReceiverStream::new(events)
            .map(|(name, json): (&str, Vec<u8>)| Ok(PreviewEvent { name: name.to_owned(), json }));
        Ok(Response::new(Box::pin(events)))
    }

    async fn classify(
        &self,
        request: Request<ClassifyRequest>,
    ) -> Result<Response<ClassifyResponse>, Status> {
        let ClassifyRequest { command, context, tenant_id } = request.into_inner();
        let tenant = tenant(&tenant_id)?;
        let command = Command::new(command);
        let models = self.models.clone();
        // A caller that leaves does not end it: what was sent to a model is counted and its answer kept.
        let judged = tokio::spawn(async move {
            verdict(models.as_deref(), tenant, &command, language_of(&context), &context).await
        });
        let classification = judged.await.map_err(|error| Status::internal(error.to_string()))?;
        let classification_json =
            serde_json::to_vec(&classification).map_err(|error| Status::internal(error.to_string()))?;
        Ok(Response::new(ClassifyResponse { classification_json }))
    }
}

fn job(request: ParseRequest) -> Result<Job, Status> {
    let ParseRequest { text, title, tenant_id } = request;
    Ok(Job { text, title: (!title.is_empty()).then_some(title), tenant: tenant(&tenant_id)? })
}

/// For whom models may be asked; nobody when it is empty.
fn tenant(text: &str) -> Result<Option<TenantId>, Status> {
    match text {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| Status::invalid_argument("the tenant's id is not one")),
    }
}

/// A command is bash unless the context names another language; any other context is prose for a reviewer.
fn language_of(context: &str) -> &str {
    match dd0c_classifier::Language::from_name(context) {
        dd0c_classifier::Language::Other => "bash",
        _ => context,
    }
}

fn refused(error: &NoRunbook) -> Status {
    let NoRunbook::Text(error) = error else { return Status::internal(error.to_string()) };
    let (grpc, code, offset) = match error {
        ParseError::EmptyText => (Code::InvalidArgument, "empty_text", None),
        ParseError::NulByte { offset } => (Code::InvalidArgument, "invalid_text", Some(*offset)),
        ParseError::Document { .. } => (Code::InvalidArgument, "invalid_text", Some(0)),
        ParseError::TooLarge { .. } => (Code::ResourceExhausted, "too_large", None),
        ParseError::NoCommands => (Code::InvalidArgument, "no_commands", None),
    };
    let mut status = refusal(grpc, code, error.to_string());
    if let Some(offset) = offset {
        status.metadata_mut().insert(OFFSET_KEY, offset.into());
    }
    status
}
