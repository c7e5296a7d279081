//! The values of computer objects, before any format.

use crate::case::{Case, Host, Role, names};
use chrono::{DateTime, TimeDelta, Utc};
use delegap_model::{Guid, Sid};

/// One computer object.
#[derive(Debug, Clone)]
pub struct ComputerRow {
    /// Short name.
    pub name: String,
    /// distinguishedName
    pub distinguished_name: String,
    /// dNSHostName
    pub dns_host_name: String,
    /// objectGUID
    pub guid: Guid,
    /// objectSid
    pub sid: Sid,
    /// userAccountControl
    pub account_control: u32,
    /// Its primary group is Domain Controllers.
    pub domain_controller: bool,
    /// msDS-SupportedEncryptionTypes
    pub encryption_types: Option<u32>,
    /// TrustedForDelegation
    pub unconstrained: bool,
    /// TrustedToAuthForDelegation
    pub any_protocol: bool,
    /// `msDS-AllowedToDelegateTo`
    pub services: Vec<String>,
    /// `servicePrincipalName`
    pub spns: Vec<String>,
    /// Resource-based delegation, as distinguished names.
    pub allowed_to_act: Vec<String>,
    /// The same as a security descriptor; empty if there is none.
    pub allowed_to_act_descriptor: Vec<u8>,
    /// operatingSystem
    pub operating_system: String,
    /// `10.0 (20348)`
    pub operating_system_version: String,
    /// whenCreated
    pub when_created: DateTime<Utc>,
    /// whenChanged
    pub when_changed: DateTime<Utc>,
    /// pwdLastSet
    pub password_set: DateTime<Utc>,
}

impl ComputerRow {
    /// ACCOUNTDISABLE is not set.
    pub fn enabled(&self) -> bool {
        self.account_control & delegap_model::uac::DISABLED == 0
    }

    /// A moment as the directory stores it: 100 ns since 1601.
    pub fn filetime(time: DateTime<Utc>) -> i64 {
        (time.timestamp() + 11_644_473_600) * 10_000_000
    }
}

/// Every computer object of `case`, the cluster's name included, as `Get-ADComputer -Filter *` lists them.
pub fn computer_rows(case: &Case) -> Vec<ComputerRow> {
    let cluster = case.cluster.iter().map(|name| {
        let first = case.hyper_v_hosts().next().expect("a cluster has nodes");
        Host { role: Role::ClusterName, ..Host::hyper_v(name, first.os, "10.20.0.50", first.changed) }
    });
    case.hosts.iter().cloned().chain(cluster).map(|host| computer_row(case, &host)).collect()
}

fn computer_row(case: &Case, host: &Host) -> ComputerRow {
    let actors: Vec<&Host> = host.allowed_to_act.iter().map(|name| case.host(name)).collect();
    let sids: Vec<Sid> = actors.iter().map(|a| names::account_sid(&format!("{}$", a.name))).collect();
    ComputerRow {
        name: host.name.clone(),
        distinguished_name: names::computer_dn(host, &case.domain),
        dns_host_name: case.fqdn(&host.name),
        guid: names::guid(&format!("computer {}", host.name)),
        sid: names::account_sid(&format!("{}$", host.name)),
        account_control: host.account_control(),
        domain_controller: host.role == Role::DomainController,
        encryption_types: Some(28),
        unconstrained: host.delegation.unconstrained,
        any_protocol: host.delegation.any_protocol,
        services: host.delegation.services.clone(),
        spns: host.spns.clone().unwrap_or_else(|| names::usual_spns(host, &case.domain)),
        allowed_to_act: actors.iter().map(|a| names::computer_dn(a, &case.domain)).collect(),
        allowed_to_act_descriptor: if sids.is_empty() { Vec::new() } else { rbcd_descriptor(&sids) },
        operating_system: host.os.caption().to_owned(),
        operating_system_version: format!("{} ({})", host.os.version(), host.os.build()),
        when_created: case.logs_from - TimeDelta::days(700),
        when_changed: host.changed,
        password_set: case.logs_from - TimeDelta::days(12),
    }
}

/// A self-relative security descriptor ([MS-DTYP] 2.4.6) whose list allows each of `sids`, owner Administrators: the
/// value of `msDS-AllowedToActOnBehalfOfOtherIdentity` as Set-ADComputer writes it.
pub fn rbcd_descriptor(sids: &[Sid]) -> Vec<u8> {
    const FULL_CONTROL: u32 = 0x000f_01ff;
    let aces: Vec<u8> = sids.iter().flat_map(|sid| ace(FULL_CONTROL, sid)).collect();
    let acl_size = u16::try_from(8 + aces.len()).expect("a short list");
    let owner = names::sid_bytes(&Sid::parse("S-1-5-32-544").expect("Administrators"));
    let dacl_offset: u32 = 20;
    let owner_offset = dacl_offset + u32::from(acl_size);
    let mut bytes = vec![1, 0];
    bytes.extend(0x8004_u16.to_le_bytes());
    for offset in [owner_offset, 0, 0, dacl_offset] {
        bytes.extend(offset.to_le_bytes());
    }
    bytes.extend([4, 0]);
    bytes.extend(acl_size.to_le_bytes());
    bytes.extend(u32::try_from(sids.len()).expect("a short list").to_le_bytes());
    bytes.extend(aces);
    bytes.extend(owner);
    bytes
}

fn ace(mask: u32, sid: &Sid) -> Vec<u8> {
    let sid = names::sid_bytes(sid);
    let size = u16::try_from(8 + sid.len()).expect("a short SID");
    let mut bytes = vec![0, 0];
    bytes.extend(size.to_le_bytes());
    bytes.extend(mask.to_le_bytes());
    bytes.extend(sid);
    bytes
}
