//! A hardening phase on the domain controllers refuses tickets of these hosts.

use super::support::NEAR;
use super::{Claim, Context, Exclusion, Rule, Ruling};
use crate::attempts::Attempt;
use crate::estate::Estate;
use crate::knowledge::Meaning;
use crate::knowledge::hardening::{Programme, hardening};
use crate::signals::Signal;
use delegap_model::{Confidence, Evidence};

pub(super) const RULE: Rule = Rule { id: "kdc-hardening-enforced", judge };

/// Security-Kerberos 7: the host's own word that a ticket's data could not be validated.
const HOST_PROVIDER: &str = "microsoft-windows-security-kerberos";

fn judge(context: &Context<'_>) -> Ruling {
    let mut ruling = Ruling { examined: context.moves(), ..Ruling::default() };
    for (index, attempt) in context.failed().filter(|(_, a)| context.authentication_failed(a)) {
        let other = attempt.codes.iter().any(|c| context.decides(*c) && !context.is_ambiguous(*c));
        let refusals: Vec<&Signal> = context.naming(Meaning::PacRefused, attempt, NEAR).collect();
        if refusals.is_empty() || other {
            continue;
        }
        // The pair's own gap gives the hosts' events by itself.
        if let Some(pair) = context.pair(attempt).filter(|p| p.gap().is_some()) {
            let why = "The hosts' own delegation state already refuses the move.".to_owned();
            ruling.excluded.push(Exclusion { attempt: index, why, evidence: pair.evidence(context.estate) });
            continue;
        }
        let of_controller = refusals.iter().find(|s| !s.event.provider.eq_ignore_ascii_case(HOST_PROVIDER));
        let mut claim =
            Claim::new(context, index, if of_controller.is_some() { Confidence::Likely } else { Confidence::Possible });
        claim.evidence.extend(refusals.iter().map(|s| context.shown(s)));
        let programme = of_controller.and_then(|s| hardening().refusal(&s.event.provider, s.event.id));
        if let (Some((programme, _)), Some(signal)) = (programme, of_controller) {
            let carried = in_force(context.estate, programme, signal, attempt);
            if !carried.is_empty() {
                claim.confidence = Confidence::Confirmed;
                claim.facts = carried;
            }
            claim.caveats.push(format!("The refusal belongs to {} ({}).", programme.id, programme.name));
        }
        if claim.confidence < Confidence::Confirmed {
            claim.raise.push(
                "Send the update lists of all domain controllers (Get-HotFix) and the values of HKLM\\SYSTEM\\CurrentControlSet\\Services\\Kdc on each"
                    .to_owned(),
            );
        }
        ruling.claims.push(claim);
    }
    let asked = context.failed().any(|(_, a)| context.authentication_failed(a));
    if asked && !context.controllers_logged("system") {
        ruling.missing.push("the System logs of all domain controllers at the time of the failures".to_owned());
    }
    ruling
}

/// The enforcing phase of the programme is on the domain controller that refused.
fn in_force(estate: &Estate, programme: &Programme, signal: &Signal, attempt: &Attempt) -> Vec<Evidence> {
    let phases = programme.phases.iter().rev().filter(|f| f.confidence.verified());
    phases.filter_map(|f| estate.has_carrier(signal.host, &f.carried_by, attempt.started)).take(1).collect()
}
