//! Updates of domain controllers: hardening that refuses, and releases that broke delegation.

use super::super::dice::Dice;
use super::super::log::{self, ERROR, WARNING, positional, texts};
use super::super::scene::Scene;
use super::super::updates;
use super::super::world::{Time, World};
use super::{Fault, Phase, Scope, Sort};
use crate::case::Authentication;
use crate::case::Initiator::Remote;
use chrono::{Datelike, NaiveDate, TimeDelta};

#[derive(Debug, Clone, Copy)]
pub(in super::super) enum Way {
    /// A phase that refuses tickets: the KDC's event.
    Hardened(u16),
    /// A release that broke delegation: the KDC's event.
    Broken(u16),
}

pub(super) fn write(way: Way, scene: &mut Scene) {
    let (w, m) = (scene.w, scene.m);
    let controller = w.controller(m.from);
    let at = scene.before(160);
    let realm = w.realm(m.from);
    let (host, service) = (format!("{}$", w.name(m.from)), format!("{}$", w.name(m.to)));
    match way {
        Way::Hardened(id) => {
            let dc = w.name(controller).to_owned();
            let payload = match id {
                35 => positional(&[&dc], Some(0)),
                36 => positional(&[&realm, &host, &service], Some(0)),
                37 => positional(&[&dc, &realm, &host, &service], Some(0)),
                38 => {
                    let sid = w.computer_sid(m.from).to_string();
                    positional(&[&dc, &realm, &host, &service, &sid, "S-1-5-21-1-2-3-1105"], Some(0))
                }
                _ => positional(&[&realm, &host], Some(0)),
            };
            let level = scene.d.pick(&[ERROR, ERROR, WARNING]);
            scene.also(log::kdc(w, controller, at, id, level, payload));
            scene.ticket_refused(&service, if id < 40 { 0x14 } else { 0x29 });
            if scene.d.chance(50) {
                scene.no_connection(0x8009_030c);
            } else {
                scene.no_credentials(0x8009_030e);
            }
        }
        Way::Broken(id) => {
            let payload = if id == 14 {
                texts(&vec![
                    ("Target", format!("krbtgt/{realm}")),
                    ("Account", host.clone()),
                    ("ID", "1".to_owned()),
                    ("RequestedEtypes", "18  17  23  24  -135".to_owned()),
                    ("AvailableEtypes", "23  18  17".to_owned()),
                    ("AccountToReset", host.clone()),
                ])
            } else {
                positional(&[&host], Some(0))
            };
            scene.also(log::kdc(w, controller, at, id, ERROR, payload));
            scene.ticket_refused(&service, if id == 14 { 0xe } else { 0x1f });
            scene.no_connection(0x8009_030c);
        }
    }
}

/// Every domain controller takes the update of `day` on the evening of the day after; the moves of the next days fail.
fn updated(w: &mut World, day: NaiveDate) -> Option<Time> {
    let installed = day.succ_opt()?;
    let controllers: Vec<_> = w.domains.iter().flat_map(|d| d.controllers.clone()).collect();
    for controller in controllers {
        let update = updates::of_day(w.os(controller), day)?;
        let machine = &mut w.machines[controller].base;
        machine.updates.retain(|u| u.installed < day - TimeDelta::days(20));
        machine.updates.push(crate::case::Update::security(&update, installed));
    }
    Some(installed.and_hms_opt(22, 30, 0)?.and_utc())
}

fn of_era(w: &World, d: &mut Dice, days: &[(i32, u32, u32)]) -> Option<NaiveDate> {
    let days: Vec<_> = days.iter().filter_map(|(y, m, d)| NaiveDate::from_ymd_opt(*y, *m, *d)).collect();
    let inside: Vec<_> = days
        .into_iter()
        .filter(|day| *day > w.from.date_naive() && *day + TimeDelta::days(3) < w.to.date_naive())
        .collect();
    d.any(&inside)
}

fn same_domain_pairs(w: &World) -> Vec<(usize, usize)> {
    let same = |(a, b): &(usize, usize)| w.machines[*a].domain == w.machines[*b].domain;
    w.remote_pairs().into_iter().filter(same).collect()
}

pub(super) fn hardening(w: &mut World, d: &mut Dice) -> Option<Fault> {
    if w.authentication != Authentication::Kerberos || !w.faults.is_empty() {
        return None;
    }
    let day = of_era(w, d, &HARDENED)?;
    let ids: &[u16] = if day.year() == 2022 { &[35, 36, 37, 37, 38] } else { &[43, 44] };
    let id = d.pick(ids);
    let from = updated(w, day)?;
    let scope = Scope::pairs(same_domain_pairs(w)).by(&[Remote]);
    let sort = Sort::Kdc(Way::Hardened(id));
    Some(Fault::new("kdc-hardening-enforced", Phase::Authenticate, sort, scope).between(Some(from), None))
}

pub(super) fn regression(w: &mut World, d: &mut Dice) -> Option<Fault> {
    if w.authentication != Authentication::Kerberos || !w.faults.is_empty() || w.hyper_v().len() < 3 {
        return None;
    }
    let day = of_era(w, d, &BROKEN)?;
    let id = if day.year() == 2022 { 14 } else { 18 };
    let from = updated(w, day)?;
    let scope = Scope::pairs(same_domain_pairs(w)).by(&[Remote]);
    let sort = Sort::Kdc(Way::Broken(id));
    Some(Fault::new("kdc-delegation-regression", Phase::Authenticate, sort, scope).between(Some(from), None))
}

/// Enforcement of the PAC's requestor and of its full signature.
pub(in crate::estates) const HARDENED: [(i32, u32, u32); 3] = [(2022, 10, 11), (2023, 7, 11), (2023, 10, 10)];
/// Releases that broke delegation on domain controllers.
pub(in crate::estates) const BROKEN: [(i32, u32, u32); 3] = [(2020, 11, 10), (2021, 11, 9), (2022, 11, 8)];
