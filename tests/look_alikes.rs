//! Cases that look alike and differ in the one thing that decides.

use crate::diagnosing::{answer, audit, diagnose, diagnose_with, host_event, log, one_failure, without_delegation};
use chrono::TimeDelta;
use delegap::model::{CheckOutcome, Confidence, Outcome, PairVerdict, Severity, Status, Time};
use delegap_testkit::case::{Authentication, Delegation, Ending, Initiator, Move};
use delegap_testkit::record::{EventSpec, Payload, Value};
use delegap_testkit::scenarios::{DOMAIN, at, node_pool};

#[test]
fn other_authentication_codes_never_accuse_delegation() {
    for code in [0x8009_0322, 0x8009_0303, 0x8009_0324, 0x8009_0311, 0x8009_0342, 0x8009_030c, 0x8009_0308] {
        let d = diagnose(&without_delegation(one_failure(Ending::Connect(code))));
        let accused: Vec<_> =
            d.findings.iter().filter(|f| f.severity == Severity::Error && f.cause.starts_with("kcd")).collect();
        assert!(accused.is_empty(), "{code:#x}: {accused:?}");
        assert_ne!(d.verdict.is_delegation, Some(true), "{code:#x}");
    }
}

#[test]
fn connection_codes_are_network_causes_whatever_the_directory_says() {
    for (code, cause) in [
        (0x8007_274c, "migration-port-blocked"),
        (0x8007_2751, "migration-port-blocked"),
        (0x8007_271d, "migration-port-blocked"),
    ] {
        let d = diagnose(&without_delegation(one_failure(Ending::Connect(code))));
        assert_eq!(answer(&d), (Status::CauseFound, Some(cause), Some(false), Some(Confidence::Likely)), "{code:#x}");
        assert!(d.findings.iter().any(|f| f.cause == "kcd-missing" && f.severity == Severity::Warning), "{code:#x}");
    }
    let d = diagnose(&without_delegation(one_failure(Ending::TransferLost(0x8007_2746))));
    assert_eq!(
        answer(&d),
        (Status::CauseFound, Some("connection-lost-in-transfer"), Some(false), Some(Confidence::Likely))
    );
}

#[test]
fn a_reset_at_connect_hides_a_refusal_and_stays_open() {
    for case in
        [one_failure(Ending::Connect(0x8007_2746)), without_delegation(one_failure(Ending::Connect(0x8007_2746)))]
    {
        let mut case = case;
        case.exports.without_logs_of = vec!["HV02".into()];
        let d = diagnose(&case);
        assert_eq!(answer(&d), (Status::InsufficientEvidence, None, None, None), "{}", d.verdict.headline);
        assert!(d.ask.iter().any(|a| a.contains("HV02")), "{:?}", d.ask);
    }
}

#[test]
fn refusals_of_the_destination_are_authorization() {
    let d = diagnose(&one_failure(Ending::DeniedByDestination(0x8007_0005)));
    assert_eq!(
        answer(&d),
        (Status::CauseFound, Some("initiator-not-authorized"), Some(false), Some(Confidence::Likely))
    );
}

#[test]
fn a_lost_logon_right_is_named() {
    let d = diagnose(&without_delegation(one_failure(Ending::LogonRightMissing)));
    assert_eq!(d.verdict.primary_cause, Some("logon-right-denied"), "{}", d.verdict.headline);
    assert_eq!(d.verdict.is_delegation, Some(false));
}

#[test]
fn credssp_policy_is_not_remote_initiation() {
    let mut case = one_failure(Ending::CredSspPolicy);
    for host in ["HV01", "HV02", "HV03"] {
        case.host_mut(host).authentication = Authentication::CredSsp;
    }
    let d = diagnose(&case);
    assert_eq!(
        answer(&d),
        (Status::CauseFound, Some("credssp-policy-blocked"), Some(false), Some(Confidence::Confirmed))
    );
    assert!(d.pairs.iter().all(|p| p.verdict == PairVerdict::NotRequired && p.required == Some(false)));
}

#[test]
fn a_listener_that_is_down_explains_a_refused_connection() {
    let case = without_delegation(one_failure(Ending::Connect(0x8007_274d)));
    let down = host_event(20409, "HV02", at(11, 10, 7, 0), &[]);
    let d = diagnose_with(&case, &[("HV02/more.evtx", log(vec![down.clone()]))]);
    assert_eq!(
        answer(&d),
        (Status::CauseFound, Some("migration-listener-down"), Some(false), Some(Confidence::Confirmed))
    );
    let up = host_event(20407, "HV02", at(11, 10, 8, 0), &["10.9.8.7"]);
    let d = diagnose_with(&case, &[("HV02/more.evtx", log(vec![down, up]))]);
    assert_eq!(d.verdict.primary_cause, Some("migration-port-blocked"));
    assert!(d.findings.iter().all(|f| f.cause != "migration-listener-down"));
}

#[test]
fn an_unregistered_service_name_at_the_destination() {
    let mut case = one_failure(Ending::Connect(0x8009_0303));
    case.host_mut("HV02").spns = Some(vec!["HOST/HV02".into(), "Hyper-V Replica Service/HV02".into()]);
    let d = diagnose(&case);
    assert_eq!(
        answer(&d),
        (Status::CauseFound, Some("migration-spn-missing"), Some(false), Some(Confidence::Confirmed))
    );
    let commands: Vec<_> = d.findings[0].remediation.iter().filter_map(|s| s.command.as_deref()).collect();
    assert!(
        commands.iter().any(|c| c.contains("setspn -S")) && commands.iter().all(|c| !c.contains("setspn -A")),
        "{commands:?}"
    );
}

/// 4769 with status 0xd on the domain controller.
fn refused_ticket(user: &str, service: &str, address: &str, time: Time) -> EventSpec {
    let data = [
        ("TargetUserName", user),
        ("ServiceName", service),
        ("IpAddress", address),
        ("Status", "0xd"),
        ("TransmittedServices", "-"),
    ];
    audit(4769, "DC01", time, &data)
}

#[test]
fn refused_tickets_support_and_never_decide() {
    let listens = log(vec![host_event(20407, "HV01", at(11, 10, 7, 0), &["10.9.8.1"])]);
    let second = at(11, 10, 9, 0) + TimeDelta::seconds(2);
    let noise = log(vec![
        refused_ticket("HV01$@CONTOSO.LAB", "HV02$", "::ffff:10.9.8.1", second),
        refused_ticket("admin@CONTOSO.LAB", "HV02$", "::ffff:10.9.8.1", second),
    ]);
    for (ending, cause) in [
        (Ending::Connect(0x8007_274c), "migration-port-blocked"),
        (Ending::TransferLost(0x8007_2746), "connection-lost-in-transfer"),
        (Ending::ProcessorIncompatible, "processor-incompatible"),
    ] {
        let case = without_delegation(one_failure(ending));
        let d = diagnose_with(&case, &[("DC01/Security.evtx", noise.clone()), ("HV01/more.evtx", listens.clone())]);
        assert_eq!(
            (d.verdict.primary_cause, d.verdict.is_delegation),
            (Some(cause), Some(false)),
            "{}",
            d.verdict.headline
        );
    }
}

#[test]
fn a_refusal_stated_by_the_destination_is_not_the_sources() {
    let d = diagnose(&without_delegation(one_failure(Ending::RefusedByDestination(0x8009_030e))));
    assert_ne!(d.verdict.confidence, Some(Confidence::Confirmed), "{}", d.verdict.headline);
    assert_ne!(d.verdict.is_delegation, Some(true), "{}", d.verdict.headline);
}

#[test]
fn a_drain_is_the_clusters_move() {
    let mut case = node_pool(vec![Delegation::none(), Delegation::unconstrained(), Delegation::none()]);
    case.moves = vec![Move::new("app01", "HV01", "HV02", at(11, 10, 9, 0), Initiator::Remote, Ending::NO_CREDENTIALS)];
    let mut drain =
        EventSpec::new("Microsoft-Windows-FailoverClustering", 1137, "System", "HV01.contoso.lab", at(11, 10, 9, 2));
    drain.payload = Payload::EventData(vec![(None, Value::from("app01")), (None, Value::from("5017"))]);
    let d = diagnose_with(&case, &[("HV01/more.evtx", log(vec![drain]))]);
    assert_eq!(d.attempts[0].initiator, Some(delegap::model::Initiator::Cluster));
    assert!(d.verdict.confidence <= Some(Confidence::Likely), "{}", d.verdict.headline);
}

#[test]
fn dumps_that_disagree_decide_nothing() {
    let case = without_delegation(one_failure(Ending::NO_CREDENTIALS));
    let other = br#"[{"ComputerName":"HV01","VirtualMachineMigrationEnabled":true,"VirtualMachineMigrationAuthenticationType":0}]"#;
    for name in ["a-vmhost.json", "z-vmhost.json"] {
        let d = diagnose_with(&case, &[(name, other.to_vec())]);
        assert_eq!((d.verdict.confidence, d.verdict.is_delegation), (Some(Confidence::Possible), None), "{name}");
        let said = d.findings.iter().find(|f| f.cause == "exports-disagree").expect("a finding");
        assert!(said.summary.contains("authentication type") && said.evidence.len() == 2, "{name}: {}", said.summary);
    }
}

#[test]
fn a_start_without_an_end_is_no_all_clear() {
    let mut case = one_failure(Ending::Completed);
    case.moves.clear();
    let id = "5A1B0C2D-0000-0000-0000-000000000001";
    let start = |minute| host_event(20413, "HV01", at(11, 10, 9, minute), &["app01", id, "HV02"]);
    let d = diagnose_with(&case, &[("HV01/more.evtx", log(vec![start(0)]))]);
    assert!(d.verdict.headline.contains("1 began"), "{}", d.verdict.headline);
    // The VM starts again from where it was, and HV02 shows nothing of it: the first try failed.
    let quiet = host_event(20410, "HV02", at(11, 10, 7, 0), &[]);
    let tries = [("HV01/more.evtx", log(vec![start(0), start(9)])), ("HV02/more.evtx", log(vec![quiet]))];
    let d = diagnose_with(&case, &tries);
    assert_eq!(d.attempts[0].outcome, Outcome::Failed, "{}", d.verdict.headline);
}

#[test]
fn each_concurrent_move_gets_its_own_explanation() {
    // 20309 names nothing: it belongs to the refusal, not to the time-out beside it.
    let mut case = without_delegation(one_failure(Ending::Completed));
    case.moves.clear();
    let time = at(11, 10, 9, 0);
    let later = |ms| time + TimeDelta::milliseconds(ms);
    let (a, b) = ("5A1B0C2D-0000-0000-0000-00000000000A", "5A1B0C2D-0000-0000-0000-00000000000B");
    let events = vec![
        host_event(20413, "HV01", time, &["a", a, "HV02"]),
        host_event(20413, "HV01", later(1), &["b", b, "HV03"]),
        host_event(20306, "HV01", later(1000), &["%%2148074254", "0x8009030E", "HV02"]),
        host_event(20306, "HV01", later(1001), &["%%2147952460", "0x8007274C", "HV03"]),
        host_event(20309, "HV01", later(1002), &[]),
        host_event(21024, "HV01", later(1003), &["b", b, "HV01"]),
        host_event(21024, "HV01", later(1004), &["a", a, "HV01"]),
    ];
    let d = diagnose_with(&case, &[("HV01/more.evtx", log(events))]);
    let cause = |vm: &str| {
        let attempt = d.attempts.iter().find(|x| x.vm_name.as_deref() == Some(vm)).unwrap();
        d.findings.iter().find(|f| f.attempts.contains(&attempt.id)).map(|f| f.cause)
    };
    assert_eq!((cause("a"), cause("b")), (Some("kcd-missing"), Some("migration-port-blocked")));
}

#[test]
fn two_hosts_set_to_different_types() {
    let mut case = one_failure(Ending::RefusedByDestination(0x8009_030e));
    case.host_mut("HV02").authentication = Authentication::CredSsp;
    let d = diagnose(&case);
    assert_eq!(
        answer(&d),
        (Status::CauseFound, Some("authentication-type-mismatch"), Some(false), Some(Confidence::Likely))
    );
    // Without a failure it is a warning; with the same type it is nothing.
    case.moves.clear();
    let quiet = diagnose(&case);
    assert!(
        quiet.findings.iter().any(|f| f.cause == "authentication-type-mismatch" && f.severity == Severity::Warning)
    );
    let same = diagnose(&one_failure(Ending::RefusedByDestination(0x8009_030e)));
    assert!(same.findings.iter().all(|f| f.cause != "authentication-type-mismatch"));
    // Nobody says what the hosts are set to: not checked.
    case.exports.vm_hosts = None;
    let blind = diagnose(&case);
    let check = blind.checks.iter().find(|c| c.cause == "authentication-type-mismatch").unwrap();
    assert_eq!(check.outcome, CheckOutcome::NotChecked);
}

#[test]
fn a_share_that_denies_access_and_a_list_without_cifs() {
    let id = "5A1B0C2D-0000-0000-0000-000000000001";
    let time = at(11, 10, 9, 0);
    let events = vec![
        host_event(20413, "HV01", time, &["app01", id, "HV02"]),
        host_event(20770, "HV01", time + TimeDelta::seconds(20), &[r"\\HV02\vms$\app01", "%%2147942405", "0x80070005"]),
        host_event(21024, "HV01", time + TimeDelta::seconds(21), &["app01", id, "HV01"]),
    ];
    let extra = [("HV01/more.evtx", log(events))];
    let mut case = one_failure(Ending::Completed);
    case.moves.clear();
    let right = diagnose_with(&case, &extra);
    assert!(right.findings.iter().all(|f| f.cause != "kcd-cifs-missing"), "{}", right.verdict.headline);
    let complete = Delegation::complete(DOMAIN, &["HV02", "HV03"]);
    let services = complete.services.iter().filter(|s| !s.starts_with("cifs/")).cloned().collect();
    case.host_mut("HV01").delegation = Delegation { services, ..complete };
    let d = diagnose_with(&case, &extra);
    assert_eq!(answer(&d), (Status::CauseFound, Some("kcd-cifs-missing"), Some(true), Some(Confidence::Likely)));
    let adds = |c: &str| c.contains("-Add") && c.contains("'cifs/HV02'") && !c.contains("Migration Service");
    assert!(d.findings[0].remediation.iter().any(|s| s.command.as_deref().is_some_and(adds)));
    // The directory is not there: not checked.
    case.exports.directory = None;
    let blind = diagnose_with(&case, &extra);
    let check = blind.checks.iter().find(|c| c.cause == "kcd-cifs-missing").unwrap();
    assert_eq!(check.outcome, CheckOutcome::NotChecked);
}
