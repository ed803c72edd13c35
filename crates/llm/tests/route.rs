//! Speaks to a scripted endpoint over real HTTP: what is sent, what is retried, and every way to fail.

use std::time::Duration;

use dd0c_llm::prompt::REVIEW;
use dd0c_llm::review::{self, Case, ReviewAnswer};
use dd0c_llm::{Asked as Used, Question, Route, RouteError, Settings};
use dd0c_testkit::model::{Asked, Reply, ScriptedModel, sensible};
use tokio::time::Instant;

const PLENTY: Duration = Duration::from_secs(20);

fn route(model: &ScriptedModel) -> Route {
    Route::new(Settings { key: Some("a-key".into()), ..Settings::new(model.url()) }).unwrap()
}

async fn ask(route: &Route, within: Duration) -> (Used, Result<ReviewAnswer, RouteError>) {
    let user = Case::alone("df -h", "bash", "").unwrap().question("00ff");
    let question = Question {
        model: "small",
        system: REVIEW.text,
        user: &user,
        schema_name: REVIEW.purpose,
        schema: &REVIEW.schema,
        max_tokens: REVIEW.max_tokens,
    };
    route.ask(&question, Instant::now() + within, review::read).await
}

/// Fails the first time as given, then answers.
async fn failing_once(reply: Reply) -> ScriptedModel {
    ScriptedModel::start(move |asked| if asked.number == 0 { reply.clone() } else { answer(asked) }).await
}

fn answer(asked: &Asked) -> Reply {
    Reply::Text(sensible(asked))
}

#[tokio::test]
async fn a_question_is_one_chat_completion_with_a_strict_schema_at_temperature_zero() {
    let model = ScriptedModel::start(answer).await;
    let (used, found) = ask(&route(&model), PLENTY).await;
    assert!(found.is_ok());
    assert_eq!((used.calls, used.failures, used.prompt_tokens, used.completion_tokens), (1, 0, 1_000, 100));
    let heard = model.heard().remove(0);
    assert!(heard.head.starts_with("POST /v1/chat/completions "), "{}", heard.head);
    assert!(heard.head.to_lowercase().contains("authorization: bearer a-key"));
    let body = &heard.body;
    assert_eq!((body["temperature"].as_i64(), body["stream"].as_bool()), (Some(0), Some(false)));
    assert!(body["seed"].is_number() && body["max_tokens"].is_number() && body.get("tools").is_none());
    assert_eq!(body["response_format"]["json_schema"]["strict"], true);
    assert_eq!(body["response_format"]["json_schema"]["schema"], REVIEW.schema);
    assert_eq!(body["messages"][0]["role"], "system");
}

#[tokio::test]
async fn a_failure_that_may_pass_is_tried_once_more() {
    let whole = r#"{"risk":"safe","confidence":1.0,"reason":"r","rollback":""}"#;
    let faults = [
        Reply::Status(500, vec![], "oops".into()),
        Reply::Status(429, vec![("retry-after", "0".into())], String::new()),
        Reply::Drop,
        Reply::HalfOf(whole.into()),
        Reply::Bytes(b"{\"choices\":".to_vec()),
        Reply::Bytes(vec![0xff; 10]),
        Reply::Text("I would say it is safe.".into()),
        Reply::Text(r#"{"risk":"harmless","confidence":1.0,"reason":"r","rollback":""}"#.into()),
        Reply::Text(whole[..20].into()),
        Reply::CutOff(whole.into()),
        Reply::Stream(whole.into()),
        Reply::Bytes(vec![b' '; 300_000]),
    ];
    for fault in faults {
        let model = failing_once(fault.clone()).await;
        let (used, found) = ask(&route(&model), PLENTY).await;
        assert!(found.is_ok(), "{fault:?}: {found:?}");
        assert_eq!((used.calls, used.failures), (2, 1), "{fault:?}");
    }
}

#[tokio::test]
async fn a_refusal_is_final_and_a_long_wait_is_not_waited_for() {
    for (fault, calls) in [
        (Reply::Status(401, vec![], String::new()), 1),
        (Reply::Status(307, vec![("location", "http://127.0.0.1:1/".into())], String::new()), 1),
        (Reply::Status(429, vec![("retry-after", "30".into())], String::new()), 1),
        (Reply::Status(500, vec![], String::new()), 2),
    ] {
        let copy = fault.clone();
        let model = ScriptedModel::start(move |_| copy.clone()).await;
        let (used, found) = ask(&route(&model), PLENTY).await;
        assert!(found.is_err(), "{fault:?}");
        assert_eq!(used.calls, calls, "{fault:?}");
    }
}

#[tokio::test]
async fn an_answer_that_never_comes_is_late_at_the_deadline() {
    let model = ScriptedModel::start(|_| Reply::Silence).await;
    let (used, found) = ask(&route(&model), Duration::from_millis(200)).await;
    assert_eq!(found.unwrap_err(), RouteError::Late);
    assert_eq!((used.calls, used.failures), (1, 1));
    assert!(used.prompt_tokens > 0, "what was sent is counted");
}

#[tokio::test]
async fn an_endpoint_that_fails_again_and_again_is_left_alone() {
    let model = ScriptedModel::start(|_| Reply::Status(500, vec![], String::new())).await;
    let route = route(&model);
    for _ in 0..3 {
        assert!(ask(&route, PLENTY).await.1.is_err());
    }
    let (used, found) = ask(&route, PLENTY).await;
    assert_eq!((used.calls, found.unwrap_err()), (0, RouteError::LeftAlone));
    assert_eq!(model.heard().len(), 5);
}

#[tokio::test]
async fn answers_that_cannot_be_used_do_not_keep_the_model_from_others() {
    let model =
        ScriptedModel::start(
            |asked| if asked.number < 12 { Reply::Text("Sure!".into()) } else { answer(asked) },
        )
        .await;
    let route = route(&model);
    for _ in 0..6 {
        assert!(matches!(ask(&route, PLENTY).await.1, Err(RouteError::Malformed(_))));
    }
    assert!(ask(&route, PLENTY).await.1.is_ok());
}

#[tokio::test]
async fn no_error_quotes_what_was_sent_received_or_the_key() {
    let model = ScriptedModel::start(|_| Reply::Text("CANARY-ANSWER".into())).await;
    let said = ask(&route(&model), PLENTY).await.1.unwrap_err().to_string();
    assert!(!said.contains("CANARY") && !said.contains("a-key") && !said.contains("df"), "{said}");
    let gone =
        Route::new(Settings { key: Some("a-key".into()), ..Settings::new("http://127.0.0.1:1") }).unwrap();
    let said = ask(&gone, PLENTY).await.1.unwrap_err();
    assert!(matches!(said, RouteError::Unreachable(_)) && !said.to_string().contains("a-key"), "{said}");
}
