//! Policies and settings that bear on live migration, as data.

use super::hardening::Confidence;
use delegap_model::fold;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// One policy, right or setting.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Policy {
    pub id: String,
    pub name: String,
    /// The constant of a user right.
    pub right: Option<String>,
    /// Registry values, as a security policy export writes them: `MACHINE\…\Value`.
    #[serde(default)]
    pub keys: Vec<String>,
    /// Causes that it can bring about.
    pub causes: Vec<String>,
    pub effect: String,
    pub confidence: Confidence,
    pub source: String,
}

#[derive(Deserialize)]
struct File {
    policy: Vec<Policy>,
}

/// All policies, read once.
pub(crate) fn policies() -> &'static [Policy] {
    static POLICIES: OnceLock<File> = OnceLock::new();
    &POLICIES.get_or_init(|| super::parse(super::built_in!("policies"))).policy
}

/// The registry values of verified policies that bear on a cause, in lower case and in their order, with their policies.
pub(crate) fn of_cause(cause: &str) -> impl Iterator<Item = (&'static str, &'static Policy)> {
    static KEYS: OnceLock<BTreeMap<String, &'static Policy>> = OnceLock::new();
    let keys = KEYS.get_or_init(|| {
        let mut keys = BTreeMap::new();
        for policy in policies().iter().filter(|p| p.confidence.verified()) {
            for key in &policy.keys {
                keys.entry(fold(key)).or_insert(policy);
            }
        }
        keys
    });
    let of = move |policy: &Policy| policy.causes.iter().any(|c| c == cause);
    keys.iter().filter(move |(_, p)| of(p)).map(|(key, p)| (key.as_str(), *p))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue;

    #[test]
    fn policies_name_causes_of_the_catalogue_and_their_source() {
        assert_eq!(policies().len(), 39);
        for policy in policies() {
            assert!(!policy.source.is_empty() && !policy.effect.is_empty(), "{}", policy.id);
            for cause in &policy.causes {
                assert!(catalogue::all().iter().any(|c| c.id == cause), "{}: {cause}", policy.id);
            }
        }
    }

    #[test]
    fn a_registry_value_finds_its_policy() {
        let key = r"machine\system\currentcontrolset\control\lsa\msv1_0\restrictsendingntlmtraffic";
        let found = of_cause("ntlm-blocked").find(|(k, _)| *k == key);
        assert_eq!(found.map(|(_, p)| p.id.as_str()), Some("RestrictNTLM"));
        assert_eq!(of_cause("kcd-missing").count(), 0);
    }
}
