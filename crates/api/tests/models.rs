//! A model behind the intake, over HTTP from end to end: what it adds, what it costs, and that nothing waits for it.

use std::time::Duration;

use crate::support::{House, Member, Team};
use dd0c_llm::Settings;
use dd0c_store::model_usage;
use dd0c_testkit::model::{Asked, Reply, ScriptedModel, sensible};
use dd0c_types::Clock;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const PAGE: &str = "# Restart checkout\n\nLook:\n\n```bash\nkubectl -n shop get pods\n```\n\nThen:\n\n```bash\nkubectl -n shop rollout restart deploy/checkout\n```\n\n```\nmake verify-checkout\n```\n\nClean up:\n\n```bash\nrm -rf /srv/cache\n```\n";
const PREVIEW: &str = "/api/v1/runbooks/parse-preview";

fn settings(model: &ScriptedModel) -> Settings {
    Settings {
        model_parse: Some("small".into()),
        model_classify: Some("judge".into()),
        ..Settings::new(model.url())
    }
}

/// Agrees with the rules, and finds the command that they left out.
fn helpful(asked: &Asked) -> Reply {
    let mut answer: Value = serde_json::from_str(&sensible(asked)).unwrap();
    let line = asked.user().lines().find(|line| line.contains("make verify-checkout") && line.contains('|'));
    if let (Some(line), "labels") = (line, asked.schema()) {
        let number: u32 = line.split('|').next().unwrap().parse().unwrap();
        answer["commands"] = json!([{"line": number, "last_line": number, "piece": 0}]);
    }
    Reply::Text(answer.to_string())
}

async fn house(script: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> (ScriptedModel, House, Team) {
    let model = ScriptedModel::start(script).await;
    let house = House::with_route(settings(&model)).await;
    let team = house.team("acme").await;
    (model, house, team)
}

/// The events of a preview: name and document, in order.
async fn events(house: &House, who: Option<&Member>, text: &str) -> Vec<(String, Value)> {
    let mut request =
        house.http.post(format!("{}{PREVIEW}", house.url)).header("accept", "text/event-stream");
    if let Some(who) = who {
        request = request.bearer_auth(&who.token);
    }
    let answer = request.json(&json!({"text": text})).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/event-stream"));
    let body = answer.text().await.unwrap();
    let event = |block: &str| {
        let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        Some((field("event:")?.to_owned(), serde_json::from_str(field("data:")?).unwrap()))
    };
    body.split("\n\n").filter_map(event).collect()
}

/// A document without what differs from time to time.
fn timeless(mut parsed: Value) -> Value {
    parsed["timings_ms"] = Value::Null;
    for step in parsed["steps"].as_array_mut().unwrap() {
        if step["classification"].is_object() {
            step["classification"]["scanner"]["elapsed_us"] = Value::Null;
        }
    }
    parsed
}

fn codes(parsed: &Value) -> Vec<&str> {
    parsed["warnings"].as_array().unwrap().iter().map(|warning| warning["code"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn two_keys_that_agree_make_safe_and_the_result_says_what_was_asked() {
    let (model, house, team) = house(helpful).await;
    let (status, saved) = house.post(team.lead(), "/api/v1/runbooks", json!({"text": PAGE})).await;
    assert_eq!(status, StatusCode::CREATED, "{saved}");
    let parsed = &saved["parsed"];
    let risks: Vec<&str> = parsed["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["classification"]["risk"].as_str().unwrap())
        .collect();
    assert_eq!(risks, ["safe", "caution", "caution", "dangerous"], "{parsed}");
    assert_eq!(parsed["steps"][0]["classification"]["merge_rule"], "M3");
    assert_eq!(parsed["steps"][0]["classification"]["reviewer"]["model"], "judge");
    assert_eq!(parsed["steps"][2]["command"]["text"], "make verify-checkout");
    assert_eq!(parsed["extracted_by"], "model");
    let purposes: Vec<&Value> =
        parsed["models"].as_array().unwrap().iter().map(|used| &used["purpose"]).collect();
    assert_eq!(purposes, ["labels", "review"]);
    let audit = house.get(team.viewer(), "/api/v1/audit").await;
    assert_eq!(audit["events"][0]["event_data"]["models"], parsed["models"]);
    assert_eq!(audit["events"][2]["event_data"]["reviewer"]["confidence"], 0.97);
    assert_eq!(model.heard().len(), 5, "one question about the page and one about each of four commands");
}

#[tokio::test]
async fn the_same_text_gives_the_same_result_and_is_asked_about_once() {
    let (model, house, team) = house(helpful).await;
    let (_, first) = house.post(team.lead(), PREVIEW, json!({"text": PAGE})).await;
    let asked = model.heard().len();
    let (_, second) = house.post(team.lead(), PREVIEW, json!({"text": PAGE})).await;
    assert_eq!(timeless(first.clone()).to_string(), timeless(second).to_string());
    assert_eq!(model.heard().len(), asked);
    let other = house.team("other").await;
    house.post(other.lead(), PREVIEW, json!({"text": PAGE})).await;
    assert_eq!(model.heard().len(), 2 * asked, "what one customer's model said is not another's");
    let mut tx = house.store.tenant(team.tenant).await.unwrap();
    let used = model_usage::of_day(&mut tx, house.clock.now()).await.unwrap();
    assert_eq!((used.calls, used.failures, used.prompt_tokens), (5, 0, 5_000));
}

#[tokio::test]
async fn a_preview_is_told_as_it_becomes_known_and_ends_as_the_document_says() {
    let (_model, house, team) = house(helpful).await;
    let told = events(&house, Some(team.lead()), PAGE).await;
    let names: Vec<&str> = told.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!((names[0], *names.last().unwrap()), ("structure", "done"));
    assert!(names.contains(&"labels") && names.contains(&"verdicts"), "{names:?}");
    assert_eq!(told[0].1["extracted_by"], "structure");
    assert!(
        told[0].1["steps"].as_array().unwrap().iter().all(|step| step["classification"]["risk"] != "safe")
    );
    let done = &told.last().unwrap().1;
    assert_eq!(done["waiting"], false);
    let (_, document) = house.post(team.lead(), PREVIEW, json!({"text": PAGE})).await;
    assert_eq!(timeless(done["runbook"].clone()), timeless(document));
}

#[tokio::test]
async fn a_refused_text_is_refused_as_a_document_also_when_events_are_wanted() {
    let (_model, house, team) = house(|asked| Reply::Text(sensible(asked))).await;
    let request = house.http.post(format!("{}{PREVIEW}", house.url)).bearer_auth(&team.lead().token);
    let answer = request
        .header("accept", "text/event-stream")
        .json(&json!({"text": "Just words."}))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.json::<Value>().await.unwrap()["code"], "no_commands");
}

#[tokio::test]
async fn whatever_a_model_does_the_rules_result_comes_and_says_so() {
    type Answers = fn(&Asked) -> Reply;
    let faults: [(&str, Answers); 4] = [
        ("model_invalid", |_| Reply::Text("Sure! Here is your runbook.".into())),
        ("model_unavailable", |_| Reply::Status(500, vec![], String::new())),
        ("model_unavailable", |_| Reply::Drop),
        ("model_late", |_| Reply::Silence),
    ];
    for (code, script) in faults {
        let (_model, house, team) = house(script).await;
        let (status, parsed) = house.post(team.lead(), PREVIEW, json!({"text": PAGE})).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(
            (parsed["extracted_by"].as_str(), parsed["steps"].as_array().unwrap().len()),
            (Some("structure"), 3)
        );
        assert!(
            codes(&parsed).contains(&code) && codes(&parsed).contains(&"no_reviewer"),
            "{code}: {:?}",
            codes(&parsed)
        );
        assert!(
            parsed["steps"]
                .as_array()
                .unwrap()
                .iter()
                .all(|step| step["classification"]["reviewer"].is_null())
        );
        assert!(
            parsed["steps"].as_array().unwrap().iter().all(|step| step["classification"]["risk"] != "safe")
        );
    }
}

#[tokio::test]
async fn nobody_without_a_login_and_nobody_above_the_cap_uses_a_model() {
    let model = ScriptedModel::start(helpful).await;
    let house = House::with_route(Settings { tokens_per_day: 1_000, ..settings(&model) }).await;
    let team = house.team("acme").await;
    let answer =
        house.http.post(format!("{}{PREVIEW}", house.url)).json(&json!({"text": PAGE})).send().await.unwrap();
    let parsed: Value = answer.json().await.unwrap();
    assert!(codes(&parsed).contains(&"model_not_asked") && model.heard().is_empty());
    house.post(team.lead(), PREVIEW, json!({"text": PAGE})).await;
    let asked = model.heard().len();
    let (_, parsed) = house.post(team.lead(), PREVIEW, json!({"text": format!("{PAGE}\nMore.\n")})).await;
    assert!(codes(&parsed).contains(&"model_over_cap"), "{:?}", codes(&parsed));
    assert_eq!((parsed["extracted_by"].as_str(), model.heard().len()), (Some("structure"), asked));
}

#[tokio::test]
async fn secrets_of_a_page_stay_in_the_house() {
    let (model, house, team) = house(|asked| Reply::Text(sensible(asked))).await;
    let text = format!(
        "{PAGE}\n```bash\nmysql --password=correcthorse1 -e 'select 1'\n```\n\nKey: AKIAIOSFODNN7ABCDEFG\n"
    );
    let (_, parsed) = house.post(team.lead(), PREVIEW, json!({"text": text})).await;
    let sent: String = model.heard().iter().map(|asked| asked.body.to_string()).collect();
    assert!(!sent.contains("correcthorse1") && !sent.contains("AKIAIOSFODNN7"));
    assert_eq!(codes(&parsed).iter().filter(|code| **code == "secret_masked").count(), 2);
    let with_secret = parsed["steps"]
        .as_array()
        .unwrap()
        .iter()
        .find(|step| step["command"]["text"].as_str().unwrap().contains("mysql"))
        .unwrap();
    assert!(
        with_secret["classification"]["reviewer"].is_null(),
        "what was not sent in full has no second key"
    );
}

#[tokio::test]
async fn an_unsure_reviewer_is_escalated_and_a_single_command_is_judged_too() {
    let (_model, house, team) = house(|asked| {
        let answer =
            json!({"risk": "safe", "confidence": 0.89, "reason": "It seems to read.", "rollback": ""});
        Reply::Text(if asked.schema() == "review" { answer.to_string() } else { sensible(asked) })
    })
    .await;
    let (status, verdict) = house.post(team.viewer(), "/api/v1/classify", json!({"command": "df -h"})).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!((verdict["risk"].as_str(), verdict["merge_rule"].as_str()), (Some("caution"), Some("M4")));
    assert_eq!(
        (verdict["reviewer"]["escalated"].as_bool(), verdict["reviewer"]["risk"].as_str()),
        (Some(true), Some("caution"))
    );
}

#[tokio::test]
async fn a_step_whose_command_is_unchanged_keeps_its_id_in_the_next_version() {
    let house = House::new().await;
    let team = house.team("acme").await;
    let (_, saved) = house.post(team.lead(), "/api/v1/runbooks", json!({"text": PAGE})).await;
    let path = format!("/api/v1/runbooks/{}", saved["id"].as_str().unwrap());
    let text = PAGE
        .replace("Look:", "Look at the pods first:")
        .replace("rm -rf /srv/cache", "rm -rf /srv/cache/old");
    let answer =
        house.call(team.lead(), Method::PUT, &path, Some(json!({"text": text, "expected_version": 1}))).await;
    let changed: Value = answer.json().await.unwrap();
    let id = |parsed: &Value, at: usize| parsed["steps"][at]["id"].as_str().unwrap().to_owned();
    assert_eq!(id(&changed["parsed"], 0), id(&saved["parsed"], 0));
    assert_eq!(id(&changed["parsed"], 1), id(&saved["parsed"], 1));
    assert_ne!(id(&changed["parsed"], 2), id(&saved["parsed"], 2));
    let again =
        house.call(team.lead(), Method::PUT, &path, Some(json!({"text": text, "expected_version": 2}))).await;
    let again: Value = again.json().await.unwrap();
    assert_eq!(
        timeless(again["parsed"].clone()),
        timeless(changed["parsed"].clone()),
        "the same text parses alike"
    );
}

#[tokio::test]
async fn a_title_that_a_person_gives_asks_nothing_anew_and_an_edit_only_about_its_surroundings() {
    let (model, house, team) = house(|asked| Reply::Text(sensible(asked))).await;
    let page = |last: &str| {
        let step = |at: usize| {
            format!("{at}. Look at part {at}:\n\n```bash\nkubectl get pods -l part={at}\n```\n\n")
        };
        let steps: String = (1..=12).map(step).collect();
        format!("# Parts\n\n{steps}{last}\n")
    };
    house.post(team.lead(), PREVIEW, json!({"text": page("Done.")})).await;
    let asked = model.heard().len();
    assert_eq!(asked, 13, "the page and twelve commands");
    let body = json!({"text": page("Done."), "title": "Night shift"});
    let (status, saved) = house.post(team.lead(), "/api/v1/runbooks", body).await;
    assert_eq!((status, saved["parsed"]["title"].as_str()), (StatusCode::CREATED, Some("Night shift")));
    assert_eq!(saved["parsed"]["steps"][0]["classification"]["risk"], "safe");
    assert_eq!(model.heard().len(), asked, "what was seen is what is saved");
    let edited = page("Done.").replace("part=12", "part=13");
    house.post(team.lead(), PREVIEW, json!({"text": edited})).await;
    let again: Vec<Asked> = model.heard().split_off(asked);
    let reviews = again.iter().filter(|asked| asked.schema() == "review").count();
    assert_eq!((again.len(), reviews), (5, 4), "the page, the command and the three before it");
}

#[tokio::test]
async fn what_is_late_still_improves_an_open_preview_and_a_document_does_not_wait() {
    let slow = |asked: &Asked| {
        let answer = Reply::Text(sensible(asked));
        let late = asked.schema() == "labels" || asked.user().contains("command| kubectl -n shop rollout");
        if late { Reply::After(Duration::from_millis(5_500), Box::new(answer)) } else { answer }
    };
    let (_model, house, team) = house(slow).await;
    let told = events(&house, Some(team.lead()), PAGE).await;
    let names: Vec<&str> = told.iter().map(|(name, _)| name.as_str()).collect();
    let first_done = names.iter().position(|name| *name == "done").unwrap();
    let (done, rest) = (&told[first_done].1, &names[first_done + 1..]);
    assert_eq!(done["waiting"], true);
    assert_eq!(
        (done["runbook"]["extracted_by"].as_str(), codes(&done["runbook"])),
        (Some("structure"), vec!["model_late", "reviewer_partial"])
    );
    assert!(rest.contains(&"labels") && rest.contains(&"verdicts") && rest.ends_with(&["done"]), "{rest:?}");
    let (_, whole) = told.last().unwrap();
    assert_eq!((whole["waiting"].as_bool(), codes(&whole["runbook"]).len()), (Some(false), 0));
    assert_eq!(whole["runbook"]["extracted_by"], "model");
    let other = house.team("other").await;
    let (_, parsed) = house.post(other.lead(), PREVIEW, json!({"text": PAGE})).await;
    assert_eq!(codes(&parsed), ["model_late", "reviewer_partial"]);
    assert_eq!(parsed["steps"][0]["classification"]["risk"], "safe", "what came in time counts");
    assert_eq!(parsed["steps"][1]["classification"]["reviewer"], Value::Null);
}

#[tokio::test]
async fn who_leaves_before_the_answer_has_paid_for_the_question() {
    let (model, house, team) =
        house(|asked| Reply::After(Duration::from_secs(2), Box::new(Reply::Text(sensible(asked))))).await;
    let request = house.http.post(format!("{}{PREVIEW}", house.url)).bearer_auth(&team.lead().token);
    let leaving = tokio::spawn(request.json(&json!({"text": PAGE})).send());
    while model.heard().len() < 4 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    leaving.abort();
    assert!(leaving.await.is_err(), "nobody waits for the answer any more");
    let used = loop {
        let mut tx = house.store.tenant(team.tenant).await.unwrap();
        let used = model_usage::of_day(&mut tx, house.clock.now()).await.unwrap();
        if used.calls == 4 {
            break used;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!((used.failures, used.prompt_tokens), (0, 4_000));
}
