//! Reads what customers send: event logs, directory exports, update history, host and cluster dumps.
//!
//! Bytes in, records and problems out. A format is recognised by its content, never by a file's name alone.
//! Nothing here opens a file; no input makes it panic; damage becomes a [`Problem`](delegap_model::Problem) beside
//! the records that could be read.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod document;
mod evtx_log;
mod words;
mod xml;

pub use document::{document, may_be_document};
#[doc(hidden)]
pub use evtx_log::read_evtx_decoding_all;
pub use evtx_log::{EvtxBatch, EvtxLog, EvtxPart, EvtxPosition, EvtxReader, EvtxRoom, is_evtx, read_evtx};

use delegap_model::{Limits, Selection};
use std::sync::Arc;

/// How to read.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Which events to keep.
    pub selection: Selection,
    /// Limits on input.
    pub limits: Limits,
    /// Localised strings that lay beside the log.
    pub mta: Option<Arc<Mta>>,
    /// Look for records that Windows has deleted or was about to overwrite, too. They are marked as recovered.
    pub recover: bool,
}

/// A decoded `LocaleMetaData/*.MTA` file.
#[derive(Debug)]
pub struct Mta(evtx::mta::MtaFile);

impl Mta {
    /// Reads the file's bytes.
    ///
    /// # Errors
    /// A lowercase fragment that says what is wrong with the file.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        evtx::mta::MtaFile::from_bytes(bytes).map(Mta).map_err(|e| e.to_string())
    }
}
