//! Damaged logs: what is intact is read, what is lost is told, nothing panics.

use chrono::{DateTime, TimeDelta};
use delegap_model::{Limits, Parsed, Record, Selection};
use delegap_parse::{Options, read_evtx};
use delegap_testkit::evtx::{
    CHUNK_SIZE, FILE_HEADER_SIZE, LogFile, break_chunk_data, break_chunk_header, break_chunk_magic, break_record,
};
use delegap_testkit::record::{EventSpec, Payload, Value};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::io::{self, Read};
use std::sync::LazyLock;

/// A log of three chunks with 100 records or more each, and what is in it.
static LOG: LazyLock<(Vec<u8>, Parsed<Record>)> = LazyLock::new(|| {
    let mut log = LogFile::new();
    for i in 0..380 {
        let time = DateTime::from_timestamp(1_780_000_000, 0).unwrap() + TimeDelta::seconds(i);
        log.push(EventSpec {
            payload: Payload::EventData(vec![
                (Some("VmName".to_owned()), Value::from(format!("vm{i}").as_str())),
                (Some("Code".to_owned()), Value::from("%%2148074254")),
                (None, Value::from("padding ".repeat(10).as_str())),
            ]),
            ..EventSpec::new("Provider", 20306, "Admin", "hv01", time)
        });
    }
    let bytes = log.to_bytes();
    assert_eq!(bytes.len(), FILE_HEADER_SIZE + 3 * CHUNK_SIZE);
    let parsed = read(&bytes);
    assert_eq!((parsed.records.len(), parsed.summary.problems.len()), (380, 0), "{:#?}", parsed.summary.problems);
    (bytes, parsed)
});

#[test]
fn wrong_checksums_are_told_and_the_records_read() {
    let (mut log, whole) = LOG.clone();
    break_chunk_header(&mut log, 0);
    break_chunk_data(&mut log, 2);
    let parsed = read(&log);
    assert_eq!(parsed.records, whole.records);
    assert_eq!(
        told(&parsed),
        [
            "@0x1000 the chunk header's checksum is wrong; the records are read all the same []",
            "@0x21000 the checksum of the chunk's records is wrong; they are read all the same []",
        ]
    );
}

#[test]
fn a_lost_chunk_costs_only_its_records() {
    let (mut log, whole) = LOG.clone();
    break_chunk_magic(&mut log, 1);
    let parsed = read(&log);
    assert_eq!(told(&parsed), ["@0x11000 not a chunk [65,536 bytes]"]);
    assert_rest_kept(&parsed, &whole);
    log[FILE_HEADER_SIZE + CHUNK_SIZE..][..CHUNK_SIZE].fill(0);
    let parsed = read(&log);
    assert_eq!(told(&parsed), ["@0x11000 a chunk that the file header counts is all zeros [65,536 bytes]"]);
    assert_rest_kept(&parsed, &whole);
}

fn assert_rest_kept(parsed: &Parsed<Record>, whole: &Parsed<Record>) {
    let ids = |parsed: &Parsed<Record>| parsed.records.iter().map(place).collect::<Vec<_>>();
    let (kept, all) = (ids(parsed), ids(whole));
    let first = kept.iter().zip(&all).take_while(|(a, b)| a == b).count();
    let lost = all.len() - kept.len();
    assert!(first > 100 && lost > 100, "{first} {lost}");
    assert_eq!(kept[first..], all[first + lost..]);
}

fn place(record: &Record) -> String {
    match record {
        Record::Event(event) => event.at.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_broken_record_is_named_and_the_next_one_found() {
    let (mut log, whole) = LOG.clone();
    // The first BinXML token of the template instance, behind the fragment header.
    break_record(&mut log, 1, 5, 24 + 4);
    // The magic of another one.
    break_record(&mut log, 1, 8, 0);
    let parsed = read(&log);
    assert_eq!(parsed.records.len(), whole.records.len() - 2);
    let told = told(&parsed);
    assert_eq!(told.len(), 3, "{told:#?}");
    assert!(told[0].starts_with("@0x11000 the checksum of the chunk's records is wrong"), "{told:#?}");
    assert!(told[1].contains("can't be decoded: ") && told[1].ends_with("[1 record]"), "{told:#?}");
    assert!(told[2].contains("no record can be read here: ") && told[2].ends_with("[at least 1 record]"), "{told:#?}");
    let lost = |at: &str| {
        let offset = usize::from_str_radix(at.split_once(' ').unwrap().0.trim_start_matches("@0x"), 16).unwrap();
        u64::from_le_bytes(log[offset + 8..offset + 16].try_into().unwrap())
    };
    assert!(told[1].contains(&format!("record #{} ", lost(&told[1]))), "{told:#?}");
    let missing: Vec<_> =
        whole.records.iter().filter(|record| !parsed.records.iter().any(|r| place(r) == place(record))).collect();
    let expected = [lost(&told[1]), lost(&told[2])].map(|id| format!("a.evtx#{id}"));
    assert_eq!(missing.into_iter().map(place).collect::<Vec<_>>(), expected);
}

#[test]
fn a_broken_table_of_names_costs_nothing() {
    let (mut log, whole) = LOG.clone();
    log[FILE_HEADER_SIZE + 128..FILE_HEADER_SIZE + 132].copy_from_slice(&0x7fff_ffffu32.to_le_bytes());
    let parsed = read(&log);
    assert_eq!(parsed.records, whole.records);
    let told = told(&parsed);
    assert_eq!(told.len(), 2, "{told:#?}");
    assert!(told[1].starts_with("@0x1080 the chunk's table of names is broken and not used: "), "{told:#?}");
}

#[test]
fn a_log_cut_at_a_boundary_is_missed_by_its_header() {
    let (log, whole) = &*LOG;
    let parsed = read(&log[..FILE_HEADER_SIZE + CHUNK_SIZE]);
    let expected = "@0x11000 the file ends early: 2 of the 3 chunks that its header counts are missing [131,072 bytes]";
    assert_eq!(told(&parsed), [expected]);
    assert_eq!(parsed.records[..], whole.records[..parsed.records.len()]);
    let parsed = read(&log[..FILE_HEADER_SIZE + CHUNK_SIZE + 1000]);
    let expected = "@0x113e8 the file is cut 1,000 bytes into a chunk: 64,536 bytes of it are missing, and 1 of the 3 \
                    chunks that its header counts are missing [130,072 bytes]";
    assert_eq!(told(&parsed), [expected]);
}

#[test]
fn a_cut_loses_only_what_lies_behind_it() {
    let (log, whole) = &*LOG;
    let mut before = whole.records.len();
    for length in (0..log.len()).rev().step_by(997).chain([4097, 4096, 4095, 128, 127, 8, 7, 0]) {
        let parsed = read(&log[..length]);
        assert!(parsed.records.len() <= before, "{length}");
        before = parsed.records.len();
        assert_eq!(parsed.records[..], whole.records[..before], "{length}");
        let told = told(&parsed);
        assert!(told.len() == 1 || length < 8, "{length}: {told:#?}");
    }
}

#[test]
fn the_file_header_is_checked_but_not_needed() {
    let (log, whole) = &*LOG;
    let cases: [(usize, u8, &str); 4] = [
        (24, 1, "@0x7c the file header's checksum is wrong"),
        (120, 1, "@0x78 the log was not closed: the header's counts are stale"),
        (121, 1, "@0x78 unknown header flags 0x100"),
        (0, 1, "@0x0 the file does not begin as an event log"),
    ];
    for (at, flip, expected) in cases {
        let mut log = log.clone();
        log[at] ^= flip;
        let parsed = read(&log);
        assert_eq!(parsed.records, whole.records);
        let told = told(&parsed);
        assert!(told.len() == 1 && told[0].starts_with(expected), "{told:#?}");
    }
}

#[test]
fn bytes_behind_the_log_are_told() {
    let (mut log, whole) = LOG.clone();
    log.extend([0; 100]);
    let parsed = read(&log);
    assert_eq!((told(&parsed).len(), &parsed.records), (0, &whole.records), "zeros are unused space");
    log.extend(b"garbage");
    let parsed = read(&log);
    assert_eq!(told(&parsed), ["@0x31000 bytes that are not a chunk follow the log [107 bytes]"]);
    assert_eq!(parsed.records, whole.records);
}

/// Gives few bytes at a time, is interrupted now and then, and fails at the end.
struct Failing<'a>(&'a [u8], u32);

impl Read for Failing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.1 += 1;
        if self.1.is_multiple_of(3) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        if self.0.is_empty() {
            return Err(io::Error::other("the disk is gone"));
        }
        let most = buffer.len().min(1009);
        self.0.read(&mut buffer[..most])
    }
}

#[test]
fn chunks_are_found_wherever_they_stand() {
    let (log, whole) = LOG.clone();
    let without_header = |records: &[Record]| records.iter().map(place).collect::<Vec<_>>();
    let all = without_header(&whole.records);
    // The file header is zeroed, cut off, cut short, or preceded by other bytes.
    let zeroed = [vec![0; FILE_HEADER_SIZE], log[FILE_HEADER_SIZE..].to_vec()].concat();
    let shifted = [&[7; 100][..], &log[FILE_HEADER_SIZE..]].concat();
    for damaged in [zeroed, log[FILE_HEADER_SIZE..].to_vec(), log[FILE_HEADER_SIZE - 77..].to_vec(), shifted] {
        assert!(delegap_parse::is_evtx(&damaged[..FILE_HEADER_SIZE + 512]));
        let parsed = read(&damaged);
        assert_eq!(without_header(&parsed.records), all);
        assert_eq!(told(&parsed), ["@0x0 the file does not begin as an event log []"]);
    }
    assert!(!delegap_parse::is_evtx(b"a text on ElfChnk\0 chunks that holds none"));
    // Bytes are put in between two chunks, or before the first.
    for (at, bytes) in [(0, 1), (0, 70_000), (1, 512), (2, 65_536 + 3)] {
        let (before, after) = log.split_at(FILE_HEADER_SIZE + at * CHUNK_SIZE);
        let parsed = read(&[before, &vec![1; bytes], after].concat());
        assert_eq!(without_header(&parsed.records), all, "{bytes} at {at}");
        assert!(!parsed.summary.problems.is_empty());
    }
    // Bytes are missing inside a chunk: its last records are lost, those of the chunks behind it are not.
    for missing in [5_000, 1_000, 9] {
        let mut damaged = log.clone();
        let end = FILE_HEADER_SIZE + 2 * CHUNK_SIZE - 8_000;
        damaged.drain(end - missing..end);
        let parsed = read(&damaged);
        let kept = without_header(&parsed.records);
        let in_order = kept.iter().filter(|p| all.contains(p)).count();
        assert!(in_order == kept.len() && kept.len() > 300, "{missing}: {}", kept.len());
        assert_eq!(kept.last(), all.last());
        assert!(
            told(&parsed).iter().any(|t| t.contains("another chunk begins within this one")),
            "{:?}",
            told(&parsed)
        );
    }
}

#[test]
fn many_false_beginnings_cost_no_more_than_their_length() {
    let mut fake = vec![0; 512];
    fake[..8].copy_from_slice(b"ElfChnk\0");
    fake[40] = 128;
    let parsed = read(&[&LOG.0[..FILE_HEADER_SIZE], &fake.repeat(2_000)].concat());
    assert!(parsed.records.is_empty() && !parsed.summary.problems.is_empty());
}

#[test]
fn a_failing_reader_keeps_what_was_read() {
    let (log, whole) = &*LOG;
    let length = FILE_HEADER_SIZE + CHUNK_SIZE + 30_000;
    let parsed = read_evtx("a.evtx", Failing(&log[..length], 0), &everything());
    assert_eq!(parsed.records, read(&log[..length]).records);
    assert!(parsed.records.len() < whole.records.len());
    assert_eq!(told(&parsed), ["@0x18530 reading fails here: the disk is gone [the rest of the file]"]);
}

#[test]
fn problems_are_listed_up_to_the_limit() {
    let (mut log, _) = LOG.clone();
    for chunk in 0..3 {
        break_chunk_header(&mut log, chunk);
    }
    let limits = Limits { problems: 1, ..Limits::default() };
    let parsed = read_evtx("a.evtx", &*log, &Options { limits, ..everything() });
    assert_eq!(told(&parsed)[1..], [" 2 further problems not listed []"]);
}

#[test]
fn long_values_are_cut() {
    let (log, _) = &*LOG;
    let limits = Limits { value_bytes: 60, problems: usize::MAX, ..Limits::default() };
    let parsed = read_evtx("a.evtx", &**log, &Options { limits, ..everything() });
    let Record::Event(event) = &parsed.records[0] else { panic!() };
    assert_eq!((event.field("Code"), event.value(2).unwrap().len()), (Some("%%2148074254"), 60));
    assert_eq!(told(&parsed)[0], "@0x1200 record #1: the value of Data is cut to 60 bytes [20 bytes]");
    assert_eq!(parsed.summary.problems.len(), parsed.records.len());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    /// One damaged spot: no panic, and no record changes or goes without a word. A spot is at most eight bytes, so
    /// it can't both take a chunk's checksums out of use (byte 120) and change what they cover.
    #[test]
    fn damage_never_passes_unseen(at in 0..3 * CHUNK_SIZE + FILE_HEADER_SIZE, noise in prop::array::uniform8(any::<u8>())) {
        let (mut log, whole) = LOG.clone();
        for (byte, noise) in log.iter_mut().skip(at).zip(noise) {
            *byte = noise;
        }
        let parsed = read(&log);
        prop_assert!(parsed.records == whole.records || !parsed.summary.problems.is_empty());
        // The other chunks are as they were.
        prop_assert!(parsed.records.len() + 200 > whole.records.len());
    }

    /// Damage in many places, checksums put out of use or not.
    #[test]
    fn damage_everywhere_never_panics(spots in prop::collection::vec((0..CHUNK_SIZE, any::<u8>()), 1..60)) {
        let (log, _) = &*LOG;
        let mut log = log[..FILE_HEADER_SIZE + CHUNK_SIZE].to_vec();
        for (at, noise) in spots {
            // Half of the damage goes where structure is dense.
            let at = if noise % 2 == 0 { at % 4096 } else { at };
            log[FILE_HEADER_SIZE + at] = noise;
        }
        let parsed = read(&log);
        prop_assert_eq!(parsed.summary.selected, Some(parsed.records.len() as u64));
    }
}

fn read(log: &[u8]) -> Parsed<Record> {
    read_evtx("a.evtx", log, &everything())
}

fn everything() -> Options {
    Options { selection: Selection::everything(), ..Options::default() }
}

fn told(parsed: &Parsed<Record>) -> Vec<String> {
    parsed.summary.problems.iter().map(|p| format!("{} {} [{}]", p.at.place, p.what, p.lost)).collect()
}
