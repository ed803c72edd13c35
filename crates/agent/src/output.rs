//! The output of one step: read as bytes, in the order it was seen, hashed whole, kept head and tail.
//!
//! The first 8 MiB go out as they come, in pieces of at most 32 KiB or what came within 100 ms. Of everything after
//! that the last 8 MiB are kept and sent at the end; what lies between is counted and hashed. The command is never held
//! up for more than 30 s in all by a reader who is slow or gone.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use dd0c_proto::agent::v1::StepOutput;
use dd0c_proto::agent::v1::step_output::Stream;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};

use crate::outbox::Outbox;

/// Sent as it comes, in bytes over both streams.
pub const HEAD: u64 = 8 * 1024 * 1024;
/// Kept from the end, in bytes over both streams.
pub const TAIL: usize = 8 * 1024 * 1024;
/// The largest piece.
pub const PIECE: usize = 32 * 1024;
const GATHER: Duration = Duration::from_millis(100);
/// How long pipes are read after the command ended: a daemon may hold them open for ever.
const DRAIN: Duration = Duration::from_secs(2);
/// How long, in all, the command may be held up.
const PATIENCE: Duration = Duration::from_secs(30);
/// What a piece weighs beside its bytes, so that many small ones are bounded too.
const PIECE_COST: usize = 128;

/// What is known of both streams at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    /// Bytes of stdout and stderr.
    pub bytes: [u64; 2],
    /// SHA-256 of stdout and stderr, all bytes, in hexadecimal.
    pub sha256: [String; 2],
    /// Bytes that were not sent.
    pub left_out: u64,
}

/// Reads both streams to their end, or until 2 s after `ended` resolves.
pub struct Pump {
    attempt: String,
    outbox: Arc<Outbox>,
    streams: [Tally; 2],
    pending: VecDeque<Piece>,
    pending_weight: usize,
    tail: VecDeque<Piece>,
    tail_weight: usize,
    head_left: u64,
    patience: Duration,
    sequence: u64,
    sent: u64,
}

struct Tally {
    hash: Sha256,
    bytes: u64,
    /// Where the next piece would have to begin for nothing to be missing.
    next: u64,
}

struct Piece {
    stream: usize,
    offset: u64,
    data: Vec<u8>,
}

enum Seen {
    Read(usize, std::io::Result<usize>),
    Gathered,
    Ended,
    Drained,
}

impl Pump {
    /// For one attempt.
    pub fn new(attempt: String, outbox: Arc<Outbox>) -> Self {
        let tally = || Tally { hash: Sha256::new(), bytes: 0, next: 0 };
        Self {
            attempt,
            outbox,
            streams: [tally(), tally()],
            pending: VecDeque::new(),
            pending_weight: 0,
            tail: VecDeque::new(),
            tail_weight: 0,
            head_left: HEAD,
            patience: PATIENCE,
            sequence: 0,
            sent: 0,
        }
    }

    /// Reads everything and sends what is to be sent.
    pub async fn run(
        mut self,
        mut stdout: impl AsyncRead + Unpin,
        mut stderr: impl AsyncRead + Unpin,
        mut ended: oneshot::Receiver<()>,
    ) -> Totals {
        let mut buffers = [vec![0_u8; PIECE], vec![0_u8; PIECE]];
        let mut open = [true, true];
        let (mut gather, mut drain): (Option<Instant>, Option<Instant>) = (None, None);
        while open != [false, false] {
            let [out_buffer, err_buffer] = &mut buffers;
            let seen = tokio::select! {
                biased;
                () = sleep_until(drain.unwrap_or_else(Instant::now)), if drain.is_some() => Seen::Drained,
                () = sleep_until(gather.unwrap_or_else(Instant::now)), if gather.is_some() => Seen::Gathered,
                read = stdout.read(out_buffer), if open[0] => Seen::Read(0, read),
                read = stderr.read(err_buffer), if open[1] => Seen::Read(1, read),
                _ = &mut ended, if drain.is_none() => Seen::Ended,
            };
            match seen {
                Seen::Read(stream, Ok(count)) if count > 0 => {
                    self.take(stream, &buffers[stream][..count]);
                    gather = gather.or_else(|| Some(Instant::now() + GATHER));
                }
                Seen::Read(stream, _) => open[stream] = false,
                Seen::Ended => drain = Some(Instant::now() + DRAIN),
                Seen::Gathered => {}
                Seen::Drained => break,
            }
            if self.pending_weight >= PIECE || gather.is_some_and(|at| Instant::now() >= at) {
                self.flush().await;
                gather = None;
            }
        }
        self.finish().await
    }

    fn take(&mut self, stream: usize, bytes: &[u8]) {
        let tally = &mut self.streams[stream];
        tally.hash.update(bytes);
        let offset = tally.bytes;
        tally.bytes += bytes.len() as u64;
        self.pending_weight += append(&mut self.pending, stream, offset, bytes);
    }

    async fn flush(&mut self) {
        self.pending_weight = 0;
        while let Some(piece) = self.pending.pop_front() {
            let size = piece.data.len() as u64;
            if self.head_left < size {
                // From here on everything goes to the tail, so that the order is never mixed up.
                self.head_left = 0;
                self.keep(piece);
                continue;
            }
            self.head_left -= size;
            if let Err(piece) = self.send(piece).await {
                self.head_left = 0;
                self.keep(piece);
            }
        }
    }

    fn keep(&mut self, piece: Piece) {
        self.tail_weight += append(&mut self.tail, piece.stream, piece.offset, &piece.data);
        while self.tail_weight > TAIL {
            let Some(oldest) = self.tail.pop_front() else { break };
            self.tail_weight -= oldest.data.len() + PIECE_COST;
        }
    }

    async fn send(&mut self, piece: Piece) -> Result<(), Piece> {
        let next = self.streams[piece.stream].next;
        let (stream, offset, size) = (piece.stream, piece.offset, piece.data.len() as u64);
        let output = StepOutput {
            attempt_id: self.attempt.clone(),
            stream: if stream == 0 { Stream::Stdout } else { Stream::Stderr }.into(),
            offset,
            data: piece.data,
            skipped: offset - next,
            sequence: self.sequence + 1,
        };
        match self.outbox.output(output, self.patience).await {
            Ok(waited) => {
                self.patience = self.patience.saturating_sub(waited);
                self.sequence += 1;
                self.sent += size;
                self.streams[stream].next = offset + size;
                Ok(())
            }
            Err(output) => {
                self.patience = Duration::ZERO;
                Err(Piece { stream, offset, data: output.data })
            }
        }
    }

    async fn finish(mut self) -> Totals {
        self.flush().await;
        // The command has ended: waiting holds nobody up but the report.
        self.patience = PATIENCE;
        while let Some(piece) = self.tail.pop_front() {
            if self.send(piece).await.is_err() {
                break;
            }
        }
        let total: u64 = self.streams.iter().map(|tally| tally.bytes).sum();
        let [out, err] = self.streams;
        Totals {
            bytes: [out.bytes, err.bytes],
            sha256: [out, err].map(|tally| hex::encode(tally.hash.finalize())),
            left_out: total - self.sent,
        }
    }
}

/// Adds bytes, joined to the last piece where they follow it. Answers by how much the weight grew.
fn append(pieces: &mut VecDeque<Piece>, stream: usize, offset: u64, bytes: &[u8]) -> usize {
    if let Some(last) = pieces.back_mut() {
        let follows = last.stream == stream && last.offset + last.data.len() as u64 == offset;
        if follows && last.data.len() + bytes.len() <= PIECE {
            last.data.extend_from_slice(bytes);
            return bytes.len();
        }
    }
    pieces.push_back(Piece { stream, offset, data: bytes.to_vec() });
    bytes.len() + PIECE_COST
}

#[cfg(test)]
mod tests {
    use dd0c_proto::agent::v1::agent_message::Kind;

    use super::*;

    /// Runs a pump against a reader that takes everything, and joins what arrives.
    async fn pump(stdout: &[u8], stderr: &[u8], credit: u64) -> (Totals, Vec<StepOutput>) {
        let outbox = Arc::new(Outbox::default());
        outbox.credit(credit);
        let (_keep, ended) = oneshot::channel();
        let reader = Arc::clone(&outbox);
        let (sender, mut seen) = tokio::sync::mpsc::unbounded_channel();
        let collector = tokio::spawn(async move {
            loop {
                if let Some(Kind::Output(output)) = reader.next().await.kind {
                    sender.send(output).unwrap();
                }
            }
        });
        let totals = Pump::new("att_1".into(), Arc::clone(&outbox)).run(stdout, stderr, ended).await;
        outbox.control(Kind::Heartbeat(Default::default()));
        let mut outputs = Vec::new();
        while let Ok(Some(output)) = tokio::time::timeout(Duration::from_millis(200), seen.recv()).await {
            outputs.push(output);
        }
        collector.abort();
        (totals, outputs)
    }

    #[tokio::test]
    async fn every_byte_arrives_in_order_with_its_offset_and_its_hash() {
        let bytes: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
        let (totals, outputs) = pump(&bytes, b"\xff\x00\n", u64::MAX).await;
        let mut joined = Vec::new();
        for output in outputs.iter().filter(|output| output.stream() == Stream::Stdout) {
            assert_eq!(output.offset, joined.len() as u64);
            assert!(output.data.len() <= PIECE);
            joined.extend_from_slice(&output.data);
        }
        assert!(joined == bytes);
        assert!(outputs.iter().zip(1..).all(|(output, number)| output.sequence == number));
        assert_eq!(totals.bytes, [bytes.len() as u64, 3]);
        assert_eq!(totals.sha256[0], hex::encode(Sha256::digest(&bytes)));
        assert_eq!(totals.left_out, 0);
    }

    #[tokio::test]
    async fn head_and_tail_are_kept_and_the_middle_is_counted_and_hashed() {
        let bytes: Vec<u8> = (0..10_000_000_u32).flat_map(u32::to_le_bytes).collect();
        let (totals, outputs) = pump(&bytes, b"", u64::MAX).await;
        let sent: usize = outputs.iter().map(|output| output.data.len()).sum();
        let skipped: u64 = outputs.iter().map(|output| output.skipped).sum();
        assert!(sent > 15 * 1024 * 1024 && sent <= 16 * 1024 * 1024, "{sent}");
        assert_eq!(sent as u64 + skipped, bytes.len() as u64);
        assert_eq!(totals.left_out, skipped);
        let last = outputs.last().unwrap();
        assert!(bytes.ends_with(&last.data), "the very end is there");
        assert_eq!(totals.sha256[0], hex::encode(Sha256::digest(&bytes)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_takes_nothing_holds_the_command_up_for_30_seconds_at_most() {
        let bytes = vec![7_u8; 40 * 1024 * 1024];
        let outbox = Arc::new(Outbox::default());
        let (_keep, ended) = oneshot::channel();
        let began = Instant::now();
        let totals = Pump::new("att_1".into(), outbox).run(bytes.as_slice(), &b""[..], ended).await;
        // Once while running, once more while reporting.
        assert!(began.elapsed() <= 2 * PATIENCE + DRAIN, "{:?}", began.elapsed());
        assert_eq!(totals.bytes[0], bytes.len() as u64);
        assert!(totals.left_out > 0);
    }
}
