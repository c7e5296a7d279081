//! Walks a log's file: its header, then chunk after chunk, in batches.

use super::collect::Part;
use super::problems::Problems;
use super::{Origin, chunk, header, resync};
use crate::Mta;
use crate::words::bytes;
use delegap_model::{Kind, Limits, Parsed, Record};
use std::collections::VecDeque;
use std::io::{ErrorKind, IoSliceMut, Read};
use std::sync::Arc;

/// An event log that is read in batches of chunks, which may be done side by side.
///
/// ```
/// # use delegap_parse::{EvtxLog, EvtxReader, EvtxRoom, Options};
/// # use std::sync::Arc;
/// # let bytes: &[u8] = b"";
/// let options = Arc::new(Options::default());
/// let mut log = EvtxLog::new("Security.evtx", bytes, None, &options.limits);
/// let mut reader = EvtxReader::new(Arc::clone(&options));
/// let mut parts = Vec::new();
/// while let Some(batch) = log.batch(EvtxRoom::default()) {
///     // Any thread with a reader of its own can do this.
///     parts.push(reader.read(batch).0);
/// }
/// let parsed = log.finish(parts);
/// # assert_eq!(parsed.records, []);
/// ```
pub struct EvtxLog<R> {
    log: R,
    /// How the log ended, once it has: reading failed, or there was no more.
    end: Option<Option<std::io::Error>>,
    /// Blocks that were read and come next.
    read: VecDeque<Block>,
    /// Bytes that were read and come next, where chunks are displaced; there are no blocks then.
    unread: Vec<u8>,
    /// Memory for blocks.
    room: Vec<Vec<u8>>,
    /// How many blocks are read at once the next time.
    at_once: usize,
    /// The block after the one that is handed out: how it begins tells whether that one is whole.
    ahead: Option<Block>,
    origin: Arc<Origin>,
    header: header::Header,
    /// Chunks so far.
    whole: u64,
    /// Where the next block stands in the file.
    offset: u64,
    /// What is wrong with the header; it goes into the first batch.
    before: Problems,
    /// What is wrong with the end.
    after: Problems,
    ended: bool,
}

/// Where the reading of a log stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvtxPosition {
    /// Before the chunk of this number, and all chunks up to it lie where they should.
    Chunk(u64),
    /// Somewhere else: bytes are missing or were put in. What comes next, only reading on from here tells.
    Displaced,
    /// At the end.
    End,
}

/// Some chunks of a log, in a row.
pub struct EvtxBatch {
    pub(super) origin: Arc<Origin>,
    pub(super) chunks: Vec<Chunk>,
    /// An empty list, for what is wrong with them.
    pub(super) problems: Problems,
}

pub(super) struct Chunk {
    pub(super) block: Vec<u8>,
    pub(super) place: chunk::Place,
    /// What is wrong between the chunk before and this one.
    pub(super) before: Option<Problems>,
}

/// Memory of a batch that is done, for the next one.
#[derive(Default)]
pub struct EvtxRoom(pub(super) Vec<Vec<u8>>);

/// What a batch holds.
pub struct EvtxPart(pub(super) Part);

impl EvtxPart {
    /// Adds what comes after.
    pub fn append(&mut self, later: EvtxPart) {
        self.0.append(later.0);
    }
}

/// As many bytes as a chunk has, or fewer at the end; the rest is zeros.
struct Block {
    bytes: Vec<u8>,
    present: usize,
}

/// Chunks of a batch, which are read at once: few enough that the processor still has them at hand when they are looked at.
const BATCH: usize = 16;
/// With how many a log is begun, which may be short.
const FIRST: usize = 2;

impl<R: Read> EvtxLog<R> {
    /// Reads the header of a log, to which the localised strings `mta` belong. `name` goes into every reference.
    pub fn new(name: &str, log: R, mta: Option<Arc<Mta>>, limits: &Limits) -> Self {
        let origin = Arc::new(Origin { file: name.into(), mta });
        let problems = Problems::new(Arc::clone(&origin.file), limits.problems);
        let mut log = EvtxLog::at(0, log, origin, header::Header::default(), problems);
        log.read_header();
        log
    }

    /// The same log from the chunk of this number on, so that a long one can be read in several places at a time; `log`
    /// stands at [`EvtxLog::offset_of`] it. What it gives is right only if all that comes before ends in front of it:
    /// at [`EvtxPosition::Chunk`] of the same number.
    pub fn from_chunk<S: Read>(&self, number: u64, log: S) -> EvtxLog<S> {
        // Threads that count the references to the same name wait for each other.
        let origin = Arc::new(Origin { file: (&*self.origin.file).into(), mta: self.origin.mta.clone() });
        EvtxLog::at(number, log, origin, self.header, self.before.another())
    }

    /// A log of which `log` holds what is behind its header, from the chunk of this number on; `problems` is empty.
    fn at(number: u64, log: R, origin: Arc<Origin>, header: header::Header, problems: Problems) -> Self {
        EvtxLog {
            log,
            end: None,
            read: VecDeque::new(),
            unread: Vec::new(),
            room: Vec::new(),
            at_once: FIRST,
            ahead: None,
            origin,
            header,
            whole: number,
            offset: Self::offset_of(number),
            after: problems.another(),
            before: problems,
            ended: false,
        }
    }

    /// Where the chunk of this number lies in the file, if all lie where they should.
    pub fn offset_of(number: u64) -> u64 {
        header::SIZE as u64 + number * chunk::SIZE as u64
    }

    /// Where the next batch begins.
    pub fn position(&self) -> EvtxPosition {
        if self.ended {
            EvtxPosition::End
        } else if self.offset == Self::offset_of(self.whole) {
            EvtxPosition::Chunk(self.whole)
        } else {
            EvtxPosition::Displaced
        }
    }

    fn read_header(&mut self) {
        let mut block = vec![0; header::SIZE];
        let (present, failed) = fill(&mut self.log, &mut block);
        block.truncate(present);
        self.header = header::check(&block, &mut self.before);
        if present < header::SIZE {
            self.ended = true;
            report_end(&self.header, 0, None, present as u64, failed, &mut self.after);
        } else if !block.starts_with(header::MAGIC)
            && let Some(at) = resync::in_header(&block)
        {
            self.offset = at as u64;
            self.unread = block.split_off(at);
        }
    }

    /// The next chunks; `None` at the end.
    pub fn batch(&mut self, room: EvtxRoom) -> Option<EvtxBatch> {
        self.batch_until(u64::MAX, room)
    }

    /// The next chunks before that of this number; `None` at the end, or if there are none.
    pub fn batch_until(&mut self, number: u64, room: EvtxRoom) -> Option<EvtxBatch> {
        self.room.extend(room.0);
        let problems = self.before.another();
        let mut before = self.before.take();
        let mut batch = EvtxBatch { origin: Arc::clone(&self.origin), chunks: Vec::new(), problems };
        while batch.chunks.len() < BATCH && self.whole < number && !self.ended {
            let mut block = self.ahead.take().unwrap_or_else(|| self.block());
            let ahead = (block.present == chunk::SIZE).then(|| self.block());
            let doubtful = !block.may_be_chunk() || ahead.as_ref().is_some_and(|next| !next.may_be_chunk());
            if let Some(at) = doubtful.then(|| resync::in_block(block.there())).flatten() {
                let mut unread = block.there().get(at..).unwrap_or_default().to_vec();
                unread.extend(ahead.iter().chain(&self.read).flat_map(Block::there));
                self.read.clear();
                unread.append(&mut self.unread);
                self.unread = unread;
                let offset = self.offset;
                self.offset += at as u64;
                let problems = before.get_or_insert_with(|| batch.problems.another());
                if chunk::begins(&block.bytes) {
                    let what = "another chunk begins within this one: bytes of it are missing";
                    problems.at(offset, what, bytes((chunk::SIZE - at) as u64));
                    block.bytes.get_mut(at..).unwrap_or_default().fill(0);
                    let place = chunk::Place { offset, present: at, promised: false };
                    batch.chunks.push(Chunk { block: block.bytes, place, before: before.take() });
                    self.whole += 1;
                } else {
                    problems.at(offset, "not a chunk; one begins behind it", bytes(at as u64));
                }
                continue;
            }
            self.ahead = ahead;
            let cut = (block.present < chunk::SIZE && chunk::begins(block.there())).then_some(block.present as u64);
            let (offset, present) = (self.offset, block.present);
            let place = chunk::Place { offset, present, promised: self.header.promised > Some(self.whole) };
            batch.chunks.push(Chunk { block: block.bytes, place, before: before.take() });
            self.offset += present as u64;
            if present < chunk::SIZE {
                self.ended = true;
                let failed = self.end.take().flatten();
                report_end(&self.header, self.whole, cut, self.offset, failed, &mut self.after);
            }
            self.whole += 1;
        }
        // With a header alone there is no chunk.
        before.into_iter().for_each(|problems| self.before.append(problems));
        (!batch.chunks.is_empty()).then_some(batch)
    }

    fn block(&mut self) -> Block {
        if self.unread.is_empty() {
            if self.read.is_empty() && self.end.is_none() {
                self.read_blocks();
            }
            return self.read.pop_front().unwrap_or_else(|| Block { bytes: vec![0; chunk::SIZE], present: 0 });
        }
        let mut block = self.room.pop().unwrap_or_else(|| vec![0; chunk::SIZE]);
        let kept = self.unread.len().min(chunk::SIZE);
        let mut present = kept;
        for (byte, unread) in block.iter_mut().zip(self.unread.drain(..kept)) {
            *byte = unread;
        }
        if self.end.is_none() && kept < chunk::SIZE {
            let (more, failed) = fill(&mut self.log, block.get_mut(kept..).unwrap_or_default());
            present += more;
            if present < chunk::SIZE {
                self.end = Some(failed);
            }
        }
        block.get_mut(present..).unwrap_or_default().fill(0);
        Block { bytes: block, present }
    }

    /// Reads some blocks at once.
    fn read_blocks(&mut self) {
        let block = |room: &mut Vec<Vec<u8>>| room.pop().unwrap_or_else(|| vec![0; chunk::SIZE]);
        let mut blocks: Vec<Vec<u8>> = (0..self.at_once).map(|_| block(&mut self.room)).collect();
        let (filled, failed) = fill_blocks(&mut self.log, &mut blocks);
        for (index, mut bytes) in blocks.into_iter().enumerate() {
            let present = filled.saturating_sub(index * chunk::SIZE).min(chunk::SIZE);
            if present > 0 {
                bytes.get_mut(present..).unwrap_or_default().fill(0);
                self.read.push_back(Block { bytes, present });
            }
        }
        if filled < self.at_once * chunk::SIZE {
            self.end = Some(failed);
        }
        self.at_once = BATCH.min(2 * self.at_once);
    }

    /// The log's records and what is wrong with it, from the parts of all batches in their order.
    pub fn finish(self, parts: impl IntoIterator<Item = EvtxPart>) -> Parsed<Record> {
        let mut all = Part::new(self.before);
        parts.into_iter().for_each(|part| all.append(part.0));
        all.append(Part::new(self.after));
        all.finish(&self.origin.file, Kind::Evtx)
    }
}

impl Block {
    fn there(&self) -> &[u8] {
        self.bytes.get(..self.present).unwrap_or(&self.bytes)
    }

    /// False if something stands here that is neither a chunk nor laid out for one.
    fn may_be_chunk(&self) -> bool {
        let there = self.there();
        chunk::begins(there) || there.iter().all(|byte| *byte == 0)
    }
}

/// Fills `buffer` as far as the log goes; returns how far, and the error that ended it early.
fn fill(log: &mut impl Read, buffer: &mut [u8]) -> (usize, Option<std::io::Error>) {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match log.read(rest) {
            Ok(0) => break,
            // A reader that claims more than it was offered is cut to what it was offered.
            Ok(n) => filled += n.min(rest.len()),
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return (filled, Some(e)),
        }
    }
    (filled, None)
}

/// [`fill`] of several blocks, one behind the other.
fn fill_blocks(log: &mut impl Read, blocks: &mut [Vec<u8>]) -> (usize, Option<std::io::Error>) {
    let all: usize = blocks.iter().map(Vec::len).sum();
    let mut filled = 0;
    while filled < all {
        let (whole, within) = (filled / chunk::SIZE, filled % chunk::SIZE);
        let rest = blocks.iter_mut().skip(whole).enumerate();
        let mut rest: Vec<IoSliceMut<'_>> = rest
            .map(|(index, block)| {
                let from = if index == 0 { within } else { 0 };
                IoSliceMut::new(block.get_mut(from..).unwrap_or_default())
            })
            .collect();
        match log.read_vectored(&mut rest) {
            Ok(0) => break,
            // A reader that claims more than it was offered is cut to what it was offered.
            Ok(n) => filled = all.min(filled.saturating_add(n)),
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return (filled, Some(e)),
        }
    }
    (filled, None)
}

/// What the end of the file says: whether it is cut, and how much its header counts beyond it.
///
/// A log that was copied in part ends on a chunk's boundary as easily as elsewhere; only the header tells then.
fn report_end(
    header: &header::Header,
    whole: u64,
    cut: Option<u64>,
    end: u64,
    failed: Option<std::io::Error>,
    problems: &mut Problems,
) {
    if let Some(error) = failed {
        problems.at(end, format!("reading fails here: {error}"), "the rest of the file");
    } else {
        let promised = header.promised.unwrap_or(0);
        let chunks = promised.saturating_sub(whole + u64::from(cut.is_some()));
        let missing = cut.map_or(0, |present| chunk::SIZE as u64 - present);
        let mut what = match cut {
            Some(present) => {
                let (present, missing) = (bytes(present), bytes(missing));
                format!("the file is cut {present} into a chunk: {missing} of it are missing")
            }
            None if chunks > 0 => "the file ends early".to_owned(),
            None => String::new(),
        };
        if chunks > 0 {
            let link = if cut.is_some() { ", and" } else { ":" };
            what.push_str(&format!("{link} {chunks} of the {promised} chunks that its header counts are missing"));
        }
        if !what.is_empty() {
            if header.dirty {
                what.push_str("; the log was not closed: the header's counts are stale");
            }
            problems.at(end, what, bytes(missing + chunks * chunk::SIZE as u64));
            return;
        }
    }
    if header.dirty {
        problems.at(header::FLAGS_AT, "the log was not closed: the header's counts are stale", "");
    }
}
