//! Moves between hosts outside any cluster.

use super::base::{DOMAIN, at, remote, standalone_pool};
use crate::case::{Case, Channel, Delegation, DirectoryFormat, DumpFormat, Ending, Join, Os, Truth, UpdateFormat};

/// Nothing delegated on HV01, anything on HV02, the right list on HV03, and moves to show for it.
pub(super) fn kcd_missing() -> Case {
    let mut case = standalone_pool(
        Os::W2022,
        vec![Delegation::none(), Delegation::unconstrained(), Delegation::complete(DOMAIN, &["HV01", "HV02"])],
    );
    case.exports.directory = Some(DirectoryFormat::Json51);
    case.exports.vm_hosts = Some(DumpFormat::Csv);
    case.exports.updates = Some(UpdateFormat::WmicTable);
    case.moves = vec![
        remote("web01", "HV01", "HV02", at(10, 21, 9, 12), Ending::NO_CREDENTIALS),
        remote("sql01", "HV01", "HV03", at(10, 21, 9, 20), Ending::NO_CREDENTIALS),
        remote("web01", "HV01", "HV02", at(10, 21, 9, 31), Ending::NO_CREDENTIALS),
        remote("app01", "HV02", "HV01", at(10, 21, 10, 2), Ending::NO_CREDENTIALS),
        remote("app02", "HV02", "HV03", at(10, 21, 10, 5), Ending::NO_CREDENTIALS),
        remote("mon01", "HV03", "HV01", at(10, 21, 10, 40), Ending::Completed),
        remote("log01", "HV03", "HV02", at(10, 21, 10, 48), Ending::Completed),
    ];
    case.truth = Truth::cause(&["kcd-missing"], Some(true), &["confirmed"]);
    case
}

/// HV01's list names HV02; HV02's list names a host that is not there.
pub(super) fn one_direction() -> Case {
    let mut case = standalone_pool(
        Os::W2022,
        vec![Delegation::complete(DOMAIN, &["HV02"]), Delegation::complete(DOMAIN, &["HV09"])],
    );
    case.exports.directory = Some(DirectoryFormat::Csv7(Join::Newline));
    case.exports.vm_hosts = Some(DumpFormat::List);
    case.exports.updates = Some(UpdateFormat::HotfixJson51);
    case.moves = vec![
        remote("web01", "HV01", "HV02", at(10, 27, 7, 50), Ending::Completed),
        remote("sql01", "HV01", "HV02", at(10, 27, 8, 5), Ending::Completed),
        remote("web01", "HV02", "HV01", at(10, 27, 15, 2), Ending::NO_CREDENTIALS),
        remote("sql01", "HV02", "HV01", at(10, 27, 15, 4), Ending::NO_CREDENTIALS),
        remote("app01", "HV01", "HV02", at(10, 27, 15, 30), Ending::Completed),
    ];
    case.truth = Truth::cause(&["kcd-missing"], Some(true), &["confirmed"]);
    case
}

/// Everything that can be exported is right, and the moves fail all the same.
pub(super) fn nothing_wrong_still_refused() -> Case {
    let mut case = pair_with_right_lists(Os::W2022);
    case.exports.directory = Some(DirectoryFormat::Json51ValueCount);
    case.exports.accounts = Some(DumpFormat::Csv);
    case.exports.updates = Some(UpdateFormat::WmicCsv);
    case.exports.channels = vec![Channel::Vmms, Channel::System];
    case.moves = vec![
        remote("web01", "HV01", "HV02", at(10, 29, 13, 1), Ending::NO_CREDENTIALS),
        remote("sql01", "HV01", "HV02", at(10, 29, 13, 9), Ending::NO_CREDENTIALS),
        remote("app01", "HV02", "HV01", at(10, 29, 13, 22), Ending::NO_CREDENTIALS),
    ];
    case.truth = Truth::no_cause_proven();
    case
}

/// Right lists, and moves that work.
pub(super) fn healthy() -> Case {
    let mut case = pair_with_right_lists(Os::W2022);
    case.exports.directory = Some(DirectoryFormat::Csv51Utf16(Join::Semicolon));
    case.exports.accounts = Some(DumpFormat::Json7);
    case.exports.channels = vec![Channel::Vmms, Channel::Worker];
    case.moves = vec![
        remote("web01", "HV01", "HV02", at(11, 5, 18, 0), Ending::Completed),
        remote("web01", "HV02", "HV01", at(11, 5, 18, 20), Ending::Completed),
        remote("sql01", "HV02", "HV01", at(11, 6, 18, 3), Ending::Completed),
    ];
    case.truth = Truth::no_failures();
    case
}

/// Two hosts, each with the complete list for the other.
pub(super) fn pair_with_right_lists(os: Os) -> Case {
    standalone_pool(os, vec![Delegation::complete(DOMAIN, &["HV02"]), Delegation::complete(DOMAIN, &["HV01"])])
}
