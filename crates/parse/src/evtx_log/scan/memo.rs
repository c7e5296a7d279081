//! The last record of a template: as far as every record is asked, the next one mostly differs from it in its time and id
//! only.

use super::instance::{Instance, Slot};
use super::layout::{Layout, Source, System};
use super::value::{self, kind};
use super::{Asked, Values};

/// What a record of a template had that the next one probably has too.
#[derive(Debug)]
pub(super) struct Memo {
    /// Types and sizes of the values that are asked for, and of those before them.
    descriptors: Vec<[u8; 4]>,
    /// Where values lie behind the first one, and what they held.
    same: Vec<(usize, Box<[u8]>)>,
    /// Where SIDs lie, whose sizes depend on what they hold, and their sizes.
    sids: Vec<(usize, usize)>,
    time: usize,
    /// Where the event id lies and its size, if it is no part of the template.
    id: Option<(usize, usize)>,
    asked: Asked,
}

impl Memo {
    /// Remembers a record that was understood.
    pub(super) fn of(values: &Values<'_, '_>, asked: &Asked) -> Option<Memo> {
        let layout = values.layout;
        let first = values.instance.first_value();
        let at = |slot: &Slot| slot.range().start.checked_sub(first);
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
        let mut same = Vec::new();
        for slot in [System::Provider, System::Computer, System::Channel].into_iter().filter_map(asked_for) {
            same.push((at(slot)?, values.instance.value(values.data, *slot)?.into()));
        }
        let mut sids = Vec::new();
        for slot in values.slots {
            match slot.kind {
                kind::SID => sids.push((at(slot)?, slot.range().len())),
                kind::STRINGS => return None,
                _ => {}
            }
        }
        let descriptors = values.instance.descriptors(layout)?.to_vec();
        Some(Memo { descriptors, same, sids, time, id, asked: *asked })
    }

    /// What a record says, if it says the same but for its time and id.
    pub(super) fn asked(&self, data: &[u8], instance: &Instance<'_>, layout: &Layout) -> Option<Asked> {
        if instance.descriptors(layout)? != self.descriptors {
            return None;
        }
        let values = instance.values(data)?;
        let is = |at: usize, size: usize| values.get(at..)?.get(..size);
        let is_same = self.same.iter().all(|(at, bytes)| is(*at, bytes.len()) == Some(bytes))
            && self.sids.iter().all(|(at, size)| is(*at, *size).is_some_and(|sid| value::is_plain(kind::SID, sid)));
        let time = value::unsigned(is(self.time, 8)?);
        let id = match self.id {
            Some((at, size)) => value::unsigned(is(at, size)?) as u32,
            None => self.asked.id,
        };
        (is_same && time < value::LAST_TIME).then_some(Asked { time, id, ..self.asked })
    }
}
