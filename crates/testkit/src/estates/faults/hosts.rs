//! What is wrong with a host itself: its clock, its way to a domain controller, NTLM, its machine id, owners of VMs.

use super::super::dice::Dice;
use super::super::log::{self, ERROR, Source, WARNING};
use super::super::scene::Scene;
use super::super::updates;
use super::super::world::{HostId, World};
use super::directory::kerberos_pairs;
use super::{Fault, Phase, Scope, Sort, free_pair, maybe_onset, onset};
use crate::case::Os;
use crate::case::events::error_fields;
use crate::case::names;
use chrono::{NaiveDate, TimeDelta};

#[derive(Debug, Clone)]
pub(in super::super) enum Way {
    /// That host's clock is wrong.
    Clock(HostId),
    NoController,
    /// NTLM is refused, and the destination was given by its address.
    Ntlm,
    Owner,
    MachineId,
}

pub(super) fn write(way: &Way, scene: &mut Scene) {
    let (w, m) = (scene.w, scene.m);
    match way {
        Way::Clock(host) => {
            let spn = scene.requested_spn();
            if *host == m.from {
                scene.ticket_refused(&format!("{}$", w.name(m.to)), 0x25);
            }
            scene.kerberos_error(&spn, "0x25 KRB_AP_ERR_SKEW", "");
            scene.no_connection(0x8009_0324);
        }
        Way::NoController => {
            let code = scene.d.pick(&[0x8009_0311, 0x8009_0311, 0x8007_054b, 0x8007_051f]);
            scene.no_connection(code);
        }
        Way::Ntlm => {
            scene.destination = w.address(m.to).to_owned();
            let fields = vec![
                ("TargetName", format!("{}/{}", delegap_model::Spn::MIGRATION, w.address(m.to))),
                ("UserName", w.users[m.user].name.clone()),
                ("DomainName", w.domain_admin_domain()),
                ("CallerPID", "2956".to_owned()),
                ("ProcessName", "C:\\Windows\\System32\\vmms.exe".to_owned()),
                ("ClientLUID", "0x3e7".to_owned()),
                ("ClientUserName", format!("{}$", w.name(m.from))),
                ("ClientDomainName", w.domain_admin_domain()),
                ("MechanismOID", "1.3.6.1.4.1.311.2.2.10".to_owned()),
            ];
            let at = scene.before(130);
            scene.also(log::other(w, Source::Ntlm, m.from, at, 4001, WARNING, &fields));
            let code = scene.d.pick(&[0x8007_0721, 0x8007_0721, 0xc000_0418]);
            scene.no_connection(code);
        }
        Way::Owner => {
            let at = scene.before(90);
            let text = format!("'{}': No mapping between account names and security IDs was done. (80070534)", m.vm);
            let fields = vec![("VmName", m.vm.clone()), ("VmId", names::vm_id_text(&m.vm)), ("Message", text)];
            scene.also(log::vmms_operational(w, m.from, at, 1106, ERROR, &fields));
            scene.say("No mapping between account names and security IDs was done. (0x80070534)".to_owned());
        }
        Way::MachineId => {
            let at = scene.before(140);
            scene.also(log::other(w, Source::Lsa, m.to, at, 6167, ERROR, &vec![]));
            scene.destination(20402, error_fields(0x8009_030c));
            scene.no_connection(0x8009_030c);
        }
    }
}

pub(super) fn clock_skew(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let (a, _) = free_pair(w, d, kerberos_pairs(w)?)?;
    let at = onset(w, d);
    let size = match d.below(4) {
        0 => 301,
        1 => d.range(302, 420),
        2 => d.range(421, 3_600),
        _ => d.range(3_600, 7_300),
    };
    // The others' clocks are exact, so that the size is what it says against each of them.
    for machine in &mut w.machines {
        machine.ahead = 0;
    }
    let ahead = if d.chance(50) { size } else { -size };
    w.machines[a].jump = Some((at, ahead));
    let step = vec![
        ("NewTime", (at + TimeDelta::seconds(ahead)).to_rfc3339()),
        ("OldTime", at.to_rfc3339()),
        ("Reason", "2".to_owned()),
    ];
    let (host, mut jumped) = log::other(w, Source::TimeService, a, at, 1, 4, &step);
    jumped.provider = "Microsoft-Windows-Kernel-General".to_owned();
    jumped.provider_guid = delegap_model::Guid::parse("a68ca8b7-004f-d7b6-a698-07e2de0f1f5d");
    jumped.payload = crate::case::events::named(vec![
        ("NewTime", crate::record::Value::FileTime(at + TimeDelta::seconds(ahead))),
        ("OldTime", crate::record::Value::FileTime(at)),
        ("Reason", crate::record::Value::U32(2)),
    ]);
    w.entries.push((host, jumped));
    let lost = vec![
        ("UnsynchronizedTimeSeconds", "86400".to_owned()),
        ("TimeRemainingToSetLocalClockFreeRunningSeconds", "0".to_owned()),
    ];
    let entry = log::other(w, Source::TimeService, a, at + TimeDelta::minutes(20), 36, WARNING, &lost);
    w.entries.push(entry);
    let pairs = kerberos_pairs(w)?.into_iter().filter(|(x, y)| *x == a || *y == a).collect();
    let sort = Sort::Host(Way::Clock(a));
    Some(Fault::new("clock-skew", Phase::Authenticate, sort, Scope::pairs(pairs)).between(Some(at), None))
}

pub(super) fn no_domain_controller(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let (a, _) = free_pair(w, d, kerberos_pairs(w)?)?;
    let from = onset(w, d);
    let until = from + TimeDelta::hours(d.range(20, 60));
    let domain = w.domain_of(a).dns.clone();
    let mut at = from - TimeDelta::minutes(2);
    while at < until.min(w.to) {
        let netbios = names::netbios(&domain);
        let lost = log::netlogon(w, a, at, 5719, &[&netbios, "%%1311"], 0xc000_005e);
        let peer = vec![
            ("ErrorMessage", "The entry is not found. (0x800706E1)".to_owned()),
            ("RetryMinutes", "15".to_owned()),
        ];
        let time = log::other(w, Source::TimeService, a, at + TimeDelta::seconds(40), 129, WARNING, &peer);
        let policy = vec![
            ("SupportInfo1", "1".to_owned()),
            ("ProcessingMode", "0".to_owned()),
            ("ErrorCode", "1222".to_owned()),
            ("ErrorDescription", "The network is not present or not started.".to_owned()),
        ];
        let policy = log::other(w, Source::GroupPolicy, a, at + TimeDelta::seconds(90), 1129, ERROR, &policy);
        w.entries.extend([lost, time, policy]);
        at += TimeDelta::minutes(d.range(20, 90));
    }
    let pairs = kerberos_pairs(w)?.into_iter().filter(|(x, _)| *x == a).collect();
    let to_a: Vec<_> = kerberos_pairs(w)?.into_iter().filter(|(_, y)| *y == a).collect();
    w.quiet.extend(to_a.into_iter().map(|(x, y)| (x, y, from, until)));
    w.unseen.push((a, from, until));
    let sort = Sort::Host(Way::NoController);
    Some(
        Fault::new("no-domain-controller", Phase::Authenticate, sort, Scope::pairs(pairs))
            .between(Some(from), Some(until)),
    )
}

pub(super) fn ntlm_blocked(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let pairs = w.remote_pairs();
    let (a, b) = free_pair(w, d, pairs)?;
    let from = maybe_onset(w, d);
    let scope = Scope::pairs(vec![(a, b)]);
    Some(Fault::new("ntlm-blocked", Phase::Authenticate, Sort::Host(Way::Ntlm), scope).between(from, None))
}

pub(super) fn owner_unresolvable(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let mut pairs = w.remote_pairs();
    pairs.extend(w.cluster_pairs());
    let newest: Vec<_> = pairs.iter().copied().filter(|(a, _)| w.os(*a) == Os::W2025).collect();
    let (a, _) = d.any(&newest)?;
    let vm = w.new_vm(d);
    w.homes.push((vm.clone(), a));
    let scope = Scope { vm: Some(vm), ..Scope::pairs(pairs) };
    Some(Fault::new("vm-owner-sid-unresolvable", Phase::Plan, Sort::Host(Way::Owner), scope))
}

pub(super) fn machine_id(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let day = NaiveDate::from_ymd_opt(2025, 9, 9)?;
    if w.from.date_naive() < day {
        return None;
    }
    let pairs =
        kerberos_pairs(w)?.into_iter().filter(|(a, b)| w.os(*a) == Os::W2025 && w.os(*b) == Os::W2025).collect();
    let (a, b) = free_pair(w, d, pairs)?;
    for host in [a, b] {
        let kb = updates::of_day(Os::W2025, day)?;
        let installed = w.from.date_naive() - TimeDelta::days(d.range(1, 3));
        let list = &mut w.machines[host].base.updates;
        if !list.iter().any(|u| u.kb == kb) {
            list.insert(0, crate::case::Update::security(&kb, installed.min(day + TimeDelta::days(5)).max(day)));
        }
    }
    let sort = Sort::Host(Way::MachineId);
    Some(Fault::new("machine-id-duplicate", Phase::Authenticate, sort, Scope::pairs(vec![(a, b), (b, a)])))
}
