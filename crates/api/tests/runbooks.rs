//! Runbooks over HTTP: paste, change, compare, trust; and every kind of bad text.

use crate::support::{House, PAGE};
use dd0c_types::StepId;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

#[tokio::test]
async fn a_pasted_page_becomes_version_1_and_an_edit_version_2_while_1_stays_as_it_was() {
    let house = House::new().await;
    let team = house.team("acme").await;
    let (status, saved) = house.post(team.lead(), "/api/v1/runbooks", json!({"text": PAGE})).await;
    assert_eq!((status, &saved["version"]), (StatusCode::CREATED, &json!(1)));
    assert_eq!(saved["parsed"]["steps"][1]["classification"]["risk"], "dangerous");
    let path = format!("/api/v1/runbooks/{}", saved["id"].as_str().unwrap());
    let changed = PAGE.replace("checkout", "basket");
    let body = json!({"text": changed, "expected_version": 1});
    let answer = house.call(team.lead(), Method::PUT, &path, Some(body.clone())).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.json::<Value>().await.unwrap()["version"], 2);
    let first = house.get(team.viewer(), &format!("{path}/versions/1")).await;
    assert_eq!((first["text"].as_str(), &first["latest_version"]), (Some(PAGE), &json!(2)));
    assert_eq!(house.get(team.viewer(), &path).await["text"], changed);
    let versions = house.get(team.viewer(), &format!("{path}/versions")).await;
    assert_eq!(versions["versions"].as_array().unwrap().len(), 2);

    let stale = house.call(team.lead(), Method::PUT, &path, Some(body)).await;
    assert_eq!(stale.status(), StatusCode::CONFLICT);
    let stale: Value = stale.json().await.unwrap();
    assert_eq!((&stale["code"], &stale["current_version"]), (&json!("stale"), &json!(2)));
}

#[tokio::test]
async fn saving_records_the_parse_the_runbook_and_every_verdict_with_both_keys() {
    let house = House::new().await;
    let team = house.team("acme").await;
    house.runbook(&team).await;
    let page = house.get(team.viewer(), "/api/v1/audit").await;
    let events = page["events"].as_array().unwrap();
    let types: Vec<_> = events.iter().map(|event| event["event_type"].as_str().unwrap()).collect();
    assert_eq!(types, ["runbook.parsed", "runbook.created", "runbook.classified", "runbook.classified"]);
    let verdict = &events[3]["event_data"];
    assert_eq!(verdict["risk"], "dangerous");
    assert!(verdict["merge_rule"].is_string() && verdict["scanner"]["findings"].is_array());
    assert!(verdict["reviewer"].is_null());
    let newest = house.get(team.viewer(), "/api/v1/audit?newest=true&limit=3").await;
    assert_eq!(newest["events"][0], events[3]);
    let rest =
        house.get(team.viewer(), &format!("/api/v1/audit?newest=true&before={}", newest["next"])).await;
    assert_eq!(rest["events"].as_array().unwrap(), &events[..1]);
    let verified = house.get(team.viewer(), "/api/v1/audit/verify").await;
    assert_eq!((&verified["ok"], &verified["events"]), (&json!(true), &json!(4)));
    assert_eq!(verified["head"]["hash"], events[3]["hash"]);
}

#[tokio::test]
async fn trust_needs_a_reason_and_is_lost_with_the_next_version() {
    let house = House::new().await;
    let team = house.team("acme").await;
    let path = format!("/api/v1/runbooks/{}", house.runbook(&team).await);
    let trust = format!("{path}/trust-level");
    let set = |body| house.call(team.lead(), Method::PUT, &trust, Some(body));
    assert_eq!(set(json!({"level": 2, "reason": " "})).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(set(json!({"level": 3, "reason": "x"})).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(set(json!({"level": 2, "reason": "ran well ten times"})).await.status(), StatusCode::OK);
    assert_eq!(house.last_event(&team).await.0, "runbook.trust_changed");
    let body = json!({"text": format!("{PAGE}\nMore.\n"), "expected_version": 1});
    house.call(team.lead(), Method::PUT, &path, Some(body)).await;
    assert_eq!(house.get(team.viewer(), &path).await["trust_level"], 1);
}

#[tokio::test]
async fn a_deleted_runbook_is_as_absent_as_one_that_never_was() {
    let house = House::new().await;
    let team = house.team("acme").await;
    let path = format!("/api/v1/runbooks/{}", house.runbook(&team).await);
    assert_eq!(house.call(team.lead(), Method::DELETE, &path, None).await.status(), StatusCode::NO_CONTENT);
    let gone = house.call(team.lead(), Method::GET, &path, None).await;
    assert_eq!(gone.status(), StatusCode::NOT_FOUND);
    assert_eq!(house.get(team.viewer(), "/api/v1/runbooks").await["runbooks"], json!([]));
}

#[tokio::test]
async fn bad_text_is_refused_with_its_place_and_nothing_is_stored() {
    let house = House::new().await;
    let team = house.team("acme").await;
    let refused = |body: Vec<u8>| {
        let request =
            house.http.post(format!("{}/api/v1/runbooks", house.url)).bearer_auth(&team.lead().token);
        async move {
            let answer = request.body(body).send().await.unwrap();
            (answer.status(), answer.json::<Value>().await.unwrap())
        }
    };
    let (status, body) = refused(b"{\"text\":\"ab\xff\"}".to_vec()).await;
    assert_eq!((status, &body["offset"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(11)));
    let (status, body) = refused(br#"{"text":"ab\u0000c"}"#.to_vec()).await;
    assert_eq!((status, &body["offset"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(2)));
    let (status, body) = refused(br#"{"text":""}"#.to_vec()).await;
    assert_eq!((status, &body["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("empty_text")));
    let (status, body) = refused(br#"{"text":"Just words."}"#.to_vec()).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(body["detail"].as_str().unwrap().contains("We found no commands"), "{body}");
    assert_eq!(refused(b"{".to_vec()).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(house.events(&team).await, 0);
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_it_is_kept() {
    let house = House::new().await;
    let team = house.team("acme").await;
    let lead = team.lead();
    let ten_megabytes = json!({"text": "a".repeat(10 * 1024 * 1024)});
    let (status, body) = house.post(lead, "/api/v1/runbooks", ten_megabytes.clone()).await;
    assert_eq!((status, &body["code"]), (StatusCode::PAYLOAD_TOO_LARGE, &json!("too_large")));
    let chunk = vec![b' '; 64 * 1024];
    let chunks = futures::stream::iter((0..10).map(move |_| Ok::<_, std::io::Error>(chunk.clone())));
    let request = house.http.post(format!("{}/api/v1/runbooks", house.url)).bearer_auth(&lead.token);
    let answer = request.body(reqwest::Body::wrap_stream(chunks)).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE, "also without a declared length");
    let preview = json!({"text": "a".repeat(128 * 1024)});
    let (status, _) = house.post(lead, "/api/v1/runbooks/parse-preview", preview).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let other = json!({"command": "a".repeat(64 * 1024)});
    assert_eq!(house.post(lead, "/api/v1/classify", other).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(house.events(&team).await, 0);
}

#[tokio::test]
async fn a_preview_needs_no_login_stores_nothing_and_is_limited() {
    let house = House::new().await;
    let preview = || house.http.post(format!("{}/api/v1/runbooks/parse-preview", house.url));
    let parsed: Value = preview().json(&json!({"text": PAGE})).send().await.unwrap().json().await.unwrap();
    assert_eq!(
        (&parsed["schema"], parsed["steps"].as_array().unwrap().len()),
        (&json!("dd0c.runbook/v1"), 2)
    );
    for _ in 1..10 {
        assert_eq!(preview().json(&json!({"text": PAGE})).send().await.unwrap().status(), StatusCode::OK);
    }
    let refused = preview().json(&json!({"text": PAGE})).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.headers()["retry-after"].to_str().unwrap().parse::<u64>().unwrap() > 0);
    let team = house.team("acme").await;
    let (status, _) =
        house.post(team.viewer(), "/api/v1/runbooks/parse-preview", json!({"text": PAGE})).await;
    assert_eq!(status, StatusCode::OK, "a signed-in caller has a limit of their own");
}

#[tokio::test]
async fn one_customer_judges_30_commands_a_minute_and_another_is_not_held_up() {
    let house = House::new().await;
    let (acme, other) = (house.team("acme").await, house.team("other").await);
    let body = json!({"command": "rm -rf /srv/cache"});
    let mut judged = 0;
    let refused = loop {
        let answer = house.call(acme.viewer(), Method::POST, "/api/v1/classify", Some(body.clone())).await;
        if answer.status() != StatusCode::OK {
            break answer;
        }
        assert_eq!(answer.json::<Value>().await.unwrap()["risk"], "dangerous");
        judged += 1;
        // One more is allowed every two seconds: a slow machine judges a few more before it is sent away.
        assert!(judged < 300, "nobody is ever sent away");
    };
    assert!(judged >= 30, "sent away after {judged}");
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    let wait = refused.headers()["retry-after"].to_str().unwrap().parse::<u64>().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(house.post(other.viewer(), "/api/v1/classify", body).await.0, StatusCode::OK);
}

#[tokio::test]
async fn the_same_request_twice_is_done_once_and_answered_alike() {
    let house = House::new().await;
    let team = house.team("acme").await;
    let send = |key: &'static str, text: String| {
        let request =
            house.http.post(format!("{}/api/v1/runbooks", house.url)).bearer_auth(&team.lead().token);
        async move {
            let answer =
                request.header("idempotency-key", key).json(&json!({"text": text})).send().await.unwrap();
            (answer.status(), answer.json::<Value>().await.unwrap())
        }
    };
    let (status, first) = send("k1", PAGE.into()).await;
    let events = house.events(&team).await;
    assert_eq!(send("k1", PAGE.into()).await, (status, first.clone()));
    assert_eq!(house.events(&team).await, events, "the second request did nothing");
    let (status, other) = send("k1", format!("{PAGE} ")).await;
    assert_eq!((status, &other["code"]), (StatusCode::CONFLICT, &json!("idempotency_key_reused")));
    assert_eq!(send("k2", String::new()).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        send("k2", PAGE.into()).await.0,
        StatusCode::CREATED,
        "a refusal did nothing: the key is free"
    );
}

#[tokio::test]
async fn a_secret_is_not_kept_for_the_sake_of_an_idempotency_key() {
    let house = House::new().await;
    let team = house.team("acme").await;
    let send = || {
        let request = house.http.post(format!("{}/api/v1/agents/join-tokens", house.url));
        let request = request.bearer_auth(&team.owner().token).header("idempotency-key", "join");
        async move {
            let body = json!({"name": "prod-a", "max_risk": "safe"});
            let answer = request.json(&body).send().await.unwrap();
            (answer.status(), answer.json::<Value>().await.unwrap())
        }
    };
    let (status, made) = send().await;
    assert_eq!(status, StatusCode::CREATED);
    assert!(made["install"]["linux"].as_str().unwrap().contains("--max-risk safe"));
    let (status, again) = send().await;
    assert_eq!((status, &again["code"]), (StatusCode::CONFLICT, &json!("shown_once")));
    assert_eq!(house.events(&team).await, 1);
}

#[tokio::test]
async fn the_policy_decides_whether_the_local_reviewer_may_be_the_second_key() {
    let house = House::new().await;
    let team = house.team("acme").await;
    let text = "# Look\n\n1. Look:\n\n```bash\nkubectl get pods -n prod\n```\n";
    let of = |saved: &Value| saved["parsed"]["steps"][0]["classification"].clone();
    let (_, strict) = house.post(team.lead(), "/api/v1/runbooks", json!({"text": text})).await;
    assert_eq!((&of(&strict)["risk"], &of(&strict)["reviewer"]), (&json!("caution"), &Value::Null));
    let policy = json!({"policy": {"second_key": "local_allowed"}});
    let set = house.call(team.owner(), Method::PUT, "/api/v1/settings/policy", Some(policy)).await;
    assert_eq!(set.status(), StatusCode::OK);
    let (_, local) = house.post(team.lead(), "/api/v1/runbooks", json!({"text": text})).await;
    let verdict = of(&local);
    assert_eq!((&verdict["risk"], &verdict["merge_rule"]), (&json!("safe"), &json!("M3")));
    assert_eq!(verdict["reviewer"]["kind"], "local");
    let command = json!({"command": "kubectl get pods -n prod"});
    let (_, single) = house.post(team.lead(), "/api/v1/classify", command).await;
    assert_eq!((&single["risk"], &single["reviewer"]["kind"]), (&json!("safe"), &json!("local")));
}

#[tokio::test]
async fn a_preview_is_judged_by_the_callers_policy_and_without_login_by_the_houses() {
    let house = House::new().await;
    let team = house.team("acme").await;
    let body = json!({"text": "# Look\n\n1. Look:\n\n```bash\nkubectl get pods -n prod\n```\n"});
    let path = "/api/v1/runbooks/parse-preview";
    let (_, own) = house.post(team.viewer(), path, body.clone()).await;
    assert!(
        own["steps"][0]["classification"]["reviewer"].is_null(),
        "the customer's policy asks for a model"
    );
    let answer = house.http.post(format!("{}{path}", house.url)).json(&body).send().await.unwrap();
    let anybody: Value = answer.json().await.unwrap();
    assert_eq!(anybody["steps"][0]["classification"]["reviewer"]["kind"], "local");
}

#[tokio::test]
async fn the_stored_verdict_of_a_step_is_shown_to_its_own_customer_as_it_stands_in_the_newest_version() {
    let house = House::new().await;
    let (team, others) = (house.team("acme").await, house.team("globex").await);
    let (_, saved) = house.post(team.lead(), "/api/v1/runbooks", json!({"text": PAGE})).await;
    let step = &saved["parsed"]["steps"][1];
    let path = format!("/api/v1/classifications/{}", step["id"].as_str().unwrap());
    let shown = house.get(team.viewer(), &path).await;
    assert_eq!((&shown["runbook_id"], &shown["version"]), (&saved["id"], &json!(1)));
    assert_eq!((&shown["step_id"], &shown["classification"]), (&step["id"], &step["classification"]));
    let runbook = format!("/api/v1/runbooks/{}", saved["id"].as_str().unwrap());
    let body = json!({"text": format!("{PAGE}\nSome words more.\n"), "expected_version": 1});
    house.call(team.lead(), Method::PUT, &runbook, Some(body)).await.error_for_status().unwrap();
    assert_eq!(house.get(team.viewer(), &path).await["version"], 2, "the step kept its id");

    let status = async |who, path: &str| house.call(who, Method::GET, path, None).await.status();
    assert_eq!(status(others.owner(), &path).await, StatusCode::NOT_FOUND);
    let unknown = format!("/api/v1/classifications/{}", StepId::from_uuid(Uuid::now_v7()));
    assert_eq!(status(team.viewer(), &unknown).await, StatusCode::NOT_FOUND);
    let anybody = house.http.get(format!("{}{path}", house.url)).send().await.unwrap();
    assert_eq!(anybody.status(), StatusCode::UNAUTHORIZED);
    house.call(team.owner(), Method::DELETE, &runbook, None).await.error_for_status().unwrap();
    assert_eq!(status(team.viewer(), &path).await, StatusCode::NOT_FOUND, "deleted with its runbook");
}
