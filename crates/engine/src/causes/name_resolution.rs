//! The destination's name does not resolve, or resolves wrongly.

use super::support::hosts_in;
use super::{Claim, Context, Rule, Ruling};
use crate::attempts::Attempt;
use crate::knowledge::Meaning;
use crate::signals::Signal;
use chrono::Duration;
use delegap_model::Confidence;

pub(super) const RULE: Rule = Rule { id: "name-resolution", judge };

/// A resolver that times out says so within this of the move that asked.
const RESOLVER: Duration = Duration::minutes(2);

fn judge(context: &Context<'_>) -> Ruling {
    let mut ruling = Ruling { examined: context.moves(), ..Ruling::default() };
    for (index, attempt) in context.failed() {
        let coded = context.leading(attempt, RULE.id);
        let events = events(context, attempt);
        // Beside a failure without a reason of its own the resolver's word is a sign.
        let hint = context.is_silent(attempt) && !events.is_empty();
        if coded.is_empty() && !hint {
            continue;
        }
        let mut claim =
            Claim::new(context, index, if coded.is_empty() { Confidence::Possible } else { Confidence::Likely });
        claim.supported_by(context, &events, claim.confidence);
        let name = attempt.destination.map(|d| context.estate.name(d)).unwrap_or_else(|| "<destination>".to_owned());
        claim.raise.push(format!(
            "On the source: Resolve-DnsName {}, ipconfig /displaydns, Get-DnsClientServerAddress",
            crate::repair::shown(&name)
        ));
        ruling.claims.push(claim);
    }
    ruling
}

/// DNS-Client 1014 on the source for the destination's name.
fn events<'a>(context: &Context<'a>, attempt: &'a Attempt) -> Vec<&'a Signal> {
    let hosts = &context.estate.hosts;
    let about = |s: &&Signal| {
        let named =
            s.event.fields.iter().any(|f| attempt.destination.is_some_and(|d| hosts_in(f.value, hosts).contains(&d)));
        attempt.source == Some(s.host) && named
    };
    context.near(Meaning::NameUnresolved, attempt, RESOLVER).filter(about).collect()
}
