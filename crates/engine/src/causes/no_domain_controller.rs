//! No domain controller could be reached.

use super::support::{NEAR, is_party};
use super::{Claim, Context, Rule, Ruling};
use crate::attempts::Attempt;
use crate::hosts::HostId;
use crate::knowledge::Meaning;
use delegap_model::{Confidence, Evidence, Yearless};

pub(super) const RULE: Rule = Rule { id: "no-domain-controller", judge };

fn judge(context: &Context<'_>) -> Ruling {
    let mut ruling = Ruling { examined: context.moves(), ..Ruling::default() };
    for (index, attempt) in context.failed() {
        let coded = context.leading(attempt, "no-domain-controller");
        let events: Vec<_> =
            context.near(Meaning::NoDomainController, attempt, NEAR).filter(|s| is_party(attempt, s.host)).collect();
        let undecided = context.authentication_failed(attempt) && !attempt.codes.iter().any(|c| context.decides(*c));
        if coded.is_empty() && (events.is_empty() || !undecided) {
            continue;
        }
        // A downgrade warning comes with an unreachable domain controller, and with other faults.
        let plain = coded.iter().any(|(c, _)| !context.is_ambiguous(*c));
        let mut claim = Claim::new(context, index, if plain { Confidence::Likely } else { Confidence::Possible });
        claim.evidence.extend(events.iter().map(|s| context.shown(s)));
        claim.evidence.extend(logged_failures(context, attempt));
        if plain && !events.is_empty() {
            claim.confidence = Confidence::Confirmed;
        } else {
            claim.raise.push(
                "On both hosts: nltest /dsgetdc:<domain> /force, and their System logs (NETLOGON 5719, GroupPolicy 1129)"
                    .to_owned(),
            );
        }
        ruling.claims.push(claim);
    }
    let dark = context.unlogged("system", |a| a.source, |a| context.authentication_failed(a) || context.is_silent(a));
    if !dark.is_empty() && ruling.claims.is_empty() {
        ruling.missing.push(format!(
            "System log of {} at the time of the failures",
            dark.into_iter().collect::<Vec<_>>().join(", ")
        ));
    }
    ruling
}

/// STATUS_NO_LOGON_SERVERS
const NO_LOGON_SERVERS: u32 = 0xc000_005e;

/// Netlogon's own log shows that a host of the move found no domain controller around the move's month, day and time. Year
/// and zone are not told: it supports the cause, and does not show it.
fn logged_failures(context: &Context<'_>, attempt: &Attempt) -> Vec<Evidence> {
    let of_host = |host: HostId| {
        let failures = context.estate.of(host).channel_failures.iter().filter(|f| f.status == NO_LOGON_SERVERS);
        failures
            .filter(|f| Yearless::may_span(f.first, f.last, attempt.started, NEAR))
            .map(move |f| context.channel_failure(host, f))
    };
    [attempt.source, attempt.destination].into_iter().flatten().flat_map(of_host).take(3).collect()
}
