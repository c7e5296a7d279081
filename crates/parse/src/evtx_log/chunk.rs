//! One chunk: checksums, then the scan of its records, and by the `evtx` crate those that the scan leaves.
//!
//! A chunk whose checksums are wrong is decoded record by record and filtered after.

use super::collect::Collector;
use super::problems::{Problems, chain};
use super::recover;
use super::scan::{Found, Scan};
use crate::words::bytes;
use delegap_model::Time;
use evtx::err::EvtxError;
use evtx::{ChunkFlags, EvtxChunk, EvtxChunkData, ParserSettings, Timestamp};
use std::iter::Peekable;
use std::sync::Arc;
use std::vec::IntoIter;

/// A chunk's size.
pub(super) const SIZE: usize = 65536;
/// Its header: the fields, then offsets of names (from 128) and of templates.
const HEADER_SIZE: usize = 512;
const TABLES: std::ops::Range<usize> = 128..HEADER_SIZE;
/// A record's header before its BinXML: magic, size, id, time.
const RECORD_HEADER_SIZE: usize = 24;
/// The copy of the size behind a record's BinXML.
const RECORD_TRAILER_SIZE: usize = 4;
pub(super) const MAGIC: &[u8; 8] = b"ElfChnk\0";
const RECORD_MAGIC: &[u8; 4] = b"**\0\0";

/// Where a chunk stands.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// File offset.
    pub(super) offset: u64,
    /// Bytes that the file has of it; the rest of the block is zeros.
    pub(super) present: usize,
    /// The file header counts this chunk.
    pub(super) promised: bool,
}

/// A record as decoded.
pub(super) struct Decoded {
    /// File offset of its header; in a text its line.
    pub(super) offset: u64,
    /// Its place among the file's records.
    pub(super) sequence: u64,
    /// The id in the record header.
    pub(super) record_id: u64,
    /// The time in the record header, if it can be represented.
    pub(super) time: Option<Time>,
    /// The event.
    pub(super) xml: String,
}

/// True if these bytes begin a chunk, as far as they go.
pub(super) fn begins(there: &[u8]) -> bool {
    let known = there.len().min(MAGIC.len());
    known > 0 && MAGIC.get(..known) == there.get(..known)
}

/// Gives every readable record of a chunk to the collector, reports the rest, and hands the block back for reuse.
pub(super) fn read(block: Vec<u8>, place: Place, scan: Option<&mut Scan>, collector: &mut Collector) -> Vec<u8> {
    let block = read_live(block, place, scan, collector);
    if collector.recovers() { recover::read(block, place, collector) } else { block }
}

fn read_live(block: Vec<u8>, place: Place, scan: Option<&mut Scan>, collector: &mut Collector) -> Vec<u8> {
    let present = place.present as u64;
    let there = block.get(..place.present).unwrap_or(&block);
    if there.iter().all(|b| *b == 0) {
        // Windows lays out zeroed chunks ahead of use, but does not count them.
        if place.promised && !there.is_empty() {
            let what = "a chunk that the file header counts is all zeros";
            collector.problems().at(place.offset, what, bytes(present));
        }
        return block;
    }
    if !begins(there) {
        let what = if place.present < SIZE { "bytes that are not a chunk follow the log" } else { "not a chunk" };
        collector.problems().at(place.offset, what, bytes(present));
        return block;
    }
    if place.present < HEADER_SIZE {
        return block;
    }
    let chunk = match EvtxChunkData::new(block, false) {
        Ok(chunk) => chunk,
        Err(e) => {
            let what = format!("the chunk's header can't be read: {}", chain(&e));
            collector.problems().at(place.offset, what, bytes(present));
            return vec![0; SIZE];
        }
    };
    let is_whole = check_sums(&chunk, place, collector.problems()) && place.present == SIZE;
    let scanned = scan.filter(|_| is_whole).and_then(|scan| {
        let scanned = scan.chunk(&chunk.data, &chunk.header, place.offset)?;
        Some((scanned, scan))
    });
    let Some((scanned, scan)) = scanned else {
        return decode(chunk, place, None, collector);
    };
    collector.pass(scanned.passed);
    if scanned.wanted.iter().any(|found| found.event.is_none()) {
        return decode(chunk, place, Some(scanned.wanted), collector);
    }
    scan.recycle(scanned.wanted, |event| collector.keep(event));
    chunk.data
}

/// Decodes all records, or those that the scan found and could not read; what it did read is taken as it is.
fn decode(mut chunk: EvtxChunkData, place: Place, mut found: Option<Vec<Found>>, collector: &mut Collector) -> Vec<u8> {
    let settings = Arc::new(ParserSettings::new().num_threads(1).indent(false));
    for attempt in 0..2 {
        match chunk.parse(Arc::clone(&settings)) {
            Ok(mut parsed) => {
                records(&mut parsed, place, found.take(), collector);
                return chunk.data;
            }
            Err(e) if attempt == 0 => {
                // The crate reads the whole table first, but finds names without it.
                let what = format!("the chunk's table of names is broken and not used: {}", chain(&e));
                collector.problems().at(place.offset + TABLES.start as u64, what, "");
            }
            Err(e) => {
                let what = format!("the chunk can't be read: {}", chain(&e));
                collector.problems().at(place.offset, what, bytes(place.present as u64));
            }
        }
        let mut block = chunk.data;
        if let Some(tables) = block.get_mut(TABLES) {
            tables.fill(0);
        }
        chunk = match EvtxChunkData::new(block, false) {
            Ok(chunk) => chunk,
            Err(_) => return vec![0; SIZE],
        };
    }
    chunk.data
}

/// The chunk flag DIRTY is set in most logs, closed ones too, and says nothing.
fn check_sums(chunk: &EvtxChunkData, place: Place, problems: &mut Problems) -> bool {
    let header_is_right = chunk.validate_header_checksum();
    if !header_is_right {
        let what = "the chunk header's checksum is wrong; the records are read all the same";
        problems.at(place.offset, what, "");
    }
    let free_space = chunk.header.free_space_offset;
    if place.present < SIZE || chunk.header.flags.contains(ChunkFlags::NO_CRC32) {
        return header_is_right;
    }
    if !(HEADER_SIZE..=SIZE).contains(&(free_space as usize)) {
        problems.at(place.offset + 48, format!("the chunk's end of data {free_space:#x} lies outside the chunk"), "");
        return false;
    }
    let data_is_right = chunk.validate_data_checksum();
    if !data_is_right {
        let what = "the checksum of the chunk's records is wrong; they are read all the same";
        problems.at(place.offset, what, "");
    }
    header_is_right && data_is_right
}

fn records(chunk: &mut EvtxChunk<'_>, place: Place, found: Option<Vec<Found>>, collector: &mut Collector) {
    let data = chunk.data;
    let mut found = found.map(|found| found.into_iter().peekable());
    // The one record that the cut goes through is part of what the cut lost.
    let is_cut = |start: usize| {
        let end = record_end(data, start).unwrap_or(0).max(start.saturating_add(RECORD_HEADER_SIZE));
        end > place.present
    };
    // Where the next record should start: the crate names a failed record, not its place.
    let mut next = HEADER_SIZE;
    for record in chunk.iter() {
        let (start, failed) = match record {
            Ok(record) => {
                let start = (record.binxml_offset as usize).saturating_sub(RECORD_HEADER_SIZE);
                let (record_id, time) = (record.event_record_id, time(record.timestamp));
                next = start + RECORD_HEADER_SIZE + record.binxml_size as usize + RECORD_TRAILER_SIZE;
                if next > place.present || taken(&mut found, start, collector) {
                    continue;
                }
                match record.into_xml() {
                    Ok(xml) => {
                        let offset = place.offset + start as u64;
                        collector.take(Decoded { offset, sequence: offset, record_id, time, xml: xml.data });
                        continue;
                    }
                    Err(e) => (start, e),
                }
            }
            Err(e @ EvtxError::FailedToReadRecordAt { offset, .. }) => (offset as usize, e),
            Err(e @ EvtxError::FailedToParseRecord { record_id, .. }) => {
                let start = find_record(data, next, record_id).unwrap_or(next);
                next = record_end(data, start).unwrap_or(next);
                // Not wanted: what is wrong inside it does not matter.
                if taken(&mut found, start, collector) {
                    continue;
                }
                (start, e)
            }
            Err(e) => (next, e),
        };
        if place.present == SIZE || !is_cut(start) {
            report(&failed, place.offset + start as u64, collector.problems());
        }
    }
    found.into_iter().flatten().filter_map(|rest| rest.event).for_each(|event| collector.keep(event));
}

/// Takes what the scan read before and at `start`; false if the record there is to be decoded.
fn taken(found: &mut Option<Peekable<IntoIter<Found>>>, start: usize, collector: &mut Collector) -> bool {
    let Some(found) = found else { return false };
    while let Some(next) = found.next_if(|next| next.start <= start) {
        if next.start == start && next.event.is_none() {
            return false;
        }
        next.event.into_iter().for_each(|event| collector.keep(event));
    }
    true
}

fn report(failed: &EvtxError, offset: u64, problems: &mut Problems) {
    match failed {
        EvtxError::FailedToParseRecord { record_id, source } => {
            problems.at(offset, format!("record #{record_id} can't be decoded: {}", chain(source)), "1 record");
        }
        EvtxError::FailedToReadRecordAt { source, .. } => {
            let what = format!("no record can be read here: {}", chain(source));
            problems.at(offset, what, "at least 1 record");
        }
        other => problems.at(offset, format!("a record can't be decoded: {}", chain(other)), "1 record"),
    }
}

/// The next record header with this id at or after `from`.
fn find_record(data: &[u8], from: usize, record_id: u64) -> Option<usize> {
    (from..data.len()).find(|at| {
        data.get(*at..).is_some_and(|rest| {
            rest.starts_with(RECORD_MAGIC) && rest.get(8..16) == Some(record_id.to_le_bytes().as_slice())
        })
    })
}

/// Where the record that starts at `start` ends by its own size; `None` if no record header is there.
fn record_end(data: &[u8], start: usize) -> Option<usize> {
    let rest = data.get(start..)?.strip_prefix(RECORD_MAGIC)?;
    let size = u32::from_le_bytes(*rest.first_chunk()?);
    start.checked_add(size as usize)
}

pub(super) fn time(stamp: Timestamp) -> Option<Time> {
    let nanos = stamp.as_nanosecond();
    let seconds = i64::try_from(nanos.div_euclid(1_000_000_000)).ok()?;
    let fraction = u32::try_from(nanos.rem_euclid(1_000_000_000)).ok()?;
    Time::from_timestamp(seconds, fraction)
}
