//! Where a fact comes from.

use std::fmt;
use std::sync::Arc;

/// A place in an input: `System.evtx#48213`, `computers.csv:118`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceRef {
    /// The input's path as it was given, `/` between its parts.
    pub file: Arc<str>,
    /// The place inside.
    pub place: Place,
}

/// A place inside an input. A case has millions of them: none needs memory of its own that is written as a number.
///
/// ```
/// use delegap_model::Place;
///
/// assert_eq!(Place::from("#48213"), Place::Record(48213));
/// assert_eq!(Place::Line(118).to_string(), ":118");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// `:` and a line, from 1.
    Line(u64),
    /// `#` and an EventRecordID.
    Record(u64),
    /// A record of a log that Windows had deleted or was about to overwrite.
    Recovered(u64),
    /// A path within the document; empty for the whole of it.
    Within(Arc<String>),
}

/// Behind the place of a recovered record.
const RECOVERED: &str = " (recovered)";

impl SourceRef {
    /// A reference to `place` inside `file`.
    pub fn new(file: impl Into<Arc<str>>, place: impl Into<Place>) -> Self {
        SourceRef { file: file.into(), place: place.into() }
    }

    /// True for a record that is not part of its log any more.
    pub fn is_recovered(&self) -> bool {
        matches!(self.place, Place::Recovered(_))
    }
}

impl Place {
    /// True for the file as a whole.
    pub fn is_empty(&self) -> bool {
        matches!(self, Place::Within(path) if path.is_empty())
    }
}

impl From<&str> for Place {
    fn from(text: &str) -> Self {
        // Only as it would be written.
        let number = |digits: &str| digits.parse().ok().filter(|n: &u64| n.to_string() == digits);
        let written = match text.split_at_checked(1) {
            Some((":", line)) => number(line).map(Place::Line),
            Some(("#", id)) => match id.strip_suffix(RECOVERED) {
                Some(id) => number(id).map(Place::Recovered),
                None => number(id).map(Place::Record),
            },
            _ => None,
        };
        written.unwrap_or_else(|| Place::Within(Arc::new(text.to_owned())))
    }
}

impl From<String> for Place {
    fn from(text: String) -> Self {
        Place::from(text.as_str())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Line(line) => write!(f, ":{line}"),
            Place::Record(id) => write!(f, "#{id}"),
            Place::Recovered(id) => write!(f, "#{id}{RECOVERED}"),
            Place::Within(path) => f.write_str(path),
        }
    }
}

impl fmt::Display for SourceRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.file, self.place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_written_as_it_was_read() {
        for text in [
            "",
            ":118",
            "#48213",
            "#7 (recovered)",
            "#007",
            ":",
            "#",
            ":x",
            "#18446744073709551616",
            "@0x1000",
            ":/a[1]",
        ] {
            let place = Place::from(text);
            assert_eq!((place.to_string(), place.is_empty()), (text.to_owned(), text.is_empty()));
            assert_eq!(
                matches!(place, Place::Within(_)),
                !matches!(text, ":118" | "#48213" | "#7 (recovered)"),
                "{text}"
            );
        }
        assert!(SourceRef::new("a", "#7 (recovered)").is_recovered());
    }
}
