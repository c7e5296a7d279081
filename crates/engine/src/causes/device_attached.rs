//! A device of the VM cannot move: an image in its drive, a pass-through disk, an assigned device.

use super::stated::silent_without_peer;
use super::{Claim, Context, Rule, Ruling};
use crate::knowledge::Meaning;
use delegap_model::Confidence;

pub(super) const RULE: Rule = Rule { id: "device-attached", judge };

fn judge(context: &Context<'_>) -> Ruling {
    let mut ruling = Ruling { examined: context.moves(), ..Ruling::default() };
    for (index, attempt) in context.failed() {
        let stated = attempt.means(&[Meaning::DeviceAttached]);
        let coded = !context.leading(attempt, RULE.id).is_empty();
        if !stated && !coded {
            continue;
        }
        let mut claim = Claim::new(context, index, Confidence::Likely);
        claim.raise.push(
            "Get-VMDvdDrive, Get-VMHardDiskDrive, Get-VMAssignableDevice and Get-VMGpuPartitionAdapter of the VM"
                .to_owned(),
        );
        ruling.claims.push(claim);
    }
    silent_without_peer(context, &mut ruling);
    ruling
}
