//! Answers of models and what they cost.

use chrono::{TimeDelta, Utc};
use dd0c_store::model_answers::{self, AnswerKey};
use dd0c_store::model_usage;
use dd0c_types::ModelUsage;
use serde_json::json;

use crate::world::World;

fn key() -> AnswerKey {
    AnswerKey {
        purpose: "labels",
        source_sha256: [1; 32],
        parser_version: "1",
        prompt_sha256: [2; 32],
        model: "small".into(),
    }
}

#[tokio::test]
async fn the_first_answer_stays_the_answer_and_no_other_tenant_sees_it() {
    let world = World::new().await;
    let mut tx = world.tx(world.a).await;
    let kept = model_answers::keep(&mut tx, &key(), &[3; 32], json!({"first": true})).await.unwrap();
    assert_eq!(kept, json!({"first": true}));
    let kept = model_answers::keep(&mut tx, &key(), &[3; 32], json!({"second": true})).await.unwrap();
    assert_eq!(kept, json!({"first": true}));
    tx.commit().await.unwrap();
    let asked = [[4; 32], [3; 32]];
    let mut tx = world.tx(world.a).await;
    let twice = [[3; 32], [4; 32], [3; 32]];
    let found = model_answers::find(&mut tx, &key(), &twice).await.unwrap();
    let first = Some(json!({"first": true}));
    assert_eq!(found, [first.clone(), None, first], "of two equal questions each has its answer");
    let other = AnswerKey { parser_version: "2", ..key() };
    assert_eq!(model_answers::find(&mut tx, &other, &asked).await.unwrap(), [None, None]);
    drop(tx);
    let mut tx = world.tx(world.b).await;
    assert_eq!(model_answers::find(&mut tx, &key(), &asked).await.unwrap(), [None, None]);
}

#[tokio::test]
async fn old_answers_are_forgotten() {
    let world = World::new().await;
    let mut tx = world.tx(world.a).await;
    model_answers::keep(&mut tx, &key(), &[3; 32], json!(1)).await.unwrap();
    assert_eq!(model_answers::purge(&mut tx, Utc::now() - TimeDelta::hours(1)).await.unwrap(), 0);
    assert_eq!(model_answers::purge(&mut tx, Utc::now() + TimeDelta::hours(1)).await.unwrap(), 1);
}

#[tokio::test]
async fn usage_adds_up_by_tenant_and_day() {
    let world = World::new().await;
    let now = Utc::now();
    let used =
        ModelUsage { calls: 2, failures: 1, prompt_tokens: 900, completion_tokens: 100, cost_microusd: 7 };
    let mut tx = world.tx(world.a).await;
    model_usage::add(&mut tx, now, "labels", "small", &used).await.unwrap();
    model_usage::add(&mut tx, now, "labels", "small", &used).await.unwrap();
    model_usage::add(&mut tx, now, "review", "other", &used).await.unwrap();
    let day = model_usage::of_day(&mut tx, now).await.unwrap();
    assert_eq!((day.calls, day.failures, day.prompt_tokens, day.cost_microusd), (6, 3, 2_700, 21));
    assert_eq!(model_usage::of_day(&mut tx, now + TimeDelta::days(1)).await.unwrap(), ModelUsage::default());
    tx.commit().await.unwrap();
    let mut tx = world.tx(world.b).await;
    assert_eq!(model_usage::of_day(&mut tx, now).await.unwrap(), ModelUsage::default());
}
