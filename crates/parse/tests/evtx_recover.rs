//! Stale records: only where they are looked for, marked, and never in the place of a live one.

use chrono::{DateTime, TimeDelta};
use delegap_model::{Event, EventKey, Parsed, Record, Recovered, Selection};
use delegap_parse::{Options, read_evtx, read_evtx_decoding_all};
use delegap_testkit::evtx::{CHUNK_SIZE, FILE_HEADER_SIZE, LogFile, end_chunk_after};
use delegap_testkit::record::{EventSpec, Payload, Value};
use std::collections::BTreeSet;

/// One chunk of 30 records of two templates, of which the last 10 are in the part that is free now.
fn log() -> Vec<u8> {
    let mut log = LogFile::new();
    for i in 0..30_i64 {
        let time = DateTime::from_timestamp(1_780_000_000, 0).unwrap() + TimeDelta::seconds(i);
        let id = if i % 2 == 0 { 20306 } else { 22038 };
        log.push(EventSpec {
            payload: Payload::EventData(vec![(Some("VmName".to_owned()), Value::from(format!("vm{i}").as_str()))]),
            ..EventSpec::new("Microsoft-Windows-Hyper-V-VMMS", id, "Admin", "hv01.example.test", time)
        });
    }
    let mut bytes = log.to_bytes();
    assert_eq!(bytes.len(), FILE_HEADER_SIZE + CHUNK_SIZE);
    end_chunk_after(&mut bytes, 0, 20);
    bytes
}

fn options(recover: bool) -> Options {
    Options { selection: Selection::everything(), recover, ..Options::default() }
}

fn events(parsed: &Parsed<Record>) -> Vec<&Event> {
    let all = parsed.records.iter();
    all.map(|record| match record {
        Record::Event(event) => &**event,
        other => panic!("{other:?}"),
    })
    .collect()
}

fn places(parsed: &Parsed<Record>) -> Vec<String> {
    events(parsed).iter().map(|event| event.at.place.to_string()).collect()
}

fn all_places() -> Vec<String> {
    let live = (1..=20).map(|id| format!("#{id}"));
    live.chain((21..=30).map(|id| format!("#{id} (recovered)"))).collect()
}

#[test]
fn without_the_option_they_do_not_exist() {
    let parsed = read_evtx("a.evtx", &*log(), &options(false));
    assert_eq!(places(&parsed), all_places()[..20]);
    assert_eq!((parsed.summary.records, parsed.summary.recovered), (Some(20), None));
    assert_eq!(parsed.summary.problems, []);
}

#[test]
fn they_follow_the_live_ones_and_are_marked() {
    let log = log();
    let wanted = options(true);
    for parsed in [read_evtx("a.evtx", &*log, &wanted), read_evtx_decoding_all("a.evtx", &*log, &wanted)] {
        assert_eq!(places(&parsed), all_places());
        assert_eq!(parsed.summary.problems, []);
        assert_eq!((parsed.summary.records, parsed.summary.selected), (Some(30), Some(30)));
        assert_eq!(parsed.summary.recovered, Some(Recovered { records: 10, unreadable: 0 }));
        for (i, event) in events(&parsed).into_iter().enumerate() {
            assert_eq!(event.at.is_recovered(), i >= 20);
            assert_eq!(event.field("VmName"), Some(format!("vm{i}").as_str()));
            assert_eq!((&*event.computer, event.record_id), ("hv01.example.test", i as u64 + 1));
        }
    }
}

#[test]
fn what_a_log_covers_is_told_by_its_live_records_only() {
    let log = log();
    let without = read_evtx("a.evtx", &*log, &options(false)).summary;
    let with = read_evtx("a.evtx", &*log, &options(true)).summary;
    assert_eq!((with.covers, with.host), (without.covers, without.host));
}

#[test]
fn a_selection_holds_for_them_too() {
    let key = EventKey { provider: "microsoft-windows-hyper-v-vmms".to_owned(), id: 22038 };
    let selection = Selection { keys: BTreeSet::from([key]), ..Selection::default() };
    let parsed = read_evtx("a.evtx", &*log(), &Options { selection, ..options(true) });
    assert_eq!((parsed.summary.records, parsed.summary.selected), (Some(30), Some(15)));
    assert!(events(&parsed).iter().all(|event| event.id == 22038));
}

#[test]
fn those_whose_template_is_overwritten_are_counted() {
    let mut log = log();
    // Both templates stand in the first two records.
    end_chunk_after(&mut log, 0, 0);
    log[FILE_HEADER_SIZE + 512..FILE_HEADER_SIZE + 512 + 1200].fill(0x41);
    let parsed = read_evtx("a.evtx", &*log, &options(true));
    assert_eq!(parsed.records, []);
    let recovered = parsed.summary.recovered.unwrap();
    assert_eq!(recovered.records, 0);
    assert!(recovered.unreadable >= 20, "{recovered:?}");
}

/// Changes the use of a template by the last record: the four bytes of its GUID, and where it is.
fn last_template(log: &mut [u8]) -> &mut [u8] {
    let last = log.windows(4).rposition(|bytes| bytes == b"**\0\0").unwrap();
    assert_eq!(log[last + 24 + 4], 0x0c);
    &mut log[last + 24 + 6..last + 24 + 14]
}

#[test]
fn another_template_in_its_place_is_not_taken_for_its_own() {
    let mut log = log();
    last_template(&mut log)[0] ^= 0xff;
    let parsed = read_evtx("a.evtx", &*log, &options(true));
    assert_eq!(parsed.summary.recovered, Some(Recovered { records: 9, unreadable: 1 }));
    assert_eq!(places(&parsed), all_places()[..29]);
}

#[test]
fn the_same_template_elsewhere_in_the_chunk_serves() {
    let mut log = log();
    let whole = read_evtx("a.evtx", &*log, &options(true));
    last_template(&mut log)[4..].copy_from_slice(&0x300_u32.to_le_bytes());
    let parsed = read_evtx("a.evtx", &*log, &options(true));
    assert_eq!(parsed, whole);
}

#[test]
fn hostile_sizes_and_cuts_cost_nothing_but_themselves() {
    let whole = log();
    for length in (0..whole.len()).rev().step_by(1009) {
        let parsed = read_evtx("a.evtx", &whole[..length], &options(true));
        assert!(places(&parsed).iter().all(|place| all_places().contains(place)), "{length}");
    }
    let mut log = whole;
    // Magics in a row, each of which claims the rest of the chunk or more.
    for (i, size) in [28, 27, 0, u32::MAX, 65_535, 30_000].iter().cycle().take(2000).enumerate() {
        let at = FILE_HEADER_SIZE + 30_000 + i * 16;
        log[at..at + 4].copy_from_slice(b"**\0\0");
        log[at + 4..at + 8].copy_from_slice(&u32::to_le_bytes(*size));
    }
    let parsed = read_evtx("a.evtx", &*log, &options(true));
    assert_eq!(places(&parsed), all_places());
}
