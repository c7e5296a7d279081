//! Events that a log and an export of messages both hold: the export has whole seconds in local time, so that nothing but
//! the time within a quarter of an hour, which every zone keeps, tells that they are the same.

use super::events::Events;
use crate::hosts::HostId;
use chrono::TimeDelta;
use delegap_model::{Event, Time, fold};
use std::collections::{BTreeSet, HashMap};

/// Zones differ by quarters of an hour.
const STEP: i64 = 900;
/// The zones furthest from UTC are UTC-12 and UTC+14.
const FURTHEST: TimeDelta = TimeDelta::hours(14);

type Key = (HostId, u32, String, i64);

/// Takes out the messages, which have these `ids`, that stand for an event of a log. `events` are in order of time.
pub(super) fn without(mut events: Events, ids: &BTreeSet<u32>, host_of: impl Fn(&Event) -> Option<HostId>) -> Events {
    if ids.is_empty() {
        return events;
    }
    let key = |event: &Event| -> Option<Key> {
        Some((host_of(event)?, event.id, fold(&event.provider), event.time.timestamp().rem_euclid(STEP)))
    };
    let mut logged: HashMap<Key, Vec<Time>> = HashMap::new();
    for event in events.iter().filter(|e| ids.contains(&e.id) && !is_message(e)) {
        if let Some(key) = key(event) {
            logged.entry(key).or_default().push(event.time);
        }
    }
    let is_copy = |event: &Event| {
        let Some(times) = key(event).and_then(|key| logged.get(&key)) else { return false };
        let first = times.partition_point(|t| event.time - *t > FURTHEST);
        // The log's time has a fraction that the export cut off.
        times.get(first).is_some_and(|t| *t - event.time < FURTHEST + TimeDelta::seconds(1))
    };
    events.retain(|event| !(is_message(event) && is_copy(event)));
    events
}

/// True for what an export of messages holds: no values, whole seconds.
pub(super) fn is_message(event: &Event) -> bool {
    let has_text = event.rendering.as_ref().is_some_and(|r| r.message.is_some());
    event.fields.is_empty() && has_text && event.time.timestamp_subsec_nanos() == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosts::Hosts;
    use delegap_model::{Fields, Rendering, SourceRef};

    fn event(computer: &str, seconds: i64, message_only: bool) -> Box<Event> {
        let rendering = Rendering { message: Some("failed".to_owned()), ..Rendering::default() };
        Box::new(Event {
            at: SourceRef::new("x", if message_only { ":2" } else { "#7" }),
            provider: "Microsoft-Windows-Hyper-V-VMMS".into(),
            source_name: None,
            id: 20306,
            version: 0,
            level: None,
            time: Time::from_timestamp(seconds, if message_only { 0 } else { 123_000_000 }).unwrap(),
            computer: computer.into(),
            channel: "".into(),
            record_id: 1,
            sequence: 0,
            activity_id: None,
            user_sid: None,
            fields: if message_only { Fields::default() } else { Fields::from_iter([("", "HV02")]) },
            rendering: message_only.then(|| Box::new(rendering)),
        })
    }

    fn left(mut events: Events) -> Vec<String> {
        let hosts = Hosts::from_names(["HV01", "HV02"]);
        events.sort_by_key(|e| e.time);
        without(events, &[20306].into(), |e| hosts.find(&e.computer, None))
            .iter()
            .map(|e| e.at.place.to_string())
            .collect()
    }

    #[test]
    fn a_message_of_an_event_that_its_log_holds_is_a_copy() {
        let logged = event("HV01", 1_000_000, false);
        let other_zone = |hours: i64| event("HV01", 1_000_000 + hours * 3600, true);
        for hours in [-12, -5, 0, 1, 14] {
            assert_eq!(left(vec![logged.clone(), other_zone(hours)]), ["#7"], "{hours}");
        }
        assert_eq!(left(vec![logged.clone(), other_zone(16)]), ["#7", ":2"]);
        assert_eq!(left(vec![logged.clone(), event("HV01", 1_000_001, true)]), ["#7", ":2"]);
        assert_eq!(left(vec![logged, event("HV02", 1_000_000, true)]), [":2", "#7"]);
        assert_eq!(left(vec![other_zone(0), other_zone(1)]), [":2", ":2"]);
    }
}
