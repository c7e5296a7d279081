//! Stale records: what Windows has deleted or was about to overwrite, in the parts of a chunk that no live record uses.
//!
//! The `evtx` crate finds them by their magic, their size and the copy of it. The templates that they refer to may be
//! overwritten since. Where the same template stands elsewhere in the chunk, it serves; otherwise a stale record is only
//! counted.

use super::chunk::{self, Decoded, Place};
use super::collect::Collector;
use evtx::{EvtxChunkData, ParserSettings};
use std::collections::HashMap;
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
    mend(&mut data.data, live_end);
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
            let end = (record.binxml_offset + u64::from(record.binxml_size)) as usize;
            if !instances(bytes, start, end).all(|instance| instance.has_its_template(bytes)) {
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

/// Use of a template, by a record or within one.
struct Instance {
    /// The first four bytes of the template's GUID.
    id: [u8; 4],
    /// Where the offset of the template's definition is stored.
    stored_at: usize,
    definition: usize,
}

/// The instances that begin in `data[from..until]`.
fn instances(data: &[u8], from: usize, until: usize) -> impl Iterator<Item = Instance> {
    (from..until.min(data.len())).filter_map(|at| {
        let rest = data.get(at..)?.strip_prefix(&[0x0f, 0x01, 0x01, 0x00, 0x0c])?.get(1..)?;
        let (id, rest) = rest.split_first_chunk::<4>()?;
        let definition = u32::from_le_bytes(*rest.first_chunk()?) as usize;
        Some(Instance { id: *id, stored_at: at + 10, definition })
    })
}

impl Instance {
    /// True if the definition stands in the record itself, where it was used for the first time.
    fn is_first(&self) -> bool {
        self.stored_at + 4 == self.definition
    }

    /// False if another template, or something else, stands where its own was.
    fn has_its_template(&self, data: &[u8]) -> bool {
        // Before the GUID stands the offset of the next template.
        let guid = self.definition.checked_add(4).and_then(|at| data.get(at..));
        guid.is_some_and(|guid| guid.starts_with(&self.id))
    }
}

/// Points stale records at a whole definition of their templates. A live one is better than a stale one, whose names may
/// be overwritten.
fn mend(data: &mut [u8], live_end: usize) {
    let mut definitions: HashMap<[u8; 4], usize> = HashMap::new();
    for instance in instances(data, HEADER_SIZE, data.len()) {
        if instance.is_first() && instance.has_its_template(data) {
            definitions.entry(instance.id).or_insert(instance.definition);
        }
    }
    let stale: Vec<Instance> = instances(data, live_end, data.len()).filter(|i| !i.is_first()).collect();
    for instance in stale {
        let known = definitions.get(&instance.id).and_then(|at| u32::try_from(*at).ok());
        if let (Some(at), Some(stored)) = (known, data.get_mut(instance.stored_at..instance.stored_at + 4)) {
            stored.copy_from_slice(&at.to_le_bytes());
        }
    }
}
