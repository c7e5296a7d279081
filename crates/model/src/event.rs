//! One record of a Windows event log.

use crate::{Guid, Sid, SourceRef, Time};
use std::fmt;
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
    pub fields: Fields,
    /// Display texts stored with the record (`RenderingInfo`) or beside the log (`LocaleMetaData/*.MTA`).
    pub rendering: Option<Box<Rendering>>,
}

/// The values of an event, in one text.
///
/// ```
/// use delegap_model::{Field, Fields};
///
/// let fields: Fields = [("VmName", "APP01"), ("Host", "HV02")].into_iter().collect();
/// assert_eq!(fields.get(1), Some(Field { name: "Host", value: "HV02" }));
/// assert_eq!(fields.text(), "APP01\nHV02\n");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Fields {
    /// Shared by events that name their values alike.
    names: Arc<[Arc<str>]>,
    /// The values, each with a line feed behind it.
    text: Box<str>,
    /// Where each value ends in the text.
    ends: Box<[u32]>,
}

/// One value of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field<'e> {
    /// The name: `Data/@Name`, or the element's own name in `UserData` (`Parameter0`, `VmName`); empty for positional `Data`.
    pub name: &'e str,
    /// The value as text. `%%n` message references are kept.
    pub value: &'e str,
}

impl Fields {
    /// Values whose names are known. `text` holds every value with a line feed behind it, `ends` says where each of them
    /// ends; `None` if they don't.
    pub fn new(names: Arc<[Arc<str>]>, text: &str, ends: &[u32]) -> Option<Self> {
        let mut next = 0;
        let are_ends = ends.iter().all(|end| {
            let end = *end as usize;
            let is_end = text.get(next..end).is_some_and(|_| text.as_bytes().get(end) == Some(&b'\n'));
            next = end + 1;
            is_end
        });
        let are_right = are_ends && next == text.len() && names.len() == ends.len();
        are_right.then(|| Fields { names, text: text.into(), ends: ends.into() })
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The value at `index` in order.
    pub fn get(&self, index: usize) -> Option<Field<'_>> {
        let from = match index.checked_sub(1) {
            Some(before) => *self.ends.get(before)? as usize + 1,
            None => 0,
        };
        let value = self.text.get(from..*self.ends.get(index)? as usize)?;
        Some(Field { name: self.names.get(index)?, value })
    }

    /// The values in their order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Field<'_>> + ExactSizeIterator + Clone {
        (0..self.len()).map(|index| self.get(index).unwrap_or(Field { name: "", value: "" }))
    }

    /// All values, each with a line feed behind it.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl Default for Fields {
    fn default() -> Self {
        Fields { names: Arc::new([]), text: "".into(), ends: [].into() }
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<N: Into<Arc<str>>, V: AsRef<str>> FromIterator<(N, V)> for Fields {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(fields: I) -> Self {
        let (mut names, mut text, mut ends) = (Vec::new(), String::new(), Vec::new());
        for (name, value) in fields {
            let value = value.as_ref();
            // More than any log can hold.
            let Ok(end) = u32::try_from(text.len() + value.len()) else { break };
            text.push_str(value);
            text.push('\n');
            names.push(name.into());
            ends.push(end);
        }
        Fields { names: names.into(), text: text.into(), ends: ends.into() }
    }
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
        self.fields.iter().find(|f| f.name.eq_ignore_ascii_case(name)).map(|f| f.value)
    }

    /// The value at `index` in order.
    pub fn value(&self, index: usize) -> Option<&str> {
        self.fields.get(index).map(|f| f.value)
    }
}
