//! JSON documents: finds the objects of a known shape wherever they lie, and keeps those before a damage.

use super::context::Context;
use super::row::{Cell, Row, key};
use super::shape::{self, Shape};
use serde_json::{Deserializer, Value};

/// Reads `text` if it is JSON with at least one object of a known shape, or damaged JSON of which that can be said.
pub(super) fn read(text: &str, context: &mut Context) -> Option<Vec<(Shape, Row)>> {
    let start = text.trim_start();
    if !start.starts_with(['{', '[']) {
        return None;
    }
    let mut rows = Vec::new();
    let (documents, damage) = documents(start);
    let several = documents.len() > 1;
    for (i, document) in documents.into_iter().enumerate() {
        if is_graph_tool_export(&document) {
            return None;
        }
        let path = if several { format!(":$#{}", i + 1) } else { ":$".to_owned() };
        collect(document, path, context.limits.depth, &mut rows);
    }
    if let Some((at, what)) = damage {
        let rest = start.get(at..).unwrap_or_default();
        if rows.is_empty() && !names_attributes(rest) {
            return None;
        }
        let line =
            1 + text.len().checked_sub(rest.len()).and_then(|o| text.get(..o)).map_or(0, |t| t.matches('\n').count());
        context.problem(
            &format!(":{line}"),
            format!("JSON ends or breaks here: {what}"),
            format!("{} bytes", rest.len()),
        );
        if rows.is_empty() {
            return Some(rows);
        }
    }
    if rows.is_empty() {
        return None;
    }
    for (_, row) in &mut rows {
        context.bound(row);
    }
    Some(rows)
}

/// All documents of the text, and where and why reading stopped early. Elements of a broken top-level array that
/// stand before the damage are kept as one array.
fn documents(text: &str) -> (Vec<Value>, Option<(usize, String)>) {
    let mut whole = Deserializer::from_str(text).into_iter::<Value>();
    let mut documents = Vec::new();
    let mut good = 0;
    loop {
        match whole.next() {
            None => return (documents, None),
            Some(Ok(document)) => {
                good = whole.byte_offset();
                documents.push(document);
            }
            Some(Err(e)) => {
                let rest = text.get(good..).unwrap_or_default();
                let skipped = rest.len() - rest.trim_start().len();
                let (elements, stopped) = elements(rest.trim_start());
                let at = if elements.is_empty() { good } else { good + skipped + stopped };
                if !elements.is_empty() {
                    documents.push(Value::Array(elements));
                }
                return (documents, Some((at, reason(&e))));
            }
        }
    }
}

fn reason(e: &serde_json::Error) -> String {
    let text = e.to_string();
    text.split(" at line ").next().unwrap_or(&text).to_owned()
}

/// The readable elements at the beginning of an array, and the offset behind them.
fn elements(text: &str) -> (Vec<Value>, usize) {
    let mut found = Vec::new();
    if !text.starts_with('[') {
        return (found, 0);
    }
    let mut at = 1;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let next = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        let begin = at + rest.len() - next.len();
        // Only objects: a number may have been cut.
        let mut one = Deserializer::from_str(next).into_iter::<Value>();
        match next.starts_with('{').then(|| one.next()).flatten() {
            Some(Ok(element)) => {
                at = begin + one.byte_offset();
                found.push(element);
            }
            _ => return (found, at),
        }
    }
}

pub(super) fn collect(value: Value, path: String, depth: usize, rows: &mut Vec<(Shape, Row)>) {
    if depth == 0 {
        return;
    }
    match value {
        Value::Array(items) => {
            for (i, item) in items.into_iter().enumerate() {
                if item.is_object() || item.is_array() {
                    collect(item, format!("{path}[{i}]"), depth - 1, rows);
                }
            }
        }
        Value::Object(members) => {
            let keys: Vec<String> = members.keys().map(|k| key(k)).collect();
            if let Some(shape) = shape::of_keys(|name| keys.iter().any(|k| k == name), keys.len()) {
                let mut row = Row::new(path);
                for (key, (_, value)) in keys.into_iter().zip(members) {
                    row.put(key.into(), Cell::Json(value));
                }
                rows.push((shape, row));
                return;
            }
            for (name, member) in members {
                if member.is_object() || member.is_array() {
                    collect(member, format!("{path}.{name}"), depth - 1, rows);
                }
            }
        }
        _ => {}
    }
}

/// SharpHound and its kin leave out lists that exist (`allowedtodelegate` of hosts without protocol transition), so
/// that their objects must not be read as the directory's.
fn is_graph_tool_export(document: &Value) -> bool {
    document.get("meta").is_some_and(|m| m.get("type").is_some() && m.get("count").is_some())
}

/// True if a broken text shows that it was an export of accounts, hosts or updates.
fn names_attributes(text: &str) -> bool {
    const NAMES: [&str; 6] = [
        "AllowedToDelegateTo\"",
        "\"DistinguishedName\"",
        "\"SamAccountName\"",
        "\"HotFixID\"",
        "\"VirtualMachineMigration",
        "\"TrustedToAuthForDelegation\"",
    ];
    NAMES.iter().any(|n| text.contains(n))
}

#[cfg(test)]
mod tests {
    use super::*;
    use delegap_model::Limits;

    fn run(text: &str) -> (Option<Vec<String>>, Vec<String>) {
        let limits = Limits::default();
        let mut context = Context::new("x", &limits);
        let rows = read(text, &mut context);
        let places = rows.map(|rows| rows.into_iter().map(|(_, r)| r.place).collect());
        (places, context.into_problems().into_iter().map(|p| format!("{} {}", p.at, p.lost)).collect())
    }

    const HOST: &str = r#"{"Name": "HV01", "msDS-AllowedToDelegateTo": ["cifs/HV02"]}"#;

    #[test]
    fn wherever_the_objects_lie() {
        let places = |t: &str| run(t).0.unwrap_or_default();
        assert_eq!(places(HOST), [":$"]);
        assert_eq!(places(&format!("[{HOST}, {HOST}]")), [":$[0]", ":$[1]"]);
        assert_eq!(places(&format!("{{\"value\": [{HOST}], \"Count\": 1}}")), [":$.value[0]"]);
        assert_eq!(places(&format!("{{\"Hosts\": {HOST}}}")), [":$.Hosts"]);
        assert_eq!(places(&format!("{HOST}\n{HOST}")), [":$#1", ":$#2"]);
    }

    #[test]
    fn other_json_is_nothing() {
        for text in ["[]", "{}", "{\"a\": 1}", "[1, 2", "{ not json", "[01]: KB5004330", "HV01"] {
            assert_eq!(run(text), (None, vec![]), "{text}");
        }
        let graph = format!("{{\"data\": [{HOST}], \"meta\": {{\"type\": \"computers\", \"count\": 1}}}}");
        assert_eq!(run(&graph).0, None);
    }

    #[test]
    fn objects_before_a_damage_stay() {
        let (places, problems) = run(&format!("[{HOST},\n{HOST},\n{{\"Name\": \"HV0"));
        assert_eq!(places.unwrap(), [":$[0]", ":$[1]"]);
        assert_eq!(problems, ["x:2 15 bytes"]);
        let (places, problems) = run("{\"Hosts\": [{\"Name\": \"HV01\", \"SamAccountName\": \"HV01$\"}");
        assert_eq!((places.unwrap().len(), problems.len()), (0, 1));
    }

    #[test]
    fn nesting_is_bounded() {
        let deep = format!("{}{HOST}{}", "[".repeat(100), "]".repeat(100));
        assert_eq!(run(&deep).0, None);
        let far = "[".repeat(100_000);
        assert_eq!(run(&far).0, None);
    }
}
