//! The data of a record: all of it, or the value of one name.

use super::instance::{Instance, Slot};
use super::layout::{Context, Place, Source, Use};
use super::layouts::{LayoutId, Layouts};
use super::texts::Texts;
use super::value::{is_plain, kind, push_utf16, render, strings};
use super::{Raw, Values};
use delegap_model::{Field, Limits};
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
    pub(super) fn all(&mut self, instance: Instance<'d>, id: LayoutId) -> Option<Vec<Field>> {
        self.slots.clear();
        let mut fields = Vec::new();
        self.collect(instance, id, &mut fields)?;
        self.slots.truncate(instance.count());
        Some(fields)
    }

    fn collect(&mut self, instance: Instance<'d>, id: LayoutId, fields: &mut Vec<Field>) -> Option<()> {
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
        fields.reserve(layout.items.len());
        // Instances may need layouts that are not known yet, so that this one can't be held.
        let mut item = 0;
        while let Some(step) = self.step(&instance, id, base, item, fields)? {
            item = step.next;
            if let Some((slot, context)) = step.instance {
                let inner = Instance::of(self.data, slot.range().start, slot.range().end)?;
                let inner_id = self.layouts.find(self.data, inner.definition, context, self.texts)?;
                self.collect(inner, inner_id, fields)?;
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
        fields: &mut Vec<Field>,
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
            let mut push = |value: String| {
                let fits = value.len() <= self.limits.value_bytes;
                fields.push(Field { name: Arc::clone(name), value });
                fits.then_some(())
            };
            match values.raw(&item.part).ok()? {
                None => {}
                Some(Raw::Text(id)) => push(self.texts.str(id).to_owned())?,
                Some(Raw::Value(kind::STRINGS, raw)) => {
                    let mut any = false;
                    for raw in strings(raw)? {
                        any = true;
                        push(text(kind::STRING, raw)?)?;
                    }
                    if !any {
                        push(String::new())?;
                    }
                }
                Some(Raw::Value(kind, raw)) => push(text(kind, raw)?)?,
            }
        }
        Some(None)
    }

    /// Writes the value of the field with this number into `out`; false if it is absent or can't be read in place.
    pub(super) fn value(&mut self, instance: Instance<'d>, id: LayoutId, field: usize, out: &mut String) -> bool {
        self.slots.clear();
        self.find(instance, id, field, out) == Some(Search::Found)
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
            Place::Item(place) => {
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
    let needs = values.layout.needs.get(item.part.needs.start as usize..item.part.needs.end as usize)?;
    let is_left_out = needs.iter().any(|need| values.slots.get(usize::from(*need)).is_some_and(|s| s.is_null()));
    (!is_left_out).then_some((slot, item.context))
}

fn text(kind: u8, raw: &[u8]) -> Option<String> {
    let mut out = String::new();
    match kind {
        kind::STRING => push_utf16(super::value::until_nul(raw), &mut out),
        kind => render(kind, raw, &mut out),
    }
    .then_some(out)
}
