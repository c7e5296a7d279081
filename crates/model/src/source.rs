//! Where a fact comes from.

use std::fmt;
use std::sync::Arc;

/// Behind the place of a recovered record.
const RECOVERED: &str = " (recovered)";

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

    /// A reference to a record of a log that Windows had deleted or was about to overwrite.
    pub fn recovered(file: impl Into<Arc<str>>, record_id: u64) -> Self {
        SourceRef::new(file, format!("#{record_id}{RECOVERED}"))
    }

    /// True for what [`SourceRef::recovered`] made.
    pub fn is_recovered(&self) -> bool {
        self.place.ends_with(RECOVERED)
    }
}

impl fmt::Display for SourceRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.file, self.place)
    }
}
