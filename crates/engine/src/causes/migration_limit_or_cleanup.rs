//! A limit was reached, or an earlier migration was still cleaning up.

use super::stated::silent_without_peer;
use super::{Claim, Context, Rule, Ruling};
use crate::attempts::Attempt;
use crate::knowledge::Meaning;
use chrono::Duration;
use delegap_model::{Confidence, Evidence, Outcome};

pub(super) const RULE: Rule = Rule { id: "migration-limit-or-cleanup", judge };

/// Such a refusal passes: a success this soon after it fits.
const PASSES: Duration = Duration::hours(1);

fn judge(context: &Context<'_>) -> Ruling {
    let mut ruling = Ruling { examined: context.moves(), ..Ruling::default() };
    for (index, attempt) in context.failed() {
        let stated = attempt.means(&[Meaning::LimitReached]);
        if !stated && context.leading(attempt, RULE.id).is_empty() {
            continue;
        }
        let mut claim = Claim::new(context, index, Confidence::Likely);
        match later_success(context, attempt) {
            Some(evidence) => {
                claim.confidence = Confidence::Confirmed;
                claim.facts.push(evidence);
            }
            None => claim.raise.push(
                "Get-VMHost | Select-Object MaximumVirtualMachineMigrations, MaximumStorageMigrations on both hosts, and whether the same move works later".to_owned(),
            ),
        }
        ruling.claims.push(claim);
    }
    silent_without_peer(context, &mut ruling);
    ruling
}

/// A move of the same pair that completed soon after.
fn later_success(context: &Context<'_>, attempt: &Attempt) -> Option<Evidence> {
    let later = context
        .joined
        .same_way(attempt, attempt.started, attempt.started + PASSES)
        .find(|a| a.outcome == Outcome::Completed && a.started > attempt.started)?;
    let sign = context.signs(later).into_iter().next_back()?;
    Some(Evidence { says: format!("a move of the same pair completed soon after: {}", sign.says).into(), ..sign })
}
