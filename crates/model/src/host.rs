//! What host and cluster dumps say.

use crate::{SourceRef, Time, Tri};

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
