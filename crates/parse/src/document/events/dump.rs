//! One event as dumping tools write its XML in JSON: evtx_dump and tools built on it, python-evtx, Velociraptor.

use super::object::text;
use crate::evtx_log::{Parts, System};
use chrono::DateTime;
use delegap_model::Rendering;
use serde_json::{Map, Value};

/// How deep values lie below `EventData` and `UserData`.
const DEPTH: usize = 8;

/// Reads `value` if it is an event: `{"Event": {"System": …}}`, or what is inside `Event`.
pub(super) fn read(value: &Value) -> Option<Parts> {
    let event = value.get("Event").unwrap_or(value);
    let system = event.get("System")?.as_object()?;
    system.get("EventID")?;
    let message = event.get("Message").or_else(|| value.get("Message")).and_then(text);
    let mut parts = Parts {
        system: read_system(system),
        rendering: message.map(|message| Rendering { message: Some(message), ..Rendering::default() }),
        ..Parts::default()
    };
    if let Some(info) = event.get("RenderingInfo") {
        let rendering = parts.rendering.get_or_insert_default();
        let named = |name: &str| info.get(name).and_then(text);
        rendering.message = named("Message").or(rendering.message.take());
        (rendering.level, rendering.task) = (named("Level"), named("Task"));
    }
    match (event.get("EventData"), event.get("UserData")) {
        (Some(Value::Object(data)), _) => event_data(data, &mut parts.fields),
        (_, Some(Value::Object(data))) => {
            // The child of UserData only wraps the values.
            let wrapped = data.iter().filter(|(name, _)| !is_attribute(name));
            wrapped.for_each(|(name, value)| user_data(name, value, true, DEPTH, &mut parts.fields));
        }
        _ => {}
    }
    Some(parts)
}

fn read_system(system: &Map<String, Value>) -> System {
    let content = |name: &str| system.get(name).and_then(text);
    let attribute = |element: &str, name: &str| attribute(system, element, name);
    System {
        provider: attribute("Provider", "Name"),
        source_name: attribute("Provider", "EventSourceName"),
        id: content("EventID"),
        qualifiers: attribute("EventID", "Qualifiers"),
        version: content("Version"),
        level: content("Level"),
        task: content("Task"),
        opcode: content("Opcode"),
        keywords: content("Keywords"),
        time: attribute("TimeCreated", "SystemTime").map(from_epoch),
        record_id: content("EventRecordID"),
        activity_id: attribute("Correlation", "ActivityID"),
        channel: content("Channel"),
        computer: content("Computer"),
        user: attribute("Security", "UserID"),
    }
}

/// An attribute stands below `#attributes`, below `<element>_attributes`, with an `@`, or by its name alone.
fn attribute(parent: &Map<String, Value>, element: &str, name: &str) -> Option<String> {
    let own = parent.get(element);
    let apart = parent.get(&format!("{element}_attributes"));
    let below = own.and_then(|e| e.get("#attributes"));
    let found = below.or(apart).and_then(|a| a.get(name));
    found.or_else(|| own?.get(format!("@{name}"))).or_else(|| own?.get(name)).and_then(text)
}

/// Seconds since 1970, as Velociraptor writes times, to the text that all others have.
fn from_epoch(time: String) -> String {
    let Ok(seconds) = time.parse::<f64>() else { return time };
    // More than that is no time; a float of today's seconds holds microseconds.
    if !(0.0..1e11).contains(&seconds) {
        return time;
    }
    #[expect(clippy::cast_possible_truncation, reason = "bounded above")]
    let micros = (seconds * 1e6).round() as i64;
    DateTime::from_timestamp_micros(micros).map_or(time, |t| t.to_rfc3339())
}

fn is_attribute(name: &str) -> bool {
    name.starts_with(['#', '@']) || name.ends_with("_attributes") || name == "xmlns"
}

/// Values with names; `Data` holds those without, or with their names beside them.
fn event_data(data: &Map<String, Value>, fields: &mut Vec<(String, String)>) {
    for (name, value) in data.iter().filter(|(name, _)| !is_attribute(name) && *name != "Binary") {
        // Further elements of one name are numbered.
        let unnamed = name == "Data" || name.strip_prefix("Data_").is_some_and(|n| n.parse::<u32>().is_ok());
        if unnamed { unnamed_data(value, fields) } else { fields.push((name.clone(), plain(value))) }
    }
}

fn unnamed_data(value: &Value, fields: &mut Vec<(String, String)>) {
    let value = match value.get("#text") {
        Some(inner) if value.get("@Name").is_none() => inner,
        _ => value,
    };
    for item in value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice) {
        match item.get("@Name").and_then(text) {
            Some(name) => fields.push((name, item.get("#text").map(plain).unwrap_or_default())),
            None => fields.push((String::new(), plain(item))),
        }
    }
}

fn user_data(name: &str, value: &Value, wrapper: bool, depth: usize, fields: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) if depth > 0 && members.keys().any(|k| !is_attribute(k)) => {
            let inner = members.iter().filter(|(name, _)| !is_attribute(name));
            inner.for_each(|(name, value)| user_data(name, value, false, depth - 1, fields));
        }
        Value::Array(items) if depth > 0 => {
            items.iter().for_each(|item| user_data(name, item, wrapper, depth - 1, fields));
        }
        // A wrapper without values.
        Value::Null | Value::Object(_) if wrapper => {}
        _ => fields.push((name.to_owned(), plain(value))),
    }
}

/// A value as the XML has it.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Object(members) if members.keys().all(|k| is_attribute(k) && k != "#text") => String::new(),
        _ => text(value).unwrap_or_else(|| match value {
            Value::String(_) => String::new(),
            other => other.to_string(),
        }),
    }
}
