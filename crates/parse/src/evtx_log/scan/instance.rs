//! A template instance: which template, and where the record's values are.

use super::value::{Sizes, is_plain, kind, strings};

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

    /// Where the descriptors begin, behind which the values lie.
    pub(super) fn descriptors_at(&self) -> usize {
        self.values - 4 * self.descriptors.len()
    }

    /// The descriptors and the values.
    pub(super) fn described(&self, data: &'d [u8]) -> Option<&'d [u8]> {
        data.get(self.descriptors_at()..self.end)
    }

    /// How many values it has.
    pub(super) fn count(&self) -> usize {
        self.descriptors.len()
    }

    /// Appends the places of the first `count` values to `slots`; returns where the next value begins, in the fragment or at
    /// its end.
    ///
    /// A value whose size is not that of its type shifts those behind it, in ways that the crate knows: then `None`.
    pub(super) fn places(&self, data: &[u8], count: usize, slots: &mut Vec<Slot>) -> Option<usize> {
        let mut at = self.values;
        for descriptor in self.descriptors.iter().take(count) {
            let slot = slot(data, *descriptor, at)?;
            at = slot.range().end;
            slots.push(slot);
        }
        (at <= self.end).then_some(at)
    }

    /// The place of one value, if those `before` it take `bytes` and all behind them are as usual.
    pub(super) fn place(&self, data: &[u8], (before, bytes): (usize, usize), index: usize) -> Option<Slot> {
        let mut at = self.values + bytes;
        let mut found = None;
        for (number, descriptor) in self.descriptors.get(before..)?.iter().enumerate() {
            let slot = slot(data, *descriptor, at)?;
            at = slot.range().end;
            if before + number == index {
                found = Some(slot);
            }
        }
        found.filter(|_| at <= self.end)
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

/// The value that a descriptor describes, if its size is that of its type.
#[inline]
fn slot(data: &[u8], [low, high, kind, _]: [u8; 4], at: usize) -> Option<Slot> {
    let size = u16::from_le_bytes([low, high]);
    let slot = Slot { kind, start: at as u32, size };
    let is_usual = match Sizes::of(kind) {
        Sizes::One(only) => size == only,
        Sizes::Any => true,
        Sizes::Even => size.is_multiple_of(2),
        Sizes::Look => depends(kind, data.get(slot.range())?),
    };
    is_usual.then_some(slot)
}

/// True if the value itself shows that it is as usual.
#[cold]
fn depends(kind: u8, value: &[u8]) -> bool {
    if kind == kind::STRINGS { strings(value).is_some() } else { is_plain(kind, value) }
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
