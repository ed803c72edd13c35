//! Signing in, staying signed in, signing out; and what a cookie may not do.

use crate::support::{House, Member, PAGE};
use chrono::TimeDelta;
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

async fn cookie(house: &House, link: &str) -> Option<String> {
    let answer = house.http.post(format!("{}/api/v1/auth/session", house.url)).json(&json!({"link": link}));
    let answer = answer.send().await.unwrap();
    let set = answer.headers().get(header::SET_COOKIE)?.to_str().unwrap().to_owned();
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Strict"), "{set}");
    Some(set.split(';').next().unwrap().to_owned())
}

async fn session(house: &House, cookie: &str) -> StatusCode {
    let request = house.http.get(format!("{}/api/v1/auth/session", house.url)).header("cookie", cookie);
    request.send().await.unwrap().status()
}

#[tokio::test]
async fn a_link_signs_in_once_and_its_cookie_says_who_it_is() {
    let house = House::new().await;
    let team = house.team("acme").await;
    let link = house.link(&team, team.lead().id).await;
    let cookie = cookie(&house, &link).await.expect("the first use signs in");
    let shown = house.http.get(format!("{}/api/v1/auth/session", house.url)).header("cookie", &cookie);
    let shown: Value = shown.send().await.unwrap().json().await.unwrap();
    assert_eq!(shown["user"]["role"], "lead");
    assert_eq!(shown["channel"], "web");
    assert_eq!(house.last_event(&team).await.0, "member.signed_in");
    assert!(self::cookie(&house, &link).await.is_none(), "the second use of a link signs nobody in");
}

#[tokio::test]
async fn a_session_ends_when_it_is_signed_out_and_when_its_time_is_over() {
    let house = House::new().await;
    let team = house.team("acme").await;
    let one = cookie(&house, &house.link(&team, team.lead().id).await).await.unwrap();
    let other = cookie(&house, &house.link(&team, team.lead().id).await).await.unwrap();
    let out = house.http.delete(format!("{}/api/v1/auth/session", house.url)).header("cookie", &one);
    let out = out.header("sec-fetch-site", "same-origin").send().await.unwrap();
    assert_eq!(out.status(), StatusCode::NO_CONTENT);
    assert_eq!(session(&house, &one).await, StatusCode::UNAUTHORIZED);
    assert_eq!(session(&house, &other).await, StatusCode::OK);
    house.clock.advance(TimeDelta::hours(12));
    assert_eq!(session(&house, &other).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_cookie_changes_nothing_for_another_sites_page() {
    let house = House::new().await;
    let team = house.team("acme").await;
    let cookie = cookie(&house, &house.link(&team, team.lead().id).await).await.unwrap();
    let before = house.events(&team).await;
    for site in [None, Some("cross-site"), Some("same-site")] {
        let mut request = house.http.post(format!("{}/api/v1/runbooks", house.url)).header("cookie", &cookie);
        if let Some(site) = site {
            request = request.header("sec-fetch-site", site);
        }
        let answer = request.json(&json!({"text": PAGE})).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
        assert_eq!(answer.json::<Value>().await.unwrap()["code"], "cross_origin");
    }
    assert_eq!(house.events(&team).await, before);
    let request = house.http.post(format!("{}/api/v1/runbooks", house.url)).header("cookie", &cookie);
    let answer = request.header("origin", &house.url).json(&json!({"text": PAGE})).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
}

#[tokio::test]
async fn a_deactivated_member_is_out_at_once_with_cookie_and_token() {
    let house = House::new().await;
    let team = house.team("acme").await;
    let cookie = cookie(&house, &house.link(&team, team.lead().id).await).await.unwrap();
    let mut tx = house.store.tenant(team.tenant).await.unwrap();
    dd0c_store::users::set_access(&mut tx, team.lead().id, dd0c_types::Role::Lead, false).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(session(&house, &cookie).await, StatusCode::UNAUTHORIZED);
    let answer = house.call(team.lead(), Method::GET, "/api/v1/runbooks", None).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_token_is_shown_once_works_until_revoked_and_never_exceeds_its_owner() {
    let house = House::new().await;
    let team = house.team("acme").await;
    let lead = team.lead();
    let (status, body) =
        house.post(lead, "/api/v1/settings/tokens", json!({"name": "ci", "role": "owner"})).await;
    assert_eq!((status, body["code"].as_str()), (StatusCode::FORBIDDEN, Some("forbidden")));
    let (status, made) =
        house.post(lead, "/api/v1/settings/tokens", json!({"name": "ci", "role": "viewer"})).await;
    assert_eq!(status, StatusCode::CREATED);
    let listed = house.get(lead, "/api/v1/settings/tokens").await;
    assert!(!listed.to_string().contains(made["token"].as_str().unwrap()));
    let ci = Member { token: made["token"].as_str().unwrap().to_owned(), ..lead.clone() };
    assert_eq!(house.get(&ci, "/api/v1/auth/session").await["user"]["role"], "viewer");
    let path = format!("/api/v1/settings/tokens/{}", made["id"].as_str().unwrap());
    assert_eq!(house.call(lead, Method::DELETE, &path, None).await.status(), StatusCode::NO_CONTENT);
    let answer = house.call(&ci, Method::GET, "/api/v1/runbooks", None).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}
