//! Stale records: what Windows has deleted or was about to overwrite, in the parts of a chunk that no live record uses.
//!
//! The `evtx` crate finds them by their magic, their size and the copy of it. What they refer to in the chunk, their
//! template above all, may be overwritten since: then a stale record is only counted.

use super::chunk::{self, Decoded, Place};
use super::collect::Collector;
use evtx::{EvtxChunkData, ParserSettings};
use std::sync::Arc;

const HEADER_SIZE: usize = 512;
const RECORD_HEADER_SIZE: usize = 24;
/// A record's header, and the copy of its size.
const LEAST_RECORD: usize = RECORD_HEADER_SIZE + 4;
const RECORD_MAGIC: &[u8; 4] = b"**\0\0";

/// Gives the stale records of a chunk to the collector, and hands the block back.
pub(super) fn read(block: Vec<u8>, place: Place, collector: &mut Collector) -> Vec<u8> {
    if block.len() != chunk::SIZE || place.present < HEADER_SIZE || !chunk::begins(&block) {
        return block;
    }
    let Ok(mut data) = EvtxChunkData::new(block, false) else { return vec![0; chunk::SIZE] };
    let live_end = live_end(&data);
    let mut unaccounted = candidates(&data.data, live_end);
    if unaccounted == 0 {
        return data.data;
    }
    let settings = Arc::new(ParserSettings::new().num_threads(1).indent(false).recover_records(true));
    // A chunk that can't be parsed is a problem of the live records already.
    if let Ok(mut parsed) = data.parse(settings) {
        let bytes = parsed.data;
        for record in parsed.iter() {
            let Ok(record) = record else {
                unaccounted = unaccounted.saturating_sub(1);
                continue;
            };
            let start = (record.binxml_offset as usize).saturating_sub(RECORD_HEADER_SIZE);
            if !record.recovered {
                unaccounted = unaccounted.saturating_sub(u64::from(start >= live_end));
                continue;
            }
            if !has_its_template(bytes, start) {
                continue;
            }
            let (record_id, time) = (record.event_record_id, chunk::time(record.timestamp));
            let Ok(xml) = record.into_xml() else { continue };
            let offset = place.offset + start as u64;
            let stale = Decoded { offset, sequence: offset, record_id, time, xml: xml.data };
            unaccounted = unaccounted.saturating_sub(u64::from(collector.take_stale(stale)));
        }
    }
    collector.pass_stale(unaccounted);
    data.data
}

/// Where the live records end, or the first one that is broken begins.
fn live_end(chunk: &EvtxChunkData) -> usize {
    let mut at = HEADER_SIZE;
    while at < chunk.header.free_space_offset as usize {
        let Some(size) = size_at(&chunk.data, at) else { break };
        let id = chunk.data.get(at + 8..).and_then(|rest| rest.first_chunk());
        at += size;
        if id == Some(&chunk.header.last_event_record_id.to_le_bytes()) {
            break;
        }
    }
    at
}

/// How many records seem to stand from `at` on, one after the other.
fn candidates(data: &[u8], mut at: usize) -> u64 {
    let mut count = 0;
    while let Some(rest) = data.get(at..).filter(|rest| rest.len() >= LEAST_RECORD) {
        let size = size_at(data, at);
        let is_record = size.and_then(|size| {
            let own = rest.get(4..8)?;
            (rest.get(size - 4..size)? == own).then_some(size)
        });
        count += u64::from(is_record.is_some());
        at += is_record.unwrap_or(1);
    }
    count
}

/// The size of the record at `at`, if one begins there and ends in the chunk.
fn size_at(data: &[u8], at: usize) -> Option<usize> {
    let rest = data.get(at..)?;
    let size = u32::from_le_bytes(*rest.strip_prefix(RECORD_MAGIC)?.first_chunk()?) as usize;
    (LEAST_RECORD..=rest.len()).contains(&size).then_some(size)
}

/// False if what stands where the record's template was is another one: the record names four bytes of its GUID.
fn has_its_template(data: &[u8], start: usize) -> bool {
    let Some([0x0f, _, _, _, 0x0c, _, rest @ ..]) = data.get(start + RECORD_HEADER_SIZE..) else { return true };
    let Some((id, rest)) = rest.split_first_chunk::<4>() else { return false };
    let Some(offset) = rest.first_chunk::<4>() else { return false };
    // Before the GUID stands the offset of the next template.
    let guid = (u32::from_le_bytes(*offset) as usize).checked_add(4).and_then(|at| data.get(at..));
    guid.is_some_and(|guid| guid.starts_with(id))
}
