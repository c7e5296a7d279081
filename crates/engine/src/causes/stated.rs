//! Causes that an event states in words of its own.

use super::{Claim, Context, Ruling};
use crate::knowledge::Meaning;
use delegap_model::{Confidence, Evidence};
use std::collections::BTreeSet;

/// A cause that the destination names in its own words.
pub(super) fn stated(context: &Context<'_>, meaning: Meaning, collect: &str) -> Ruling {
    let mut ruling = Ruling { examined: context.moves(), ..Ruling::default() };
    for (index, attempt) in context.failed() {
        if !attempt.means(&[meaning]) {
            continue;
        }
        let mut claim = Claim::new(context, index, Confidence::Likely);
        claim.evidence = named(context, index, |s| s.means(meaning));
        claim.raise.push(collect.to_owned());
        ruling.claims.push(claim);
    }
    silent_without(context, "high-availability", "High-Availability log", &mut ruling);
    silent_without_peer(context, &mut ruling);
    ruling
}

/// Failures that say nothing, where the management log of the destination, which may give the reason, was not sent.
pub(super) fn silent_without_peer(context: &Context<'_>, ruling: &mut Ruling) {
    let estate = context.estate;
    let mut hosts: BTreeSet<String> = BTreeSet::new();
    for (_, attempt) in context.failed().filter(|(_, a)| context.is_silent(a)) {
        match attempt.destination {
            Some(d) if estate.reaches(d, "hyper-v-vmms", attempt.started) => {}
            Some(d) => drop(hosts.insert(estate.name(d))),
            None => drop(hosts.insert("a destination that no event names".to_owned())),
        }
    }
    if !hosts.is_empty() {
        ruling.missing.push(format!("management log of {}", hosts.into_iter().collect::<Vec<_>>().join(", ")));
    }
}

/// Failures that say nothing, where the log that might say it was not sent.
pub(super) fn silent_without(context: &Context<'_>, channel: &str, log: &str, ruling: &mut Ruling) {
    let estate = context.estate;
    let mut hosts: BTreeSet<String> = BTreeSet::new();
    for (_, attempt) in context.failed().filter(|(_, a)| a.stopped_in.is_none()) {
        let clustered = context.pair(attempt).is_some_and(|p| p.same_cluster);
        let applies = channel != "high-availability" || clustered;
        let host = attempt.destination.filter(|d| applies && !estate.reaches(*d, channel, attempt.started));
        hosts.extend(host.map(|h| estate.name(h)));
    }
    if !hosts.is_empty() {
        ruling.missing.push(format!("{log} of {}", hosts.into_iter().collect::<Vec<_>>().join(", ")));
    }
}

fn named(context: &Context<'_>, index: usize, wanted: impl Fn(&crate::signals::Signal) -> bool) -> Vec<Evidence> {
    let attempt = &context.joined.attempts[index];
    attempt.signals(context.estate).filter(|s| wanted(s)).map(|s| attempt.evidence(context.estate, s)).collect()
}
