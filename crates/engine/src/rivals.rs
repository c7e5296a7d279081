//! Causes with the same signs that evidence rules out.

use crate::catalogue;
use crate::causes::Rulings;
use crate::diagnose::attempt_id;
use crate::findings::distinct;
use delegap_model::{Evidence, RuledOut};
use std::collections::{BTreeMap, BTreeSet};

/// Pieces of evidence kept per rival and reason.
const EVIDENCE: usize = 4;

/// Why the other causes that the signs of these attempts would fit are not theirs.
pub(crate) fn ruled_out(rulings: &Rulings, own: &str, attempts: &[usize]) -> Vec<RuledOut> {
    let among: BTreeSet<usize> = attempts.iter().copied().collect();
    let mut out = Vec::new();
    for cause in catalogue::all().iter().filter(|c| c.id != own) {
        let Some(Some(ruling)) = rulings.get(cause.id) else { continue };
        let claimed = |attempt: usize| ruling.claims.iter().any(|c| c.attempt == attempt);
        let mut by_reason: BTreeMap<&str, (Vec<usize>, Vec<Evidence>)> = BTreeMap::new();
        for exclusion in ruling.excluded.iter().filter(|e| among.contains(&e.attempt) && !claimed(e.attempt)) {
            let (of, evidence) = by_reason.entry(&exclusion.why).or_default();
            of.push(exclusion.attempt);
            evidence.extend(exclusion.evidence.iter().cloned());
        }
        out.extend(by_reason.into_iter().map(|(why, (of, evidence))| RuledOut {
            cause: cause.id,
            title: cause.title.clone(),
            why: why.to_owned(),
            attempts: distinct(of).into_iter().map(attempt_id).collect(),
            evidence: distinct(evidence).into_iter().take(EVIDENCE).collect(),
        }));
    }
    out
}
