//! One event as an object or row of an export: Get-WinEvent, Get-EventLog, Event Viewer, wevtutil's text.

use super::names;
use crate::document::row::key;
use crate::evtx_log::{Parts, System};
use delegap_model::Rendering;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// An event as an object tells it.
pub(super) struct Told {
    pub(super) parts: Parts,
    /// The time as it was printed.
    pub(super) time: String,
    /// The export has a type's name, or nothing, where the event's values were.
    pub(super) values_lost: bool,
}

/// The members of an object by their names as they are compared.
pub(super) struct Object<'v>(Vec<(Cow<'v, str>, &'v Value)>);

impl<'v> Object<'v> {
    pub(super) fn new(members: &'v Map<String, Value>) -> Self {
        Object(members.iter().map(|(name, value)| (key(name).into(), value)).collect())
    }

    /// Of names as they are compared, and values.
    pub(super) fn of_pairs(pairs: impl Iterator<Item = (&'v str, &'v Value)>) -> Self {
        Object(pairs.map(|(name, value)| (name.into(), value)).collect())
    }

    /// The first that is told, in the order of the names.
    fn get(&self, names: &[&str]) -> Option<&'v Value> {
        let find = |name: &&str| self.0.iter().find(|(own, value)| own == name && !is_empty(value));
        names.iter().find_map(find).map(|(_, value)| *value)
    }

    fn text(&self, names: &[&str]) -> Option<String> {
        self.get(names).and_then(text)
    }

    /// True for what Get-WinEvent and Get-EventLog make of an event, whole or with picked properties.
    pub(super) fn is_event(&self) -> bool {
        let has = |names: &[&str]| self.0.iter().any(|(own, _)| names.contains(&&**own));
        has(&["timecreated", "timegenerated"])
            && has(&["id", "eventid"])
            && (has(names::SOURCE) || has(names::LOG) || has(names::MESSAGE))
    }

    /// What the object says of its event.
    pub(super) fn told(&self) -> Told {
        let level = self.get(&["level"]).and_then(text).filter(|l| l.trim().parse::<u8>().is_ok());
        let is_name = |shown: &String| shown.trim().parse::<i64>().is_err() && !is_lost(shown);
        let system = System {
            provider: self.text(names::SOURCE).map(|shown| names::source(&shown)),
            id: self.text(names::ID),
            version: self.text(&["version"]),
            level,
            record_id: self.text(names::RECORD).filter(|id| id.trim().parse::<u64>().is_ok()),
            activity_id: self.text(names::ACTIVITY),
            channel: self.text(names::LOG),
            computer: self.text(names::COMPUTER),
            user: self.text(names::USER).filter(|user| user.starts_with("S-1-")),
            ..System::default()
        };
        let rendering = Rendering {
            message: self.text(names::MESSAGE),
            level: self.text(names::LEVEL).filter(is_name),
            task: self.text(names::TASK).filter(is_name),
            keywords: match self.get(names::KEYWORDS) {
                Some(Value::Array(items)) => items.iter().filter_map(text).collect(),
                Some(one) => text(one).filter(is_name).into_iter().collect(),
                None => Vec::new(),
            },
        };
        let values = self.get(names::VALUES).map(values);
        Told {
            time: self.text(names::TIME).unwrap_or_default(),
            values_lost: !matches!(values, Some(Some(_))),
            parts: Parts {
                system,
                fields: values.flatten().unwrap_or_default().into_iter().map(|v| (String::new(), v)).collect(),
                rendering: Some(rendering),
                doubts: Vec::new(),
            },
        }
    }
}

/// The values in their order; `None` where the export lost them.
fn values(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Array(items) => items.iter().map(|item| one_value(item).filter(|text| !is_lost(text))).collect(),
        Value::Object(members) if members.contains_key("value") => members.get("value").and_then(values),
        Value::Object(_) => Some(vec![one_value(value)?]),
        _ => None,
    }
}

/// `{"Value": …}` or the value itself. Windows PowerShell shows bytes as numbers; nothing needs them.
fn one_value(item: &Value) -> Option<String> {
    let inner = item.as_object().and_then(|o| o.get("Value").or_else(|| o.get("value"))).unwrap_or(item);
    match inner {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text.clone()),
        Value::Array(_) => Some(inner.to_string()),
        _ => text(inner).or_else(|| Some(inner.to_string())),
    }
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

/// A type's name in place of a value.
fn is_lost(text: &str) -> bool {
    text.starts_with("System.") && !text.contains(' ')
}

/// The text of a single value; objects that wrap one, such as dates and SIDs, are looked into.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|t| !t.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Object(members) => {
            let inner = ["value", "Value", "#text"].iter().find_map(|name| members.get(*name))?;
            if inner.is_object() { None } else { text(inner) }
        }
        Value::Null | Value::Array(_) => None,
    }
}
