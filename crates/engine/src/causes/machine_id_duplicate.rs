//! Hosts were cloned without generalising, and refuse each other's tickets.

use super::support::{NEAR, is_party};
use super::{Claim, Context, Exclusion, Rule, Ruling};
use crate::hosts::HostId;
use crate::knowledge::Meaning;
use crate::signals::Signal;
use delegap_model::{Confidence, Evidence};

pub(super) const RULE: Rule = Rule { id: "machine-id-duplicate", judge };

/// The programme of the knowledge that turned the refusal on (Server 2025, 2025-09).
const PROGRAMME: &str = "MACHINE-ID-2025";

fn judge(context: &Context<'_>) -> Ruling {
    let mut ruling = Ruling { examined: context.moves(), ..Ruling::default() };
    for (index, attempt) in context.failed() {
        let coded = !context.leading(attempt, RULE.id).is_empty();
        if !coded && !context.authentication_failed(attempt) {
            continue;
        }
        if attempt.codes.iter().any(|c| context.decides(*c) && !context.leads(*c, RULE.id)) {
            continue;
        }
        let events: Vec<&Signal> =
            context.near(Meaning::MachineIdMismatch, attempt, NEAR).filter(|s| is_party(attempt, s.host)).collect();
        if events.is_empty() {
            continue;
        }
        if let Some(evidence) = distinct_sids(context, attempt.source, attempt.destination) {
            let why = "The machine identifiers of the two hosts differ.".to_owned();
            ruling.excluded.push(Exclusion { attempt: index, why, evidence });
            continue;
        }
        let same = same_sids(context, attempt.source, attempt.destination);
        let enforcing: Vec<Evidence> = [attempt.source, attempt.destination]
            .into_iter()
            .flatten()
            .filter_map(|h| context.estate.has_programme(h, PROGRAMME, attempt.started))
            .collect();
        let mut claim = Claim::new(context, index, Confidence::Possible);
        claim.supported_by(context, &events, Confidence::Likely);
        if enforcing.len() == 2 {
            claim.confidence = Confidence::Likely;
            claim.facts = enforcing;
        } else {
            claim.caveats.push(
                "Windows refuses such tickets from KB5065426 (2025-09-09) on, on Server 2025; that both hosts have it is not shown.".to_owned(),
            );
        }
        claim.facts.extend(same.into_iter().flatten());
        claim.raise.push(
            "Compare the machine identifiers: PsGetSid or (Get-LocalUser -Name Administrator).SID on both hosts without the last number; and Get-HotFix of both"
                .to_owned(),
        );
        ruling.claims.push(claim);
    }
    let asked = context.failed().any(|(_, a)| context.authentication_failed(a));
    let dark = context.unlogged("system", |a| a.destination, |a| context.authentication_failed(a));
    if asked && !dark.is_empty() && ruling.claims.is_empty() {
        ruling.missing.push(format!("System log of {}", super::support::joined(dark)));
    }
    ruling
}

/// Machine identifiers that were supplied and differ. A domain account's identifier says nothing of the machine's own.
fn distinct_sids(context: &Context<'_>, a: Option<HostId>, b: Option<HostId>) -> Option<Vec<Evidence>> {
    sids(context, a, b).filter(|(same, _)| !same).map(|(_, shown)| shown)
}

/// Machine identifiers that were supplied and are one: the hosts are copies of one installation.
fn same_sids(context: &Context<'_>, a: Option<HostId>, b: Option<HostId>) -> Option<Vec<Evidence>> {
    sids(context, a, b).filter(|(same, _)| *same).map(|(_, shown)| shown)
}

fn sids(context: &Context<'_>, a: Option<HostId>, b: Option<HostId>) -> Option<(bool, Vec<Evidence>)> {
    let of = |host: HostId| {
        let fact = context.estate.of(host).machine_sid.as_ref()?;
        let says = format!("machine identifier {}", fact.value.as_str());
        Some((&fact.value, Evidence::stated(fact.at.clone(), Some(context.estate.name(host)), says)))
    };
    let ((x, at_x), (y, at_y)) = (of(a?)?, of(b?)?);
    Some((x == y, vec![at_x, at_y]))
}
