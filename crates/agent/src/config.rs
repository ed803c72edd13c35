//! The agent's own file, `agent.toml`. It can only narrow what the agent does; no message from the service changes it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dd0c_types::Risk;
use serde::{Deserialize, Serialize};

/// What `agent.toml` says. Unknown keys are refused: a mistyped limit must not be a limit that is not there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where keys, certificate and journal live; mode 0700.
    pub state_dir: PathBuf,
    /// The gateway, `https://host:port`.
    pub gateway: String,
    /// The name that the gateway's certificate must carry, when it differs from the host in `gateway`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway_name: Option<String>,
    /// This agent's name, as people will see it.
    #[serde(default = "host_name")]
    pub name: String,
    /// The highest risk that this agent runs at all.
    #[serde(default = "safe")]
    pub max_risk: Risk,
    /// Commands that contain one of these texts are refused, whatever their risk.
    #[serde(default)]
    pub deny: Vec<String>,
    /// The search path of commands.
    #[serde(default = "search_path")]
    pub path: String,
    /// Environment that this machine adds to every command, such as `KUBECONFIG`.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// How many commands may run at the same time: 1 to 32, 12 when it is not said.
    #[serde(default = "at_once")]
    pub max_running: usize,
    /// How long a command that was told to stop may take before it is killed, in seconds.
    #[serde(default = "grace")]
    pub stop_grace_seconds: f64,
}

/// Why `agent.toml` cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("{path} cannot be read: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not what it must be.
    #[error("{path} is not a valid configuration: {message}")]
    Parse {
        /// The file.
        path: PathBuf,
        /// What is wrong, with its place.
        message: String,
    },
}

impl Config {
    /// A configuration with the defaults: safe commands only.
    pub fn new(state_dir: impl Into<PathBuf>, gateway: impl Into<String>) -> Self {
        Self {
            state_dir: state_dir.into(),
            gateway: gateway.into(),
            gateway_name: None,
            name: host_name(),
            max_risk: Risk::Safe,
            deny: Vec::new(),
            path: search_path(),
            environment: BTreeMap::new(),
            max_running: at_once(),
            stop_grace_seconds: grace(),
        }
    }

    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        toml::from_str::<Self>(&text)
            .map_err(|error| error.to_string())
            .and_then(Self::checked)
            .map_err(|message| ConfigError::Parse { path: path.to_owned(), message })
    }

    /// The text of the file.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("invariant: every field has a TOML form")
    }

    /// How long a command may take to stop before it is killed.
    pub fn stop_grace(&self) -> Duration {
        Duration::from_secs_f64(self.stop_grace_seconds)
    }

    /// The journal.
    pub fn journal(&self) -> PathBuf {
        self.state_dir.join("journal")
    }

    fn checked(self) -> Result<Self, String> {
        let rules = [
            (self.gateway.starts_with("https://"), "`gateway` must begin with https://"),
            (self.state_dir.is_absolute(), "`state_dir` must be an absolute path"),
            ((1..=MOST_AT_ONCE).contains(&self.max_running), "`max_running` must be 1 to 32"),
            ((0.0..=600.0).contains(&self.stop_grace_seconds), "`stop_grace_seconds` must be 0 to 600"),
            (
                self.deny.iter().all(|text| !text.is_empty()),
                "an empty text in `deny` would refuse everything",
            ),
        ];
        match rules.into_iter().find(|(holds, _)| !holds) {
            Some((_, message)) => Err(message.to_owned()),
            None => Ok(self),
        }
    }
}

/// This machine's name.
pub fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "agent".to_owned() } else { name.to_owned() }
}

const fn safe() -> Risk {
    Risk::Safe
}

fn search_path() -> String {
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_owned()
}

/// Most that a file may ask for: each command may hold 8 MiB of output.
const MOST_AT_ONCE: usize = 32;

/// Ten incidents at the same time, and some more: who is refused as one too many has to press once more.
const fn at_once() -> usize {
    12
}

const fn grace() -> f64 {
    10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("agent.toml");
        std::fs::write(&path, text).unwrap();
        Config::read(&path)
    }

    #[test]
    fn without_a_word_about_risk_only_safe_commands_run() {
        let config = read("state_dir = '/var/lib/dd0c-agent'\ngateway = 'https://g:1'\n").unwrap();
        assert_eq!(config.max_risk, Risk::Safe);
        assert_eq!(read(&config.to_toml()).unwrap(), config);
    }

    #[test]
    fn a_mistyped_key_and_a_plain_text_gateway_are_refused() {
        let start = "state_dir = '/s'\n";
        for rest in [
            "gateway = 'https://g:1'\nmax_rsik = 'safe'",
            "gateway = 'http://g:1'",
            "gateway = 'https://g:1'\nmax_risk = 'anything'",
            "gateway = 'https://g:1'\ndeny = ['']",
            "gateway = 'https://g:1'\nmax_running = 100",
        ] {
            assert!(read(&format!("{start}{rest}\n")).is_err(), "{rest}");
        }
    }
}
