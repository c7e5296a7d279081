//! The cluster refused or could not place the role.

use super::support::is_party;
use super::{Claim, Context, Rule, Ruling};
use crate::attempts::Attempt;
use crate::knowledge::Meaning;
use crate::signals::{Signal, plain_vm_name};
use chrono::Duration;
use delegap_model::{Confidence, Evidence, same_name};

pub(super) const RULE: Rule = Rule { id: "cluster-resource", judge };

/// The cluster logs the fault of a role or a volume within this of the move it stops.
const SAME: Duration = Duration::seconds(60);

fn judge(context: &Context<'_>) -> Ruling {
    let estate = context.estate;
    let mut ruling = Ruling { examined: context.moves(), ..Ruling::default() };
    let mut dark = std::collections::BTreeSet::new();
    for (index, attempt) in context.failed() {
        let stated = attempt.means(&[Meaning::ClusterRefused]) || !context.leading(attempt, RULE.id).is_empty();
        let own_reason = !context.is_silent(attempt) && !stated;
        if own_reason {
            continue;
        }
        let role: Vec<Evidence> = context
            .near(Meaning::RoleFailed, attempt, SAME)
            .filter(|s| is_party(attempt, s.host) && names_role(s, attempt))
            .map(|s| context.shown(s))
            .collect();
        let volume: Vec<Evidence> = context
            .near(Meaning::VolumePaused, attempt, SAME)
            .filter(|s| is_party(attempt, s.host))
            .map(|s| context.shown(s))
            .collect();
        if !stated && role.is_empty() && volume.is_empty() {
            let clustered = context.pair(attempt).is_some_and(|p| p.same_cluster);
            let unseen = attempt.source.filter(|h| clustered && !estate.reaches(*h, "system", attempt.started));
            dark.extend(unseen.map(|h| estate.name(h)));
            continue;
        }
        let sure = match (stated, role.is_empty() && volume.is_empty()) {
            (true, false) => Confidence::Confirmed,
            (true, true) => Confidence::Likely,
            (false, _) if !role.is_empty() => Confidence::Likely,
            (false, _) => Confidence::Possible,
        };
        let mut claim = Claim::new(context, index, sure);
        claim.facts = role.into_iter().chain(volume).collect();
        claim.raise.push(
            "Get-ClusterResource and Get-ClusterOwnerNode of the role, Get-ClusterSharedVolume, and the cluster log of that time: Get-ClusterLog -UseLocalTime"
                .to_owned(),
        );
        ruling.claims.push(claim);
    }
    if !dark.is_empty() {
        ruling.missing.push(format!("System log of {} (FailoverClustering events)", super::support::joined(dark)));
    }
    ruling
}

/// The event speaks of the VM's role or one of its resources.
fn names_role(signal: &Signal, attempt: &Attempt) -> bool {
    let Some(vm) = attempt.vm_name.as_deref() else { return false };
    signal.event.fields.iter().any(|f| same_name(plain_vm_name(f.value), vm))
}
