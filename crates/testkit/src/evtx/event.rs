//! An event's elements: the System element that all events share, their data, and the texts of forwarded ones.

use super::tree::{Content, Element, Filling, Instance, Record, Slot};
use super::value::{self, text_of};
use crate::record::{EventSpec, Payload, RenderingSpec, Value};

const EVENT_NAMESPACE: &str = "http://schemas.microsoft.com/win/2004/08/events/event";
/// The event data's place among the values.
const PAYLOAD_SLOT: u16 = 17;

/// The record of an event; `number` is its EventRecordID unless it has its own.
pub(super) fn record(event: &EventSpec, number: u64) -> Record {
    if event.template { Record::Template(instance(event, number)) } else { Record::Literal(literal(event, number)) }
}

/// The template instance of an event: System's values in the places they have in public logs, then the event data
/// as a fragment of its own, then the texts.
fn instance(event: &EventSpec, number: u64) -> Instance {
    let mut values = system_values(event, number);
    let mut root = Element::new("Event").attribute("xmlns", EVENT_NAMESPACE).children([system_template(event)]);
    let (fragment, in_user_data) = match &event.payload {
        Payload::None => (None, false),
        Payload::EventData(fields) => (Some(event_data(fields)), false),
        Payload::UserData { element, xmlns, fields } => (Some(user_data(element, xmlns, fields)), true),
    };
    if let Some(fragment) = fragment {
        values.push(Filling::Fragment(fragment));
        let place = slot(PAYLOAD_SLOT, value::BINXML);
        root = match in_user_data {
            true => root.children([Element::new("UserData").needing(place)]),
            false => root.needing(place),
        };
    }
    if let Some(rendering) = &event.rendering {
        let texts =
            rendering_info(rendering, |text| Instance::fill(&mut values, Filling::Value(Value::from(text))).into());
        root = root.children([texts]);
    }
    Instance { root, values }
}

/// The values 0 to 16.
fn system_values(event: &EventSpec, number: u64) -> Vec<Filling> {
    let or_null = |value: Option<Value>| value.unwrap_or(Value::Null);
    // A classic source's name and GUID are in its template.
    let from_manifest = event.event_source_name.is_none();
    let values = [
        Value::U8(event.level),
        Value::U8(event.opcode),
        Value::U16(event.task),
        Value::U16(event.id),
        or_null(event.qualifiers.map(Value::U16)),
        Value::Hex64(event.keywords),
        Value::FileTime(event.time),
        or_null(event.activity_id.map(Value::Guid)),
        Value::U32(event.process_id),
        Value::U32(event.thread_id),
        Value::U64(event.record_id.unwrap_or(number)),
        Value::U8(event.version),
        or_null(event.user_sid.clone().map(Value::Sid)),
        Value::Null,
        or_null(from_manifest.then(|| Value::Str(event.provider.clone()))),
        or_null(event.provider_guid.filter(|_| from_manifest).map(Value::Guid)),
        Value::Str(event.channel.clone()),
    ];
    values.into_iter().map(Filling::Value).collect()
}

/// System in a template. Public templates hold the computer's name, and all of a classic source's provider.
fn system_template(event: &EventSpec) -> Element {
    let provider = Element::new("Provider");
    let provider = match &event.event_source_name {
        Some(source) => provider
            .attribute("Name", event.provider.as_str())
            .maybe("Guid", event.provider_guid.map(guid_text))
            .attribute("EventSourceName", source.as_str()),
        None => provider.attribute("Name", slot(14, value::STRING)).attribute("Guid", slot(15, value::GUID)),
    };
    let child = |name: &str, index: u16, value_type: u8| Element::new(name).needing(slot(index, value_type));
    Element::new("System").children([
        provider,
        child("EventID", 3, value::UINT16).attribute("Qualifiers", slot(4, value::UINT16)),
        child("Version", 11, value::UINT8),
        child("Level", 0, value::UINT8),
        child("Task", 2, value::UINT16),
        child("Opcode", 1, value::UINT8),
        child("Keywords", 5, value::HEX64),
        Element::new("TimeCreated").attribute("SystemTime", slot(6, value::FILETIME)),
        child("EventRecordID", 10, value::UINT64),
        Element::new("Correlation")
            .attribute("ActivityID", slot(7, value::GUID))
            .attribute("RelatedActivityID", slot(13, value::GUID)),
        Element::new("Execution")
            .attribute("ProcessID", slot(8, value::UINT32))
            .attribute("ThreadID", slot(9, value::UINT32)),
        child("Channel", 16, value::STRING),
        Element::new("Computer").content(event.computer.as_str()),
        Element::new("Security").attribute("UserID", slot(12, value::SID)),
    ])
}

fn slot(index: u16, value_type: u8) -> Slot {
    Slot { index, value_type, optional: true }
}

/// EventData as a fragment of its own. Classic sources have one array of strings instead of named values.
fn event_data(fields: &[(Option<String>, Value)]) -> Instance {
    let mut values = Vec::new();
    let mut field = |element: Element, filling: Filling| element.content(Instance::fill(&mut values, filling));
    let root = Element::new("EventData").children([]);
    let (data, binary) = split_binary(fields);
    let root = match classic_strings(data) {
        Some(strings) => root.children([field(Element::new("Data"), Filling::Strings(strings))]),
        None => root.children(data.iter().map(|(name, value)| {
            let element = Element::new("Data").maybe("Name", name.as_deref());
            field(element, Filling::Value(value.clone()))
        })),
    };
    let binary = binary.map(|value| field(Element::new("Binary"), Filling::Value(value.clone())));
    Instance { root: root.children(binary), values }
}

/// A last value without a name that is binary is not a `Data` but the `Binary` element.
fn split_binary(fields: &[(Option<String>, Value)]) -> (&[(Option<String>, Value)], Option<&Value>) {
    match fields.split_last() {
        Some(((None, value @ Value::Binary(_)), data)) => (data, Some(value)),
        _ => (fields, None),
    }
}

/// The strings of an event without names, if it has nothing else.
fn classic_strings(fields: &[(Option<String>, Value)]) -> Option<Vec<String>> {
    let strings = fields.iter().map(|field| match field {
        (None, Value::Str(text)) => Some(text.clone()),
        _ => None,
    });
    strings.collect::<Option<Vec<_>>>().filter(|strings| !strings.is_empty())
}

/// What UserData encloses, as a fragment of its own.
fn user_data(element: &str, xmlns: &str, fields: &[(String, Value)]) -> Instance {
    let mut values = Vec::new();
    let children = fields
        .iter()
        .map(|(name, value)| Element::new(name).content(Instance::fill(&mut values, Filling::Value(value.clone()))));
    let root = Element::new(element).attribute("xmlns", xmlns).children(children.collect::<Vec<_>>());
    Instance { root, values }
}

/// RenderingInfo; `content` makes of each text what goes there.
fn rendering_info<'a>(rendering: &'a RenderingSpec, mut content: impl FnMut(&'a str) -> Content) -> Element {
    let root = Element::new("RenderingInfo").attribute("Culture", content(&rendering.culture));
    let texts = [
        ("Message", &rendering.message),
        ("Level", &rendering.level),
        ("Task", &rendering.task),
        ("Opcode", &rendering.opcode),
        ("Channel", &rendering.channel),
        ("Provider", &rendering.provider),
    ];
    let texts = texts.map(|(name, text)| Element::new(name).content(content(text)));
    let keywords = rendering.keywords.iter().map(|text| Element::new("Keyword").content(content(text)));
    let keywords = Element::new("Keywords").children(keywords.collect::<Vec<_>>());
    root.children(texts).children([keywords])
}

/// The whole event as elements and texts.
fn literal(event: &EventSpec, number: u64) -> Element {
    let text = |name: &str, text: &dyn ToString| Element::new(name).content(text.to_string());
    let provider = Element::new("Provider")
        .attribute("Name", event.provider.as_str())
        .maybe("Guid", event.provider_guid.map(guid_text))
        .maybe("EventSourceName", event.event_source_name.as_deref());
    let system = Element::new("System").children([
        provider,
        text("EventID", &event.id).maybe("Qualifiers", event.qualifiers.map(|qualifiers| qualifiers.to_string())),
        text("Version", &event.version),
        text("Level", &event.level),
        text("Task", &event.task),
        text("Opcode", &event.opcode),
        text("Keywords", &text_of(&Value::Hex64(event.keywords))),
        Element::new("TimeCreated").attribute("SystemTime", text_of(&Value::FileTime(event.time))),
        text("EventRecordID", &event.record_id.unwrap_or(number)),
        Element::new("Correlation").maybe("ActivityID", event.activity_id.map(guid_text)),
        Element::new("Execution")
            .attribute("ProcessID", event.process_id.to_string())
            .attribute("ThreadID", event.thread_id.to_string()),
        text("Channel", &event.channel),
        text("Computer", &event.computer),
        Element::new("Security").maybe("UserID", event.user_sid.as_ref().map(ToString::to_string)),
    ]);
    let payload = match &event.payload {
        Payload::None => None,
        Payload::EventData(fields) => Some(literal_event_data(fields)),
        Payload::UserData { element, xmlns, fields } => {
            let fields = fields.iter().map(|(name, value)| Element::new(name).content(text_of(value)));
            let element = Element::new(element).attribute("xmlns", xmlns.as_str()).children(fields);
            Some(Element::new("UserData").children([element]))
        }
    };
    let texts = event.rendering.as_ref().map(|rendering| rendering_info(rendering, Content::from));
    Element::new("Event").attribute("xmlns", EVENT_NAMESPACE).children([system]).children(payload).children(texts)
}

fn literal_event_data(fields: &[(Option<String>, Value)]) -> Element {
    let (data, binary) = split_binary(fields);
    let data =
        data.iter().map(|(name, value)| Element::new("Data").maybe("Name", name.as_deref()).content(text_of(value)));
    let binary = binary.map(|value| Element::new("Binary").content(text_of(value)));
    Element::new("EventData").children(data).children(binary)
}

fn guid_text(guid: delegap_model::Guid) -> String {
    text_of(&Value::Guid(guid))
}
