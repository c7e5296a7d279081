//! The exit code and its precedence.

use crate::cases::{empty, rich};
use delegap_model::{CheckOutcome, Diagnosis, Kind, Severity};
use delegap_report::exit_code;

/// A log was read, nothing is wrong and every check ran.
fn all_clear() -> Diagnosis {
    let mut d = rich();
    d.findings.clear();
    d.attempts.retain(|a| a.stopped_in.is_none());
    d.checks.retain(|c| c.outcome == CheckOutcome::Clear);
    d.inputs.truncate(1);
    d.inputs[0].problems.clear();
    d
}

#[test]
fn zero_when_nothing_is_wrong() {
    assert_eq!(exit_code(&all_clear(), false), 0);
    assert_eq!(exit_code(&all_clear(), true), 0);
    let mut warning = all_clear();
    warning.findings = vec![rich().findings.remove(1)];
    assert_eq!(exit_code(&warning, true), 0);
}

#[test]
fn one_for_an_error_or_an_unexplained_failure() {
    let mut d = all_clear();
    d.findings = vec![rich().findings.remove(0)];
    assert_eq!(d.findings[0].severity, Severity::Error);
    assert_eq!(exit_code(&d, false), 1);
    let mut d = all_clear();
    d.attempts = vec![rich().attempts.remove(0)];
    assert_eq!(exit_code(&d, false), 0, "explained by a finding");
    d.attempts = vec![rich().attempts.remove(1)];
    assert_eq!(exit_code(&d, false), 1);
}

#[test]
fn three_when_no_input_gave_a_record() {
    assert_eq!(exit_code(&empty(), true), 3);
    let mut d = rich();
    for (kind, records, expected) in [
        (Kind::Evtx, Some(0), 3),
        (Kind::Evtx, None, 3),
        (Kind::Mta, Some(9), 3),
        (Kind::Unknown, Some(9), 3),
        (Kind::Ldif, Some(1), 4),
    ] {
        d.inputs[0].kind = kind;
        d.inputs[0].records = records;
        assert_eq!(exit_code(&d, true), expected, "{kind:?} {records:?}");
    }
}

#[test]
fn four_only_when_strict_and_something_could_not_be_looked_at() {
    assert_eq!((exit_code(&rich(), true), exit_code(&rich(), false)), (4, 1));
    let mut damaged = all_clear();
    damaged.inputs = rich().inputs;
    assert_eq!((exit_code(&damaged, true), exit_code(&damaged, false)), (4, 0));
    for (index, expected) in [(2, 4), (3, 0), (4, 4)] {
        let mut d = all_clear();
        d.checks = vec![rich().checks.remove(index)];
        assert_eq!(exit_code(&d, true), expected, "{:?} {:?}", d.checks[0].outcome, d.checks[0].missing);
    }
}
