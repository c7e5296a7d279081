//! Inputs: what each file was taken for, and what went wrong in it.

use crate::{Event, HostSource, SourceRef, Time, When};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a file was recognised as. [`Kind::as_str`] is the closed list of the JSON report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Windows event log.
    Evtx,
    /// Events as XML: Event Viewer, wevtutil qe.
    EventXml,
    /// Events as JSON, CLIXML, CSV or text: Get-WinEvent, Event Viewer, wevtutil, dumping tools.
    EventExport,
    /// Localised strings beside a log.
    Mta,
    /// wevtutil gp.
    ProviderManifest,
    /// Get-ADComputer as CSV.
    AdCsv,
    /// Get-ADComputer as JSON.
    AdJson,
    /// Get-ADComputer as CLIXML.
    AdClixml,
    /// Accounts as a console shows them: Get-ADComputer as a list, setspn, dsquery, findDelegation.
    AdText,
    /// Accounts as a collector of directory data writes them: SharpHound, BloodHound.py, PingCastle.
    AdTool,
    /// LDIF of any account kind.
    Ldif,
    /// Get-ADUser or Get-ADGroupMember as CSV.
    AdUsersCsv,
    /// Get-ADUser or Get-ADGroupMember as JSON.
    AdUsersJson,
    /// Get-ADUser or Get-ADGroupMember as CLIXML.
    AdUsersClixml,
    /// Get-HotFix.
    Hotfix,
    /// wmic qfe.
    WmicQfe,
    /// systeminfo.
    Systeminfo,
    /// Get-VMHost.
    VmHost,
    /// Get-ClusterNode.
    ClusterNodes,
    /// Get-Cluster.
    Cluster,
    /// klist.
    Tickets,
    /// repadmin /showobjmeta, Get-ADReplicationAttributeMetadata.
    AttributeMetadata,
    /// secedit /export, GptTmpl.inf.
    SecurityPolicy,
    /// w32tm.
    Clocks,
    /// Win32_DeviceGuard.
    DeviceGuard,
    /// Get-ComputerInfo, Win32_OperatingSystem, the CurrentVersion key, ver.
    OsVersion,
    /// Get-VMMigrationNetwork.
    MigrationNetworks,
    /// PsGetSid.
    MachineSid,
    /// Get-WUHistory, QueryHistory of the update agent.
    UpdateHistory,
    /// DISM /get-packages, Get-WindowsPackage.
    Packages,
    /// CBS.log.
    ServicingLog,
    /// WindowsUpdate.log, ReportingEvents.log, Get-WindowsUpdateLog.
    UpdateLog,
    /// Registry editor's export, Registry.pol.
    Registry,
    /// gpresult /x, gpresult /h.
    PolicyResult,
    /// msinfo32's .nfo.
    SystemInformation,
    /// nltest /sc_query, /sc_verify.
    SecureChannel,
    /// netlogon.log.
    NetlogonLog,
    /// Get-ClusterGroup, Get-ClusterNetwork, Get-ClusterResource.
    ClusterObjects,
    /// Get-ClusterLog.
    ClusterLog,
    /// Test-Cluster's report.
    ClusterReport,
    /// Get-VM.
    VirtualMachines,
    /// zip, 7z, cab, tar: its members are inputs of their own.
    Archive,
    /// Not recognised.
    Unknown,
}

impl Kind {
    /// Every kind, in a fixed order.
    pub const ALL: [Kind; 43] = [
        Kind::Evtx,
        Kind::EventXml,
        Kind::EventExport,
        Kind::Mta,
        Kind::ProviderManifest,
        Kind::AdCsv,
        Kind::AdJson,
        Kind::AdClixml,
        Kind::AdText,
        Kind::AdTool,
        Kind::Ldif,
        Kind::AdUsersCsv,
        Kind::AdUsersJson,
        Kind::AdUsersClixml,
        Kind::Hotfix,
        Kind::WmicQfe,
        Kind::Systeminfo,
        Kind::VmHost,
        Kind::ClusterNodes,
        Kind::Cluster,
        Kind::Tickets,
        Kind::AttributeMetadata,
        Kind::SecurityPolicy,
        Kind::Clocks,
        Kind::DeviceGuard,
        Kind::OsVersion,
        Kind::MigrationNetworks,
        Kind::MachineSid,
        Kind::UpdateHistory,
        Kind::Packages,
        Kind::ServicingLog,
        Kind::UpdateLog,
        Kind::Registry,
        Kind::PolicyResult,
        Kind::SystemInformation,
        Kind::SecureChannel,
        Kind::NetlogonLog,
        Kind::ClusterObjects,
        Kind::ClusterLog,
        Kind::ClusterReport,
        Kind::VirtualMachines,
        Kind::Archive,
        Kind::Unknown,
    ];

    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Evtx => "evtx",
            Kind::EventXml => "event-xml",
            Kind::EventExport => "event-export",
            Kind::Mta => "mta",
            Kind::ProviderManifest => "provider-manifest",
            Kind::AdCsv => "ad-csv",
            Kind::AdJson => "ad-json",
            Kind::AdClixml => "ad-clixml",
            Kind::AdText => "ad-text",
            Kind::AdTool => "ad-tool",
            Kind::Ldif => "ldif",
            Kind::AdUsersCsv => "ad-users-csv",
            Kind::AdUsersJson => "ad-users-json",
            Kind::AdUsersClixml => "ad-users-clixml",
            Kind::Hotfix => "hotfix",
            Kind::WmicQfe => "wmic-qfe",
            Kind::Systeminfo => "systeminfo",
            Kind::VmHost => "vm-host",
            Kind::ClusterNodes => "cluster-nodes",
            Kind::Cluster => "cluster",
            Kind::Tickets => "klist",
            Kind::AttributeMetadata => "attribute-metadata",
            Kind::SecurityPolicy => "security-policy",
            Kind::Clocks => "w32tm",
            Kind::DeviceGuard => "device-guard",
            Kind::OsVersion => "os-version",
            Kind::MigrationNetworks => "migration-networks",
            Kind::MachineSid => "machine-sid",
            Kind::UpdateHistory => "update-history",
            Kind::Packages => "packages",
            Kind::ServicingLog => "cbs-log",
            Kind::UpdateLog => "windows-update-log",
            Kind::Registry => "registry",
            Kind::PolicyResult => "gpresult",
            Kind::SystemInformation => "msinfo32",
            Kind::SecureChannel => "nltest",
            Kind::NetlogonLog => "netlogon-log",
            Kind::ClusterObjects => "cluster-objects",
            Kind::ClusterLog => "cluster-log",
            Kind::ClusterReport => "cluster-report",
            Kind::VirtualMachines => "virtual-machines",
            Kind::Archive => "archive",
            Kind::Unknown => "unknown",
        }
    }
}

/// Damage or doubt at one place of an input. Records beside it are kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// File, and offset (`@0x1200`), line or record.
    pub at: SourceRef,
    /// What is wrong: a lowercase fragment.
    pub what: String,
    /// What could not be read because of it, such as `1 record`, `38,912 bytes`; empty if nothing was lost.
    pub lost: String,
}

/// A span of time in which a channel of a host has records.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cover {
    /// The host, as its records name it.
    pub host: String,
    /// The channel.
    pub channel: String,
    /// First record's time.
    pub from: Time,
    /// Last record's time.
    pub to: Time,
}

/// Records of a log that Windows had deleted or was about to overwrite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recovered {
    /// Those that could be decoded.
    pub records: u64,
    /// Those of which too much is overwritten.
    pub unreadable: u64,
}

/// What one input held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputSummary {
    /// The path as given, `/` between its parts.
    pub path: String,
    /// What it was taken for.
    pub kind: Kind,
    /// SHA-256 in lower-case hex, if asked for.
    pub sha256: Option<String>,
    /// Records, rows or entries read; `None` where the kind has none.
    pub records: Option<u64>,
    /// Records that were selected for analysis.
    pub selected: Option<u64>,
    /// Stale records of a log, where they were looked for and some were found; the decoded ones are among `records`.
    pub recovered: Option<Recovered>,
    /// The host that the file speaks of, if it is one.
    pub host: Option<String>,
    /// What names that host.
    pub host_source: Option<HostSource>,
    /// When it was written, if it or its archive says. The file system's times are never used: a copy has others.
    pub written: Option<Written>,
    /// For logs: which channels of which hosts, from when to when.
    pub covers: Vec<Cover>,
    /// Damage and doubts.
    pub problems: Vec<Problem>,
}

impl InputSummary {
    /// A file of which nothing is known yet.
    pub fn new(path: impl Into<String>, kind: Kind) -> Self {
        InputSummary {
            path: path.into(),
            kind,
            sha256: None,
            records: None,
            selected: None,
            recovered: None,
            host: None,
            host_source: None,
            written: None,
            covers: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Time of the first and the last record.
    pub fn span(&self) -> Option<(Time, Time)> {
        let from = self.covers.iter().map(|c| c.from).min()?;
        let to = self.covers.iter().map(|c| c.to).max()?;
        Some((from, to))
    }
}

/// When an input was written, and what says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// When.
    pub when: When,
    /// The archive whose member it is, if the archive's own list says so; else the input itself does.
    pub archive: Option<Arc<str>>,
}

/// The outcome of parsing one input: never a `Result`, because damage stands beside what could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed<R> {
    /// What was read.
    pub records: Vec<R>,
    /// The input as a whole, its problems included.
    pub summary: InputSummary,
}

/// Provider (folded to lower case) and event id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventKey {
    /// Provider name in lower case.
    pub provider: String,
    /// Event id.
    pub id: u32,
}

/// A condition on one value of an event's data. An event that lacks the value meets it: a filter may only let too much
/// through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// The value is one of these, case and outer blanks aside.
    OneOf(&'static str, &'static [&'static str]),
    /// The value is none of these, case and outer blanks aside.
    NoneOf(&'static str, &'static [&'static str]),
    /// The value does not end so.
    NotEndingWith(&'static str, &'static str),
}

impl Condition {
    /// The name of the value that it speaks of.
    pub fn field(&self) -> &'static str {
        match self {
            Condition::OneOf(field, _) | Condition::NoneOf(field, _) | Condition::NotEndingWith(field, _) => field,
        }
    }

    /// True if `event` meets the condition.
    pub fn holds(&self, event: &Event) -> bool {
        event.field(self.field()).is_none_or(|value| self.holds_for(value))
    }

    /// True if an event with this value meets the condition.
    pub fn holds_for(&self, value: &str) -> bool {
        let among = |list: &[&str]| list.iter().any(|item| item.eq_ignore_ascii_case(value.trim()));
        match self {
            Condition::OneOf(_, list) => among(list),
            Condition::NoneOf(_, list) => !among(list),
            Condition::NotEndingWith(_, end) => !value.trim().ends_with(end),
        }
    }
}

/// Which events of a log are worth keeping.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// Wanted (provider, id) pairs.
    pub keys: BTreeSet<EventKey>,
    /// What must hold besides, for ids of which a log may hold millions; all conditions of a key must be met.
    pub conditions: BTreeMap<EventKey, Vec<Condition>>,
    /// Providers (in lower case) of which every event is wanted.
    pub providers: BTreeSet<String>,
    /// Keep every event.
    pub all: bool,
}

impl Selection {
    /// Keeps everything.
    pub fn everything() -> Self {
        Selection { all: true, ..Selection::default() }
    }

    /// True if an event of `provider` with `id` is wanted.
    pub fn wants(&self, provider: &str, id: u32) -> bool {
        if self.all {
            return true;
        }
        let provider = provider.to_ascii_lowercase();
        self.providers.contains(&provider) || self.keys.contains(&EventKey { provider, id })
    }

    /// True if `event`, whose provider and id are wanted, meets the conditions too.
    pub fn keeps(&self, event: &Event) -> bool {
        let key = || EventKey { provider: event.provider.to_ascii_lowercase(), id: event.id };
        self.all || self.conditions.get(&key()).is_none_or(|all| all.iter().all(|c| c.holds(event)))
    }
}

/// Every limit there is on input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest text, CSV, JSON or LDIF file read, in bytes.
    pub document_bytes: u64,
    /// Longest single value kept, in bytes; longer ones are cut and reported.
    pub value_bytes: usize,
    /// Deepest nesting followed.
    pub depth: usize,
    /// Problems listed per input; further ones are counted.
    pub problems: usize,
    /// Most members of one archive that are looked at.
    pub members: usize,
    /// How many archives may lie in one another.
    pub archives: usize,
    /// Largest archive inside an archive that is unpacked into memory, in bytes.
    pub nested_bytes: u64,
    /// Longest path of an archive's member that is shown, in bytes.
    pub name_bytes: usize,
    /// An archive may unpack to this many times its size, and in any case to `expansion_floor` bytes.
    pub expansion: u64,
    /// What any archive may unpack to, in bytes.
    pub expansion_floor: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            document_bytes: 512 << 20,
            value_bytes: 1 << 20,
            depth: 64,
            problems: 200,
            members: 100_000,
            archives: 4,
            nested_bytes: 2 << 30,
            name_bytes: 1024,
            expansion: 200,
            expansion_floor: 4 << 30,
        }
    }
}
