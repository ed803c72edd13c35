//! From an alert to the run that was started for it, and the rules by which a runbook is found.

use crate::support::{House, Team};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// A script's alert about this service; answers the alert's id.
async fn alert(house: &House, team: &Team, service: &str) -> String {
    let new = json!({"sender": "dd0c-alert", "name": service});
    let (_, made) = house.post(team.owner(), "/api/v1/settings/webhooks", new).await;
    let body = json!({"key": service, "status": "firing", "severity": 2, "title": "too many errors", "service": service});
    let request = house.http.post(made["address"].as_str().unwrap());
    let request = request.bearer_auth(made["secret"].as_str().unwrap()).json(&body);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::ACCEPTED);
    house.take_in().await;
    let listed = house.get(team.viewer(), "/api/v1/alerts").await;
    let listed = listed["alerts"].as_array().unwrap();
    let found = listed.iter().find(|one| one["alert"]["key"] == service).unwrap();
    found["id"].as_str().unwrap().to_owned()
}

async fn shown(house: &House, team: &Team, alert: &str) -> Value {
    house.get(team.viewer(), &format!("/api/v1/alerts/{alert}")).await
}

#[tokio::test]
async fn rules_are_tried_on_the_last_alerts_before_they_are_kept() {
    let house = House::new().await;
    let team = house.team("acme").await;
    let runbook = house.runbook(&team).await;
    let path = format!("/api/v1/runbooks/{runbook}/matching");
    let first = alert(&house, &team, "billing").await;
    assert_eq!(shown(&house, &team, &first).await["runbook_id"], Value::Null);
    assert_eq!(house.get(team.viewer(), &path).await, json!({"version": 0, "tags": [], "rules": []}));
    let rules = json!([{"services": ["bill*"]}]);
    let (status, tried) = house.post(team.viewer(), &format!("{path}/test"), json!({"rules": rules})).await;
    assert_eq!(status, StatusCode::OK, "{tried}");
    let one = &tried["alerts"][0];
    assert_eq!(
        (&one["id"], &one["before"], &one["after"]),
        (&json!(first), &json!("not_offered"), &json!("chosen"))
    );
    assert_eq!(one["reasons"][0]["kind"], "rule");
    assert!(one["points"].as_u64().unwrap() >= 70);
    assert_eq!(house.get(team.viewer(), &path).await["version"], 0, "nothing was kept");
    let change = json!({"rules": rules, "tags": ["money"], "expected_version": 0});
    let answer = house.call(team.lead(), Method::PUT, &path, Some(change.clone())).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let kept = house.get(team.viewer(), &path).await;
    assert_eq!(kept, json!({"version": 1, "tags": ["money"], "rules": rules}));
    let answer = house.call(team.lead(), Method::PUT, &path, Some(change)).await;
    assert_eq!(answer.status(), StatusCode::CONFLICT);
    let refused: Value = answer.json().await.unwrap();
    assert_eq!((&refused["code"], &refused["current_version"]), (&json!("stale"), &json!(1)));
    let second = alert(&house, &team, "billing-eu").await;
    assert_eq!(shown(&house, &team, &second).await["runbook_id"], json!(runbook));
}

#[tokio::test]
async fn rules_that_say_nothing_or_too_much_are_refused() {
    let house = House::new().await;
    let team = house.team("acme").await;
    let path = format!("/api/v1/runbooks/{}/matching", house.runbook(&team).await);
    let many: Vec<String> = (0..33).map(|number| number.to_string()).collect();
    for wrong in [
        json!({"rules": [{}]}),
        json!({"tags": [" "]}),
        json!({"tags": ["x".repeat(201)]}),
        json!({"tags": many}),
        json!({"rules": [{"keywords": many}]}),
        json!({"rules": [{"labels": {"": "x"}}]}),
    ] {
        let (status, said) = house.post(team.viewer(), &format!("{path}/test"), wrong.clone()).await;
        let refused = (StatusCode::UNPROCESSABLE_ENTITY, &json!("invalid_matching"));
        assert_eq!((status, &said["code"]), refused, "{wrong}");
        let mut change = wrong.clone();
        change["expected_version"] = json!(0);
        let answer = house.call(team.lead(), Method::PUT, &path, Some(change)).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
    let (status, said) = house
        .post(team.viewer(), &format!("{path}/test"), json!({"rules": [{"services": [], "servces": []}]}))
        .await;
    assert_eq!((status, &said["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("invalid_body")));
}

#[tokio::test]
async fn of_one_alert_one_run_goes_on_at_a_time_whoever_starts_it() {
    let house = House::new().await;
    let (team, other) = (house.team("acme").await, house.team("other").await);
    let (runbook, alert) = (house.runbook(&team).await, alert(&house, &team, "checkout").await);
    let body = json!({"runbook_id": runbook, "alert_id": alert});
    let start = |who| house.post(who, "/api/v1/executions", body.clone());
    let (one, two) = tokio::join!(start(team.responder()), start(team.lead()));
    let started = [&one, &two].into_iter().find(|(status, _)| *status == StatusCode::CREATED);
    let run = started.unwrap().1["id"].clone();
    for (status, said) in [&one, &two] {
        let same = *status == StatusCode::CREATED && said["id"] == run;
        let told = *status == StatusCode::CONFLICT && said["code"] == "already_started";
        assert!(same || told, "{said}");
    }
    let runs = house.get(team.viewer(), "/api/v1/executions").await;
    assert_eq!(runs["executions"].as_array().unwrap().len(), 1);
    let now = shown(&house, &team, &alert).await;
    assert_eq!((&now["execution_id"], &now["runbook_id"]), (&run, &json!(runbook)));
    assert_eq!(now["chosen_by"]["kind"], "user", "{now}");
    let (status, said) = start(team.lead()).await;
    assert_eq!((status, &said["code"]), (StatusCode::CONFLICT, &json!("already_started")));
    let path = format!("/api/v1/executions/{}/abort", run.as_str().unwrap());
    let (status, said) = house.post(team.lead(), &path, json!({"reason": "wrong page"})).await;
    assert_eq!(status, StatusCode::OK, "{said}");
    let (status, said) = start(team.lead()).await;
    assert_eq!(status, StatusCode::CREATED, "when it has ended, another may be started: {said}");
    assert_ne!(said["id"], run);
    let foreign = json!({"runbook_id": house.runbook(&other).await, "alert_id": alert});
    let (status, _) = house.post(other.lead(), "/api/v1/executions", foreign).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "another customer's alert is none");
}
