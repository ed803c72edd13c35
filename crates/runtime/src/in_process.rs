//! The seam between two services of one process: a real gRPC channel whose far end is memory instead of a socket.
//!
//! The protocol, its errors and its limits are those of production; only the wire is short.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper_util::rt::TokioIo;
use tokio::io::DuplexStream;
use tokio::sync::mpsc;
use tokio_stream::Stream;
use tonic::transport::{Channel, Endpoint, Uri};

const PENDING_CONNECTIONS: usize = 16;
const BYTES_IN_FLIGHT: usize = 256 * 1024;

/// The server's end: connections as they are made. For `serve_with_incoming`.
#[derive(Debug)]
pub struct Incoming(mpsc::Receiver<DuplexStream>);

/// A channel and the server's end of it. The channel connects at the first call and again whenever it must.
pub fn channel() -> (Channel, Incoming) {
    let (connections, incoming) = mpsc::channel(PENDING_CONNECTIONS);
    // Nobody resolves this name: the connector below is all there is.
    let channel = Endpoint::from_static("http://in-process")
        .connect_with_connector_lazy(tower::service_fn(move |_: Uri| connect(connections.clone())));
    (channel, Incoming(incoming))
}

type Connecting = Pin<Box<dyn Future<Output = std::io::Result<TokioIo<DuplexStream>>> + Send>>;

fn connect(connections: mpsc::Sender<DuplexStream>) -> Connecting {
    Box::pin(async move {
        let (client, server) = tokio::io::duplex(BYTES_IN_FLIGHT);
        let gone = |_| std::io::Error::new(std::io::ErrorKind::ConnectionRefused, "the service has stopped");
        connections.send(server).await.map_err(gone)?;
        Ok(TokioIo::new(client))
    })
}

impl Stream for Incoming {
    type Item = std::io::Result<DuplexStream>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context).map(|connection| connection.map(Ok))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio_stream::StreamExt;

    use super::*;

    #[tokio::test]
    async fn what_one_end_writes_the_other_reads() {
        let (connections, receiver) = mpsc::channel(1);
        let mut incoming = Incoming(receiver);
        let mut client = connect(connections).await.unwrap().into_inner();
        let mut server = incoming.next().await.unwrap().unwrap();
        client.write_all(b"ping").await.unwrap();
        let mut heard = [0; 4];
        server.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"ping");
    }

    #[tokio::test]
    async fn a_service_that_has_stopped_refuses_connections() {
        let (connections, receiver) = mpsc::channel(1);
        drop(receiver);
        let refused = connect(connections).await.err().unwrap();
        assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    }
}
