//! From a record's parts to the [`Event`] of the model.

use super::chunk::Decoded;
use super::xml::{Parts, System};
use crate::Mta;
use delegap_model::{Event, Fields, Guid, Rendering, Sid, SourceRef, Time};
use evtx::mta::MtaEvent;
use std::collections::HashSet;
use std::str::FromStr;
use std::sync::Arc;

/// One copy of each name that repeats from record to record.
#[derive(Default)]
pub(super) struct Names(HashSet<Arc<str>>);

impl Names {
    pub(super) fn get(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.0.get(name) {
            return Arc::clone(known);
        }
        let name: Arc<str> = name.into();
        self.0.insert(Arc::clone(&name));
        name
    }

    /// Lets go of the names of a log that has more than any log of Windows.
    pub(super) fn forget_many(&mut self) {
        if self.0.len() > 10_000 {
            self.0.clear();
        }
    }
}

/// What identifies an event, read before it is known whether it is wanted.
pub(super) struct Head {
    pub(super) provider: Arc<str>,
    pub(super) id: u32,
    pub(super) time: Time,
    pub(super) computer: Arc<str>,
    pub(super) channel: Arc<str>,
    pub(super) record_id: u64,
}

impl Head {
    /// Reads it; unreadable values that can be replaced become doubts.
    ///
    /// # Errors
    /// What is missing, when there is no event without it.
    pub(super) fn of(record: &Decoded, parts: &mut Parts, names: &mut Names) -> Result<Head, String> {
        let system = &parts.system;
        // Logs without templates hold the id as text.
        let id = match system.id.as_deref().map(|text| (text, text.trim().parse())) {
            Some((_, Ok(id))) => id,
            Some((text, Err(_))) => return Err(format!("its event id is not a number: {:?}", shortened(text))),
            None => return Err("it has no event id".to_owned()),
        };
        let created = system.time.as_deref().map(|text| (text, parse_time(text)));
        let time = match created.and_then(|(_, time)| time).or(record.time) {
            Some(time) => time,
            None => return Err("it has no readable time".to_owned()),
        };
        let record_id = number(&system.record_id).unwrap_or(record.record_id);
        // Some classic sources give only the old name.
        let provider = system.provider.as_deref().or(system.source_name.as_deref()).unwrap_or("");
        let head = Head {
            provider: names.get(provider),
            id,
            time,
            computer: names.get(system.computer.as_deref().unwrap_or("")),
            channel: names.get(system.channel.as_deref().unwrap_or("")),
            record_id,
        };
        if let Some((text, None)) = created {
            let what =
                format!("its creation time {:?} can't be read; the record header's time stands in", shortened(text));
            parts.doubts.push((what, String::new()));
        }
        Ok(head)
    }
}

/// What an event says of itself besides its head and its data.
pub(super) struct Known {
    pub(super) source_name: Option<Arc<str>>,
    pub(super) version: Option<u32>,
    pub(super) level: Option<u8>,
    pub(super) qualifiers: Option<u16>,
    pub(super) task: Option<u16>,
    pub(super) opcode: Option<u8>,
    /// As text; only used to look texts up.
    pub(super) keywords: Option<String>,
    pub(super) activity_id: Option<Guid>,
    pub(super) user_sid: Option<Sid>,
    pub(super) rendering: Option<Rendering>,
}

impl Known {
    pub(super) fn of(system: System, rendering: Option<Rendering>, names: &mut Names) -> Known {
        Known {
            source_name: system.source_name.as_deref().map(|name| names.get(name)),
            version: number(&system.version),
            level: number(&system.level),
            qualifiers: number(&system.qualifiers),
            task: number(&system.task),
            opcode: number(&system.opcode),
            keywords: system.keywords,
            activity_id: system.activity_id.as_deref().and_then(Guid::parse),
            user_sid: system.user.as_deref().and_then(Sid::parse),
            rendering: rendering.filter(|texts| *texts != Rendering::default()),
        }
    }
}

/// Puts the event together. `record_number` is the id in the record header, by which an MTA file counts.
pub(super) fn build(
    head: Head,
    known: Known,
    fields: Fields,
    at: SourceRef,
    sequence: u64,
    record_number: u64,
    mta: Option<&Mta>,
) -> Event {
    let looked_up = match (&known.rendering, mta) {
        (None, Some(mta)) => look_up(mta, &known, &head, record_number),
        _ => None,
    };
    Event {
        at,
        source_name: known.source_name,
        version: known.version.unwrap_or(0),
        level: known.level,
        activity_id: known.activity_id.filter(|id| !id.is_nil()),
        user_sid: known.user_sid,
        fields,
        rendering: known.rendering.or(looked_up).map(Box::new),
        provider: head.provider,
        id: head.id,
        time: head.time,
        computer: head.computer,
        channel: head.channel,
        record_id: head.record_id,
        sequence,
    }
}

/// The texts that lay beside the log. Windows takes a missing `System` value for 0 when it looks them up.
fn look_up(mta: &Mta, known: &Known, head: &Head, record_number: u64) -> Option<Rendering> {
    let found = mta.0.rendering_info(&MtaEvent {
        provider: &head.provider,
        record_number,
        event_record_id: head.record_id,
        qualifiers: known.qualifiers.unwrap_or(0),
        level: known.level.unwrap_or(0),
        task: known.task.unwrap_or(0),
        opcode: known.opcode.unwrap_or(0),
        keywords: known.keywords.as_deref().and_then(hex).unwrap_or(0),
    })?;
    Some(Rendering {
        message: found.message.map(str::to_owned),
        level: found.level.map(str::to_owned),
        task: found.task.map(str::to_owned),
        keywords: found.keywords.into_iter().map(str::to_owned).collect(),
    })
}

fn number<T: FromStr>(text: &Option<String>) -> Option<T> {
    text.as_deref()?.trim().parse().ok()
}

fn hex(text: &str) -> Option<u64> {
    let text = text.trim();
    u64::from_str_radix(text.strip_prefix("0x").unwrap_or(text), 16).ok()
}

/// A moment as `TimeCreated` holds it, cut to the 100 ns that Windows keeps: logs written as text have nine digits.
pub(super) fn parse_time(text: &str) -> Option<Time> {
    let time = Time::from(chrono::DateTime::parse_from_rfc3339(text.trim()).ok()?);
    let below = i64::from(time.timestamp_subsec_nanos() % 100);
    time.checked_sub_signed(chrono::TimeDelta::nanoseconds(below))
}

fn shortened(text: &str) -> &str {
    text.get(..text.floor_char_boundary(40)).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;
    use delegap_model::Limits;

    fn head(system: &str) -> Result<(Head, Vec<String>), String> {
        let record = Decoded {
            offset: 0,
            sequence: 0,
            record_id: 7,
            time: parse_time("2020-01-01T00:00:00Z"),
            xml: String::new(),
        };
        let mut parts =
            super::super::xml::read(&format!("<Event><System>{system}</System></Event>"), &Limits::default());
        let head = Head::of(&record, &mut parts, &mut Names::default())?;
        Ok((head, parts.doubts.into_iter().map(|(what, _)| what).collect()))
    }

    #[test]
    fn the_id_is_a_number_however_it_is_stored() {
        assert_eq!(head("<EventID Qualifiers='1'> 4624\n</EventID>").unwrap().0.id, 4624);
        assert_eq!(head("<EventID>x</EventID>").err().unwrap(), "its event id is not a number: \"x\"");
        assert_eq!(head("").err().unwrap(), "it has no event id");
    }

    #[test]
    fn the_record_header_stands_in_for_what_is_missing() {
        let (missing, doubts) = head("<EventID>1</EventID>").unwrap();
        assert_eq!((missing.record_id, missing.time.to_rfc3339()), (7, "2020-01-01T00:00:00+00:00".to_owned()));
        assert_eq!((&*missing.provider, &*missing.computer, doubts.len()), ("", "", 0));
        let (unreadable, doubts) =
            head("<EventID>1</EventID><TimeCreated SystemTime='0000-00-00T00:00:00.0000000Z'/>").unwrap();
        assert_eq!((unreadable.time, doubts.len()), (missing.time, 1));
        let (own, _) = head("<EventID>1</EventID><EventRecordID>99</EventRecordID>").unwrap();
        assert_eq!(own.record_id, 99);
    }

    #[test]
    fn times_keep_100_ns() {
        let time = parse_time(" 2016-07-08T18:12:51.681640599Z ").unwrap();
        assert_eq!(time.timestamp_subsec_nanos(), 681_640_500);
        assert_eq!(parse_time("2016-07-08T18:12:51Z").unwrap().timestamp_subsec_nanos(), 0);
        assert_eq!(parse_time("2016-07-08 25:12:51"), None);
    }

    #[test]
    fn a_source_that_gives_only_its_old_name_is_found_by_it() {
        let (head, _) = head("<Provider EventSourceName='KDC'/><EventID>1</EventID>").unwrap();
        assert_eq!(&*head.provider, "KDC");
    }
}
