//! A simulator on a free port, and a hand to reach it with.

use dd0c_slack_sim::{Config, Credentials, run};
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use tokio_util::sync::{CancellationToken, DropGuard};

/// Follows no redirect and waits for nothing longer than a test may last.
pub(crate) fn client() -> reqwest::Client {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    client.timeout(std::time::Duration::from_secs(30)).build().unwrap()
}

/// A running simulator; it stops when this is dropped.
pub(crate) struct Slack {
    pub(crate) url: String,
    pub(crate) credentials: Credentials,
    http: reqwest::Client,
    _stop: DropGuard,
}

impl Slack {
    pub(crate) async fn start(config: Config) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, credentials) = (CancellationToken::new(), config.credentials.clone());
        tokio::spawn(run(config, listener, stop.clone()));
        Self { url, credentials, http: client(), _stop: stop.drop_guard() }
    }

    /// A call by the bot, as JSON.
    pub(crate) async fn api(&self, method: &str, arguments: Value) -> Value {
        self.call(method, &self.credentials.bot_token, arguments).await.1
    }

    /// A call with any token: the status, and the answer with `retry_after` when the header is there.
    pub(crate) async fn call(&self, method: &str, token: &str, arguments: Value) -> (u16, Value) {
        let request =
            self.http.post(format!("{}/api/{method}", self.url)).bearer_auth(token).json(&arguments);
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let retry = response.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
        let mut answer: Value = response.json().await.unwrap();
        if let Some(retry) = retry {
            answer["retry_after"] = Value::from(retry);
        }
        (status, answer)
    }

    /// A person does something.
    pub(crate) async fn act(&self, what: &str, body: Value) -> Value {
        let request = self.http.post(format!("{}/_sim/{what}", self.url));
        let response = request.bearer_auth(&self.credentials.page_key).json(&body).send().await.unwrap();
        response.json().await.unwrap()
    }

    /// A look at `/_sim/…`.
    pub(crate) async fn look(&self, what: &str) -> Value {
        let request =
            self.http.get(format!("{}/_sim/{what}", self.url)).bearer_auth(&self.credentials.page_key);
        request.send().await.unwrap().json().await.unwrap()
    }

    /// Looks until `found` says yes; every change of the simulator is looked at once.
    pub(crate) async fn until<T>(&self, what: &str, found: impl Fn(&Value) -> Option<T>) -> T {
        let request =
            self.http.get(format!("{}/_sim/changes", self.url)).bearer_auth(&self.credentials.page_key);
        let mut changes = request.send().await.unwrap().bytes_stream();
        loop {
            if let Some(found) = found(&self.look(what).await) {
                return found;
            }
            changes.next().await.expect("the simulator is gone").unwrap();
        }
    }

    /// A message by the bot with one button in `#incidents`; its timestamp.
    pub(crate) async fn button(&self, action_id: &str) -> String {
        let answer = self
            .api(
                "chat.postMessage",
                json!({"channel": "C0INCIDENT", "text": "Approve?", "blocks": [{"type": "actions", "block_id": "b", "elements": [
                    {"type": "button", "action_id": action_id, "value": "v1", "text": {"type": "plain_text", "text": "Go"}}]}]}),
            )
            .await;
        answer["ts"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    /// A bare connection of Socket Mode, after its hello.
    pub(crate) async fn connect(&self) -> (Wire, Value) {
        let (_, answer) = self.call("apps.connections.open", &self.credentials.app_token, json!({})).await;
        let (socket, _) =
            connect_async(answer["url"].as_str().unwrap_or_else(|| panic!("{answer}"))).await.unwrap();
        let mut wire = Wire(socket);
        let hello = wire.next().await.unwrap();
        (wire, hello)
    }
}

/// One end of a connection.
pub(crate) struct Wire(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Wire {
    /// The next envelope, or `None` when the other end has closed.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        while let Some(Ok(frame)) = self.0.next().await {
            match frame {
                Frame::Text(text) => return serde_json::from_str(&text).ok(),
                Frame::Close(_) => return None,
                _ => {}
            }
        }
        None
    }

    pub(crate) async fn acknowledge(&mut self, envelope: &Value, payload: Value) {
        let answer = json!({"envelope_id": envelope["envelope_id"], "payload": payload});
        self.0.send(Frame::text(answer.to_string())).await.unwrap();
    }
}
