//! The JSON report: one object, format 1.

mod convert;
pub mod v1;
mod values;

use crate::inert;
use delegap_model::{Diagnosis, Inspection};
use serde::Serialize;

/// The report on `d` as pretty-printed JSON that ends with a line break. [`crate::SCHEMA`] describes it.
pub fn to_string(d: &Diagnosis) -> String {
    printed(&v1::Report::from(d))
}

/// What is known of the inputs of a case as pretty-printed JSON. [`crate::INSPECTION_SCHEMA`] describes it.
pub fn inspection(i: &Inspection) -> String {
    printed(&v1::Inspection::from(i))
}

fn printed(report: &impl Serialize) -> String {
    // Serialising can only fail on maps without string keys and on writers that fail; there is neither.
    let text = serde_json::to_string_pretty(report).expect("structs of strings and numbers serialise");
    inert::json_text(&text) + "\n"
}
