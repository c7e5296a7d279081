//! The elements of a record before they become BinXML, and the templates made of them.

use super::value::type_of;
use crate::record::Value;

/// An element of a template, or of a record without one.
#[derive(Debug, Clone)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, Content)>,
    /// `None` closes the start tag as empty (`<x/>`).
    pub(super) children: Option<Vec<Child>>,
    /// The substitution without whose value the element is left out.
    pub(super) dependency: Option<u16>,
}

/// What an element encloses.
#[derive(Debug, Clone)]
pub(super) enum Child {
    Element(Element),
    Content(Content),
}

/// Text, or the place where a value goes.
#[derive(Debug, Clone)]
pub(super) enum Content {
    Text(String),
    Slot(Slot),
}

/// A substitution of a template.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    pub(super) index: u16,
    pub(super) value_type: u8,
    /// Without a value for an optional one, the attribute or element around it is left out.
    pub(super) optional: bool,
}

/// A template and the values of one instance.
#[derive(Debug, Clone)]
pub(super) struct Instance {
    pub(super) root: Element,
    pub(super) values: Vec<Filling>,
}

/// A value of a substitution.
#[derive(Debug, Clone)]
pub(super) enum Filling {
    Value(Value),
    Strings(Vec<String>),
    Fragment(Instance),
}

/// A whole record.
#[derive(Debug, Clone)]
pub(super) enum Record {
    Template(Instance),
    Literal(Element),
}

impl Element {
    /// `<name/>`, until attributes or children are added.
    pub(super) fn new(name: &str) -> Self {
        Element { name: name.to_owned(), attributes: Vec::new(), children: None, dependency: None }
    }

    /// Adds an attribute.
    pub(super) fn attribute(mut self, name: &str, value: impl Into<Content>) -> Self {
        self.attributes.push((name.to_owned(), value.into()));
        self
    }

    /// Adds an attribute if there is a value.
    pub(super) fn maybe(self, name: &str, value: Option<impl Into<Content>>) -> Self {
        match value {
            Some(value) => self.attribute(name, value),
            None => self,
        }
    }

    /// Gives the element an end tag and appends elements.
    pub(super) fn children(mut self, elements: impl IntoIterator<Item = Element>) -> Self {
        self.children.get_or_insert_default().extend(elements.into_iter().map(Child::Element));
        self
    }

    /// Gives the element an end tag and a text or value.
    pub(super) fn content(mut self, content: impl Into<Content>) -> Self {
        let content = content.into();
        let children = self.children.get_or_insert_default();
        // Windows writes no value token for an empty text.
        if !matches!(&content, Content::Text(text) if text.is_empty()) {
            children.push(Child::Content(content));
        }
        self
    }

    /// Gives the element an end tag and a value without which it is left out.
    pub(super) fn needing(mut self, slot: Slot) -> Self {
        self.dependency = Some(slot.index);
        self.content(slot)
    }
}

impl Instance {
    /// Appends a value and returns the place for it, which is not optional: a missing value is an empty text.
    pub(super) fn fill(values: &mut Vec<Filling>, filling: Filling) -> Slot {
        let index = u16::try_from(values.len()).expect("fewer than 65536 values");
        let value_type = filling.declared_type();
        values.push(filling);
        Slot { index, value_type, optional: false }
    }
}

impl Filling {
    /// The type a template declares for this value. A missing value has one too: public templates have a string.
    pub(super) fn declared_type(&self) -> u8 {
        match self {
            Filling::Value(Value::Null) => super::value::STRING,
            Filling::Value(value) => type_of(value),
            Filling::Strings(_) => super::value::STRING_ARRAY,
            Filling::Fragment(_) => super::value::BINXML,
        }
    }
}

impl From<Slot> for Content {
    fn from(slot: Slot) -> Self {
        Content::Slot(slot)
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Content::Text(text)
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Content::Text(text.to_owned())
    }
}
