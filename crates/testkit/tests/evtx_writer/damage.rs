//! Damaged logs: what is lost is what was damaged.

use delegap_testkit::evtx::{
    CHUNK_SIZE, FILE_HEADER_SIZE, break_chunk_data, break_chunk_header, break_chunk_magic, break_record, truncate,
};
use delegap_testkit::samples::samples;
use evtx::ParserSettings;

use super::reader::{Read, read, read_with};

/// Numbers of the records read, and the errors.
fn outcome(found: Vec<Result<Read, String>>) -> (Vec<u64>, Vec<String>) {
    let (read, errors): (Vec<_>, Vec<_>) = found.into_iter().partition(Result::is_ok);
    (read.into_iter().flatten().map(|read| read.number).collect(), errors.into_iter().filter_map(Result::err).collect())
}

fn log() -> Vec<u8> {
    samples().into_iter().find(|sample| sample.name == "chunks").expect("the sample").log.to_bytes()
}

/// First and last record number of a chunk.
fn records_of(bytes: &[u8], chunk: usize) -> std::ops::RangeInclusive<u64> {
    let at = |offset: usize| {
        let start = FILE_HEADER_SIZE + chunk * CHUNK_SIZE + offset;
        u64::from_le_bytes(bytes[start..start + 8].try_into().expect("eight bytes"))
    };
    at(8)..=at(16)
}

#[test]
fn a_cut_file_has_its_first_chunks() {
    let whole = log();
    let last = *records_of(&whole, 1).end();
    for keep in [0, 1, 511, 512, 40_000, CHUNK_SIZE - 1].map(|rest| FILE_HEADER_SIZE + 2 * CHUNK_SIZE + rest) {
        let (numbers, _) = outcome(read(truncate(whole.clone(), keep)));
        assert_eq!(numbers, (1..=last).collect::<Vec<_>>(), "{keep}");
    }
    assert_eq!(truncate(whole.clone(), usize::MAX), whole);
}

#[test]
fn a_damaged_chunk_is_lost_and_no_other() {
    let damages = [break_chunk_magic, break_chunk_data, break_chunk_header];
    for (damage, said) in damages.into_iter().zip(["magic", "data CRC32", "header CRC32"]) {
        let mut bytes = log();
        let lost = records_of(&bytes, 1);
        damage(&mut bytes, 1);
        let (numbers, errors) = outcome(read(bytes));
        assert_eq!(numbers, (1..=900).filter(|number| !lost.contains(number)).collect::<Vec<_>>(), "{said}");
        assert!(matches!(&errors[..], [error] if error.contains(said)), "{errors:?}");
    }
}

#[test]
fn only_the_checksum_of_a_chunk_is_broken() {
    for damage in [break_chunk_data, break_chunk_header] {
        let mut bytes = log();
        damage(&mut bytes, 1);
        let (numbers, errors) = outcome(read_with(bytes, ParserSettings::new()));
        assert_eq!((numbers.len(), errors.len()), (900, 0));
    }
}

#[test]
fn a_damaged_record_is_lost_alone() {
    // The first byte of the record's header, and the token that starts its template instance.
    for at in [0, 28] {
        let mut bytes = log();
        let first = *records_of(&bytes, 1).start();
        break_record(&mut bytes, 1, 30, at);
        let (numbers, errors) = outcome(read_with(bytes.clone(), ParserSettings::new()));
        assert_eq!(numbers, (1..=900).filter(|number| *number != first + 30).collect::<Vec<_>>(), "{at}");
        assert_eq!(errors.len(), 1, "{errors:?}");
        // With checksums on, the whole chunk is refused.
        let lost = records_of(&bytes, 1);
        assert_eq!(outcome(read(bytes)).0, (1..=900).filter(|n| !lost.contains(n)).collect::<Vec<_>>());
    }
}

#[test]
#[should_panic(expected = "no record")]
fn there_must_be_a_record_to_damage() {
    break_record(&mut log(), 1, 5_000, 0);
}
