//! Ctrl-C and SIGTERM become a [`CancellationToken`].

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// A token that is cancelled by the first SIGINT, SIGTERM or SIGHUP. A second one ends the process at once (status
/// 130): a person who presses Ctrl-C twice does not want to wait, and what is left behind is found at the next start.
///
/// # Errors
/// When the handlers cannot be installed. Must be called inside a tokio runtime.
pub fn stop_on_signals() -> std::io::Result<CancellationToken> {
    let mut signals = Signals {
        interrupt: signal(SignalKind::interrupt())?,
        terminate: signal(SignalKind::terminate())?,
        hangup: signal(SignalKind::hangup())?,
    };
    let stop = CancellationToken::new();
    let token = stop.clone();
    tokio::spawn(async move {
        let name = signals.next().await;
        tracing::info!(signal = name, "stopping; once more to stop at once");
        token.cancel();
        signals.next().await;
        std::process::exit(130);
    });
    Ok(stop)
}

struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.hangup.recv() => "SIGHUP",
        }
    }
}
