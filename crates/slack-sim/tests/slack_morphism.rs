//! How `slack-morphism` speaks to the simulator: the API's address is overridden, and the connector is a plain one.
//!
//! `SlackClientHyperConnector::new()` takes `https` alone; one that is made with `with_connector` takes what its
//! connector takes. Handlers answer before the envelope is acknowledged, one at a time on each connection: whatever
//! takes longer than a moment belongs into a task of its own.

use std::sync::Arc;

use crate::support::Slack;
use dd0c_slack_sim::{Config, RateLimits};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use slack_morphism::prelude::*;
use tokio::sync::mpsc;

type Connector = SlackClientHyperConnector<HttpConnector>;
type Client = Arc<SlackClient<Connector>>;
type Happened = Result<(), Box<dyn std::error::Error + Send + Sync>>;

struct Seen(mpsc::UnboundedSender<String>);

fn client(slack: &Slack) -> Client {
    let connector = SlackClientHyperConnector::with_connector(HttpConnector::new());
    let connector = connector.with_slack_api_url(&format!("{}/api", slack.url));
    let limits = SlackApiRateControlConfig::new().with_max_retries(3);
    Arc::new(SlackClient::new(connector.with_rate_control(limits)))
}

async fn on_interaction(
    event: SlackInteractionEvent,
    _: Client,
    state: SlackClientEventsUserState,
) -> Happened {
    if let SlackInteractionEvent::BlockActions(clicked) = event {
        let action = clicked.actions.unwrap_or_default().remove(0).action_id.to_string();
        let state = state.read().await;
        state.get_user_state::<Seen>().expect("invariant: it was put there").0.send(action)?;
    }
    Ok(())
}

#[tokio::test]
async fn slack_morphism_posts_hears_a_click_and_answers() {
    let slack = Slack::start(Config { rate_limits: RateLimits::generous(), ..Config::default() }).await;
    let client = client(&slack);
    let (seen, mut clicks) = mpsc::unbounded_channel();
    let callbacks = SlackSocketModeListenerCallbacks::new().with_interaction_events(on_interaction);
    let environment =
        SlackClientEventsListenerEnvironment::new(Arc::clone(&client)).with_user_state(Seen(seen));
    let config = SlackClientSocketModeConfig::new().with_max_connections_count(1);
    let listener = SlackClientSocketModeListener::new(&config, Arc::new(environment), callbacks);
    listener.listen_for(&SlackApiToken::new(slack.credentials.app_token.clone().into())).await.unwrap();
    listener.start().await;
    slack.until("log", |log| (log["connections"] == 1).then_some(())).await;
    let token = SlackApiToken::new(slack.credentials.bot_token.clone().into());
    let button = SlackBlockButtonElement::new(pt!("Approve")).with_action_id("step.approve".into());
    let blocks = slack_blocks![some_into(SlackActionsBlock::new(slack_blocks![some_into(button)]))];
    let content = SlackMessageContent::new().with_text("Approve?".into()).with_blocks(blocks);
    let request = SlackApiChatPostMessageRequest::new("C0INCIDENT".into(), content);
    let posted = client.open_session(&token).chat_post_message(&request).await.unwrap();
    let click =
        json!({"user": "U0RILEY", "channel": "C0INCIDENT", "ts": posted.ts.0, "action_id": "step.approve"});
    let done = slack.act("click", click).await;
    assert!(done["acknowledged_ms"].is_number(), "{done}");
    assert_eq!(clicks.recv().await.as_deref(), Some("step.approve"));
    listener.shutdown().await;
}
