//! The account that created the VM can't be resolved.

use super::{Claim, Context, Rule, Ruling};
use crate::attempts::Attempt;
use crate::knowledge::{CodeGroup, Meaning, knowledge};
use crate::signals::Signal;
use chrono::Duration;
use delegap_model::{Confidence, Evidence, Outcome, fold};

pub(super) const RULE: Rule = Rule { id: "vm-owner-sid-unresolvable", judge };

fn judge(context: &Context<'_>) -> Ruling {
    let estate = context.estate;
    let mut ruling = Ruling { examined: context.moves(), ..Ruling::default() };
    for (index, attempt) in context.failed() {
        let coded = !context.leading(attempt, RULE.id).is_empty() || attempt.signals(estate).any(states);
        let security = [CodeGroup::Delegation, CodeGroup::Sspi, CodeGroup::Credssp];
        if !coded || security.iter().any(|g| attempt.coded(estate, *g).next().is_some()) {
            continue;
        }
        let mut claim = Claim::new(context, index, Confidence::Likely);
        match other_vm(context, attempt) {
            Some(other) => {
                claim.confidence = Confidence::Confirmed;
                claim.facts.push(other);
            }
            None => claim.raise.push(
                "Show whether only some VMs fail: move one that was created by another, domain account the same way; and the owner of the VM's files: \
                 (Get-Acl <path of the VM's configuration>).Owner"
                    .to_owned(),
            ),
        }
        ruling.claims.push(claim);
    }
    ruling
}

/// True for the sentence itself: event 1106 carries other failures of the management service too.
fn states(signal: &Signal) -> bool {
    let said = |text: String| knowledge().sentences_in(&text).iter().any(|s| s.meaning == Meaning::OwnerUnresolved);
    signal.event.fields.iter().any(|f| said(fold(f.value)))
}

/// Another VM that moved the same way within a week: it is one VM's matter, not the hosts'.
fn other_vm(context: &Context<'_>, attempt: &Attempt) -> Option<Evidence> {
    let week = Duration::days(7);
    let mut near = context.joined.same_way(attempt, attempt.started - week, attempt.started + week);
    let other =
        near.find(|a| a.outcome == Outcome::Completed && a.vm_name.is_some() && a.vm_name != attempt.vm_name)?;
    let sign = context.signs(other).into_iter().next_back()?;
    let name = other.vm_name.as_deref().unwrap_or_default();
    Some(Evidence { says: format!("another VM ({name}) moved the same way: {}", sign.says).into(), ..sign })
}
