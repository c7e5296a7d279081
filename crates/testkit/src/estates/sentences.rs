//! The sentence that stands for an event inside an envelope: our words around the phrase by which it is known.

use super::log::Fields;
use super::moves::Move;
use super::world::World;
use crate::case::names;

/// The sentence of VMMS or worker event `id` with these values.
pub(super) fn sentence(w: &World, m: &Move, id: u16, fields: &Fields) -> String {
    let field = |name: &str| fields.iter().find(|(n, _)| *n == name).map_or("", |(_, value)| value.as_str());
    let code = field("ErrorCode");
    let why = meaning(code);
    let (vm, to) = (&m.vm, w.name(m.to));
    let with_id = format!("(Virtual machine ID {})", names::vm_id_text(vm));
    match id {
        20302 => format!("This service failed to authenticate the connection at the source host: {why} ({code})."),
        20304 => format!(
            "This service failed to establish a connection because the destination host rejected the request: {why} \
             ({code})."
        ),
        20306 => format!(
            "This service failed to establish a connection for a Virtual Machine migration with host '{}': {why} \
             ({code}).",
            field("Host")
        ),
        20308 | 20309 => {
            "The connection failed to authenticate at the source host: no suitable credentials available.".to_owned()
        }
        20310 | 20311 => {
            "The connection failed to authenticate at the source host: credential delegation not enabled.".to_owned()
        }
        20352 => format!("No connection with host '{to}' because a previous migration is still cleaning up."),
        20354 => format!("This service failed to authenticate a connection with host '{to}'. See its Admin events."),
        20400 => format!(
            "This service blocked a connection request from client address '{}': {why} ({code}).",
            field("ClientAddress")
        ),
        20402 => format!("The connection failed to authenticate at the destination host: {why} ({code})."),
        20403 => format!("This service denied a request at the destination host: {why} ({code})."),
        20420 => "This service denied a request at the destination host: a connection from previous migration attempt \
                  is still cleaning up."
            .to_owned(),
        20100 => format!(
            "This service failed to register the configuration for the virtual machine '{}' at '{}': {why} ({code}).",
            names::vm_id_text(vm),
            field("Path")
        ),
        20770 => format!("Migration did not succeed. Failed to create folder '{}': {why} ({code}).", field("Path")),
        21000 => format!("No migration of '{vm}' because virtual machine migration limit was reached. {with_id}"),
        21002 => format!(
            "'{vm}' Failed to create Planned Virtual Machine at migration destination: {why} ({code}). {with_id}"
        ),
        21010 | 21011 => {
            format!("Physical computer '{}' cannot access '{}': {why} ({code})", field("Computer"), field("Path"))
        }
        21012 => format!("Failed to resolve destination path '{}': {why} ({code}).", field("Path")),
        22038 => format!("Failed to send data for a Virtual Machine migration: {why} ({code})."),
        22040 => format!("Failed to receive data for a Virtual Machine migration: {why} ({code})."),
        24002 => format!(
            "'{vm}' runs on another make: a running one cannot be migrated to a physical computer that has a processor \
             from a different vendor, which '{to}' is. {with_id}"
        ),
        24004 => {
            format!("'{vm}' is using processor-specific features not supported on physical computer '{to}'. {with_id}")
        }
        24006 => {
            format!("The version of virtual machine '{vm}' is not compatible with physical computer '{to}'. {with_id}")
        }
        24008 => format!(
            "The version of the device '{}' of '{vm}' is not compatible with device on physical computer '{to}'. \
             {with_id}",
            field("Device")
        ),
        3050 => format!("'{vm}' could not initialize memory: {why} ({code}). {with_id}"),
        3122 => format!("Not enough memory in the system to start the virtual machine {vm}. {with_id}"),
        _ => format!("{why} ({code})."),
    }
}

/// What a code says, in our words: enough for a text around it.
fn meaning(code: &str) -> &'static str {
    match code {
        "0x8009030E" => "nothing to sign in with is in the security package",
        "0x8009030D" => "the package does not know what was supplied to it",
        "0x80090322" => "the principal is another one than meant",
        "0x80070005" => "access is denied",
        "0x80072746" => "the remote host closed the connection",
        "0x8007274C" => "no answer within the time",
        "0x8007274D" => "the target machine refused it",
        _ => "it went wrong",
    }
}
