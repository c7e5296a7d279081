//! One diagnosis as a list of blocks, verdict first, for the renderings that people read.
//!
//! Strings in blocks are as the diagnosis has them: whoever draws a block makes them inert.

mod attempts;
mod coverage;
pub mod explanation;
mod findings;
mod history;
mod hosts;
pub mod inspection;
mod pairs;
mod verdict;
mod weighing;

use delegap_model::{Diagnosis, Shell};

/// What a heading announces. Colour may follow it; the words say the same without colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Neither good nor bad.
    Plain,
    /// Nothing is wrong.
    Good,
    /// A doubt or a gap.
    Warn,
    /// A failure.
    Bad,
}

/// A piece of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A heading; level 1 is the verdict's.
    Heading { level: u8, tone: Tone, text: String },
    /// Running text.
    Text(String),
    /// Running text behind a label.
    Labelled { label: &'static str, text: String },
    /// A sentence that may hold a command: never broken into lines.
    Line(String),
    /// A list in no order.
    Bullets(Vec<Vec<Block>>),
    /// A list in order.
    Numbered(Vec<Vec<Block>>),
    /// A command to copy; its lines stay as they are.
    Command { text: String, shell: Option<Shell> },
    /// Rows under a header; each row has as many cells as the header.
    Table { header: Vec<String>, rows: Vec<Vec<String>> },
    /// A page to read.
    Link { url: String, says: String },
}

/// Everything a person is told about `d`.
pub fn document(d: &Diagnosis) -> Vec<Block> {
    let mut out = verdict::blocks(d);
    out.extend(weighing::stall(d));
    out.extend(findings::blocks(d));
    out.extend(weighing::counterfactual(d));
    out.extend(attempts::blocks(d));
    out.extend(pairs::blocks(d));
    out.extend(hosts::blocks(d));
    out.extend(history::blocks(d));
    out.extend(coverage::not_checked(d));
    out.extend(coverage::clear(d));
    out.extend(coverage::inputs(d));
    out.extend(coverage::ask(d));
    out.extend(weighing::escalation(d));
    out
}

fn section(text: impl Into<String>) -> Block {
    Block::Heading { level: 2, tone: Tone::Plain, text: text.into() }
}

fn text(text: impl Into<String>) -> Block {
    Block::Text(text.into())
}

fn labelled(label: &'static str, text: impl Into<String>) -> Block {
    Block::Labelled { label, text: text.into() }
}

fn table<const N: usize>(header: [&str; N], rows: Vec<[String; N]>) -> Block {
    Block::Table { header: header.map(str::to_owned).to_vec(), rows: rows.into_iter().map(Vec::from).collect() }
}

/// The first and last items when there are more than `first + last`, and a text that says how many are left out.
fn ends<T>(items: Vec<T>, first: usize, last: usize, noun: &str) -> (Vec<T>, Option<String>) {
    let hidden = items.len().saturating_sub(first + last);
    if hidden == 0 {
        return (items, None);
    }
    let resume = items.len() - last;
    let kept =
        items.into_iter().enumerate().filter(|(i, _)| *i < first || *i >= resume).map(|(_, item)| item).collect();
    let place = if last > 0 { format!(" after the first {first}") } else { String::new() };
    (kept, Some(format!("{}{place} not shown here; the JSON report has all.", crate::words::count(hidden, noun))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_counts_what_it_hides() {
        assert_eq!(ends(vec![1, 2, 3], 2, 1, "line"), (vec![1, 2, 3], None));
        let (kept, note) = ends((0..10).collect(), 2, 1, "line");
        assert_eq!(kept, [0, 1, 9]);
        assert_eq!(note.unwrap(), "7 lines after the first 2 not shown here; the JSON report has all.");
    }
}
