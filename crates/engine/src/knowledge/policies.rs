//! Policies and settings that bear on live migration, as data.

use super::hardening::Confidence;
use serde::Deserialize;
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
    &POLICIES.get_or_init(|| super::parse(include_str!("../../knowledge/policies.toml"))).policy
}

/// The verified policy that a registry value belongs to.
pub(crate) fn of_key(key: &str) -> Option<&'static Policy> {
    policies().iter().find(|p| p.confidence.verified() && p.keys.iter().any(|k| k.eq_ignore_ascii_case(key)))
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
        assert_eq!(of_key(key).map(|p| p.id.as_str()), Some("RestrictNTLM"));
    }
}
