//! The canonical bytes of everything that decides what runs. Approval, grant and agent speak of their hash.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::command::Command;
use crate::ids::{AgentId, AttemptId, ExecutionId, StepId, TenantId};
use crate::risk::Risk;

const VERSION: &[u8] = b"dd0c.intent/v1";

/// Everything that decides what an attempt runs (reliability.md 4.1).
#[derive(Clone, PartialEq)]
pub struct Intent {
    /// The tenant.
    pub tenant: TenantId,
    /// The agent it is meant for.
    pub agent: AgentId,
    /// The run.
    pub execution: ExecutionId,
    /// The step.
    pub step: StepId,
    /// The attempt; starts at most once.
    pub attempt: AttemptId,
    /// The shell that reads the command: `bash` or `sh`.
    pub shell: String,
    /// The exact command.
    pub command: Command,
    /// The working folder; empty for the agent's own.
    pub cwd: String,
    /// Environment added to the agent's fixed one.
    pub environment: BTreeMap<String, String>,
    /// Names of variables whose values are wanted back.
    pub sets: Vec<String>,
    /// The time limit in milliseconds.
    pub timeout_ms: u64,
    /// The risk that was approved.
    pub risk: Risk,
    /// The scanner that judged it.
    pub scanner_version: String,
}

/// The bytes are not an intent of a version that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidIntent {
    /// The first field is not a version that this build reads.
    #[error("the intent has a version that this build does not read")]
    Version,
    /// A field is cut short, too long, or not what it must be.
    #[error("the intent is malformed")]
    Malformed,
}

impl Intent {
    /// Deterministic, length-prefixed bytes; [`Intent::decode`] reads them back.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256 + self.command.reveal().len());
        put(&mut out, VERSION);
        for uuid in [
            self.tenant.uuid(),
            self.agent.uuid(),
            self.execution.uuid(),
            self.step.uuid(),
            self.attempt.uuid(),
        ] {
            put(&mut out, uuid.as_bytes());
        }
        for text in [&self.shell, self.command.reveal(), &self.cwd] {
            put(&mut out, text.as_bytes());
        }
        put(&mut out, &(self.environment.len() as u64).to_be_bytes());
        for (name, value) in &self.environment {
            put(&mut out, name.as_bytes());
            put(&mut out, value.as_bytes());
        }
        put(&mut out, &(self.sets.len() as u64).to_be_bytes());
        for name in &self.sets {
            put(&mut out, name.as_bytes());
        }
        put(&mut out, &self.timeout_ms.to_be_bytes());
        put(&mut out, self.risk.as_str().as_bytes());
        put(&mut out, self.scanner_version.as_bytes());
        out
    }

    /// SHA-256 over [`Intent::encode`].
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.encode()).into()
    }

    /// Reads canonical bytes back; anything but the exact encoding is refused.
    pub fn decode(bytes: &[u8]) -> Result<Self, InvalidIntent> {
        let mut reader = Reader(bytes);
        if reader.field()? != VERSION {
            return Err(InvalidIntent::Version);
        }
        let intent = Self {
            tenant: TenantId::from_uuid(reader.uuid()?),
            agent: AgentId::from_uuid(reader.uuid()?),
            execution: ExecutionId::from_uuid(reader.uuid()?),
            step: StepId::from_uuid(reader.uuid()?),
            attempt: AttemptId::from_uuid(reader.uuid()?),
            shell: reader.text()?,
            command: Command::new(reader.text()?),
            cwd: reader.text()?,
            environment: {
                let count = reader.number()?;
                (0..count)
                    .map(|_| Ok((reader.text()?, reader.text()?)))
                    .collect::<Result<_, InvalidIntent>>()?
            },
            sets: {
                let count = reader.number()?;
                (0..count).map(|_| reader.text()).collect::<Result<_, _>>()?
            },
            timeout_ms: reader.number()?,
            risk: reader.text()?.parse().map_err(|_| InvalidIntent::Malformed)?,
            scanner_version: reader.text()?,
        };
        // Duplicate or unsorted environment names would decode to other bytes: only the canonical form passes.
        if !reader.0.is_empty() || intent.encode() != bytes {
            return Err(InvalidIntent::Malformed);
        }
        Ok(intent)
    }
}

fn put(out: &mut Vec<u8>, field: &[u8]) {
    out.extend_from_slice(&(field.len() as u64).to_be_bytes());
    out.extend_from_slice(field);
}

struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    fn field(&mut self) -> Result<&'b [u8], InvalidIntent> {
        let (length, rest) = self.0.split_first_chunk::<8>().ok_or(InvalidIntent::Malformed)?;
        let length = usize::try_from(u64::from_be_bytes(*length)).map_err(|_| InvalidIntent::Malformed)?;
        let (field, rest) = rest.split_at_checked(length).ok_or(InvalidIntent::Malformed)?;
        self.0 = rest;
        Ok(field)
    }

    fn uuid(&mut self) -> Result<uuid::Uuid, InvalidIntent> {
        uuid::Uuid::from_slice(self.field()?).map_err(|_| InvalidIntent::Malformed)
    }

    fn text(&mut self) -> Result<String, InvalidIntent> {
        String::from_utf8(self.field()?.to_vec()).map_err(|_| InvalidIntent::Malformed)
    }

    fn number(&mut self) -> Result<u64, InvalidIntent> {
        let bytes: [u8; 8] = self.field()?.try_into().map_err(|_| InvalidIntent::Malformed)?;
        Ok(u64::from_be_bytes(bytes))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What an intent is made of; the intent itself has no `Debug`, so that a failing test cannot print a command.
    type Parts = ([u128; 5], String, BTreeMap<String, String>, Vec<String>, u64);

    fn parts() -> impl Strategy<Value = Parts> {
        let environment = prop::collection::btree_map("[A-Z_]{0,8}", ".{0,12}", 0..4);
        (any::<[u128; 5]>(), ".{0,80}", environment, prop::collection::vec("[A-Z]{0,6}", 0..3), any::<u64>())
    }

    fn intent((ids, command, environment, sets, timeout_ms): Parts) -> Intent {
        let [tenant, agent, execution, step, attempt] = ids.map(uuid::Uuid::from_u128);
        Intent {
            tenant: TenantId::from_uuid(tenant),
            agent: AgentId::from_uuid(agent),
            execution: ExecutionId::from_uuid(execution),
            step: StepId::from_uuid(step),
            attempt: AttemptId::from_uuid(attempt),
            shell: "bash".into(),
            command: Command::new(command),
            cwd: String::new(),
            environment,
            sets,
            timeout_ms,
            risk: Risk::Caution,
            scanner_version: "1".into(),
        }
    }

    proptest! {
        #[test]
        fn an_intent_reads_back_as_written(parts in parts()) {
            let intent = intent(parts);
            prop_assert!(Intent::decode(&intent.encode()).is_ok_and(|read| read == intent));
        }

        #[test]
        fn no_flipped_bit_reads_as_the_same_intent(parts in parts(), at in any::<prop::sample::Index>(), bit in 0..8u8) {
            let intent = intent(parts);
            let mut bytes = intent.encode();
            let index = at.index(bytes.len());
            bytes[index] ^= 1 << bit;
            prop_assert!(Intent::decode(&bytes).map_or(true, |read| read != intent));
        }

        #[test]
        fn garbage_never_panics(bytes in any::<Vec<u8>>()) {
            let _ = Intent::decode(&bytes);
        }
    }
}
