//! A template instance: which template, and where the record's values are.

use super::layout::Layout;
use super::value::{FIXED, is_plain, kind, strings};

/// An instance that is alone in its fragment.
#[derive(Clone, Copy)]
pub(super) struct Instance<'d> {
    /// Chunk offset of the definition.
    pub(super) definition: usize,
    /// Size, type and padding of every value.
    descriptors: &'d [[u8; 4]],
    /// Chunk offset of the first value, and of the fragment's end.
    values: usize,
    end: usize,
}

/// A value's type and place in the chunk.
#[derive(Clone, Copy)]
pub(super) struct Slot {
    pub(super) kind: u8,
    start: u32,
    size: u16,
}

impl<'d> Instance<'d> {
    /// The instance that is the fragment `data[start..end]`.
    pub(super) fn of(data: &'d [u8], start: usize, end: usize) -> Option<Self> {
        let fragment = data.get(start..end)?;
        let (at, rest) = match fragment {
            [0x0f, _, _, _, 0x0c, rest @ ..] => (start + 5, rest),
            [0x0c, rest @ ..] => (start + 1, rest),
            _ => return None,
        };
        let definition = u32::from_le_bytes(*rest.get(5..)?.first_chunk()?) as usize;
        let mut at = at + 9;
        let mut rest = rest.get(9..)?;
        if at == definition {
            // It stands here, where it is used for the first time.
            let size = u32::from_le_bytes(*rest.get(20..)?.first_chunk()?) as usize;
            let whole = size.checked_add(24)?;
            rest = rest.get(whole..)?;
            at += whole;
        }
        let (count, rest) = rest.split_first_chunk::<4>()?;
        let size = (u32::from_le_bytes(*count) as usize).checked_mul(4)?;
        let descriptors = rest.get(..size)?.as_chunks::<4>().0;
        Some(Instance { definition, descriptors, values: at + 4 + size, end })
    }

    /// Types and sizes of the values that every record is asked for, and of those before them.
    pub(super) fn descriptors(&self, layout: &Layout) -> Option<&'d [[u8; 4]]> {
        self.descriptors.get(..layout.reach)
    }

    /// Where the first value lies.
    pub(super) fn first_value(&self) -> usize {
        self.values
    }

    /// All values.
    pub(super) fn values(&self, data: &'d [u8]) -> Option<&'d [u8]> {
        data.get(self.values..self.end)
    }

    /// How many values it has.
    pub(super) fn count(&self) -> usize {
        self.descriptors.len()
    }

    /// Appends the places of the first `count` values to `slots`; returns where the next value begins.
    ///
    /// A value whose size is not that of its type shifts those behind it, in ways that the crate knows: then `None`.
    pub(super) fn places(&self, data: &[u8], count: usize, slots: &mut Vec<Slot>) -> Option<usize> {
        let mut at = self.values;
        for [low, high, kind, _] in self.descriptors.iter().take(count) {
            let size = u16::from_le_bytes([*low, *high]);
            let slot = Slot { kind: *kind, start: at as u32, size };
            if FIXED.get(usize::from(*kind)) != Some(&Some(size)) && !is_plain(*kind, data.get(slot.range())?) {
                let is_usual = match *kind {
                    kind::BINXML => true,
                    kind::STRINGS => strings(data.get(slot.range())?).is_some(),
                    _ => false,
                };
                if !is_usual {
                    return None;
                }
            }
            slots.push(slot);
            at += usize::from(size);
        }
        Some(at)
    }

    /// True if the fragment ends with the values, the last of which ends at `at`.
    pub(super) fn ends(&self, data: &[u8], at: usize) -> bool {
        matches!(data.get(at..self.end), Some([] | [0x00, ..]))
    }

    /// A value's bytes, if they lie in the fragment.
    pub(super) fn value(&self, data: &'d [u8], slot: Slot) -> Option<&'d [u8]> {
        data.get(..self.end)?.get(slot.range())
    }
}

impl Slot {
    pub(super) fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.start as usize + usize::from(self.size)
    }

    /// What an element that depends on it takes for nothing.
    pub(super) fn is_null(self) -> bool {
        self.kind == kind::NULL || (self.kind == kind::BINXML && self.size == 0)
    }
}
