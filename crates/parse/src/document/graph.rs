//! Files of collectors that draw graphs of a directory: SharpHound, BloodHound.py, ADExplorerSnapshot in its BloodHound
//! mode. Their objects name attributes in their own way, and leave lists out that the directory has.

use super::accounts;
use super::context::Context;
use super::json;
use super::ldif::Class;
use super::row::{Cell, Row, key};
use delegap_model::{Group, Principal, Record, Sid, Tri};
use serde_json::{Deserializer, Map, Value};

/// What was read of such a file.
pub(super) struct Graph {
    pub seen: u64,
    pub records: Vec<Record>,
}

/// Reads `text` if it is such a file, whatever objects it has, or the beginning of one.
pub(super) fn read(text: &str, context: &mut Context) -> Option<Graph> {
    let start = text.trim_start();
    if !start.starts_with('{') || !start.contains("\"ObjectIdentifier\"") {
        return None;
    }
    let mut document: Map<String, Value> = match serde_json::from_str(start) {
        Ok(Value::Object(document)) => document,
        Ok(_) => return None,
        Err(e) if is_beginning(start) => match salvaged(start, text, context) {
            Some(document) => document,
            None => {
                let what = format!("JSON ends or breaks here: {e}");
                context.problem(&format!(":{}", e.line()), what, "every object");
                return Some(Graph { seen: 0, records: Vec::new() });
            }
        },
        Err(_) => return None,
    };
    let meta = document.get("meta")?;
    let of = meta.get("type")?.as_str()?.to_ascii_lowercase();
    // SharpHound says which of its methods ran; the other two say 0.
    let methods = meta.get("methods").and_then(Value::as_u64).unwrap_or(0);
    // Before format 4 the list had the name of its type.
    let list = document.remove("data").or_else(|| document.remove(&of))?;
    let Value::Array(objects) = list else { return None };
    let seen = objects.len() as u64;
    let objects = objects.into_iter().zip(0u64..).map(|(object, i)| (object, format!(":$.data[{i}]")));
    // Null stands for an object that was broken.
    let objects = objects.filter(|(object, _)| !object.is_null());
    let records = match of.as_str() {
        "computers" => computers(objects.collect(), methods, context),
        "users" => objects.filter_map(|(object, place)| user(object, place, context)).collect(),
        "groups" => groups(objects.collect(), context),
        _ => Vec::new(),
    };
    Some(Graph { seen, records })
}

/// A file with broken objects, as far as it can be read: its last part says what the objects are.
fn salvaged(start: &str, text: &str, context: &mut Context) -> Option<Map<String, Value>> {
    let list = start.find("\"data\"").and_then(|at| Some(at + start.get(at..)?.find('[')?))?;
    let meta = start.rfind("\"meta\"").and_then(|at| Some(at + start.get(at..)?.find('{')?))?;
    let meta = Deserializer::from_str(start.get(meta..)?).into_iter::<Value>().next()?.ok()?;
    meta.get("type").and_then(Value::as_str)?;
    let (objects, damages) = json::elements(start, list);
    json::list(&damages, text.len() - start.len(), text, context);
    Some(Map::from_iter([("meta".to_owned(), meta), ("data".to_owned(), Value::Array(objects))]))
}

/// True for the beginning of a file whose end, where the kind of its objects stands, is missing.
fn is_beginning(start: &str) -> bool {
    let head: String = start.chars().take(200).filter(|c| !c.is_whitespace()).collect();
    head.starts_with("{\"data\":[{") || head.starts_with("{\"meta\":{")
}

fn computers(objects: Vec<(Value, String)>, methods: u64, context: &mut Context) -> Vec<Record> {
    let properties = |object: &Value, name: &str| object.get("Properties").is_some_and(|p| p.get(name).is_some());
    // Of the collectors that say no methods BloodHound.py writes the list wherever there is one; ADExplorerSnapshot never.
    let snapshot = |object: &Value| object.get("DumpSMSAPassword").is_some() || object.get("ContainedBy").is_some();
    let lists_all = methods == 0
        && (objects.iter().any(|(o, _)| properties(o, "allowedtodelegate"))
            || !objects.iter().any(|(o, _)| snapshot(o)));
    let mut hidden = 0_u64;
    let mut records = Vec::new();
    for (object, place) in objects {
        // Only where properties were collected is a list that is not there no list.
        let collected = properties(&object, "serviceprincipalnames");
        let Some(mut row) = row(&object, place, context) else { continue };
        if let Some(Value::Array(items)) = object.get("AllowedToAct").filter(|_| collected) {
            let sids =
                items.iter().filter_map(|i| i.get("ObjectIdentifier")?.as_str().map(|s| Value::from(plain_sid(s))));
            row.put("allowedtoact".into(), Cell::Json(Value::Array(sids.collect())));
        }
        if !row.has(&["allowedtodelegate"]) {
            if lists_all && collected {
                row.put("allowedtodelegate".into(), Cell::Json(Value::Array(Vec::new())));
            } else {
                hidden += 1;
            }
        }
        records.extend(accounts::record(Class::Computer, &row, context));
    }
    if hidden > 0 {
        let what = "the collector shows msDS-AllowedToDelegateTo only with protocol transition, or not at all: a list that is \
                    not there is not known";
        context.problem("", what, format!("the list of {hidden} computers"));
    }
    records
}

fn user(object: Value, place: String, context: &mut Context) -> Option<Record> {
    let row = row(&object, place, context)?;
    accounts::record(Class::User, &row, context)
}

/// Where no group of the file has members, they were not collected.
fn groups(objects: Vec<(Value, String)>, context: &mut Context) -> Vec<Record> {
    let members = |object: &Value| object.get("Members").and_then(Value::as_array).cloned();
    let collected = objects.iter().any(|(object, _)| members(object).is_some_and(|m| !m.is_empty()));
    let mut records = Vec::new();
    for (object, place) in objects {
        let told = members(&object).filter(|_| collected);
        let Some(row) = row(&object, place, context) else { continue };
        let Some(Record::Group(group)) = accounts::record(Class::Group, &row, context) else { continue };
        let member = |m: &Value| {
            let sid = Sid::parse(plain_sid(m.get("ObjectIdentifier").or_else(|| m.get("MemberId"))?.as_str()?))?;
            Some(Principal { sid: Some(sid), ..Principal::default() })
        };
        let members = told.map_or(Tri::NOT_EXPORTED, |m| Tri::list(m.iter().filter_map(member).collect()));
        records.push(Record::Group(Box::new(Group { members, ..*group })));
    }
    records
}

/// The properties of an object under names as a directory has them.
fn row(object: &Value, place: String, context: &mut Context) -> Option<Row> {
    let Some(Value::Object(properties)) = object.get("Properties") else {
        context.problem(&place, "an object without properties", "1 object");
        return None;
    };
    let mut row = Row::new(place);
    let text = |name: &str| properties.get(name).and_then(Value::as_str);
    if let Some(sid) = object.get("ObjectIdentifier").and_then(Value::as_str) {
        row.put("objectsid".into(), Cell::Text(plain_sid(sid).to_owned()));
    }
    // `HV01.CONTOSO.COM` of a computer, `ALICE@CONTOSO.COM` of others.
    match text("name").map(|name| (name, name.split_once('@'))) {
        Some((_, Some((account, _)))) => row.put("name".into(), Cell::Text(account.to_owned())),
        Some((name, None)) if name.contains('.') => row.put("dnshostname".into(), Cell::Text(name.to_owned())),
        _ => {}
    }
    for (name, value) in properties {
        let (name, cell) = match name.as_str() {
            "name" => continue,
            "sensitive" => ("accountnotdelegated".to_owned(), Cell::Json(value.clone())),
            "pwdlastset" | "whencreated" | "whenchanged" => (key(name), Cell::Text(moment(value))),
            _ => (key(name), Cell::Json(value.clone())),
        };
        row.put(name.into(), cell);
    }
    context.bound(&mut row);
    Some(row)
}

/// Seconds since 1970 as a text that is read as a moment; 0, -1 and the year 1601 mean never.
fn moment(value: &Value) -> String {
    let seconds = value.as_i64().or_else(|| value.as_str()?.parse().ok()).filter(|s| *s > 0);
    let time = seconds.and_then(|s| chrono::DateTime::from_timestamp(s, 0));
    time.map_or_else(|| "0".to_owned(), |t| t.to_rfc3339())
}

/// A domain's name stands before the SID of a well-known account.
fn plain_sid(text: &str) -> &str {
    text.find("S-1-").and_then(|at| text.get(at..)).unwrap_or(text)
}
