//! One chunk of a log: records, and the header that says where they are.

use chrono::{DateTime, Utc};

use super::damage::CHUNK_SIZE;
use super::stream::Stream;
use super::tree::Record;
use super::value::filetime;

pub(super) const HEADER_SIZE: usize = 512;

/// A chunk that is being filled.
pub(super) struct Chunk {
    stream: Stream,
    /// Number of the first and last record.
    numbers: Option<(u64, u64)>,
    last_record: u32,
}

impl Chunk {
    pub(super) fn new() -> Self {
        Chunk { stream: Stream::new(HEADER_SIZE), numbers: None, last_record: 0 }
    }

    /// Appends a record. If it does not fit, the chunk stays as it is and the record's size is returned.
    pub(super) fn push(&mut self, number: u64, time: DateTime<Utc>, record: &Record) -> Result<(), usize> {
        let start = self.stream.data.len();
        self.stream.data.extend([0x2a, 0x2a, 0, 0, 0, 0, 0, 0]);
        self.stream.data.extend(number.to_le_bytes());
        self.stream.data.extend(filetime(time).to_le_bytes());
        self.stream.record(record);
        // The size, of which a copy ends the record, is a multiple of eight.
        let size = (self.stream.data.len() - start + 4).next_multiple_of(8);
        // Public logs never use the last eight bytes, and libevtx misses a record that ends in them.
        if start + size >= CHUNK_SIZE {
            self.stream.rewind(start);
            return Err(size);
        }
        let data = &mut self.stream.data;
        let stored = (size as u32).to_le_bytes();
        data.resize(start + size - 4, 0);
        data.extend(stored);
        data[start + 4..start + 8].copy_from_slice(&stored);
        self.numbers = Some((self.first_number().unwrap_or(number), number));
        self.last_record = start as u32;
        Ok(())
    }

    pub(super) fn first_number(&self) -> Option<u64> {
        self.numbers.map(|(first, _)| first)
    }

    /// The 64 KiB of the chunk.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut data = self.stream.data.clone();
        let free = data.len() as u32;
        let records_crc = crc32fast::hash(&data[HEADER_SIZE..]);
        // An empty chunk's numbers: as in the file of a log that was just cleared.
        let numbers = match self.numbers {
            Some((first, last)) => [first, last, first, last],
            None => [1, u64::MAX, u64::MAX, u64::MAX],
        };
        let header = b"ElfChnk\0"
            .iter()
            .copied()
            .chain(numbers.iter().flat_map(|number| number.to_le_bytes()))
            .chain([128, self.last_record, free, records_crc].into_iter().flat_map(|field| field.to_le_bytes()));
        for (at, byte) in header.enumerate() {
            data[at] = byte;
        }
        // Set in every public log, closed cleanly or not.
        data[120] = 1;
        let buckets = self.stream.name_heads.iter().chain(&self.stream.template_heads);
        for (slot, offset) in data[128..HEADER_SIZE].chunks_exact_mut(4).zip(buckets) {
            slot.copy_from_slice(&offset.to_le_bytes());
        }
        let crc = header_crc(&data);
        data[124..128].copy_from_slice(&crc.to_le_bytes());
        data.resize(CHUNK_SIZE, 0);
        data
    }
}

/// The checksum of a chunk's header: all of it but the flags and the checksum itself.
pub(super) fn header_crc(chunk: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&chunk[..120]);
    hasher.update(&chunk[128..HEADER_SIZE]);
    hasher.finalize()
}
