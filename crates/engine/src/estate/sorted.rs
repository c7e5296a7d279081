//! The records of a case by kind, in an order that does not depend on the order of the inputs, and the names in them.

use super::copies;
use super::events::{Events, listen_addresses};
use super::order::Order;
use super::reading::host_of_computer;
use super::renames::{Renames, Stated, stated};
use crate::hosts::Hosts;
use crate::knowledge::{Meaning, knowledge};
use crate::signals;
use crate::threads::Threads;
use delegap_model::{
    AttributeMetadata, Case, ChannelFailures, ClockSample, Cluster, ClusterNetwork, ClusterNode, ClusterTest, Code,
    Computer, DeviceGuard, Event, EventText, Group, InputSummary, InstalledBuild, InstalledUpdate, MachineSid,
    MigrationNetwork, Os, Record, SecureChannel, SecurityPolicy, TicketCache, TimeService, User, VirtualMachine,
    VmHost, fold, same_name, short_name,
};
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

/// The records of a case by kind.
#[derive(Default)]
pub(super) struct Sorted {
    pub events: Events,
    /// Names in the events.
    told: Told,
    pub computers: Vec<Computer>,
    pub users: Vec<User>,
    pub groups: Vec<Group>,
    pub updates: Vec<InstalledUpdate>,
    pub built: Vec<InstalledBuild>,
    pub vm_hosts: Vec<VmHost>,
    pub cluster_nodes: Vec<ClusterNode>,
    pub clusters: Vec<Cluster>,
    pub cluster_networks: Vec<ClusterNetwork>,
    pub cluster_tests: Vec<ClusterTest>,
    pub machines: Vec<VirtualMachine>,
    pub oses: Vec<Os>,
    pub tickets: Vec<TicketCache>,
    pub device_guards: Vec<DeviceGuard>,
    pub policies: Vec<SecurityPolicy>,
    pub metadata: Vec<AttributeMetadata>,
    pub clock_samples: Vec<ClockSample>,
    pub networks: Vec<MigrationNetwork>,
    pub machine_sids: Vec<MachineSid>,
    pub channels: Vec<SecureChannel>,
    pub channel_failures: Vec<ChannelFailures>,
    pub time_services: Vec<TimeService>,
    pub texts: Vec<EventText>,
    pub inputs: Vec<InputSummary>,
    pub renames: Renames,
    /// Files that speak of one host each and do not name it.
    pub nameless: BTreeSet<Arc<str>>,
}

impl Sorted {
    pub fn new(case: Case, threads: Threads) -> Sorted {
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
                Record::Group(r) => sorted.groups.push(*r),
                Record::Update(r) => sorted.updates.push(*r),
                Record::Build(r) => sorted.built.push(*r),
                Record::VmHost(r) => sorted.vm_hosts.push(*r),
                Record::ClusterNode(r) => sorted.cluster_nodes.push(*r),
                Record::Cluster(r) => sorted.clusters.push(*r),
                Record::ClusterNetwork(r) => sorted.cluster_networks.push(*r),
                Record::ClusterTest(r) => sorted.cluster_tests.push(*r),
                Record::VirtualMachine(r) => sorted.machines.push(*r),
                Record::Os(r) => sorted.oses.push(*r),
                Record::Tickets(r) => sorted.tickets.push(*r),
                Record::DeviceGuard(r) => sorted.device_guards.push(*r),
                Record::SecurityPolicy(r) => sorted.policies.push(*r),
                Record::AttributeMetadata(r) => sorted.metadata.push(*r),
                Record::ClockSample(r) => sorted.clock_samples.push(*r),
                Record::MigrationNetwork(r) => sorted.networks.push(*r),
                Record::MachineSid(r) => sorted.machine_sids.push(*r),
                Record::SecureChannel(r) => sorted.channels.push(*r),
                Record::ChannelFailures(r) => sorted.channel_failures.push(*r),
                Record::TimeService(r) => sorted.time_services.push(*r),
                Record::EventText(r) => sorted.texts.push(*r),
            }
        }
        sorted.nameless.retain(|file| !naming.contains(file));
        let size = sorted.events.len().div_ceil(threads.parts_of(sorted.events.len())).max(1);
        let told = threads.each(sorted.events.chunks(size).collect(), |_, part| {
            let mut told = Told::default();
            part.iter().for_each(|event| told.take(event));
            told
        });
        told.into_iter().for_each(|told| sorted.told.append(told));
        let account = |c: &Computer| fold(c.name.trim_end_matches('$'));
        let current = sorted.computers.iter().map(account).collect();
        sorted.renames = Renames::new(std::mem::take(&mut sorted.told.renames), &current);
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
        self.cluster_networks.sort_by(|a, b| a.at.cmp(&b.at));
        self.cluster_tests.sort_by(|a, b| (&a.at, &a.name).cmp(&(&b.at, &b.name)));
        self.machines.sort_by(|a, b| a.at.cmp(&b.at));
        self.oses.sort_by(|a, b| a.at.cmp(&b.at));
        self.tickets.sort_by(|a, b| a.at.cmp(&b.at));
        self.device_guards.sort_by(|a, b| a.at.cmp(&b.at));
        self.policies.sort_by(|a, b| a.at.cmp(&b.at));
        self.metadata.sort_by(|a, b| (&a.at, &a.attribute).cmp(&(&b.at, &b.attribute)));
        self.clock_samples.sort_by(|a, b| a.at.cmp(&b.at));
        self.networks.sort_by(|a, b| a.at.cmp(&b.at));
        self.machine_sids.sort_by(|a, b| a.at.cmp(&b.at));
        self.channels.sort_by(|a, b| a.at.cmp(&b.at));
        self.channel_failures.sort_by(|a, b| a.at.cmp(&b.at));
        self.time_services.sort_by(|a, b| a.at.cmp(&b.at));
        self.inputs.sort_by(|a, b| a.path.cmp(&b.path));
    }

    /// What dates the inputs, and the objects in them.
    pub fn order(&self, hosts: &Hosts) -> Order {
        let mut order = Order::new(&self.inputs);
        for c in &self.computers {
            if let Some(id) = host_of_computer(c, hosts) {
                order.object(
                    &c.at,
                    format!("computer {}", id.index()),
                    c.changed,
                    c.password_last_set.known().copied(),
                );
            }
        }
        for u in &self.users {
            order.object(&u.at, format!("user {}", fold(&u.name)), u.changed, None);
        }
        order
    }

    /// Ids of messages that are all that is left of an event.
    pub fn messages(&self) -> &BTreeSet<u32> {
        &self.told.messages
    }

    /// Names that mean a host only by other evidence: addresses it listens on, account names cut to 15 characters, names it
    /// had before.
    pub fn name_aliases(&self, hosts: &mut Hosts) {
        for former in self.renames.former() {
            if let Some(id) = self.renames.today(former).and_then(|today| hosts.find(today, None)) {
                hosts.alias(former, id);
            }
        }
        for name in self.told.computers.iter().filter(|name| name.contains('.')) {
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
        for (computer, address) in &self.told.listening {
            if let Some(id) = hosts.find(computer, None) {
                hosts.alias(address, id);
            }
        }
    }

    /// Every name that means a host for certain.
    pub fn names(&self) -> Vec<&str> {
        let mut names: HashSet<&str> = HashSet::new();
        names.extend(self.told.computers.iter().map(|name| &**name));
        names.extend(self.told.destinations.iter().map(String::as_str));
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
        names.extend(self.machines.iter().filter_map(|m| m.host.as_deref()));
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

/// What events say of names. It is gathered in one pass: there are many events, far apart in memory.
#[derive(Default)]
struct Told {
    /// The computer of the last event, which mostly is that of the next one.
    last: Option<Arc<str>>,
    computers: BTreeSet<Arc<str>>,
    /// Where moves went to.
    destinations: BTreeSet<String>,
    /// Computers and the addresses on which they listen for moves.
    listening: BTreeSet<(Arc<str>, String)>,
    renames: BTreeSet<Stated>,
    /// Ids of messages that are all that is left of an event.
    messages: BTreeSet<u32>,
}

impl Told {
    fn append(&mut self, mut other: Told) {
        self.computers.append(&mut other.computers);
        self.destinations.append(&mut other.destinations);
        self.listening.append(&mut other.listening);
        self.renames.append(&mut other.renames);
        self.messages.append(&mut other.messages);
    }

    fn take(&mut self, event: &Event) {
        if !self.last.as_ref().is_some_and(|last| Arc::ptr_eq(last, &event.computer)) {
            self.last = Some(Arc::clone(&event.computer));
            self.computers.insert(Arc::clone(&event.computer));
        }
        if copies::is_message(event) {
            self.messages.insert(event.id);
        }
        self.renames.extend(stated(event));
        let Some(rule) = knowledge().event(&event.provider, event.id) else { return };
        match rule.meaning {
            Meaning::Started | Meaning::ConnectFailed | Meaning::RefusedByPeer => {
                let named = signals::field_of(event, rule, "destination").filter(|name| is_host_name(name));
                if let Some(name) = named.filter(|name| !self.destinations.contains(*name)) {
                    self.destinations.insert(name.to_owned());
                }
            }
            Meaning::ListenerUp => {
                let addresses =
                    listen_addresses(event).map(|address| (Arc::clone(&event.computer), address.to_owned()));
                self.listening.extend(addresses);
            }
            _ => {}
        }
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
