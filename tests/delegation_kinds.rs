//! Delegation faults told apart from each other, and from delegation that is right.

use crate::diagnosing::{
    answer, audit, diagnose, diagnose_files, diagnose_with, host_event, log, one_failure, services, with_computer,
    without_delegation,
};
use chrono::TimeDelta;
use delegap::model::{Confidence, Diagnosis, PairVerdict, Severity, Status};
use delegap_testkit::case::{Case, Delegation, DirectoryFormat, DumpFormat, Ending, Initiator, Move, User};
use delegap_testkit::record::EventSpec;
use delegap_testkit::scenarios::{DOMAIN, at, node_pool, scenario};

#[test]
fn a_success_after_the_failure_with_the_same_list_speaks_against() {
    let mut case = without_delegation(one_failure(Ending::NO_CREDENTIALS));
    assert_eq!(diagnose(&case).verdict.confidence, Some(Confidence::Confirmed));
    case.moves.push(Move::new("app01", "HV01", "HV02", at(11, 10, 11, 0), Initiator::Remote, Ending::Completed));
    let d = diagnose(&case);
    assert_eq!(d.verdict.confidence, Some(Confidence::Likely));
    assert!(!d.findings[0].against.is_empty());
}

#[test]
fn a_healthy_cluster_without_delegation_is_no_finding() {
    let mut case = node_pool(vec![Delegation::none(), Delegation::none(), Delegation::none()]);
    case.moves = vec![Move::new("app01", "HV01", "HV02", at(11, 10, 9, 0), Initiator::Cluster, Ending::Completed)];
    let d = diagnose(&case);
    assert_eq!(answer(&d), (Status::NoFailures, None, Some(false), None), "{}", d.verdict.headline);
    assert!(d.findings.iter().all(|f| f.severity == Severity::Info));
}

#[test]
fn the_authentication_type_decides_between_the_rivals() {
    let mut case = without_delegation(one_failure(Ending::NO_CREDENTIALS));
    case.exports.vm_hosts = None;
    let d = diagnose(&case);
    assert_eq!(answer(&d), (Status::CauseFound, Some("kcd-missing"), None, Some(Confidence::Possible)));
    assert!(d.ask[0].contains("Get-VMHost"), "{:?}", d.ask);
    let mut right = one_failure(Ending::NO_CREDENTIALS);
    right.exports.vm_hosts = None;
    assert_eq!(answer(&diagnose(&right)).0, Status::InsufficientEvidence);
}

#[test]
fn resource_based_delegation_suffices_unless_a_list_stands_in_its_way() {
    let mut case = without_delegation(one_failure(Ending::Completed));
    case.host_mut("HV02").allowed_to_act = vec!["HV01".into()];
    let verdict = |case: &Case| {
        let d = diagnose(case);
        d.pairs.iter().find(|p| p.source == "HV01" && p.destination == "HV02").unwrap().verdict
    };
    for format in DirectoryFormat::COMPLETE {
        case.exports.directory = Some(format);
        assert_eq!(verdict(&case), PairVerdict::Ok, "{format:?}");
    }
    case.host_mut("HV01").delegation = Delegation::complete(DOMAIN, &["HV03"]).kerberos_only();
    assert_eq!(verdict(&case), PairVerdict::Warning);
}

/// The verdict on HV01 -> HV02 with these directory rows in place of the case's own.
fn verdict_with(directory: &str) -> PairVerdict {
    let mut case = without_delegation(one_failure(Ending::Completed));
    case.exports.directory = None;
    let mut files = case.input_files();
    files.insert("computers.csv".to_owned(), directory.as_bytes().to_vec());
    let d = diagnose_files(&files);
    d.pairs.iter().find(|p| p.source == "HV01" && p.destination == "HV02").unwrap().verdict
}

#[test]
fn a_group_that_may_act_is_found_by_what_its_member_says() {
    let rows = |member_of: &str| {
        format!(
            "Name,SamAccountName,DistinguishedName,msDS-AllowedToDelegateTo,TrustedToAuthForDelegation,MemberOf,\
             PrincipalsAllowedToDelegateToAccount\n\
             HV01,HV01$,\"CN=HV01,DC=contoso,DC=lab\",,False,\"{member_of}\",\n\
             HV02,HV02$,\"CN=HV02,DC=contoso,DC=lab\",,False,,\"CN=Hosts,OU=G,DC=contoso,DC=lab\"\n"
        )
    };
    assert_eq!(verdict_with(&rows("CN=Hosts,OU=G,DC=contoso,DC=lab")), PairVerdict::Ok);
    assert_ne!(verdict_with(&rows("CN=Others,OU=G,DC=contoso,DC=lab")), PairVerdict::Ok);
}

#[test]
fn a_list_that_a_console_cut_shows_what_is_on_it_and_not_what_is_not() {
    let rows = |list: &str, any: bool| {
        format!(
            "Name,SamAccountName,msDS-AllowedToDelegateTo,TrustedToAuthForDelegation,PrincipalsAllowedToDelegateToAccount,\
             OperatingSystemVersion\n\
             HV01,HV01$,\"{{{list}...}}\",{any},,10.0 (20348)\nHV02,HV02$,,False,,10.0 (20348)\n"
        )
    };
    let migration = "Microsoft Virtual System Migration Service";
    let both = format!("{migration}/HV02, {migration}/HV02.{DOMAIN}, cifs/HV02, cifs/HV02.{DOMAIN}");
    assert_eq!(verdict_with(&rows(&both, true)), PairVerdict::Ok);
    assert_eq!(verdict_with(&rows(&both, false)), PairVerdict::Gap, "more entries don't cure Kerberos only");
    let other = both.replace("HV02", "HV03");
    assert_eq!(verdict_with(&rows(&other, true)), PairVerdict::Unknown);
}

#[test]
fn each_kind_of_gap_is_told_apart() {
    let migration = "Microsoft Virtual System Migration Service";
    let short = format!("{migration}/HV02");
    let full = format!("{migration}/HV02.{DOMAIN}");
    let cases = [
        (services(&["cifs/HV02", "cifs/HV02.contoso.lab"], true), "kcd-wrong-service", Confidence::Confirmed),
        (services(&[&format!("{short} ")], true), "kcd-wrong-service", Confidence::Confirmed),
        (services(&[&format!("{short}:6600")], true), "kcd-wrong-service", Confidence::Confirmed),
        (services(&["Hyper-V Replica Service/HV02"], true), "kcd-wrong-service", Confidence::Confirmed),
        (services(&[&short], true), "kcd-name-form-incomplete", Confidence::Likely),
        (services(&[&full], true), "kcd-name-form-incomplete", Confidence::Likely),
        (services(&[&short, &full], false), "kcd-kerberos-only", Confidence::Confirmed),
        (services(&[&short], false), "kcd-kerberos-only", Confidence::Confirmed),
        (services(&[&format!("{migration}/HV03")], true), "kcd-missing", Confidence::Confirmed),
    ];
    for (delegation, cause, confidence) in cases {
        let mut case = one_failure(Ending::NO_CREDENTIALS);
        case.host_mut("HV01").delegation = delegation.clone();
        // A joined cell can't tell a trailing blank from its delimiter; JSON can.
        case.exports.directory = Some(DirectoryFormat::Json7);
        let d = diagnose(&case);
        assert_eq!(answer(&d), (Status::CauseFound, Some(cause), Some(true), Some(confidence)), "{delegation:?}");
        let finding = &d.findings[0];
        assert!(finding.remediation.iter().any(|s| s.command.is_some()), "{cause}");
        if cause != "kcd-kerberos-only" {
            let add =
                finding.remediation.iter().filter_map(|s| s.command.as_deref()).find(|c| c.contains("-Add")).unwrap();
            for entry in [&short, &format!("cifs/hv02.{DOMAIN}")] {
                let listed = delegation.services.iter().any(|s| s.eq_ignore_ascii_case(entry));
                assert_eq!(
                    add.to_lowercase().contains(&format!("'{}'", entry.to_lowercase())),
                    !listed,
                    "{cause}: {entry} in {add}"
                );
            }
        }
    }
}

#[test]
fn an_entry_for_the_address_is_on_the_wrong_target() {
    let mut case = one_failure(Ending::NO_CREDENTIALS);
    case.host_mut("HV01").delegation = services(&["Microsoft Virtual System Migration Service/10.9.8.7"], true);
    let listens = log(vec![host_event(20407, "HV02", at(11, 10, 7, 0), &["10.9.8.7"])]);
    let d = diagnose_with(&case, &[("HV02/more.evtx", listens)]);
    assert_eq!(answer(&d), (Status::CauseFound, Some("kcd-wrong-target"), Some(true), Some(Confidence::Confirmed)));
}

#[test]
fn a_list_on_the_cluster_name_is_on_the_wrong_target() {
    let case = scenario("seed-cluster-hardening").unwrap();
    let entries = Delegation::complete(DOMAIN, &["HV01", "HV02", "HV03"]).services;
    let files = with_computer(&case, "HVCLU1", |o| o["msDS-AllowedToDelegateTo"] = entries.clone().into());
    let d = diagnose_files(&files);
    assert_eq!(d.verdict.primary_cause, Some("kcd-wrong-target"), "{}", d.verdict.headline);
}

#[test]
fn another_domain_needs_another_kind_of_delegation() {
    let case = one_failure(Ending::NoCredentials(0x8009_0357));
    // HV02 belongs to another domain of the forest.
    let files = with_computer(&case, "HV02", |o| {
        o["DistinguishedName"] = "CN=HV02,OU=Hyper-V,DC=emea,DC=contoso,DC=lab".into()
    });
    let d = diagnose_files(&files);
    assert_eq!(answer(&d), (Status::CauseFound, Some("kcd-cross-domain"), Some(true), Some(Confidence::Confirmed)));
    let appends = |c: &str| c.contains("PrincipalsAllowedToDelegateToAccount");
    assert!(d.findings[0].remediation.iter().any(|s| s.command.as_deref().is_some_and(appends)));
}

#[test]
fn a_user_who_may_not_be_delegated() {
    let mut case = one_failure(Ending::NO_CREDENTIALS);
    case.users = vec![User { name: "hvadmin".into(), sensitive: true, member_of: Vec::new(), changed: at(9, 1, 8, 0) }];
    case.exports.accounts = Some(DumpFormat::Json7);
    let logon = |user: &str, time| {
        audit(
            4624,
            "HV01",
            time,
            &[
                ("TargetUserSid", "S-1-5-21-1-2-3-1150"),
                ("TargetUserName", user),
                ("LogonType", "3"),
                ("IpAddress", "10.1.1.50"),
            ],
        )
    };
    let failed = at(11, 10, 9, 0);
    let security = log(vec![logon("hvadmin", failed - TimeDelta::seconds(4))]);
    let d = diagnose_with(&case, &[("HV01/Security.evtx", security.clone())]);
    assert_eq!(answer(&d), (Status::CauseFound, Some("initiator-not-delegable"), Some(true), Some(Confidence::Likely)));
    assert_eq!(d.findings[0].users, ["hvadmin"]);
    assert_eq!(d.attempts[0].initiator, Some(delegap::model::Initiator::Remote));
    // Another user's move of the same pair completes: nothing is left against it.
    case.moves.push(Move::new("app01", "HV01", "HV02", at(11, 10, 15, 0), Initiator::Remote, Ending::Completed));
    let both = log(vec![
        logon("hvadmin", failed - TimeDelta::seconds(4)),
        logon("other", at(11, 10, 15, 0) - TimeDelta::seconds(3)),
    ]);
    let d = diagnose_with(&case, &[("HV01/Security.evtx", both)]);
    assert_eq!(d.verdict.confidence, Some(Confidence::Confirmed), "{:?}", d.findings[0].against);
    // Not sensitive: nobody is accused.
    case.users[0].sensitive = false;
    let d = diagnose_with(&case, &[("HV01/Security.evtx", security)]);
    assert_eq!(d.verdict.status, Status::NoCauseProven);
}

#[test]
fn who_is_signed_in_on_the_source_needs_no_delegation() {
    let case = without_delegation(one_failure(Ending::NO_CREDENTIALS));
    let logon = audit(
        4624,
        "HV01",
        at(11, 10, 9, 0) - TimeDelta::seconds(20),
        &[
            ("TargetUserSid", "S-1-5-21-1-2-3-1150"),
            ("TargetUserName", "admin"),
            ("LogonType", "10"),
            ("IpAddress", "10.1.1.50"),
        ],
    );
    let d = diagnose_with(&case, &[("HV01/Security.evtx", log(vec![logon]))]);
    assert_eq!(
        (d.verdict.confidence, d.verdict.is_delegation),
        (Some(Confidence::Possible), None),
        "{}",
        d.verdict.headline
    );
}

#[test]
fn only_4742_shows_that_the_list_was_set_later() {
    let case = one_failure(Ending::NO_CREDENTIALS);
    let list = "\r\n\t\tMicrosoft Virtual System Migration Service/HV02\r\n\t\tMicrosoft Virtual System Migration Service/HV02.contoso.lab";
    let change = |time| {
        audit(
            4742,
            "DC01",
            time,
            &[
                ("TargetUserName", "HV01$"),
                ("AllowedToDelegateTo", list),
                ("OldUacValue", "0x84"),
                ("NewUacValue", "0x40084"),
            ],
        )
    };
    let later = log(vec![change(at(11, 10, 12, 0))]);
    let d = diagnose_with(&case, &[("DC01/Security.evtx", later)]);
    assert_eq!((d.verdict.primary_cause, d.verdict.is_delegation), (Some("delegation-not-effective-yet"), Some(true)));
    assert!(
        d.timeline.iter().any(|e| e.kind == "directory-change" && e.text.contains("protocol transition turned on"))
    );
    // An hour before the failure, and the source did not start anew: right, and not yet in force.
    let before = log(vec![change(at(11, 10, 8, 0))]);
    let d = diagnose_with(&case, &[("DC01/Security.evtx", before)]);
    assert_eq!(
        (d.verdict.primary_cause, d.verdict.confidence),
        (Some("delegation-not-effective-yet"), Some(Confidence::Likely))
    );
    // Longer before than any ticket lives: no excuse.
    let long_before = log(vec![change(at(11, 9, 8, 0))]);
    let d = diagnose_with(&case, &[("DC01/Security.evtx", long_before)]);
    assert_eq!(d.verdict.status, Status::NoCauseProven, "{}", d.verdict.headline);
}

#[test]
fn a_list_that_was_cleared_after_the_failure_did_not_cause_it() {
    let case = without_delegation(one_failure(Ending::NO_CREDENTIALS));
    let deleted = |value: &str, time| {
        audit(
            5136,
            "DC01",
            time,
            &[
                ("ObjectDN", "CN=HV01,OU=HyperV,DC=contoso,DC=lab"),
                ("AttributeLDAPDisplayName", "msDS-AllowedToDelegateTo"),
                ("AttributeValue", value),
                ("OperationType", "%%14675"),
            ],
        )
    };
    let flags = |value: &str, operation: &str, time| {
        audit(
            5136,
            "DC01",
            time,
            &[
                ("ObjectDN", "CN=HV01,OU=HyperV,DC=contoso,DC=lab"),
                ("AttributeLDAPDisplayName", "userAccountControl"),
                ("AttributeValue", value),
                ("OperationType", operation),
            ],
        )
    };
    let time = at(11, 10, 12, 0);
    let removed = log(vec![
        deleted("Microsoft Virtual System Migration Service/HV02", time),
        deleted("Microsoft Virtual System Migration Service/HV02.contoso.lab", time),
        flags("16781312", "%%14675", time),
        flags("4096", "%%14674", time),
    ]);
    let d = diagnose_with(&case, &[("DC01/Security.evtx", removed)]);
    assert!(d.findings.iter().all(|f| f.severity < Severity::Error), "{}", d.verdict.headline);
    assert!(d.pairs.iter().any(|p| p.source == "HV01" && p.destination == "HV02" && p.verdict == PairVerdict::Gap));
}

#[test]
fn the_repair_is_for_what_failed() {
    // One pair fails; the same gap on the other five is a notice with a repair of its own.
    let d = diagnose(&without_delegation(one_failure(Ending::NO_CREDENTIALS)));
    let pairs = |severity: Severity| {
        let finding = d.findings.iter().find(|f| f.cause == "kcd-missing" && f.severity == severity).unwrap();
        (finding.pairs.len(), finding.attempts.len(), finding)
    };
    let (failed, attempts, finding) = pairs(Severity::Error);
    assert_eq!((failed, attempts), (1, 1));
    assert!(d.verdict.headline.contains("HV01 → HV02:"), "{}", d.verdict.headline);
    let commands: Vec<_> = finding.remediation.iter().filter_map(|s| s.command.as_deref()).collect();
    assert!(commands.iter().any(|c| c.contains("-Add") && c.contains("HV02")));
    assert!(commands.iter().all(|c| !c.contains("HV03")), "{commands:?}");
    assert_eq!(pairs(Severity::Warning).0, 5);
}

#[test]
fn a_domain_controller_that_is_a_hyper_v_host_is_left_alone() {
    let case = without_delegation(one_failure(Ending::NO_CREDENTIALS));
    let spns = serde_json::json!([
        "Microsoft Virtual System Migration Service/DC01",
        "Microsoft Virtual System Migration Service/DC01.contoso.lab"
    ]);
    let d = diagnose_files(&with_computer(&case, "DC01", |o| o["servicePrincipalName"] = spns.clone()));
    assert!(d.pairs.iter().any(|p| p.source == "DC01"), "it is a Hyper-V host");
    for step in d.findings.iter().flat_map(|f| &f.remediation) {
        assert!(!step.command.as_deref().unwrap_or("").contains("DC01"), "{step:?}");
    }
}

#[test]
fn unconstrained_delegation_is_a_cause_only_with_the_event_that_blocks_it() {
    let mut case = one_failure(Ending::NO_CREDENTIALS);
    case.host_mut("HV01").delegation = Delegation::unconstrained();
    let found = |d: &Diagnosis| {
        let finding = d.findings.iter().find(|f| f.cause == "unconstrained-delegation").unwrap();
        (finding.severity, finding.confidence)
    };
    assert_eq!(found(&diagnose(&case)).0, Severity::Warning);
    let operational = "Microsoft-Windows-Kerberos/Operational";
    let time = at(11, 10, 9, 0) + TimeDelta::seconds(1);
    let blocked = EventSpec::new("Microsoft-Windows-Security-Kerberos", 201, operational, "HV01.contoso.lab", time);
    let d = diagnose_with(&case, &[("HV01/Kerberos.evtx", log(vec![blocked]))]);
    let errors = d.findings.iter().filter(|f| f.cause == "unconstrained-delegation" && f.severity == Severity::Error);
    assert_eq!(errors.map(|f| f.confidence).collect::<Vec<_>>(), [Confidence::Confirmed]);
    // The KDC's own 201 is an audit of encryption types.
    let audit =
        EventSpec::new("Microsoft-Windows-Kerberos-Key-Distribution-Center", 201, "System", "HV01.contoso.lab", time);
    let d = diagnose_with(&case, &[("HV01/System.evtx", log(vec![audit]))]);
    assert_eq!(found(&d).0, Severity::Warning);
}
