//! Cases that turn on what the directory export says, when it was made, or that it is missing.

use super::base::{DOMAIN, at, remote, standalone_pool};
use super::standalone::{kcd_missing, pair_with_right_lists};
use crate::case::{
    Case, Channel, Delegation, DirectoryChange, DirectoryFormat, DumpFormat, Ending, Exports, Os, Truth, UpdateFormat,
};

/// The export shows the right list, and the domain controller's audit shows that it came after the failures.
pub(super) fn fixed_since() -> Case {
    let mut case = pair_with_right_lists(Os::W2022);
    case.moves = vec![
        remote("web01", "HV01", "HV02", at(10, 26, 9, 14), Ending::NO_CREDENTIALS),
        remote("sql01", "HV01", "HV02", at(10, 26, 9, 40), Ending::NO_CREDENTIALS),
        remote("app01", "HV02", "HV01", at(10, 26, 10, 0), Ending::Completed),
    ];
    let repaired = at(10, 27, 8, 30);
    let source = case.host_mut("HV01");
    source.changed = repaired;
    let services_added = source.delegation.services.clone();
    let new = source.account_control();
    case.directory_changes = vec![DirectoryChange {
        at: repaired,
        logged_by: "DC01".to_owned(),
        host: "HV01".to_owned(),
        by: "admin.berg".to_owned(),
        services_added,
        account_control: Some((new & !delegap_model::uac::TRUSTED_TO_AUTH, new)),
    }];
    case.exports.directory = Some(DirectoryFormat::LdapSearch);
    case.exports.updates = Some(UpdateFormat::HotfixTable);
    case.exports.channels = vec![Channel::Vmms, Channel::Security];
    case.truth = Truth::cause(&["delegation-not-effective-yet"], Some(true), &["likely", "confirmed"])
        .note("was wrong when the moves failed, corrected the next day");
    case
}

/// The missing delegation of `standalone-kcd-missing`, exported in a way that loses every list.
pub(super) fn lost_lists() -> Case {
    let mut case = kcd_missing();
    case.exports.directory = Some(DirectoryFormat::Csv51Lost);
    case.truth = Truth::insufficient_evidence().note("the export shows a type name in place of every list");
    case
}

/// The same without any directory export.
pub(super) fn no_directory() -> Case {
    let mut case = kcd_missing();
    case.exports.directory = None;
    case.exports.updates = Some(UpdateFormat::HotfixJson51);
    case.truth = Truth::insufficient_evidence();
    case
}

/// A directory export alone, with one gap per host.
pub(super) fn directory_only() -> Case {
    let mut case = standalone_pool(
        Os::W2022,
        vec![
            Delegation::none(),
            Delegation::complete(DOMAIN, &["HV01", "HV03"]).kerberos_only(),
            Delegation::unconstrained(),
        ],
    );
    case.exports = Exports {
        directory: Some(DirectoryFormat::LdbSearch),
        accounts: Some(DumpFormat::Json51),
        ..Exports::default()
    };
    case.users[1].sensitive = true;
    case.users[1].member_of.push("Protected Users".to_owned());
    case.groups[0].members.push("admin.lund".to_owned());
    case.truth = Truth::gaps_only();
    case
}
