//! Deliveries of alerts over HTTP: who is let in, what is kept, and that nobody learns more than they know.

use crate::support::{House, Team};
use chrono::{SecondsFormat, TimeDelta, Utc};
use dd0c_api::Limits;
use dd0c_api::webhooks::{SECRET_HEADER, Sample, sample};
use dd0c_types::AlertSender;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use sha2::Sha256;

/// A webhook as it was shown when it was made.
struct Webhook {
    id: String,
    address: String,
    secret: String,
}

async fn webhook(house: &House, team: &Team, sender: AlertSender) -> Webhook {
    let new = json!({"sender": sender, "name": sender.name()});
    let (status, made) = house.post(team.owner(), "/api/v1/settings/webhooks", new).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    Webhook { id: text("id"), address: text("address"), secret: text("secret") }
}

/// A firing alert as the sender would write it.
fn firing(sender: AlertSender, id: &str) -> String {
    let at = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
    let said = Sample {
        id,
        at: &at,
        title: "5xx above 5 %",
        text: "since 03:00",
        service: "checkout",
        region: "eu-1",
    };
    sample(sender, &said).to_string()
}

fn signature(secret: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    format!("v1={}", hex::encode(mac.finalize().into_bytes()))
}

/// A request with the proof that the sender gives.
fn proven(request: RequestBuilder, sender: AlertSender, secret: &str, body: &str) -> RequestBuilder {
    match sender {
        AlertSender::Pagerduty => request.header("x-pagerduty-signature", signature(secret, body)),
        AlertSender::Jsm => request.header(SECRET_HEADER, secret),
        _ => request.bearer_auth(secret),
    }
}

async fn deliver(house: &House, at: &str, sender: AlertSender, secret: &str, body: &str) -> Response {
    proven(house.http.post(at), sender, secret, body).body(body.to_owned()).send().await.unwrap()
}

async fn alerts(house: &House, team: &Team) -> Vec<Value> {
    house.take_in().await;
    house.get(team.viewer(), "/api/v1/alerts").await["alerts"].as_array().unwrap().clone()
}

/// What came of the last delivery, as the settings say it.
async fn outcome(house: &House, team: &Team) -> Value {
    house.get(team.lead(), "/api/v1/settings/webhooks").await["webhooks"][0]["last_delivery"]["outcome"]
        .clone()
}

#[tokio::test]
async fn every_sender_is_taken_in_with_its_own_proof() {
    let house = House::new().await;
    let team = house.team("acme").await;
    for sender in AlertSender::ALL {
        let place = webhook(&house, &team, sender).await;
        let answer = deliver(&house, &place.address, sender, &place.secret, &firing(sender, "1")).await;
        assert_eq!(answer.status(), StatusCode::ACCEPTED, "{sender:?}: {}", answer.text().await.unwrap());
    }
    let before = house.get(team.viewer(), "/api/v1/alerts").await;
    assert_eq!(before["alerts"], json!([]), "the answer did not wait for the work");
    let kept = alerts(&house, &team).await;
    assert_eq!(kept.len(), AlertSender::ALL.len());
    for alert in &kept {
        assert_eq!(alert["alert"]["service"], "checkout");
        let one =
            house.get(team.viewer(), &format!("/api/v1/alerts/{}", alert["id"].as_str().unwrap())).await;
        assert_eq!(one, *alert);
    }
    assert_eq!(outcome(&house, &team).await, "1 alert");
    let mut pages = Vec::new();
    let mut path = "/api/v1/alerts?limit=2".to_owned();
    loop {
        let page = house.get(team.viewer(), &path).await;
        pages.extend(page["alerts"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_object() else { break };
        let (before, after) = (next["before"].as_str().unwrap(), next["after"].as_str().unwrap());
        path = format!("/api/v1/alerts?limit=2&before={}&after={after}", before.replace('+', "%2B"));
    }
    assert_eq!(pages, kept, "page by page it is the same list, though all came at one time");
}

#[tokio::test]
async fn whoever_does_not_know_the_secret_learns_nothing_from_the_answer() {
    let house = House::new().await;
    let (acme, other) = (house.team("acme").await, house.team("other").await);
    let signs = webhook(&house, &acme, AlertSender::Pagerduty).await;
    let shows = webhook(&house, &acme, AlertSender::Alertmanager).await;
    let foreign = webhook(&house, &other, AlertSender::Pagerduty).await;
    let gone = webhook(&house, &acme, AlertSender::Pagerduty).await;
    let path = format!("/api/v1/settings/webhooks/{}", gone.id);
    house.call(acme.owner(), Method::DELETE, &path, None).await;
    let body = firing(AlertSender::Pagerduty, "1");
    let right = signature(&signs.secret, &body);
    let post = |at: &str| house.http.post(at).body(body.clone());
    let sign = |at: &str, signature: &str| post(at).header("x-pagerduty-signature", signature);
    let base = format!("{}/api/v1/webhooks", house.url);
    let tries = [
        ("no such address", sign(&format!("{base}/pagerduty/{}", "0".repeat(64)), &right)),
        ("an address that is none", sign(&format!("{base}/pagerduty/x"), &right)),
        ("no such sender", sign(&signs.address.replace("pagerduty", "nagios"), &right)),
        ("another sender's path", sign(&signs.address.replace("pagerduty", "alertmanager"), &right)),
        ("a deleted webhook", sign(&gone.address, &signature(&gone.secret, &body))),
        ("no signature", post(&signs.address)),
        ("another secret", sign(&signs.address, &signature(&shows.secret, &body))),
        ("another customer's secret", sign(&signs.address, &signature(&foreign.secret, &body))),
        ("another customer's address", sign(&foreign.address, &right)),
        ("a signature of other bytes", sign(&signs.address, &signature(&signs.secret, &format!("{body} ")))),
        ("an empty secret", sign(&signs.address, &signature("", &body))),
        ("the secret itself", post(&signs.address).bearer_auth(&signs.secret)),
        ("an API token", post(&shows.address).bearer_auth(&acme.owner().token)),
        ("an empty token", post(&shows.address).header("authorization", "Bearer ")),
        ("a part of the secret", post(&shows.address).bearer_auth(&shows.secret[..40])),
    ];
    let mut answers = Vec::new();
    for (what, request) in tries {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{what}");
        let mut headers = answer.headers().clone();
        for of_the_moment in ["x-request-id", "date"] {
            headers.remove(of_the_moment);
        }
        let mut said: Value = answer.json().await.unwrap();
        said["request_id"] = Value::Null;
        answers.push((what, headers, said.to_string()));
    }
    let first = &answers[0];
    for (what, headers, said) in &answers {
        assert_eq!((headers, said), (&first.1, &first.2), "{what} can be told from {}", first.0);
    }
    assert_eq!(alerts(&house, &acme).await, [] as [Value; 0], "nothing was taken in");
    assert_eq!(alerts(&house, &other).await, [] as [Value; 0]);
}

#[tokio::test]
async fn while_a_secret_is_changed_both_work_and_afterwards_only_the_new_one() {
    let house = House::new().await;
    let team = house.team("acme").await;
    for sender in [AlertSender::Pagerduty, AlertSender::Opsgenie] {
        let place = webhook(&house, &team, sender).await;
        let change = format!("/api/v1/settings/webhooks/{}/secrets", place.id);
        let (status, made) = house.post(team.owner(), &change, json!({"old_good_for_minutes": 60})).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        let new = made["secret"].as_str().unwrap().to_owned();
        assert_ne!(new, place.secret);
        let status = async |secret: &str, id: &str| {
            deliver(&house, &place.address, sender, secret, &firing(sender, id)).await.status()
        };
        assert_eq!(status(&place.secret, "old").await, StatusCode::ACCEPTED);
        assert_eq!(status(&new, "new").await, StatusCode::ACCEPTED);
        house.clock.advance(TimeDelta::minutes(61));
        assert_eq!(status(&place.secret, "late").await, StatusCode::UNAUTHORIZED);
        assert_eq!(status(&new, "later").await, StatusCode::ACCEPTED);
        // A secret that got out is dropped at once; the sender's own is never shown again.
        let own = json!({"secret": "the sender made this one", "old_good_for_minutes": 0});
        let (refused, said) = house.post(team.owner(), &change, own).await;
        assert_eq!((refused, &said["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("invalid_secret")));
        let own = json!({"secret": "the-sender-made-this-one", "old_good_for_minutes": 0});
        let (_, said) = house.post(team.owner(), &change, own).await;
        assert_eq!(said["secret"], Value::Null, "{said}");
        assert_eq!(status(&new, "dropped").await, StatusCode::UNAUTHORIZED);
        assert_eq!(status("the-sender-made-this-one", "own").await, StatusCode::ACCEPTED);
    }
    assert_eq!(alerts(&house, &team).await.len(), 8, "four of each were let in");
}

#[tokio::test]
async fn pagerduty_may_sign_with_several_keys_at_once() {
    let house = House::new().await;
    let team = house.team("acme").await;
    let place = webhook(&house, &team, AlertSender::Pagerduty).await;
    let body = firing(AlertSender::Pagerduty, "1");
    let both = format!("{},{}", signature("another-key-of-theirs", &body), signature(&place.secret, &body));
    let request = house.http.post(&place.address).header("x-pagerduty-signature", both).body(body);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::ACCEPTED);
    assert_eq!(alerts(&house, &team).await.len(), 1);
}

#[tokio::test]
async fn a_delivery_of_256_kib_is_taken_in_and_one_byte_more_is_not_read() {
    let house = House::new().await;
    let team = house.team("acme").await;
    let sender = AlertSender::Dd0cAlert;
    let place = webhook(&house, &team, sender).await;
    let mut body = firing(sender, "large");
    body.push_str(&" ".repeat(256 * 1024 - body.len()));
    let answer = deliver(&house, &place.address, sender, &place.secret, &body).await;
    assert_eq!(answer.status(), StatusCode::ACCEPTED, "{}", answer.text().await.unwrap());
    body.push(' ');
    let answer = deliver(&house, &place.address, sender, &place.secret, &body).await;
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let kept = alerts(&house, &team).await;
    assert_eq!((kept.len(), &kept[0]["deliveries"]), (1, &json!(1)));
}

#[tokio::test]
async fn what_is_no_alert_is_taken_in_and_said_in_the_settings() {
    let house = House::new().await;
    let team = house.team("acme").await;
    let sender = AlertSender::Pagerduty;
    let place = webhook(&house, &team, sender).await;
    let ping = include_str!("../../matcher/tests/payloads/pagerduty-ping.json");
    for (body, said) in
        [(ping, "nothing of an alert"), ("{\"event\":", "could not be read"), ("", "could not be read")]
    {
        let answer = deliver(&house, &place.address, sender, &place.secret, body).await;
        assert_eq!(answer.status(), StatusCode::ACCEPTED, "{body}");
        assert_eq!(alerts(&house, &team).await, [] as [Value; 0]);
        let outcome = outcome(&house, &team).await;
        assert!(outcome.as_str().is_some_and(|outcome| outcome.contains(said)), "{body}: {outcome}");
        house.clock.advance(TimeDelta::seconds(1));
    }
}

#[tokio::test]
async fn a_replay_a_month_later_changes_nothing() {
    let house = House::new().await;
    let team = house.team("acme").await;
    for sender in [AlertSender::Pagerduty, AlertSender::Alertmanager] {
        let place = webhook(&house, &team, sender).await;
        let body = firing(sender, "1");
        let answer = deliver(&house, &place.address, sender, &place.secret, &body).await;
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
        let (before, events) = (alerts(&house, &team).await, house.events(&team).await);
        house.clock.advance(TimeDelta::days(31));
        for _ in 0..3 {
            let answer = deliver(&house, &place.address, sender, &place.secret, &body).await;
            assert_eq!(answer.status(), StatusCode::ACCEPTED, "the sender need not send it again");
        }
        assert_eq!(alerts(&house, &team).await, before);
        assert_eq!(house.events(&team).await, events);
    }
}

#[tokio::test]
async fn one_customers_flood_is_put_off_and_keeps_nobody_else_out() {
    let limits = Limits { deliveries_per_tenant_and_minute: 2.try_into().unwrap(), ..Limits::default() };
    let house = House::with_limits(limits).await;
    let (acme, other) = (house.team("acme").await, house.team("other").await);
    let sender = AlertSender::Dd0cAlert;
    let (ours, theirs) = (webhook(&house, &acme, sender).await, webhook(&house, &other, sender).await);
    // What proves nothing counts for nobody.
    for _ in 0..5 {
        let answer = deliver(&house, &ours.address, sender, &theirs.secret, &firing(sender, "forged")).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    }
    for id in ["1", "2"] {
        let answer = deliver(&house, &ours.address, sender, &ours.secret, &firing(sender, id)).await;
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
    }
    let answer = deliver(&house, &ours.address, sender, &ours.secret, &firing(sender, "3")).await;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    let seconds: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let answer = deliver(&house, &theirs.address, sender, &theirs.secret, &firing(sender, "1")).await;
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    assert_eq!(alerts(&house, &acme).await.len(), 2, "what was put off was not kept");
    assert_eq!(alerts(&house, &other).await.len(), 1);
}

#[tokio::test]
async fn a_secret_is_shown_once_and_none_is_empty() {
    let house = House::new().await;
    let team = house.team("acme").await;
    for secret in ["", "   ", "short", "with a space in the middle"] {
        let new = json!({"sender": "pagerduty", "name": "x", "secret": secret});
        let (status, said) = house.post(team.owner(), "/api/v1/settings/webhooks", new).await;
        let refused = (StatusCode::UNPROCESSABLE_ENTITY, &json!("invalid_secret"));
        assert_eq!((status, &said["code"]), refused, "{secret:?}");
    }
    let new = json!({"sender": "pagerduty", "name": " "});
    let (status, _) = house.post(team.owner(), "/api/v1/settings/webhooks", new).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let url = format!("{}/api/v1/settings/webhooks", house.url);
    let make = || {
        let request = house.http.post(&url).bearer_auth(&team.owner().token).header("idempotency-key", "k1");
        request.json(&json!({"sender": "pagerduty", "name": "night shift"})).send()
    };
    let made: Value = make().await.unwrap().json().await.unwrap();
    let secret = made["secret"].as_str().unwrap();
    let again: Value = make().await.unwrap().json().await.unwrap();
    assert_eq!(again["code"], "shown_once", "{again}");
    let listed = house.get(team.lead(), "/api/v1/settings/webhooks").await;
    assert_eq!(listed["webhooks"].as_array().unwrap().len(), 1);
    assert_eq!(listed["webhooks"][0]["address"], made["address"]);
    assert!(!listed.to_string().contains(secret));
    let trail = house.get(team.viewer(), "/api/v1/audit").await;
    assert!(!trail.to_string().contains(secret), "nor does the audit trail hold it");
    assert!(!trail.to_string().contains(made["address"].as_str().unwrap().rsplit('/').next().unwrap()));
}

#[tokio::test]
async fn a_test_alert_goes_the_whole_way() {
    let house = House::new().await;
    let team = house.team("acme").await;
    for sender in AlertSender::ALL {
        let place = webhook(&house, &team, sender).await;
        let path = format!("/api/v1/settings/webhooks/{}/test", place.id);
        let answer = house.call(team.owner(), Method::POST, &path, None).await;
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
    }
    let kept = alerts(&house, &team).await;
    assert_eq!(kept.len(), AlertSender::ALL.len());
    assert!(kept.iter().all(|alert| alert["alert"]["title"].as_str().unwrap().contains("nothing is wrong")));
}
