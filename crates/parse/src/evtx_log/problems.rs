//! The list of a log's problems, cut at its limit, and the words for amounts.

use crate::words::count;
use delegap_model::{Problem, SourceRef};
use std::sync::Arc;

/// Collects problems; past the limit they are only counted.
pub(super) struct Problems {
    file: Arc<str>,
    limit: usize,
    /// Places are lines of a text, not offsets of a file.
    lines: bool,
    listed: Vec<Problem>,
    unlisted: u64,
}

impl Problems {
    pub(super) fn new(file: Arc<str>, limit: usize) -> Self {
        Problems { file, limit, lines: false, listed: Vec::new(), unlisted: 0 }
    }

    /// Places are lines from now on.
    pub(super) fn are_of_text(&mut self) {
        self.lines = true;
    }

    /// Adds what is wrong at a place, and what could not be read because of it.
    pub(super) fn at(&mut self, place: u64, what: impl Into<String>, lost: impl Into<String>) {
        if self.listed.len() >= self.limit {
            self.unlisted += 1;
            return;
        }
        let place = if self.lines { format!(":{place}") } else { format!("@{place:#x}") };
        let at = SourceRef::new(Arc::clone(&self.file), place);
        self.listed.push(Problem { at, what: what.into(), lost: lost.into() });
    }

    /// Adds what is wrong with the file as a whole.
    pub(super) fn of_file(&mut self, what: impl Into<String>, lost: impl Into<String>) {
        let at = SourceRef::new(Arc::clone(&self.file), "");
        self.listed.push(Problem { at, what: what.into(), lost: lost.into() });
    }

    /// True if places are lines of a text.
    pub(super) fn are_by_line(&self) -> bool {
        self.lines
    }

    /// An empty list for the same file.
    pub(super) fn another(&self) -> Self {
        Problems { file: Arc::clone(&self.file), limit: self.limit, lines: self.lines, listed: Vec::new(), unlisted: 0 }
    }

    /// Those that are listed so far, if there are any; none are afterwards.
    pub(super) fn take(&mut self) -> Option<Self> {
        let another = self.another();
        let any = !self.listed.is_empty() || self.unlisted > 0;
        any.then(|| std::mem::replace(self, another))
    }

    /// Adds those of a later part.
    pub(super) fn append(&mut self, later: Problems) {
        let room = self.limit.saturating_sub(self.listed.len());
        self.unlisted += later.unlisted + later.listed.len().saturating_sub(room) as u64;
        self.listed.extend(later.listed.into_iter().take(room));
    }

    /// The list; one entry more than the limit when some are only counted.
    pub(super) fn finish(mut self) -> Vec<Problem> {
        if self.unlisted > 0 {
            let at = SourceRef::new(Arc::clone(&self.file), "");
            let what = format!("{} not listed", count(self.unlisted, "further problem"));
            self.listed.push(Problem { at, what, lost: String::new() });
        }
        self.listed
    }
}

/// An error and its causes on one line, without the levels that only say that there was an error.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = String::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let own = error.to_string();
        next = error.source();
        let says_nothing = next.is_some() && own.starts_with("An error occurred while trying to");
        // Some errors repeat their cause.
        if says_nothing || text.ends_with(&own) {
            continue;
        }
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&own);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn past_the_limit_problems_are_counted() {
        let mut problems = Problems::new("a.evtx".into(), 2);
        for offset in 0..5 {
            problems.at(offset, "broken", "1 record");
        }
        let listed = problems.finish();
        assert_eq!(listed.len(), 3);
        assert_eq!(listed[1].at.to_string(), "a.evtx@0x1");
        assert_eq!(listed[2].what, "3 further problems not listed");
    }
}
