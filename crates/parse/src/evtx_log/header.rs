//! The file header: what it promises and what is odd about it. Nothing in it is needed to find records.

use super::problems::Problems;
use evtx::{EvtxFileHeader, HeaderFlags};

/// The header block's size: chunks begin after it, whatever the header says.
pub(super) const SIZE: usize = 4096;

/// First bytes of an event log.
pub(super) const MAGIC: &[u8; 8] = b"ElfFile\0";

/// Where the header's flags stand.
pub(super) const FLAGS_AT: u64 = 120;

/// What the header says of the file.
#[derive(Clone, Copy, Default)]
pub(super) struct Header {
    /// How many chunks it counts, if that can be trusted. It wraps around at 65,536 (4 GiB).
    pub(super) promised: Option<u64>,
    /// The log was open when it was copied, or Windows stopped without closing it.
    pub(super) dirty: bool,
}

/// Reads the header and reports what is wrong with it.
///
/// The checksum is a CRC32 of the first 120 bytes; DIRTY is set while a log is open and cleared when it is closed.
pub(super) fn check(block: &[u8], problems: &mut Problems) -> Header {
    if block.len() < SIZE {
        problems.at(block.len() as u64, "the file ends within its header", "all records");
    }
    if !block.starts_with(MAGIC) {
        problems.at(0, "the file does not begin as an event log", "");
        return Header::default();
    }
    let Ok(header) = EvtxFileHeader::from_bytes(block) else { return Header::default() };
    let dirty = header.flags.contains(HeaderFlags::DIRTY);
    let unknown = header.flags.bits() & !HeaderFlags::all().bits();
    if unknown != 0 {
        problems.at(FLAGS_AT, format!("unknown header flags {unknown:#x}"), "");
    }
    if !header.validate_checksum() {
        let what = format!(
            "the file header's checksum is wrong: {:#010x} is stored, {:#010x} computed",
            header.checksum, header.computed_checksum
        );
        problems.at(124, what, "");
        return Header { promised: None, dirty };
    }
    // 3.1 is what Windows Vista to 10 write, 3.2 is newer.
    if header.major_version != 3 || !(1..=2).contains(&header.minor_version) {
        problems.at(36, format!("unknown log version {}.{}", header.major_version, header.minor_version), "");
    }
    if header.header_size != 128 || usize::from(header.header_block_size) != SIZE {
        let what = format!(
            "the header gives its size as {} bytes in a block of {} (128 in 4096 expected)",
            header.header_size, header.header_block_size
        );
        problems.at(32, what, "");
    }
    let cut = block.len() < SIZE;
    Header { promised: (!cut).then_some(u64::from(header.chunk_count)), dirty }
}
