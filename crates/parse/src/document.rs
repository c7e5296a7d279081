//! Everything that is not an event log.

use crate::Options;
use delegap_model::{InputSummary, Kind, Parsed, Record};

/// Reads one whole document that is not an event log, recognising what it is.
pub fn document(name: &str, _bytes: &[u8], _options: &Options) -> Parsed<Record> {
    Parsed { records: Vec::new(), summary: InputSummary::new(name, Kind::Unknown) }
}
