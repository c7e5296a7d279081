//! Events in every other shape than a log or its XML: JSON of dumping tools, what Get-WinEvent and Get-EventLog give to
//! PowerShell's exports, and what Event Viewer and wevtutil write as text.

mod dump;
mod json;
mod listing;
mod names;
mod object;
mod rows;
mod table;
mod templates;
mod times;

use super::clixml;
use super::dates::Moment;
use crate::Options;
use crate::evtx_log::{Log, Parts};
use crate::words::{bytes, count};
use crate::xml::Damage;
use delegap_model::{Kind, Parsed, Record};
pub(super) use table::named;
use times::Clock;

/// Reads `text` if it holds events.
pub(super) fn read(name: &str, text: &str, options: &Options) -> Option<Parsed<Record>> {
    let mut events = Events::new(name, options);
    let start = text.trim_start();
    let found = if start.starts_with(['{', '[']) || json::begins_with_record(start) {
        json::read(text, &mut events)
    } else if start.starts_with('<') {
        objects_of_clixml(text, &mut events)
    } else {
        listing::read(text, &mut events) || rows::read(text, &mut events)
    };
    found.then(|| events.finish())
}

/// Reads `text` if it is CLIXML with an event in it.
fn objects_of_clixml(text: &str, events: &mut Events<'_>) -> bool {
    let marks = ["N=\"TimeCreated\"", "N=\"TimeGenerated\""];
    if !clixml::is_clixml(text) || !marks.iter().any(|mark| text.contains(mark)) {
        return false;
    }
    let depth = events.options.limits.depth;
    let (objects, damages) = clixml::objects(text, depth);
    let (mut line, mut counted) = (1, 0);
    let mut line_of = |at: usize| {
        line += text.get(counted..at).map_or(0, |t| t.matches('\n').count() as u64);
        counted = at;
        line
    };
    for (at, object) in objects {
        json::collect(&object, line_of(at), depth, events);
    }
    if events.is_empty() {
        return false;
    }
    let (mut line, mut counted) = (1, 0);
    for Damage { at, what, lost } in damages {
        line += text.get(counted..at).map_or(0, |t| t.matches('\n').count() as u64);
        counted = at;
        events.log.problem(line, format!("XML ends or breaks here: {what}"), bytes(lost as u64));
    }
    true
}

/// The events of one text. Those with local times wait until all of the file's dates are known.
struct Events<'a> {
    log: Log<'a>,
    options: &'a Options,
    waiting: Vec<(u64, Moment, Parts)>,
    clock: Clock,
    /// Events whose values an export lost.
    valueless: u64,
    /// Events that name no source, and those of them whose log tells it.
    sourceless: u64,
    by_log: u64,
}

impl<'a> Events<'a> {
    fn new(name: &str, options: &'a Options) -> Self {
        let log = Log::new(name, options);
        Events { log, options, waiting: Vec::new(), clock: Clock::default(), valueless: 0, sourceless: 0, by_log: 0 }
    }

    /// True if no event was found so far.
    fn is_empty(&self) -> bool {
        self.log.taken() == 0 && self.waiting.is_empty()
    }

    /// Takes an event that tells its time exactly, or not at all.
    fn take(&mut self, line: u64, parts: Parts) {
        self.log.take(line, None, parts);
    }

    /// Takes an event as an export of objects or rows tells it.
    fn take_object(&mut self, line: u64, object: object::Told) {
        let object::Told { mut parts, time, values_lost } = object;
        self.valueless += u64::from(values_lost);
        if parts.system.provider.is_none() {
            self.sourceless += 1;
            parts.system.provider = parts.system.channel.as_deref().and_then(names::source_of_log).map(str::to_owned);
            self.by_log += u64::from(parts.system.provider.is_some());
        }
        templates::name_values(&mut parts);
        // An event that nobody wants is only counted: its texts need not wait.
        let wanted = |id: u32| self.options.selection.wants(parts.system.provider.as_deref().unwrap_or(""), id);
        if parts.system.id.as_deref().and_then(|id| id.trim().parse().ok()).is_some_and(|id| !wanted(id)) {
            (parts.fields, parts.rendering) = (Vec::new(), None);
        }
        let moment = self.clock.read(&time);
        self.waiting.push((line, moment, parts));
    }

    fn finish(mut self) -> Parsed<Record> {
        let order = self.clock.order(self.waiting.iter().map(|(_, moment, _)| moment));
        let mut local = 0;
        for (line, moment, parts) in self.waiting {
            let (time, is_local) = times::resolve(&moment, order);
            local += u64::from(is_local);
            self.log.take(line, time, parts);
        }
        if local > 0 {
            let what =
                format!("the times of {} are local and name no zone: they are shown as UTC", count(local, "record"));
            self.log.problem_of_all(what, "");
        }
        if let Some(doubt) = self.clock.doubt() {
            self.log.problem_of_all(doubt, "");
        }
        if self.valueless > 0 {
            let what = "the export does not hold the values of events, only their messages";
            self.log.problem_of_all(what, format!("the values of {}", count(self.valueless, "record")));
        }
        if self.by_log > 0 {
            let what = format!("{} no source: it is taken from the log's name", names_of(self.by_log));
            self.log.problem_of_all(what, "");
        }
        if self.sourceless > self.by_log {
            let lost = self.sourceless - self.by_log;
            let what = "the export names neither source nor log, and an id alone does not tell what an event is";
            self.log.problem_of_all(what, count(lost, "record"));
        }
        self.log.finish(Kind::EventExport)
    }
}

fn names_of(records: u64) -> String {
    format!("{} {}", count(records, "record"), if records == 1 { "names" } else { "name" })
}
