//! What any reader has to find in a record: every attribute and the text of every element without child elements,
//! in order, an element's attributes before its text.
//!
//! Derived from the event alone, not from what the writer makes of it.

use chrono::Timelike;
use serde::Serialize;

use crate::record::{EventSpec, Payload, Value};

/// A text of a record and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// `Event/System/Provider@Name`: element names, then the attribute's.
    pub path: String,
    /// What kind of value it is, because readers print some kinds differently.
    pub kind: Kind,
    /// The text in the one form described at [`Kind`]. An attribute without text does not exist.
    pub text: String,
}

/// The kinds of value that readers print in different ways, and the form used here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Empty.
    Null,
    /// As it is.
    Text,
    /// Decimal.
    Number,
    /// `0x`, lower case, no leading zeros.
    Hex,
    /// `true` or `false`.
    Bool,
    /// In braces, lower case.
    Guid,
    /// `2026-11-21T10:00:00.1234567Z`
    Time,
    /// Hex digits, upper case.
    Binary,
}

/// The items of `event`, which is record number `number` of its log.
pub fn items(event: &EventSpec, number: u64) -> Vec<Item> {
    let mut items = List(Vec::new());
    items.text("Event@xmlns", "http://schemas.microsoft.com/win/2004/08/events/event");
    items.system(event, event.record_id.unwrap_or(number));
    match &event.payload {
        Payload::None => {}
        Payload::EventData(fields) => {
            items.empty_unless(!fields.is_empty(), "Event/EventData");
            for (index, (name, value)) in fields.iter().enumerate() {
                let last = index + 1 == fields.len();
                let is_binary = last && name.is_none() && matches!(value, Value::Binary(_));
                let path = if is_binary { "Event/EventData/Binary" } else { "Event/EventData/Data" };
                items.text(&format!("{path}@Name"), name.as_deref().unwrap_or_default());
                items.value(path, value);
            }
        }
        Payload::UserData { element, xmlns, fields } => {
            let parent = format!("Event/UserData/{element}");
            items.text(&format!("{parent}@xmlns"), xmlns);
            items.empty_unless(!fields.is_empty(), &parent);
            for (name, value) in fields {
                items.value(&format!("{parent}/{name}"), value);
            }
        }
    }
    if let Some(rendering) = &event.rendering {
        items.text("Event/RenderingInfo@Culture", &rendering.culture);
        for (name, text) in [
            ("Message", &rendering.message),
            ("Level", &rendering.level),
            ("Task", &rendering.task),
            ("Opcode", &rendering.opcode),
            ("Channel", &rendering.channel),
            ("Provider", &rendering.provider),
        ] {
            items.text(&format!("Event/RenderingInfo/{name}"), text);
        }
        items.empty_unless(!rendering.keywords.is_empty(), "Event/RenderingInfo/Keywords");
        for keyword in &rendering.keywords {
            items.text("Event/RenderingInfo/Keywords/Keyword", keyword);
        }
    }
    items.0
}

struct List(Vec<Item>);

impl List {
    fn system(&mut self, event: &EventSpec, record_id: u64) {
        let mut put = |path: &str, value: Option<Value>| {
            self.value(&format!("Event/System/{path}"), &value.unwrap_or(Value::Null));
        };
        put("Provider@Name", Some(Value::from(event.provider.as_str())));
        put("Provider@Guid", event.provider_guid.map(Value::Guid));
        put("Provider@EventSourceName", event.event_source_name.as_deref().map(Value::from));
        put("Provider", Some(Value::from("")));
        put("EventID@Qualifiers", event.qualifiers.map(Value::U16));
        put("EventID", Some(Value::U16(event.id)));
        put("Version", Some(Value::U8(event.version)));
        put("Level", Some(Value::U8(event.level)));
        put("Task", Some(Value::U16(event.task)));
        put("Opcode", Some(Value::U8(event.opcode)));
        put("Keywords", Some(Value::Hex64(event.keywords)));
        put("TimeCreated@SystemTime", Some(Value::FileTime(event.time)));
        put("TimeCreated", Some(Value::from("")));
        put("EventRecordID", Some(Value::U64(record_id)));
        put("Correlation@ActivityID", event.activity_id.map(Value::Guid));
        put("Correlation", Some(Value::from("")));
        put("Execution@ProcessID", Some(Value::U32(event.process_id)));
        put("Execution@ThreadID", Some(Value::U32(event.thread_id)));
        put("Execution", Some(Value::from("")));
        put("Channel", Some(Value::from(event.channel.as_str())));
        put("Computer", Some(Value::from(event.computer.as_str())));
        put("Security@UserID", event.user_sid.clone().map(Value::Sid));
        put("Security", Some(Value::from("")));
    }

    /// An element that has no children after all.
    fn empty_unless(&mut self, has_children: bool, path: &str) {
        if !has_children {
            self.text(path, "");
        }
    }

    fn text(&mut self, path: &str, text: &str) {
        self.value(path, &Value::from(text));
    }

    fn value(&mut self, path: &str, value: &Value) {
        let (kind, text) = canonical(value);
        if !(text.is_empty() && path.contains('@')) {
            self.0.push(Item { path: path.to_owned(), kind, text });
        }
    }
}

fn canonical(value: &Value) -> (Kind, String) {
    match value {
        Value::Null => (Kind::Null, String::new()),
        Value::Str(text) => (Kind::Text, text.clone()),
        Value::Sid(sid) => (Kind::Text, sid.to_string()),
        Value::I8(v) => (Kind::Number, v.to_string()),
        Value::U8(v) => (Kind::Number, v.to_string()),
        Value::I16(v) => (Kind::Number, v.to_string()),
        Value::U16(v) => (Kind::Number, v.to_string()),
        Value::I32(v) => (Kind::Number, v.to_string()),
        Value::U32(v) => (Kind::Number, v.to_string()),
        Value::I64(v) => (Kind::Number, v.to_string()),
        Value::U64(v) => (Kind::Number, v.to_string()),
        Value::Bool(v) => (Kind::Bool, v.to_string()),
        Value::Hex32(v) => (Kind::Hex, format!("{v:#x}")),
        Value::Hex64(v) => (Kind::Hex, format!("{v:#x}")),
        Value::Guid(guid) => (Kind::Guid, format!("{{{guid}}}")),
        Value::FileTime(time) => {
            let ticks = time.nanosecond() / 100;
            (Kind::Time, format!("{}.{ticks:07}Z", time.format("%Y-%m-%dT%H:%M:%S")))
        }
        Value::Binary(bytes) => (Kind::Binary, bytes.iter().map(|byte| format!("{byte:02X}")).collect()),
    }
}
