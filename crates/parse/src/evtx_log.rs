//! Event logs (.evtx): the file header, then the chunks in file order, with a few of them in memory at a time.
//!
//! The `evtx` crate decodes; this module walks the file, says what is damaged, and turns a record's XML into an
//! [`Event`](delegap_model::Event). A log that has wrapped around has its oldest chunk somewhere inside the file:
//! records come in file order here and are sorted by whoever uses them.

mod chunk;
mod collect;
mod event;
mod file;
mod header;
mod markup;
mod problems;
mod recover;
mod resync;
mod scan;
mod told;
mod xml;

use crate::{Mta, Options};
use collect::Collector;
use delegap_model::{Parsed, Record};
use file::Chunk;
pub use file::{EvtxBatch, EvtxLog, EvtxPart, EvtxPosition, EvtxRoom};
pub(crate) use markup::read as read_markup;
use problems::Problems;
use scan::Scan;
use std::io::Read;
use std::sync::Arc;
pub(crate) use told::Log;
pub(crate) use xml::{Parts, System};

/// True if `head` begins an event log, or one whose file header is damaged or gone: the first 4,608 bytes tell.
pub fn is_evtx(head: &[u8]) -> bool {
    head.starts_with(header::MAGIC) || resync::holds_chunk(head)
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

/// Which log something is of.
struct Origin {
    file: Arc<str>,
    mta: Option<Arc<Mta>>,
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
        self.collector.begin(&batch.origin, batch.problems);
        self.scan.iter_mut().for_each(|scan| scan.begin(&batch.origin));
        let mut room = Vec::with_capacity(batch.chunks.len());
        for Chunk { block, place, before } in batch.chunks {
            before.into_iter().for_each(|before| self.collector.problems().append(before));
            room.push(chunk::read(block, place, self.scan.as_mut(), &mut self.collector));
            // The scan looks through its spans for every record: a collector's log has thousands of computers.
            self.collector.cover(self.scan.iter_mut().flat_map(Scan::spans));
        }
        (EvtxPart(self.collector.part()), EvtxRoom(room))
    }
}
