//! The data of a record: all of it, or the value of one name.

use super::instance::{Instance, Slot};
use super::layout::{Context, Place, Source, Use};
use super::layouts::{LayoutId, Layouts};
use super::texts::Texts;
use super::value::{is_plain, kind, push_utf16, render, strings, until_nul};
use super::{Raw, Values};
use delegap_model::{Fields, Limits};
use std::sync::Arc;

/// Reads the values of one record after the other.
pub(super) struct Reader<'r, 'd> {
    pub(super) data: &'d [u8],
    pub(super) layouts: &'r mut Layouts,
    pub(super) texts: &'r mut Texts,
    pub(super) slots: &'r mut Vec<Slot>,
    pub(super) limits: &'r Limits,
}

impl<'d> Reader<'_, 'd> {
    /// All data in its order; `None` if anything about the record is unusual. The places of the record's own values are
    /// in `slots` afterwards.
    pub(super) fn all(&mut self, instance: Instance<'d>, id: LayoutId, gathered: &mut Gathered) -> Option<Fields> {
        self.slots.clear();
        gathered.begin(&self.layouts.get(id)?.names);
        self.collect(instance, id, gathered)?;
        self.slots.truncate(instance.count());
        let names = gathered.names();
        self.layouts.name(id, &names);
        Fields::new(names, &gathered.text, &gathered.ends)
    }

    fn collect(&mut self, instance: Instance<'d>, id: LayoutId, gathered: &mut Gathered) -> Option<()> {
        let base = self.slots.len();
        let end = instance.places(self.data, instance.count(), self.slots)?;
        if !instance.ends(self.data, end) {
            return None;
        }
        let layout = self.layouts.get(id)?;
        if layout.depth > self.limits.depth || layout.longest > self.limits.value_bytes {
            return None;
        }
        for (index, slot) in self.slots.get(base..)?.iter().enumerate() {
            let value = instance.value(self.data, *slot)?;
            let is_usual = match slot.kind {
                kind::BINXML => layout.used_as(index) == Use::Instance,
                kind::STRINGS => layout.used_as(index) == Use::Repeated && strings(value).is_some(),
                kind => is_plain(kind, value),
            };
            if !is_usual {
                return None;
            }
        }
        // Instances may need layouts that are not known yet, so that this one can't be held.
        let mut item = 0;
        while let Some(step) = self.step(&instance, id, base, item, gathered)? {
            item = step.next;
            if let Some((slot, context)) = step.instance {
                let inner = Instance::of(self.data, slot.range().start, slot.range().end)?;
                let inner_id = self.layouts.find(self.data, inner.definition, context, self.texts)?;
                self.collect(inner, inner_id, gathered)?;
            }
        }
        self.slots.truncate(base + instance.count());
        Some(())
    }

    /// Appends data from item `from` on, up to the next instance or the end.
    fn step(
        &self,
        instance: &Instance<'d>,
        id: LayoutId,
        base: usize,
        from: usize,
        gathered: &mut Gathered,
    ) -> Option<Option<Step>> {
        let layout = self.layouts.get(id)?;
        let slots = self.slots.get(base..)?;
        let values = Values { data: self.data, instance, layout, slots };
        for (place, item) in layout.items.iter().enumerate().skip(from) {
            let Some(name) = &item.name else {
                let inner = instance_of(&values, place);
                if inner.is_some() {
                    return Some(Some(Step { next: place + 1, instance: inner }));
                }
                continue;
            };
            match values.raw(&item.part).ok()? {
                None => {}
                Some(Raw::Text(id)) => gathered.take(name, self.limits, |out| {
                    out.push_str(self.texts.str(id));
                    true
                })?,
                Some(Raw::Value(kind::STRINGS, raw)) => {
                    let mut any = false;
                    for raw in strings(raw)? {
                        any = true;
                        gathered.take(name, self.limits, |out| push(kind::STRING, raw, out))?;
                    }
                    if !any {
                        gathered.take(name, self.limits, |_| true)?;
                    }
                }
                Some(Raw::Value(kind, raw)) => gathered.take(name, self.limits, |out| push(kind, raw, out))?,
            }
        }
        Some(None)
    }

    /// Writes the value of the field with this number into `out`; false if it is absent or can't be read in place. `known`
    /// are the first values, as many as every record is asked for, and how many bytes they take.
    pub(super) fn value(
        &mut self,
        instance: Instance<'d>,
        id: LayoutId,
        known: Option<usize>,
        field: usize,
        out: &mut String,
    ) -> bool {
        if let Some(bytes) = known
            && self.find_alone(instance, id, bytes, field, out).is_some()
        {
            return true;
        }
        self.slots.clear();
        self.find(instance, id, field, out) == Some(Search::Found)
    }

    /// As [`Reader::find`], of a value that nothing else in the record has a say in: `None` if it is not certain.
    fn find_alone(
        &mut self,
        mut instance: Instance<'d>,
        mut id: LayoutId,
        mut bytes: usize,
        field: usize,
        out: &mut String,
    ) -> Option<()> {
        loop {
            let layout = self.layouts.get(id)?;
            if layout.depth > self.limits.depth || layout.longest > self.limits.value_bytes {
                return None;
            }
            let (index, context) = match (*layout.fields.get(field)?, layout.inner) {
                (Place::Slot(index, _), _) => (index, None),
                (Place::Absent, Some((index, context))) => (index, Some(context)),
                _ => return None,
            };
            let slot = instance.place(self.data, (layout.reach, bytes), usize::from(index))?;
            if slot.is_null() {
                return None;
            }
            let Some(context) = context else {
                out.clear();
                let is_text = render(slot.kind, instance.value(self.data, slot)?, out);
                return (is_text && out.len() <= self.limits.value_bytes).then_some(());
            };
            if slot.kind != kind::BINXML {
                return None;
            }
            instance = Instance::of(self.data, slot.range().start, slot.range().end)?;
            id = self.layouts.find(self.data, instance.definition, context, self.texts)?;
            bytes = 0;
            // Of an instance inside another one nothing is asked before.
            if self.layouts.get(id)?.reach != 0 {
                return None;
            }
        }
    }

    fn find(&mut self, instance: Instance<'d>, id: LayoutId, field: usize, out: &mut String) -> Option<Search> {
        let base = self.slots.len();
        instance.places(self.data, instance.count(), self.slots)?;
        let layout = self.layouts.get(id)?;
        if layout.depth > self.limits.depth || layout.longest > self.limits.value_bytes {
            return None;
        }
        let mut found = Search::Absent;
        match *layout.fields.get(field)? {
            Place::Absent => {}
            Place::Several => return None,
            Place::Item(place) | Place::Slot(_, place) => {
                let values = Values { data: self.data, instance: &instance, layout, slots: self.slots.get(base..)? };
                out.clear();
                match values.raw(&layout.items.get(place)?.part).ok()? {
                    None => {}
                    Some(Raw::Text(id)) => {
                        out.push_str(self.texts.str(id));
                        found = Search::Found;
                    }
                    Some(Raw::Value(kind, raw)) => {
                        found = (render(kind, raw, out) && out.len() <= self.limits.value_bytes)
                            .then_some(Search::Found)?;
                    }
                }
            }
        }
        for place in 0..layout.items.len() {
            let layout = self.layouts.get(id)?;
            let values = Values { data: self.data, instance: &instance, layout, slots: self.slots.get(base..)? };
            let Some((slot, context)) = instance_of(&values, place) else { continue };
            if found == Search::Found {
                // Which of two is the first one, the order of all items says.
                return None;
            }
            let inner = Instance::of(self.data, slot.range().start, slot.range().end)?;
            let inner_id = self.layouts.find(self.data, inner.definition, context, self.texts)?;
            found = self.find(inner, inner_id, field, out)?;
        }
        self.slots.truncate(base + instance.count());
        Some(found)
    }
}

/// How far [`Reader::step`] came.
struct Step {
    next: usize,
    instance: Option<(Slot, Context)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Search {
    Found,
    Absent,
}

/// The template instance that an item holds, if it holds one.
fn instance_of(values: &Values<'_, '_>, place: usize) -> Option<(Slot, Context)> {
    let item = values.layout.items.get(place).filter(|item| item.name.is_none())?;
    let Source::Slot { index, .. } = item.part.source else { return None };
    let slot = *values.slots.get(usize::from(index)).filter(|slot| slot.kind == kind::BINXML && !slot.is_null())?;
    let is_left_out = values
        .layout
        .needs_of(&item.part)
        .iter()
        .any(|need| values.slots.get(usize::from(*need)).is_some_and(|s| s.is_null()));
    (!is_left_out).then_some((slot, item.context))
}

/// As [`render`], but for strings of any size.
fn push(kind: u8, raw: &[u8], out: &mut String) -> bool {
    match kind {
        kind::STRING => push_utf16(until_nul(raw), out),
        kind => render(kind, raw, out),
    }
}

/// The data of the record at hand.
#[derive(Default)]
pub(super) struct Gathered {
    /// The names that the last record of the template had.
    usual: Names,
    /// This record's, once they are other ones.
    unusual: Option<Vec<Arc<str>>>,
    text: String,
    ends: Vec<u32>,
}

/// The names of a record's data.
pub(super) type Names = Arc<[Arc<str>]>;

impl Gathered {
    fn begin(&mut self, usual: &Names) {
        if !Arc::ptr_eq(&self.usual, usual) {
            self.usual = Arc::clone(usual);
        }
        self.unusual = None;
        self.text.clear();
        self.ends.clear();
    }

    /// Takes a value that `write` appends to a text; `None` if it has no certain text, or a longer one than it may.
    fn take(&mut self, name: &Arc<str>, limits: &Limits, write: impl FnOnce(&mut String) -> bool) -> Option<()> {
        let (place, from) = (self.ends.len(), self.text.len());
        let is_usual = self.usual.get(place).is_some_and(|usual| Arc::ptr_eq(usual, name));
        match &mut self.unusual {
            None if is_usual => {}
            None => {
                let before = self.usual.iter().take(place).chain([name]);
                self.unusual = Some(before.map(Arc::clone).collect());
            }
            Some(names) => names.push(Arc::clone(name)),
        }
        if !write(&mut self.text) || self.text.len() - from > limits.value_bytes {
            return None;
        }
        self.ends.push(u32::try_from(self.text.len()).ok()?);
        self.text.push('\n');
        Some(())
    }

    fn names(&mut self) -> Names {
        match self.unusual.take() {
            Some(names) => names.into(),
            None if self.usual.len() == self.ends.len() => Arc::clone(&self.usual),
            None => self.usual.iter().take(self.ends.len()).map(Arc::clone).collect(),
        }
    }
}
