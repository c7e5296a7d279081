//! When it began, and what happened.

use super::{Block, ends, section, table, text};
use crate::words;
use delegap_model::{ChangePoint, Diagnosis, Onset, Week};

/// Lines shown of the start and of the end of the timeline.
const FIRST: usize = 20;
const LAST: usize = 20;
/// Onset candidates shown before the rest is counted.
const CANDIDATES: usize = 20;
/// Pairs written out per change point.
const PAIRS: usize = 8;

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
    out.extend(change_points(o));
    out.extend(weeks(o));
    out.extend(candidates(o));
    if !o.missing.is_empty() {
        out.push(text("To tell these apart is missing:"));
        out.push(Block::Bullets(o.missing.iter().map(|m| vec![Block::Line(m.clone())]).collect()));
    }
    out
}

/// The intervals in which pairs went over to failing, when there are several or several pairs share one.
fn change_points(o: &Onset) -> Vec<Block> {
    let line = |c: &ChangePoint| {
        let pairs: Vec<String> = c.pairs.iter().map(words::pair).collect();
        let after =
            c.after.map_or_else(|| "no success before it".to_owned(), |t| format!("last success {}", words::time(t)));
        vec![text(format!("{}: {after}, first failure {}", words::list(&pairs, PAIRS), words::time(c.until)))]
    };
    if o.change_points.is_empty() {
        return Vec::new();
    }
    vec![Block::Bullets(o.change_points.iter().map(line).collect())]
}

fn weeks(o: &Onset) -> Vec<Block> {
    if o.weeks.is_empty() {
        return Vec::new();
    }
    let row = |w: &Week| {
        [w.starts.format("%Y-%m-%d").to_string(), words::number(w.completed.into()), words::number(w.failed.into())]
    };
    vec![table(["Week from (UTC)", "Completed", "Failed"], o.weeks.iter().map(row).collect())]
}

fn candidates(o: &Onset) -> Vec<Block> {
    if o.candidates.is_empty() {
        return vec![text("No change before it was found in these inputs.")];
    }
    let (shown, hidden) = ends(o.candidates.iter().collect(), CANDIDATES, 0, "further change");
    let rows = shown
        .into_iter()
        .map(|c| {
            let mut what = format!("{} {}", words::onset(c.what), c.id);
            what.extend(c.programme.iter().map(|p| format!(" ({p})")));
            let mut weight = match &c.mechanism {
                Some(mechanism) => format!("{}: {mechanism}", words::weight(c.weight)),
                None => words::weight(c.weight).to_owned(),
            };
            weight.extend(c.note.iter().map(|n| format!("; {n}")));
            [words::time(c.time), c.host.clone(), what, weight]
        })
        .collect();
    let mut out = vec![table(["Time (UTC)", "Host", "Change", "Weight"], rows)];
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
        .map(|t| [words::time(t.time), t.host.to_string(), format!("{}: {}", t.kind, t.text), t.at.to_string()])
        .collect();
    let mut out = vec![title, table(["Time (UTC)", "Host", "What", "Where it is written"], rows)];
    out.extend(hidden.map(text));
    out
}
