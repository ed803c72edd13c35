//! What a step does and what is said of it: output, limits, stop, panic, variables.

use dd0c_proto::agent::v1::agent_message::Kind as Said;
use dd0c_proto::agent::v1::engine_message::Kind;
use dd0c_proto::agent::v1::step_output::Stream;
use dd0c_proto::agent::v1::step_result::Outcome;
use dd0c_proto::agent::v1::{Halt, Lease, StopStep, Unhalt};

use crate::engine::{World, somebody_runs};

fn joined(outputs: &[dd0c_proto::agent::v1::StepOutput], stream: Stream) -> Vec<u8> {
    outputs.iter().filter(|output| output.stream() == stream).flat_map(|output| output.data.clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_come_back_as_they_are_and_nothing_is_inherited_or_read() {
    let mut world = World::new().await;
    world.start().await;
    let intent = world.intent("printf '\\377\\000\\001'; printf err >&2; exit 42");
    let (result, outputs) = world.run(&intent).await;
    assert_eq!((result.outcome(), result.exit_code), (Outcome::Finished, 42));
    assert_eq!(joined(&outputs, Stream::Stdout), [255, 0, 1]);
    assert_eq!(joined(&outputs, Stream::Stderr), b"err");
    assert_eq!((result.stdout_bytes, result.stderr_bytes), (3, 3));
    assert_eq!(result.stdout_sha256, sha256(&[255, 0, 1]));
    let mut intent = world.intent("read -r line; echo \"status $?\"; env | sort; tty");
    intent.environment.insert("NAMESPACE".into(), "a b; rm -rf /".into());
    let (_, outputs) = world.run(&intent).await;
    let text = String::from_utf8(joined(&outputs, Stream::Stdout)).unwrap();
    assert!(text.starts_with("status 1\n"), "{text}");
    assert!(text.contains("NAMESPACE=a b; rm -rf /\n"), "a value is a value");
    assert!(!text.contains("CARGO"), "{text}");
    assert!(text.ends_with("not a tty\n"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_command_is_bounded_in_memory_and_ends_at_its_limit() {
    let mut world = World::new().await;
    world.start().await;
    let mut intent = world.intent("yes 'a line of output that never ends'");
    intent.timeout_ms = 1_500;
    let (result, outputs) = world.run(&intent).await;
    assert_eq!((result.outcome(), result.exit_code, result.survivors), (Outcome::TimedOut, 143, 0));
    let kept: u64 = outputs.iter().map(|output| output.data.len() as u64).sum();
    assert!(kept <= 16 * 1024 * 1024, "{kept}");
    let skipped: u64 = outputs.iter().map(|output| output.skipped).sum();
    assert_eq!(kept + skipped, result.stdout_bytes);
    let status = std::fs::read_to_string(format!("/proc/{}/status", world.pid())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(peak < 128 * 1024, "{peak} kB in an unoptimised build");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_ignores_the_order_to_end_is_killed() {
    let mut world = World::new().await;
    world.start().await;
    let mut intent = world.intent("trap '' TERM; while :; do sleep 14.1421; done");
    intent.timeout_ms = 500;
    let (result, _) = world.run(&intent).await;
    assert_eq!((result.outcome(), result.exit_code, result.survivors), (Outcome::TimedOut, 137, 0));
    assert!(!somebody_runs("sleep 14.1421"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_can_stop_a_step_and_others_go_on() {
    let mut world = World::new().await;
    world.start().await;
    let stopped = world.intent("echo ready; sleep 60; echo no");
    world.execute(&stopped);
    world.until(|said| matches!(said, Said::Output(_)).then_some(())).await;
    let stop = StopStep { attempt_id: stopped.attempt.to_string(), reason: String::new() };
    world.send(Kind::Stop(stop));
    assert_eq!(world.result(&stopped).await.outcome(), Outcome::Stopped);
    let (other, _) = world.run(&world.intent("true")).await;
    assert_eq!((other.outcome(), other.exit_code), (Outcome::Finished, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_freezes_what_runs_and_a_resume_lets_it_go_on() {
    let mut world = World::new().await;
    world.start().await;
    let mut intent = world.intent("echo ready; until [ -e go ]; do sleep 0.05; done; echo done");
    // Far less than the test stands still in the frozen state.
    intent.timeout_ms = 8_000;
    world.execute(&intent);
    world.until(|said| matches!(said, Said::Output(_)).then_some(())).await;
    world.send(Kind::Halt(Halt { panic_epoch: 2, reason: "drill".into() }));
    let halted = world.until(|said| if let Said::Halted(halted) = said { Some(halted) } else { None }).await;
    assert_eq!((halted.panic_epoch, halted.frozen, halted.running), (2, 1, 1));
    std::fs::write(world.path("go"), "").unwrap();
    let refused = world.intent("echo evil >> ran");
    world.execute(&refused);
    assert_eq!(world.refused(&refused).await, "halted");
    world.lease.send_replace(Lease { panic_epoch: 3, ttl_ms: 3000, unix_ms: 0 });
    world.send(Kind::Unhalt(Unhalt { panic_epoch: 3 }));
    let result = world.result(&intent).await;
    assert_eq!((result.outcome(), result.exit_code), (Outcome::Finished, 0));
    assert_eq!(result.stdout_bytes, 11);
    assert_eq!(world.lines("ran"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn declared_variables_come_back_with_the_result() {
    let mut world = World::new().await;
    world.start().await;
    let mut intent = world.intent("POD=$(echo api-7f); OTHER=2; SPACES='a  b'");
    intent.sets = vec!["POD".into(), "SPACES".into(), "NEVER".into()];
    let (result, _) = world.run(&intent).await;
    assert_eq!(result.variables.len(), 2);
    assert_eq!((result.variables["POD"].as_str(), result.variables["SPACES"].as_str()), ("api-7f", "a  b"));
    assert!(!world.journal().contains("a  b"), "values are not kept on disk");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_has_no_listening_port() {
    let mut world = World::new().await;
    world.start().await;
    let own = std::fs::read_dir(format!("/proc/{}/fd", world.pid())).unwrap().flatten();
    let sockets: Vec<String> = own
        .filter_map(|entry| std::fs::read_link(entry.path()).ok()?.to_str().map(str::to_owned))
        .filter_map(|link| Some(link.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    assert!(!sockets.is_empty(), "it has its connection");
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let text = std::fs::read_to_string(table).unwrap_or_default();
        let listening = text.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>());
        let own = listening.filter(|f| f[3] == "0A" && sockets.iter().any(|inode| inode == f[9])).count();
        assert_eq!(own, 0, "{table}");
    }
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    hex::encode(sha2::Sha256::digest(bytes))
}
