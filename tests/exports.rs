//! The same object in several files: what counts, what is said of the difference, and what the answer makes of it.

use crate::diagnosing::{audit, diagnose_files, log, one_failure, without_delegation};
use crate::support::{self, analyze, complaints, report};
use chrono::{DateTime, TimeDelta};
use delegap::model::{Class, Confidence, Diagnosis, Finding, Severity, Status};
use delegap_testkit::archives;
use delegap_testkit::case::directory::{computer_rows, export};
use delegap_testkit::case::{Case, Delegation, DirectoryFormat, DumpFormat, Ending, Group, Host, Join, User};
use delegap_testkit::scenarios::{DOMAIN, at};
use std::collections::BTreeMap;
use std::io::Write;

const ID: &str = "exports-disagree";
type Files = BTreeMap<String, Vec<u8>>;

/// A refusal at connect on a pool without delegation; the export is not among the files.
fn refused() -> (Case, Files) {
    let mut case = without_delegation(one_failure(Ending::NO_CREDENTIALS));
    case.exports.directory = None;
    let files = case.input_files();
    (case, files)
}

/// The case's computers as `format`, HV01 changed, every object's whenChanged moved by `days`.
fn computers(case: &Case, format: DirectoryFormat, days: i64, change: impl Fn(&mut Host)) -> Vec<u8> {
    let mut case = case.clone();
    change(case.host_mut("HV01"));
    let mut rows = computer_rows(&case);
    rows.iter_mut().for_each(|row| row.when_changed += TimeDelta::days(days));
    export(&rows, DOMAIN, format)
}

fn json(case: &Case, days: i64, change: impl Fn(&mut Host)) -> Vec<u8> {
    computers(case, DirectoryFormat::Json7, days, change)
}

/// JSON whose objects have no whenChanged and no time of the password.
fn undated(json: &[u8]) -> Vec<u8> {
    let mut objects: Vec<serde_json::Value> = serde_json::from_slice(json).unwrap();
    for object in objects.iter_mut().filter_map(|o| o.as_object_mut()) {
        object.retain(|key, _| !["whenChanged", "pwdLastSet", "PasswordLastSet"].contains(&key.as_str()));
    }
    serde_json::to_vec(&objects).unwrap()
}

fn none(_: &mut Host) {}

fn complete(host: &mut Host) {
    host.delegation = Delegation::complete(DOMAIN, &["HV02", "HV03"]);
}

fn with(files: &Files, more: &[(&str, &[u8])]) -> Diagnosis {
    let mut files = files.clone();
    files.extend(more.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec())));
    let d = diagnose_files(&files);
    assert_eq!(complaints(&report(&d)), Vec::<String>::new());
    // A difference is no damage, and accuses nobody.
    assert!(d.inputs.iter().all(|i| i.problems.is_empty()), "{:?}", d.inputs);
    assert_ne!((d.verdict.primary_cause, d.verdict.class), (Some(ID), Some(Class::Input)));
    assert!(found(&d).iter().all(|f| f.attempts.is_empty() && f.severity < Severity::Error));
    d
}

fn found(d: &Diagnosis) -> Vec<&Finding> {
    d.findings.iter().filter(|f| f.cause == ID).collect()
}

fn only(d: &Diagnosis) -> &Finding {
    let [one] = found(d).try_into().unwrap_or_else(|all| panic!("{all:?}"));
    one
}

/// `file:line says` of each statement.
fn statements(f: &Finding) -> String {
    f.evidence.iter().map(|e| format!("{} {}", e.at.file, e.says)).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_newer_export_counts_and_the_older_one_is_worth_knowing() {
    let (case, files) = refused();
    let (early, late) = (json(&case, 0, complete), json(&case, 3, none));
    for (a, b) in [("a.json", "b.json"), ("b.json", "a.json")] {
        let d = with(&files, &[(a, &early), (b, &late)]);
        let alone = with(&files, &[(b, &late)]);
        let causes = |d: &Diagnosis| d.findings.iter().map(|f| f.cause).filter(|c| *c != ID).collect::<Vec<_>>();
        assert_eq!((d.verdict.clone(), causes(&d)), (alone.verdict.clone(), causes(&alone)));
        let f = only(&d);
        assert_eq!((f.severity, f.hosts.as_slice()), (Severity::Info, &["HV01".to_owned()][..]));
        assert!(f.summary.contains(&format!("{b}#")) || f.summary.contains(b), "{}", f.summary);
        assert!(f.summary.contains("whenChanged"), "by what: {}", f.summary);
        let says = statements(f);
        assert!(says.contains(&format!("{b} msDS-AllowedToDelegateTo of HV01: empty (this counts)")), "{says}");
        assert!(says.contains(&format!("{a} msDS-AllowedToDelegateTo of HV01: 8 entries")), "{says}");
        assert!(f.remediation[0].command.as_deref().is_some_and(|c| c.contains("whenChanged")));
    }
}

#[test]
fn one_moment_with_two_values_is_a_warning_and_settles_nothing() {
    let (case, files) = refused();
    let d = with(&files, &[("a.json", &json(&case, 0, complete)), ("b.json", &json(&case, 0, none))]);
    assert_eq!((d.verdict.status, d.verdict.is_delegation), (Status::InsufficientEvidence, None));
    assert!(d.findings.iter().all(|f| !f.cause.starts_with("kcd") || !f.hosts.contains(&"HV01".to_owned())));
    let f = only(&d);
    assert_eq!(f.severity, Severity::Warning);
    assert!(f.summary.contains("same whenChanged") && f.summary.contains("not known"), "{}", f.summary);
    assert!(!d.verdict.headline.contains("isagree"), "{}", d.verdict.headline);
}

#[test]
fn resource_based_delegation_is_compared_as_well() {
    let (case, files) = refused();
    let act = |json: &[u8]| -> Vec<u8> {
        let mut objects: Vec<serde_json::Value> = serde_json::from_slice(json).unwrap();
        let object = objects.iter_mut().find(|o| o["Name"] == "HV02").unwrap();
        object["PrincipalsAllowedToDelegateToAccount"] = serde_json::json!(["CN=HV01,OU=Hyper-V,DC=contoso,DC=lab"]);
        serde_json::to_vec(&objects).unwrap()
    };
    let plain = json(&case, 0, none);
    let f = |days| {
        let late = act(&json(&case, days, none));
        let d = with(&files, &[("a.json", &plain), ("b.json", &late)]);
        let f = only(&d).clone();
        (f.severity, f.hosts.clone(), f.evidence.iter().any(|e| e.says.contains("OfOtherIdentity")))
    };
    assert_eq!(f(0), (Severity::Warning, vec!["HV02".to_owned()], true));
    assert_eq!(f(1), (Severity::Info, vec!["HV02".to_owned()], true));
}

#[test]
fn dates_in_file_names_order_exports_and_prove_nothing_beyond_doubt() {
    let (case, files) = refused();
    let (full, empty) = (undated(&json(&case, 0, complete)), undated(&json(&case, 0, none)));
    let sure = with(&files, &[("ad.json", &empty)]);
    assert_eq!(sure.verdict.confidence, Some(Confidence::Confirmed));
    let d = with(&files, &[("ad-2026-11-01.json", &full), ("ad-2026-11-20.json", &empty)]);
    assert_eq!((d.verdict.primary_cause, d.verdict.confidence), (Some("kcd-missing"), Some(Confidence::Likely)));
    let f = only(&d);
    assert!(f.severity == Severity::Warning && f.summary.contains("file"), "{f:?}");
    let d = with(&files, &[("ad-2026-11-20.json", &full), ("ad-2026-11-01.json", &empty)]);
    assert_ne!(d.verdict.primary_cause, Some("kcd-missing"), "{}", d.verdict.headline);
    let d = with(&files, &[("one.json", &full), ("two.json", &empty)]);
    assert_eq!(d.verdict.is_delegation, None, "{}", d.verdict.headline);
}

#[test]
fn local_dates_of_csv_order_exports_that_lie_days_apart() {
    let (case, files) = refused();
    let csv = |days, change: fn(&mut Host)| computers(&case, DirectoryFormat::Csv51(Join::Semicolon), days, change);
    let d = with(&files, &[("a.csv", &csv(0, complete)), ("b.csv", &csv(3, none))]);
    assert_eq!((d.verdict.primary_cause, only(&d).severity), (Some("kcd-missing"), Severity::Info));
    let near = with(&files, &[("a.csv", &csv(0, complete)), ("b.csv", &csv(1, none))]);
    assert_eq!((near.verdict.is_delegation, only(&near).severity), (None, Severity::Warning));
}

#[test]
fn members_of_an_archive_are_ordered_by_its_times_and_files_never_by_theirs() {
    let (case, files) = refused();
    let (full, empty) = (undated(&json(&case, 0, complete)), undated(&json(&case, 0, none)));
    let folder = tempfile::tempdir().unwrap();
    files.iter().for_each(|(path, bytes)| support::write(folder.path(), path, bytes));
    let zip = |day| {
        let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, bytes, day) in [("one.json", &full, 10), ("two.json", &empty, day)] {
            let time = zip::DateTime::from_date_and_time(2026, 11, day, 10, 0, 0).unwrap();
            let options = zip::write::SimpleFileOptions::default().last_modified_time(time);
            writer.start_file(name, options).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    };
    support::write(folder.path(), "ad.zip", &zip(11));
    let d = support::diagnose(folder.path(), &["."]);
    assert_eq!((d.verdict.primary_cause, d.verdict.confidence), (Some("kcd-missing"), Some(Confidence::Likely)));
    assert!(only(&d).summary.contains("archive"), "{}", only(&d).summary);
    support::write(folder.path(), "ad.zip", &zip(10));
    let d = support::diagnose(folder.path(), &["."]);
    assert_eq!(d.verdict.is_delegation, None, "{}", d.verdict.headline);
    // Unpacked, the files have times of their own, which say nothing.
    std::fs::remove_file(folder.path().join("ad.zip")).unwrap();
    for (name, bytes, seconds) in [("one.json", &full, 0), ("two.json", &empty, 864_000)] {
        support::write(folder.path(), name, bytes);
        let time = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000 + seconds);
        std::fs::File::options().append(true).open(folder.path().join(name)).unwrap().set_modified(time).unwrap();
    }
    let d = support::diagnose(folder.path(), &["."]);
    assert_eq!(d.verdict.is_delegation, None, "{}", d.verdict.headline);
}

#[test]
fn every_archive_tells_the_times_of_its_members() {
    let bytes =
        archives::cabinet(&archives::Files::from([("x.csv".to_owned(), b"Name,SamAccountName\nA,A$\n".to_vec())]));
    let folder = tempfile::tempdir().unwrap();
    support::write(folder.path(), "x.cab", &bytes);
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(3);
    header.set_mtime(1_795_255_200);
    builder.append_data(&mut header, "x.csv", &b"a,b"[..]).unwrap();
    support::write(folder.path(), "x.tar", &builder.into_inner().unwrap());
    let mut writer = sevenz_rust2::ArchiveWriter::new(std::io::Cursor::new(Vec::new())).unwrap();
    let mut entry = sevenz_rust2::ArchiveEntry::new_file("x.csv");
    entry.has_last_modified_date = true;
    entry.last_modified_date = sevenz_rust2::NtTime::from((1_795_255_200 + 11_644_473_600) * 10_000_000_u64);
    writer.push_archive_entry(entry, Some(&b"a,b"[..])).unwrap();
    support::write(folder.path(), "x.7z", &writer.finish().unwrap().into_inner());
    let d = support::diagnose(folder.path(), &["."]);
    let written = |path: &str| d.inputs.iter().find(|i| i.path.ends_with(path)).unwrap().written.clone();
    let exact = delegap::model::When::Exact(DateTime::from_timestamp(1_795_255_200, 0).unwrap());
    for archive in ["x.tar", "x.7z"] {
        let written = written(&format!("{archive}/x.csv")).unwrap_or_else(|| panic!("{archive}"));
        assert_eq!(written.when, exact, "{archive}");
        assert!(written.archive.is_some_and(|a| a.ends_with(archive)));
    }
    assert!(matches!(written("x.cab/x.csv").unwrap().when, delegap::model::When::Local(_)));
    assert_eq!(written("x.cab"), None);
}

#[test]
fn users_and_groups_are_merged_by_the_same_rule() {
    let case = one_failure(Ending::NO_CREDENTIALS);
    let of = |sensitive, days| {
        let mut case = case.clone();
        case.users = vec![User {
            name: "alice".into(),
            sensitive,
            member_of: Vec::new(),
            changed: case.logs_from + TimeDelta::days(days),
        }];
        delegap_testkit::case::directory::users(&case, DumpFormat::Json7).1
    };
    let mut files = case.input_files();
    let of_user = [
        ("TargetUserSid", "S-1-5-21-1-2-3-1150"),
        ("TargetUserName", "alice"),
        ("LogonType", "3"),
        ("IpAddress", "10.1.1.50"),
    ];
    let logon = audit(4624, "HV01", at(11, 10, 9, 0) - TimeDelta::seconds(1), &of_user);
    files.insert("HV01/Security.evtx".into(), log(vec![logon]));
    let d = with(&files, &[("u1/users.json", &of(true, 0)), ("u2/users.json", &of(false, 0))]);
    let f = only(&d);
    assert!(f.severity == Severity::Warning && f.users == ["alice"], "{f:?}");
    assert!(d.findings.iter().all(|f| f.cause != "initiator-not-delegable"), "which one is right is open");
    let d = with(&files, &[("u1/users.json", &of(true, 1)), ("u2/users.json", &of(false, 0))]);
    assert!(d.findings.iter().any(|f| f.cause == "initiator-not-delegable"), "{}", d.verdict.headline);
    // Groups have no whenChanged: only their files can tell which list is the newer one.
    let group = |members: &[&str]| {
        let members = members.iter().map(|m| (*m).to_owned()).collect();
        let group = Group { name: "Protected Users".into(), members };
        delegap_testkit::case::directory::group_members(&case, &group, DumpFormat::Json7)
    };
    let ((name, listed), (_, empty)) = (group(&["alice", "bob"]), group(&["bob"]));
    let user = of(false, 0);
    for (first, second, wanted) in
        [("a", "b", None), ("2026-11-01", "2026-11-02", Some(false)), ("2026-11-02", "2026-11-01", Some(true))]
    {
        let paths = [first, second].map(|folder| format!("{folder}/{name}"));
        let d = with(&files, &[("users.json", &user), (&paths[0], &listed), (&paths[1], &empty)]);
        let f = only(&d);
        assert!(f.severity == Severity::Warning && f.summary.contains("member of Protected Users"), "{f:?}");
        let accused = d.findings.iter().any(|f| f.cause == "initiator-not-delegable");
        assert_eq!(accused, wanted == Some(true), "{paths:?} {}", d.verdict.headline);
    }
    let same = with(&files, &[("u1/users.json", &of(true, 0)), ("u2/users.json", &of(true, 0))]);
    assert!(found(&same).is_empty() && same.findings.iter().any(|f| f.cause == "initiator-not-delegable"));
}

#[test]
fn dumps_of_one_host_are_weighed_by_the_same_rule() {
    let files = one_failure(Ending::Completed).input_files();
    let channel = |status: &str| {
        format!("Trusted DC Name \\\\DC01.contoso.lab\r\nTrusted DC Connection Status Status = {status}\r\n")
            .into_bytes()
    };
    let (works, broken) = (channel("0 0x0 NERR_Success"), channel("5 0x5 ERROR_ACCESS_DENIED"));
    for (first, second, newest) in
        [("2026-11-01", "2026-11-02", Some(1)), ("2026-11-02", "2026-11-01", Some(0)), ("a", "b", None)]
    {
        let names = [first, second].map(|part| format!("HV01_nltest_{part}.txt"));
        let d = with(&files, &[(&names[0], &works), (&names[1], &broken)]);
        let f = only(&d);
        assert!(f.severity == Severity::Info && f.hosts == ["HV01"] && f.summary.contains("secure channel"), "{f:?}");
        assert!(f.remediation[0].command.is_some());
        let counts = f.evidence.iter().find(|e| e.says.contains("this counts")).map(|e| &*e.at.file);
        assert_eq!(counts, newest.map(|n: usize| names[n].as_str()));
    }
}

#[test]
fn a_large_estate_exported_twice_gives_one_finding() {
    let (mut case, files) = refused();
    for number in 0..45 {
        let like = case.host("HV02").clone();
        case.hosts.push(Host { name: format!("NODE{number}"), ..like });
    }
    let with_list = |days: i64, service: &str| {
        let mut case = case.clone();
        let delegation = Delegation { services: vec![service.to_owned()], ..Delegation::none() };
        case.hosts.iter_mut().for_each(|host| host.delegation = delegation.clone());
        json(&case, days, none)
    };
    for (days, severity) in [(3, Severity::Info), (0, Severity::Warning)] {
        let d = with(&files, &[("a.json", &with_list(0, "cifs/A")), ("b.json", &with_list(days, "cifs/B"))]);
        let f = only(&d);
        assert_eq!((f.severity, f.hosts.len()), (severity, 48), "{}", f.summary);
        assert!(f.summary.contains("further attributes") && f.summary.len() < 4000, "{}", f.summary);
        assert!(f.evidence.len() <= 80, "{}", f.evidence.len());
    }
}

#[test]
fn exit_codes_and_strict_do_not_change_for_an_older_export() {
    let (case, files) = refused();
    let folder = tempfile::tempdir().unwrap();
    files.iter().for_each(|(path, bytes)| support::write(folder.path(), path, bytes));
    support::write(folder.path(), "b.json", &json(&case, 3, none));
    let codes = || [&["."][..], &[".", "--strict"]].map(|arguments| analyze(folder.path(), arguments).code);
    let before = codes();
    support::write(folder.path(), "a.json", &json(&case, 0, complete));
    assert_eq!(codes(), before);
}
