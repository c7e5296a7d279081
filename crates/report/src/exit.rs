//! The part of the exit code that depends on the diagnosis.

use delegap_model::{Check, CheckOutcome, Diagnosis, InputSummary, Kind, Outcome, Severity};

/// The process's exit code for `d`: 0, 1, 3 or 4. Code 2 (wrong use, an input that can't be read) is the caller's and
/// goes before all of them.
///
/// * 3: no input yielded a record. Localised strings (`mta`) only serve a log and don't count.
/// * 4, only when `strict`: an input has problems, or a check that exists could not run.
/// * 1: a finding of severity error, or a failed attempt that nothing explains.
pub fn exit_code(d: &Diagnosis, strict: bool) -> u8 {
    if !d.inputs.iter().any(yielded_records) {
        return 3;
    }
    if strict && (d.inputs.iter().any(|i| !i.problems.is_empty()) || d.checks.iter().any(could_not_run)) {
        return 4;
    }
    let error = d.findings.iter().any(|f| f.severity == Severity::Error);
    let unexplained = d.attempts.iter().any(|a| a.outcome == Outcome::Failed && a.explained_by.is_empty());
    u8::from(error || unexplained)
}

/// True for a cause of the catalogue that has no check yet.
pub fn is_not_implemented(check: &Check) -> bool {
    check.outcome == CheckOutcome::NotChecked && check.missing == ["not implemented"]
}

fn yielded_records(input: &InputSummary) -> bool {
    !matches!(input.kind, Kind::Unknown | Kind::Mta | Kind::Archive) && input.records.is_some_and(|n| n > 0)
}

fn could_not_run(check: &Check) -> bool {
    match check.outcome {
        CheckOutcome::Found | CheckOutcome::Clear => false,
        CheckOutcome::NotChecked => !is_not_implemented(check),
        CheckOutcome::Faulted => true,
    }
}
