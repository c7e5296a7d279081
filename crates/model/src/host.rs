//! What host and cluster dumps say.

use crate::{Guid, SourceRef, Time, Tri};

/// How live migrations authenticate (`VirtualMachineMigrationAuthenticationType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AuthenticationType {
    /// 0: CredSSP. Never consults constrained delegation.
    CredSsp,
    /// 1: Kerberos.
    Kerberos,
}

/// One host of a `Get-VMHost` dump.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VmHost {
    /// File and line or path.
    pub at: SourceRef,
    /// Name or ComputerName as written.
    pub name: String,
    /// FullyQualifiedDomainName is only the domain; this is the full host name where one can be built.
    pub fqdn: Option<String>,
    /// VirtualMachineMigrationEnabled
    pub migration_enabled: Tri<bool>,
    /// VirtualMachineMigrationAuthenticationType
    pub authentication_type: Tri<AuthenticationType>,
    /// UseAnyNetworkForMigration: false if its migration networks are the only ones for incoming moves.
    pub any_network: Tri<bool>,
    /// VirtualMachineMigrationPerformanceOption: TCPIP, Compression, SMB.
    pub performance_option: Tri<String>,
}

/// One node of a `Get-ClusterNode` dump. Nodes of one file are nodes of one cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterNode {
    /// File and line or path.
    pub at: SourceRef,
    /// The node's name.
    pub node: String,
    /// The cluster's name, if the dump gives it.
    pub cluster: Option<String>,
}

/// A `Get-Cluster` dump.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    /// File and line or path.
    pub at: SourceRef,
    /// The cluster's name.
    pub name: String,
    /// The cluster's domain.
    pub domain: Option<String>,
}

/// One network of a `Get-ClusterNetwork` dump.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterNetwork {
    /// File and line or path.
    pub at: SourceRef,
    /// The network's name.
    pub name: String,
    /// The cluster's name, if the dump gives it.
    pub cluster: Option<String>,
    /// State: true for Up. Of every other state the moves that need the network fail.
    pub up: Tri<bool>,
    /// Role: true unless it is None, which keeps the cluster off the network.
    pub used_by_cluster: Tri<bool>,
}

/// One test of a failover cluster's validation that did not pass (Test-Cluster).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterTest {
    /// File and line.
    pub at: SourceRef,
    /// The test's name, in the language of the report.
    pub name: String,
    /// True if it failed, false if it warned.
    pub failed: bool,
}

/// One virtual machine of a `Get-VM` or `Get-VMProcessor` dump.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtualMachine {
    /// File and line or path.
    pub at: SourceRef,
    /// The host it was on, if the dump names it.
    pub host: Option<String>,
    /// Its name.
    pub name: String,
    /// Its identifier, which it keeps on every host.
    pub id: Tri<Guid>,
    /// Its configuration version, such as 9.0.
    pub version: Tri<(u32, u32)>,
    /// CompatibilityForMigrationEnabled of its processor.
    pub processor_compatibility: Tri<bool>,
}

/// Operating system facts, such as systeminfo gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Os {
    /// File and line.
    pub at: SourceRef,
    /// The host as written, if the dump names it.
    pub host: Option<String>,
    /// Product name.
    pub caption: Tri<String>,
    /// Build number, such as 20348.
    pub build: Tri<u32>,
    /// Revision of the build, such as the 1787 of 10.0.20348.1787: it implies the cumulative update.
    pub revision: Tri<u32>,
    /// DNS or NetBIOS domain.
    pub domain: Tri<String>,
    /// Last boot in UTC, when its zone is certain.
    pub booted: Tri<Time>,
}
