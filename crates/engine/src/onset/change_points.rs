//! When pairs went over from completing to failing, and which of them went over together.

use crate::attempts::{Attempt, Joined};
use crate::estate::Estate;
use crate::hosts::HostId;
use delegap_model::{ChangePoint, HostPair, Outcome, Time};
use std::collections::BTreeMap;

/// One pair's interval.
struct Onset {
    pair: (HostId, HostId),
    after: Option<Time>,
    until: Time,
}

/// The change points of an estate: pairs whose intervals overlap may have one reason and share one.
pub(super) fn of(estate: &Estate, joined: &Joined) -> Vec<ChangePoint> {
    let mut by_pair: BTreeMap<(HostId, HostId), Vec<&Attempt>> = BTreeMap::new();
    for attempt in &joined.attempts {
        if let Some(pair) = attempt.source.zip(attempt.destination) {
            by_pair.entry(pair).or_default().push(attempt);
        }
    }
    let mut onsets: Vec<Onset> = by_pair.into_iter().flat_map(|(pair, attempts)| of_pair(pair, &attempts)).collect();
    onsets.sort_by_key(|o| (o.until, o.pair));
    let mut points: Vec<(Option<Time>, Time, Vec<_>)> = Vec::new();
    for onset in onsets {
        // Sorted by their ends: an interval joins the last group if it began before that group's first failure.
        match points.last_mut() {
            Some((after, until, pairs)) if onset.after.is_none_or(|a| a < *until) => {
                *after = (*after).max(onset.after);
                pairs.push(onset.pair);
            }
            _ => points.push((onset.after, onset.until, vec![onset.pair])),
        }
    }
    let named = |(a, b): (HostId, HostId)| HostPair { source: estate.name(a), destination: estate.name(b) };
    points
        .into_iter()
        .map(|(after, until, pairs)| ChangePoint { after, until, pairs: pairs.into_iter().map(named).collect() })
        .collect()
}

/// The first failure after the last success, once for every time a pair went over.
fn of_pair(pair: (HostId, HostId), attempts: &[&Attempt]) -> Vec<Onset> {
    let mut onsets = Vec::new();
    let mut after = None;
    let mut failing = false;
    for attempt in attempts {
        match attempt.outcome {
            Outcome::Completed => {
                after = Some(attempt.ended.unwrap_or(attempt.started));
                failing = false;
            }
            Outcome::Failed if !failing => {
                onsets.push(Onset { pair, after, until: attempt.started });
                failing = true;
            }
            Outcome::Failed | Outcome::Unknown => {}
        }
    }
    // A pair whose moves now fail and now complete has no onset but its first.
    onsets.truncate(if onsets.len() > 2 { 1 } else { 2 });
    onsets
}
