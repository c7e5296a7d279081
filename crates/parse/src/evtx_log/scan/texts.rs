//! One copy of each text that repeats from record to record, found by its UTF-16 without decoding it again.

use super::value::{push_utf16, until_nul};
use std::collections::HashMap;
use std::sync::Arc;

/// Number of a text.
pub(super) type TextId = u32;

/// How many texts are kept, and of how many bytes. Where hostile records go beyond, they are decoded one by one.
const MOST: usize = 1 << 16;
const MOST_BYTES: usize = 4 << 20;

/// The texts seen so far.
#[derive(Default)]
pub(super) struct Texts {
    found: HashMap<Box<[u8]>, TextId>,
    all: Vec<(Box<[u8]>, Arc<str>)>,
    bytes: usize,
}

impl Texts {
    /// The number of the text that `raw` holds up to its first NUL. `hint` is the number that the last call in the same
    /// place gave: mostly it is that one again.
    pub(super) fn id(&mut self, raw: &[u8], hint: &mut TextId) -> Option<TextId> {
        if let Some((known, _)) = self.all.get(*hint as usize)
            && **known == *raw
        {
            return Some(*hint);
        }
        *hint = self.look_up(raw)?;
        Some(*hint)
    }

    /// As [`Texts::id`], without a hint.
    pub(super) fn look_up(&mut self, raw: &[u8]) -> Option<TextId> {
        if let Some(id) = self.found.get(raw) {
            return Some(*id);
        }
        if self.is_full() {
            return None;
        }
        let mut text = String::new();
        if !raw.len().is_multiple_of(2) || !push_utf16(until_nul(raw), &mut text) {
            return None;
        }
        let id = TextId::try_from(self.all.len()).ok()?;
        self.bytes += 2 * raw.len() + text.len();
        self.all.push((raw.into(), text.into()));
        self.found.insert(raw.into(), id);
        Some(id)
    }

    /// True if no new text is taken.
    pub(super) fn is_full(&self) -> bool {
        self.all.len() >= MOST || self.bytes >= MOST_BYTES
    }

    pub(super) fn get(&self, id: TextId) -> Arc<str> {
        self.all.get(id as usize).map_or_else(|| "".into(), |(_, text)| Arc::clone(text))
    }

    pub(super) fn str(&self, id: TextId) -> &str {
        self.all.get(id as usize).map_or("", |(_, text)| text)
    }
}
