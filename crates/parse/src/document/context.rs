//! What every parser of a document is given: the file's name, the limits, and the list of problems.

use super::dates::Order;
use super::row::{Cell, Row};
use super::value::excerpt;
use crate::xml::Damage;
use delegap_model::{Limits, Problem, SourceRef, Why};
use std::sync::Arc;

/// One document while it is read.
pub(super) struct Context<'a> {
    file: Arc<str>,
    pub limits: &'a Limits,
    /// The order of day and month in this document.
    pub date_order: Order,
    problems: Vec<Problem>,
    unlisted: u64,
}

impl<'a> Context<'a> {
    pub fn new(name: &str, limits: &'a Limits) -> Self {
        Context { file: name.into(), limits, date_order: Order::Untold, problems: Vec::new(), unlisted: 0 }
    }

    pub fn at(&self, place: &str) -> SourceRef {
        SourceRef::new(self.file.clone(), place)
    }

    /// The path as given.
    pub fn name(&self) -> &str {
        &self.file
    }

    pub fn problem(&mut self, place: &str, what: impl Into<String>, lost: impl Into<String>) {
        if self.problems.len() < self.limits.problems {
            let at = self.at(place);
            self.problems.push(Problem { at, what: what.into(), lost: lost.into() });
        } else {
            self.unlisted += 1;
        }
    }

    /// Lists what of an XML text could not be read.
    pub fn broken_xml(&mut self, text: &str, damages: &[Damage]) {
        let (mut line, mut counted) = (1, 0);
        for Damage { at, what, lost } in damages {
            // A row that ends too late is listed after what lies in it.
            if let Some(passed) = text.get(counted..*at) {
                line += passed.matches('\n').count();
                counted = *at;
            }
            self.problem(&format!(":{line}"), format!("XML ends or breaks here: {what}"), format!("{lost} bytes"));
        }
    }

    /// Takes out what does not fit the limit on a value's length, and reports it.
    pub fn bound(&mut self, row: &mut Row) {
        let limit = self.limits.value_bytes;
        for (key, cell) in &mut row.cells {
            let length = match cell {
                Cell::Text(t) | Cell::Json(serde_json::Value::String(t)) => t.len(),
                Cell::Values(v) => v.iter().map(Vec::len).max().unwrap_or(0),
                _ => continue,
            };
            if length > limit {
                self.problem(
                    &row.place,
                    format!("value of {key} is longer than {limit} bytes"),
                    format!("{length} bytes"),
                );
                let start = match cell {
                    Cell::Text(t) | Cell::Json(serde_json::Value::String(t)) => excerpt(t),
                    _ => String::new(),
                };
                *cell = Cell::Unknown(Why::Unreadable(start));
            }
        }
    }

    pub fn into_problems(mut self) -> Vec<Problem> {
        if self.unlisted > 0 {
            let what = format!("{} further problems of this file are not listed", self.unlisted);
            let at = self.at("");
            self.problems.push(Problem { at, what, lost: String::new() });
        }
        self.problems
    }
}
