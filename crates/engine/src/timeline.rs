//! What happened when: moves, directory changes, updates, boots.

use crate::attempts::Joined;
use crate::estate::Estate;
use crate::hosts::HostId;
use crate::threads::Shared;
use delegap_model::{Outcome, TimelineEntry, When};
use std::borrow::Cow;
use std::sync::Arc;

/// Every dated event of the case, in order of time.
pub(crate) fn build(estate: &Estate, joined: &Joined) -> Vec<TimelineEntry> {
    let mut shared = Shared::copied();
    let mut entries = Vec::with_capacity(2 * joined.attempts.len());
    for attempt in &joined.attempts {
        let name = |id: Option<HostId>| id.map_or("?", |host| estate.hosts.display(host));
        let (source, destination) = (name(attempt.source), name(attempt.destination));
        let by_id = || attempt.vm_id.map_or(Cow::Borrowed("a VM"), |id| Cow::Owned(id.to_string()));
        let vm = attempt.vm_name.as_deref().map_or_else(by_id, Cow::Borrowed);
        let mut signals = attempt.signals(estate);
        let Some(first) = signals.next() else { continue };
        let last = signals.next_back();
        let host = estate.hosts.display(attempt.source.or(attempt.destination).unwrap_or(first.host));
        if last.is_some() {
            entries.push(TimelineEntry {
                time: attempt.started,
                host: shared.text(host),
                kind: "attempt-started",
                text: format!("move of {vm} from {source} to {destination} starts"),
                at: shared.place(&first.event.at),
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
        let by_source = attempt.signals(estate).rfind(|s| Some(s.host) == attempt.source);
        let end = by_source.or(last).unwrap_or(first);
        entries.push(TimelineEntry { time, host: shared.text(host), kind, text, at: shared.place(&end.event.at) });
    }
    for change in &estate.changes {
        let by_object = || change.object.to_uppercase().into();
        let host = change.host.map_or_else(by_object, |host| Arc::clone(estate.hosts.display(host)));
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
            let host = Arc::clone(estate.hosts.display(host));
            entries.push(TimelineEntry { time, host, kind: "update", text, at: update.at.clone() });
        }
        for (time, at) in &facts.boots {
            entries.push(TimelineEntry {
                time: *time,
                host: Arc::clone(estate.hosts.display(host)),
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
