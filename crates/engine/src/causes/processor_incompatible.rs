//! The destination's processor lacks features that the running VM uses.

use super::stated::stated;
use super::{Context, Rule, Ruling};
use crate::knowledge::Meaning;
use delegap_model::Evidence;

pub(super) const RULE: Rule = Rule { id: "processor-incompatible", judge: processor };

/// The destination's processor lacks features that the running VM uses.
fn processor(context: &Context<'_>) -> Ruling {
    let mut ruling = stated(
        context,
        Meaning::ProcessorIncompatible,
        "Compare the processors: Get-CimInstance Win32_Processor, and the VM: Get-VMProcessor",
    );
    for claim in &mut ruling.claims {
        let machines = context.estate.machines_of(&context.joined.attempts[claim.attempt]);
        for (machine, on) in machines.filter_map(|m| Some((m, *m.processor_compatibility.known()?))) {
            let host = context.estate.host_of(machine.host.as_deref(), &machine.at).map(|h| context.estate.name(h));
            let says = format!("processor compatibility of {} is {}", machine.name, if on { "on" } else { "off" });
            let shown = Evidence::stated(machine.at.clone(), host, says);
            if on {
                claim.against.push(shown);
                claim.caveats.push(
                    "Processor compatibility holds from the VM's next start on, and between processors of one vendor."
                        .to_owned(),
                );
            } else {
                claim.evidence.push(shown);
            }
        }
    }
    ruling
}
