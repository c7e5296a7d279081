//! Where a fact comes from.

use std::fmt;
use std::sync::Arc;

/// A place in an input: `System.evtx#48213`, `computers.csv:118`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceRef {
    /// The input's path as it was given, `/` between its parts.
    pub file: Arc<str>,
    /// The place inside: `#` and an EventRecordID, `:` and a line (from 1), or a path within the document.
    pub place: Arc<str>,
}

impl SourceRef {
    /// A reference to `place` inside `file`.
    pub fn new(file: impl Into<Arc<str>>, place: impl Into<Arc<str>>) -> Self {
        SourceRef { file: file.into(), place: place.into() }
    }
}

impl fmt::Display for SourceRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.file, self.place)
    }
}
