//! Between the hosts: port, listener, address, network, names, and connections that break.

use super::super::dice::Dice;
use super::super::log::{self, ERROR, Source, WARNING, and};
use super::super::scene::Scene;
use super::super::world::{HostId, World};
use super::{Fault, Phase, Scope, Sort, free_pair, maybe_onset, onset};
use crate::case::Initiator;
use crate::case::events::error_fields;
use chrono::TimeDelta;

#[derive(Debug, Clone, Copy)]
pub(in super::super) enum Way {
    /// No answer, no way, or forbidden: the code.
    Port(u32),
    Refused,
    AddressBlocked,
    NoNetwork,
    Name(u32),
    /// Broken after so far: the code on each side.
    Lost(u32),
    TimedOut,
}

pub(super) fn write(way: Way, scene: &mut Scene) {
    let (w, m) = (scene.w, scene.m);
    match way {
        Way::Port(code) => {
            scene.lasts(if code == 0x8007_271d { 600 } else { 21_000 }, 22_500);
            scene.no_connection(code);
        }
        Way::Refused => {
            scene.lasts(1_900, 3_500);
            scene.no_connection(0x8007_274d);
        }
        Way::AddressBlocked => {
            let address = w.address(m.from).to_owned();
            scene.destination(20400, and(error_fields(0x8007_0005), &[("ClientAddress", &address)]));
            scene.no_connection(0x8007_2746);
        }
        Way::NoNetwork if m.by == Initiator::Cluster => {
            let fields = and(vec![("DestinationNode", w.name(m.to).to_owned())], &[]);
            let fields = fields.into_iter().chain(error_fields(0x13ab)).collect();
            let at = scene.before(40);
            scene.also(log::high_availability(w, m.from, at, 21126, ERROR, &fields));
            scene.say(format!(
                "Failed to get the network address for the destination node '{}': A cluster network is not available \
                 for this operation. (0x000013AB).",
                w.name(m.to)
            ));
        }
        Way::NoNetwork => scene.no_connection(0x8007_2741),
        Way::Name(code) => {
            let fields = vec![
                ("QueryName", w.fqdn(m.to)),
                ("AddressLength", "128".to_owned()),
                ("Address", "02000035".to_owned()),
            ];
            let at = scene.before(200);
            scene.also(log::other(w, Source::DnsClient, m.from, at, 1014, WARNING, &fields));
            scene.no_connection(code);
        }
        Way::Lost(code) => {
            scene.lasts(18_000, 90_000);
            transfer(scene, code, 0x8007_2746);
        }
        Way::TimedOut => {
            scene.lasts(120_000, 400_000);
            transfer(scene, 0x8007_05b4, 0x8007_05b4);
        }
    }
}

/// 22038 on the source and 22040 on the destination, by VMMS or by the worker process.
fn transfer(scene: &mut Scene, sending: u32, receiving: u32) {
    let m = scene.m;
    match scene.d.below(3) {
        0 => {
            scene.worker(m.from, 22038, error_fields(sending));
            scene.worker(m.to, 22040, error_fields(receiving));
        }
        1 => {
            scene.source(22038, error_fields(sending));
            scene.destination(22040, error_fields(receiving));
        }
        _ => {
            scene.source(22038, error_fields(sending));
            scene.worker(m.to, 22040, error_fields(receiving));
        }
    }
}

fn all_pairs(w: &World) -> Vec<(HostId, HostId)> {
    let mut pairs = w.remote_pairs();
    pairs.extend(w.cluster_pairs());
    pairs
}

pub(super) fn port_blocked(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let pairs = all_pairs(w);
    let (a, b) = free_pair(w, d, pairs)?;
    let from = maybe_onset(w, d);
    let code = d.pick(&[0x8007_274c, 0x8007_274c, 0x8007_2751, 0x8007_271d]);
    // A firewall at the destination stops everyone; forbidden by the source's own stops only its moves.
    let pairs = if code == 0x8007_271d || d.chance(50) {
        vec![(a, b)]
    } else {
        all_pairs(w).into_iter().filter(|(_, y)| *y == b).collect()
    };
    let scope = Scope::pairs(pairs);
    Some(
        Fault::new("migration-port-blocked", Phase::Connect, Sort::Network(Way::Port(code)), scope).between(from, None),
    )
}

pub(super) fn listener_down(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let pairs = all_pairs(w);
    let (_, b) = free_pair(w, d, pairs)?;
    let boot = onset(w, d).date_naive().and_hms_opt(4, 12, 0)?.and_utc();
    let until = boot + TimeDelta::hours(d.range(20, 60));
    w.machines[b].boots.push(boot);
    w.machines[b].deaf.push((boot, until));
    let scope = Scope::pairs(all_pairs(w).into_iter().filter(|(_, y)| *y == b).collect());
    let sort = Sort::Network(Way::Refused);
    let why = "without the destination's log a refused connection names both";
    let fault = Fault::new("migration-listener-down", Phase::Connect, sort, scope).between(Some(boot), Some(until));
    Some(fault.or_when_blind("migration-port-blocked", why))
}

pub(super) fn address_blocked(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let pairs = all_pairs(w);
    let (a, b) = free_pair(w, d, pairs)?;
    let from = maybe_onset(w, d);
    let scope = Scope::pairs(vec![(a, b)]);
    Some(
        Fault::new("client-address-blocked", Phase::Connect, Sort::Network(Way::AddressBlocked), scope)
            .between(from, None),
    )
}

pub(super) fn unavailable(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let pairs = all_pairs(w);
    let (a, _) = free_pair(w, d, pairs)?;
    let from = onset(w, d);
    let until = from + TimeDelta::hours(d.range(20, 60));
    let scope = Scope::pairs(all_pairs(w).into_iter().filter(|(x, _)| *x == a).collect());
    let sort = Sort::Network(Way::NoNetwork);
    Some(Fault::new("migration-network-unavailable", Phase::Connect, sort, scope).between(Some(from), Some(until)))
}

pub(super) fn name_resolution(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let pairs = all_pairs(w);
    let (a, b) = free_pair(w, d, pairs)?;
    let from = maybe_onset(w, d);
    let code = d.pick(&[0x8007_2af9, 0x8007_2af9, 0x8007_251d]);
    let scope = Scope::pairs(vec![(a, b)]);
    Some(Fault::new("name-resolution", Phase::Name, Sort::Network(Way::Name(code)), scope).between(from, None))
}

pub(super) fn lost(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let pairs = all_pairs(w);
    let (a, b) = free_pair(w, d, pairs)?;
    let from = maybe_onset(w, d);
    let code = d.pick(&[0x8007_2746, 0x8007_2746, 0x8007_274c, 0x8007_0040]);
    let scope = Scope::pairs(vec![(a, b), (b, a)]);
    let sort = Sort::Network(Way::Lost(code));
    Some(Fault::new("connection-lost-in-transfer", Phase::Transfer, sort, scope).between(from, None))
}

pub(super) fn timeout(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let pairs = all_pairs(w);
    let (a, b) = free_pair(w, d, pairs)?;
    let from = maybe_onset(w, d);
    let scope = Scope::pairs(vec![(a, b), (b, a)]);
    Some(Fault::new("transfer-timeout", Phase::Transfer, Sort::Network(Way::TimedOut), scope).between(from, None))
}
