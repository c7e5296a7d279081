//! The clocks of the hosts differ by more than Kerberos allows.

use super::support::{NEAR, status};
use super::{Claim, Context, Exclusion, Note, Rule, Ruling};
use crate::attempts::Attempt;
use crate::hosts::HostId;
use crate::knowledge::Meaning;
use chrono::NaiveDateTime;
use delegap_model::{Confidence, Evidence, Severity};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const RULE: Rule = Rule { id: "clock-skew", judge };

/// Kerberos accepts clocks that differ by up to this (MaxClockSkew, by default).
const ALLOWED_S: i64 = 300;
/// KRB_AP_ERR_SKEW
const SKEW: u32 = 0x25;

fn judge(context: &Context<'_>) -> Ruling {
    let estate = context.estate;
    let mut ruling = Ruling::default();
    let mut claimed: BTreeSet<(HostId, HostId)> = BTreeSet::new();
    let mut unmeasured: BTreeSet<String> = BTreeSet::new();
    let mut apart: BTreeMap<(HostId, HostId), Option<Measured>> = BTreeMap::new();
    for (index, attempt) in context.failed() {
        let coded = !context.leading(attempt, "clock-skew").is_empty();
        if !coded && !context.authentication_failed(attempt) {
            continue;
        }
        let told: Vec<Evidence> = kerberos_says(context, attempt);
        let pair = attempt.source.zip(attempt.destination);
        let apart = pair.and_then(|p| apart.entry(p).or_insert_with(|| measured(context, p)).clone());
        let differ = apart.as_ref().is_some_and(|(seconds, _)| seconds.abs() > ALLOWED_S);
        match &apart {
            Some((seconds, evidence)) if !coded && told.is_empty() && !differ => {
                ruling.examined += 1;
                let why = format!("The clocks of both hosts agree within {} s.", seconds.abs());
                ruling.excluded.push(Exclusion { attempt: index, why, evidence: evidence.clone() });
            }
            None if !coded && told.is_empty() => {
                unmeasured.extend([attempt.source, attempt.destination].into_iter().flatten().map(|h| estate.name(h)));
            }
            _ => ruling.examined += 1,
        }
        if !coded && told.is_empty() && !differ {
            continue;
        }
        let other = attempt.codes.iter().any(|c| !context.leads(*c, "clock-skew") && context.decides(*c));
        if !coded && other && told.is_empty() {
            continue;
        }
        let mut claim = Claim::new(context, index, if coded { Confidence::Likely } else { Confidence::Possible });
        claim.evidence.extend(told.iter().cloned());
        match apart {
            Some((seconds, evidence)) if differ => {
                claim.confidence = if coded { Confidence::Confirmed } else { Confidence::Likely };
                claim.facts = evidence;
                claim.caveats.push(format!(
                    "The two clocks are {} s apart; Kerberos allows {ALLOWED_S} s (5 min).",
                    seconds.abs()
                ));
            }
            Some((seconds, evidence)) => {
                claim.against.extend(evidence);
                claim.caveats.push(format!(
                    "The clocks of the two hosts are only {} s apart: they may both differ from the domain controller's.",
                    seconds.abs()
                ));
            }
            None => {}
        }
        let server = kerberos_clock(context, attempt).filter(|seconds| !differ && seconds.abs() > ALLOWED_S);
        if let Some(seconds) = server {
            claim.confidence = if coded { Confidence::Confirmed } else { Confidence::Likely };
            claim.caveats.push(format!(
                "Security-Kerberos 3 states the server's clock: {} s apart from the host's; Kerberos allows {ALLOWED_S} s.",
                seconds.abs()
            ));
        }
        claim.evidence.extend(pair.into_iter().flat_map(|(a, b)| [a, b]).flat_map(|host| free_running(context, host)));
        if claim.confidence < Confidence::Confirmed {
            claim.raise.push(
                "Measure on both hosts: w32tm /stripchart /computer:<domain controller> /samples:3 /dataonly"
                    .to_owned(),
            );
        }
        claimed.extend(attempt.source.zip(attempt.destination));
        ruling.claims.push(claim);
    }
    notes(context, &claimed, &mut ruling);
    if !unmeasured.is_empty() {
        let hosts = unmeasured.into_iter().collect::<Vec<_>>().join(", ");
        ruling.missing.push(format!("how far the clocks differ: {hosts} and the domain controller"));
    } else if ruling.examined == 0 {
        ruling.examined = context.moves();
    }
    ruling
}

/// Kerberos' own word on the clocks around an attempt, on one of its hosts or for them on a domain controller.
fn kerberos_says(context: &Context<'_>, attempt: &Attempt) -> Vec<Evidence> {
    let skewed = |meaning| context.naming(meaning, attempt, NEAR).filter(|s| status(s) == Some(SKEW));
    let refused = [Meaning::KerberosError, Meaning::ServiceTicket, Meaning::TgtRequested].into_iter().flat_map(skewed);
    let early = context.naming(Meaning::KerberosClock, attempt, NEAR);
    refused.chain(early).map(|s| context.shown(s)).collect()
}

/// The server's clock minus the host's in seconds, by the time that the server put into its refusal.
fn kerberos_clock(context: &Context<'_>, attempt: &Attempt) -> Option<i64> {
    let refusals = context.naming(Meaning::KerberosError, attempt, NEAR).filter(|s| status(s) == Some(SKEW));
    let differences = refusals.filter_map(|s| {
        // `9:05:12.0000 11/10/2026 Z`
        let stated = s.event.field("ServerTime")?.trim().trim_end_matches(['Z', ' ']);
        let server = NaiveDateTime::parse_from_str(stated, "%H:%M:%S%.f %m/%d/%Y").ok()?;
        Some((server.and_utc() - s.time).num_seconds())
    });
    differences.max_by_key(|seconds| seconds.abs())
}

/// A host that follows no other clock: it may drift, and measures nothing.
fn free_running<'a>(context: &'a Context<'_>, host: HostId) -> impl Iterator<Item = Evidence> + use<'a> {
    let alone = context.estate.of(host).time_services.iter().filter(|s| !s.synchronised);
    alone.map(move |service| {
        let source = service.source.as_ref().map(|s| format!(", its source is {s}")).unwrap_or_default();
        let says = format!("w32tm: the clock is not synchronised{source}");
        Evidence::stated(service.at.clone(), Some(context.estate.name(host)), says)
    })
}

/// Seconds, and what shows them.
type Measured = (i64, Vec<Evidence>);

/// The difference of the two hosts' clocks in seconds, with the events of one exchange that both logged.
fn measured(context: &Context<'_>, (a, b): (HostId, HostId)) -> Option<Measured> {
    if let Some(sample) = context.estate.clock_difference(a, b) {
        return Some(sample);
    }
    let there = context.joined.offsets.get(&(a, b)).copied();
    let seconds = there.or_else(|| context.joined.offsets.get(&(b, a)).map(|s| -s))?;
    let both = |other: &&Attempt| {
        let hosts: BTreeSet<HostId> = other.signals(context.estate).map(|s| s.host).collect();
        hosts.contains(&a) && hosts.contains(&b)
    };
    let first = |from, to| context.joined.of_pair(from, to).find(both);
    let exchange = first(a, b).into_iter().chain(first(b, a)).min_by_key(|x| x.started)?;
    let last_of = |host| exchange.signals(context.estate).rfind(|s| s.host == host);
    let evidence = [a, b].into_iter().filter_map(last_of).map(|s| Evidence {
        says: format!("{}; the other host logged the same move {} s apart", s.words(), seconds.abs()).into(),
        ..exchange.evidence(context.estate, s)
    });
    Some((seconds, evidence.collect()))
}

/// Clocks that are too far apart, where no move failed for it.
fn notes(context: &Context<'_>, claimed: &BTreeSet<(HostId, HostId)>, ruling: &mut Ruling) {
    for ((a, b), seconds) in &context.joined.offsets {
        if seconds.abs() <= ALLOWED_S || claimed.contains(&(*a, *b)) || claimed.contains(&(*b, *a)) {
            continue;
        }
        let of_pair = context.joined.of_pair(*a, *b).next();
        let evidence: Vec<Evidence> = of_pair.map(|x| context.signs(x)).unwrap_or_default();
        if evidence.is_empty() {
            continue;
        }
        let (x, y) = (context.estate.name(*a), context.estate.name(*b));
        ruling.notes.push(Note {
            severity: Severity::Warning,
            confidence: Confidence::Likely,
            pairs: vec![(*a, *b)],
            hosts: vec![*a, *b],
            evidence,
            says: format!("The clocks of {x} and {y} are {} s apart; Kerberos allows {ALLOWED_S} s.", seconds.abs()),
        });
    }
}
