//! What the engine knows of Windows, read from data: events, sentences, codes, products.

pub(crate) mod cluster_tests;
mod files;
pub(crate) mod hardening;
mod meaning;
pub(crate) mod policies;
pub(crate) mod updates;

use self::files::{CodeFile, ProductFile, SignalFile};
pub(crate) use self::meaning::{Meaning, Meanings};
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use delegap_model::{Code, EventKey, Selection, Side};
use serde::Deserialize;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

/// A file of the knowledge, as the build script leaves it.
macro_rules! built_in {
    ($name:literal) => {
        include_str!(concat!(env!("OUT_DIR"), "/knowledge/", $name, ".json"))
    };
}
use built_in;

/// The day up to which the knowledge was collected.
pub(crate) const AS_OF: &str = "2026-11-21";

/// How one event is read.
#[derive(Debug, Clone)]
pub(crate) struct EventRule {
    pub meaning: Meaning,
    pub side: Option<Side>,
    /// True: speaks of the host that logged it, not of one move.
    pub about_host: bool,
    /// Names of the values, in template order.
    pub fields: Vec<String>,
    /// The meaning in words.
    pub says: String,
    /// The same with the event's number before it.
    pub words: Arc<str>,
    /// False: the layout is known from hearsay only, and the event never decides by itself.
    pub alone: bool,
    pub source: String,
}

/// How a sentence inside any text is read.
#[derive(Debug, Clone)]
pub(crate) struct SentenceRule {
    /// Each phrase as its parts, in order.
    phrases: Vec<Vec<String>>,
    pub meaning: Meaning,
    pub side: Option<Side>,
    /// The meaning in words; none for what merely wraps another sentence.
    pub says: Option<String>,
}

/// Bytes that may lie between the parts of one phrase: less than a sentence.
const WIDEST_GAP: usize = 60;

impl SentenceRule {
    /// True if one of the phrases is in `text`, which is in lower case with single blanks.
    fn is_in(&self, text: &str) -> bool {
        self.phrases.iter().any(|parts| {
            let Some((first, rest)) = parts.split_first() else { return false };
            let follows = |end: Option<usize>, part: &String| {
                let from = end?;
                let at = text.get(from..)?.find(part.as_str()).filter(|gap| *gap <= WIDEST_GAP)?;
                Some(from + at + part.len())
            };
            text.match_indices(first.as_str())
                .any(|(at, _)| rest.iter().fold(Some(at + first.len()), follows).is_some())
        })
    }
}

/// What a code supports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum CodeGroup {
    Delegation,
    Sspi,
    Credssp,
    Winsock,
    Memory,
    Rights,
    Denied,
    /// A file or path that is not there.
    Path,
    Other,
}

/// A code the engine knows.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct CodeFact {
    pub code: u32,
    pub name: String,
    pub group: CodeGroup,
    pub means: String,
    /// Causes that the code by itself can lead to: catalogue ids.
    #[serde(default)]
    pub causes: Vec<String>,
    /// False: it never decides by itself.
    #[serde(default = "yes")]
    pub alone: bool,
    pub source: String,
}

/// An answer of a domain controller.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KdcAnswer {
    pub code: u32,
    pub name: String,
    pub means: String,
    pub causes: Vec<String>,
    pub source: String,
}

#[derive(Deserialize)]
struct KdcFile {
    kdc: Vec<KdcAnswer>,
}

pub(crate) struct Knowledge {
    /// By id, each with its provider in lower case.
    events: HashMap<u32, Vec<(String, EventRule)>>,
    pub sentences: Vec<SentenceRule>,
    /// Finds the first parts of all phrases at once.
    openings: AhoCorasick,
    /// The sentence that each pattern of `openings` begins.
    opened: Vec<usize>,
    codes: HashMap<u32, CodeFact>,
    /// Answers of a domain controller, by their numbers.
    pub kdc: Vec<KdcAnswer>,
    products: Vec<Product>,
    leads: HashMap<Meaning, Vec<String>>,
    /// Names of the management service, in lower case.
    pub service_names: Vec<String>,
}

#[derive(Deserialize)]
struct Product {
    name: String,
    build: u32,
    /// Oldest and newest configuration version of VMs.
    vm_versions: Option<((u32, u32), (u32, u32))>,
    #[serde(rename = "source")]
    _source: String,
}

/// The knowledge, read once.
pub(crate) fn knowledge() -> &'static Knowledge {
    static KNOWLEDGE: OnceLock<Knowledge> = OnceLock::new();
    KNOWLEDGE.get_or_init(Knowledge::read)
}

impl Knowledge {
    fn read() -> Knowledge {
        let signals: SignalFile = parse(built_in!("signals"));
        let codes: CodeFile = parse(built_in!("codes"));
        let kdc: KdcFile = parse(built_in!("kdc"));
        let products: ProductFile = parse(built_in!("oses"));
        let mut events = HashMap::new();
        for raw in signals.event {
            for provider in raw.provider.iter() {
                for id in raw.id.iter() {
                    let rule = EventRule {
                        meaning: raw.meaning,
                        side: raw.side.map(Side::from),
                        about_host: raw.scope.as_deref() == Some("host"),
                        fields: raw.fields.clone(),
                        says: raw.says.clone(),
                        words: format!("event {id}: {}", raw.says).into(),
                        alone: raw.alone,
                        source: raw.source.clone(),
                    };
                    let same_id: &mut Vec<(String, EventRule)> = events.entry(*id).or_default();
                    let twice = same_id.iter().any(|(other, _)| other.eq_ignore_ascii_case(provider));
                    assert!(!twice, "built-in knowledge: {provider} {id} stands twice");
                    same_id.push((provider.to_ascii_lowercase(), rule));
                }
            }
        }
        let leads = signals.leads.into_iter().map(|l| (l.meaning, l.causes)).collect();
        let sentences: Vec<SentenceRule> = signals
            .sentence
            .into_iter()
            .map(|s| SentenceRule {
                phrases: s.phrase.iter().map(|p| p.split(" * ").map(str::to_owned).collect()).collect(),
                meaning: s.meaning,
                side: s.side.map(Side::from),
                says: s.says,
            })
            .collect();
        let (mut openings, mut opened) = (Vec::new(), Vec::new());
        for (index, sentence) in sentences.iter().enumerate() {
            for first in sentence.phrases.iter().filter_map(|parts| parts.first()) {
                openings.push(first.as_str());
                opened.push(index);
            }
        }
        // The kind that is built fastest; hardly any text is long.
        let openings = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(openings)
            .unwrap_or_else(|e| panic!("built-in knowledge: the phrases make no automaton: {e}"));
        let codes = codes.code.into_iter().map(|c| (c.code, c)).collect();
        let service_names = signals.service.into_iter().map(|s| s.name.to_lowercase()).collect();
        Knowledge {
            events,
            sentences,
            openings,
            opened,
            codes,
            kdc: kdc.kdc,
            products: products.os,
            leads,
            service_names,
        }
    }

    /// The sentences in `text`, which is in lower case with single blanks, in the order of the rules.
    pub fn sentences_in(&self, text: &str) -> Vec<&SentenceRule> {
        let begun: BTreeSet<usize> =
            self.openings.find_overlapping_iter(text).map(|found| self.opened[found.pattern()]).collect();
        begun.into_iter().map(|index| &self.sentences[index]).filter(|sentence| sentence.is_in(text)).collect()
    }

    /// Every provider with a rule for an event id, in order of their names.
    pub fn events_of(&self, id: u32) -> Vec<(&str, &EventRule)> {
        let mut rules: Vec<(&str, &EventRule)> =
            self.events.get(&id).into_iter().flatten().map(|(provider, rule)| (provider.as_str(), rule)).collect();
        rules.sort_by_key(|(provider, _)| *provider);
        rules
    }

    /// How an event of `provider` with `id` is read.
    pub fn event(&self, provider: &str, id: u32) -> Option<&EventRule> {
        let same_id = self.events.get(&id)?;
        same_id.iter().find(|(own, _)| own.eq_ignore_ascii_case(provider)).map(|(_, rule)| rule)
    }

    /// The side on which a failure of this meaning happens, as the message itself puts it.
    pub fn side_of(&self, meaning: Meaning) -> Option<Side> {
        self.sentences.iter().find(|s| s.meaning == meaning).and_then(|s| s.side)
    }

    /// The causes that a meaning can lead to, in the catalogue's order where several do.
    pub fn leads_to(&self, meaning: Meaning) -> &[String] {
        self.leads.get(&meaning).map_or(&[], Vec::as_slice)
    }

    /// Every code, in order.
    #[cfg(test)]
    pub fn codes(&self) -> impl Iterator<Item = &CodeFact> {
        let mut all: Vec<&CodeFact> = self.codes.values().collect();
        all.sort_by_key(|c| c.code);
        all.into_iter()
    }

    /// What a sentence of this meaning says.
    pub fn words_of(&self, meaning: Meaning) -> Option<&str> {
        self.sentences.iter().find(|s| s.meaning == meaning)?.says.as_deref()
    }

    /// What is known of a code.
    pub fn code(&self, code: Code) -> Option<&CodeFact> {
        self.codes.get(&code.0)
    }

    /// The build number of a product name such as `Windows Server 2012 R2 Datacenter`.
    pub fn build_of(&self, caption: &str) -> Option<u32> {
        let caption = caption.to_lowercase();
        let server = caption.contains("server");
        self.products.iter().find(|p| server && caption.contains(&p.name)).map(|p| p.build)
    }

    /// The oldest and the newest configuration version of VMs that a build runs.
    pub fn vm_versions_of(&self, build: u32) -> Option<((u32, u32), (u32, u32))> {
        self.products.iter().find(|p| p.build == build)?.vm_versions
    }

    /// What a release is called, by its build.
    pub fn product_of(&self, build: u32) -> Option<String> {
        let product = self.products.iter().find(|p| p.build == build)?;
        Some(product.name.replace("r2", "R2"))
    }

    /// The (provider, id) pairs that have a rule.
    pub fn select(&self, selection: &mut Selection) {
        for (id, rules) in &self.events {
            selection.keys.extend(rules.iter().map(|(provider, _)| EventKey { provider: provider.clone(), id: *id }));
        }
    }
}

fn yes() -> bool {
    true
}

/// The built-in files are part of the program: a test reads them all, so a failure here can't reach a user.
fn parse<T: for<'de> Deserialize<'de>>(text: &str) -> T {
    match serde_json::from_str(text) {
        Ok(value) => value,
        Err(error) => panic!("built-in knowledge: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_id_means_different_things_by_provider() {
        let k = knowledge();
        assert_eq!(k.event("microsoft-windows-hyper-v-vmms", 22038).unwrap().meaning, Meaning::SendFailed);
        assert_eq!(
            k.event("Microsoft-Windows-Hyper-V-High-Availability", 21125).unwrap().meaning,
            Meaning::SwitchMissing
        );
        assert!(k.event("Microsoft-Windows-Hyper-V-Worker", 21125).is_none());
        assert!(k.event("Microsoft-Windows-FailoverClustering", 5136).is_none());
    }

    #[test]
    fn products_by_name() {
        let k = knowledge();
        assert_eq!(k.build_of("Windows Server 2012 R2 Datacenter"), Some(9600));
        assert_eq!(k.build_of("Microsoft Windows Server 2016 Standard"), Some(14393));
        assert_eq!(k.build_of("Samba"), None);
    }

    #[test]
    fn no_other_sspi_code_counts_as_delegation() {
        let k = knowledge();
        let delegation: Vec<u32> =
            k.codes.values().filter(|c| c.group == CodeGroup::Delegation).map(|c| c.code).collect();
        assert_eq!(delegation.len(), 4);
        assert_eq!(k.code(Code(0x8009_0322)).unwrap().group, CodeGroup::Sspi);
    }
}
