//! The audit log: append and read. The database chains each event to the one before it; nothing here or anywhere
//! changes or removes one.

use dd0c_types::{Actor, EventType, ExecutionId, TenantId, Timestamp};
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::FromRow;
use uuid::Uuid;

use crate::error::StoreError;
use crate::json::{from_value, from_word, storable, to_value};
use crate::store::TenantTx;

/// The end of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditHead {
    /// The number of the last event; 0 while there is none.
    pub seq: u64,
    /// Its hash, in hexadecimal; 64 zeros while there is none.
    pub hash: String,
}

/// A recorded event. No `Debug`: its data may hold a command.
#[derive(Clone, PartialEq)]
pub struct AuditEvent {
    /// From 1, without gaps.
    pub seq: u64,
    /// What happened.
    pub event_type: EventType,
    /// In which run.
    pub execution: Option<ExecutionId>,
    /// Who did it.
    pub actor: Actor,
    /// What is known of it.
    pub data: Value,
    /// When, by the database's clock.
    pub created_at: Timestamp,
    /// The hash of the event before it, in hexadecimal.
    pub prev_hash: String,
    /// Its own hash, in hexadecimal.
    pub hash: String,
}

/// Which events are wanted; the default is all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Of this run.
    pub execution: Option<ExecutionId>,
    /// Of this kind.
    pub event_type: Option<EventType>,
    /// By the actor with this id, such as `usr_…`.
    pub actor_id: Option<String>,
    /// From this moment on.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
}

/// What verifying the whole chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditVerification {
    /// Whether every event is as it was written and none is missing.
    pub ok: bool,
    /// How many events there are.
    pub events: u64,
    /// The number at which the chain first breaks: of an event that was changed, or that is missing.
    pub first_bad_seq: Option<u64>,
    /// The end of the chain as the database keeps it beside the events.
    pub head: AuditHead,
}

/// An event as the hash sees it: JSON as the canonical text that the database gives. No `Debug`.
#[derive(FromRow)]
struct ChainedRow {
    seq: i64,
    event_type: String,
    execution_id: Option<Uuid>,
    actor: String,
    event_data: String,
    created_at: Timestamp,
    prev_hash: Vec<u8>,
    hash: Vec<u8>,
}

#[derive(FromRow)]
struct EventRow {
    seq: i64,
    event_type: String,
    execution_id: Option<Uuid>,
    actor: Value,
    event_data: Value,
    created_at: Timestamp,
    prev_hash: Vec<u8>,
    hash: Vec<u8>,
}

/// How many events one question of the verification reads.
const VERIFY_BATCH: i64 = 2_000;

/// Records an event in this transaction: it stands exactly if the transaction commits. Appends of one tenant wait for
/// each other from here to the end of the transaction, so append last. NUL characters in `data` become `␀`.
///
/// # Errors
/// `Unavailable`; `Conflict` when the tenant does not exist.
pub async fn append(
    tx: &mut TenantTx<'_>,
    event: EventType,
    execution: Option<ExecutionId>,
    actor: &Actor,
    data: Value,
) -> Result<AuditHead, StoreError> {
    // seq, prev_hash and hash are set by the database; what is sent for them is overwritten.
    let (seq, hash): (i64, Vec<u8>) = sqlx::query_as(
        "insert into dd0c.audit_events
           (tenant_id, seq, event_type, execution_id, actor, event_data, prev_hash, hash)
         values ($1, 0, $2, $3, $4, $5, '', '') returning seq, hash",
    )
    .bind(tx.tenant_uuid())
    .bind(event.as_str())
    .bind(execution.map(ExecutionId::uuid))
    .bind(storable(to_value(actor)?))
    .bind(storable(data))
    .fetch_one(tx.connection())
    .await?;
    Ok(AuditHead { seq: number(seq)?, hash: hex::encode(hash) })
}

/// The events of a tenant on one side of a place, in one direction.
macro_rules! some_events {
    ($side:literal, $order:literal) => {
        concat!(
            "select seq, event_type, execution_id, actor, event_data, created_at, prev_hash, hash
             from dd0c.audit_events
             where tenant_id = $1 and ",
            $side,
            " and ($4::uuid is null or execution_id = $4) and ($5::text is null or event_type = $5)
               and ($6::text is null or actor_id = $6)
               and ($7::timestamptz is null or created_at >= $7) and ($8::timestamptz is null or created_at < $8)
             order by ",
            $order,
            " limit $3"
        )
    };
}

/// Up to `limit` events after `after_seq`, in order.
///
/// # Errors
/// `Unavailable`; `Corrupt`.
pub async fn page(
    tx: &mut TenantTx<'_>,
    after_seq: u64,
    limit: u32,
    filter: &AuditFilter,
) -> Result<Vec<AuditEvent>, StoreError> {
    some(tx, some_events!("seq > $2", "seq"), after_seq, limit, filter).await
}

/// Up to `limit` events before `before_seq`, the newest first.
///
/// # Errors
/// `Unavailable`; `Corrupt`.
pub async fn page_back(
    tx: &mut TenantTx<'_>,
    before_seq: u64,
    limit: u32,
    filter: &AuditFilter,
) -> Result<Vec<AuditEvent>, StoreError> {
    some(tx, some_events!("seq < $2", "seq desc"), before_seq, limit, filter).await
}

async fn some(
    tx: &mut TenantTx<'_>,
    query: &'static str,
    seq: u64,
    limit: u32,
    filter: &AuditFilter,
) -> Result<Vec<AuditEvent>, StoreError> {
    let rows: Vec<EventRow> = sqlx::query_as(query)
        .bind(tx.tenant_uuid())
        .bind(i64::try_from(seq).unwrap_or(i64::MAX))
        .bind(i64::from(limit))
        .bind(filter.execution.map(ExecutionId::uuid))
        .bind(filter.event_type.map(EventType::as_str))
        .bind(filter.actor_id.as_deref())
        .bind(filter.from)
        .bind(filter.until)
        .fetch_all(tx.connection())
        .await?;
    rows.into_iter().map(event).collect()
}

/// The end of the tenant's chain.
///
/// # Errors
/// `Unavailable`; `Corrupt`.
pub async fn head(tx: &mut TenantTx<'_>) -> Result<AuditHead, StoreError> {
    let row: Option<(i64, Vec<u8>)> =
        sqlx::query_as("select seq, hash from dd0c.audit_heads where tenant_id = $1")
            .bind(tx.tenant_uuid())
            .fetch_optional(tx.connection())
            .await?;
    let (seq, hash) = row.unwrap_or_else(|| (0, GENESIS.to_vec()));
    Ok(AuditHead { seq: number(seq)?, hash: hex::encode(hash) })
}

/// What comes before the first event.
const GENESIS: [u8; 32] = [0; 32];

/// Recomputes the whole chain, in the service: the database's own arithmetic is not trusted. Events may be written
/// meanwhile.
///
/// # Errors
/// `Unavailable`; `Corrupt` only when a number is negative.
pub async fn verify(tx: &mut TenantTx<'_>) -> Result<AuditVerification, StoreError> {
    let mut walk = Walk { tenant: tx.tenant(), seq: 0, hash: GENESIS, first_bad: None, events: 0 };
    // Read by position, not by number: events with a number of 0, doubled or out of order must be seen too.
    let mut last: Option<(i64, Timestamp)> = None;
    let mut looked_once_more = false;
    loop {
        let rows = batch(tx, last).await?;
        for row in &rows {
            walk.take(row);
        }
        if let Some(end) = rows.last() {
            last = Some((end.seq, end.created_at));
            looked_once_more = false;
            continue;
        }
        // An event that is written between the two looks is in the head and not in the walk yet: that is no break.
        let head = head(tx).await?;
        let first_bad_seq = walk.end(&head);
        if first_bad_seq.is_none() || looked_once_more {
            return Ok(AuditVerification {
                ok: first_bad_seq.is_none(),
                events: walk.events,
                first_bad_seq,
                head,
            });
        }
        looked_once_more = true;
    }
}

/// The same, computed by the database in one statement: fast, for a frequent look. An event that was changed or is
/// missing gives the number at which the chain first breaks.
///
/// # Errors
/// `Unavailable`; `Corrupt`.
pub async fn verify_in_database(tx: &mut TenantTx<'_>) -> Result<AuditVerification, StoreError> {
    let head = head(tx).await?;
    let (events, bad, last, last_hash): (i64, Option<i64>, Option<i64>, Option<Vec<u8>>) = sqlx::query_as(
        "with walked as (
           select seq, hash, row_number() over w as place,
             prev_hash = coalesce(lag(hash) over w, decode(repeat('00', 32), 'hex')) as linked,
             hash = dd0c.audit_hash(prev_hash, tenant_id, seq, event_type, execution_id, actor, event_data, created_at)
               as intact
           from dd0c.audit_events where tenant_id = $1
           window w as (order by seq, created_at)
         )
         select count(*), min(least(seq, place)) filter (where not (linked and intact and seq = place)),
           max(seq), (array_agg(hash order by place desc))[1]
         from walked",
    )
    .bind(tx.tenant_uuid())
    .fetch_one(tx.connection())
    .await?;
    let end = AuditHead {
        seq: number(last.unwrap_or(0))?,
        hash: hex::encode(last_hash.unwrap_or_else(|| GENESIS.to_vec())),
    };
    let tail = (end != head).then(|| end.seq.min(head.seq) + u64::from(end.seq != head.seq));
    let first_bad_seq = bad.map(|seq| u64::try_from(seq.max(1)).unwrap_or(1)).or(tail);
    Ok(AuditVerification { ok: first_bad_seq.is_none(), events: number(events)?, first_bad_seq, head })
}

/// The hash of one event. `actor` and `data` are JSON in the database's canonical text (`jsonb::text`), `created_at` to
/// the microsecond. What it covers is fixed for good: exports are checked against it years later.
#[expect(
    clippy::too_many_arguments,
    reason = "the fields of an event, in the order in which they are hashed"
)]
pub fn chain_hash(
    prev_hash: &[u8],
    tenant: TenantId,
    seq: i64,
    event_type: &str,
    execution: Option<Uuid>,
    actor: &str,
    data: &str,
    created_at: Timestamp,
) -> [u8; 32] {
    let execution = execution.map_or_else(|| "null".to_owned(), |id| format!("\"{id}\""));
    let covered = format!(
        "[\"{}\", {seq}, {}, {execution}, {actor}, {data}, \"{}\"]",
        tenant.uuid(),
        Value::from(event_type),
        created_at.format("%Y-%m-%dT%H:%M:%S%.6f"),
    );
    Sha256::new().chain_update(prev_hash).chain_update(covered).finalize().into()
}

/// The walk along the chain.
struct Walk {
    tenant: TenantId,
    seq: u64,
    hash: [u8; 32],
    first_bad: Option<u64>,
    events: u64,
}

impl Walk {
    fn take(&mut self, row: &ChainedRow) {
        self.events += 1;
        if self.first_bad.is_some() {
            return;
        }
        let expected = self.seq + 1;
        let hash = row.recompute(self.tenant);
        let numbered = u64::try_from(row.seq) == Ok(expected);
        if numbered && row.prev_hash == self.hash && row.hash == hash {
            (self.seq, self.hash) = (expected, hash);
        } else {
            self.first_bad = Some(u64::try_from(row.seq).map_or(1, |seq| seq.clamp(1, expected)));
        }
    }

    /// The events must end where the head says that they end: otherwise the tail was cut off or the head changed.
    fn end(&self, head: &AuditHead) -> Option<u64> {
        let cut = self.seq != head.seq;
        let forged = hex::encode(self.hash) != head.hash;
        self.first_bad.or((cut || forged).then(|| self.seq.min(head.seq) + u64::from(cut)))
    }
}

impl ChainedRow {
    fn recompute(&self, tenant: TenantId) -> [u8; 32] {
        chain_hash(
            &self.prev_hash,
            tenant,
            self.seq,
            &self.event_type,
            self.execution_id,
            &self.actor,
            &self.event_data,
            self.created_at,
        )
    }
}

async fn batch(
    tx: &mut TenantTx<'_>,
    after: Option<(i64, Timestamp)>,
) -> Result<Vec<ChainedRow>, StoreError> {
    let rows = sqlx::query_as(
        "select seq, event_type, execution_id, actor::text, event_data::text, created_at, prev_hash, hash
         from dd0c.audit_events
         where tenant_id = $1 and ($2::bigint is null or (seq, created_at) > ($2, $3::timestamptz))
         order by seq, created_at limit $4",
    )
    .bind(tx.tenant_uuid())
    .bind(after.map(|(seq, _)| seq))
    .bind(after.map(|(_, at)| at))
    .bind(VERIFY_BATCH)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

fn event(row: EventRow) -> Result<AuditEvent, StoreError> {
    Ok(AuditEvent {
        seq: number(row.seq)?,
        event_type: from_word(&row.event_type, "an event's type")?,
        execution: row.execution_id.map(ExecutionId::from_uuid),
        actor: from_value(row.actor, "an event's actor")?,
        data: row.event_data,
        created_at: row.created_at,
        prev_hash: hex::encode(row.prev_hash),
        hash: hex::encode(row.hash),
    })
}

fn number(number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_| StoreError::corrupt("a negative number"))
}
