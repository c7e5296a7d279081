//! What a right analysis of a case says.

use super::{Case, Ending};
use chrono::SecondsFormat;
use serde_json::{Value, json};

/// The expected verdict. `None` stands for the report's `null`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    /// `verdict.status`
    pub status: &'static str,
    /// Allowed values of `verdict.primary_cause`; empty: null.
    pub primary: Vec<&'static str>,
    /// `verdict.is_delegation`
    pub is_delegation: Option<bool>,
    /// Allowed values of `verdict.confidence`; empty: null.
    pub confidence: Vec<&'static str>,
    /// The exit code.
    pub exit: u8,
    /// What else a reader should know.
    pub notes: Vec<String>,
}

impl Truth {
    /// Every failure has a cause, one of `primary`.
    pub fn cause(primary: &[&'static str], is_delegation: Option<bool>, confidence: &[&'static str]) -> Self {
        Truth {
            status: "cause-found",
            primary: primary.to_vec(),
            is_delegation,
            confidence: confidence.to_vec(),
            exit: 1,
            notes: Vec::new(),
        }
    }

    /// Neither failures nor gaps.
    pub fn no_failures() -> Self {
        Truth { status: "no-failures", is_delegation: Some(false), exit: 0, ..Truth::cause(&[], None, &[]) }
    }

    /// Gaps without failures.
    pub fn gaps_only() -> Self {
        Truth { status: "gaps-only", exit: 0, ..Truth::cause(&[], None, &[]) }
    }

    /// Failures, everything decisive is there, nothing fits.
    pub fn no_cause_proven() -> Self {
        Truth { status: "no-cause-proven", ..Truth::cause(&[], None, &[]) }
    }

    /// Failures, and a decisive input is missing.
    pub fn insufficient_evidence() -> Self {
        Truth { status: "insufficient-evidence", ..Truth::cause(&[], None, &[]) }
    }

    /// The same with a note.
    pub fn note(mut self, text: &str) -> Self {
        self.notes.push(text.to_owned());
        self
    }
}

/// `truth.json`: the expected verdict, and every migration that the logs show.
pub(super) fn document(case: &Case, scenario: &str) -> String {
    let truth = &case.truth;
    let allowed = |list: &[&str]| if list.is_empty() { Value::Null } else { json!(list) };
    let logged = !case.exports.channels.is_empty();
    let mut moves: Vec<_> = case.moves.iter().filter(|_| logged).collect();
    moves.sort_by(|a, b| (a.at, &a.vm).cmp(&(b.at, &b.vm)));
    let outcome = |ending| if ending == Ending::Completed { "completed" } else { "failed" };
    let attempts: Vec<Value> = moves
        .iter()
        .map(|m| {
            json!({
                "vm": m.vm,
                "vm_id": super::names::vm_id(&m.vm).to_string(),
                "source": m.from,
                "destination": m.to,
                "started": m.at.to_rfc3339_opts(SecondsFormat::Secs, true),
                "by": format!("{:?}", m.by).to_lowercase(),
                "outcome": outcome(m.ending),
            })
        })
        .collect();
    let document = json!({
        "scenario": scenario,
        "status": truth.status,
        "primary": allowed(&truth.primary),
        "is_delegation": truth.is_delegation,
        "confidence": allowed(&truth.confidence),
        "exit": truth.exit,
        "notes": truth.notes,
        "attempts": attempts,
    });
    serde_json::to_string_pretty(&document).expect("plain JSON") + "\n"
}
