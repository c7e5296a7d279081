//! JSON documents: finds the objects of a known shape wherever they lie, and keeps those around a damage.

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
    let (documents, damages) = documents(start);
    let several = documents.len() > 1;
    for (i, document) in documents.into_iter().enumerate() {
        if is_graph_tool_export(&document) {
            return None;
        }
        let path = if several { format!(":$#{}", i + 1) } else { ":$".to_owned() };
        collect(document, path, context.limits.depth, &mut rows);
    }
    if rows.is_empty() && !damages.first().is_some_and(|d| names_attributes(start.get(d.from..).unwrap_or_default())) {
        return None;
    }
    list(&damages, text.len() - start.len(), text, context);
    if rows.is_empty() {
        return Some(rows);
    }
    for (_, row) in &mut rows {
        context.bound(row);
    }
    Some(rows)
}

/// A part of a text that is no JSON: as a rule one object of many.
pub(super) struct Damage {
    pub from: usize,
    to: usize,
    what: String,
}

/// Lists what was lost; places count from `offset` in `text`.
pub(super) fn list(damages: &[Damage], offset: usize, text: &str, context: &mut Context) {
    let (mut line, mut counted) = (1, 0);
    for damage in damages {
        line += text.get(counted..offset + damage.from).map_or(0, |t| t.matches('\n').count());
        counted = offset + damage.from;
        let what = format!("JSON ends or breaks here: {}", damage.what);
        context.problem(&format!(":{line}"), what, format!("{} bytes", damage.to - damage.from));
    }
}

/// All documents of the text, and what of it is none. A broken object of a top-level array, or of a row of objects, costs
/// itself: null stands for it.
fn documents(text: &str) -> (Vec<Value>, Vec<Damage>) {
    let mut whole = Deserializer::from_str(text).into_iter::<Value>();
    let mut documents = Vec::new();
    let mut good = 0;
    loop {
        match whole.next() {
            None => return (documents, Vec::new()),
            Some(Ok(document)) => {
                good = whole.byte_offset();
                documents.push(document);
            }
            Some(Err(_)) => {
                let begin = text.len() - text.get(good..).unwrap_or_default().trim_start().len();
                let array = text.get(begin..).is_some_and(|t| t.starts_with('['));
                let (elements, damages) = elements(text, begin);
                match array {
                    true if elements.iter().any(|e| !e.is_null()) => documents.push(Value::Array(elements)),
                    true => {}
                    false => documents.extend(elements),
                }
                return (documents, damages);
            }
        }
    }
}

/// The objects from `begin` on, in an array or not, with null for those that are broken, and what was passed over.
pub(super) fn elements(text: &str, begin: usize) -> (Vec<Value>, Vec<Damage>) {
    let from = |at: usize| text.get(at..).unwrap_or_default();
    let array = from(begin).starts_with('[');
    let (mut found, mut damages) = (Vec::new(), Vec::new());
    let mut at = begin + usize::from(array);
    // What breaks far from its beginning, again and again, must not cost the square of the length.
    let mut left = text.len().saturating_mul(4);
    let mut first_key = "";
    loop {
        let next = from(at).trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        at = text.len() - next.len();
        if next.is_empty() || (array && next.starts_with(']')) {
            if array && next.is_empty() {
                damages.push(Damage { from: at, to: at, what: "its end is missing".to_owned() });
            }
            return (found, damages);
        }
        // Only objects: a number may have been cut.
        let mut one = Deserializer::from_str(next).into_iter::<Value>();
        let what = match next.starts_with('{').then(|| one.next()).flatten() {
            Some(Ok(element)) => {
                first_key = key_at(next);
                at += one.byte_offset();
                found.push(element);
                continue;
            }
            Some(Err(e)) => {
                let lines = next.split_inclusive('\n').take(e.line().saturating_sub(1));
                left = left.saturating_sub(lines.map(str::len).sum::<usize>() + e.column());
                reason(&e)
            }
            None => "expected an object".to_owned(),
        };
        let sibling = if left == 0 { None } else { sibling(text, at, first_key) };
        damages.push(Damage { from: at, to: sibling.unwrap_or(text.len()), what });
        let Some(sibling) = sibling else { return (found, damages) };
        found.push(Value::Null);
        at = sibling;
    }
}

fn reason(e: &serde_json::Error) -> String {
    let text = e.to_string();
    text.split(" at line ").next().unwrap_or(&text).to_owned()
}

/// Where an object behind `at` begins that stands in the same list: behind a comma or at the beginning of a line, with the
/// first key that the others have.
fn sibling(text: &str, at: usize, first_key: &str) -> Option<usize> {
    let rest = text.get(at..)?;
    rest.match_indices('{').skip(1).map(|(offset, _)| at + offset).find(|begin| {
        let before = text.get(..*begin).unwrap_or_default().trim_end_matches([' ', '\t']);
        let separated = before.ends_with([',', '\n']);
        separated && (first_key.is_empty() || key_at(text.get(*begin..).unwrap_or_default()) == first_key)
    })
}

/// The first key of the object that begins `text`, in its quotes.
fn key_at(text: &str) -> &str {
    let inner = text.strip_prefix('{').unwrap_or_default().trim_start();
    let end = inner.get(1..).and_then(|t| t.find('"')).filter(|_| inner.starts_with('"'));
    end.and_then(|end| inner.get(..end + 2)).unwrap_or_default()
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
        assert_eq!(problems, ["x:3 13 bytes"]);
        let (places, problems) = run("{\"Hosts\": [{\"Name\": \"HV01\", \"SamAccountName\": \"HV01$\"}");
        assert_eq!((places.unwrap().len(), problems.len()), (0, 1));
    }

    #[test]
    fn a_broken_object_costs_itself() {
        let pretty =
            "{\n  \"Name\": \"HV01\",\n  \"SID\": {\n    \"Value\": \"S-1-5\"\n  },\n  \"DNSHostName\": \"x\"\n}";
        for one in [HOST, pretty] {
            for between in [",", ",\n", "\n"] {
                let broken = one.replace("HV01", "HV\"01");
                let all = [one, &broken, one, one].join(between);
                let (places, problems) = run(&format!("[{all}]"));
                assert_eq!(places.unwrap(), [":$[0]", ":$[2]", ":$[3]"], "{all}");
                assert_eq!(problems.len(), 1, "{all} {problems:?}");
            }
        }
        let (places, problems) = run(&format!("{HOST}\n{{\"Name\": \n{HOST}\n"));
        assert_eq!(
            (places.unwrap(), problems),
            (vec![":$#1".to_owned(), ":$#3".into()], vec!["x:2 10 bytes".to_owned()])
        );
    }

    #[test]
    fn nesting_is_bounded() {
        let deep = format!("{}{HOST}{}", "[".repeat(100), "]".repeat(100));
        assert_eq!(run(&deep).0, None);
        let far = "[".repeat(100_000);
        assert_eq!(run(&far).0, None);
    }
}
