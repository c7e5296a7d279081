//! What the event writers of this module share: providers, channels and payload shapes.

use super::{Case, Channel, Payloads, names};
use crate::record::{EventSpec, Payload, Value};
use chrono::{DateTime, Utc};
use delegap_model::{Code, Guid, Sid};

/// An event provider.
#[derive(Clone, Copy)]
pub(crate) struct Provider {
    pub(crate) name: &'static str,
    pub(crate) guid: &'static str,
}

pub(crate) const VMMS: Provider =
    Provider { name: "Microsoft-Windows-Hyper-V-VMMS", guid: "6066f867-7ca1-4418-85fd-36e3f9c0600c" };
/// The GUID is as a support tool labels it; no public record shows it beside the name.
pub(crate) const HIGH_AVAILABILITY: Provider =
    Provider { name: "Microsoft-Windows-Hyper-V-High-Availability", guid: "64e92abc-910c-4770-bd9c-c3c54699b8f9" };
pub(crate) const WORKER: Provider =
    Provider { name: "Microsoft-Windows-Hyper-V-Worker", guid: "51ddfa29-d5c8-4803-be4b-2ecb715570fe" };
pub(crate) const SECURITY: Provider =
    Provider { name: "Microsoft-Windows-Security-Auditing", guid: "54849625-5478-4994-a5ba-3e3b0328c30d" };
pub(crate) const UPDATE_CLIENT: Provider =
    Provider { name: "Microsoft-Windows-WindowsUpdateClient", guid: "945a8954-c147-4acd-923f-40c45405a658" };
pub(crate) const KERNEL_GENERAL: Provider =
    Provider { name: "Microsoft-Windows-Kernel-General", guid: "a68ca8b7-004f-d7b6-a698-07e2de0f1f5d" };
pub(crate) const SERVICE_CONTROL: Provider =
    Provider { name: "Service Control Manager", guid: "555908d1-a6d7-4695-8e1e-26931d2012f4" };

/// Level of errors.
pub(crate) const ERROR: u8 = 2;
/// Level of notices.
pub(crate) const INFORMATION: u8 = 4;

/// An event of `provider` logged by `host`, under SYSTEM.
pub(crate) fn event(
    case: &Case,
    provider: Provider,
    id: u16,
    channel: Channel,
    host: &str,
    at: DateTime<Utc>,
) -> EventSpec {
    let mut event = EventSpec::new(provider.name, id, channel.name(), &case.fqdn(host), at);
    event.provider_guid = Guid::parse(provider.guid);
    event.user_sid = Sid::parse("S-1-5-18");
    event
}

/// `UserData/VmlEventLog`, as all Hyper-V providers write. `fields` in the template's order.
pub(crate) fn vml(fields: &[(&str, String)], payloads: Payloads) -> Payload {
    let name = |(i, field): (usize, &(&str, String))| {
        let name = if payloads == Payloads::Named { field.0.to_owned() } else { format!("Parameter{i}") };
        (name, Value::Str(field.1.clone()))
    };
    Payload::UserData {
        element: "VmlEventLog".to_owned(),
        xmlns: "http://www.microsoft.com/Windows/Virtualization/Events".to_owned(),
        fields: fields.iter().enumerate().map(name).collect(),
    }
}

/// `EventData` with named values.
pub(crate) fn named(fields: Vec<(&str, Value)>) -> Payload {
    Payload::EventData(fields.into_iter().map(|(name, value)| (Some(name.to_owned()), value)).collect())
}

/// The first two values of most Hyper-V events.
pub(crate) fn vm_fields(vm: &str) -> Vec<(&'static str, String)> {
    vec![("VmName", vm.to_owned()), ("VmId", names::vm_id_text(vm))]
}

/// ErrorMessage as a message reference with the decimal code, and ErrorCode.
pub(crate) fn error_fields(code: u32) -> Vec<(&'static str, String)> {
    vec![("ErrorMessage", format!("%%{code}")), ("ErrorCode", error_code(code))]
}

/// `0x8009030E`
pub(crate) fn error_code(code: u32) -> String {
    Code(code).to_string().to_uppercase().replacen("0X", "0x", 1)
}
