//! Walks the description: whatever is added to it is refused without a token, kept from other customers, and audited.

use std::collections::BTreeSet;

use crate::support::{House, PAGE, Team};
use dd0c_api::access::{OPEN, rules};
use dd0c_types::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// Every operation of the description: method, path, whether it takes a body.
fn operations() -> Vec<(Method, String)> {
    let api = serde_json::to_value(dd0c_api::openapi()).unwrap();
    let mut found = Vec::new();
    for (path, item) in api["paths"].as_object().unwrap() {
        for method in ["get", "post", "put", "delete"] {
            if item.get(method).is_some() {
                found.push((method.to_uppercase().parse().unwrap(), path.clone()));
            }
        }
    }
    found
}

fn is_open(method: &Method, path: &str) -> bool {
    OPEN.iter().any(|(open, at, _)| open == method && *at == path)
}

/// The path with ids that name nothing.
fn with_absent_ids(path: &str) -> String {
    let id = "0".repeat(31) + "1";
    let kind = match path {
        path if path.contains("/runbooks/") => "rbk",
        path if path.contains("/executions/") => "exe",
        path if path.contains("/agents/") => "agt",
        path if path.contains("/alerts/") => "alt",
        path if path.contains("/webhooks/") => "src",
        _ => "tok",
    };
    path.replace("{id}", &format!("{kind}_{id}"))
        .replace("{step}", &format!("stp_{id}"))
        .replace("{step_id}", &format!("stp_{id}"))
        .replace("{version}", "1")
        .replace("{sender}", "pagerduty")
        .replace("{key}", &"0".repeat(64))
}

#[test]
fn every_operation_has_a_rule_and_every_rule_an_operation() {
    let described: BTreeSet<_> = operations().into_iter().map(|(m, p)| (m.to_string(), p)).collect();
    let ruled: BTreeSet<_> = rules().map(|rule| (rule.method.to_string(), rule.path.to_owned())).collect();
    assert_eq!(described, ruled);
}

#[test]
fn the_committed_description_is_the_one_the_code_gives() {
    let committed = include_str!("../../../docs/openapi.json");
    let generated = dd0c_api::openapi().to_pretty_json().unwrap();
    assert!(
        committed.trim_end() == generated,
        "run: cargo run -p dd0c-api --example openapi > docs/openapi.json"
    );
}

#[tokio::test]
async fn nothing_is_answered_without_a_credential_but_what_is_open_for_a_reason() {
    let house = House::new().await;
    for (method, path) in operations() {
        let url = format!("{}{}", house.url, with_absent_ids(&path));
        for token in [None, Some("dd0c_tok_wrong")] {
            let mut request = house.http.request(method.clone(), &url).json(&json!({}));
            if let Some(token) = token {
                request = request.bearer_auth(token);
            }
            let answer = request.send().await.unwrap();
            let refused = answer.status() == StatusCode::UNAUTHORIZED
                && answer.headers().contains_key("www-authenticate");
            let open = is_open(&method, &path);
            assert!(open || refused, "{method} {path} answers {} without a credential", answer.status());
            assert!(answer.headers().contains_key("x-request-id"), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn each_operation_refuses_the_role_below_the_one_it_declares() {
    let house = House::new().await;
    let team = house.team("acme").await;
    for rule in rules() {
        let dd0c_api::access::Access::Member(least) = rule.access else { continue };
        let Some(below) = Role::ALL.into_iter().rev().find(|role| *role < least) else { continue };
        let path = with_absent_ids(rule.path);
        let answer = house.call(team.with(below), rule.method.clone(), &path, Some(json!({}))).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{} {}", rule.method, rule.path);
    }
    assert_eq!(house.events(&team).await, 0);
}

/// A body that the operation accepts in form.
fn body_for(path: &str) -> Value {
    match path.rsplit('/').next().unwrap() {
        "trust-level" => json!({"level": 1, "reason": "x"}),
        "approve" => json!({"command_sha256": "0".repeat(64)}),
        "edit" | "unlisted" => json!({"command": "ls"}),
        "drafts" => json!({"execution_id": format!("exe_{}1", "0".repeat(31)), "items": []}),
        "matching" => json!({"tags": ["x"], "expected_version": 0}),
        "{id}" => json!({"text": PAGE, "expected_version": 1}),
        _ => json!({}),
    }
}

/// What one customer has, by the prefix of its ids.
async fn belongings(house: &House, team: &Team) -> Vec<(&'static str, String)> {
    let runbook = house.runbook(team).await;
    let shown = house.get(team.viewer(), &format!("/api/v1/runbooks/{runbook}")).await;
    let step = shown["parsed"]["steps"][0]["id"].as_str().unwrap().to_owned();
    let (_, token) = house.post(team.owner(), "/api/v1/settings/tokens", json!({"name": "t"})).await;
    let run = house.run(team).await.rsplit('/').next().unwrap().to_owned();
    let new = json!({"sender": "dd0c-alert", "name": "scripts of acme"});
    let (_, webhook) = house.post(team.owner(), "/api/v1/settings/webhooks", new).await;
    let webhook = webhook["id"].as_str().unwrap().to_owned();
    let test = format!("/api/v1/settings/webhooks/{webhook}/test");
    house.call(team.owner(), Method::POST, &test, None).await;
    house.take_in().await;
    let alerts = house.get(team.viewer(), "/api/v1/alerts").await;
    vec![
        ("alt", alerts["alerts"][0]["id"].as_str().unwrap().to_owned()),
        ("src", webhook),
        ("rbk", runbook),
        ("exe", run),
        ("agt", team.agent.to_string()),
        ("stp", step),
        ("tok", token["id"].as_str().unwrap().to_owned()),
    ]
}

#[tokio::test]
async fn a_foreign_id_answers_with_the_same_bytes_as_one_that_never_was() {
    let house = House::new().await;
    let (acme, other) = (house.team("acme").await, house.team("other").await);
    let foreign = belongings(&house, &acme).await;
    for (method, path) in operations().into_iter().filter(|(_, path)| path.contains('{')) {
        let absent = with_absent_ids(&path);
        let Some((prefix, id)) = foreign.iter().find(|(prefix, _)| absent.contains(&format!("/{prefix}_")))
        else {
            continue;
        };
        let none = format!("{prefix}_{}1", "0".repeat(31));
        let body = body_for(&path);
        let mut answers = Vec::new();
        for path in [absent.clone(), absent.replace(&none, id)] {
            let answer = house.call(other.owner(), method.clone(), &path, Some(body.clone())).await;
            let status = answer.status();
            let mut body: Value = answer.json().await.unwrap();
            body["request_id"] = Value::Null;
            answers.push((status, body.to_string()));
        }
        assert_eq!(answers[0], answers[1], "{method} {path}");
        assert_eq!(answers[0].0, StatusCode::NOT_FOUND, "{method} {path}");
    }
}

#[tokio::test]
async fn no_list_of_one_customer_shows_anything_of_another() {
    let house = House::new().await;
    let (acme, other) = (house.team("acme").await, house.team("other").await);
    let canaries = belongings(&house, &acme).await;
    for (method, path) in operations() {
        let plain = method == Method::GET && !path.contains('{') && path.starts_with("/api/v1/");
        if !plain || is_open(&method, &path) {
            continue;
        }
        let path = if path.ends_with("/export") { format!("{path}?format=json") } else { path };
        let answer = house.call(other.owner(), method, &path, None).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        let text = answer.text().await.unwrap();
        assert!(!text.contains("acme"), "{path} shows another customer's words");
        for (_, id) in &canaries {
            assert!(!text.contains(id.as_str()), "{path} shows {id}");
        }
    }
}

#[tokio::test]
async fn every_change_that_needs_no_engine_leaves_its_audit_event() {
    let house = House::new().await;
    let team = house.team("acme").await;
    let owner = team.owner();
    let runbook = format!("/api/v1/runbooks/{}", house.runbook(&team).await);
    let (_, token) = house.post(owner, "/api/v1/settings/tokens", json!({"name": "t"})).await;
    let token = format!("/api/v1/settings/tokens/{}", token["id"].as_str().unwrap());
    let new = json!({"sender": "jsm", "name": "service desk"});
    let (_, webhook) = house.post(owner, "/api/v1/settings/webhooks", new.clone()).await;
    let webhook = format!("/api/v1/settings/webhooks/{}", webhook["id"].as_str().unwrap());
    let changes = [
        (
            Method::POST,
            "/api/v1/auth/links".to_owned(),
            json!({"user_id": team.viewer().id}),
            "member.changed",
        ),
        (Method::POST, "/api/v1/settings/tokens".to_owned(), json!({"name": "x"}), "token.created"),
        (Method::DELETE, token, json!({}), "token.revoked"),
        (Method::POST, "/api/v1/agents/join-tokens".to_owned(), json!({"name": "a"}), "agent.invited"),
        (Method::PUT, "/api/v1/settings/policy".to_owned(), json!({"policy": {}}), "policy.changed"),
        (
            Method::PUT,
            format!("{runbook}/trust-level"),
            json!({"level": 0, "reason": "x"}),
            "runbook.trust_changed",
        ),
        (
            Method::PUT,
            format!("{runbook}/matching"),
            json!({"tags": ["checkout"], "expected_version": 0}),
            "runbook.matching_changed",
        ),
        (Method::POST, "/api/v1/settings/webhooks".to_owned(), new, "webhook.created"),
        (Method::POST, format!("{webhook}/secrets"), json!({}), "webhook.secret_changed"),
        (Method::POST, format!("{webhook}/test"), json!({}), "webhook.tested"),
        (Method::DELETE, webhook, json!({}), "webhook.deleted"),
        (Method::POST, "/api/v1/classify".to_owned(), json!({"command": "ls"}), "command.classified"),
        (Method::GET, "/api/v1/audit/export?format=csv".to_owned(), Value::Null, "export.created"),
        (Method::DELETE, runbook, json!({}), "runbook.deleted"),
    ];
    for (method, path, body, event) in changes {
        let before = house.events(&team).await;
        let answer = house.call(owner, method.clone(), &path, Some(body)).await;
        assert!(answer.status().is_success(), "{method} {path}: {}", answer.text().await.unwrap());
        assert!(house.events(&team).await > before, "{method} {path} leaves no audit event");
        assert_eq!(house.last_event(&team).await.0, event, "{method} {path}");
    }
    assert_eq!(house.get(owner, "/api/v1/audit/verify").await["ok"], true);
}

#[tokio::test]
async fn pages_come_with_the_headers_that_keep_browsers_safe_and_unknown_api_paths_with_a_problem() {
    let house = House::new().await;
    let page = house.http.get(format!("{}/runs/anything", house.url)).send().await.unwrap();
    let headers = page.headers();
    assert!(headers["content-security-policy"].to_str().unwrap().contains("frame-ancestors 'none'"));
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert_eq!(headers["referrer-policy"], "no-referrer");
    let unknown = house.http.get(format!("{}/api/v1/nothing", house.url)).send().await.unwrap();
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    assert_eq!(unknown.headers()["content-type"], "application/problem+json");
    let wrong = house.http.patch(format!("{}/api/v1/runbooks", house.url)).send().await.unwrap();
    assert_eq!(wrong.headers()["content-type"], "application/problem+json");
}
