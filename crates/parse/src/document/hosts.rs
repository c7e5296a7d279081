//! Get-VMHost, Get-VM, Get-VMMigrationNetwork, Get-Cluster and its nodes and networks, Win32_DeviceGuard, versions: rows to
//! records.

use super::context::Context;
use super::list::Split;
use super::row::Row;
use super::value;
use delegap_model::{
    Cluster, ClusterNetwork, ClusterNode, DeviceGuard, Guid, MigrationNetwork, Os, Record, Tri, VirtualMachine, VmHost,
    Why,
};

const NAME: &[&str] = &["name", "computername"];

/// Credential Guard among the services of Win32_DeviceGuard, as number and as Get-ComputerInfo's name.
const CREDENTIAL_GUARD: [&str; 2] = ["1", "CredentialGuard"];

/// One host. Get-VMHost's FullyQualifiedDomainName is the domain alone.
pub(super) fn vm_host(row: &Row, context: &mut Context) -> Option<Record> {
    let Some(name) = row.some_text(NAME).or_else(|| typed(row)) else {
        context.problem(&row.place, "the settings of a host whose name is not there", "1 host");
        return None;
    };
    let domain = row.some_text(&["fullyqualifieddomainname"]).filter(|d| d.contains('.'));
    let starts_with_name = |d: &str| delegap_model::same_name(delegap_model::short_name(d), &name);
    let fqdn = if name.contains('.') {
        Some(name.clone())
    } else {
        domain.map(|d| if starts_with_name(&d) { d } else { format!("{name}.{d}") })
    };
    Some(Record::VmHost(Box::new(VmHost {
        at: context.at(&row.place),
        fqdn,
        migration_enabled: row.flag(&["virtualmachinemigrationenabled"]),
        any_network: row.flag(&["useanynetworkformigration"]),
        authentication_type: never_empty(
            row.read(&["virtualmachinemigrationauthenticationtype"], value::authentication_type),
        ),
        performance_option: never_empty(
            row.text(&["virtualmachinemigrationperformanceoption"]).map(|o| performance_option(&o).to_owned()),
        ),
        name,
    })))
}

/// PSComputerName is what the operator typed: it counts where nothing else names the host, and only if it can be a name.
fn typed(row: &Row) -> Option<String> {
    let is_name = |n: &String| !n.eq_ignore_ascii_case("localhost") && n.parse::<std::net::IpAddr>().is_err();
    row.some_text(&["pscomputername"]).filter(is_name)
}

/// What always has a value: a blank one was not exported.
fn never_empty<T>(told: Tri<T>) -> Tri<T> {
    if matches!(told, Tri::KnownEmpty) { Tri::NOT_EXPORTED } else { told }
}

/// The names that Set-VMHost takes, in the order of the enumeration that JSON shows as a number.
fn performance_option(text: &str) -> &str {
    match text {
        "0" => "TCPIP",
        "1" => "Compression",
        "2" => "SMB",
        other => other,
    }
}

/// One node.
pub(super) fn cluster_node(row: &Row, context: &mut Context) -> Option<Record> {
    let Some(node) = row.some_text(&["nodename", "name"]) else {
        context.problem(&row.place, "a cluster node without a name", "1 node");
        return None;
    };
    // A number is a state as well.
    let worded = row.some_text(&["state"]).is_some_and(|state| state.contains(char::is_alphabetic));
    if worded && !has_node_state(row) {
        context.problem(&row.place, "a cluster node in no state that there is", "1 node");
        return None;
    }
    let cluster = row.some_text(&["cluster", "clustername"]);
    Some(Record::ClusterNode(Box::new(ClusterNode { at: context.at(&row.place), node, cluster })))
}

/// One cluster.
pub(super) fn cluster(row: &Row, context: &mut Context) -> Option<Record> {
    let Some(name) = row.some_text(&["name"]) else {
        context.problem(&row.place, "a cluster without a name", "1 cluster");
        return None;
    };
    Some(Record::Cluster(Box::new(Cluster { at: context.at(&row.place), name, domain: row.some_text(&["domain"]) })))
}

/// One network of a cluster.
pub(super) fn cluster_network(row: &Row, context: &mut Context) -> Option<Record> {
    let Some(name) = row.some_text(&["name"]) else {
        context.problem(&row.place, "a cluster network without a name", "1 network");
        return None;
    };
    Some(Record::ClusterNetwork(Box::new(ClusterNetwork {
        at: context.at(&row.place),
        name,
        cluster: row.some_text(&["cluster"]),
        up: never_empty(row.read(&["state"], is_up)),
        used_by_cluster: never_empty(row.read(&["role"], has_role)),
    })))
}

/// ClusterNetworkState: Unavailable 0, Down 1, Partitioned 2, Up 3; -1 is unknown.
fn is_up(state: &str) -> Option<bool> {
    match state.to_ascii_lowercase().as_str() {
        "up" | "3" => Some(true),
        "unavailable" | "0" | "down" | "1" | "partitioned" | "2" => Some(false),
        _ => None,
    }
}

/// ClusterNetworkRole: None 0, Cluster 1, ClusterAndClient 3.
fn has_role(role: &str) -> Option<bool> {
    match role.to_ascii_lowercase().as_str() {
        "none" | "0" => Some(false),
        "cluster" | "1" | "clusterandclient" | "3" => Some(true),
        _ => None,
    }
}

/// One virtual machine. The `Id` of Get-VMProcessor is the processor's.
pub(super) fn virtual_machine(row: &Row, context: &mut Context) -> Option<Record> {
    let Some(name) = row.some_text(&["vmname", "name"]) else {
        context.problem(&row.place, "a virtual machine without a name", "1 virtual machine");
        return None;
    };
    let guid = |text: &str| Guid::parse(text).filter(|id| !id.is_nil());
    let own = row.some_text(&["id"]).as_deref().and_then(guid);
    Some(Record::VirtualMachine(Box::new(VirtualMachine {
        at: context.at(&row.place),
        host: row.some_text(&["computername"]).filter(|n| n != ".").or_else(|| typed(row)),
        name,
        id: own.map_or_else(|| never_empty(row.read(&["vmid"], guid)), Tri::Known),
        version: never_empty(row.read(&["version"], configuration_version)),
        processor_compatibility: row.flag(&["compatibilityformigrationenabled"]),
    })))
}

/// `9.0`
fn configuration_version(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// One subnet that a host uses for migrations.
pub(super) fn migration_network(row: &Row, context: &mut Context) -> Option<Record> {
    let Some(subnet) = row.some_text(&["subnet"]) else {
        context.problem(&row.place, "a migration network without its subnet", "1 network");
        return None;
    };
    let host = row.some_text(&["computername"]).filter(|n| n != ".").or_else(|| typed(row));
    Some(Record::MigrationNetwork(Box::new(MigrationNetwork { at: context.at(&row.place), host, subnet })))
}

/// Which security services run, by Win32_DeviceGuard.
pub(super) fn device_guard(row: &Row, context: &Context) -> Record {
    Record::DeviceGuard(Box::new(DeviceGuard {
        at: context.at(&row.place),
        host: row.some_text(&["csname", "csdnshostname"]).or_else(|| typed(row)),
        credential_guard_running: guard_among(row, &["securityservicesrunning", "deviceguardsecurityservicesrunning"]),
        credential_guard_configured: guard_among(
            row,
            &["securityservicesconfigured", "deviceguardsecurityservicesconfigured"],
        ),
    }))
}

/// An empty list stands as 0; a blank cell says nothing. What was found in a list that was cut is true all the same.
fn guard_among(row: &Row, names: &[&str]) -> Tri<bool> {
    let is_guard = |text: &str| CREDENTIAL_GUARD.iter().any(|g| g.eq_ignore_ascii_case(text.trim()));
    match row.list(names, Split::Names) {
        Tri::Known(services) => Tri::Known(services.iter().any(|s| s.split_whitespace().any(is_guard))),
        Tri::KnownEmpty => Tri::NOT_EXPORTED,
        Tri::Unknown(Why::Partly(shown)) if shown.iter().any(|s| is_guard(s)) => Tri::Known(true),
        Tri::Unknown(Why::Lost(text)) if text.split(['{', ',', '.', '}']).any(is_guard) => Tri::Known(true),
        Tri::Unknown(why) => Tri::Unknown(why),
    }
}

/// A version, by Get-ComputerInfo, Win32_OperatingSystem or the registry's CurrentVersion key.
pub(super) fn version(row: &Row, context: &mut Context) -> Vec<Record> {
    // `10.0.20348.2322` stands in Get-ComputerInfo as the version of the hardware abstraction layer, which may lag behind.
    let build =
        row.read(&["osbuildnumber", "currentbuildnumber", "currentbuild", "buildnumber"], |t| t.trim().parse().ok());
    let booted = row.read(&["oslastbootuptime", "lastbootuptime"], value::time);
    let os = Record::Os(Box::new(Os {
        at: context.at(&row.place),
        host: row.some_text(&["csdnshostname", "csname"]).or_else(|| typed(row)),
        caption: row.text(&["osname", "windowsproductname", "caption", "productname"]),
        build,
        revision: row.read(&["ubr", "windowsubr"], value::number),
        domain: row.text(&["csdomain"]),
        booted,
    }));
    let guard = row.has(&["deviceguardsecurityservicesrunning"]).then(|| device_guard(row, context));
    [os].into_iter().chain(guard).collect()
}

/// The states that Get-ClusterNode prints in its table.
pub(super) fn has_node_state(row: &Row) -> bool {
    const STATES: [&str; 7] = ["up", "down", "paused", "joining", "unknown", "quarantined", "isolated"];
    row.some_text(&["state"]).is_some_and(|state| STATES.contains(&state.to_ascii_lowercase().as_str()))
}
