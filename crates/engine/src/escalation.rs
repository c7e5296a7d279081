//! Lines to paste into a ticket: what the next engineer has to know without the files.

use crate::catalogue;
use crate::causes::Context;
use crate::findings::{listed, plural};
use crate::knowledge::knowledge;
use delegap_model::{AuthenticationType, Check, CheckOutcome, Code, Diagnosis, Finding, Outcome, Severity, Time};
use std::collections::BTreeMap;

/// The summary of a finished diagnosis.
pub(crate) fn summary(context: &Context<'_>, d: &Diagnosis) -> Vec<String> {
    let mut lines = vec![format!("Verdict: {}", d.verdict.headline), environment(d), pairs(d)];
    lines.extend(onset(d));
    lines.push(codes(context));
    lines.extend(d.reported_stall.iter().map(|s| s.says.clone()));
    lines.extend(findings(d));
    lines.push(ruled_out(d));
    lines.push(missing(d));
    if let Some(first) = d.ask.first() {
        lines.push(format!("Next: {first}"));
    }
    lines
}

fn environment(d: &Diagnosis) -> String {
    let mut systems: BTreeMap<String, usize> = BTreeMap::new();
    let hosts: Vec<_> = d.hosts.iter().filter(|h| h.roles.contains(&"hyper-v")).collect();
    for host in &hosts {
        let build = host.build.map(|b| format!(" (build {b})")).unwrap_or_default();
        let os = host.os.clone().unwrap_or_else(|| "Windows version not known".to_owned());
        *systems.entry(format!("{os}{build}")).or_default() += 1;
    }
    let systems = listed(systems.into_iter().map(|(os, n)| format!("{n} x {os}")));
    let distinct = |of: Vec<String>| -> Vec<String> {
        let set: std::collections::BTreeSet<String> = of.into_iter().collect();
        set.into_iter().collect()
    };
    let clusters = distinct(hosts.iter().filter_map(|h| h.cluster.clone()).collect());
    let domains = distinct(d.hosts.iter().filter_map(|h| h.domain.clone()).collect());
    let count = |kind| hosts.iter().filter(|h| h.authentication_type == kind).count();
    let types = [
        (Some(AuthenticationType::Kerberos), "Kerberos"),
        (Some(AuthenticationType::CredSsp), "CredSSP"),
        (None, "not known"),
    ];
    let types =
        types.into_iter().filter(|(kind, _)| count(*kind) > 0).map(|(kind, name)| format!("{name} on {}", count(kind)));
    let none = |list: Vec<String>| if list.is_empty() { "not known".to_owned() } else { listed(list.into_iter()) };
    format!(
        "Environment: {}: {systems}; cluster: {}; domain: {}; migration authentication: {}",
        plural(hosts.len(), "Hyper-V host"),
        if clusters.is_empty() { "none seen".to_owned() } else { listed(clusters.into_iter()) },
        none(domains),
        none(types.collect()),
    )
}

fn pairs(d: &Diagnosis) -> String {
    let failing = d.pairs.iter().filter(|p| p.failed > 0);
    let shown =
        failing.map(|p| format!("{} -> {} ({} failed, {} completed)", p.source, p.destination, p.failed, p.completed));
    let shown = listed(shown);
    let unplaced = d
        .attempts
        .iter()
        .filter(|a| a.outcome == Outcome::Failed && (a.source.is_none() || a.destination.is_none()))
        .count();
    let unplaced =
        if unplaced > 0 { format!("; {} with an unknown end", plural(unplaced, "failed move")) } else { String::new() };
    let shown = if shown.is_empty() { "none known".to_owned() } else { shown };
    format!("Failing pairs: {shown}{unplaced}")
}

fn onset(d: &Diagnosis) -> Option<String> {
    let onset = d.onset.as_ref()?;
    let before = onset.last_success_before.map_or_else(|| "none seen".to_owned(), shown_time);
    let strong: Vec<String> = onset
        .candidates
        .iter()
        .filter(|c| c.weight == delegap_model::Weight::Strong)
        .map(|c| format!("{} on {} at {}", c.id, c.host, shown_time(c.time)))
        .collect();
    let what = match (strong.is_empty(), onset.candidates.len()) {
        (false, _) => format!("; shown to matter: {}", listed(strong.into_iter())),
        (true, 0) => String::new(),
        (true, n) => format!("; {} in between, none shown to matter", plural(n, "change")),
    };
    let censored = if onset.left_censored { " (the logs may begin too late to show it)" } else { "" };
    Some(format!("First failure: {}{censored}; last success before: {before}{what}", shown_time(onset.first_failure)))
}

fn codes(context: &Context<'_>) -> String {
    let mut counts: BTreeMap<Code, usize> = BTreeMap::new();
    for (_, attempt) in context.failed() {
        for code in &attempt.codes {
            *counts.entry(*code).or_default() += 1;
        }
    }
    let name = |code: Code| knowledge().code(code).map(|f| format!(" {}", f.name)).unwrap_or_default();
    let shown = listed(counts.into_iter().map(|(code, n)| format!("{code}{} ({n})", name(code))));
    format!("Codes in failed moves: {}", if shown.is_empty() { "none" } else { &shown })
}

fn findings(d: &Diagnosis) -> Vec<String> {
    let errors = d.findings.iter().filter(|f| f.severity == Severity::Error);
    let confidence = |f: &Finding| format!("{:?}", f.confidence).to_lowercase();
    errors
        .map(|f| {
            format!(
                "{} {} ({}, explains {}): {}",
                f.id,
                f.cause,
                confidence(f),
                plural(f.attempts.len(), "failed move"),
                f.title
            )
        })
        .collect()
}

fn ruled_out(d: &Diagnosis) -> String {
    let mut rivals: Vec<&str> = d.findings.iter().flat_map(|f| &f.ruled_out).map(|r| r.cause).collect();
    rivals.extend(d.checks.iter().filter(|c| c.outcome == CheckOutcome::Clear).map(|c| c.cause));
    // What is ruled out for one move may explain another.
    rivals.retain(|id| !d.findings.iter().any(|f| f.severity == Severity::Error && f.cause == *id));
    let order = |id: &&str| catalogue::all().iter().position(|c| c.id == *id);
    rivals.sort_by_key(order);
    rivals.dedup();
    let all = rivals.join(", ");
    format!("Looked for and not the cause: {}", if all.is_empty() { "nothing yet" } else { &all })
}

fn missing(d: &Diagnosis) -> String {
    let open: Vec<&Check> =
        d.checks.iter().filter(|c| matches!(c.outcome, CheckOutcome::NotChecked | CheckOutcome::Faulted)).collect();
    let shown = open.iter().map(|c| c.cause).collect::<Vec<_>>().join(", ");
    format!("Not checked for want of data: {}", if shown.is_empty() { "nothing" } else { &shown })
}

fn shown_time(time: Time) -> String {
    time.format("%Y-%m-%d %H:%M:%SZ").to_string()
}
