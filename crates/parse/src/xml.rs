//! What all readers of XML share.

use quick_xml::escape;
use quick_xml::events::BytesRef;

/// The text that `&name;` or `&#n;` stands for; one that stands for nothing is kept as it is.
pub(crate) fn resolve(reference: &BytesRef<'_>) -> String {
    if let Ok(Some(c)) = reference.resolve_char_ref() {
        return c.to_string();
    }
    let name = String::from_utf8_lossy(reference);
    escape::resolve_xml_entity(&name).map_or_else(|| format!("&{name};"), str::to_owned)
}
