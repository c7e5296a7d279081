//! When the failures began, and what happened before them.

use crate::{Evidence, HostPair, Time};

/// When it began and what happened around that time.
#[derive(Debug, Clone, PartialEq)]
pub struct Onset {
    /// First failed attempt.
    pub first_failure: Time,
    /// Last completed attempt of the failing pairs before it.
    pub last_success_before: Option<Time>,
    /// The logs begin too late to show when it began.
    pub left_censored: bool,
    /// When pairs went over from completing to failing, in order of time.
    pub change_points: Vec<ChangePoint>,
    /// Attempts per week around the first failure, in order, weeks without any included.
    pub weeks: Vec<Week>,
    /// What lies between the last success and the first failure.
    pub candidates: Vec<OnsetCandidate>,
    /// What would have to be known to tell the candidates apart, with the command that collects it.
    pub missing: Vec<String>,
}

/// An interval in which one or several pairs began to fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangePoint {
    /// The last success that all these pairs still had; `None` if none of them is known to have had one.
    pub after: Option<Time>,
    /// The first failure among them.
    pub until: Time,
    /// The pairs.
    pub pairs: Vec<HostPair>,
}

/// The attempts of seven days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Week {
    /// Its first moment, a Monday.
    pub starts: Time,
    /// Completed attempts.
    pub completed: u32,
    /// Failed attempts.
    pub failed: u32,
}

/// Something that happened before the first failure.
#[derive(Debug, Clone, PartialEq)]
pub struct OnsetCandidate {
    /// When (the start of the day where only the day is known).
    pub time: Time,
    /// What.
    pub what: OnsetKind,
    /// The KB, attribute or version.
    pub id: String,
    /// Where.
    pub host: String,
    /// How it would break migration, if that is shown.
    pub mechanism: Option<String>,
    /// How much it weighs.
    pub weight: Weight,
    /// The hardening programme and phase that it carries, or the fault that is known of it.
    pub programme: Option<String>,
    /// Why it weighs no more, or what speaks against it.
    pub note: Option<String>,
    /// Where it is written, and what shows the mechanism.
    pub evidence: Vec<Evidence>,
}

/// Kinds of onset candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OnsetKind {
    /// A Windows update.
    Update,
    /// A change of a directory attribute, a password or a group.
    DirectoryChange,
    /// An operating system upgrade.
    OsUpgrade,
    /// A policy change.
    Policy,
    /// A boot.
    Reboot,
}

/// Weight of an onset candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    /// A coincidence of dates.
    Weak,
    /// Its mechanism is shown.
    Strong,
}
