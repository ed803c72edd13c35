//! The journal: what this agent promised, started and finished, on disk before anybody hears of it.
//!
//! One record a line, `CRC-32 in hexadecimal, space, JSON, line feed`; every record carries its number, so that a
//! missing line shows. A last line without a line feed that does not check is a torn write nobody was told of and is
//! dropped. Anything else that does not check means that a promise may have been lost: the journal is not opened, the
//! agent takes no work, and `dd0c-agent recover` is a person's decision.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use dd0c_proto::agent::v1::StepResult;
use dd0c_types::{AttemptId, ExecutionId};
use nix::fcntl::{Flock, FlockArg};
use prost::Message;
use serde::{Deserialize, Serialize};

use crate::crc::crc32;

/// Bytes kept aside, to be given up when the disk is full and the end of a step must still be written.
const RESERVE_BYTES: u64 = 8 * 1024 * 1024;

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Record {
    /// The attempt passed every check and may be started once.
    Accepted {
        /// Which attempt.
        attempt: AttemptId,
        /// Of which run.
        execution: ExecutionId,
        /// The fence of the grant.
        fence: u64,
        /// The hash that was granted, in hexadecimal.
        intent_sha256: String,
        /// When, by this machine's clock.
        unix_ms: i64,
    },
    /// Its process exists.
    Started {
        /// Which attempt.
        attempt: AttemptId,
        /// The process.
        pid: u32,
        /// Its start time in clock ticks since boot, which tells it from a later process of the same number.
        start_ticks: u64,
        /// Its control group, when it has one.
        cgroup: Option<PathBuf>,
        /// When, by this machine's clock.
        unix_ms: i64,
    },
    /// It ended; the result as it is sent, without the values of variables.
    Finished {
        /// Which attempt.
        attempt: AttemptId,
        /// The `StepResult` in protobuf, in hexadecimal.
        result: String,
    },
    /// It was refused and can never start here.
    Refused {
        /// Which attempt.
        attempt: AttemptId,
        /// A word for programs.
        code: String,
        /// A sentence for people.
        reason: String,
        /// When, by this machine's clock.
        unix_ms: i64,
    },
    /// A message was refused from which not even an attempt could be read.
    Rejected {
        /// The hash of what came, in hexadecimal.
        message_sha256: String,
        /// A word for programs.
        code: String,
        /// When, by this machine's clock.
        unix_ms: i64,
    },
    /// The engine asked for an attempt that was not known: it can never start here.
    Tombstone {
        /// Which attempt.
        attempt: AttemptId,
    },
    /// The engine has committed the result.
    Committed {
        /// Which attempt.
        attempt: AttemptId,
    },
    /// A person set a damaged journal aside. What came before is only partly known.
    Recovered {
        /// When, by this machine's clock.
        unix_ms: i64,
        /// Where counting goes on, so that the generation never goes back.
        generation: u64,
    },
}

/// What is known of one attempt.
#[derive(Debug, Clone, PartialEq)]
pub enum AttemptState {
    /// In the journal, and no process was recorded.
    Accepted,
    /// A process was recorded, and no end.
    Started {
        /// The process.
        pid: u32,
        /// Its start time in clock ticks since boot.
        start_ticks: u64,
        /// Its control group.
        cgroup: Option<PathBuf>,
        /// When, by this machine's clock.
        unix_ms: i64,
    },
    /// It ended, and the engine has not said that it knows.
    Finished(Box<StepResult>),
    /// It can never start here: refused, with code and reason.
    Refused(String, String),
    /// It can never start here: the engine was told that it was not seen.
    Tombstoned,
    /// It ended and the engine knows.
    Committed,
}

/// Why the journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// A record that was once whole no longer checks.
    #[error("record {line} of the journal {path} does not check; run `dd0c-agent recover` once you know why")]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
    },
    /// Another agent has it.
    #[error("the journal {0} is in use by another agent process")]
    InUse(PathBuf),
    /// The disk refused.
    #[error("the journal {path} cannot be used: {source}")]
    Disk {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// The open journal and what it says.
pub struct Journal {
    file: Flock<File>,
    path: PathBuf,
    length: u64,
    /// Number of records ever written, over recoveries.
    generation: u64,
    recovered_unix_ms: Option<i64>,
    attempts: HashMap<AttemptId, AttemptState>,
    fences: HashMap<ExecutionId, u64>,
    broken: bool,
}

#[derive(Serialize, Deserialize)]
struct Line {
    n: u64,
    #[serde(flatten)]
    record: Record,
}

impl Journal {
    /// Opens or makes the journal, takes its lock, reads it, and drops a torn last line.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let disk = |source| JournalError::Disk { path: path.to_owned(), source };
        let fresh = !path.exists();
        let mut options = OpenOptions::new();
        let file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)
            .map_err(disk)?;
        let file = Flock::lock(file, FlockArg::LockExclusiveNonblock)
            .map_err(|_| JournalError::InUse(path.to_owned()))?;
        let mut journal = Self {
            file,
            path: path.to_owned(),
            length: 0,
            generation: 0,
            recovered_unix_ms: None,
            attempts: HashMap::new(),
            fences: HashMap::new(),
            broken: false,
        };
        journal.load()?;
        if fresh {
            journal.sync_folder().map_err(disk)?;
        }
        Ok(journal)
    }

    /// Number of records ever written. It only grows; a smaller number means that an old copy of the disk is in use.
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// What is known of an attempt.
    pub fn state(&self, attempt: AttemptId) -> Option<&AttemptState> {
        self.attempts.get(&attempt)
    }

    /// Every attempt with its state, in no order.
    pub fn attempts(&self) -> impl Iterator<Item = (AttemptId, &AttemptState)> {
        self.attempts.iter().map(|(attempt, state)| (*attempt, state))
    }

    /// The highest fence seen for a run.
    pub fn fence(&self, execution: ExecutionId) -> u64 {
        self.fences.get(&execution).copied().unwrap_or(0)
    }

    /// Whether an attempt that is not in the journal may have been in the part that was lost: it was made, by its
    /// UUIDv7, before a recovery, or its id does not tell.
    pub fn may_be_forgotten(&self, attempt: AttemptId) -> bool {
        let Some(recovered) = self.recovered_unix_ms else { return false };
        if self.attempts.contains_key(&attempt) {
            return false;
        }
        let made = attempt.uuid().get_timestamp().map(|stamp| {
            let (seconds, nanos) = stamp.to_unix();
            seconds.saturating_mul(1000).saturating_add(u64::from(nanos) / 1_000_000)
        });
        // Five minutes of doubt: the id was made by another machine's clock.
        let doubtful = u64::try_from(recovered).unwrap_or(0).saturating_add(300_000);
        made.is_none_or(|made| made <= doubtful)
    }

    /// Writes a record and flushes it to the disk. Only then does it count.
    pub fn append(&mut self, record: Record) -> Result<(), JournalError> {
        let line = self.encode(&record)?;
        if let Err(source) = self.write(&line) {
            return Err(self.disk(source));
        }
        self.generation += 1;
        self.apply(record);
        Ok(())
    }

    /// As [`Journal::append`], and when the disk is full gives up the reserve first: for ends and acknowledgements.
    pub fn append_at_any_price(&mut self, record: Record) -> Result<(), JournalError> {
        match self.append(record.clone()) {
            Err(JournalError::Disk { .. }) if std::fs::remove_file(self.reserve()).is_ok() => {
                self.append(record)
            }
            other => other,
        }
    }

    /// Whether there is room for new work: the reserve is in place or could be laid down again.
    pub fn has_room(&self) -> bool {
        let path = self.reserve();
        if self.broken {
            return false;
        }
        if path.metadata().is_ok_and(|found| found.len() == RESERVE_BYTES) {
            return true;
        }
        let laid = lay_reserve(&path);
        if laid.is_err() {
            // Half a reserve helps nobody; the space is better left to the running steps.
            let _ = std::fs::remove_file(&path);
        }
        laid.is_ok()
    }

    fn load(&mut self) -> Result<(), JournalError> {
        let mut bytes = Vec::new();
        self.file.read_to_end(&mut bytes).map_err(|source| self.disk(source))?;
        let mut rest = bytes.as_slice();
        let mut number = 0;
        while !rest.is_empty() {
            number += 1;
            let (line, whole) = match rest.iter().position(|byte| *byte == b'\n') {
                Some(end) => (&rest[..end], true),
                None => (rest, false),
            };
            let Some(Line { n, record }) = decode(line).filter(|line| self.is_next(line)) else {
                if whole {
                    return Err(JournalError::Corrupt { path: self.path.clone(), line: number });
                }
                break;
            };
            self.generation = n;
            self.apply(record);
            self.length += line.len() as u64 + 1;
            rest = rest.get(line.len() + 1..).unwrap_or_default();
        }
        self.cut_torn_tail(bytes.len() as u64).map_err(|source| self.disk(source))
    }

    /// Leaves exactly the whole records on disk, ended by a line feed.
    fn cut_torn_tail(&mut self, found: u64) -> std::io::Result<()> {
        if found == self.length {
            return Ok(());
        }
        if found + 1 == self.length {
            // The last record is whole and only its line feed is missing.
            self.file.seek(SeekFrom::Start(found))?;
            self.file.write_all(b"\n")?;
        } else {
            self.file.set_len(self.length)?;
        }
        self.file.sync_data()
    }

    fn is_next(&self, line: &Line) -> bool {
        match line.record {
            Record::Recovered { generation, .. } => self.length == 0 && line.n == generation,
            _ => line.n == self.generation + 1,
        }
    }

    fn encode(&self, record: &Record) -> Result<Vec<u8>, JournalError> {
        if self.broken {
            return Err(self.disk(std::io::Error::other("an earlier write failed half-way")));
        }
        let n = match record {
            Record::Recovered { generation, .. } => *generation,
            _ => self.generation + 1,
        };
        let json = serde_json::to_string(&Line { n, record: record.clone() })
            .map_err(|error| self.disk(std::io::Error::other(error)))?;
        Ok(format!("{:08x} {json}\n", crc32(json.as_bytes())).into_bytes())
    }

    fn write(&mut self, line: &[u8]) -> std::io::Result<()> {
        self.file.seek(SeekFrom::Start(self.length))?;
        let written = self.file.write_all(line).and_then(|()| self.file.sync_data());
        if written.is_err() {
            // Half a record must not stay in front of the next one. If even that fails, nothing is written any more.
            self.broken = self.file.set_len(self.length).and_then(|()| self.file.sync_data()).is_err();
            return written;
        }
        self.length += line.len() as u64;
        Ok(())
    }

    fn apply(&mut self, record: Record) {
        let (attempt, state) = match record {
            Record::Accepted { attempt, execution, fence, .. } => {
                let seen = self.fences.entry(execution).or_default();
                *seen = fence.max(*seen);
                (attempt, AttemptState::Accepted)
            }
            Record::Started { attempt, pid, start_ticks, cgroup, unix_ms } => {
                (attempt, AttemptState::Started { pid, start_ticks, cgroup, unix_ms })
            }
            Record::Finished { attempt, result } => (attempt, finished(attempt, &result)),
            Record::Refused { attempt, code, reason, .. } => (attempt, AttemptState::Refused(code, reason)),
            Record::Tombstone { attempt } => (attempt, AttemptState::Tombstoned),
            Record::Committed { attempt } => (attempt, AttemptState::Committed),
            Record::Recovered { unix_ms, generation } => {
                (self.recovered_unix_ms, self.generation) = (Some(unix_ms), generation);
                return;
            }
            Record::Rejected { .. } => return,
        };
        self.attempts.insert(attempt, state);
    }

    fn reserve(&self) -> PathBuf {
        self.path.with_extension("reserve")
    }

    fn sync_folder(&self) -> std::io::Result<()> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }

    fn disk(&self, source: std::io::Error) -> JournalError {
        JournalError::Disk { path: self.path.clone(), source }
    }
}

/// Sets a damaged journal aside and starts a new one with every record that still checks. Answers the new place of the
/// old file. Attempts made before now and not found in it stay unknown for ever.
pub fn recover(path: &Path, unix_ms: i64) -> Result<PathBuf, JournalError> {
    let disk = |source| JournalError::Disk { path: path.to_owned(), source };
    let bytes = std::fs::read(path).map_err(disk)?;
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let total = lines.clone().count() as u64;
    let kept: Vec<Line> = lines.filter_map(decode).collect();
    let highest = kept.iter().map(|line| line.n).max().unwrap_or(0);
    let aside = path.with_extension(format!("damaged-{unix_ms}"));
    std::fs::rename(path, &aside).map_err(disk)?;
    let mut journal = Journal::open(path)?;
    journal.append(Record::Recovered { unix_ms, generation: highest.max(total) + 1 })?;
    for line in kept.into_iter().filter(|line| !matches!(line.record, Record::Recovered { .. })) {
        journal.append(line.record)?;
    }
    Ok(aside)
}

fn decode(line: &[u8]) -> Option<Line> {
    let (sum, json) = line.split_at_checked(8)?;
    let json = json.strip_prefix(b" ")?;
    let sum = u32::from_str_radix(std::str::from_utf8(sum).ok()?, 16).ok()?;
    if sum != crc32(json) {
        return None;
    }
    serde_json::from_slice(json).ok()
}

fn finished(attempt: AttemptId, result: &str) -> AttemptState {
    let read = hex::decode(result).ok().and_then(|bytes| StepResult::decode(bytes.as_slice()).ok());
    // The line has checked, so this holds; were it not so, the end is simply not known.
    read.filter(|result| result.attempt_id == attempt.to_string())
        .map_or(AttemptState::Accepted, |result| AttemptState::Finished(Box::new(result)))
}

fn lay_reserve(path: &Path) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    let block = vec![0_u8; 1024 * 1024];
    for _ in 0..RESERVE_BYTES / block.len() as u64 {
        file.write_all(&block)?;
    }
    file.sync_all()
}

#[cfg(test)]
mod tests;
