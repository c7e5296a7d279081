//! Events as blocks of labelled lines: `wevtutil qe /f:text`, Event Viewer's copy as text, Get-WinEvent's Format-List.

use super::object::Object;
use super::{Events, names};
use crate::document::dates::Order;
use crate::document::row::key;
use crate::document::value::Pattern;
use serde_json::Value;

/// `Event[12]:` stands above every event of wevtutil, in newer builds without the colon.
static NUMBERED: Pattern = Pattern::new(|line| line.contains('['), r"^\s*Event\s?\[\d{1,10}\]:?\s*$");
/// The blanks before a label, and the characters of the longest one.
const MOST_INDENTED: usize = 4;
const LONGEST_LABEL: usize = 41;

/// How far into a text its first event may begin.
const WITHIN: usize = 1 << 14;

/// Reads `text` if blocks of events stand in it.
pub(super) fn read(text: &str, events: &mut Events<'_>) -> bool {
    let head = text.get(..text.floor_char_boundary(WITHIN)).unwrap_or(text);
    let Some(style) = style(head) else { return false };
    let mut block = Block::default();
    for (number, line) in (1..).zip(text.lines()) {
        if style.begins(line, &block) {
            block.end(events);
            block = Block { line: number, ..Block::default() };
            if style == Style::Numbered {
                continue;
            }
        } else if block.line == 0 {
            continue;
        }
        block.add(line, style);
    }
    block.end(events);
    !events.is_empty()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    /// wevtutil.
    Numbered,
    /// Event Viewer: begins with the log's name and ends with the message.
    Copied,
    /// Format-List: any order, continued lines are indented.
    List,
}

fn style(head: &str) -> Option<Style> {
    let labels: Vec<String> = head.lines().filter_map(labelled).map(|(label, _)| label).collect();
    let has = |names: &[&str]| labels.iter().any(|label| names.contains(&label.as_str()));
    if has(&["timecreated", "timegenerated"]) && has(&["id", "eventid"]) && head.lines().any(|l| l.contains(" : ")) {
        return Some(Style::List);
    }
    if !(has(names::TIME) && has(names::ID) && has(names::SOURCE)) {
        return None;
    }
    if head.lines().any(|line| NUMBERED.is_match(line)) {
        return Some(Style::Numbered);
    }
    // The source stands below the log's name.
    let is = |label: Option<&String>, names: &[&str]| label.is_some_and(|l| names.contains(&l.as_str()));
    let copied = labels.iter().zip(labels.iter().skip(1));
    copied.into_iter().any(|(a, b)| is(Some(a), names::LOG) && is(Some(b), names::SOURCE)).then_some(Style::Copied)
}

impl Style {
    /// True if an event begins at `line`, after `block`.
    fn begins(self, line: &str, block: &Block) -> bool {
        match self {
            Style::Numbered => NUMBERED.is_match(line),
            Style::Copied => labelled(line).is_some_and(|(label, value)| {
                names::LOG.contains(&label.as_str())
                    && !value.is_empty()
                    && (block.line == 0 || block.message.is_some())
            }),
            Style::List => labelled(line).is_some_and(|(label, _)| {
                let repeats = || block.line == 0 || block.values.iter().any(|(own, _)| *own == label);
                !line.starts_with(' ') && line.contains(" :") && is_known(&label) && repeats()
            }),
        }
    }
}

/// The label of a line (`Log Name: System`, `Id           : 20306`, `日付: …`) as names are compared, and what stands behind it.
fn labelled(line: &str) -> Option<(String, &str)> {
    let label = line.trim_start_matches(' ');
    let (label, value) = label.split_once([':', '：']).filter(|_| line.len() - label.len() <= MOST_INDENTED)?;
    let label = label.trim_end();
    let is_label = label.starts_with(|c: char| !c.is_whitespace()) && label.chars().nth(LONGEST_LABEL).is_none();
    is_label.then(|| (key(label), value.trim()))
}

fn is_known(label: &str) -> bool {
    let all = [
        names::SOURCE,
        names::ID,
        names::TIME,
        names::COMPUTER,
        names::LOG,
        names::LEVEL,
        names::TASK,
        names::MESSAGE,
        names::KEYWORDS,
        names::USER,
        names::RECORD,
        names::ACTIVITY,
        names::VALUES,
    ];
    all.iter().any(|names| names.contains(&label))
}

/// One event while its lines are read.
#[derive(Default)]
struct Block {
    /// Where it begins; 0 before the first.
    line: u64,
    values: Vec<(String, String)>,
    /// The message once its label was seen, where nothing but the message follows.
    message: Option<String>,
}

impl Block {
    fn add(&mut self, line: &str, style: Style) {
        if let Some(message) = &mut self.message {
            message.push_str(line.trim_end());
            message.push('\n');
            return;
        }
        let found = labelled(line).filter(|_| style != Style::List || !line.starts_with(' '));
        match found {
            Some((label, first)) if style != Style::List && names::MESSAGE.contains(&label.as_str()) => {
                self.message = Some(if first.is_empty() { String::new() } else { format!("{first}\n") });
            }
            Some((label, value)) if is_known(&label) => self.values.push((label, value.to_owned())),
            // A value goes on below it, indented.
            None if style == Style::List && line.starts_with(' ') => {
                if let Some((_, value)) = self.values.last_mut() {
                    value.push('\n');
                    value.push_str(line.trim());
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, events: &mut Events<'_>) {
        if self.line == 0 || self.values.is_empty() {
            return;
        }
        if self.values.iter().any(|(label, _)| names::DAY_FIRST_LABELS.contains(&label.as_str())) {
            events.clock.culture = Some(Order::DayFirst);
        }
        let message = self.message.take().map(|text| ("message".to_owned(), text.trim().to_owned()));
        let told = self.values.drain(..).chain(message).filter(|(_, value)| !is_nothing(value));
        let values: Vec<(String, Value)> = told.map(|(label, value)| (label, Value::String(value))).collect();
        let object = Object::of_pairs(values.iter().map(|(label, value)| (label.as_str(), value)));
        let mut told = object.told();
        // Lists in braces may be cut, and hold types' names.
        told.values_lost = true;
        told.parts.fields.clear();
        events.take_object(self.line, told);
    }
}

/// What tools print where there is no value.
fn is_nothing(value: &str) -> bool {
    matches!(value, "" | "N/A" | "{}" | "Nicht zutreffend" | "Nicht verfügbar")
}
