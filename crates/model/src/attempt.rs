//! Attempts: one try to move one VM, as the logs show it.

use crate::{Code, Evidence, Guid, Time};
use std::sync::Arc;

/// One migration of one VM from one host to another.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// `A1`, `A2`, … by start.
    pub id: String,
    /// The VM's name.
    pub vm_name: Option<Arc<str>>,
    /// The VM's id.
    pub vm_id: Option<Guid>,
    /// The host the VM leaves.
    pub source: Option<Arc<str>>,
    /// The host the VM is to run on.
    pub destination: Option<Arc<str>>,
    /// First trace.
    pub started: Option<Time>,
    /// Last trace, once it has ended.
    pub ended: Option<Time>,
    /// How it ended.
    pub outcome: Outcome,
    /// Where it stopped, if it failed and the events tell.
    pub stopped_in: Option<Phase>,
    /// Who started it, when evidence shows it.
    pub initiator: Option<Initiator>,
    /// The user it was started for, when evidence shows it.
    pub user: Option<String>,
    /// Codes in its events, in order of appearance.
    pub codes: Vec<Code>,
    /// Which side reported the failure that decides.
    pub failed_side: Option<FailedSide>,
    /// Everything that was logged about it.
    pub signals: Vec<Signal>,
    /// Ids of the findings that explain it.
    pub explained_by: Vec<String>,
    /// If it failed and nothing that is at least likely explains it: the further causes that its messages can stand for and
    /// that nothing excludes.
    pub open_causes: Vec<&'static str>,
}

/// How a migration ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It failed.
    Failed,
    /// It completed.
    Completed,
    /// The logs don't tell.
    Unknown,
}

/// The phases of a migration in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// The destination listens.
    Listen,
    /// The source connects.
    Connect,
    /// The hosts authenticate.
    Authenticate,
    /// The destination creates the planned VM.
    Plan,
    /// The destination checks the VM against its hardware and switches.
    Compatibility,
    /// Memory and state are copied.
    Transfer,
    /// The destination takes over.
    HandOver,
}

impl Phase {
    /// The percent range that consoles show in this phase, as the public cases support it: everything up to the
    /// planned VM is documented as failing before 10 %, registration at the destination as failing past 90 %.
    pub fn progress_band(self) -> (u8, u8) {
        match self {
            Phase::Listen | Phase::Connect | Phase::Authenticate | Phase::Plan | Phase::Compatibility => (0, 10),
            Phase::Transfer => (10, 90),
            Phase::HandOver => (90, 100),
        }
    }
}

/// Who starts a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Initiator {
    /// Someone logged on to the source host.
    Local,
    /// A tool on another machine.
    Remote,
    /// The cluster service.
    Cluster,
}

/// Which side of a migration failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FailedSide {
    /// The source.
    Source,
    /// The destination.
    Destination,
    /// Both report failure.
    Both,
}

/// One event that belongs to an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signal {
    /// Time, host, side, place, and the event's content in short.
    pub evidence: Evidence,
    /// The event's provider.
    pub provider: Arc<str>,
    /// The event's id.
    pub event_id: u32,
    /// What it means for a migration.
    pub meaning: &'static str,
}
