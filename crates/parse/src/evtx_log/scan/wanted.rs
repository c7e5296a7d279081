//! The selection, arranged for questions that are asked of every record.

use super::texts::{TextId, Texts};
use delegap_model::{Condition, EventKey, Selection};
use std::collections::{BTreeSet, HashMap};

/// Which events are wanted.
pub(super) struct Wanted {
    all: bool,
    by_name: HashMap<String, u32>,
    providers: Vec<Provider>,
    /// Each with the number of the field that it speaks of.
    conditions: Vec<Vec<(usize, Condition)>>,
    /// By text: the provider of that name.
    of_text: Vec<Option<Option<u32>>>,
    /// The names of values that conditions speak of.
    fields: Vec<&'static str>,
    /// By id: the last provider and id that were asked for.
    recent: Box<[(TextId, u32, Want); RECENT]>,
}

/// Ids whose last answer is remembered.
const RECENT: usize = 64;

#[derive(Default)]
struct Provider {
    all: bool,
    ids: Ids,
    /// By id.
    conditions: Vec<(u32, u16)>,
}

/// A set of event ids: a bit for each that Windows can write, which are below 65,536.
#[derive(Default)]
struct Ids {
    bits: Vec<u64>,
    above: BTreeSet<u32>,
}

impl Ids {
    fn insert(&mut self, id: u32) {
        let Ok(low) = u16::try_from(id) else {
            self.above.insert(id);
            return;
        };
        let word = usize::from(low / 64);
        if self.bits.len() <= word {
            self.bits.resize(word + 1, 0);
        }
        if let Some(word) = self.bits.get_mut(word) {
            *word |= 1 << (low % 64);
        }
    }

    fn contains(&self, id: u32) -> bool {
        match self.bits.get(id as usize / 64) {
            Some(word) => word >> (id % 64) & 1 == 1,
            None => !self.above.is_empty() && self.above.contains(&id),
        }
    }
}

/// What a selection says of a provider and an id.
#[derive(Debug, Clone, Copy)]
pub(super) enum Want {
    No,
    Yes,
    /// If the conditions of this number hold.
    If(u16),
}

impl Wanted {
    pub(super) fn new(selection: &Selection) -> Self {
        let mut wanted = Wanted {
            all: selection.all,
            by_name: HashMap::new(),
            providers: Vec::new(),
            conditions: Vec::new(),
            of_text: Vec::new(),
            fields: Vec::new(),
            recent: Box::new([(TextId::MAX, 0, Want::No); RECENT]),
        };
        for name in &selection.providers {
            wanted.provider(name).all = true;
        }
        for EventKey { provider, id } in &selection.keys {
            wanted.provider(provider).ids.insert(*id);
        }
        for (EventKey { provider, id }, conditions) in &selection.conditions {
            let numbered = conditions.iter().map(|c| (wanted.field(c.field()), c.clone())).collect();
            wanted.conditions.push(numbered);
            // Without its conditions an event is wanted; the engine's have fewer.
            let Ok(number) = u16::try_from(wanted.conditions.len() - 1) else { continue };
            wanted.provider(provider).conditions.push((*id, number));
        }
        wanted
    }

    /// The names of values that conditions speak of; a condition's field is its place here.
    pub(super) fn fields(&self) -> &[&'static str] {
        &self.fields
    }

    #[inline]
    pub(super) fn want(&mut self, provider: TextId, id: u32, texts: &Texts) -> Want {
        match self.recent.get(id as usize % RECENT) {
            Some((known, same, want)) if (*known, *same) == (provider, id) => return *want,
            _ => {}
        }
        let want = self.look_up(provider, id, texts);
        if let Some(recent) = self.recent.get_mut(id as usize % RECENT) {
            *recent = (provider, id, want);
        }
        want
    }

    fn look_up(&mut self, provider: TextId, id: u32, texts: &Texts) -> Want {
        if self.all {
            return Want::Yes;
        }
        let Some(provider) = self.of(provider, texts).and_then(|number| self.providers.get(number as usize)) else {
            return Want::No;
        };
        if !provider.all && !provider.ids.contains(id) {
            return Want::No;
        }
        let conditions = provider.conditions.iter().find(|(own, _)| *own == id);
        conditions.map_or(Want::Yes, |(_, number)| Want::If(*number))
    }

    /// The conditions of a number, each with that of the field that it speaks of.
    pub(super) fn conditions(&self, number: u16) -> &[(usize, Condition)] {
        self.conditions.get(usize::from(number)).map_or(&[], Vec::as_slice)
    }

    fn of(&mut self, text: TextId, texts: &Texts) -> Option<u32> {
        let place = text as usize;
        if let Some(Some(known)) = self.of_text.get(place) {
            return *known;
        }
        if self.of_text.len() <= place {
            self.of_text.resize(place + 1, None);
        }
        let provider = self.by_name.get(&texts.str(text).to_ascii_lowercase()).copied();
        if let Some(slot) = self.of_text.get_mut(place) {
            *slot = Some(provider);
        }
        provider
    }

    fn provider(&mut self, name: &str) -> &mut Provider {
        let next = self.providers.len();
        let number = *self.by_name.entry(name.to_owned()).or_insert(next as u32) as usize;
        if number == next {
            self.providers.push(Provider::default());
        }
        #[expect(clippy::indexing_slicing, reason = "the line above puts it there")]
        &mut self.providers[number]
    }

    fn field(&mut self, name: &'static str) -> usize {
        self.fields.iter().position(|known| *known == name).unwrap_or_else(|| {
            self.fields.push(name);
            self.fields.len() - 1
        })
    }
}
