//! Events of the cluster's virtual machine resource (High-Availability-Admin).
//!
//! 21502 is an envelope: VM id, resource name, and one text made of the sentences of other components. The texts here
//! are ours, around the key phrases by which those sentences are known.

use super::events::{ERROR, HIGH_AVAILABILITY, INFORMATION, error_code, error_fields, event, vml};
use super::{Case, Channel, Ending, Move, Os, names, vmms_log};
use crate::record::EventSpec;
use chrono::{DateTime, TimeDelta, Utc};

/// What is logged for a move that fails: 21502 on the source (22505 up to 2012 R2), and what the case's style adds.
pub fn failed(case: &Case, m: &Move) -> Vec<EventSpec> {
    let end = vmms_log::failure_time(m);
    let style = case.cluster_style;
    let mut sides = vec![(&m.from, end)];
    if style.on_destination {
        sides.push((&m.to, end + TimeDelta::milliseconds(380)));
    }
    let mut events = Vec::new();
    for (host, at) in sides {
        if let Some(code) = m.ending.code().filter(|_| style.send_data_event) {
            let mut data = ha(case, 22038, host, at - TimeDelta::milliseconds(70), ERROR);
            data.payload = vml(&error_fields(code), case.payloads);
            events.push(data);
        }
        events.push(envelope(case, m, host, at));
    }
    if is_2012_r2(case, m) {
        events.extend([resource(case, 22501, m, &m.from, m.at), resource(case, 22502, m, &m.to, m.at)]);
    }
    events
}

/// 22501 to 22504, which only releases up to 2012 R2 log; later ones leave a success to VMMS.
pub fn completed(case: &Case, m: &Move) -> Vec<EventSpec> {
    if !is_2012_r2(case, m) {
        return Vec::new();
    }
    let end = m.at + TimeDelta::seconds(22);
    vec![
        resource(case, 22501, m, &m.from, m.at),
        resource(case, 22502, m, &m.to, m.at + TimeDelta::milliseconds(700)),
        resource(case, 22503, m, &m.from, end),
        resource(case, 22504, m, &m.to, end + TimeDelta::milliseconds(150)),
    ]
}

fn envelope(case: &Case, m: &Move, host: &str, at: DateTime<Utc>) -> EventSpec {
    let id = match (is_2012_r2(case, m), host == m.from) {
        (false, _) => 21502,
        (true, true) => 22505,
        (true, false) => 22506,
    };
    let mut event = ha(case, id, host, at, ERROR);
    let mut fields = resource_fields(m);
    fields.push(("Message", message(m)));
    event.payload = vml(&fields, case.payloads);
    event
}

/// The text of a 21502: the move, the side that failed, the reason.
pub fn message(m: &Move) -> String {
    let Move { vm, from, to, .. } = m;
    let id = names::vm_id_text(vm);
    let (side, host) = match m.ending {
        Ending::MemoryShort => ("destination", to),
        _ => ("source", from),
    };
    let code = m.ending.code().map(error_code).unwrap_or_default();
    let reason = match m.ending {
        Ending::Completed => vec![],
        Ending::NoCredentials(_) => vec![
            connect(to, &code),
            "The connection could not be authenticated at the source host: no suitable credentials available.".into(),
        ],
        Ending::CredSspPolicy => vec![
            connect(to, &code),
            "The connection could not be authenticated at the source host: credential delegation not enabled.".into(),
        ],
        Ending::Connect(_) => vec![connect(to, &code)],
        Ending::RefusedByDestination(_) => {
            vec![format!(
                "This service failed to authenticate the connection from '{from}' at the destination host '{to}' ({code})."
            )]
        }
        Ending::DeniedByDestination(_) => {
            vec![format!("This service denied a request of '{from}' at the destination host '{to}' ({code}).")]
        }
        Ending::TransferLost(_) => {
            vec![format!(
                "This service failed to send data during the virtual machine migration: the peer is gone ({code})."
            )]
        }
        Ending::SwitchMissing => vec![format!(
            "'{vm}' was refused: the virtual switch used by it does not exist, seen from destination node '{to}'."
        )],
        Ending::ProcessorIncompatible => vec![format!(
            "'{vm}' runs with processor-specific features not supported there: physical computer '{to}'. (Virtual \
             machine ID {id})"
        )],
        Ending::MemoryShort => {
            vec![format!("'{vm}' could not initialize memory: nothing is left ({code}). (Virtual machine ID {id})")]
        }
        Ending::LogonRightMissing => vec![format!(
            "'{vm}' failed to create Planned Virtual Machine at migration destination: a logon type is not granted \
             ({code}). (Virtual machine ID {id})"
        )],
    };
    let head = [
        format!("Live migration of '{}' failed.", resource_name(m)),
        format!("Migration operation for '{vm}' failed at migration {side} '{host}'. (Virtual machine ID {id})"),
    ];
    head.into_iter().chain(reason).collect::<Vec<_>>().join("\r\n\r\n")
}

fn connect(to: &str, code: &str) -> String {
    format!(
        "This service failed to establish a connection (virtual machine migration) with host '{to}': it was not \
         accepted ({code})."
    )
}

fn is_2012_r2(case: &Case, m: &Move) -> bool {
    case.host(&m.from).os == Os::W2012R2
}

fn resource_name(m: &Move) -> String {
    format!("Virtual Machine {}", m.vm)
}

fn resource_fields(m: &Move) -> Vec<(&'static str, String)> {
    vec![("VmId", names::vm_id_text(&m.vm)), ("ResourceName", resource_name(m))]
}

fn resource(case: &Case, id: u16, m: &Move, host: &str, at: DateTime<Utc>) -> EventSpec {
    let mut event = ha(case, id, host, at, INFORMATION);
    event.payload = vml(&resource_fields(m), case.payloads);
    event
}

fn ha(case: &Case, id: u16, host: &str, at: DateTime<Utc>, level: u8) -> EventSpec {
    let mut event = event(case, HIGH_AVAILABILITY, id, Channel::HighAvailability, host, at);
    event.level = level;
    event
}
