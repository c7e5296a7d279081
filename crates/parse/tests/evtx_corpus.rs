//! Every public log at hand, read by us and by the `evtx` crate: the same records, the same failures.
#![expect(clippy::disallowed_methods, clippy::disallowed_macros, reason = "a test reads files and prints its table")]

use chrono::Datelike;
use delegap_model::{Event, EventKey, Kind, Limits, Parsed, Problem, Record, Selection};
use delegap_parse::{Options, document, is_evtx, read_evtx};
use evtx::err::EvtxError;
use evtx::{EvtxParser, ParserSettings};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

#[test]
fn every_log_yields_what_the_crate_yields() {
    let Some(root) = corpus() else { return println!("corpus not present") };
    let (mut records, mut failures, mut with_problems) = (0, 0, 0);
    for path in logs(&root) {
        let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).unwrap();
        assert!(is_evtx(&bytes), "{name}");
        let parsed = read_evtx(&name, &*bytes, &everything());
        let oracle = oracle(bytes.clone());
        check(&name, &bytes, &parsed, &oracle);
        println!("{name}: {} records, {} failures", events(&parsed).count(), failed(&parsed).count());
        for problem in &parsed.summary.problems {
            println!("    {} {} [{}]", problem.at.place, problem.what, problem.lost);
        }
        records += events(&parsed).count();
        failures += failed(&parsed).count();
        with_problems += usize::from(!parsed.summary.problems.is_empty());
    }
    println!("{records} records, {failures} failures, {with_problems} files with problems");
    assert!(records > 0);
}

#[test]
fn stale_records_come_beside_the_live_ones() {
    let Some(root) = corpus() else { return println!("corpus not present") };
    let (mut recovered, mut unreadable) = (0, 0);
    for path in logs(&root) {
        let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).unwrap();
        let without = read_evtx(&name, &*bytes, &everything());
        let with = read_evtx(&name, &*bytes, &Options { recover: true, ..everything() });
        let live = events(&with).filter(|event| !event.at.is_recovered());
        assert!(live.eq(events(&without)), "{name}");
        assert_eq!(with.summary.covers, without.summary.covers, "{name}");
        assert_eq!(with.summary.problems, without.summary.problems, "{name}");
        let Some(found) = with.summary.recovered else { continue };
        let stale: Vec<_> = events(&with).filter(|event| event.at.is_recovered()).collect();
        for event in &stale {
            assert!((2000..2030).contains(&event.time.year()), "{}: {}", event.at, event.time);
            assert!(!event.computer.is_empty(), "{}", event.at);
        }
        assert_eq!(stale.len() as u64, found.records, "{name}");
        println!("{name}: {found:?}");
        recovered += found.records;
        unreadable += found.unreadable;
    }
    println!("{recovered} recovered, {unreadable} not");
    assert!(recovered > 0);
}

#[test]
fn a_log_as_xml_text_is_the_same_log() {
    let Some(root) = corpus() else { return println!("corpus not present") };
    let mut compared = 0;
    for path in logs(&root) {
        let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).unwrap();
        let parsed = read_evtx(&name, &*bytes, &everything());
        // Damaged logs are another matter: the crate stops at other places.
        if !parsed.summary.problems.is_empty() || parsed.records.is_empty() {
            continue;
        }
        let mut parser = EvtxParser::from_buffer(bytes).unwrap();
        let texts: Vec<String> = parser.records().filter_map(Result::ok).map(|r| r.data).collect();
        let text = format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<Events>{}</Events>", texts.concat());
        let as_text = document("log.xml", text.as_bytes(), &everything());
        assert_eq!(as_text.summary.kind, Kind::EventXml, "{name}");
        // A text has the record id only where the event itself names it.
        let key = |e: &Event| format!("{} {} {} {} {:?}", e.time, e.id, e.provider, e.computer, e.fields);
        let sorted = |parsed: &Parsed<Record>| {
            let mut keys: Vec<String> = events(parsed).map(key).collect();
            keys.sort();
            keys
        };
        let (ours, theirs) = (sorted(&parsed), sorted(&as_text));
        assert_eq!(theirs.len(), ours.len(), "{name}: {:?}", as_text.summary.problems);
        for (a, b) in theirs.iter().zip(&ours) {
            assert_eq!(a, b, "{name}");
        }
        compared += ours.len();
    }
    println!("{compared} events compared");
    assert!(compared > 10_000);
}

#[test]
fn a_log_as_json_is_the_same_log() {
    let Some(root) = corpus() else { return println!("corpus not present") };
    let mut compared = 0;
    for path in logs(&root) {
        let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).unwrap();
        let parsed = read_evtx(&name, &*bytes, &everything());
        if !parsed.summary.problems.is_empty() || parsed.records.is_empty() {
            continue;
        }
        for apart in [false, true] {
            let settings = ParserSettings::new().separate_json_attributes(apart).indent(false);
            let mut parser = EvtxParser::from_buffer(bytes.clone()).unwrap().with_configuration(settings);
            let lines: Vec<String> = parser.records_json().filter_map(Result::ok).map(|r| r.data + "\n").collect();
            let as_json = document("log.jsonl", lines.concat().as_bytes(), &everything());
            assert_eq!(as_json.summary.kind, Kind::EventExport, "{name}");
            // JSON has floating point numbers, truth values and binary values of its own: names and places tell.
            let key = |e: &Event| {
                let values =
                    e.fields.iter().filter(|f| f.value.parse::<f64>().is_err()).map(|f| f.value.trim().chars().count());
                format!(
                    "{} {} {} {} {:?}",
                    e.time.timestamp_micros(),
                    e.id,
                    e.provider,
                    e.computer,
                    values.sum::<usize>()
                )
            };
            // The nested elements of this one lose their order and repeat their names in JSON; another's values are no text.
            let told = |e: &&Event| {
                &*e.provider != "Microsoft-Windows-CAPI2" && !(e.id == 16 && name.ends_with("issue_43.evtx"))
            };
            let sorted = |parsed: &Parsed<Record>| {
                let mut keys: Vec<String> = events(parsed).filter(told).map(key).collect();
                keys.sort();
                keys
            };
            let (ours, theirs) = (sorted(&parsed), sorted(&as_json));
            assert_eq!(theirs.len(), ours.len(), "{name}: {:?}", as_json.summary.problems);
            for (a, b) in theirs.iter().zip(&ours) {
                assert_eq!(a, b, "{name} {apart}");
            }
            compared += ours.len();
        }
    }
    println!("{compared} events compared");
    assert!(compared > 10_000);
}

#[test]
fn values_by_order_get_the_names_that_real_logs_give_them() {
    let Some(root) = corpus() else { return println!("corpus not present") };
    let mut compared = std::collections::BTreeMap::new();
    for path in logs(&root) {
        let parsed = read_evtx("a", &*std::fs::read(&path).unwrap(), &everything());
        for event in events(&parsed).filter(|e| &*e.provider == "Microsoft-Windows-Security-Auditing") {
            let values: Vec<_> = event.fields.iter().map(|f| serde_json::json!({ "Value": f.value })).collect();
            let object = serde_json::json!({
                "TimeCreated": event.time.to_rfc3339(), "Id": event.id, "ProviderName": &*event.provider,
                "Properties": values,
            });
            let exported = document("a.json", object.to_string().as_bytes(), &everything());
            let exported = events(&exported).next().unwrap();
            for (theirs, real) in exported.fields.iter().zip(event.fields.iter()).filter(|(f, _)| !f.name.is_empty()) {
                assert_eq!(theirs, real, "{} {}", path.display(), event.id);
                *compared.entry(event.id).or_insert(0) += 1;
            }
        }
    }
    println!("{compared:?}");
    assert!(compared.len() >= 5);
}

#[test]
fn a_log_cut_in_a_chunk_keeps_its_intact_records() {
    let Some(root) = corpus() else { return println!("corpus not present") };
    let log = std::fs::read(root.join("plaso/System2.evtx")).unwrap();
    let parsed = read_evtx("System2.evtx", &*log, &everything());
    assert_eq!(parsed.summary.records, Some(283));
    let [problem] = &*parsed.summary.problems else { panic!("{:#?}", parsed.summary.problems) };
    assert!(problem.what.contains("64,832 bytes into a chunk: 704 bytes of it are missing"), "{}", problem.what);
    assert_eq!(problem.at.to_string(), "System2.evtx@0x30d40");
}

#[test]
fn a_selection_keeps_what_a_filter_would() {
    let Some(root) = corpus() else { return println!("corpus not present") };
    let log = std::fs::read(root.join("plaso/System.evtx")).unwrap();
    let all = read_evtx("a", &*log, &everything());
    let selection = Selection {
        keys: [EventKey { provider: "service control manager".to_owned(), id: 7036 }].into(),
        providers: ["microsoft-windows-kernel-general".to_owned()].into(),
        ..Selection::default()
    };
    let some = read_evtx("a", &*log, &Options { selection: selection.clone(), ..everything() });
    let expected: Vec<_> = events(&all).filter(|event| selection.wants(&event.provider, event.id)).collect();
    assert!(!expected.is_empty() && expected.len() < all.records.len());
    assert_eq!(events(&some).collect::<Vec<_>>(), expected);
    assert_eq!((some.summary.records, &some.summary.covers), (all.summary.records, &all.summary.covers));
    assert_eq!(some.summary.selected, Some(expected.len() as u64));
}

/// Logs of one chunk with checksums, and what is in them when they are whole.
static SMALL: LazyLock<Vec<(Vec<u8>, Parsed<Record>)>> = LazyLock::new(|| {
    let logs = corpus().map(|root| logs(&root)).unwrap_or_default();
    let small = logs.iter().map(|path| std::fs::read(path).unwrap()).filter(|log| log.len() == 4096 + 65536);
    // The chunk flag for "no CRC32".
    let summed = small.filter(|log| log[4096 + 120] & 4 == 0);
    let read = summed.map(|log| (read_evtx("a", &*log, &everything()), log));
    read.filter(|(parsed, _)| parsed.summary.problems.is_empty()).map(|(parsed, log)| (log, parsed)).collect()
});

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    /// A log may end anywhere: whatever lies before the cut is read, and the cut is told.
    #[test]
    fn a_cut_anywhere_keeps_the_start(log in any::<prop::sample::Index>(), length in 8..4096 + 65536usize) {
        if SMALL.is_empty() {
            return Ok(());
        }
        let (log, whole) = log.get(&SMALL);
        let parsed = read_evtx("a", &log[..length], &everything());
        prop_assert_eq!(&parsed.records[..], &whole.records[..parsed.records.len()]);
        prop_assert_eq!(parsed.summary.problems.len(), 1);
    }

    /// One damaged spot of up to eight bytes, which no checksum misses: no panic, and no record changes unseen.
    #[test]
    fn damage_never_passes_unseen(
        log in any::<prop::sample::Index>(),
        at in 0..4096 + 65536usize,
        noise in prop::array::uniform8(any::<u8>()),
    ) {
        if SMALL.is_empty() {
            return Ok(());
        }
        let (log, whole) = log.get(&SMALL);
        let mut log = log.clone();
        for (byte, noise) in log.iter_mut().skip(at).zip(noise) {
            *byte = noise;
        }
        let parsed = read_evtx("a", &*log, &everything());
        prop_assert!(parsed.records == whole.records || !parsed.summary.problems.is_empty());
    }
}

fn check(name: &str, bytes: &[u8], parsed: &Parsed<Record>, oracle: &Oracle) {
    let ours: Vec<_> = events(parsed).map(Seen::by_us).collect();
    // The crate does not look at a last chunk that is cut; we read what is there of it.
    let is_cut = !(bytes.len() - 4096).is_multiple_of(65536);
    if is_cut {
        assert_eq!(ours.get(..oracle.seen.len()), Some(&*oracle.seen), "{name}: the whole chunks");
    } else {
        assert_eq!(ours.len(), oracle.seen.len(), "{name}");
        for (ours, theirs) in ours.iter().zip(&oracle.seen) {
            assert_eq!(ours, theirs, "{name}");
        }
    }
    let unreadable = failed(parsed).map(|problem| &problem.what).collect::<Vec<_>>();
    assert_eq!(unreadable.len(), oracle.failures.len(), "{name}: {unreadable:#?} {:#?}", oracle.failures);
    assert_eq!(parsed.summary.records, Some(ours.len() as u64), "{name}: every id is a number");
    assert_eq!(parsed.summary.selected, parsed.summary.records, "{name}");
    assert!(events(parsed).is_sorted_by(|a, b| a.sequence < b.sequence), "{name}");
    let spans = events(parsed).all(|event| {
        parsed.summary.covers.iter().any(|cover| {
            cover.host == *event.computer
                && cover.channel == *event.channel
                && (cover.from..=cover.to).contains(&event.time)
        })
    });
    assert!(spans, "{name}");
}

/// Problems that stand for an error of the crate: the others are about checksums, headers and cuts.
fn failed(parsed: &Parsed<Record>) -> impl Iterator<Item = &Problem> {
    let crate_errors = ["can't be decoded", "no record can be read here", "not a chunk"];
    parsed.summary.problems.iter().filter(move |problem| crate_errors.iter().any(|e| problem.what.contains(e)))
}

fn events(parsed: &Parsed<Record>) -> impl Iterator<Item = &Event> {
    parsed.records.iter().map(|record| match record {
        Record::Event(event) => &**event,
        other => panic!("{other:?}"),
    })
}

fn everything() -> Options {
    let limits = Limits { problems: usize::MAX, ..Limits::default() };
    Options { selection: Selection::everything(), limits, mta: None, recover: false }
}

/// What the crate yields in file order, and its errors.
struct Oracle {
    seen: Vec<Seen>,
    failures: Vec<EvtxError>,
}

/// What both sides say of a record.
#[derive(Debug, PartialEq)]
struct Seen {
    id: u32,
    record_id: u64,
    provider: String,
    channel: String,
    computer: String,
    /// The values of its data that are not empty, sorted: JSON groups values of one name.
    values: Vec<String>,
}

impl Seen {
    fn by_us(event: &Event) -> Seen {
        let mut values: Vec<_> = event.fields.iter().map(|field| field.value.to_owned()).collect();
        values.retain(|value| !value.is_empty());
        values.sort();
        Seen {
            id: event.id,
            record_id: event.record_id,
            provider: event.provider.to_string(),
            channel: event.channel.to_string(),
            computer: event.computer.to_string(),
            values,
        }
    }

    fn by_the_crate(record: &Value, header_id: u64) -> Seen {
        let system = &record["Event"]["System"];
        let text = |value: &Value| plain(value.get("#text").unwrap_or(value));
        let id = text(&system["EventID"]).trim().parse().unwrap_or_else(|_| panic!("{system}"));
        let provider = &system["Provider"]["#attributes"];
        let name = provider.get("Name").or(provider.get("EventSourceName")).map_or(String::new(), plain);
        let mut values = Vec::new();
        for data in ["EventData", "UserData"] {
            leaves(&record["Event"][data], &mut values);
        }
        values.retain(|value| !value.is_empty());
        values.sort();
        Seen {
            id,
            record_id: text(&system["EventRecordID"]).parse().unwrap_or(header_id),
            provider: name,
            channel: text(&system["Channel"]),
            computer: text(&system["Computer"]),
            values,
        }
    }
}

fn leaves(value: &Value, found: &mut Vec<String>) {
    match value {
        // Binary holds raw bytes behind the values, which we leave out.
        Value::Object(members) => {
            let values = members.iter().filter(|(name, _)| !matches!(name.as_str(), "#attributes" | "Binary"));
            values.for_each(|(_, value)| leaves(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| leaves(item, found)),
        other => found.push(plain(other)),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        // What XML does not allow is an underscore there, as Windows writes it.
        Value::String(text) => text.replace(|c: char| c.is_control() && !"\t\r\n".contains(c) || c == '\u{fffd}', "_"),
        other => other.to_string(),
    }
}

fn oracle(bytes: Vec<u8>) -> Oracle {
    let settings = Arc::new(ParserSettings::new().num_threads(1));
    let mut oracle = Oracle { seen: Vec::new(), failures: Vec::new() };
    let mut parser = EvtxParser::from_buffer(bytes).unwrap();
    let mut chunks = Vec::new();
    for chunk in parser.chunks() {
        match chunk {
            Ok(chunk) => chunks.push(chunk),
            Err(e) => oracle.failures.push(e),
        }
    }
    // It begins with the oldest chunk of a log that has wrapped around.
    chunks.sort_by_key(|chunk| chunk.number);
    for mut chunk in chunks {
        // It refuses a chunk whose table of names is broken, which we read; no log at hand has one.
        for record in chunk.parse(Arc::clone(&settings)).unwrap().iter() {
            match record.and_then(|record| record.clone().into_xml().and(record.into_json_value())) {
                Ok(record) => oracle.seen.push(Seen::by_the_crate(&record.data, record.event_record_id)),
                Err(e) => oracle.failures.push(e),
            }
        }
    }
    oracle
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
