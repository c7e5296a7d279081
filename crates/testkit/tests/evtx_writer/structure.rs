//! Headers, chunks and tables, read from the bytes and from the headers that the `evtx` crate shows.

use delegap_testkit::evtx::{CHUNK_SIZE, FILE_HEADER_SIZE, LogFile};
use delegap_testkit::record::{EventSpec, Payload, Value};
use delegap_testkit::samples::{Sample, samples};
use evtx::EvtxParser;

/// The chunks of a file as numbers of their first and last records, in file order.
fn chunks(bytes: &[u8]) -> Vec<(u64, u64)> {
    chunk_bytes(bytes).map(|chunk| (long(chunk, 8), long(chunk, 16))).collect()
}

fn chunk_bytes(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes[FILE_HEADER_SIZE..].chunks(CHUNK_SIZE)
}

fn long(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}

fn word(bytes: &[u8], at: usize) -> usize {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes")) as usize
}

/// Lengths of all chains that start in the buckets of a table.
fn chained(chunk: &[u8], buckets: std::ops::Range<usize>) -> usize {
    let mut count = 0;
    for bucket in buckets.step_by(4) {
        let mut entry = word(chunk, bucket);
        while entry != 0 {
            count += 1;
            let older = word(chunk, entry);
            assert!(older < entry, "entries lead to older ones");
            entry = older;
        }
    }
    count
}

fn sample(name: &str) -> (Sample, Vec<u8>) {
    let sample = samples().into_iter().find(|sample| sample.name == name).expect("the sample");
    let bytes = sample.log.to_bytes();
    (sample, bytes)
}

#[test]
fn every_chunk_defines_its_names_and_templates_once() {
    let (sample, bytes) = sample("chunks");
    let chunks: Vec<_> = chunk_bytes(&bytes).collect();
    assert!(chunks.len() > 3, "{} chunks", chunks.len());
    for chunk in chunks {
        let records = (long(chunk, 16) - long(chunk, 8) + 1) as usize;
        // Two System templates and 7 that name a computer; 50 user data lengths share one template.
        let templates = chained(chunk, 384..512);
        assert!((4..=25).contains(&templates) && templates <= records, "{templates} templates of {records} records");
        let utf16: Vec<u8> = "EventRecordID".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(chunk.windows(utf16.len()).filter(|window| *window == utf16).count(), 1);
        assert!(chained(chunk, 128..384) >= 20);
    }
    assert_eq!(sample.events.len(), 900);
}

#[test]
fn records_follow_each_other_in_multiples_of_eight() {
    let (_, bytes) = sample("chunks");
    for chunk in chunk_bytes(&bytes) {
        let (mut start, mut last) = (512, 0);
        while start < word(chunk, 48) {
            let size = word(chunk, start + 4);
            assert_eq!((word(chunk, start), size % 8, word(chunk, start + size - 4)), (0x2a2a, 0, size));
            last = start;
            start += size;
        }
        assert_eq!((start, last), (word(chunk, 48), word(chunk, 44)));
        assert!(start < CHUNK_SIZE && chunk[start..].iter().all(|byte| *byte == 0));
    }
}

#[test]
fn a_wrapped_log_starts_with_newer_chunks() {
    let (_, straight) = sample("chunks");
    let (_, wrapped) = sample("wrapped");
    let mut order = chunks(&straight);
    order.rotate_right(2);
    assert_eq!(chunks(&wrapped), order);
    let header = EvtxParser::from_buffer(wrapped).expect("a log");
    let header = header.header();
    assert_eq!((header.first_chunk_number, header.last_chunk_number), (2, 1));
    assert_eq!((header.chunk_count as usize, header.next_record_id), (order.len(), 901));
    assert_eq!((header.major_version, header.minor_version, header.flags.bits()), (3, 1, 0));
}

#[test]
fn a_dirty_log_has_a_stale_header_and_an_unused_chunk() {
    let (_, bytes) = sample("dirty");
    let in_file = chunks(&bytes);
    let (unused, used) = in_file.split_last().expect("chunks");
    assert_eq!(*unused, (0, 0));
    let parser = EvtxParser::from_buffer(bytes).expect("a log");
    let header = parser.header();
    assert_eq!(header.flags.bits(), 1);
    assert_eq!(header.chunk_count as usize, used.len() - 1);
    assert_eq!(header.next_record_id, used[used.len() - 1].0);
    assert_eq!(header.last_chunk_number as usize, used.len() - 2);
}

#[test]
fn versions_and_numbers() {
    let (_, bytes) = sample("version-3-2");
    assert_eq!(EvtxParser::from_buffer(bytes).expect("a log").header().minor_version, 2);
    let (_, bytes) = sample("old-records-gone");
    assert_eq!(chunks(&bytes), [(48_001, 48_040)]);
    assert_eq!(LogFile::default().to_bytes().len(), FILE_HEADER_SIZE + CHUNK_SIZE);
}

fn event_with(characters: usize) -> EventSpec {
    let time = chrono::DateTime::from_timestamp(1_795_255_200, 0).expect("a time");
    let text = Value::Str("x".repeat(characters));
    let payload = Payload::EventData(vec![(Some("Text".to_owned()), text)]);
    EventSpec { payload, ..EventSpec::new("Provider", 1, "Channel", "host", time) }
}

/// The longest text for which the record still fits in a chunk that leaves its last eight bytes unused.
fn longest() -> usize {
    let mut log = LogFile::new();
    log.push(event_with(8));
    let rest = word(&log.to_bytes(), FILE_HEADER_SIZE + 512 + 4) - 2 * 8;
    (CHUNK_SIZE - 8 - 512 - rest) / 2
}

#[test]
fn a_record_may_fill_its_chunk() {
    let mut log = LogFile::new();
    log.extend([8, longest(), 8, 8, longest() / 2, longest() / 2].map(event_with));
    let bytes = log.to_bytes();
    assert_eq!(chunks(&bytes), [(1, 1), (2, 2), (3, 5), (6, 6)]);
    assert_eq!(word(&bytes, FILE_HEADER_SIZE + CHUNK_SIZE + 48), CHUNK_SIZE - 8);
    assert!(super::read(bytes).iter().all(Result::is_ok));
}

#[test]
#[should_panic(expected = "event 1 of Provider needs 65024 bytes")]
fn an_event_larger_than_a_chunk_is_refused() {
    let mut log = LogFile::new();
    log.push(event_with(longest() + 4));
    log.to_bytes();
}
