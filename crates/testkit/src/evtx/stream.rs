//! BinXML tokens in a chunk, with the chunk's tables of names and templates.

use std::collections::HashMap;

use super::tree::{Child, Content, Element, Filling, Instance, Record};
use super::value::{STRING, bytes_of, type_of, utf16};

/// The bytes of a chunk up to its free space. A position in them is the offset that BinXML refers to.
#[derive(Debug, Clone)]
pub(super) struct Stream {
    pub(super) data: Vec<u8>,
    /// Offsets of names and, by their GUID, of template definitions.
    names: HashMap<String, u32>,
    templates: HashMap<u128, u32>,
    /// The newest entry of each bucket; entries lead from newer to older ones.
    pub(super) name_heads: [u32; 64],
    pub(super) template_heads: [u32; 32],
}

/// Fragment header: version 1.1, no flags.
const FRAGMENT_HEADER: [u8; 4] = [0x0f, 1, 1, 0];
const END_OF_FRAGMENT: u8 = 0x00;
const NO_DEPENDENCY: u16 = 0xffff;
/// Set on an element with attributes, and on an attribute that another one follows.
const MORE: u8 = 0x40;

impl Stream {
    /// A stream whose first `reserved` bytes belong to the chunk header.
    pub(super) fn new(reserved: usize) -> Self {
        Stream {
            data: vec![0; reserved],
            names: HashMap::new(),
            templates: HashMap::new(),
            name_heads: [0; 64],
            template_heads: [0; 32],
        }
    }

    /// The fragment that is a whole record.
    pub(super) fn record(&mut self, record: &Record) {
        match record {
            Record::Template(instance) => self.fragment(instance),
            Record::Literal(root) => {
                self.data.extend(FRAGMENT_HEADER);
                self.element(root, false);
                self.data.push(END_OF_FRAGMENT);
            }
        }
    }

    /// Forgets everything from `start` on.
    pub(super) fn rewind(&mut self, start: usize) {
        for head in self.name_heads.iter_mut().chain(&mut self.template_heads) {
            while *head as usize >= start {
                let link = &self.data[*head as usize..];
                *head = u32::from_le_bytes([link[0], link[1], link[2], link[3]]);
            }
        }
        self.names.retain(|_, offset| (*offset as usize) < start);
        self.templates.retain(|_, offset| (*offset as usize) < start);
        self.data.truncate(start);
    }

    /// A fragment that holds one template instance.
    fn fragment(&mut self, instance: &Instance) {
        self.data.extend(FRAGMENT_HEADER);
        let guid = guid_of(&instance.root);
        self.data.extend([0x0c, 1]);
        // A template is also known by the first four bytes of its GUID.
        self.data.extend_from_slice(&guid.to_le_bytes()[..4]);
        match self.templates.get(&guid) {
            Some(offset) => self.data.extend(offset.to_le_bytes()),
            None => {
                self.u32(self.position() + 4);
                self.definition(guid, &instance.root);
            }
        }
        self.u32(instance.values.len() as u32);
        let descriptors = self.data.len();
        self.data.resize(descriptors + instance.values.len() * 4, 0);
        for (index, filling) in instance.values.iter().enumerate() {
            let start = self.data.len();
            let value_type = self.filling(filling);
            let size = short(self.data.len() - start).to_le_bytes();
            let at = descriptors + index * 4;
            self.data[at..at + 3].copy_from_slice(&[size[0], size[1], value_type]);
        }
        self.data.push(END_OF_FRAGMENT);
    }

    /// Writes a value and returns its type.
    fn filling(&mut self, filling: &Filling) -> u8 {
        match filling {
            Filling::Value(value) => {
                self.data.extend(bytes_of(value));
                return type_of(value);
            }
            Filling::Strings(strings) => {
                for text in strings {
                    self.data.extend(utf16(text));
                    self.data.extend([0, 0]);
                }
            }
            Filling::Fragment(instance) => self.fragment(instance),
        }
        filling.declared_type()
    }

    /// A template definition: link to an older one, GUID, size, fragment.
    fn definition(&mut self, guid: u128, root: &Element) {
        let offset = self.position();
        let stored = guid.to_le_bytes();
        let words: Vec<u16> = stored.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        // 95 % of the template definitions in public logs are in the bucket this gives.
        let head = &mut self.template_heads[hash(words) as usize % 32];
        let older = std::mem::replace(head, offset);
        self.templates.insert(guid, offset);
        self.u32(older);
        self.data.extend(stored);
        self.sized(|stream| {
            stream.data.extend(FRAGMENT_HEADER);
            stream.element(root, true);
            stream.data.push(END_OF_FRAGMENT);
        });
    }

    /// An element and what it encloses. Only elements of a template say what they depend on.
    fn element(&mut self, element: &Element, in_template: bool) {
        let has_attributes = !element.attributes.is_empty();
        self.data.push(0x01 | if has_attributes { MORE } else { 0 });
        if in_template {
            self.u16(element.dependency.unwrap_or(NO_DEPENDENCY));
        }
        self.sized(|stream| {
            stream.name(&element.name);
            if has_attributes {
                stream.sized(|stream| stream.attributes(&element.attributes));
            }
            let Some(children) = &element.children else {
                return stream.data.push(0x03);
            };
            stream.data.push(0x02);
            for child in children {
                match child {
                    Child::Element(element) => stream.element(element, in_template),
                    Child::Content(content) => stream.content(content),
                }
            }
            stream.data.push(0x04);
        });
    }

    fn attributes(&mut self, attributes: &[(String, Content)]) {
        for (index, (name, value)) in attributes.iter().enumerate() {
            let last = index + 1 == attributes.len();
            self.data.push(0x06 | if last { 0 } else { MORE });
            self.name(name);
            self.content(value);
        }
    }

    fn content(&mut self, content: &Content) {
        match content {
            Content::Text(text) => {
                self.data.extend([0x05, STRING]);
                self.u16(short(text.encode_utf16().count()));
                self.data.extend(utf16(text));
            }
            Content::Slot(slot) => {
                self.data.push(if slot.optional { 0x0e } else { 0x0d });
                self.u16(slot.index);
                self.data.push(slot.value_type);
            }
        }
    }

    /// A reference to a name, followed by the name itself where the chunk has its first use.
    fn name(&mut self, name: &str) {
        if let Some(offset) = self.names.get(name) {
            return self.data.extend(offset.to_le_bytes());
        }
        let offset = self.position() + 4;
        let units: Vec<u16> = name.encode_utf16().collect();
        let length = short(units.len());
        let hash = (hash(units) & 0xffff) as u16;
        let older = std::mem::replace(&mut self.name_heads[usize::from(hash) % 64], offset);
        self.names.insert(name.to_owned(), offset);
        self.u32(offset);
        self.u32(older);
        self.u16(hash);
        self.u16(length);
        self.data.extend(utf16(name));
        self.u16(0);
    }

    /// The size of what `write` appends, then that.
    fn sized(&mut self, write: impl FnOnce(&mut Self)) {
        let at = self.data.len();
        self.u32(0);
        write(self);
        let size = (self.data.len() - at - 4) as u32;
        self.data[at..at + 4].copy_from_slice(&size.to_le_bytes());
    }

    fn position(&self) -> u32 {
        self.data.len() as u32
    }

    fn u16(&mut self, value: u16) {
        self.data.extend(value.to_le_bytes());
    }

    fn u32(&mut self, value: u32) {
        self.data.extend(value.to_le_bytes());
    }
}

/// A length field. What is too long for it is too long for a chunk, which then takes the record back.
fn short(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}

/// The hash of the tables; names store its low half.
fn hash(units: impl IntoIterator<Item = u16>) -> u32 {
    units.into_iter().fold(0, |hash: u32, unit| hash.wrapping_mul(65599).wrapping_add(u32::from(unit)))
}

/// A template's GUID: FNV-1a of its tokens as they would stand in an otherwise empty chunk.
fn guid_of(root: &Element) -> u128 {
    let mut alone = Stream::new(0);
    alone.element(root, true);
    alone.data.iter().fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d, |hash, byte| {
        (hash ^ u128::from(*byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_of_public_logs() {
        let of = |name: &str| hash(name.encode_utf16()) & 0xffff;
        assert_eq!([of("Event"), of("xmlns"), of("System"), of("Data")], [0x0cba, 0x0fbc, 0x546f, 0x6f8a]);
        // A template GUID of a public Security log that is in bucket 17.
        let guid: [u16; 8] = [0x7a42, 0xf6a4, 0xe8ef, 0xfa2d, 0x86c0, 0xc5bc, 0xef27, 0xb9fc];
        assert_eq!(hash(guid) % 32, 17);
    }

    #[test]
    fn rewinding_restores_the_tables() {
        let mut stream = Stream::new(512);
        stream.element(&Element::new("Channel"), false);
        let before = stream.clone();
        stream.element(&Element::new("Channel").children([Element::new("EventData"), Element::new("Level")]), false);
        assert_ne!(stream.name_heads, before.name_heads);
        stream.rewind(before.data.len());
        assert_eq!(stream.name_heads, before.name_heads);
        assert_eq!((stream.data, stream.names), (before.data, before.names));
    }
}
