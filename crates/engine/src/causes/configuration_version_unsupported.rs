//! The destination does not support the VM's configuration version.

use super::stated::silent_without_peer;
use super::{Claim, Context, Rule, Ruling};
use crate::estate::Fact;
use crate::hosts::HostId;
use crate::knowledge::Meaning;
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
        if let (Some(a), Some(b)) = (of(attempt.source), of(attempt.destination)) {
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
            "Get-VM <name> | Select-Object Name, Version on the source; Get-VMHostSupportedVersion on the destination"
                .to_owned(),
        );
        ruling.claims.push(claim);
    }
    silent_without_peer(context, &mut ruling);
    ruling
}
