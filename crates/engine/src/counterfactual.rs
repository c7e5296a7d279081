//! With which directory changes a domain controller would not have refused the failed attempts.
//!
//! The documented setup is one answer: both name forms of the destination's migration service on the source's list, and
//! protocol transition from Server 2016 on. The fewest values may be another: resource-based delegation takes one value
//! per pair where the source's own list does not stand in its way ([MS-SFU] 3.2.5.2.3).

use crate::causes::{Context, initiator_not_delegable, refusal};
use crate::delegation::{Answer, SourceState, TargetState, WINRM_BUILD, judge, requested};
use crate::diagnose::attempt_id;
use crate::hosts::HostId;
use delegap_model::{Counterfactual, Initiator, Principal, Spn, Tri, ValueChange, same_name};
use std::collections::{BTreeMap, BTreeSet};

const LIST: &str = "msDS-AllowedToDelegateTo";
const FLAGS: &str = "userAccountControl";
const RESOURCE: &str = "msDS-AllowedToActOnBehalfOfOtherIdentity";

/// A way to let one source act toward some destinations.
struct Plan {
    changes: Vec<ValueChange>,
    source: SourceState,
    /// Destinations whose own object names the source.
    by_resource: BTreeSet<HostId>,
}

/// The counterfactual of a case, if any failed attempt was refused for want of delegation.
pub(crate) fn find(context: &Context<'_>) -> Option<Counterfactual> {
    let estate = context.estate;
    let mut refused: BTreeMap<HostId, BTreeMap<HostId, Vec<usize>>> = BTreeMap::new();
    let mut by_cluster = false;
    for (index, attempt) in context.failed() {
        let Some(pair) = context.pair(attempt) else { continue };
        let gap = matches!(pair.now, Answer::Refused { .. } | Answer::OneForm { .. } | Answer::ResourceBlocked);
        let at_connect = refusal::of(context, attempt).is_some_and(|r| r.at_connect());
        // Where the account itself may not be delegated, no change on the hosts helps.
        if gap && at_connect && !initiator_not_delegable::is_barred(context, attempt) {
            by_cluster |= attempt.initiator == Some(Initiator::Cluster);
            refused.entry(pair.source).or_default().entry(pair.destination).or_default().push(index);
        }
    }
    let (mut changes, mut smallest, mut allowed) = (Vec::new(), Vec::new(), Vec::new());
    let mut resource_route = false;
    for (source, destinations) in &refused {
        let targets: Vec<(HostId, TargetState)> =
            destinations.keys().map(|d| (*d, estate.target_state(*d, *source))).collect();
        let documented = documented(context, *source, &targets);
        let opens = |plan: &Plan| targets.iter().all(|(d, t)| opened(context, plan, *source, *d, t));
        for (destination, target) in &targets {
            if opened(context, &documented, *source, *destination, target) {
                allowed.extend(destinations[destination].iter().copied());
            }
        }
        let best = other_plans(context, *source, &targets)
            .into_iter()
            .filter(|plan| opens(plan) && plan.changes.len() < documented.changes.len())
            .min_by_key(|plan| plan.changes.len());
        resource_route |= best.as_ref().is_some_and(|plan| !plan.by_resource.is_empty());
        smallest.extend(best.map_or_else(|| documented.changes.clone(), |plan| plan.changes));
        changes.extend(documented.changes);
    }
    if allowed.is_empty() {
        return None;
    }
    allowed.sort_unstable();
    let mut notes = Vec::new();
    if resource_route {
        notes.push(
            "The smallest set uses resource-based delegation, which Microsoft names as an answer for live migration; no public report shows a \
             move that ran by it alone."
                .to_owned(),
        );
    }
    if by_cluster {
        notes.push("Some of these moves were run by the cluster service; whether it asks for such tickets at all is not documented.".to_owned());
    }
    Some(Counterfactual {
        changes,
        allowed: allowed.into_iter().map(attempt_id).collect(),
        failed: context.failed().count(),
        smallest,
        notes,
    })
}

/// Both name forms on the source's list, protocol transition where it is needed; resource-based across domains.
fn documented(context: &Context<'_>, source: HostId, targets: &[(HostId, TargetState)]) -> Plan {
    let estate = context.estate;
    let mut plan = Plan { changes: Vec::new(), source: estate.source_state(source), by_resource: BTreeSet::new() };
    let own = plan.source.domain.clone();
    for (destination, target) in targets {
        let foreign = matches!((&own, &target.domain), (Some(a), Some(b)) if !same_name(a, b));
        if foreign {
            plan.name_at(context, source, *destination);
        } else {
            plan.list(context, source, target);
        }
    }
    plan.allow_transition(context, source);
    plan
}

/// Ways with fewer values: resource-based delegation for all destinations with and without protocol transition, and the
/// list where one value suffices.
fn other_plans(context: &Context<'_>, source: HostId, targets: &[(HostId, TargetState)]) -> Vec<Plan> {
    let begin =
        || Plan { changes: Vec::new(), source: context.estate.source_state(source), by_resource: BTreeSet::new() };
    let mut by_resource = begin();
    for (destination, _) in targets {
        by_resource.name_at(context, source, *destination);
    }
    let mut mixed = begin();
    mixed.allow_transition(context, source);
    for (destination, target) in targets {
        let before = mixed.changes.len();
        if !opened(context, &mixed, source, *destination, target) {
            mixed.list(context, source, target);
            if mixed.changes.len() > before + 1 {
                mixed.changes.truncate(before);
                mixed.name_at(context, source, *destination);
            }
        }
    }
    vec![by_resource, mixed]
}

impl Plan {
    fn change(&mut self, context: &Context<'_>, object: HostId, attribute: &'static str, value: String) {
        self.changes.push(ValueChange { object: context.estate.name(object), attribute, value });
    }

    /// Adds the forms of the destination's migration service that the list lacks.
    fn list(&mut self, context: &Context<'_>, source: HostId, target: &TargetState) {
        let (short, full) = requested(Spn::MIGRATION, target);
        for spn in [Some(short), full].into_iter().flatten() {
            let mut list = self.source.list.shown().into_owned();
            if list.iter().any(|e| e.serves(&spn)) {
                continue;
            }
            self.change(context, source, LIST, spn.to_string());
            list.push(spn);
            self.source.list = Tri::list(list);
        }
    }

    fn allow_transition(&mut self, context: &Context<'_>, source: HostId) {
        let needed = self.source.build.is_none_or(|b| b >= WINRM_BUILD);
        if needed && self.source.trusted_to_auth.known() != Some(&true) {
            self.source.trusted_to_auth = Tri::Known(true);
            self.change(
                context,
                source,
                FLAGS,
                "TRUSTED_TO_AUTH_FOR_DELEGATION (use any authentication protocol)".to_owned(),
            );
        }
    }

    fn name_at(&mut self, context: &Context<'_>, source: HostId, destination: HostId) {
        if self.by_resource.insert(destination) {
            self.change(context, destination, RESOURCE, context.estate.name(source));
        }
    }
}

/// Would a domain controller give the ticket with this plan?
fn opened(context: &Context<'_>, plan: &Plan, source: HostId, destination: HostId, target: &TargetState) -> bool {
    let mut target = target.clone();
    if plan.by_resource.contains(&destination) {
        let mut who = target.allowed_to_act.known().cloned().unwrap_or_default();
        let identity = plan.source.identities.first().cloned();
        who.push(
            identity.unwrap_or_else(|| Principal { name: Some(context.estate.name(source)), ..Principal::default() }),
        );
        target.allowed_to_act = Tri::Known(who);
    }
    matches!(judge(&plan.source, &target), Answer::Allowed { .. })
}
