//! The verdict, its numbers, and what it rests on.

use super::{Block, Tone, labelled, text};
use crate::words::{self, count, count_u64, number};
use delegap_model::{CheckOutcome, Class, Diagnosis, Outcome, Status};
use std::collections::BTreeMap;

/// Status and headline, then failed and explained attempts, then what was examined.
pub fn blocks(d: &Diagnosis) -> Vec<Block> {
    let v = &d.verdict;
    let mut out =
        vec![Block::Heading { level: 1, tone: tone(v.status), text: status_line(d) }, text(v.headline.as_str())];
    let delegation = match v.is_delegation {
        Some(true) => "yes",
        Some(false) if d.attempts.is_empty() && d.pairs.is_empty() => "nothing in these inputs shows it",
        Some(false) => "no",
        None => "can't be told from these inputs",
    };
    out.push(labelled("Migration attempts", attempts(d)));
    out.push(labelled("Is the delegation configuration at fault?", delegation));
    out.push(labelled("Examined", examined(d)));
    out.push(labelled("Checks", checks(d)));
    if d.directory_exported.is_some() || d.directory_domain_controller.is_some() {
        out.push(labelled("Directory state", directory(d)));
    }
    out
}

fn tone(status: Status) -> Tone {
    match status {
        Status::CauseFound => Tone::Bad,
        Status::GapsOnly | Status::NoCauseProven | Status::InsufficientEvidence => Tone::Warn,
        Status::NoFailures => Tone::Good,
    }
}

fn status_line(d: &Diagnosis) -> String {
    let v = &d.verdict;
    let mut line = words::status(v.status).to_owned();
    if let Some(cause) = v.primary_cause {
        line.push_str(&format!(": {cause}"));
    }
    let details: Vec<&str> =
        [v.class.map(Class::as_str), v.confidence.map(words::confidence)].into_iter().flatten().collect();
    if !details.is_empty() {
        line.push_str(&format!(" ({})", details.join(", ")));
    }
    line
}

/// `5 failed (4 explained, 1 unexplained), 12 completed, 1 with an unknown end`
fn attempts(d: &Diagnosis) -> String {
    if d.attempts.is_empty() {
        return "none seen in these inputs; that alone is no proof that none failed".to_owned();
    }
    let of = |outcome| d.attempts.iter().filter(move |a| a.outcome == outcome);
    let failed = of(Outcome::Failed).count();
    let explained = of(Outcome::Failed).filter(|a| !a.explained_by.is_empty()).count();
    let unknown = of(Outcome::Unknown).count();
    let mut line = format!("{} failed", number(failed as u64));
    if failed > 0 {
        line.push_str(&format!(
            " ({} explained, {} unexplained)",
            number(explained as u64),
            number((failed - explained) as u64)
        ));
    }
    line.push_str(&format!(", {} completed", number(of(Outcome::Completed).count() as u64)));
    if unknown > 0 {
        line.push_str(&format!(", {} with an unknown end", number(unknown as u64)));
    }
    line
}

/// What the answer rests on, so that an all-clear over nothing shows.
fn examined(d: &Diagnosis) -> String {
    let mut by_kind: BTreeMap<_, (usize, Option<u64>, Option<u64>)> = BTreeMap::new();
    for input in &d.inputs {
        let (files, records, selected) = by_kind.entry(input.kind).or_default();
        *files += 1;
        for (sum, more) in [(records, input.records), (selected, input.selected)] {
            if let Some(n) = more {
                *sum = Some(sum.unwrap_or(0).saturating_add(n));
            }
        }
    }
    if by_kind.is_empty() {
        return "NOTHING: there was no input".to_owned();
    }
    let mut parts: Vec<String> = by_kind
        .into_iter()
        .map(|(kind, (files, records, selected))| {
            let files = format!("{}: {}", words::kind(kind), count(files, "file"));
            match (records, selected) {
                (None, _) => files,
                (Some(n), None) => format!("{files}, {}", count_u64(n, "record")),
                (Some(n), Some(picked)) => format!("{files}, {}, {} selected", count_u64(n, "record"), number(picked)),
            }
        })
        .collect();
    parts.push(count(d.hosts.len(), "host"));
    parts.push(count(d.pairs.len(), "ordered pair"));
    let spans: Vec<_> = d.inputs.iter().filter_map(|i| i.span()).collect();
    if let (Some(from), Some(to)) = (spans.iter().map(|s| s.0).min(), spans.iter().map(|s| s.1).max()) {
        parts.push(format!("logs from {} to {}", words::time(from), words::time(to)));
    }
    parts.join("; ")
}

fn checks(d: &Diagnosis) -> String {
    let of = |outcome| d.checks.iter().filter(|c| c.outcome == outcome).count() as u64;
    let mut line = format!(
        "{} found something, {} clear, {} NOT CHECKED",
        number(of(CheckOutcome::Found)),
        number(of(CheckOutcome::Clear)),
        number(of(CheckOutcome::NotChecked))
    );
    let faulted = of(CheckOutcome::Faulted);
    if faulted > 0 {
        line.push_str(&format!(", {} FAULTED", number(faulted)));
    }
    line.push_str(&format!(", of {}; built-in knowledge as of {}", count(d.checks.len(), "cause"), d.knowledge_as_of));
    line
}

fn directory(d: &Diagnosis) -> String {
    let server = words::or_not(d.directory_domain_controller.as_deref());
    format!("exported {} from domain controller {server}", words::time_or_not(d.directory_exported))
}
