//! Asks a scripted endpoint for vectors over real HTTP: what is sent, what is retried, and what is not believed.

use std::time::Duration;

use dd0c_llm::{Asked as Used, Passage, Route, RouteError, Settings};
use dd0c_testkit::embedding;
use dd0c_testkit::model::{Asked, Reply, ScriptedModel};
use serde_json::json;
use tokio::time::Instant;

const PLENTY: Duration = Duration::from_secs(20);

fn answer(asked: &Asked) -> Reply {
    embedding::answer(asked, &[])
}

async fn embed(route: &Route, texts: &[&str], within: Duration) -> (Used, Result<Vec<Vec<f32>>, RouteError>) {
    let passages: Vec<Passage> = texts.iter().map(|text| Passage::of(text)).collect();
    route.embed("vectors", &passages, Instant::now() + within).await
}

fn route(model: &ScriptedModel) -> Route {
    Route::new(Settings { key: Some("a-key".into()), ..Settings::new(model.url()) }).unwrap()
}

#[tokio::test]
async fn a_question_is_a_model_and_texts_and_nothing_is_no_question() {
    let model = ScriptedModel::start(answer).await;
    let route = route(&model);
    let (used, found) = embed(&route, &["Disk full", "token=correcthorse1"], PLENTY).await;
    assert_eq!(found.unwrap()[0], embedding::vector("disk full", &[]));
    assert_eq!((used.calls, used.failures, used.prompt_tokens, used.completion_tokens), (1, 0, 20, 0));
    let heard = model.heard().remove(0);
    assert!(heard.wants_vectors() && heard.head.to_lowercase().contains("authorization: bearer a-key"));
    assert_eq!(heard.body, json!({"model": "vectors", "input": ["Disk full", "token=[secret]"]}));
    let (used, found) = embed(&route, &[], PLENTY).await;
    assert_eq!((used.calls, found.unwrap().len(), model.heard().len()), (0, 0, 1));
}

#[tokio::test]
async fn a_failure_that_may_pass_is_tried_once_more() {
    let too_long = [b"{\"data\":[".to_vec(), vec![b' '; 17 * 1024 * 1024]].concat();
    for fault in [
        Reply::Status(500, vec![], "oops".into()),
        Reply::Drop,
        Reply::Text("not what was asked for".into()),
        Reply::Vectors(vec![vec![1.0]; 2]),
        Reply::Vectors(vec![vec![0.0, 0.0]]),
        Reply::Bytes(too_long),
    ] {
        let first = fault.clone();
        let script = move |asked: &Asked| if asked.number == 0 { first.clone() } else { answer(asked) };
        let model = ScriptedModel::start(script).await;
        let (used, found) = embed(&route(&model), &["Disk full"], PLENTY).await;
        assert!(found.is_ok(), "{found:?}");
        assert_eq!((used.calls, used.failures), (2, 1));
    }
}

#[tokio::test]
async fn sixty_four_vectors_of_the_greatest_length_are_read() {
    let model =
        ScriptedModel::start(|asked| Reply::Vectors(vec![vec![-0.123_456_79; 8_192]; asked.texts().len()]))
            .await;
    let (_, found) = embed(&route(&model), &["text"; 64], PLENTY).await;
    assert_eq!(found.map(|vectors| vectors.len()), Ok(64));
}

#[tokio::test]
async fn a_model_that_fails_again_and_again_is_left_alone_and_takes_no_other_with_it() {
    let model = ScriptedModel::start(|_| Reply::Status(503, vec![], String::new())).await;
    let route = route(&model);
    for _ in 0..3 {
        assert!(embed(&route, &["text"], PLENTY).await.1.is_err());
    }
    let (used, found) = embed(&route, &["text"], PLENTY).await;
    assert_eq!((used.calls, found.unwrap_err()), (0, RouteError::LeftAlone));
    let other = route.embed("other", &[Passage::of("text")], Instant::now() + PLENTY).await;
    assert!(other.0.calls > 0);
}

#[tokio::test]
async fn an_answer_that_never_comes_is_late_and_what_was_sent_is_counted() {
    let model = ScriptedModel::start(|_| Reply::Silence).await;
    let (used, found) = embed(&route(&model), &["eight by"], Duration::from_millis(200)).await;
    assert_eq!((found.unwrap_err(), used.calls, used.prompt_tokens), (RouteError::Late, 1, 2));
}
