//! Message texts of a provider, as `wevtutil gp PROVIDER /ge:true /gm:true` prints them, as text or with /f:xml. Its labels
//! are the same in every language. Names of values are not among what it prints.

use super::context::Context;
use crate::words::{bytes, count};
use delegap_model::{EventText, Record};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event as Token};
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
    Some(dump.whole(context))
}

/// Reads what /f:xml writes; `None` if it is none.
///
/// ```text
/// <provider name="Microsoft-Windows-Hyper-V-VMMS" guid="6066f867-…"><events>
///   <event value="20306" version="0" opcode="0" … message="The Virtual Machine Management Service failed to …"/>
/// ```
pub(super) fn read_xml(text: &str, context: &mut Context) -> Option<Vec<Record>> {
    let mut reader = Reader::from_str(text);
    let (mut dump, mut depth, mut found) = (Dump::default(), 0_usize, false);
    let (mut line, mut counted) = (1, 0);
    loop {
        let before = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        line += text.get(counted..before).map_or(0, |t| t.matches('\n').count());
        counted = before.max(counted);
        let token = reader.read_event();
        match &token {
            Ok(Token::Start(element) | Token::Empty(element)) => {
                match (depth, element.local_name().as_ref()) {
                    (0, b"provider") => {
                        attribute(element, b"guid")?;
                        dump.provider = attribute(element, b"name").filter(|name| !name.is_empty())?.into();
                        found = true;
                    }
                    // Another root, before which nothing was read.
                    (0, _) if !found => return None,
                    (2, b"event") => {
                        let number = |name: &[u8]| attribute(element, name).and_then(|n| n.trim().parse().ok());
                        let message = attribute(element, b"message");
                        dump.events += 1;
                        dump.open = Some(Open { line, id: number(b"value"), version: number(b"version"), message });
                        dump.finish(context);
                    }
                    _ => {}
                }
                depth += usize::from(matches!(token, Ok(Token::Start(_))));
            }
            Ok(Token::End(_)) => depth = depth.saturating_sub(1),
            Ok(Token::Eof) if depth == 0 => break,
            Ok(Token::Eof) | Err(_) => {
                let lost = bytes(text.len().saturating_sub(before) as u64);
                context.problem(&format!(":{line}"), "XML ends or breaks here", lost);
                break;
            }
            Ok(_) => {}
        }
    }
    found.then(|| dump.whole(context))
}

fn attribute(element: &BytesStart<'_>, name: &[u8]) -> Option<String> {
    let found = element.attributes().flatten().find(|a| a.key.local_name().as_ref() == name)?;
    Some(found.unescape_value().map_or_else(|_| String::from_utf8_lossy(&found.value).into_owned(), |v| v.into_owned()))
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
    /// The texts; a dump without them is a problem.
    fn whole(self, context: &mut Context) -> Vec<Record> {
        if self.events == 0 {
            context.problem("", "the dump has no events: send wevtutil gp <provider> /ge:true /gm:true", "");
        } else if self.records.is_empty() {
            let lost = count(self.events, "message");
            context.problem("", "the dump has no message texts: send wevtutil gp <provider> /ge:true /gm:true", lost);
        }
        self.records
    }

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

#[cfg(test)]
mod tests {
    use super::*;
    use delegap_model::Limits;

    const XML: &str = "<?xml version=\"1.0\"?>\r\n\
        <provider name=\"Microsoft-Windows-Hyper-V-VMMS\" guid=\"6066f867-7ca1-4418-85fd-36e3f9c0600c\" \
        xmlns=\"http://schemas.microsoft.com/win/2004/08/events\">\r\n<tasks><task name=\"T\" value=\"1\" message=\"x\"/></tasks>\r\n\
        <events>\r\n<event value=\"20306\" version=\"0\" opcode=\"0\" channel=\"16\" level=\"2\" task=\"0\" \
        keywords=\"0x8000000000000000\" message=\"Failed for &apos;%3&apos;: %1 (%2).&#xD;&#xA;\"/>\r\n\
        <event value=\"20307\" version=\"1\" message=\"1342197762\"/>\r\n<event value=\"\" message=\"y\"/>\r\n</events>\r\n</provider>\r\n";

    type Told = (String, u32, u32, String);

    fn run(text: &str) -> (Option<Vec<Told>>, Vec<String>) {
        let limits = Limits::default();
        let mut context = Context::new("x", &limits);
        let records = read_xml(text, &mut context);
        let told = |r: Record| match r {
            Record::EventText(t) => Some((t.provider.to_string(), t.id, t.version, t.message)),
            _ => None,
        };
        let told = records.map(|records| records.into_iter().filter_map(told).collect());
        (told, context.into_problems().into_iter().map(|p| p.what).collect())
    }

    #[test]
    fn xml_holds_the_same_texts() {
        let provider = "Microsoft-Windows-Hyper-V-VMMS".to_owned();
        let expected = vec![(provider, 20306, 0, "Failed for '%3': %1 (%2).".to_owned())];
        let (told, problems) = run(XML);
        assert_eq!((told, problems.len()), (Some(expected.clone()), 1), "an event without its number");
        // Several dumps, one below the other.
        let (told, _) = run(&XML.repeat(2));
        assert_eq!(told.map(|t| t.len()), Some(2));
        let (told, problems) = run(&XML[..XML.find("<event value=\"20307").unwrap() + 9]);
        assert_eq!((told, problems.len()), (Some(expected), 1), "cut");
        let bare = XML.replace(" message=\"Failed for &apos;%3&apos;: %1 (%2).&#xD;&#xA;\"", "");
        assert!(run(&bare).1.iter().any(|p| p.contains("/gm:true")));
    }

    #[test]
    fn other_xml_is_none() {
        for text in ["<a><provider name=\"x\" guid=\"y\"/></a>", "<provider name=\"x\"><events/></provider>", "", "<"] {
            assert_eq!(run(text).0, None, "{text}");
        }
    }
}
