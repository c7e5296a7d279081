//! Event logs (.evtx): the file header, then chunk by chunk in file order, with one chunk in memory at a time.
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
mod resync;
mod scan;
mod told;
mod xml;

use crate::Options;
use crate::words::bytes;
use collect::Collector;
use delegap_model::{Kind, Parsed, Record};
pub(crate) use markup::read as read_markup;
use problems::Problems;
use scan::Scan;
use std::io::{ErrorKind, Read};
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
    read(name, log, options, true)
}

/// [`read_evtx`] without its scan: every record is decoded by the `evtx` crate and filtered after, which is slow and
/// what the scan is measured against.
#[doc(hidden)]
pub fn read_evtx_decoding_all(name: &str, log: impl Read, options: &Options) -> Parsed<Record> {
    read(name, log, options, false)
}

fn read(name: &str, mut log: impl Read, options: &Options, scan: bool) -> Parsed<Record> {
    let file: Arc<str> = name.into();
    let problems = Problems::new(Arc::clone(&file), options.limits.problems);
    let mut collector = Collector::new(Arc::clone(&file), options, problems);
    let mut scan = scan.then(|| Scan::new(file, options));
    read_file(&mut log, &mut collector, &mut scan);
    collector.part().finish(name, Kind::Evtx)
}

fn read_file<'o>(log: &mut impl Read, collector: &mut Collector<'o>, scan: &mut Option<Scan<'o>>) {
    let mut block = vec![0; header::SIZE];
    let (present, failed) = fill(log, &mut block);
    block.truncate(present);
    let is_log = block.starts_with(header::MAGIC);
    let header = header::check(&block, collector.problems());
    if present < header::SIZE {
        report_end(&header, 0, None, present as u64, failed, collector.problems());
        return;
    }

    let mut whole = 0;
    let mut offset = header::SIZE as u64;
    // Bytes of the block that were read before: a chunk that begins where none should.
    let mut kept = 0;
    let mut stopped = None;
    if let Some(at) = (!is_log).then(|| resync::in_header(&block)).flatten() {
        block.drain(..at);
        (offset, kept) = (at as u64, block.len());
    }
    block.resize(chunk::SIZE, 0);
    loop {
        let (more, failed) = match stopped.take() {
            Some(error) => (0, Some(error)),
            None => fill(log, block.get_mut(kept..).unwrap_or_default()),
        };
        let present = kept + more;
        kept = 0;
        if let Some(at) = resync::in_block(block.get(..present).unwrap_or(&block)) {
            let next = block.get(at..present).unwrap_or_default().to_vec();
            if chunk::begins(&block) {
                let missing = bytes((chunk::SIZE - at) as u64);
                let what = "another chunk begins within this one: bytes of it are missing";
                collector.problems().at(offset, what, missing);
                block.get_mut(at..).unwrap_or_default().fill(0);
                let place = chunk::Place { offset, present: at, promised: false };
                block = chunk::read(block, place, scan.as_mut(), collector);
                whole += 1;
            } else {
                collector.problems().at(offset, "not a chunk; one begins behind it", bytes(at as u64));
            }
            block.get_mut(..next.len()).unwrap_or_default().copy_from_slice(&next);
            kept = next.len();
            offset += at as u64;
            stopped = failed;
            continue;
        }
        let (there, rest) = block.split_at_mut(present.min(chunk::SIZE));
        rest.fill(0);
        let cut = (present < chunk::SIZE && chunk::begins(there)).then_some(present as u64);
        let place = chunk::Place { offset, present, promised: header.promised > Some(whole) };
        block = chunk::read(block, place, scan.as_mut(), collector);
        // The scan looks through its spans for every record: a collector's log has thousands of computers.
        collector.cover(scan.iter_mut().flat_map(Scan::spans));
        offset += present as u64;
        if present < chunk::SIZE {
            report_end(&header, whole, cut, offset, failed, collector.problems());
            return;
        }
        whole += 1;
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
