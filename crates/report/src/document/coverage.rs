//! What could not be checked, what to ask for, and what the inputs held.

use super::{Block, Tone, ends, section, table, text};
use crate::exit::is_not_implemented;
use crate::words::{self, count, number};
use delegap_model::{Check, CheckOutcome, Diagnosis, HostSource, InputSummary};

/// Problems written out per input before the rest is counted.
const PROBLEMS: usize = 10;

/// Causes that nobody looked for, with what was missing and the command that collects it.
pub fn not_checked(d: &Diagnosis) -> Vec<Block> {
    let open = |c: &&Check| c.outcome == CheckOutcome::NotChecked && !is_not_implemented(c);
    let missing: Vec<&Check> = d.checks.iter().filter(open).collect();
    let faulted: Vec<&Check> = d.checks.iter().filter(|c| c.outcome == CheckOutcome::Faulted).collect();
    let unbuilt: Vec<&str> = d.checks.iter().filter(|c| is_not_implemented(c)).map(|c| c.cause).collect();
    if missing.is_empty() && faulted.is_empty() && unbuilt.is_empty() {
        return vec![section("Not checked"), text("Every cause of the catalogue was looked for.")];
    }
    let title = format!("NOT CHECKED ({})", number((missing.len() + faulted.len() + unbuilt.len()) as u64));
    let mut out = vec![
        Block::Heading { level: 2, tone: Tone::Warn, text: title },
        text("These causes are neither found nor ruled out."),
    ];
    out.extend(grouped(&missing, "missing"));
    out.extend(grouped(&faulted, "the check itself failed"));
    if !unbuilt.is_empty() {
        let n = count(unbuilt.len(), "cause");
        out.push(text(format!("This version has no check yet for {n}: {}.", unbuilt.join(", "))));
    }
    out
}

/// Causes that were looked for and are not so, with what that means and how much was looked at.
pub fn clear(d: &Diagnosis) -> Vec<Block> {
    let cleared: Vec<&Check> = d.checks.iter().filter(|c| c.outcome == CheckOutcome::Clear).collect();
    if cleared.is_empty() {
        return Vec::new();
    }
    let item = |c: &&Check| {
        let says = c.text.as_deref().unwrap_or("looked for and not so");
        vec![text(format!("{}: {says} ({} examined)", c.cause, number(c.examined)))]
    };
    let title = format!("Checked and clear ({})", number(cleared.len() as u64));
    vec![section(title), Block::Bullets(cleared.iter().map(item).collect())]
}

/// Causes that lack the same thing share an item, so that its command is there once.
fn grouped(checks: &[&Check], verb: &str) -> Option<Block> {
    let mut groups: Vec<(&Check, Vec<&str>)> = Vec::new();
    for check in checks {
        match groups.iter_mut().find(|(c, _)| c.missing == check.missing && c.collect == check.collect) {
            Some((_, causes)) => causes.push(check.cause),
            None => groups.push((check, vec![check.cause])),
        }
    }
    let item = |(c, causes): (&Check, Vec<&str>)| {
        let why = if c.missing.is_empty() { verb.to_owned() } else { format!("{verb}: {}", c.missing.join("; ")) };
        let mut out = vec![text(format!("{}: {why}", causes.join(", ")))];
        out.extend(c.collect.clone().map(|text| Block::Command { text, shell: None }));
        out
    };
    (!groups.is_empty()).then(|| Block::Bullets(groups.into_iter().map(item).collect()))
}

/// What to ask the customer. A command that a check names too stands alone on its lines.
pub fn ask(d: &Diagnosis) -> Vec<Block> {
    if d.ask.is_empty() {
        return Vec::new();
    }
    let item = |entry: &String| {
        let mut commands = d.checks.iter().filter_map(|c| c.collect.as_deref()).filter(|c| !c.is_empty());
        let split = commands.find_map(|command| Some((entry.strip_suffix(command)?.trim_end(), command)));
        match split {
            Some((question, command)) => vec![
                text(if question.is_empty() { "The output of:" } else { question }),
                Block::Command { text: command.to_owned(), shell: None },
            ],
            None => vec![Block::Line(entry.clone())],
        }
    };
    vec![section("Ask the customer, in this order"), Block::Numbered(d.ask.iter().map(item).collect())]
}

/// Every input with what it was taken for, then their problems.
pub fn inputs(d: &Diagnosis) -> Vec<Block> {
    if d.inputs.is_empty() {
        return vec![section("Inputs"), text("There was no input.")];
    }
    let rows = d.inputs.iter().map(row).collect();
    let title = section(format!("Inputs ({})", number(d.inputs.len() as u64)));
    let mut out = vec![title, table(["File", "Taken for", "Host", "Records", "From", "To", "Problems"], rows)];
    let problems: Vec<Vec<Block>> = d.inputs.iter().flat_map(problem_lines).map(|line| vec![text(line)]).collect();
    if !problems.is_empty() {
        out.push(Block::Heading { level: 3, tone: Tone::Warn, text: "Problems in the inputs".to_owned() });
        out.push(Block::Bullets(problems));
    }
    out
}

fn row(i: &InputSummary) -> [String; 7] {
    let records = match (i.records, i.selected) {
        (Some(n), Some(selected)) => format!("{}, {} selected", number(n), number(selected)),
        (Some(n), None) => number(n),
        (None, _) => "-".to_owned(),
    };
    let span = i.span();
    let end = |t: Option<_>| t.map_or_else(|| "-".to_owned(), words::time);
    [
        i.path.clone(),
        words::kind(i.kind).to_owned(),
        match i.host_source {
            Some(HostSource::Path) => format!("{} (by its path)", words::or_not(i.host.as_deref())),
            _ => words::or_not(i.host.as_deref()),
        },
        match i.recovered {
            Some(recovered) => format!("{records}; {}", words::recovered(recovered)),
            None => records,
        },
        end(span.map(|s| s.0)),
        end(span.map(|s| s.1)),
        number(i.problems.len() as u64),
    ]
}

fn problem_lines(i: &InputSummary) -> Vec<String> {
    let line = |p: &delegap_model::Problem| {
        let lost = if p.lost.is_empty() { String::new() } else { format!(" (lost: {})", p.lost) };
        format!("{}: {}{lost}", p.at, p.what)
    };
    let (mut lines, hidden) = ends(i.problems.iter().map(line).collect(), PROBLEMS, 0, "further problem");
    lines.extend(hidden.map(|note| format!("{}: {note}", i.path)));
    lines
}
