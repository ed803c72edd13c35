//! Accepting connections: the TLS handshake is ours, so that the client certificate is verified here and nowhere else.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::server::TlsStream;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;

/// Handshakes at the same time; more wait in the listener's queue.
const HANDSHAKES: usize = 64;
/// A handshake that takes longer is given up.
const PATIENCE: Duration = Duration::from_secs(10);

/// Connections whose handshake is done.
pub(super) fn accept(
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    stop: CancellationToken,
) -> ReceiverStream<std::io::Result<TlsStream<TcpStream>>> {
    let (sender, receiver) = mpsc::channel(16);
    let acceptor = TlsAcceptor::from(tls);
    tokio::spawn(async move {
        let places = Arc::new(Semaphore::new(HANDSHAKES));
        loop {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            let accepted = tokio::select! {
                () = stop.cancelled() => return,
                accepted = listener.accept() => accepted,
            };
            let Ok((socket, peer)) = accepted else {
                // Out of descriptors, most likely: others must end first.
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            let (acceptor, sender) = (acceptor.clone(), sender.clone());
            tokio::spawn(async move {
                let _place = place;
                let _ = socket.set_nodelay(true);
                match tokio::time::timeout(PATIENCE, acceptor.accept(socket)).await {
                    Ok(Ok(stream)) => drop(sender.send(Ok(stream)).await),
                    Ok(Err(error)) => tracing::info!(%peer, %error, "a TLS handshake was refused"),
                    Err(_) => tracing::info!(%peer, "a TLS handshake took too long"),
                }
            });
        }
    });
    ReceiverStream::new(receiver)
}
