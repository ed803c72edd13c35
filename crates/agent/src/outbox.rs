//! What waits to be sent: small messages at once, output and results in order and only as far as credit goes.
//!
//! Memory is bounded by [`MOST_OUTPUT`]; what does not fit waits, and whoever waits too long learns it.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dd0c_proto::agent::v1::agent_message::Kind;
use dd0c_proto::agent::v1::{AgentMessage, StepOutput, StepResult};
use tokio::sync::Notify;
use tokio::time::timeout;

/// Output that may wait in memory, over all steps, in bytes.
pub const MOST_OUTPUT: usize = 4 * 1024 * 1024;
/// What a message weighs beside its bytes.
const MESSAGE_COST: usize = 256;
/// Small messages that may wait while there is no stream; older ones are said again after reconnecting anyway.
const MOST_CONTROL: usize = 4096;
/// How long output may wait for credit before it is given up; its absence shows in the offsets.
const CREDIT_PATIENCE: Duration = Duration::from_secs(30);

/// The queues of one agent.
#[derive(Default)]
pub struct Outbox {
    queues: Mutex<Queues>,
    changed: Notify,
}

#[derive(Default)]
struct Queues {
    control: VecDeque<Kind>,
    data: VecDeque<Kind>,
    weight: usize,
    credit: u64,
}

impl Outbox {
    /// A message that needs no credit and goes first.
    pub fn control(&self, kind: Kind) {
        let mut queues = self.lock();
        if queues.control.len() >= MOST_CONTROL {
            queues.control.pop_front();
        }
        queues.control.push_back(kind);
        drop(queues);
        self.changed.notify_waiters();
    }

    /// Output, once there is room for it. Answers how long it had to wait, or gives it back after `patience`.
    pub async fn output(&self, output: StepOutput, patience: Duration) -> Result<Duration, StepOutput> {
        let began = tokio::time::Instant::now();
        let cost = weight(&output);
        let room = self.wait_until(|queues| {
            let fits = queues.weight + cost <= MOST_OUTPUT;
            if fits {
                queues.weight += cost;
            }
            fits.then_some(())
        });
        if timeout(patience, room).await.is_err() {
            return Err(output);
        }
        self.lock().data.push_back(Kind::Output(output));
        self.changed.notify_waiters();
        Ok(began.elapsed())
    }

    /// A result, after all output that was queued before it.
    pub fn result(&self, result: StepResult) {
        self.lock().data.push_back(Kind::Result(result));
        self.changed.notify_waiters();
    }

    /// The gateway takes so many more bytes of output.
    pub fn credit(&self, bytes: u64) {
        let mut queues = self.lock();
        queues.credit = queues.credit.saturating_add(bytes);
        drop(queues);
        self.changed.notify_waiters();
    }

    /// A new stream: no credit yet, and small messages and results of the old one are said anew by the caller.
    pub fn reset(&self) {
        let mut queues = self.lock();
        queues.credit = 0;
        queues.control.clear();
        queues.data.retain(|kind| matches!(kind, Kind::Output(_)));
    }

    /// The next message to send; waits for one.
    pub async fn next(&self) -> AgentMessage {
        loop {
            let ready = self.wait_until(Queues::pop);
            match timeout(CREDIT_PATIENCE, ready).await {
                Ok(kind) => return AgentMessage { kind: Some(kind) },
                Err(_) => self.give_up_output(),
            }
        }
    }

    /// Lets go of output for which no credit came, so that a result behind it is not held up for ever.
    fn give_up_output(&self) {
        let mut queues = self.lock();
        while let Some(Kind::Output(output)) = queues.data.front() {
            queues.weight -= weight(output);
            queues.data.pop_front();
        }
        drop(queues);
        self.changed.notify_waiters();
    }

    async fn wait_until<T>(&self, mut ready: impl FnMut(&mut Queues) -> Option<T>) -> T {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // Registered before looking, so that a change in between is not missed.
            changed.as_mut().enable();
            let found = ready(&mut self.lock());
            if let Some(found) = found {
                self.changed.notify_waiters();
                return found;
            }
            changed.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queues {
    fn pop(&mut self) -> Option<Kind> {
        if let Some(kind) = self.control.pop_front() {
            return Some(kind);
        }
        let Some(Kind::Output(output)) = self.data.front() else { return self.data.pop_front() };
        let bytes = output.data.len() as u64;
        if self.credit < bytes {
            return None;
        }
        self.credit -= bytes;
        self.weight -= weight(output);
        self.data.pop_front()
    }
}

fn weight(output: &StepOutput) -> usize {
    output.data.len() + MESSAGE_COST
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(bytes: usize) -> StepOutput {
        StepOutput { data: vec![0; bytes], ..StepOutput::default() }
    }

    #[tokio::test(start_paused = true)]
    async fn output_waits_for_credit_and_small_messages_do_not() {
        let outbox = Outbox::default();
        outbox.output(output(10), Duration::ZERO).await.unwrap();
        outbox.result(StepResult::default());
        outbox.control(Kind::Heartbeat(Default::default()));
        assert!(matches!(outbox.next().await.kind, Some(Kind::Heartbeat(_))));
        assert!(timeout(Duration::from_secs(1), outbox.next()).await.is_err(), "no credit");
        outbox.credit(10);
        assert!(matches!(outbox.next().await.kind, Some(Kind::Output(_))));
        assert!(matches!(outbox.next().await.kind, Some(Kind::Result(_))));
    }

    #[tokio::test(start_paused = true)]
    async fn memory_is_bounded_and_a_result_is_not_held_up_for_ever() {
        let outbox = Outbox::default();
        let mut taken = 0;
        while outbox.output(output(32_768), Duration::from_secs(1)).await.is_ok() {
            taken += 32_768;
        }
        assert!(taken <= MOST_OUTPUT);
        outbox.result(StepResult::default());
        assert!(matches!(outbox.next().await.kind, Some(Kind::Result(_))), "after the patience ran out");
        assert!(outbox.output(output(1), Duration::ZERO).await.is_ok(), "there is room again");
    }
}
