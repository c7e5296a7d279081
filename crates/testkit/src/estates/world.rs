//! What is true of an estate: domains, clusters, machines, people, faults and moves.

use super::dice::Dice;
use super::faults::Fault;
use super::moves::Move;
use crate::case::{Authentication, Host, Initiator, Os, Payloads, Role, names};
use crate::record::EventSpec;
use chrono::{DateTime, TimeDelta, Utc};
use delegap_model::Sid;
use std::collections::BTreeSet;

pub(super) type Time = DateTime<Utc>;
pub(super) type HostId = usize;

/// A whole estate before anything of it is written.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub domains: Vec<Domain>,
    pub clusters: Vec<Cluster>,
    /// Hyper-V hosts first, then domain controllers.
    pub machines: Vec<Machine>,
    /// Administrators, all of the first domain.
    pub users: Vec<Admin>,
    /// Computer objects of other machines.
    pub objects: Vec<Object>,
    /// The logs begin.
    pub from: Time,
    /// The files are collected.
    pub to: Time,
    /// Address of the administrators' workstation.
    pub workstation: String,
    /// How migrations authenticate, on every host that no fault sets otherwise.
    pub authentication: Authentication,
    pub faults: Vec<Fault>,
    pub moves: Vec<Move>,
    /// Events beside those of moves: state, boots, noise.
    pub entries: Vec<Entry>,
    /// Hosts whose state belongs to one fault already.
    pub claimed: BTreeSet<HostId>,
    /// Administrators of whom a fault speaks.
    pub taken_users: BTreeSet<usize>,
    /// Pairs whose moves would fail for a reason that nobody could name.
    pub avoid: BTreeSet<(HostId, HostId)>,
    /// Pairs and times in which nobody could say how a move ends (tickets that are still good, and the like).
    pub quiet: Vec<(HostId, HostId, Time, Time)>,
    /// Hosts that no domain controller hears from at those times.
    pub unseen: Vec<(HostId, Time, Time)>,
    /// Where virtual machines run when the logs begin.
    pub homes: Vec<(String, HostId)>,
    /// Names of virtual machines in use.
    pub vms: BTreeSet<String>,
}

/// An event and the machine that logs it, at true time.
pub(super) type Entry = (HostId, EventSpec);

#[derive(Debug, Clone)]
pub(super) struct Domain {
    pub dns: String,
    pub sid: String,
    pub controllers: Vec<HostId>,
}

#[derive(Debug, Clone)]
pub(super) struct Cluster {
    pub name: String,
    pub domain: usize,
    pub nodes: Vec<HostId>,
    /// What its computer object may delegate: nothing, rightly.
    pub services: Vec<String>,
}

#[derive(Debug, Clone)]
pub(super) struct Machine {
    pub base: Host,
    pub domain: usize,
    pub cluster: Option<usize>,
    /// Who may act toward it (resource-based delegation).
    pub act: Vec<HostId>,
    pub enabled: bool,
    pub encryption: Option<u32>,
    pub spns: Vec<String>,
    /// Seconds that its clock is ahead of true time.
    pub ahead: i64,
    /// From then on its clock is ahead by so much instead.
    pub jump: Option<(Time, i64)>,
    pub payloads: Payloads,
    pub boots: Vec<Time>,
    /// Boots after which VMMS does not get its listener up.
    pub deaf: Vec<(Time, Time)>,
    /// What it ran before an upgrade in place, and until when.
    pub was: Option<(Os, Time)>,
    /// The first name of the machine, if it was renamed.
    pub former_name: Option<String>,
    /// It runs Credential Guard since then.
    pub guarded: Option<Time>,
}

#[derive(Debug, Clone)]
pub(super) struct Admin {
    pub name: String,
    /// NOT_DELEGATED
    pub sensitive: bool,
    /// A member of Protected Users.
    pub protected: bool,
    pub changed: Time,
}

/// A computer object of which no log is sent.
#[derive(Debug, Clone)]
pub(super) struct Object {
    pub name: String,
    pub domain: usize,
    pub spns: Vec<String>,
    pub changed: Time,
}

impl World {
    pub fn hyper_v(&self) -> Vec<HostId> {
        (0..self.machines.len()).filter(|h| self.machines[*h].base.role == Role::HyperV).collect()
    }

    pub fn name(&self, host: HostId) -> &str {
        &self.machines[host].base.name
    }

    pub fn os(&self, host: HostId) -> Os {
        self.machines[host].base.os
    }

    pub fn domain_of(&self, host: HostId) -> &Domain {
        &self.domains[self.machines[host].domain]
    }

    pub fn fqdn(&self, host: HostId) -> String {
        names::fqdn(self.name(host), &self.domain_of(host).dns)
    }

    pub fn address(&self, host: HostId) -> &str {
        &self.machines[host].base.address
    }

    pub fn realm(&self, host: HostId) -> String {
        self.domain_of(host).dns.to_uppercase()
    }

    /// The domain controller that serves `host`.
    pub fn controller(&self, host: HostId) -> HostId {
        let controllers = &self.domain_of(host).controllers;
        controllers[host % controllers.len()]
    }

    /// The four entries of a complete list for `peer`.
    pub fn services(&self, peer: HostId) -> Vec<String> {
        names::delegation_services(self.name(peer), &self.domain_of(peer).dns)
    }

    /// The migration service of `host` by its short and its full name.
    pub fn migration_spns(&self, host: HostId) -> [String; 2] {
        let class = delegap_model::Spn::MIGRATION;
        [format!("{class}/{}", self.name(host)), format!("{class}/{}", self.fqdn(host))]
    }

    pub fn same_cluster(&self, a: HostId, b: HostId) -> bool {
        self.machines[a].cluster.is_some() && self.machines[a].cluster == self.machines[b].cluster
    }

    /// Ordered pairs between which a move is a matter of administrators.
    pub fn remote_pairs(&self) -> Vec<(HostId, HostId)> {
        self.pairs().into_iter().filter(|(a, b)| !self.same_cluster(*a, *b)).collect()
    }

    /// Ordered pairs inside a cluster.
    pub fn cluster_pairs(&self) -> Vec<(HostId, HostId)> {
        self.pairs().into_iter().filter(|(a, b)| self.same_cluster(*a, *b)).collect()
    }

    fn pairs(&self) -> Vec<(HostId, HostId)> {
        let hosts = self.hyper_v();
        hosts.iter().flat_map(|a| hosts.iter().filter(move |b| *b != a).map(move |b| (*a, *b))).collect()
    }

    /// A computer's SID: no two of the estate share one.
    pub fn computer_sid(&self, host: HostId) -> Sid {
        self.sid(self.machines[host].domain, 20_000 + host)
    }

    pub fn object_sid(&self, object: usize) -> Sid {
        self.sid(self.objects[object].domain, 30_000 + object)
    }

    pub fn cluster_sid(&self, cluster: usize) -> Sid {
        self.sid(self.clusters[cluster].domain, 40_000 + cluster)
    }

    fn sid(&self, domain: usize, rid: usize) -> Sid {
        Sid::parse(&format!("{}-{rid}", self.domains[domain].sid)).expect("a well-formed SID")
    }

    /// Who starts moves between two hosts when nothing else is asked for.
    pub fn usual_initiator(&self, from: HostId, to: HostId) -> Initiator {
        match (self.same_cluster(from, to), self.authentication) {
            (true, _) => Initiator::Cluster,
            (false, Authentication::CredSsp) => Initiator::Local,
            (false, Authentication::Kerberos) => Initiator::Remote,
        }
    }

    /// What the machine's own clock shows at a true time.
    pub fn clock(&self, host: HostId, time: Time) -> Time {
        let machine = &self.machines[host];
        let ahead = match machine.jump {
            Some((since, ahead)) if time >= since => ahead,
            _ => machine.ahead,
        };
        time + TimeDelta::seconds(ahead)
    }

    /// The release that a machine runs at that time.
    pub fn os_at(&self, host: HostId, time: Time) -> Os {
        match self.machines[host].was {
            Some((os, until)) if time < until => os,
            _ => self.os(host),
        }
    }

    /// The name of a virtual machine that does not exist yet.
    pub fn new_vm(&mut self, d: &mut Dice) -> String {
        const KINDS: [&str; 14] = [
            "web",
            "sql",
            "app",
            "file",
            "print",
            "mon",
            "dc-test",
            "SAP",
            "Exchange ",
            "vm",
            "Kasse ",
            "erp_",
            "build-",
            "linux",
        ];
        loop {
            let name = format!("{}{:02}", d.pick(&KINDS), d.range(1, 60));
            if self.vms.insert(name.clone()) {
                return name;
            }
        }
    }

    /// NetBIOS name of the administrators' domain.
    pub fn domain_admin_domain(&self) -> String {
        names::netbios(&self.domains[0].dns)
    }
}
