//! Keeps the wanted events and adds up what the log covers, part by part.

use super::chunk::Decoded;
use super::event::{self, Head, Known, Names};
use super::xml;
use super::{Origin, Problems};
use crate::Options;
use delegap_model::{Cover, Event, InputSummary, Kind, Parsed, Place, Record, Recovered, SourceRef, Time, fold};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Takes records one by one, in file order.
pub(super) struct Collector {
    origin: Arc<Origin>,
    options: Arc<Options>,
    names: Names,
    part: Part,
}

/// What some of a log's chunks hold.
pub(super) struct Part {
    kept: Vec<Record>,
    records: u64,
    /// First and last time by computer and channel.
    spans: BTreeMap<(Arc<str>, Arc<str>), (Time, Time)>,
    recovered: Recovered,
    problems: Problems,
}

impl Collector {
    pub(super) fn new(origin: Arc<Origin>, options: Arc<Options>) -> Self {
        let part = Part::new(Problems::new(Arc::clone(&origin.file), options.limits.problems));
        Collector { origin, options, names: Names::default(), part }
    }

    /// For a text, whose places are its lines.
    pub(super) fn of_text(name: &str, options: &Options) -> Self {
        let origin = Arc::new(Origin { file: name.into(), mta: options.mta.clone() });
        let mut collector = Collector::new(origin, Arc::new(options.clone()));
        collector.part.problems.are_of_text();
        collector
    }

    /// What is taken from now on is of this log. Of a part as many problems are listed as may be listed of all.
    pub(super) fn begin(&mut self, origin: &Arc<Origin>, problems: Problems) {
        self.origin = Arc::clone(origin);
        self.part = Part::new(problems);
        self.names.forget_many();
    }

    pub(super) fn problems(&mut self) -> &mut Problems {
        &mut self.part.problems
    }

    /// Counts a decoded record and keeps its event if it is wanted.
    pub(super) fn take(&mut self, record: Decoded) {
        let parts = xml::read(&record.xml, &self.options.limits);
        self.take_parts(&record, parts);
    }

    /// [`Collector::take`] of a record that was taken apart already.
    pub(super) fn take_parts(&mut self, record: &Decoded, mut parts: xml::Parts) {
        self.part.records += 1;
        let problems = &mut self.part.problems;
        let head = match Head::of(record, &mut parts, &mut self.names) {
            Ok(head) => head,
            Err(mut what) => {
                for (doubt, _) in parts.doubts {
                    what.push_str("; ");
                    what.push_str(&doubt);
                }
                let what = format!("record #{} can't be taken for an event: {what}", record.record_id);
                problems.at(record.offset, what, "1 record");
                return;
            }
        };
        self.part.cover((Arc::clone(&head.computer), Arc::clone(&head.channel)), head.time, head.time);
        if !self.options.selection.wants(&head.provider, head.id) {
            return;
        }
        let problems = &mut self.part.problems;
        for (what, lost) in parts.doubts {
            problems.at(record.offset, format!("record #{}: {what}", head.record_id), lost);
        }
        // Without an id of its own a record of a text is found by its line.
        let place = match &parts.system.record_id {
            None if problems.are_by_line() => Place::Line(record.offset),
            _ => Place::Record(head.record_id),
        };
        let at = SourceRef::new(Arc::clone(&self.origin.file), place);
        let mta = self.origin.mta.as_deref();
        let known = Known::of(parts.system, parts.rendering, &mut self.names);
        let fields = parts.fields.iter().map(|(name, value)| (self.names.get(name), value));
        let event = event::build(head, known, fields.collect(), at, record.sequence, record.record_id, mta);
        if self.options.selection.keeps(&event) {
            self.part.kept.push(Record::Event(Box::new(event)));
        }
    }

    /// True if stale records are wanted.
    pub(super) fn recovers(&self) -> bool {
        self.options.recover
    }

    /// Counts a stale record and keeps its event if it is wanted; false if it does not read like a whole event.
    ///
    /// It covers nothing: of the records around it nobody knows. The strings beside a log are not of its record number.
    pub(super) fn take_stale(&mut self, record: Decoded) -> bool {
        let mut parts = xml::read(&record.xml, &self.options.limits);
        let system = &parts.system;
        let is_named = |name: &Option<String>| name.as_deref().is_some_and(|name| !name.is_empty());
        if !(is_named(&system.provider) && is_named(&system.channel) && system.time.is_some()) {
            return false;
        }
        let Ok(head) = Head::of(&record, &mut parts, &mut self.names) else { return false };
        if !parts.doubts.is_empty() {
            return false;
        }
        self.part.recovered.records += 1;
        if self.options.selection.wants(&head.provider, head.id) {
            let at = SourceRef::new(Arc::clone(&self.origin.file), Place::Recovered(head.record_id));
            let known = Known::of(parts.system, parts.rendering, &mut self.names);
            let fields = parts.fields.iter().map(|(name, value)| (self.names.get(name), value));
            let event = event::build(head, known, fields.collect(), at, record.sequence, record.record_id, None);
            if self.options.selection.keeps(&event) {
                self.part.kept.push(Record::Event(Box::new(event)));
            }
        }
        true
    }

    /// Counts stale records that can't be decoded any more.
    pub(super) fn pass_stale(&mut self, records: u64) {
        self.part.recovered.unreadable += records;
    }

    /// Keeps an event that was read in place.
    pub(super) fn keep(&mut self, event: Box<Event>) {
        self.part.records += 1;
        self.part.kept.push(Record::Event(event));
    }

    /// Counts records that are not wanted.
    pub(super) fn pass(&mut self, records: u64) {
        self.part.records += records;
    }

    /// Takes the times of records that were read in place.
    pub(super) fn cover(&mut self, spans: impl Iterator<Item = (Arc<str>, Arc<str>, Time, Time)>) {
        spans.for_each(|(computer, channel, from, to)| self.part.cover((computer, channel), from, to));
    }

    /// What was taken since the last call.
    pub(super) fn part(&mut self) -> Part {
        let problems = self.part.problems.another();
        std::mem::replace(&mut self.part, Part::new(problems))
    }
}

impl Part {
    pub(super) fn new(problems: Problems) -> Self {
        Part { kept: Vec::new(), records: 0, spans: BTreeMap::new(), recovered: Recovered::default(), problems }
    }

    /// Adds what comes after.
    pub(super) fn append(&mut self, mut later: Part) {
        if self.kept.is_empty() {
            self.kept = later.kept;
        } else {
            self.kept.append(&mut later.kept);
        }
        self.records += later.records;
        self.recovered.records += later.recovered.records;
        self.recovered.unreadable += later.recovered.unreadable;
        later.spans.into_iter().for_each(|(span, (from, to))| self.cover(span, from, to));
        self.problems.append(later.problems);
    }

    pub(super) fn finish(self, file: &str, kind: Kind) -> Parsed<Record> {
        let mut summary = InputSummary::new(file, kind);
        summary.records = Some(self.records + self.recovered.records);
        summary.recovered = (self.recovered != Recovered::default()).then_some(self.recovered);
        summary.selected = Some(self.kept.len() as u64);
        summary.host = only_host(self.spans.keys().map(|(computer, _)| computer));
        summary.covers = self
            .spans
            .iter()
            .map(|((computer, channel), (from, to))| Cover {
                host: computer.to_string(),
                channel: channel.to_string(),
                from: *from,
                to: *to,
            })
            .collect();
        summary.problems = self.problems.finish();
        Parsed { records: self.kept, summary }
    }

    fn cover(&mut self, span: (Arc<str>, Arc<str>), from: Time, to: Time) {
        let (first, last) = self.spans.entry(span).or_insert((from, to));
        (*first, *last) = ((*first).min(from), (*last).max(to));
    }
}

/// The computer, if all records name the same one.
fn only_host<'n>(computers: impl Iterator<Item = &'n Arc<str>>) -> Option<String> {
    let mut computers = computers.filter(|name| !name.is_empty());
    let first = computers.next()?;
    computers.all(|other| fold(other) == fold(first)).then(|| first.to_string())
}
