//! Runs over HTTP, with the real engine and an agent that says what the test wants: decide, follow, compare.

use std::time::Duration;

use crate::support::{House, Member, Team};
use dd0c_engine::gateway::AgentEventKind;
use dd0c_proto::agent::v1::engine_message::Kind;
use dd0c_proto::agent::v1::step_result::Outcome;
use dd0c_proto::agent::v1::{Accepted, Started, StepOutput, StepResult};
use dd0c_types::intent::Intent;
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

/// One server-sent event.
#[derive(Debug, Clone)]
struct Event {
    name: String,
    id: String,
    data: Value,
}

/// An event stream, read event by event.
struct Stream {
    response: Response,
    text: String,
    came: Vec<Event>,
}

impl Stream {
    async fn open(house: &House, who: &Member, run: &str, after: Option<&str>) -> Self {
        let mut request = house.http.get(format!("{}{run}/events", house.url)).bearer_auth(&who.token);
        if let Some(after) = after {
            request = request.header("last-event-id", after);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert!(!response.headers().contains_key("content-encoding"));
        Self { response, text: String::new(), came: Vec::new() }
    }

    /// An event that is wanted, whether it came before or is still to come.
    async fn saw(&mut self, wanted: impl Fn(&Event) -> bool) {
        if !self.came.iter().any(&wanted) {
            self.next(wanted).await;
        }
    }

    /// The next event that is wanted; what comes before it is skipped.
    async fn next(&mut self, wanted: impl Fn(&Event) -> bool) -> Event {
        let found = async {
            loop {
                while let Some((event, rest)) = self.text.split_once("\n\n") {
                    let (event, rest) = (parse(event), rest.to_owned());
                    self.text = rest;
                    self.came.extend(event);
                    if self.came.last().is_some_and(&wanted) {
                        return;
                    }
                }
                let chunk = self.response.chunk().await.unwrap().expect("the stream goes on");
                self.text.push_str(std::str::from_utf8(&chunk).unwrap());
            }
        };
        let in_time = tokio::time::timeout(Duration::from_secs(20), found).await;
        assert!(in_time.is_ok(), "the event did not come; came: {:#?}", self.came);
        self.came.last().cloned().expect("the loop ends with the wanted event")
    }
}

fn parse(text: &str) -> Option<Event> {
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    Some(Event {
        name: field("event:")?.to_owned(),
        id: field("id:")?.to_owned(),
        data: serde_json::from_str(field("data:")?).unwrap(),
    })
}

async fn step(house: &House, team: &Team, run: &str, at: usize) -> Value {
    house.get(team.viewer(), run).await["steps"][at].clone()
}

fn path(run: &str, step: &Value, act: &str) -> String {
    format!("{run}/steps/{}/{act}", step["id"].as_str().unwrap())
}

/// The attempt that the engine sends to the agent next.
async fn ordered(house: &House) -> String {
    let waiting = async {
        let mut sent = house.sent.lock().await;
        loop {
            if let Kind::Execute(execute) = sent.recv().await.unwrap() {
                return Intent::decode(&execute.intent).unwrap().attempt.to_string();
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting).await.expect("the engine sends the step")
}

async fn begin(house: &House, team: &Team, attempt: &str) {
    let attempt_id = attempt.to_owned();
    house.says(team, AgentEventKind::Accepted(Accepted { attempt_id: attempt_id.clone() })).await;
    house.says(team, AgentEventKind::Started(Started { attempt_id, pid: 1, unix_ms: 0 })).await;
}

async fn write(house: &House, team: &Team, attempt: &str, sequence: u64, offset: u64, text: &str) {
    let data = text.as_bytes().to_vec();
    let chunk =
        StepOutput { attempt_id: attempt.to_owned(), sequence, offset, data, ..StepOutput::default() };
    house.says(team, AgentEventKind::Output(chunk)).await;
}

async fn end(house: &House, team: &Team, attempt: &str) {
    let result = StepResult {
        attempt_id: attempt.to_owned(),
        outcome: Outcome::Finished.into(),
        exit_code: 0,
        ..StepResult::default()
    };
    house.says(team, AgentEventKind::Result(result)).await;
}

#[tokio::test]
async fn a_run_is_started_approved_followed_live_and_compared() {
    let house = House::new().await;
    let team = house.team("acme").await;
    let run = house.run(&team).await;
    let mut stream = Stream::open(&house, team.viewer(), &run, None).await;
    let first = stream.next(|event| event.name == "execution").await;
    assert_eq!(first.data["steps"][0]["state"], "await_approval");
    assert_eq!(first.data["steps"][0]["allowed_actions"], json!([]), "a viewer decides nothing");
    let restart = step(&house, &team, &run, 0).await;
    let body = json!({"command_sha256": restart["command_sha256"]});
    let (status, shown) = house.post(team.lead(), &path(&run, &restart, "approve"), body).await;
    assert_eq!((status, &shown["id"]), (StatusCode::OK, &restart["id"]), "{shown}");

    let attempt = ordered(&house).await;
    begin(&house, &team, &attempt).await;
    write(&house, &team, &attempt, 1, 0, "restarting\n").await;
    let output = stream.next(|event| event.name == "output").await;
    assert_eq!((&output.data["text"], &output.data["attempt"]), (&json!("restarting\n"), &json!(1)));
    drop(stream);
    write(&house, &team, &attempt, 2, 11, "done\n").await;
    end(&house, &team, &attempt).await;

    let mut resumed = Stream::open(&house, team.viewer(), &run, Some(&output.id)).await;
    let next = resumed.next(|event| event.name == "output").await;
    assert_eq!((&next.data["text"], &next.data["offset"]), (&json!("done\n"), &json!(11)));
    let seen = |event: &Event| event.name == "execution" && event.data["steps"][0]["state"] == "succeeded";
    resumed.saw(seen).await;

    let remove = step(&house, &team, &run, 1).await;
    let (status, _) =
        house.post(team.lead(), &path(&run, &remove, "skip"), json!({"reason": "not today"})).await;
    assert_eq!(status, StatusCode::OK);
    let compared = house.get(team.viewer(), &format!("{run}/divergence")).await;
    let departures: Vec<_> = compared["steps"].as_array().unwrap().iter().map(|s| &s["departure"]).collect();
    assert_eq!(departures, ["as_written", "skipped"]);
    assert_eq!((&compared["ended"], &compared["exact"]), (&json!(true), &json!(false)));
    let listed = house.get(team.viewer(), "/api/v1/executions?state=completed").await;
    assert_eq!(listed["executions"].as_array().unwrap().len(), 1);
    assert_eq!(house.get(team.viewer(), "/api/v1/audit/verify").await["ok"], true);
}

#[tokio::test]
async fn who_follows_a_run_is_told_while_the_database_is_silent_and_again_when_it_answers() {
    let (house, wire) = House::on_a_wire().await;
    let team = house.team("acme").await;
    let run = house.run(&team).await;
    let mut stream = Stream::open(&house, team.viewer(), &run, None).await;
    stream.next(|event| event.name == "execution").await;
    wire.hold();
    let stale = stream.next(|event| event.name == "stale").await;
    assert!(stale.data["since"].is_string(), "since when it is old: {}", stale.data);
    assert!(stale.data["detail"].as_str().unwrap().contains("nothing can be decided now"));
    wire.mend();
    let again = stream.next(|event| event.name == "execution").await;
    assert_eq!(again.data["steps"][0]["state"], "await_approval", "nothing was lost or done meanwhile");
}

#[tokio::test]
async fn of_two_who_approve_one_wins_and_the_other_is_told_so() {
    let house = House::new().await;
    let team = house.team("acme").await;
    let run = house.run(&team).await;
    let restart = step(&house, &team, &run, 0).await;
    let approve = path(&run, &restart, "approve");
    let body = json!({"command_sha256": restart["command_sha256"]});
    let (one, other) = tokio::join!(
        house.post(team.lead(), &approve, body.clone()),
        house.post(team.owner(), &approve, body.clone())
    );
    let (won, lost) = if one.0 == StatusCode::OK { (one, other) } else { (other, one) };
    assert_eq!(won.0, StatusCode::OK);
    assert_eq!((lost.0, &lost.1["code"]), (StatusCode::CONFLICT, &json!("already_decided")), "{}", lost.1);
}

#[tokio::test]
async fn what_was_not_seen_is_not_approved_and_a_wrong_name_runs_nothing() {
    let house = House::new().await;
    let team = house.team("acme").await;
    let run = house.run(&team).await;
    let restart = step(&house, &team, &run, 0).await;
    let other = json!({"command_sha256": "0".repeat(64)});
    let (status, refused) = house.post(team.lead(), &path(&run, &restart, "approve"), other).await;
    assert_eq!((status, &refused["code"]), (StatusCode::CONFLICT, &json!("changed")));
    house.post(team.lead(), &path(&run, &restart, "skip"), json!({"reason": "x"})).await;
    let remove = step(&house, &team, &run, 1).await;
    assert_eq!(remove["object"]["name"], "/srv/cache");
    let approve = path(&run, &remove, "approve");
    let typed = |name: &str| json!({"command_sha256": remove["command_sha256"], "typed": name});
    let (status, refused) = house.post(team.responder(), &approve, typed("/srv/cache")).await;
    assert_eq!((status, &refused["code"]), (StatusCode::FORBIDDEN, &json!("forbidden")));
    let (status, refused) = house.post(team.lead(), &approve, typed("/srv/cach")).await;
    assert_eq!((status, &refused["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("typed_mismatch")));
    assert_eq!(step(&house, &team, &run, 1).await["state"], "await_approval");
    assert_eq!(house.post(team.lead(), &approve, typed("/srv/cache")).await.0, StatusCode::OK);
}

#[tokio::test]
async fn panic_is_set_by_a_responder_shown_to_all_and_lifted_by_an_owner() {
    let house = House::new().await;
    let team = house.team("acme").await;
    let (status, set) = house.post(team.responder(), "/api/v1/admin/panic", json!({"reason": "fire"})).await;
    // On a busy machine the answer comes before the record: panic waits for no database.
    assert_eq!(status, StatusCode::OK, "{set}");
    let recorded = async {
        loop {
            let shown = house.get(team.viewer(), "/api/v1/admin/panic").await;
            assert_eq!(shown["halted"], true, "recorded or not, it holds");
            if shown["reason"] == "fire" {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), recorded).await.expect("the record follows");
    let body = json!({"runbook_id": house.runbook(&team).await});
    let (status, refused) = house.post(team.lead(), "/api/v1/executions", body).await;
    assert_eq!((status, &refused["code"]), (StatusCode::CONFLICT, &json!("halted")), "{refused}");
    let lifted = house.call(team.owner(), reqwest::Method::DELETE, "/api/v1/admin/panic", None).await;
    assert_eq!(lifted.status(), StatusCode::OK);
    assert_eq!(house.get(team.viewer(), "/api/v1/admin/panic").await["halted"], false);
}

#[tokio::test]
async fn the_service_is_ready_when_database_engine_and_intake_answer() {
    let house = House::new().await;
    let ready: Value =
        house.http.get(format!("{}/readyz", house.url)).send().await.unwrap().json().await.unwrap();
    assert_eq!(ready, json!({"ready": true, "database": true, "engine": true, "intake": true}));
    let metrics =
        house.http.get(format!("{}/metrics", house.url)).send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains("dd0c_api_answers_total{method=\"GET\",path=\"/readyz\",status=\"200\"} 1"));
}

/// Approves what a step asks, with the name of what it destroys, and lets the agent run it well.
async fn let_run(house: &House, team: &Team, run: &str, at: usize) {
    let asked = step(house, team, run, at).await;
    let mut body = json!({"command_sha256": asked["command_sha256"]});
    if asked["gate"] == "typed" {
        body["typed"] = asked["object"]["name"].clone();
    }
    let (status, answer) = house.post(team.lead(), &path(run, &asked, "approve"), body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let attempt = ordered(house).await;
    begin(house, team, &attempt).await;
    end(house, team, &attempt).await;
    let ended = async {
        while step(house, team, run, at).await["state"] != "succeeded" {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), ended).await.expect("the step ends");
}

#[tokio::test]
async fn what_a_run_did_otherwise_becomes_a_draft_that_a_person_publishes() {
    let house = House::new().await;
    let team = house.team("acme").await;
    let runbook = house.runbook(&team).await;
    let (_, started) =
        house.post(team.responder(), "/api/v1/executions", json!({"runbook_id": runbook})).await;
    let run = format!("/api/v1/executions/{}", started["id"].as_str().unwrap());

    let unlisted = json!({"command": "systemctl status checkout"});
    let (status, refused) = house.post(team.viewer(), &format!("{run}/unlisted"), unlisted.clone()).await;
    assert_eq!((status, &refused["code"]), (StatusCode::FORBIDDEN, &json!("forbidden")));
    let restart = step(&house, &team, &run, 0).await;
    let edit = json!({"command": "systemctl restart checkout-api"});
    assert_eq!(house.post(team.responder(), &path(&run, &restart, "edit"), edit).await.0, StatusCode::OK);
    let_run(&house, &team, &run, 0).await;
    let (status, made) = house.post(team.responder(), &format!("{run}/unlisted"), unlisted).await;
    assert_eq!((status, &made["state"]), (StatusCode::CREATED, &json!("await_approval")), "{made}");
    assert_eq!(made["unlisted"]["after"], restart["id"]);
    let_run(&house, &team, &run, 2).await;
    let remove = step(&house, &team, &run, 1).await;
    house.post(team.lead(), &path(&run, &remove, "skip"), json!({"reason": "not needed"})).await;

    let compared = house.get(team.viewer(), &format!("{run}/divergence")).await;
    let told =
        |key: &str| compared["steps"].as_array().unwrap().iter().map(|s| s[key].clone()).collect::<Vec<_>>();
    assert_eq!(told("departure"), ["edited", "unlisted", "skipped"]);
    assert_eq!(told("suggestion"), ["replace", "insert", "remove"]);
    let events = house.get(team.viewer(), "/api/v1/audit?event_type=divergence.detected").await;
    let event = &events["events"][0]["event_data"];
    assert_eq!((&event["suggestions"], event["steps"].as_array().unwrap().len()), (&json!(3), 3), "{events}");
    let shown = house.get(team.viewer(), &format!("/api/v1/runbooks/{runbook}")).await;
    let staleness = &shown["staleness"];
    assert_eq!((&staleness["runs"], &staleness["departed"]), (&json!(1), &json!(1)));
    assert_eq!(staleness["last"]["execution_id"], started["id"]);

    let items = json!([restart["id"], remove["id"], made["id"]]);
    let wish = json!({"execution_id": started["id"], "items": items});
    let drafts = format!("/api/v1/runbooks/{runbook}/drafts");
    assert_eq!(house.post(team.responder(), &drafts, wish.clone()).await.0, StatusCode::FORBIDDEN);
    let (status, draft) = house.post(team.lead(), &drafts, wish.clone()).await;
    assert_eq!(
        (status, &draft["reads_as_meant"], &draft["left_out"]),
        (StatusCode::OK, &json!(true), &json!([]))
    );
    let expected = "# Clear the cache\n\nRestart it:\n\n```bash\nsystemctl restart checkout-api\n\
                    systemctl status checkout\n```\n\nThen:\n\n";
    assert_eq!(draft["text"], expected);
    let after = house.get(team.viewer(), &format!("/api/v1/runbooks/{runbook}")).await;
    assert_eq!(after["latest_version"], 1, "a draft is no version");

    let publish = json!({"text": draft["text"], "expected_version": 1, "from_execution": started["id"]});
    let document = format!("/api/v1/runbooks/{runbook}");
    let put = |body: Value| house.call(team.lead(), reqwest::Method::PUT, &document, Some(body));
    assert_eq!(put(publish.clone()).await.status(), StatusCode::OK);
    assert_eq!(put(publish).await.status(), StatusCode::CONFLICT, "somebody published before");
    let (status, refused) = house.post(team.lead(), &drafts, wish).await;
    assert_eq!((status, &refused["code"]), (StatusCode::CONFLICT, &json!("stale")));
    let fresh = house.get(team.viewer(), &format!("/api/v1/runbooks/{runbook}")).await;
    assert_eq!(fresh["staleness"]["runs"], 0, "nobody has run the new version yet");
}
