//! When it began, and what happened.

use super::{Block, ends, section, table, text};
use crate::words;
use delegap_model::{Diagnosis, Onset};

/// Lines shown of the start and of the end of the timeline.
const FIRST: usize = 20;
const LAST: usize = 20;
/// Onset candidates shown before the rest is counted.
const CANDIDATES: usize = 20;

/// The onset and its candidates, then the timeline.
pub fn blocks(d: &Diagnosis) -> Vec<Block> {
    let mut out = d.onset.as_ref().map(onset).unwrap_or_default();
    out.extend(timeline(d));
    out
}

fn onset(o: &Onset) -> Vec<Block> {
    let before = match o.last_success_before {
        Some(t) => format!("The last completed attempt before it: {}.", words::time(t)),
        None => "No completed attempt before it was seen.".to_owned(),
    };
    let censored = if o.left_censored { " The logs begin too late to show when it began." } else { "" };
    let first = words::time(o.first_failure);
    let mut out =
        vec![section("When it began"), text(format!("First failed attempt seen: {first}. {before}{censored}"))];
    if o.candidates.is_empty() {
        out.push(text("No change before it was found in these inputs."));
        return out;
    }
    let (shown, hidden) = ends(o.candidates.iter().collect(), CANDIDATES, 0, "further change");
    let rows = shown
        .into_iter()
        .map(|c| {
            let what = format!("{} {}", words::onset(c.what), c.id);
            let weight = match &c.mechanism {
                Some(mechanism) => format!("{}: {mechanism}", words::weight(c.weight)),
                None => words::weight(c.weight).to_owned(),
            };
            [words::time(c.time), c.host.clone(), what, weight]
        })
        .collect();
    out.push(table(["Time (UTC)", "Host", "Change", "Weight"], rows));
    out.extend(hidden.map(text));
    out
}

fn timeline(d: &Diagnosis) -> Vec<Block> {
    if d.timeline.is_empty() {
        return Vec::new();
    }
    let title = section(format!("Timeline ({})", words::count(d.timeline.len(), "line")));
    let (shown, hidden) = ends(d.timeline.iter().collect(), FIRST, LAST, "line");
    let rows = shown
        .into_iter()
        .map(|t| [words::time(t.time), t.host.clone(), format!("{}: {}", t.kind, t.text), t.at.to_string()])
        .collect();
    let mut out = vec![title, table(["Time (UTC)", "Host", "What", "Where it is written"], rows)];
    out.extend(hidden.map(text));
    out
}
