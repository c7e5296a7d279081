//! The layouts of a log's templates, each built once.
//!
//! A template is known by its tokens, names and texts, never by its GUID: a forged one can't borrow another's layout.

use super::fields::Names;
use super::layout::{Context, Layout, build};
use super::memo::Memo;
use super::texts::Texts;
use super::tokens::{Odd, Token, Tokens};
use std::collections::HashMap;
use std::sync::Arc;

/// Number of a layout.
pub(super) type LayoutId = u32;

/// How many layouts are kept.
const MOST: usize = 4096;
/// What may be walked of one chunk's definitions, in bytes: they may overlap.
const BUDGET: usize = 1 << 18;
/// Definitions of the chunk that are remembered by their place.
const PLACES: usize = 256;

/// The layouts built so far, and which definitions of the present chunk have them.
pub(super) struct Layouts {
    known: HashMap<Vec<u8>, Option<LayoutId>>,
    all: Vec<Layout>,
    /// Names of values that conditions speak of.
    fields: Vec<&'static str>,
    here: Vec<Here>,
    chunk: u32,
    budget: usize,
    key: Vec<u8>,
}

#[derive(Clone, Copy)]
struct Here {
    chunk: u32,
    offset: usize,
    context: Context,
    layout: Option<LayoutId>,
}

impl Layouts {
    pub(super) fn new(fields: &[&'static str]) -> Self {
        let nowhere = Here { chunk: 0, offset: 0, context: Context::Root, layout: None };
        Layouts {
            known: HashMap::new(),
            all: Vec::new(),
            fields: fields.to_vec(),
            here: vec![nowhere; PLACES],
            chunk: 0,
            budget: 0,
            key: Vec::new(),
        }
    }

    /// To be called before each chunk: offsets mean something else there.
    pub(super) fn next_chunk(&mut self) {
        self.chunk = self.chunk.wrapping_add(1);
        self.budget = BUDGET;
        if self.chunk == 0 || self.known.len() >= MOST {
            *self = Layouts::new(&self.fields);
            self.next_chunk();
        }
    }

    /// The layout of the definition at `offset` of the chunk `data`; `None` if it can't be learnt.
    pub(super) fn find(&mut self, data: &[u8], offset: usize, context: Context, texts: &mut Texts) -> Option<LayoutId> {
        let place = (offset ^ offset >> 8) % PLACES;
        if let Some(here) = self.here.get(place)
            && (here.chunk, here.offset, here.context) == (self.chunk, offset, context)
        {
            return here.layout;
        }
        let layout = self.learn(data, offset, context, texts);
        if let Some(here) = self.here.get_mut(place) {
            *here = Here { chunk: self.chunk, offset, context, layout };
        }
        layout
    }

    /// Counts a record that was not like the last one of its template, and remembers it if `memo` is given.
    pub(super) fn missed(&mut self, id: LayoutId, memo: Option<Option<Memo>>) {
        let Some(layout) = self.all.get_mut(id as usize) else { return };
        layout.misses = layout.misses.wrapping_add(1);
        if let Some(memo) = memo {
            layout.memo = memo;
        }
    }

    /// Remembers what a record of a template calls its data.
    pub(super) fn name(&mut self, id: LayoutId, names: &Names) {
        if let Some(layout) = self.all.get_mut(id as usize)
            && !Arc::ptr_eq(&layout.names, names)
        {
            layout.names = Arc::clone(names);
        }
    }

    pub(super) fn get(&self, id: LayoutId) -> Option<&Layout> {
        self.all.get(id as usize)
    }

    fn learn(&mut self, data: &[u8], offset: usize, context: Context, texts: &mut Texts) -> Option<LayoutId> {
        let tokens = Tokens::of(data, offset)?;
        self.budget = self.budget.checked_sub(tokens.rest())?;
        self.key.clear();
        self.key.push(context as u8);
        identity(tokens, &mut self.key).ok()?;
        if let Some(known) = self.known.get(&self.key) {
            return *known;
        }
        let layout = build(Tokens::of(data, offset)?, context, &self.fields, texts).ok().map(|layout| {
            self.all.push(layout);
            (self.all.len() - 1) as LayoutId
        });
        self.known.insert(self.key.clone(), layout);
        layout
    }
}

/// Everything that a template says, without the places at which it says it.
fn identity(mut tokens: Tokens<'_>, key: &mut Vec<u8>) -> Result<(), Odd> {
    fn text(raw: &[u8], key: &mut Vec<u8>) {
        key.extend((raw.len() as u32).to_le_bytes());
        key.extend(raw);
    }
    while let Some(token) = tokens.next()? {
        match token {
            Token::Open { name, needs } => {
                key.push(1);
                key.extend(needs.map_or([0; 3], |needs| [1, needs as u8, (needs >> 8) as u8]));
                text(name, key);
            }
            Token::Content => key.push(2),
            Token::Empty => key.push(3),
            Token::Close => key.push(4),
            Token::Text(raw) => {
                key.push(5);
                text(raw, key);
            }
            Token::Attribute(name) => {
                key.push(6);
                text(name, key);
            }
            Token::Slot { index, optional } => key.extend([7, index as u8, (index >> 8) as u8, u8::from(optional)]),
        }
    }
    Ok(())
}
