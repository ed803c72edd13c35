//! Follows a run in the terminal: every change of a step and every line of output, as the service streams them.

use std::collections::HashMap;
use std::io::Write as _;
use std::process::ExitCode;

use dd0c_types::StepId;
use dd0c_types::run::{ExecutionState, ExecutionView, StepState, StepView};
use futures::StreamExt as _;
use serde::Deserialize;

use super::approve::{described, waiting};
use super::connection::Connection;
use super::exit::{FAILED, Failure, Outcome};
use super::paint::Paint;

/// What ends the following of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// The run has ended.
    Ended,
    /// The run has ended or waits for a person.
    Asks,
}

/// One server-sent event.
#[derive(Debug, Default, PartialEq)]
pub struct ServerEvent {
    name: String,
    data: String,
}

/// Splits a byte stream into server-sent events; pieces may end anywhere.
#[derive(Debug, Default)]
pub struct EventReader {
    pending: Vec<u8>,
}

#[derive(Deserialize)]
struct Output {
    stream: String,
    text: String,
    #[serde(default)]
    skipped: u64,
}

/// Prints the run until it ends, or asks.
///
/// # Errors
/// When the stream cannot be opened or breaks off; the run itself goes on in the service.
pub async fn follow(service: &Connection, run: &str, until: Until, paint: Paint) -> Outcome {
    let response = service.events(&format!("/executions/{run}/events")).await?;
    let mut bytes = response.bytes_stream();
    let mut reader = EventReader::default();
    let mut shown = HashMap::new();
    while let Some(piece) = bytes.next().await {
        let piece = piece.map_err(|error| broken_off(run, &error))?;
        for event in reader.push(&piece) {
            if let Some(end) = on_event(&event, &mut shown, until, paint)? {
                return Ok(end);
            }
        }
    }
    Err(Failure::new(FAILED, format!("The stream ended; the run goes on. Look with: dd0c runs show {run}")))
}

fn broken_off(run: &str, error: &reqwest::Error) -> Failure {
    Failure::new(
        FAILED,
        format!("The stream broke off ({error}); the run goes on. Look with: dd0c runs show {run}"),
    )
}

fn on_event(
    event: &ServerEvent,
    shown: &mut HashMap<StepId, StepState>,
    until: Until,
    paint: Paint,
) -> Result<Option<ExitCode>, Failure> {
    match event.name.as_str() {
        "execution" => {
            let view: ExecutionView = serde_json::from_str(&event.data).map_err(Failure::failed)?;
            Ok(on_view(&view, shown, until, paint))
        }
        "output" => {
            let output: Output = serde_json::from_str(&event.data).map_err(Failure::failed)?;
            on_output(&output).map_err(Failure::failed)?;
            Ok(None)
        }
        "stale" => {
            eprintln!("Live updates stopped; what is shown may be old. Reconnecting…");
            Ok(None)
        }
        _ => Ok(None),
    }
}

fn on_output(output: &Output) -> std::io::Result<()> {
    if output.skipped > 0 {
        eprintln!("… {} bytes left out …", output.skipped);
    }
    if output.stream == "stderr" {
        std::io::stderr().lock().write_all(inert(&output.text).as_bytes())
    } else {
        let mut out = std::io::stdout().lock();
        out.write_all(inert(&output.text).as_bytes())?;
        out.flush()
    }
}

/// Output of a customer's host must not drive the reader's terminal: only TAB and line ends pass as control characters.
fn inert(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && !matches!(c, '\n' | '\t' | '\r') { '·' } else { c }).collect()
}

fn on_view(
    view: &ExecutionView,
    shown: &mut HashMap<StepId, StepState>,
    until: Until,
    paint: Paint,
) -> Option<ExitCode> {
    let asks_before = shown.values().any(|state| *state == StepState::AwaitApproval);
    for step in &view.steps {
        if shown.insert(step.id, step.state) == Some(step.state) || step.state == StepState::Pending {
            continue;
        }
        let state = step.state.as_str().replace('_', " ");
        let exit = step.exit_code.map(|code| format!(" · exit {code}")).unwrap_or_default();
        let by = step.approved_by.as_ref().map(|name| format!(" · approved by {name}")).unwrap_or_default();
        eprintln!("{}", paint.quiet(&format!("── step {} {state}{exit}{by} · {}", step.order, step.title)));
    }
    let asking = waiting(view);
    if let Some(step) = asking.filter(|_| !asks_before) {
        eprintln!("{}", described(step, paint));
        eprintln!("{}", how_to_decide(view, step));
    }
    ending(view, asking.is_some(), until)
}

/// The commands for what may be done now, the wanted one first.
fn how_to_decide(view: &ExecutionView, step: &StepView) -> String {
    let words: Vec<_> = step.allowed_actions.iter().map(|action| action.as_str()).collect();
    match words.split_first() {
        Some((first, [])) => format!("Decide with: dd0c {first} {} {}", view.id, step.order),
        Some((first, rest)) => {
            format!("Decide with: dd0c {first} {} {}   (or {})", view.id, step.order, rest.join(", "))
        }
        None => step.blocked_reason.clone().unwrap_or_default(),
    }
}

fn ending(view: &ExecutionView, asks: bool, until: Until) -> Option<ExitCode> {
    let settled = match view.state {
        ExecutionState::Completed => Some(ExitCode::SUCCESS),
        ExecutionState::Aborted => Some(ExitCode::from(FAILED)),
        ExecutionState::Failed
        | ExecutionState::ManualIntervention
        | ExecutionState::Waiting
        | ExecutionState::Paused => (until == Until::Asks && asks).then_some(ExitCode::SUCCESS),
        ExecutionState::Pending | ExecutionState::Running => None,
    };
    if settled.is_some() {
        eprintln!("Run {}: {}", view.id, view.state.as_str().replace('_', " "));
    }
    settled
}

impl EventReader {
    /// Takes the next piece and returns the events it completes.
    pub fn push(&mut self, piece: &[u8]) -> Vec<ServerEvent> {
        self.pending.extend_from_slice(piece);
        let mut events = Vec::new();
        while let Some(end) = self.pending.windows(2).position(|pair| pair == b"\n\n") {
            let block: Vec<u8> = self.pending.drain(..end + 2).collect();
            let event = read_block(&String::from_utf8_lossy(&block));
            if !event.data.is_empty() {
                events.push(event);
            }
        }
        events
    }
}

fn read_block(block: &str) -> ServerEvent {
    let mut event = ServerEvent::default();
    for line in block.lines() {
        if let Some(name) = line.strip_prefix("event:") {
            event.name = name.trim().to_owned();
        } else if let Some(data) = line.strip_prefix("data:") {
            if !event.data.is_empty() {
                event.data.push('\n');
            }
            event.data.push_str(data.strip_prefix(' ').unwrap_or(data));
        }
    }
    event
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_however_the_bytes_are_cut() {
        let stream =
            b": heartbeat\n\nevent: output\nid: 1\ndata: {\"a\":\ndata: 1}\n\nevent: execution\ndata: x\n\n";
        for cut in 0..stream.len() {
            let mut reader = EventReader::default();
            let mut events = reader.push(&stream[..cut]);
            events.extend(reader.push(&stream[cut..]));
            assert_eq!(events.len(), 2);
            assert_eq!(events[0], ServerEvent { name: "output".into(), data: "{\"a\":\n1}".into() });
        }
    }

    #[test]
    fn output_cannot_drive_the_terminal() {
        assert_eq!(inert("a\u{1b}]52;c;x\u{7}b\tc\n"), "a·]52;c;x·b\tc\n");
    }
}
