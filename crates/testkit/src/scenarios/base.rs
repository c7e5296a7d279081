//! What most scenarios start from.

use crate::case::{
    Case, Channel, Delegation, DirectoryFormat, DumpFormat, Ending, Exports, Group, Host, Initiator, Join, Move, Os,
    Update, UpdateFormat, User,
};
use chrono::{DateTime, NaiveDate, Utc};

/// The domain of all scenarios.
pub const DOMAIN: &str = "contoso.lab";

/// A moment in 2026, UTC.
pub fn at(month: u32, day: u32, hour: u32, minute: u32) -> DateTime<Utc> {
    date(month, day).and_hms_opt(hour, minute, 0).expect("a time of day").and_utc()
}

/// A day in 2026.
pub fn date(month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, month, day).expect("a date")
}

/// `HV01` and so on with these delegation settings, and `DC01`: Kerberos, updates of summer and September, logs since
/// 1 October. The customer sends VMMS-Admin, Get-VMHost, Get-HotFix and a joined CSV of the directory.
pub fn standalone_pool(os: Os, delegations: Vec<Delegation>) -> Case {
    let mut case = Case::new(DOMAIN, at(10, 1, 6, 0));
    let [summer, september] = updates(os);
    for (i, delegation) in delegations.into_iter().enumerate() {
        let n = i + 1;
        let mut host = Host::hyper_v(&format!("HV{n:02}"), os, &format!("10.20.0.{}", 10 + n), at(8, 20, 8, 15));
        host.delegation = delegation;
        host.updates = vec![Update::security(summer, date(7, 22)), Update::security(september, date(9, 19))];
        case.hosts.push(host);
    }
    let controller_os = if os == Os::W2012R2 { Os::W2016 } else { os };
    case.hosts.push(Host::domain_controller("DC01", controller_os, "10.20.0.5", at(7, 2, 9, 0)));
    case.users = vec![user("admin.berg"), user("admin.lund")];
    case.groups = vec![Group { name: "Protected Users".to_owned(), members: vec!["backup.adm".to_owned()] }];
    case.exports = Exports {
        directory: Some(DirectoryFormat::Csv51(Join::Semicolon)),
        vm_hosts: Some(DumpFormat::Json51),
        updates: Some(UpdateFormat::HotfixCsv),
        channels: vec![Channel::Vmms],
        ..Exports::default()
    };
    case
}

/// A move that an administrator starts from another computer.
pub fn remote(vm: &str, from: &str, to: &str, at: DateTime<Utc>, ending: Ending) -> Move {
    Move::new(vm, from, to, at, Initiator::Remote, ending)
}

fn user(name: &str) -> User {
    User {
        name: name.to_owned(),
        sensitive: false,
        member_of: vec!["Hyper-V Operators".to_owned()],
        changed: at(5, 4, 7, 30),
    }
}

/// A cumulative update of April to July 2026 and the out-of-band one of 14 September, for each release.
fn updates(os: Os) -> [&'static str; 2] {
    match os {
        Os::W2012R2 => ["KB5094041", "KB5129243"],
        Os::W2016 => ["KB5099535", "KB5129239"],
        Os::W2019 => ["KB5099538", "KB5129238"],
        Os::W2022 => ["KB5094128", "KB5129237"],
        Os::W2025 => ["KB5091157", "KB5129235"],
    }
}
