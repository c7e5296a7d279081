//! What the built-in knowledge says of a cause, a code, an event, an update, a CVE, a programme or a policy.

mod causes;
mod signs;
mod updates;

use crate::catalogue;
use crate::disagreements;
use crate::knowledge::hardening::hardening;
use crate::knowledge::policies::policies;
use delegap_model::{Explanation, Item, Part};

pub use causes::every_cause;

/// Everything that is known of a topic as a person types it; `None` if it is none.
///
/// A cause id, an error code in any written form, `KDC 0xd`, an event id, a KB, a CVE, a programme id, a policy or a right.
/// A number that is an event and something else gets one page with both.
pub fn explain(topic: &str) -> Option<Explanation> {
    let topic = topic.trim();
    let found: Vec<Explanation> = [
        causes::of(topic),
        updates::of_cve(topic),
        updates::of_programme(topic),
        updates::of_policy(topic),
        signs::of_event(topic),
        updates::of_kb(topic),
        signs::of_kdc(topic),
        signs::of_code(topic),
    ]
    .into_iter()
    .flatten()
    .collect();
    found.into_iter().reduce(joined)
}

/// Topics that are written alike, for a person who mistyped one.
pub fn alike(topic: &str) -> Vec<String> {
    let wanted = topic.trim().to_lowercase();
    let ids = catalogue::all().iter().map(|c| c.id).chain([disagreements::ID]).map(str::to_owned);
    let programmes = hardening().programmes.iter().map(|p| p.id.clone());
    let rights = policies().iter().map(|p| p.id.clone());
    let mut near: Vec<(usize, String)> = ids
        .chain(programmes)
        .chain(rights)
        .filter_map(|name| {
            let folded = name.to_lowercase();
            let part = wanted.len() >= 3 && (folded.contains(&wanted) || wanted.contains(&folded));
            let distance = if part { 1 } else { strsim::damerau_levenshtein(&folded, &wanted) };
            (distance * 3 <= wanted.len().max(3)).then_some((distance, name))
        })
        .collect();
    near.sort();
    near.into_iter().map(|(_, name)| name).take(5).collect()
}

fn joined(mut first: Explanation, other: Explanation) -> Explanation {
    first.title = format!("{}; {}", first.title, other.title);
    first.parts.extend(other.parts);
    first.sources.extend(other.sources);
    distinct(&mut first.sources);
    first
}

fn distinct(texts: &mut Vec<String>) {
    let mut seen = std::collections::BTreeSet::new();
    texts.retain(|t| !t.is_empty() && seen.insert(t.clone()));
}

fn page(title: impl Into<String>, parts: Vec<Part>, mut sources: Vec<String>) -> Explanation {
    distinct(&mut sources);
    let parts = parts.into_iter().filter(|p| !p.items.is_empty()).collect();
    Explanation { title: title.into(), parts, sources }
}

fn part(heading: impl Into<String>, items: Vec<Item>) -> Part {
    Part { heading: heading.into(), items }
}

fn text(words: impl Into<String>) -> Item {
    Item::Text(words.into())
}

fn point(words: impl Into<String>) -> Item {
    Item::Point(words.into())
}

/// `kcd-missing: Constrained delegation …`, one point per cause.
fn cause_points<'a>(ids: impl IntoIterator<Item = &'a String>) -> Vec<Item> {
    let named = |id: &String| {
        let cause = catalogue::all().iter().find(|c| c.id == id)?;
        Some(point(format!("{}: {}", cause.id, cause.title)))
    };
    ids.into_iter().filter_map(named).collect()
}

#[cfg(test)]
mod tests;
