//! Correlates the records of a case into a [`Diagnosis`](delegap_model::Diagnosis).
//!
//! Pure and deterministic: no file, no clock, no environment; the order of the records does not matter.

mod ask;
mod attempts;
mod catalogue;
mod causes;
mod counterfactual;
mod delegation;
mod diagnose;
mod directory_changes;
mod disagreements;
mod escalation;
mod estate;
mod explain;
mod findings;
mod hosts;
mod initiator;
mod inspect;
mod knowledge;
mod onset;
mod open_causes;
mod pairs;
mod repair;
mod rivals;
mod signals;
mod testimony;
mod threads;
mod timeline;
mod updates;
mod verdict;

pub use delegation::{Proof, kdc_allows};
pub use diagnose::{Remains, diagnose, diagnose_on};
pub use explain::{alike, every_cause, explain};
pub use inspect::inspect;

use delegap_model::{Condition, EventKey, Selection};

/// The events that [`diagnose`] can use: everything else may be left unread.
pub fn selection() -> Selection {
    let mut selection = Selection::default();
    knowledge::knowledge().select(&mut selection);
    directory_changes::select(&mut selection);
    updates::select(&mut selection);
    estate::renames::select(&mut selection);
    for (provider, id) in [("eventlog", 6005), ("eventlog", 6009), ("microsoft-windows-kernel-general", 12)] {
        selection.keys.insert(EventKey { provider: provider.to_owned(), id });
    }
    // A Security log holds millions of these; what the rules can use is few.
    let auditing = |id| EventKey { provider: "microsoft-windows-security-auditing".to_owned(), id };
    selection.conditions.extend([
        (auditing(4768), vec![Condition::NoneOf("Status", &["0x0", "0"])]),
        (auditing(4769), vec![Condition::NoneOf("Status", &["0x0", "0"])]),
        (
            auditing(4624),
            vec![
                Condition::OneOf("LogonType", &["2", "3", "10", "11"]),
                Condition::NotEndingWith("TargetUserName", "$"),
            ],
        ),
        (auditing(5136), vec![Condition::OneOf("AttributeLDAPDisplayName", directory_changes::ATTRIBUTES)]),
    ]);
    selection
}
