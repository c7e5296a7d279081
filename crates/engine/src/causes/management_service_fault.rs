//! The virtual machine management service hung, crashed or restarted.

use super::support::{is_party, joined};
use super::{Claim, Context, Rule, Ruling};
use crate::attempts::Attempt;
use crate::knowledge::{CodeGroup, Meaning, knowledge};
use crate::signals::Signal;
use chrono::Duration;
use delegap_model::Confidence;

pub(super) const RULE: Rule = Rule { id: "management-service-fault", judge };

/// A service that dies takes the move with it; Windows notes it and starts it again within this.
const RESTART: Duration = Duration::minutes(2);

fn judge(context: &Context<'_>) -> Ruling {
    let mut ruling = Ruling { examined: context.moves(), ..Ruling::default() };
    for (index, attempt) in context.failed() {
        let coded = context.leading(attempt, RULE.id);
        // A connection that the dying service drops shows a reset and nothing else.
        let dropped = attempt.codes.iter().all(|c| knowledge().code(*c).is_some_and(|f| f.group == CodeGroup::Winsock));
        let open = context.is_silent(attempt) || (dropped && !attempt.codes.is_empty());
        if coded.is_empty() && !open {
            continue;
        }
        let (own, hearsay) = events(context, attempt);
        if coded.is_empty() && own.is_empty() && hearsay.is_empty() {
            continue;
        }
        let sure = match (coded.is_empty(), own.is_empty()) {
            (false, false) => Confidence::Confirmed,
            (true, false) => Confidence::Likely,
            (false, true) if !hearsay.is_empty() => Confidence::Likely,
            _ => Confidence::Possible,
        };
        let mut claim = Claim::new(context, index, sure);
        claim.facts = own.iter().chain(&hearsay).map(|s| context.shown(s)).collect();
        claim.raise.push(
            "Send the System and Application logs of both hosts for that time (Service Control Manager 7031, 7034; Application Error 1000 for vmms.exe)".to_owned(),
        );
        ruling.claims.push(claim);
    }
    let dark = context.unlogged("system", |a| a.source, |a| context.is_silent(a));
    if !dark.is_empty() {
        ruling.missing.push(format!("System log of {} at the time of the failures", joined(dark)));
    }
    ruling
}

/// Starts and faults of the service that it logged itself, and the service manager's word on it.
fn events<'a>(context: &Context<'a>, attempt: &'a Attempt) -> (Vec<&'a Signal>, Vec<&'a Signal>) {
    let near = |meaning| context.near(meaning, attempt, RESTART).filter(|s| is_party(attempt, s.host));
    // A service that starts with the host is no fault.
    let booted = |s: &&Signal| {
        let boots = &context.estate.of(s.host).boots;
        boots.iter().any(|(t, _)| *t <= s.time && s.time - *t <= Duration::minutes(15))
    };
    let restarted = near(Meaning::ServiceStarted)
        .filter(|s| context.joined.by_clock_of(attempt.source, s) >= attempt.started)
        .filter(|s| !booted(s));
    let own = near(Meaning::ServiceFault).chain(restarted).collect();
    let hearsay = near(Meaning::ServiceCrashed).filter(|s| names_service(s)).collect();
    (own, hearsay)
}

/// The service by its key or by what Windows calls it.
fn names_service(signal: &Signal) -> bool {
    signal.event.fields.iter().any(|f| {
        let value = f.value.to_lowercase();
        value.trim() == "vmms" || knowledge().service_names.iter().any(|n| value.contains(n.as_str()))
    })
}
