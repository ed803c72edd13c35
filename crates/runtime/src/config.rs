//! Configuration: `dd0c.toml`, then the environment (`DD0C_…`, which wins). Unknown keys are refused.
//!
//! Every text setting is also taken from a file: `DD0C_TOKEN_FILE=/run/secrets/token` means the first line of that
//! file, so that a secret need not stand in the environment.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Format, Serialized, Toml};
use serde::{Deserialize, Deserializer};

const PREFIX: &str = "DD0C_";
/// Names of the contract that carry no prefix. Anything else without the prefix is not ours.
const FOREIGN: [(&str, &str); 1] = [("DATABASE_URL", "database_url")];
/// Names with our prefix that other programs read: the browser tests.
const NOT_OURS: [&str; 1] = ["DD0C_UP_JSON"];

/// The environment of a process, as handed in.
#[derive(Debug, Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// This process's own. The one read of the environment in the house.
    pub fn of_process() -> Self {
        Self::of(
            std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
        )
    }

    /// Any other, for tests.
    pub fn of<N: Into<String>, V: Into<String>>(variables: impl IntoIterator<Item = (N, V)>) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }

    /// One variable; none when it is absent or empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Our settings among the variables, by key. `…_FILE` is replaced by the first line of the file it names.
    fn settings(&self) -> Result<BTreeMap<String, String>, ConfigError> {
        let mut settings = BTreeMap::new();
        for (name, value) in self.0.iter().filter(|(_, value)| !value.is_empty()) {
            let Some(key) = key_of(name) else { continue };
            match key.strip_suffix("_file") {
                Some(secret) => settings.insert(secret.to_owned(), first_line(name, Path::new(value))?),
                None => settings.insert(key, value.clone()),
            };
        }
        Ok(settings)
    }
}

fn key_of(name: &str) -> Option<String> {
    for (foreign, key) in FOREIGN {
        if name == foreign {
            return Some(key.to_owned());
        }
        if name.strip_suffix("_FILE") == Some(foreign) {
            return Some(format!("{key}_file"));
        }
    }
    let ours = name.strip_prefix(PREFIX).filter(|_| !NOT_OURS.contains(&name))?;
    Some(ours.to_ascii_lowercase())
}

fn first_line(name: &str, path: &Path) -> Result<String, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::SecretFile {
        name: name.to_owned(),
        path: path.to_owned(),
        source,
    })?;
    Ok(text.lines().next().unwrap_or_default().trim().to_owned())
}

/// The settings of the `dd0c` binary. All are optional: what is absent has a default where it is used.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// `data_dir`, `DD0C_DATA_DIR`: where `dd0c up` keeps everything it writes.
    pub data_dir: Option<PathBuf>,
    /// `port`, `DD0C_PORT`: the loopback port of the dashboard and API.
    #[serde(deserialize_with = "number_or_text")]
    pub port: Option<u16>,
    /// `database_url`, `DATABASE_URL`: a Postgres to use instead of starting one. Its user must own the database.
    pub database_url: Option<Secret>,
    /// `log`, `DD0C_LOG`: the log filter.
    pub log: Option<String>,
    /// `log_format`, `DD0C_LOG_FORMAT`: `human` or `json`.
    pub log_format: Option<String>,
    /// `url`, `DD0C_URL`: the service that the command line speaks to.
    pub url: Option<String>,
    /// `token`, `DD0C_TOKEN`: the API token of the command line.
    pub token: Option<Secret>,
    /// `slack_app_token`, `DD0C_SLACK_APP_TOKEN`: the app-level token (`xapp-…`) for Socket Mode.
    pub slack_app_token: Option<Secret>,
    /// `slack_bot_token`, `DD0C_SLACK_BOT_TOKEN`: the bot's token (`xoxb-…`) of one workspace.
    pub slack_bot_token: Option<Secret>,
    /// `slack_signing_secret`, `DD0C_SLACK_SIGNING_SECRET`: what Slack signs requests with, in place of Socket Mode.
    pub slack_signing_secret: Option<Secret>,
    /// `slack_listen`, `DD0C_SLACK_LISTEN`: the address that takes signed requests, such as `127.0.0.1:8091`.
    pub slack_listen: Option<String>,
    /// `slack_client_id`, `DD0C_SLACK_CLIENT_ID`: the app's OAuth client.
    pub slack_client_id: Option<String>,
    /// `slack_client_secret`, `DD0C_SLACK_CLIENT_SECRET`: its secret.
    pub slack_client_secret: Option<Secret>,
    /// `slack_channel`, `DD0C_SLACK_CHANNEL`: the channel's id (`C…`) where alerts and runs are shown.
    pub slack_channel: Option<String>,
    /// `slack_api_url`, `DD0C_SLACK_API_URL`: the address of Slack's Web API, when it is another.
    pub slack_api_url: Option<String>,
    /// `route_url`, `DD0C_ROUTE_URL`: an OpenAI-compatible endpoint; none for no model.
    pub route_url: Option<String>,
    /// `route_key`, `DD0C_ROUTE_KEY`: its key.
    pub route_key: Option<Secret>,
    /// `route_model_parse`, `DD0C_ROUTE_MODEL_PARSE`: the model that labels pages.
    pub route_model_parse: Option<String>,
    /// `route_model_classify`, `DD0C_ROUTE_MODEL_CLASSIFY`: the model that is the second key.
    pub route_model_classify: Option<String>,
    /// `route_model_embed`, `DD0C_ROUTE_MODEL_EMBED`: the model that compares alerts with runbooks by vectors.
    pub route_model_embed: Option<String>,
    /// `route_tokens_per_day`, `DD0C_ROUTE_TOKENS_PER_DAY`: most tokens for each customer and day.
    #[serde(deserialize_with = "number_or_text")]
    pub route_tokens_per_day: Option<u64>,
    /// `route_usd_per_day`, `DD0C_ROUTE_USD_PER_DAY`: most dollars for each customer and day; needs the prices.
    #[serde(deserialize_with = "number_or_text")]
    pub route_usd_per_day: Option<f64>,
    /// `route_usd_per_million_sent`, `DD0C_ROUTE_USD_PER_MILLION_SENT`: the price of a million tokens that are sent.
    #[serde(deserialize_with = "number_or_text")]
    pub route_usd_per_million_sent: Option<f64>,
    /// `route_usd_per_million_received`, `DD0C_ROUTE_USD_PER_MILLION_RECEIVED`: of a million that are received.
    #[serde(deserialize_with = "number_or_text")]
    pub route_usd_per_million_received: Option<f64>,
}

/// A setting that is not printed.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The text itself, for the one place that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(not shown)")
    }
}

/// The configuration cannot be used. Nothing was started.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file named by `…_FILE` cannot be read.
    #[error("{name} names the file {path}, which cannot be read: {source}", path = path.display())]
    SecretFile {
        /// The variable.
        name: String,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A key is unknown or a value is not what it must be.
    #[error("the configuration cannot be used: {0}")]
    Invalid(#[source] Box<figment::Error>),
    /// A configuration file was asked for and is not there.
    #[error("the configuration file {path} does not exist", path = .0.display())]
    NoFile(PathBuf),
}

/// Reads the configuration: `file` when one is named (it must exist then), else `dd0c.toml` in the current folder if
/// there is one; then the environment.
///
/// # Errors
/// On an unknown key, a value of the wrong kind, or a file that cannot be read.
pub fn load(file: Option<&Path>, environment: &Environment) -> Result<Settings, ConfigError> {
    let settings = environment.settings()?;
    let path = file.unwrap_or(Path::new("dd0c.toml"));
    if file.is_some() && !path.exists() {
        return Err(ConfigError::NoFile(path.to_owned()));
    }
    // A file that is named exactly is required: one that is not there by default is left out.
    let from_file = if path.exists() { Figment::from(Toml::file_exact(path)) } else { Figment::new() };
    from_file
        .merge(Serialized::defaults(settings))
        .extract()
        .map_err(|error| ConfigError::Invalid(Box::new(error)))
}

/// A number, or the text of one: the environment knows only text.
fn number_or_text<'de, N, D>(deserializer: D) -> Result<Option<N>, D::Error>
where
    N: Deserialize<'de> + std::str::FromStr + Kind,
    D: Deserializer<'de>,
{
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either<N> {
        Number(N),
        Text(String),
    }
    match Option::<Either<N>>::deserialize(deserializer)? {
        None => Ok(None),
        Some(Either::Number(number)) => Ok(Some(number)),
        Some(Either::Text(text)) => text
            .trim()
            .parse()
            .map(Some)
            .map_err(|_| serde::de::Error::custom(format!("{text:?} {}", N::WANTED))),
    }
}

/// What a number of this type stands for, for people.
trait Kind {
    const WANTED: &'static str;
}
impl Kind for u16 {
    const WANTED: &'static str = "is not a port; write a number from 0 to 65535";
}
impl Kind for u64 {
    const WANTED: &'static str = "is not a whole number";
}
impl Kind for f64 {
    const WANTED: &'static str = "is not a number of dollars";
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(name: &str, text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        (folder, path)
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let (_folder, file) = folder_with("dd0c.toml", "port = 9000\nlog = \"info\"\n");
        let settings =
            load(Some(&file), &Environment::of([("DD0C_PORT", "9100"), ("HOME", "/home/ann")])).unwrap();
        assert_eq!(settings.port, Some(9100));
        assert_eq!(settings.log.as_deref(), Some("info"));
    }

    #[test]
    fn an_unknown_key_is_refused_by_name_in_the_file_and_in_the_environment() {
        let (_folder, file) = folder_with("dd0c.toml", "prot = 9000\n");
        assert!(load(Some(&file), &Environment::default()).unwrap_err().to_string().contains("prot"));
        let (_folder, file) = folder_with("dd0c.toml", "");
        let refused = load(Some(&file), &Environment::of([("DD0C_DATADIR", "/x")])).unwrap_err();
        assert!(refused.to_string().contains("datadir"), "{refused}");
    }

    #[test]
    fn a_secret_is_read_from_a_file_and_never_printed() {
        let (_folder, secret) = folder_with("token", "d0t_12345\n");
        let (_other, file) = folder_with("dd0c.toml", "");
        let environment = Environment::of([("DD0C_TOKEN_FILE", secret.to_str().unwrap())]);
        let settings = load(Some(&file), &environment).unwrap();
        assert_eq!(settings.token.as_ref().unwrap().reveal(), "d0t_12345");
        assert!(!format!("{settings:?}").contains("12345"));
    }

    #[test]
    fn a_secret_of_digits_stays_text_and_a_port_must_be_a_port() {
        let (_folder, file) = folder_with("dd0c.toml", "");
        let settings = load(Some(&file), &Environment::of([("DD0C_TOKEN", "007")])).unwrap();
        assert_eq!(settings.token.unwrap().reveal(), "007");
        let refused = load(Some(&file), &Environment::of([("DD0C_PORT", "http")])).unwrap_err();
        assert!(refused.to_string().contains("not a port"), "{refused}");
    }

    #[test]
    fn without_a_file_and_without_variables_everything_has_its_default() {
        assert!(!Path::new("dd0c.toml").exists(), "tests run in the folder of their crate");
        assert_eq!(load(None, &Environment::default()).unwrap(), Settings::default());
    }

    #[test]
    fn a_secret_file_that_is_missing_and_a_named_configuration_that_is_missing_are_said() {
        let environment = Environment::of([("DATABASE_URL_FILE", "/nowhere/url")]);
        assert!(load(None, &environment).unwrap_err().to_string().contains("/nowhere/url"));
        let refused = load(Some(Path::new("/nowhere/dd0c.toml")), &Environment::default()).unwrap_err();
        assert!(refused.to_string().contains("/nowhere/dd0c.toml"));
    }
}
