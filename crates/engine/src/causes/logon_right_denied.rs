//! A logon right that the VM's service account needs is gone.

use super::stated::silent_without_peer;
use super::{Claim, Context, Rule, Ruling};
use crate::hosts::HostId;
use crate::knowledge::Meaning;
use chrono::Duration;
use delegap_model::{Code, Confidence, Evidence, PolicyScope, Principal, SecurityPolicy};

pub(super) const RULE: Rule = Rule { id: "logon-right-denied", judge: logon_right };

const LOGON_TYPE_NOT_GRANTED: Code = Code(0x8007_0569);

const NT_LOGON_TYPE_NOT_GRANTED: Code = Code(0xc000_015b);

/// A logon right that the VM's service account needs is gone.
fn logon_right(context: &Context<'_>) -> Ruling {
    let estate = context.estate;
    let mut ruling = Ruling { examined: context.moves(), ..Ruling::default() };
    for (index, attempt) in context.failed() {
        if !attempt.codes.contains(&LOGON_TYPE_NOT_GRANTED) && !attempt.codes.contains(&NT_LOGON_TYPE_NOT_GRANTED) {
            continue;
        }
        let refused = context.near(Meaning::LogonRefused, attempt, Duration::minutes(10)).find(|s| {
            let code = |f: &str| s.event.field(f).and_then(Code::parse_field);
            let right = code("Status") == Some(NT_LOGON_TYPE_NOT_GRANTED)
                || code("SubStatus") == Some(NT_LOGON_TYPE_NOT_GRANTED);
            right && attempt.destination == Some(s.host)
        });
        let mut claim =
            Claim::new(context, index, if refused.is_some() { Confidence::Confirmed } else { Confidence::Likely });
        claim.facts.extend(refused.map(|s| s.evidence(&estate.hosts)));
        match attempt.destination.and_then(|host| right_of_machines(context, host)) {
            Some((true, shown)) => claim.lower(shown),
            Some((false, shown)) => {
                claim.confidence = Confidence::Confirmed;
                claim.facts.push(shown);
            }
            None => {}
        }
        claim.facts.extend(attempt.destination.into_iter().flat_map(|host| objects_without(context, host)));
        claim.raise.push(
            "Show the effective right on the destination: secedit /export /cfg rights.inf /areas USER_RIGHTS (SeServiceLogonRight must hold S-1-5-83-0)"
                .to_owned(),
        );
        ruling.claims.push(claim);
    }
    silent_without_peer(context, &mut ruling);
    ruling
}

/// "Log on as a service".
const SERVICE_RIGHT: &str = "SeServiceLogonRight";

/// Whether the policy that a host applies gives virtual machines the right to log on as a service.
fn right_of_machines(context: &Context<'_>, host: HostId) -> Option<(bool, Evidence)> {
    // Of what policies set a right that is not there says nothing: the host's own setting holds.
    let policies = &context.estate.of(host).policies;
    let set = || policies.iter().find(|p| p.rights.contains_key(SERVICE_RIGHT));
    let policy = policies.iter().find(|p| p.lists_all_rights).or_else(set)?;
    let granted = policy.rights.get(SERVICE_RIGHT).is_some_and(|holders| holders.iter().any(is_machines));
    let says = if granted { "gives" } else { "does not give" };
    Some((granted, shown(context, host, policy, &format!("the host's policy {says} {SERVICE_RIGHT} to S-1-5-83-0"))))
}

/// Group Policy objects that set the right and leave virtual machines out: whether they reach the host is not known.
fn objects_without<'a>(context: &'a Context<'_>, host: HostId) -> impl Iterator<Item = Evidence> + use<'a> {
    let objects = context.estate.policies_of(host).filter_map(|policy| match &policy.scope {
        PolicyScope::GroupPolicyObject(name) => Some((policy, name)),
        PolicyScope::Host => None,
    });
    objects.filter_map(move |(policy, name)| {
        let holders = policy.rights.get(SERVICE_RIGHT)?;
        let says = format!("Group Policy object {name} sets {SERVICE_RIGHT} without S-1-5-83-0");
        (!holders.iter().any(is_machines)).then(|| shown(context, host, policy, &says))
    })
}

fn shown(context: &Context<'_>, host: HostId, policy: &SecurityPolicy, says: &str) -> Evidence {
    let host = (policy.scope == PolicyScope::Host).then(|| context.estate.name(host));
    Evidence::stated(policy.at.clone(), host, says)
}

/// NT VIRTUAL MACHINE\\Virtual Machines, which every VM's account belongs to.
fn is_machines(holder: &Principal) -> bool {
    let sid = holder.sid.as_ref().is_some_and(|s| s.as_str() == "S-1-5-83-0");
    sid || holder.name.as_deref().is_some_and(|n| n.eq_ignore_ascii_case("Virtual Machines"))
}
