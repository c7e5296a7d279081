//! Tests of a failover cluster's validation and the causes that they bear on, as data.

use serde::Deserialize;
use std::sync::OnceLock;

/// One test.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClusterTest {
    name: String,
    causes: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
struct File {
    test: Vec<ClusterTest>,
}

/// True if a test, by its English name, bears on a cause.
pub(crate) fn bears_on(test: &str, cause: &str) -> bool {
    tests().iter().any(|t| t.name == test && t.causes.iter().any(|c| c == cause))
}

/// The name of a test that is known.
pub(crate) fn known(test: &str) -> Option<&'static str> {
    tests().iter().find(|t| t.name == test).map(|t| t.name.as_str())
}

fn tests() -> &'static [ClusterTest] {
    static TESTS: OnceLock<File> = OnceLock::new();
    &TESTS.get_or_init(|| super::parse(super::built_in!("cluster_tests"))).test
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue;

    #[test]
    fn tests_name_causes_of_the_catalogue() {
        for cause in tests().iter().flat_map(|t| &t.causes) {
            assert!(catalogue::all().iter().any(|c| c.id == cause), "{cause}");
        }
        assert!(bears_on("Validate IP Configuration", "migration-network-unavailable"));
        assert!(!bears_on("Validate IP Configuration", "kcd-missing"));
    }
}
