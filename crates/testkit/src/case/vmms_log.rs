//! Events of the Virtual Machine Management Service (VMMS-Admin).
//!
//! Ids and the order of their values: the message templates of Server 2012 R2 (public dump of its manifests).

use super::events::{ERROR, INFORMATION, VMMS, error_fields, event, vm_fields, vml};
use super::{Case, Channel, Ending, Move, Payloads};
use crate::record::EventSpec;
use chrono::{DateTime, TimeDelta, Utc};

/// 20413: the source begins a live migration.
pub fn started(case: &Case, m: &Move) -> EventSpec {
    migration(case, 20413, &m.from, m.at, INFORMATION, with(vm_fields(&m.vm), &[("DestinationHost", &m.to)]))
}

/// 20415 on the source; 18304 and 20418 on the destination.
pub fn completed(case: &Case, m: &Move) -> Vec<EventSpec> {
    let source = case.host(&m.from);
    let end = m.at + TimeDelta::milliseconds(21_700);
    let seconds = with(vm_fields(&m.vm), &[("BlackoutTime", "0.8")]);
    let received = with(vm_fields(&m.vm), &[("SourceIpAddress", &source.address)]);
    vec![
        migration(case, 20415, &m.from, end, INFORMATION, seconds),
        state(case, 18304, &m.to, end - TimeDelta::milliseconds(450), vm_fields(&m.vm)),
        migration(case, 20418, &m.to, end + TimeDelta::milliseconds(60), INFORMATION, received),
    ]
}

/// Everything VMMS logs for a move that fails: the start, the reason on whichever side finds it, and 21024.
pub fn failed(case: &Case, m: &Move) -> Vec<EventSpec> {
    let mut events = vec![started(case, m)];
    let (reasons, end) = reasons(case, m);
    events.extend(reasons);
    events.push(failed_at_source(case, m, end));
    events
}

/// 21024: the source gives up.
pub fn failed_at_source(case: &Case, m: &Move, at: DateTime<Utc>) -> EventSpec {
    migration(case, 21024, &m.from, at, ERROR, with(vm_fields(&m.vm), &[("SourceHost", &m.from)]))
}

/// When a failing move ends: a refused connection within seconds, a broken transfer after some.
pub fn failure_time(m: &Move) -> DateTime<Utc> {
    let after = match m.ending {
        Ending::TransferLost(_) => 34_000,
        Ending::MemoryShort | Ending::LogonRightMissing => 6_200,
        _ => 1_400,
    };
    m.at + TimeDelta::milliseconds(after)
}

fn reasons(case: &Case, m: &Move) -> (Vec<EventSpec>, DateTime<Utc>) {
    let end = failure_time(m);
    let before = |ms| end - TimeDelta::milliseconds(ms);
    let source = |id, fields| migration(case, id, &m.from, before(90), ERROR, fields);
    let then = |id| migration(case, id, &m.from, before(87), ERROR, vec![]);
    let destination = |id, fields| migration(case, id, &m.to, before(95), ERROR, fields);
    let connect = |code| source(20306, with(error_fields(code), &[("Host", &m.to)]));
    let events = match m.ending {
        Ending::Completed | Ending::SwitchMissing | Ending::MemoryShort => vec![],
        Ending::NoCredentials(code) => vec![connect(code), then(20309)],
        Ending::CredSspPolicy => vec![connect(0x8009_035e), then(20310)],
        Ending::Connect(code) => vec![connect(code)],
        Ending::RefusedByDestination(code) => {
            vec![destination(20402, error_fields(code)), source(20354, vec![("Host", m.to.clone())])]
        }
        Ending::DeniedByDestination(code) => vec![destination(20403, error_fields(code))],
        Ending::TransferLost(code) => vec![source(22038, error_fields(code)), destination(22040, error_fields(code))],
        Ending::ProcessorIncompatible => vec![source(24004, with(vm_fields(&m.vm), &[("DestinationHost", &m.to)]))],
        Ending::LogonRightMissing => {
            let mut fields = vm_fields(&m.vm);
            fields.extend(error_fields(0x8007_0569));
            vec![source(21002, fields)]
        }
    };
    (events, end)
}

/// What VMMS logs when it starts: service, listener, service principal names.
pub fn service_started(case: &Case, host: &str, at: DateTime<Utc>) -> Vec<EventSpec> {
    let address = &case.host(host).address;
    let notice = |id, ms: i64, fields| migration(case, id, host, at + TimeDelta::milliseconds(ms), INFORMATION, fields);
    let spn = |class: &str| vec![("Spn", class.to_owned())];
    vec![
        notice(14094, 0, vec![]),
        notice(20407, 310, vec![("ListenAddresses", address.clone())]),
        notice(20410, 340, vec![]),
        notice(14052, 900, spn("Hyper-V Replica Service")),
        notice(14052, 930, spn(delegap_model::Spn::MIGRATION)),
        notice(14052, 960, spn("Microsoft Virtual Console Service")),
    ]
}

/// 13002: a virtual machine is created.
pub fn created(case: &Case, host: &str, vm: &str, at: DateTime<Utc>) -> EventSpec {
    state(case, 13002, host, at, vm_fields(vm))
}

fn migration(
    case: &Case,
    id: u16,
    host: &str,
    at: DateTime<Utc>,
    level: u8,
    fields: Vec<(&'static str, String)>,
) -> EventSpec {
    let mut event = event(case, VMMS, id, Channel::Vmms, host, at);
    event.level = level;
    if !fields.is_empty() {
        event.payload = vml(&fields, case.payloads);
    }
    event
}

/// VM state events have named values whatever the migration events have.
fn state(case: &Case, id: u16, host: &str, at: DateTime<Utc>, fields: Vec<(&'static str, String)>) -> EventSpec {
    let mut event = event(case, VMMS, id, Channel::Vmms, host, at);
    event.payload = vml(&fields, Payloads::Named);
    event
}

fn with(mut fields: Vec<(&'static str, String)>, more: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    fields.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
    fields
}
