//! NTLM is restricted, and the connection had fallen back to it.

use super::support::{NEAR, is_party};
use super::{Claim, Context, Rule, Ruling};
use crate::attempts::Attempt;
use crate::knowledge::Meaning;
use crate::signals::Signal;
use delegap_model::Confidence;
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule { id: "ntlm-blocked", judge };

fn judge(context: &Context<'_>) -> Ruling {
    let mut ruling = Ruling { examined: context.moves(), ..Ruling::default() };
    let plain = |attempt: &Attempt| context.leading(attempt, RULE.id).iter().any(|(c, _)| !context.is_ambiguous(*c));
    let route = |attempt: &Attempt| attempt.source.zip(attempt.destination);
    let proven: BTreeSet<_> = context.failed().filter(|(_, a)| plain(a)).filter_map(|(_, a)| route(a)).collect();
    for (index, attempt) in context.failed() {
        let coded = context.leading(attempt, RULE.id);
        if coded.is_empty() {
            continue;
        }
        let events: Vec<&Signal> = context
            .near(Meaning::NtlmBlocked, attempt, NEAR)
            .filter(|s| is_party(attempt, s.host) || context.estate.of(s.host).domain_controller)
            .collect();
        let policy = context.policy_facts(attempt, RULE.id);
        // The general code means the same where another move of the two hosts has the plain one.
        let same_way = route(attempt).is_some_and(|r| proven.contains(&r));
        let sure = match (plain(attempt), policy.is_empty()) {
            (true, false) => Confidence::Confirmed,
            (true, true) | (false, false) => Confidence::Likely,
            (false, true) if same_way => Confidence::Likely,
            (false, true) => Confidence::Possible,
        };
        let mut claim = Claim::new(context, index, sure);
        claim.supported_by(context, &events, Confidence::Likely);
        claim.facts = policy;
        claim.raise.push(
            "Send Microsoft-Windows-NTLM/Operational of both hosts and a domain controller, and secedit /export /cfg policy.inf (RestrictSendingNTLMTraffic, \
             RestrictReceivingNTLMTraffic); and look at whether the destination is called by an address"
                .to_owned(),
        );
        ruling.claims.push(claim);
    }
    let dark = context.unlogged("windows-ntlm", |a| a.source, |a| context.is_silent(a));
    if !dark.is_empty() && ruling.claims.is_empty() {
        let hosts = dark.into_iter().collect::<Vec<_>>().join(", ");
        ruling.missing.push(format!("NTLM log of {hosts} at the time of the failures"));
    }
    ruling
}
