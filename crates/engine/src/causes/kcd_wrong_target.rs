//! The migration entry is for a name that is not the destination's, or on another object than the source.

use super::{Claim, Context, Rule, gap};
use crate::attempts::Attempt;
use crate::delegation::{Answer, Gap};
use crate::pairs::PairState;
use delegap_model::{Confidence, Spn};

pub(super) const RULE: Rule =
    Rule { id: "kcd-wrong-target", judge: |context| gap::judge(context, "kcd-wrong-target", weigh) };

fn weigh(claim: &mut Claim, context: &Context<'_>, _: &Attempt, pair: &PairState, then: &Answer) {
    let Answer::Refused { gap: Gap::WrongTarget(entries) } = then else { return };
    let stray = |entry: &&String| context.estate.is_stray_address(Spn::new(entry.as_str()).host());
    let Some(entry) = entries.iter().find(stray) else { return };
    let name = context.estate.name(pair.destination);
    claim.cap(
        Confidence::Likely,
        format!("No file says whose address {entry} holds. An entry for an address serves no host; one for {name} is missing either way."),
    );
}
