//! Runs through the whole engine: real Postgres, the real gRPC service, and an agent that does as the test says.

use std::sync::atomic::Ordering;

use crate::house::{House, code, result};
use dd0c_engine::gateway::AgentEventKind;
use dd0c_proto::agent::v1::attempt_status::Status;
use dd0c_proto::agent::v1::engine_message::Kind;
use dd0c_proto::agent::v1::step_result::Outcome;
use dd0c_proto::agent::v1::{Accepted, StepResult};
use dd0c_proto::engine::v1::decide_request::Decision;
use dd0c_proto::engine::v1::{
    Abort, Approve, Check, Done, Edit, HaltRequest, ResumeRequest, Retry, Skip, Stop, Unlisted,
};
use dd0c_types::run::{ExecutionState, Gate};
use dd0c_types::{EventType, Risk, SecondKey};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_goes_from_start_over_approval_and_agent_to_its_end() {
    let mut house = House::running().await;
    let run = house.start(&["uptime", "systemctl restart nginx"]).await;
    assert_eq!(house.view(run).await.state, ExecutionState::Waiting);
    assert_eq!(house.approve(run, 1, &[]).await.as_deref(), Ok("approved"));
    let (_, intent) = house.order().await;
    assert!(intent.command.reveal() == "uptime");
    house.carry_out(intent.attempt, 0, "hello\n").await;
    let first = house.until_step(run, 1, "succeeded").await;
    assert_eq!((first.exit_code, first.attempt), (Some(0), 1));
    assert_eq!(first.stdout_tail, "hello\n");
    assert_eq!(first.approved_by.as_deref(), Some("riley@example.org"));
    house.until_step(run, 2, "await_approval").await;
    let skip = Decision::Skip(Skip { reason: "not needed".to_owned() });
    assert_eq!(house.decide(run, 2, skip).await.as_deref(), Ok("skipped"));
    let view = house.view(run).await;
    assert_eq!(view.state, ExecutionState::Completed);
    assert!(view.ended_at.is_some());
    assert_eq!(house.audited(run, EventType::StepDispatching).await, 1);
    assert_eq!(house.audited(run, EventType::ExecutionCompleted).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_approvals_one_wins_and_the_others_learn_who() {
    let mut house = House::running().await;
    let run = house.start(&["uptime"]).await;
    let step = house.step(run, 1).await;
    let approve = Approve { command_sha256: step.command_sha256.unwrap().to_string(), typed: Vec::new() };
    let request = house.request(run, step.id, Decision::Approve(approve));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let (mut client, request) = (house.replica.client.clone(), request.clone());
        tasks.spawn(async move { client.decide(request).await });
    }
    let answers = tasks.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    for refused in answers.into_iter().filter_map(Result::err) {
        assert_eq!(code(&refused), "already_decided", "{refused}");
        assert!(refused.message().contains("riley@example.org"));
    }
    let (_, intent) = house.order().await;
    house.carry_out(intent.attempt, 0, "").await;
    house.until_step(run, 1, "succeeded").await;
    assert_eq!(house.orders_left(), 0);
    assert_eq!(house.audited(run, EventType::StepApproved).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dangerous_step_runs_only_after_its_object_was_typed() {
    let mut house = House::running().await;
    let run = house.start(&["rm -rf /srv/cache"]).await;
    let step = house.step(run, 1).await;
    assert_eq!(step.object.map(|object| object.name).as_deref(), Some("/srv/cache"));
    for wrong in [&["/srv"][..], &[], &["/srv/cache "], &["/srv/cache", "/srv/cache"]] {
        assert_eq!(house.approve(run, 1, wrong).await.unwrap_err(), "typed_mismatch", "{wrong:?}");
    }
    assert_eq!(house.orders_left(), 0);
    assert_eq!(house.audited(run, EventType::StepApprovalRefused).await, 4);
    assert_eq!(house.approve(run, 1, &["/srv/cache"]).await.as_deref(), Ok("approved"));
    let (_, intent) = house.order().await;
    assert!(intent.command.reveal() == "rm -rf /srv/cache");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edited_command_is_judged_again_and_the_old_approval_is_refused_as_changed() {
    let mut house = House::running().await;
    let run = house.start(&["uptime"]).await;
    let old = house.step(run, 1).await.command_sha256.unwrap().to_string();
    let edit = Decision::Edit(Edit { command: "rm -rf /srv/cache".to_owned() });
    assert_eq!(house.decide(run, 1, edit).await.as_deref(), Ok("await_approval"));
    let stale = Decision::Approve(Approve { command_sha256: old, typed: vec!["/srv/cache".to_owned()] });
    assert_eq!(house.decide(run, 1, stale).await.unwrap_err(), "changed");
    let step = house.step(run, 1).await;
    assert_eq!(step.gate.as_str(), "typed");
    assert!(step.prescribed_command.is_some_and(|command| command.reveal() == "uptime"));
    assert_eq!(house.orders_left(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn panic_between_approval_and_claim_sends_nothing_and_the_step_asks_again() {
    let mut house = House::new().await;
    let run = house.start(&["uptime"]).await;
    assert_eq!(house.approve(run, 1, &[]).await.as_deref(), Ok("approved"));
    let press = HaltRequest { actor: Some(house.actor()), reason: "wrong cluster".to_owned() };
    let halted = house.replica.client.halt(press).await.unwrap().into_inner();
    assert!(halted.recorded);
    house.replica.run();
    let view = house.until(run, |view| view.state == ExecutionState::Paused).await;
    assert_eq!(view.steps[0].state.as_str(), "ready");
    assert_eq!(house.approve(run, 1, &[]).await.unwrap_err(), "halted");
    let resume = ResumeRequest { actor: Some(house.actor()), reason: String::new() };
    let epoch = house.replica.client.resume(resume).await.unwrap().into_inner().epoch;
    assert!(epoch > halted.epoch);
    house.until_step(run, 1, "await_approval").await;
    assert_eq!(house.orders_left(), 0);
    assert_eq!(house.audited(run, EventType::StepApprovalRevoked).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_claimed_and_never_sent_is_asked_after_and_sent_once_under_a_new_attempt() {
    let mut house = House::new().await;
    house.replica.reachable.store(false, Ordering::SeqCst);
    house.replica.run();
    let run = house.start(&["uptime"]).await;
    house.approve(run, 1, &[]).await.unwrap();
    house.until_step(run, 1, "dispatching").await;
    house.replica.kill().await;
    house.another_replica();
    house.replica.run();
    house.connects().await;
    let lost = house.question().await;
    house.answer(lost, Status::NotSeen).await;
    house.answer(lost, Status::NotSeen).await;
    let (_, intent) = house.order().await;
    assert_ne!(intent.attempt, lost);
    house.carry_out(intent.attempt, 0, "").await;
    let step = house.until_step(run, 1, "succeeded").await;
    assert_eq!(step.attempt, 2);
    assert_eq!(house.orders_left(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_result_that_comes_twice_is_committed_once_and_acknowledged_twice() {
    let mut house = House::running().await;
    let run = house.start(&["uptime"]).await;
    house.approve(run, 1, &[]).await.unwrap();
    let (_, intent) = house.order().await;
    house.carry_out(intent.attempt, 0, "once\n").await;
    house.carry_out(intent.attempt, 0, "once\n").await;
    let mut acknowledged = 0;
    while acknowledged < 2 {
        acknowledged += usize::from(matches!(house.message().await, Kind::ResultCommitted(_)));
    }
    assert_eq!(house.audited(run, EventType::StepExecuted).await, 1);
    assert_eq!(house.step(run, 1).await.stdout_tail, "once\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hostile_value_reaches_the_agent_as_one_quoted_word() {
    let mut house = House::running().await;
    let runbook = house.runbook(&["ls <folder>"], &["folder"]).await;
    let run = house.try_start(runbook, &[("folder", "; rm -rf /")]).await.unwrap();
    let step = house.step(run, 1).await;
    assert!(step.command.is_some_and(|command| command.reveal() == "ls '; rm -rf /'"));
    for (values, said) in [(&[][..], "folder"), (&[("folder", "x"), ("host", "y")][..], "host")] {
        let refused = house.try_start(runbook, values).await.unwrap_err();
        assert_eq!(code(&refused), "invalid_value");
        assert!(refused.message().contains(said), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_that_nobody_answers_expires_and_nothing_runs() {
    let mut house = House::running().await;
    let run = house.start(&["uptime"]).await;
    house.clock.advance(chrono::TimeDelta::seconds(901));
    let step = house.until_step(run, 1, "expired").await;
    assert!(step.note.is_some_and(|note| note.contains("Nothing has run")));
    assert_eq!(house.approve(run, 1, &[]).await.unwrap_err(), "expired");
    assert_eq!(house.decide(run, 1, Decision::Retry(Retry {})).await.as_deref(), Ok("await_approval"));
    assert_eq!(house.orders_left(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_outcome_is_not_run_again_and_a_person_closes_it() {
    let mut house = House::running().await;
    let run = house.start(&["uptime"]).await;
    house.approve(run, 1, &[]).await.unwrap();
    let (_, intent) = house.order().await;
    let attempt_id = intent.attempt.to_string();
    house.says(AgentEventKind::Accepted(Accepted { attempt_id: attempt_id.clone() })).await;
    let unknown = StepResult { attempt_id, outcome: Outcome::Unknown.into(), ..StepResult::default() };
    house.says(AgentEventKind::Result(unknown)).await;
    let step = house.until_step(run, 1, "manual_intervention").await;
    assert!(
        step.note
            .is_some_and(|note| note.contains("may have run") && note.contains("We will not run it again"))
    );
    // A late word is evidence; it changes nothing.
    house.says(AgentEventKind::Result(result(intent.attempt, 0))).await;
    let step = house
        .until(run, |view| view.steps[0].note.as_ref().is_some_and(|note| note.contains("said later")))
        .await;
    assert_eq!(step.state, ExecutionState::ManualIntervention);
    assert_eq!(house.decide(run, 1, Decision::Retry(Retry {})).await.unwrap_err(), "wrong_state");
    let ran = Done { outcome: "it_ran".to_owned(), ..Done::default() };
    assert_eq!(house.decide(run, 1, Decision::Done(ran)).await.as_deref(), Ok("succeeded"));
    assert_eq!(house.view(run).await.state, ExecutionState::Completed);
    assert_eq!(house.orders_left(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attempt_that_nobody_answers_for_ends_in_a_persons_hands() {
    let mut house = House::running().await;
    let run = house.start(&["uptime"]).await;
    house.approve(run, 1, &[]).await.unwrap();
    let (_, intent) = house.order().await;
    house.clock.advance(chrono::TimeDelta::seconds(61));
    assert_eq!(house.question().await, intent.attempt);
    house.clock.advance(chrono::TimeDelta::seconds(31));
    house.until_step(run, 1, "manual_intervention").await;
    assert_eq!(house.audited(run, EventType::StepUnknownOutcome).await, 1);
    assert_eq!(house.orders_left(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_tenants_person_finds_nothing() {
    let mut house = House::running().await;
    let run = house.start(&["uptime"]).await;
    let step = house.step(run, 1).await;
    let approve = Approve { command_sha256: step.command_sha256.unwrap().to_string(), typed: Vec::new() };
    let mut request = house.request(run, step.id, Decision::Approve(approve));
    request.actor.as_mut().unwrap().tenant_id = "ten_0198c0de000070008000000000000001".to_owned();
    let refused = house.replica.client.decide(request).await.unwrap_err();
    assert_eq!(code(&refused), "forbidden");
    assert_eq!(house.step(run, 1).await.state.as_str(), "await_approval");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_both_keys_call_safe_waits_for_one_run_and_asks_for_approval_once_the_policy_wants_a_model()
 {
    let mut house = House::running().await;
    let run = house.start(&["kubectl get pods -n prod", "systemctl restart nginx"]).await;
    let step = house.step(run, 1).await;
    assert_eq!((step.risk, step.gate), (Some(Risk::Safe), Gate::Run));
    assert_eq!(house.approve(run, 1, &[]).await.as_deref(), Ok("approved"));
    house.second_key(SecondKey::Llm).await;
    let run = house.start(&["kubectl get pods -n prod"]).await;
    let step = house.step(run, 1).await;
    assert_eq!((step.risk, step.gate), (Some(Risk::Caution), Gate::Approve));
    assert!(step.classification.unwrap().reviewer.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unlisted_command_comes_before_the_open_question_and_asks_by_its_own_verdict() {
    let mut house = House::running().await;
    let run = house.start(&["uptime", "systemctl restart nginx"]).await;
    let asked = Decision::Unlisted(Unlisted { command: "rm -rf /srv/cache".to_owned() });
    let (state, made) = house.decide_run(run, asked).await.unwrap();
    assert_eq!(state, "await_approval");
    let view = house.view(run).await;
    let step = &view.steps[2];
    assert_eq!((Some(step.id), step.order, step.gate.as_str()), (made, 3, "typed"));
    let unlisted = step.unlisted.clone().unwrap();
    assert_eq!(
        (unlisted.by.as_str(), unlisted.channel.as_str(), unlisted.after),
        ("riley@example.org", "web", None)
    );
    assert_eq!(view.steps[0].state.as_str(), "pending");
    assert_eq!(house.approve(run, 1, &[]).await.unwrap_err(), "wrong_state", "the old question is gone");
    assert_eq!(house.approve(run, 3, &["/srv"]).await.unwrap_err(), "typed_mismatch");
    assert_eq!(house.orders_left(), 0);
    assert_eq!(house.approve(run, 3, &["/srv/cache"]).await.as_deref(), Ok("approved"));
    let (_, intent) = house.order().await;
    assert!(intent.command.reveal() == "rm -rf /srv/cache");
    house.carry_out(intent.attempt, 0, "").await;
    house.until_step(run, 3, "succeeded").await;
    house.until_step(run, 1, "await_approval").await;
    assert_eq!(house.audited(run, EventType::StepUnlistedAdded).await, 1);
    assert_eq!(house.audited(run, EventType::StepSetAside).await, 1);
    for wrong in ["", " \n", "a\0b"] {
        let asked = Decision::Unlisted(Unlisted { command: wrong.to_owned() });
        assert_eq!(house.decide_run(run, asked).await.unwrap_err(), "invalid_value");
    }
    house.decide_run(run, Decision::Abort(Abort { reason: String::new() })).await.unwrap();
    let asked = Decision::Unlisted(Unlisted { command: "uptime".to_owned() });
    assert_eq!(house.decide_run(run, asked).await.unwrap_err(), "wrong_state", "the run has ended");
    let account = house.view(run).await.account;
    assert_eq!((account.ran, account.never_started), (vec![3], vec![1, 2]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_reaches_the_agent_and_the_step_says_only_what_the_agent_says() {
    let mut house = House::running().await;
    let run = house.start(&["sleep 600"]).await;
    house.approve(run, 1, &[]).await.unwrap();
    let (_, intent) = house.order().await;
    let attempt_id = intent.attempt.to_string();
    house.says(AgentEventKind::Accepted(Accepted { attempt_id: attempt_id.clone() })).await;
    house.until_step(run, 1, "running").await;
    let stop = Decision::Stop(Stop { reason: "wrong host".to_owned() });
    assert_eq!(house.decide(run, 1, stop).await.as_deref(), Ok("running"));
    assert_eq!(house.step(run, 1).await.stop_asked_by.as_deref(), Some("riley@example.org"));
    loop {
        if let Kind::Stop(stop) = house.message().await {
            assert_eq!((stop.attempt_id, stop.reason.as_str()), (attempt_id.clone(), "wrong host"));
            break;
        }
    }
    let stopped = StepResult { outcome: Outcome::Stopped.into(), ..result(intent.attempt, 143) };
    house.says(AgentEventKind::Result(stopped)).await;
    let step = house.until_step(run, 1, "failed").await;
    assert!(step.note.is_some_and(|note| note.contains("stopped at a person's wish")));
    let by_hand = Done { note: "drained it".to_owned(), outcome: "by_hand".to_owned(), ..Done::default() };
    assert_eq!(house.decide(run, 1, Decision::Done(by_hand)).await.as_deref(), Ok("failed"));
    let view = house.view(run).await;
    assert!(view.steps[0].by_hand && view.steps[0].ever_started);
    assert_eq!(view.state, ExecutionState::Completed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_speaks_for_a_step_only_while_its_agent_is_gone() {
    let mut house = House::running().await;
    let run = house.start(&["uptime"]).await;
    house.approve(run, 1, &[]).await.unwrap();
    let (_, intent) = house.order().await;
    house.says(AgentEventKind::Accepted(Accepted { attempt_id: intent.attempt.to_string() })).await;
    house.until_step(run, 1, "running").await;
    let ran = || Decision::Done(Done { outcome: "it_ran".to_owned(), ..Done::default() });
    assert_eq!(house.decide(run, 1, ran()).await.unwrap_err(), "wrong_state");
    assert_eq!(house.decide(run, 1, Decision::Check(Check {})).await.as_deref(), Ok("running"));
    assert_eq!(house.question().await, intent.attempt);
    house.says(AgentEventKind::Disconnected).await;
    house
        .until(run, |view| view.steps[0].note.as_ref().is_some_and(|note| note.contains("not connected")))
        .await;
    assert_eq!(house.decide(run, 1, ran()).await.as_deref(), Ok("succeeded"));
    assert_eq!(house.audited(run, EventType::StepUnknownOutcome).await, 1, "that nobody knew is on record");
    assert_eq!(house.audited(run, EventType::StepClosedByHand).await, 1);
    assert_eq!(house.orders_left(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_whose_variable_was_never_set_waits_for_a_person() {
    let mut house = House::running().await;
    let run = house.start(&["POD=$(hostname)", "kubectl logs $POD", "uptime"]).await;
    assert_eq!(house.step(run, 1).await.needed_by, [2]);
    house.decide(run, 1, Decision::Skip(Skip { reason: String::new() })).await.unwrap();
    let step = house.step(run, 2).await;
    assert_eq!((step.state.as_str(), step.gate.as_str()), ("ready", "by_hand"));
    assert!(step.note.is_some_and(|note| note.contains("POD")));
    let edit = Decision::Edit(Edit { command: "kubectl logs api-1".to_owned() });
    assert_eq!(house.decide(run, 2, edit).await.as_deref(), Ok("await_approval"));
    assert!(house.step(run, 2).await.needs.is_empty());
    assert_eq!(house.orders_left(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_that_a_step_set_lets_the_next_one_run() {
    let mut house = House::running().await;
    let run = house.start(&["POD=$(hostname)", "kubectl logs $POD"]).await;
    house.approve(run, 1, &[]).await.unwrap();
    let (_, intent) = house.order().await;
    let set = StepResult {
        variables: [("POD".to_owned(), "api-1".to_owned())].into(),
        ..result(intent.attempt, 0)
    };
    house.says(AgentEventKind::Accepted(Accepted { attempt_id: intent.attempt.to_string() })).await;
    house.says(AgentEventKind::Result(set)).await;
    let step = house.until_step(run, 2, "await_approval").await;
    assert!(step.needs.is_empty());
    assert_eq!(step.environment.get("POD").map(String::as_str), Some("api-1"));
}
