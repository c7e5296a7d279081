//! The committed cases. One scenario is one folder under `fixtures/cases`.

mod base;
mod cluster;
mod directory;
mod policy;
mod standalone;

pub use base::{DOMAIN, at, standalone_pool};
pub use cluster::node_pool;

use crate::case::Case;

/// Every scenario: the folder's name and the case, in the order of their names' first appearance in the plan.
pub fn scenarios() -> Vec<(&'static str, Case)> {
    vec![
        ("seed-cluster-hardening", cluster::seed_cluster_hardening()),
        ("standalone-kcd-missing", standalone::kcd_missing()),
        ("cluster-no-vmhost", cluster::no_vmhost()),
        ("cluster-transfer-reset", cluster::transfer_reset()),
        ("kerberos-only-2016", policy::kerberos_only_2016()),
        ("kerberos-only-2012r2", policy::kerberos_only_2012r2()),
        ("one-direction", standalone::one_direction()),
        ("fixed-since", directory::fixed_since()),
        ("credssp-2019", policy::credssp_2019()),
        ("nothing-wrong-still-refused", standalone::nothing_wrong_still_refused()),
        ("lost-lists", directory::lost_lists()),
        ("no-directory", directory::no_directory()),
        ("directory-only", directory::directory_only()),
        ("healthy", standalone::healthy()),
        ("envelopes-three-causes", cluster::envelopes_three_causes()),
    ]
}

/// The scenario called `name`.
pub fn scenario(name: &str) -> Option<Case> {
    scenarios().into_iter().find(|(known, _)| *known == name).map(|(_, case)| case)
}
