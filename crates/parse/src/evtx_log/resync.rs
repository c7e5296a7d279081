//! Finds chunks that do not stand where they should: bytes are missing, bytes were put in, the file header is gone.

use super::{chunk, header};
use evtx::EvtxChunkData;
use memchr::memmem;

/// A chunk header's own size, and where it says so.
const OWN_SIZE: [u8; 4] = 128_u32.to_le_bytes();
const OWN_SIZE_AT: usize = 40;
/// Behind a chunk's beginning no other can begin sooner.
const CLOSEST: usize = 512;

/// True if the first bytes of a file hold a chunk's header, though they do not begin as an event log.
pub(super) fn holds_chunk(head: &[u8]) -> bool {
    let head = head.get(..header::SIZE + CLOSEST).unwrap_or(head);
    first_chunk(head, 0).is_some_and(|at| head.get(at + OWN_SIZE_AT..at + CLOSEST).is_some())
}

/// Where a chunk begins in the bytes that should be a file header and are none.
pub(super) fn in_header(block: &[u8]) -> Option<usize> {
    first_chunk(block, 0)
}

/// Where in a block another chunk begins than the one that should begin with it. What begins as a chunk and has the
/// right checksums holds no other, whatever its records say.
pub(super) fn in_block(block: &[u8]) -> Option<usize> {
    if !chunk::begins(block) {
        return first_chunk(block, 1);
    }
    let inner = first_chunk(block, CLOSEST)?;
    let intact = EvtxChunkData::new(block.to_vec(), false)
        .is_ok_and(|chunk| chunk.validate_header_checksum() && chunk.validate_data_checksum());
    (!intact).then_some(inner)
}

/// The first chunk's beginning at or after `from`, as far as the bytes show it.
fn first_chunk(bytes: &[u8], from: usize) -> Option<usize> {
    let found = memmem::find_iter(bytes.get(from..)?, chunk::MAGIC).map(|at| at + from);
    found.into_iter().find(|at| {
        let size = bytes.get(at + OWN_SIZE_AT..).unwrap_or_default();
        size.iter().zip(OWN_SIZE).all(|(own, wanted)| *own == wanted)
    })
}
