//! What programs build on: the shape of the JSON report and the words that explain the exit codes.

use crate::support::{analyze, case, complaints, delegap, diagnose, report, repository, run};
use delegap::report::SCHEMA;
use serde_json::Value;
use std::fs;

#[test]
fn a_report_names_the_committed_schema() {
    let report = report(&diagnose(&case("healthy"), &["input"]));
    assert_eq!((&report["format"], &report["schema"]), (&Value::from(1), &Value::from("report-v1.json")));
    let schema = repository().join("crates/report/schemas").join(report["schema"].as_str().unwrap());
    assert_eq!(fs::read_to_string(schema).unwrap(), SCHEMA);
}

#[test]
fn the_keys_of_format_1_are_there_in_their_order() {
    let report = report(&diagnose(&case("healthy"), &["input"]));
    let keys: Vec<&String> = report.as_object().unwrap().keys().collect();
    let wanted = "format schema tool knowledge_as_of verdict ask directory findings attempts pairs hosts onset timeline \
                  checks inputs escalation reported_stall counterfactual";
    assert_eq!(keys, wanted.split_whitespace().collect::<Vec<_>>());
    let verdict: Vec<&String> = report["verdict"].as_object().unwrap().keys().collect();
    assert_eq!(verdict, ["status", "primary_cause", "class", "is_delegation", "confidence", "headline"]);
}

#[test]
fn a_report_without_usable_inputs_keeps_the_format() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["."][..], &["nowhere"]] {
        let run = analyze(folder.path(), &[arguments, &["--format", "json"]].concat());
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(complaints(&report), [] as [String; 0], "{arguments:?}");
        assert_eq!(report["findings"], Value::Array(Vec::new()), "{arguments:?}");
    }
}

#[test]
fn every_cause_has_one_check() {
    let report = report(&diagnose(&case("healthy"), &["input"]));
    let mut checks: Vec<&str> =
        report["checks"].as_array().unwrap().iter().map(|c| c["cause"].as_str().unwrap()).collect();
    let all = checks.len();
    checks.sort_unstable();
    checks.dedup();
    assert_eq!(checks.len(), all);
    let files = fs::read_dir(repository().join("crates/engine/causes")).unwrap();
    let files = files.map(|e| e.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e == "toml"));
    assert_eq!(all, files.count());
}

#[test]
fn help_explains_the_exit_codes() {
    let folder = repository();
    let help = run(&mut delegap(&folder, &["analyze", "--help"]));
    assert_eq!((help.code, help.stderr.as_str()), (0, ""));
    for code in 0..=4 {
        assert!(help.stdout.contains(&format!("\n  {code}  ")), "exit code {code}");
    }
    for word in
        ["--format", "--output", "--strict", "--hash", "--threads", "--all-events", "--recover", "--color", "Examples:"]
    {
        assert!(help.stdout.contains(word), "{word}");
    }
    let version = run(&mut delegap(&folder, &["--version"]));
    assert_eq!((version.code, version.stdout), (0, format!("delegap {}\n", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn the_readme_shows_what_is_printed() {
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    let printed = fs::read_to_string(case("standalone-kcd-missing").join("report.txt")).unwrap();
    let samples: Vec<&str> = readme.split("```text\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(samples.len(), 2);
    for sample in samples {
        assert!(printed.contains(sample), "not in the committed report:\n{sample}");
    }
}
