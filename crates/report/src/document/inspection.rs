//! What each input is and what it tells, as blocks.

use super::{Block, Tone, ends, labelled, table, text};
use crate::words::{self, count, number};
use delegap_model::{Answer, HostSource, InspectedInput, Inspection, Kind};

/// Problems written out per input before the rest is counted.
const PROBLEMS: usize = 20;

/// All inputs, the whole first.
pub fn blocks(i: &Inspection) -> Vec<Block> {
    let total = count(i.inputs.len(), "input");
    let unknown = i.inputs.iter().filter(|f| f.summary.kind == Kind::Unknown).count();
    let damaged = i.inputs.iter().filter(|f| !f.summary.problems.is_empty()).count();
    let tone = if unknown + damaged > 0 { Tone::Warn } else { Tone::Good };
    let heading = Block::Heading { level: 1, tone, text: format!("Inspection of {total}") };
    let known = i.inputs.len() - unknown;
    let says = format!(
        "{} recognised, {} not recognised, {} with problems.",
        number(known as u64),
        number(unknown as u64),
        number(damaged as u64)
    );
    let mut out = vec![heading, text(says)];
    i.inputs.iter().for_each(|input| out.extend(one(input)));
    out
}

fn one(input: &InspectedInput) -> Vec<Block> {
    let i = &input.summary;
    let damaged = !i.problems.is_empty() || i.kind == Kind::Unknown;
    let tone = if damaged { Tone::Warn } else { Tone::Plain };
    let mut out = vec![
        Block::Heading { level: 3, tone, text: i.path.clone() },
        labelled("Taken for", format!("{}: {}", words::kind(i.kind), words::recognised_by(i.kind))),
    ];
    if let Some(host) = &i.host {
        let whence = match i.host_source {
            Some(HostSource::Path) => "named by the file's or a folder's name only",
            Some(HostSource::Content) | None => "named by the content",
        };
        out.push(labelled("Host", format!("{host} ({whence})")));
    }
    if let Some((from, to)) = i.span() {
        out.push(labelled("Time", format!("{} to {}", words::time(from), words::time(to))));
    }
    match (i.records, i.selected) {
        (Some(n), Some(used)) if n != used => {
            out.push(labelled("Records", format!("{}, {} of use", number(n), number(used))));
        }
        (Some(n), _) => out.push(labelled("Records", number(n))),
        (None, _) => {}
    }
    out.extend(i.recovered.map(|recovered| labelled("Stale records", words::recovered(recovered))));
    out.extend(i.sha256.clone().map(|sum| labelled("SHA-256", sum)));
    if !input.answers.is_empty() {
        out.push(table(["Fact", "Told", "Not told"], input.answers.iter().map(row).collect()));
    } else if !matches!(i.kind, Kind::Archive | Kind::Mta) {
        let nothing = if i.covers.is_empty() {
            "nothing that the analysis can use"
        } else {
            "that nothing of use to the analysis was logged in this time"
        };
        out.push(labelled("Tells", nothing));
    }
    out.extend(words::send_instead(i.kind).map(|what| labelled("Does not tell", what)));
    let line = |p: &delegap_model::Problem| {
        let lost = if p.lost.is_empty() { String::new() } else { format!(" (lost: {})", p.lost) };
        format!("{}: {}{lost}", p.at, p.what)
    };
    let (lines, hidden) = ends(i.problems.iter().map(line).collect(), PROBLEMS, 0, "further problem");
    let lines: Vec<Vec<Block>> = lines.into_iter().chain(hidden).map(|line| vec![text(line)]).collect();
    if !lines.is_empty() {
        out.push(text("Problems:"));
        out.push(Block::Bullets(lines));
    }
    out
}

fn row(a: &Answer) -> [String; 3] {
    let not_told = a.not_told.iter().map(|(why, n)| format!("{} ({why})", words::count_u64(*n, a.about)));
    let not_told: Vec<String> = not_told.collect();
    let missing = if not_told.is_empty() { "-".to_owned() } else { not_told.join("; ") };
    [a.fact.to_owned(), words::count_u64(a.told, a.about), missing]
}
