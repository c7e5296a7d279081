//! The records of a case by kind, in an order that does not depend on the order of the inputs, and the names in them.

use super::order::Order;
use super::reading::{host_of_computer, listen_addresses};
use super::renames::Renames;
use crate::hosts::Hosts;
use crate::knowledge::{Meaning, knowledge};
use crate::signals;
use delegap_model::{
    AttributeMetadata, Case, ClockSample, Cluster, ClusterNode, Code, Computer, DeviceGuard, Event, EventText, Group,
    InputSummary, InstalledBuild, InstalledUpdate, MachineSid, MigrationNetwork, Os, Record, SecureChannel,
    SecurityPolicy, TicketCache, User, VmHost, fold, same_name, short_name,
};
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

/// The records of a case by kind.
#[derive(Default)]
pub(super) struct Sorted {
    pub events: Vec<Event>,
    pub computers: Vec<Computer>,
    pub users: Vec<User>,
    pub groups: Vec<Group>,
    pub updates: Vec<InstalledUpdate>,
    pub built: Vec<InstalledBuild>,
    pub vm_hosts: Vec<VmHost>,
    pub cluster_nodes: Vec<ClusterNode>,
    pub clusters: Vec<Cluster>,
    pub oses: Vec<Os>,
    pub tickets: Vec<TicketCache>,
    pub device_guards: Vec<DeviceGuard>,
    pub policies: Vec<SecurityPolicy>,
    pub metadata: Vec<AttributeMetadata>,
    pub clock_samples: Vec<ClockSample>,
    pub networks: Vec<MigrationNetwork>,
    pub machine_sids: Vec<MachineSid>,
    pub channels: Vec<SecureChannel>,
    pub texts: Vec<EventText>,
    pub inputs: Vec<InputSummary>,
    pub renames: Renames,
    /// Files that speak of one host each and do not name it.
    pub nameless: BTreeSet<Arc<str>>,
}

impl Sorted {
    pub fn new(case: Case) -> Sorted {
        let mut sorted = Sorted { inputs: case.inputs, ..Sorted::default() };
        sorted.events.reserve(case.records.iter().filter(|r| matches!(r, Record::Event(_))).count());
        let mut naming = BTreeSet::new();
        for record in case.records {
            match record.host() {
                Some(None) => sorted.nameless.insert(Arc::clone(&record.at().file)),
                Some(Some(_)) => naming.insert(Arc::clone(&record.at().file)),
                None => false,
            };
            match record {
                Record::Event(r) => {
                    if r.computer.is_empty() {
                        sorted.nameless.insert(Arc::clone(&r.at.file));
                    }
                    sorted.events.push(r);
                }
                Record::Computer(r) => sorted.computers.push(*r),
                Record::User(r) => sorted.users.push(*r),
                Record::Group(r) => sorted.groups.push(r),
                Record::Update(r) => sorted.updates.push(r),
                Record::Build(r) => sorted.built.push(r),
                Record::VmHost(r) => sorted.vm_hosts.push(r),
                Record::ClusterNode(r) => sorted.cluster_nodes.push(r),
                Record::Cluster(r) => sorted.clusters.push(r),
                Record::Os(r) => sorted.oses.push(r),
                Record::Tickets(r) => sorted.tickets.push(r),
                Record::DeviceGuard(r) => sorted.device_guards.push(r),
                Record::SecurityPolicy(r) => sorted.policies.push(r),
                Record::AttributeMetadata(r) => sorted.metadata.push(r),
                Record::ClockSample(r) => sorted.clock_samples.push(r),
                Record::MigrationNetwork(r) => sorted.networks.push(r),
                Record::MachineSid(r) => sorted.machine_sids.push(r),
                Record::SecureChannel(r) => sorted.channels.push(r),
                Record::EventText(r) => sorted.texts.push(r),
            }
        }
        sorted.nameless.retain(|file| !naming.contains(file));
        let account = |c: &Computer| fold(c.name.trim_end_matches('$'));
        let current = sorted.computers.iter().map(account).collect();
        sorted.renames = Renames::new(&sorted.events, &current);
        sorted
    }

    /// The order of the inputs must not show.
    pub fn sort(&mut self) {
        self.events.sort_by(|a, b| {
            // Of a live record and its stale copy the live one comes first, and counts.
            let key = |e: &Event| {
                (fold(&e.computer), fold(&e.channel), e.record_id, e.at.is_recovered(), e.sequence, e.at.clone())
            };
            a.time.cmp(&b.time).then_with(|| key(a).cmp(&key(b)))
        });
        self.computers.sort_by(|a, b| a.at.cmp(&b.at));
        self.users.sort_by(|a, b| a.at.cmp(&b.at));
        self.groups.sort_by(|a, b| a.at.cmp(&b.at));
        self.updates.sort_by(|a, b| (&a.at, &a.kb).cmp(&(&b.at, &b.kb)));
        self.built.sort_by(|a, b| (&a.at, a.build, a.revision).cmp(&(&b.at, b.build, b.revision)));
        self.vm_hosts.sort_by(|a, b| a.at.cmp(&b.at));
        self.cluster_nodes.sort_by(|a, b| a.at.cmp(&b.at));
        self.clusters.sort_by(|a, b| a.at.cmp(&b.at));
        self.clusters.dedup_by(|a, b| same_name(&a.name, &b.name));
        self.oses.sort_by(|a, b| a.at.cmp(&b.at));
        self.tickets.sort_by(|a, b| a.at.cmp(&b.at));
        self.device_guards.sort_by(|a, b| a.at.cmp(&b.at));
        self.policies.sort_by(|a, b| a.at.cmp(&b.at));
        self.metadata.sort_by(|a, b| (&a.at, &a.attribute).cmp(&(&b.at, &b.attribute)));
        self.clock_samples.sort_by(|a, b| a.at.cmp(&b.at));
        self.networks.sort_by(|a, b| a.at.cmp(&b.at));
        self.machine_sids.sort_by(|a, b| a.at.cmp(&b.at));
        self.channels.sort_by(|a, b| a.at.cmp(&b.at));
        self.inputs.sort_by(|a, b| a.path.cmp(&b.path));
    }

    /// What dates the inputs, and the objects in them.
    pub fn order(&self, hosts: &Hosts) -> Order {
        let mut order = Order::new(&self.inputs);
        for c in &self.computers {
            if let Some(id) = host_of_computer(c, hosts) {
                order.object(&c.at, format!("computer {}", id.0), c.changed, c.password_last_set.known().copied());
            }
        }
        for u in &self.users {
            order.object(&u.at, format!("user {}", fold(&u.name)), u.changed, None);
        }
        order
    }

    /// Names that mean a host only by other evidence: addresses it listens on, account names cut to 15 characters, names it
    /// had before.
    pub fn name_aliases(&self, hosts: &mut Hosts) {
        for former in self.renames.former() {
            if let Some(id) = self.renames.today(former).and_then(|today| hosts.find(today, None)) {
                hosts.alias(former, id);
            }
        }
        let former_full = self.events.iter().map(|e| &*e.computer).filter(|name| name.contains('.'));
        for name in former_full.collect::<BTreeSet<_>>() {
            if let Some(id) = self.renames.today(name).and_then(|today| hosts.find(today, None)) {
                hosts.alias(name, id);
            }
        }
        for computer in &self.computers {
            let full = computer.dns_host_name.known().filter(|full| is_cut_name(&computer.name, full));
            if let Some(id) = full.and_then(|f| hosts.find(f, None)) {
                hosts.alias(&computer.name, id);
            }
        }
        for event in &self.events {
            let listens =
                knowledge().event(&event.provider, event.id).is_some_and(|r| r.meaning == Meaning::ListenerUp);
            if listens && let Some(id) = hosts.find(&event.computer, None) {
                listen_addresses(event).for_each(|address| hosts.alias(address, id));
            }
        }
    }

    /// Every name that means a host for certain.
    pub fn names(&self) -> Vec<&str> {
        let mut names: HashSet<&str> = HashSet::new();
        for event in &self.events {
            names.insert(&event.computer);
            if let Some(rule) = knowledge().event(&event.provider, event.id) {
                let moves = matches!(rule.meaning, Meaning::Started | Meaning::ConnectFailed | Meaning::RefusedByPeer);
                let named = signals::field_of(event, rule, "destination").filter(|_| moves);
                names.extend(named.filter(|n| is_host_name(n)));
            }
        }
        for computer in &self.computers {
            let full = computer.dns_host_name.known();
            if !full.is_some_and(|full| is_cut_name(&computer.name, full)) {
                names.insert(&computer.name);
            }
            names.extend(full.map(String::as_str));
        }
        for vm_host in &self.vm_hosts {
            names.insert(&vm_host.name);
            names.extend(vm_host.fqdn.as_deref());
        }
        names.extend(self.cluster_nodes.iter().map(|n| n.node.as_str()));
        names.extend(self.clusters.iter().map(|n| n.name.as_str()));
        names.extend(self.oses.iter().filter_map(|n| n.host.as_deref()));
        names.extend(self.updates.iter().filter_map(|u| u.host.as_deref()));
        names.extend(self.built.iter().filter_map(|b| b.host.as_deref()));
        names.extend(self.device_guards.iter().filter_map(|g| g.host.as_deref()));
        names.extend(self.tickets.iter().filter_map(|t| t.host.as_deref()));
        names.extend(self.policies.iter().filter_map(|p| p.host.as_deref()));
        names.extend(self.networks.iter().filter_map(|n| n.host.as_deref()));
        names.extend(self.channels.iter().filter_map(|c| c.host.as_deref()));
        names.extend(self.machine_sids.iter().filter_map(|s| s.host.as_deref()));
        let names: BTreeSet<&str> = names.into_iter().collect();
        let former = |name: &&str| self.renames.today(name).is_none();
        let today: Vec<&str> = names.iter().filter_map(|name| self.renames.today(name)).collect();
        names.into_iter().filter(former).chain(today).collect()
    }
}

/// What a host name is made of; a code or a sentence in its place is none.
fn is_host_name(text: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    !text.is_empty() && text.len() <= 255 && text.chars().all(plain) && Code::parse_field(text).is_none()
}

/// Account names hold 15 characters; the DNS name then has more.
fn is_cut_name(account: &str, full: &str) -> bool {
    let short = fold(short_name(full));
    account.chars().count() == 15 && short.chars().count() > 15 && short.starts_with(&fold(account))
}
