//! What a case is made of.

use super::{Channel, ClusterStyle, DirectoryFormat, DumpFormat, Move, Truth, UpdateFormat, names};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

/// A whole case. Start from [`Case::new`] and set what differs.
#[derive(Debug, Clone)]
pub struct Case {
    /// DNS name of the domain, such as `contoso.lab`.
    pub domain: String,
    /// Hyper-V hosts and domain controllers.
    pub hosts: Vec<Host>,
    /// The failover cluster that all Hyper-V hosts are nodes of.
    pub cluster: Option<String>,
    /// Users of the directory.
    pub users: Vec<User>,
    /// Groups of the directory.
    pub groups: Vec<Group>,
    /// Migrations, in any order.
    pub moves: Vec<Move>,
    /// Audited changes of computer objects.
    pub directory_changes: Vec<DirectoryChange>,
    /// The moment the logs begin.
    pub logs_from: DateTime<Utc>,
    /// What the customer sends.
    pub exports: Exports,
    /// How migration events carry their values.
    pub payloads: Payloads,
    /// What the cluster service writes for a failed move.
    pub cluster_style: ClusterStyle,
    /// What a right analysis says.
    pub truth: Truth,
}

/// What the customer sends. A `None` is withheld.
#[derive(Debug, Clone, Default)]
pub struct Exports {
    /// Computer objects.
    pub directory: Option<DirectoryFormat>,
    /// User objects and group members.
    pub accounts: Option<DumpFormat>,
    /// Get-VMHost of all hosts, in one file.
    pub vm_hosts: Option<DumpFormat>,
    /// Get-Cluster and Get-ClusterNode.
    pub cluster: Option<DumpFormat>,
    /// Update history, one file per host.
    pub updates: Option<UpdateFormat>,
    /// Channels exported from every host that has events in them.
    pub channels: Vec<Channel>,
    /// Hosts of which no log was sent.
    pub without_logs_of: Vec<String>,
}

/// How VMMS and High-Availability events carry their values.
///
/// Every public sample of a migration event is positional; VM state events of 2022 and later have named children.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payloads {
    /// `Parameter0`, `Parameter1`, …; VM state events are named.
    Positional,
    /// `VmName`, `VmId`, `ErrorMessage`, `ErrorCode`, …
    Named,
}

/// One computer.
#[derive(Debug, Clone)]
pub struct Host {
    /// Short name, upper case.
    pub name: String,
    /// What it is.
    pub role: Role,
    /// Its operating system.
    pub os: Os,
    /// Its address.
    pub address: String,
    /// How migrations authenticate.
    pub authentication: Authentication,
    /// What its computer object may delegate.
    pub delegation: Delegation,
    /// Names of the hosts that may act toward this one (resource-based delegation).
    pub allowed_to_act: Vec<String>,
    /// `servicePrincipalName`, if it is not the usual set of the role.
    pub spns: Option<Vec<String>>,
    /// `whenChanged` of its computer object.
    pub changed: DateTime<Utc>,
    /// Installed updates.
    pub updates: Vec<Update>,
    /// How far its clock is ahead of the others'.
    pub clock_ahead: TimeDelta,
}

/// What a computer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A Hyper-V host.
    HyperV,
    /// A domain controller.
    DomainController,
    /// The computer object of a failover cluster's name.
    ClusterName,
}

/// A Windows Server release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Os {
    /// 6.3.9600
    W2012R2,
    /// 10.0.14393
    W2016,
    /// 10.0.17763
    W2019,
    /// 10.0.20348
    W2022,
    /// 10.0.26100
    W2025,
}

/// `VirtualMachineMigrationAuthenticationType`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authentication {
    /// 0
    CredSsp,
    /// 1
    Kerberos,
}

/// The delegation settings of a computer object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delegation {
    /// `msDS-AllowedToDelegateTo`
    pub services: Vec<String>,
    /// TRUSTED_TO_AUTH_FOR_DELEGATION: "use any authentication protocol".
    pub any_protocol: bool,
    /// TRUSTED_FOR_DELEGATION: unconstrained.
    pub unconstrained: bool,
}

/// One installed update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// `KB` and digits.
    pub kb: String,
    /// The day of its installation.
    pub installed: NaiveDate,
    /// `Update`, `Security Update` or `Hotfix`.
    pub description: String,
}

/// One user.
#[derive(Debug, Clone)]
pub struct User {
    /// sAMAccountName
    pub name: String,
    /// NOT_DELEGATED: "account is sensitive and cannot be delegated".
    pub sensitive: bool,
    /// Names of groups.
    pub member_of: Vec<String>,
    /// whenChanged
    pub changed: DateTime<Utc>,
}

/// One group.
#[derive(Debug, Clone)]
pub struct Group {
    /// Its name, such as `Protected Users`.
    pub name: String,
    /// Names of users and computers (these with `$`).
    pub members: Vec<String>,
}

/// An audited change of a computer object: Security 4742 and 5136 on the domain controller.
#[derive(Debug, Clone)]
pub struct DirectoryChange {
    /// When.
    pub at: DateTime<Utc>,
    /// The domain controller that logs it.
    pub logged_by: String,
    /// Whose object.
    pub host: String,
    /// The user who did it.
    pub by: String,
    /// Values added to `msDS-AllowedToDelegateTo`.
    pub services_added: Vec<String>,
    /// `userAccountControl` before and after.
    pub account_control: Option<(u32, u32)>,
}

impl Case {
    /// A case without hosts in `domain`, whose logs begin at `logs_from`; nothing is exported.
    pub fn new(domain: &str, logs_from: DateTime<Utc>) -> Self {
        Case {
            domain: domain.to_owned(),
            hosts: Vec::new(),
            cluster: None,
            users: Vec::new(),
            groups: Vec::new(),
            moves: Vec::new(),
            directory_changes: Vec::new(),
            logs_from,
            exports: Exports::default(),
            payloads: Payloads::Positional,
            cluster_style: ClusterStyle::default(),
            truth: Truth::no_failures(),
        }
    }

    /// The host called `name`.
    ///
    /// # Panics
    /// If the case has none: a mistake in the scenario.
    pub fn host(&self, name: &str) -> &Host {
        self.hosts.iter().find(|h| h.name == name).unwrap_or_else(|| panic!("the case has no host {name}"))
    }

    /// The host called `name`, to be changed.
    ///
    /// # Panics
    /// If the case has none.
    pub fn host_mut(&mut self, name: &str) -> &mut Host {
        self.hosts.iter_mut().find(|h| h.name == name).unwrap_or_else(|| panic!("the case has no host {name}"))
    }

    /// `HV01.contoso.lab`
    pub fn fqdn(&self, host: &str) -> String {
        names::fqdn(host, &self.domain)
    }

    /// The Hyper-V hosts.
    pub fn hyper_v_hosts(&self) -> impl Iterator<Item = &Host> {
        self.hosts.iter().filter(|h| h.role == Role::HyperV)
    }
}

impl Host {
    /// A Hyper-V host that uses Kerberos and delegates nothing.
    pub fn hyper_v(name: &str, os: Os, address: &str, changed: DateTime<Utc>) -> Self {
        Host {
            name: name.to_owned(),
            role: Role::HyperV,
            os,
            address: address.to_owned(),
            authentication: Authentication::Kerberos,
            delegation: Delegation::default(),
            allowed_to_act: Vec::new(),
            spns: None,
            changed,
            updates: Vec::new(),
            clock_ahead: TimeDelta::zero(),
        }
    }

    /// A domain controller. Its object is trusted for unconstrained delegation, as every domain controller's is.
    pub fn domain_controller(name: &str, os: Os, address: &str, changed: DateTime<Utc>) -> Self {
        let delegation = Delegation { unconstrained: true, ..Delegation::default() };
        Host { role: Role::DomainController, delegation, ..Host::hyper_v(name, os, address, changed) }
    }

    /// userAccountControl ([MS-ADTS] 2.2.16).
    pub fn account_control(&self) -> u32 {
        use delegap_model::uac;
        const WORKSTATION_TRUST: u32 = 0x1000;
        let kind = if self.role == Role::DomainController { uac::SERVER_TRUST } else { WORKSTATION_TRUST };
        let unconstrained = if self.delegation.unconstrained { uac::TRUSTED_FOR_DELEGATION } else { 0 };
        let any = if self.delegation.any_protocol { uac::TRUSTED_TO_AUTH } else { 0 };
        kind | unconstrained | any
    }
}

impl Delegation {
    /// Nothing is delegated.
    pub fn none() -> Self {
        Delegation::default()
    }

    /// "Trust this computer for delegation to any service".
    pub fn unconstrained() -> Self {
        Delegation { unconstrained: true, ..Delegation::default() }
    }

    /// Migration and file service of each peer, short and full name, any protocol.
    pub fn complete(domain: &str, peers: &[&str]) -> Self {
        let services = peers.iter().flat_map(|peer| names::delegation_services(peer, domain)).collect();
        Delegation { services, any_protocol: true, unconstrained: false }
    }

    /// The same list with "use Kerberos only".
    pub fn kerberos_only(self) -> Self {
        Delegation { any_protocol: false, ..self }
    }
}

impl Update {
    /// A security update.
    pub fn security(kb: &str, installed: NaiveDate) -> Self {
        Update { kb: kb.to_owned(), installed, description: "Security Update".to_owned() }
    }
}

impl Os {
    /// `operatingSystem` as the directory holds it.
    pub fn caption(self) -> &'static str {
        match self {
            Os::W2012R2 => "Windows Server 2012 R2 Datacenter",
            Os::W2016 => "Windows Server 2016 Datacenter",
            Os::W2019 => "Windows Server 2019 Datacenter",
            Os::W2022 => "Windows Server 2022 Datacenter",
            Os::W2025 => "Windows Server 2025 Datacenter",
        }
    }

    /// The build number.
    pub fn build(self) -> u32 {
        match self {
            Os::W2012R2 => 9600,
            Os::W2016 => 14393,
            Os::W2019 => 17763,
            Os::W2022 => 20348,
            Os::W2025 => 26100,
        }
    }

    /// `6.3` or `10.0`.
    pub fn version(self) -> &'static str {
        if self == Os::W2012R2 { "6.3" } else { "10.0" }
    }
}
