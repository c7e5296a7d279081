//! The answer in one sentence and five fields.

use crate::attempts;
use crate::causes::{Context, refusal};
use crate::delegation::Answer;
use crate::diagnose::unexplained;
use crate::findings::{listed, plural};
use crate::hosts::HostId;
use crate::knowledge::{CodeGroup, Meaning, knowledge};
use delegap_model::{
    Attempt, AuthenticationType, Class, Confidence, Finding, Outcome, PairVerdict, Severity, Status, Verdict,
};
use std::collections::BTreeSet;

/// Reaches the verdict.
pub(crate) fn reach(context: &Context<'_>, findings: &[Finding], attempts: &[Attempt]) -> Verdict {
    let failed = attempts.iter().filter(|a| a.outcome == Outcome::Failed).count();
    let completed = attempts.iter().filter(|a| a.outcome == Outcome::Completed).count();
    let primary = primary(findings);
    let status = match (failed, primary) {
        (0, _) if findings.iter().any(|f| f.severity >= Severity::Warning) => Status::GapsOnly,
        (0, _) => Status::NoFailures,
        (_, Some(_)) => Status::CauseFound,
        (_, None) if decisive_missing(context) => Status::InsufficientEvidence,
        (_, None) => Status::NoCauseProven,
    };
    let headline = match (status, primary) {
        (Status::CauseFound, Some(primary)) => cause_headline(primary, failed, unexplained(attempts)),
        (Status::GapsOnly, _) => gaps_headline(context, findings, completed),
        (Status::NoFailures, _) => no_failures_headline(context, completed),
        _ => open_headline(context, status, findings, failed),
    };
    Verdict {
        status,
        primary_cause: primary.map(|f| f.cause),
        class: primary.map(|f| f.class),
        is_delegation: is_delegation(context, status, primary, findings, attempts),
        confidence: primary.map(|f| f.confidence),
        headline,
    }
}

/// The finding that explains most failed attempts with the best proof: a proven one before a possible one.
fn primary(findings: &[Finding]) -> Option<&Finding> {
    let explaining = findings.iter().filter(|f| f.severity == Severity::Error);
    // The list is in report order, so the first of equals wins.
    explaining.rev().max_by_key(|f| (f.confidence >= Confidence::Likely, f.attempts.len(), f.confidence))
}

/// Is the delegation configuration at fault?
fn is_delegation(
    context: &Context<'_>,
    status: Status,
    primary: Option<&Finding>,
    findings: &[Finding],
    attempts: &[Attempt],
) -> Option<bool> {
    if status == Status::NoFailures {
        return Some(false);
    }
    let primary = primary.filter(|f| f.confidence >= Confidence::Likely)?;
    let kerberos = |finding: &Finding| {
        let on = |source: &HostId| context.estate.of(*source).authentication.as_ref().map(|a| a.value);
        finding
            .attempts
            .iter()
            .filter_map(|attempt| attempt_of(context, attempt)?.source)
            .all(|source| on(&source) == Some(AuthenticationType::Kerberos))
    };
    if primary.class == Class::Delegation {
        return kerberos(primary).then_some(true);
    }
    // Another cause leads; some failures may be delegation's all the same.
    let open_refusal =
        context.failed().any(|(index, a)| attempts[index].explained_by.is_empty() && refusal::of(context, a).is_some());
    let mut others = findings.iter().filter(|f| f.severity == Severity::Error && f.class == Class::Delegation);
    match others.next() {
        None => (!open_refusal).then_some(false),
        Some(other) if other.confidence >= Confidence::Likely && kerberos(other) => Some(true),
        Some(_) => None,
    }
}

fn attempt_of<'a>(context: &Context<'a>, id: &str) -> Option<&'a attempts::Attempt> {
    let index = id.trim_start_matches('A').parse::<usize>().ok()?.checked_sub(1)?;
    context.joined.attempts.get(index)
}

/// True if a failed attempt could be judged with something the customer has and did not send.
pub(crate) fn decisive_missing(context: &Context<'_>) -> bool {
    context.failed().any(|(_, attempt)| {
        let estate = context.estate;
        if refusal::of(context, attempt).is_some() {
            let directory = context.pair(attempt).is_none_or(|p| matches!(p.now, Answer::Unknown(_)));
            let kind = attempt.source.is_none_or(|s| estate.of(s).authentication.is_none());
            return directory || kind;
        }
        // The other side's log decides where this side only says that the peer refused or closed the connection.
        let here = [attempt.source, attempt.destination];
        let silent = attempt.codes.is_empty();
        let pointed = attempt.means(&[Meaning::RefusedByPeer]);
        let closed = attempt.coded(estate, CodeGroup::Winsock).any(|(_, s)| s.means(Meaning::ConnectFailed));
        let covered = here.iter().all(|h| h.is_some_and(|h| estate.reaches(h, "hyper-v-vmms", attempt.started)));
        (silent || pointed || closed) && !covered
    })
}

fn cause_headline(primary: &Finding, failed: usize, unexplained: usize) -> String {
    let sure = match primary.confidence {
        Confidence::Confirmed => "confirmed",
        Confidence::Likely => "likely",
        Confidence::Possible => "possible, not proven",
    };
    let routes = listed(primary.pairs.iter().map(|p| format!("{} → {}", p.source, p.destination)));
    let on = if routes.is_empty() { String::new() } else { format!(" on {routes}") };
    let others = failed.saturating_sub(primary.attempts.len() + unexplained);
    let mut rest = if others > 0 { format!("; {others} have another cause") } else { String::new() };
    if unexplained > 0 {
        rest.push_str(&format!("; {unexplained} unexplained"));
    }
    format!(
        "Live migrations fail{on}: {} ({sure}; explains {} of {}{rest}).",
        lower_first(&primary.title),
        primary.attempts.len(),
        plural(failed, "failed move")
    )
}

/// The title inside a sentence: acronyms and names keep their capital.
fn lower_first(text: &str) -> String {
    let first_word = text.split(' ').next().unwrap_or(text);
    if first_word.chars().skip(1).any(char::is_uppercase) {
        return text.to_owned();
    }
    let mut chars = text.chars();
    chars.next().map(|c| c.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

fn gaps_headline(context: &Context<'_>, findings: &[Finding], completed: usize) -> String {
    let warnings: Vec<&Finding> = findings.iter().filter(|f| f.severity >= Severity::Warning).collect();
    let gaps = warnings.iter().any(|f| f.class != Class::Input);
    let named = |f: &&Finding| format!("{} ({})", lower_first(&f.title), listed(f.hosts.iter().cloned()));
    let first = warnings.first().map(named).unwrap_or_default();
    let more = match warnings.len() {
        0 | 1 => String::new(),
        n => format!(", and {}", plural(n - 1, "further finding")),
    };
    let moves = if context.estate.has_logs {
        format!("{} seen to complete, none to fail", plural(completed, "move"))
    } else {
        "no event log was supplied".to_owned()
    };
    let but =
        if gaps { "but the configuration has gaps" } else { "but what was supplied leaves it open whether moves can" };
    format!("No failed live migration was seen ({moves}), {but}: {first}{more}.")
}

fn no_failures_headline(context: &Context<'_>, completed: usize) -> String {
    if !context.estate.has_logs && !context.estate.has_directory {
        return "Nothing that could show a failed live migration was supplied.".to_owned();
    }
    if context.joined.attempts.is_empty() {
        return format!("No live migration, failed or completed, is in what was supplied; {}.", pair_counts(context));
    }
    let open = context.joined.attempts.iter().filter(|a| a.outcome == Outcome::Unknown).count();
    let open = if open > 0 { format!(", {open} began and their end is not in the logs") } else { String::new() };
    format!(
        "No failed live migration was seen: {} completed{open}; {}.",
        plural(completed, "move"),
        pair_counts(context)
    )
}

/// `delegation suffices for 2 of 6 ordered host pairs and is not known for 4`
fn pair_counts(context: &Context<'_>) -> String {
    let count = |wanted: &[PairVerdict]| context.pairs.list.iter().filter(|p| wanted.contains(&p.verdict())).count();
    let all = context.pairs.list.len();
    if all == 0 {
        return "no pair of Hyper-V hosts is known".to_owned();
    }
    let mut text =
        format!("delegation suffices for {} of {}", count(&[PairVerdict::Ok]), plural(all, "ordered host pair"));
    for (verdicts, words) in [
        (&[PairVerdict::Gap, PairVerdict::Warning][..], "has gaps for"),
        (&[PairVerdict::NotRequired], "is not consulted for"),
        (&[PairVerdict::Unknown], "is not known for"),
    ] {
        if count(verdicts) > 0 {
            text.push_str(&format!(", {words} {}", count(verdicts)));
        }
    }
    text
}

/// Failures without a cause: what kind of failure it is, and why it ends there.
fn open_headline(context: &Context<'_>, status: Status, findings: &[Finding], failed: usize) -> String {
    let refused = context.failed().filter(|(_, a)| refusal::of(context, a).is_some_and(|r| r.at_connect())).count();
    let codes: BTreeSet<String> = context
        .failed()
        .flat_map(|(_, a)| &a.codes)
        .map(|c| match knowledge().code(*c) {
            Some(fact) => format!("{c} {}, {}", fact.name, fact.means),
            None => c.to_string(),
        })
        .collect();
    let codes = if codes.is_empty() { String::new() } else { format!(" ({})", listed(codes.into_iter())) };
    let kind = if refused == failed {
        format!(
            "{} at authentication{codes}",
            if failed == 1 { "1 move fails".to_owned() } else { format!("{failed} moves fail") }
        )
    } else if refused > 0 {
        format!("{failed} moves fail, {refused} of them at authentication{codes}")
    } else {
        format!("{}{codes}", if failed == 1 { "1 move fails".to_owned() } else { format!("{failed} moves fail") })
    };
    if status == Status::InsufficientEvidence {
        format!("{kind}; why can't be told from what was supplied: see what to ask for.")
    } else {
        let right =
            context.failed().all(|(_, a)| context.pair(a).is_some_and(|p| matches!(p.now, Answer::Allowed { .. })));
        let warning = findings.iter().find(|f| f.severity >= Severity::Warning && f.class != Class::Input);
        if let Some(warning) = warning {
            let title = lower_first(&warning.title);
            format!(
                "{kind}, and none of the causes that this version checks for explains it; beside it there is a fault: {title}."
            )
        } else if right && refused == failed {
            format!(
                "{kind}, and no cause that is checked for fits: delegation and settings are as they should be in what was supplied."
            )
        } else {
            format!(
                "{kind}, and none of the causes that this version checks for explains it: see what was not checked."
            )
        }
    }
}
