//! Keeps the wanted events and adds up what the log covers.

use super::Problems;
use super::chunk::Decoded;
use super::event::{self, Head, Names};
use super::xml;
use crate::Options;
use delegap_model::{Cover, InputSummary, Kind, Parsed, Record, SourceRef, Time, fold};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Takes decoded records one by one, in file order.
pub(super) struct Collector<'a> {
    file: Arc<str>,
    options: &'a Options,
    names: Names,
    kept: Vec<Record>,
    decoded: u64,
    /// First and last time by computer and channel.
    spans: BTreeMap<(Arc<str>, Arc<str>), (Time, Time)>,
}

impl<'a> Collector<'a> {
    pub(super) fn new(file: Arc<str>, options: &'a Options) -> Self {
        Collector { file, options, names: Names::default(), kept: Vec::new(), decoded: 0, spans: BTreeMap::new() }
    }

    /// Counts a record and keeps its event if it is wanted.
    pub(super) fn take(&mut self, record: Decoded, problems: &mut Problems) {
        let sequence = self.decoded;
        self.decoded += 1;
        let mut parts = xml::read(&record.xml, &self.options.limits);
        let head = match Head::of(&record, &mut parts, &mut self.names) {
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
        let span = (Arc::clone(&head.computer), Arc::clone(&head.channel));
        let (from, to) = self.spans.entry(span).or_insert((head.time, head.time));
        (*from, *to) = ((*from).min(head.time), (*to).max(head.time));
        if !self.options.selection.wants(&head.provider, head.id) {
            return;
        }
        for (what, lost) in std::mem::take(&mut parts.doubts) {
            problems.at(record.offset, format!("record #{}: {what}", head.record_id), lost);
        }
        let at = SourceRef::new(Arc::clone(&self.file), format!("#{}", head.record_id));
        let mta = self.options.mta.as_deref();
        let event = event::build(head, parts, at, sequence, record.record_id, mta, &mut self.names);
        if self.options.selection.keeps(&event) {
            self.kept.push(Record::Event(event));
        }
    }

    pub(super) fn finish(self, kind: Kind, problems: Problems) -> Parsed<Record> {
        let mut summary = InputSummary::new(&*self.file, kind);
        summary.records = Some(self.decoded);
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
        summary.problems = problems.finish();
        Parsed { records: self.kept, summary }
    }
}

/// The computer, if all records name the same one.
fn only_host<'n>(computers: impl Iterator<Item = &'n Arc<str>>) -> Option<String> {
    let mut computers = computers.filter(|name| !name.is_empty());
    let first = computers.next()?;
    computers.all(|other| fold(other) == fold(first)).then(|| first.to_string())
}
