//! Localised strings: what the writer writes, the `evtx` crate finds for the events.

use std::sync::Arc;

use delegap_testkit::mta::{DEFAULT_PUBLISHER, MtaWriter, PublisherNames};
use delegap_testkit::samples::samples;
use evtx::ParserSettings;
use evtx::mta::{MtaEvent, MtaFile};

use super::reader::read_with;

const VMMS: &str = "Microsoft-Windows-Hyper-V-VMMS";

fn writer(events: u64) -> MtaWriter {
    let mut mta = MtaWriter::new();
    for number in 1..=events {
        // Every tenth has no message.
        let text = if number % 10 == 0 { String::new() } else { format!("Nachricht {number} für «é» 🖧\r\n%1") };
        mta.message(number + 1000, &text);
    }
    let names = PublisherNames::new()
        .level(2, "Fehler")
        .task(7, "Aufgabe")
        .opcode(1, 7, "Start der Aufgabe")
        .opcode(2, 0, "Ende")
        .keyword(63, "Kanal")
        .keyword(0, "Eins");
    mta.publisher(VMMS, names);
    mta.publisher(DEFAULT_PUBLISHER, PublisherNames::standard());
    mta
}

#[test]
fn messages_and_names_are_found() {
    // One page, exactly one, two, and several.
    for events in [1, 100, 101, 950] {
        let file = MtaFile::from_bytes(&writer(events).to_bytes()).expect("an MTA file");
        assert_eq!(file.event_count() as u64, events);
        assert_eq!(file.publishers().count(), 2);
        for number in 1..=events {
            let event = MtaEvent {
                provider: VMMS,
                record_number: number,
                event_record_id: number + 1000,
                level: 2,
                task: 7,
                opcode: 1,
                keywords: 1 << 63 | 1,
                ..MtaEvent::default()
            };
            let texts = file.rendering_info(&event).expect("the publisher");
            let message = format!("Nachricht {number} für «é» 🖧\r\n%1");
            assert_eq!(texts.message, (number % 10 != 0).then_some(message.as_str()));
            assert_eq!((texts.level, texts.task), (Some("Fehler"), Some("Aufgabe")));
            assert_eq!((texts.opcode, texts.keywords), (Some("Start der Aufgabe"), vec!["Eins", "Kanal"]));
        }
    }
}

#[test]
fn default_names_fill_in() {
    let file = MtaFile::from_bytes(&writer(1).to_bytes()).expect("an MTA file");
    let event = MtaEvent { provider: VMMS, level: 4, opcode: 0, keywords: 1 << 53, ..MtaEvent::default() };
    let texts = file.rendering_info(&event).expect("the publisher");
    assert_eq!((texts.message, texts.level, texts.task), (None, Some("Information"), Some("None")));
    assert_eq!((texts.opcode, texts.keywords), (Some("Info"), vec!["Audit Success"]));
    assert_eq!(file.rendering_info(&MtaEvent { provider: "Other", ..event }), None);
}

#[test]
fn an_empty_file_is_one() {
    let file = MtaFile::from_bytes(&MtaWriter::new().to_bytes()).expect("an MTA file");
    assert_eq!((file.event_count(), file.publishers().count()), (0, 0));
}

#[test]
fn a_log_is_read_with_its_texts() {
    let sample = samples().into_iter().find(|sample| sample.name == "payloads").expect("the sample");
    let mut mta = MtaWriter::new();
    for (number, event) in (1..).zip(&sample.events) {
        mta.message(event.record_id.unwrap_or(number), &format!("text of {}", event.id));
    }
    mta.publisher(VMMS, PublisherNames::new());
    let file = MtaFile::from_bytes(&mta.to_bytes()).expect("an MTA file");
    let found = read_with(sample.log.to_bytes(), ParserSettings::new().mta(Some(Arc::new(file))));
    assert_eq!(found.len(), sample.events.len());
    for (found, event) in found.into_iter().zip(&sample.events) {
        let items = found.expect("a record").items;
        let message = items.iter().find(|(path, _)| path == "Event/RenderingInfo/Message");
        let wanted = (event.provider == VMMS).then(|| format!("text of {}", event.id));
        assert_eq!(message.map(|(_, text)| text), wanted.as_ref());
    }
}
