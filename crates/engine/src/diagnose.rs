//! From facts to the diagnosis: runs every cause, ranks what they claim, and words the answer.

use crate::attempts::{self, Joined};
use crate::causes::{Context, RULES, Rulings};
use crate::estate::Estate;
use crate::findings;
use crate::hosts::HostId;
use crate::open_causes::OpenCauses;
use crate::pairs::Pairs;
use crate::threads::{Shared, Threads};
use crate::{
    ask, catalogue, counterfactual, escalation, initiator, knowledge, onset, signals, testimony, timeline, verdict,
};
use delegap_model::{
    Attempt, Case, Check, CheckOutcome, Confidence, DelegationKind, Diagnosis, Finding, HostSummary, InputSummary,
    Outcome, Signal, Spn, When,
};
use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Diagnoses a case.
pub fn diagnose(case: Case) -> Diagnosis {
    diagnose_on(case, NonZeroUsize::MIN).0
}

/// What a diagnosis was made of. There is nothing to do with it but to give its memory back, which takes its time: a
/// program that ends may leave that to the system.
#[must_use = "dropping it takes time"]
pub struct Remains {
    _estate: Estate,
    _joined: Joined,
}

/// Diagnoses a case on up to `threads` threads, on which nothing that comes out depends.
pub fn diagnose_on(case: Case, threads: NonZeroUsize) -> (Diagnosis, Remains) {
    let threads = Threads::new(threads);
    let mut estate = Estate::new(case, threads);
    let mut joined = attempts::join(&estate);
    for (address, host) in joined.addresses(&estate) {
        estate.facts[host.index()].addresses.insert(address);
    }
    joined.attempts.iter_mut().for_each(|a| initiator::find(a, &estate));
    let (timeline, diagnosis) = threads.both(
        estate.signals.len(),
        || timeline::build(&estate, &joined),
        || conclude(&estate, &joined, threads),
    );
    (Diagnosis { timeline, ..diagnosis }, Remains { _estate: estate, _joined: joined })
}

/// The diagnosis but for its timeline.
fn conclude(estate: &Estate, joined: &Joined, threads: Threads) -> Diagnosis {
    let pairs = Pairs::new(estate, joined);
    let context = Context { estate, joined, pairs: &pairs };
    let rulings: Rulings = RULES
        .iter()
        // A fault in one cause is reported as its own and takes nothing else with it.
        .map(|rule| (rule.id, catch_unwind(AssertUnwindSafe(|| context.ruling(rule))).ok()))
        .collect();
    let findings = findings::assemble(&context, &rulings);
    let attempts = reported_attempts(&context, &rulings, &findings, threads);
    let checks = checks(&rulings);
    let (verdict, ask) = (verdict::reach(&context, &findings, &attempts), ask::list(&context, &findings));
    let mut diagnosis = Diagnosis {
        verdict,
        knowledge_as_of: knowledge::AS_OF,
        ask,
        escalation: Vec::new(),
        reported_stall: testimony::weigh(&context),
        counterfactual: counterfactual::find(&context),
        directory_exported: None,
        directory_domain_controller: None,
        pairs: pairs.list.iter().map(|p| p.to_pair(estate, joined)).collect(),
        hosts: estate.hosts.ids().map(|id| host_summary(estate, joined, id)).collect(),
        onset: onset::find(&context, &findings),
        timeline: Vec::new(),
        checks,
        attempts,
        findings,
        inputs: named_inputs(estate),
    };
    diagnosis.escalation = escalation::summary(&context, &diagnosis);
    diagnosis
}

/// Attempt ids are their places in the list.
pub(crate) fn attempt_id(index: usize) -> String {
    format!("A{}", index + 1)
}

/// The inputs with their hosts called as everywhere else.
pub(crate) fn named_inputs(estate: &Estate) -> Vec<InputSummary> {
    let display = |name: &str| estate.hosts.find(name, None).map_or_else(|| name.to_uppercase(), |id| estate.name(id));
    let mut inputs = estate.inputs.clone();
    for input in &mut inputs {
        input.host = input.host.as_deref().map(display);
        for cover in &mut input.covers {
            cover.host = display(&cover.host);
        }
    }
    inputs
}

fn reported_attempts(context: &Context<'_>, rulings: &Rulings, findings: &[Finding], threads: Threads) -> Vec<Attempt> {
    let (estate, joined) = (context.estate, context.joined);
    let mut explained: HashMap<&str, (Vec<String>, bool)> = HashMap::new();
    for finding in findings {
        for attempt in &finding.attempts {
            let (by, surely) = explained.entry(attempt).or_default();
            by.push(finding.id.clone());
            *surely |= finding.confidence >= Confidence::Likely;
        }
    }
    let open = OpenCauses::new(rulings);
    let report = |index: usize, attempt: &attempts::Attempt, shared: &mut Shared| {
        let id = attempt_id(index);
        let (explained_by, surely) = explained.get(id.as_str()).cloned().unwrap_or_default();
        let signals = attempt.signals(estate).map(|s| Signal {
            evidence: attempt.evidence_by(estate, s, shared),
            provider: shared.text(&s.event.provider),
            event_id: s.event.id,
            meaning: &s.rule.says,
        });
        Attempt {
            vm_name: attempt.vm_name.clone(),
            vm_id: attempt.vm_id,
            source: attempt.source.map(|h| Arc::clone(estate.hosts.display(h))),
            destination: attempt.destination.map(|h| Arc::clone(estate.hosts.display(h))),
            started: Some(attempt.started),
            ended: attempt.ended,
            outcome: attempt.outcome,
            stopped_in: attempt.stopped_in,
            initiator: attempt.initiator,
            user: attempt.user.clone(),
            codes: attempt.codes.clone(),
            failed_side: attempt.failed_side,
            signals: signals.collect(),
            open_causes: match attempt.outcome == Outcome::Failed && !surely {
                true => open.of(context, index, attempt),
                false => Vec::new(),
            },
            explained_by,
            id,
        }
    };
    let size = joined.attempts.len().div_ceil(threads.parts_of(joined.attempts.len())).max(1);
    let parts: Vec<_> = joined.attempts.chunks(size).collect();
    let mut parts = threads.each(parts, |place, part| {
        let mut shared = Shared::copied();
        let numbered = part.iter().enumerate();
        numbered.map(|(index, attempt)| report(place * size + index, attempt, &mut shared)).collect::<Vec<_>>()
    });
    if parts.len() == 1 {
        return parts.pop().unwrap_or_default();
    }
    let mut reported = Vec::with_capacity(joined.attempts.len());
    parts.into_iter().for_each(|part| reported.extend(part));
    reported
}

fn checks(rulings: &Rulings) -> Vec<Check> {
    let check = |cause: &'static catalogue::Cause| {
        let blank = Check {
            cause: cause.id,
            outcome: CheckOutcome::NotChecked,
            examined: 0,
            missing: Vec::new(),
            collect: None,
            text: None,
        };
        match rulings.get(cause.id) {
            None => Check { missing: vec!["not implemented".to_owned()], ..blank },
            Some(None) => Check {
                outcome: CheckOutcome::Faulted,
                missing: vec!["this check failed; please report it".to_owned()],
                ..blank
            },
            Some(Some(ruling)) => {
                let found = !ruling.claims.is_empty() || !ruling.notes.is_empty();
                let outcome = match (found, ruling.missing.is_empty() && ruling.examined > 0) {
                    (true, _) => CheckOutcome::Found,
                    (false, true) => CheckOutcome::Clear,
                    (false, false) => CheckOutcome::NotChecked,
                };
                let mut missing = ruling.missing.clone();
                if outcome == CheckOutcome::NotChecked && missing.is_empty() {
                    missing.push(cause.missing.clone());
                }
                let words = || ruling.clear.map_or_else(|| cause.clear.clone(), str::to_owned);
                let text = (outcome == CheckOutcome::Clear).then(words);
                let collect = (outcome == CheckOutcome::NotChecked).then(|| cause.collect.clone());
                Check { outcome, examined: ruling.examined, missing, collect, text, ..blank }
            }
        }
    };
    catalogue::all().iter().map(check).collect()
}

fn host_summary(estate: &Estate, joined: &Joined, id: HostId) -> HostSummary {
    let facts = estate.of(id);
    let computer = facts.computer.as_ref();
    let state = estate.source_state(id);
    let services = state.list.told_items().map(<[Spn]>::to_vec);
    let delegation = match (&services, state.trusted_to_auth.known(), state.unconstrained.known()) {
        (Some(list), to_auth, _) if !list.is_empty() => match to_auth {
            Some(true) => DelegationKind::AnyProtocol,
            Some(false) => DelegationKind::KerberosOnly,
            None => DelegationKind::Unknown,
        },
        (_, _, Some(true)) => DelegationKind::Unconstrained,
        (Some(_), _, Some(false)) => DelegationKind::None,
        _ => DelegationKind::Unknown,
    };
    let mut roles = Vec::new();
    for (is, role) in [
        (facts.hyper_v, "hyper-v"),
        (facts.domain_controller, "domain-controller"),
        (facts.cluster_name, "cluster-name"),
    ] {
        if is {
            roles.push(role);
        }
    }
    let newest =
        facts.updates.iter().filter(|u| u.when != When::Unknown).max_by_key(|u| u.when.window().map(|(a, _)| a));
    HostSummary {
        name: estate.name(id),
        fqdn: estate.hosts.name(id).full.clone().or_else(|| computer.and_then(|c| c.dns_host_name.known().cloned())),
        os: facts.os.clone(),
        build: facts.build.as_ref().map(|b| b.value),
        roles,
        cluster: facts.cluster.as_ref().map(|c| c.value.clone()),
        domain: facts.domain.clone().or_else(|| signals::domain_of(&estate.hosts, id).map(str::to_owned)),
        authentication_type: facts.authentication.as_ref().map(|a| a.value),
        credential_guard: facts.credential_guard.as_ref().map(|fact| fact.value),
        delegation,
        services,
        updates_known: facts.updates_known,
        latest_update: newest.map(|u| u.kb.clone()),
        clock_offset_s: clock_offset(joined, id),
    }
}

/// This host's clock minus its peers': the median of all measured differences, the smaller one of two in the middle.
fn clock_offset(joined: &Joined, id: HostId) -> Option<i64> {
    let mut all: Vec<i64> = joined
        .offsets
        .iter()
        .filter_map(|((source, destination), seconds)| match (*source == id, *destination == id) {
            (_, true) => Some(*seconds),
            (true, _) => Some(-*seconds),
            _ => None,
        })
        .collect();
    all.sort_unstable();
    let middle = all.len() / 2;
    if all.len() % 2 == 1 {
        return all.get(middle).copied();
    }
    let pair = [all.get(middle.checked_sub(1)?)?, all.get(middle)?];
    pair.into_iter().min_by_key(|v| v.abs()).copied()
}

/// Number of failed attempts that no finding explains.
pub(crate) fn unexplained(attempts: &[Attempt]) -> usize {
    attempts.iter().filter(|a| a.outcome == Outcome::Failed && a.explained_by.is_empty()).count()
}
