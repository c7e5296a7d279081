//! Causes that a destination states about one VM: switch, processor, memory.

use super::refusal;
use super::{Claim, Context, Ruling};
use crate::knowledge::{CodeGroup, Meaning};
use delegap_model::{Confidence, Evidence};
use std::collections::BTreeSet;

/// No switch of that name or type at the destination.
pub(super) fn switch_missing(context: &Context<'_>) -> Ruling {
    stated(
        context,
        Meaning::SwitchMissing,
        "Compare the switches of both hosts: Get-VMSwitch, and the VM's adapters: Get-VMNetworkAdapter",
    )
}

/// The destination's processor lacks features that the running VM uses.
pub(super) fn processor(context: &Context<'_>) -> Ruling {
    stated(
        context,
        Meaning::ProcessorIncompatible,
        "Compare the processors: Get-CimInstance Win32_Processor, and the VM: Get-VMProcessor",
    )
}

/// A cause that the destination names in its own words.
fn stated(context: &Context<'_>, meaning: Meaning, collect: &str) -> Ruling {
    let mut ruling = Ruling { examined: context.moves(), ..Ruling::default() };
    for (index, attempt) in context.failed() {
        if !attempt.means(context.estate, &[meaning]) {
            continue;
        }
        let mut claim = Claim::new(context, index, Confidence::Likely);
        claim.evidence = named(context, index, |s| s.means(meaning));
        claim.raise.push(collect.to_owned());
        ruling.claims.push(claim);
    }
    silent_without(context, "high-availability", "High-Availability log", &mut ruling);
    ruling
}

/// The destination has too little memory: in its own words, or a resource code in the VM's worker or the planned VM.
pub(super) fn memory(context: &Context<'_>) -> Ruling {
    let estate = context.estate;
    let mut ruling = Ruling { examined: context.moves(), ..Ruling::default() };
    for (index, attempt) in context.failed() {
        let words = attempt.means(estate, &[Meaning::MemoryShort]);
        let coded = attempt.coded(estate, CodeGroup::Memory).any(|(_, s)| {
            let worker =
                s.provider.eq_ignore_ascii_case("Microsoft-Windows-Hyper-V-Worker") && attempt.source != Some(s.host);
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

/// Failures that say nothing, where the log that might say it was not sent.
fn silent_without(context: &Context<'_>, channel: &str, log: &str, ruling: &mut Ruling) {
    let estate = context.estate;
    let mut hosts: BTreeSet<String> = BTreeSet::new();
    for (_, attempt) in context.failed().filter(|(_, a)| a.stopped_in.is_none()) {
        let clustered = context.pair(attempt).is_some_and(|p| p.same_cluster);
        let applies = channel != "high-availability" || clustered;
        let host = attempt.destination.filter(|d| applies && !estate.reaches(*d, channel, attempt.started));
        hosts.extend(host.map(|h| estate.name(h)));
    }
    if !hosts.is_empty() {
        ruling.missing.push(format!("{log} of {}", hosts.into_iter().collect::<Vec<_>>().join(", ")));
    }
}

fn named(context: &Context<'_>, index: usize, wanted: impl Fn(&crate::signals::Signal) -> bool) -> Vec<Evidence> {
    let attempt = &context.joined.attempts[index];
    attempt.signals(context.estate).filter(|s| wanted(s)).map(|s| attempt.evidence(context.estate, s)).collect()
}
