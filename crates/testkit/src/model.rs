//! A scripted OpenAI-compatible endpoint: real HTTP on loopback, answers and faults by a script.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What was asked.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The number of the request, from 0.
    pub number: u64,
    /// The head of the request, header names as sent.
    pub head: String,
    /// The body.
    pub body: Value,
}

/// What is answered.
#[derive(Debug, Clone)]
pub enum Reply {
    /// A completion with this text.
    Text(String),
    /// Vectors, in the order of the texts.
    Vectors(Vec<Vec<f32>>),
    /// A completion that says it was cut off at the longest answer.
    CutOff(String),
    /// A status, with headers and a body.
    Status(u16, Vec<(&'static str, String)>, String),
    /// Status 200 with these bytes for a body.
    Bytes(Vec<u8>),
    /// A declared length, half of it, and the end of the connection.
    HalfOf(String),
    /// A stream of events, though none was asked for.
    Stream(String),
    /// The connection ends without a word.
    Drop,
    /// Nothing, for as long as anybody waits.
    Silence,
    /// The reply after a while.
    After(Duration, Box<Reply>),
}

/// The endpoint. It ends when this is dropped.
pub struct ScriptedModel {
    url: String,
    heard: Arc<Mutex<Vec<Asked>>>,
    task: JoinHandle<()>,
}

type Script = dyn Fn(&Asked) -> Reply + Send + Sync;

impl ScriptedModel {
    /// An endpoint that answers by a script.
    ///
    /// # Panics
    /// When no port of loopback is to be had.
    pub async fn start(script: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port of loopback");
        let url = format!("http://{}/v1", listener.local_addr().expect("a bound address"));
        let heard = Arc::new(Mutex::new(Vec::new()));
        let house =
            Arc::new(House { script: Box::new(script), heard: Arc::clone(&heard), count: AtomicU64::new(0) });
        let task = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let house = Arc::clone(&house);
                // A client that leaves is no error here.
                tokio::spawn(async move { drop(house.serve(connection).await) });
            }
        });
        Self { url, heard, task }
    }

    /// Its URL, with `/v1`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Everything that was asked so far.
    pub fn heard(&self) -> Vec<Asked> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for ScriptedModel {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Asked {
    /// The name of the schema that the answer must have: `labels` or `review`.
    pub fn schema(&self) -> &str {
        self.body["response_format"]["json_schema"]["name"].as_str().unwrap_or_default()
    }

    /// The user's message.
    pub fn user(&self) -> &str {
        self.body["messages"][1]["content"].as_str().unwrap_or_default()
    }

    /// The texts whose vectors are wanted; none when something else was asked for.
    pub fn texts(&self) -> Vec<&str> {
        self.body["input"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// Whether vectors are wanted.
    pub fn wants_vectors(&self) -> bool {
        self.head.starts_with("POST /v1/embeddings ")
    }

    /// The numbers of the candidates, and whether each has a command.
    pub fn candidates(&self) -> Vec<(u32, bool)> {
        let candidate = |line: &str| {
            let (number, rest) = line.strip_prefix('c')?.split_once(" lines ")?;
            Some((number.parse().ok()?, rest.split_once(' ')?.1.starts_with("command ")))
        };
        self.user().lines().filter_map(candidate).collect()
    }

    /// The numbers of the lines.
    pub fn lines(&self) -> Vec<u32> {
        self.user().lines().filter_map(|line| line.split_once('|')?.0.parse().ok()).collect()
    }
}

struct House {
    script: Box<Script>,
    heard: Arc<Mutex<Vec<Asked>>>,
    count: AtomicU64,
}

impl House {
    async fn serve(&self, mut connection: TcpStream) -> io::Result<()> {
        while let Some((head, body)) = request(&mut connection).await? {
            let number = self.count.fetch_add(1, Ordering::SeqCst);
            let asked = Asked { number, head, body: serde_json::from_slice(&body).unwrap_or(Value::Null) };
            let reply = (self.script)(&asked);
            self.heard.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
            if !answer(&mut connection, reply).await? {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// One request; none when the client is done.
async fn request(connection: &mut TcpStream) -> io::Result<Option<(String, Vec<u8>)>> {
    let mut read = Vec::new();
    let end = loop {
        if let Some(at) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        if connection.read_buf(&mut read).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&read[..end]).into_owned();
    let length = |line: &str| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    };
    let length: usize = head.lines().find_map(length).unwrap_or(0);
    let mut body = read.split_off(end);
    while body.len() < length {
        if connection.read_buf(&mut body).await? == 0 {
            return Ok(None);
        }
    }
    Ok(Some((head, body)))
}

/// Answers; false when the connection is over.
async fn answer(connection: &mut TcpStream, mut reply: Reply) -> io::Result<bool> {
    while let Reply::After(wait, then) = reply {
        tokio::time::sleep(wait).await;
        reply = *then;
    }
    match in_bytes(reply) {
        Reply::Drop => return Ok(false),
        Reply::Silence => {
            // Until the client gives up.
            let mut byte = [0];
            let _ = connection.read(&mut byte).await?;
            return Ok(false);
        }
        Reply::HalfOf(text) => {
            let body = completion(&text, "stop");
            let head = head(200, &[], body.len(), "application/json");
            connection.write_all(head.as_bytes()).await?;
            connection.write_all(&body.as_bytes()[..body.len() / 2]).await?;
            return Ok(false);
        }
        Reply::Status(status, headers, body) => send(connection, status, &headers, body.as_bytes()).await?,
        Reply::Bytes(body) => send(connection, 200, &[], &body).await?,
        Reply::Stream(text) => {
            let event = json!({"choices": [{"delta": {"content": text}}]});
            let body = format!("data: {event}\n\ndata: [DONE]\n\n");
            let head = head(200, &[], body.len(), "text/event-stream");
            connection.write_all(head.as_bytes()).await?;
            connection.write_all(body.as_bytes()).await?;
        }
        Reply::After(..) | Reply::Text(_) | Reply::CutOff(_) | Reply::Vectors(_) => {}
    }
    Ok(true)
}

/// What is well-formed, as the bytes that are sent for it.
fn in_bytes(reply: Reply) -> Reply {
    match reply {
        Reply::Text(text) => Reply::Bytes(completion(&text, "stop").into_bytes()),
        Reply::CutOff(text) => Reply::Bytes(completion(&text, "length").into_bytes()),
        Reply::Vectors(vectors) => Reply::Bytes(embeddings(&vectors).into_bytes()),
        other => other,
    }
}

async fn send(
    connection: &mut TcpStream,
    status: u16,
    headers: &[(&'static str, String)],
    body: &[u8],
) -> io::Result<()> {
    connection.write_all(head(status, headers, body.len(), "application/json").as_bytes()).await?;
    connection.write_all(body).await
}

fn head(status: u16, headers: &[(&'static str, String)], length: usize, kind: &str) -> String {
    let mut head =
        format!("HTTP/1.1 {status} Scripted\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head + "\r\n"
}

fn completion(text: &str, finish: &str) -> String {
    json!({
        "id": "scripted", "object": "chat.completion", "model": "scripted",
        "choices": [{"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text}}],
        "usage": {"prompt_tokens": 1_000, "completion_tokens": 100, "total_tokens": 1_100},
    })
    .to_string()
}

/// Ten tokens a text.
fn embeddings(vectors: &[Vec<f32>]) -> String {
    let data: Vec<Value> = vectors
        .iter()
        .enumerate()
        .map(|(index, vector)| json!({"object": "embedding", "index": index, "embedding": vector}))
        .collect();
    let tokens = 10 * vectors.len();
    let usage = json!({"prompt_tokens": tokens, "total_tokens": tokens});
    json!({"object": "list", "model": "scripted", "data": data, "usage": usage}).to_string()
}

/// A reading that agrees with the rules: every candidate as it is, and safe for what plainly reads.
pub fn sensible(asked: &Asked) -> String {
    if asked.schema() == "review" {
        let command: String = asked
            .user()
            .lines()
            .filter_map(|line| line.strip_prefix("command| "))
            .collect::<Vec<_>>()
            .join("\n");
        let reads = ["get ", "df ", "ls ", "logs ", "describe ", "status ", "uptime"];
        let risk = if reads.iter().any(|word| command.contains(word)) { "safe" } else { "caution" };
        return json!({"risk": risk, "confidence": 0.97, "reason": "As the command says.", "rollback": ""})
            .to_string();
    }
    let step = |(number, has_command): (u32, bool)| {
        let kind = if has_command { "command" } else { "manual" };
        json!({"candidate": number, "kind": kind, "title_line": 0, "title": ""})
    };
    let steps: Vec<Value> = asked.candidates().into_iter().map(step).collect();
    json!({"title_line": 0, "steps": steps, "branches": [], "prerequisites": [], "questions": [],
        "not_commands": [], "commands": []})
    .to_string()
}

/// How long answers take: log-normal, the same for the same seed.
#[derive(Debug)]
pub struct Latency {
    median: Duration,
    /// The natural logarithm's standard deviation.
    sigma: f64,
    state: AtomicU64,
}

impl Latency {
    /// Half of the answers take less than `median`, 95 % less than `p95`.
    pub fn new(median: Duration, p95: Duration, seed: u64) -> Self {
        let sigma = (p95.as_secs_f64() / median.as_secs_f64()).ln() / 1.645;
        Self { median, sigma, state: AtomicU64::new(seed) }
    }

    /// The next one.
    pub fn next(&self) -> Duration {
        // The sum of twelve uniform numbers is normal for all purposes of a test.
        let normal: f64 = (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0;
        self.median.mul_f64((self.sigma * normal).exp())
    }

    fn uniform(&self) -> f64 {
        let mut z = self.state.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::SeqCst);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let bits = u32::try_from((z ^ (z >> 31)) >> 32).unwrap_or(0);
        f64::from(bits) / f64::from(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_answers_are_below_the_median_and_nineteen_of_twenty_below_p95() {
        let latency = Latency::new(Duration::from_millis(1_500), Duration::from_millis(3_000), 1);
        let mut times: Vec<Duration> = (0..4_000).map(|_| latency.next()).collect();
        times.sort();
        let at = |part: f64| times[(part * 4_000.0) as usize].as_millis();
        assert!((1_400..1_600).contains(&at(0.5)), "{}", at(0.5));
        assert!((2_800..3_200).contains(&at(0.95)), "{}", at(0.95));
    }
}
