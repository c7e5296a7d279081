//! Accounts and rights: who may migrate, logon rights, policies and silos, computer accounts.

use super::super::audit::{initial_ticket, refused_logon};
use super::super::dice::Dice;
use super::super::log::{self, POLICY_FAILURES, positional};
use super::super::scene::Scene;
use super::super::world::{HostId, World};
use super::directory::{kerberos_pairs, lsa_error, modified};
use super::{Fault, Phase, Scope, Sort, free_pair, maybe_onset, onset};
use crate::case::Initiator::Remote;
use crate::case::events::{error_fields, vm_fields};
use crate::case::names;
use chrono::TimeDelta;

#[derive(Debug, Clone)]
pub(in super::super) enum Way {
    Denied,
    /// The policy or silo of that name forbids the ticket to the user or, where false, to the host.
    Silo(String, bool),
    /// The account of that host is disabled.
    Disabled(HostId),
    /// The destination does not know its own password.
    PasswordAtDestination,
    /// The source does not.
    PasswordAtSource,
    LogonRight,
}

pub(super) fn write(way: &Way, scene: &mut Scene) {
    let (w, m) = (scene.w, scene.m);
    match way {
        Way::Denied => {
            let id = if scene.d.chance(80) { 20403 } else { 20402 };
            scene.destination(id, error_fields(0x8007_0005));
            if scene.d.chance(50) {
                scene.source(20304, error_fields(0x8007_0005));
            } else {
                scene.source(20354, vec![("Host", w.name(m.to).to_owned())]);
            }
        }
        Way::Silo(policy, of_user) => {
            silo_event(scene, policy, *of_user);
            let code = scene.d.pick(&[0x8009_030c, 0x8007_052f]);
            scene.no_connection(code);
        }
        Way::Disabled(host) => {
            disabled(scene, *host);
            scene.no_connection(0x8009_030c);
        }
        Way::PasswordAtDestination => {
            let spn = scene.requested_spn();
            modified(scene, &format!("{}$", w.name(m.to).to_lowercase()), &spn);
            scene.no_connection(0x8009_0322);
        }
        Way::PasswordAtSource => {
            let at = scene.before(260);
            let account = format!("{}$", w.name(m.from));
            scene.also(initial_ticket(w, w.controller(m.from), at, &account, w.address(m.from), 0x18));
            scene.also(lsa_error(w, m.from, scene.before(200), &format!("cifs/{}", w.fqdn(m.to))));
            scene.no_connection(0x8007_052e);
        }
        Way::LogonRight => {
            scene.lasts(4_000, 9_000);
            let mut fields = vm_fields(&m.vm);
            fields.extend(error_fields(0x8007_0569));
            scene.source(21002, fields);
            let sid = delegap_model::Sid::of_vm(names::vm_id(&m.vm));
            let vm = names::vm_id_text(&m.vm);
            let at = scene.before(210);
            scene.also(refused_logon(w, m.to, at, (&vm, sid.as_str()), 5, (0xc000_015b, 0), "-"));
        }
    }
}

/// KDC 105 or 106, and 4769 with 0xC.
fn silo_event(scene: &mut Scene, policy: &str, of_user: bool) {
    let (w, m) = (scene.w, scene.m);
    let controller = w.controller(m.from);
    let at = scene.before(190);
    let account = if of_user { w.users[m.user].name.clone() } else { format!("{}$", w.name(m.from)) };
    let realm = w.realm(m.from);
    let service = format!("{}$", w.name(m.to));
    let address = format!("::ffff:{}", w.address(m.from));
    let device = format!("{}$", w.name(m.from));
    let values = [
        &account,
        &realm,
        &device,
        &service,
        "S-1-0-0",
        "0x40810000",
        "0xffffffff",
        &address,
        "50733",
        "0xc",
        "{00000000-0000-0000-0000-000000000000}",
        "-",
        "",
        policy,
    ];
    let (_, mut event) = log::kdc_in(w, POLICY_FAILURES, controller, at, 106, &vec![]);
    event.payload = positional(&values, None);
    scene.also((controller, event));
    scene.ticket_refused(&service, 0xc);
}

fn disabled(scene: &mut Scene, host: HostId) {
    let (w, m) = (scene.w, scene.m);
    if host == m.from {
        let at = scene.before(260);
        let account = format!("{}$", w.name(host));
        scene.also(initial_ticket(w, w.controller(host), at, &account, w.address(host), 0x12));
    } else {
        let service = format!("{}$", w.name(host));
        scene.ticket_refused(&service, 0x12);
    }
}

pub(super) fn not_authorized(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let pairs = w.remote_pairs();
    let (_, b) = free_pair(w, d, pairs)?;
    let user = (2..w.users.len()).find(|u| !w.taken_users.contains(u))?;
    w.taken_users.insert(user);
    let to_b = w.remote_pairs().into_iter().filter(|(_, y)| *y == b).collect();
    let scope = Scope { user: Some(user), ..Scope::pairs(to_b) };
    Some(Fault::new("initiator-not-authorized", Phase::Accept, Sort::Account(Way::Denied), scope))
}

pub(super) fn silo(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let pairs = kerberos_pairs(w)?.into_iter().filter(|(a, b)| !w.same_cluster(*a, *b)).collect();
    let (a, _) = free_pair(w, d, pairs)?;
    let policy = d.pick(&["Tier0-Servers", "HyperV-Silo", "T0 admins policy"]).to_owned();
    let from = maybe_onset(w, d);
    let user = (2..w.users.len()).find(|u| !w.taken_users.contains(u)).filter(|_| d.chance(50));
    let pairs: Vec<_> = w.remote_pairs().into_iter().filter(|(x, _)| *x == a || user.is_some()).collect();
    let scope = match user {
        Some(user) => {
            w.taken_users.insert(user);
            Scope { user: Some(user), ..Scope::pairs(pairs).by(&[Remote]) }
        }
        None => Scope::pairs(pairs).by(&[Remote]),
    };
    let sort = Sort::Account(Way::Silo(policy, user.is_some()));
    Some(Fault::new("authentication-policy-silo", Phase::Authenticate, sort, scope).between(from, None))
}

pub(super) fn machine_account(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let (a, b) = free_pair(w, d, kerberos_pairs(w)?)?;
    let at = onset(w, d);
    let all = kerberos_pairs(w)?;
    let involving = |host: HostId| all.iter().copied().filter(|(x, y)| *x == host || *y == host).collect::<Vec<_>>();
    let (way, pairs) = match d.below(4) {
        0 => {
            w.machines[b].enabled = false;
            w.machines[b].base.changed = at;
            (Way::Disabled(b), involving(b))
        }
        1 => {
            channel_broken(w, a, at);
            // What others see of this host is another picture of the same fault.
            let to_a = all.iter().copied().filter(|(_, y)| *y == a);
            w.avoid.extend(to_a);
            (Way::PasswordAtSource, all.iter().copied().filter(|(x, _)| *x == a).collect())
        }
        _ => {
            channel_broken(w, b, at);
            let from_b = all.iter().copied().filter(|(x, _)| *x == b);
            w.avoid.extend(from_b);
            (Way::PasswordAtDestination, all.iter().copied().filter(|(_, y)| *y == b).collect())
        }
    };
    let fault = Fault::new("machine-account-broken", Phase::Authenticate, Sort::Account(way), Scope::pairs(pairs));
    Some(fault.between(Some(at), None))
}

/// NETLOGON 3210 on the host, 5722 on its domain controller, every few hours.
fn channel_broken(w: &mut World, host: HostId, since: super::super::world::Time) {
    let controller = w.controller(host);
    let domain = names::netbios(&w.domain_of(host).dns);
    let mut at = since - TimeDelta::minutes(3);
    while at < w.to {
        let there = format!("\\\\{}", w.fqdn(controller));
        let account = format!("{}$", w.name(host));
        let refused = log::netlogon(w, host, at, 3210, &[&domain, &there], 0xc000_0022);
        let seen = log::netlogon(
            w,
            controller,
            at + TimeDelta::milliseconds(30),
            5722,
            &[w.name(host), &account, "%%5"],
            0xc000_0022,
        );
        w.entries.extend([refused, seen]);
        at += TimeDelta::hours(4);
    }
}

pub(super) fn logon_right(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let mut pairs = w.remote_pairs();
    pairs.extend(w.cluster_pairs());
    let (_, b) = free_pair(w, d, pairs.clone())?;
    let from = maybe_onset(w, d);
    let scope = Scope::pairs(pairs.into_iter().filter(|(_, y)| *y == b).collect());
    Some(Fault::new("logon-right-denied", Phase::Plan, Sort::Account(Way::LogonRight), scope).between(from, None))
}
