//! Events as rows: what Event Viewer saves as CSV or with tabs, and Get-WinEvent and Get-EventLog by way of Export-Csv.

use super::object::Object;
use super::times::Clock;
use super::{Events, names};
use crate::document::dates::Order;
use crate::document::delimited;
use crate::document::row::key;
use serde_json::Value;

/// How many lines may stand before the header.
const LINES_BEFORE_HEADER: usize = 8;

/// Event Viewer's columns. The message follows them without a name.
const VIEWER: [&str; 5] = ["level", "dateandtime", "source", "eventid", "taskcategory"];
const MESSAGE: &str = "message";

/// Reads `text` if one of its first lines is a header of events.
pub(super) fn read(text: &str, events: &mut Events<'_>) -> bool {
    let Some((delimiter, skipped, keys)) = header(text) else { return false };
    if keys.iter().any(|k| names::DAY_FIRST.contains(&k.as_str())) {
        events.clock.culture = Some(Order::DayFirst);
    }
    let at = text.split_inclusive('\n').take(skipped).map(str::len).sum();
    let mut names = keys.clone();
    for (line, cells) in delimited::rows(text.get(at..).unwrap_or_default(), delimiter) {
        let line = line + skipped as u64;
        let cells = match cells {
            Ok(cells) => cells,
            Err(what) => {
                events.log.problem(line, what, "1 row");
                continue;
            }
        };
        let is_blank = cells.iter().all(|cell| cell.trim().is_empty());
        if is_blank || cells.first().is_some_and(|cell| delimited::strip_type(cell).is_some()) {
            continue;
        }
        // The header, and that of another export below.
        let own: Vec<String> = cells.iter().map(|cell| key(cell.trim())).collect();
        if own == keys || is_header(&own) {
            names = own;
            continue;
        }
        row(line, cells, &names, delimiter, events);
    }
    true
}

/// The delimiter, how many lines stand before the header, and the names of the columns.
fn header(text: &str) -> Option<(char, usize, Vec<String>)> {
    for (number, line) in text.lines().take(LINES_BEFORE_HEADER).enumerate() {
        for delimiter in [',', ';', '\t'] {
            let Some((_, Ok(cells))) = delimited::rows(line, delimiter).next() else { continue };
            let keys: Vec<String> = cells.iter().map(|cell| key(cell.trim())).collect();
            if is_header(&keys) {
                return Some((delimiter, number, keys));
            }
            if (5..=6).contains(&keys.len()) && is_viewer(text, number, delimiter, &keys) {
                return Some((delimiter, number, keys));
            }
        }
    }
    None
}

fn is_header(keys: &[String]) -> bool {
    let has = |names: &[&str]| keys.iter().any(|key| names.contains(&key.as_str()));
    // `id` and a time say little; what Get-WinEvent calls them says more.
    let of_powershell = has(&["timecreated", "timegenerated"]);
    let id = if of_powershell { has(names::ID) } else { has(names::ID) && !has(&["id"]) };
    id && has(names::TIME) && (has(names::SOURCE) || has(names::LOG) || (of_powershell && has(names::MESSAGE)))
}

/// True for a header in a language whose names are not known above a row of Event Viewer: words, a time, an id.
fn is_viewer(text: &str, header: usize, delimiter: char, keys: &[String]) -> bool {
    let at = text.split_inclusive('\n').take(header + 1).map(str::len).sum();
    let below = text.get(at..).unwrap_or_default();
    let Some((_, Ok(cells))) = delimited::rows(below, delimiter).next() else { return false };
    let is_word = |text: &str| !text.is_empty() && !text.contains(|c: char| c.is_ascii_digit());
    let (Some(time), Some(source), Some(id)) = (cells.get(1), cells.get(2), cells.get(3)) else { return false };
    keys.iter().take(VIEWER.len()).all(|key| is_word(key))
        && cells.len() <= keys.len() + 1
        && Clock::default().read(time).has_time()
        && !source.is_empty()
        && (1..=5).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_digit())
}

fn row(line: u64, cells: Vec<String>, names: &[String], delimiter: char, events: &mut Events<'_>) {
    let known = is_header(names);
    let name_of = |column: usize| match names.get(column) {
        Some(name) if known => name.as_str(),
        Some(_) => VIEWER.get(column).copied().unwrap_or(""),
        None => "",
    };
    let has_message = known && names.iter().any(|name| names::MESSAGE.contains(&name.as_str()));
    let mut values: Vec<(&str, Value)> = Vec::with_capacity(cells.len());
    let mut message: Option<String> = None;
    for (column, cell) in cells.into_iter().enumerate() {
        match (name_of(column), &mut message) {
            // A message whose quotes were stripped falls into several cells.
            ("", Some(text)) => text.extend([delimiter.to_string(), cell]),
            ("", None) => message = Some(cell),
            (name, _) => values.push((name, Value::String(cell))),
        }
    }
    if let Some(message) = message.filter(|text| !has_message && !text.trim().is_empty()) {
        values.push((MESSAGE, Value::String(message)));
    }
    let object = Object::of_pairs(values.iter().map(|(name, value)| (*name, value)));
    events.take_object(line, object.told());
}
