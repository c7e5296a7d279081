//! How the events of a case become facts and signals. Stretches of time are read side by side.

use super::{Estate, HostFacts, SeenBuild, copies};
use crate::directory_changes::{self, Change};
use crate::hosts::HostId;
use crate::knowledge::Meaning;
use crate::signals::{self, Signal};
use crate::threads::Threads;
use crate::updates;
use delegap_model::{Event, InstalledUpdate, SourceRef, Time, fold};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Events that are sorted and handed on: only their addresses move.
pub(super) type Events = Vec<Box<Event>>;

/// What the events of a stretch of time tell, in its order.
#[derive(Default)]
struct Stretch {
    signals: Vec<Signal>,
    /// Their places by their event's own meaning.
    by_meaning: BTreeMap<Meaning, Vec<usize>>,
    changes: Vec<Change>,
    told: Vec<(HostId, Told)>,
    /// Hosts that run Hyper-V.
    hyper_v: BTreeSet<HostId>,
}

/// What an event tells of its host.
enum Told {
    Build(SeenBuild),
    Boot(Time, SourceRef),
    Update(InstalledUpdate),
    Change(Time),
    /// It listens for migrations there.
    Address(String),
}

impl HostFacts {
    fn take(&mut self, told: Told) {
        match told {
            Told::Build(build) => self.builds.push(build),
            Told::Boot(time, at) => self.boots.push((time, at)),
            Told::Update(update) => self.updates.push(update),
            Told::Change(time) => self.last_change = Some(time),
            Told::Address(address) => drop(self.addresses.insert(address)),
        }
    }
}

impl Estate {
    /// The events come in order of time; those that are only messages have the ids `messages`.
    pub(super) fn read_events(&mut self, events: Events, messages: &BTreeSet<u32>, threads: Threads) {
        let events = copies::without(events, messages, |event| self.host_named(&event.computer, &event.at.file));
        for stretch in threads.each(stretches(events, threads), |_, events| self.stretch(events)) {
            stretch.hyper_v.into_iter().for_each(|host| self.facts[host.index()].hyper_v = true);
            stretch.told.into_iter().for_each(|(host, told)| self.facts[host.index()].take(told));
            self.changes.extend(stretch.changes);
            for (meaning, places) in stretch.by_meaning {
                let before = self.signals.len();
                self.by_meaning.entry(meaning).or_default().extend(places.into_iter().map(|place| before + place));
            }
            self.signals.add(stretch.signals);
        }
        for facts in &mut self.facts {
            facts.boots.sort();
            facts.boots.dedup_by_key(|(time, _)| *time);
            facts.builds.sort_by_key(|b| (b.time, b.revision.is_none()));
        }
    }

    /// Reads events that are in order of time.
    fn stretch(&self, events: Events) -> Stretch {
        let mut stretch = Stretch { signals: Vec::with_capacity(events.len()), ..Stretch::default() };
        let mut seen = BTreeSet::new();
        let mut now = None;
        let mut computers = Computers::default();
        let mut events = events.into_iter().peekable();
        while let Some(event) = events.next() {
            if now != Some(event.time) {
                now = Some(event.time);
                seen.clear();
            }
            // The same log twice, or overlapping exports of one log, count once.
            let alone = seen.is_empty() && events.peek().is_none_or(|next| next.time != event.time);
            // Rows that name no computer are told apart by their file, whose path may name the host.
            let nameless = event.computer.is_empty();
            let named = if nameless { &event.at.file } else { &event.computer };
            let key = || (fold(named), fold(&event.channel), event.record_id, event.id);
            if !alone && !seen.insert(key()) {
                continue;
            }
            if let Some(host) = computers.host(named, || self.host_named(&event.computer, named)) {
                self.take(event, host, &mut stretch);
            }
        }
        stretch
    }

    fn take(&self, event: Box<Event>, host: HostId, stretch: &mut Stretch) {
        if HYPER_V.iter().any(|p| p.eq_ignore_ascii_case(&event.provider)) {
            stretch.hyper_v.insert(host);
        }
        let told = &mut stretch.told;
        told.extend(build_of_boot(&event).map(|build| (host, Told::Build(build))));
        if is_boot(&event) {
            told.push((host, Told::Boot(event.time, event.at.clone())));
        }
        told.extend(updates::from_event(&event).map(|update| (host, Told::Update(update))));
        for change in directory_changes::read(&event, host, &self.hosts) {
            told.extend(change.host.map(|host| (host, Told::Change(change.time))));
            stretch.changes.push(change);
        }
        if let Some(signal) = signals::read(event, host, &self.hosts) {
            if signal.means(Meaning::ListenerUp) {
                told.extend(listen_addresses(&signal.event).map(|a| (host, Told::Address(a.to_owned()))));
            }
            stretch.by_meaning.entry(signal.meaning()).or_default().push(stretch.signals.len());
            stretch.signals.push(signal);
        }
    }
}

/// The hosts that names mean. Many events share a name, which is looked at once.
#[derive(Default)]
struct Computers(HashMap<*const u8, (Arc<str>, Option<HostId>)>);

impl Computers {
    fn host(&mut self, name: &Arc<str>, find: impl FnOnce() -> Option<HostId>) -> Option<HostId> {
        // It is kept, so that no other one takes its place.
        self.0.entry(name.as_ptr()).or_insert_with(|| (Arc::clone(name), find())).1
    }
}

/// Cuts events into stretches for the threads, between two moments.
fn stretches(mut events: Events, threads: Threads) -> Vec<Events> {
    let mut stretches = Vec::new();
    for left in (2..=threads.parts_of(events.len())).rev() {
        let near = events.len() - events.len() / left;
        let later = events.get(near).map(|event| event.time);
        let cut = events.partition_point(|event| Some(event.time) < later);
        stretches.push(events.split_off(cut));
    }
    stretches.push(events);
    stretches.reverse();
    stretches
}

/// The addresses of a listener's start notice.
pub(super) fn listen_addresses(event: &Event) -> impl Iterator<Item = &str> {
    let listed = event.fields.iter().flat_map(|f| f.value.split([',', ';', ' ', '\'']));
    listed.filter(|a| a.parse::<std::net::IpAddr>().is_ok_and(|ip| !ip.is_unspecified()))
}

/// Providers that only a Hyper-V host has.
const HYPER_V: [&str; 2] = ["Microsoft-Windows-Hyper-V-VMMS", "Microsoft-Windows-Hyper-V-High-Availability"];
const EVENT_LOG: &str = "EventLog";
const KERNEL: &str = "Microsoft-Windows-Kernel-General";

fn is_boot(event: &Event) -> bool {
    let by = |provider: &str| event.provider.eq_ignore_ascii_case(provider);
    // EventLog 6005: the log service started; Kernel-General 12: the operating system started.
    (event.id == 6005 && by(EVENT_LOG)) || (event.id == 12 && by(KERNEL))
}

/// The build a host started with: Kernel-General 12 names build and revision, EventLog 6009 the build.
fn build_of_boot(event: &Event) -> Option<SeenBuild> {
    let by = |provider: &str| event.provider.eq_ignore_ascii_case(provider);
    let number = |text: Option<&str>| text.and_then(|t| t.trim().parse::<u32>().ok());
    let (build, revision) = match event.id {
        12 if by(KERNEL) => {
            (number(event.field("BuildVersion"))?, number(event.field("QfeVersion")).filter(|r| *r > 0))
        }
        // `10.00.`, `20348`
        6009 if by(EVENT_LOG) => (number(event.value(1))?, None),
        _ => return None,
    };
    (build >= 6000).then(|| SeenBuild { time: event.time, build, revision, at: event.at.clone() })
}
