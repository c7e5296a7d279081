//! What is known of each host.

use super::{Block, ends, section, table, text};
use crate::words::{self, NOT_KNOWN};
use delegap_model::{Diagnosis, HostSummary};

/// Hosts shown before the rest is counted.
const ROWS: usize = 64;

/// The table of hosts, if any is known.
pub fn blocks(d: &Diagnosis) -> Vec<Block> {
    if d.hosts.is_empty() {
        return Vec::new();
    }
    let title = section(format!("Hosts ({})", words::number(d.hosts.len() as u64)));
    let (shown, hidden) = ends(d.hosts.iter().collect(), ROWS, 0, "further host");
    let rows = shown.into_iter().map(row).collect();
    let mut out = vec![title, table(["Host", "System", "Cluster", "Authentication", "Delegation", "Updates"], rows)];
    out.extend(hidden.map(text));
    let clocks: Vec<Vec<Block>> = d.hosts.iter().filter_map(clock).map(|line| vec![text(line)]).collect();
    if !clocks.is_empty() {
        out.push(Block::Bullets(clocks));
    }
    out
}

fn row(h: &HostSummary) -> [String; 6] {
    let name = match h.roles.is_empty() {
        true => h.name.clone(),
        false => format!("{} ({})", h.name, h.roles.join(", ")),
    };
    let system = match (&h.os, h.build) {
        (Some(os), Some(build)) => format!("{os}, build {build}"),
        (Some(os), None) => os.clone(),
        (None, Some(build)) => format!("build {build}"),
        (None, None) => NOT_KNOWN.to_owned(),
    };
    let guard = match h.credential_guard {
        Some(true) => "; Credential Guard on",
        Some(false) => "; Credential Guard off",
        None => "",
    };
    let services = match &h.services {
        Some(list) => format!(", {} listed", words::count(list.len(), "service")),
        None => String::new(),
    };
    let updates = match (&h.latest_update, h.updates_known) {
        (Some(latest), _) => format!("latest {latest}"),
        (None, true) => "known, none listed".to_owned(),
        (None, false) => NOT_KNOWN.to_owned(),
    };
    // Without a cluster dump nobody knows: "none" would be a guess.
    let cluster = words::or_not(h.cluster.as_deref());
    let authentication = format!("{}{guard}", words::authentication(h.authentication_type));
    [name, system, cluster, authentication, format!("{}{services}", words::delegation(h.delegation)), updates]
}

fn clock(h: &HostSummary) -> Option<String> {
    let offset = h.clock_offset_s.filter(|s| *s != 0)?;
    let direction = if offset > 0 { "ahead of" } else { "behind" };
    Some(format!("The clock of {} is {} s {direction} the others'.", h.name, words::number(offset.unsigned_abs())))
}
