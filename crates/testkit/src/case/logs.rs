//! All events of a case, sorted into the logs of its hosts.

use super::{Case, Ending, Initiator, Move, cluster_log, noise, security_log, vmms_log, worker_log};
use crate::evtx::LogFile;
use crate::record::EventSpec;
use std::collections::BTreeMap;

/// An event channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    /// Microsoft-Windows-Hyper-V-VMMS-Admin
    Vmms,
    /// Microsoft-Windows-Hyper-V-High-Availability-Admin
    HighAvailability,
    /// Microsoft-Windows-Hyper-V-Worker-Admin
    Worker,
    /// System
    System,
    /// Security
    Security,
}

impl Channel {
    /// Its full name; an exported log is called so, with `.evtx`.
    pub fn name(self) -> &'static str {
        match self {
            Channel::Vmms => "Microsoft-Windows-Hyper-V-VMMS-Admin",
            Channel::HighAvailability => "Microsoft-Windows-Hyper-V-High-Availability-Admin",
            Channel::Worker => "Microsoft-Windows-Hyper-V-Worker-Admin",
            Channel::System => "System",
            Channel::Security => "Security",
        }
    }
}

/// The exported logs: paths (`HV01/System.evtx`) and files. A channel without events is not sent.
pub(super) fn files(case: &Case) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for ((host, channel), events) in events_by_log(case) {
        let withheld = case.exports.without_logs_of.contains(&host);
        if withheld || !case.exports.channels.iter().any(|c| c.name() == channel) {
            continue;
        }
        let mut log = LogFile::new();
        log.extend(events);
        files.push((format!("{host}/{channel}.evtx"), log.to_bytes()));
    }
    files
}

/// Each log's events in order, with the times that the host's own clock gave.
fn events_by_log(case: &Case) -> BTreeMap<(String, String), Vec<EventSpec>> {
    let mut logs: BTreeMap<(String, String), Vec<EventSpec>> = BTreeMap::new();
    for host in &case.hosts {
        for event in noise::events(case, host) {
            file_event(&mut logs, event);
        }
    }
    for event in case.moves.iter().flat_map(|m| move_events(case, m)) {
        file_event(&mut logs, event);
    }
    for event in case.directory_changes.iter().flat_map(|c| security_log::changed(case, c)) {
        file_event(&mut logs, event);
    }
    for ((host, _), events) in &mut logs {
        events.sort_by_key(|e| e.time);
        let ahead = case.host(host).clock_ahead;
        events.iter_mut().for_each(|e| e.time += ahead);
    }
    logs
}

fn file_event(logs: &mut BTreeMap<(String, String), Vec<EventSpec>>, event: EventSpec) {
    let host = event.computer.split('.').next().unwrap_or_default().to_owned();
    logs.entry((host, event.channel.clone())).or_default().push(event);
}

fn move_events(case: &Case, m: &Move) -> Vec<EventSpec> {
    let mut events = Vec::new();
    match (m.ending, m.by) {
        (Ending::Completed, by) => {
            events.push(vmms_log::started(case, m));
            events.extend(vmms_log::completed(case, m));
            if by == Initiator::Cluster {
                events.extend(cluster_log::completed(case, m));
            }
        }
        (_, Initiator::Cluster) => {
            if case.cluster_style.start_notice {
                events.push(vmms_log::started(case, m));
            }
            events.extend(cluster_log::failed(case, m));
        }
        (_, Initiator::Local | Initiator::Remote) => events.extend(vmms_log::failed(case, m)),
    }
    if m.ending == Ending::MemoryShort {
        events.push(worker_log::memory_short(case, m));
    }
    events
}
