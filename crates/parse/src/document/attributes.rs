//! Objects as lines of `name: value` without `dn:` above them, as dsquery prints them (`-attr *`, or `-l` with chosen
//! attributes), and other LDAP tools that put further values below the first one.

use super::row::{Cell, Row, key};
use super::shape::{self, Shape};
use delegap_model::Why;
use serde_json::Value;
use std::sync::Arc;

/// The accounts of the text.
pub(super) fn read(text: &str) -> Vec<(Shape, Row)> {
    let mut rows = Vec::new();
    let mut object: Option<Object> = None;
    for (line, number) in text.lines().zip(1u64..).chain([("", 0)]) {
        let pair = attribute(line);
        let ended = line.trim_matches(['-', ' ', '\t']).is_empty();
        let repeats = pair.as_ref().is_some_and(|(k, _)| object.as_ref().is_some_and(|o| o.closed(k)));
        if (ended || repeats)
            && let Some(done) = object.take()
        {
            rows.extend(done.row());
        }
        match (pair, &mut object) {
            (Some((key, value)), Some(object)) => object.add(key, value),
            (Some((key, value)), None) => {
                object = Some(Object { place: format!(":{number}"), attributes: vec![(key, vec![value])] });
            }
            (None, Some(object)) if line.starts_with("  ") && !ended => object.more(line.trim()),
            _ => {}
        }
    }
    rows
}

/// An object while it is read; the values of one attribute stand together.
struct Object {
    place: String,
    attributes: Vec<(Arc<str>, Vec<String>)>,
}

impl Object {
    fn add(&mut self, key: Arc<str>, value: String) {
        match self.attributes.last_mut() {
            Some((last, values)) if *last == key => values.push(value),
            _ => self.attributes.push((key, vec![value])),
        }
    }

    fn more(&mut self, value: &str) {
        if let Some((_, values)) = self.attributes.last_mut() {
            values.push(value.to_owned());
        }
    }

    /// True if values of this attribute stand further above: another object begins.
    fn closed(&self, key: &str) -> bool {
        let above = self.attributes.split_last().map(|(_, above)| above).unwrap_or_default();
        // No object has that many attributes; what has is not looked through again and again.
        above.len() > MOST_ATTRIBUTES || above.iter().any(|(k, _)| **k == *key)
    }

    fn row(self) -> Option<(Shape, Row)> {
        let mut row = Row::new(self.place);
        for (key, mut values) in self.attributes {
            let cell = match values.len() {
                // Several values may be joined in one.
                0 | 1 => Cell::Text(values.pop().unwrap_or_default()),
                _ => Cell::Json(Value::Array(values.into_iter().map(Value::String).collect())),
            };
            row.put(key, cell);
        }
        // dsquery prints texts and numbers; whether it shows a security descriptor is not certain.
        if row.has(&["adspath"]) && !row.has(&[DESCRIPTOR]) {
            row.put(DESCRIPTOR.into(), Cell::Unknown(Why::NotExported));
        }
        shape::of_row(&row).filter(|shape| *shape == Shape::Accounts).map(|shape| (shape, row))
    }
}

/// Resource-based delegation, a security descriptor.
const DESCRIPTOR: &str = "msdsallowedtoactonbehalfofotheridentity";

const MOST_ATTRIBUTES: usize = 500;

/// `sAMAccountName: HV01$`; a name of a directory has no blank.
fn attribute(line: &str) -> Option<(Arc<str>, String)> {
    let (name, value) = line.split_once(':')?;
    let letter = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    let is_name = !name.is_empty() && name.len() <= 64 && name.bytes().all(letter);
    // `C:\>` and `http://` are no attributes.
    let apart = value.is_empty() || value.starts_with([' ', '\t']);
    (is_name && apart).then(|| (key(name).into(), value.trim().to_owned()))
}
