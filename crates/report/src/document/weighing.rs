//! What the customer reports against the logs, what directory changes would have done, and the lines for a ticket.

use super::{Block, Tone, ends, section, table, text};
use crate::words::{self, count, list};
use delegap_model::{Agreement, Diagnosis, ValueChange};

/// Changes shown before the rest is counted.
const CHANGES: usize = 24;
/// Attempt ids written out before the rest is counted.
const NAMES: usize = 12;

/// The reported progress beside the logs.
pub fn stall(d: &Diagnosis) -> Vec<Block> {
    let Some(stall) = &d.reported_stall else { return Vec::new() };
    let tone = if stall.agreement == Agreement::Disagrees { Tone::Warn } else { Tone::Plain };
    let title = match stall.agreement {
        Agreement::Agrees => "What the customer reports agrees with the logs",
        Agreement::Disagrees => "What the customer reports and the logs DISAGREE",
        Agreement::Open => "What the customer reports can't be held against the logs",
    };
    let mut out = vec![Block::Heading { level: 2, tone, text: title.to_owned() }, text(stall.says.as_str())];
    if !stall.evidence.is_empty() {
        let lines = stall.evidence.iter().map(|e| vec![text(words::statement(e))]).collect();
        out.push(Block::Bullets(lines));
    }
    out
}

/// The changes with which the attempts would not have been refused.
pub fn counterfactual(d: &Diagnosis) -> Vec<Block> {
    let Some(c) = &d.counterfactual else { return Vec::new() };
    let allowed = format!(
        "With these {} a domain controller would have given the ticket to {} of {}: {}.",
        count(c.changes.len(), "directory change"),
        c.allowed.len(),
        count(c.failed, "failed attempt"),
        list(&c.allowed, NAMES)
    );
    let mut out = vec![section("What the directory would have had to hold"), text(allowed)];
    out.extend(changes(&c.changes));
    if c.smallest != c.changes {
        out.push(text(format!("The smallest set that does the same has {}:", count(c.smallest.len(), "change"))));
        out.extend(changes(&c.smallest));
    } else {
        out.push(text("No smaller set does the same."));
    }
    out.extend(c.notes.iter().map(|n| text(n.as_str())));
    out
}

fn changes(all: &[ValueChange]) -> Vec<Block> {
    let (shown, hidden) = ends(all.iter().collect(), CHANGES, 0, "further change");
    let rows = shown.into_iter().map(|c| [c.object.clone(), c.attribute.to_owned(), c.value.clone()]).collect();
    let mut out = vec![table(["Object", "Attribute", "Value to add or set"], rows)];
    out.extend(hidden.map(text));
    out
}

/// The summary to paste into a ticket, each line by itself.
pub fn escalation(d: &Diagnosis) -> Vec<Block> {
    if d.escalation.is_empty() {
        return Vec::new();
    }
    let lines = d.escalation.iter().map(|line| vec![Block::Line(line.clone())]).collect();
    vec![section("For the escalation ticket"), Block::Bullets(lines)]
}
