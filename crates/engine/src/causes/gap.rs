//! What the causes that are a gap of one ordered pair share: their proof is a refusal at connect, Kerberos as the
//! authentication type, and the gap.

use super::refusal::{self, Refusal};
use super::{Claim, Context, Exclusion, Note, Ruling, ask_directory, ask_vm_host, unconstrained_delegation};
use crate::attempts::Attempt;
use crate::delegation::{Answer, WINRM_BUILD};
use crate::directory_changes::ATTRIBUTES;
use crate::disagreements;
use crate::estate::Estate;
use crate::findings::route;
use crate::hosts::HostId;
use crate::knowledge::Meaning;
use crate::pairs::{PairState, gap_of, host_name};
use crate::repair::{self, DestinationGap, SourceRepair};
use chrono::Duration;
use delegap_model::{AuthenticationType, Confidence, Evidence, Initiator, Outcome, Severity, Spn, Time, Tri};
use std::collections::{BTreeMap, BTreeSet};

/// What one of these causes weighs beside the rest: the claim, what the attempt and the directory's answer then were.
pub(super) type Weigh = fn(&mut Claim, &Context<'_>, &Attempt, &PairState, &Answer);

/// Judges one gap cause over all attempts and pairs.
pub(super) fn judge(context: &Context<'_>, id: &'static str, weigh: Weigh) -> Ruling {
    let mut ruling = Ruling::default();
    for (index, attempt) in context.failed() {
        let Some(claim) = claim(context, id, weigh, index, attempt) else {
            ruling.excluded.extend(excluded(context, id, index, attempt));
            continue;
        };
        match unconstrained_delegation::blocked(context, attempt) {
            Some(event) => ruling.excluded.push(Exclusion {
                attempt: index,
                why: "The source relied on unconstrained delegation, and its use was blocked.".to_owned(),
                evidence: vec![context.shown(event)],
            }),
            None => ruling.claims.push(claim),
        }
    }
    let claimed: BTreeSet<(HostId, HostId)> = ruling
        .claims
        .iter()
        .filter_map(|c| {
            let attempt = &context.joined.attempts[c.attempt];
            Some((attempt.source?, attempt.destination?))
        })
        .collect();
    for pair in &context.pairs.list {
        match (&pair.now, pair.gap()) {
            (Answer::Unknown(_), _) => {}
            (Answer::NotConsulted, _) => {
                ruling.examined += 1;
                ruling.clear = Some("Sources that use CredSSP don't consult a list; no other source has this gap.");
            }
            (_, gap) => {
                ruling.examined += 1;
                if gap == Some(id) && !claimed.contains(&(pair.source, pair.destination)) {
                    ruling.notes.extend(note(context, pair));
                }
            }
        }
    }
    let unknown = context.pairs.list.iter().filter(|p| matches!(p.now, Answer::Unknown(_))).count();
    if unknown > 0 || context.pairs.list.is_empty() {
        let all = context.pairs.list.len();
        ruling.missing.push(if all == 0 {
            "no pair of Hyper-V hosts is known".to_owned()
        } else {
            format!("delegation state of {unknown} of {all} ordered pairs")
        });
    }
    ruling.steps = steps(context, &claimed);
    ruling.note_steps = steps(context, &ruling.notes.iter().flat_map(|n| n.pairs.iter().copied()).collect());
    ruling
}

/// What rules the two commonest gaps out where a refusal would fit them.
fn excluded(context: &Context<'_>, id: &str, index: usize, attempt: &Attempt) -> Option<Exclusion> {
    let pair = context.pair(attempt).filter(|_| ["kcd-missing", "kcd-kerberos-only"].contains(&id))?;
    refusal::of(context, attempt).filter(|refusal| refusal.at_connect())?;
    let (source, destination) = (context.estate.name(pair.source), context.estate.name(pair.destination));
    let why = match pair.at(context.estate, attempt.started) {
        Answer::NotConsulted => format!("{source} authenticates with CredSSP, which never asks for delegation."),
        Answer::Allowed { by_resource: false } => {
            format!("The list of {source} serves {destination}, and a ticket for the user can be had.")
        }
        Answer::Allowed { by_resource: true } => format!("Resource-based delegation on {destination} names {source}."),
        _ => return None,
    };
    let evidence = pair.evidence(context.estate);
    (!evidence.is_empty()).then_some(Exclusion { attempt: index, why, evidence })
}

/// Does this gap explain this attempt, and how surely?
fn claim(context: &Context<'_>, id: &str, weigh: Weigh, index: usize, attempt: &Attempt) -> Option<Claim> {
    let estate = context.estate;
    let pair = context.pair(attempt)?;
    let (source, destination) = (pair.source, pair.destination);
    // The state that counts is the one at the time of the attempt; what has been put right since has its own cause.
    let then = pair.at(estate, attempt.started);
    if gap_of(&then) != Some(id) || pair.gap().is_none() {
        return None;
    }
    let refusal = refusal::of(context, attempt);
    let cluster_run = refusal::cluster_run(context, attempt);
    let Some(refusal) = refusal else { return bare(context, index, attempt, pair, cluster_run) };
    let mut claim = Claim::new(context, index, Confidence::Confirmed);
    claim.evidence.extend(refusal.kdc.iter().cloned());
    claim.facts = pair.evidence(estate);
    let type_known = estate.of(source).authentication.as_ref().map(|a| a.value) == Some(AuthenticationType::Kerberos);
    if !type_known {
        // With CredSSP the rival is as good until the setting is known; an upgrade keeps it whatever a version's default is.
        claim.cap(Confidence::Possible, unknown_type(estate, source));
        claim.raise.push(format!("Send {}", ask_vm_host()));
    }
    if attempt.initiator == Some(Initiator::Local) {
        claim.cap(
            Confidence::Possible,
            "The move was started by someone who was signed in on the source itself; such a move uses that sign-in and no delegation.",
        );
    }
    if estate.target_state(destination, source).unclear_principals {
        let name = estate.name(destination);
        claim.cap(
            Confidence::Likely,
            format!("Resource-based delegation on {name} names an account that may be a group with the source in it."),
        );
        claim.raise.push(format!(
            "Send the members of the accounts that {name} lists: Get-ADGroupMember <group> -Recursive | ConvertTo-Json"
        ));
    }
    if estate.has_directory && estate.of(destination).computer.is_none() {
        let name = estate.name(destination);
        claim.cap(
            Confidence::Likely,
            format!("{name} is in no directory export. If it is an alias, no service principal name exists for it, and no list can hold it."),
        );
        claim.raise.push(format!("Retry one move to the computer's own name, and send {}", ask_directory()));
    }
    if let Some(weak) = disagreements::weak_ground(context, [source, destination]) {
        claim.cap(Confidence::Likely, weak);
        claim.raise.push(format!("Send {}", ask_directory()));
    }
    weigh_refusal(&mut claim, refusal);
    weigh_cluster(&mut claim, cluster_run);
    weigh(&mut claim, context, attempt, pair, &then);
    weigh_later_writes(&mut claim, context, attempt, pair);
    contradictions(&mut claim, context, attempt, pair, id);
    if let Some(ticket) = delegated_ticket(context, pair) {
        claim.lower(ticket);
    }
    Some(claim)
}

/// A ticket for a user that the source holds toward the destination: a domain controller gave it, so it allowed this once.
fn delegated_ticket(context: &Context<'_>, pair: &PairState) -> Option<Evidence> {
    let estate = context.estate;
    let facts = estate.of(pair.source);
    let toward = |spn: &Spn| {
        spn.has_class(Spn::MIGRATION)
            && estate.hosts.find(spn.host(), facts.domain.as_deref()) == Some(pair.destination)
    };
    let (cache, ticket) = facts.delegated_tickets().find(|(_, t)| toward(&t.server))?;
    let says =
        format!("klist shows a ticket of {} for {}: a domain controller has allowed it", ticket.client, ticket.server);
    Some(Evidence::stated(cache.at.clone(), Some(estate.name(pair.source)), says))
}

/// A failure that says nothing of its cause, on a pair with a gap: a sign only, and none where nobody uses delegation.
fn bare(
    context: &Context<'_>,
    index: usize,
    attempt: &Attempt,
    pair: &PairState,
    cluster_run: Option<bool>,
) -> Option<Claim> {
    let unused = pair.same_cluster && nobody_delegates(context.estate, pair);
    if unused || cluster_run == Some(true) {
        return None;
    }
    let mut claim = refusal::unnamed(context, index, attempt)?;
    claim.facts = pair.evidence(context.estate);
    Some(claim)
}

/// What was written to the source's object after the failure may have brought the gap: an export shows today's values.
fn weigh_later_writes(claim: &mut Claim, context: &Context<'_>, attempt: &Attempt, pair: &PairState) {
    let estate = context.estate;
    let name = estate.name(pair.source);
    let failed_at = attempt.ended.unwrap_or(attempt.started);
    let rows: Vec<_> = estate
        .metadata_of(pair.source)
        .filter(|row| ATTRIBUTES.iter().any(|a| a.eq_ignore_ascii_case(&row.attribute)))
        .collect();
    if let Some(later) = rows.iter().find(|r| r.changed.window().is_some_and(|(earliest, _)| earliest > failed_at)) {
        let says = format!("{} was last written after the failure", later.attribute);
        claim.cap(Confidence::Possible, format!("{says}; what it held then is not shown."));
        claim.against.push(Evidence::stated(later.at.clone(), Some(name), says));
        return;
    }
    let changed = estate.of(pair.source).computer.as_ref().and_then(|c| c.when_changed.known().copied());
    let Some(changed) = changed.filter(|changed| rows.is_empty() && *changed > failed_at) else { return };
    let controllers = estate.controllers();
    let audited = |c: &HostId| estate.covers(*c, "security", failed_at) && estate.reaches(*c, "security", changed);
    if controllers.is_empty() || !controllers.iter().all(audited) {
        claim.cap(
            Confidence::Likely,
            format!(
                "The object of {name} was written after the failure (whenChanged {}), and nothing shows which attribute: what the list held then \
                 is not certain.",
                changed.format("%Y-%m-%d %H:%M:%SZ")
            ),
        );
        claim.raise.push(format!(
            "Show when the list and the flags were last written: repadmin /showobjmeta * \"<distinguished name of {}>\"",
            repair::shown(&name)
        ));
    }
}

fn weigh_refusal(claim: &mut Claim, refusal: &Refusal) {
    if refusal.late {
        claim.cap(
            Confidence::Likely,
            "The code stands in a transfer error only. That is unusual for delegation: a second connection or an SMB session would have to be refused.",
        );
    } else if !refusal.code && !refusal.text {
        claim.cap(
            Confidence::Likely,
            "Only the domain controller's refusal shows it; the hosts' own events name no code.",
        );
    }
}

fn weigh_cluster(claim: &mut Claim, cluster_run: Option<bool>) {
    match cluster_run {
        Some(false) => {}
        Some(true) => {
            claim.cap(
                Confidence::Likely,
                "The cluster service started the move. No primary source says that such moves use the hosts' constrained delegation, and \
                 healthy clusters commonly have none, so the gap is likely at most.",
            );
            claim.raise.push(format!(
                "Check node identity first, on both nodes of a failed move: Test-ComputerSecureChannel; w32tm /stripchart against a domain \
                 controller; setspn -Q \"{}/*\"; and the System events of Security-Kerberos and NETLOGON at the time of a failure",
                Spn::MIGRATION
            ));
            claim.raise.push(
                "Start one move of a VM that is not a cluster role between the same nodes with Move-VM from a management station: if it is refused \
                 too, delegation is proved to matter; if it completes, it is not the delegation"
                    .to_owned(),
            );
        }
        None => {
            claim.cap(
                Confidence::Likely,
                "Both hosts are nodes of one cluster and nothing shows who started the move; a move run by the cluster service may not use delegation.",
            );
            claim.raise.push(
                "Send the High-Availability log of both nodes: wevtutil epl Microsoft-Windows-Hyper-V-High-Availability-Admin %COMPUTERNAME%-HA.evtx"
                    .to_owned(),
            );
        }
    }
}

/// A success under the same state speaks against: one of the same kind of initiator lowers the confidence, one of unknown
/// kind does so only on the pair itself, outside clusters; any other is a caveat.
fn contradictions(claim: &mut Claim, context: &Context<'_>, attempt: &Attempt, pair: &PairState, id: &str) {
    let estate = context.estate;
    let differs = |other: &Attempt| matches!((attempt.initiator, other.initiator), (Some(a), Some(b)) if a != b);
    let completed = |a: &&Attempt| a.outcome == Outcome::Completed && !differs(a);
    let same_kind = |other: &Attempt| attempt.initiator.is_some() && attempt.initiator == other.initiator;
    let same_pair = context
        .joined
        .same_way(attempt, attempt.started, Time::MAX_UTC)
        .filter(completed)
        .find(|a| a.started > attempt.started && gap_of(&pair.at(estate, a.started)) == Some(id));
    let day = Duration::days(1);
    let type_of = |host: HostId| estate.of(host).authentication.as_ref().map(|a| a.value);
    let like = |p: &&PairState| {
        (p.source, p.destination) != (pair.source, pair.destination)
            && p.gap() == Some(id)
            && p.same_cluster == pair.same_cluster
            && type_of(p.source) == type_of(pair.source)
    };
    let (from, to) = (attempt.started - day, attempt.started + day);
    let near = |p: &PairState| context.joined.between(p.source, p.destination, from, to).find(completed);
    let other_pair = context.pairs.list.iter().filter(like).filter_map(near).min_by_key(|a| a.started);
    let mut lowered = false;
    for (other, on_pair) in [(same_pair, true), (other_pair, false)] {
        let Some(other) = other else { continue };
        let ends = [Meaning::Completed, Meaning::Received];
        let Some(signal) = other.signals(estate).find(|s| s.means_any(&ends)) else { continue };
        let what = if on_pair { "the same way round" } else { "with the same gap" };
        let counts = same_kind(other) || (on_pair && !pair.same_cluster);
        if counts && !lowered {
            lowered = true;
            let doubt =
                if same_kind(other) { "" } else { "; if it was started on the source's own console, it says nothing" };
            let says = format!("a move {} ({what}) completed{doubt}", route(estate, other));
            claim.lower(Evidence { says: says.into(), ..signal.evidence(&estate.hosts) });
        } else if !counts {
            claim.caveats.push(format!(
                "A move {} ({what}) completed at {}; how it was started is not known, so it decides nothing.",
                route(estate, other),
                other.started.format("%Y-%m-%d %H:%M:%SZ")
            ));
        }
    }
}

fn unknown_type(estate: &Estate, source: HostId) -> String {
    let name = estate.name(source);
    format!(
        "Whether {name} authenticates with Kerberos or CredSSP is not known. CredSSP is the default up to Server 2022, never uses delegation, and \
         writes the same events when a move is started from elsewhere (rival: credssp-remote-initiation)."
    )
}

/// A gap without a failed attempt.
fn note(context: &Context<'_>, pair: &PairState) -> Option<Note> {
    let estate = context.estate;
    let evidence = pair.evidence(estate);
    // A domain controller's own delegation is another matter, and opening the way to it is dangerous.
    let controller = estate.of(pair.source).domain_controller || estate.of(pair.destination).domain_controller;
    if evidence.is_empty() || pair.required(estate) == Some(false) || controller {
        return None;
    }
    let severity = if pair.same_cluster && nobody_delegates(estate, pair) { Severity::Info } else { Severity::Warning };
    Some(Note {
        severity,
        confidence: if estate.of(pair.source).authentication.is_some() {
            Confidence::Likely
        } else {
            Confidence::Possible
        },
        pairs: vec![(pair.source, pair.destination)],
        hosts: vec![pair.source],
        evidence,
        says: pair.reasons(estate).into_iter().next().unwrap_or_default(),
    })
}

/// True if no node of the pair's cluster has any delegation: then nobody relies on it there.
fn nobody_delegates(estate: &Estate, pair: &PairState) -> bool {
    let nodes = estate
        .hyper_v_hosts()
        .into_iter()
        .filter(|h| estate.same_cluster(*h, pair.source) || *h == pair.source || *h == pair.destination);
    nodes.into_iter().all(|h| {
        estate.of(h).computer.as_ref().is_none_or(|c| {
            c.allowed_to_delegate_to.shown().is_empty()
                && c.trusted_for_delegation.known() != Some(&true)
                && c.allowed_to_act.known().is_none()
        })
    })
}

/// The repair of all concerned pairs, by source.
fn steps(context: &Context<'_>, pairs: &BTreeSet<(HostId, HostId)>) -> Vec<delegap_model::Step> {
    let estate = context.estate;
    let mut by_source: BTreeMap<HostId, Vec<HostId>> = BTreeMap::new();
    for (source, destination) in pairs {
        by_source.entry(*source).or_default().push(*destination);
    }
    let repairs: Vec<SourceRepair> = by_source
        .into_iter()
        .map(|(source, destinations)| {
            let facts = estate.of(source);
            let computer = facts.computer.as_ref();
            let flag = |t: Option<&Tri<bool>>| t.and_then(|t| t.known().copied());
            let gap = |destination: &HostId| {
                let host = host_name(estate, *destination);
                let listed = computer.map(|c| c.allowed_to_delegate_to.shown()).unwrap_or_default();
                let other = &estate.of(*destination).domain;
                DestinationGap {
                    missing: repair::missing_entries(&host, &listed, &[Spn::MIGRATION, Spn::CIFS]),
                    host,
                    other_domain: facts.domain.is_some() && other.is_some() && facts.domain != *other,
                }
            };
            SourceRepair {
                source: host_name(estate, source),
                destinations: destinations.iter().map(gap).collect(),
                protocol_transition: flag(computer.map(|c| &c.trusted_to_auth)),
                os_2016_or_later: facts.build.as_ref().map(|b| b.value >= WINRM_BUILD),
                list_empty: computer.and_then(|c| c.allowed_to_delegate_to.told_items()).is_some_and(<[Spn]>::is_empty),
                clear_unconstrained: flag(computer.map(|c| &c.trusted_for_delegation)) == Some(true)
                    && !facts.domain_controller,
                cluster_node: facts.cluster.is_some(),
            }
        })
        .collect();
    let mut steps = repair::delegation_steps(&repairs);
    let same_domain = |p: &&(HostId, HostId)| estate.of(p.0).domain == estate.of(p.1).domain;
    if let Some((a, b)) = pairs.iter().find(same_domain) {
        steps.push(repair::alternative_step(&host_name(estate, *a), &host_name(estate, *b), pairs.len() - 1));
    }
    steps
}
