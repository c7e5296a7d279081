//! The committed cases, changed in ways that must not change the answer.

use crate::diagnosing::{
    answer, diagnose, diagnose_files, diagnose_recovering, diagnose_with, host_event, log, moves_made, moves_of,
    one_failure, read_files, without_delegation,
};
use chrono::TimeDelta;
use delegap::model::{CheckOutcome, Confidence, Diagnosis, Severity, Status};
use delegap_testkit::case::{Channel, Ending, Initiator, Move, Payloads};
use delegap_testkit::evtx::end_chunk_after;
use delegap_testkit::record::EventSpec;
use delegap_testkit::scenarios::{at, scenario, scenarios};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;

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
fn logs_saved_as_xml_give_the_same_answer() {
    for (name, case) in scenarios() {
        let files = case.input_files();
        let expected = diagnose_files(&files);
        let as_xml: BTreeMap<String, Vec<u8>> = files
            .into_iter()
            .map(|(path, bytes)| match path.strip_suffix(".evtx") {
                Some(stem) => (format!("{stem}.xml"), xml_of(bytes)),
                None => (path, bytes),
            })
            .collect();
        let got = diagnose_files(&as_xml);
        assert_eq!(moves_of(&got), moves_of(&expected), "{name}");
        assert_eq!(answer(&got), answer(&expected), "{name}");
        assert_eq!(got.findings.len(), expected.findings.len(), "{name}");
    }
}

#[test]
fn logs_as_json_give_the_same_answer() {
    for (name, case) in scenarios() {
        let files = case.input_files();
        let expected = diagnose_files(&files);
        for (end, written) in [("jsonl", dumped as fn(Vec<u8>) -> Vec<u8>), ("json", as_objects)] {
            let as_json: BTreeMap<String, Vec<u8>> = files
                .iter()
                .map(|(path, bytes)| match path.strip_suffix(".evtx") {
                    Some(stem) => (format!("{stem}.{end}"), written(bytes.clone())),
                    None => (path.clone(), bytes.clone()),
                })
                .collect();
            let got = diagnose_files(&as_json);
            assert_eq!(moves_of(&got), moves_of(&expected), "{name} {end}");
            assert_eq!(answer(&got), answer(&expected), "{name} {end}");
        }
    }
}

#[test]
fn messages_of_event_viewer_lead_to_the_same_cause() {
    let case = scenario("standalone-kcd-missing").expect("a case");
    let directory: BTreeMap<String, Vec<u8>> = case
        .input_files()
        .into_iter()
        .filter(|(path, _)| !path.ends_with(".evtx") && !path.ends_with(".MTA"))
        .collect();
    let id = "(Virtual machine ID 5A1B0C2D-0000-0000-0000-000000000001)";
    let rows = [
        ("9:00:00 PM", 20413, format!("The Virtual Machine Management Service initiated the live migration of virtual machine 'APP77' to destination host 'HV02'. {id}")),
        ("9:00:01 PM", 20306, "The Virtual Machine Management Service failed to establish a connection for a Virtual Machine migration with host 'HV02': No credentials are available in the security package (0x8009030E).".to_owned()),
        ("9:00:02 PM", 21024, format!("Virtual machine migration operation for 'APP77' failed at migration source 'HV01'. {id}\r\n\r\nFailed.")),
    ];
    let rows = rows.map(|(time, id, message)| {
        format!("Error,11/20/2026 {time},Microsoft-Windows-Hyper-V-VMMS,{id},None,\"{message}\"\r\n")
    });
    let csv = format!("Level,Date and Time,Source,Event ID,Task Category\r\n{}", rows.concat());
    // No column names the computer: the folder does.
    let mut files = directory;
    files.insert("HV01/VMMS-Admin.csv".to_owned(), csv.into_bytes());
    let got = diagnose_files(&files);
    let text = |t: &str| t.to_owned();
    assert_eq!(moves_of(&got), [(text("APP77"), text("HV01"), text("HV02"), false)]);
    let expected = diagnose(&case);
    assert_eq!(got.verdict.primary_cause, expected.verdict.primary_cause);
    let input = got.inputs.iter().find(|i| i.path.ends_with("VMMS-Admin.csv")).expect("the log");
    assert_eq!((input.host.as_deref(), input.problems.len()), (Some("HV01"), 2));
}

/// A log as evtx_dump writes it.
pub fn dumped(log: Vec<u8>) -> Vec<u8> {
    let mut parser = evtx::EvtxParser::from_buffer(log).expect("a log");
    let lines = parser.records_json_value().map(|r| format!("{}\n", r.expect("a record").data));
    lines.collect::<String>().into_bytes()
}

/// A log as `Get-WinEvent | ConvertTo-Json` writes it: values by their order, without names.
pub fn as_objects(log: Vec<u8>) -> Vec<u8> {
    let mut parser = evtx::EvtxParser::from_buffer(log).expect("a log");
    let objects = parser.records_json_value().map(|record| {
        let event = &record.expect("a record").data["Event"];
        let system = &event["System"];
        let mut values = Vec::new();
        leaves(&event["EventData"], &mut values);
        leaves(&event["UserData"], &mut values);
        let id = &system["EventID"];
        serde_json::json!({
            "Id": if id.is_object() { &id["#text"] } else { id },
            "Level": system["Level"],
            "RecordId": system["EventRecordID"],
            "ProviderName": system["Provider"]["#attributes"]["Name"],
            "LogName": system["Channel"],
            "MachineName": system["Computer"],
            "UserId": { "BinaryLength": 12, "Value": system["Security"]["#attributes"]["UserID"] },
            "TimeCreated": system["TimeCreated"]["#attributes"]["SystemTime"],
            "Properties": values,
            "Message": null,
        })
    });
    serde_json::to_vec(&objects.collect::<Vec<_>>()).expect("JSON")
}

fn leaves(value: &serde_json::Value, values: &mut Vec<serde_json::Value>) {
    match value {
        serde_json::Value::Null => {}
        serde_json::Value::Object(members) => {
            for (name, member) in members.iter().filter(|(name, _)| *name != "#attributes") {
                // An element without text is a value too.
                if member.is_null() && name != "EventData" {
                    values.push(serde_json::json!({"Value": ""}))
                }
                leaves(member, values);
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| leaves(item, values)),
        one => values.push(serde_json::json!({ "Value": one })),
    }
}

/// A log as Event Viewer saves it in PowerShell's UTF-16, rendered by another reader.
pub fn xml_of(log: Vec<u8>) -> Vec<u8> {
    let mut parser = evtx::EvtxParser::from_buffer(log).expect("a log");
    let texts: Vec<String> = parser.records().map(|r| r.expect("a record").data).collect();
    let text = format!("<Events>\r\n{}\r\n</Events>", texts.concat());
    [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
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
        let mut causes: Vec<&str> =
            d.findings.iter().filter(|f| f.attempts.contains(&attempt.id)).map(|f| f.cause).collect();
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
fn the_number_of_threads_changes_nothing() {
    let mut files = scenario("standalone-kcd-missing").unwrap().input_files();
    // Enough for several threads; often several records of one moment, and all of them in two logs.
    let start = at(11, 2, 0, 0);
    let many = (0..2600_u32).flat_map(|number| {
        let vm = format!("vm{}", number % 40);
        let time = start + TimeDelta::seconds(i64::from(number / 3));
        [(20413, [vm.as_str(), "", "HV02"]), (20415, [vm.as_str(), "", "0.8"])].map(|(id, values)| EventSpec {
            record_id: Some(u64::from(number)),
            ..host_event(id, "HV07", time, &values)
        })
    });
    let many = log(many.collect());
    files.insert("HV07/VMMS.evtx".to_owned(), many.clone());
    files.insert("HV07 again/VMMS.evtx".to_owned(), many);
    let case = read_files(&files);
    let on = |threads: usize| delegap_engine::diagnose_on(case.clone(), NonZeroUsize::new(threads).unwrap()).0;
    let alone = on(1);
    assert!(alone.attempts.len() > 2000, "{}", alone.attempts.len());
    for threads in [2, 3, 8] {
        assert_eq!(on(threads), alone, "{threads}");
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

#[test]
fn stale_copies_of_live_records_change_nothing() {
    let case = scenario("standalone-kcd-missing").unwrap();
    let mut files = case.input_files();
    let expected = diagnose_files(&files);
    let logs: Vec<String> = files.keys().filter(|name| name.ends_with(".evtx")).cloned().collect();
    for name in &logs {
        let mut emptied = files[name].clone();
        end_chunk_after(&mut emptied, 0, 1);
        // Before the live log by name and by place in the file.
        files.insert(format!("0/{name}"), emptied);
    }
    let got = diagnose_recovering(&files);
    assert_eq!((moves_of(&got), answer(&got)), (moves_of(&expected), answer(&expected)));
    let shown = |d: &Diagnosis| format!("{:?} {:?} {:?}", d.findings, d.attempts, d.timeline);
    assert!(!shown(&got).contains("Recovered("));

    // Without the live logs they are what is left of the case, and say so; without the option nothing is left.
    logs.iter().for_each(|name| drop(files.remove(name)));
    let got = diagnose_recovering(&files);
    assert_eq!(moves_of(&got), moves_of(&expected));
    assert!(shown(&got).contains("Recovered("));
    assert!(got.inputs.iter().any(|input| input.recovered.is_some_and(|found| found.records > 0)));
    assert_eq!(diagnose_files(&files).attempts, []);
}

#[test]
fn a_dump_of_the_provider_gives_messages_and_changes_nothing_else() {
    let dump = |text: &str| {
        let head = "name: Microsoft-Windows-Hyper-V-VMMS\r\nguid: 6066f867-7ca1-4418-85fd-36e3f9c0600c\r\nevents:\r\n";
        format!("{head}  event:\r\n    value: 20306\r\n    version: 0\r\n    message: {text}\r\n").into_bytes()
    };
    let mut files = scenario("standalone-kcd-missing").unwrap().input_files();
    let expected = diagnose_files(&files);
    let shown = |d: &Diagnosis| format!("{:?}", d.findings);
    // A code and a refusal that only the text has.
    files.insert("vmms.txt".to_owned(), dump("No way to '%3' (%2), nor 0x80070005: access denied."));
    let got = diagnose_files(&files);
    assert_eq!((moves_of(&got), answer(&got)), (moves_of(&expected), answer(&expected)));
    assert_eq!(got.findings.len(), expected.findings.len());
    assert!(shown(&got).contains("; its message: No way to 'HV"), "{}", shown(&got));

    // Another build tells it in other words: which is right is not known.
    files.insert("vmms-2.txt".to_owned(), dump("Can't reach '%3'."));
    assert!(!shown(&diagnose_files(&files)).contains("its message"));
}

#[test]
fn a_log_that_lost_its_start_still_gives_the_attempt() {
    // VMMS-Admin wraps early: only the end of the move is left, and nothing of the destination.
    let mut case = without_delegation(one_failure(Ending::NO_CREDENTIALS));
    case.moves.clear();
    let time = at(11, 10, 9, 0);
    let id = "5A1B0C2D-0000-0000-0000-000000000001";
    let tail = log(vec![
        host_event(20306, "HV01", time, &["%%2148074254", "0x8009030E", "HV02"]),
        host_event(20309, "HV01", time + TimeDelta::milliseconds(3), &[]),
        host_event(21024, "HV01", time + TimeDelta::milliseconds(90), &["app01", id, "HV01"]),
    ]);
    let d = diagnose_with(&case, &[("HV01/tail.evtx", tail)]);
    assert_eq!(d.attempts.len(), 1);
    assert_eq!(answer(&d), (Status::CauseFound, Some("kcd-missing"), Some(true), Some(Confidence::Confirmed)));
    // Two lines without even the VM.
    let bare = log(vec![
        host_event(20306, "HV01", time, &["%%2148074254", "0x8009030E", "hv02.contoso.lab"]),
        host_event(20309, "HV01", time + TimeDelta::milliseconds(3), &[]),
    ]);
    let d = diagnose_with(&case, &[("HV01/tail.evtx", bare)]);
    assert_eq!((d.attempts.len(), d.attempts[0].vm_name.as_deref()), (1, None));
    assert_eq!(answer(&d), (Status::CauseFound, Some("kcd-missing"), Some(true), Some(Confidence::Confirmed)));
}

/// Whatever the customer leaves out, no other cause is named than the true one, and delegation is not accused wrongly.
#[test]
fn what_is_withheld_makes_the_answer_weaker_and_never_wrong() {
    for (name, case) in scenarios() {
        let files = case.input_files();
        let full = diagnose_files(&files);
        let groups: Vec<Vec<&String>> = {
            let mut groups: Vec<Vec<&String>> = files.keys().map(|k| vec![k]).collect();
            for host in ["HV01/", "HV02/", "HV03/", "DC01/"] {
                groups.push(files.keys().filter(|k| k.starts_with(host)).collect());
            }
            groups.push(files.keys().filter(|k| !k.contains('/')).collect());
            groups
        };
        for withheld in groups {
            let rest =
                files.iter().filter(|(k, _)| !withheld.contains(k)).map(|(k, b)| (k.clone(), b.clone())).collect();
            let d = diagnose_files(&rest);
            let told = format!("{name} without {withheld:?}: {:?} {}", d.verdict.primary_cause, d.verdict.headline);
            if let Some(primary) = d.verdict.primary_cause.filter(|_| d.verdict.confidence > Some(Confidence::Possible))
            {
                let true_causes: Vec<_> =
                    full.findings.iter().filter(|f| f.severity == Severity::Error).map(|f| f.cause).collect();
                assert!(true_causes.contains(&primary), "{told}");
            }
            if d.verdict.is_delegation == Some(true) {
                assert_eq!(full.verdict.is_delegation, Some(true), "{told}");
            }
            if d.verdict.is_delegation == Some(false) && full.verdict.is_delegation == Some(true) {
                assert_eq!(d.verdict.status, Status::NoFailures, "{told}");
            }
        }
    }
}
