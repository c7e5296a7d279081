//! One fault per cause of the catalogue: what it changes in the estate, which moves it stops, and what is logged then.
//!
//! What Windows writes follows the field's own descriptions (message tables, protocol documents, public cases), never
//! the engine's reading of them. Codes for which no source shows a migration are the ones that the Kerberos error maps
//! to; where several are plausible, chance decides.

mod accounts;
mod credssp;
mod delegation;
mod delegation_time;
mod destination;
mod directory;
mod hosts;
mod kdc;
mod network;
mod placement;

pub(super) use kdc::{BROKEN, HARDENED};

use super::dice::Dice;
use super::moves::Move;
use super::scene::Scene;
use super::world::{HostId, Time, World};
use crate::case::Initiator;

/// A fault of an estate.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    /// Its cause's id.
    pub cause: &'static str,
    /// Other causes that are right answers, too.
    pub also: Vec<Also>,
    pub scope: Scope,
    /// Since then; `None`: before the logs begin.
    pub from: Option<Time>,
    pub until: Option<Time>,
    pub phase: Phase,
    pub sort: Sort,
}

/// A cause that is as right as the true one, and why.
#[derive(Debug, Clone, Copy)]
pub(super) struct Also {
    pub cause: &'static str,
    pub why: &'static str,
    /// Only where evidence is withheld.
    pub blind: bool,
}

/// Which moves a fault stops.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    pub pairs: Vec<(HostId, HostId)>,
    /// Empty: whoever starts them.
    pub by: Vec<Initiator>,
    pub user: Option<usize>,
    pub vm: Option<String>,
    /// Only those that move storage.
    pub storage: bool,
}

/// Where a move stops: of two faults, the one of the earlier phase is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    Cluster,
    Name,
    Connect,
    Authenticate,
    Accept,
    Plan,
    Compatibility,
    Transfer,
    Register,
}

/// What a fault writes. One per way of failing.
#[derive(Debug, Clone)]
pub(super) enum Sort {
    Delegation(delegation::Refusal),
    CifsMissing,
    CredSsp(credssp::Way),
    Directory(directory::Way),
    Kdc(kdc::Way),
    Account(accounts::Way),
    Host(hosts::Way),
    Network(network::Way),
    Destination(destination::Way),
    Placement(placement::Way),
}

impl Fault {
    pub fn new(cause: &'static str, phase: Phase, sort: Sort, scope: Scope) -> Self {
        Fault { cause, also: Vec::new(), scope, from: None, until: None, phase, sort }
    }

    pub fn between(mut self, from: Option<Time>, until: Option<Time>) -> Self {
        (self.from, self.until) = (from, until);
        self
    }

    /// `cause` is right, too.
    pub fn or(mut self, cause: &'static str, why: &'static str) -> Self {
        self.also.push(Also { cause, why, blind: false });
        self
    }

    /// `cause` is right, too, where evidence is withheld.
    pub fn or_when_blind(mut self, cause: &'static str, why: &'static str) -> Self {
        self.also.push(Also { cause, why, blind: true });
        self
    }

    pub fn active(&self, at: Time) -> bool {
        self.from.is_none_or(|from| at >= from) && self.until.is_none_or(|until| at < until)
    }

    pub fn stops(&self, m: &Move) -> bool {
        self.active(m.at) && self.scope.covers(m)
    }
}

impl Scope {
    pub fn pairs(pairs: Vec<(HostId, HostId)>) -> Self {
        Scope { pairs, ..Scope::default() }
    }

    pub fn by(mut self, by: &[Initiator]) -> Self {
        self.by = by.to_vec();
        self
    }

    fn covers(&self, m: &Move) -> bool {
        self.pairs.contains(&(m.from, m.to))
            && (self.by.is_empty() || self.by.contains(&m.by))
            && self.user.is_none_or(|user| m.by != Initiator::Cluster && m.user == user)
            && self.vm.as_ref().is_none_or(|vm| *vm == m.vm)
            && (!self.storage || m.storage)
    }
}

/// How a cause gets into an estate; `None` where the estate does not fit.
type Install = fn(&mut World, &mut Dice) -> Option<Fault>;

/// Every cause of the catalogue: id, class, installer.
pub(super) const CAUSES: [(&str, &str, Install); 45] = [
    ("kcd-missing", "delegation", delegation::missing),
    ("kcd-wrong-service", "delegation", delegation::wrong_service),
    ("kcd-wrong-target", "delegation", delegation::wrong_target),
    ("kcd-name-form-incomplete", "delegation", delegation::name_form),
    ("kcd-kerberos-only", "delegation", delegation_time::kerberos_only),
    ("kcd-cifs-missing", "delegation", delegation::cifs_missing),
    ("unconstrained-delegation", "delegation", delegation::unconstrained),
    ("kcd-cross-domain", "delegation", delegation::cross_domain),
    ("initiator-not-delegable", "delegation", delegation_time::not_delegable),
    ("delegation-not-effective-yet", "delegation", delegation_time::not_effective_yet),
    ("credssp-remote-initiation", "authentication", credssp::remote_initiation),
    ("credssp-credential-guard", "authentication", credssp::credential_guard),
    ("authentication-type-mismatch", "authentication", credssp::mismatch),
    ("migration-spn-missing", "authentication", directory::spn_missing),
    ("spn-duplicate", "authentication", directory::spn_duplicate),
    ("wrong-principal", "authentication", directory::wrong_principal),
    ("encryption-type-mismatch", "authentication", directory::encryption_types),
    ("credssp-policy-blocked", "authentication", credssp::policy_blocked),
    ("initiator-not-authorized", "authentication", accounts::not_authorized),
    ("authentication-policy-silo", "authentication", accounts::silo),
    ("kdc-hardening-enforced", "authentication", kdc::hardening),
    ("kdc-delegation-regression", "authentication", kdc::regression),
    ("clock-skew", "authentication", hosts::clock_skew),
    ("machine-account-broken", "authentication", accounts::machine_account),
    ("no-domain-controller", "authentication", hosts::no_domain_controller),
    ("logon-right-denied", "authentication", accounts::logon_right),
    ("ntlm-blocked", "authentication", hosts::ntlm_blocked),
    ("vm-owner-sid-unresolvable", "authentication", hosts::owner_unresolvable),
    ("machine-id-duplicate", "authentication", hosts::machine_id),
    ("migration-port-blocked", "network", network::port_blocked),
    ("migration-listener-down", "network", network::listener_down),
    ("client-address-blocked", "network", network::address_blocked),
    ("migration-network-unavailable", "network", network::unavailable),
    ("name-resolution", "network", network::name_resolution),
    ("connection-lost-in-transfer", "network", network::lost),
    ("transfer-timeout", "network", network::timeout),
    ("processor-incompatible", "compatibility", destination::processor),
    ("switch-missing", "compatibility", placement::switch_missing),
    ("configuration-version-unsupported", "compatibility", destination::version),
    ("device-attached", "compatibility", destination::device),
    ("insufficient-memory", "resource", destination::memory),
    ("migration-limit-or-cleanup", "resource", placement::limit),
    ("storage-path-or-permission", "storage", destination::storage_path),
    ("cluster-resource", "cluster", placement::cluster_resource),
    ("management-service-fault", "service", placement::service_fault),
];

/// The class of a cause.
pub(super) fn class_of(cause: &str) -> &'static str {
    CAUSES.iter().find(|(id, ..)| *id == cause).map(|(_, class, _)| *class).expect("a cause of the catalogue")
}

/// Puts the fault into the estate, if it fits.
pub(super) fn install(w: &mut World, d: &mut Dice, cause: usize) -> bool {
    let (_, _, install) = CAUSES[cause];
    let fault = install(w, d);
    let fits = fault.is_some();
    w.faults.extend(fault);
    fits
}

/// What is logged when the fault stops a move.
pub(super) fn write(fault: &Fault, scene: &mut Scene) {
    match &fault.sort {
        Sort::Delegation(refusal) => delegation::write(refusal, scene),
        Sort::CifsMissing => delegation::write_cifs(scene),
        Sort::CredSsp(way) => credssp::write(*way, scene),
        Sort::Directory(way) => directory::write(way, scene),
        Sort::Kdc(way) => kdc::write(*way, scene),
        Sort::Account(way) => accounts::write(way, scene),
        Sort::Host(way) => hosts::write(way, scene),
        Sort::Network(way) => network::write(*way, scene),
        Sort::Destination(way) => destination::write(way, scene),
        Sort::Placement(way) => placement::write(*way, scene),
    }
}

/// A pair whose two hosts belong to no other fault, if there is one; claims it.
fn free_pair(w: &mut World, d: &mut Dice, pairs: Vec<(HostId, HostId)>) -> Option<(HostId, HostId)> {
    let free: Vec<_> = pairs.into_iter().filter(|(a, b)| !w.claimed.contains(a) && !w.claimed.contains(b)).collect();
    let pair = d.any(&free)?;
    w.claimed.extend([pair.0, pair.1]);
    Some(pair)
}

/// A moment inside the logs, with days before and after it.
fn onset(w: &World, d: &mut Dice) -> Time {
    let span = (w.to - w.from).num_hours();
    w.from + chrono::TimeDelta::minutes(d.range(span * 60 / 3, span * 60 * 6 / 10))
}

/// Mostly none, sometimes [`onset`]: since when a state holds that nothing else dates.
fn maybe_onset(w: &World, d: &mut Dice) -> Option<Time> {
    d.chance(50).then(|| onset(w, d))
}
