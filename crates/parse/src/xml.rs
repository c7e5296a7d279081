//! What all readers of XML share.

use quick_xml::Reader;
use quick_xml::escape;
use quick_xml::events::{BytesRef, Event as Token};

/// The text that `&name;` or `&#n;` stands for; one that stands for nothing is kept as it is.
pub(crate) fn resolve(reference: &BytesRef<'_>) -> String {
    if let Ok(Some(c)) = reference.resolve_char_ref() {
        return c.to_string();
    }
    let name = String::from_utf8_lossy(reference);
    escape::resolve_xml_entity(&name).map_or_else(|| format!("&{name};"), str::to_owned)
}

/// Calls `closed` for every element where it ends, with the local names from the root down to it and the text directly in
/// it. Elements deeper than `depth` are passed over. Yields where and why reading stopped early.
pub(crate) fn walk(text: &str, depth: usize, mut closed: impl FnMut(&[String], &str)) -> Option<(usize, String)> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let (mut names, mut texts): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    let mut skipped = 0_usize;
    loop {
        let before = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let more = match reader.read_event() {
            Ok(Token::Start(_)) if skipped > 0 || names.len() >= depth => {
                skipped += 1;
                continue;
            }
            Ok(Token::Start(element)) => {
                names.push(String::from_utf8_lossy(element.local_name().as_ref()).into_owned());
                texts.push(String::new());
                continue;
            }
            Ok(Token::End(_)) if skipped > 0 => {
                skipped -= 1;
                continue;
            }
            Ok(Token::End(_)) => {
                closed(&names, texts.last().map_or("", |t| t.trim()));
                names.pop();
                texts.pop();
                continue;
            }
            Ok(Token::Text(text)) => String::from_utf8_lossy(&text).into_owned(),
            Ok(Token::CData(text)) => String::from_utf8_lossy(&text).into_owned(),
            Ok(Token::GeneralRef(reference)) => resolve(&reference),
            Ok(Token::Eof) if names.is_empty() => return None,
            Ok(Token::Eof) => return Some((text.len(), "its end is missing".to_owned())),
            Ok(_) => continue,
            Err(e) => return Some((before, e.to_string())),
        };
        if let Some(own) = texts.last_mut().filter(|_| skipped == 0) {
            own.push_str(&more);
        }
    }
}
