//! When the failures began, and what happened before.

use crate::attempts::{Attempt, Joined};
use crate::estate::Estate;
use crate::hosts::HostId;
use chrono::Duration;
use delegap_model::{Onset, OnsetCandidate, OnsetKind, Outcome, Time, Weight, When};
use std::collections::{BTreeMap, BTreeSet};

/// How far before the first failure a candidate may lie when no success bounds it.
const LOOK_BACK: Duration = Duration::days(30);

/// The onset of a case's failures.
pub(crate) fn find(estate: &Estate, joined: &Joined) -> Option<Onset> {
    let first = joined.attempts.iter().filter(|a| a.failed()).min_by_key(|a| a.started)?;
    let failing: BTreeSet<(Option<HostId>, Option<HostId>)> =
        joined.attempts.iter().filter(|a| a.failed()).map(|a| (a.source, a.destination)).collect();
    let success = |a: &&Attempt| {
        a.outcome == Outcome::Completed && a.started < first.started && failing.contains(&(a.source, a.destination))
    };
    let last_success = joined.attempts.iter().filter(success).map(|a| a.ended.unwrap_or(a.started)).max();
    let hosts: BTreeSet<HostId> = failing.iter().flat_map(|(a, b)| [*a, *b]).flatten().collect();
    let from = last_success.unwrap_or(first.started - LOOK_BACK);
    let mut candidates: Vec<OnsetCandidate> = Vec::new();
    for host in &hosts {
        let mut seen: BTreeMap<String, Time> = BTreeMap::new();
        for update in &estate.of(*host).updates {
            if let Some(time) = within(update.when, from, first.started) {
                seen.entry(update.kb.clone()).and_modify(|t| *t = (*t).max(time)).or_insert(time);
            }
        }
        candidates.extend(seen.into_iter().map(|(id, time)| weak(estate, *host, time, OnsetKind::Update, id)));
        for (time, _) in estate.of(*host).boots.iter().filter(|(t, _)| *t > from && *t <= first.started) {
            candidates.push(weak(estate, *host, *time, OnsetKind::Reboot, "restart".to_owned()));
        }
    }
    for change in estate.changes.iter().filter(|c| c.time > from && c.time <= first.started) {
        if let Some(host) = change.host.filter(|h| hosts.contains(h)) {
            let id = format!("{} ({})", change.what.attribute(), change.what.words());
            candidates.push(weak(estate, host, change.time, OnsetKind::DirectoryChange, id));
        }
    }
    candidates.sort_by(|a, b| (a.time, &a.host, a.what, &a.id).cmp(&(b.time, &b.host, b.what, &b.id)));
    candidates.dedup();
    let begins = first.source.and_then(|s| estate.coverage(s, "hyper-v").map(|c| c.from).min());
    let earliest = candidates.iter().map(|c| c.time).min();
    let starts_late = matches!((begins, earliest), (Some(b), Some(e)) if b > e);
    Some(Onset {
        first_failure: first.started,
        last_success_before: last_success,
        left_censored: last_success.is_none() || starts_late,
        candidates,
    })
}

fn weak(estate: &Estate, host: HostId, time: Time, what: OnsetKind, id: String) -> OnsetCandidate {
    OnsetCandidate { time, what, id, host: estate.name(host), mechanism: None, weight: Weight::Weak }
}

/// A time to show if the update may lie between `from` and `to`: the start of the day where only the day is known.
fn within(when: When, from: Time, to: Time) -> Option<Time> {
    let (earliest, latest) = when.window()?;
    let shown = match when {
        When::Exact(t) => t,
        When::Local(t) => t.and_utc(),
        When::Day(d) => d.and_hms_opt(0, 0, 0)?.and_utc(),
        When::Ambiguous { day_first, month_first } => {
            let fits = |d: chrono::NaiveDate| {
                d.and_hms_opt(0, 0, 0).map(|t| t.and_utc()).filter(|t| *t <= to && *t + Duration::days(1) > from)
            };
            fits(day_first).or_else(|| fits(month_first))?
        }
        When::Unknown => return None,
    };
    (latest > from && earliest <= to).then_some(shown.min(to))
}
