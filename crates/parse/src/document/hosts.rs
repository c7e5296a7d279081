//! Get-VMHost, Get-ClusterNode, Get-Cluster: rows to records.

use super::context::Context;
use super::row::Row;
use super::value;
use delegap_model::{Cluster, ClusterNode, Record, Tri, VmHost};

const NAME: &[&str] = &["name", "computername"];

/// One host. Get-VMHost's FullyQualifiedDomainName is the domain alone.
pub(super) fn vm_host(row: &Row, context: &mut Context) -> Option<Record> {
    // PSComputerName is what the operator typed: it comes last, and only if it can be a name.
    let is_name = |n: &String| !n.eq_ignore_ascii_case("localhost") && n.parse::<std::net::IpAddr>().is_err();
    let typed = || row.some_text(&["pscomputername"]).filter(is_name);
    let Some(name) = row.some_text(NAME).or_else(typed) else {
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
    Some(Record::VmHost(VmHost {
        at: context.at(&row.place),
        fqdn,
        migration_enabled: row.flag(&["virtualmachinemigrationenabled"]),
        authentication_type: never_empty(
            row.read(&["virtualmachinemigrationauthenticationtype"], value::authentication_type),
        ),
        performance_option: never_empty(
            row.text(&["virtualmachinemigrationperformanceoption"]).map(|o| performance_option(&o).to_owned()),
        ),
        name,
    }))
}

/// Both settings always have a value on a host: a blank one was not exported.
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
    let cluster = row.some_text(&["cluster", "clustername"]);
    Some(Record::ClusterNode(ClusterNode { at: context.at(&row.place), node, cluster }))
}

/// One cluster.
pub(super) fn cluster(row: &Row, context: &mut Context) -> Option<Record> {
    let Some(name) = row.some_text(&["name"]) else {
        context.problem(&row.place, "a cluster without a name", "1 cluster");
        return None;
    };
    Some(Record::Cluster(Cluster { at: context.at(&row.place), name, domain: row.some_text(&["domain"]) }))
}

/// The states that Get-ClusterNode prints in its table.
pub(super) fn is_node_state(text: &str) -> bool {
    ["up", "down", "paused", "joining", "unknown", "quarantined", "isolated"]
        .contains(&text.to_ascii_lowercase().as_str())
}
