//! Events of Security logs: logons, tickets, changes of directory objects. Fields as in the providers' manifests and in
//! public samples.

use super::log::security;
use super::world::{Entry, HostId, Time, World};
use crate::case::security_log::UNCHANGED;
use crate::case::{Os, names};
use crate::record::Value;
use chrono::TimeDelta;
use delegap_model::{Guid, Sid};

/// Who and what a logon is.
pub(super) struct Logon<'a> {
    pub account: &'a str,
    pub sid: Sid,
    /// 2 at the console, 3 over the network, 10 by remote desktop.
    pub kind: u32,
    pub package: &'a str,
    pub address: &'a str,
    /// Services on whose behalf a ticket was handed on.
    pub through: &'a str,
}

impl<'a> Logon<'a> {
    pub fn of_user(w: &'a World, user: usize, kind: u32, address: &'a str) -> Self {
        let account = w.users[user].name.as_str();
        let package = if kind == 3 { "Kerberos" } else { "Negotiate" };
        Logon { account, sid: names::account_sid(account), kind, package, address, through: "-" }
    }
}

fn text(text: &str) -> Value {
    Value::from(text)
}

/// 4624: someone logged on.
pub(super) fn logged_on(w: &World, host: HostId, at: Time, logon: &Logon, session: u64) -> Entry {
    let interactive = logon.kind != 3;
    let process = if interactive { "C:\\Windows\\System32\\svchost.exe" } else { "-" };
    let subject = if interactive { format!("{}$", w.name(host)) } else { "-".to_owned() };
    let mut fields = vec![
        ("SubjectUserSid", Value::Sid(Sid::parse(if interactive { "S-1-5-18" } else { "S-1-0-0" }).expect("a SID"))),
        ("SubjectUserName", Value::Str(subject)),
        ("SubjectDomainName", if interactive { Value::Str(w.domain_admin_domain()) } else { text("-") }),
        ("SubjectLogonId", Value::Hex64(if interactive { 0x3e7 } else { 0 })),
        ("TargetUserSid", Value::Sid(logon.sid.clone())),
        ("TargetUserName", text(logon.account)),
        ("TargetDomainName", Value::Str(w.domain_admin_domain())),
        ("TargetLogonId", Value::Hex64(session)),
        ("LogonType", Value::U32(logon.kind)),
        ("LogonProcessName", text(if interactive { "User32 " } else { "Kerberos" })),
        ("AuthenticationPackageName", text(logon.package)),
        ("WorkstationName", if interactive { text(w.name(host)) } else { text("-") }),
        ("LogonGuid", Value::Guid(names::guid(&format!("logon {session}")))),
        ("TransmittedServices", text(logon.through)),
        ("LmPackageName", text("-")),
        ("KeyLength", Value::U32(0)),
        ("ProcessId", Value::Hex64(if interactive { 0x5d4 } else { 0 })),
        ("ProcessName", text(process)),
        ("IpAddress", text(logon.address)),
        ("IpPort", text(if logon.kind == 2 { "0" } else { "52114" })),
        ("ImpersonationLevel", text("%%1833")),
    ];
    let newer = w.os_at(host, at) != Os::W2012R2;
    if newer {
        fields.extend([
            ("RestrictedAdminMode", text("-")),
            ("TargetOutboundUserName", text("-")),
            ("TargetOutboundDomainName", text("-")),
            ("VirtualAccount", text("%%1843")),
            ("TargetLinkedLogonId", Value::Hex64(0)),
            ("ElevatedToken", text("%%1842")),
        ]);
    }
    let (host, mut event) = security(w, host, at, 4624, true, fields);
    event.version = if newer { 2 } else { 1 };
    event.task = 12544;
    (host, event)
}

/// 4634: that session ended.
pub(super) fn logged_off(w: &World, host: HostId, at: Time, logon: &Logon, session: u64) -> Entry {
    let fields = vec![
        ("TargetUserSid", Value::Sid(logon.sid.clone())),
        ("TargetUserName", text(logon.account)),
        ("TargetDomainName", Value::Str(w.domain_admin_domain())),
        ("TargetLogonId", Value::Hex64(session)),
        ("LogonType", Value::U32(logon.kind)),
    ];
    security(w, host, at, 4634, true, fields)
}

/// 4625: a logon was refused.
pub(super) fn refused_logon(
    w: &World,
    host: HostId,
    at: Time,
    (account, sid): (&str, &str),
    kind: u32,
    (status, sub_status): (u32, u32),
    address: &str,
) -> Entry {
    let fields = vec![
        ("SubjectUserSid", Value::Sid(Sid::parse("S-1-5-18").expect("a SID"))),
        ("SubjectUserName", Value::Str(format!("{}$", w.name(host)))),
        ("SubjectDomainName", Value::Str(w.domain_admin_domain())),
        ("SubjectLogonId", Value::Hex64(0x3e7)),
        ("TargetUserSid", Value::Sid(Sid::parse(sid).expect("a SID"))),
        ("TargetUserName", text(account)),
        ("TargetDomainName", text("NT VIRTUAL MACHINE")),
        ("Status", Value::Hex32(status)),
        ("FailureReason", text("%%2308")),
        ("SubStatus", Value::Hex32(sub_status)),
        ("LogonType", Value::U32(kind)),
        ("LogonProcessName", text("Advapi  ")),
        ("AuthenticationPackageName", text("Negotiate")),
        ("WorkstationName", text(w.name(host))),
        ("TransmittedServices", text("-")),
        ("LmPackageName", text("-")),
        ("KeyLength", Value::U32(0)),
        ("ProcessId", Value::Hex64(0xa44)),
        ("ProcessName", text("C:\\Windows\\System32\\vmms.exe")),
        ("IpAddress", text(address)),
        ("IpPort", text("-")),
    ];
    security(w, host, at, 4625, false, fields)
}

/// What a ticket is asked for.
pub(super) struct Ticket<'a> {
    /// `HV01$@CONTOSO.LAB`
    pub account: &'a str,
    /// `HV02$`, or the requested name where no account was found.
    pub service: &'a str,
    pub address: &'a str,
    pub status: u32,
    /// Services on whose behalf it is asked for.
    pub through: &'a str,
}

/// 4769: a service ticket was asked for at the domain controller.
pub(super) fn service_ticket(w: &World, controller: HostId, at: Time, ticket: &Ticket) -> Entry {
    let ok = ticket.status == 0;
    let fields = vec![
        ("TargetUserName", text(ticket.account)),
        ("TargetDomainName", Value::Str(w.realm(controller))),
        ("ServiceName", text(ticket.service)),
        ("ServiceSid", Value::Sid(Sid::parse("S-1-0-0").expect("a SID"))),
        ("TicketOptions", Value::Hex32(0x4083_0000)),
        ("TicketEncryptionType", Value::Hex32(if ok { 0x12 } else { 0xffff_ffff })),
        ("IpAddress", Value::Str(format!("::ffff:{}", ticket.address))),
        ("IpPort", text("50522")),
        ("Status", Value::Hex32(ticket.status)),
        ("LogonGuid", Value::Guid(Guid::from_u128(0))),
        ("TransmittedServices", text(ticket.through)),
    ];
    let (controller, mut event) = security(w, controller, at, 4769, ok, fields);
    event.task = 14337;
    (controller, event)
}

/// 4768: a ticket-granting ticket was asked for.
pub(super) fn initial_ticket(
    w: &World,
    controller: HostId,
    at: Time,
    account: &str,
    address: &str,
    status: u32,
) -> Entry {
    let ok = status == 0;
    let fields = vec![
        ("TargetUserName", text(account)),
        ("TargetDomainName", Value::Str(w.domain_of(controller).dns.to_uppercase())),
        ("TargetSid", Value::Sid(Sid::parse("S-1-0-0").expect("a SID"))),
        ("ServiceName", Value::Str(format!("krbtgt/{}", w.realm(controller)))),
        ("ServiceSid", Value::Sid(Sid::parse("S-1-0-0").expect("a SID"))),
        ("TicketOptions", Value::Hex32(0x4081_0010)),
        ("Status", Value::Hex32(status)),
        ("TicketEncryptionType", Value::Hex32(if ok { 0x12 } else { 0xffff_ffff })),
        ("PreAuthType", text(if ok { "2" } else { "-" })),
        ("IpAddress", Value::Str(format!("::ffff:{address}"))),
        ("IpPort", text("49731")),
        ("CertIssuerName", text("")),
        ("CertSerialNumber", text("")),
        ("CertThumbprint", text("")),
    ];
    let (controller, mut event) = security(w, controller, at, 4768, ok, fields);
    event.task = 14339;
    (controller, event)
}

/// A change of a computer object's delegation, as the audit sees it.
pub(super) struct Change<'a> {
    pub host: HostId,
    pub at: Time,
    pub by: &'a str,
    pub added: Vec<String>,
    pub deleted: Vec<String>,
    /// The list after the change.
    pub list: Vec<String>,
    /// userAccountControl before and after.
    pub control: Option<(u32, u32)>,
}

/// 4742 and one 5136 per value, on the domain controller where it was made.
pub(super) fn changed(w: &World, change: &Change) -> Vec<Entry> {
    let controller = w.controller(change.host);
    let subject = || {
        [
            ("SubjectUserSid", Value::Sid(names::account_sid(change.by))),
            ("SubjectUserName", text(change.by)),
            ("SubjectDomainName", Value::Str(w.domain_admin_domain())),
            ("SubjectLogonId", Value::Hex64(0x3c_77a1)),
        ]
    };
    let mut values = Vec::new();
    if let Some((old, new)) = change.control {
        values.push(("userAccountControl", "2.5.5.9", old.to_string(), "%%14675"));
        values.push(("userAccountControl", "2.5.5.9", new.to_string(), "%%14674"));
    }
    let list = |spns: &[String], operation| -> Vec<_> {
        spns.iter().map(|s| ("msDS-AllowedToDelegateTo", "2.5.5.12", s.clone(), operation)).collect()
    };
    values.extend(list(&change.deleted, "%%14675"));
    values.extend(list(&change.added, "%%14674"));
    let mut entries = vec![computer_changed(w, controller, change, &subject())];
    for (i, (attribute, syntax, value, operation)) in (0i64..).zip(values) {
        let mut fields = vec![
            ("OpCorrelationID", Value::Guid(names::guid(&format!("operation {}", change.at)))),
            ("AppCorrelationID", text("-")),
        ];
        fields.extend(subject());
        fields.extend([
            ("DSName", text(&w.domain_of(change.host).dns)),
            ("DSType", text("%%14676")),
            ("ObjectDN", Value::Str(names::computer_dn(&w.machines[change.host].base, &w.domain_of(change.host).dns))),
            ("ObjectGUID", Value::Guid(names::guid(&format!("computer {}", w.name(change.host))))),
            ("ObjectClass", text("computer")),
            ("AttributeLDAPDisplayName", text(attribute)),
            ("AttributeSyntaxOID", text(syntax)),
            ("AttributeValue", Value::Str(value)),
            ("OperationType", text(operation)),
        ]);
        let (controller, mut event) =
            security(w, controller, change.at + TimeDelta::microseconds(4_100 + 260 * i), 5136, true, fields);
        event.task = 14081;
        entries.push((controller, event));
    }
    entries
}

fn computer_changed(w: &World, controller: HostId, change: &Change, subject: &[(&'static str, Value)]) -> Entry {
    let unset = || text("-");
    let list = match (change.added.is_empty() && change.deleted.is_empty(), change.list.is_empty()) {
        (true, _) => unset(),
        (false, true) => text("<value not set>"),
        (false, false) => Value::Str(change.list.iter().map(|spn| format!("\n\t\t{spn}")).collect()),
    };
    // The SAM's own bits: 0x80 workstation, 0x40000 any protocol.
    let sam = |control: u32| if control & delegap_model::uac::TRUSTED_TO_AUTH == 0 { "0x80" } else { "0x40080" };
    let (old, new, shown) = match change.control {
        Some((old, new)) => (sam(old), sam(new), "\n\t\t%%2098"),
        None => ("-", "-", "-"),
    };
    let mut fields = vec![
        ("ComputerAccountChange", unset()),
        ("TargetUserName", Value::Str(format!("{}$", w.name(change.host)))),
        ("TargetDomainName", Value::Str(names::netbios(&w.domain_of(change.host).dns))),
        ("TargetSid", Value::Sid(w.computer_sid(change.host))),
    ];
    fields.extend(subject.iter().cloned());
    fields.extend(UNCHANGED.map(|name| (name, unset())));
    fields.extend([
        ("AllowedToDelegateTo", list),
        ("OldUacValue", text(old)),
        ("NewUacValue", text(new)),
        ("UserAccountControl", text(shown)),
    ]);
    let rest = ["UserParameters", "SidHistory", "LogonHours", "DnsHostName", "ServicePrincipalNames"];
    fields.extend(rest.map(|name| (name, unset())));
    let (controller, mut event) = security(w, controller, change.at, 4742, true, fields);
    event.task = 13825;
    (controller, event)
}
