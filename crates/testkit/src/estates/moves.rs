//! Migrations and how they end.

use super::world::{HostId, Time};
use crate::case::Initiator;

/// One migration of one virtual machine.
#[derive(Debug, Clone)]
pub(super) struct Move {
    pub vm: String,
    pub from: HostId,
    pub to: HostId,
    pub at: Time,
    pub by: Initiator,
    /// Who started it, if an administrator did.
    pub user: usize,
    /// The virtual machine's storage moves too.
    pub storage: bool,
    /// Part of draining its host.
    pub drain: bool,
    pub ending: Ending,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Completed,
    /// By the fault of that number.
    Failed(usize),
    /// The files end before it does.
    Unfinished,
}
