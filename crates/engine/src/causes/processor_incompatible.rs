//! The destination's processor lacks features that the running VM uses.

use super::stated::stated;
use super::{Context, Rule, Ruling};
use crate::knowledge::Meaning;

pub(super) const RULE: Rule = Rule { id: "processor-incompatible", judge: processor };

/// The destination's processor lacks features that the running VM uses.
fn processor(context: &Context<'_>) -> Ruling {
    stated(
        context,
        Meaning::ProcessorIncompatible,
        "Compare the processors: Get-CimInstance Win32_Processor, and the VM: Get-VMProcessor",
    )
}
