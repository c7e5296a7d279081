//! Boots, services and listeners of machines, and what tells of their updates.

use super::dice::Dice;
use super::log::{self, ERROR, Fields, INFORMATION, Source};
use super::world::{Entry, HostId, Time, World};
use crate::case::events::error_fields;
use crate::case::{Case, Host, Os, Role, Update, names, system_log};
use chrono::{NaiveTime, TimeDelta};
use delegap_model::Spn;

/// Everything of that kind that a machine logs.
pub(super) fn events(w: &World, host: HostId, d: &mut Dice) -> Vec<Entry> {
    let machine = &w.machines[host];
    let mut out = Vec::new();
    let mut boots: Vec<Time> = machine.boots.iter().copied().filter(|at| *at >= w.from && *at < w.to).collect();
    boots.sort_unstable();
    boots.dedup_by(|a, b| *a - *b < TimeDelta::minutes(30));
    for at in boots {
        out.extend(boot(w, host, at, d));
    }
    for update in &machine.base.updates {
        let at = update.installed.and_time(NaiveTime::from_hms_opt(22, 10, 0).expect("a time")).and_utc();
        if at > w.from && at < w.to {
            out.push(installed(w, host, update));
        }
    }
    if let Some(former) = &machine.former_name {
        out.push(log::event_log(w, host, w.from + TimeDelta::minutes(6), 6011, &[former, w.name(host)]));
    }
    for (_, until) in &machine.deaf {
        if *until < w.to {
            out.extend(listening(w, host, *until));
        }
    }
    if machine.base.role == Role::HyperV && machine.deaf.is_empty() && d.chance(20) {
        // Someone sets the migration networks anew.
        let day = w.from.date_naive() + TimeDelta::days(d.range(1, (w.to - w.from).num_days() - 1));
        let at = day.and_hms_opt(3, d.range(0, 59) as u32, 11).expect("a time of day").and_utc();
        out.push(log::vmms(w, host, at, 20409, INFORMATION, &vec![]));
        out.extend(listening(w, host, at + TimeDelta::seconds(d.range(1, 40))));
    }
    out
}

/// The host answers for the release it ran then.
fn installed(w: &World, host: HostId, update: &Update) -> Entry {
    let machine = &w.machines[host].base;
    let case = Case::new(&w.domain_of(host).dns, w.from);
    (host, system_log::update_installed(&case, machine, update))
}

fn boot(w: &World, host: HostId, at: Time, d: &mut Dice) -> Vec<Entry> {
    let machine = &w.machines[host];
    let second = TimeDelta::seconds(1);
    let after = at + second;
    let os = w.os_at(host, after);
    let case = Case::new(&w.domain_of(host).dns, w.from);
    let of_release = Host { os, ..machine.base.clone() };
    let build = os.build().to_string();
    let version = if os == Os::W2012R2 { "6.03." } else { "10.00." };
    let mut out = vec![
        log::event_log(w, host, at - TimeDelta::seconds(100), 6006, &[]),
        log::event_log(w, host, at + second * 12, 6009, &[version, &build, "", "Multiprocessor Free", "0"]),
        log::event_log(w, host, at + second * 12, 6005, &[]),
        (host, system_log::booted(&case, &of_release, at)),
    ];
    if machine.guarded.is_some_and(|since| since <= after) && os != Os::W2012R2 {
        out.push(log::other(w, Source::Wininit, host, at + second * 9, 13, INFORMATION, &vec![]));
        let config = vec![("Config", "0x1".to_owned()), ("IsTestConfig", "0".to_owned())];
        out.push(log::other(w, Source::Wininit, host, at + second * 9, 14, INFORMATION, &config));
    }
    if d.chance(30) {
        // The network comes up later than Netlogon.
        let domain = names::netbios(&w.domain_of(host).dns);
        out.push(log::netlogon(w, host, at + second * 25, 5719, &[&domain, "%%1311"], 0xc000_005e));
    }
    if machine.base.role != Role::HyperV {
        return out;
    }
    let start = at + TimeDelta::seconds(d.range(40, 90));
    out.push(log::vmms(w, host, at - TimeDelta::seconds(130), 14092, INFORMATION, &vec![]));
    out.push(log::vmms(w, host, start, 14094, INFORMATION, &vec![]));
    if machine.deaf.iter().any(|(from, _)| *from == at) {
        let address = machine.base.address.clone();
        let fields = [error_fields(0x8007_2741), vec![("ListenAddress", address)]].concat();
        out.push(log::vmms(w, host, start + second, 20406, ERROR, &fields));
        let given_up = match d.below(3) {
            0 => (20404, vec![]),
            1 => (20408, error_fields(0x8007_2741)),
            _ => (20350, error_fields(0x8007_2741)),
        };
        out.push(log::vmms(w, host, start + second + TimeDelta::milliseconds(40), given_up.0, ERROR, &given_up.1));
    } else {
        out.extend(listening(w, host, start + TimeDelta::milliseconds(310)));
    }
    let spn = |class: &str| -> Fields { vec![("Spn", class.to_owned())] };
    let registered = machine.spns.iter().any(|spn| spn.starts_with(Spn::MIGRATION));
    for (i, class) in (0i64..).zip(["Hyper-V Replica Service", Spn::MIGRATION, "Microsoft Virtual Console Service"]) {
        let at = start + TimeDelta::milliseconds(900 + 30 * i);
        let refused = class == Spn::MIGRATION && !registered;
        let (id, level) = if refused { (14050, ERROR) } else { (14052, INFORMATION) };
        out.push(log::vmms(w, host, at, id, level, &spn(class)));
    }
    out
}

fn listening(w: &World, host: HostId, at: Time) -> Vec<Entry> {
    let addresses: Fields = vec![("ListenAddresses", w.address(host).to_owned())];
    vec![
        log::vmms(w, host, at, 20407, INFORMATION, &addresses),
        log::vmms(w, host, at + TimeDelta::milliseconds(30), 20410, INFORMATION, &vec![]),
    ]
}
