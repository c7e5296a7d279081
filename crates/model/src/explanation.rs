//! What the built-in knowledge says of one topic.

use crate::{Reference, Shell};

/// The page on a cause, code, event, update, programme or policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What it is about, one line.
    pub title: String,
    /// Its parts, in order.
    pub parts: Vec<Part>,
    /// Where the facts come from, each once.
    pub sources: Vec<String>,
}

/// One headed part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The heading; empty for the text below the title.
    pub heading: String,
    /// What stands under it.
    pub items: Vec<Item>,
}

/// A piece of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// Running text.
    Text(String),
    /// One point of a list.
    Point(String),
    /// A command to copy.
    Command {
        /// The command.
        text: String,
        /// Its shell, if it is for one.
        shell: Option<Shell>,
    },
    /// A page to read.
    Link(Reference),
}
