//! What a diagnosis weighs beside its causes: rivals that are ruled out, what would have helped, what the customer says.

use crate::Evidence;

/// A cause with the same signs that is not the one.
#[derive(Debug, Clone, PartialEq)]
pub struct RuledOut {
    /// Catalogue id.
    pub cause: &'static str,
    /// Its title.
    pub title: String,
    /// Why, in one sentence.
    pub why: String,
    /// The attempts for which it is ruled out.
    pub attempts: Vec<String>,
    /// What rules it out; never empty.
    pub evidence: Vec<Evidence>,
}

/// Directory changes, and the failed attempts that a domain controller would then not have refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counterfactual {
    /// The changes of the documented setup that the attempts lacked.
    pub changes: Vec<ValueChange>,
    /// The attempts for which a ticket would then have been given.
    pub allowed: Vec<String>,
    /// All failed attempts.
    pub failed: usize,
    /// The fewest changes with the same effect; the same as `changes` where nothing less does.
    pub smallest: Vec<ValueChange>,
    /// What has to be known beside it.
    pub notes: Vec<String>,
}

/// One value of one attribute of one object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ValueChange {
    /// The computer object.
    pub object: String,
    /// The attribute.
    pub attribute: &'static str,
    /// The value to add, or the flag to set.
    pub value: String,
}

/// The progress at which moves stop, as the customer reports it.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportedStall {
    /// From this percentage.
    pub from: u8,
    /// To this one.
    pub to: u8,
    /// Whether the logs say the same.
    pub agreement: Agreement,
    /// What that means.
    pub says: String,
    /// What the logs show.
    pub evidence: Vec<Evidence>,
}

/// Whether testimony and logs agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Agreement {
    /// The logs show a stop in that phase.
    Agrees,
    /// The logs show a stop in another phase.
    Disagrees,
    /// The logs don't tell where moves stop.
    Open,
}
