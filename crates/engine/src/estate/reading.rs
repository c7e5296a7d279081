//! How the records of a case become facts.

use super::merge::{self, Merging, Statement};
use super::order::Order;
use super::principals::{self, Accounts};
use super::sorted::Sorted;
use super::{Estate, Fact, HostFacts};
use crate::disagreements::{Kind, Object};
use crate::hosts::{HostId, Hosts};
use crate::knowledge::knowledge;
use crate::knowledge::updates::of_build;
use delegap_model::{AuthenticationType, ClusterNode, Computer, InstalledUpdate, Spn, UpdateSource, fold, uac};
use std::collections::{BTreeMap, BTreeSet};

/// What dumps say of hosts.
pub(super) type Statements<T> = BTreeMap<HostId, Vec<Statement<T>>>;

impl Estate {
    pub(super) fn read_directory(&mut self, sorted: &mut Sorted, order: &Order) {
        let accounts = Accounts::new(sorted);
        let mut exports: BTreeMap<HostId, Vec<&Computer>> = BTreeMap::new();
        for computer in &sorted.computers {
            if let Some(id) = host_of_computer(computer, &self.hosts) {
                exports.entry(id).or_default().push(computer);
            }
        }
        for (id, exports) in exports {
            let object = self.object(Kind::Computer, id);
            let merging = Merging::new(exports, order, object, &mut self.disagreements);
            self.facts[id.index()].computer = merge::computer(merging, &accounts);
        }
        self.users = principals::users(std::mem::take(&mut sorted.users), order, &mut self.disagreements);
        let groups = std::mem::take(&mut sorted.groups);
        self.groups = principals::groups(groups, &accounts, order, &mut self.disagreements);
        for id in self.hosts.ids() {
            let facts = &mut self.facts[id.index()];
            let Some(computer) = &facts.computer else { continue };
            if let Some(domain) = computer.distinguished_name.known().and_then(|dn| domain_of_dn(dn)) {
                facts.domain = Some(domain);
            }
            facts.os = computer.operating_system.known().cloned();
            let by_version = computer.operating_system_version.known().and_then(|v| build_of_version(v));
            let by_name = facts.os.as_deref().and_then(|os| knowledge().build_of(os));
            facts.build = by_version.or(by_name).map(|value| Fact { value, at: computer.at.clone() });
            let spns = computer.service_principal_names.shown();
            let has = |class: &str| spns.iter().any(|s| s.has_class(class));
            facts.hyper_v =
                has(Spn::MIGRATION) || has("Hyper-V Replica Service") || has("Microsoft Virtual Console Service");
            facts.cluster_name = has("MSClusterVirtualServer") || (has("MSServerCluster") && !facts.hyper_v);
            facts.domain_controller = computer.user_account_control.known().is_some_and(|u| u & uac::SERVER_TRUST != 0);
        }
        self.infer_hyper_v_from_lists();
    }

    /// A computer of the export that delegates to another one's migration service, and that other one, are Hyper-V hosts
    /// even where the export leaves servicePrincipalName out.
    pub(super) fn infer_hyper_v_from_lists(&mut self) {
        let mut named = BTreeSet::new();
        for id in self.hosts.ids() {
            let Some(computer) = &self.of(id).computer else { continue };
            let entries = computer.allowed_to_delegate_to.shown();
            for entry in entries.iter().filter(|e| e.has_class(Spn::MIGRATION)) {
                let peer = self.hosts.find(entry.host(), self.of(id).domain.as_deref());
                if let Some(peer) = peer.filter(|p| self.of(*p).computer.is_some() && !self.of(*p).cluster_name) {
                    named.insert(peer);
                    named.insert(id);
                }
            }
        }
        for id in named {
            let facts = &mut self.facts[id.index()];
            facts.hyper_v = !facts.cluster_name;
        }
    }

    fn object(&self, kind: Kind, host: HostId) -> Object {
        Object { kind, host: Some(host), name: self.name(host) }
    }

    pub(super) fn read_dumps(&mut self, sorted: &Sorted, order: &Order) {
        let mut kinds: Statements<AuthenticationType> = BTreeMap::new();
        for dump in &sorted.vm_hosts {
            let name = dump.fqdn.as_deref().unwrap_or(&dump.name);
            if let Some(id) = self.hosts.find(name, None).or_else(|| self.hosts.find(&dump.name, None)) {
                let facts = &mut self.facts[id.index()];
                facts.hyper_v = true;
                facts.any_network |= dump.any_network.known() == Some(&true);
                let statement = Statement { at: dump.at.clone(), value: dump.authentication_type.clone() };
                kinds.entry(id).or_default().push(statement);
            }
        }
        let shown = |kind: &AuthenticationType| match kind {
            AuthenticationType::CredSsp => "CredSSP".to_owned(),
            AuthenticationType::Kerberos => "Kerberos".to_owned(),
        };
        self.settle(kinds, order, Kind::Settings, "the authentication type", shown, |f| &mut f.authentication);
        self.read_cluster_nodes(sorted);
        for cluster in &sorted.clusters {
            if let Some(id) = self.hosts.find(&cluster.name, None) {
                self.facts[id.index()].cluster_name = true;
            }
        }
        let mut builds: BTreeMap<HostId, u32> = BTreeMap::new();
        for os in &sorted.oses {
            let Some(id) = self.host_of(os.host.as_deref(), &os.at) else { continue };
            let facts = &mut self.facts[id.index()];
            // The host itself knows its version better than the directory, which lags behind an upgrade. Of two dumps the
            // one with the higher version is the later one: a version never falls.
            if let Some(build) = os.build.known().copied() {
                if builds.get(&id).is_none_or(|known| *known <= build) {
                    builds.insert(id, build);
                    facts.build = Some(Fact { value: build, at: os.at.clone() });
                    facts.os = os.caption.known().cloned().or(facts.os.take());
                }
                let revision = os.revision.known().map(|revision| (build, *revision));
                if let Some(value) = revision.filter(|new| facts.revision.as_ref().is_none_or(|f| f.value <= *new)) {
                    facts.revision = Some(Fact { value, at: os.at.clone() });
                }
            }
            if facts.domain.is_none() {
                facts.domain = os.domain.known().filter(|d| d.contains('.')).map(|d| fold(d));
            }
            if let Some(time) = os.booted.known() {
                facts.boots.push((*time, os.at.clone()));
            }
        }
    }

    /// Takes what dumps say of one fact of hosts: the newest counts.
    pub(super) fn settle<T: Clone + PartialEq>(
        &mut self,
        statements: Statements<T>,
        order: &Order,
        kind: Kind,
        what: &'static str,
        show: impl Fn(&T) -> String,
        slot: impl Fn(&mut HostFacts) -> &mut Option<Fact<T>>,
    ) {
        for (id, statements) in statements {
            let object = self.object(kind, id);
            let merging = Merging::new(statements.iter().collect(), order, object, &mut self.disagreements);
            *slot(&mut self.facts[id.index()]) = merge::fact(merging, what, kind == Kind::Settings, &show);
        }
    }

    /// Nodes of a dump that does not name its cluster belong to the only cluster there is, to the one that another dump
    /// gives a node of it, or to "the cluster of that file"; a single node there tells nothing.
    fn read_cluster_nodes(&mut self, sorted: &Sorted) {
        let only = match sorted.clusters.as_slice() {
            [one] => Some(one.name.as_str()),
            _ => None,
        };
        let nodes = sorted.cluster_nodes.iter();
        let nodes: Vec<(HostId, &ClusterNode)> =
            nodes.filter_map(|n| Some((self.hosts.find(&n.node, None)?, n))).collect();
        let mut files: BTreeMap<&str, Vec<(HostId, &ClusterNode)>> = BTreeMap::new();
        for (id, node) in nodes {
            match node.cluster.as_deref().or(only) {
                Some(name) => {
                    self.facts[id.index()].cluster = Some(Fact { value: name.to_uppercase(), at: node.at.clone() });
                }
                None => {
                    files.entry(&node.at.file).or_default().push((id, node));
                }
            }
        }
        for (file, nodes) in files {
            let known = nodes.iter().find_map(|(id, _)| self.of(*id).cluster.as_ref()).map(|c| c.value.clone());
            let first = nodes.first().map(|(id, _)| *id);
            if known.is_none() && nodes.iter().all(|(id, _)| Some(*id) == first) {
                continue;
            }
            let key = known.unwrap_or_else(|| format!("(unnamed, {file})"));
            for (id, node) in nodes {
                let fact = || Fact { value: key.clone(), at: node.at.clone() };
                self.facts[id.index()].cluster.get_or_insert_with(fact);
            }
        }
    }

    /// The host of this name; where a log names none, that of its path.
    pub(super) fn host_named(&self, name: &str, path: &str) -> Option<HostId> {
        if name.is_empty() { hosts_of_path(path, &self.hosts) } else { self.hosts.find(name, None) }
    }

    pub(super) fn read_updates(&mut self, sorted: &Sorted) {
        let numbered = sorted.built.iter().filter_map(|built| {
            let kb = of_build(built.build, built.revision)?;
            Some(InstalledUpdate {
                at: built.at.clone(),
                host: built.host.clone(),
                kb: kb.to_owned(),
                when: built.when,
                source: built.source,
            })
        });
        for update in sorted.updates.iter().cloned().chain(numbered) {
            if let Some(id) = self.host_of(update.host.as_deref(), &update.at) {
                self.facts[id.index()].updates_known |= update.source == UpdateSource::HotfixList;
                self.facts[id.index()].updates.push(update);
            }
        }
        for facts in &mut self.facts {
            facts.updates.sort_by(|a, b| (a.when, &a.kb, &a.at).cmp(&(b.when, &b.kb, &b.at)));
        }
    }
}

/// The host that a computer object is.
pub(super) fn host_of_computer(computer: &Computer, hosts: &Hosts) -> Option<HostId> {
    let name = computer.dns_host_name.known().map_or(computer.name.as_str(), String::as_str);
    hosts.find(name, None).or_else(|| hosts.find(&computer.name, None))
}

/// The host that a folder or file name speaks of, if exactly one does.
pub(super) fn hosts_of_path(path: &str, hosts: &Hosts) -> Option<HostId> {
    let mut found = BTreeSet::new();
    for part in path.split(['/', '\\', '_', ' ']) {
        let stem = part.rsplit_once('.').map_or(part, |(stem, _)| stem);
        found.extend(hosts.find(part, None).or_else(|| hosts.find(stem, None)));
    }
    (found.len() == 1).then(|| found.into_iter().next()).flatten()
}

/// `10.0 (20348)` or `10.0.20348`.
fn build_of_version(version: &str) -> Option<u32> {
    let digits: Vec<u32> = version.split(|c: char| !c.is_ascii_digit()).filter_map(|p| p.parse().ok()).collect();
    match digits.as_slice() {
        // Other systems (a Samba controller, a storage appliance) have version numbers of their own.
        [5 | 6 | 10, _, build, ..] => Some(*build),
        _ => None,
    }
}

/// `DC=contoso,DC=lab` at the end of a distinguished name, as `contoso.lab`.
fn domain_of_dn(dn: &str) -> Option<String> {
    let parts: Vec<String> = dn
        .split(',')
        .filter_map(|p| p.trim().split_once('='))
        .filter(|(k, _)| k.trim().eq_ignore_ascii_case("dc"))
        .map(|(_, v)| fold(v.trim()))
        .collect();
    (!parts.is_empty()).then(|| parts.join("."))
}
