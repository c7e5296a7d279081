//! Listed, but the destination is in another domain.

use super::{Claim, Context, Rule, ask_directory, gap};
use crate::attempts::Attempt;
use crate::delegation::Answer;
use crate::pairs::PairState;
use delegap_model::{Code, Confidence};

pub(super) const RULE: Rule =
    Rule { id: "kcd-cross-domain", judge: |context| gap::judge(context, "kcd-cross-domain", weigh) };

/// SEC_E_CROSSREALM_DELEGATION_FAILURE
const CROSS_REALM: Code = Code(0x8009_0357);

fn weigh(claim: &mut Claim, context: &Context<'_>, attempt: &Attempt, pair: &PairState, _: &Answer) {
    let told = context.estate.of(pair.destination).computer.as_ref().is_some_and(|c| c.allowed_to_act.is_told());
    if attempt.codes.contains(&CROSS_REALM) || told {
        return;
    }
    claim.cap(Confidence::Likely, "Resource-based delegation on the destination is not part of the export.");
    claim.raise.push(format!("Send {}", ask_directory()));
}
