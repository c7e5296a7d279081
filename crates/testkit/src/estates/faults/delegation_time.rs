//! Delegation that depends on the source's release, on the person, or on when it was set.

use super::super::audit::{Change, changed};
use super::super::dice::Dice;
use super::super::world::World;
use super::delegation::{Refusal, listed, peers, unlist};
use super::{Fault, Phase, Scope, Sort, free_pair, onset};
use crate::case::Initiator::Remote;
use crate::case::{Authentication, Os};
use chrono::TimeDelta;
use delegap_model::uac;

const NOT_FORWARDABLE: &str = "0xc0000272 KLIN(0)";

pub(super) fn kerberos_only(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let pairs = kerberos_pairs(w)?.into_iter().filter(|(a, _)| w.os(*a) != Os::W2012R2).collect();
    let (a, _) = free_pair(w, d, pairs)?;
    listed(w, a);
    w.machines[a].base.delegation.any_protocol = false;
    let scope = Scope::pairs(peers(w, a).into_iter().map(|p| (a, p)).collect()).by(&[Remote]);
    // The list makes the evidence ticket useless for the resource-based way as well: under another name, no test's matter.
    let foreign: Vec<_> = w
        .remote_pairs()
        .into_iter()
        .filter(|(from, to)| *from == a && w.machines[*to].domain != w.machines[a].domain)
        .collect();
    w.avoid.extend(foreign);
    let sort = Sort::Delegation(Refusal::usual(NOT_FORWARDABLE));
    let fault = Fault::new("kcd-kerberos-only", Phase::Authenticate, sort, scope);
    match d.below(3) {
        // Right before the upgrade, wrong since: 2016 and later manage hosts over WinRM.
        0 if w.machines[a].was.is_none() && w.machines[a].cluster.is_none() => {
            let at = onset(w, d).date_naive().and_hms_opt(21, 30, 0).expect("a time of day").and_utc();
            w.machines[a].was = Some((Os::W2012R2, at));
            w.machines[a].boots.push(at);
            Some(fault.between(Some(at + TimeDelta::hours(1)), None))
        }
        1 => {
            let at = onset(w, d);
            let by = w.users[0].name.clone();
            let new = w.machines[a].base.account_control();
            let list = w.machines[a].base.delegation.services.clone();
            let control = Some((new | uac::TRUSTED_TO_AUTH, new));
            w.entries
                .extend(changed(w, &Change { host: a, at, by: &by, added: vec![], deleted: vec![], list, control }));
            w.machines[a].base.changed = at;
            for (_, peer) in &fault.scope.pairs {
                w.quiet.push((a, *peer, at, at + TimeDelta::hours(10)));
            }
            Some(fault.between(Some(at), None))
        }
        _ => Some(fault),
    }
}

fn kerberos_pairs(w: &World) -> Option<Vec<(usize, usize)>> {
    let same = |(a, b): &(usize, usize)| w.machines[*a].domain == w.machines[*b].domain;
    (w.authentication == Authentication::Kerberos).then(|| w.remote_pairs().into_iter().filter(same).collect())
}

pub(super) fn not_delegable(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let pairs = kerberos_pairs(w).filter(|pairs| !pairs.is_empty())?;
    // The first two administrators stay as they are: others must succeed.
    let user = w.users.len().checked_sub(1).filter(|user| *user >= 2 && !w.taken_users.contains(user))?;
    w.taken_users.insert(user);
    if d.chance(50) {
        w.users[user].sensitive = true;
    } else {
        w.users[user].protected = true;
    }
    let scope = Scope { user: Some(user), ..Scope::pairs(pairs).by(&[Remote]) };
    let sort = Sort::Delegation(Refusal::usual("0xc000006e KLIN(0)"));
    Some(Fault::new("initiator-not-delegable", Phase::Authenticate, sort, scope))
}

pub(super) fn not_effective_yet(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let (a, b) = free_pair(w, d, kerberos_pairs(w)?)?;
    listed(w, a);
    let list = w.machines[a].base.delegation.services.clone();
    let added = unlist(w, a, b);
    w.machines[a].base.delegation.services = list.clone();
    let at = onset(w, d).date_naive().and_hms_opt(7, d.range(0, 59) as u32, 0).expect("a time of day").and_utc();
    let by = w.users[0].name.clone();
    w.entries.extend(changed(w, &Change { host: a, at, by: &by, added, deleted: vec![], list, control: None }));
    w.machines[a].base.changed = at;
    let scope = Scope::pairs(vec![(a, b)]).by(&[Remote]);
    let sort = Sort::Delegation(Refusal::usual("0xc0000272 KLIN(0)"));
    let fault = Fault::new("delegation-not-effective-yet", Phase::Authenticate, sort, scope);
    if d.chance(50) {
        // Wrong when the moves failed, corrected since.
        w.quiet.push((a, b, at, at + TimeDelta::hours(11)));
        Some(fault.between(None, Some(at)))
    } else {
        // Right, and not in force before the tickets of the host expire.
        w.quiet.push((a, b, w.from, at + TimeDelta::minutes(3)));
        w.quiet.push((a, b, at + TimeDelta::minutes(9 * 60 + 30), at + TimeDelta::hours(12)));
        Some(fault.between(Some(at), Some(at + TimeDelta::hours(10))))
    }
}
