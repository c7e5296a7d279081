//! The committed cases, changed in ways that must not change the answer, and look-alikes that must change it.

use chrono::TimeDelta;
use delegap_model::{CheckOutcome, Confidence, Diagnosis, Outcome, PairVerdict, Severity, Status};
use delegap_parse::Options;
use delegap_testkit::case::{
    Authentication, Case, Channel, Delegation, DirectoryFormat, Ending, Initiator, Move, Os, Payloads,
};
use delegap_testkit::scenarios::{DOMAIN, at, node_pool, scenario, scenarios, standalone_pool};
use std::collections::BTreeMap;

type Answer = (Status, Option<&'static str>, Option<bool>, Option<Confidence>);

fn diagnose_files(files: &BTreeMap<String, Vec<u8>>) -> Diagnosis {
    let options = Options { selection: delegap_engine::selection(), ..Options::default() };
    let mut case = delegap_model::Case::default();
    for (name, bytes) in files {
        let parsed = if delegap_parse::is_evtx(bytes) {
            delegap_parse::read_evtx(name, bytes.as_slice(), &options)
        } else {
            delegap_parse::document(name, bytes, &options)
        };
        case.records.extend(parsed.records);
        case.inputs.push(parsed.summary);
    }
    delegap_engine::diagnose(case)
}

fn diagnose(case: &Case) -> Diagnosis {
    diagnose_files(&case.input_files())
}

fn answer(d: &Diagnosis) -> Answer {
    (d.verdict.status, d.verdict.primary_cause, d.verdict.is_delegation, d.verdict.confidence)
}

/// (VM, source, destination, completed) of every attempt, sorted.
fn moves_of(d: &Diagnosis) -> Vec<(String, String, String, bool)> {
    let mut moves: Vec<_> = d
        .attempts
        .iter()
        .map(|a| {
            let text = |t: &Option<String>| t.clone().unwrap_or_else(|| "?".into());
            (text(&a.vm_name), text(&a.source), text(&a.destination), a.outcome == Outcome::Completed)
        })
        .collect();
    moves.sort();
    moves
}

fn moves_made(case: &Case) -> Vec<(String, String, String, bool)> {
    let made = |m: &Move| (m.vm.clone(), m.from.clone(), m.to.clone(), m.ending == Ending::Completed);
    let mut moves: Vec<_> = case.moves.iter().map(made).collect();
    moves.sort();
    moves
}

#[test]
fn every_move_is_one_attempt() {
    for (name, case) in scenarios() {
        if case.exports.channels.is_empty() {
            continue;
        }
        assert_eq!(moves_of(&diagnose(&case)), moves_made(&case), "{name}");
    }
}

#[test]
fn no_export_format_changes_the_answer() {
    for (name, case) in scenarios() {
        // The lost lists are that case's point.
        if name == "lost-lists" || case.exports.directory.is_none() {
            continue;
        }
        let expected = answer(&diagnose(&case));
        for format in DirectoryFormat::COMPLETE {
            let mut varied = case.clone();
            varied.exports.directory = Some(format);
            assert_eq!(answer(&diagnose(&varied)), expected, "{name} as {format:?}");
        }
    }
}

#[test]
fn named_payloads_say_the_same_as_positional_ones() {
    for (name, case) in scenarios() {
        let mut varied = case.clone();
        varied.payloads = Payloads::Named;
        let (expected, got) = (diagnose(&case), diagnose(&varied));
        assert_eq!(answer(&got), answer(&expected), "{name}");
        assert_eq!(moves_of(&got), moves_of(&expected), "{name}");
    }
}

#[test]
fn clocks_that_differ_by_minutes_keep_attempts_together() {
    for (name, case) in scenarios() {
        let expected = diagnose(&case);
        for (host, minutes) in [("HV01", 4), ("HV01", -4), ("HV02", 3), ("HV02", -4), ("HV03", 4)] {
            let mut varied = case.clone();
            if !varied.hosts.iter().any(|h| h.name == host) {
                continue;
            }
            varied.host_mut(host).clock_ahead = TimeDelta::minutes(minutes);
            let got = diagnose(&varied);
            assert_eq!(moves_of(&got), moves_of(&expected), "{name}: {host} {minutes:+} min");
            assert_eq!(answer(&got), answer(&expected), "{name}: {host} {minutes:+} min");
        }
    }
}

/// Three standalone hosts with complete delegation, one VM's move changed.
fn one_failure(ending: Ending) -> Case {
    let peers = |own: &str| {
        let others: Vec<&str> = ["HV01", "HV02", "HV03"].into_iter().filter(|h| *h != own).collect();
        Delegation::complete(DOMAIN, &others)
    };
    let mut case = standalone_pool(Os::W2022, ["HV01", "HV02", "HV03"].map(peers).to_vec());
    case.moves = vec![Move::new("app01", "HV01", "HV02", at(11, 10, 9, 0), Initiator::Remote, ending)];
    case
}

fn without_delegation(mut case: Case) -> Case {
    for host in ["HV01", "HV02", "HV03"] {
        case.host_mut(host).delegation = Delegation::none();
    }
    case
}

#[test]
fn other_authentication_codes_never_accuse_delegation() {
    for code in [0x8009_0322, 0x8009_0303, 0x8009_0324, 0x8009_0311, 0x8009_0342, 0x8009_030c, 0x8009_0308] {
        let d = diagnose(&without_delegation(one_failure(Ending::Connect(code))));
        let accused: Vec<_> = d.findings.iter().filter(|f| f.severity == Severity::Error && f.cause.starts_with("kcd")).collect();
        assert!(accused.is_empty(), "{code:#x}: {accused:?}");
        assert_ne!(d.verdict.is_delegation, Some(true), "{code:#x}");
    }
}

#[test]
fn connection_codes_are_network_causes_whatever_the_directory_says() {
    for (code, cause) in [(0x8007_274c, "migration-port-blocked"), (0x8007_2751, "migration-port-blocked"), (0x8007_271d, "migration-port-blocked")] {
        let d = diagnose(&without_delegation(one_failure(Ending::Connect(code))));
        assert_eq!(answer(&d), (Status::CauseFound, Some(cause), Some(false), Some(Confidence::Likely)), "{code:#x}");
        assert!(d.findings.iter().any(|f| f.cause == "kcd-missing" && f.severity == Severity::Warning), "{code:#x}");
    }
    let d = diagnose(&without_delegation(one_failure(Ending::TransferLost(0x8007_2746))));
    assert_eq!(answer(&d), (Status::CauseFound, Some("connection-lost-in-transfer"), Some(false), Some(Confidence::Likely)));
}

#[test]
fn a_reset_at_connect_hides_a_refusal_and_stays_open() {
    for case in [one_failure(Ending::Connect(0x8007_2746)), without_delegation(one_failure(Ending::Connect(0x8007_2746)))] {
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
    assert_eq!(answer(&d), (Status::CauseFound, Some("initiator-not-authorized"), Some(false), Some(Confidence::Likely)));
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
    assert_eq!(answer(&d), (Status::CauseFound, Some("credssp-policy-blocked"), Some(false), Some(Confidence::Confirmed)));
    assert!(d.pairs.iter().all(|p| p.verdict == PairVerdict::NotRequired && p.required == Some(false)));
}

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
fn moves_that_fail_in_the_same_second_are_kept_apart() {
    let mut case = without_delegation(one_failure(Ending::NO_CREDENTIALS));
    case.exports.channels.push(Channel::Worker);
    let start = at(11, 10, 20, 0);
    case.moves = vec![
        Move::new("a", "HV01", "HV02", start, Initiator::Remote, Ending::NO_CREDENTIALS),
        Move::new("b", "HV01", "HV03", start, Initiator::Remote, Ending::Connect(0x8007_274c)),
        Move::new("c", "HV01", "HV02", start, Initiator::Remote, Ending::TransferLost(0x8007_2746)),
        Move::new("d", "HV02", "HV01", start, Initiator::Remote, Ending::NO_CREDENTIALS),
        Move::new("e", "HV01", "HV03", start + TimeDelta::seconds(1), Initiator::Remote, Ending::MemoryShort),
    ];
    let d = diagnose(&case);
    assert_eq!(moves_of(&d), moves_made(&case));
    let causes = |vm: &str| {
        let attempt = d.attempts.iter().find(|a| a.vm_name.as_deref() == Some(vm)).unwrap();
        let mut causes: Vec<&str> = d.findings.iter().filter(|f| f.attempts.contains(&attempt.id)).map(|f| f.cause).collect();
        causes.sort_unstable();
        causes
    };
    assert_eq!(causes("a"), ["kcd-missing"]);
    assert_eq!(causes("b"), ["migration-port-blocked"]);
    assert_eq!(causes("c"), ["connection-lost-in-transfer"]);
    assert_eq!(causes("d"), ["kcd-missing"]);
    assert_eq!(causes("e"), ["insufficient-memory"]);
    assert_eq!(d.verdict.primary_cause, Some("kcd-missing"));
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
    assert_eq!(answer(&d), (Status::CauseFound, Some("kcd-missing"), None, Some(Confidence::Likely)));
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

#[test]
fn every_cause_of_the_catalogue_has_one_check() {
    for (name, case) in scenarios() {
        let d = diagnose(&case);
        assert_eq!(d.checks.len(), 45, "{name}");
        for check in d.checks.iter().filter(|c| c.missing == ["not implemented"]) {
            assert_eq!(check.outcome, CheckOutcome::NotChecked, "{name}: {}", check.cause);
        }
        assert!(d.checks.iter().all(|c| c.outcome != CheckOutcome::Faulted), "{name}");
        assert!(d.checks.iter().all(|c| c.outcome != CheckOutcome::Clear || c.examined > 0), "{name}");
    }
}

#[test]
fn the_same_logs_twice_count_once() {
    for name in ["seed-cluster-hardening", "standalone-kcd-missing", "healthy"] {
        let mut files = scenario(name).unwrap().input_files();
        let expected = diagnose_files(&files);
        let copies: Vec<_> = files.iter().map(|(n, b)| (format!("copy/{n}"), b.clone())).collect();
        files.extend(copies);
        let got = diagnose_files(&files);
        assert_eq!(moves_of(&got), moves_of(&expected), "{name}");
        assert_eq!(answer(&got), answer(&expected), "{name}");
    }
}
