//! The way to a running service: where it is, who we are, and what its refusals mean for the exit code.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde::Deserialize;
use serde_json::Value;

use super::exit::{AGENT_OFFLINE, FAILED, Failure, NOT_ALLOWED, NOT_SIGNED_IN, PANIC};

/// How to reach the service. Without `--url`, the service that `dd0c up` started on this machine is used.
#[derive(Debug, Clone, clap::Args)]
pub struct ConnectionArguments {
    /// The service's address, such as https://run.example.com.
    #[arg(long, env = "DD0C_URL", global = true)]
    url: Option<String>,
    /// An API token. Prefer the environment: arguments are visible to other users of the machine.
    #[arg(long, env = "DD0C_TOKEN", hide_env_values = true, global = true)]
    token: Option<String>,
    /// The data folder of `dd0c up`, to find its address and token.
    #[arg(long, env = "DD0C_DATA_DIR", global = true)]
    data_dir: Option<PathBuf>,
}

/// A client of one service.
#[derive(Clone)]
pub struct Connection {
    http: reqwest::Client,
    base: String,
    token: String,
}

/// The part of `up.json` that a client needs.
#[derive(Deserialize)]
struct UpFile {
    api: String,
    token: String,
}

/// The part of a problem document (RFC 9457) that decides how the command ends.
#[derive(Deserialize, Default)]
struct Problem {
    #[serde(default)]
    title: String,
    #[serde(default)]
    detail: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    request_id: String,
}

impl ConnectionArguments {
    /// The service these arguments name, or none when nothing names one.
    ///
    /// # Errors
    /// When only half of what is needed is given, or `up.json` cannot be read as such.
    pub fn find(&self) -> Result<Option<Connection>, Failure> {
        if let Some(url) = &self.url {
            let token = self.token.clone().ok_or_else(|| {
                Failure::new(
                    NOT_SIGNED_IN,
                    "No token. Create one in the dashboard under Settings, then set DD0C_TOKEN.",
                )
            })?;
            return Connection::new(&format!("{}/api/v1", url.trim_end_matches('/')), &token).map(Some);
        }
        let folder = self.data_dir.clone().unwrap_or_else(crate::up::default_data_dir);
        let Ok(text) = std::fs::read_to_string(folder.join("up.json")) else { return Ok(None) };
        let up: UpFile = serde_json::from_str(&text)
            .map_err(|error| Failure::failed(format!("{}: {error}", folder.join("up.json").display())))?;
        Connection::new(&up.api, self.token.as_deref().unwrap_or(&up.token)).map(Some)
    }

    /// The service these arguments name.
    ///
    /// # Errors
    /// When nothing names one.
    pub fn connect(&self) -> Result<Connection, Failure> {
        self.find()?.ok_or_else(|| {
            Failure::new(
                NOT_SIGNED_IN,
                "No service is known. Start one with `dd0c up`, or set DD0C_URL and DD0C_TOKEN.",
            )
        })
    }
}

impl Connection {
    fn new(base: &str, token: &str) -> Result<Self, Failure> {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(5))
            .build()
            .map_err(Failure::failed)?;
        Ok(Self { http, base: base.trim_end_matches('/').to_owned(), token: token.to_owned() })
    }

    /// `GET path` as JSON.
    ///
    /// # Errors
    /// In the service's own words.
    pub async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.send(self.request(Method::GET, path).timeout(Duration::from_secs(30))).await
    }

    /// `POST path` with a JSON body.
    ///
    /// # Errors
    /// In the service's own words.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.send(self.request(Method::POST, path).timeout(Duration::from_secs(30)).json(body)).await
    }

    /// `PUT path` with a JSON body.
    ///
    /// # Errors
    /// In the service's own words.
    pub async fn put(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.send(self.request(Method::PUT, path).timeout(Duration::from_secs(30)).json(body)).await
    }

    /// `DELETE path` with a JSON body.
    ///
    /// # Errors
    /// In the service's own words.
    pub async fn delete(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.send(self.request(Method::DELETE, path).timeout(Duration::from_secs(30)).json(body)).await
    }

    /// A stream of server-sent events. It has no deadline of its own: the service sends a heartbeat every 15 s.
    ///
    /// # Errors
    /// In the service's own words.
    pub async fn events(&self, path: &str) -> Result<Response, Failure> {
        let request = self.request(Method::GET, path).header("accept", "text/event-stream");
        checked(request.send().await.map_err(|error| self.unreachable(&error))?).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token)
    }

    async fn send(&self, request: RequestBuilder) -> Result<Value, Failure> {
        let response = request.send().await.map_err(|error| self.unreachable(&error))?;
        let response = checked(response).await?;
        if response.status() == StatusCode::NO_CONTENT {
            return Ok(Value::Null);
        }
        response.json().await.map_err(Failure::failed)
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failure {
        let cause = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
        Failure::new(FAILED, format!("{} does not answer ({cause}). Nothing was changed.", self.base))
    }
}

async fn checked(response: Response) -> Result<Response, Failure> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let problem: Problem = response.json().await.unwrap_or_default();
    Err(refused(status, &problem))
}

fn refused(status: StatusCode, problem: &Problem) -> Failure {
    let code = match (status, problem.code.as_str()) {
        (_, "halted") => PANIC,
        (_, "agent_offline") => AGENT_OFFLINE,
        (StatusCode::UNAUTHORIZED, _) => NOT_SIGNED_IN,
        (StatusCode::FORBIDDEN, _) => NOT_ALLOWED,
        _ => FAILED,
    };
    let words = if problem.detail.is_empty() { &problem.title } else { &problem.detail };
    let words = if words.is_empty() { status.to_string() } else { words.clone() };
    let request = if problem.request_id.is_empty() {
        String::new()
    } else {
        format!(" (request {})", problem.request_id)
    };
    Failure::new(code, format!("{words}{request}"))
}
