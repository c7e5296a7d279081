//! What the inputs of a case are and what each of them tells, without any judgement of the case.

use crate::InputSummary;

/// All inputs of a case, each by itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inspection {
    /// By path.
    pub inputs: Vec<InspectedInput>,
}

/// One input and what it tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InspectedInput {
    /// What it was taken for, its host, its time range, its damage.
    pub summary: InputSummary,
    /// What it has something to say on, in a fixed order. Empty if the analysis can use nothing of it.
    pub answers: Vec<Answer>,
}

/// How much one input tells of one fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The fact's id, such as `delegation-list`.
    pub fact: &'static str,
    /// What one such fact is about: `computer`, `update`, `event`.
    pub about: &'static str,
    /// Of how many it is told, by a value or as known to be empty.
    pub told: u64,
    /// Of how many it is not told, by the reason.
    pub not_told: Vec<(String, u64)>,
}

/// Where the host that a file speaks of comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HostSource {
    /// The file's content names it.
    Content,
    /// Only the name of the file, or of a folder around it, does.
    Path,
}
