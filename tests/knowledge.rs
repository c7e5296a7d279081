//! The knowledge files as data: what is used has a row with a source, and hearsay never decides.

use crate::diagnosing::{diagnose_with, host_event, log, one_failure};
use crate::support::repository;
use delegap::model::{Confidence, Diagnosis, Severity};
use delegap_testkit::case::Ending;
use delegap_testkit::record::{EventSpec, Payload, Value as Field};
use delegap_testkit::scenarios::{DOMAIN, at};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use toml::Value;

fn knowledge(file: &str) -> String {
    fs::read_to_string(repository().join("crates/engine/knowledge").join(file)).expect("a file of the engine")
}

fn rows(file: &str, table: &str) -> Vec<Value> {
    let value: Value = toml::from_str(&knowledge(file)).expect("TOML");
    value[table].as_array().expect("a list of tables").clone()
}

fn text<'a>(row: &'a Value, key: &str) -> &'a str {
    row.get(key).and_then(Value::as_str).unwrap_or("")
}

/// One value or several.
fn several(row: &Value, key: &str) -> Vec<Value> {
    match &row[key] {
        Value::Array(all) => all.clone(),
        one => vec![one.clone()],
    }
}

/// Name and text of the files of a folder of the engine with an extension.
fn files(folder: &str, extension: &str) -> Vec<(String, String)> {
    let list = fs::read_dir(repository().join("crates/engine").join(folder)).expect("a folder of the engine");
    let paths = list.map(|e| e.expect("an entry").path()).filter(|p| p.extension().is_some_and(|e| e == extension));
    paths.map(|p| (p.display().to_string(), fs::read_to_string(&p).expect("a file"))).collect()
}

/// The words of a text that begin with `prefix` and go on in characters that `belongs` takes.
fn words<'a>(text: &'a str, prefix: &'a str, belongs: fn(char) -> bool) -> impl Iterator<Item = &'a str> {
    text.match_indices(prefix).map(move |(i, _)| {
        let rest = &text[i + prefix.len()..];
        let end = rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        &text[i..i + prefix.len() + end]
    })
}

#[test]
fn every_code_that_is_used_has_a_row_with_a_source() {
    let mut known: BTreeSet<u32> = BTreeSet::new();
    for (file, table) in [("codes.toml", "code"), ("kdc.toml", "kdc")] {
        for row in rows(file, table) {
            assert!(!text(&row, "source").trim().is_empty(), "{file}: {row}");
            known.insert(u32::try_from(row["code"].as_integer().expect("a code")).expect("32 bits"));
        }
    }
    let mut used = 0;
    let data = ["hardening.toml", "policies.toml", "signals.toml"].map(|f| (f.to_owned(), knowledge(f)));
    for (file, content) in files("causes", "toml").into_iter().chain(files("src/causes", "rs")).chain(data) {
        for word in words(&content, "0x", |c| c.is_ascii_hexdigit() || c == '_') {
            let digits = word[2..].replace('_', "");
            if digits.len() == 8 {
                used += 1;
                let code = u32::from_str_radix(&digits, 16).expect("eight digits");
                assert!(known.contains(&code), "{file}: {word} has no row");
            }
        }
    }
    assert!(used > 20, "{used}");
}

#[test]
fn every_update_that_is_used_has_a_row_with_a_source() {
    let table = knowledge("updates.tsv");
    let sources: BTreeSet<&str> =
        table.lines().filter_map(|l| l.strip_prefix("#@ ")?.split_once('\t')).map(|(key, _)| key).collect();
    let rows_of_table: Vec<Vec<&str>> =
        table.lines().filter(|l| !l.starts_with('#')).map(|l| l.split('\t').collect()).collect();
    for row in &rows_of_table {
        assert!(row.last().is_some_and(|source| sources.contains(source)), "{row:?} has no source");
    }
    let mut known: BTreeSet<String> = rows_of_table.iter().map(|r| r[0].to_owned()).collect();
    for programme in rows("hardening.toml", "programme") {
        assert!(!text(&programme, "source").is_empty(), "{programme}");
        known.extend(several(&programme, "articles").iter().filter_map(Value::as_str).map(str::to_owned));
    }
    // The rows of programmes and policies bring their own sources.
    for line in ["hardening.toml", "policies.toml"].map(knowledge).iter().flat_map(|t| t.lines()) {
        if line.starts_with("source =") || line.starts_with("url =") {
            known.extend(words(line, "KB", |c| c.is_ascii_digit()).map(str::to_owned));
        }
    }
    let texts = files("causes", "toml")
        .into_iter()
        .chain(["hardening.toml", "policies.toml"].map(|f| (f.to_owned(), knowledge(f))));
    for (file, content) in texts {
        // What a row names as its source is a source, not a fact.
        for line in
            content.lines().filter(|l| !["source =", "url =", "#"].iter().any(|s| l.trim_start().starts_with(s)))
        {
            for kb in words(line, "KB", |c| c.is_ascii_digit()).filter(|kb| kb.len() > 7) {
                assert!(known.contains(kb), "{file}: {kb} has no row: {line}");
            }
        }
    }
}

fn explaining(d: &Diagnosis) -> Vec<(&'static str, Confidence)> {
    d.findings.iter().filter(|f| f.severity == Severity::Error).map(|f| (f.cause, f.confidence)).collect()
}

/// A move from HV01 to HV02 that fails at 9:00 without a reason, and more.
fn bare_failure_with(more: Vec<EventSpec>) -> Diagnosis {
    let mut case = one_failure(Ending::Completed);
    case.moves.clear();
    let id = "6F2B1B1A-52B0-4D4A-9B0C-0C3F1E6A7D01";
    let mut events = vec![
        host_event(20413, "HV01", at(11, 10, 9, 0), &["app01", id, "HV02"]),
        host_event(21024, "HV01", at(11, 10, 9, 0) + chrono::TimeDelta::seconds(3), &["app01", id, "HV01"]),
    ];
    events.extend(more);
    events.sort_by_key(|e| e.time);
    let d = diagnose_with(&case, &[("HV01/more.evtx", log(events))]);
    assert!(d.attempts.iter().any(|a| a.outcome == delegap::model::Outcome::Failed), "the move is seen to fail");
    d
}

#[test]
fn an_event_known_from_hearsay_gives_a_possible_cause_at_most() {
    let hearsay: Vec<Value> =
        rows("signals.toml", "event").into_iter().filter(|e| e.get("alone") == Some(&Value::Boolean(false))).collect();
    let (mut tried, mut possible) = (0, BTreeSet::new());
    for rule in &hearsay {
        for (provider, id) in several(rule, "provider")
            .iter()
            .flat_map(|p| several(rule, "id").into_iter().map(move |id| (p.as_str().unwrap().to_owned(), id)))
        {
            let id = u16::try_from(id.as_integer().unwrap()).unwrap();
            let channel = match provider.as_str() {
                "Microsoft-Windows-NTLM" => "Microsoft-Windows-NTLM/Operational",
                "Microsoft-Windows-Security-Auditing" => "Security",
                _ => "System",
            };
            // Values that name whatever the event could be about.
            for value in
                ["HV01", "HV02", "HV02.contoso.lab", "HV02$", "Hyper-V Virtual Machine Management", "admin.berg"]
            {
                let event = |host: &str| {
                    let time = at(11, 10, 9, 0) + chrono::TimeDelta::seconds(1);
                    let mut event = EventSpec::new(&provider, id, channel, &format!("{host}.{DOMAIN}"), time);
                    event.payload = Payload::EventData(vec![(None, Field::from(value)), (None, Field::from(value))]);
                    event
                };
                let d = bare_failure_with(vec![event("HV01"), event("HV02"), event("DC01")]);
                for (cause, confidence) in explaining(&d) {
                    assert!(confidence <= Confidence::Possible, "{provider} {id} ({value}): {cause} {confidence:?}");
                    possible.insert(cause);
                }
                tried += 1;
            }
        }
    }
    assert!(tried >= 11 && possible.len() > 1, "{tried} tried, {possible:?} possible");
}

#[test]
fn a_code_that_never_decides_gives_a_possible_cause_at_most() {
    let codes: Vec<Value> =
        rows("codes.toml", "code").into_iter().filter(|c| c.get("alone") == Some(&Value::Boolean(false))).collect();
    assert!(!codes.is_empty());
    for row in codes {
        let code = u32::try_from(row["code"].as_integer().unwrap()).unwrap();
        let d = diagnose_with(&one_failure(Ending::Connect(code)), &[]);
        for (cause, confidence) in explaining(&d) {
            assert!(confidence <= Confidence::Possible, "{code:#010x}: {cause} {confidence:?}");
        }
    }
}

/// A file of the collected facts, where they are at hand.
fn collected(file: &str) -> Option<String> {
    fs::read_to_string(repository().join("../shared/knowledge").join(Path::new(file))).ok()
}

#[test]
fn events_collected_as_hearsay_are_marked_so() {
    let Some(table) = collected("events.tsv") else { return };
    let rules = rows("signals.toml", "event");
    let mut compared = 0;
    for line in table.lines().filter(|l| l.contains("never decides alone")) {
        let cells: Vec<&str> = line.split('\t').collect();
        let rule = rules.iter().find(|r| {
            several(r, "provider").iter().any(|p| p.as_str() == Some(cells[0]))
                && several(r, "id").iter().any(|i| i.as_integer().map(|i| i.to_string()).as_deref() == Some(cells[2]))
        });
        if let Some(rule) = rule {
            compared += 1;
            assert_eq!(rule.get("alone"), Some(&Value::Boolean(false)), "{} {}", cells[0], cells[2]);
        }
    }
    assert!(compared > 5, "{compared}");
}

#[derive(Deserialize)]
struct Programmes {
    programmes: Vec<Collected>,
}

#[derive(Deserialize)]
struct Policies {
    policies: Vec<Collected>,
}

/// A programme or a policy.
#[derive(Deserialize)]
struct Collected {
    id: String,
    confidence: Option<String>,
    source: Option<String>,
    #[serde(default)]
    phases: Vec<Phase>,
}

#[derive(Deserialize)]
struct Phase {
    date: Option<String>,
    confidence: Option<String>,
}

#[test]
fn programmes_and_policies_collected_as_hearsay_are_marked_so() {
    let (Some(programmes), Some(policies)) = (collected("hardening.yaml"), collected("policies.yaml")) else { return };
    let programmes: Programmes = serde_saphyr::from_str(&programmes).expect("the programmes");
    let own: BTreeMap<String, Value> =
        rows("hardening.toml", "programme").into_iter().map(|p| (text(&p, "id").to_owned(), p)).collect();
    let mut compared = 0;
    for programme in &programmes.programmes {
        let Some(own) = own.get(&programme.id) else { continue };
        let phases = own.get("phase").and_then(Value::as_array).cloned().unwrap_or_default();
        for phase in programme.phases.iter().filter(|p| p.confidence.as_deref() == Some("C")) {
            let on_day = |own: &&Value| Some(text(own, "date")) == phase.date.as_deref();
            for own in phases.iter().filter(on_day) {
                compared += 1;
                assert_eq!(text(own, "confidence"), "C", "{} {:?}", programme.id, phase.date);
            }
        }
    }
    let policies: Policies = serde_saphyr::from_str(&policies).expect("the policies");
    let own: BTreeMap<String, Value> =
        rows("policies.toml", "policy").into_iter().map(|p| (text(&p, "id").to_owned(), p)).collect();
    for policy in &policies.policies {
        let unverified = policy.source.as_deref().is_some_and(|s| s.contains("UNVERIFIED"));
        if let Some(own) = own.get(&policy.id).filter(|_| unverified || policy.confidence.as_deref() == Some("C")) {
            compared += 1;
            assert_eq!(text(own, "confidence"), "C", "{}", policy.id);
        }
    }
    assert!(compared > 3, "{compared}");
}

#[test]
fn updates_collected_as_unverified_are_marked_so() {
    let Some(table) = collected("kb.tsv") else { return };
    let own = knowledge("updates.tsv");
    let mut compared = 0;
    for line in table.lines().filter(|l| l.contains("UNVERIFIED")) {
        let kb = line.split('\t').next().expect("a number");
        for row in own.lines().filter(|l| l.split('\t').next() == Some(kb)) {
            compared += 1;
            assert_ne!(row.split('\t').nth(5), Some("seen"), "{row}");
        }
    }
    assert!(compared > 0);
}
