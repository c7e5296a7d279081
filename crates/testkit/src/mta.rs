//! Writes localised string files (LocaleMetaData/*.MTA), which Windows puts next to a log that is exported with
//! display information.
//!
//! The layout is the one that the `evtx` crate's docs/mta.md describes.

use crate::evtx::utf16;

/// The publisher whose names stand in for those that a publisher does not define.
pub const DEFAULT_PUBLISHER: &str = "DEFAULT_PUBLISHER";

const PAGE_HEADER_SIZE: usize = 888;
const RECORDS_PER_PAGE: usize = 100;

/// The texts of one log in one language.
#[derive(Debug, Clone, Default)]
pub struct MtaWriter {
    events: Vec<(u64, String)>,
    publishers: Vec<(String, PublisherNames)>,
}

/// The names that a publisher gives to the numbers of its events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PublisherNames {
    levels: Vec<(u32, String)>,
    tasks: Vec<(u32, String)>,
    opcodes: Vec<(u32, String)>,
    keywords: Vec<(u32, String)>,
}

impl MtaWriter {
    /// A file without texts.
    pub fn new() -> Self {
        MtaWriter::default()
    }

    /// Adds the message of the next record of the log, empty if it has none. Readers look a message up by the
    /// record's position and by its `EventRecordID`, so every record needs one, in order.
    pub fn message(&mut self, event_record_id: u64, text: &str) {
        self.events.push((event_record_id, text.to_owned()));
    }

    /// Adds a publisher, named as in `System/Provider/@Name`. Without its publisher an event has no texts at all.
    pub fn publisher(&mut self, name: &str, names: PublisherNames) {
        self.publishers.push((name.to_owned(), names));
    }

    /// The file. The same texts give the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut strings = Strings::default();
        let events = self.events.iter().map(|(id, text)| {
            let message = u64::from(strings.index(text));
            [id.to_le_bytes(), message.to_le_bytes()].concat()
        });
        let events = section(events.collect());
        let publishers = self.publishers.iter().map(|(name, names)| publisher(name, names, &mut strings));
        let publishers = section(publishers.collect());
        let messages = section(strings.0.iter().map(|text| message(text)).collect());
        file([("EVT", events), ("MSG", messages), ("PUB", publishers)])
    }
}

impl PublisherNames {
    /// No names.
    pub fn new() -> Self {
        PublisherNames::default()
    }

    /// The standard levels, the task and opcode 0, and the audit keywords, for [`DEFAULT_PUBLISHER`].
    pub fn standard() -> Self {
        PublisherNames::new()
            .level(0, "Log Always")
            .level(1, "Critical")
            .level(2, "Error")
            .level(3, "Warning")
            .level(4, "Information")
            .level(5, "Verbose")
            .task(0, "None")
            .opcode(0, 0, "Info")
            .keyword(52, "Audit Failure")
            .keyword(53, "Audit Success")
            .keyword(55, "Classic")
    }

    /// Names a level.
    pub fn level(mut self, level: u8, name: &str) -> Self {
        self.levels.push((level.into(), name.to_owned()));
        self
    }

    /// Names a task.
    pub fn task(mut self, task: u16, name: &str) -> Self {
        self.tasks.push((task.into(), name.to_owned()));
        self
    }

    /// Names an opcode within a task; task 0 for one that belongs to no task.
    pub fn opcode(mut self, opcode: u8, task: u16, name: &str) -> Self {
        self.opcodes.push((u32::from(opcode) << 16 | u32::from(task), name.to_owned()));
        self
    }

    /// Names the keyword that is bit `bit` of the mask.
    pub fn keyword(mut self, bit: u8, name: &str) -> Self {
        self.keywords.push((bit.into(), name.to_owned()));
        self
    }
}

/// All texts; the others refer to them by their index.
#[derive(Default)]
struct Strings(Vec<String>);

impl Strings {
    fn index(&mut self, text: &str) -> u32 {
        self.0.push(text.to_owned());
        (self.0.len() - 1) as u32
    }
}

/// A record of `MSG`: the size with the terminator, or 0 for an empty text.
fn message(text: &str) -> Vec<u8> {
    if text.is_empty() {
        return vec![0; 4];
    }
    let text = [utf16(text), vec![0, 0]].concat();
    sized(&text)
}

/// A record of `PUB`: four tables of numbers and the texts that name them, then the publisher's name.
fn publisher(name: &str, names: &PublisherNames, strings: &mut Strings) -> Vec<u8> {
    let mut record = Vec::new();
    for table in [&names.levels, &names.tasks, &names.opcodes, &names.keywords] {
        record.extend((table.len() as u32).to_le_bytes());
        for (key, text) in table {
            record.extend(key.to_le_bytes());
            record.extend(strings.index(text).to_le_bytes());
        }
    }
    record.extend(sized(&utf16(name)));
    record
}

fn sized(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u32).to_le_bytes(), bytes].concat()
}

/// A section: a chain of pages with up to a hundred records each.
fn section(records: Vec<Vec<u8>>) -> Vec<u8> {
    if records.is_empty() {
        return page(&[], 0, 0, true);
    }
    let mut bytes = Vec::new();
    let pages = records.len().div_ceil(RECORDS_PER_PAGE);
    for (number, records) in records.chunks(RECORDS_PER_PAGE).enumerate() {
        let page = page(records, number, bytes.len(), number + 1 == pages);
        bytes.extend(page);
    }
    bytes
}

/// A page: its header, in which a last page names itself as the next one, then its records.
fn page(records: &[Vec<u8>], number: usize, offset: usize, last: bool) -> Vec<u8> {
    let first_index = number * RECORDS_PER_PAGE;
    let mut slots = Vec::new();
    let mut body = Vec::new();
    for (index, record) in (first_index as u32..).zip(records) {
        slots.extend(((offset + PAGE_HEADER_SIZE + body.len()) as u64).to_le_bytes());
        body.extend(index.to_le_bytes());
        body.extend(sized(record));
    }
    slots.resize(RECORDS_PER_PAGE * 8, 0);

    let mark = if records.is_empty() { 0 } else { u32::MAX };
    let highest = (first_index + records.len()).saturating_sub(1) as u32;
    let mut bytes = mark.to_le_bytes().to_vec();
    bytes.extend(highest.to_le_bytes().repeat(14));
    bytes.extend(u32::MAX.to_le_bytes());
    let next = if last { offset } else { offset + PAGE_HEADER_SIZE + body.len() };
    for field in [number, next, offset] {
        bytes.extend((field as u64).to_le_bytes());
    }
    [bytes, slots, body].concat()
}

/// The header, the table of sections, the sections.
fn file(sections: [(&str, Vec<u8>); 3]) -> Vec<u8> {
    const HEADER_SIZE: usize = 24;
    let table_size: usize = sections.iter().map(|(name, _)| 20 + utf16(name).len()).sum();
    let mut bytes = b"MTAFile\0".to_vec();
    for field in [1, 1, table_size as u32, sections.len() as u32] {
        bytes.extend(field.to_le_bytes());
    }
    let mut start = HEADER_SIZE + table_size;
    for (name, section) in &sections {
        bytes.extend((start as u64).to_le_bytes());
        bytes.extend((section.len() as u64).to_le_bytes());
        bytes.extend(sized(&utf16(name)));
        start += section.len();
    }
    for (_, section) in sections {
        bytes.extend(section);
    }
    bytes
}
