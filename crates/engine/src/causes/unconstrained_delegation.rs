//! Unconstrained delegation: a cause only with the event that blocks it; else a finding of its own.

use super::refusal;
use super::{Claim, Context, Note, Rule, Ruling, ask_vm_host};
use crate::attempts::Attempt;
use crate::delegation::WINRM_BUILD;
use crate::hosts::HostId;
use crate::knowledge::Meaning;
use crate::pairs::host_name;
use crate::repair::{self, SourceRepair};
use crate::signals::Signal;
use chrono::Duration;
use delegap_model::{AuthenticationType, Confidence, Evidence, Severity, Spn};

pub(super) const RULE: Rule = Rule { id: "unconstrained-delegation", judge: unconstrained };

/// Unconstrained delegation: a cause only with the event that blocks it; else a finding of its own.
fn unconstrained(context: &Context<'_>) -> Ruling {
    let estate = context.estate;
    let mut ruling = Ruling::default();
    for (index, attempt) in context.failed() {
        let Some(source) = attempt.source else { continue };
        if let Some(signal) = blocked(context, attempt) {
            let mut claim = Claim::new(context, index, Confidence::Confirmed);
            claim.evidence.push(signal.evidence(&estate.hosts));
            claim.facts = context.pair(attempt).map(|p| p.evidence(estate)).unwrap_or_default();
            let type_known =
                estate.of(source).authentication.as_ref().map(|a| a.value) == Some(AuthenticationType::Kerberos);
            if !type_known {
                claim.cap(Confidence::Likely, "The authentication type of the source is not known.");
                claim.raise.push(format!("Send {}", ask_vm_host()));
            }
            ruling.claims.push(claim);
        }
    }
    let hosts = estate.hyper_v_hosts();
    let mut untold = Vec::new();
    for host in &hosts {
        let state = estate.source_state(*host);
        match state.unconstrained.known() {
            Some(on) => {
                ruling.examined += 1;
                let list = state.list.told_items();
                if let (true, Some(computer)) = (*on && !estate.of(*host).domain_controller, &estate.of(*host).computer)
                {
                    let mixed = list.is_some_and(|l| !l.is_empty());
                    let says = if mixed {
                        format!("{} has unconstrained delegation beside a list of services.", estate.name(*host))
                    } else {
                        format!(
                            "{} has unconstrained delegation: it may act for anyone toward any service.",
                            estate.name(*host)
                        )
                    };
                    let evidence = Evidence::stated(
                        computer.at.clone(),
                        Some(estate.name(*host)),
                        "TRUSTED_FOR_DELEGATION (unconstrained) is set",
                    );
                    ruling.notes.push(Note {
                        severity: Severity::Warning,
                        confidence: Confidence::Confirmed,
                        pairs: context
                            .pairs
                            .list
                            .iter()
                            .filter(|p| p.source == *host && !mixed)
                            .map(|p| (p.source, p.destination))
                            .collect(),
                        hosts: vec![*host],
                        evidence: vec![evidence],
                        says,
                    });
                }
            }
            None => untold.push(estate.name(*host)),
        }
    }
    let clear = ruling.notes.iter().flat_map(|n| &n.hosts).map(|host| source_repair(context, *host));
    ruling.note_steps = repair::clear_unconstrained_steps(&clear.collect::<Vec<_>>());
    if !untold.is_empty() || hosts.is_empty() {
        ruling.missing.push(format!(
            "TrustedForDelegation of {}",
            if untold.is_empty() { "any host".to_owned() } else { untold.join(", ") }
        ));
    }
    ruling
}

/// The event by which the use of unconstrained delegation was blocked for a refused move of a source that relies on it.
pub(super) fn blocked<'a>(context: &Context<'a>, attempt: &'a Attempt) -> Option<&'a Signal> {
    let relies = context.pair(attempt).is_some_and(|p| p.unconstrained);
    if !relies || refusal::of(context, attempt).is_none() {
        return None;
    }
    context
        .near(Meaning::UnconstrainedBlocked, attempt, Duration::minutes(2))
        .find(|s| attempt.source == Some(s.host) || attempt.destination == Some(s.host))
}

/// The state of a source, for its repair.
pub(super) fn source_repair(context: &Context<'_>, source: HostId) -> SourceRepair {
    let estate = context.estate;
    let state = estate.source_state(source);
    SourceRepair {
        source: host_name(estate, source),
        destinations: Vec::new(),
        protocol_transition: state.trusted_to_auth.known().copied(),
        os_2016_or_later: state.build.map(|b| b >= WINRM_BUILD),
        list_empty: state.list.told_items().is_some_and(<[Spn]>::is_empty),
        clear_unconstrained: true,
        cluster_node: estate.of(source).cluster.is_some(),
    }
}
