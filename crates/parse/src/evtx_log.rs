//! Event logs (.evtx): the file header, then the chunks in file order, with a few of them in memory at a time.
//!
//! The `evtx` crate decodes; this module walks the file, says what is damaged, and turns a record's XML into an
//! [`Event`](delegap_model::Event). A log that has wrapped around has its oldest chunk somewhere inside the file:
//! records come in file order here and are sorted by whoever uses them.

mod chunk;
mod collect;
mod event;
mod header;
mod markup;
mod problems;
mod scan;
mod xml;

use crate::words::bytes;
use crate::{Mta, Options};
use collect::{Collector, Part};
use delegap_model::{Kind, Limits, Parsed, Record};
pub(crate) use markup::read as read_markup;
use problems::Problems;
use scan::Scan;
use std::io::{ErrorKind, Read};
use std::sync::Arc;

/// True if `head` begins an event log.
pub fn is_evtx(head: &[u8]) -> bool {
    head.starts_with(header::MAGIC)
}

/// Reads an event log chunk by chunk; memory does not grow with the log, only with the records that are kept.
///
/// `name` goes into every [`SourceRef`](delegap_model::SourceRef). Kept are the events that `options.selection`
/// wants; `summary.records` and `summary.covers` tell of all that could be decoded. Damage becomes a problem at its
/// file offset: a cut file is read up to the cut, a chunk with a wrong checksum is decoded all the same, and when
/// reading fails in the middle the records before it stand. What is wrong inside a record that isn't wanted is not
/// looked for.
pub fn read_evtx(name: &str, log: impl Read, options: &Options) -> Parsed<Record> {
    read(name, log, options, EvtxReader::new(Arc::new(options.clone())))
}

/// [`read_evtx`] without its scan: every record is decoded by the `evtx` crate and filtered after, which is slow and
/// what the scan is measured against.
#[doc(hidden)]
pub fn read_evtx_decoding_all(name: &str, log: impl Read, options: &Options) -> Parsed<Record> {
    read(name, log, options, EvtxReader { scan: None, ..EvtxReader::new(Arc::new(options.clone())) })
}

fn read(name: &str, log: impl Read, options: &Options, mut reader: EvtxReader) -> Parsed<Record> {
    let mut log = EvtxLog::new(name, log, options.mta.clone(), &options.limits);
    let (mut parts, mut room) = (Vec::new(), EvtxRoom::default());
    while let Some(batch) = log.batch(room) {
        let (part, emptied) = reader.read(batch);
        parts.push(part);
        room = emptied;
    }
    log.finish(parts)
}

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
    origin: Arc<Origin>,
    header: header::Header,
    /// Chunks read so far.
    whole: u64,
    offset: u64,
    /// What is wrong with the header and with the end.
    before: Problems,
    after: Problems,
    ended: bool,
}

/// Some chunks of a log, in a row.
pub struct EvtxBatch {
    origin: Arc<Origin>,
    chunks: Vec<(Vec<u8>, chunk::Place)>,
}

/// Memory of a batch that is done, for the next one.
#[derive(Default)]
pub struct EvtxRoom(Vec<Vec<u8>>);

/// What a batch holds.
pub struct EvtxPart(Part);

/// Which log a batch is of.
struct Origin {
    file: Arc<str>,
    mta: Option<Arc<Mta>>,
}

/// Chunks of a batch: few enough that the processor still has them at hand when they are looked at.
const BATCH: usize = 4;

impl<R: Read> EvtxLog<R> {
    /// Reads the header of a log, to which the localised strings `mta` belong. `name` goes into every reference.
    pub fn new(name: &str, mut log: R, mta: Option<Arc<Mta>>, limits: &Limits) -> Self {
        let origin = Arc::new(Origin { file: name.into(), mta });
        let mut before = Problems::new(Arc::clone(&origin.file), limits.problems);
        let mut after = before.another();
        let mut block = vec![0; header::SIZE];
        let (present, failed) = fill(&mut log, &mut block);
        block.truncate(present);
        let header = header::check(&block, &mut before);
        let ended = present < header::SIZE;
        if ended {
            report_end(&header, 0, None, present as u64, failed, &mut after);
        }
        EvtxLog { log, origin, header, whole: 0, offset: header::SIZE as u64, before, after, ended }
    }

    /// The next chunks; `None` at the end.
    pub fn batch(&mut self, room: EvtxRoom) -> Option<EvtxBatch> {
        let mut room = room.0.into_iter();
        let mut chunks = Vec::new();
        while chunks.len() < BATCH && !self.ended {
            let mut block = room.next().unwrap_or_else(|| vec![0; chunk::SIZE]);
            let (present, failed) = fill(&mut self.log, &mut block);
            let (there, rest) = block.split_at_mut(present.min(chunk::SIZE));
            rest.fill(0);
            let cut = (present < chunk::SIZE && chunk::begins(there)).then_some(present as u64);
            let promised = self.header.promised > Some(self.whole);
            chunks.push((block, chunk::Place { offset: self.offset, present, promised }));
            self.offset += present as u64;
            if present < chunk::SIZE {
                self.ended = true;
                report_end(&self.header, self.whole, cut, self.offset, failed, &mut self.after);
            }
            self.whole += 1;
        }
        (!chunks.is_empty()).then(|| EvtxBatch { origin: Arc::clone(&self.origin), chunks })
    }

    /// The log's records and what is wrong with it, from the parts of all batches in their order.
    pub fn finish(self, parts: impl IntoIterator<Item = EvtxPart>) -> Parsed<Record> {
        let mut all = Part::new(self.before);
        parts.into_iter().for_each(|part| all.append(part.0));
        all.append(Part::new(self.after));
        all.finish(&self.origin.file, Kind::Evtx)
    }
}

/// Reads batches of any logs. What it learns of one serves the next.
pub struct EvtxReader {
    collector: Collector,
    scan: Option<Scan>,
}

impl EvtxReader {
    /// A reader that keeps what `options` want; the strings of `options` don't matter, each log has its own.
    pub fn new(options: Arc<Options>) -> Self {
        let origin = Arc::new(Origin { file: "".into(), mta: None });
        let scan = Some(Scan::new(Arc::clone(&origin), Arc::clone(&options)));
        EvtxReader { collector: Collector::new(origin, options), scan }
    }

    /// Reads a batch, and gives back the memory that it took.
    pub fn read(&mut self, batch: EvtxBatch) -> (EvtxPart, EvtxRoom) {
        self.collector.begin(&batch.origin);
        self.scan.iter_mut().for_each(|scan| scan.begin(&batch.origin));
        let mut room = Vec::with_capacity(batch.chunks.len());
        for (block, place) in batch.chunks {
            room.push(chunk::read(block, place, self.scan.as_mut(), &mut self.collector));
            // The scan looks through its spans for every record: a collector's log has thousands of computers.
            self.collector.cover(self.scan.iter_mut().flat_map(Scan::spans));
        }
        (EvtxPart(self.collector.part()), EvtxRoom(room))
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
