//! Three-valued facts: a value that is set, known to be empty, or not known.

use std::fmt;

/// What an export says about one attribute.
///
/// A missing column is not an empty attribute: every verdict has to survive the difference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tri<T> {
    /// The attribute is set. A list is never empty here.
    Known(T),
    /// The export asked for the attribute and it has no value.
    KnownEmpty,
    /// The export does not tell.
    Unknown(Why),
}

/// Why a value is not known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// The export has no such column, attribute or property.
    NotExported,
    /// The export wrote a type name or a cut list in place of the value; the text found is kept.
    Lost(String),
    /// The list was cut: these entries are on it, what else is on it is not known.
    Partly(Vec<String>),
    /// A value is there and can't be read as what it should be; the text found is kept.
    Unreadable(String),
}

impl Why {
    /// True if something is set and only what it is can't be told: a list that was cut, a value that can't be read. A type
    /// name stands for an empty collection as well.
    pub fn hides_a_value(&self) -> bool {
        match self {
            Why::NotExported => false,
            // One object, not a collection: it would not be there if nothing were set.
            Why::Lost(text) if text.trim() == "System.DirectoryServices.ActiveDirectorySecurity" => true,
            Why::Lost(text) => !["Microsoft.", "System."].iter().any(|name| text.trim_start().starts_with(name)),
            Why::Partly(_) | Why::Unreadable(_) => true,
        }
    }
}

impl<T> Tri<T> {
    /// The attribute was not part of the export.
    pub const NOT_EXPORTED: Self = Tri::Unknown(Why::NotExported);

    /// The value, if it is set.
    pub fn known(&self) -> Option<&T> {
        match self {
            Tri::Known(v) => Some(v),
            Tri::KnownEmpty | Tri::Unknown(_) => None,
        }
    }

    /// True unless the value is [`Tri::Unknown`].
    pub fn is_told(&self) -> bool {
        !matches!(self, Tri::Unknown(_))
    }

    /// The same fact about a derived value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Tri<U> {
        match self {
            Tri::Known(v) => Tri::Known(f(v)),
            Tri::KnownEmpty => Tri::KnownEmpty,
            Tri::Unknown(why) => Tri::Unknown(why),
        }
    }

    /// This fact, or `other` where this one is not known.
    pub fn or(self, other: Self) -> Self {
        if self.is_told() { self } else { other }
    }
}

impl<T> Tri<Vec<T>> {
    /// A list that was exported: set, or known to be empty.
    pub fn list(items: Vec<T>) -> Self {
        if items.is_empty() { Tri::KnownEmpty } else { Tri::Known(items) }
    }

    /// The items when the list is told: an empty slice for a known empty one, `None` when unknown.
    pub fn told_items(&self) -> Option<&[T]> {
        match self {
            Tri::Known(v) => Some(v),
            Tri::KnownEmpty => Some(&[]),
            Tri::Unknown(_) => None,
        }
    }
}

impl<T> Default for Tri<T> {
    fn default() -> Self {
        Tri::NOT_EXPORTED
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::NotExported => f.write_str("not part of the export"),
            Why::Lost(found) => write!(f, "lost in the export, which shows \"{found}\""),
            Why::Partly(shown) => write!(f, "cut in the export, which shows only {}", shown.join(", ")),
            Why::Unreadable(found) => write!(f, "not readable: \"{found}\""),
        }
    }
}
