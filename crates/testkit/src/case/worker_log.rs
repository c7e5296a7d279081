//! Events of a virtual machine's worker process (Worker-Admin), logged under the virtual machine's own SID.

use super::events::{ERROR, INFORMATION, WORKER, error_fields, event, vm_fields, vml};
use super::{Case, Channel, Move, Payloads, names, vmms_log};
use crate::record::EventSpec;
use chrono::{DateTime, TimeDelta, Utc};
use delegap_model::Sid;

/// 18500: a virtual machine started.
pub fn vm_started(case: &Case, host: &str, vm: &str, at: DateTime<Utc>) -> EventSpec {
    worker(case, 18500, host, vm, at, INFORMATION, vm_fields(vm))
}

/// 3050 with 0x8007000E: the destination has no memory for the virtual machine.
pub fn memory_short(case: &Case, m: &Move) -> EventSpec {
    let mut fields = vm_fields(&m.vm);
    fields.extend(error_fields(0x8007_000e));
    let at = vmms_log::failure_time(m) - TimeDelta::milliseconds(200);
    worker(case, 3050, &m.to, &m.vm, at, ERROR, fields)
}

fn worker(
    case: &Case,
    id: u16,
    host: &str,
    vm: &str,
    at: DateTime<Utc>,
    level: u8,
    fields: Vec<(&'static str, String)>,
) -> EventSpec {
    let mut event = event(case, WORKER, id, Channel::Worker, host, at);
    event.level = level;
    event.user_sid = Some(Sid::of_vm(names::vm_id(vm)));
    event.payload = vml(&fields, Payloads::Named);
    event
}
