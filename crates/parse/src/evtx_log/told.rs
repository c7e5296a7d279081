//! Events that another format tells, taken into a log as if they had been decoded from one.

use super::chunk::Decoded;
use super::collect::Collector;
use super::xml::Parts;
use crate::Options;
use crate::words::bytes;
use delegap_model::{Kind, Parsed, Record, Time};

/// The events of one text, in its order.
pub(crate) struct Log<'a> {
    name: String,
    options: &'a Options,
    collector: Collector,
    taken: u64,
}

impl<'a> Log<'a> {
    pub(crate) fn new(name: &str, options: &'a Options) -> Self {
        Log { name: name.to_owned(), options, collector: Collector::of_text(name, options), taken: 0 }
    }

    /// Events taken so far, wanted or not.
    pub(crate) fn taken(&self) -> u64 {
        self.taken
    }

    /// Takes an event that begins at `line`. `time` stands in where the event's own is missing.
    pub(crate) fn take(&mut self, line: u64, time: Option<Time>, mut parts: Parts) {
        self.bound(&mut parts);
        let sequence = self.taken;
        self.taken += 1;
        let record = Decoded { offset: line, sequence, record_id: self.taken, time, xml: String::new() };
        self.collector.take_parts(&record, parts);
    }

    /// Adds what is wrong at a line.
    pub(crate) fn problem(&mut self, line: u64, what: impl Into<String>, lost: impl Into<String>) {
        self.collector.problems().at(line, what, lost);
    }

    /// Adds what holds for the whole text.
    pub(crate) fn problem_of_all(&mut self, what: impl Into<String>, lost: impl Into<String>) {
        self.collector.problems().of_file(what, lost);
    }

    pub(crate) fn finish(mut self, kind: Kind) -> Parsed<Record> {
        self.collector.part().finish(&self.name, kind)
    }

    /// Cuts values that are longer than the limit.
    fn bound(&self, parts: &mut Parts) {
        let limit = self.options.limits.value_bytes;
        let message = parts.rendering.as_mut().and_then(|r| r.message.as_mut()).map(|text| ("message", text));
        let values = parts.fields.iter_mut().map(|(name, value)| (name.as_str(), value)).chain(message);
        for (name, value) in values.filter(|(_, value)| value.len() > limit) {
            let cut = value.len() - value.floor_char_boundary(limit);
            value.truncate(value.len() - cut);
            let name = name.get(..name.floor_char_boundary(64)).unwrap_or("");
            let what = format!("the value of {name} is cut to {}", bytes(limit as u64));
            parts.doubts.push((what, bytes(cut as u64)));
        }
    }
}
