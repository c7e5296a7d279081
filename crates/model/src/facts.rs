//! Facts about hosts beside their settings: tickets, virtualization-based security, policy, clocks, migration networks,
//! and when attributes changed.

use crate::{Principal, Sid, SourceRef, Spn, Tri, When};
use std::collections::BTreeMap;

/// A `klist` listing of one logon session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketCache {
    /// File and line.
    pub at: SourceRef,
    /// The host, if the listing names it.
    pub host: Option<String>,
    /// The logon session, such as 0x3e7 (SYSTEM) or 0x3e4 (NETWORK SERVICE).
    pub logon_id: Option<u64>,
    /// Its tickets, in their order.
    pub tickets: Vec<Ticket>,
}

/// One cached ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// The client as written, such as `HV01$ @ CONTOSO.LAB`.
    pub client: String,
    /// The service, without its realm.
    pub server: Spn,
    /// The service's realm.
    pub realm: Option<String>,
    /// The ticket flags.
    pub flags: Option<u32>,
    /// The ticket's encryption type as written.
    pub encryption: Option<String>,
    /// When it became valid.
    pub start: When,
    /// When it ends.
    pub end: When,
    /// The domain controller that gave it.
    pub kdc: Option<String>,
}

/// What virtualization-based security runs (Win32_DeviceGuard, msinfo32, systeminfo).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceGuard {
    /// File and line.
    pub at: SourceRef,
    /// The host, if the dump names it.
    pub host: Option<String>,
    /// Credential Guard runs.
    pub credential_guard_running: Tri<bool>,
    /// Credential Guard is configured to run.
    pub credential_guard_configured: Tri<bool>,
}

/// Rights and registry values of a security policy export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityPolicy {
    /// File and line.
    pub at: SourceRef,
    /// The host, if the export names it.
    pub host: Option<String>,
    /// Whose policy it is.
    pub scope: PolicyScope,
    /// User rights and who holds them.
    pub rights: BTreeMap<String, Vec<Principal>>,
    /// Registry values by key path and value name in lower case (`machine\…\value`).
    pub registry: BTreeMap<String, String>,
}

/// Whose policy an export shows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PolicyScope {
    /// What a host applies (secedit /export).
    Host,
    /// One Group Policy object (GptTmpl.inf), by its name or identifier.
    GroupPolicyObject(String),
}

/// When an attribute last changed, by replication metadata (repadmin /showobjmeta).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeMetadata {
    /// File and line.
    pub at: SourceRef,
    /// The object's distinguished name, or its name.
    pub object: String,
    /// The attribute's LDAP name.
    pub attribute: String,
    /// How often it was written.
    pub version: u32,
    /// When it was last written where it was written.
    pub changed: When,
    /// The domain controller it was written on.
    pub originating_dc: Option<String>,
}

/// A measured clock difference (w32tm).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockSample {
    /// File and line.
    pub at: SourceRef,
    /// Who measured, if the output names it.
    pub host: Option<String>,
    /// Against whom.
    pub peer: Option<String>,
    /// The peer's clock minus the host's, in milliseconds.
    pub offset_ms: i64,
}

/// One network that a host uses for migrations (Get-VMMigrationNetwork).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationNetwork {
    /// File and line.
    pub at: SourceRef,
    /// The host, if the dump names it.
    pub host: Option<String>,
    /// The subnet, such as `10.20.0.0/24`.
    pub subnet: String,
}

/// A machine's own security identifier (PsGetSid, or that of its built-in administrator without the last number).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineSid {
    /// File and line.
    pub at: SourceRef,
    /// The host, if the output names it.
    pub host: Option<String>,
    /// The identifier.
    pub sid: Sid,
}

/// The state of a host's secure channel to its domain (nltest /sc_query, /sc_verify).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecureChannel {
    /// File and line.
    pub at: SourceRef,
    /// The host, if the output names it.
    pub host: Option<String>,
    /// The domain controller at its other end.
    pub controller: Option<String>,
    /// Windows error code; 0 for a channel that works.
    pub status: u32,
}
