//! Message texts of a provider, as `wevtutil gp PROVIDER /ge:true /gm:true` prints them. Its labels are the same in every
//! language. Names of values are not among what it prints.

use super::context::Context;
use crate::words::count;
use delegap_model::{EventText, Record};
use std::sync::Arc;

/// Lines of a dump's head, with what an operator typed above.
const HEAD: usize = 50;

/// Reads one or several dumps, one below the other; `None` if there is none.
///
/// ```text
/// name: Microsoft-Windows-Hyper-V-VMMS
/// guid: 6066f867-7ca1-4418-85fd-36e3f9c0600c
/// …
/// events:
///   event:
///     value: 20306
///     version: 0
///     …
///     message: The Virtual Machine Management Service failed to … '%3': %1 (%2).
/// ```
pub(super) fn read(text: &str, context: &mut Context) -> Option<Vec<Record>> {
    let head = || text.lines().take(HEAD);
    head().zip(head().skip(1)).find(|(line, next)| provider(line, Some(next)).is_some())?;
    let mut dump = Dump::default();
    let mut lines = (1..).zip(text.lines()).peekable();
    while let Some((number, line)) = lines.next() {
        let next = lines.peek().map(|(_, next)| *next);
        if let Some(name) = provider(line, next) {
            dump.finish(context);
            dump.provider = name.into();
            dump.in_events = false;
        } else if is_prompt(line) {
            dump.finish(context);
        } else if line.trim_end() == "events:" {
            dump.finish(context);
            dump.in_events = true;
        } else if dump.in_events && line.trim_end() == "  event:" {
            dump.finish(context);
            dump.events += 1;
            dump.open = Some(Open { line: number, ..Open::default() });
        } else if let Some(open) = &mut dump.open {
            open.take(line);
        }
    }
    dump.finish(context);
    if dump.events == 0 {
        context.problem("", "the dump has no events: send wevtutil gp <provider> /ge:true /gm:true", "");
    } else if dump.records.is_empty() {
        let lost = count(dump.events, "message");
        context.problem("", "the dump has no message texts: send wevtutil gp <provider> /ge:true /gm:true", lost);
    }
    Some(dump.records)
}

/// The provider whose dump begins here.
fn provider<'a>(line: &'a str, next: Option<&str>) -> Option<&'a str> {
    let name = line.strip_prefix("name:")?.trim();
    (next?.starts_with("guid:") && !name.is_empty()).then_some(name)
}

/// `C:\>`, `PS C:\Users\admin>`, and what was typed behind it: no part of a message.
fn is_prompt(line: &str) -> bool {
    let path = line.strip_prefix("PS ").unwrap_or(line);
    matches!(path.as_bytes(), [drive, b':', b'\\', ..] if drive.is_ascii_alphabetic()) && path.contains('>')
}

#[derive(Default)]
struct Dump {
    provider: Arc<str>,
    in_events: bool,
    open: Option<Open>,
    events: u64,
    records: Vec<Record>,
}

/// An event whose end has not come yet.
#[derive(Default)]
struct Open {
    line: usize,
    id: Option<u32>,
    version: Option<u32>,
    message: Option<String>,
}

impl Open {
    fn take(&mut self, line: &str) {
        // A message goes on to the next event, in as many lines as it has.
        if let Some(message) = &mut self.message {
            message.push('\n');
            message.push_str(line);
            return;
        }
        let Some((label, value)) = line.trim_start().split_once(':') else { return };
        match label {
            "value" => self.id = value.trim().parse().ok(),
            "version" => self.version = value.trim().parse().ok(),
            "message" => self.message = Some(value.trim_start().to_owned()),
            _ => {}
        }
    }
}

impl Dump {
    fn finish(&mut self, context: &mut Context) {
        let Some(Open { line, id, version, message }) = self.open.take() else { return };
        let place = format!(":{line}");
        let (Some(id), Some(version)) = (id, version) else {
            context.problem(&place, "an event without its number or version", "1 message");
            return;
        };
        let message = message.map(|text| text.trim_end().to_owned()).unwrap_or_default();
        // Without /gm:true the number of the message stands in its place.
        if message.is_empty() || is_number(&message) {
            return;
        }
        if message.len() > context.limits.value_bytes {
            let what = format!("the message is longer than {} bytes", context.limits.value_bytes);
            context.problem(&place, what, "1 message");
            return;
        }
        let at = context.at(&place);
        let provider = Arc::clone(&self.provider);
        self.records.push(Record::EventText(Box::new(EventText { at, provider, id, version, message })));
    }
}

fn is_number(text: &str) -> bool {
    match text.strip_prefix("0x") {
        Some(digits) => digits.bytes().all(|b| b.is_ascii_hexdigit()),
        None => text.bytes().all(|b| b.is_ascii_digit()),
    }
}
