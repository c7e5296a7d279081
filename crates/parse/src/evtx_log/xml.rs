//! A record's XML, taken apart: the `System` values, the payload in order, the display texts.

use crate::words::bytes;
use crate::xml::resolve;
use delegap_model::{Limits, Rendering};
use quick_xml::events::{BytesStart, Event as Token};
use quick_xml::{Reader, escape};

/// What a record's XML holds.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    pub(crate) system: System,
    /// Name and value of each payload value.
    pub(crate) fields: Vec<(String, String)>,
    /// Texts that came with the record.
    pub(crate) rendering: Option<Rendering>,
    /// What is wrong with it, and what was lost by that.
    pub(crate) doubts: Vec<(String, String)>,
}

/// The children of `System` as text, `None` where absent.
#[derive(Debug, Default)]
pub(crate) struct System {
    pub(crate) provider: Option<String>,
    pub(crate) source_name: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) qualifiers: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) level: Option<String>,
    pub(crate) task: Option<String>,
    pub(crate) opcode: Option<String>,
    pub(crate) keywords: Option<String>,
    pub(crate) time: Option<String>,
    pub(crate) record_id: Option<String>,
    pub(crate) activity_id: Option<String>,
    pub(crate) channel: Option<String>,
    pub(crate) computer: Option<String>,
    pub(crate) user: Option<String>,
}

/// Takes the XML apart. XML that breaks off yields what came before, and a doubt.
pub(super) fn read(xml: &str, limits: &Limits) -> Parts {
    let mut walk = Walk { limits, stack: Vec::new(), too_deep: 0, parts: Parts::default() };
    let mut reader = Reader::from_str(xml);
    reader.config_mut().expand_empty_elements = true;
    loop {
        match reader.read_event() {
            Ok(Token::Start(element)) => walk.open(&element),
            Ok(Token::End(_)) => walk.close(),
            Ok(Token::Text(text)) => walk.text(&String::from_utf8_lossy(&text)),
            Ok(Token::CData(text)) => walk.text(&String::from_utf8_lossy(&text)),
            Ok(Token::GeneralRef(reference)) => walk.text(&resolve(&reference)),
            Ok(Token::Eof) if walk.stack.is_empty() && walk.too_deep == 0 => break,
            Ok(Token::Eof) => {
                walk.doubt("its XML ends early".to_owned(), "part of 1 record");
                break;
            }
            Ok(_) => {}
            Err(e) => {
                let what = format!("its XML breaks off at byte {}: {e}", reader.error_position());
                walk.doubt(what, "part of 1 record");
                break;
            }
        }
    }
    walk.parts
}

/// An element whose end has not come yet.
struct Open {
    name: String,
    /// `Data/@Name`.
    data_name: Option<String>,
    text: String,
    /// Bytes of text beyond the limit.
    cut: usize,
    has_children: bool,
}

struct Walk<'a> {
    limits: &'a Limits,
    stack: Vec<Open>,
    /// Open elements deeper than the limit.
    too_deep: usize,
    parts: Parts,
}

impl Walk<'_> {
    fn open(&mut self, element: &BytesStart<'_>) {
        if let Some(parent) = self.stack.last_mut() {
            parent.has_children = true;
        }
        if self.stack.len() >= self.limits.depth {
            if self.too_deep == 0 {
                let what = format!("elements nested deeper than {} are left out", self.limits.depth);
                self.doubt(what, "part of 1 record");
            }
            self.too_deep += 1;
            return;
        }
        let name = String::from_utf8_lossy(element.local_name().as_ref()).into_owned();
        let mut data_name = None;
        for (key, value) in attributes(element) {
            let value = self.limited(&key, value);
            match (self.section(), name.as_str(), key.as_str()) {
                (Section::System, ..) if self.stack.len() == 2 => self.system_attribute(&name, &key, value),
                (Section::EventData | Section::UserData, "Data" | "ComplexData", "Name") => data_name = Some(value),
                _ => {}
            }
        }
        self.stack.push(Open { name, data_name, text: String::new(), cut: 0, has_children: false });
    }

    fn text(&mut self, text: &str) {
        if self.too_deep > 0 {
            return;
        }
        let Some(open) = self.stack.last_mut() else { return };
        let room = self.limits.value_bytes.saturating_sub(open.text.len());
        // After the first cut nothing more fits, even where a smaller character would.
        let room = if open.cut > 0 { 0 } else { room };
        let kept = text.get(..text.floor_char_boundary(room)).unwrap_or("");
        open.text.push_str(kept);
        open.cut += text.len() - kept.len();
    }

    fn close(&mut self) {
        if self.too_deep > 0 {
            self.too_deep -= 1;
            return;
        }
        let section = self.section();
        let Some(done) = self.stack.pop() else { return };
        if done.cut > 0 {
            self.value_cut(done.data_name.as_deref().unwrap_or(&done.name), done.cut);
        }
        let depth = self.stack.len();
        match section {
            Section::System if depth == 2 => self.system_text(done),
            // Behind the values: raw bytes without a name.
            Section::EventData if depth == 2 && done.name == "Binary" => {}
            Section::EventData if depth >= 2 => self.field(done, false),
            // The child of UserData only wraps the values.
            Section::UserData if depth >= 2 => self.field(done, depth == 2),
            Section::Rendering if depth >= 1 => self.rendering(done, depth),
            _ => {}
        }
    }

    fn field(&mut self, done: Open, wrapper: bool) {
        let only_layout = wrapper || done.has_children;
        if only_layout && done.text.trim().is_empty() {
            return;
        }
        let positional = done.name == "Data" && matches!(self.section(), Section::EventData);
        let name = done.data_name.unwrap_or(if positional { String::new() } else { done.name });
        self.parts.fields.push((name, done.text));
    }

    fn rendering(&mut self, done: Open, depth: usize) {
        let rendering = self.parts.rendering.get_or_insert_default();
        if done.text.is_empty() {
            return;
        }
        match (depth, done.name.as_str()) {
            (2, "Message") => rendering.message = Some(done.text),
            (2, "Level") => rendering.level = Some(done.text),
            (2, "Task") => rendering.task = Some(done.text),
            (3, "Keyword") => rendering.keywords.push(done.text),
            _ => {}
        }
    }

    fn system_text(&mut self, done: Open) {
        let system = &mut self.parts.system;
        let slot = match done.name.as_str() {
            "EventID" => &mut system.id,
            "Version" => &mut system.version,
            "Level" => &mut system.level,
            "Task" => &mut system.task,
            "Opcode" => &mut system.opcode,
            "Keywords" => &mut system.keywords,
            "EventRecordID" => &mut system.record_id,
            "Channel" => &mut system.channel,
            "Computer" => &mut system.computer,
            _ => return,
        };
        slot.get_or_insert(done.text);
    }

    fn system_attribute(&mut self, element: &str, key: &str, value: String) {
        let system = &mut self.parts.system;
        let slot = match (element, key) {
            ("Provider", "Name") => &mut system.provider,
            ("Provider", "EventSourceName") => &mut system.source_name,
            ("EventID", "Qualifiers") => &mut system.qualifiers,
            ("TimeCreated", "SystemTime") => &mut system.time,
            ("Correlation", "ActivityID") => &mut system.activity_id,
            ("Security", "UserID") => &mut system.user,
            _ => return,
        };
        slot.get_or_insert(value);
    }

    /// Which child of the root is open.
    fn section(&self) -> Section {
        match self.stack.get(1).map(|open| open.name.as_str()) {
            Some("System") => Section::System,
            Some("EventData") => Section::EventData,
            Some("UserData") => Section::UserData,
            Some("RenderingInfo") => Section::Rendering,
            // ProcessingErrorData, DebugData and BinaryEventData hold no values of the event.
            _ => Section::Other,
        }
    }

    fn limited(&mut self, key: &str, mut value: String) -> String {
        let end = value.floor_char_boundary(self.limits.value_bytes);
        if end < value.len() {
            self.value_cut(key, value.len() - end);
            value.truncate(end);
        }
        value
    }

    fn value_cut(&mut self, name: &str, cut: usize) {
        let name = name.get(..name.floor_char_boundary(64)).unwrap_or("");
        let what = format!("the value of {name} is cut to {}", bytes(self.limits.value_bytes as u64));
        self.doubt(what, &bytes(cut as u64));
    }

    fn doubt(&mut self, what: String, lost: &str) {
        self.parts.doubts.push((what, lost.to_owned()));
    }
}

#[derive(Clone, Copy)]
enum Section {
    System,
    EventData,
    UserData,
    Rendering,
    Other,
}

/// Names and values of an element's attributes; one that can't be read ends the list.
fn attributes(element: &BytesStart<'_>) -> Vec<(String, String)> {
    let mut attributes = element.attributes();
    let readable = attributes.with_checks(false).map_while(Result::ok);
    readable
        .map(|attribute| {
            let raw = String::from_utf8_lossy(&attribute.value);
            let value = escape::unescape(&raw).map_or_else(|_| raw.to_string(), |v| v.into_owned());
            (String::from_utf8_lossy(attribute.key.local_name().as_ref()).into_owned(), value)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(xml: &str) -> Parts {
        read(xml, &Limits::default())
    }

    fn fields(xml: &str) -> Vec<(String, String)> {
        parts(xml).fields
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn system_values_come_from_text_and_attributes() {
        let system = parts(
            "<?xml version=\"1.0\"?><Event xmlns=\"x\"><System><Provider Name=\"A &amp; B\" EventSourceName=\"Old\"/>\
             <EventID Qualifiers=\"49152\"> 4624 </EventID><TimeCreated SystemTime=\"t\"/><Correlation/>\
             <Execution ProcessID=\"4\"/><Channel>Security</Channel><Security UserID=\"S-1-5-18\"/></System></Event>",
        )
        .system;
        assert_eq!(system.provider.as_deref(), Some("A & B"));
        assert_eq!(system.source_name.as_deref(), Some("Old"));
        assert_eq!(system.id.as_deref(), Some(" 4624 "));
        assert_eq!(system.qualifiers.as_deref(), Some("49152"));
        assert_eq!(system.time.as_deref(), Some("t"));
        assert_eq!((system.activity_id, system.computer), (None, None));
        assert_eq!(system.channel.as_deref(), Some("Security"));
        assert_eq!(system.user.as_deref(), Some("S-1-5-18"));
    }

    #[test]
    fn event_data_keeps_names_positions_and_empty_values() {
        let xml = "<Event><EventData><Data>one</Data><Data></Data><Data Name=\"Status\">%%2148074254</Data><Data/>\
                   <Binary>00FF</Binary></EventData><ProcessingErrorData><ErrorCode>15005</ErrorCode>\
                   </ProcessingErrorData><BinaryEventData>00</BinaryEventData></Event>";
        assert_eq!(fields(xml), pairs(&[("", "one"), ("", ""), ("Status", "%%2148074254"), ("", "")]));
    }

    #[test]
    fn user_data_is_flattened_in_order() {
        let xml = "<Event><UserData><VmlEventLog xmlns=\"y\"><VmName>a&lt;b&#x41;&#1;</VmName>\
                   <Inner> <VmId>2</VmId><Empty/></Inner><Data>d</Data><Data Name=\"n\">e</Data><Binary>0</Binary>\
                   </VmlEventLog></UserData></Event>";
        let expected =
            [("VmName", "a<bA\u{1}"), ("VmId", "2"), ("Empty", ""), ("Data", "d"), ("n", "e"), ("Binary", "0")];
        assert_eq!(fields(xml), pairs(&expected));
        assert_eq!(fields("<Event><UserData><Only/></UserData></Event>"), pairs(&[]));
        assert_eq!(fields("<Event><UserData><Only>x</Only></UserData></Event>"), pairs(&[("Only", "x")]));
    }

    #[test]
    fn rendering_info() {
        let xml = "<Event><RenderingInfo Culture=\"en-US\"><Message>Hello\r\nthere</Message><Level>Error</Level><Task/>\
                   <Keywords><Keyword>Audit Success</Keyword><Keyword>Classic</Keyword></Keywords></RenderingInfo></Event>";
        let rendering = parts(xml).rendering.unwrap();
        assert_eq!(rendering.message.as_deref(), Some("Hello\r\nthere"));
        assert_eq!((rendering.level.as_deref(), rendering.task), (Some("Error"), None));
        assert_eq!(rendering.keywords, ["Audit Success", "Classic"]);
    }

    #[test]
    fn control_characters_unknown_entities_and_cdata_are_kept() {
        let xml = "<Event><EventData><Data>a\u{1}\u{b}\u{fffe}&nope;&#xD800;<![CDATA[<&]]></Data></EventData></Event>";
        assert_eq!(fields(xml), pairs(&[("", "a\u{1}\u{b}\u{fffe}&nope;&#xD800;<&")]));
    }

    #[test]
    fn broken_xml_keeps_what_came_before() {
        let read = parts("<Event><EventData><Data>kept</Data><Data>lost</Other></EventData></Event>");
        assert_eq!(read.fields, pairs(&[("", "kept")]));
        assert!(read.doubts[0].0.contains("breaks off"), "{:?}", read.doubts);
        let read = parts("<Event><EventData><Data>kept</Data><Data>lost");
        assert_eq!((read.fields.len(), read.doubts[0].0.as_str()), (1, "its XML ends early"));
    }

    #[test]
    fn long_values_and_deep_nesting_are_cut_and_told() {
        let limits = Limits { value_bytes: 5, depth: 4, ..Limits::default() };
        let xml = "<Event><EventData><Data Name=\"V\">ab&amp;éé&amp;</Data><Data Name=\"too long\">12345</Data></EventData>\
                   <UserData><a><b><c>deep<d/></c></b><e>flat</e></a></UserData></Event>";
        let read = read(xml, &limits);
        assert_eq!(read.fields, pairs(&[("V", "ab&é"), ("too l", "12345"), ("e", "flat")]));
        let told: Vec<_> = read.doubts.iter().map(|(what, lost)| format!("{what} | {lost}")).collect();
        assert_eq!(
            told,
            [
                "the value of V is cut to 5 bytes | 3 bytes",
                "the value of Name is cut to 5 bytes | 3 bytes",
                "elements nested deeper than 4 are left out | part of 1 record",
            ]
        );
    }
}
