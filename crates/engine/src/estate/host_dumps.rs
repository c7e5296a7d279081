//! Facts about hosts from dumps and boots beside the directory: Credential Guard, policy, clocks, networks, builds over time.

use super::merge::Statement;
use super::order::Order;
use super::reading::{Statements, hosts_of_path};
use super::sorted::Sorted;
use super::{Estate, Fact, HostFacts};
use crate::attempts::Attempt;
use crate::disagreements::Kind;
use crate::hosts::HostId;
use crate::knowledge::hardening::{Carrier, hardening, installed};
use crate::knowledge::updates::updates;
use chrono::Duration;
use delegap_model::{
    AttributeMetadata, ClockSample, Evidence, PolicyScope, SecurityPolicy, Sid, SourceRef, Ticket, TicketCache, Time,
    Tri, VirtualMachine, When, fold, same_name, short_name,
};
use std::collections::BTreeSet;

/// How long a ticket lives unless the domain's policy says otherwise.
const TICKET_LIFETIME: Duration = Duration::hours(10);

/// The logon sessions in which a host acts as its machine account: SYSTEM and NETWORK SERVICE.
const SESSIONS_OF_MACHINE: [u64; 2] = [0x3e7, 0x3e4];

/// First build where Credential Guard is on by default (Server 2025).
pub(crate) const CREDENTIAL_GUARD_BUILD: u32 = 26100;

/// A build that a host was seen to start with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SeenBuild {
    pub time: Time,
    pub build: u32,
    pub revision: Option<u32>,
    pub at: SourceRef,
}

impl Estate {
    /// Takes in what dumps say of single hosts.
    pub(super) fn read_host_dumps(&mut self, sorted: &mut Sorted, order: &Order) {
        let (mut guards, mut sids, mut channels) = <(Statements<bool>, Statements<Sid>, Statements<u32>)>::default();
        for guard in &sorted.device_guards {
            if let Some(id) = self.host_of(guard.host.as_deref(), &guard.at) {
                let (at, value) = (guard.at.clone(), guard.credential_guard_running.clone());
                guards.entry(id).or_default().push(Statement { at, value });
            }
        }
        for sid in &sorted.machine_sids {
            if let Some(id) = self.host_of(sid.host.as_deref(), &sid.at) {
                let (at, value) = (sid.at.clone(), Tri::Known(sid.sid.clone()));
                sids.entry(id).or_default().push(Statement { at, value });
            }
        }
        for channel in &sorted.channels {
            if let Some(id) = self.host_of(channel.host.as_deref(), &channel.at) {
                let (at, value) = (channel.at.clone(), Tri::Known(channel.status));
                channels.entry(id).or_default().push(Statement { at, value });
            }
        }
        for failures in std::mem::take(&mut sorted.channel_failures) {
            if let Some(id) = self.host_of(failures.host.as_deref(), &failures.at) {
                self.facts[id.index()].channel_failures.push(failures);
            }
        }
        for service in std::mem::take(&mut sorted.time_services) {
            if let Some(id) = self.host_of(service.host.as_deref(), &service.at) {
                self.facts[id.index()].time_services.push(service);
            }
        }
        let runs = |runs: &bool| if *runs { "running" } else { "not running" }.to_owned();
        self.settle(guards, order, Kind::CredentialGuard, "Credential Guard", runs, |f| &mut f.credential_guard);
        self.settle(sids, order, Kind::MachineSid, "the machine's SID", Sid::to_string, |f| &mut f.machine_sid);
        let status = |status: &u32| format!("{status:#x}");
        self.settle(channels, order, Kind::SecureChannel, "the secure channel's status", status, |f| {
            &mut f.secure_channel
        });
        for network in &sorted.networks {
            if let Some(id) = self.host_of(network.host.as_deref(), &network.at) {
                self.facts[id.index()].networks.push(network.clone());
            }
        }
        for cache in std::mem::take(&mut sorted.tickets) {
            if let Some(id) = self.host_of(cache.host.as_deref(), &cache.at) {
                self.facts[id.index()].tickets.push(cache);
            }
        }
        for policy in std::mem::take(&mut sorted.policies) {
            // What one host applies says nothing of others, even where nobody knows which host it is.
            match (&policy.scope, self.host_of(policy.host.as_deref(), &policy.at)) {
                (PolicyScope::Host, Some(id)) => self.facts[id.index()].policies.push(policy),
                (PolicyScope::Host, None) => {}
                (PolicyScope::GroupPolicyObject(_), _) => self.domain_policies.push(policy),
            }
        }
        for machine in &sorted.machines {
            if let Some(id) = self.host_of(machine.host.as_deref(), &machine.at) {
                self.facts[id.index()].hyper_v = true;
            }
        }
        self.machines = std::mem::take(&mut sorted.machines);
        self.cluster_tests = std::mem::take(&mut sorted.cluster_tests);
        self.cluster_networks = std::mem::take(&mut sorted.cluster_networks);
        self.clock_samples = std::mem::take(&mut sorted.clock_samples);
        self.metadata = std::mem::take(&mut sorted.metadata);
    }

    /// The host that a dump names, or that its path speaks of.
    pub(crate) fn host_of(&self, named: Option<&str>, at: &SourceRef) -> Option<HostId> {
        named.and_then(|n| self.hosts.find(n, None)).or_else(|| hosts_of_path(&at.file, &self.hosts))
    }

    /// The build that a host ran at a moment: of its last start before it, else as dumps and the directory have it.
    pub(crate) fn build_at(&self, host: HostId, time: Time) -> Option<Fact<u32>> {
        let facts = self.of(host);
        let seen = facts.builds.iter().rfind(|b| b.time <= time).or_else(|| facts.builds.first());
        match seen {
            Some(seen) => Some(Fact { value: seen.build, at: seen.at.clone() }),
            None => facts.build.clone(),
        }
    }

    /// Security policies that hold for a host: its own, and those of Group Policy objects that were supplied, except of
    /// those that the host is told not to apply.
    pub(crate) fn policies_of(&self, host: HostId) -> impl Iterator<Item = &SecurityPolicy> {
        let own = &self.of(host).policies;
        let told = || own.iter().filter_map(|p| p.applied.as_ref());
        let holds = move |policy: &&SecurityPolicy| match &policy.scope {
            PolicyScope::GroupPolicyObject(object) => {
                told().next().is_none() || told().any(|applied| may_be_among(object, applied))
            }
            PolicyScope::Host => true,
        };
        own.iter().chain(self.domain_policies.iter().filter(holds))
    }

    /// The update, or the build that implies one, by which a host had one of the carriers at a moment.
    pub(crate) fn has_carrier(&self, host: HostId, carriers: &[Carrier], time: Time) -> Option<Evidence> {
        let facts = self.of(host);
        let os = self.build_at(host, time)?.value;
        let earlier = |when: When| when.window().is_none_or(|(earliest, _)| earliest <= time);
        let listed = facts.updates.iter().filter(|u| earlier(u.when));
        for update in listed {
            if let Some(carrier) = installed(os, [update.kb.as_str()], carriers) {
                let says = if update.kb == carrier.kb {
                    format!("{} is installed", update.kb)
                } else {
                    format!("{} is installed, which contains {}", update.kb, carrier.kb)
                };
                return Some(Evidence::stated(update.at.clone(), Some(self.name(host)), says));
            }
        }
        let implied = |revision: u32| {
            let kb = updates().implied_by(os, revision)?.kb?;
            let carrier = installed(os, [kb], carriers)?;
            Some(format!("build {os}.{revision}, which has {kb} and with it {}", carrier.kb))
        };
        let seen = facts.builds.iter().rfind(|b| b.time <= time && b.build == os);
        if let Some((seen, says)) = seen.and_then(|seen| Some((seen, implied(seen.revision?)?))) {
            let shown = Evidence::stated(seen.at.clone(), Some(self.name(host)), format!("started as {says}"));
            return Some(Evidence { time: Some(seen.time), ..shown });
        }
        let dumped = facts.revision.as_ref().filter(|f| f.value.0 == os)?;
        let says = format!("{}; since when is not told", implied(dumped.value.1)?);
        Some(Evidence::stated(dumped.at.clone(), Some(self.name(host)), says))
    }

    /// True if it is known which updates a host has: by a list, or by the revision of its build.
    pub(crate) fn updates_known(&self, host: HostId) -> bool {
        let facts = self.of(host);
        facts.updates_known || facts.revision.is_some() || facts.builds.iter().any(|b| b.revision.is_some())
    }

    /// The update by which a host had a programme's first verified phase at a moment.
    pub(crate) fn has_programme(&self, host: HostId, id: &str, time: Time) -> Option<Evidence> {
        let programme = hardening().programme(id)?;
        let phases = programme.phases.iter().filter(|f| f.confidence.verified());
        phases.filter_map(|f| self.has_carrier(host, &f.carried_by, time)).next()
    }

    /// What dumps say of the VM that an attempt is about: by its id, else by its name on the hosts of the move.
    pub(crate) fn machines_of(&self, attempt: &Attempt) -> impl Iterator<Item = &VirtualMachine> {
        let of_move = |m: &VirtualMachine| {
            let host = self.host_of(m.host.as_deref(), &m.at);
            host.is_none_or(|host| attempt.source == Some(host) || attempt.destination == Some(host))
        };
        let named = |m: &VirtualMachine| attempt.vm_name.as_ref().is_some_and(|name| same_name(name, &m.name));
        self.machines.iter().filter(move |m| match (m.id.known(), attempt.vm_id) {
            (Some(a), Some(b)) => *a == b,
            _ => named(m) && of_move(m),
        })
    }

    /// The difference of two hosts' clocks in seconds, as w32tm measured it between them, or of each against a third.
    pub(crate) fn clock_difference(&self, a: HostId, b: HostId) -> Option<(i64, Vec<Evidence>)> {
        if let Some((offset, sample)) = self.sampled(a, b) {
            return Some((offset / 1000, vec![self.shown_sample(sample)]));
        }
        self.hosts.ids().filter(|third| *third != a && *third != b).find_map(|third| {
            let ((first, x), (second, y)) = (self.sampled(a, third)?, self.sampled(third, b)?);
            Some(((first + second) / 1000, vec![self.shown_sample(x), self.shown_sample(y)]))
        })
    }

    /// The second host's clock minus the first one's, in milliseconds, if one of the two was measured against the other.
    fn sampled(&self, a: HostId, b: HostId) -> Option<(i64, &ClockSample)> {
        let ends = |s: &ClockSample| {
            let peer = s.peer.as_deref().and_then(|p| self.hosts.find(p, None));
            (self.host_of(s.host.as_deref(), &s.at), peer)
        };
        self.clock_samples.iter().find_map(|s| match ends(s) {
            (Some(from), Some(to)) if (from, to) == (a, b) => Some((s.offset_ms, s)),
            (Some(from), Some(to)) if (from, to) == (b, a) => Some((-s.offset_ms, s)),
            _ => None,
        })
    }

    fn shown_sample(&self, sample: &ClockSample) -> Evidence {
        let host = self.host_of(sample.host.as_deref(), &sample.at).map(|h| self.name(h));
        let peer = sample.peer.as_deref().unwrap_or("its peer");
        let says = format!("w32tm measured {peer} {} ms from this host's clock", sample.offset_ms);
        Evidence::stated(sample.at.clone(), host, says)
    }

    /// Replication metadata of a host's own object: when each attribute was last written.
    pub(crate) fn metadata_of(&self, host: HostId) -> impl Iterator<Item = &AttributeMetadata> {
        let own = &self.hosts.name(host).short;
        self.metadata.iter().filter(move |row| {
            if row.object.is_empty() {
                return hosts_of_path(&row.at.file, &self.hosts) == Some(host);
            }
            let first = row.object.split(',').next().unwrap_or("");
            let name = first.split_once('=').map_or(first, |(_, name)| name).trim().trim_end_matches('$');
            same_name(short_name(name), own)
        })
    }

    /// The domain controllers of the case.
    pub(crate) fn controllers(&self) -> Vec<HostId> {
        self.hosts.ids().filter(|id| self.of(*id).domain_controller).collect()
    }
}

/// True unless an object's name or identifier is missing among those that a host applies, where they tell such.
fn may_be_among(object: &str, applied: &BTreeSet<String>) -> bool {
    let is_id = |name: &str| name.starts_with('{');
    // The path of a template outside of its object's folder.
    let is_path = object.contains(['/', '\\']);
    let comparable = !is_path && applied.iter().any(|other| is_id(other) == is_id(object));
    !comparable || applied.contains(&fold(object))
}

impl HostFacts {
    /// How long its tickets live, by the longest ticket-granting ticket that a list shows; 10 hours is the default.
    pub(crate) fn ticket_lifetime(&self) -> Duration {
        let life = |t: &Ticket| match (t.start, t.end) {
            (When::Local(start), When::Local(end)) => Some(end - start),
            (When::Exact(start), When::Exact(end)) => Some(end - start),
            _ => None,
        };
        let granting = self.tickets.iter().flat_map(|c| &c.tickets).filter(|t| t.server.has_class("krbtgt"));
        granting.filter_map(life).filter(|l| *l > Duration::zero()).max().unwrap_or(TICKET_LIFETIME)
    }

    /// Tickets in the sessions of the machine account that a user's sign-in was turned into: the domain controller allowed
    /// the delegation.
    pub(crate) fn delegated_tickets(&self) -> impl Iterator<Item = (&TicketCache, &Ticket)> {
        let of_machine = |c: &&TicketCache| c.logon_id.is_some_and(|id| SESSIONS_OF_MACHINE.contains(&id));
        let all = self.tickets.iter().filter(of_machine).flat_map(|c| c.tickets.iter().map(move |t| (c, t)));
        all.filter(|(_, t)| !t.client.split('@').next().unwrap_or("").trim().ends_with('$'))
    }
}
