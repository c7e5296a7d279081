//! An authentication policy or silo forbids the ticket.

use super::support::{NEAR, names_party, status};
use super::{Claim, Context, Rule, Ruling};
use crate::attempts::Attempt;
use crate::knowledge::Meaning;
use delegap_model::{Confidence, Evidence, Tri};

pub(super) const RULE: Rule = Rule { id: "authentication-policy-silo", judge };

/// KDC_ERR_POLICY
const POLICY: u32 = 0xc;

fn judge(context: &Context<'_>) -> Ruling {
    let mut ruling = Ruling { examined: context.moves(), ..Ruling::default() };
    let mut controllers = false;
    for (index, attempt) in context.failed().filter(|(_, a)| context.authentication_failed(a)) {
        if attempt.codes.iter().any(|c| context.decides(*c) && !context.leads(*c, RULE.id)) {
            continue;
        }
        let refused: Vec<Evidence> =
            context.naming(Meaning::PolicyRefused, attempt, NEAR).map(|s| context.shown(s)).collect();
        let tickets = [Meaning::ServiceTicket, Meaning::TgtRequested].into_iter().flat_map(|meaning| {
            context
                .witnessed(meaning, attempt, NEAR)
                .filter(|s| status(s) == Some(POLICY) && names_party(s, attempt, &context.estate.hosts))
        });
        let tickets: Vec<Evidence> = tickets.map(|s| context.shown(s)).collect();
        let assigned = assigned(context, attempt);
        controllers |= !refused.is_empty() || !tickets.is_empty();
        if refused.is_empty() && tickets.is_empty() {
            continue;
        }
        let sure = match (refused.is_empty(), assigned.is_empty()) {
            (false, false) => Confidence::Confirmed,
            (false, true) | (true, false) => Confidence::Likely,
            (true, true) => Confidence::Possible,
        };
        let mut claim = Claim::new(context, index, sure);
        claim.evidence.extend(refused.into_iter().chain(tickets));
        claim.facts = assigned;
        claim.raise.push(
            "Show what is assigned: Get-ADComputer <host> -Properties msDS-AssignedAuthNPolicy, msDS-AssignedAuthNPolicySilo, the same with Get-ADUser for \
             the administrator, and Get-ADAuthenticationPolicySilo -Filter *"
                .to_owned(),
        );
        ruling.claims.push(claim);
    }
    let asked = context.failed().any(|(_, a)| context.authentication_failed(a));
    if asked && !controllers && !context.controllers_logged("system") {
        ruling.missing.push("the domain controllers' System and Security logs at the time of the failures".to_owned());
    }
    ruling
}

/// A policy or silo on the objects of the hosts or the user.
fn assigned(context: &Context<'_>, attempt: &Attempt) -> Vec<Evidence> {
    let estate = context.estate;
    let mut out = Vec::new();
    for host in [attempt.source, attempt.destination].into_iter().flatten() {
        let Some(computer) = &estate.of(host).computer else { continue };
        for (what, value) in [("policy", &computer.authentication_policy), ("silo", &computer.authentication_silo)] {
            if let Tri::Known(name) = value {
                let says = format!("the account {} has the authentication {what} {name}", computer.name);
                out.push(Evidence::stated(computer.at.clone(), Some(estate.name(host)), says));
            }
        }
    }
    for user in estate.users.iter().filter(|u| attempt.user.as_deref().is_some_and(|n| n.eq_ignore_ascii_case(&u.name)))
    {
        for (what, value) in [("policy", &user.authentication_policy), ("silo", &user.authentication_silo)] {
            if let Tri::Known(name) = value {
                out.push(Evidence::stated(
                    user.at.clone(),
                    None,
                    format!("{} has the authentication {what} {name}", user.name),
                ));
            }
        }
    }
    out
}
