//! Random events read back as they were written.

use chrono::{DateTime, Utc};
use delegap_model::{Guid, Sid};
use delegap_testkit::evtx::LogFile;
use delegap_testkit::record::{EventSpec, Payload, RenderingSpec, Value};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::reader::{expected, read};

/// Any text but NUL, which ends a text in a log.
fn text() -> impl Strategy<Value = String> {
    let character = prop_oneof![any::<char>(), prop::char::range(' ', '~')];
    vec(character.prop_filter("no NUL", |c| *c != '\0'), 0..30).prop_map(String::from_iter)
}

fn some_text() -> impl Strategy<Value = String> {
    text().prop_map(|text| format!("x{text}"))
}

fn name() -> impl Strategy<Value = String> {
    "[A-Za-z][A-Za-z0-9_]{0,10}"
}

fn time() -> impl Strategy<Value = DateTime<Utc>> {
    (-11_000_000_000i64..200_000_000_000, 0u32..10_000_000)
        .prop_map(|(seconds, ticks)| DateTime::from_timestamp(seconds, ticks * 100).expect("a time"))
}

fn sid() -> impl Strategy<Value = Sid> {
    (0u64..1 << 48, vec(any::<u32>(), 1..15)).prop_map(|(authority, parts)| {
        let parts: String = parts.iter().map(|part| format!("-{part}")).collect();
        Sid::parse(&format!("S-1-{authority}{parts}")).expect("a SID")
    })
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        text().prop_map(Value::Str),
        // Five of them are 48 KB of UTF-16: an event has to fit in a chunk with all its values.
        (1usize..=1200).prop_map(|length| Value::Str("long".repeat(length))),
        any::<i8>().prop_map(Value::I8),
        any::<u8>().prop_map(Value::U8),
        any::<i16>().prop_map(Value::I16),
        any::<u16>().prop_map(Value::U16),
        any::<i32>().prop_map(Value::I32),
        any::<u32>().prop_map(Value::U32),
        any::<i64>().prop_map(Value::I64),
        any::<u64>().prop_map(Value::U64),
        any::<bool>().prop_map(Value::Bool),
        any::<u32>().prop_map(Value::Hex32),
        any::<u64>().prop_map(Value::Hex64),
        any::<u128>().prop_map(|guid| Value::Guid(Guid::from_u128(guid))),
        sid().prop_map(Value::Sid),
        time().prop_map(Value::FileTime),
        vec(any::<u8>(), 0..300).prop_map(Value::Binary),
    ]
}

fn payload() -> impl Strategy<Value = Payload> {
    prop_oneof![
        Just(Payload::None),
        vec((option::of(text()), value()), 0..6).prop_map(Payload::EventData),
        vec(text().prop_map(|text| (None, Value::Str(text))), 0..6).prop_map(Payload::EventData),
        (name(), some_text(), vec((name(), value()), 0..6)).prop_map(|(element, xmlns, fields)| Payload::UserData {
            element,
            xmlns,
            fields
        }),
    ]
}

fn rendering() -> impl Strategy<Value = RenderingSpec> {
    ([text(), text(), text(), text()], vec(text(), 0..3)).prop_map(|([message, level, task, provider], keywords)| {
        RenderingSpec { message, level, task, provider, keywords, ..RenderingSpec::default() }
    })
}

fn event() -> impl Strategy<Value = EventSpec> {
    let identity = (some_text(), some_text(), some_text(), time(), any::<u16>());
    let optional = (
        option::of(any::<u128>()),
        option::of(some_text()),
        option::of(any::<u16>()),
        option::of(any::<u64>()),
        option::of(any::<u128>()),
        option::of(sid()),
    );
    let numbers = (any::<[u8; 3]>(), any::<u16>(), any::<u64>(), any::<[u32; 2]>());
    (identity, optional, numbers, payload(), option::weighted(0.2, rendering()), prop::bool::weighted(0.8)).prop_map(
        |(identity, optional, numbers, payload, rendering, template)| {
            let (provider, channel, computer, time, id) = identity;
            let (provider_guid, event_source_name, qualifiers, record_id, activity_id, user_sid) = optional;
            let ([version, level, opcode], task, keywords, [process_id, thread_id]) = numbers;
            EventSpec {
                provider_guid: provider_guid.map(Guid::from_u128),
                event_source_name,
                qualifiers,
                record_id,
                activity_id: activity_id.map(Guid::from_u128),
                user_sid,
                version,
                level,
                opcode,
                task,
                keywords,
                process_id,
                thread_id,
                payload,
                rendering,
                template,
                ..EventSpec::new(&provider, id, &channel, &computer, time)
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_events_read_back(events in vec(event(), 0..40), wrapped in 0usize..5, dirty: bool) {
        let mut log = LogFile::new().wrapped(wrapped);
        log.extend(events.iter().cloned());
        if dirty {
            log = log.dirty();
        }
        let found = read(log.to_bytes());
        let wanted = expected(&events, 1);
        prop_assert_eq!(found.len(), wanted.len());
        for (found, wanted) in found.iter().zip(&wanted) {
            prop_assert_eq!(found, wanted);
        }
    }
}
