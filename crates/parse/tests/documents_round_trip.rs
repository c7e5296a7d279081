//! Every scenario of the test kit, written in every format and read back.

use chrono::Datelike;
use delegap_model::{AuthenticationType, Kind, Parsed, Record, Tri, When};
use delegap_parse::{Options, document};
use delegap_testkit::case::directory::{computer_rows, computers};
use delegap_testkit::case::updates::history;
use delegap_testkit::case::{Authentication, Case, DirectoryFormat, DumpFormat, UpdateFormat, directory, dumps};
use delegap_testkit::scenarios::scenarios;

fn read(name: &str, bytes: &[u8]) -> Parsed<Record> {
    let parsed = document(name, bytes, &Options::default());
    assert_ne!(parsed.summary.kind, Kind::Unknown, "{name}: {:?}", String::from_utf8_lossy(bytes));
    parsed
}

#[test]
fn computers_in_every_format() {
    for (scenario, case) in scenarios() {
        let rows = computer_rows(&case);
        for format in DirectoryFormat::COMPLETE {
            let what = format!("{scenario} as {format:?}");
            let parsed = read("input", &computers(&case, format));
            assert_eq!(parsed.summary.problems, [], "{what}");
            assert_eq!(parsed.records.len(), rows.len(), "{what}");
            for (record, row) in parsed.records.iter().zip(&rows) {
                let Record::Computer(c) = record else { panic!("{what}: {record:?}") };
                let services = c.allowed_to_delegate_to.told_items();
                let services = services.unwrap_or_else(|| panic!("{what}: {c:?}"));
                assert_eq!(services.iter().map(|s| s.as_str()).collect::<Vec<_>>(), row.services, "{what}");
                let spns = c.service_principal_names.told_items().unwrap_or_else(|| panic!("{what}: {c:?}"));
                assert_eq!(spns.iter().map(|s| s.as_str()).collect::<Vec<_>>(), row.spns, "{what}");
                assert_eq!(c.name, row.name, "{what}");
                assert_eq!(c.trusted_to_auth, Tri::Known(row.any_protocol), "{what}");
                assert_eq!(c.trusted_for_delegation, Tri::Known(row.unconstrained), "{what}");
                assert_eq!(c.user_account_control, Tri::Known(row.account_control), "{what}");
                assert_eq!(c.operating_system_version.known(), Some(&row.operating_system_version), "{what}");
                assert_eq!(c.sid.known().map(ToString::to_string), Some(row.sid.to_string()), "{what}");
                let act = c.allowed_to_act.told_items().unwrap_or_else(|| panic!("{what}: {c:?}"));
                assert_eq!(act.len(), row.allowed_to_act.len(), "{what}");
                if let Tri::Known(changed) = c.when_changed {
                    assert_eq!(changed.timestamp(), row.when_changed.timestamp(), "{what}");
                }
                assert_eq!(
                    c.password_last_set.known().map(|t| t.timestamp()),
                    Some(row.password_set.timestamp()),
                    "{what}"
                );
            }
        }
        let lost = read("input", &computers(&case, DirectoryFormat::Csv51Lost));
        for record in &lost.records {
            let Record::Computer(c) = record else { panic!("{record:?}") };
            assert!(!c.allowed_to_delegate_to.is_told() && !c.allowed_to_act.is_told(), "{scenario}: {c:?}");
        }
    }
}

#[test]
fn update_history_in_every_format() {
    let mut compared = 0;
    let formats = [
        UpdateFormat::HotfixCsv,
        UpdateFormat::HotfixTable,
        UpdateFormat::HotfixJson51,
        UpdateFormat::HotfixJson7,
        UpdateFormat::WmicTable,
        UpdateFormat::WmicCsv,
        UpdateFormat::Systeminfo,
    ];
    for (scenario, case) in scenarios() {
        for host in case.hosts.iter().filter(|h| !h.updates.is_empty()) {
            for format in formats {
                let what = format!("{scenario} {} as {format:?}", host.name);
                let (name, bytes) = history(&case, host, format);
                let parsed = read(name, &bytes);
                let mut found = parsed.records.iter().filter_map(|r| match r {
                    Record::Update(u) => Some(u),
                    _ => None,
                });
                for update in &host.updates {
                    let read = found.next().unwrap_or_else(|| panic!("{what}: {parsed:?}"));
                    assert_eq!(read.kb, update.kb, "{what}");
                    assert_eq!(read.host.as_deref(), Some(host.name.as_str()), "{what}");
                    let day = update.installed;
                    match read.when {
                        When::Day(d) => assert_eq!(d, day, "{what}"),
                        When::Ambiguous { month_first, .. } => {
                            assert_eq!(month_first, day, "{what}");
                            assert!(day.day() <= 12, "{what}");
                        }
                        When::Unknown => assert_eq!(parsed.summary.kind, Kind::Systeminfo, "{what}"),
                        other => panic!("{what}: {other:?}"),
                    }
                }
                assert_eq!(found.count(), 0, "{what}");
                compared += host.updates.len();
            }
        }
    }
    assert!(compared > 0, "no scenario has updates");
}

const DUMPS: [DumpFormat; 6] =
    [DumpFormat::Json51, DumpFormat::Json7, DumpFormat::Csv, DumpFormat::List, DumpFormat::Table, DumpFormat::Clixml];

#[test]
fn hosts_and_clusters_in_every_format() {
    for (scenario, case) in scenarios() {
        for format in DUMPS {
            let what = format!("{scenario} as {format:?}");
            let (name, bytes) = dumps::vm_hosts(&case, format);
            let parsed = read(&name, &bytes);
            assert_eq!((parsed.summary.kind, parsed.records.len()), (Kind::VmHost, hosts(&case).len()), "{what}");
            for (record, (name, authentication)) in parsed.records.iter().zip(hosts(&case)) {
                let Record::VmHost(host) = record else { panic!("{what}: {record:?}") };
                assert_eq!((&host.name, host.authentication_type.known()), (&name, Some(&authentication)), "{what}");
                assert_eq!(host.fqdn, Some(format!("{name}.{}", case.domain)), "{what}");
                assert_eq!(host.performance_option, Tri::Known("Compression".into()), "{what}");
            }
            for (name, bytes) in dumps::cluster(&case, format) {
                let parsed = read(&name, &bytes);
                let expected = if name.starts_with("clusternodes") { hosts(&case).len() } else { 1 };
                assert_eq!(parsed.records.len(), expected, "{what} {name}: {parsed:?}");
                for record in &parsed.records {
                    match record {
                        Record::ClusterNode(n) => assert_eq!(n.cluster, case.cluster, "{what}"),
                        Record::Cluster(c) => assert_eq!(Some(&c.name), case.cluster.as_ref(), "{what}"),
                        other => panic!("{what}: {other:?}"),
                    }
                }
            }
        }
    }
}

fn hosts(case: &Case) -> Vec<(String, AuthenticationType)> {
    let host = |h: &delegap_testkit::case::Host| {
        let authentication = match h.authentication {
            Authentication::CredSsp => AuthenticationType::CredSsp,
            Authentication::Kerberos => AuthenticationType::Kerberos,
        };
        (h.name.clone(), authentication)
    };
    case.hyper_v_hosts().map(host).collect()
}

#[test]
fn users_and_groups_in_every_format() {
    let mut groups = 0;
    for (scenario, case) in scenarios() {
        for format in [DumpFormat::Json51, DumpFormat::Json7, DumpFormat::Csv, DumpFormat::Clixml] {
            let what = format!("{scenario} as {format:?}");
            if !case.users.is_empty() {
                let (name, bytes) = directory::users(&case, format);
                let parsed = read(&name, &bytes);
                assert_eq!(parsed.records.len(), case.users.len(), "{what}");
                for (record, expected) in parsed.records.iter().zip(&case.users) {
                    let Record::User(user) = record else { panic!("{what}: {record:?}") };
                    assert_eq!((&user.name, &user.not_delegated), (&expected.name, &Tri::Known(expected.sensitive)));
                }
            }
            for group in case.groups.iter().filter(|g| !g.members.is_empty()) {
                let (name, bytes) = directory::group_members(&case, group, format);
                let parsed = read(&name, &bytes);
                let [Record::Group(read)] = parsed.records.as_slice() else { panic!("{what}: {parsed:?}") };
                let members = read.members.told_items().unwrap_or_default().iter().filter_map(|m| m.name.clone());
                assert_eq!(members.collect::<Vec<_>>(), group.members, "{what}");
                groups += 1;
                if group.name == "Protected Users" {
                    assert_eq!(read.name, Tri::Known(group.name.clone()), "{what}");
                }
            }
        }
    }
    assert!(groups > 0, "no scenario has groups");
}
