//! The committed cases: their truth, their reports, and that neither order nor threads matter.
//!
//! `DELEGAP_BLESS=1 cargo test -p delegap cases` writes the reports anew.

use crate::support::{analyze, cases, complaints, diagnose, report};
use chrono::DateTime;
use delegap::report::{TerminalStyle, exit_code, json, markdown, terminal};
use delegap::{Case, Settings};
use serde_json::Value;
use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::{env, fs};

#[test]
fn every_case_is_judged_right() {
    let mut wrong = Vec::new();
    for (name, folder) in cases() {
        let truth: Value = serde_json::from_str(&fs::read_to_string(folder.join("truth.json")).unwrap()).unwrap();
        let diagnosis = diagnose(&folder, &["input"]);
        let report = report(&diagnosis);
        let mut expect = |what: &str, holds: bool, found: &Value, truth: &Value| {
            if !holds {
                wrong.push(format!("{name}: {what} is {found}, not {truth}"));
            }
        };
        let verdict = &report["verdict"];
        for (key, truth_key) in [("status", "status"), ("is_delegation", "is_delegation")] {
            expect(key, verdict[key] == truth[truth_key], &verdict[key], &truth[truth_key]);
        }
        for (key, truth_key) in [("primary_cause", "primary"), ("confidence", "confidence")] {
            let allowed = truth[truth_key].as_array();
            let holds = allowed.map_or(verdict[key].is_null(), |allowed| allowed.contains(&verdict[key]));
            expect(key, holds, &verdict[key], &truth[truth_key]);
        }
        let exit = Value::from(exit_code(&diagnosis, false));
        expect("exit code", exit == truth["exit"], &exit, &truth["exit"]);
        wrong.extend(wrong_attempts(&report["attempts"], &truth["attempts"]).iter().map(|w| format!("{name}: {w}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every move of the case is an attempt with the right hosts, outcome, start (to the minute) and initiator (if it
/// names one), and nothing else is.
fn wrong_attempts(found: &Value, truth: &Value) -> Vec<String> {
    let mut left: Vec<&Value> = found.as_array().unwrap().iter().collect();
    let mut wrong = Vec::new();
    for moved in truth.as_array().unwrap() {
        let fits = |a: &&Value| {
            let started = |v: &Value| v["started"].as_str().map(|t| DateTime::parse_from_rfc3339(t).unwrap());
            let apart = started(a).zip(started(moved)).map(|(a, b)| (a - b).abs());
            a["vm"]["name"] == moved["vm"]
                && (a["vm"]["id"].is_null() || a["vm"]["id"] == moved["vm_id"])
                && ["source", "destination", "outcome"].iter().all(|key| a[*key] == moved[*key])
                && apart.is_some_and(|apart| apart.num_seconds() <= 60)
                && (a["initiator"].is_null() || a["initiator"] == moved["by"])
        };
        match left.iter().position(fits) {
            Some(index) => drop(left.remove(index)),
            None => wrong.push(format!("no attempt for {moved}")),
        }
    }
    wrong.extend(left.iter().map(|a| format!("an attempt that was none: {} {}", a["id"], a["vm"]["name"])));
    wrong
}

#[test]
fn every_report_is_as_committed() {
    let bless = env::var_os("DELEGAP_BLESS").is_some();
    let mut changed = Vec::new();
    for (name, folder) in cases() {
        let diagnosis = diagnose(&folder, &["input"]);
        assert_eq!(complaints(&report(&diagnosis)), [] as [String; 0], "{name}: the schema");
        for (file, text) in [
            ("report.json", json::to_string(&diagnosis)),
            ("report.md", markdown(&diagnosis)),
            ("report.txt", terminal(&diagnosis, TerminalStyle { width: 120, color: false })),
        ] {
            let (path, text) = (folder.join(file), without_version(&text));
            if bless {
                fs::write(&path, text).unwrap();
            } else if fs::read_to_string(&path).ok().as_deref() != Some(&text) {
                changed.push(format!("{name}/{file}: {}", first_difference(&path, &text)));
            }
        }
    }
    let advice = "see what changed with: DELEGAP_BLESS=1 cargo test -p delegap cases, and git diff";
    assert!(changed.is_empty(), "{}\n{advice}", changed.join("\n"));
}

fn first_difference(path: &Path, text: &str) -> String {
    let Ok(committed) = fs::read_to_string(path) else { return "not there".to_owned() };
    let lines = committed.lines().zip(text.lines()).enumerate();
    match lines.into_iter().find(|(_, (old, new))| old != new) {
        Some((index, (old, new))) => format!("line {}:\n-{old}\n+{new}", index + 1),
        None => "one is longer".to_owned(),
    }
}

/// A release must not change the committed reports.
fn without_version(text: &str) -> String {
    text.replacen(&format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION")), "\"version\": \"0.0.0\"", 1)
}

#[test]
fn the_program_prints_what_the_library_says() {
    for (name, folder) in cases() {
        let diagnosis = diagnose(&folder, &["input"]);
        let run = analyze(&folder, &["input", "--format", "json"]);
        assert_eq!((run.code, run.stderr.as_str()), (i32::from(exit_code(&diagnosis, false)), ""), "{name}");
        assert!(run.stdout == json::to_string(&diagnosis), "{name}");
    }
}

#[test]
fn neither_order_nor_threads_change_a_byte() {
    for (name, folder) in cases() {
        let whole = json::to_string(&diagnose(&folder, &["input"]));
        let mut files = Vec::new();
        list(&folder, Path::new("input"), &mut files);
        assert!(files.len() > 1 || name == "directory-only", "{name}");
        let sorted: BTreeSet<_> = files.iter().cloned().collect();
        let reversed = sorted.iter().rev().cloned();
        // Every third, then the others: neither order nor its reverse.
        let (third, others): (Vec<_>, Vec<_>) = sorted.iter().cloned().enumerate().partition(|(i, _)| i % 3 == 1);
        let dealt = third.into_iter().chain(others).map(|(_, path)| path);
        let twice = sorted.iter().chain(&sorted).cloned();
        let with_folder = reversed.clone().take(1).chain([PathBuf::from("input")]);
        let orders = [reversed.collect::<Vec<_>>(), dealt.collect(), twice.collect(), with_folder.collect()];
        for (threads, order) in [1, 2, 3, 2].into_iter().zip(orders) {
            let threads = NonZeroUsize::new(threads);
            let settings = Settings { threads, base: Some(folder.clone()), ..Settings::default() };
            let diagnosis = Case::open_with(&order, &settings).unwrap().diagnose();
            assert!(json::to_string(&diagnosis) == whole, "{name}: {order:?} on {threads:?} threads");
        }
    }
}

fn list(base: &Path, folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(base.join(folder)).unwrap() {
        let entry = entry.unwrap();
        let path = folder.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            list(base, &path, found);
        } else {
            found.push(path);
        }
    }
}
