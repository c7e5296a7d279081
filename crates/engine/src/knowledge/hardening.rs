//! Hardening programmes, releases that broke delegation, and other faults of updates, as data.

use super::updates::updates;
use chrono::NaiveDate;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// One programme of hardening.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Programme {
    pub id: String,
    pub name: String,
    pub acts_on: ActsOn,
    /// How near it is to live migration.
    pub relevance: Relevance,
    pub cves: Vec<String>,
    /// Microsoft's articles on it.
    pub articles: Vec<String>,
    pub url: Option<String>,
    pub source: String,
    #[serde(default, rename = "phase")]
    pub phases: Vec<Phase>,
    #[serde(default)]
    pub registry: Vec<RegistryValue>,
    #[serde(default, rename = "event")]
    pub events: Vec<ProgrammeEvent>,
}

/// Whose update turns a programme on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ActsOn {
    DomainControllers,
    Hosts,
    Both,
}

/// How near something is to live migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Relevance {
    Unknown,
    Low,
    Indirect,
    Direct,
}

/// One step of a programme.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Phase {
    pub date: NaiveDate,
    pub name: String,
    pub change: String,
    pub confidence: Confidence,
    pub source: String,
    #[serde(default)]
    pub carried_by: Vec<Carrier>,
}

/// How well a row is known. C is hearsay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum Confidence {
    A,
    B,
    C,
}

/// An update of one release.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Carrier {
    pub build: u32,
    pub kb: String,
    pub revision: Option<u32>,
    #[serde(default)]
    pub security_only: bool,
}

/// A registry value that shows or sets a programme.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegistryValue {
    pub path: String,
    pub value: String,
    #[serde(default)]
    pub values: BTreeMap<String, String>,
    pub confidence: Confidence,
    pub source: String,
}

/// An event of a programme.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProgrammeEvent {
    pub provider: Vec<String>,
    pub id: u32,
    pub what: String,
    /// Something was refused; the others only audit or inform.
    pub refuses: bool,
    pub confidence: Confidence,
    pub source: String,
}

/// A release of domain controllers that broke delegation.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Regression {
    pub programme: String,
    pub date: NaiveDate,
    pub breaks: Breaks,
    pub what: String,
    pub confidence: Confidence,
    pub source: String,
    pub broken: Vec<Carrier>,
    pub fixed: Vec<Carrier>,
}

/// What a release broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Breaks {
    /// Tickets that a service asks for in a user's name.
    S4u,
    /// The choice of keys.
    Keys,
}

/// Another fault that an update brought.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Issue {
    pub acts_on: ActsOn,
    pub date: NaiveDate,
    pub relevance: Relevance,
    pub what: String,
    pub confidence: Confidence,
    pub source: String,
    #[serde(default)]
    pub broken: Vec<Carrier>,
    #[serde(default)]
    pub fixed: Vec<Carrier>,
}

/// All of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hardening {
    #[serde(rename = "programme")]
    pub programmes: Vec<Programme>,
    #[serde(rename = "regression")]
    pub regressions: Vec<Regression>,
    #[serde(rename = "issue")]
    pub issues: Vec<Issue>,
}

/// The data, read once.
pub(crate) fn hardening() -> &'static Hardening {
    static HARDENING: OnceLock<Hardening> = OnceLock::new();
    HARDENING.get_or_init(|| super::parse(super::built_in!("hardening")))
}

impl Confidence {
    /// Hearsay is no evidence.
    pub fn verified(self) -> bool {
        self != Confidence::C
    }
}

impl Hardening {
    /// A programme by its id.
    pub fn programme(&self, id: &str) -> Option<&Programme> {
        self.programmes.iter().find(|p| p.id == id)
    }

    /// The verified phases that an update is the first to carry.
    pub fn carried_by(&self, kb: &str) -> Vec<(&Programme, &Phase)> {
        let phases = self.programmes.iter().flat_map(|p| p.phases.iter().map(move |phase| (p, phase)));
        phases.filter(|(_, f)| f.confidence.verified() && f.carried_by.iter().any(|c| c.kb == kb)).collect()
    }

    /// The verified phases of a release that an update contains and the ones installed before it did not: the first to
    /// carry them, and those that a cumulative update caught up with.
    pub fn gained(&self, os: u32, kb: &str, before: &[&str]) -> Vec<(&Programme, &Phase)> {
        let known = before.iter().any(|b| updates().of(b).any(|r| r.os == os));
        let phases = self.programmes.iter().flat_map(|p| p.phases.iter().map(move |phase| (p, phase)));
        phases
            .filter(|(p, f)| f.confidence.verified() && p.relevance > Relevance::Low)
            .filter(|(_, f)| {
                let direct = f.carried_by.iter().any(|c| c.kb == kb);
                let caught_up = known
                    && installed(os, [kb], &f.carried_by).is_some()
                    && installed(os, before.iter().copied(), &f.carried_by).is_none();
                direct || caught_up
            })
            .collect()
    }

    /// The verified faults that an update brought.
    pub fn issues_of(&self, kb: &str) -> Vec<&Issue> {
        self.issues.iter().filter(|i| i.confidence.verified() && i.broken.iter().any(|c| c.kb == kb)).collect()
    }

    /// The programme of which an event is a verified refusal.
    pub fn refusal(&self, provider: &str, id: u32) -> Option<(&Programme, &ProgrammeEvent)> {
        let events = self.programmes.iter().flat_map(|p| p.events.iter().map(move |e| (p, e)));
        let mut own = events.filter(|(_, e)| e.refuses && e.confidence.verified() && e.id == id);
        own.find(|(_, e)| e.provider.iter().any(|p| p.eq_ignore_ascii_case(provider)))
    }
}

/// True if one of the installed updates of a release is, or contains, one of the carriers.
pub(crate) fn installed<'a>(
    os: u32,
    installed: impl IntoIterator<Item = &'a str> + Clone,
    carriers: &'a [Carrier],
) -> Option<&'a Carrier> {
    carriers
        .iter()
        .filter(|c| c.build == os)
        .find(|c| installed.clone().into_iter().any(|kb| updates().includes(os, kb, &c.kb) == Some(true)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn carriers(h: &Hardening) -> impl Iterator<Item = &Carrier> {
        let phases = h.programmes.iter().flat_map(|p| &p.phases).flat_map(|f| &f.carried_by);
        let broken = h.regressions.iter().flat_map(|r| r.broken.iter().chain(&r.fixed));
        phases.chain(broken).chain(h.issues.iter().flat_map(|i| i.broken.iter().chain(&i.fixed)))
    }

    #[test]
    fn every_update_that_is_named_is_in_the_table_for_that_release() {
        for carrier in carriers(hardening()) {
            let same = |r: &&crate::knowledge::updates::UpdateRow| {
                r.os == carrier.build
                    && (r.revision.is_none() || carrier.revision.is_none() || r.revision == carrier.revision)
            };
            assert!(updates().of(&carrier.kb).any(|r| same(&r)), "{} of {} is in no row", carrier.kb, carrier.build);
        }
    }

    #[test]
    fn every_row_names_its_source_and_hearsay_is_never_offered() {
        let h = hardening();
        assert_eq!(h.programmes.len(), 24);
        let phases = h.programmes.iter().flat_map(|p| &p.phases);
        assert!(phases.clone().all(|f| !f.source.is_empty() && !f.change.is_empty()));
        for (programme, phase) in h.programmes.iter().flat_map(|p| p.phases.iter().map(move |f| (p, f))) {
            if !phase.confidence.verified() {
                for carrier in &phase.carried_by {
                    let offered = h.carried_by(&carrier.kb);
                    assert!(
                        offered.iter().all(|(p, f)| p.id != programme.id || f.date != phase.date),
                        "{}",
                        programme.id
                    );
                }
            }
        }
        for event in h.programmes.iter().flat_map(|p| &p.events).filter(|e| !e.confidence.verified()) {
            for provider in &event.provider {
                let offered = h.refusal(provider, event.id);
                assert!(offered.is_none_or(|(_, e)| e.confidence.verified()), "{provider} {}", event.id);
            }
        }
    }

    #[test]
    fn the_day_with_two_candidates_has_both() {
        let kb = "KB5082142";
        let programmes: Vec<&str> = hardening().carried_by(kb).iter().map(|(p, _)| p.id.as_str()).collect();
        assert!(programmes.contains(&"RC4-2026"), "{programmes:?}");
        assert_eq!(hardening().issues_of(kb).len(), 1);
    }

    #[test]
    fn a_cumulative_update_catches_up_with_what_was_left_out() {
        let gained: Vec<String> = hardening()
            .gained(20348, "KB5082142", &["KB5055526"])
            .iter()
            .map(|(p, f)| format!("{} {}", p.id, f.date))
            .collect();
        assert!(gained.contains(&"RC4-2026 2026-01-13".to_owned()), "{gained:?}");
        assert!(gained.contains(&"RC4-2026 2026-04-14".to_owned()), "{gained:?}");
        assert!(!gained.iter().any(|g| g.starts_with("PAC-VALIDATION-2024")), "{gained:?}");
        let direct = hardening().gained(20348, "KB5082142", &[]);
        assert_eq!(direct.len(), 1, "nothing is known of before: only what it is the first to carry");
    }

    #[test]
    fn audit_events_refuse_nothing() {
        let kdc = "Microsoft-Windows-Kerberos-Key-Distribution-Center";
        for id in [201, 202, 205, 206, 207] {
            assert!(hardening().refusal(kdc, id).is_none(), "{id}");
        }
        for id in [203, 204, 208, 209] {
            assert_eq!(hardening().refusal("Kdcsvc", id).map(|(p, _)| p.id.as_str()), Some("RC4-2026"), "{id}");
        }
    }
}
