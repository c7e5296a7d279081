//! What a template makes of a record's values: which of them is the event's id, its time, which is data under what name.
//!
//! A layout says in advance what [`xml::read`](super::super::xml) would make of the XML: its rules about sections, names
//! and nesting are repeated here, and a template that goes beyond them has no layout.

use super::fields::Names;
use super::memo::Memo;
use super::texts::{TextId, Texts};
use super::tokens::{Odd, Token, Tokens};
use super::value::push_utf16;
use std::ops::Range;
use std::sync::Arc;

/// Where in an event a template's root stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Context {
    /// It is the event.
    Root,
    /// Inside `Event`.
    Event,
    /// Inside `EventData`.
    EventData,
    /// Inside `UserData`.
    UserData,
}

/// Where a text comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Nothing,
    Text(TextId),
    /// The value of this number; without any where it is optional and empty.
    Slot {
        index: u16,
        optional: bool,
    },
}

/// A source inside of elements that may be left out.
#[derive(Debug, Clone)]
pub(super) struct Part {
    /// Numbers of values, in [`Layout::needs`], of which none may be NULL.
    pub(super) needs: Range<u32>,
    pub(super) source: Source,
}

/// The values of `System` that an event is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum System {
    Id,
    Provider,
    Time,
    Computer,
    Channel,
    SourceName,
    Qualifiers,
    Version,
    Level,
    Task,
    Opcode,
    Keywords,
    RecordId,
    ActivityId,
    User,
}

const SYSTEM_VALUES: usize = 15;

/// Data, in its order.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) part: Part,
    /// The name of a value; `None` where a template's instance may stand.
    pub(super) name: Option<Arc<str>>,
    /// For an instance: where it stands.
    pub(super) context: Context,
}

/// What may be in a value, from how the template uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// Something that has a text.
    Scalar,
    /// Also an array, for which the element is repeated.
    Repeated,
    /// Also an instance of another template.
    Instance,
}

/// A template that is understood.
#[derive(Debug, Default)]
pub(super) struct Layout {
    system: [Option<Part>; SYSTEM_VALUES],
    pub(super) needs: Vec<u16>,
    pub(super) items: Vec<Item>,
    uses: Vec<Use>,
    /// Values up to this number say whether a record is wanted and what it covers.
    pub(super) reach: usize,
    /// Elements inside each other, those around the template included.
    pub(super) depth: usize,
    /// The longest text, in bytes.
    pub(super) longest: usize,
    /// The value that holds all data, as the instance of another template, and where that stands.
    pub(super) inner: Option<(u16, Context)>,
    /// For every field that conditions speak of: where it is among the items.
    pub(super) fields: Vec<Place>,
    /// What the last record that was wanted calls its data.
    pub(super) names: Names,
    /// The last record.
    pub(super) memo: Option<Memo>,
    /// Records that were not like it.
    pub(super) misses: u8,
}

/// Where a named value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Absent,
    Item(usize),
    /// It is an item, and that is the value of this number, whatever else a record holds.
    Slot(u16, usize),
    Several,
}

impl Layout {
    /// A value of `System`.
    pub(super) fn system(&self, which: System) -> Option<&Part> {
        self.system.get(which as usize)?.as_ref()
    }

    /// The numbers of values that a part depends on.
    pub(super) fn needs_of(&self, part: &Part) -> &[u16] {
        self.needs.get(part.needs.start as usize..part.needs.end as usize).unwrap_or_default()
    }

    /// True if a part, which is the value of this number, depends on no other one.
    fn depends_on_itself(&self, part: &Part, index: u16) -> bool {
        self.needs_of(part).iter().all(|need| *need == index)
    }

    pub(super) fn used_as(&self, index: usize) -> Use {
        self.uses.get(index).copied().unwrap_or(Use::Scalar)
    }
}

/// Builds the layout of a definition. `fields` are the names of values that conditions speak of.
pub(super) fn build(tokens: Tokens<'_>, context: Context, fields: &[&str], texts: &mut Texts) -> Result<Layout, Odd> {
    let mut builder = Builder {
        context,
        texts,
        open: Vec::new(),
        starting: None,
        needs: Vec::new(),
        mentions: Vec::new(),
        done: false,
        layout: Layout::default(),
    };
    builder.walk(tokens)?;
    builder.finish(fields)
}

/// What an element or an attribute holds so far.
#[derive(Clone, Copy)]
enum Content {
    One(Source),
    Several,
}

impl Content {
    const NOTHING: Content = Content::One(Source::Nothing);

    fn push(&mut self, source: Source) {
        *self = match self {
            Content::One(Source::Nothing) => Content::One(source),
            _ => Content::Several,
        };
    }

    fn one(self) -> Result<Source, Odd> {
        match self {
            Content::One(source) => Ok(source),
            Content::Several => Err(Odd),
        }
    }
}

/// An element whose end has not come yet.
struct Open {
    name: String,
    data_name: Option<TextId>,
    /// How many needs its parents have.
    needs_before: usize,
    has_children: bool,
    /// One of its children is never left out.
    has_sure_child: bool,
    content: Content,
}

struct Starting {
    element: Open,
    attribute: Option<(String, Content)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    System,
    EventData,
    UserData,
    Other,
}

struct Builder<'t> {
    context: Context,
    texts: &'t mut Texts,
    open: Vec<Open>,
    starting: Option<Starting>,
    /// Of all open elements.
    needs: Vec<u16>,
    /// How often each value is mentioned.
    mentions: Vec<u32>,
    done: bool,
    layout: Layout,
}

/// More values than this have no template of Windows.
const MOST_SLOTS: u16 = 1024;

impl Builder<'_> {
    fn walk(&mut self, mut tokens: Tokens<'_>) -> Result<(), Odd> {
        while let Some(token) = tokens.next()? {
            match token {
                Token::Open { name, needs } => self.start(name, needs)?,
                Token::Attribute(name) => self.attribute(name)?,
                Token::Text(raw) => {
                    let id = self.texts.look_up(raw).ok_or(Odd)?;
                    self.layout.longest = self.layout.longest.max(self.texts.str(id).len());
                    self.content(Source::Text(id))?;
                }
                Token::Slot { index, optional } => {
                    if index >= MOST_SLOTS {
                        return Err(Odd);
                    }
                    let place = usize::from(index);
                    if self.mentions.len() <= place {
                        self.mentions.resize(place + 1, 0);
                    }
                    if let Some(count) = self.mentions.get_mut(place) {
                        *count += 1;
                    }
                    self.content(Source::Slot { index, optional })?;
                }
                Token::Content => self.started()?,
                Token::Empty => {
                    self.started()?;
                    self.close()?;
                }
                Token::Close => self.close()?,
            }
        }
        Ok(())
    }

    /// How many elements stand around the next one.
    fn depth(&self) -> usize {
        let around = match self.context {
            Context::Root => 0,
            Context::Event => 1,
            Context::EventData | Context::UserData => 2,
        };
        around + self.open.len()
    }

    /// Which child of the root is open around the next element.
    fn section(&self) -> Section {
        let name = match self.context {
            Context::EventData => return Section::EventData,
            Context::UserData => return Section::UserData,
            Context::Root => self.open.get(1),
            Context::Event => self.open.first(),
        };
        match name.map(|open| open.name.as_str()) {
            Some("System") => Section::System,
            Some("EventData") => Section::EventData,
            Some("UserData") => Section::UserData,
            _ => Section::Other,
        }
    }

    fn start(&mut self, name: &[u8], needs: Option<u16>) -> Result<(), Odd> {
        if self.starting.is_some() || self.done {
            return Err(Odd);
        }
        let name = plain_name(name)?;
        if name.contains(':') || (self.depth() == 1 && name == "RenderingInfo") {
            return Err(Odd);
        }
        let is_root = self.open.is_empty();
        if let Some(parent) = self.open.last_mut() {
            parent.has_children = true;
            parent.has_sure_child |= needs.is_none();
        }
        let needs_before = self.needs.len();
        // A root is never left out.
        self.needs.extend(needs.filter(|_| !is_root));
        let element = Open {
            name,
            data_name: None,
            needs_before,
            has_children: false,
            has_sure_child: false,
            content: Content::NOTHING,
        };
        self.starting = Some(Starting { element, attribute: None });
        Ok(())
    }

    fn attribute(&mut self, name: &[u8]) -> Result<(), Odd> {
        self.end_attribute()?;
        let name = plain_name(name)?;
        self.starting.as_mut().ok_or(Odd)?.attribute = Some((name, Content::NOTHING));
        Ok(())
    }

    fn content(&mut self, source: Source) -> Result<(), Odd> {
        if let Some(starting) = &mut self.starting {
            starting.attribute.as_mut().ok_or(Odd)?.1.push(source);
            return Ok(());
        }
        let (depth, section) = (self.depth(), self.section());
        let parent = self.open.last_mut().ok_or(Odd)?;
        parent.content.push(source);
        // Between the values themselves no instance is looked for.
        let context = match (depth, section) {
            (1, _) if self.context == Context::Root => Context::Event,
            (2, Section::EventData) => Context::EventData,
            (2, Section::UserData) => Context::UserData,
            _ => return Ok(()),
        };
        if let Source::Slot { .. } = source {
            let part = self.part(source);
            self.layout.items.push(Item { part, name: None, context });
        }
        Ok(())
    }

    fn end_attribute(&mut self) -> Result<(), Odd> {
        let (depth, section) = (self.depth(), self.section());
        let starting = self.starting.as_mut().ok_or(Odd)?;
        let Some((key, content)) = starting.attribute.take() else { return Ok(()) };
        if matches!(content, Content::One(Source::Nothing)) {
            return Ok(());
        }
        let element = &mut starting.element;
        let is_system = section == Section::System && depth == 2;
        if let Some((prefix, local)) = key.split_once(':') {
            // A namespace; by its local name it could be taken for something else.
            let harmless = prefix == "xmlns" && local != "Name" && !is_system;
            return if harmless { Ok(()) } else { Err(Odd) };
        }
        if is_system {
            let which = match (element.name.as_str(), key.as_str()) {
                ("Provider", "Name") => System::Provider,
                ("Provider", "EventSourceName") => System::SourceName,
                ("EventID", "Qualifiers") => System::Qualifiers,
                ("TimeCreated", "SystemTime") => System::Time,
                ("Correlation", "ActivityID") => System::ActivityId,
                ("Security", "UserID") => System::User,
                _ => return Ok(()),
            };
            return self.system(which, content);
        }
        let has_name = matches!(section, Section::EventData | Section::UserData)
            && matches!(element.name.as_str(), "Data" | "ComplexData");
        if has_name && key == "Name" {
            match content.one()? {
                Source::Text(id) if element.data_name.is_none() => element.data_name = Some(id),
                _ => return Err(Odd),
            }
        }
        Ok(())
    }

    fn started(&mut self) -> Result<(), Odd> {
        self.end_attribute()?;
        let Starting { element, .. } = self.starting.take().ok_or(Odd)?;
        self.open.push(element);
        self.layout.depth = self.layout.depth.max(self.depth());
        Ok(())
    }

    fn close(&mut self) -> Result<(), Odd> {
        if self.starting.is_some() {
            return Err(Odd);
        }
        let section = self.section();
        let mut done = self.open.pop().ok_or(Odd)?;
        self.done = self.open.is_empty();
        let depth = self.depth();
        match section {
            Section::System if depth == 2 => self.system_text(&mut done)?,
            Section::EventData if depth == 2 && done.name == "Binary" => {}
            Section::EventData if depth >= 2 => self.field(&done, section, false)?,
            Section::UserData if depth >= 2 => self.field(&done, section, depth == 2)?,
            _ => {}
        }
        self.needs.truncate(done.needs_before);
        Ok(())
    }

    fn field(&mut self, done: &Open, section: Section, wrapper: bool) -> Result<(), Odd> {
        if wrapper || done.has_children {
            let is_blank = match done.content {
                Content::One(Source::Nothing) => true,
                Content::One(Source::Text(id)) => self.texts.str(id).trim().is_empty(),
                _ => false,
            };
            // Without any of its children it would be a value.
            return if is_blank && (wrapper || done.has_sure_child) { Ok(()) } else { Err(Odd) };
        }
        let positional = done.name == "Data" && section == Section::EventData;
        let name: Arc<str> = match done.data_name {
            Some(id) => self.texts.get(id),
            None if positional => "".into(),
            None => done.name.as_str().into(),
        };
        let source = done.content.one()?;
        let part = self.part(source);
        self.layout.items.push(Item { part, name: Some(name), context: self.context });
        Ok(())
    }

    fn system_text(&mut self, done: &mut Open) -> Result<(), Odd> {
        let which = match done.name.as_str() {
            "EventID" => System::Id,
            "Version" => System::Version,
            "Level" => System::Level,
            "Task" => System::Task,
            "Opcode" => System::Opcode,
            "Keywords" => System::Keywords,
            "EventRecordID" => System::RecordId,
            "Channel" => System::Channel,
            "Computer" => System::Computer,
            _ => return Ok(()),
        };
        if done.has_children {
            return Err(Odd);
        }
        self.system(which, done.content)
    }

    fn system(&mut self, which: System, content: Content) -> Result<(), Odd> {
        if self.context != Context::Root {
            return Err(Odd);
        }
        let part = self.part(content.one()?);
        let slot = self.layout.system.get_mut(which as usize).ok_or(Odd)?;
        if slot.is_some() {
            return Err(Odd);
        }
        *slot = Some(part);
        Ok(())
    }

    /// A source in what is open now.
    fn part(&mut self, source: Source) -> Part {
        let from = self.layout.needs.len();
        self.layout.needs.extend(&self.needs);
        Part { needs: from as u32..self.layout.needs.len() as u32, source }
    }

    fn finish(mut self, fields: &[&str]) -> Result<Layout, Odd> {
        if !self.done || self.starting.is_some() {
            return Err(Odd);
        }
        let layout = &mut self.layout;
        layout.uses = vec![Use::Scalar; self.mentions.len()];
        for item in &layout.items {
            let Source::Slot { index, .. } = item.part.source else { continue };
            if let (Some(1), Some(used)) =
                (self.mentions.get(usize::from(index)), layout.uses.get_mut(usize::from(index)))
            {
                *used = if item.name.is_some() { Use::Repeated } else { Use::Instance };
            }
        }
        let asked = [System::Id, System::Provider, System::Time, System::Computer, System::Channel];
        for part in asked.into_iter().filter_map(|which| layout.system.get(which as usize)?.as_ref()) {
            let own = match part.source {
                Source::Slot { index, .. } => Some(index),
                _ => None,
            };
            let highest = layout.needs_of(part).iter().copied().chain(own).max();
            layout.reach = layout.reach.max(highest.map_or(0, |index| usize::from(index) + 1));
        }
        layout.inner = match layout.items.as_slice() {
            [Item { part, name: None, context }] => match part.source {
                Source::Slot { index, .. } if layout.depends_on_itself(part, index) => Some((index, *context)),
                _ => None,
            },
            _ => None,
        };
        layout.fields = fields.iter().map(|field| place(layout, field)).collect();
        Ok(self.layout)
    }
}

fn place(layout: &Layout, field: &str) -> Place {
    let items = &layout.items;
    let named = |item: &Item| item.name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(field));
    let mut places = items.iter().enumerate().filter(|(_, item)| named(item));
    match (places.next(), places.next()) {
        (None, _) => Place::Absent,
        (Some((place, item)), None) => match item.part.source {
            Source::Slot { index, .. }
                if usize::from(index) >= layout.reach
                    && layout.depends_on_itself(&item.part, index)
                    && items.iter().all(|item| item.name.is_some()) =>
            {
                Place::Slot(index, place)
            }
            _ => Place::Item(place),
        },
        (Some(_), Some(_)) => Place::Several,
    }
}

/// A name that XML takes as it is.
fn plain_name(raw: &[u8]) -> Result<String, Odd> {
    let mut name = String::new();
    let begins = |c: char| c.is_ascii_alphabetic() || c == '_';
    let goes_on = |c: char| c.is_ascii_alphanumeric() || "_-.:".contains(c);
    // Texts show control characters as `_`, names end at a NUL.
    let is_text = raw.as_chunks::<2>().0.iter().all(|unit| u16::from_le_bytes(*unit) > 0x1f);
    let is_plain = is_text && push_utf16(raw, &mut name) && name.starts_with(begins) && name.chars().all(goes_on);
    if is_plain { Ok(name) } else { Err(Odd) }
}
