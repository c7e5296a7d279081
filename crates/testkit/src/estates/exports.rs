//! What the customer exports beside event logs: directory, accounts, host and cluster dumps, update histories.

use super::dice::Dice;
use super::world::{HostId, World};
use crate::case::directory::{self, ComputerRow, rbcd_descriptor};
use crate::case::{
    Case, DirectoryFormat, DumpFormat, Group, Host, Join, Role, UpdateFormat, User, dumps, names, updates,
};
use chrono::TimeDelta;

/// One exported file.
pub(super) struct Export {
    pub kind: Kind,
    /// The machine it is of, if it is of one.
    pub host: Option<HostId>,
    /// A usual name, with its extension.
    pub name: String,
    pub bytes: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Directory,
    Accounts,
    VmHosts,
    Cluster,
    Updates,
}

const DUMPS: [DumpFormat; 6] =
    [DumpFormat::Json51, DumpFormat::Json7, DumpFormat::Csv, DumpFormat::List, DumpFormat::Table, DumpFormat::Clixml];
const ACCOUNTS: [DumpFormat; 4] = [DumpFormat::Json51, DumpFormat::Json7, DumpFormat::Csv, DumpFormat::Clixml];
const UPDATES: [UpdateFormat; 7] = [
    UpdateFormat::HotfixCsv,
    UpdateFormat::HotfixTable,
    UpdateFormat::HotfixJson51,
    UpdateFormat::HotfixJson7,
    UpdateFormat::WmicTable,
    UpdateFormat::WmicCsv,
    UpdateFormat::Systeminfo,
];

/// What an export of the directory lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loss {
    Nothing,
    /// Every list: its cell holds a type name.
    Lists,
    /// What follows the fourth value of a list: three dots stand there, as `$FormatEnumerationLimit` has it.
    LongLists,
    /// Objects: one organizational unit was exported, others not.
    Objects,
}

const VALUES_SHOWN: usize = 4;

/// Everything there is, each in some format. `loss`: of the directory.
pub(super) fn all(w: &World, loss: Loss, d: &mut Dice) -> Vec<Export> {
    let mut out = Vec::new();
    for domain in 0..w.domains.len() {
        let complete = d.pick(&DirectoryFormat::COMPLETE);
        let mut rows = rows(w, domain);
        let format = match loss {
            Loss::Lists => DirectoryFormat::Csv51Lost,
            Loss::LongLists => DirectoryFormat::Csv51(Join::Semicolon),
            Loss::Nothing | Loss::Objects => complete,
        };
        match loss {
            Loss::LongLists => rows.iter_mut().for_each(cut_lists),
            Loss::Objects => rows.retain(|_| d.chance(50)),
            Loss::Nothing | Loss::Lists => {}
        }
        let bytes = directory::export(&rows, &w.domains[domain].dns, format);
        out.push(export(Kind::Directory, None, format.file_name(), bytes));
    }
    out.extend(accounts(w, d.pick(&ACCOUNTS)));
    for domain in 0..w.domains.len() {
        let hosts: Vec<HostId> = w.hyper_v().into_iter().filter(|h| w.machines[*h].domain == domain).collect();
        if !hosts.is_empty() {
            let (name, bytes) = dumps::vm_hosts(&case(w, domain, &hosts), d.pick(&DUMPS));
            out.push(export(Kind::VmHosts, None, &name, bytes));
        }
    }
    for cluster in &w.clusters {
        let mut of_cluster = case(w, cluster.domain, &cluster.nodes);
        of_cluster.cluster = Some(cluster.name.clone());
        for (name, bytes) in dumps::cluster(&of_cluster, d.pick(&DUMPS)) {
            out.push(export(Kind::Cluster, None, &name, bytes));
        }
    }
    let format = d.pick(&UPDATES);
    for host in 0..w.machines.len() {
        // A history without days says nothing of when: domain controllers are asked for the list with days.
        let is_controller = w.machines[host].base.role == Role::DomainController;
        let format = if is_controller { d.pick(&UPDATES[..6]) } else { format };
        let boots = w.machines[host].boots.iter().copied().filter(|at| *at < w.to).max();
        let mut case = case(w, w.machines[host].domain, &[host]);
        case.logs_from = boots.unwrap_or(w.from - TimeDelta::days(20)) - TimeDelta::minutes(4);
        let (name, bytes) = updates::history(&case, &case.hosts[0], format);
        out.push(export(Kind::Updates, Some(host), name, bytes));
    }
    out
}

fn cut_lists(row: &mut ComputerRow) {
    for list in [&mut row.services, &mut row.spns, &mut row.allowed_to_act] {
        if list.len() > VALUES_SHOWN {
            list.truncate(VALUES_SHOWN);
            list.push("...".to_owned());
        }
    }
}

fn export(kind: Kind, host: Option<HostId>, name: &str, bytes: Vec<u8>) -> Export {
    Export { kind, host, name: name.to_owned(), bytes }
}

/// These machines as a case of one domain, for the writers of cases.
fn case(w: &World, domain: usize, hosts: &[HostId]) -> Case {
    let mut case = Case::new(&w.domains[domain].dns, w.from);
    case.hosts = hosts.iter().map(|h| Host { allowed_to_act: vec![], ..w.machines[*h].base.clone() }).collect();
    case
}

/// Computer objects of a domain.
pub(super) fn rows(w: &World, domain: usize) -> Vec<ComputerRow> {
    let dns = &w.domains[domain].dns;
    let of_machines = (0..w.machines.len()).filter(|h| w.machines[*h].domain == domain).map(|h| row(w, h));
    let objects = w.objects.iter().enumerate().filter(|(_, o)| o.domain == domain);
    let plain = |name: &str, role: Role| {
        let first = w.from - TimeDelta::days(400);
        let host = Host { role, ..Host::hyper_v(name, w.os(0), "", first) };
        let mut row = row(w, 0);
        row.distinguished_name = names::computer_dn(&host, dns);
        row.name = name.to_owned();
        row.dns_host_name = names::fqdn(name, dns);
        row.guid = names::guid(&format!("computer {name}"));
        (row.services, row.allowed_to_act, row.allowed_to_act_descriptor) = (vec![], vec![], vec![]);
        (row.unconstrained, row.any_protocol) = (false, false);
        (row.account_control, row.domain_controller, row.encryption_types) = (0x1000, false, Some(28));
        row
    };
    let objects = objects.map(|(i, object)| {
        let mut row = plain(&object.name, Role::HyperV);
        row.sid = w.object_sid(i);
        row.spns = object.spns.clone();
        row.spns.extend([format!("HOST/{}", object.name), format!("HOST/{}.{dns}", object.name)]);
        row.when_changed = object.changed;
        row
    });
    let clusters = w.clusters.iter().enumerate().filter(|(_, c)| c.domain == domain).map(|(i, cluster)| {
        let host = Host { role: Role::ClusterName, ..Host::hyper_v(&cluster.name, w.os(0), "", w.from) };
        let mut row = plain(&cluster.name, Role::ClusterName);
        row.sid = w.cluster_sid(i);
        row.spns = names::usual_spns(&host, dns);
        row.services = cluster.services.clone();
        row.any_protocol = !cluster.services.is_empty();
        row.account_control |= if row.any_protocol { delegap_model::uac::TRUSTED_TO_AUTH } else { 0 };
        row
    });
    of_machines.chain(objects).chain(clusters).collect()
}

fn row(w: &World, host: HostId) -> ComputerRow {
    let machine = &w.machines[host];
    let base = &machine.base;
    let dns = &w.domain_of(host).dns;
    let sids: Vec<_> = machine.act.iter().map(|a| w.computer_sid(*a)).collect();
    let actors = machine.act.iter().map(|a| names::computer_dn(&w.machines[*a].base, &w.domain_of(*a).dns));
    let disabled = if machine.enabled { 0 } else { delegap_model::uac::DISABLED };
    ComputerRow {
        name: base.name.clone(),
        distinguished_name: names::computer_dn(base, dns),
        dns_host_name: w.fqdn(host),
        guid: names::guid(&format!("computer {}", base.name)),
        sid: w.computer_sid(host),
        account_control: base.account_control() | disabled,
        domain_controller: base.role == Role::DomainController,
        encryption_types: machine.encryption,
        unconstrained: base.delegation.unconstrained,
        any_protocol: base.delegation.any_protocol,
        services: base.delegation.services.clone(),
        spns: machine.spns.clone(),
        allowed_to_act: actors.collect(),
        allowed_to_act_descriptor: if sids.is_empty() { Vec::new() } else { rbcd_descriptor(&sids) },
        operating_system: base.os.caption().to_owned(),
        operating_system_version: format!("{} ({})", base.os.version(), base.os.build()),
        when_created: w.from - TimeDelta::days(700),
        when_changed: base.changed,
        password_set: w.from - TimeDelta::days(12),
    }
}

fn accounts(w: &World, format: DumpFormat) -> Vec<Export> {
    let mut case = Case::new(&w.domains[0].dns, w.from);
    let user = |admin: &super::world::Admin| User {
        name: admin.name.clone(),
        sensitive: admin.sensitive,
        member_of: if admin.protected {
            vec!["Protected Users".to_owned()]
        } else {
            vec!["Hyper-V Operators".to_owned()]
        },
        changed: admin.changed,
    };
    case.users = w.users.iter().map(user).collect();
    let protected = w.users.iter().filter(|u| u.protected).map(|u| u.name.clone());
    let members = protected.chain(["backup.adm".to_owned()]).collect();
    let group = Group { name: "Protected Users".to_owned(), members };
    let users = directory::users(&case, format);
    let members = directory::group_members(&case, &group, format);
    [users, members].map(|(name, bytes)| export(Kind::Accounts, None, &name, bytes)).into()
}
