//! One object of a document, whatever the document's format: named cells, and what each tells.

use super::list::{self, Split};
use super::value;
use delegap_model::{Tri, Why};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What stands under one name.
#[derive(Debug, Clone)]
pub(super) enum Cell {
    /// Text of a CSV cell or a console; a list is joined in it.
    Text(String),
    /// A JSON value.
    Json(Value),
    /// The values of an LDIF attribute.
    Values(Vec<Vec<u8>>),
    /// There, and of no use.
    Unknown(Why),
}

/// One object: a CSV row, a JSON object, an LDIF record, a block of console text.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    /// Where it stands in its file.
    pub place: String,
    /// Cells by [`key`].
    pub cells: BTreeMap<Arc<str>, Cell>,
    /// The whole object was exported: a name that is not there has no value.
    pub complete: bool,
    /// Names that the export asked for: one that is not there has no value.
    pub asked: Arc<BTreeSet<Arc<str>>>,
}

/// A column or attribute name without case, blanks, `_` and `-`.
pub(super) fn key(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, ' ' | '_' | '-' | '\u{a0}')).flat_map(char::to_lowercase).collect()
}

impl Row {
    pub fn new(place: String) -> Self {
        Row { place, ..Row::default() }
    }

    /// Adds a cell; of two with one name the first stays.
    pub fn put(&mut self, key: Arc<str>, cell: Cell) {
        self.cells.entry(key).or_insert(cell);
    }

    pub fn has(&self, names: &[&str]) -> bool {
        names.iter().any(|n| self.cells.contains_key(*n))
    }

    /// What the first cell tells that tells something: of two columns for one attribute one may be lost.
    fn first<T>(&self, names: &[&str], tell: impl Fn(&Cell) -> Tri<T>) -> Tri<T> {
        let mut untold = None;
        for cell in names.iter().filter_map(|n| self.cells.get(*n)) {
            let told = tell(cell);
            if told.is_told() {
                return told;
            }
            untold.get_or_insert(told);
        }
        let absent = self.complete || names.iter().any(|n| self.asked.contains(*n));
        untold.unwrap_or(if absent { Tri::KnownEmpty } else { Tri::NOT_EXPORTED })
    }

    /// One text: outer blanks go, a blank one is empty.
    pub fn text(&self, names: &[&str]) -> Tri<String> {
        self.first(names, text)
    }

    /// A text that `read` understands.
    pub fn read<T>(&self, names: &[&str], read: impl Fn(&str) -> Option<T>) -> Tri<T> {
        read_tri(self.text(names), read)
    }

    /// A truth value. An export that asks for one always shows it: a blank cell tells nothing.
    pub fn flag(&self, names: &[&str]) -> Tri<bool> {
        match self.read(names, value::flag) {
            Tri::KnownEmpty => Tri::NOT_EXPORTED,
            told => told,
        }
    }

    /// A list of texts, each as it stands.
    pub fn list(&self, names: &[&str], split: Split) -> Tri<Vec<String>> {
        self.first(names, |cell| match cell {
            Cell::Unknown(why) => Tri::Unknown(why.clone()),
            Cell::Text(t) => list::joined(t, split),
            Cell::Json(v) => list::json(v, split),
            Cell::Values(v) => {
                Tri::list(v.iter().filter(|v| !v.is_empty()).map(|v| String::from_utf8_lossy(v).into_owned()).collect())
            }
        })
    }

    /// A binary value, or the text that stands in its place.
    pub fn bytes(&self, names: &[&str]) -> Tri<Raw> {
        self.first(names, |cell| match cell {
            Cell::Json(Value::Array(items)) if !items.is_empty() => value::json_bytes(items)
                .map_or_else(|| text(cell).map(Raw::Text), |bytes| Tri::Known(Raw::Bytes(bytes))),
            Cell::Values(v) => match v.first() {
                Some(bytes) => Tri::Known(String::from_utf8(bytes.clone()).map_or_else(
                    |_| Raw::Bytes(bytes.clone()),
                    |text| {
                        if text.contains('\0') { Raw::Bytes(bytes.clone()) } else { Raw::Text(text) }
                    },
                )),
                None => Tri::KnownEmpty,
            },
            _ => text(cell).map(Raw::Text),
        })
    }

    /// The JSON value, if the row has one under these names.
    pub fn json(&self, names: &[&str]) -> Option<&Value> {
        match names.iter().find_map(|n| self.cells.get(*n)) {
            Some(Cell::Json(v)) => Some(v),
            _ => None,
        }
    }

    /// The text alone, where a reason for its absence is of no use.
    pub fn some_text(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|n| self.text(&[n]).known().cloned())
    }

    /// True if the cell is there and blank.
    pub fn is_blank(&self, name: &str) -> bool {
        match self.cells.get(name) {
            Some(Cell::Text(t)) => t.trim().is_empty(),
            Some(Cell::Json(Value::String(t))) => t.trim().is_empty(),
            Some(Cell::Json(v)) => v.is_null() || v.as_object().is_some_and(|o| o.is_empty()),
            _ => false,
        }
    }
}

/// A value that an export shows in binary or as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Raw {
    Bytes(Vec<u8>),
    Text(String),
}

/// Reads the text of a known value; what can't be read is kept as such.
pub(super) fn read_tri<T>(told: Tri<String>, read: impl Fn(&str) -> Option<T>) -> Tri<T> {
    match told {
        Tri::Known(text) => {
            read(&text).map_or_else(|| Tri::Unknown(Why::Unreadable(value::excerpt(&text))), Tri::Known)
        }
        Tri::KnownEmpty => Tri::KnownEmpty,
        Tri::Unknown(why) => Tri::Unknown(why),
    }
}

fn text(cell: &Cell) -> Tri<String> {
    match cell {
        Cell::Unknown(why) => Tri::Unknown(why.clone()),
        Cell::Text(t) => plain(t),
        Cell::Json(v) => value::json_text(v)
            .map_or_else(|found| Tri::Unknown(Why::Unreadable(found)), |t| t.as_deref().map_or(Tri::KnownEmpty, plain)),
        Cell::Values(v) => v.first().map_or(Tri::KnownEmpty, |v| plain(&String::from_utf8_lossy(v))),
    }
}

fn plain(text: &str) -> Tri<String> {
    let text = text.trim();
    if text.is_empty() {
        return Tri::KnownEmpty;
    }
    if list::is_lost(text) {
        return Tri::Unknown(Why::Lost(value::excerpt(text)));
    }
    Tri::Known(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fold() {
        assert_eq!(key("msDS-AllowedToDelegateTo"), "msdsallowedtodelegateto");
        assert_eq!(key("Distinguished Name"), key("distinguished_name"));
    }

    #[test]
    fn absent_blank_and_lost_differ() {
        let mut row = Row::new(":1".into());
        row.put("a".into(), Cell::Text("  ".into()));
        row.put("b".into(), Cell::Text("System.Object[]".into()));
        row.put("c".into(), Cell::Text(" x ".into()));
        assert_eq!(row.text(&["a"]), Tri::KnownEmpty);
        assert_eq!(row.text(&["b"]), Tri::Unknown(Why::Lost("System.Object[]".into())));
        assert_eq!(row.text(&["zz", "c"]), Tri::Known("x".into()));
        assert_eq!(row.text(&["d"]), Tri::NOT_EXPORTED);
        assert_eq!(row.text(&["b", "a"]), Tri::KnownEmpty, "the one that tells something");
        assert_eq!(row.flag(&["a"]), Tri::NOT_EXPORTED);
        row.complete = true;
        assert_eq!(row.text(&["d"]), Tri::KnownEmpty);
    }
}
