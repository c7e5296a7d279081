//! Logs as the test kit writes them come back value by value.

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use delegap_model::{Condition, Event, EventKey, Fields, Guid, Kind, Parsed, Record, Rendering, Selection};
use delegap_parse::{Mta, Options, is_evtx, read_evtx};
use delegap_testkit::evtx::LogFile;
use delegap_testkit::mta::{DEFAULT_PUBLISHER, MtaWriter, PublisherNames};
use delegap_testkit::record::{EventSpec, Payload, RenderingSpec, Value};
use delegap_testkit::samples::samples;
use std::sync::Arc;

#[test]
fn every_shape_the_kit_writes() {
    for sample in samples() {
        let bytes = sample.log.to_bytes();
        assert!(is_evtx(&bytes));
        let parsed = read_evtx("x/a.evtx", &*bytes, &everything());
        let mut events: Vec<_> = events(&parsed).collect();
        assert!(events.is_sorted_by(|a, b| a.sequence < b.sequence), "{}", sample.name);
        // A wrapped log begins in its middle. Only one sample has a record with an id of its own.
        if sample.name.starts_with("wrapped") {
            events.sort_by_key(|event| event.record_id);
        }
        assert_eq!(events.len(), sample.events.len(), "{}", sample.name);
        for ((event, spec), number) in events.iter().zip(&sample.events).zip(sample.first_number..) {
            check(event, spec, number, sample.name);
        }
        let told: Vec<_> = parsed.summary.problems.iter().map(|problem| problem.what.as_str()).collect();
        let expected: &[&str] = match sample.name.contains("dirty") {
            true => &["the log was not closed: the header's counts are stale"],
            false => &[],
        };
        assert_eq!(told, expected, "{}", sample.name);
        assert_eq!(parsed.summary.records, Some(events.len() as u64));
    }
}

fn check(event: &Event, spec: &EventSpec, number: u64, sample: &str) {
    let record_id = spec.record_id.unwrap_or(number);
    let expected = Event {
        at: delegap_model::SourceRef::new("x/a.evtx", format!("#{record_id}")),
        provider: spec.provider.as_str().into(),
        source_name: spec.event_source_name.as_deref().map(Arc::from),
        id: spec.id.into(),
        version: spec.version.into(),
        level: Some(spec.level),
        time: spec.time,
        computer: spec.computer.as_str().into(),
        channel: spec.channel.as_str().into(),
        record_id,
        sequence: event.sequence,
        activity_id: spec.activity_id.filter(|id| !id.is_nil()),
        user_sid: spec.user_sid.clone(),
        fields: fields(spec),
        rendering: spec.rendering.as_ref().map(|r| Box::new(rendering(r))),
    };
    assert_eq!(event, &expected, "{sample}");
}

fn fields(spec: &EventSpec) -> Fields {
    let field = |name: &str, value: &Value| (name.to_owned(), text(value, spec.template));
    match &spec.payload {
        Payload::None => Fields::default(),
        Payload::EventData(data) => {
            // The kit writes unnamed binary data in the last place as the element Binary, which we leave out.
            let data = match data.split_last() {
                Some(((None, Value::Binary(_)), data)) => data,
                _ => data,
            };
            data.iter().map(|(name, value)| field(name.as_deref().unwrap_or(""), value)).collect()
        }
        Payload::UserData { fields, .. } => fields.iter().map(|(name, value)| field(name, value)).collect(),
    }
}

/// A value as the event's XML shows it.
fn text(value: &Value, template: bool) -> String {
    match value {
        Value::Null => String::new(),
        Value::Str(text) => text.clone(),
        Value::I8(v) => v.to_string(),
        Value::U8(v) => v.to_string(),
        Value::I16(v) => v.to_string(),
        Value::U16(v) => v.to_string(),
        Value::I32(v) => v.to_string(),
        Value::U32(v) => v.to_string(),
        Value::I64(v) => v.to_string(),
        Value::U64(v) => v.to_string(),
        Value::Bool(v) => v.to_string(),
        Value::Hex32(v) => format!("{v:#x}"),
        Value::Hex64(v) => format!("{v:#x}"),
        // The crate prints typed GUIDs in lower case; the kit writes them as Windows prints them.
        Value::Guid(v) if template => format!("{{{v}}}"),
        Value::Guid(v) => format!("{{{v}}}").to_uppercase(),
        Value::Sid(v) => v.to_string(),
        Value::FileTime(v) => {
            let below = if template { "" } else { "00" };
            format!("{}.{:07}{below}Z", v.format("%Y-%m-%dT%H:%M:%S"), v.nanosecond() / 100)
        }
        Value::Binary(v) => v.iter().map(|b| format!("{b:02X}")).collect(),
    }
}

fn rendering(spec: &RenderingSpec) -> Rendering {
    let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Rendering {
        message: text(&spec.message),
        level: text(&spec.level),
        task: text(&spec.task),
        keywords: spec.keywords.clone(),
    }
}

#[test]
fn texts_beside_the_log_are_looked_up() {
    let mut log = LogFile::new();
    let mut mta = MtaWriter::new();
    for number in 1..=3u64 {
        log.push(EventSpec { level: 2, task: 7, record_id: Some(number + 500), ..vmms(20306, number as i64) });
        mta.message(number + 500, &format!("text {number}"));
    }
    // A forwarded record has its own text.
    let own = RenderingSpec { message: "own".to_owned(), ..RenderingSpec::default() };
    log.push(EventSpec { rendering: Some(own), record_id: Some(504), ..vmms(20306, 4) });
    mta.message(504, "other");
    mta.publisher(DEFAULT_PUBLISHER, PublisherNames::standard());
    mta.publisher("Microsoft-Windows-Hyper-V-VMMS", PublisherNames::new().task(7, "Moves"));
    let mta = Mta::from_bytes(&mta.to_bytes()).unwrap();

    let parsed = read_evtx("a", &*log.to_bytes(), &Options { mta: Some(Arc::new(mta)), ..everything() });
    let renderings: Vec<_> = events(&parsed).filter_map(|event| event.rendering.clone()).collect();
    assert_eq!(renderings.len(), 4);
    for (rendering, number) in renderings.iter().zip(1..=3) {
        assert_eq!(rendering.message, Some(format!("text {number}")));
        assert_eq!((rendering.level.as_deref(), rendering.task.as_deref()), (Some("Error"), Some("Moves")));
    }
    assert_eq!(renderings[3].message.as_deref(), Some("own"));
}

#[test]
fn conditions_drop_what_no_rule_can_use() {
    let event = |status: Option<&str>| {
        let mut event = vmms(4769, 10);
        event.payload =
            Payload::EventData(status.map(|s| (Some("Status".to_owned()), Value::from(s))).into_iter().collect());
        event
    };
    let mut log = LogFile::new();
    log.extend([event(Some("0x0")), event(Some("0xd")), event(None)]);
    let key = EventKey { provider: VMMS.to_lowercase(), id: 4769 };
    let selection = Selection {
        keys: [key.clone()].into(),
        conditions: [(key, vec![Condition::NoneOf("Status", &["0x0"])])].into(),
        ..Selection::default()
    };
    let parsed = read_evtx("a", &*log.to_bytes(), &Options { selection, ..Options::default() });
    // What lacks the value is kept: a filter may only let too much through.
    assert_eq!(events(&parsed).map(|event| event.record_id).collect::<Vec<_>>(), [2, 3]);
    assert_eq!((parsed.summary.records, parsed.summary.selected), (Some(3), Some(2)));
}

#[test]
fn the_summary_tells_hosts_and_spans_of_all_records() {
    let mut log = LogFile::new();
    log.push(vmms(20415, 30));
    log.push(vmms(20306, 10));
    log.push(EventSpec { channel: "System".to_owned(), ..vmms(1, 20) });
    let selection =
        Selection { keys: [EventKey { provider: VMMS.to_lowercase(), id: 20306 }].into(), ..Selection::default() };
    let options = Options { selection, ..Options::default() };
    let parsed = read_evtx("a", &*log.to_bytes(), &options);
    assert_eq!(events(&parsed).map(|event| (event.id, event.record_id)).collect::<Vec<_>>(), [(20306, 2)]);
    let summary = &parsed.summary;
    assert_eq!((summary.kind, summary.records, summary.selected), (Kind::Evtx, Some(3), Some(1)));
    assert_eq!(summary.host.as_deref(), Some("hv01.example.test"));
    let covers: Vec<_> = summary.covers.iter().map(|c| (c.channel.as_str(), c.from, c.to)).collect();
    assert_eq!(covers, [("Admin", time(10), time(30)), ("System", time(20), time(20))]);

    log.push(EventSpec { computer: "HV01.example.test".to_owned(), ..vmms(1, 40) });
    assert_eq!(read_evtx("a", &*log.to_bytes(), &options).summary.host.as_deref(), Some("HV01.example.test"));
    log.push(EventSpec { computer: "hv02.example.test".to_owned(), ..vmms(1, 40) });
    let summary = read_evtx("a", &*log.to_bytes(), &options).summary;
    assert_eq!((summary.host, summary.covers.len()), (None, 4));
}

#[test]
fn a_nil_activity_is_none() {
    let mut log = LogFile::new();
    log.push(EventSpec { activity_id: Some(Guid::from_u128(0)), ..vmms(1, 0) });
    log.push(EventSpec { activity_id: Some(Guid::from_u128(1)), ..vmms(1, 0) });
    let parsed = read_evtx("a", &*log.to_bytes(), &everything());
    assert_eq!(events(&parsed).map(|event| event.activity_id).collect::<Vec<_>>(), [None, Some(Guid::from_u128(1))]);
}

const VMMS: &str = "Microsoft-Windows-Hyper-V-VMMS";

fn vmms(id: u16, second: i64) -> EventSpec {
    EventSpec::new(VMMS, id, "Admin", "hv01.example.test", time(second))
}

fn time(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_780_000_000, 700).unwrap() + TimeDelta::seconds(second)
}

fn everything() -> Options {
    Options { selection: Selection::everything(), ..Options::default() }
}

fn events(parsed: &Parsed<Record>) -> impl Iterator<Item = &Event> {
    parsed.records.iter().map(|record| match record {
        Record::Event(event) => &**event,
        other => panic!("{other:?}"),
    })
}
