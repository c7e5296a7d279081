//! Damages a log, so that tests see what a reader makes of it.

use super::chunk::HEADER_SIZE;

/// Bytes before the first chunk of a log.
pub const FILE_HEADER_SIZE: usize = 4096;
/// Bytes of every chunk.
pub const CHUNK_SIZE: usize = 65536;

/// The first `keep` bytes of a file.
pub fn truncate(mut bytes: Vec<u8>, keep: usize) -> Vec<u8> {
    bytes.truncate(keep);
    bytes
}

/// Overwrites the chunk's magic, as if something else had been written there.
///
/// # Panics
/// If the file has no chunk with this number (counted from 0, in file order); so do the others.
pub fn break_chunk_magic(bytes: &mut [u8], chunk: usize) {
    chunk_mut(bytes, chunk)[..8].copy_from_slice(b"NotChunk");
}

/// Flips the lowest bit of the stored checksum of the chunk's records. The records themselves stay whole.
pub fn break_chunk_data(bytes: &mut [u8], chunk: usize) {
    let chunk = chunk_mut(bytes, chunk);
    chunk[52] ^= 1;
    let crc = super::chunk::header_crc(chunk);
    chunk[124..128].copy_from_slice(&crc.to_le_bytes());
}

/// Flips the lowest bit of the stored checksum of the chunk's header.
pub fn break_chunk_header(bytes: &mut [u8], chunk: usize) {
    chunk_mut(bytes, chunk)[124] ^= 1;
}

/// Inverts byte `at` of record `record` (counted from 0) of a chunk; the first 24 bytes are the record's header.
/// Checksums stay as they were.
///
/// # Panics
/// If there is no such record or byte.
pub fn break_record(bytes: &mut [u8], chunk: usize, record: usize, at: usize) {
    let chunk = chunk_mut(bytes, chunk);
    let mut start = HEADER_SIZE;
    for _ in 0..record {
        start += size_at(chunk, start);
    }
    let size = size_at(chunk, start);
    assert!(at < size, "the record has {size} bytes");
    chunk[start + at] ^= 0xff;
}

/// Ends a chunk after its first `records` records, checksums and all: those behind them stay in what is free space now.
pub fn end_chunk_after(bytes: &mut [u8], chunk: usize, records: usize) {
    let chunk = chunk_mut(bytes, chunk);
    let (mut last, mut end) = (0, HEADER_SIZE);
    for _ in 0..records {
        last = end;
        end += size_at(chunk, end);
    }
    let first = u64::from_le_bytes(chunk[8..16].try_into().expect("eight bytes"));
    let number = (first + records as u64).wrapping_sub(1);
    chunk[16..24].copy_from_slice(&number.to_le_bytes());
    chunk[32..40].copy_from_slice(&number.to_le_bytes());
    chunk[44..48].copy_from_slice(&(last as u32).to_le_bytes());
    chunk[48..52].copy_from_slice(&(end as u32).to_le_bytes());
    let crc = crc32fast::hash(&chunk[HEADER_SIZE..end]);
    chunk[52..56].copy_from_slice(&crc.to_le_bytes());
    let crc = super::chunk::header_crc(chunk);
    chunk[124..128].copy_from_slice(&crc.to_le_bytes());
}

/// Makes the checksums of all chunks right again, so that a reader takes damage for what the log's maker wrote.
pub fn remake_sums(bytes: &mut [u8]) {
    for chunk in bytes.get_mut(FILE_HEADER_SIZE..).unwrap_or_default().chunks_exact_mut(CHUNK_SIZE) {
        let free = u32::from_le_bytes([chunk[48], chunk[49], chunk[50], chunk[51]]) as usize;
        if let Some(data) = chunk.get(HEADER_SIZE..free) {
            let sum = crc32fast::hash(data);
            chunk[52..56].copy_from_slice(&sum.to_le_bytes());
        }
        let sum = super::chunk::header_crc(chunk);
        chunk[124..128].copy_from_slice(&sum.to_le_bytes());
    }
}

fn size_at(chunk: &[u8], start: usize) -> usize {
    assert_eq!(chunk[start..start + 4], [0x2a, 0x2a, 0, 0], "no record at {start} of the chunk");
    u32::from_le_bytes([chunk[start + 4], chunk[start + 5], chunk[start + 6], chunk[start + 7]]) as usize
}

fn chunk_mut(bytes: &mut [u8], chunk: usize) -> &mut [u8] {
    let start = FILE_HEADER_SIZE + chunk * CHUNK_SIZE;
    &mut bytes[start..start + CHUNK_SIZE]
}
