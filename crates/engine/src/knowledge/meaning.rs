//! What events and sentences mean for a migration.

use serde::Deserialize;

/// What an event or sentence means for a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Meaning {
    Started,
    Completed,
    Received,
    Realized,
    FailedAtSource,
    FailedAtDestination,
    Envelope,
    ClusterNotice,
    ConnectFailed,
    AuthenticationFailedAtSource,
    AuthenticationFailedAtDestination,
    NoCredentials,
    CredsspNotDelegated,
    RefusedByPeer,
    ClientBlocked,
    Denied,
    LimitReached,
    ListenerDown,
    ListenerUp,
    SpnNotRegistered,
    SpnRegistered,
    PlannedVmFailed,
    ProcessorIncompatible,
    SwitchMissing,
    MemoryShort,
    SendFailed,
    ReceiveFailed,
    DataCorrupt,
    RegistrationFailed,
    StorageFolderFailed,
    KerberosError,
    SpnUnknown,
    UnconstrainedBlocked,
    ServiceTicket,
    LogonRefused,
    Logon,
    CredsspVersionRefused,
    DrainFailed,
    Cancelled,
    ClockOff,
    ClockSet,
    ClusterNetworkDown,
    ClusterRefused,
    CredentialGuardAbsent,
    CredentialGuardStarted,
    DeviceAttached,
    DowngradeDetected,
    EtypeRefused,
    Failed,
    GroupJoined,
    Incompatible,
    KerberosClock,
    KerberosModified,
    LogonTypeRefused,
    MachineIdMismatch,
    NameUnresolved,
    NetworkUnavailable,
    NoDomainController,
    NtlmBlocked,
    OwnerUnresolved,
    PacRefused,
    PasswordChanged,
    PolicyApplied,
    PolicyBroken,
    PolicyChanged,
    PolicyRefused,
    PreauthFailed,
    ProtectedUser,
    RemoteShell,
    RoleFailed,
    S4uRefused,
    SecureChannelBroken,
    ServiceCrashed,
    ServiceFault,
    ServiceStarted,
    ServiceState,
    SpnDuplicate,
    StoragePathFailed,
    TgtRequested,
    UserChanged,
    VersionUnsupported,
    VolumePaused,
}

/// A set of meanings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Meanings(u128);

// One bit for each.
const _: () = assert!((Meaning::VolumePaused as u32) < u128::BITS);

impl Meanings {
    /// True if any of `meanings` is in the set.
    pub fn meet(self, meanings: &[Meaning]) -> bool {
        let others: Meanings = meanings.iter().copied().collect();
        self.0 & others.0 != 0
    }
}

impl Extend<Meaning> for Meanings {
    fn extend<T: IntoIterator<Item = Meaning>>(&mut self, meanings: T) {
        meanings.into_iter().for_each(|m| self.0 |= 1 << m as u32);
    }
}

impl FromIterator<Meaning> for Meanings {
    fn from_iter<T: IntoIterator<Item = Meaning>>(meanings: T) -> Meanings {
        let mut set = Meanings::default();
        set.extend(meanings);
        set
    }
}
