//! What happened when: moves, directory changes, updates, boots.

use crate::attempts::Joined;
use crate::estate::Estate;
use delegap_model::{Outcome, TimelineEntry, When};

/// Every dated event of the case, in order of time.
pub(crate) fn build(estate: &Estate, joined: &Joined) -> Vec<TimelineEntry> {
    let mut entries = Vec::new();
    for attempt in &joined.attempts {
        let name = |id: Option<crate::hosts::HostId>| id.map_or_else(|| "?".to_owned(), |h| estate.name(h));
        let (source, destination) = (name(attempt.source), name(attempt.destination));
        let vm = attempt
            .vm_name
            .clone()
            .or_else(|| attempt.vm_id.map(|i| i.to_string()))
            .unwrap_or_else(|| "a VM".to_owned());
        let signals: Vec<_> = attempt.signals(estate).collect();
        let (Some(first), Some(last)) = (signals.first(), signals.last()) else { continue };
        let host = attempt.source.or(attempt.destination).map_or_else(|| estate.name(first.host), |h| estate.name(h));
        if signals.len() > 1 {
            entries.push(TimelineEntry {
                time: attempt.started,
                host: host.clone(),
                kind: "attempt-started",
                text: format!("move of {vm} from {source} to {destination} starts"),
                at: first.event.at.clone(),
            });
        }
        let (kind, text) = match attempt.outcome {
            Outcome::Failed => ("attempt-failed", format!("move of {vm} from {source} to {destination} fails")),
            Outcome::Completed => {
                ("attempt-completed", format!("move of {vm} from {source} to {destination} completes"))
            }
            Outcome::Unknown => continue,
        };
        let time = attempt.ended.unwrap_or(attempt.started);
        // The end as the source logged it, where it did.
        let end = signals.iter().rev().find(|s| Some(s.host) == attempt.source).unwrap_or(last);
        entries.push(TimelineEntry { time, host, kind, text, at: end.event.at.clone() });
    }
    for change in &estate.changes {
        let host = change.host.map_or_else(|| change.object.to_uppercase(), |h| estate.name(h));
        let text = format!("{} of {}: {}", change.what.attribute(), change.object, change.what.words());
        entries.push(TimelineEntry { time: change.time, host, kind: "directory-change", text, at: change.at.clone() });
    }
    for host in estate.hosts.ids() {
        let facts = estate.of(host);
        for update in &facts.updates {
            let (time, precision) = match update.when {
                When::Exact(t) => (t, ""),
                When::Local(t) => (t.and_utc(), " (the host's local time)"),
                When::Day(d) => match d.and_hms_opt(0, 0, 0) {
                    Some(t) => (t.and_utc(), " (day only)"),
                    None => continue,
                },
                When::Ambiguous { .. } | When::Unknown => continue,
            };
            let text = format!("{} installed{precision}", update.kb);
            entries.push(TimelineEntry { time, host: estate.name(host), kind: "update", text, at: update.at.clone() });
        }
        for (time, at) in &facts.boots {
            entries.push(TimelineEntry {
                time: *time,
                host: estate.name(host),
                kind: "boot",
                text: "starts".to_owned(),
                at: at.clone(),
            });
        }
    }
    let rank = |kind: &str| {
        ["boot", "update", "directory-change", "attempt-started"].iter().position(|k| *k == kind).unwrap_or(4)
    };
    entries.sort_by(|a, b| (a.time, rank(a.kind), a).cmp(&(b.time, rank(b.kind), b)));
    entries.dedup();
    entries
}
