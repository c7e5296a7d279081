//! Looks at a chunk's records where they lie: which are wanted, what they cover, and what the wanted ones say.
//!
//! Nothing is decoded for a record that isn't wanted: the layout of its template, learnt once, says which values of the
//! record are its event id, provider, time, computer and channel. A wanted record becomes an event the same way. What
//! is in any way unusual is left to the `evtx` crate, whose decoding this scan repeats: the two must never differ but
//! in speed.

mod fields;
mod instance;
mod layout;
mod layouts;
mod memo;
mod plain;
mod texts;
mod tokens;
mod value;
mod walk;
mod wanted;

use super::Origin;
use super::event::{self, Head, Known};
use crate::Options;
use delegap_model::{Event, Sid, SourceRef, Time};
use evtx::EvtxChunkHeader;
use fields::Gathered;
use instance::{Instance, Slot};
use layout::{Context, Layout, Part, Source, System};
use layouts::Layouts;
use memo::Memo;
use std::sync::Arc;
use texts::{TextId, Texts};
use value::kind;
use walk::{Place, RECORD_HEADER_SIZE, RECORD_TRAILER_SIZE, has_readable_names, walk};
use wanted::{Want, Wanted};

/// Scans chunk after chunk of a log.
pub(super) struct Scan {
    origin: Arc<Origin>,
    options: Arc<Options>,
    wanted: Wanted,
    layouts: Layouts,
    texts: Texts,
    slots: Vec<Slot>,
    hints: [TextId; 3],
    gathered: Gathered,
    user: LastUser,
    spans: Vec<Span>,
    /// That of the last record.
    span: usize,
    scratch: String,
    /// Where the chunk's records are.
    places: Vec<Place>,
    /// Room for the next chunk's wanted records.
    room: Vec<Found>,
}

/// What a chunk holds.
pub(super) struct Scanned {
    /// Records that are not wanted.
    pub(super) passed: u64,
    /// The wanted ones in their order.
    pub(super) wanted: Vec<Found>,
}

/// A wanted record.
pub(super) struct Found {
    /// Its place in the chunk.
    pub(super) start: usize,
    /// What it says; `None` where the `evtx` crate has to decode it.
    pub(super) event: Option<Box<Event>>,
}

/// Times of the records of a computer and channel.
struct Span {
    computer: TextId,
    channel: TextId,
    from: u64,
    to: u64,
}

/// The user of the last event, who mostly has the next one too.
#[derive(Default)]
struct LastUser {
    text: String,
    sid: Option<Sid>,
}

impl LastUser {
    fn of(&mut self, text: &str) -> Option<Sid> {
        if self.text != text {
            self.text.clear();
            self.text.push_str(text);
            self.sid = Sid::parse(text);
        }
        self.sid.clone()
    }
}

/// What every record is asked.
#[derive(Debug, Clone, Copy)]
struct Asked {
    id: u32,
    provider: TextId,
    time: u64,
    computer: TextId,
    channel: TextId,
}

impl Scan {
    pub(super) fn new(origin: Arc<Origin>, options: Arc<Options>) -> Self {
        let wanted = Wanted::new(&options.selection);
        let layouts = Layouts::new(wanted.fields());
        Scan {
            origin,
            options,
            wanted,
            layouts,
            texts: Texts::default(),
            slots: Vec::new(),
            hints: [0; 3],
            gathered: Gathered::default(),
            user: LastUser::default(),
            spans: Vec::new(),
            span: 0,
            scratch: String::new(),
            places: Vec::new(),
            room: Vec::new(),
        }
    }

    /// What is scanned from now on is of this log.
    pub(super) fn begin(&mut self, origin: &Arc<Origin>) {
        if self.texts.is_full() && !Arc::ptr_eq(&self.origin, origin) {
            // That log was made to fill it; this one is read as fast as any.
            *self = Scan::new(Arc::clone(origin), Arc::clone(&self.options));
        }
        self.origin = Arc::clone(origin);
    }

    /// Looks at every record of a chunk whose checksums are right; `None` if its records don't follow each other as
    /// they should. `sequence` is the file offset of the chunk.
    pub(super) fn chunk(&mut self, data: &[u8], header: &EvtxChunkHeader, sequence: u64) -> Option<Scanned> {
        let mut places = std::mem::take(&mut self.places);
        let scanned = (has_readable_names(data) && walk(data, header, &mut places)).then(|| {
            self.layouts.next_chunk();
            let mut scanned = Scanned { passed: 0, wanted: std::mem::take(&mut self.room) };
            for place in &places {
                match self.record(data, *place, sequence) {
                    Seen::Passed => scanned.passed += 1,
                    Seen::Wanted(event) => scanned.wanted.push(Found { start: place.start, event }),
                }
            }
            scanned
        });
        self.places = places;
        scanned
    }

    /// Gives every event of a chunk away, and keeps the room they took.
    pub(super) fn recycle(&mut self, mut wanted: Vec<Found>, each: impl FnMut(Box<Event>)) {
        wanted.drain(..).filter_map(|found| found.event).for_each(each);
        self.room = wanted;
    }

    /// The spans of time since the last call.
    pub(super) fn spans(&mut self) -> impl Iterator<Item = (Arc<str>, Arc<str>, Time, Time)> {
        self.spans.drain(..).filter_map(|span| {
            let (from, to) = (value::time(span.from)?, value::time(span.to)?);
            Some((self.texts.get(span.computer), self.texts.get(span.channel), from, to))
        })
    }

    fn record(&mut self, data: &[u8], place: Place, sequence: u64) -> Seen {
        let (start, end) = (place.start + RECORD_HEADER_SIZE, place.start + place.size - RECORD_TRAILER_SIZE);
        let odd = Seen::Wanted(None);
        let Some(instance) = Instance::of(data, start, end) else {
            return self.plain(data, (start, end)).unwrap_or(odd);
        };
        let Some(id) = self.layouts.find(data, instance.definition, Context::Root, &mut self.texts) else { return odd };
        let Some(layout) = self.layouts.get(id) else { return odd };
        let remembered = layout.memo.as_ref().and_then(|memo| Some((memo, memo.asked(data, &instance)?)));
        let (asked, known) = match remembered {
            Some((memo, asked)) => (asked, Some(memo.bytes())),
            None => {
                self.slots.clear();
                if instance.places(data, layout.reach, &mut self.slots).is_none() {
                    return odd;
                }
                let values = Values { data, instance: &instance, layout, slots: &self.slots };
                let Some(asked) = asked(&values, &mut self.texts, &mut self.hints) else { return odd };
                // Now and then only: in a collector's log hardly any two records are alike.
                let memo = layout.misses.is_multiple_of(8).then(|| Memo::of(&values, &asked));
                self.layouts.missed(id, memo);
                (asked, None)
            }
        };
        // False while a condition's value could not be read in place.
        let mut is_certain = true;
        match self.wanted.want(asked.provider, asked.id, &self.texts) {
            Want::No => {
                self.cover(&asked);
                return Seen::Passed;
            }
            Want::Yes => {}
            Want::If(number) => {
                let mut reader = fields::Reader {
                    data,
                    layouts: &mut self.layouts,
                    texts: &mut self.texts,
                    slots: &mut self.slots,
                    limits: &self.options.limits,
                };
                let scratch = &mut self.scratch;
                if self.wanted.conditions(number).iter().any(|(field, condition)| {
                    let is_read = reader.value(instance, id, known, *field, scratch);
                    is_certain &= is_read;
                    is_read && !condition.holds_for(scratch)
                }) {
                    self.cover(&asked);
                    return Seen::Passed;
                }
            }
        }
        let Some(event) = self.event(data, place, instance, id, &asked, sequence) else { return odd };
        self.cover(&asked);
        if is_certain || self.options.selection.keeps(&event) { Seen::Wanted(Some(event)) } else { Seen::Passed }
    }

    /// Passes over a record without a template, if it is certain that it is not wanted.
    fn plain(&mut self, data: &[u8], range: (usize, usize)) -> Option<Seen> {
        let (texts, limits) = (&mut self.texts, &self.options.limits);
        let asked = plain::asked(data, range, limits, texts, &mut self.hints, &mut self.scratch)?;
        matches!(self.wanted.want(asked.provider, asked.id, &self.texts), Want::No).then(|| {
            self.cover(&asked);
            Seen::Passed
        })
    }

    /// The event, if there is nothing unusual about any of its values.
    fn event(
        &mut self,
        data: &[u8],
        place: Place,
        instance: Instance<'_>,
        id: layouts::LayoutId,
        asked: &Asked,
        sequence: u64,
    ) -> Option<Box<Event>> {
        let mut reader = fields::Reader {
            data,
            layouts: &mut self.layouts,
            texts: &mut self.texts,
            slots: &mut self.slots,
            limits: &self.options.limits,
        };
        let fields = reader.all(instance, id, &mut self.gathered)?;
        let layout = self.layouts.get(id)?;
        let values = Values { data, instance: &instance, layout, slots: &self.slots };
        let (texts, scratch) = (&self.texts, &mut self.scratch);
        let source_name = values.text(System::SourceName, texts, scratch)?.map(Arc::<str>::from);
        let activity_id = values.text(System::ActivityId, texts, scratch)?.and_then(delegap_model::Guid::parse);
        let user_sid = match values.text(System::User, texts, scratch)? {
            Some(text) => self.user.of(text),
            None => None,
        };
        let keywords = match self.origin.mta {
            Some(_) => values.text(System::Keywords, texts, scratch)?.map(str::to_owned),
            None => None,
        };
        let known = Known {
            source_name,
            version: values.number(System::Version, texts)?,
            level: values.number(System::Level, texts)?,
            qualifiers: values.number(System::Qualifiers, texts)?,
            task: values.number(System::Task, texts)?,
            opcode: values.number(System::Opcode, texts)?,
            keywords,
            activity_id,
            user_sid,
            rendering: None,
        };
        let head = Head {
            provider: self.texts.get(asked.provider),
            id: asked.id,
            time: value::time(asked.time)?,
            computer: self.texts.get(asked.computer),
            channel: self.texts.get(asked.channel),
            record_id: values.number(System::RecordId, texts)?.unwrap_or(place.record_id),
        };
        let at = SourceRef::new(Arc::clone(&self.origin.file), delegap_model::Place::Record(head.record_id));
        let sequence = sequence + place.start as u64;
        Some(Box::new(event::build(head, known, fields, at, sequence, place.record_id, self.origin.mta.as_deref())))
    }

    fn cover(&mut self, asked: &Asked) {
        let same = |span: &Span| span.computer == asked.computer && span.channel == asked.channel;
        // Mostly it is that of the last record.
        if !self.spans.get(self.span).is_some_and(same) {
            let Asked { computer, channel, time, .. } = *asked;
            self.span = self.spans.iter().position(same).unwrap_or_else(|| {
                self.spans.push(Span { computer, channel, from: time, to: time });
                self.spans.len() - 1
            });
        }
        if let Some(span) = self.spans.get_mut(self.span) {
            (span.from, span.to) = (span.from.min(asked.time), span.to.max(asked.time));
        }
    }
}

enum Seen {
    Passed,
    Wanted(Option<Box<Event>>),
}

/// The values of an instance by their meaning.
struct Values<'s, 'd> {
    data: &'d [u8],
    instance: &'s Instance<'d>,
    layout: &'s Layout,
    slots: &'s [Slot],
}

/// A text that a layout has, or a value.
enum Raw<'d> {
    Text(TextId),
    Value(u8, &'d [u8]),
}

impl<'d> Values<'_, 'd> {
    /// What stands in a part; `Ok(None)` if the element or attribute is left out.
    ///
    /// # Errors
    /// If that is not certain.
    fn raw(&self, part: &Part) -> Result<Option<Raw<'d>>, ()> {
        // A dependency past the values is none.
        if self
            .layout
            .needs_of(part)
            .iter()
            .any(|need| self.slots.get(usize::from(*need)).is_some_and(|slot| slot.is_null()))
        {
            return Ok(None);
        }
        match part.source {
            Source::Nothing => Ok(Some(Raw::Value(kind::NULL, &[]))),
            Source::Text(id) => Ok(Some(Raw::Text(id))),
            Source::Slot { index, .. } => {
                let slot = *self.slots.get(usize::from(index)).ok_or(())?;
                Ok(Some(Raw::Value(slot.kind, self.instance.value(self.data, slot).ok_or(())?)))
            }
        }
    }

    fn system(&self, which: System) -> Result<Option<Raw<'d>>, ()> {
        self.layout.system(which).map_or(Ok(None), |part| self.raw(part))
    }

    /// A text, by the number that all texts have.
    fn text_id(&self, which: System, texts: &mut Texts, hint: &mut TextId) -> Option<TextId> {
        match self.system(which).ok()? {
            None => texts.id(&[], hint),
            Some(Raw::Text(id)) => Some(id),
            Some(Raw::Value(kind::NULL, _)) => texts.id(&[], hint),
            Some(Raw::Value(kind::STRING, raw)) => texts.id(value::until_nul(raw), hint),
            Some(Raw::Value(..)) => None,
        }
    }

    /// The text of a value that may be left out.
    fn text<'s>(&self, which: System, texts: &'s Texts, scratch: &'s mut String) -> Option<Option<&'s str>> {
        let is_optional =
            self.layout.system(which).is_some_and(|p| matches!(p.source, Source::Slot { optional: true, .. }));
        match self.system(which).ok()? {
            None => Some(None),
            Some(Raw::Text(id)) => Some(Some(texts.str(id))),
            Some(Raw::Value(kind::BINARY, _)) => None,
            Some(Raw::Value(kind, raw)) => {
                let is_empty = matches!(kind, kind::NULL | kind::STRING) && value::until_nul(raw).is_empty();
                if is_optional && (kind == kind::NULL || is_empty) {
                    return Some(None);
                }
                scratch.clear();
                value::render(kind, raw, scratch).then_some(Some(scratch.as_str()))
            }
        }
    }

    /// A number that may be left out; what is no number counts as left out.
    fn number<T: TryFrom<u64> + std::str::FromStr>(&self, which: System, texts: &Texts) -> Option<Option<T>> {
        match self.system(which).ok()? {
            None | Some(Raw::Value(kind::NULL, _)) => Some(None),
            Some(Raw::Text(id)) => Some(texts.str(id).trim().parse().ok()),
            Some(Raw::Value(kind, raw)) => value::number(kind, raw).map(|number| T::try_from(number).ok()),
        }
    }
}

/// Reads what every record is asked; `None` if any of it is not as usual.
fn asked(values: &Values<'_, '_>, texts: &mut Texts, [provider, computer, channel]: &mut [TextId; 3]) -> Option<Asked> {
    let id = values.number(System::Id, texts)??;
    let provider = values
        .layout
        .system(System::Provider)
        .and_then(|_| values.text_id(System::Provider, texts, provider).filter(|id| !texts.str(*id).is_empty()))?;
    let time = match values.system(System::Time).ok()?? {
        Raw::Value(kind::FILETIME, raw) if raw.len() == 8 => value::unsigned(raw),
        _ => return None,
    };
    if time >= value::LAST_TIME {
        return None;
    }
    Some(Asked {
        id,
        provider,
        time,
        computer: values.text_id(System::Computer, texts, computer)?,
        channel: values.text_id(System::Channel, texts, channel)?,
    })
}
