//! Settings that decide by release or by authentication type, with everything else the same.

use super::base::{DOMAIN, at, remote, standalone_pool};
use crate::case::{
    Authentication, Case, Delegation, DirectoryFormat, DumpFormat, Ending, Join, Os, Truth, UpdateFormat,
};

/// "Use Kerberos only" on Server 2016: complete lists that do not help.
pub(super) fn kerberos_only_2016() -> Case {
    let mut case = kerberos_only(Os::W2016, Ending::NO_CREDENTIALS);
    case.exports.directory = Some(DirectoryFormat::Json7);
    case.exports.vm_hosts = Some(DumpFormat::Json7);
    case.exports.updates = Some(UpdateFormat::HotfixJson7);
    case.truth = Truth::cause(&["kcd-kerberos-only"], Some(true), &["confirmed"]);
    case
}

/// The same lists on Server 2012 R2, where they are right.
pub(super) fn kerberos_only_2012r2() -> Case {
    let mut case = kerberos_only(Os::W2012R2, Ending::Completed);
    case.exports.directory = Some(DirectoryFormat::Csv51(Join::Comma));
    case.exports.vm_hosts = Some(DumpFormat::Csv);
    case.exports.updates = Some(UpdateFormat::Systeminfo);
    case.truth = Truth::no_failures();
    case
}

/// CredSSP, and moves that were not started on the source.
pub(super) fn credssp_2019() -> Case {
    let mut case = standalone_pool(Os::W2019, vec![Delegation::none(), Delegation::none()]);
    for host in case.hosts.iter_mut().filter(|h| h.name.starts_with("HV")) {
        host.authentication = Authentication::CredSsp;
    }
    case.exports.directory = Some(DirectoryFormat::CsvCulture);
    case.exports.vm_hosts = Some(DumpFormat::List);
    case.exports.updates = Some(UpdateFormat::WmicCsv);
    case.moves = vec![
        remote("web01", "HV01", "HV02", at(10, 19, 11, 40), Ending::NO_CREDENTIALS),
        remote("web01", "HV01", "HV02", at(10, 19, 11, 52), Ending::NO_CREDENTIALS),
        remote("app01", "HV02", "HV01", at(10, 19, 12, 15), Ending::NO_CREDENTIALS),
    ];
    case.truth = Truth::cause(&["credssp-remote-initiation"], Some(false), &["likely", "confirmed"])
        .note("the empty lists are no fault: CredSSP never reads them");
    case
}

fn kerberos_only(os: Os, ending: Ending) -> Case {
    let list = |peer| Delegation::complete(DOMAIN, &[peer]).kerberos_only();
    let mut case = standalone_pool(os, vec![list("HV02"), list("HV01")]);
    case.moves = vec![
        remote("web01", "HV01", "HV02", at(10, 22, 16, 3), ending),
        remote("sql01", "HV02", "HV01", at(10, 22, 16, 11), ending),
        remote("app01", "HV02", "HV01", at(10, 23, 6, 45), ending),
    ];
    case
}
