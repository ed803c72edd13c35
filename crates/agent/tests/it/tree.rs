//! Six ways to escape from a step, with control groups and without: none survives its end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use dd0c_agent::outbox::Outbox;
use dd0c_agent::process::{Cgroups, MARKER, Start, start};
use dd0c_agent::runner::{Limits, Orders, follow};
use dd0c_proto::agent::v1::StepResult;
use dd0c_proto::agent::v1::step_result::Outcome;
use tokio::sync::watch;
use uuid::Uuid;

use crate::engine::somebody_runs;

/// The command, with a number of seconds that only it sleeps, and whether it must be ended by its time limit.
const ESCAPES: [(&str, bool); 6] = [
    ("setsid sleep SECONDS >/dev/null 2>&1 &", false),
    ("( ( setsid bash -c 'sleep SECONDS; true' >/dev/null 2>&1 & ) & )", false),
    ("setsid sleep SECONDS & echo holds stdout", false),
    ("trap '' TERM; sleep SECONDS; sleep SECONDS", true),
    ("sleep SECONDS & sleep SECONDS", true),
    ("nohup sleep SECONDS >/dev/null 2>&1 & disown", false),
];

async fn run(command: &str, cgroups: Option<&Cgroups>) -> StepResult {
    let attempt = format!("att_{}", Uuid::now_v7().simple());
    let environment = BTreeMap::from([
        ("PATH".to_owned(), "/usr/bin:/bin".to_owned()),
        (MARKER.to_owned(), attempt.clone()),
    ]);
    let what = Start { shell: "bash", command, cwd: "", environment: &environment, attempt: &attempt };
    let started = start(&what, cgroups).unwrap();
    let limits = Limits { timeout: Duration::from_millis(700), grace: Duration::from_millis(200) };
    let (_orders, ordered) = watch::channel(Orders::default());
    follow(attempt, started, limits, ordered, Arc::new(Outbox::default()), None).await
}

async fn none_escapes(cgroups: Option<&Cgroups>) {
    for (number, (command, endless)) in ESCAPES.iter().enumerate() {
        // A second number keeps two tests at the same time apart.
        let seconds = format!("{}.{}{number}", 50 + number, std::process::id());
        let result = run(&command.replace("SECONDS", &seconds), cgroups).await;
        assert_eq!(result.survivors, 0, "{command}");
        let outcome = if *endless { Outcome::TimedOut } else { Outcome::Finished };
        assert_eq!(result.outcome(), outcome, "{command}");
        assert!(!somebody_runs(&format!("sleep {seconds}")), "{command}");
        if !endless {
            assert!(result.note.contains("left running"), "{command}: {}", result.note);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_process_outlives_its_step_in_a_control_group() {
    let Some(cgroups) = Cgroups::discover() else {
        eprintln!("this machine has no writable cgroup v2: only the other way can be shown here");
        return;
    };
    none_escapes(Some(&cgroups)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_process_outlives_its_step_without_control_groups() {
    none_escapes(None).await;
}
