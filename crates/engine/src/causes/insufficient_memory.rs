//! The destination has too little memory: in its own words, or a resource code in the VM's worker or the planned VM.

use super::refusal;
use super::stated::silent_without;
use super::{Claim, Context, Rule, Ruling};
use crate::knowledge::{CodeGroup, Meaning};
use delegap_model::Confidence;

pub(super) const RULE: Rule = Rule { id: "insufficient-memory", judge: memory };

/// The destination has too little memory: in its own words, or a resource code in the VM's worker or the planned VM.
fn memory(context: &Context<'_>) -> Ruling {
    let estate = context.estate;
    let mut ruling = Ruling { examined: context.moves(), ..Ruling::default() };
    for (index, attempt) in context.failed() {
        let words = attempt.means(&[Meaning::MemoryShort]);
        let coded = attempt.coded(estate, CodeGroup::Memory).any(|(_, s)| {
            let worker = s.event.provider.eq_ignore_ascii_case("Microsoft-Windows-Hyper-V-Worker")
                && attempt.source != Some(s.host);
            worker
                || s.means_any(&[Meaning::PlannedVmFailed, Meaning::MemoryShort])
                || s.destination.is_some() && s.means(Meaning::FailedAtDestination)
        });
        if (!words && !coded) || refusal::of(context, attempt).is_some_and(|r| r.at_connect()) {
            continue;
        }
        let mut claim = Claim::new(context, index, Confidence::Likely);
        claim.raise.push("Show the memory of the destination: Get-CimInstance Win32_OperatingSystem, Get-VM | Measure-Object MemoryAssigned -Sum".to_owned());
        ruling.claims.push(claim);
    }
    silent_without(context, "hyper-v-worker", "Worker log", &mut ruling);
    ruling
}
