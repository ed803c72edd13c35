//! This machine's agent: a process of its own, enrolled with a join token like any other, started again when it dies.

use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use dd0c_agent::config::Config;
use dd0c_agent::enrol::Credentials;
use dd0c_pki::keys::write_secret;
use dd0c_runtime::health::Part;
use dd0c_types::Timestamp;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use tokio::process::{Child, Command};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

const PROGRAM: &str = "dd0c-agent";
/// The name people see.
const NAME: &str = "this-machine";
/// What this agent's own file allows: the person who starts `up` is the one who approves.
const MAX_RISK: &str = "dangerous";
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// An agent that lived so long did not die of how it was started.
const SETTLED: Duration = Duration::from_secs(30);
/// How long it may take to end what runs and write it down.
const STOPS_WITHIN: Duration = Duration::from_secs(20);
/// How long the first word of readiness waits for the agent.
const ONLINE_WITHIN: Duration = Duration::from_secs(15);
/// A certificate with less left than this is not worth starting with.
const LEAST_LIFE_SECONDS: i64 = 60;

/// The agent of this machine.
pub(super) struct LocalAgent {
    program: PathBuf,
    folder: PathBuf,
}

/// What enrolment needs of the service.
pub(super) struct Service<'a> {
    /// `https://127.0.0.1:port` of the agent gateway.
    pub(super) gateway: &'a str,
    /// The certificate of the gateway's authority.
    pub(super) gateway_ca: &'a str,
    /// The REST API.
    pub(super) api: &'a str,
    /// A token of the owner.
    pub(super) token: &'a str,
}

impl LocalAgent {
    /// The agent whose program lies beside this one and whose files are in `folder`.
    ///
    /// # Errors
    /// When the program is not there.
    pub(super) fn find(folder: PathBuf) -> anyhow::Result<Self> {
        let program = std::env::current_exe()?.with_file_name(PROGRAM);
        if !program.is_file() {
            bail!(
                "{} is missing, so nothing could be run. Build it with `cargo build --package dd0c-agent`, or start with --no-agent. Nothing was started.",
                program.display()
            );
        }
        Ok(Self { program, folder })
    }

    /// Ends the agent of an earlier start that was killed before it could stop it.
    ///
    /// # Errors
    /// When it does not end.
    pub(super) async fn end_leftover(&self) -> anyhow::Result<()> {
        let Some(pid) = self.leftover() else { return Ok(()) };
        tracing::info!(pid = pid.as_raw(), "ending the agent that an earlier start left behind");
        // No child of ours: all that can be done is to look whether it is still there.
        let _ = kill(pid, Signal::SIGTERM);
        let asked = Instant::now();
        while self.leftover() == Some(pid) {
            match asked.elapsed() {
                waited if waited > STOPS_WITHIN * 2 => bail!("the agent with process id {pid} does not end"),
                waited if waited > STOPS_WITHIN => drop(kill(pid, Signal::SIGKILL)),
                _ => {}
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// Makes sure that the agent is somebody, and that its file names the gateway.
    ///
    /// # Errors
    /// When it cannot be enrolled.
    pub(super) async fn prepare(&self, service: &Service<'_>, now: Timestamp) -> anyhow::Result<()> {
        if self.config().exists() && !self.is_expired(now) {
            return self.point_at(service.gateway);
        }
        self.set_aside(now)?;
        self.enrol(service).await
    }

    /// Keeps the agent running until `stop`, then stops it.
    pub(super) async fn keep_alive(self, part: Part, stop: CancellationToken) {
        let mut wait = FIRST_WAIT;
        while !stop.is_cancelled() {
            let begun = Instant::now();
            let ended = self.run_once(&part, &stop).await;
            if stop.is_cancelled() {
                return;
            }
            let reason = ended.map_or_else(|error| error.to_string(), |status| status.to_string());
            part.down(format!("the agent ended ({reason}) and is started again"));
            wait = if begun.elapsed() > SETTLED { FIRST_WAIT } else { (wait * 2).min(LONGEST_WAIT) };
            stop.run_until_cancelled(tokio::time::sleep(wait)).await;
        }
    }

    async fn run_once(&self, part: &Part, stop: &CancellationToken) -> anyhow::Result<ExitStatus> {
        let mut child = self.command("run").stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
        if let Some(pid) = child.id() {
            write_secret(&self.pid_file(), pid.to_string().as_bytes())?;
        }
        part.well();
        if let Some(ended) = stop.run_until_cancelled(child.wait()).await {
            return Ok(ended?);
        }
        end(&mut child).await
    }

    async fn enrol(&self, service: &Service<'_>) -> anyhow::Result<()> {
        let authority = self.folder.join("gateway-ca.pem");
        write_secret(&authority, service.gateway_ca.as_bytes())?;
        let token = service.join_token().await?;
        let output = self
            .command("enrol")
            .args(["--gateway", service.gateway, "--name", NAME, "--max-risk", MAX_RISK, "--ca"])
            .arg(&authority)
            .arg("--state-dir")
            .arg(self.state())
            // Never in an argument: those are visible to every user of the machine.
            .env("DD0C_JOIN_TOKEN", token)
            .stdin(Stdio::null())
            .output()
            .await?;
        if !output.status.success() {
            bail!("the agent could not be enrolled: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(())
    }

    /// A process group of its own: Ctrl-C is for `dd0c up`, which stops the agent in its turn.
    fn command(&self, subcommand: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--config").arg(self.config()).arg(subcommand).process_group(0).kill_on_drop(false);
        command
    }

    fn point_at(&self, gateway: &str) -> anyhow::Result<()> {
        let mut config = Config::read(&self.config())?;
        if config.gateway != gateway {
            gateway.clone_into(&mut config.gateway);
            write_secret(&self.config(), config.to_toml().as_bytes())?;
        }
        Ok(())
    }

    /// Whether its certificate ran out while nobody was here to renew it.
    fn is_expired(&self, now: Timestamp) -> bool {
        let left = |credentials: Credentials| credentials.certificate.not_after_unix - now.timestamp();
        Credentials::read(&self.state()).map_or(true, |credentials| left(credentials) < LEAST_LIFE_SECONDS)
    }

    /// Keeps what an identity that no longer works left behind, out of the way of the next one.
    fn set_aside(&self, now: Timestamp) -> anyhow::Result<()> {
        let _ = std::fs::remove_file(self.config());
        if self.state().exists() {
            let aside = self.folder.join(format!("state-until-{}", now.timestamp()));
            std::fs::rename(self.state(), &aside).context("the agent's old state cannot be set aside")?;
            tracing::warn!(kept = %aside.display(), "the agent's certificate had run out; it is enrolled anew");
        }
        Ok(())
    }

    /// The agent that the pid file names, if that process is still our agent.
    fn leftover(&self) -> Option<Pid> {
        let pid: i32 = std::fs::read_to_string(self.pid_file()).ok()?.trim().parse().ok()?;
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        let mut words = line.split(|byte| *byte == 0);
        let is_agent = words.next()?.ends_with(PROGRAM.as_bytes());
        let config = self.config();
        (is_agent && words.any(|word| word == config.as_os_str().as_encoded_bytes()))
            .then(|| Pid::from_raw(pid))
    }

    fn config(&self) -> PathBuf {
        self.folder.join("agent.toml")
    }

    fn state(&self) -> PathBuf {
        self.folder.join("state")
    }

    fn pid_file(&self) -> PathBuf {
        self.folder.join("agent.pid")
    }
}

async fn end(child: &mut Child) -> anyhow::Result<ExitStatus> {
    if let Some(pid) = child.id().and_then(|pid| i32::try_from(pid).ok()) {
        let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
    }
    if let Ok(ended) = tokio::time::timeout(STOPS_WITHIN, child.wait()).await {
        return Ok(ended?);
    }
    tracing::warn!("the agent did not stop in time and is killed");
    child.kill().await?;
    Ok(child.wait().await?)
}

impl Service<'_> {
    /// Waits until the service sees an agent online; for at most [`ONLINE_WITHIN`], after which it only says so.
    pub(super) async fn until_an_agent_is_online(&self) {
        let online = async {
            while !self.sees_an_agent().await.unwrap_or(false) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        if tokio::time::timeout(ONLINE_WITHIN, online).await.is_err() {
            tracing::warn!("the agent is not connected yet; runs wait until it is");
        }
    }

    async fn sees_an_agent(&self) -> anyhow::Result<bool> {
        let answer = client()?.get(format!("{}/agents", self.api)).bearer_auth(self.token).send().await?;
        let agents: Value = answer.json().await?;
        Ok(agents["agents"]
            .as_array()
            .is_some_and(|agents| agents.iter().any(|agent| agent["online"] == true)))
    }

    async fn join_token(&self) -> anyhow::Result<String> {
        let asked = client()?
            .post(format!("{}/agents/join-tokens", self.api))
            .bearer_auth(self.token)
            .json(&json!({ "name": NAME, "max_risk": MAX_RISK }))
            .send()
            .await?;
        let status = asked.status();
        let answer: Value = asked.json().await.context("the answer to the join token is not JSON")?;
        let refused = || {
            anyhow!(
                "no join token was given ({status}): {}",
                answer["detail"].as_str().unwrap_or("no reason")
            )
        };
        answer["token"].as_str().map(str::to_owned).ok_or_else(refused)
    }
}

fn client() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .timeout(Duration::from_secs(10))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
}
