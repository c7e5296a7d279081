//! CLIXML, what Export-Clixml writes: its objects become JSON values, so that everything below reads both alike.

use super::context::Context;
use super::json;
use super::row::Row;
use super::shape::Shape;
use crate::xml::{Damage, Tokens, resolve};
use quick_xml::events::{BytesStart, Event as Token};
use serde_json::{Map, Number, Value};
use std::collections::HashMap;

/// Values that references may add for each byte of the text, and in any case: an object that refers to objects that refer to
/// objects would grow without end.
const REFERRED_PER_BYTE: usize = 1;
const REFERRED: usize = 100_000;
/// Deepest object that a reference repeats: in a chain of references each would repeat all before it.
const REFERRED_DEPTH: usize = 8;

/// How far into a text its root element may stand.
const ROOT_WITHIN: usize = 4096;

/// A type's name in place of a value: what cut exports show, too.
const LOST: &str = "System.Object[]";

/// Reads `text` if it is CLIXML with at least one object of a known shape, or damaged CLIXML.
pub(super) fn read(text: &str, context: &mut Context) -> Option<Vec<(Shape, Row)>> {
    if !is_clixml(text) {
        return None;
    }
    let mut reading = Reading::new(text);
    let (objects, damages) = reading.objects(context.limits.depth);
    let mut rows = Vec::new();
    for (number, (_, object)) in (1..).zip(objects) {
        json::collect(object, format!(":/Objs/Obj[{number}]"), context.limits.depth, &mut rows);
    }
    if damages.is_empty() && rows.is_empty() {
        return None;
    }
    context.broken_xml(text, &damages);
    if reading.too_deep {
        let what = format!("objects nested deeper than {} are left out", context.limits.depth);
        context.problem("", what, "");
    }
    if reading.too_many {
        context.problem("", "references that repeat too much are left out", "");
    }
    for (_, row) in &mut rows {
        context.bound(row);
    }
    Some(rows)
}

/// True if the root element of what Export-Clixml writes begins the text.
pub(super) fn is_clixml(text: &str) -> bool {
    text.get(..text.floor_char_boundary(ROOT_WITHIN)).unwrap_or(text).contains("<Objs ")
}

/// The objects of a CLIXML text with the offsets at which they end, and what could not be read.
pub(super) fn objects(text: &str, depth: usize) -> Objects {
    Reading::new(text).objects(depth)
}

/// Objects with offsets, null for those that are broken, and the damages.
pub(super) type Objects = (Vec<(usize, Value)>, Vec<Damage>);

/// An element with what stands in it.
#[derive(Default)]
struct Node {
    tag: String,
    /// The name of a property or of a dictionary's part.
    name: Option<String>,
    id: Option<String>,
    text: String,
    children: Vec<Node>,
}

struct Reading<'t> {
    text: &'t str,
    /// Objects by `RefId`, with how many values each consists of and how deep it is.
    refs: HashMap<String, (Value, Size)>,
    referred: usize,
    too_deep: bool,
    too_many: bool,
}

impl<'t> Reading<'t> {
    fn new(text: &'t str) -> Self {
        Reading { text, refs: HashMap::new(), referred: 0, too_deep: false, too_many: false }
    }

    /// The values directly below the root, and what could not be read. A broken object costs itself where the next one can
    /// be told: Export-Clixml begins every object of the root on a line of its own, with the same indent.
    fn objects(&mut self, depth: usize) -> Objects {
        let whole = self.pass(depth, false);
        if whole.1.is_empty() {
            return whole;
        }
        *self = Reading::new(self.text);
        self.pass(depth, true)
    }

    /// With `broken` an object that begins where those of the root begin ends the one before it.
    fn pass(&mut self, depth: usize, broken: bool) -> Objects {
        let mut tokens = Tokens::new(self.text);
        let (mut objects, mut damages) = (Vec::new(), Vec::new());
        let mut stack: Vec<Node> = Vec::new();
        let mut skipped = 0_usize;
        let mut indent: Option<&str> = None;
        loop {
            let (at, token) = tokens.next();
            match token {
                Ok(Token::Start(element)) => {
                    let own = indent_of(self.text, at).filter(|_| element.local_name().as_ref() == b"Obj");
                    if stack.len() == 1 && indent.is_none() {
                        indent = own;
                    } else if broken && stack.len() > 1 && own.is_some() && own == indent {
                        let what = "an object before this one has no end".to_owned();
                        damages.push(Damage { at, what, lost: 0 });
                        objects.push((at, Value::Null));
                        stack.truncate(1);
                        skipped = 0;
                        tokens.resume(at);
                        continue;
                    }
                    if skipped > 0 || stack.len() >= depth {
                        self.too_deep = true;
                        skipped += 1;
                    } else {
                        stack.push(node(&element));
                    }
                }
                Ok(Token::End(_)) if skipped > 0 => skipped -= 1,
                Ok(Token::End(_)) => match (stack.pop(), stack.len()) {
                    (Some(done), 1) => {
                        let value = self.value(&done);
                        objects.push((at, value));
                    }
                    (Some(done), 2..) => {
                        if let Some(parent) = stack.last_mut() {
                            parent.children.push(done);
                        }
                    }
                    _ => {}
                },
                Ok(Token::Text(text)) => append(&mut stack, skipped, &String::from_utf8_lossy(&text)),
                Ok(Token::CData(text)) => append(&mut stack, skipped, &String::from_utf8_lossy(&text)),
                Ok(Token::GeneralRef(reference)) => append(&mut stack, skipped, &resolve(&reference)),
                Ok(Token::Eof) => {
                    if !stack.is_empty() {
                        let what = "its end is missing".to_owned();
                        damages.push(Damage { at: self.text.len(), what, lost: 0 });
                    }
                    return (objects, damages);
                }
                Ok(_) => {}
                Err(e) => {
                    let next = indent.and_then(|indent| next_object(self.text, at + 1, indent));
                    let lost = next.unwrap_or(self.text.len()) - at;
                    damages.push(Damage { at, what: e.to_string(), lost });
                    let Some(next) = next else { return (objects, damages) };
                    objects.push((at, Value::Null));
                    stack.truncate(1);
                    skipped = 0;
                    tokens.resume(next);
                }
            }
        }
    }

    fn value(&mut self, node: &Node) -> Value {
        let value = match node.tag.as_str() {
            "Obj" => self.object(node),
            "Ref" => return self.reference(node),
            "LST" | "IE" | "STK" | "QUE" => self.list(node),
            "DCT" => self.dictionary(node),
            _ => scalar(node).unwrap_or(Value::Null),
        };
        if let Some(id) = node.id.as_ref().filter(|_| node.tag == "Obj") {
            let size = size(&value);
            self.refs.insert(id.clone(), (value.clone(), size));
        }
        value
    }

    /// Live objects have `Props`, what Select-Object makes has `MS`, and both may be there.
    fn object(&mut self, node: &Node) -> Value {
        let mut members = Map::new();
        for properties in node.children.iter().filter(|c| matches!(c.tag.as_str(), "Props" | "MS")) {
            for property in &properties.children {
                if let Some(name) = &property.name {
                    let value = self.value(property);
                    members.entry(name.clone()).or_insert(value);
                }
            }
        }
        let printed = node.children.iter().find(|c| c.tag == "ToString").map(|c| unescape(&c.text));
        let list = node.children.iter().find(|c| matches!(c.tag.as_str(), "LST" | "IE" | "STK" | "QUE" | "DCT"));
        if let Some(list) = list {
            return self.value(list);
        }
        // A value of an enumeration shows its name; any other value may carry properties of the script's own.
        if let Some(value) = node.children.iter().find_map(scalar) {
            return match printed {
                Some(name) if value.is_number() && name.parse::<f64>().is_err() => Value::String(name),
                _ => value,
            };
        }
        match printed {
            Some(text) if members.is_empty() => Value::String(text),
            _ => Value::Object(members),
        }
    }

    /// A list of which one item is lost is not known.
    fn list(&mut self, node: &Node) -> Value {
        let items: Vec<Value> = node.children.iter().map(|c| self.value(c)).collect();
        let is_lost = |(item, child): (&Value, &Node)| child.tag == "Ref" && item.as_str() == Some(LOST);
        match items.iter().zip(&node.children).any(is_lost) {
            true => Value::String(LOST.to_owned()),
            false => Value::Array(items),
        }
    }

    fn dictionary(&mut self, node: &Node) -> Value {
        let mut members = Map::new();
        for entry in node.children.iter().filter(|c| c.tag == "En") {
            let part = |name: &str| entry.children.iter().find(|c| c.name.as_deref() == Some(name));
            if let (Some(key), Some(value)) = (part("Key"), part("Value")) {
                let value = self.value(value);
                members.insert(unescape(&key.text), value);
            }
        }
        Value::Object(members)
    }

    fn reference(&mut self, node: &Node) -> Value {
        // What stood in a broken object, or grew too large, is not known: it must not read as empty.
        let lost = || Value::String(LOST.to_owned());
        let Some((value, size)) = node.id.as_ref().and_then(|id| self.refs.get(id)) else { return lost() };
        let most = self.text.len().saturating_mul(REFERRED_PER_BYTE).max(REFERRED);
        self.referred = self.referred.saturating_add(size.values);
        if self.referred > most || size.depth > REFERRED_DEPTH {
            self.too_many = true;
            return lost();
        }
        value.clone()
    }
}

/// The blanks before `at`, if nothing else stands there on its line.
fn indent_of(text: &str, at: usize) -> Option<&str> {
    let before = text.get(..at)?;
    let indent = before.trim_end_matches([' ', '\t']).len();
    let own = before.get(..indent)?.ends_with('\n').then(|| before.get(indent..)).flatten();
    // Without indents the objects of the root look like those in them.
    own.filter(|own| !own.is_empty())
}

/// Where the next object with this indent begins, or the end of the root.
fn next_object(text: &str, from: usize, indent: &str) -> Option<usize> {
    let rest = text.get(from..)?;
    let begins = |(offset, _): &(usize, &str)| {
        let tag = rest.get(*offset..).unwrap_or_default();
        tag.starts_with("</Objs>") || (tag.starts_with("<Obj ") && indent_of(text, from + offset) == Some(indent))
    };
    rest.match_indices('<').find(begins).map(|(offset, _)| from + offset)
}

fn node(element: &BytesStart<'_>) -> Node {
    let attribute = |name: &str| {
        let value = element.try_get_attribute(name).ok().flatten()?;
        Some(
            value
                .unescape_value()
                .map_or_else(|_| String::from_utf8_lossy(&value.value).into_owned(), |v| v.into_owned()),
        )
    };
    Node {
        tag: String::from_utf8_lossy(element.local_name().as_ref()).into_owned(),
        name: attribute("N").map(|n| unescape(&n)),
        id: attribute("RefId"),
        ..Node::default()
    }
}

fn append(stack: &mut [Node], skipped: usize, text: &str) {
    if let Some(open) = stack.last_mut().filter(|_| skipped == 0) {
        open.text.push_str(text);
    }
}

/// A simple value; `None` for what is none.
fn scalar(node: &Node) -> Option<Value> {
    let text = node.text.as_str();
    let number = || {
        let whole = text.trim().parse::<i64>().ok().map(Number::from);
        whole.or_else(|| text.trim().parse::<u64>().ok().map(Number::from)).map(Value::Number)
    };
    Some(match node.tag.as_str() {
        "Nil" => Value::Null,
        "B" => Value::Bool(text.trim().eq_ignore_ascii_case("true")),
        "By" | "SB" | "I16" | "U16" | "I32" | "U32" | "I64" | "U64" => {
            number().unwrap_or_else(|| Value::String(text.to_owned()))
        }
        "C" => text.trim().parse().ok().and_then(char::from_u32).map_or(Value::Null, |c| Value::String(c.to_string())),
        "S" | "URI" | "Version" | "XD" | "SBK" | "D" | "Db" | "Sg" | "DT" | "TS" | "BA" | "G" => {
            Value::String(unescape(text))
        }
        _ => return None,
    })
}

/// `_x000D_` is how a carriage return is written, `_x005F_x` how `_x` is.
fn unescape(text: &str) -> String {
    if !text.contains("_x") {
        return text.to_owned();
    }
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        let (before, from) = rest.split_at(at);
        units.extend(before.encode_utf16());
        let code = from.get(2..6).filter(|_| from.as_bytes().get(6) == Some(&b'_'));
        match code.and_then(|c| u16::from_str_radix(c, 16).ok()) {
            Some(unit) => {
                units.push(unit);
                rest = from.get(7..).unwrap_or("");
            }
            None => {
                units.extend("_x".encode_utf16());
                rest = from.get(2..).unwrap_or("");
            }
        }
    }
    units.extend(rest.encode_utf16());
    String::from_utf16_lossy(&units)
}

#[derive(Clone, Copy, Default)]
struct Size {
    values: usize,
    depth: usize,
}

fn size(value: &Value) -> Size {
    let add = |all: Size, one: &Value| {
        let one = size(one);
        Size { values: all.values + one.values, depth: all.depth.max(one.depth) }
    };
    let inner = match value {
        Value::Array(items) => items.iter().fold(Size::default(), add),
        Value::Object(members) => members.values().fold(Size::default(), add),
        _ => return Size { values: 1, depth: 0 },
    };
    Size { values: inner.values + 1, depth: inner.depth + 1 }
}

#[cfg(test)]
mod tests;
