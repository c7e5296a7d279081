//! JSON with events: one object per line, objects below lines like `Record 7`, or arrays of them.

use super::{Events, dump, object};
use serde_json::{Deserializer, Value};

/// How far into a text the marks of an event are looked for.
const WITHIN: usize = 1 << 16;

/// Reads `text` if there is an event in it. A broken object costs itself.
pub(super) fn read(text: &str, events: &mut Events<'_>) -> bool {
    let head = text.get(..text.floor_char_boundary(WITHIN)).unwrap_or(text);
    let marks = ["\"EventID\"", "\"TimeCreated\"", "\"TimeGenerated\""];
    if !marks.iter().any(|mark| head.contains(mark)) {
        return false;
    }
    let depth = events.options.limits.depth;
    let mut scan = Scan { text, at: 0, line: 1, wasted: 0 };
    let mut broken = Vec::new();
    while let Some((line, object)) = scan.next() {
        match object {
            Ok(object) => collect(&object, line, depth, events),
            Err(what) if broken.len() <= events.options.limits.problems => broken.push((line, what)),
            Err(_) => events.log.problem(line, "a broken object", "1 record"),
        }
    }
    if events.is_empty() {
        return false;
    }
    for (line, what) in broken {
        events.log.problem(line, format!("an object that is no JSON: {what}"), "1 record");
    }
    true
}

/// True for `Record 7`, which evtx_dump writes before every object.
pub(super) fn begins_with_record(text: &str) -> bool {
    let number = text.lines().next().and_then(|line| line.trim().strip_prefix("Record "));
    number.is_some_and(|n| n.parse::<u64>().is_ok()) && text.lines().nth(1).is_some_and(|l| l.starts_with('{'))
}

/// Takes the events in `value`, wherever they lie.
pub(super) fn collect(value: &Value, line: u64, depth: usize, events: &mut Events<'_>) {
    if depth == 0 {
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, line, depth - 1, events)),
        Value::Object(members) => {
            if let Some(parts) = dump::read(value) {
                return events.take(line, parts);
            }
            let object = object::Object::new(members);
            if object.is_event() {
                return events.take_object(line, object.told());
            }
            members.values().for_each(|member| collect(member, line, depth - 1, events));
        }
        _ => {}
    }
}

/// Goes from object to object; brackets and commas around them, and lines of other text, are passed over.
struct Scan<'t> {
    text: &'t str,
    at: usize,
    line: u64,
    /// Bytes read in objects that turned out broken.
    wasted: usize,
}

impl Scan<'_> {
    fn next(&mut self) -> Option<(u64, Result<Value, String>)> {
        loop {
            let rest = self.text.get(self.at..)?;
            let skipped = rest.len() - rest.trim_start_matches(|c: char| c.is_whitespace() || "[],".contains(c)).len();
            self.advance(skipped);
            let rest = self.text.get(self.at..).filter(|r| !r.is_empty())?;
            let to_line_end = rest.find('\n').map_or(rest.len(), |end| end + 1);
            if !rest.starts_with('{') {
                self.advance(to_line_end);
                continue;
            }
            // What breaks far from its beginning, again and again, must not cost the square of the length.
            let own = if self.wasted > self.text.len().saturating_mul(4) { rest.get(..to_line_end)? } else { rest };
            let mut objects = Deserializer::from_str(own).into_iter::<Value>();
            let line = self.line;
            match objects.next()? {
                Ok(object) => {
                    self.advance(objects.byte_offset());
                    return Some((line, Ok(object)));
                }
                Err(e) => {
                    self.wasted += own.split_inclusive('\n').take(e.line()).map(str::len).sum::<usize>();
                    // The next object that may be whole begins a line.
                    self.advance(to_line_end);
                    let text = e.to_string();
                    return Some((line, Err(text.split(" at line ").next().unwrap_or(&text).to_owned())));
                }
            }
        }
    }

    fn advance(&mut self, bytes: usize) {
        let passed = self.text.get(self.at..self.at + bytes).unwrap_or_default();
        self.line += passed.matches('\n').count() as u64;
        self.at += bytes;
    }
}
