//! The agent killed with SIGKILL at every point of a step's life: never a second start, never a false success.

use dd0c_agent::journal::{Journal, Record};
use dd0c_proto::agent::v1::agent_message::Kind as Said;
use dd0c_proto::agent::v1::attempt_status::Status;
use dd0c_proto::agent::v1::step_result::Outcome;

use crate::engine::World;

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_it_took_the_step_on_the_step_is_buried_and_can_never_start() {
    let mut world = World::new().await;
    world.start().await;
    let intent = world.intent("echo x >> ran");
    world.kill();
    world.execute(&intent);
    world.start().await;
    world.query(&intent);
    assert_eq!(world.status(&intent).await, Status::NotSeen);
    world.execute(&intent);
    assert_eq!(world.status(&intent).await, Status::NotSeen);
    world.kill();
    world.start().await;
    world.execute(&intent);
    assert_eq!(world.status(&intent).await, Status::NotSeen, "the tombstone survives");
    assert_eq!(world.lines("ran"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_right_after_it_took_the_step_on_the_outcome_is_unknown_and_it_is_not_run_again() {
    let mut world = World::new().await;
    world.start().await;
    let intent = world.intent("echo x >> ran; sleep 0.2");
    world.execute(&intent);
    world.until(|said| matches!(said, Said::Accepted(_)).then_some(())).await;
    world.kill();
    let hello = world.start().await;
    assert_eq!(hello.open_attempts, [intent.attempt.to_string()]);
    let result = world.result(&intent).await;
    assert_eq!(result.outcome(), Outcome::Unknown);
    for _ in 0..3 {
        world.execute(&intent);
        assert_eq!(world.result(&intent).await.outcome(), Outcome::Unknown);
    }
    assert!(world.lines("ran") <= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_it_ran_the_result_says_that_it_may_have_run_and_whether_it_still_does() {
    let mut world = World::new().await;
    world.start().await;
    let intent = world.intent("echo x >> ran; echo ready; exec sleep 27.1828");
    world.execute(&intent);
    world.until(|said| matches!(said, Said::Output(_)).then_some(())).await;
    world.kill();
    world.start().await;
    let result = world.result(&intent).await;
    assert_eq!(result.outcome(), Outcome::Unknown);
    assert!(result.note.contains("still running"), "{}", result.note);
    world.execute(&intent);
    assert_eq!(world.result(&intent).await.outcome(), Outcome::Unknown);
    assert_eq!(world.lines("ran"), 1);
    let pid = result.note.split("process ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGKILL).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_promise_and_start_it_says_that_very_likely_nothing_ran() {
    let mut world = World::new().await;
    let intent = world.intent("echo x >> ran");
    let mut journal = Journal::open(&world.path("state/journal")).unwrap();
    journal
        .append(Record::Accepted {
            attempt: intent.attempt,
            execution: intent.execution,
            fence: 1,
            intent_sha256: hex::encode(intent.hash()),
            unix_ms: 1,
        })
        .unwrap();
    drop(journal);
    world.start().await;
    let result = world.result(&intent).await;
    assert_eq!(result.outcome(), Outcome::Unknown);
    assert!(result.note.contains("never started"), "{}", result.note);
    assert_eq!(world.lines("ran"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_the_end_the_same_result_is_sent_until_it_is_committed() {
    let mut world = World::new().await;
    world.start().await;
    let intent = world.intent("echo x >> ran; echo out; exit 3");
    world.execute(&intent);
    let first = world.result(&intent).await;
    assert_eq!((first.outcome(), first.exit_code), (Outcome::Finished, 3));
    for _ in 0..2 {
        world.kill();
        world.start().await;
        assert_eq!(world.result(&intent).await, first);
    }
    world.commit(&intent);
    world.settle().await;
    world.kill();
    assert!(world.start().await.open_attempts.is_empty());
    world.execute(&intent);
    assert_eq!(world.status(&intent).await, Status::Finished);
    assert_eq!(world.lines("ran"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_journal_takes_no_work_and_recovers_only_at_a_persons_word() {
    let mut world = World::new().await;
    world.start().await;
    let first = world.intent("echo x >> ran");
    world.execute(&first);
    world.result(&first).await;
    world.stop().await;
    let damaged = world.journal().replacen("accepted", "acceqted", 1);
    std::fs::write(world.path("state/journal"), damaged).unwrap();
    world.start().await;
    let second = world.intent("echo x >> ran");
    world.execute(&second);
    assert_eq!(world.refused(&second).await, "no_journal");
    world.query(&first);
    assert_eq!(world.status(&first).await, Status::Unknown, "it cannot say that it was not seen");
    world.stop().await;
    let recovered = std::process::Command::new(env!("CARGO_BIN_EXE_dd0c-agent"))
        .args(["--config", world.path("agent.toml").to_str().unwrap(), "recover"])
        .status()
        .unwrap();
    assert!(recovered.success());
    world.start().await;
    world.execute(&second);
    assert_eq!(
        world.status(&second).await,
        Status::Unknown,
        "made before the recovery: it may have been lost"
    );
    assert_eq!(world.lines("ran"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn stopped_politely_it_ends_what_runs_and_knows_the_end() {
    let mut world = World::new().await;
    world.start().await;
    let intent = world.intent("echo ready; exec sleep 60");
    world.execute(&intent);
    world.until(|said| matches!(said, Said::Output(_)).then_some(())).await;
    world.stop().await;
    world.start().await;
    let result = world.result(&intent).await;
    assert_eq!((result.outcome(), result.survivors), (Outcome::Stopped, 0));
}
