//! `dd0c up` as a person meets it: the built program, a folder of its own, real processes that are really killed.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

const READY_WITHIN: Duration = Duration::from_secs(60);
const STOPS_WITHIN: Duration = Duration::from_secs(45);

/// A running `dd0c up`.
struct Up {
    child: Child,
    /// The one line on standard output.
    line: String,
    /// `up.json` as it was when the line came.
    json: Value,
}

impl Up {
    async fn start(data: &Path) -> Self {
        let mut child = command(data, "0").spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        timeout(READY_WITHIN, stdout.read_line(&mut line)).await.expect("ready in time").unwrap();
        if line.is_empty() {
            let mut log = String::new();
            child.stderr.take().unwrap().read_to_string(&mut log).await.unwrap();
            panic!("dd0c up ended: {log}");
        }
        // The log goes on; a full pipe must not hold it up.
        let mut stderr = child.stderr.take().unwrap();
        tokio::spawn(async move { tokio::io::copy(&mut stderr, &mut tokio::io::sink()).await });
        let json = serde_json::from_slice(&std::fs::read(data.join("up.json")).unwrap()).unwrap();
        Self { child, line, json }
    }

    fn text(&self, key: &str) -> &str {
        self.json[key].as_str().unwrap_or_else(|| panic!("up.json has no text {key}"))
    }

    fn pid(&self) -> i32 {
        i32::try_from(self.child.id().unwrap()).unwrap()
    }

    /// The status of an authenticated question that needs the database.
    async fn status(&self, path: &str) -> Option<u16> {
        let request = client().get(format!("{}{path}", self.text("api"))).bearer_auth(self.text("token"));
        request.send().await.ok().map(|response| response.status().as_u16())
    }

    async fn until_it_answers(&self) {
        until("the service answers", async || self.status("/runbooks").await == Some(200)).await;
    }

    async fn until_an_agent_is_online(&self) {
        let online = async || {
            let request =
                client().get(format!("{}/agents", self.text("api"))).bearer_auth(self.text("token"));
            let Ok(response) = request.send().await else { return false };
            let agents: Value = response.json().await.unwrap_or_default();
            agents["agents"]
                .as_array()
                .is_some_and(|agents| agents.iter().any(|agent| agent["online"] == true))
        };
        until("an agent is online", online).await;
    }

    async fn stop(mut self) {
        kill(Pid::from_raw(self.pid()), Signal::SIGTERM).unwrap();
        let status = timeout(STOPS_WITHIN, self.child.wait()).await.expect("stops in time").unwrap();
        assert!(status.success(), "{status}");
    }
}

fn command(data: &Path, port: &str) -> Command {
    let program = Path::new(env!("CARGO_BIN_EXE_dd0c"));
    let agent = program.with_file_name("dd0c-agent");
    assert!(agent.exists(), "build the agent first: cargo build -p dd0c-agent");
    let mut command = Command::new(program);
    command.args(["up", "--port", port, "--data-dir"]).arg(data);
    command.env_remove("DATABASE_URL").current_dir(data.parent().unwrap());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// A folder that the database's user can walk into, and a data folder in it that is not made yet.
fn folder() -> (TempDir, PathBuf) {
    let parent = tempfile::Builder::new().permissions(Permissions::from_mode(0o755)).tempdir().unwrap();
    let data = parent.path().join("data");
    (parent, data)
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().timeout(Duration::from_secs(20)).no_proxy().build().unwrap()
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !holds().await {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(READY_WITHIN, wait).await.unwrap_or_else(|_| panic!("in vain: {what}"));
}

/// Every process that names the data folder in its command line.
fn processes(data: &Path) -> Vec<(i32, String)> {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let named = |pid: i32| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        line.contains(data.to_str()?).then_some((pid, line))
    };
    pids.filter_map(named).collect()
}

fn parent(pid: i32) -> Option<i32> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("PPid:"))?.trim().parse().ok()
}

/// The one process of the data folder whose program has this name.
fn process(data: &Path, program: &str) -> Option<i32> {
    let of_program = |line: &str| line.split(' ').next().is_some_and(|word| word.ends_with(program));
    let mut found: Vec<_> = processes(data).into_iter().filter(|(_, line)| of_program(line)).collect();
    // A server's child that was just made still has its parent's command line.
    let pids: Vec<i32> = found.iter().map(|(pid, _)| *pid).collect();
    found.retain(|(pid, _)| parent(*pid).is_none_or(|parent| !pids.contains(&parent)));
    assert!(found.len() < 2, "more than one {program}: {found:?}");
    found.first().map(|(pid, _)| *pid)
}

#[tokio::test]
async fn it_starts_says_so_in_one_line_refuses_a_second_one_and_leaves_only_its_data_behind() {
    let (_parent, data) = folder();
    let up = Up::start(&data).await;
    assert!(up.line.contains(up.text("sign_in_url")), "{}", up.line);
    assert!(up.text("sign_in_url").starts_with(&format!("{}/sign-in#link=", up.text("url"))));
    assert_eq!(up.json["pid"], up.pid());
    let mode = std::fs::metadata(data.join("up.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(up.status("/agents").await, Some(200));
    up.until_an_agent_is_online().await;

    let second = command(&data, "0").output().await.unwrap();
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert_eq!(second.status.code(), Some(1), "{said}");
    assert!(said.contains(&format!("process id {}", up.pid())) && said.contains(up.text("url")), "{said}");

    let (_other, elsewhere) = folder();
    let port = up.text("url").rsplit(':').next().unwrap().to_owned();
    let third = command(&elsewhere, &port).output().await.unwrap();
    let said = String::from_utf8_lossy(&third.stderr).into_owned();
    assert_eq!(third.status.code(), Some(1), "{said}");
    assert!(said.contains(&format!("port {port} on 127.0.0.1")), "{said}");

    let (tenant, token) = (up.text("tenant").to_owned(), up.text("token").to_owned());
    up.stop().await;
    assert_eq!(processes(&data), []);
    assert!(!data.join("up.json").exists());

    let again = Up::start(&data).await;
    assert_eq!((again.text("tenant"), again.text("token")), (tenant.as_str(), token.as_str()));
    assert_eq!(again.status("/runbooks").await, Some(200));
    again.until_an_agent_is_online().await;
    again.stop().await;
}

#[tokio::test]
async fn a_killed_database_and_a_killed_agent_come_back_while_the_service_lives() {
    let (_parent, data) = folder();
    let up = Up::start(&data).await;
    let agent = process(&data, "dd0c-agent").expect("the agent runs");
    kill(Pid::from_raw(agent), Signal::SIGKILL).unwrap();
    until("another agent runs", async || process(&data, "dd0c-agent").is_some_and(|pid| pid != agent)).await;
    up.until_an_agent_is_online().await;

    let agent = process(&data, "dd0c-agent").expect("the agent runs");
    let server = process(&data, "postgres").expect("the database runs");
    kill(Pid::from_raw(server), Signal::SIGKILL).unwrap();
    until("another server runs", async || process(&data, "postgres").is_some_and(|pid| pid != server)).await;
    up.until_it_answers().await;
    assert_eq!(process(&data, "dd0c-agent"), Some(agent), "the agent need not care");
    up.stop().await;
    assert_eq!(processes(&data), []);
}

#[tokio::test]
async fn after_a_kill_of_the_whole_the_next_start_takes_over_what_was_left_behind() {
    let (_parent, data) = folder();
    let mut up = Up::start(&data).await;
    let (agent, tenant) = (process(&data, "dd0c-agent").unwrap(), up.text("tenant").to_owned());
    up.child.kill().await.unwrap();
    assert!(process(&data, "postgres").is_some(), "what was left behind is there");

    let again = Up::start(&data).await;
    assert_eq!(again.text("tenant"), tenant);
    assert_ne!(process(&data, "dd0c-agent").unwrap(), agent);
    again.until_an_agent_is_online().await;
    again.stop().await;
    assert_eq!(processes(&data), []);
}

/// The webhooks as `keys/webhooks.json` has them, by sender.
fn webhooks(data: &Path) -> Vec<Value> {
    let kept = std::fs::read(data.join("keys/webhooks.json")).unwrap();
    serde_json::from_slice::<Value>(&kept).unwrap()["webhooks"].as_array().unwrap().clone()
}

#[tokio::test]
async fn an_alert_of_a_script_comes_in_at_the_webhook_that_the_first_start_made() {
    let (_parent, data) = folder();
    let up = Up::start(&data).await;
    let mode = std::fs::metadata(data.join("keys/webhooks.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let made = webhooks(&data);
    assert_eq!(made.len(), 5, "one of each sender");
    let script = made.iter().find(|one| one["sender"] == "dd0c-alert").unwrap();
    let alert = serde_json::json!({"key": "k1", "status": "firing", "title": "disk full"});
    let request = client().post(script["address"].as_str().unwrap());
    let answer = request.bearer_auth(script["secret"].as_str().unwrap()).json(&alert).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 202, "{}", answer.text().await.unwrap());
    let listed = async || {
        let request = client().get(format!("{}/alerts", up.text("api"))).bearer_auth(up.text("token"));
        let alerts: Value = request.send().await.unwrap().json().await.unwrap();
        alerts["alerts"][0]["choice"]["sureness"] == "nothing"
    };
    until("the alert is taken in and ranked", listed).await;

    let (gone, kept) = (&made[0], &made[1]);
    let settings = format!("{}/settings/webhooks", up.text("api"));
    let request = client().delete(format!("{settings}/{}", gone["id"].as_str().unwrap()));
    assert!(request.bearer_auth(up.text("token")).send().await.unwrap().status().is_success());
    let request = client().post(format!("{settings}/{}/secrets", kept["id"].as_str().unwrap()));
    let request = request.bearer_auth(up.text("token")).json(&serde_json::json!({}));
    let changed: Value = request.send().await.unwrap().json().await.unwrap();
    up.stop().await;

    let again = Up::start(&data).await;
    let request = client().get(format!("{}/settings/webhooks", again.text("api")));
    let shown: Value = request.bearer_auth(again.text("token")).send().await.unwrap().json().await.unwrap();
    let shown = shown["webhooks"].as_array().unwrap();
    assert_eq!(shown.len(), 4, "what was deleted stays deleted, and nothing is made twice");
    assert!(shown.iter().all(|one| one["id"] != gone["id"]));
    let now = webhooks(&data).into_iter().find(|one| one["id"] == kept["id"]).unwrap();
    assert_eq!(now["secret"], changed["secret"], "the secret that is good now");
    again.stop().await;
}
