//! Keeps the wanted events and adds up what the log covers, part by part.

use super::Problems;
use super::chunk::Decoded;
use super::event::{self, Head, Known, Names};
use super::xml;
use crate::Options;
use delegap_model::{Cover, Event, Field, InputSummary, Kind, Parsed, Record, SourceRef, Time, fold};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Takes records one by one, in file order.
pub(super) struct Collector<'a> {
    file: Arc<str>,
    options: &'a Options,
    names: Names,
    part: Part,
}

/// What some of a log's chunks hold.
pub(super) struct Part {
    kept: Vec<Record>,
    records: u64,
    /// First and last time by computer and channel.
    spans: BTreeMap<(Arc<str>, Arc<str>), (Time, Time)>,
    problems: Problems,
}

impl<'a> Collector<'a> {
    /// Problems of one part that are listed are as many as may be listed of all.
    pub(super) fn new(file: Arc<str>, options: &'a Options, problems: Problems) -> Self {
        let part = Part { kept: Vec::new(), records: 0, spans: BTreeMap::new(), problems };
        Collector { file, options, names: Names::default(), part }
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
            None if problems.are_by_line() => format!(":{}", record.offset),
            _ => format!("#{}", head.record_id),
        };
        let at = SourceRef::new(Arc::clone(&self.file), place);
        let mta = self.options.mta.as_deref();
        let known = Known::of(parts.system, parts.rendering, &mut self.names);
        let fields = parts.fields.into_iter().map(|(name, value)| Field { name: self.names.get(&name), value });
        let event = event::build(head, known, fields.collect(), at, record.sequence, record.record_id, mta);
        if self.options.selection.keeps(&event) {
            self.part.kept.push(Record::Event(event));
        }
    }

    /// Keeps an event that was read in place.
    pub(super) fn keep(&mut self, event: Event) {
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
        let next = Part { kept: Vec::new(), records: 0, spans: BTreeMap::new(), problems };
        std::mem::replace(&mut self.part, next)
    }
}

impl Part {
    pub(super) fn finish(self, file: &str, kind: Kind) -> Parsed<Record> {
        let mut summary = InputSummary::new(file, kind);
        summary.records = Some(self.records);
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
