//! Migrations and how they end.

use chrono::{DateTime, Utc};

/// One migration of one virtual machine.
#[derive(Debug, Clone)]
pub struct Move {
    /// The virtual machine's name; its id follows from it.
    pub vm: String,
    /// The host it leaves.
    pub from: String,
    /// The host it is to run on.
    pub to: String,
    /// When it is started.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: Initiator,
    /// How it ends.
    pub ending: Ending,
}

/// Who starts a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Initiator {
    /// An administrator signed in to the source. VMMS logs the same events as for [`Initiator::Remote`].
    Local,
    /// An administrator with a tool on another computer.
    Remote,
    /// The cluster service.
    Cluster,
}

/// How a migration ends. Codes are HRESULTs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The virtual machine runs on the destination.
    Completed,
    /// Authentication finds no credentials on the source: VMMS 20306 with this code (0x8009030E or 0x8009030D) and 20309.
    NoCredentials(u32),
    /// CredSSP is not allowed by policy: VMMS 20306 with 0x8009035E and 20310.
    CredSspPolicy,
    /// The connection fails with this code and nothing else is logged: VMMS 20306 (Winsock codes, 0x80090322, …).
    Connect(u32),
    /// The destination refuses the credentials: VMMS 20402 there with this code, 20354 on the source.
    RefusedByDestination(u32),
    /// The destination denies the request: VMMS 20403 there with this code.
    DeniedByDestination(u32),
    /// The connection breaks while memory is copied: VMMS 22038 on the source and 22040 on the destination.
    TransferLost(u32),
    /// The destination has no such virtual switch. VMMS has no event of its own for it.
    SwitchMissing,
    /// The destination's processor lacks features: VMMS 24004.
    ProcessorIncompatible,
    /// The destination has too little memory: Worker 3050 there with 0x8007000E.
    MemoryShort,
    /// The virtual machines lost "Log on as a service" on the destination: VMMS 21002 with 0x80070569.
    LogonRightMissing,
}

/// What the cluster service writes for a failed move, beside High-Availability 21502 on the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ClusterStyle {
    /// VMMS 20413 marks the start in the source's VMMS-Admin log.
    pub start_notice: bool,
    /// 21502 stands in the destination's log too.
    pub on_destination: bool,
    /// A 22038 with the code stands beside each 21502, in the same log.
    pub send_data_event: bool,
}

impl Move {
    /// A move of `vm`, started at `at`.
    pub fn new(vm: &str, from: &str, to: &str, at: DateTime<Utc>, by: Initiator, ending: Ending) -> Self {
        Move { vm: vm.to_owned(), from: from.to_owned(), to: to.to_owned(), at, by, ending }
    }
}

impl Ending {
    /// SEC_E_NO_CREDENTIALS, the usual refusal.
    pub const NO_CREDENTIALS: Ending = Ending::NoCredentials(0x8009_030e);

    /// The code of the failure, where it has one.
    pub fn code(self) -> Option<u32> {
        match self {
            Ending::Completed | Ending::SwitchMissing | Ending::ProcessorIncompatible => None,
            Ending::NoCredentials(code)
            | Ending::Connect(code)
            | Ending::RefusedByDestination(code)
            | Ending::DeniedByDestination(code)
            | Ending::TransferLost(code) => Some(code),
            Ending::CredSspPolicy => Some(0x8009_035e),
            Ending::MemoryShort => Some(0x8007_000e),
            Ending::LogonRightMissing => Some(0x8007_0569),
        }
    }
}
