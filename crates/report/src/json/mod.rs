//! The JSON report: one object, format 1.

mod convert;
pub mod v1;
mod values;

use crate::inert;
use delegap_model::Diagnosis;

/// The report on `d` as pretty-printed JSON that ends with a line break. [`crate::SCHEMA`] describes it.
pub fn to_string(d: &Diagnosis) -> String {
    // Serialising can only fail on maps without string keys and on writers that fail; there is neither.
    let text = serde_json::to_string_pretty(&v1::Report::from(d)).expect("structs of strings and numbers serialise");
    inert::json_text(&text) + "\n"
}
