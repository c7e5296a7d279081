//! Claims and notes become findings: one per cause, ranked, with proof, counter-proof and repair.

use crate::causes::{Claim, Context, Ruling, Rulings};
use crate::diagnose::attempt_id;
use crate::estate::Estate;
use crate::hosts::HostId;
use crate::{catalogue, disagreements, repair, rivals};
use delegap_model::{Class, Confidence, Evidence, Finding, HostPair, Initiator, Severity, Step};
use std::collections::{BTreeMap, BTreeSet};

/// Notes written out in a summary before the rest is counted.
const NOTES: usize = 6;
/// Attempts whose signs are shown per pair; the attempts themselves carry all of them.
const SIGNS_PER_PAIR: usize = 1;

/// Every finding, in report order: what explains failed moves, and apart from it what was noted without one.
pub(crate) fn assemble(context: &Context<'_>, rulings: &Rulings) -> Vec<Finding> {
    let mut findings: Vec<(usize, Finding)> = Vec::new();
    for (rank, cause) in catalogue::all().iter().enumerate() {
        let Some(Some(ruling)) = rulings.get(cause.id) else { continue };
        findings.extend(explanations(context, cause, ruling, rulings).into_iter().map(|f| (rank, f)));
        findings.extend(notice(context, cause, ruling).map(|f| (rank, f)));
    }
    let last = catalogue::all().len();
    findings.extend(disagreements::findings(context).into_iter().map(|f| (last, f)));
    findings.sort_by(|(rank_a, a), (rank_b, b)| {
        let key = |f: &Finding| (f.severity, f.class != Class::Input, f.confidence, f.attempts.len());
        key(b).cmp(&key(a)).then(rank_a.cmp(rank_b))
    });
    let mut findings: Vec<Finding> = findings.into_iter().map(|(_, f)| f).collect();
    for (index, finding) in findings.iter_mut().enumerate() {
        finding.id = format!("F{}", index + 1);
    }
    findings
}

/// The failed moves that a cause explains: those where it is shown, and apart from them those with its signs only.
fn explanations(
    context: &Context<'_>,
    cause: &'static catalogue::Cause,
    ruling: &Ruling,
    rulings: &Rulings,
) -> Vec<Finding> {
    let (shown, mut signs): (Vec<&Claim>, Vec<&Claim>) =
        ruling.claims.iter().partition(|c| c.confidence >= Confidence::Likely);
    // Where a cause is shown, a failure that is merely open to it is not counted as explained.
    signs.retain(|c| shown.is_empty() || !c.bare);
    [shown, signs].into_iter().filter_map(|claims| explanation(context, cause, ruling, rulings, claims)).collect()
}

fn explanation(
    context: &Context<'_>,
    cause: &'static catalogue::Cause,
    ruling: &Ruling,
    rulings: &Rulings,
    mut claims: Vec<&Claim>,
) -> Option<Finding> {
    let estate = context.estate;
    claims.sort_by_key(|c| (std::cmp::Reverse(c.confidence), c.attempt));
    let strongest = claims.first()?;
    let mut finding = begin(cause, strongest.confidence, strongest.evidence.first()?);
    finding.severity = Severity::Error;
    let mut pairs: BTreeSet<(HostId, HostId)> = BTreeSet::new();
    let mut hosts: BTreeSet<HostId> = BTreeSet::new();
    let mut attempts: Vec<usize> = Vec::new();
    for claim in &claims {
        let attempt = &context.joined.attempts[claim.attempt];
        attempts.push(claim.attempt);
        pairs.extend(attempt.source.zip(attempt.destination));
        hosts.extend(concerned(cause.class, attempt.source, attempt.destination));
        finding.users.extend(attempt.user.clone());
    }
    attempts.sort_unstable();
    finding.users.sort();
    finding.users.dedup();
    place(&mut finding, estate, &hosts, &pairs);
    finding.attempts = attempts.iter().map(|i| attempt_id(*i)).collect();
    if finding.confidence == Confidence::Confirmed {
        let mut weaker: Vec<usize> =
            claims.iter().filter(|c| c.confidence < Confidence::Confirmed).map(|c| c.attempt).collect();
        weaker.sort_unstable();
        finding.only_likely = weaker.into_iter().map(attempt_id).collect();
    }
    finding.evidence = evidence(context, &claims);
    finding.against = distinct(claims.iter().flat_map(|c| c.against.iter().cloned()).collect());
    finding.ruled_out = rivals::ruled_out(rulings, cause.id, &attempts);
    finding.caveats = caveats(&claims);
    finding.raise_confidence = distinct(claims.iter().flat_map(|c| c.raise.iter().cloned()).collect());
    if finding.confidence == Confidence::Confirmed {
        finding.raise_confidence.clear();
    }
    finding.title = ruling.title.map_or_else(|| cause.title.clone(), str::to_owned);
    finding.summary = summary(context, cause, &claims);
    finding.workaround = cause.workaround.clone();
    if cause.class == Class::Delegation {
        let clustered = context.pairs.list.iter().any(|p| p.same_cluster && pairs.contains(&(p.source, p.destination)));
        let cluster_run =
            claims.iter().all(|c| context.joined.attempts[c.attempt].initiator == Some(Initiator::Cluster));
        finding.workaround.extend(repair::workarounds(Some(clustered), cluster_run));
    }
    finding.remediation = steps(estate, cause, &ruling.steps, &pairs);
    Some(finding)
}

/// What a cause notes where no move failed for it.
fn notice(context: &Context<'_>, cause: &'static catalogue::Cause, ruling: &Ruling) -> Option<Finding> {
    let estate = context.estate;
    let confidence = ruling.notes.iter().map(|n| n.confidence).max()?;
    let mut finding = begin(cause, confidence, ruling.notes.first()?.evidence.first()?);
    finding.severity = ruling.notes.iter().map(|n| n.severity).max()?;
    let pairs: BTreeSet<(HostId, HostId)> = ruling.notes.iter().flat_map(|n| n.pairs.iter().copied()).collect();
    let hosts: BTreeSet<HostId> = ruling.notes.iter().flat_map(|n| n.hosts.iter().copied()).collect();
    place(&mut finding, estate, &hosts, &pairs);
    finding.evidence = distinct(ruling.notes.iter().flat_map(|n| n.evidence.iter().cloned()).collect());
    let failed = context.failed().any(|(_, a)| a.source.zip(a.destination).is_some_and(|p| pairs.contains(&p)));
    let moves = if failed {
        "Moves that failed there have another cause, or none that is known."
    } else {
        "No failed move was seen there."
    };
    let says = distinct(ruling.notes.iter().map(|n| n.says.as_str()).collect());
    let more = match says.len().saturating_sub(NOTES) {
        0 => String::new(),
        n => format!(" The same for {}.", plural(n, "further pair")),
    };
    let says = says.into_iter().take(NOTES).collect::<Vec<_>>().join(" ");
    finding.summary = format!("{} {says}{more} {moves}", cause.problem);
    if cause.class == Class::Delegation && !estate.has_logs {
        finding.raise_confidence.push(format!("Send {}", crate::causes::ask_management_log()));
    }
    finding.remediation = steps(estate, cause, &ruling.note_steps, &pairs);
    Some(finding)
}

/// A finding with the words of its cause.
fn begin(cause: &'static catalogue::Cause, confidence: Confidence, first: &Evidence) -> Finding {
    let mut finding = Finding::new(cause.id, cause.class, confidence, first.clone());
    finding.title = cause.title.clone();
    finding.impact = cause.impact.clone();
    finding.resolution = cause.resolution.clone();
    finding.references = cause.references.clone();
    finding
}

fn place(finding: &mut Finding, estate: &Estate, hosts: &BTreeSet<HostId>, pairs: &BTreeSet<(HostId, HostId)>) {
    finding.hosts = hosts.iter().map(|h| estate.name(*h)).collect();
    let pair = |(a, b): &(HostId, HostId)| HostPair { source: estate.name(*a), destination: estate.name(*b) };
    finding.pairs = pairs.iter().map(pair).collect();
}

/// The ruling's own steps, or the catalogue's with the hosts of the only pair.
fn steps(estate: &Estate, cause: &catalogue::Cause, own: &[Step], pairs: &BTreeSet<(HostId, HostId)>) -> Vec<Step> {
    if !own.is_empty() {
        return own.to_vec();
    }
    let only = if pairs.len() == 1 { pairs.first() } else { None };
    let name = |pick: fn(&(HostId, HostId)) -> HostId| only.map(|p| estate.name(pick(p)));
    cause.steps(name(|p| p.0).as_deref(), name(|p| p.1).as_deref())
}

/// Caveats, each with its attempts where it does not hold for all.
fn caveats(claims: &[&Claim]) -> Vec<String> {
    let texts = distinct(claims.iter().flat_map(|c| c.caveats.iter()).collect());
    let words = |text: &String| {
        let of: BTreeSet<usize> = claims.iter().filter(|c| c.caveats.contains(text)).map(|c| c.attempt).collect();
        if of.len() == claims.len() {
            text.clone()
        } else {
            format!("{}: {text}", listed(of.into_iter().map(attempt_id)))
        }
    };
    texts.into_iter().map(words).collect()
}

/// The hosts on which something is wrong: the source for delegation, else both.
fn concerned(class: Class, source: Option<HostId>, destination: Option<HostId>) -> impl Iterator<Item = HostId> {
    let destination = if class == Class::Delegation { None } else { destination };
    source.into_iter().chain(destination)
}

/// Configuration facts first, then the signs of a few attempts of every pair.
fn evidence(context: &Context<'_>, claims: &[&Claim]) -> Vec<Evidence> {
    let mut evidence: Vec<Evidence> = claims.iter().flat_map(|c| c.facts.iter().cloned()).collect();
    let mut shown: BTreeMap<(Option<HostId>, Option<HostId>), usize> = BTreeMap::new();
    for claim in claims {
        let attempt = &context.joined.attempts[claim.attempt];
        let count = shown.entry((attempt.source, attempt.destination)).or_default();
        if *count < SIGNS_PER_PAIR {
            *count += 1;
            evidence.extend(claim.evidence.iter().cloned());
        }
    }
    distinct(evidence)
}

pub(crate) fn distinct<T: Ord + Clone>(items: Vec<T>) -> Vec<T> {
    let mut seen = BTreeSet::new();
    items.into_iter().filter(|item| seen.insert(item.clone())).collect()
}

fn summary(context: &Context<'_>, cause: &catalogue::Cause, claims: &[&Claim]) -> String {
    let estate = context.estate;
    let times = claims.iter().map(|c| context.joined.attempts[c.attempt].started);
    let pairs: BTreeSet<String> = claims.iter().map(|c| route(estate, &context.joined.attempts[c.attempt])).collect();
    let span = match (times.clone().min(), times.max()) {
        (Some(a), Some(b)) if a != b => format!("between {} and {}", shown_time(a), shown_time(b)),
        (Some(a), _) => format!("at {}", shown_time(a)),
        _ => String::new(),
    };
    let vms: BTreeSet<&str> =
        claims.iter().filter_map(|c| context.joined.attempts[c.attempt].vm_name.as_deref()).collect();
    let vms =
        if vms.is_empty() { String::new() } else { format!(" (VMs: {})", listed(vms.into_iter().map(str::to_owned))) };
    let count = plural(claims.len(), "failed move");
    format!("{} Here: {count} {span} on {}{vms}.", cause.problem, listed(pairs.into_iter()))
}

/// `HV01 → HV02`
pub(crate) fn route(estate: &Estate, attempt: &crate::attempts::Attempt) -> String {
    let name = |id: Option<HostId>| id.map_or_else(|| "?".to_owned(), |h| estate.name(h));
    format!("{} → {}", name(attempt.source), name(attempt.destination))
}

/// Up to eight items, then how many more.
pub(crate) fn listed(items: impl Iterator<Item = String>) -> String {
    let all: Vec<String> = items.collect();
    let more = all.len().saturating_sub(8);
    let mut text = all.iter().take(8).cloned().collect::<Vec<_>>().join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

/// `1 failed move`, `3 failed moves`, `2 other entries`.
pub(crate) fn plural(count: usize, noun: &str) -> String {
    match (count, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        _ => format!("{count} {noun}s"),
    }
}

fn shown_time(time: delegap_model::Time) -> String {
    time.format("%Y-%m-%d %H:%M:%SZ").to_string()
}
