//! Single events of the providers that take part: names, channels and shapes as the public material shows them.
//!
//! Where no source tells a provider's field names, values go without names, in the order of the message's inserts.

use super::world::{Entry, HostId, Time, World};
use crate::case::events::{HIGH_AVAILABILITY, Provider, SECURITY, SERVICE_CONTROL, VMMS, WORKER, named, vml};
use crate::case::names;
use crate::record::{EventSpec, Payload, Value};
use delegap_model::{Guid, Sid};

pub(super) const VMMS_ADMIN: &str = "Microsoft-Windows-Hyper-V-VMMS-Admin";
pub(super) const VMMS_OPERATIONAL: &str = "Microsoft-Windows-Hyper-V-VMMS-Operational";
pub(super) const HA_ADMIN: &str = "Microsoft-Windows-Hyper-V-High-Availability-Admin";
pub(super) const WORKER_ADMIN: &str = "Microsoft-Windows-Hyper-V-Worker-Admin";
pub(super) const CLUSTERING_OPERATIONAL: &str = "Microsoft-Windows-FailoverClustering/Operational";
pub(super) const KERBEROS_OPERATIONAL: &str = "Microsoft-Windows-Kerberos/Operational";
pub(super) const POLICY_FAILURES: &str =
    "Microsoft-Windows-Authentication/AuthenticationPolicyFailures-DomainController";
pub(super) const NTLM_OPERATIONAL: &str = "Microsoft-Windows-NTLM/Operational";

pub(super) const ERROR: u8 = 2;
pub(super) const WARNING: u8 = 3;
pub(super) const INFORMATION: u8 = 4;

const CLUSTERING: Provider =
    Provider { name: "Microsoft-Windows-FailoverClustering", guid: "baf908ea-3421-4ca9-9b84-6689b8c6f85f" };
const KDC: Provider = Provider {
    name: "Microsoft-Windows-Kerberos-Key-Distribution-Center",
    guid: "3fd9da1a-5a54-46c5-9a26-9bd7c0685056",
};
const KERBEROS: Provider =
    Provider { name: "Microsoft-Windows-Security-Kerberos", guid: "98e6cfcb-ee0a-41e0-a57b-622d4e1b30b1" };
const LSA: Provider = Provider { name: "LsaSrv", guid: "199fe037-2b82-40a9-82ac-e1d46c792b99" };
const TIME_SERVICE: Provider =
    Provider { name: "Microsoft-Windows-Time-Service", guid: "06edcfeb-0fd0-4e53-acca-a6f8bbf81bcb" };
const GROUP_POLICY: Provider =
    Provider { name: "Microsoft-Windows-GroupPolicy", guid: "aea1b4fa-97d1-45f2-a64c-4d69fffd92c9" };
const WININIT: Provider = Provider { name: "Microsoft-Windows-Wininit", guid: "206f6dea-d3c5-4d10-bc72-989f03c8b84b" };
const NTLM: Provider = Provider { name: "Microsoft-Windows-NTLM", guid: "ac43300d-5fcc-4800-8e99-1bd3f85f0320" };
const DNS_CLIENT: Provider =
    Provider { name: "Microsoft-Windows-DNS-Client", guid: "1c95126e-7eea-49a9-a3fe-a378b03ddb4d" };

/// Values with the names of their template's inserts.
pub(super) type Fields = Vec<(&'static str, String)>;

/// Joins two lists of values.
pub(super) fn and(mut fields: Fields, more: &[(&'static str, &str)]) -> Fields {
    fields.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
    fields
}

fn event(w: &World, provider: Provider, id: u16, channel: &str, host: HostId, at: Time) -> EventSpec {
    let mut event = EventSpec::new(provider.name, id, channel, &w.fqdn(host), at);
    event.provider_guid = Guid::parse(provider.guid);
    event.user_sid = Sid::parse("S-1-5-18");
    event
}

fn hyper_v(
    w: &World,
    provider: Provider,
    channel: &str,
    (host, at, id, level): (HostId, Time, u16, u8),
    fields: &Fields,
) -> Entry {
    let mut event = event(w, provider, id, channel, host, at);
    event.level = level;
    if !fields.is_empty() {
        event.payload = vml(fields, w.machines[host].payloads);
    }
    (host, event)
}

/// An event of the management service, in its Admin channel.
pub(super) fn vmms(w: &World, host: HostId, at: Time, id: u16, level: u8, fields: &Fields) -> Entry {
    hyper_v(w, VMMS, VMMS_ADMIN, (host, at, id, level), fields)
}

/// An event of the management service, in its Operational channel.
pub(super) fn vmms_operational(w: &World, host: HostId, at: Time, id: u16, level: u8, fields: &Fields) -> Entry {
    hyper_v(w, VMMS, VMMS_OPERATIONAL, (host, at, id, level), fields)
}

/// An event of the cluster's virtual machine resource.
pub(super) fn high_availability(w: &World, host: HostId, at: Time, id: u16, level: u8, fields: &Fields) -> Entry {
    hyper_v(w, HIGH_AVAILABILITY, HA_ADMIN, (host, at, id, level), fields)
}

/// An event of a virtual machine's worker process, under the virtual machine's SID.
pub(super) fn worker(w: &World, host: HostId, at: Time, id: u16, level: u8, vm: &str, fields: &Fields) -> Entry {
    let (host, mut event) = hyper_v(w, WORKER, WORKER_ADMIN, (host, at, id, level), fields);
    event.user_sid = Some(Sid::of_vm(names::vm_id(vm)));
    (host, event)
}

/// An event of the cluster service.
pub(super) fn clustering(w: &World, host: HostId, at: Time, id: u16, level: u8, fields: &Fields) -> Entry {
    let channel = if matches!(id, 1153 | 1200..=1204 | 1641) { CLUSTERING_OPERATIONAL } else { "System" };
    let mut event = event(w, CLUSTERING, id, channel, host, at);
    event.level = level;
    event.payload = texts(fields);
    (host, event)
}

/// An event of the Key Distribution Center in the System log.
pub(super) fn kdc(w: &World, controller: HostId, at: Time, id: u16, level: u8, payload: Payload) -> Entry {
    let mut event = event(w, KDC, id, "System", controller, at);
    event.event_source_name = Some("KDC".to_owned());
    event.qualifiers = Some(if level == ERROR { 0xc000 } else { 0x8000 });
    event.keywords = 0x0080_0000_0000_0000;
    event.level = level;
    event.user_sid = None;
    event.payload = payload;
    (controller, event)
}

/// An event of the Key Distribution Center in a channel of its own.
pub(super) fn kdc_in(w: &World, channel: &str, controller: HostId, at: Time, id: u16, fields: &Fields) -> Entry {
    let mut event = event(w, KDC, id, channel, controller, at);
    event.level = ERROR;
    event.payload = texts(fields);
    (controller, event)
}

/// An event of the Kerberos client: ids up to 20 in the System log, the others in Operational.
pub(super) fn kerberos(w: &World, host: HostId, at: Time, id: u16, fields: &Fields) -> Entry {
    let channel = if id <= 20 { "System" } else { KERBEROS_OPERATIONAL };
    let mut event = event(w, KERBEROS, id, channel, host, at);
    if id <= 20 {
        event.event_source_name = Some("Kerberos".to_owned());
        event.qualifiers = Some(0x8000);
        event.keywords = 0x0080_0000_0000_0000;
    }
    event.level = ERROR;
    let mut values: Vec<_> = fields.iter().map(|(n, v)| (Some((*n).to_owned()), Value::Str(v.clone()))).collect();
    if id <= 20 {
        values.push((None, Value::Binary(Vec::new())));
    }
    event.payload = Payload::EventData(values);
    (host, event)
}

/// An event of NETLOGON: texts without names, and the status in binary.
pub(super) fn netlogon(w: &World, host: HostId, at: Time, id: u16, values: &[&str], status: u32) -> Entry {
    let mut event = EventSpec::new("NETLOGON", id, "System", &w.fqdn(host), at);
    event.qualifiers = Some(0);
    event.keywords = 0x0080_0000_0000_0000;
    event.level = ERROR;
    event.payload = positional(values, Some(status));
    (host, event)
}

/// An event of the source EventLog.
pub(super) fn event_log(w: &World, host: HostId, at: Time, id: u16, values: &[&str]) -> Entry {
    let mut event = EventSpec::new("EventLog", id, "System", &w.fqdn(host), at);
    event.qualifiers = Some(0x8000);
    event.keywords = 0x0080_0000_0000_0000;
    event.payload = positional(values, Some(0));
    (host, event)
}

/// An event of the Service Control Manager.
pub(super) fn service(w: &World, host: HostId, at: Time, id: u16, level: u8, values: &[&str]) -> Entry {
    let mut event = event(w, SERVICE_CONTROL, id, "System", host, at);
    event.event_source_name = Some("Service Control Manager".to_owned());
    event.qualifiers = Some(if level == ERROR { 0xc000 } else { 0x4000 });
    event.keywords = 0x8080_0000_0000_0000;
    event.user_sid = None;
    event.level = level;
    let value = |(i, text): (usize, &&str)| (Some(format!("param{}", i + 1)), Value::from(*text));
    event.payload = Payload::EventData(values.iter().enumerate().map(value).collect());
    (host, event)
}

/// An audit event of the Security log. Addresses, names and codes are texts here as there.
pub(super) fn security(
    w: &World,
    host: HostId,
    at: Time,
    id: u16,
    success: bool,
    fields: Vec<(&'static str, Value)>,
) -> Entry {
    let mut event = event(w, SECURITY, id, "Security", host, at);
    event.level = 0;
    event.keywords = if success { 0x8020_0000_0000_0000 } else { 0x8010_0000_0000_0000 };
    event.user_sid = None;
    event.payload = named(fields);
    (host, event)
}

/// Providers whose events are a list of named texts in the System log or a channel of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Lsa,
    TimeService,
    GroupPolicy,
    Wininit,
    Ntlm,
    DnsClient,
}

/// An event of one of those.
pub(super) fn other(w: &World, source: Source, host: HostId, at: Time, id: u16, level: u8, fields: &Fields) -> Entry {
    let (provider, channel) = match source {
        Source::Lsa => (LSA, "System"),
        Source::TimeService => (TIME_SERVICE, "System"),
        Source::GroupPolicy => (GROUP_POLICY, "System"),
        Source::Wininit => (WININIT, "System"),
        Source::Ntlm => (NTLM, NTLM_OPERATIONAL),
        Source::DnsClient => (DNS_CLIENT, "System"),
    };
    let mut event = event(w, provider, id, channel, host, at);
    event.level = level;
    event.payload = texts(fields);
    (host, event)
}

/// Named texts.
pub(super) fn texts(fields: &Fields) -> Payload {
    if fields.is_empty() {
        return Payload::None;
    }
    Payload::EventData(fields.iter().map(|(n, v)| (Some((*n).to_owned()), Value::Str(v.clone()))).collect())
}

/// Texts without names, and a last value in binary.
pub(super) fn positional(values: &[&str], binary: Option<u32>) -> Payload {
    let mut data: Vec<_> = values.iter().map(|text| (None, Value::from(*text))).collect();
    data.extend(binary.map(|status| (None, Value::Binary(status.to_le_bytes().to_vec()))));
    if data.is_empty() { Payload::None } else { Payload::EventData(data) }
}
