//! Steps: running, asking, ended, closed, and the modals that belong to them.

use std::time::Duration;

use dd0c_slack_bot::card::*;
use dd0c_slack_bot::reference::Reference;
use dd0c_types::run::StepAction::{Abort, Approve, Done, Edit as EditIt, Retry, Rollback, Skip, Stop};
use dd0c_types::{Command, Role};

use super::people::{RUN, at, dashboard, origin, person, riley, seconds, step_token, token};
use super::{Card, Words};

const RESTART: &str = "kubectl -n checkout rollout restart deploy/checkout-api";
const UNDO: &str = "kubectl -n checkout rollout undo deploy/checkout-api";
const DELETE: &str = "kubectl -n checkout delete pvc checkout-cache-0";

fn fact(words: &Words, name: &str, value: &str) -> Fact {
    Fact { name: words.say(name), value: words.say(value) }
}

fn place(words: &Words) -> Place {
    let facts = vec![
        fact(words, "namespace", "checkout"),
        fact(words, "region", "us-east-1"),
        fact(words, "context", "prod-use1"),
    ];
    Place { agent: words.say("prod-use1-a"), facts }
}

fn why(words: &Words, reason: &str, rule: &str, matched: &str) -> Why {
    Why {
        reason: words.say(reason),
        rule: Some(words.say(rule)),
        matched: Some(words.say(matched)),
        reviewer: ReviewerWord::Agrees,
    }
}

fn step(words: &Words, number: u32, title: &str, risk: RiskWord, command: Option<&str>) -> StepCard {
    let command = command.map(|command| words.command(command));
    StepCard {
        position: Position::Step { number, of: 6 },
        title: words.say(title),
        risk,
        token: step_token(number, command.as_ref()),
        command,
        place: place(words),
        why: None,
        rollback: None,
        destroys: Vec::new(),
        actions: vec![Approve, Skip, Abort, EditIt],
        link: dashboard(&format!("runs/exe_7a20#step-{number}")),
        run_token: token(Reference::Run(RUN)),
        revision: 1,
    }
}

fn logs(words: &Words) -> StepCard {
    let command = "kubectl -n checkout logs deploy/checkout-api --tail=200";
    let step = step(words, 2, "Read the last 200 log lines", RiskWord::Safe, Some(command));
    StepCard { actions: vec![Stop, Abort], revision: 3, ..step }
}

fn listing(words: &Words) -> StepCard {
    let step = step(
        words,
        1,
        "List the pods of checkout",
        RiskWord::Safe,
        Some("kubectl -n checkout get pods -o wide"),
    );
    StepCard { why: Some(why(words, "only reads", "k8s.get", "get pods")), ..step }
}

fn inverse(words: &Words, number: u32, risk: RiskWord) -> InverseCommand {
    let command = words.command(UNDO);
    InverseCommand { token: step_token(number, Some(&command)), command, risk }
}

fn restart(words: &Words) -> StepCard {
    let step = step(words, 4, "Restart all pods of checkout-api", RiskWord::Caution, Some(RESTART));
    StepCard {
        why: Some(why(words, "changes what is running", "k8s.rollout-restart", "rollout restart")),
        rollback: Some(inverse(words, 4, RiskWord::Caution)),
        ..step
    }
}

fn claim(words: &Words) -> Destroyed {
    Destroyed { kind: words.say("volume claim"), name: words.say("checkout-cache-0") }
}

fn delete(words: &Words) -> StepCard {
    let step = step(words, 5, "Delete the cache volume so it is rebuilt", RiskWord::Dangerous, Some(DELETE));
    StepCard {
        why: Some(why(words, "deletes a volume claim and its data", "k8s.delete-pvc", "delete pvc")),
        destroys: vec![claim(words)],
        ..step
    }
}

fn ask(words: &Words, role: Role) -> Ask {
    Ask {
        whom: riley(words),
        asked_at: at(13, 44),
        expires_at: at(28, 44),
        role,
        needs_second_person: role == Role::Lead,
    }
}

fn output(words: &Words) -> OutputTail {
    let text = "03:12:41 ERROR pool exhausted (64/64) waited 5003ms\n03:12:41 GET /cart 503 5011ms\n\
                03:12:42 ERROR pool exhausted (64/64) waited 5001ms\n";
    OutputTail { text: words.say(text), lines: 118, sha256: None }
}

fn running_since(second: u32, by_itself: bool, output: OutputTail) -> Running {
    Running { started_at: Some(at(14, second)), by_itself, output }
}

fn decision(words: &Words, command: &Command) -> Decision {
    Decision {
        by: words.say("Riley"),
        door: "Slack",
        at: at(14, 22),
        after: seconds(38),
        command_sha256: command.hash(),
    }
}

fn edited(words: &Words) -> StepCard {
    let after = "kubectl -n checkout delete pods --all";
    let step = step(words, 4, "Restart all pods of checkout-api", RiskWord::Dangerous, Some(after));
    StepCard {
        why: Some(why(words, "deletes everything of a kind", "k8s.delete-all", "delete pods --all")),
        revision: 5,
        ..step
    }
}

fn edit(words: &Words) -> Edit {
    Edit { by: words.say("Riley"), before: words.command(RESTART), risk_before: RiskWord::Caution }
}

fn failure(words: &Words, how: FailedHow) -> Failed {
    let text = "error: deployment \"checkout-api\" exceeded its progress deadline\n2 of 8 updated replicas are available\n";
    Failed {
        whom: riley(words),
        how,
        took: seconds(41),
        output: OutputTail { text: words.say(text), lines: 212, sha256: None },
    }
}

fn failed_step(words: &Words, risk: RiskWord) -> StepCard {
    StepCard {
        actions: vec![Rollback, Retry, Done, Abort],
        rollback: Some(inverse(words, 4, risk)),
        revision: 9,
        ..restart(words)
    }
}

fn away(words: &Words, sent: bool) -> AgentAway {
    AgentAway {
        agent: words.say("prod-use1-a"),
        whom: Some(riley(words)),
        last_heard: seconds(34),
        position: Position::Step { number: 3, of: 6 },
        sent,
        actions: vec![Done, Abort],
        token: step_token(3, None),
        run_token: token(Reference::Run(RUN)),
        revision: 1,
    }
}

fn branch(words: &Words) -> (StepCard, BranchAsk) {
    let card = StepCard { actions: vec![Done, Abort], ..step(words, 3, "Choose", RiskWord::Unknown, None) };
    let ask = BranchAsk {
        whom: riley(words),
        condition: words.say("If the connection pool is exhausted, restart; else go to step 6."),
        then: Some(4),
        otherwise: Some(6),
        evidence: words.say("Output of step 2 contains \"pool exhausted\" 41 times."),
    };
    (card, ask)
}

fn manual(words: &Words, command: Option<&str>, show_only: bool) -> (StepCard, ByHand) {
    let card = StepCard {
        actions: vec![Done, Skip, Abort],
        ..step(words, 6, "Check the error graph", RiskWord::Unknown, command)
    };
    let ask = ByHand {
        whom: riley(words),
        sentence: words.say("Check the 5xx graph is back under 1 %."),
        vague: (!show_only).then(|| words.say("no graph is named")),
        show_only,
    };
    (card, ask)
}

fn typed(words: &Words) -> TypedCard {
    TypedCard {
        origin: origin(delete(words).token),
        position: Position::Step { number: 5, of: 6 },
        command: words.command(DELETE),
        place: place(words),
        objects: vec![claim(words)],
        has_rollback: false,
        is_rollback: false,
        by: person(words, "Kim", "U0KIM"),
        role: Role::Lead,
    }
}

fn running_states(words: &Words) -> Vec<(&'static str, Message)> {
    let (logs, restart) = (logs(words), restart(words));
    let done = OutputTail { lines: 200, sha256: Some(Command::new("output").hash()), ..output(words) };
    let finished_by_itself =
        Finished { exit_code: Some(0), took: Duration::from_millis(6_100), decision: None, output: done };
    let restarted = restart.command.clone().expect("it has a command");
    let approved_step = StepCard { actions: vec![Stop, Abort], revision: 2, ..restart.clone() };
    let finished_after_approval = Finished {
        exit_code: Some(0),
        took: seconds(12),
        decision: Some(decision(words, &restarted)),
        output: OutputTail::default(),
    };
    vec![
        ("03_step_running", running(&logs, &running_since(4, true, output(words)))),
        (
            "04_step_finished",
            finished(&StepCard { actions: Vec::new(), revision: 4, ..logs }, &finished_by_itself),
        ),
        (
            "05b_yellow_decided",
            approved(
                &approved_step,
                &decision(words, &restarted),
                &running_since(2, false, OutputTail::default()),
            ),
        ),
        (
            "05b_yellow_starting",
            approved(
                &approved_step,
                &decision(words, &restarted),
                &Running { started_at: None, by_itself: false, output: OutputTail::default() },
            ),
        ),
        (
            "05c_yellow_finished",
            finished(
                &StepCard { actions: Vec::new(), revision: 3, ..approved_step.clone() },
                &finished_after_approval,
            ),
        ),
        ("07_old_question_closed", closed(&restart, &Closed::ReplacedByEdit { by: words.say("Riley") })),
        (
            "17_skipped",
            closed(
                &restart,
                &Closed::Skipped { by: words.say("Riley"), reason: words.say("Already done by hand") },
            ),
        ),
        ("16_question_revoked", closed(&restart, &Closed::RevokedByPanic)),
        ("18_never_started", closed(&restart, &Closed::RunAborted)),
        (
            "23_done_by_hand",
            closed(
                &manual(words, None, false).0,
                &Closed::DoneByHand { by: words.say("Riley"), note: words.say("graph is flat") },
            ),
        ),
        ("30_changed", closed(&restart, &Closed::Replaced)),
    ]
}

fn asking_states(words: &Words) -> Vec<(&'static str, Message)> {
    let unlisted =
        StepCard { position: Position::Unlisted { number: 1 }, rollback: None, why: None, ..restart(words) };
    let unsafe_rollback = StepCard { position: Position::Rollback { number: 4, of: 6 }, ..delete(words) };
    let several = StepCard {
        destroys: vec![
            claim(words),
            Destroyed { kind: words.say("pod"), name: words.say("checkout-cache-1") },
        ],
        rollback: Some(inverse(words, 5, RiskWord::Caution)),
        ..delete(words)
    };
    let (branching, way) = branch(words);
    let (by_hand, hand) = manual(words, None, false);
    let (shown, show) = manual(words, Some(RESTART), true);
    vec![
        ("03s_green_strict", run_ask(&listing(words), &ask(words, Role::Responder))),
        ("05_yellow_approval", approval_ask(&restart(words), &ask(words, Role::Responder))),
        ("05_unlisted_command", approval_ask(&unlisted, &ask(words, Role::Responder))),
        (
            "05_reminder",
            reminder(
                &restart(words),
                &ask(words, Role::Responder),
                SlackGroup::new("S0ONCALL").as_ref(),
                Some(&dashboard("x")),
            ),
        ),
        ("07_edited_reclassified", edited_ask(&edited(words), &edit(words), &ask(words, Role::Lead))),
        ("08_red_approval", typed_ask(&delete(words), &ask(words, Role::Lead))),
        ("08_red_rollback", typed_ask(&unsafe_rollback, &ask(words, Role::Lead))),
        ("08_red_several", typed_ask(&several, &ask(words, Role::Owner))),
        (
            "11_nudge",
            nudge(
                &delete(words),
                &words.say("Riley"),
                &[person(words, "Dana", "U0DANA"), person(words, "Kim", "U0KIM")],
                Some(&dashboard("x")),
            ),
        ),
        ("22_branch", branch_ask(&branching, &way)),
        ("23_manual_step", by_hand_ask(&by_hand, &hand)),
        ("23_show_only", by_hand_ask(&shown, &show)),
    ]
}

fn ended_states(words: &Words) -> Vec<(&'static str, Message)> {
    let expiring = StepCard { actions: vec![Retry, Skip, Abort], ..restart(words) };
    let asked = Expired { whom: riley(words), asked_at: at(13, 44), waited: seconds(900) };
    let hopeless = StepCard { actions: vec![Retry, Done, Abort], rollback: None, ..logs(words) };
    let back = |outcome| AgentBack {
        agent: words.say("prod-use1-a"),
        away: seconds(112),
        position: Position::Step { number: 3, of: 6 },
        outcome,
        revision: 2,
    };
    vec![
        (
            "13_failed_rollback",
            failed(&failed_step(words, RiskWord::Caution), &failure(words, FailedHow::Exit(1))),
        ),
        (
            "13_failed_red_rollback",
            failed(&failed_step(words, RiskWord::Dangerous), &failure(words, FailedHow::Exit(1))),
        ),
        ("13_failed_no_rollback", failed(&hopeless, &failure(words, FailedHow::Exit(127)))),
        ("15_timed_out", failed(&hopeless, &failure(words, FailedHow::TimedOut(seconds(60))))),
        ("14_agent_offline", agent_away(&away(words, true))),
        ("14_agent_offline_not_sent", agent_away(&away(words, false))),
        ("14_agent_back", agent_back(&back(AgentBackOutcome::Finished(0)))),
        ("14_agent_back_unknown", agent_back(&back(AgentBackOutcome::Unknown))),
        ("15_timeout", expired(&expiring, &asked)),
    ]
}

fn modal_states(words: &Words) -> Vec<(&'static str, Option<Modal>)> {
    let skipped = SkipCard {
        origin: origin(restart(words).token),
        position: Position::Step { number: 4, of: 6 },
        dependent: Vec::new(),
        independent: vec![5, 6],
    };
    let dependent = SkipCard { dependent: vec![5], independent: vec![6], ..skipped.clone() };
    let several = TypedCard {
        objects: vec![
            claim(words),
            Destroyed { kind: words.say("pod"), name: words.say("checkout-cache-1") },
        ],
        has_rollback: true,
        ..typed(words)
    };
    vec![
        (
            "06_edit_modal",
            edit_modal(
                &origin(restart(words).token),
                Position::Step { number: 4, of: 6 },
                &words.command(RESTART),
            ),
        ),
        ("09_red_modal", typed_modal(&typed(words))),
        ("09_red_modal_several", typed_modal(&several)),
        (
            "09_red_rollback_modal",
            typed_modal(&TypedCard {
                is_rollback: true,
                position: Position::Rollback { number: 4, of: 6 },
                ..typed(words)
            }),
        ),
        ("10_locked", Some(locked_modal(&origin(delete(words).token), 60))),
        ("17_skip_modal", Some(skip_modal(&skipped))),
        ("17_skip_modal_dependent", Some(skip_modal(&dependent))),
    ]
}

pub(super) fn states(words: &Words) -> Vec<(&'static str, Card)> {
    let wrong = WrongName {
        field: 0,
        typed: words.say("checkout-cache-1"),
        kind: words.say("volume claim"),
        attempt: 2,
        of: 3,
    };
    let messages = [running_states(words), asking_states(words), ended_states(words)].into_iter().flatten();
    let messages = messages.map(|(name, message)| (name, Card::Message(message)));
    let modals =
        modal_states(words).into_iter().filter_map(|(name, modal)| Some((name, Card::Modal(modal?))));
    messages.chain(modals).chain([("10_wrong_text", Card::Errors(wrong_name(&wrong)))]).collect()
}
