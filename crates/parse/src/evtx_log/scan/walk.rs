//! Where a chunk's records lie, and whether they lie as they should.

use super::value::LAST_TIME;
use evtx::EvtxChunkHeader;

/// A record's header before its BinXML, and the copy of the size behind it.
pub(super) const RECORD_HEADER_SIZE: usize = 24;
pub(super) const RECORD_TRAILER_SIZE: usize = 4;
const CHUNK_HEADER_SIZE: usize = 512;

/// A record in its chunk.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) start: usize,
    pub(super) size: usize,
    pub(super) record_id: u64,
}

/// The record at `at`, if one begins there and ends in the chunk.
fn record(data: &[u8], header: &EvtxChunkHeader, at: usize) -> Option<Place> {
    if at as u64 >= u64::from(header.free_space_offset) {
        return None;
    }
    let (magic, rest) = data.get(at..at.checked_add(RECORD_HEADER_SIZE)?)?.split_first_chunk::<4>()?;
    let (size, rest) = rest.split_first_chunk::<4>()?;
    let (record_id, rest) = rest.split_first_chunk::<8>()?;
    let (time, _) = rest.split_first_chunk::<8>()?;
    let size = u32::from_le_bytes(*size) as usize;
    let is_record = magic == b"**\0\0"
        && size >= RECORD_HEADER_SIZE + RECORD_TRAILER_SIZE
        && at.checked_add(size)? <= data.len()
        && u64::from_le_bytes(*time) < LAST_TIME;
    is_record.then(|| Place { start: at, size, record_id: u64::from_le_bytes(*record_id) })
}

/// Finds the records; false if they don't follow each other up to the last one or the free space. Where they don't, the
/// crate looks for the next one, and nothing here repeats how.
pub(super) fn walk(data: &[u8], header: &EvtxChunkHeader, places: &mut Vec<Place>) -> bool {
    places.clear();
    let mut at = CHUNK_HEADER_SIZE;
    while let Some(place) = record(data, header, at) {
        at = place.start + place.size;
        places.push(place);
        if place.record_id == header.last_event_record_id {
            return true;
        }
    }
    at as u64 >= u64::from(header.free_space_offset)
}

/// Half of a pair, which the crate takes for no text when it stands alone; no name of Windows has any.
fn is_surrogate(unit: [u8; 2]) -> bool {
    unit[1] & 0xf8 == 0xd8
}

/// True if the chunk's table of names can be read, which the crate does before all else.
pub(super) fn has_readable_names(data: &[u8]) -> bool {
    let Some(table) = data.get(128..384) else { return false };
    table.as_chunks::<4>().0.iter().all(|offset| {
        let mut next = u32::from_le_bytes(*offset) as usize;
        // Chains lead to smaller offsets, as newer names point to older ones.
        while next != 0 {
            let Some(entry) = data.get(next..) else { return false };
            let (Some(link), Some(length)) = (entry.first_chunk(), entry.get(6..).and_then(<[u8]>::first_chunk)) else {
                return false;
            };
            let length = 2 * usize::from(u16::from_le_bytes(*length));
            let is_text = entry
                .get(8..10 + length)
                .and_then(|raw| raw.get(..length))
                .is_some_and(|raw| !raw.as_chunks::<2>().0.iter().fold(false, |any, unit| any | is_surrogate(*unit)));
            let link = u32::from_le_bytes(*link) as usize;
            if !is_text || link >= next {
                return false;
            }
            next = link;
        }
        true
    })
}
