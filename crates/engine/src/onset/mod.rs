//! When the failures began, how certain that is, and what happened before.
//!
//! Moves happen because of patching, so a failure always shows on a patch day: what counts is the whole interval from the
//! last success of the failing pairs to their first failure, and a mechanism, not the nearness of two dates.

mod candidates;
mod change_points;
mod directory;

use crate::attempts::{Attempt, Joined};
use crate::causes::Context;
use crate::estate::Estate;
use crate::hosts::HostId;
use chrono::{Datelike, Duration};
use delegap_model::{Finding, Onset, Outcome, Time, Week};
use std::collections::BTreeSet;

/// How far before the first failure a candidate may lie when no success bounds it.
const LOOK_BACK: Duration = Duration::days(30);
/// Weeks shown before and after the one of the first failure.
const WEEKS: i64 = 4;

/// What the search for candidates looks at.
struct Interval {
    /// Exclusive.
    from: Time,
    /// Inclusive.
    to: Time,
    /// Source and destination of failing pairs.
    hosts: BTreeSet<HostId>,
}

/// The onset of a case's failures.
pub(crate) fn find(context: &Context<'_>, findings: &[Finding]) -> Option<Onset> {
    let (estate, joined) = (context.estate, context.joined);
    let first = joined.attempts.iter().filter(|a| a.failed()).min_by_key(|a| a.started)?;
    let failing: BTreeSet<(Option<HostId>, Option<HostId>)> =
        joined.attempts.iter().filter(|a| a.failed()).map(|a| (a.source, a.destination)).collect();
    let success = |a: &&Attempt| {
        a.outcome == Outcome::Completed && a.started < first.started && failing.contains(&(a.source, a.destination))
    };
    let last_success = joined.attempts.iter().filter(success).map(|a| a.ended.unwrap_or(a.started)).max();
    let interval = Interval {
        from: last_success.unwrap_or(first.started - LOOK_BACK),
        to: first.started,
        hosts: failing.iter().flat_map(|(a, b)| [*a, *b]).flatten().collect(),
    };
    let (candidates, missing) = candidates::all(context, findings, &interval);
    let earliest = candidates.iter().map(|c| c.time).min();
    Some(Onset {
        first_failure: first.started,
        last_success_before: last_success,
        left_censored: last_success.is_none() || begins_late(estate, first, earliest),
        change_points: change_points::of(estate, joined),
        weeks: weeks(joined, first.started),
        candidates,
        missing,
    })
}

/// The log that shows the first failure begins after a candidate: an earlier failure would not be in it.
fn begins_late(estate: &Estate, first: &Attempt, earliest: Option<Time>) -> bool {
    let begins = first.source.and_then(|s| estate.coverage(s, "hyper-v").map(|c| c.from).min());
    matches!((begins, earliest), (Some(begins), Some(candidate)) if begins > candidate)
}

/// Attempts per week around the first failure.
fn weeks(joined: &Joined, first: Time) -> Vec<Week> {
    let monday = |time: Time| {
        let day = time.date_naive() - Duration::days(time.weekday().num_days_from_monday().into());
        day.and_hms_opt(0, 0, 0).map(|t| t.and_utc())
    };
    let Some(centre) = monday(first) else { return Vec::new() };
    let mut weeks = Vec::new();
    for number in -WEEKS..=WEEKS {
        let starts = centre + Duration::weeks(number);
        let within = |a: &&Attempt| a.started >= starts && a.started < starts + Duration::weeks(1);
        let count = |outcome| {
            let here = joined.attempts.iter().filter(within).filter(|a| a.outcome == outcome);
            u32::try_from(here.count()).unwrap_or(u32::MAX)
        };
        weeks.push(Week { starts, completed: count(Outcome::Completed), failed: count(Outcome::Failed) });
    }
    let busy = |w: &Week| w.completed + w.failed > 0;
    let (begin, end) = (weeks.iter().position(busy).unwrap_or(0), weeks.iter().rposition(busy).map_or(0, |i| i + 1));
    weeks.truncate(end);
    weeks.drain(..begin.min(weeks.len()));
    weeks
}
