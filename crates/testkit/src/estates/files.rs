//! The files that the customer sends: logs split and named at random, exports beside them, some of it withheld.

use super::Evidence;
use super::dice::Dice;
use super::exports::{self, Export, Kind, Loss};
use super::world::{Entry, HostId, Time, World};
use crate::evtx::{LogFile, truncate};
use crate::record::EventSpec;
use std::collections::{BTreeMap, BTreeSet};

/// What does not arrive.
#[derive(Debug)]
struct Withheld {
    kinds: BTreeSet<Kind>,
    directory: Loss,
    logs: BTreeSet<HostId>,
    channels: BTreeSet<String>,
    /// The logs of that host begin then: what was before is overwritten.
    since: BTreeMap<HostId, Time>,
    /// Hosts of which a log is cut off.
    cut: BTreeSet<HostId>,
    /// Exports are cut off as well.
    exports_cut: bool,
}

impl Withheld {
    fn nothing() -> Self {
        Withheld {
            kinds: BTreeSet::new(),
            directory: Loss::Nothing,
            logs: BTreeSet::new(),
            channels: BTreeSet::new(),
            since: BTreeMap::new(),
            cut: BTreeSet::new(),
            exports_cut: false,
        }
    }
}

/// Paths and bytes.
pub(super) fn files(w: &World, entries: Vec<Entry>, evidence: Evidence, d: &mut Dice) -> BTreeMap<String, Vec<u8>> {
    let logs = logs(w, entries);
    let withheld = if evidence == Evidence::Full { Withheld::nothing() } else { withheld(w, &logs, d) };
    let naming = Naming::random(d);
    let mut files = BTreeMap::new();
    for ((host, channel), mut events) in logs {
        if withheld.logs.contains(&host) || withheld.channels.contains(&channel) {
            continue;
        }
        if let Some(since) = withheld.since.get(&host) {
            events.retain(|e| e.time >= *since);
        }
        let parts = split(events, d);
        let many = parts.len() > 1;
        for (part, events) in parts.into_iter().enumerate() {
            let mut log = LogFile::new();
            if let Some(first) = events.first().and_then(|e| e.record_id) {
                log = log.numbered_from(first);
            }
            log.extend(events);
            let mut bytes = log.to_bytes();
            if withheld.cut.contains(&host) {
                let keep = bytes.len() * d.range(30, 95) as usize / 100;
                bytes = truncate(bytes, keep);
            }
            let part = if many { Some(part) } else { None };
            insert(&mut files, naming.log(w, host, &channel, part, d), bytes);
        }
    }
    for export in exports::all(w, withheld.directory, d) {
        let of_silent_host = export.host.is_some_and(|h| withheld.logs.contains(&h));
        if withheld.kinds.contains(&export.kind) || of_silent_host && d.chance(50) {
            continue;
        }
        let mut bytes = export.bytes.clone();
        if withheld.exports_cut && d.chance(40) {
            bytes.truncate(bytes.len() * d.range(40, 99) as usize / 100);
        }
        insert(&mut files, naming.export(w, &export), bytes);
    }
    files
}

fn insert(files: &mut BTreeMap<String, Vec<u8>>, path: String, bytes: Vec<u8>) {
    let mut free = path.clone();
    let mut n = 2;
    while files.contains_key(&free) {
        free = match path.rsplit_once('.') {
            Some((stem, extension)) => format!("{stem}-{n}.{extension}"),
            None => format!("{path}-{n}"),
        };
        n += 1;
    }
    files.insert(free, bytes);
}

/// The events of each log in order, numbered, with the times that the machine's own clock gave.
fn logs(w: &World, entries: Vec<Entry>) -> BTreeMap<(HostId, String), Vec<EventSpec>> {
    let mut logs: BTreeMap<(HostId, String), Vec<EventSpec>> = BTreeMap::new();
    for (host, event) in entries {
        if event.time < w.to {
            logs.entry((host, event.channel.clone())).or_default().push(event);
        }
    }
    for ((host, _), events) in &mut logs {
        events.sort_by_key(|e| e.time);
        for (number, event) in (1_000u64 * (*host as u64 + 1)..).zip(events) {
            event.time = w.clock(*host, event.time);
            event.record_id = Some(number);
        }
    }
    logs
}

fn withheld(w: &World, logs: &BTreeMap<(HostId, String), Vec<EventSpec>>, d: &mut Dice) -> Withheld {
    let mut out = Withheld::nothing();
    for (kind, percent) in
        [(Kind::Directory, 35), (Kind::Accounts, 40), (Kind::VmHosts, 40), (Kind::Cluster, 40), (Kind::Updates, 40)]
    {
        if d.chance(percent) {
            out.kinds.insert(kind);
        }
    }
    out.directory = match d.below(100) {
        0..15 => Loss::Lists,
        15..30 => Loss::LongLists,
        30..50 => Loss::Objects,
        _ => Loss::Nothing,
    };
    out.exports_cut = d.chance(10);
    let controllers_too = d.chance(60);
    for host in 0..w.machines.len() {
        let is_controller = w.domain_of(host).controllers.contains(&host);
        if d.chance(20) || is_controller && !controllers_too {
            out.logs.insert(host);
        } else if d.chance(15) {
            let span = (w.to - w.from).num_minutes();
            out.since.insert(host, w.from + chrono::TimeDelta::minutes(d.range(0, span)));
        } else if d.chance(5) {
            out.cut.insert(host);
        }
    }
    let channels: BTreeSet<_> = logs.keys().map(|(_, channel)| channel.clone()).collect();
    for channel in channels {
        let percent = if channel == super::log::VMMS_ADMIN { 10 } else { 35 };
        if d.chance(percent) {
            out.channels.insert(channel);
        }
    }
    match d.below(20) {
        // Somebody exported the Security log, as for an audit, and nothing else.
        0 => out.channels = logs.keys().map(|(_, c)| c.clone()).filter(|c| c != "Security").collect(),
        // One side only.
        1 | 2 => {
            let hosts = w.hyper_v();
            let side = d.pick(&hosts);
            out.logs.extend(hosts.into_iter().filter(|host| *host != side));
            out.logs.remove(&side);
        }
        _ => {}
    }
    out
}

/// Mostly one file; sometimes parts, the later of which repeats the end of the one before.
fn split(events: Vec<EventSpec>, d: &mut Dice) -> Vec<Vec<EventSpec>> {
    if events.len() < 8 || !d.chance(15) {
        return vec![events];
    }
    let cut = d.range(2, events.len() as i64 - 2) as usize;
    let again = if d.chance(40) { cut.min(3) } else { 0 };
    vec![events[..cut].to_vec(), events[cut - again..].to_vec()]
}

/// How a customer names files and folders.
struct Naming {
    style: usize,
    folder: &'static str,
}

impl Naming {
    fn random(d: &mut Dice) -> Self {
        Naming {
            style: d.below(5),
            folder: d.pick(&["", "case 4711/", "Ereignisse/", "upload/2026-01/", "SR1234567 "]),
        }
    }

    fn log(&self, w: &World, host: HostId, channel: &str, part: Option<usize>, d: &mut Dice) -> String {
        let name = w.name(host);
        let channel_file = channel.replace('/', "%4");
        let part = part.map(|n| format!("_{}", n + 1)).unwrap_or_default();
        match self.style {
            0 => format!("{}{name}/{channel_file}{part}.evtx", self.folder),
            1 => format!("{}{name}_{channel_file}{part}.evtx", self.folder),
            2 => format!(
                "{}logs/{}/{}{part}.evtx",
                self.folder,
                name.to_lowercase(),
                channel_file.replace("Microsoft-Windows-", "")
            ),
            3 => format!("{}{:06}.evtx", self.folder, d.range(0, 999_999)),
            _ => format!("{}{}/Archive-{channel_file}{part}-2026.evtx", self.folder, w.fqdn(host)),
        }
    }

    fn export(&self, w: &World, export: &Export) -> String {
        match (export.host, self.style) {
            (Some(host), 0 | 2) => format!("{}{}/{}", self.folder, w.name(host), export.name),
            (Some(host), _) => format!("{}{}_{}", self.folder, w.name(host), export.name),
            (None, 4) => format!("{}dumps/{}", self.folder, export.name),
            (None, _) => format!("{}{}", self.folder, export.name),
        }
    }
}
