//! Every cause against its fixtures: it fires, keeps quiet on its look-alike, says that it is blind, and knows its limits.

#[path = "causes/fixture.rs"]
pub mod fixture;

use crate::support::repository;
use delegap::model::{CheckOutcome, Confidence, Diagnosis, Finding, Outcome, Severity};
use fixture::{Expect, Fixture, FixtureFile};
use std::collections::BTreeSet;
use std::fs;

/// The files by cause id, in order.
fn fixtures() -> Vec<(String, FixtureFile)> {
    let folder = repository().join("fixtures/causes");
    let files = fs::read_dir(folder).expect("the fixtures").map(|e| e.expect("an entry").path());
    let mut files: Vec<_> = files.filter(|p| p.extension().is_some_and(|e| e == "toml")).collect();
    files.sort();
    let read = |path: &std::path::PathBuf| {
        let id = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(path).expect("a file");
        let file: FixtureFile = toml::from_str(&text).unwrap_or_else(|e| panic!("{id}: {e}"));
        (id, file)
    };
    files.iter().map(read).collect()
}

#[test]
fn every_cause_has_logic_words_fixtures_and_a_page() {
    let root = repository();
    let checks = fixture::diagnose(&Fixture::default()).checks;
    assert_eq!(checks.len(), 45);
    let files = fixtures();
    let ids: BTreeSet<&str> = files.iter().map(|(id, _)| id.as_str()).collect();
    let mut lacking = Vec::new();
    for check in &checks {
        let id = check.cause;
        if check.missing.iter().any(|m| m == "not implemented") {
            lacking.push(format!("{id}: no rule"));
        }
        for path in
            [format!("crates/engine/src/causes/{}.rs", id.replace('-', "_")), format!("crates/engine/causes/{id}.toml")]
        {
            if !root.join(&path).is_file() {
                lacking.push(format!("{id}: no {path}"));
            }
        }
        let kinds: BTreeSet<&str> =
            files.iter().filter(|(i, _)| i == id).flat_map(|(_, f)| &f.case).map(|c| c.kind.as_str()).collect();
        for kind in ["fires", "quiet", "blind"] {
            if !kinds.contains(kind) {
                lacking.push(format!("{id}: no case that is {kind:?}"));
            }
        }
    }
    let known: BTreeSet<&str> = checks.iter().map(|c| c.cause).collect();
    lacking.extend(ids.difference(&known).map(|id| format!("{id}: fixtures of an unknown cause")));
    assert!(lacking.is_empty(), "{}", lacking.join("\n"));
}

#[test]
fn fixtures_hold() {
    let mut wrong = Vec::new();
    let mut run = 0;
    for (id, file) in fixtures() {
        for case in &file.case {
            run += 1;
            let diagnosis = fixture::diagnose(case);
            let complaints = complaints(&id, case, &diagnosis);
            if !complaints.is_empty() {
                let of = |f: &Finding| format!("{} {:?} {:?} {:?}", f.cause, f.severity, f.confidence, f.attempts);
                let found: Vec<String> = diagnosis.findings.iter().map(of).collect();
                wrong.push(format!(
                    "{id} {} {:?}: {}\n    {}\n    {found:?}",
                    case.kind,
                    case.name,
                    complaints.join("; "),
                    diagnosis.verdict.headline
                ));
            }
        }
    }
    assert!(run > 0);
    assert!(wrong.is_empty(), "{} of {run}:\n{}", wrong.len(), wrong.join("\n"));
}

/// What a diagnosis says otherwise than a fixture.
fn complaints(id: &str, case: &Fixture, d: &Diagnosis) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut want = |ok: bool, text: String| {
        if !ok {
            wrong.push(text);
        }
    };
    let Expect { check, confidence, attempts, primary, is_delegation, severity, says } = &case.expect;
    let own: Vec<&Finding> = d.findings.iter().filter(|f| f.cause == id).collect();
    let explaining = own.iter().find(|f| f.severity == Severity::Error);
    let of_check = d.checks.iter().find(|c| c.cause == id).expect("every cause has a check");
    match case.kind.as_str() {
        "fires" => want(!own.is_empty(), "no finding".into()),
        "quiet" => want(explaining.is_none(), "explains a failed move".into()),
        "blind" => {
            want(explaining.is_none_or(|f| f.confidence == Confidence::Possible), "is sure without the data".into());
            want(of_check.outcome != CheckOutcome::Clear, "calls itself clear".into());
            want(!of_check.missing.is_empty() || !own.is_empty(), "names nothing missing".into());
            want(of_check.outcome != CheckOutcome::NotChecked || of_check.collect.is_some(), "names no command".into());
        }
        "boundary" => {}
        other => want(false, format!("unknown kind {other}")),
    }
    let outcome = match of_check.outcome {
        CheckOutcome::Found => "found",
        CheckOutcome::Clear => "clear",
        CheckOutcome::NotChecked => "not-checked",
        CheckOutcome::Faulted => "faulted",
    };
    want(check.as_deref().is_none_or(|c| c == outcome), format!("check is {outcome}: {:?}", of_check.missing));
    want(outcome != "faulted", "faulted".into());
    if let Some(level) = confidence {
        let got = explaining.map(|f| format!("{:?}", f.confidence).to_lowercase());
        want(got.as_deref() == Some(level), format!("confidence is {got:?}: {:?}", explaining.map(|f| &f.caveats)));
    }
    if let Some(vms) = attempts {
        let explained = |a: &&delegap::model::Attempt| explaining.is_some_and(|f| f.attempts.contains(&a.id));
        let mut got: Vec<&str> = d.attempts.iter().filter(explained).filter_map(|a| a.vm_name.as_deref()).collect();
        got.sort_unstable();
        let mut vms: Vec<&str> = vms.iter().map(String::as_str).collect();
        vms.sort_unstable();
        want(got == vms, format!("explains {got:?}"));
    }
    if let Some(cause) = primary {
        let got = d.verdict.primary_cause.unwrap_or("");
        want(got == cause, format!("primary is {got:?}"));
    }
    if let Some(answer) = is_delegation {
        want(d.verdict.is_delegation == Some(*answer), format!("is_delegation is {:?}", d.verdict.is_delegation));
    }
    if let Some(level) = severity {
        let got: Vec<String> = own.iter().map(|f| format!("{:?}", f.severity).to_lowercase()).collect();
        want(got.contains(level), format!("severities are {got:?}"));
    }
    let text = format!("{own:?}");
    for words in says.iter().flatten() {
        want(text.contains(words.as_str()), format!("does not say {words:?}"));
    }
    let failed = d.attempts.iter().filter(|a| a.outcome == Outcome::Failed).count();
    let made = case.moves.iter().filter(|m| m.ending != "completed").count();
    want(failed == made || !case.events_replace_moves(), format!("{failed} failed moves seen, {made} made"));
    wrong
}
