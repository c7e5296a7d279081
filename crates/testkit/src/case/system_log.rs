//! Events of the System log: boots, updates, services.

use super::events::{KERNEL_GENERAL, SERVICE_CONTROL, UPDATE_CLIENT, event, named};
use super::{Case, Channel, Host, Update, names, updates};
use crate::record::{EventSpec, Value};
use chrono::{DateTime, Utc};

/// Kernel-General 12: the system booted.
pub fn booted(case: &Case, host: &Host, at: DateTime<Utc>) -> EventSpec {
    let mut event = event(case, KERNEL_GENERAL, 12, Channel::System, &host.name, at);
    event.task = 1;
    event.keywords = 0x8000_0000_0000_0080;
    let (major, minor) = host.os.version().split_once('.').expect("major.minor");
    let number = |text: &str| Value::U32(text.parse().expect("digits"));
    event.payload = named(vec![
        ("MajorVersion", number(major)),
        ("MinorVersion", number(minor)),
        ("BuildVersion", Value::U32(host.os.build())),
        ("QfeVersion", Value::U32(1)),
        ("ServiceVersion", Value::U32(0)),
        ("BootMode", Value::U32(0)),
        ("StartTime", Value::FileTime(at)),
    ]);
    event
}

/// WindowsUpdateClient 19: an update was installed.
pub fn update_installed(case: &Case, host: &Host, update: &Update) -> EventSpec {
    let mut event = event(case, UPDATE_CLIENT, 19, Channel::System, &host.name, updates::installed_at(update));
    event.version = 1;
    event.task = 1;
    event.opcode = 13;
    event.keywords = 0x8000_0000_0000_0018;
    let caption = host.os.caption().trim_end_matches(" Datacenter");
    let title = format!(
        "{} Cumulative Update for {caption} for x64-based Systems ({})",
        update.installed.format("%Y-%m"),
        update.kb
    );
    event.payload = named(vec![
        ("updateTitle", Value::Str(title)),
        ("updateGuid", Value::Guid(names::guid(&format!("update {}", update.kb)))),
        ("updateRevisionNumber", Value::U32(1)),
        ("serviceGuid", Value::Guid(names::guid("update service"))),
    ]);
    event
}

/// Service Control Manager 7036: a service changed its state.
pub fn service_state(case: &Case, host: &str, service: &str, state: &str, at: DateTime<Utc>) -> EventSpec {
    let mut event = event(case, SERVICE_CONTROL, 7036, Channel::System, host, at);
    event.event_source_name = Some("Service Control Manager".to_owned());
    event.qualifiers = Some(16384);
    event.keywords = 0x8080_0000_0000_0000;
    event.user_sid = None;
    event.payload = named(vec![("param1", Value::from(service)), ("param2", Value::from(state))]);
    event
}
