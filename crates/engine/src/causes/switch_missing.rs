//! No switch of that name or type at the destination.

use super::stated::stated;
use super::{Context, Rule, Ruling};
use crate::knowledge::Meaning;

pub(super) const RULE: Rule = Rule { id: "switch-missing", judge: switch_missing };

/// No switch of that name or type at the destination.
fn switch_missing(context: &Context<'_>) -> Ruling {
    stated(
        context,
        Meaning::SwitchMissing,
        "Compare the switches of both hosts: Get-VMSwitch, and the VM's adapters: Get-VMNetworkAdapter",
    )
}
