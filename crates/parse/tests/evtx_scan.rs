//! The scan leaves nothing out and makes nothing up: it reads what decoding everything and filtering after would.
#![expect(clippy::disallowed_methods, clippy::disallowed_macros, reason = "a test reads files and prints its table")]

use chrono::{DateTime, TimeDelta};
use delegap_model::{Condition, Event, EventKey, Guid, Limits, Parsed, Record, Selection};
use delegap_parse::{Options, read_evtx, read_evtx_decoding_all};
use delegap_testkit::evtx::{CHUNK_SIZE, FILE_HEADER_SIZE, LogFile, remake_sums};
use delegap_testkit::record::{EventSpec, Payload, Value};
use delegap_testkit::samples::samples;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

#[test]
fn every_log_of_the_corpus() {
    let Some(root) = corpus() else { return println!("corpus not present") };
    for path in logs(&root) {
        let log = std::fs::read(&path).unwrap();
        check(&log, &selections(&log), &path.display().to_string());
    }
}

#[test]
fn every_shape_the_kit_writes() {
    for sample in samples() {
        let log = sample.log.to_bytes();
        check(&log, &selections(&log), sample.name);
    }
}

#[test]
fn small_limits_cut_the_same() {
    for sample in samples() {
        let log = sample.log.to_bytes();
        for (value_bytes, depth) in [(4, 64), (0, 64), (1 << 20, 3), (1 << 20, 2)] {
            let limits = Limits { value_bytes, depth, ..Limits::default() };
            let options = Options { selection: Selection::everything(), limits, mta: None, recover: false };
            let (scanned, decoded) = (read_evtx("a", &*log, &options), read_evtx_decoding_all("a", &*log, &options));
            assert_eq!(scanned, decoded, "{} {value_bytes} {depth}", sample.name);
        }
    }
}

/// A record's size reaches over the next record: only what the walk finds is an event.
#[test]
fn a_record_inside_another_stays_hidden() {
    let mut log = log_of(&[4624, 20306, 4624]);
    let at = |log: &[u8], number: usize| {
        let mut at = FILE_HEADER_SIZE + 512;
        (0..number).for_each(|_| at += size_at(log, at));
        at
    };
    let (first, second) = (at(&log, 0), at(&log, 1));
    let both = (size_at(&log, first) + size_at(&log, second)) as u32;
    log[first + 4..first + 8].copy_from_slice(&both.to_le_bytes());
    log[first + both as usize - 4..first + both as usize].copy_from_slice(&both.to_le_bytes());
    remake_sums(&mut log);
    let selection = wanting(&[(PROVIDER, 20306)]);
    let parsed = read_evtx("a", &*log, &options(selection.clone()));
    assert_eq!((parsed.records.len(), parsed.summary.records), (0, Some(2)), "{:?}", parsed.summary.problems);
    check(&log, &[selection], "hidden");
}

/// What is wrong inside a record that isn't wanted is not looked for, and a record without a template is no exception.
#[test]
fn a_record_without_a_template_is_passed_over() {
    let plain = |id: u16| EventSpec { template: false, payload: named("Text", "marker".into()), ..event(id, 0) };
    let mut log = LogFile::new();
    log.extend([plain(4624), plain(20306)]);
    let mut log = log.to_bytes();
    let marker: Vec<u8> = "marker".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let at = log.windows(marker.len()).position(|bytes| bytes == marker).unwrap();
    // The value's token, before its type and length.
    log[at - 4] = 0xff;
    remake_sums(&mut log);
    let read = |selection: Selection| {
        let parsed = read_evtx("a", &*log, &options(selection));
        (events(&parsed).map(|event| event.id).collect::<Vec<_>>(), parsed.summary.problems.len())
    };
    assert_eq!(read(wanting(&[(PROVIDER, 20306)])), (vec![20306], 0));
    assert_eq!(read(Selection::everything()), (vec![20306], 1));
    check(&log, &selections(&log), "plain");
}

/// Two templates with one GUID: the layout of the one is not applied to the other.
#[test]
fn a_forged_guid_hides_nothing() {
    let mut log = LogFile::new();
    // The shapes differ: one has its id where the other has something else.
    log.push(EventSpec { payload: named("Status", Value::Hex32(0)), ..event(4769, 0) });
    log.push(EventSpec { payload: named("Other", Value::Hex32(0)), qualifiers: Some(20306), ..event(20306, 1) });
    let mut log = log.to_bytes();
    let definitions: Vec<usize> = definitions(&log);
    assert!(definitions.len() >= 3, "two events with templates of their own");
    let guid: [u8; 16] = log[definitions[0] + 4..definitions[0] + 20].try_into().unwrap();
    for definition in &definitions[1..] {
        log[definition + 4..definition + 20].copy_from_slice(&guid);
    }
    remake_sums(&mut log);
    let parsed = read_evtx("a", &*log, &options(wanting(&[(PROVIDER, 20306)])));
    assert_eq!(events(&parsed).map(|e| e.id).collect::<Vec<_>>(), [20306], "{:?}", parsed.summary.problems);
    check(&log, &selections(&log), "forged");
}

/// Damage inside a wanted record is a problem, whichever of the two finds it.
#[test]
fn a_wanted_record_that_cannot_be_decoded_is_listed() {
    // The last value is made to stand in an attribute too, where it can't: it is the event's data.
    let mut log = LogFile::new();
    log.extend([4769, 4771].map(|id| EventSpec { payload: named("Status", Value::from("x")), ..event(id, 0) }));
    let mut log = log.to_bytes();
    let name: Vec<u8> = "ActivityID".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let at = log.windows(name.len()).position(|bytes| bytes == name).unwrap() + name.len() + 2;
    assert_eq!(log[at], 0x0e, "an optional value");
    log[at + 1] = 17;
    remake_sums(&mut log);
    let parsed = read_evtx("a", &*log, &options(Selection::everything()));
    assert_eq!((parsed.records.len(), parsed.summary.problems.len()), (0, 2), "{:?}", parsed.summary);
    check(&log, &[], "undecodable");
}

/// Names end at a NUL, and no control character in one is ever an underscore.
#[test]
fn damaged_names_are_read_as_the_decoder_reads_them() {
    let mut log = LogFile::new();
    let fields = vec![("Parameter".to_owned(), Value::from("x"))];
    log.push(EventSpec {
        payload: Payload::UserData { element: "Wrapper".to_owned(), xmlns: "x".to_owned(), fields },
        ..event(4769, 0)
    });
    let log = log.to_bytes();
    let name: Vec<u8> = "Parameter".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let at = log.windows(name.len()).position(|bytes| bytes == name).unwrap();
    for new in [0, 1, 0x1f] {
        let mut log = log.clone();
        log[at + 2] = new;
        remake_sums(&mut log);
        check(&log, &[], "name");
    }
}

/// Chunks that begin alike have their definitions at the same places: whatever is different in one is seen.
#[test]
fn what_differs_from_the_chunks_before_is_seen() {
    let mut log = LogFile::new();
    let fields = |status| vec![(Some("TargetUserName".to_owned()), "app$".into()), (Some("Status".to_owned()), status)];
    let one = |id, second, status| EventSpec { payload: Payload::EventData(fields(status)), ..event(id, second) };
    // The second id's templates take names from the first one's.
    log.extend([one(4769, 0, Value::Hex32(0)), one(4769, 1, Value::Hex32(7)), one(4771, 2, Value::Null)]);
    log.push(event(4624, 3));
    let log = log.to_bytes();
    let chunk = &log[FILE_HEADER_SIZE..];
    assert_eq!(chunk.len(), CHUNK_SIZE);
    let alike = [&log[..], chunk, chunk, chunk].concat();
    let conditional = selections(&log).swap_remove(2);
    let (from, to) = used(&log);
    for at in (from..to).step_by(5) {
        let mut log = alike.clone();
        log[3 * CHUNK_SIZE + at] ^= 0x41;
        remake_sums(&mut log);
        for selection in [&Selection::everything(), &conditional] {
            let decoded = read_evtx_decoding_all("a", &*log, &options(selection.clone()));
            let scanned = read_evtx("a", &*log, &options(selection.clone()));
            assert_eq!(scanned.records, decoded.records, "{at:#x}");
        }
    }
}

#[test]
fn conditions_are_asked_of_values_in_place() {
    let mut log = LogFile::new();
    for (second, status) in [Value::Hex32(0), Value::Hex32(0x12), Value::Null, Value::from(" 0X0 "), Value::from("x")]
        .into_iter()
        .enumerate()
    {
        log.push(EventSpec { payload: named("status", status), ..event(4769, second as i64) });
    }
    log.push(EventSpec { payload: named("Other", Value::from("0x0")), ..event(4769, 9) });
    let key = EventKey { provider: PROVIDER.to_lowercase(), id: 4769 };
    let conditions = vec![Condition::NoneOf("Status", &["0x0"]), Condition::NotEndingWith("Status", "x")];
    let selection = Selection { conditions: [(key, conditions)].into(), ..wanting(&[(PROVIDER, 4769)]) };
    let log = log.to_bytes();
    let parsed = read_evtx("a", &*log, &options(selection.clone()));
    let kept = events(&parsed).map(|e| e.value(0).unwrap()).collect::<Vec<_>>();
    assert_eq!(kept, ["0x12", "", "0x0"]);
    check(&log, &[selection], "conditions");
}

static SEEDS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let mut seeds: Vec<Vec<u8>> = samples().into_iter().map(|sample| sample.log.to_bytes()).collect();
    let logs = corpus().map(|root| logs(&root)).unwrap_or_default();
    let small = logs.iter().map(|path| std::fs::read(path).unwrap());
    // As many as fit into the time of a test, taken all over the corpus.
    seeds.extend(small.filter(|log| log.len() <= FILE_HEADER_SIZE + 2 * CHUNK_SIZE).step_by(4));
    seeds
});

/// Where a mutation goes: into the records of a chunk, where the scan reads, or anywhere.
#[derive(Debug, Clone)]
struct Mutation {
    at: prop::sample::Index,
    bytes: Vec<u8>,
    anywhere: bool,
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let byte =
        prop_oneof![any::<u8>(), prop::sample::select(vec![0, 1, 4, 6, 8, 0x0c, 0x0f, 0x11, 0x21, 0x41, 0x81, 0xff])];
    (any::<prop::sample::Index>(), prop::collection::vec(byte, 1..5), prop::bool::weighted(0.1))
        .prop_map(|(at, bytes, anywhere)| Mutation { at, bytes, anywhere })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 384, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    /// With checksums made anew the damage reaches the scan.
    #[test]
    fn mutated_logs(
        seed in any::<prop::sample::Index>(),
        mutations in prop::collection::vec(mutation(), 1..6),
        sums in prop::bool::weighted(0.9),
    ) {
        let mut log = seed.get(&SEEDS).clone();
        let before = selections(&log);
        for mutation in mutations {
            let (from, to) = if mutation.anywhere { (0, log.len()) } else { used(&log) };
            let at = from + mutation.at.index(to - from);
            for (byte, new) in log[at..].iter_mut().zip(mutation.bytes) {
                *byte = new;
            }
        }
        if sums {
            remake_sums(&mut log);
        }
        check(&log, &before, "mutated");
    }
}

const PROVIDER: &str = "Microsoft-Windows-Security-Auditing";

/// Everything but the number of records is the same, and that too where no record is damaged.
#[track_caller]
fn check(log: &[u8], selections: &[Selection], name: &str) {
    let decoded = read_evtx_decoding_all("a", log, &options(Selection::everything()));
    let scanned = read_evtx("a", log, &options(Selection::everything()));
    assert_eq!(scanned.summary.problems, decoded.summary.problems, "{name}");
    assert_eq!(scanned.records.len(), decoded.records.len(), "{name}");
    for (ours, theirs) in scanned.records.iter().zip(&decoded.records) {
        assert_eq!(ours, theirs, "{name}");
    }
    assert_eq!(scanned.summary, decoded.summary, "{name}");
    for selection in selections {
        let wanted = |e: &&Event| selection.wants(&e.provider, e.id) && selection.keeps(e);
        let expected: Vec<&Event> = events(&decoded).filter(wanted).collect();
        let scanned = read_evtx("a", log, &options(selection.clone()));
        assert_eq!(events(&scanned).collect::<Vec<_>>(), expected, "{name}");
        let told = |parsed: &Parsed<Record>| {
            let problems = parsed.summary.problems.iter();
            problems.filter(|p| !is_inside_a_record(&p.what)).cloned().collect::<Vec<_>>()
        };
        assert_eq!(told(&scanned), told(&decoded), "{name}");
        for problem in &scanned.summary.problems {
            assert!(decoded.summary.problems.contains(problem), "{name}: {problem:?}");
        }
        if decoded.summary.problems.is_empty() {
            let (ours, theirs) = (&scanned.summary, &decoded.summary);
            assert_eq!(
                (ours.records, &ours.covers, &ours.host),
                (theirs.records, &theirs.covers, &theirs.host),
                "{name}"
            );
        }
    }
}

/// Damage that only shows when the record is decoded.
fn is_inside_a_record(what: &str) -> bool {
    what.starts_with("record #")
}

/// One that wants little, one that wants half, one with a condition on a value that the log has, one that wants nothing.
fn selections(log: &[u8]) -> Vec<Selection> {
    let parsed = read_evtx_decoding_all("a", log, &options(Selection::everything()));
    let mut ids: BTreeMap<(String, u32), usize> = BTreeMap::new();
    for event in events(&parsed) {
        *ids.entry((event.provider.to_lowercase(), event.id)).or_default() += 1;
    }
    let key = |(provider, id): &(String, u32)| EventKey { provider: provider.clone(), id: *id };
    let rarest = ids.iter().min_by_key(|(_, count)| **count).map(|(id, _)| key(id));
    let half = Selection { keys: ids.keys().step_by(2).map(key).collect(), ..Selection::default() };
    let conditions = |event: &Event| {
        let one = [Condition::NoneOf("Status", &["0x0"]), Condition::NotEndingWith("TargetUserName", "$")];
        let other = [Condition::OneOf("param1", &["0", "true", ""]), Condition::OneOf("LogonType", &["3"])];
        let all = if event.id.is_multiple_of(2) { one } else { other };
        (EventKey { provider: event.provider.to_lowercase(), id: event.id }, all.to_vec())
    };
    let conditional = Selection {
        providers: ids.keys().map(|(provider, _)| provider.clone()).collect(),
        conditions: events(&parsed).map(conditions).collect(),
        ..Selection::default()
    };
    let little = Selection { keys: rarest.into_iter().collect(), ..Selection::default() };
    vec![little, half, conditional, Selection::default()]
}

fn wanting(keys: &[(&str, u32)]) -> Selection {
    let key = |(provider, id): &(&str, u32)| EventKey { provider: provider.to_lowercase(), id: *id };
    Selection { keys: keys.iter().map(key).collect(), ..Selection::default() }
}

fn options(selection: Selection) -> Options {
    let limits = Limits { problems: usize::MAX, ..Limits::default() };
    Options { selection, limits, mta: None, recover: false }
}

fn events(parsed: &Parsed<Record>) -> impl Iterator<Item = &Event> {
    parsed.records.iter().map(|record| match record {
        Record::Event(event) => &**event,
        other => panic!("{other:?}"),
    })
}

fn event(id: u16, second: i64) -> EventSpec {
    let time = DateTime::from_timestamp(1_780_000_000, 0).unwrap() + TimeDelta::seconds(second);
    EventSpec {
        activity_id: Some(Guid::from_u128(7)),
        ..EventSpec::new(PROVIDER, id, "Security", "dc01.example.test", time)
    }
}

fn named(name: &str, value: Value) -> Payload {
    Payload::EventData(vec![(Some(name.to_owned()), value)])
}

fn log_of(ids: &[u16]) -> Vec<u8> {
    let mut log = LogFile::new();
    log.extend(ids.iter().zip(0..).map(|(id, second)| event(*id, second)));
    log.to_bytes()
}

fn size_at(log: &[u8], at: usize) -> usize {
    u32::from_le_bytes(log[at + 4..at + 8].try_into().unwrap()) as usize
}

/// File offsets of the template definitions of the first chunk.
fn definitions(log: &[u8]) -> Vec<usize> {
    let chunk = &log[FILE_HEADER_SIZE..FILE_HEADER_SIZE + CHUNK_SIZE];
    let read = |at: usize| u32::from_le_bytes(chunk[at..at + 4].try_into().unwrap()) as usize;
    let mut found = Vec::new();
    for bucket in 0..32 {
        let mut at = read(384 + 4 * bucket);
        while at != 0 {
            found.push(FILE_HEADER_SIZE + at);
            at = read(at);
        }
    }
    found.sort_unstable();
    found
}

/// Where the records of the first chunk lie.
fn used(log: &[u8]) -> (usize, usize) {
    let free = log
        .get(FILE_HEADER_SIZE + 48..FILE_HEADER_SIZE + 52)
        .map_or(0, |free| u32::from_le_bytes(free.try_into().unwrap()) as usize);
    let from = FILE_HEADER_SIZE + 512;
    if log.len() <= from {
        return (0, log.len());
    }
    (from, (FILE_HEADER_SIZE + free).clamp(from + 1, log.len()))
}

/// The corpus folder, where it lies beside the repository.
fn corpus() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/evtx");
    root.is_dir().then_some(root)
}

fn logs(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(logs(&path));
        } else if path.extension().is_some_and(|e| e == "evtx") {
            found.push(path);
        }
    }
    found.sort();
    found
}
