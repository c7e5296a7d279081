//! Real files: a directory exported from an AD server, public event logs, update lists of real machines.
//!
//! They are no part of the repository; without them these tests say so and pass.

use crate::support::{analyze, complaints, corpus, diagnose, report};
use serde_json::Value;
use std::collections::BTreeMap;

#[test]
fn delegation_of_a_real_directory() {
    let Some(corpus) = corpus() else { return };
    let report = report(&diagnose(&corpus, &["ad/samba"]));
    let pairs: Vec<_> = report["pairs"].as_array().unwrap().iter().map(verdict).collect();
    for (source, destination, verdict, gap, _) in &pairs {
        println!("{source} -> {destination}: {verdict} {gap}");
    }
    let found: Vec<_> = pairs.iter().map(|(s, d, verdict, gap, _)| (*s, *d, *verdict, *gap)).collect();
    let wanted = [
        ("HV01", "HV02", "ok", ""),
        ("HV01", "HV03", "ok", ""),
        ("HV02", "HV01", "gap", "kcd-kerberos-only"),
        ("HV02", "HV03", "gap", "kcd-wrong-service"),
        ("HV03", "HV01", "gap", "kcd-missing"),
        ("HV03", "HV02", "gap", "kcd-missing"),
    ];
    assert_eq!(found, wanted, "and the domain controller is in no pair");
    for (source, destination, _, _, reasons) in pairs.iter().filter(|(source, ..)| *source == "HV03") {
        assert!(reasons.contains("unconstrained delegation"), "{source} -> {destination}: {reasons}");
    }
}

type Pair<'a> = (&'a str, &'a str, &'a str, &'a str, String);

fn verdict(pair: &Value) -> Pair<'_> {
    let text = |v: &'static str| pair[v].as_str().unwrap();
    let delegation = &pair["delegation"];
    let reasons = delegation["reasons"].as_array().unwrap().iter().map(|r| r.as_str().unwrap());
    let reasons = reasons.collect::<Vec<_>>().join(" ");
    (
        text("source"),
        text("destination"),
        delegation["verdict"].as_str().unwrap(),
        delegation["gap"].as_str().unwrap_or(""),
        reasons,
    )
}

#[test]
fn delegation_changes_in_real_logs() {
    let Some(corpus) = corpus() else { return };
    let folder = "evtx/evtx-to-mitre/TA0003-Persistence/T1098.xxx-Account manipulation";
    let report = report(&diagnose(&corpus, &[folder]));
    let timeline = report["timeline"].as_array().unwrap();
    let changes: Vec<(&str, &str)> = timeline
        .iter()
        .filter(|e| e["kind"] == "directory-change")
        .map(|e| (e["ref"]["file"].as_str().unwrap(), e["text"].as_str().unwrap()))
        .collect();
    for (_, text) in &changes {
        println!("{text}");
    }
    // By the file that holds the event: attribute and value of 4742 and of 5136.
    for (file, attribute, value) in [
        (
            "specified service, Kerberos only",
            "msDS-AllowedToDelegateTo",
            "list is now: cifs/ATACORE01, cifs/atacore01.offsec.lan",
        ),
        ("specified service, Kerberos only", "msDS-AllowedToDelegateTo", "value added: cifs/ATACORE01"),
        ("specified service, any protocol", "msDS-AllowedToDelegateTo", "value added: cifs/atanids01.offsec.lan"),
        ("specified service, any protocol", "userAccountControl", "protocol transition turned on"),
        ("specified service, any protocol", "userAccountControl", "value added: 16781344"),
        ("any service, Kerberos only", "userAccountControl", "unconstrained delegation turned on"),
        ("any service, Kerberos only", "userAccountControl", "value added: 528416"),
        ("RBCD delegation", "msDS-AllowedToActOnBehalfOfOtherIdentity", "value added"),
    ] {
        let is_there =
            |(f, text): &(&str, &str)| f.contains(file) && text.starts_with(attribute) && text.contains(value);
        assert!(changes.iter().any(is_there), "{file}: {attribute} {value}");
    }
    // Setting "Kerberos only" leaves userAccountControl alone.
    assert!(
        !changes
            .iter()
            .any(|(f, text)| f.contains("specified service, Kerberos only") && text.contains("userAccountControl"))
    );
}

#[test]
fn the_whole_corpus_is_survived() {
    let Some(corpus) = corpus() else { return };
    let run = analyze(&corpus, &[".", "--format", "json"]);
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
    // No log in it holds a migration.
    assert_eq!(run.code, 0, "{}", run.stderr);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(complaints(&report), [] as [String; 0]);
    let mut table: BTreeMap<&str, [u64; 4]> = BTreeMap::new();
    for input in report["inputs"].as_array().unwrap() {
        let row = table.entry(input["kind"].as_str().unwrap()).or_default();
        let number = |key: &str| input[key].as_u64().unwrap_or(0);
        let problems = input["problems"].as_array().unwrap().len() as u64;
        for (cell, add) in row.iter_mut().zip([1, number("records"), number("selected"), problems]) {
            *cell += add;
        }
    }
    println!("{:<14} {:>6} {:>8} {:>8} {:>8}", "kind", "files", "records", "selected", "problems");
    for (kind, [files, records, selected, problems]) in &table {
        println!("{kind:<14} {files:>6} {records:>8} {selected:>8} {problems:>8}");
    }
    assert!(table["evtx"][0] > 300 && table["evtx"][1] > 30_000, "{table:?}");
}

#[test]
fn every_event_of_the_corpus_can_be_read() {
    let Some(corpus) = corpus() else { return };
    let some = analyze(&corpus, &["evtx", "--format", "json"]);
    let all = analyze(&corpus, &["evtx", "--format", "json", "--all-events"]);
    assert_eq!((all.code, all.stderr.as_str()), (some.code, some.stderr.as_str()));
    let (some, all): (Value, Value) =
        (serde_json::from_str(&some.stdout).unwrap(), serde_json::from_str(&all.stdout).unwrap());
    for input in all["inputs"].as_array().unwrap().iter().filter(|i| i["kind"] == "evtx") {
        assert_eq!(input["records"], input["selected"], "{}", input["path"]);
    }
    for key in ["verdict", "findings", "attempts", "pairs", "timeline"] {
        assert_eq!(some[key], all[key], "{key}: what is not selected changes no answer");
    }
}
