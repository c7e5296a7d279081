//! One object of a document, whatever the document's format: named cells, and what each tells.

use super::list::{self, Split};
use super::value;
use delegap_model::{Tri, Why};
use serde_json::Value;
use std::collections::BTreeMap;
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
    /// Told to be empty.
    Empty,
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

    fn cell(&self, names: &[&str]) -> Option<&Cell> {
        names.iter().find_map(|n| self.cells.get(*n))
    }

    fn absent<T>(&self) -> Tri<T> {
        if self.complete { Tri::KnownEmpty } else { Tri::NOT_EXPORTED }
    }

    /// One text: outer blanks go, a blank one is empty.
    pub fn text(&self, names: &[&str]) -> Tri<String> {
        match self.cell(names) {
            None => self.absent(),
            Some(Cell::Empty) => Tri::KnownEmpty,
            Some(Cell::Unknown(why)) => Tri::Unknown(why.clone()),
            Some(Cell::Text(t)) => plain(t),
            Some(Cell::Json(v)) => value::json_text(v).map_or_else(
                |found| Tri::Unknown(Why::Unreadable(found)),
                |t| t.as_deref().map_or(Tri::KnownEmpty, plain),
            ),
            Some(Cell::Values(v)) => v.first().map_or(Tri::KnownEmpty, |v| plain(&String::from_utf8_lossy(v))),
        }
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
        match self.cell(names) {
            None => self.absent(),
            Some(Cell::Empty) => Tri::KnownEmpty,
            Some(Cell::Unknown(why)) => Tri::Unknown(why.clone()),
            Some(Cell::Text(t)) => list::joined(t, split),
            Some(Cell::Json(v)) => list::json(v, split),
            Some(Cell::Values(v)) => {
                Tri::list(v.iter().filter(|v| !v.is_empty()).map(|v| String::from_utf8_lossy(v).into_owned()).collect())
            }
        }
    }

    /// A binary value, or the text that stands in its place.
    pub fn bytes(&self, names: &[&str]) -> Tri<Raw> {
        match self.cell(names) {
            Some(Cell::Json(Value::Array(items))) if !items.is_empty() => match value::json_bytes(items) {
                Some(bytes) => Tri::Known(Raw::Bytes(bytes)),
                None => self.text(names).map(Raw::Text),
            },
            Some(Cell::Values(v)) => match v.first() {
                Some(bytes) => Tri::Known(String::from_utf8(bytes.clone()).map_or_else(
                    |_| Raw::Bytes(bytes.clone()),
                    |text| {
                        if text.contains('\0') { Raw::Bytes(bytes.clone()) } else { Raw::Text(text) }
                    },
                )),
                None => Tri::KnownEmpty,
            },
            _ => self.text(names).map(Raw::Text),
        }
    }

    /// The JSON value, if the row has one under these names.
    pub fn json(&self, names: &[&str]) -> Option<&Value> {
        match self.cell(names) {
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
        assert_eq!(row.flag(&["a"]), Tri::NOT_EXPORTED);
        row.complete = true;
        assert_eq!(row.text(&["d"]), Tri::KnownEmpty);
    }
}
