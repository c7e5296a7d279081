//! A diagnosis against the truth of its estate.

use chrono::TimeDelta;
use delegap::model::{Attempt, Class, Confidence, Diagnosis, Finding, Outcome, Severity};
use delegap_testkit::estates::{Estate, Evidence, MoveTruth, TrueOutcome};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// What came of one estate.
pub struct Answer {
    pub index: u64,
    pub evidence: Evidence,
    /// Right answers; empty where nothing failed.
    pub primary: Vec<&'static str>,
    /// The verdict's primary cause.
    pub answer: Option<&'static str>,
    pub moves: Vec<MoveAnswer>,
    /// Attempts called failed that are none of the failed moves.
    pub invented: usize,
    pub claims: Vec<Claim>,
    /// Delegation is called the fault, and no move's truth is delegation; or a move of another class is laid to it.
    pub accused: Vec<String>,
}

/// What became of one failed move.
pub struct MoveAnswer {
    pub cause: &'static str,
    /// Causes of the findings that are surest about it; empty where there are none.
    pub named: Vec<&'static str>,
    pub right: bool,
    /// No attempt of the diagnosis is this move.
    pub lost: bool,
}

/// A finding that says what stopped an attempt.
pub struct Claim {
    pub confidence: Confidence,
    pub cause: &'static str,
    pub truth: &'static str,
    pub right: bool,
}

pub fn judge(index: u64, estate: &Estate, d: &Diagnosis) -> Answer {
    let truth = &estate.truth;
    let owners: Vec<Option<&MoveTruth>> = d.attempts.iter().map(|a| owner(a, &truth.moves)).collect();
    let failed = |owner: &Option<&MoveTruth>| owner.is_some_and(|m| m.outcome == TrueOutcome::Failed);
    let pairs = || d.attempts.iter().zip(&owners);
    let mut accused = Vec::new();
    let mut claims = Vec::new();
    for finding in d.findings.iter().filter(|f| f.severity == Severity::Error) {
        for (attempt, owner) in pairs().filter(|(a, _)| finding.attempts.contains(&a.id)) {
            let causes = owner.map_or(&[][..], |m| m.causes.as_slice());
            let right = causes.contains(&finding.cause);
            let truth = causes.first().copied().unwrap_or("no failure");
            claims.push(Claim { confidence: finding.confidence_for(&attempt.id), cause: finding.cause, truth, right });
            let other_class = owner.and_then(|m| m.class) != Some("delegation");
            if finding.class == Class::Delegation && finding.confidence >= Confidence::Likely && other_class && !right {
                accused.push(format!("{} for {truth} ({})", finding.cause, attempt.id));
            }
        }
    }
    let any_delegation = truth.moves.iter().any(|m| m.class == Some("delegation"));
    if d.verdict.is_delegation == Some(true) && !any_delegation {
        accused.push("the verdict".to_owned());
    }
    let mut moves = Vec::new();
    for made in truth.moves.iter().filter(|m| m.outcome == TrueOutcome::Failed) {
        let own = pairs().filter(|(_, o)| o.is_some_and(|o| std::ptr::eq(o, made))).map(|(a, _)| a);
        let own: Vec<_> = own.filter(|a| a.outcome == Outcome::Failed).collect();
        let named = surest(d, &own);
        let right = named.iter().any(|cause| made.causes.contains(cause));
        moves.push(MoveAnswer { cause: made.causes[0], named, right, lost: own.is_empty() });
    }
    Answer {
        index,
        evidence: estate.evidence,
        primary: truth.primary.clone(),
        answer: d.verdict.primary_cause,
        moves,
        invented: pairs().filter(|(a, o)| a.outcome == Outcome::Failed && !failed(o)).count(),
        claims,
        accused,
    }
}

impl Answer {
    pub fn top_right(&self) -> bool {
        match self.answer {
            Some(cause) => self.primary.contains(&cause),
            None => self.primary.is_empty(),
        }
    }

    pub fn truth(&self) -> &'static str {
        self.primary.first().copied().unwrap_or("nothing failed")
    }
}

/// The move that an attempt is: of the same virtual machine, or between the same hosts, and nearest in time.
fn owner<'a>(attempt: &Attempt, moves: &'a [MoveTruth]) -> Option<&'a MoveTruth> {
    let away = |m: &MoveTruth| {
        let at = attempt.started.or(attempt.ended)?;
        Some((at - m.at).abs().min((at - m.at_source).abs()))
    };
    let same = |ours: &Option<Arc<str>>, theirs: &str| ours.as_ref().is_none_or(|name| **name == *theirs);
    let knows_vm = attempt.vm_id.is_some() || attempt.vm_name.is_some();
    let limit = if knows_vm { TimeDelta::hours(3) } else { TimeDelta::minutes(15) };
    moves
        .iter()
        .filter(|m| attempt.vm_id.is_none_or(|id| id == m.vm_id))
        .filter(|m| attempt.vm_id.is_some() || same(&attempt.vm_name, &m.vm))
        .filter(|m| same(&attempt.source, &m.source) && same(&attempt.destination, &m.destination))
        .filter_map(|m| away(m).filter(|away| *away <= limit).map(|away| (away, m)))
        .min_by_key(|(away, _)| *away)
        .map(|(_, m)| m)
}

/// The causes that are named with most confidence for these attempts.
fn surest(d: &Diagnosis, attempts: &[&Attempt]) -> Vec<&'static str> {
    let sure = |f: &Finding| {
        let own = attempts.iter().filter(|a| f.attempts.contains(&a.id));
        own.map(|a| f.confidence_for(&a.id)).max().filter(|_| f.severity == Severity::Error)
    };
    let named: Vec<_> = d.findings.iter().filter_map(|f| Some((sure(f)?, f.cause))).collect();
    let most = named.iter().map(|(confidence, _)| *confidence).max();
    let causes = named.into_iter().filter(|(confidence, _)| Some(*confidence) == most).map(|(_, cause)| cause);
    causes.collect::<BTreeSet<_>>().into_iter().collect()
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "truth {:?}, answer {:?}: {}",
            self.primary,
            self.answer,
            if self.top_right() { "right" } else { "WRONG" }
        )?;
        for m in self.moves.iter().filter(|m| !m.right) {
            writeln!(
                f,
                "  a move of {} gets {:?}{}",
                m.cause,
                m.named,
                if m.lost { ", no attempt is it" } else { "" }
            )?;
        }
        for claim in self.claims.iter().filter(|c| !c.right) {
            writeln!(f, "  {:?} {} where it is {}", claim.confidence, claim.cause, claim.truth)?;
        }
        for accused in &self.accused {
            writeln!(f, "  delegation accused: {accused}")?;
        }
        writeln!(f, "  attempts invented: {}", self.invented)
    }
}
