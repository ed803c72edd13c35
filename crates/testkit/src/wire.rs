//! A wire between a client and a server that a test can hold silent and mend.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Passes bytes on to a server of this machine, until it is told to hold them.
///
/// A held wire is what a stopped machine or a dropped network looks like: connections stay open, new ones are taken,
/// nothing answers. It is the harder case than a refused connection, which is noticed at once.
pub struct Wire {
    address: SocketAddr,
    held: Arc<watch::Sender<bool>>,
    _tasks: JoinSet<()>,
}

impl Wire {
    /// A wire to the server on this loopback port.
    ///
    /// # Panics
    /// When no loopback port is free.
    pub async fn to(port: u16) -> Self {
        let server = SocketAddr::from(([127, 0, 0, 1], port));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port is free");
        let address = listener.local_addr().expect("a bound listener has an address");
        let held = Arc::new(watch::Sender::new(false));
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, server, Arc::clone(&held)));
        Self { address, held, _tasks: tasks }
    }

    /// The loopback port that leads through this wire.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Nothing passes from now on.
    pub fn hold(&self) {
        self.held.send_replace(true);
    }

    /// Everything passes again, what was held first.
    pub fn mend(&self) {
        self.held.send_replace(false);
    }
}

async fn accept(listener: TcpListener, server: SocketAddr, held: Arc<watch::Sender<bool>>) {
    let mut pipes = JoinSet::new();
    while let Ok((near, _)) = listener.accept().await {
        let Ok(far) = TcpStream::connect(server).await else { continue };
        let (near_read, near_write) = near.into_split();
        let (far_read, far_write) = far.into_split();
        pipes.spawn(pass(near_read, far_write, held.subscribe()));
        pipes.spawn(pass(far_read, near_write, held.subscribe()));
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut held: watch::Receiver<bool>) {
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        if held.wait_for(|held| !held).await.is_err() || to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}
