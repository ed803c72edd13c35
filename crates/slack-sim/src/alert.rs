//! The page's alert buttons: a sample of a monitoring system's webhook, signed as that system signs it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::config::{AlertSample, AlertSigning};
use crate::credentials::secret;
use crate::http_delivery::hmac_sha256;
use crate::sim::Sim;

/// How long a receiver may take: PagerDuty waits 5 s.
const WAIT: Duration = Duration::from_secs(5);

/// Sends the alert of this number; what its receiver said, or why it was not reached.
pub(crate) async fn send(sim: &Arc<Sim>, number: usize) -> Value {
    let Some(sample) = sim.config.alerts.get(number) else {
        return json!({"ok": false, "error": format!("there is no alert {number}")});
    };
    let body = filled(&sample.body, &secret(6)).to_string();
    let request = signed(sim, sample, &body).body(body).timeout(WAIT);
    match request.send().await {
        Ok(response) => {
            let status = response.status();
            let said = response.text().await.unwrap_or_default();
            json!({"ok": status.is_success(), "status": status.as_u16(), "said": said})
        }
        Err(error) => json!({"ok": false, "error": format!("{} was not reached: {error}", sample.url)}),
    }
}

fn signed(sim: &Arc<Sim>, sample: &AlertSample, body: &str) -> reqwest::RequestBuilder {
    let request = sim.http.post(&sample.url).header("content-type", "application/json");
    match &sample.signing {
        AlertSigning::PagerDuty(key) => {
            let signature = format!("v1={}", hmac_sha256(key, body.as_bytes()));
            request.header("x-pagerduty-signature", signature).header("x-webhook-id", secret(16))
        }
        AlertSigning::Bearer(token) => request.bearer_auth(token),
        AlertSigning::Header(name, value) => request.header(name, value),
    }
}

/// `{{id}}` and `{{now}}` in every text.
fn filled(body: &Value, id: &str) -> Value {
    match body {
        Value::String(text) => {
            let now = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
            Value::from(text.replace("{{id}}", id).replace("{{now}}", &now))
        }
        Value::Array(items) => items.iter().map(|item| filled(item, id)).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), filled(value, id))).collect()
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_alert_has_an_id_of_its_own_everywhere_in_it() {
        let body = json!({"event": {"id": "{{id}}", "tags": ["n {{id}}"], "n": 1}});
        assert_eq!(filled(&body, "7"), json!({"event": {"id": "7", "tags": ["n 7"], "n": 1}}));
    }
}
