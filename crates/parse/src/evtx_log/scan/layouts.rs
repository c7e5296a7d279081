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
    /// Identities by themselves, and in the order in which they were met.
    known: HashMap<Arc<[u8]>, usize>,
    identities: Vec<(Arc<[u8]>, Option<LayoutId>)>,
    /// By a template's GUID: the identity that the last one with it had.
    likely: Vec<usize>,
    /// By their place: definitions that stood there in more chunks than one.
    standing: Vec<Standing>,
    all: Vec<Layout>,
    /// Names of values that conditions speak of.
    fields: Vec<&'static str>,
    here: Box<[Here; PLACES]>,
    chunk: u32,
    budget: usize,
    key: Vec<u8>,
}

#[derive(Clone, Copy)]
struct Here {
    /// The chunk, the place in it, and the context.
    key: u64,
    layout: Option<LayoutId>,
}

impl Layouts {
    pub(super) fn new(fields: &[&'static str]) -> Self {
        let nowhere = Here { key: 0, layout: None };
        Layouts {
            known: HashMap::new(),
            identities: Vec::new(),
            likely: vec![0; PLACES],
            standing: (0..STANDING).map(|_| Standing::default()).collect(),
            all: Vec::new(),
            fields: fields.to_vec(),
            here: Box::new([nowhere; PLACES]),
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
    #[inline]
    pub(super) fn find(&mut self, data: &[u8], offset: usize, context: Context, texts: &mut Texts) -> Option<LayoutId> {
        // A chunk has no more places; chunks count from 1.
        let short = u16::try_from(offset).ok()?;
        let key = u64::from(self.chunk) << 32 | u64::from(short) << 8 | context as u64;
        let place = (offset ^ offset >> 8) % PLACES;
        if let Some(here) = self.here.get(place)
            && here.key == key
        {
            return here.layout;
        }
        let layout = self.learn(data, offset, context, texts);
        if let Some(here) = self.here.get_mut(place) {
            *here = Here { key, layout };
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
        let place = (offset ^ tokens.rest()) % STANDING;
        if let Some(standing) = self.standing.get(place)
            && standing.is_here(data, offset, context)
        {
            return standing.layout;
        }
        let layout = self.identify(data, offset, context, texts);
        if let (Some(standing), Some(_)) = (self.standing.get_mut(place), layout) {
            standing.note(data, offset, context, layout);
        }
        layout
    }

    fn identify(&mut self, data: &[u8], offset: usize, context: Context, texts: &mut Texts) -> Option<LayoutId> {
        // It mostly is the one of this GUID; what it says must be the same all the same.
        let guid = data.get(offset + 4..)?.first_chunk().map_or(0, |guid| u32::from_le_bytes(*guid));
        let likely = self.likely.get_mut((guid ^ context as u32) as usize % PLACES)?;
        if let Some((identity, layout)) = self.identities.get(*likely) {
            let mut same = Same { left: identity };
            if identity_of(context, Tokens::of(data, offset)?, &mut same).is_ok() && same.left.is_empty() {
                return *layout;
            }
        }
        self.key.clear();
        identity_of(context, Tokens::of(data, offset)?, &mut self.key).ok()?;
        if let Some(known) = self.known.get(self.key.as_slice()) {
            *likely = *known;
            return self.identities.get(*known)?.1;
        }
        let layout = build(Tokens::of(data, offset)?, context, &self.fields, texts).ok().map(|layout| {
            self.all.push(layout);
            (self.all.len() - 1) as LayoutId
        });
        let identity: Arc<[u8]> = self.key.as_slice().into();
        *likely = self.identities.len();
        self.known.insert(Arc::clone(&identity), self.identities.len());
        self.identities.push((identity, layout));
        layout
    }
}

/// How many definitions are remembered by their place, and with how many names elsewhere.
const STANDING: usize = 64;
const NAMES: usize = 128;

/// A definition that stands at the same place in many chunks, as those of a chunk's first records do: then nothing but its
/// bytes has to be compared, and those of the names elsewhere that it refers to.
#[derive(Default)]
struct Standing {
    /// The place where one stood last, and its size.
    last: (usize, usize),
    offset: usize,
    context: Option<Context>,
    /// Everything but its link to another definition.
    definition: Vec<u8>,
    names: Vec<(usize, Vec<u8>)>,
    layout: Option<LayoutId>,
}

/// Bytes of a definition or a name that lead to another one.
const LINK: usize = 4;

impl Standing {
    fn is_here(&self, data: &[u8], offset: usize, context: Context) -> bool {
        let stands = |at: usize, bytes: &[u8]| data.get(at..).is_some_and(|there| there.starts_with(bytes));
        (self.offset, self.context) == (offset, Some(context))
            && stands(offset + LINK, &self.definition)
            && self.names.iter().all(|(at, name)| stands(*at, name))
    }

    /// Remembers a definition if one of its size stood there before.
    fn note(&mut self, data: &[u8], offset: usize, context: Context, layout: Option<LayoutId>) {
        let Some(mut tokens) = Tokens::of(data, offset) else { return };
        let size = tokens.rest();
        if self.last != (offset, size) {
            self.last = (offset, size);
            return;
        }
        let end = tokens.end();
        let mut names: Vec<(usize, Vec<u8>)> = Vec::new();
        while let Ok(Some(token)) = tokens.next() {
            let name = tokens.last_name();
            let is_elsewhere = name.start < offset + LINK || name.end > end;
            let is_named = matches!(token, Token::Open { .. } | Token::Attribute(_));
            if is_named && is_elsewhere && names.iter().all(|(at, _)| *at != name.start + LINK) {
                let Some(bytes) = data.get(name.start + LINK..name.end).filter(|_| names.len() < NAMES) else { return };
                names.push((name.start + LINK, bytes.to_vec()));
            }
        }
        let Some(definition) = data.get(offset + LINK..end) else { return };
        *self = Standing {
            last: self.last,
            offset,
            context: Some(context),
            definition: definition.to_vec(),
            names,
            layout,
        };
    }
}

/// Where an identity goes.
trait Sink {
    /// # Errors
    /// If it is certain that this is not the identity that is looked for.
    fn put(&mut self, bytes: &[u8]) -> Result<(), Odd>;
}

/// How long an identity may be. Names are given by their place, so that a short definition can have one of megabytes; those
/// of Windows have some thousand bytes.
const LONGEST: usize = 1 << 15;

/// Takes an identity.
impl Sink for Vec<u8> {
    fn put(&mut self, bytes: &[u8]) -> Result<(), Odd> {
        if self.len() + bytes.len() > LONGEST {
            return Err(Odd);
        }
        self.extend_from_slice(bytes);
        Ok(())
    }
}

/// Compares it with a known one.
struct Same<'k> {
    left: &'k [u8],
}

impl Sink for Same<'_> {
    fn put(&mut self, bytes: &[u8]) -> Result<(), Odd> {
        self.left = self.left.strip_prefix(bytes).ok_or(Odd)?;
        Ok(())
    }
}

/// Everything that a template says, without the places at which it says it.
fn identity_of(context: Context, mut tokens: Tokens<'_>, sink: &mut impl Sink) -> Result<(), Odd> {
    fn text(token: u8, raw: &[u8], sink: &mut impl Sink) -> Result<(), Odd> {
        let [a, b, c, d] = (raw.len() as u32).to_le_bytes();
        sink.put(&[token, a, b, c, d])?;
        sink.put(raw)
    }
    sink.put(&[context as u8])?;
    while let Some(token) = tokens.next()? {
        match token {
            Token::Open { name, needs } => {
                sink.put(&needs.map_or([0; 3], |needs| [1, needs as u8, (needs >> 8) as u8]))?;
                text(1, name, sink)?;
            }
            Token::Content => sink.put(&[2])?,
            Token::Empty => sink.put(&[3])?,
            Token::Close => sink.put(&[4])?,
            Token::Text(raw) => text(5, raw, sink)?,
            Token::Attribute(name) => text(6, name, sink)?,
            Token::Slot { index, optional } => {
                sink.put(&[7, index as u8, (index >> 8) as u8, u8::from(optional)])?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A definition whose every element has the same long name by its place: it is left to the decoder.
    #[test]
    fn a_long_identity_is_odd() {
        let (definition, elements, length) = (512, 100, 1000_usize);
        let name = 4096_usize;
        let mut data = vec![0_u8; 65536];
        data[name + 6..name + 8].copy_from_slice(&(length as u16).to_le_bytes());
        data[name + 8..name + 8 + 2 * length].copy_from_slice(&b"a\0".repeat(length));
        let mut body = vec![0x0f, 1, 1, 0];
        for _ in 0..elements {
            body.extend([0x01, 0xff, 0xff, 0, 0, 0, 0]);
            body.extend((name as u32).to_le_bytes());
            body.push(0x03);
        }
        data[definition + 20..definition + 24].copy_from_slice(&(body.len() as u32).to_le_bytes());
        data[definition + 24..definition + 24 + body.len()].copy_from_slice(&body);
        let whole = |sink: &mut Vec<u8>| identity_of(Context::Root, Tokens::of(&data, definition).unwrap(), sink);
        let mut key = Vec::new();
        assert!(whole(&mut key).is_err() && key.len() <= LONGEST, "{}", key.len());
        let mut layouts = Layouts::new(&[]);
        layouts.next_chunk();
        assert_eq!(layouts.find(&data, definition, Context::Root, &mut Texts::default()), None);
        assert_eq!(layouts.known.len(), 0);
    }
}
