//! The destination refuses the account.

use super::refusal;
use super::{Claim, Context, Rule, Ruling};
use crate::knowledge::Meaning;
use delegap_model::{Code, Confidence};
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule { id: "initiator-not-authorized", judge: not_authorized };

const ACCESS_DENIED: Code = Code(0x8007_0005);

/// The destination refuses the account.
fn not_authorized(context: &Context<'_>) -> Ruling {
    let estate = context.estate;
    let mut ruling = Ruling { examined: context.moves(), ..Ruling::default() };
    for (index, attempt) in context.failed() {
        let at_destination = attempt.signals(estate).any(|s| {
            s.means_any(&[Meaning::Denied, Meaning::AuthenticationFailedAtDestination])
                && s.codes.contains(&ACCESS_DENIED)
        });
        let pointed = attempt.means(&[Meaning::RefusedByPeer]);
        let other_code = attempt.codes.iter().any(|c| *c != ACCESS_DENIED);
        let delegation = refusal::of(context, attempt).is_some();
        if (!at_destination && !pointed) || delegation || (!at_destination && other_code) {
            continue;
        }
        let mut claim =
            Claim::new(context, index, if at_destination { Confidence::Likely } else { Confidence::Possible });
        claim.raise.push(
            "Compare the account with Administrators and Hyper-V Administrators on both hosts: Get-LocalGroupMember 'Hyper-V Administrators'".to_owned(),
        );
        if !at_destination {
            claim.raise.push("Send the destination's management log: it says why the destination refused".to_owned());
        }
        ruling.claims.push(claim);
    }
    logs_missing(context, &mut ruling);
    ruling
}

/// Without the destination's log a refusal there can't be seen.
fn logs_missing(context: &Context<'_>, ruling: &mut Ruling) {
    let untold: BTreeSet<String> = context
        .failed()
        .filter_map(|(_, a)| Some((a.destination?, a)))
        .filter(|(d, a)| !context.estate.reaches(*d, "hyper-v-vmms", a.started))
        .map(|(d, _)| context.estate.name(d))
        .collect();
    if !untold.is_empty() {
        ruling.missing.push(format!(
            "management log of {} at the time of the failures",
            untold.into_iter().collect::<Vec<_>>().join(", ")
        ));
    }
}
