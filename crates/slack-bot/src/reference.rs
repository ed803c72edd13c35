//! The opaque signed value of a button: it says what the button was drawn for, and nobody else can make one.
//!
//! A press hands back exactly what was drawn: this execution, this step, this attempt and the SHA-256 of this command.
//! When any of them has moved on, the engine refuses, so that a stale button approves nothing newer. A value never holds
//! a command or the name that has to be typed.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dd0c_types::{AlertId, CommandHash, ExecutionId, RunbookId, StepId, TenantId};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

/// What a button was drawn for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reference {
    /// An alert, and no runbook.
    Alert(AlertId),
    /// A runbook's version offered for an alert.
    Offer {
        /// The alert.
        alert: AlertId,
        /// The runbook.
        runbook: RunbookId,
        /// Its version.
        version: u32,
    },
    /// A runbook's version that somebody wants to run without an alert.
    Runbook {
        /// The runbook.
        runbook: RunbookId,
        /// Its version.
        version: u32,
    },
    /// A run as a whole.
    Run(ExecutionId),
    /// One attempt at a step.
    Step {
        /// The run.
        execution: ExecutionId,
        /// The step.
        step: StepId,
        /// The attempt's number, as the engine counts.
        attempt: u32,
        /// The SHA-256 of the command that was shown; none for a step without a command.
        command: Option<CommandHash>,
    },
    /// The tenant as a whole: panic.
    Tenant,
}

/// The key that signs references: at least 32 bytes.
#[derive(Clone)]
pub struct Key(Vec<u8>);

/// A number that makes one drawing of a button differ from the next; random, handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nonce(pub u64);

/// A signed reference as it stands in `value` or `private_metadata`: at most [`Token::LONGEST`] characters of
/// `[A-Za-z0-9_.-]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Token(String);

/// Why a value is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Forged {
    /// It was not made with this key for this tenant, or was changed.
    #[error("This button was not made by dd0c/run for this workspace. Nothing was done.")]
    Signature,
    /// It is signed and says nothing that this version knows.
    #[error("This button was made by another version of dd0c/run. Nothing was done; use the newest message.")]
    Unknown,
}

/// The key is too short to sign with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key for Slack references needs at least 32 bytes; nothing can be signed with a shorter one")]
pub struct ShortKey;

impl Key {
    /// The least number of bytes.
    pub const LEAST: usize = 32;

    /// # Errors
    /// When it has fewer than 32 bytes.
    pub fn new(bytes: &[u8]) -> Result<Self, ShortKey> {
        if bytes.len() < Self::LEAST { Err(ShortKey) } else { Ok(Self(bytes.to_vec())) }
    }

    /// The first half of an HMAC-SHA256, as RFC 2104 allows, over the tenant and what is signed.
    fn mac(&self, tenant: TenantId, body: &[u8]) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).expect("invariant: HMAC takes a key of any length");
        for part in [b"dd0c/slack/reference/v1".as_slice(), tenant.uuid().as_bytes(), body] {
            mac.update(part);
        }
        mac
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

const VERSION: &str = "v1.";
const MAC: usize = 16;

impl Token {
    /// The longest there is: short enough for an option of a select, where Slack takes 150 characters.
    pub const LONGEST: usize = 150;

    /// The characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Reference {
    /// Signs for one tenant: the same value is worth nothing in another.
    pub fn sign(&self, key: &Key, tenant: TenantId, nonce: Nonce) -> Token {
        let mut body = self.body();
        body.extend(nonce.0.to_be_bytes());
        let mac = key.mac(tenant, &body).finalize().into_bytes();
        body.extend(&mac[..MAC]);
        Token(format!("{VERSION}{}", URL_SAFE_NO_PAD.encode(body)))
    }

    /// Reads a value that came back from Slack.
    ///
    /// # Errors
    /// When it was not signed with this key for this tenant, or says nothing that is known.
    pub fn verify(text: &str, key: &Key, tenant: TenantId) -> Result<(Self, Nonce), Forged> {
        if text.len() > Token::LONGEST {
            return Err(Forged::Signature);
        }
        let encoded = text.strip_prefix(VERSION).ok_or(Forged::Signature)?;
        let bytes = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| Forged::Signature)?;
        let (body, mac) = bytes.split_last_chunk::<MAC>().ok_or(Forged::Signature)?;
        key.mac(tenant, body).verify_truncated_left(mac).map_err(|_| Forged::Signature)?;
        let (body, nonce) = body.split_last_chunk::<8>().ok_or(Forged::Unknown)?;
        let reference = Self::read(body).ok_or(Forged::Unknown)?;
        Ok((reference, Nonce(u64::from_be_bytes(*nonce))))
    }

    fn body(&self) -> Vec<u8> {
        let mut body = Body(Vec::with_capacity(100));
        match *self {
            Self::Alert(alert) => body.kind(b'a').id(alert.uuid()),
            Self::Offer { alert, runbook, version } => {
                body.kind(b'o').id(alert.uuid()).id(runbook.uuid()).number(version)
            }
            Self::Runbook { runbook, version } => body.kind(b'b').id(runbook.uuid()).number(version),
            Self::Run(execution) => body.kind(b'r').id(execution.uuid()),
            Self::Step { execution, step, attempt, command: None } => {
                body.kind(b'm').id(execution.uuid()).id(step.uuid()).number(attempt)
            }
            Self::Step { execution, step, attempt, command: Some(command) } => {
                body.kind(b's').id(execution.uuid()).id(step.uuid()).number(attempt).hash(command)
            }
            Self::Tenant => body.kind(b't'),
        };
        body.0
    }

    fn read(body: &[u8]) -> Option<Self> {
        let (kind, rest) = body.split_first()?;
        let mut parts = Parts(rest);
        let reference = match kind {
            b'a' => Self::Alert(AlertId::from_uuid(parts.id()?)),
            b'o' => Self::Offer {
                alert: AlertId::from_uuid(parts.id()?),
                runbook: RunbookId::from_uuid(parts.id()?),
                version: parts.number()?,
            },
            b'b' => Self::Runbook { runbook: RunbookId::from_uuid(parts.id()?), version: parts.number()? },
            b'r' => Self::Run(ExecutionId::from_uuid(parts.id()?)),
            b'm' | b's' => parts.step(*kind == b's')?,
            b't' => Self::Tenant,
            _ => return None,
        };
        parts.0.is_empty().then_some(reference)
    }
}

/// What is signed, as it is written.
struct Body(Vec<u8>);

impl Body {
    fn kind(&mut self, kind: u8) -> &mut Self {
        self.0.push(kind);
        self
    }

    fn id(&mut self, id: Uuid) -> &mut Self {
        self.0.extend(id.as_bytes());
        self
    }

    fn number(&mut self, number: u32) -> &mut Self {
        self.0.extend(number.to_be_bytes());
        self
    }

    fn hash(&mut self, hash: CommandHash) -> &mut Self {
        self.0.extend(hash.bytes());
        self
    }
}

/// What is signed, as it is read.
struct Parts<'b>(&'b [u8]);

impl Parts<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*first)
    }

    fn id(&mut self) -> Option<Uuid> {
        self.take().map(Uuid::from_bytes)
    }

    fn number(&mut self) -> Option<u32> {
        self.take().map(u32::from_be_bytes)
    }

    fn step(&mut self, with_command: bool) -> Option<Reference> {
        Some(Reference::Step {
            execution: ExecutionId::from_uuid(self.id()?),
            step: StepId::from_uuid(self.id()?),
            attempt: self.number()?,
            command: if with_command { Some(CommandHash::from_bytes(self.take()?)) } else { None },
        })
    }
}
