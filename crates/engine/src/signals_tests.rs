//! What single events say, in the shapes and languages they come in.

use super::*;
use delegap_model::SourceRef;

const HA: &str = "Microsoft-Windows-Hyper-V-High-Availability";
const VMMS: &str = "Microsoft-Windows-Hyper-V-VMMS";
const NO_CREDENTIALS: Code = Code(0x8009_030e);

fn hosts() -> Hosts {
    let mut hosts = Hosts::from_names(["HV01.contoso.lab", "HV02.contoso.lab", "HV03.contoso.lab"]);
    let second = hosts.find("HV02", None).unwrap();
    hosts.alias("10.0.0.2", second);
    hosts
}

fn event(provider: &str, id: u32, computer: &str, fields: &[(&str, &str)]) -> Event {
    Event {
        at: SourceRef::new("log.evtx", "#1"),
        provider: provider.into(),
        source_name: None,
        id,
        version: 0,
        level: None,
        time: Time::UNIX_EPOCH,
        computer: computer.into(),
        channel: "".into(),
        record_id: 1,
        sequence: 0,
        activity_id: None,
        user_sid: None,
        fields: fields.iter().copied().collect(),
        rendering: None,
    }
}

/// (source, destination, side, VM) of an event.
fn parties(event: &Event) -> (Option<String>, Option<String>, Option<Side>, Option<String>) {
    let hosts = hosts();
    let signal = read_of(event.clone(), &hosts).unwrap();
    let name = |id: Option<HostId>| id.map(|h| hosts.display(h).to_string());
    (name(signal.source), name(signal.destination), signal.side, signal.vm_name.as_deref().map(str::to_owned))
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

const ID: &str = "5A1B0C2D-0000-0000-0000-000000000001";

fn read_of(event: Event, hosts: &Hosts) -> Option<Signal> {
    let host = hosts.find(&event.computer, None)?;
    read(Box::new(event), host, hosts)
}

#[test]
fn an_envelope_of_any_language_gives_vm_hosts_and_code() {
    let texts = [
        "Live migration of 'Virtual Machine app01' failed.\r\n\r\nVirtual machine migration operation for 'app01' failed at \
         migration source 'HV01'. (Virtual machine ID 5A1B0C2D-0000-0000-0000-000000000001)\r\n\r\nThis service failed to establish a \
         connection (virtual machine migration) with host 'HV02.contoso.lab': nothing (0x8009030E).",
        "Fehler bei der Livemigration von \u{201e}Virtual Machine app01\u{201c}: Quelle \u{201e}HV01\u{201c}, Host \
         \u{201e}HV02\u{201c} (0x8009030E).",
        "\u{c9}chec de la migration de «\u{a0}app01\u{a0}» depuis «\u{a0}HV01\u{a0}» vers «\u{a0}HV02\u{a0}» (0x8009030E).",
    ];
    for text in texts {
        for (computer, side) in [("HV01", Side::Source), ("HV02.contoso.lab", Side::Destination)] {
            // The text stands in whatever field: the envelope's fields have no documented names.
            for fields in [
                [("Parameter0", ID), ("Parameter1", "Virtual Machine app01"), ("Parameter2", text)],
                [("Parameter0", "Virtual Machine app01"), ("Parameter1", text), ("Parameter2", ID)],
            ] {
                let event = event(HA, 21502, computer, &fields);
                let (source, destination, logged_by, _) = parties(&event);
                assert_eq!((source, destination, logged_by), (some("HV01"), some("HV02"), Some(side)), "{text}");
                let signal = read_of(event.clone(), &hosts()).unwrap();
                assert!(signal.vm_name.as_deref().is_none_or(|n| n == "app01"), "{:?}", signal.vm_name);
                assert_eq!(*signal.codes, [NO_CREDENTIALS], "{text}");
                assert_eq!(signal.vm_id, Guid::parse(ID), "{text}");
            }
        }
    }
}

#[test]
fn positional_and_named_values_are_the_same_event() {
    let positional = event(
        VMMS,
        20306,
        "HV01",
        &[("Parameter0", "%%2148074254"), ("Parameter1", "0x8009030E"), ("Parameter2", "HV02")],
    );
    let named =
        event(VMMS, 20306, "HV01", &[("ErrorMessage", "%%2148074254"), ("ErrorCode", "0x8009030E"), ("Host", "hv02")]);
    let nameless = event(VMMS, 20306, "HV01", &[("", "%%2148074254"), ("", "0x8009030E"), ("", "10.0.0.2")]);
    for event in [positional, named, nameless] {
        assert_eq!(parties(&event), (some("HV01"), some("HV02"), Some(Side::Source), None));
        assert_eq!(*read_of(event.clone(), &hosts()).unwrap().codes, [NO_CREDENTIALS]);
    }
}

#[test]
fn two_blanks_and_other_quotation_marks_do_not_matter() {
    let text = "It  failed to  send data,  virtual machine  migration: (0x80072746)";
    let signal = read_of(event(HA, 21502, "HV01", &[("Parameter0", text)]), &hosts()).unwrap();
    assert!(signal.means(Meaning::SendFailed), "{:?}", signal.meanings().collect::<Vec<_>>());
}

#[test]
fn the_provider_decides_what_an_id_means() {
    assert!(read_of(event("Microsoft-Windows-Hyper-V-Worker", 21125, "HV01", &[]), &hosts()).is_none());
    assert!(read_of(event(HA, 21125, "HV01", &[]), &hosts()).unwrap().means(Meaning::SwitchMissing));
    assert!(read_of(event("Service Control Manager", 20306, "HV01", &[]), &hosts()).is_none());
}

#[test]
fn resource_names_become_vm_names() {
    for (resource, vm) in [
        ("Virtual Machine app01", "app01"),
        ("SCVMM app01 Resources", "app01"),
        ("Virtual Machine Configuration app01", "Configuration app01"),
        ("app01", "app01"),
        (" Resources", "Resources"),
        ("é", "é"),
    ] {
        assert_eq!(plain_vm_name(resource), vm);
    }
    // VMMS calls the VM by its own name, whatever that is.
    let start =
        event(VMMS, 20413, "HV01", &[("Parameter0", "Virtual Machine 5"), ("Parameter1", ID), ("Parameter2", "HV02")]);
    assert_eq!(parties(&start), (some("HV01"), some("HV02"), Some(Side::Source), some("Virtual Machine 5")));
}

#[test]
fn a_worker_names_its_vm_by_its_own_sid() {
    let mut lost = event(
        "Microsoft-Windows-Hyper-V-Worker",
        22038,
        "HV01",
        &[("Parameter0", "%%2147952454"), ("Parameter1", "0x80072746")],
    );
    lost.user_sid = Guid::parse(ID).map(delegap_model::Sid::of_vm);
    let signal = read_of(lost.clone(), &hosts()).unwrap();
    assert_eq!((signal.vm_id, signal.side), (Guid::parse(ID), None));
    assert_eq!(*signal.codes, [Code(0x8007_2746)]);
}

/// An event as Event Viewer's CSV tells it: its message is all there is.
fn message_only(id: u32, computer: &str, message: &str) -> Event {
    let rendering = delegap_model::Rendering { message: some(message), ..Default::default() };
    Event { rendering: Some(Box::new(rendering)), ..event(VMMS, id, computer, &[]) }
}

#[test]
fn a_message_stands_in_for_values_that_an_export_lost() {
    let failed = message_only(
        21024,
        "HV01",
        "Virtual machine migration operation for 'app01' failed at migration source 'HV01'. (Virtual machine ID \
         5A1B0C2D-0000-0000-0000-000000000001)",
    );
    assert_eq!(parties(&failed), (some("HV01"), None, Some(Side::Source), some("app01")));
    let signal = read_of(failed, &hosts()).unwrap();
    assert_eq!(signal.vm_id, Guid::parse(ID));
    let refused = message_only(
        20306,
        "HV01",
        "The Virtual Machine Management Service failed to establish a connection for a Virtual Machine migration with host \
         'HV02': No credentials are available in the security package (0x8009030E).",
    );
    assert_eq!(parties(&refused), (some("HV01"), some("HV02"), Some(Side::Source), None));
    assert_eq!(*read_of(refused, &hosts()).unwrap().codes, [NO_CREDENTIALS]);
}
