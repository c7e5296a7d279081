//! Records become facts about hosts: one place for identity, operating system, directory state, settings, cluster.

mod copies;
mod events;
mod host_dumps;
mod merge;
mod order;
mod principals;
mod reading;
pub(crate) mod renames;
mod sorted;
mod texts;

pub(crate) use self::host_dumps::{CREDENTIAL_GUARD_BUILD, SeenBuild};
pub(crate) use self::order::{By, Open};
use self::reading::hosts_of_path;
use self::sorted::Sorted;
use crate::delegation::{SourceState, TargetState, same_account};
use crate::directory_changes::Change;
use crate::disagreements::Disagreement;
use crate::hosts::{HostId, Hosts};
use crate::knowledge::Meaning;
use crate::signals::{Signal, Signals};
use crate::threads::Threads;
use chrono::Duration;
use delegap_model::{
    AttributeMetadata, AuthenticationType, Case, ChannelFailures, ClockSample, ClusterNetwork, ClusterTest, Computer,
    Cover, Group, HostSource, InputSummary, InstalledUpdate, MigrationNetwork, Principal, SecurityPolicy, Sid,
    SourceRef, Spn, Testimony, TicketCache, Time, TimeService, Tri, User, VirtualMachine, fold, is_address, same_name,
    short_name,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How long a log may be silent at its end and still be taken to reach on.
const QUIET: Duration = Duration::days(1);

/// A value and where it was read.
#[derive(Debug, Clone)]
pub(crate) struct Fact<T> {
    pub value: T,
    pub at: SourceRef,
}

/// What is known of one host.
#[derive(Debug, Clone, Default)]
pub(crate) struct HostFacts {
    /// The directory object, merged from all exports.
    pub computer: Option<Computer>,
    pub os: Option<String>,
    pub build: Option<Fact<u32>>,
    /// Build and its revision as a dump has them, at a time that it doesn't tell.
    pub revision: Option<Fact<(u32, u32)>>,
    pub domain: Option<String>,
    pub authentication: Option<Fact<AuthenticationType>>,
    /// Key of its cluster: nodes with the same key are in the same cluster.
    pub cluster: Option<Fact<String>>,
    pub hyper_v: bool,
    pub domain_controller: bool,
    pub cluster_name: bool,
    /// Addresses on which it listens for migrations.
    pub addresses: BTreeSet<String>,
    pub updates: Vec<InstalledUpdate>,
    pub updates_known: bool,
    pub boots: Vec<(Time, SourceRef)>,
    /// Builds it was seen to start with, by time.
    pub builds: Vec<SeenBuild>,
    pub credential_guard: Option<Fact<bool>>,
    pub machine_sid: Option<Fact<Sid>>,
    /// The error of its secure channel, 0 if it works, as a query shows it.
    pub secure_channel: Option<Fact<u32>>,
    /// Failed setups of its secure channel, by its own log.
    pub channel_failures: Vec<ChannelFailures>,
    pub time_services: Vec<TimeService>,
    pub tickets: Vec<TicketCache>,
    pub policies: Vec<SecurityPolicy>,
    pub networks: Vec<MigrationNetwork>,
    /// Moves may come in on any network, whatever its migration networks are.
    pub any_network: bool,
    /// Short names that it had before, in lower case.
    pub former_names: BTreeSet<String>,
    /// When its directory object was last seen to change.
    pub last_change: Option<Time>,
}

/// Everything known of a case, in a fixed order.
#[derive(Debug, Default)]
pub(crate) struct Estate {
    pub hosts: Hosts,
    pub facts: Vec<HostFacts>,
    pub users: Vec<User>,
    pub groups: Vec<Group>,
    pub signals: Signals,
    /// Signals by their event's own meaning, in order of time.
    by_meaning: BTreeMap<Meaning, Vec<usize>>,
    pub changes: Vec<Change>,
    pub inputs: Vec<InputSummary>,
    covers: BTreeMap<HostId, Vec<(String, Cover)>>,
    /// Where inputs say different things of one object.
    pub disagreements: Vec<Disagreement>,
    pub has_logs: bool,
    pub has_directory: bool,
    /// What the customer says.
    pub testimony: Testimony,
    pub metadata: Vec<AttributeMetadata>,
    /// Virtual machines as dumps list them.
    pub machines: Vec<VirtualMachine>,
    pub cluster_networks: Vec<ClusterNetwork>,
    /// Tests of a cluster's validation that did not pass.
    pub cluster_tests: Vec<ClusterTest>,
    clock_samples: Vec<ClockSample>,
    domain_policies: Vec<SecurityPolicy>,
}

impl Estate {
    /// Sorts and merges what the parsers read.
    pub fn new(case: Case, threads: Threads) -> Estate {
        let testimony = case.testimony;
        let mut sorted = Sorted::new(case, threads);
        sorted.sort();
        let mut hosts = Hosts::from_names(sorted.names());
        sorted.name_aliases(&mut hosts);
        let mut estate = Estate {
            facts: hosts.ids().map(|_| HostFacts::default()).collect(),
            hosts,
            has_logs: !sorted.events.is_empty() || sorted.inputs.iter().any(|i| !i.covers.is_empty()),
            has_directory: !sorted.computers.is_empty(),
            testimony,
            ..Estate::default()
        };
        for former in sorted.renames.former() {
            if let Some(id) = estate.hosts.find(former, None) {
                estate.facts[id.index()].former_names.insert(former.to_owned());
            }
        }
        let order = sorted.order(&estate.hosts);
        estate.read_directory(&mut sorted, &order);
        estate.read_dumps(&sorted, &order);
        estate.read_host_dumps(&mut sorted, &order);
        estate.read_events(std::mem::take(&mut sorted.events), sorted.messages(), threads);
        estate.read_texts(&sorted.texts);
        estate.read_updates(&sorted);
        estate.inputs = sorted.inputs;
        estate.name_inputs(&sorted.nameless);
        estate.read_coverage();
        estate
    }

    /// The facts about a host.
    pub fn of(&self, id: HostId) -> &HostFacts {
        &self.facts[id.index()]
    }

    /// Signals whose event has this meaning, between two moments.
    pub fn between(
        &self,
        meaning: Meaning,
        from: Time,
        to: Time,
    ) -> impl DoubleEndedIterator<Item = &Signal> + use<'_> {
        let all = self.by_meaning.get(&meaning).map_or(&[][..], Vec::as_slice);
        let begin = all.partition_point(|i| self.signals[*i].time < from);
        let end = all.partition_point(|i| self.signals[*i].time <= to).max(begin);
        all[begin..end].iter().map(|i| &self.signals[*i])
    }

    /// How many signals there are whose event has this meaning.
    pub fn count(&self, meaning: Meaning) -> usize {
        self.by_meaning.get(&meaning).map_or(0, Vec::len)
    }

    /// A host's display name.
    pub fn name(&self, id: HostId) -> String {
        self.hosts.display(id).to_string()
    }

    /// The hosts between which VMs move.
    pub fn hyper_v_hosts(&self) -> Vec<HostId> {
        self.hosts.ids().filter(|id| self.of(*id).hyper_v && !self.of(*id).cluster_name).collect()
    }

    /// True if both are known nodes of one cluster.
    pub fn same_cluster(&self, a: HostId, b: HostId) -> bool {
        matches!((&self.of(a).cluster, &self.of(b).cluster), (Some(x), Some(y)) if x.value == y.value)
    }

    /// True if a log of `channel` (a part of its name, lower case) on `host` covers `time`.
    pub fn covers(&self, host: HostId, channel: &str, time: Time) -> bool {
        self.coverage(host, channel).any(|c| c.from <= time && time <= c.to)
    }

    /// True if a log of `channel` on `host` was sent that can hold what happened at `time`. Where it ends is only known
    /// by its last record, and quiet days leave none.
    pub fn reaches(&self, host: HostId, channel: &str, time: Time) -> bool {
        self.coverage(host, channel).any(|c| c.from <= time && time - c.to <= QUIET)
    }

    /// The spans of logs whose channel name contains `channel` (lower case) on `host`.
    pub fn coverage(&self, host: HostId, channel: &str) -> impl Iterator<Item = &Cover> {
        let of_host = self.covers.get(&host).map_or(&[][..], Vec::as_slice);
        of_host.iter().filter(move |(name, _)| name.contains(channel)).map(|(_, cover)| cover)
    }

    /// Says which host each input speaks of: by its content, else by its path where its records lack the name.
    fn name_inputs(&mut self, nameless: &BTreeSet<Arc<str>>) {
        for input in &mut self.inputs {
            if input.host.is_some() {
                input.host_source = Some(HostSource::Content);
            } else if nameless.contains(input.path.as_str())
                && let Some(host) = hosts_of_path(&input.path, &self.hosts)
            {
                input.host = Some(self.hosts.display(host).to_string());
                input.host_source = Some(HostSource::Path);
            }
        }
    }

    /// Sorts the spans of all logs by host, channels in lower case.
    fn read_coverage(&mut self) {
        let covers = self.inputs.iter().flat_map(|i| i.covers.iter().map(move |cover| (cover, &i.path)));
        for (cover, path) in covers {
            if let Some(host) = self.host_named(&cover.host, path) {
                self.covers.entry(host).or_default().push((fold(&cover.channel), cover.clone()));
            }
        }
    }

    /// What a KDC would look at on the source.
    pub fn source_state(&self, id: HostId) -> SourceState {
        let facts = self.of(id);
        let mut state = SourceState {
            build: facts.build.as_ref().map(|b| b.value),
            domain: facts.domain.clone(),
            authentication: facts.authentication.as_ref().map(|a| a.value),
            ..SourceState::default()
        };
        if let Some(c) = &facts.computer {
            state.in_directory = true;
            state.list = c.allowed_to_delegate_to.clone();
            state.trusted_to_auth = c.trusted_to_auth.clone();
            state.unconstrained = c.trusted_for_delegation.clone();
            state.identities = vec![Principal {
                distinguished_name: c.distinguished_name.known().cloned(),
                sid: c.sid.known().cloned(),
                name: Some(c.name.clone()),
            }];
            state.identities.extend(self.groups_of(c));
        }
        state
    }

    /// True if an account is a computer of the export, or a group whose members are known.
    fn knows(&self, principal: &Principal) -> bool {
        let same = |sid: &Tri<Sid>, dn: Option<&String>, name: Option<&String>| {
            (principal.sid.is_some() && principal.sid.as_ref() == sid.known())
                || matches!((&principal.distinguished_name, dn), (Some(a), Some(b)) if fold(a) == fold(b))
                || (principal.sid.is_none()
                    && principal.distinguished_name.is_none()
                    && matches!((&principal.name, name), (Some(a), Some(b)) if same_account(a, b)))
        };
        let computer = |c: &Computer| same(&c.sid, c.distinguished_name.known(), Some(&c.name));
        let group = |g: &Group| same(&g.sid, g.distinguished_name.known(), g.name.known()) && g.members.is_told();
        self.facts.iter().filter_map(|f| f.computer.as_ref()).any(computer) || self.groups.iter().any(group)
    }

    /// Groups of which a computer is a member: resource-based delegation may name them.
    fn groups_of(&self, computer: &Computer) -> Vec<Principal> {
        let is_member = |p: &Principal| {
            (p.sid.is_some() && p.sid.as_ref() == computer.sid.known())
                || matches!((&p.distinguished_name, computer.distinguished_name.known()), (Some(a), Some(b)) if fold(a) == fold(b))
        };
        let member_of = |g: &&Group| g.members.known().is_some_and(|m| m.iter().any(is_member));
        let listed = self.groups.iter().filter(member_of).map(|g| Principal {
            distinguished_name: g.distinguished_name.known().cloned(),
            sid: g.sid.known().cloned(),
            name: g.name.known().cloned(),
        });
        let own = computer.member_of.told_items().unwrap_or(&[]).iter().map(|group| match group.contains('=') {
            true => Principal { distinguished_name: Some(group.clone()), ..Principal::default() },
            false => Principal { name: Some(group.clone()), ..Principal::default() },
        });
        listed.chain(own).collect()
    }

    /// True for an address that no host is known by.
    pub fn is_stray_address(&self, text: &str) -> bool {
        is_address(text)
            && !self.facts.iter().any(|f| f.addresses.contains(text))
            && self.hosts.find(text, None).is_none()
    }

    /// What a KDC would look at on the destination, and what names mean it.
    pub fn target_state(&self, id: HostId, source: HostId) -> TargetState {
        let name = self.hosts.name(id);
        let facts = self.of(id);
        let mut target = TargetState {
            short: name.short.clone(),
            full: name.full.clone(),
            domain: facts.domain.clone(),
            aliases: facts.addresses.iter().cloned().collect(),
            ..TargetState::default()
        };
        if let Some(c) = &facts.computer {
            target.allowed_to_act = c.allowed_to_act.clone();
            target.unclear_principals = c.allowed_to_act.known().is_some_and(|p| p.iter().any(|p| !self.knows(p)));
        }
        let listed = self.of(source).computer.as_ref().map(|c| c.allowed_to_delegate_to.shown()).unwrap_or_default();
        let strays = listed.iter().filter(|e| e.has_class(Spn::MIGRATION) && self.is_stray_address(e.host()));
        target.stray_addresses = strays.map(Spn::to_string).collect();
        let cluster = facts.cluster.as_ref().map(|c| c.value.clone());
        for name in facts.former_names.iter().cloned().chain(cluster).chain(self.other_names(id)) {
            target.aliases.extend(facts.domain.iter().filter(|_| !name.contains('.')).map(|d| format!("{name}.{d}")));
            target.aliases.push(name);
        }
        if let Some(own) = self.of(source).cluster.as_ref()
            && let Some(object) = self.hosts.find(&own.value, None).and_then(|id| self.of(id).computer.as_ref())
        {
            let serves = |e: &Spn| e.has_class(Spn::MIGRATION) && same_name(short_name(e.host()), &name.short);
            let entries = object.allowed_to_delegate_to.shown();
            target.listed_on.extend(entries.iter().filter(|e| serves(e)).map(|e| format!("{e} (on {})", object.name)));
        }
        target
    }

    /// Names of a host's own service principal names that are neither its short nor its full name, nor another host's.
    fn other_names(&self, id: HostId) -> BTreeSet<String> {
        let spns = self.of(id).computer.as_ref().map(|c| c.service_principal_names.shown()).unwrap_or_default();
        let known = |name: &str| self.hosts.find(name, self.of(id).domain.as_deref()).is_some();
        spns.iter().map(Spn::host).filter(|name| !name.is_empty() && !known(name)).map(fold).collect()
    }
}
