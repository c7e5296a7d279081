//! The failed attempts, one row each.

use super::{Block, ends, section, table, text};
use crate::words;
use delegap_model::{Attempt, Diagnosis, Outcome};
use std::collections::BTreeMap;

/// Rows shown of the oldest and of the newest failed attempts.
const FIRST: usize = 40;
const LAST: usize = 20;

/// Open causes that are named; more of them say nothing.
const NAMED: usize = 10;

/// The table of failed attempts, if there are any.
pub fn blocks(d: &Diagnosis) -> Vec<Block> {
    let failed: Vec<&Attempt> = d.attempts.iter().filter(|a| a.outcome == Outcome::Failed).collect();
    if failed.is_empty() {
        return Vec::new();
    }
    let title = section(format!("Failed attempts ({})", words::number(failed.len() as u64)));
    let (shown, hidden) = ends(failed, FIRST, LAST, "failed attempt");
    let rows = shown.into_iter().map(row).collect();
    let header = ["Id", "Started (UTC)", "VM", "Source -> destination", "Stopped in", "Codes", "Explained by"];
    let mut out = vec![title, table(header, rows)];
    out.extend(hidden.map(text));
    out.extend(open(d));
    out
}

/// What those that nothing explains surely could still be, those alike together.
fn open(d: &Diagnosis) -> Option<Block> {
    let mut alike: BTreeMap<&[&str], Vec<&str>> = BTreeMap::new();
    for attempt in d.attempts.iter().filter(|a| !a.open_causes.is_empty()) {
        alike.entry(&attempt.open_causes).or_default().push(&attempt.id);
    }
    let item = |(causes, ids): (&[&str], Vec<&str>)| {
        let ids = words::list(&ids, 10);
        vec![text(if causes.len() > NAMED {
            format!("{ids}: the events give no reason, and the inputs exclude few: {} causes stay open", causes.len())
        } else {
            format!("{ids} could also be, as the inputs neither show nor exclude it: {}", causes.join(", "))
        })]
    };
    (!alike.is_empty()).then(|| Block::Bullets(alike.into_iter().map(item).collect()))
}

fn row(a: &Attempt) -> [String; 7] {
    let vm = match (&a.vm_name, a.vm_id) {
        (Some(name), _) => name.to_string(),
        (None, Some(id)) => id.to_string(),
        (None, None) => words::NOT_KNOWN.to_owned(),
    };
    let stopped = match a.stopped_in {
        Some(phase) => {
            let (from, to) = phase.progress_band();
            format!("{} ({from}-{to} %)", words::phase(phase))
        }
        None => words::NOT_KNOWN.to_owned(),
    };
    let stopped = match a.initiator {
        Some(initiator) => format!("{stopped}, started by {}", words::initiator(initiator)),
        None => stopped,
    };
    let codes: Vec<String> = a.codes.iter().map(ToString::to_string).collect();
    let explained = if a.explained_by.is_empty() { "UNEXPLAINED".to_owned() } else { a.explained_by.join(", ") };
    [
        a.id.clone(),
        words::time_or_not(a.started.or(a.ended)),
        vm,
        words::arrow(&words::or_not(a.source.as_deref()), &words::or_not(a.destination.as_deref())),
        stopped,
        if codes.is_empty() { "none".to_owned() } else { words::list(&codes, 4) },
        explained,
    ]
}
