//! The shapes of the knowledge files.

use super::{CodeFact, Meaning, Product, yes};
use delegap_model::Side;
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct SignalFile {
    pub event: Vec<RawEvent>,
    pub sentence: Vec<RawSentence>,
    pub service: Vec<RawService>,
    pub leads: Vec<Leads>,
}

/// The causes that a meaning can lead to.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Leads {
    pub meaning: Meaning,
    pub causes: Vec<String>,
}

/// What Windows calls the virtual machine management service.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawService {
    pub name: String,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawEvent {
    pub provider: OneOrMany<String>,
    pub id: OneOrMany<u32>,
    pub meaning: Meaning,
    pub side: Option<RawSide>,
    pub scope: Option<String>,
    pub fields: Vec<String>,
    pub says: String,
    #[serde(default = "yes")]
    pub alone: bool,
    /// Every row says where its facts come from.
    pub source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSentence {
    pub phrase: Vec<String>,
    pub meaning: Meaning,
    pub says: Option<String>,
    pub side: Option<RawSide>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
pub(super) enum RawSide {
    Source,
    Destination,
}

impl From<RawSide> for Side {
    fn from(side: RawSide) -> Side {
        match side {
            RawSide::Source => Side::Source,
            RawSide::Destination => Side::Destination,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct CodeFile {
    pub code: Vec<CodeFact>,
}

#[derive(Deserialize)]
pub(super) struct ProductFile {
    pub os: Vec<Product>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        match self {
            OneOrMany::One(item) => std::slice::from_ref(item).iter(),
            OneOrMany::Many(items) => items.iter(),
        }
    }
}
