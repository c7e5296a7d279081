//! What a host logs anyway: boots, services, virtual machines that start.

use super::{Case, Host, Role, system_log, updates, vmms_log, worker_log};
use crate::record::EventSpec;
use chrono::TimeDelta;

/// Events of `host` that have nothing to do with any migration.
pub(super) fn events(case: &Case, host: &Host) -> Vec<EventSpec> {
    let mut events = Vec::new();
    for boot in updates::boots(case, host) {
        events.push(system_log::booted(case, host, boot));
        let services =
            [("Windows Update", "running"), ("Windows Update", "stopped"), ("Volume Shadow Copy", "running")];
        for (i, (service, state)) in services.into_iter().enumerate() {
            let at = boot + TimeDelta::minutes(3 + 11 * i64::try_from(i).unwrap_or(0));
            events.push(system_log::service_state(case, &host.name, service, state, at));
        }
        if host.role == Role::HyperV {
            events.extend(vmms_log::service_started(case, &host.name, boot + TimeDelta::seconds(50)));
        }
    }
    let recent = host.updates.iter().filter(|u| updates::installed_at(u) > case.logs_from);
    events.extend(recent.map(|u| system_log::update_installed(case, host, u)));
    if host.role == Role::HyperV {
        let vm = format!("{}-test", host.name.to_lowercase());
        let at = case.logs_from + TimeDelta::minutes(95);
        events.push(vmms_log::created(case, &host.name, &vm, at));
        events.push(worker_log::vm_started(case, &host.name, &vm, at + TimeDelta::minutes(4)));
        events.push(worker_log::vm_started(case, &host.name, &vm, at + TimeDelta::hours(26)));
    }
    events
}
