//! The file: its header and the order of its chunks.

use super::chunk::Chunk;
use super::damage::{CHUNK_SIZE, FILE_HEADER_SIZE};

/// A log's chunks, oldest first, and what its header says.
pub(super) struct File {
    pub(super) chunks: Vec<Chunk>,
    pub(super) next_number: u64,
    pub(super) oldest_at: usize,
    pub(super) dirty: bool,
    pub(super) minor_version: u16,
}

impl File {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let count = self.chunks.len();
        let oldest = self.oldest_at % count;
        let mut bytes = self.header(oldest);
        for place in 0..count {
            bytes.extend(self.chunks[(place + count - oldest) % count].to_bytes());
        }
        if self.dirty {
            bytes.resize(bytes.len() + CHUNK_SIZE, 0);
        }
        bytes
    }

    fn header(&self, oldest: usize) -> Vec<u8> {
        let total = self.chunks.len();
        // A dirty header knows nothing of the newest chunk.
        let (known, next_number) = match self.chunks.last().and_then(Chunk::first_number) {
            Some(first) if self.dirty => ((total - 1).max(1), first),
            _ => (total, self.next_number),
        };
        let newest = (oldest + known - 1) % total;
        let mut header = b"ElfFile\0".to_vec();
        for number in [oldest as u64, newest as u64, next_number] {
            header.extend(number.to_le_bytes());
        }
        header.extend(128u32.to_le_bytes());
        let chunk_count = u16::try_from(known).unwrap_or(u16::MAX);
        for field in [self.minor_version, 3, FILE_HEADER_SIZE as u16, chunk_count] {
            header.extend(field.to_le_bytes());
        }
        header.resize(120, 0);
        let crc = crc32fast::hash(&header);
        header.extend(u32::from(self.dirty).to_le_bytes());
        header.extend(crc.to_le_bytes());
        header.resize(FILE_HEADER_SIZE, 0);
        header
    }
}
