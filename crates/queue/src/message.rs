//! What a message holds, and how it is published.

use dd0c_store::{StoreError, TenantTx, queue_messages};
use dd0c_types::{TenantId, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::trace::Trace;

/// A message. No `Debug`: its fields may hold what nobody may read in a log.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// What its fields are: `dd0c.<topic>/v1`.
    pub schema: String,
    /// Under which it was published: the same id on the same topic is the same message.
    pub id: String,
    /// Whose it is.
    pub tenant_id: TenantId,
    /// The trace that it belongs to.
    pub trace: Trace,
    /// Everything else.
    #[serde(flatten)]
    pub fields: Map<String, Value>,
}

/// A message that cannot be read. Trying again does not help.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// It is not a message.
    #[error("the body is not a message: {0}")]
    Malformed(String),
    /// It has another schema than its topic.
    #[error("the schema is {found}, where {expected} was expected")]
    Schema {
        /// What it has.
        found: String,
        /// What its topic has.
        expected: String,
    },
    /// It names another tenant than the one whose queue it was in.
    #[error("it names another tenant than the one it was published by")]
    Tenant,
}

/// Publishes a message in the transaction: it stands exactly if the transaction commits. False when its id was
/// published on this topic before (within 30 days): then nothing is changed.
///
/// # Errors
/// Those of the store; `Corrupt` when `fields` is no JSON object.
pub async fn publish(
    tx: &mut TenantTx<'_>,
    topic: &str,
    id: &str,
    fields: impl Serialize,
    trace: &Trace,
    visible_at: Timestamp,
) -> Result<bool, StoreError> {
    let not_object = || StoreError::Corrupt { what: format!("the fields of a message of {topic}") };
    let Ok(Value::Object(fields)) = serde_json::to_value(fields) else { return Err(not_object()) };
    let message = Message {
        schema: schema(topic),
        id: id.to_owned(),
        tenant_id: tx.tenant(),
        trace: trace.clone(),
        fields,
    };
    let body = serde_json::to_value(&message).map_err(|_| not_object())?;
    queue_messages::publish(tx, topic, id, body, visible_at).await
}

impl Message {
    /// Reads a body that was received from the queue of `tenant`.
    ///
    /// # Errors
    /// When it is no message, of another schema or tenant.
    pub fn read(topic: &str, tenant: TenantId, body: Value) -> Result<Self, MessageError> {
        let message: Self =
            serde_json::from_value(body).map_err(|error| MessageError::Malformed(error.to_string()))?;
        let expected = schema(topic);
        if message.schema != expected {
            return Err(MessageError::Schema { found: message.schema, expected });
        }
        if message.tenant_id != tenant {
            return Err(MessageError::Tenant);
        }
        Ok(message)
    }

    /// Reads its own fields.
    ///
    /// # Errors
    /// When they are not what the schema says.
    pub fn fields<T: DeserializeOwned>(&self) -> Result<T, MessageError> {
        serde_json::from_value(Value::Object(self.fields.clone()))
            .map_err(|error| MessageError::Malformed(error.to_string()))
    }
}

fn schema(topic: &str) -> String {
    format!("dd0c.{topic}/v1")
}
