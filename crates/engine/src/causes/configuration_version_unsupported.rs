//! The destination does not support the VM's configuration version.

use super::stated::silent_without_peer;
use super::{Claim, Context, Rule, Ruling};
use crate::attempts::Attempt;
use crate::estate::Fact;
use crate::hosts::HostId;
use crate::knowledge::{Meaning, knowledge};
use delegap_model::{Confidence, Evidence};

pub(super) const RULE: Rule = Rule { id: "configuration-version-unsupported", judge };

fn judge(context: &Context<'_>) -> Ruling {
    let estate = context.estate;
    let mut ruling = Ruling { examined: context.moves(), ..Ruling::default() };
    for (index, attempt) in context.failed() {
        if !attempt.means(&[Meaning::VersionUnsupported]) {
            continue;
        }
        let of = |host: Option<HostId>| host.and_then(|h| Some((h, estate.build_at(h, attempt.started)?)));
        let shown = |(host, build): &(HostId, Fact<u32>)| {
            Evidence::stated(build.at.clone(), Some(estate.name(*host)), format!("build {}", build.value))
        };
        let mut claim = Claim::new(context, index, Confidence::Likely);
        let destination = of(attempt.destination);
        let machine = destination.as_ref().and_then(|(_, build)| supported(context, attempt, build.value));
        if let (Some((supported, machine)), Some(destination)) = (machine, &destination) {
            if supported {
                claim.lower(machine);
            } else {
                claim.confidence = Confidence::Confirmed;
                claim.facts = vec![machine, shown(destination)];
            }
        } else if let (Some(a), Some(b)) = (of(attempt.source), destination) {
            if b.1.value < a.1.value {
                claim.confidence = Confidence::Confirmed;
                claim.facts = vec![shown(&a), shown(&b)];
            } else {
                claim.against = vec![shown(&a), shown(&b)];
                claim.caveats.push(
                    "The destination's Windows is not older than the source's; the version of this VM decides."
                        .to_owned(),
                );
            }
        }
        claim.raise.push(
            "Get-VM <name> | Select-Object ComputerName, Name, VMId, Version on the source; Get-VMHostSupportedVersion on the destination"
                .to_owned(),
        );
        ruling.claims.push(claim);
    }
    silent_without_peer(context, &mut ruling);
    ruling
}

/// Whether hosts of a build run the VM's configuration version, by what dumps say of the VM.
fn supported(context: &Context<'_>, attempt: &Attempt, build: u32) -> Option<(bool, Evidence)> {
    let (oldest, newest) = knowledge().vm_versions_of(build)?;
    let mut dumped = context.estate.machines_of(attempt).filter_map(|m| Some((m, *m.version.known()?)));
    let (machine, version) = dumped.next()?;
    if dumped.any(|(_, other)| other != version) {
        return None;
    }
    let says = format!(
        "{} has configuration version {}.{}; build {build} runs {}.{} to {}.{}",
        machine.name, version.0, version.1, oldest.0, oldest.1, newest.0, newest.1
    );
    let host = context.estate.host_of(machine.host.as_deref(), &machine.at).map(|h| context.estate.name(h));
    Some(((oldest..=newest).contains(&version), Evidence::stated(machine.at.clone(), host, says)))
}
