//! Sample logs that together hold every shape the writer knows, for comparing what different readers make of them.

use chrono::{DateTime, TimeDelta, Utc};
use delegap_model::{Guid, Sid};

use crate::evtx::LogFile;
use crate::record::{EventSpec, Payload, RenderingSpec, Value};

/// A log and what was put into it.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The file's name without its extension.
    pub name: &'static str,
    /// The log.
    pub log: LogFile,
    /// Its records, in order of their numbers.
    pub events: Vec<EventSpec>,
    /// The number of the first record.
    pub first_number: u64,
}

/// All samples.
pub fn samples() -> Vec<Sample> {
    let plain = |log| log;
    vec![
        sample("values", values(), plain),
        sample("payloads", payloads(), plain),
        sample("classic", classic(), plain),
        sample("version-3-2", payloads(), LogFile::version_3_2),
        sample("chunks", many(900), plain),
        sample("wrapped", many(900), |log| log.wrapped(2)),
        sample("dirty", many(300), LogFile::dirty),
        sample("wrapped-dirty", many(900), |log| log.wrapped(3).dirty()),
        Sample { first_number: 48_001, ..sample("old-records-gone", many(40), |log| log.numbered_from(48_001)) },
        sample("forwarded", forwarded(true), plain),
        sample("forwarded-without-template", forwarded(false), plain),
        sample("without-template", without_template(), plain),
        sample("empty", Vec::new(), plain),
    ]
}

fn sample(name: &'static str, events: Vec<EventSpec>, make: impl FnOnce(LogFile) -> LogFile) -> Sample {
    let mut log = LogFile::new();
    log.extend(events.iter().cloned());
    Sample { name, log: make(log), events, first_number: 1 }
}

/// A time with 100 ns digits, `second` seconds into the samples' day.
fn time(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_255_200 + second, 123_456_700).unwrap_or_default()
}

fn vmms(id: u16, second: i64) -> EventSpec {
    EventSpec {
        provider_guid: Guid::parse("6066f867-7ca1-4418-85fd-36e3f9c0600c"),
        user_sid: Sid::parse("S-1-5-18"),
        ..EventSpec::new(
            "Microsoft-Windows-Hyper-V-VMMS",
            id,
            "Microsoft-Windows-Hyper-V-VMMS-Admin",
            "hv01.example.test",
            time(second),
        )
    }
}

fn security(id: u16, second: i64, fields: Vec<(Option<String>, Value)>) -> EventSpec {
    EventSpec {
        provider_guid: Guid::parse("54849625-5478-4994-a5ba-3e3b0328c30d"),
        level: 0,
        task: 14_337,
        keywords: 0x8020_0000_0000_0000,
        payload: Payload::EventData(fields),
        ..EventSpec::new("Microsoft-Windows-Security-Auditing", id, "Security", "dc01.example.test", time(second))
    }
}

fn named(name: &str, value: impl Into<Value>) -> (Option<String>, Value) {
    (Some(name.to_owned()), value.into())
}

/// Every type with its extremes.
fn every_value() -> Vec<Value> {
    let guid = Guid::parse("d1a3f5b7-0102-0304-0506-0708090a0b0c").unwrap_or(Guid::from_u128(0));
    let sids = ["S-1-0-0", "S-1-5-18", "S-1-5-21-1004336348-1177238915-682003330-4294967295", "S-1-16-12288"];
    let mut values = vec![
        Value::from(""),
        Value::from("text"),
        Value::from("Grüße, 東京 🖧 <a href='x'>&amp;\"q\"</a> {0} %1 ]]>"),
        Value::from(" leading, trailing "),
        Value::from("x".repeat(3000).as_str()),
        Value::I8(i8::MIN),
        Value::U8(u8::MAX),
        Value::I16(i16::MIN),
        Value::U16(u16::MAX),
        Value::I32(i32::MIN),
        Value::I32(i32::MAX),
        Value::U32(u32::MAX),
        Value::I64(i64::MIN),
        Value::U64(u64::MAX),
        Value::Bool(true),
        Value::Bool(false),
        Value::Hex32(0),
        Value::Hex32(0x8009_030e),
        Value::Hex64(0x3e7),
        Value::Hex64(u64::MAX),
        Value::Guid(guid),
        Value::Guid(Guid::from_u128(0)),
        Value::FileTime(time(0)),
        Value::FileTime(time(1) - TimeDelta::nanoseconds(123_456_700)),
        Value::Binary(vec![]),
        Value::Binary((0..=255).collect()),
    ];
    values.extend(sids.iter().filter_map(|sid| Sid::parse(sid)).map(Value::Sid));
    values
}

/// One event per value, and one with all of them.
fn values() -> Vec<EventSpec> {
    let all: Vec<_> = every_value().into_iter().enumerate().map(|(i, v)| named(&format!("Field{i}"), v)).collect();
    let mut events = vec![security(4624, 0, all.clone())];
    events.extend((1..).zip(all).map(|(second, field)| security(4769, second, vec![field])));
    events.push(security(4770, 0, vec![named("Null", Value::Null), named("After", "x")]));
    events
}

/// Every shape of payload and every optional attribute, present and absent.
fn payloads() -> Vec<EventSpec> {
    let user_data = |fields| Payload::UserData {
        element: "VmlEventLog".to_owned(),
        xmlns: "http://www.microsoft.com/Windows/Virtualization/Events".to_owned(),
        fields,
    };
    let all = every_value().into_iter().enumerate().map(|(i, v)| (format!("Parameter{i}"), v)).collect();
    let parameters = ["HV-VM-01", "d1a3f5b7-0102-0304-0506-0708090a0b0c", "%%2148074254"];
    let parameters = parameters.iter().enumerate().map(|(i, v)| (format!("Parameter{i}"), Value::from(*v))).collect();
    vec![
        vmms(20_306, 0),
        EventSpec { payload: Payload::EventData(Vec::new()), ..vmms(20_307, 1) },
        EventSpec { payload: user_data(Vec::new()), ..vmms(20_308, 2) },
        EventSpec { payload: user_data(parameters), level: 2, ..vmms(20_309, 3) },
        EventSpec { payload: user_data(all), ..vmms(20_310, 4) },
        EventSpec { payload: user_data(vec![("Null".to_owned(), Value::Null)]), ..vmms(20_314, 8) },
        EventSpec { provider_guid: None, user_sid: None, ..vmms(20_311, 5) },
        EventSpec {
            activity_id: Some(Guid::from_u128(7)),
            qualifiers: Some(0),
            version: 2,
            opcode: 1,
            ..vmms(20_312, 6)
        },
        EventSpec { record_id: Some(1_000_000), qualifiers: Some(49_152), ..vmms(20_313, 7) },
        security(4769, 8, vec![named("TargetUserName", "svc"), (None, Value::U32(7)), (None, Value::from("x"))]),
    ]
}

/// Classic sources: unnamed strings, binary data, a source name.
fn classic() -> Vec<EventSpec> {
    let strings = |texts: &[&str]| texts.iter().map(|text| (None, Value::from(*text))).collect::<Vec<_>>();
    let netlogon = |fields, second| EventSpec {
        qualifiers: Some(0),
        keywords: 0x80_0000_0000_0000,
        payload: Payload::EventData(fields),
        ..EventSpec::new("NETLOGON", 5719, "System", "hv02.example.test", time(second))
    };
    let mut with_binary = strings(&["EXAMPLE", "There are no logon servers."]);
    with_binary.push((None, Value::Binary(vec![0x5e, 0, 0, 0xc0])));
    let kdc = EventSpec {
        event_source_name: Some("KDC".to_owned()),
        provider_guid: Guid::parse("3fd9da1a-5a54-46c5-9a26-9bd7c0685056"),
        qualifiers: Some(32_768),
        payload: Payload::EventData(vec![named("Account", "hv01$"), (None, Value::Binary(Vec::new()))]),
        ..EventSpec::new(
            "Microsoft-Windows-Kerberos-Key-Distribution-Center",
            41,
            "System",
            "dc01.example.test",
            time(9),
        )
    };
    let no_guid = EventSpec { provider_guid: None, ..kdc.clone() };
    vec![
        netlogon(strings(&["one"]), 0),
        netlogon(strings(&["one", "two", "three"]), 1),
        netlogon(with_binary, 2),
        netlogon(vec![(None, Value::Binary(vec![1]))], 3),
        kdc,
        no_guid,
    ]
}

/// Enough events for several chunks; their shapes alternate, so every chunk defines and reuses templates.
fn many(count: usize) -> Vec<EventSpec> {
    let make = |i: usize| {
        let second = i as i64;
        match i % 4 {
            0 => security(4769, second, vec![named("TargetUserName", "u".repeat(i % 50).as_str()), named("N", "x")]),
            1 => EventSpec { activity_id: Some(Guid::from_u128(i as u128)), ..vmms(21_024, second) },
            2 => EventSpec {
                computer: format!("hv{:02}.example.test", i % 7),
                payload: Payload::UserData {
                    element: "VmlEventLog".to_owned(),
                    xmlns: "urn:example".to_owned(),
                    fields: vec![("VmName".to_owned(), Value::from(format!("vm{i}").as_str()))],
                },
                ..vmms(20_415, second)
            },
            _ => security(4624, second, vec![named(&format!("Only{}", i % 11), Value::U64(second as u64))]),
        }
    };
    (0..count).map(make).collect()
}

/// Events with their texts, as a collector stores them.
fn forwarded(template: bool) -> Vec<EventSpec> {
    let rendering = |keywords: &[&str]| RenderingSpec {
        culture: "en-US".to_owned(),
        message: "The host 'HV02' refused: <no credentials> & more\n(0x8009030E).".to_owned(),
        level: "Error".to_owned(),
        opcode: "Info".to_owned(),
        channel: "Microsoft-Windows-Hyper-V-VMMS-Admin".to_owned(),
        provider: "Microsoft-Windows-Hyper-V-VMMS".to_owned(),
        keywords: keywords.iter().map(|keyword| (*keyword).to_owned()).collect(),
        ..RenderingSpec::default()
    };
    let with =
        |event: EventSpec, keywords: &[&str]| EventSpec { rendering: Some(rendering(keywords)), template, ..event };
    let data = vec![named("ErrorCode", Value::Hex32(0x8009_030e))];
    vec![
        with(vmms(20_306, 0), &[]),
        with(security(4625, 1, data), &["Audit Failure"]),
        with(security(4624, 2, Vec::new()), &["Audit Success", "Classic"]),
        with(payloads().swap_remove(3), &["Audit Success"]),
    ]
}

/// All shapes without a template.
fn without_template() -> Vec<EventSpec> {
    let events = [values(), payloads(), classic(), forwarded(true)].concat();
    events.into_iter().map(|event| EventSpec { template: false, ..event }).collect()
}
