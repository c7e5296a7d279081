//! One record of a Windows event log.

use crate::{Guid, Sid, SourceRef, Time};
use std::sync::Arc;

/// An event as logged, without any judgement of what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The log file and `#EventRecordID`.
    pub at: SourceRef,
    /// `System/Provider/@Name`; for a classic source the manifest name where the record gives both.
    pub provider: Arc<str>,
    /// `System/Provider/@EventSourceName`, the classic source name, where the record has one.
    pub source_name: Option<Arc<str>>,
    /// `System/EventID` without its qualifiers.
    pub id: u32,
    /// `System/Version`, 0 where absent.
    pub version: u32,
    /// `System/Level`. Never filter on it: manifests and records disagree.
    pub level: Option<u8>,
    /// `System/TimeCreated`; the record header's time where the event has none.
    pub time: Time,
    /// `System/Computer`: the host that logged the event, usually its full name.
    pub computer: Arc<str>,
    /// `System/Channel`, empty where absent.
    pub channel: Arc<str>,
    /// `System/EventRecordID`.
    pub record_id: u64,
    /// Grows from record to record of its file, for a stable order; of an event log it is the record's offset.
    pub sequence: u64,
    /// `System/Correlation/@ActivityID`, unless nil.
    pub activity_id: Option<Guid>,
    /// `System/Security/@UserID`. A virtual machine's worker logs under [`Sid::vm_id`].
    pub user_sid: Option<Sid>,
    /// The values of `EventData` or `UserData` in their order.
    pub fields: Vec<Field>,
    /// Display texts stored with the record (`RenderingInfo`) or beside the log (`LocaleMetaData/*.MTA`).
    pub rendering: Option<Box<Rendering>>,
}

/// One value of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The name: `Data/@Name`, or the element's own name in `UserData` (`Parameter0`, `VmName`); empty for positional `Data`.
    pub name: Arc<str>,
    /// The value as text. `%%n` message references are kept.
    pub value: String,
}

/// The text of an event's message, as its provider has it on some build: `%1` stands for the first value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventText {
    /// File and line.
    pub at: SourceRef,
    /// The provider's name.
    pub provider: Arc<str>,
    /// The event id.
    pub id: u32,
    /// The event's version.
    pub version: u32,
    /// The text.
    pub message: String,
}

/// Texts in the language of whoever exported or forwarded the log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rendering {
    /// The whole message.
    pub message: Option<String>,
    /// The level's name.
    pub level: Option<String>,
    /// The task's name.
    pub task: Option<String>,
    /// Keyword names.
    pub keywords: Vec<String>,
}

impl Event {
    /// The value of the field called `name`, case aside.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|f| f.name.eq_ignore_ascii_case(name)).map(|f| f.value.as_str())
    }

    /// The value at `index` in order.
    pub fn value(&self, index: usize) -> Option<&str> {
        self.fields.get(index).map(|f| f.value.as_str())
    }
}
