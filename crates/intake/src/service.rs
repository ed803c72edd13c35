//! The intake as a gRPC service.

use dd0c_proto::intake::v1::intake_server::{Intake, IntakeServer};
use dd0c_proto::intake::v1::{ClassifyRequest, ClassifyResponse, ParseRequest, ParseResponse};
use dd0c_proto::refusal::refusal;
use dd0c_types::command::Command;
use tonic::{Code, Request, Response, Status};

use crate::ParseError;

/// The metadata key that carries the byte offset of what cannot be read.
pub const OFFSET_KEY: &str = "dd0c-offset";

/// A pasted page is at most 512 KiB; its classified runbook repeats each command with its findings.
const MESSAGE_LIMIT: usize = 16 * 1024 * 1024;

/// The service, ready to be added to a tonic router.
///
/// The first page pays for compiling the parser's patterns; a sample read in the background pays it for the first user.
pub fn service() -> IntakeServer<Service> {
    std::thread::spawn(|| crate::parse("# Warm up\n\n1. Look:\n\n```bash\nls <folder>\n```\n", None));
    IntakeServer::new(Service(()))
        .max_decoding_message_size(MESSAGE_LIMIT)
        .max_encoding_message_size(MESSAGE_LIMIT)
}

/// Answers [`dd0c_proto::intake::v1`]. Stateless: any number may run.
#[derive(Debug)]
pub struct Service(());

#[tonic::async_trait]
impl Intake for Service {
    async fn parse(&self, request: Request<ParseRequest>) -> Result<Response<ParseResponse>, Status> {
        let ParseRequest { text, title } = request.into_inner();
        let runbook = on_a_thread(move || {
            let title = (!title.is_empty()).then_some(title.as_str());
            let runbook = crate::parse(&text, title).map_err(|error| refused(&error))?;
            serde_json::to_vec(&runbook).map_err(|error| Status::internal(error.to_string()))
        });
        Ok(Response::new(ParseResponse { runbook_json: runbook.await? }))
    }

    async fn classify(
        &self,
        request: Request<ClassifyRequest>,
    ) -> Result<Response<ClassifyResponse>, Status> {
        let ClassifyRequest { command, context } = request.into_inner();
        let verdict = on_a_thread(move || {
            let classification = crate::classify(&Command::new(command), language_of(&context));
            serde_json::to_vec(&classification).map_err(|error| Status::internal(error.to_string()))
        });
        Ok(Response::new(ClassifyResponse { classification_json: verdict.await? }))
    }
}

/// A command is bash unless the context names another language; any other context is prose for a reviewer.
fn language_of(context: &str) -> &str {
    match dd0c_classifier::Language::from_name(context) {
        dd0c_classifier::Language::Other => "bash",
        _ => context,
    }
}

/// Parsing is CPU work: it must not hold up the event loop that carries approvals and panic.
async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Status> + Send + 'static,
) -> Result<T, Status> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Status::internal(error.to_string()))?
}

fn refused(error: &ParseError) -> Status {
    let (grpc, code, offset) = match error {
        ParseError::EmptyText => (Code::InvalidArgument, "empty_text", None),
        ParseError::NulByte { offset } => (Code::InvalidArgument, "invalid_text", Some(*offset)),
        ParseError::TooLarge { .. } => (Code::ResourceExhausted, "too_large", None),
        ParseError::NoCommands => (Code::InvalidArgument, "no_commands", None),
    };
    let mut status = refusal(grpc, code, error.to_string());
    if let Some(offset) = offset {
        status.metadata_mut().insert(OFFSET_KEY, offset.into());
    }
    status
}
