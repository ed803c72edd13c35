//! The gRPC methods. Each asks for a client certificate by itself, but for enrolment, where there is none yet.

use std::sync::Arc;

use dd0c_pki::identity::{PeerCertificate, read_peer};
use dd0c_proto::agent::v1::agent_gateway_server::AgentGateway;
use dd0c_proto::agent::v1::{
    AgentMessage, EngineMessage, EnrolRequest, EnrolResponse, RenewRequest, RenewResponse,
};
use dd0c_proto::refusal::refusal;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Response, Status, Streaming};

use super::{Gateway, stream};

/// Messages that may wait for an agent to read.
const OUTBOUND: usize = 256;

pub(super) struct Service {
    gateway: Arc<Gateway>,
    stop: CancellationToken,
}

impl Service {
    pub(super) const fn new(gateway: Arc<Gateway>, stop: CancellationToken) -> Self {
        Self { gateway, stop }
    }
}

#[tonic::async_trait]
impl AgentGateway for Service {
    type ConnectStream = ReceiverStream<Result<EngineMessage, Status>>;

    async fn enrol(&self, request: Request<EnrolRequest>) -> Result<Response<EnrolResponse>, Status> {
        Ok(Response::new(self.gateway.enrol(request.into_inner()).await?))
    }

    async fn renew(&self, request: Request<RenewRequest>) -> Result<Response<RenewResponse>, Status> {
        let peer = self.peer(&request)?;
        Ok(Response::new(self.gateway.renew(&peer, &request.get_ref().csr_pem).await?))
    }

    async fn connect(
        &self,
        request: Request<Streaming<AgentMessage>>,
    ) -> Result<Response<Self::ConnectStream>, Status> {
        let peer = self.peer(&request)?;
        let (outbound, receiver) = mpsc::channel(OUTBOUND);
        let gateway = Arc::clone(&self.gateway);
        let stop = self.stop.child_token();
        tokio::spawn(stream::attend(gateway, peer, request.into_inner(), outbound, stop));
        Ok(Response::new(ReceiverStream::new(receiver)))
    }
}

impl Service {
    /// Who speaks, from the certificate that TLS has verified, and only while it is valid: a connection may outlive it.
    fn peer<T>(&self, request: &Request<T>) -> Result<PeerCertificate, Status> {
        let no = |words: &str| refusal(Code::Unauthenticated, "certificate", words);
        let certificates = request.peer_certs().ok_or_else(|| no("a client certificate is needed"))?;
        let leaf = certificates.first().ok_or_else(|| no("a client certificate is needed"))?;
        let peer = read_peer(leaf).map_err(|error| no(&error.to_string()))?;
        if self.gateway.clock.now().timestamp() >= peer.not_after_unix {
            return Err(no("the certificate has run out; enrol again with a join token"));
        }
        Ok(peer)
    }
}
