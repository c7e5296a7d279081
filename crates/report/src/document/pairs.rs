//! Which host can delegate to which: a matrix for few hosts, a list for many.

use super::{Block, ends, section, table, text};
use crate::words::{self, count, number};
use delegap_model::{Diagnosis, Pair, PairVerdict};
use std::collections::{BTreeMap, BTreeSet};

/// More hosts than this don't fit side by side.
const MATRIX_HOSTS: usize = 8;
/// Rows of the list, and reasons, written out before the rest is counted.
const ROWS: usize = 60;
/// In the order in which lists show them.
const VERDICTS: [PairVerdict; 5] =
    [PairVerdict::Gap, PairVerdict::Warning, PairVerdict::Unknown, PairVerdict::Ok, PairVerdict::NotRequired];

/// Counts per verdict, the matrix or list, its legend, and the reasons for what is not in order.
pub fn blocks(d: &Diagnosis) -> Vec<Block> {
    if d.pairs.is_empty() {
        return Vec::new();
    }
    let hosts: BTreeSet<&str> = d.pairs.iter().flat_map(|p| [p.source.as_str(), p.destination.as_str()]).collect();
    let mut out = vec![section("Delegation between hosts"), text(summary(&d.pairs))];
    if hosts.len() <= MATRIX_HOSTS {
        out.push(matrix(&d.pairs, &hosts));
        out.extend(reasons(&d.pairs));
    } else {
        out.extend(rows(&d.pairs));
    }
    out.push(text(legend(&d.pairs)));
    out
}

fn of(pairs: &[Pair], verdict: PairVerdict) -> impl Iterator<Item = &Pair> {
    pairs.iter().filter(move |p| p.verdict == verdict)
}

fn summary(pairs: &[Pair]) -> String {
    let counts: Vec<String> = VERDICTS
        .into_iter()
        .filter_map(|v| match of(pairs, v).count() {
            0 => None,
            n => Some(format!("{} {}", number(n as u64), words::pair_verdict(v))),
        })
        .collect();
    format!("{}: {}.", count(pairs.len(), "ordered pair"), counts.join(", "))
}

fn legend(pairs: &[Pair]) -> String {
    let used = VERDICTS.into_iter().filter(|v| of(pairs, *v).next().is_some());
    let parts: Vec<String> =
        used.map(|v| format!("{} = {}", words::pair_verdict(v), words::pair_verdict_meaning(v))).collect();
    format!("Legend: {}; - = not a pair.", parts.join("; "))
}

fn matrix(pairs: &[Pair], hosts: &BTreeSet<&str>) -> Block {
    let by_pair: BTreeMap<(&str, &str), &Pair> =
        pairs.iter().map(|p| ((p.source.as_str(), p.destination.as_str()), p)).collect();
    let mut header = vec!["From \\ to".to_owned()];
    header.extend(hosts.iter().map(|h| (*h).to_owned()));
    let row = |source: &&str| {
        let cells = hosts.iter().map(|destination| match by_pair.get(&(*source, *destination)) {
            Some(pair) => words::pair_verdict(pair.verdict).to_owned(),
            None => "-".to_owned(),
        });
        std::iter::once((*source).to_owned()).chain(cells).collect()
    };
    Block::Table { header, rows: hosts.iter().map(row).collect() }
}

fn reasons(pairs: &[Pair]) -> Vec<Block> {
    let doubtful = [PairVerdict::Gap, PairVerdict::Warning, PairVerdict::Unknown];
    let lines: Vec<Vec<Block>> = doubtful
        .into_iter()
        .flat_map(|v| of(pairs, v))
        .filter(|p| p.gap.is_some() || !p.reasons.is_empty())
        .map(|p| {
            let verdict = words::pair_verdict(p.verdict);
            vec![text(format!("{} ({verdict}): {}", words::arrow(&p.source, &p.destination), why(p)))]
        })
        .collect();
    if lines.is_empty() {
        return Vec::new();
    }
    let (lines, hidden) = ends(lines, ROWS, 0, "further pair");
    let mut out = vec![Block::Bullets(lines)];
    out.extend(hidden.map(text));
    out
}

fn rows(pairs: &[Pair]) -> Vec<Block> {
    let sorted: Vec<&Pair> = VERDICTS.into_iter().flat_map(|v| of(pairs, v)).collect();
    let (shown, hidden) = ends(sorted, ROWS, 0, "further pair");
    let rows = shown
        .into_iter()
        .map(|p| {
            let moves = format!("{} failed, {} completed", number(p.failed.into()), number(p.completed.into()));
            let verdict = words::pair_verdict(p.verdict).to_owned();
            [p.source.clone(), p.destination.clone(), verdict, moves, why(p)]
        })
        .collect();
    let mut out = vec![table(["Source", "Destination", "Verdict", "Attempts", "Why"], rows)];
    out.extend(hidden.map(text));
    out
}

fn why(p: &Pair) -> String {
    let reasons = p.reasons.join(" ");
    match p.gap {
        Some(gap) if reasons.is_empty() => gap.to_owned(),
        Some(gap) => format!("{gap}: {reasons}"),
        None => reasons,
    }
}
