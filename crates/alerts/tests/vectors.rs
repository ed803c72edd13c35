//! A model behind real HTTP is asked about alerts whose words leave their runbook open: what becomes of them, and that
//! nothing becomes worse whatever the model does.

use std::time::{Duration, Instant};

use crate::house::{House, at, customer, parsed, somebody};
use dd0c_queue::{Trace, publish, topic};
use dd0c_store::alerts::{self, Record, Rejection};
use dd0c_store::runbooks::{self, NewVersion};
use dd0c_store::{matching, model_usage, queue_messages};
use dd0c_testkit::embedding;
use dd0c_testkit::model::{Asked, Reply, ScriptedModel};
use dd0c_types::{Clock, MatchReason, RunbookId, Sureness};
use serde_json::json;

const PLENTY: u64 = 1_000_000;
/// What the model knows and the words do not say.
const SYNONYMS: [(&str, &str); 2] = [("volume", "disk"), ("exhausted", "full")];

fn knows(asked: &Asked) -> Reply {
    embedding::answer(asked, &SYNONYMS)
}

/// A delivery of an alert that says this.
fn says(key: &str, title: &str, status: &str, seconds: i64) -> String {
    json!({"key": key, "title": title, "severity": 1, "status": status, "at": at(seconds).to_rfc3339()})
        .to_string()
}

/// A house with a model and three runbooks, of which the first is about a full disk.
async fn house(
    script: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
) -> (ScriptedModel, House, RunbookId) {
    let model = ScriptedModel::start(script).await;
    let house = House::with_model(model.url(), PLENTY).await;
    let disk = shelf(&house).await;
    (model, house, disk)
}

async fn shelf(house: &House) -> RunbookId {
    let disk = house.plain_runbook("Disk full").await;
    house.plain_runbook("Rotate certificates").await;
    house.plain_runbook("Failover primary").await;
    disk
}

/// An alert about a full disk comes in, in other words.
async fn volume_exhausted(house: &House) {
    house.deliver(&says("k", "Volume exhausted", "firing", 0), 0).await;
    house.work(0).await;
}

async fn the_alert(house: &House) -> Record {
    let mut all = house.alerts().await;
    assert_eq!(all.len(), 1, "one alert");
    all.remove(0)
}

fn sureness(alert: &Record) -> Sureness {
    alert.choice.as_ref().unwrap().sureness
}

/// The runbooks that are offered.
fn offered(alert: &Record) -> Vec<RunbookId> {
    alert.choice.as_ref().unwrap().ranked.iter().map(|one| one.runbook).collect()
}

/// How often a choice was written down.
async fn matched(house: &House) -> usize {
    house.audited().await.iter().filter(|kind| *kind == "alert.matched").count()
}

#[tokio::test]
async fn what_shares_no_word_with_its_runbook_is_offered_it_by_the_vector() {
    let (model, house, disk) = house(knows).await;
    volume_exhausted(&house).await;
    assert_eq!(sureness(&the_alert(&house).await), Sureness::Nothing, "words find nothing");
    assert_eq!(house.told(0).await.len(), 1, "and the alert is told of before anything is asked");
    assert!(model.heard().is_empty());
    house.ask(1).await;
    let alert = the_alert(&house).await;
    assert_eq!((sureness(&alert), offered(&alert)), (Sureness::Unsure, vec![disk]));
    assert_eq!(alert.choice.unwrap().ranked[0].reasons, [MatchReason::Alike(100)]);
    let told: Vec<_> = house.told(6).await.into_iter().map(|(_, why)| why).collect();
    assert_eq!(told, ["new", "changed"]);
    assert_eq!(house.audited().await, ["alert.received", "alert.matched", "alert.matched"]);
    let [asked] = &model.heard()[..] else { panic!("one question") };
    assert_eq!(asked.body["model"], "vectors");
    assert_eq!(asked.texts(), ["Disk full", "Rotate certificates", "Failover primary", "Volume exhausted"]);
    let mut tx = house.store.tenant(house.tenant).await.unwrap();
    let used = model_usage::of_day(&mut tx, house.clock.now()).await.unwrap();
    assert_eq!((used.calls, used.failures, used.prompt_tokens), (1, 0, 40));
}

#[tokio::test]
async fn words_and_vector_together_choose() {
    let model = ScriptedModel::start(knows).await;
    let house = House::with_model(model.url(), PLENTY).await;
    let full = house.plain_runbook("Database disk full").await;
    house.plain_runbook("Rotate certificates").await;
    house.plain_runbook("Failover primary").await;
    let body = json!({"key": "k", "title": "Disk volume exhausted", "service": "database", "severity": 1,
        "status": "firing"});
    house.deliver(&body.to_string(), 0).await;
    house.work(0).await;
    let before = the_alert(&house).await;
    assert_eq!((sureness(&before), before.runbook), (Sureness::Unsure, None));
    house.ask(1).await;
    let alert = the_alert(&house).await;
    assert_eq!((sureness(&alert), alert.runbook, alert.chosen_by), (Sureness::Sure, Some(full), None));
}

#[tokio::test]
async fn an_endpoint_that_fails_leaves_the_choice_by_words() {
    let failures: [(&str, Reply); 5] = [
        ("late", Reply::Silence),
        ("away", Reply::Drop),
        ("refused", Reply::Status(401, Vec::new(), String::new())),
        ("malformed", Reply::Bytes(b"{\"data\": 1}".to_vec())),
        ("too few", Reply::Vectors(vec![vec![1.0]])),
    ];
    for (name, reply) in failures {
        let (model, house, _) = house(move |_| reply.clone()).await;
        volume_exhausted(&house).await;
        let before = the_alert(&house).await;
        let begun = Instant::now();
        house.ask(1).await;
        assert!(begun.elapsed() < Duration::from_millis(2_800), "{name}: {:?}", begun.elapsed());
        assert!(!model.heard().is_empty() || name == "late", "{name}");
        assert_eq!(the_alert(&house).await, before, "{name}");
        assert_eq!((matched(&house).await, house.told(60).await.len()), (1, 1), "{name}");
        let mut tx = house.store.tenant(house.tenant).await.unwrap();
        let used = model_usage::of_day(&mut tx, house.clock.now()).await.unwrap();
        assert!(used.failures > 0 && used.calls == used.failures, "{name}: what was sent is counted");
    }
}

#[tokio::test]
async fn an_endpoint_that_failed_is_asked_again_by_the_next_delivery() {
    let (model, house, disk) =
        house(
            |asked| {
                if asked.number == 0 { Reply::Status(401, Vec::new(), String::new()) } else { knows(asked) }
            },
        )
        .await;
    volume_exhausted(&house).await;
    house.ask(1).await;
    house.deliver(&says("k", "Volume exhausted", "acknowledged", 30), 30).await;
    house.work(30).await;
    house.ask(31).await;
    assert_eq!((model.heard().len(), offered(&the_alert(&house).await)), (2, vec![disk]));
}

#[tokio::test]
async fn the_same_words_keep_the_choice_and_ask_nothing() {
    let (model, house, _) = house(knows).await;
    volume_exhausted(&house).await;
    house.ask(1).await;
    let before = the_alert(&house).await;
    for (status, second) in [("acknowledged", 30), ("firing", 60), ("resolved", 90)] {
        house.deliver(&says("k", "Volume exhausted", status, second), second).await;
        house.work(second).await;
        house.ask(second).await;
        let alert = the_alert(&house).await;
        assert_eq!((&alert.choice, alert.runbook), (&before.choice, before.runbook), "{status}");
    }
    assert_eq!((model.heard().len(), matched(&house).await), (1, 2));
}

#[tokio::test]
async fn other_words_are_asked_about_anew_and_only_they() {
    let (model, house, _) = house(knows).await;
    volume_exhausted(&house).await;
    house.ask(1).await;
    house.deliver(&says("k", "Zzz", "firing", 30), 30).await;
    house.work(30).await;
    house.ask(31).await;
    assert_eq!(model.heard()[1].texts(), ["Zzz"]);
    assert_eq!(sureness(&the_alert(&house).await), Sureness::Nothing);
}

#[tokio::test]
async fn a_new_version_of_a_runbook_gets_a_new_vector_and_the_choice_comes_back() {
    let (model, house, disk) = house(knows).await;
    volume_exhausted(&house).await;
    house.ask(1).await;
    let before = the_alert(&house).await;
    let mut tx = house.store.tenant(house.tenant).await.unwrap();
    let shelf = matching::candidates(&mut tx, Some("vectors")).await.unwrap();
    let edited = shelf.iter().find(|one| one.title == "Rotate certificates").unwrap();
    let (title, by) = ("Renew certificates", somebody());
    let new = NewVersion { title, text: "y", parsed: &parsed(title), by: &by };
    runbooks::update(&mut tx, edited.runbook, 1, &new).await.unwrap();
    tx.commit().await.unwrap();
    house.deliver(&says("k", "Volume exhausted", "acknowledged", 30), 30).await;
    house.work(30).await;
    house.ask(31).await;
    assert_eq!(model.heard()[1].texts(), ["Renew certificates"]);
    let mut tx = house.store.tenant(house.tenant).await.unwrap();
    let now = matching::candidates(&mut tx, Some("vectors")).await.unwrap();
    let now = now.iter().find(|one| one.runbook == edited.runbook).unwrap();
    assert!(edited.vector.is_some() && now.vector.is_some() && edited.vector != now.vector);
    let alert = the_alert(&house).await;
    assert_eq!((offered(&alert), offered(&before)), (vec![disk], vec![disk]));
}

#[tokio::test]
async fn the_vectors_of_another_customer_are_never_used() {
    let (model, mut house, disk) = house(knows).await;
    volume_exhausted(&house).await;
    house.ask(1).await;
    let first = house.tenant;
    (house.tenant, house.endpoint) = customer(&house.store, "other", 8).await;
    let own = house.plain_runbook("Disk full").await;
    house.deliver(&says("k", "Volume exhausted", "firing", 10), 10).await;
    house.work(10).await;
    house.ask(11).await;
    assert_eq!(model.heard()[1].texts(), ["Disk full", "Volume exhausted"], "each pays for its own");
    let alert = the_alert(&house).await;
    assert_eq!(offered(&alert), [own]);
    let mut tx = house.store.tenant(house.tenant).await.unwrap();
    assert_eq!(matching::candidates(&mut tx, Some("vectors")).await.unwrap().len(), 1);
    let mut tx = house.store.tenant(first).await.unwrap();
    let shelf = matching::candidates(&mut tx, Some("vectors")).await.unwrap();
    assert!(shelf.iter().any(|one| one.runbook == disk) && shelf.iter().all(|one| one.runbook != own));
    let sha256 = dd0c_llm::Passage::of("Volume exhausted").sha256();
    assert_eq!(matching::alert_vector(&mut tx, alert.id, "vectors", &sha256).await.unwrap(), None);
}

#[tokio::test]
async fn a_person_who_chooses_is_asked_nothing_and_waits_for_nobody() {
    let (model, house, disk) =
        house(|asked| Reply::After(Duration::from_millis(1_200), Box::new(knows(asked)))).await;
    volume_exhausted(&house).await;
    let alert = the_alert(&house).await;
    let asking = house.ask(1);
    let choosing = async {
        while model.heard().is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let other = house.plain_runbook("Escalate").await;
        let begun = Instant::now();
        let mut tx = house.store.tenant(house.tenant).await.unwrap();
        alerts::choose(&mut tx, alert.id, other, &somebody()).await.unwrap();
        tx.commit().await.unwrap();
        (other, begun.elapsed())
    };
    let ((), (other, took)) = tokio::join!(asking, choosing);
    assert!(took < Duration::from_millis(800), "nothing is locked while the endpoint is asked: {took:?}");
    let chosen = the_alert(&house).await;
    assert_eq!((chosen.runbook, chosen.chosen_by.is_some()), (Some(other), true));
    assert_eq!((chosen.choice, matched(&house).await), (alert.choice, 1));
    assert_ne!(other, disk);
    house.deliver(&says("k", "Volume quite exhausted", "firing", 30), 30).await;
    house.work(30).await;
    house.ask(31).await;
    assert_eq!(model.heard().len(), 1, "once a person chose, nothing is asked");
}

#[tokio::test]
async fn the_same_message_again_does_nothing() {
    let (model, house, _) = house(knows).await;
    volume_exhausted(&house).await;
    house.ask(1).await;
    let before = the_alert(&house).await;
    for number in 0..3 {
        let mut tx = house.store.tenant(house.tenant).await.unwrap();
        let (id, fields) = (format!("again-{number}"), json!({"alert_id": before.id}));
        publish(&mut tx, topic::ALERT_UNSURE, &id, fields, &Trace::begin(1, 1), at(2)).await.unwrap();
        tx.commit().await.unwrap();
        house.ask(2 + number).await;
    }
    assert_eq!(the_alert(&house).await, before, "nothing is written");
    assert_eq!((model.heard().len(), matched(&house).await), (1, 2));
    assert_eq!(house.told(60).await.len(), 2, "and nobody is told");
}

#[tokio::test]
async fn a_runbook_that_people_ruled_out_is_not_brought_back_by_its_vector() {
    let (_model, house, disk) = house(knows).await;
    volume_exhausted(&house).await;
    let id = the_alert(&house).await.id;
    let mut tx = house.store.tenant(house.tenant).await.unwrap();
    let no = Rejection { runbook: Some(disk), reason: String::new(), by: somebody(), at: at(1) };
    alerts::reject(&mut tx, id, &no).await.unwrap();
    tx.commit().await.unwrap();
    house.ask(1).await;
    assert!(!offered(&the_alert(&house).await).contains(&disk));
}

#[tokio::test]
async fn a_secret_in_an_alert_or_a_runbook_does_not_leave_the_house() {
    let (model, house, _) = house(knows).await;
    house.plain_runbook("Log in with password=correcthorse1").await;
    house.deliver(&says("k", "Volume exhausted, key AKIAIOSFODNN7ABCDEFG", "firing", 0), 0).await;
    house.work(0).await;
    house.ask(1).await;
    let sent = model.heard()[0].body.to_string();
    assert!(!sent.contains("AKIA") && !sent.contains("correcthorse1"), "{sent}");
    assert!(sent.contains("Volume exhausted, key [secret]") && sent.contains("password=[secret]"), "{sent}");
}

#[tokio::test]
async fn what_may_be_used_in_a_day_holds_for_vectors_too() {
    let model = ScriptedModel::start(knows).await;
    let house = House::with_model(model.url(), 40).await;
    shelf(&house).await;
    volume_exhausted(&house).await;
    house.ask(1).await;
    assert_eq!(model.heard().len(), 1, "40 tokens");
    house.deliver(&says("other", "Volume exhausted", "firing", 2), 2).await;
    house.work(2).await;
    house.ask(3).await;
    assert_eq!(model.heard().len(), 1, "used up");
    let other = house.alerts().await.into_iter().find(|alert| alert.alert.key == "other").unwrap();
    assert_eq!(sureness(&other), Sureness::Nothing, "by words");
}

#[tokio::test]
async fn many_runbooks_are_asked_about_in_turns_and_count_once_all_have_a_vector() {
    let (model, house, disk) =
        house(|asked| if asked.number == 1 { Reply::Drop } else { knows(asked) }).await;
    for number in 0..67 {
        house.plain_runbook(&format!("Other{number}")).await;
    }
    volume_exhausted(&house).await;
    house.ask(1).await;
    let sizes = |heard: &[Asked]| heard.iter().map(|asked| asked.texts().len()).collect::<Vec<_>>();
    // 63 runbooks and the alert; the other 7, with a second try.
    assert_eq!(sizes(&model.heard()), [64, 7, 7]);
    assert_eq!(offered(&the_alert(&house).await)[0], disk);
    assert_eq!(matched(&house).await, 2, "one choice by words, one by vectors");
}

#[tokio::test]
async fn without_a_model_nobody_is_asked_to_ask() {
    let house = House::new().await;
    shelf(&house).await;
    volume_exhausted(&house).await;
    let mut tx = house.store.tenant(house.tenant).await.unwrap();
    let waiting =
        queue_messages::receive(&mut tx, topic::ALERT_UNSURE, 10, at(60), chrono::TimeDelta::zero());
    assert_eq!(waiting.await.unwrap().len(), 0);
}
