//! The migration service principal name stands on two objects, or on the wrong one.

use super::support::{NEAR, hosts_in, status};
use super::{Claim, Context, Exclusion, Note, Rule, Ruling, ask_directory};
use crate::attempts::Attempt;
use crate::delegation::requested;
use crate::hosts::HostId;
use crate::knowledge::Meaning;
use delegap_model::{Confidence, Evidence, Spn, Tri, User};
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule { id: "spn-duplicate", judge };

/// KDC_ERR_PRINCIPAL_NOT_UNIQUE
const NOT_UNIQUE: u32 = 0x8;

fn judge(context: &Context<'_>) -> Ruling {
    let estate = context.estate;
    let mut ruling = Ruling::default();
    let mut claimed = BTreeSet::new();
    let mut untold = BTreeSet::new();
    for (index, attempt) in context.failed() {
        let Some(destination) = attempt.destination else { continue };
        let coded = !context.leading(attempt, "spn-duplicate").is_empty();
        let events = events(context, attempt, destination);
        if !coded && (events.is_empty() || !context.authentication_failed(attempt)) {
            continue;
        }
        match holders(context, destination) {
            Some(evidence) if evidence.len() > 1 || misplaced(context, destination) => {
                let sure = if coded || !events.is_empty() { Confidence::Confirmed } else { Confidence::Likely };
                let mut claim = Claim::new(context, index, sure);
                claim.evidence.extend(events);
                claim.facts = evidence;
                claimed.insert(destination);
                ruling.claims.push(claim);
            }
            Some(evidence) if events.is_empty() => {
                if !evidence.is_empty() {
                    let why = format!(
                        "The migration service name of {} stands on its own object only.",
                        estate.name(destination)
                    );
                    ruling.excluded.push(Exclusion { attempt: index, why, evidence });
                }
            }
            told => {
                if told.is_none() {
                    untold.insert(estate.name(destination));
                }
                if !events.is_empty() {
                    let mut claim =
                        Claim::new(context, index, if coded { Confidence::Likely } else { Confidence::Possible });
                    claim.evidence.extend(events);
                    claim.raise.push(format!("setspn -Q \"{}/*\", or send {}", Spn::MIGRATION, ask_directory()));
                    ruling.claims.push(claim);
                }
            }
        }
    }
    for host in estate.hyper_v_hosts() {
        let Some(evidence) = holders(context, host) else {
            untold.insert(estate.name(host));
            continue;
        };
        ruling.examined += 1;
        if (evidence.len() > 1 || misplaced(context, host)) && !evidence.is_empty() && !claimed.contains(&host) {
            ruling.notes.push(Note::toward(
                context,
                host,
                evidence,
                format!("The migration service name of {} does not stand on its object alone.", estate.name(host)),
            ));
        }
    }
    if !untold.is_empty() || ruling.examined == 0 {
        let of =
            if untold.is_empty() { "any host".to_owned() } else { untold.into_iter().collect::<Vec<_>>().join(", ") };
        ruling.missing.push(format!("servicePrincipalName of {of}"));
    }
    ruling
}

/// Who holds the migration service name of a host: one statement per object; `None` if the host's own names are not told
/// and no two objects are seen to hold it.
fn holders(context: &Context<'_>, host: HostId) -> Option<Vec<Evidence>> {
    let estate = context.estate;
    let own = estate.of(host).computer.as_ref().map(|c| &c.service_principal_names);
    let target = estate.target_state(host, host);
    let (short, full) = requested(Spn::MIGRATION, &target);
    let is_name = |spn: &&Spn| spn.serves(&short) || full.as_ref().is_some_and(|f| spn.serves(f));
    let held = |id: HostId| {
        let computer = estate.of(id).computer.as_ref()?;
        let spn = computer.service_principal_names.shown().iter().find(is_name)?.clone();
        let says = format!("{} holds the service principal name {spn}", computer.name);
        Some(Evidence::stated(computer.at.clone(), Some(estate.name(id)), says))
    };
    let held_by_user = |user: &User| {
        let spn = user.service_principal_names.shown().iter().find(is_name)?.clone();
        let says = format!("the user {} holds the service principal name {spn}", user.name);
        Some(Evidence::stated(user.at.clone(), None, says))
    };
    let all: Vec<Evidence> =
        estate.hosts.ids().filter_map(held).chain(estate.users.iter().filter_map(held_by_user)).collect();
    (own.is_some_and(Tri::is_told) || all.len() > 1).then_some(all)
}

/// Who holds the migration service name of a host, where that is more than its own object or another one.
pub(super) fn misheld(context: &Context<'_>, host: Option<HostId>) -> Option<Vec<Evidence>> {
    let host = host?;
    holders(context, host).filter(|held| held.len() > 1 || misplaced(context, host))
}

/// The name stands on another object and not on the host's own.
fn misplaced(context: &Context<'_>, host: HostId) -> bool {
    let name = context.estate.name(host);
    let own = context.estate.of(host).computer.as_ref();
    if !own.is_some_and(|c| c.service_principal_names.is_told()) {
        return false;
    }
    holders(context, host).is_some_and(|all| !all.is_empty() && all.iter().all(|e| e.host.as_deref() != Some(&name)))
}

/// Kerberos or a domain controller says that the destination's name is there twice.
fn events(context: &Context<'_>, attempt: &Attempt, destination: HostId) -> Vec<Evidence> {
    let hosts = &context.estate.hosts;
    let about = |value: &str| hosts_in(value, hosts).contains(&destination);
    let twice = context
        .witnessed(Meaning::SpnDuplicate, attempt, NEAR)
        .filter(|s| s.event.fields.iter().any(|f| about(f.value)));
    let refused = context
        .witnessed(Meaning::ServiceTicket, attempt, NEAR)
        .filter(|s| status(s) == Some(NOT_UNIQUE) && s.event.field("ServiceName").is_some_and(about));
    twice.chain(refused).map(|s| context.shown(s)).collect()
}
