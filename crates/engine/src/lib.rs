//! Correlates the records of a case into a [`Diagnosis`](delegap_model::Diagnosis).
//!
//! Pure and deterministic: no file, no clock, no environment; the order of the records does not matter.

mod ask;
mod attempts;
mod catalogue;
mod causes;
mod delegation;
mod diagnose;
mod directory_changes;
mod estate;
mod findings;
mod hosts;
mod initiator;
mod knowledge;
mod onset;
mod pairs;
mod repair;
mod signals;
mod timeline;
mod updates;
mod verdict;

pub use delegation::{Proof, kdc_allows};
pub use diagnose::diagnose;

use delegap_model::{EventKey, Selection};

/// The events that [`diagnose`] can use: everything else may be left unread.
pub fn selection() -> Selection {
    let mut selection = Selection::default();
    knowledge::knowledge().select(&mut selection);
    directory_changes::select(&mut selection);
    updates::select(&mut selection);
    for (provider, id) in [("eventlog", 6005), ("microsoft-windows-kernel-general", 12)] {
        selection.keys.insert(EventKey { provider: provider.to_owned(), id });
    }
    selection
}
