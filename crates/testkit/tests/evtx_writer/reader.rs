//! Reads a log with the `evtx` crate into the items that `expected` describes.

use delegap_testkit::expected::{self, Item, Kind};
use delegap_testkit::record::EventSpec;
use evtx::{EvtxParser, ParserSettings};
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;

/// A record: its number and where each of its texts stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    pub number: u64,
    pub items: Vec<(String, String)>,
}

/// All records and errors, in the reader's order. Chunks with wrong checksums are errors.
pub fn read(bytes: Vec<u8>) -> Vec<Result<Read, String>> {
    read_with(bytes, ParserSettings::new().validate_checksums(true))
}

pub fn read_with(bytes: Vec<u8>, settings: ParserSettings) -> Vec<Result<Read, String>> {
    let settings = settings.num_threads(1).indent(false);
    let mut parser = EvtxParser::from_buffer(bytes).expect("a file header").with_configuration(settings);
    assert!(parser.header().validate_checksum(), "the file header's checksum");
    parser.records().map(|record| record.map(|r| parse(r.event_record_id, &r.data)).map_err(describe)).collect()
}

fn describe(error: impl std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text.push_str(&format!(": {inner}"));
        source = inner.source();
    }
    text
}

/// What `read` is to return for these events.
pub fn expected(events: &[EventSpec], first_number: u64) -> Vec<Result<Read, String>> {
    let read = |(number, event)| Ok(Read { number, items: normal_all(expected::items(event, number)) });
    (first_number..).zip(events).map(read).collect()
}

fn normal_all(items: Vec<Item>) -> Vec<(String, String)> {
    items.into_iter().map(|item| (item.path, normal(item.kind, item.text))).collect()
}

/// The reader shows characters that XML can't hold as `_`.
fn normal(kind: Kind, text: String) -> String {
    let shown = |c: char| match c {
        '\t' | '\n' | '\r' => c,
        '\0'..' ' | '\u{fffe}' | '\u{ffff}' => '_',
        _ => c,
    };
    if kind == Kind::Text { text.chars().map(shown).collect() } else { text }
}

fn parse(number: u64, xml: &str) -> Read {
    let mut reader = quick_xml::Reader::from_str(xml);
    reader.config_mut().expand_empty_elements = true;
    let mut items = Vec::new();
    let mut path: Vec<String> = Vec::new();
    let mut text = String::new();
    let mut is_leaf = false;
    loop {
        match reader.read_event().unwrap_or_else(|error| panic!("{error} in {xml}")) {
            Event::Start(start) => {
                path.push(String::from_utf8_lossy(start.name().as_ref()).into_owned());
                for attribute in start.attributes() {
                    let attribute = attribute.expect("an attribute");
                    let name = String::from_utf8_lossy(attribute.key.as_ref()).into_owned();
                    let value = attribute.unescape_value().expect("a value").into_owned();
                    items.push((format!("{}@{name}", path.join("/")), same_shape(value)));
                }
                text.clear();
                is_leaf = true;
            }
            Event::Text(part) => text.push_str(&part.decode().expect("UTF-8")),
            Event::GeneralRef(name) => {
                let name = name.decode().expect("UTF-8");
                text.push_str(resolve_predefined_entity(&name).expect("a predefined entity"));
            }
            Event::End(_) => {
                if is_leaf {
                    items.push((path.join("/"), same_shape(std::mem::take(&mut text))));
                }
                is_leaf = false;
                path.pop();
            }
            Event::Eof => return Read { number, items },
            _ => {}
        }
    }
}

/// Records without templates have GUIDs in upper case and times with nine digits.
fn same_shape(text: String) -> String {
    if delegap_model::Guid::parse(&text).is_some() && text.starts_with('{') {
        return text.to_lowercase();
    }
    let is_time =
        text.len() == 30 && text.ends_with("00Z") && text.as_bytes()[19] == b'.' && text.as_bytes()[10] == b'T';
    if is_time { format!("{}Z", &text[..27]) } else { text }
}
