//! Roles of a process: one gone, all go.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

/// How long roles may take to finish after they were asked to stop.
pub const GRACE: Duration = Duration::from_secs(10);

/// What a role ends with. Ending without being asked to is a failure too.
pub type RoleResult = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// A part of the process that runs until it is told to stop.
pub struct Role {
    name: &'static str,
    future: Pin<Box<dyn Future<Output = RoleResult> + Send>>,
}

impl Role {
    /// A role by name. The future holds the stop token that is given to [`supervise`] and ends soon after it is cancelled.
    pub fn new(name: &'static str, future: impl Future<Output = RoleResult> + Send + 'static) -> Self {
        Self { name, future: Box::pin(future) }
    }
}

/// A role ended that nobody asked to end.
#[derive(Debug, thiserror::Error)]
pub enum RoleGone {
    /// It ended without an error.
    #[error("the role {0} ended by itself; all others were stopped")]
    Ended(&'static str),
    /// It failed.
    #[error("the role {0} failed; all others were stopped")]
    Failed(&'static str, #[source] Box<dyn std::error::Error + Send + Sync>),
    /// It panicked.
    #[error("the role {0} panicked; all others were stopped")]
    Panicked(&'static str),
}

/// Runs the roles until `stop` is cancelled or one of them is gone; then stops all, and waits [`GRACE`] for them.
///
/// # Errors
/// The first role that was gone before anybody asked. An error on the way out after a stop is only logged.
pub async fn supervise(roles: Vec<Role>, stop: CancellationToken) -> Result<(), RoleGone> {
    let mut running = Running::start(roles);
    let gone = tokio::select! {
        () = stop.cancelled() => None,
        gone = running.next() => gone,
    };
    // A role that was asked to stop may end before this sees the token: that is no failure.
    let failure = gone.filter(|_| !stop.is_cancelled()).map(|(name, result)| failure(name, result));
    stop.cancel();
    if tokio::time::timeout(GRACE, running.drain()).await.is_err() {
        tracing::warn!(roles = ?running.names(), "did not stop in time and are dropped");
    }
    failure.map_or(Ok(()), Err)
}

type Ended = Result<RoleResult, JoinError>;

struct Running {
    tasks: JoinSet<RoleResult>,
    names: Vec<(Id, &'static str)>,
}

impl Running {
    fn start(roles: Vec<Role>) -> Self {
        let mut tasks = JoinSet::new();
        let names = roles.into_iter().map(|role| (tasks.spawn(role.future).id(), role.name)).collect();
        Self { tasks, names }
    }

    async fn next(&mut self) -> Option<(&'static str, Ended)> {
        let ended = self.tasks.join_next_with_id().await?;
        let (id, result) = match ended {
            Ok((id, result)) => (id, Ok(result)),
            Err(error) => (error.id(), Err(error)),
        };
        let place =
            self.names.iter().position(|(known, _)| *known == id).expect("invariant: every task has a name");
        Some((self.names.swap_remove(place).1, result))
    }

    async fn drain(&mut self) {
        while let Some((name, result)) = self.next().await {
            if !matches!(result, Ok(Ok(()))) {
                tracing::warn!(role = name, reason = %failure(name, result), "did not stop cleanly");
            }
        }
    }

    fn names(&self) -> Vec<&'static str> {
        self.names.iter().map(|(_, name)| *name).collect()
    }
}

fn failure(name: &'static str, ended: Ended) -> RoleGone {
    match ended {
        Ok(Ok(())) => RoleGone::Ended(name),
        Ok(Err(error)) => RoleGone::Failed(name, error),
        Err(_) => RoleGone::Panicked(name),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    /// A role that notes that it was stopped in order.
    fn patient(stop: &CancellationToken, stopped: &Arc<AtomicBool>) -> Role {
        let (stop, stopped) = (stop.clone(), Arc::clone(stopped));
        Role::new("patient", async move {
            stop.cancelled().await;
            stopped.store(true, Ordering::SeqCst);
            Ok(())
        })
    }

    #[tokio::test]
    async fn one_role_gone_all_go_whether_it_failed_ended_or_panicked() {
        type Make = fn() -> Role;
        let cases: [(Make, &str); 3] = [
            (|| Role::new("brief", async { Ok(()) }), "ended by itself"),
            (|| Role::new("brief", async { Err("no database".into()) }), "failed"),
            (|| Role::new("brief", async { panic!("a bug") }), "panicked"),
        ];
        for (role, said) in cases {
            let (stop, stopped) = (CancellationToken::new(), Arc::new(AtomicBool::new(false)));
            let gone = supervise(vec![role(), patient(&stop, &stopped)], stop).await.unwrap_err();
            assert!(gone.to_string().contains("brief") && gone.to_string().contains(said), "{gone}");
            assert!(stopped.load(Ordering::SeqCst));
        }
    }

    #[tokio::test]
    async fn a_stop_that_was_asked_for_is_no_failure() {
        let (stop, stopped) = (CancellationToken::new(), Arc::new(AtomicBool::new(false)));
        stop.cancel();
        assert!(supervise(vec![patient(&stop, &stopped)], stop).await.is_ok());
        assert!(stopped.load(Ordering::SeqCst));
    }

    #[tokio::test(start_paused = true)]
    async fn a_role_that_does_not_stop_is_dropped_after_the_grace() {
        let stop = CancellationToken::new();
        stop.cancel();
        let stubborn = Role::new("stubborn", std::future::pending());
        assert!(supervise(vec![stubborn], stop).await.is_ok());
    }
}
