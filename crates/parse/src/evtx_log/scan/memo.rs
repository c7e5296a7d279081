//! The last record of a template: as far as every record is asked, the next one mostly differs from it in its time and id
//! only.

use super::instance::{Instance, Slot};
use super::layout::{Source, System};
use super::value::{self, kind};
use super::{Asked, Values};
use std::ops::Range;

/// What a record of a template had that the next one probably has too.
#[derive(Debug)]
pub(super) struct Memo {
    /// Types and sizes of the values that are asked for, and of those before them.
    descriptors: Vec<u8>,
    /// Where values lie behind the descriptors' beginning, and what they held.
    same: Vec<(usize, Box<[u8]>)>,
    /// The same of single bytes: how many parts a SID has must fit its size.
    counts: Vec<(usize, u8)>,
    /// How many values it had.
    count: usize,
    /// Bytes that the values take of which it knows types and sizes.
    bytes: usize,
    /// Where the time lies behind the descriptors' beginning.
    time: usize,
    /// Where the event id lies and its size, if it is no part of the template.
    id: Option<(usize, usize)>,
    asked: Asked,
}

impl Memo {
    /// Remembers a record that was understood.
    pub(super) fn of(values: &Values<'_, '_>, asked: &Asked) -> Option<Memo> {
        let (layout, instance) = (values.layout, values.instance);
        let from = instance.descriptors_at();
        let at = |slot: &Slot| slot.range().start.checked_sub(from);
        let asked_for = |which: System| match layout.system(which)?.source {
            Source::Slot { index, .. } => values.slots.get(usize::from(index)),
            _ => None,
        };
        let time = at(asked_for(System::Time)?)?;
        let id = match asked_for(System::Id) {
            None => None,
            Some(slot) if matches!(slot.kind, kind::UINT8 | kind::UINT16 | kind::UINT32) => {
                Some((at(slot)?, slot.range().len()))
            }
            Some(_) => return None,
        };
        let held = |range: Range<usize>| values.data.get(from + range.start..from + range.end);
        let mut same: Vec<Range<usize>> = Vec::new();
        for slot in [System::Provider, System::Computer, System::Channel].into_iter().filter_map(asked_for) {
            let start = at(slot)?;
            let range = start..start + slot.range().len();
            match same.last_mut() {
                Some(last) if last.end == range.start => last.end = range.end,
                _ => same.push(range),
            }
        }
        let mut counts = Vec::new();
        for slot in values.slots {
            match slot.kind {
                kind::SID => counts.push((at(slot)? + 1, *values.instance.value(values.data, *slot)?.get(1)?)),
                kind::STRINGS => return None,
                _ => {}
            }
        }
        Some(Memo {
            descriptors: held(0..4 * layout.reach)?.to_vec(),
            same: same.into_iter().map(|range| Some((range.start, held(range)?.into()))).collect::<Option<_>>()?,
            counts,
            count: instance.count(),
            bytes: values.slots.iter().map(|slot| slot.range().len()).sum(),
            time,
            id,
            asked: *asked,
        })
    }

    /// How many bytes the values take of which it knows types and sizes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// What a record says, if it says the same but for its time and id.
    pub(super) fn asked(&self, data: &[u8], instance: &Instance<'_>) -> Option<Asked> {
        if instance.count() != self.count {
            return None;
        }
        let own = instance.described(data)?;
        let is_same = own.starts_with(&self.descriptors)
            && self.same.iter().all(|(at, held)| own.get(*at..).is_some_and(|own| own.starts_with(held)))
            && self.counts.iter().all(|(at, count)| own.get(*at) == Some(count));
        let number = |at: usize, size: usize| Some(value::unsigned(own.get(at..)?.get(..size)?));
        let time = u64::from_le_bytes(*own.get(self.time..)?.first_chunk()?);
        let id = match self.id {
            Some((at, 2)) => u32::from(u16::from_le_bytes(*own.get(at..)?.first_chunk()?)),
            Some((at, size)) => number(at, size)? as u32,
            None => self.asked.id,
        };
        (is_same && time < value::LAST_TIME).then_some(Asked { time, id, ..self.asked })
    }
}
