//! The transfer did not finish in time.

use super::stated::silent_without_peer;
use super::{Claim, Context, Exclusion, Rule, Ruling};
use crate::knowledge::Meaning;
use delegap_model::{Confidence, Phase};

pub(super) const RULE: Rule = Rule { id: "transfer-timeout", judge };

fn judge(context: &Context<'_>) -> Ruling {
    let mut ruling = Ruling { examined: context.moves(), ..Ruling::default() };
    for (index, attempt) in context.failed() {
        let coded = context.leading(attempt, RULE.id);
        if coded.is_empty() {
            continue;
        }
        let early = [Phase::Listen, Phase::Connect, Phase::Authenticate, Phase::Plan, Phase::Compatibility];
        if attempt.stopped_in.is_some_and(|p| early.contains(&p)) {
            let why = "The move stopped before anything was transferred.".to_owned();
            ruling.excluded.push(Exclusion { attempt: index, why, evidence: context.signs(attempt) });
            continue;
        }
        let sending = [Meaning::SendFailed, Meaning::ReceiveFailed, Meaning::RegistrationFailed];
        let placed = coded.iter().any(|(_, s)| s.means_any(&sending)) || attempt.means(&sending);
        let mut claim = Claim::new(context, index, if placed { Confidence::Likely } else { Confidence::Possible });
        if !placed {
            claim.caveats.push("No event says in which phase the time ran out.".to_owned());
            claim.raise.push(format!("Send {}", super::ask_management_log()));
        }
        claim.raise.push(
            "Look at the load in that time: bandwidth and errors of the migration network (Get-NetAdapterStatistics), the VM's memory changes, and the storage's latency"
                .to_owned(),
        );
        ruling.claims.push(claim);
    }
    silent_without_peer(context, &mut ruling);
    ruling
}
