//! Moves inside a failover cluster, started by the cluster service.

use super::base::{DOMAIN, at, date, standalone_pool};
use crate::case::{
    Case, Channel, ClusterStyle, Delegation, DirectoryFormat, DumpFormat, Ending, Initiator, Join, Move, Os, Truth,
    Update, UpdateFormat,
};
use chrono::{DateTime, Utc};

/// Three 2022 nodes of cluster `HVCLU1`; High-Availability-Admin and the cluster's dumps are sent too.
pub fn node_pool(delegations: Vec<Delegation>) -> Case {
    let mut case = standalone_pool(Os::W2022, delegations);
    case.cluster = Some("HVCLU1".to_owned());
    case.exports.cluster = Some(DumpFormat::Json51);
    case.exports.channels = vec![Channel::Vmms, Channel::HighAvailability];
    case
}

/// The second seed: moves worked, a hardening update came, moves from two of three nodes fail.
pub(super) fn seed_cluster_hardening() -> Case {
    let mut case = hardened(Ending::NO_CREDENTIALS);
    case.exports.channels.push(Channel::System);
    case.cluster_style = ClusterStyle { start_notice: false, on_destination: true, send_data_event: true };
    case.truth = Truth::cause(&["kcd-missing"], Some(true), &["likely"])
        .note("cluster-run moves: never more than likely")
        .note("KB5099540 went in on every host the evening before the first failure");
    case
}

/// The same without Get-VMHost, so that Kerberos is not known.
pub(super) fn no_vmhost() -> Case {
    let mut case = hardened(Ending::NO_CREDENTIALS);
    case.cluster_style = ClusterStyle { start_notice: true, on_destination: true, send_data_event: true };
    case.exports.vm_hosts = None;
    case.exports.directory = Some(DirectoryFormat::Ldifde);
    case.exports.cluster = Some(DumpFormat::Csv);
    case.exports.updates = Some(UpdateFormat::Systeminfo);
    case.truth = Truth::cause(&["kcd-missing"], None, &["likely", "possible"]);
    case
}

/// The same picture with a reset in the transfer: the network, whatever the delegation looks like.
pub(super) fn transfer_reset() -> Case {
    let mut case = hardened(Ending::TransferLost(0x8007_2746));
    case.cluster_style = ClusterStyle { start_notice: true, on_destination: true, send_data_event: true };
    case.exports.directory = Some(DirectoryFormat::Csv7(Join::Pipe));
    case.exports.vm_hosts = Some(DumpFormat::List);
    case.exports.cluster = Some(DumpFormat::Table);
    case.exports.updates = Some(UpdateFormat::HotfixTable);
    case.truth = Truth::cause(&["connection-lost-in-transfer"], Some(false), &["likely", "confirmed"]);
    case
}

/// One envelope id, three causes, none of them delegation.
pub(super) fn envelopes_three_causes() -> Case {
    let mut case = node_pool(vec![
        Delegation::complete(DOMAIN, &["HV02", "HV03"]),
        Delegation::complete(DOMAIN, &["HV01", "HV03"]),
        Delegation::complete(DOMAIN, &["HV01", "HV02"]),
    ]);
    case.cluster_style.start_notice = true;
    case.exports.channels.push(Channel::Worker);
    case.exports.directory = Some(DirectoryFormat::Csv51(Join::Comma));
    case.exports.vm_hosts = Some(DumpFormat::Csv);
    case.exports.cluster = Some(DumpFormat::Json7);
    case.moves = vec![
        by_cluster("web01", "HV01", "HV02", at(11, 3, 20, 10), Ending::SwitchMissing),
        by_cluster("sql01", "HV01", "HV03", at(11, 3, 20, 25), Ending::ProcessorIncompatible),
        by_cluster("app01", "HV02", "HV03", at(11, 3, 20, 40), Ending::MemoryShort),
        by_cluster("file01", "HV02", "HV01", at(11, 3, 21, 0), Ending::Completed),
        by_cluster("print01", "HV03", "HV02", at(11, 3, 21, 5), Ending::Completed),
    ];
    let causes = ["switch-missing", "processor-incompatible", "insufficient-memory"];
    case.truth = Truth::cause(&causes, Some(false), &["likely", "confirmed"])
        .note("each of the three causes explains exactly one failed attempt");
    case
}

/// Nothing delegated on HV01, anything on HV02, the right list on HV03. Moves between all nodes succeed until an update;
/// after it those from HV01 and HV02 end as `ending`, those from HV03 succeed.
fn hardened(ending: Ending) -> Case {
    let mut case = node_pool(vec![
        Delegation::none(),
        Delegation::unconstrained(),
        Delegation::complete(DOMAIN, &["HV01", "HV02"]),
    ]);
    for host in case.hosts.iter_mut().filter(|h| h.name.starts_with("HV")) {
        // The hosts lag: the summer's hardening update comes in October.
        host.updates = vec![Update::security("KB5094128", date(6, 17)), Update::security("KB5099540", date(10, 13))];
    }
    let before = [
        ("web01", "HV02", "HV01", at(10, 5, 20, 0)),
        ("web02", "HV01", "HV02", at(10, 5, 20, 4)),
        ("app01", "HV03", "HV01", at(10, 7, 19, 30)),
        ("file01", "HV01", "HV02", at(10, 8, 20, 10)),
        ("app02", "HV03", "HV02", at(10, 8, 20, 15)),
        ("sql01", "HV02", "HV01", at(10, 12, 20, 2)),
        ("mon01", "HV01", "HV03", at(10, 12, 20, 20)),
        ("log01", "HV02", "HV03", at(10, 12, 20, 26)),
    ];
    let failing = [
        ("web01", "HV01", "HV02", at(10, 14, 19, 2)),
        ("sql01", "HV01", "HV02", at(10, 14, 19, 3)),
        ("app01", "HV01", "HV03", at(10, 14, 19, 10)),
        ("web02", "HV02", "HV01", at(10, 14, 20, 31)),
        ("file01", "HV02", "HV01", at(10, 14, 20, 33)),
        ("app02", "HV02", "HV03", at(10, 14, 20, 40)),
        ("web01", "HV01", "HV03", at(10, 15, 6, 15)),
    ];
    let after = [("mon01", "HV03", "HV01", at(10, 15, 19, 5)), ("log01", "HV03", "HV02", at(10, 15, 19, 12))];
    let done = before.into_iter().chain(after);
    case.moves = done.map(|(vm, from, to, at)| by_cluster(vm, from, to, at, Ending::Completed)).collect();
    case.moves.extend(failing.map(|(vm, from, to, at)| by_cluster(vm, from, to, at, ending)));
    case
}

fn by_cluster(vm: &str, from: &str, to: &str, at: DateTime<Utc>, ending: Ending) -> Move {
    Move::new(vm, from, to, at, Initiator::Cluster, ending)
}
