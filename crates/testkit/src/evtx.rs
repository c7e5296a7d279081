//! Writes event logs (.evtx) the way Windows lays them out.
//!
//! The layout follows \[MS-EVEN6\] 2.2.12 to 2.2.17 for BinXML and, where that is silent (file and chunk headers,
//! hash buckets, padding, which elements depend on which value), what public logs of Windows 7 to 11 hold.

mod chunk;
mod damage;
mod event;
mod file;
mod stream;
mod tree;
mod value;

pub use damage::{
    CHUNK_SIZE, FILE_HEADER_SIZE, break_chunk_data, break_chunk_header, break_chunk_magic, break_record,
    end_chunk_after, remake_sums, truncate,
};
pub use value::filetime;
pub(crate) use value::utf16;

use crate::record::EventSpec;

/// An event log to be written.
///
/// Records are numbered in file order, as Windows numbers the records of an exported log; the element
/// `EventRecordID` says [`EventSpec::record_id`] where that is set and the record's number otherwise.
#[derive(Debug, Clone)]
pub struct LogFile {
    events: Vec<EventSpec>,
    first_number: u64,
    oldest_at: usize,
    dirty: bool,
    minor_version: u16,
}

impl LogFile {
    /// An empty log, closed cleanly, version 3.1.
    pub fn new() -> Self {
        LogFile { events: Vec::new(), first_number: 1, oldest_at: 0, dirty: false, minor_version: 1 }
    }

    /// Appends a record.
    pub fn push(&mut self, event: EventSpec) {
        self.events.push(event);
    }

    /// Appends records.
    pub fn extend(&mut self, events: impl IntoIterator<Item = EventSpec>) {
        self.events.extend(events);
    }

    /// A circular log that has gone round: its oldest chunk is chunk number `first_chunk` (modulo the number of
    /// chunks) of the file.
    pub fn wrapped(mut self, first_chunk: usize) -> Self {
        self.oldest_at = first_chunk;
        self
    }

    /// A log copied while Windows had it open: its header is marked dirty and still says what was true before
    /// the newest chunk was begun, and an unused chunk follows the last one.
    pub fn dirty(mut self) -> Self {
        self.dirty = true;
        self
    }

    /// A log whose older records are gone: the first record has this number instead of 1.
    pub fn numbered_from(mut self, number: u64) -> Self {
        self.first_number = number;
        self
    }

    /// A log of format version 3.2, as newer builds of Windows write.
    pub fn version_3_2(mut self) -> Self {
        self.minor_version = 2;
        self
    }

    /// The file. The same events give the same bytes.
    ///
    /// # Panics
    /// If an event does not fit in a chunk (64 KiB less 512 bytes), or a SID can't be stored in binary form.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut chunks = Vec::new();
        let mut current = chunk::Chunk::new();
        for (number, event) in (self.first_number..).zip(&self.events) {
            let record = event::record(event, number);
            if current.push(number, event.time, &record).is_ok() {
                continue;
            }
            chunks.push(std::mem::replace(&mut current, chunk::Chunk::new()));
            if let Err(size) = current.push(number, event.time, &record) {
                panic!("event {} of {} needs {size} bytes, more than a chunk holds", event.id, event.provider);
            }
        }
        chunks.push(current);
        file::File {
            chunks,
            next_number: self.first_number + self.events.len() as u64,
            oldest_at: self.oldest_at,
            dirty: self.dirty,
            minor_version: self.minor_version,
        }
        .to_bytes()
    }
}

impl Default for LogFile {
    fn default() -> Self {
        LogFile::new()
    }
}
