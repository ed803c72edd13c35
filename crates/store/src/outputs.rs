//! What commands write, chunk by chunk, in the order in which it arrived.

use std::collections::HashMap;

use dd0c_types::{AttemptId, ExecutionId, StepId};
use sqlx::FromRow;
use uuid::Uuid;

use crate::error::StoreError;
use crate::store::TenantTx;

/// How much of the end of each stream a view carries, in bytes.
const TAIL_BYTES: usize = 16 * 1024;

/// Which stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// A chunk that arrived. No `Debug`: output may hold secrets.
#[derive(Clone)]
pub struct NewChunk<'c> {
    /// The run.
    pub execution: ExecutionId,
    /// The step.
    pub step: StepId,
    /// The attempt.
    pub attempt: AttemptId,
    /// The order over both streams, from 1.
    pub sequence: u64,
    /// Which stream.
    pub stream: Stream,
    /// The offset of its first byte in its stream.
    pub offset: u64,
    /// At most 64 KiB.
    pub bytes: &'c [u8],
    /// Bytes left out right before.
    pub skipped: u64,
}

/// A chunk as it is stored. No `Debug`: output may hold secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct Chunk {
    /// Grows with every chunk: where a reader goes on.
    pub id: i64,
    /// The step.
    pub step: StepId,
    /// The attempt.
    pub attempt: AttemptId,
    /// Which stream.
    pub stream: Stream,
    /// The offset of its first byte in its stream.
    pub offset: u64,
    /// The bytes as the command wrote them.
    pub bytes: Vec<u8>,
    /// Bytes left out right before.
    pub skipped: u64,
}

/// The end of a step's output. No `Debug`: output may hold secrets.
#[derive(Clone, Default)]
pub struct Tail {
    /// The last bytes of standard output, as text.
    pub stdout: String,
    /// The last bytes of standard error, as text.
    pub stderr: String,
    /// How much arrived in all, what was left out included.
    pub bytes: u64,
}

#[derive(FromRow)]
struct Row {
    id: i64,
    step_id: Uuid,
    attempt_id: Uuid,
    stream: String,
    start_byte: i64,
    bytes: Vec<u8>,
    skipped: i64,
}

/// Keeps a chunk. The same chunk a second time changes nothing.
///
/// # Errors
/// `Conflict` when there is no such attempt.
pub async fn append(tx: &mut TenantTx<'_>, chunk: &NewChunk<'_>) -> Result<(), StoreError> {
    sqlx::query(
        "insert into dd0c.step_outputs
           (tenant_id, execution_id, step_id, attempt_id, sequence, stream, start_byte, bytes, skipped)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing",
    )
    .bind(tx.tenant_uuid())
    .bind(chunk.execution.uuid())
    .bind(chunk.step.uuid())
    .bind(chunk.attempt.uuid())
    .bind(signed(chunk.sequence)?)
    .bind(chunk.stream.as_str())
    .bind(signed(chunk.offset)?)
    .bind(chunk.bytes)
    .bind(signed(chunk.skipped)?)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// The chunks of a run after the one with this id, in order; 0 begins at the first.
///
/// # Errors
/// `Unavailable`.
pub async fn after(
    tx: &mut TenantTx<'_>,
    execution: ExecutionId,
    id: i64,
    limit: u32,
) -> Result<Vec<Chunk>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "select id, step_id, attempt_id, stream, start_byte, bytes, skipped
         from dd0c.step_outputs where tenant_id = $1 and execution_id = $2 and id > $3 order by id limit $4",
    )
    .bind(tx.tenant_uuid())
    .bind(execution.uuid())
    .bind(id)
    .bind(i64::from(limit))
    .fetch_all(tx.connection())
    .await?;
    rows.into_iter().map(chunk).collect()
}

/// How much an attempt has written so far, as far as it arrived.
///
/// # Errors
/// `Unavailable`.
pub async fn bytes_of(tx: &mut TenantTx<'_>, attempt: AttemptId) -> Result<u64, StoreError> {
    let bytes: i64 = sqlx::query_scalar(
        "select coalesce(sum(octet_length(bytes) + skipped), 0)::bigint
         from dd0c.step_outputs where tenant_id = $1 and attempt_id = $2",
    )
    .bind(tx.tenant_uuid())
    .bind(attempt.uuid())
    .fetch_one(tx.connection())
    .await?;
    unsigned(bytes)
}

/// The end of each step's latest attempt.
pub(crate) async fn tails(
    tx: &mut TenantTx<'_>,
    execution: ExecutionId,
) -> Result<HashMap<StepId, Tail>, StoreError> {
    let rows: Vec<(Uuid, String, Vec<u8>, i64)> = sqlx::query_as(
        "select a.step_id, s.stream, s.tail, s.total
         from (select distinct on (step_id) step_id, id from dd0c.attempts
               where tenant_id = $1 and execution_id = $2 order by step_id, number desc) a,
         lateral (
           select c.stream, string_agg(c.bytes, ''::bytea order by c.sequence) filter (where c.recent <= 24) as tail,
             sum(octet_length(c.bytes) + c.skipped)::bigint as total
           from (select stream, sequence, bytes, skipped,
                   row_number() over (partition by stream order by sequence desc) as recent
                 from dd0c.step_outputs where tenant_id = $1 and attempt_id = a.id) c
           group by c.stream) s",
    )
    .bind(tx.tenant_uuid())
    .bind(execution.uuid())
    .fetch_all(tx.connection())
    .await?;
    let mut tails: HashMap<StepId, Tail> = HashMap::new();
    for (step, stream, bytes, total) in rows {
        let tail = tails.entry(StepId::from_uuid(step)).or_default();
        tail.bytes += unsigned(total)?;
        match Stream::from_word(&stream)? {
            Stream::Stdout => tail.stdout = ending(&bytes),
            Stream::Stderr => tail.stderr = ending(&bytes),
        }
    }
    Ok(tails)
}

impl Stream {
    /// The spelling in SQL and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Stream::Stdout => "stdout",
            Stream::Stderr => "stderr",
        }
    }

    fn from_word(word: &str) -> Result<Self, StoreError> {
        match word {
            "stdout" => Ok(Stream::Stdout),
            "stderr" => Ok(Stream::Stderr),
            _ => Err(StoreError::corrupt("a stream")),
        }
    }
}

/// The last bytes as text: what is no UTF-8 becomes `�`, and a NUL its picture.
fn ending(bytes: &[u8]) -> String {
    let from = bytes.len().saturating_sub(TAIL_BYTES);
    String::from_utf8_lossy(&bytes[from..]).replace('\0', "\u{2400}")
}

fn chunk(row: Row) -> Result<Chunk, StoreError> {
    Ok(Chunk {
        id: row.id,
        step: StepId::from_uuid(row.step_id),
        attempt: AttemptId::from_uuid(row.attempt_id),
        stream: Stream::from_word(&row.stream)?,
        offset: unsigned(row.start_byte)?,
        bytes: row.bytes,
        skipped: unsigned(row.skipped)?,
    })
}

fn signed(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::corrupt("a number of bytes"))
}

fn unsigned(number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_| StoreError::corrupt("a negative number of bytes"))
}
