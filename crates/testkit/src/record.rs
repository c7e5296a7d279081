//! One event to write, as the writer and the case builder see it.

use chrono::{DateTime, Utc};
use delegap_model::{Guid, Sid};

/// An event to be written to a log. Defaults fit a manifest-based provider's information event.
#[derive(Debug, Clone, PartialEq)]
pub struct EventSpec {
    pub provider: String,
    pub provider_guid: Option<Guid>,
    /// `Provider/@EventSourceName` of classic sources.
    pub event_source_name: Option<String>,
    pub id: u16,
    /// `EventID/@Qualifiers`, written if set.
    pub qualifiers: Option<u16>,
    pub version: u8,
    pub level: u8,
    pub task: u16,
    pub opcode: u8,
    pub keywords: u64,
    pub time: DateTime<Utc>,
    /// The log numbers records from 1 unless set.
    pub record_id: Option<u64>,
    pub activity_id: Option<Guid>,
    pub process_id: u32,
    pub thread_id: u32,
    pub channel: String,
    pub computer: String,
    pub user_sid: Option<Sid>,
    pub payload: Payload,
    /// A forwarded event carries its texts.
    pub rendering: Option<RenderingSpec>,
    /// False: the whole record is literal BinXML, no template (the event id is then a string).
    pub template: bool,
}

/// The event's own data.
#[derive(Debug, Clone, PartialEq)]
pub enum Payload {
    /// No `EventData` element.
    None,
    /// `EventData/Data`, with `Name` where given. As in logs of classic sources, strings that all have no name are
    /// stored as one array, and a last value without a name that is binary is `EventData/Binary`.
    EventData(Vec<(Option<String>, Value)>),
    /// `UserData/<element xmlns=…>/<name>value</name>…`
    UserData { element: String, xmlns: String, fields: Vec<(String, Value)> },
}

/// A typed value, as BinXML stores it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Str(String),
    I8(i8),
    U8(u8),
    I16(i16),
    U16(u16),
    I32(i32),
    U32(u32),
    I64(i64),
    U64(u64),
    /// BinXML booleans are four bytes.
    Bool(bool),
    Hex32(u32),
    Hex64(u64),
    Guid(Guid),
    Sid(Sid),
    FileTime(DateTime<Utc>),
    Binary(Vec<u8>),
}

/// `RenderingInfo` of a forwarded event.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RenderingSpec {
    pub culture: String,
    pub message: String,
    pub level: String,
    pub task: String,
    pub opcode: String,
    pub channel: String,
    pub provider: String,
    pub keywords: Vec<String>,
}

impl EventSpec {
    /// An event of `provider`, id `id`, logged in `channel` of `computer` at `time`, without data.
    pub fn new(provider: &str, id: u16, channel: &str, computer: &str, time: DateTime<Utc>) -> Self {
        EventSpec {
            provider: provider.to_owned(),
            provider_guid: None,
            event_source_name: None,
            id,
            qualifiers: None,
            version: 0,
            level: 4,
            task: 0,
            opcode: 0,
            keywords: 0x8000_0000_0000_0000,
            time,
            record_id: None,
            activity_id: None,
            process_id: 1234,
            thread_id: 5678,
            channel: channel.to_owned(),
            computer: computer.to_owned(),
            user_sid: None,
            payload: Payload::None,
            rendering: None,
            template: true,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Str(text.to_owned())
    }
}
