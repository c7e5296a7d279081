//! The destination does not listen.

use super::listener::{REFUSED, connect_codes, listener, state_of};
use super::{Claim, Context, Rule, Ruling};
use crate::attempts::Attempt;
use crate::knowledge::Meaning;
use delegap_model::Confidence;
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule { id: "migration-listener-down", judge: listener_down };

/// The destination does not listen.
fn listener_down(context: &Context<'_>) -> Ruling {
    let mut ruling = Ruling { examined: context.moves(), ..Ruling::default() };
    let mut untold = BTreeSet::new();
    for (index, attempt) in context.failed() {
        let codes = connect_codes(context, attempt);
        let Some(destination) = attempt.destination else {
            ruling.claims.extend(unnamed(context, index, attempt));
            continue;
        };
        let state = listener(context, attempt);
        let down = state.filter(|s| s.means(Meaning::ListenerDown));
        let refused = codes.contains(&REFUSED);
        if attempt.means(&[Meaning::ListenerDown]) {
            ruling.claims.push(Claim::new(context, index, Confidence::Likely));
            continue;
        }
        match (down, refused) {
            (Some(signal), _) if !codes.is_empty() => {
                let mut claim =
                    Claim::new(context, index, if refused { Confidence::Confirmed } else { Confidence::Likely });
                claim.facts.push(signal.evidence(&context.estate.hosts));
                ruling.claims.push(claim);
            }
            (None, true) if state.is_none() => {
                untold.insert(context.estate.name(destination));
                let mut claim = Claim::new(context, index, Confidence::Possible);
                claim.caveats.push(
                    "The destination's log does not show whether it listened (rival: migration-port-blocked)."
                        .to_owned(),
                );
                claim.raise.push(
                    "Send the destination's management log: its events 20404 to 20410 show whether it listened"
                        .to_owned(),
                );
                ruling.claims.push(claim);
            }
            _ => {}
        }
    }
    if !untold.is_empty() {
        ruling.missing.push(format!("listener events of {}", untold.into_iter().collect::<Vec<_>>().join(", ")));
    }
    ruling
}

/// A failure that names neither its reason nor its destination, while another host does not listen: a sign only.
fn unnamed(context: &Context<'_>, index: usize, attempt: &Attempt) -> Option<Claim> {
    let estate = context.estate;
    let others =
        estate.hyper_v_hosts().into_iter().filter(|h| context.is_silent(attempt) && attempt.source != Some(*h));
    let end = attempt.ended.unwrap_or(attempt.started);
    let down: Vec<_> = others
        .filter_map(|h| state_of(context, h, end))
        .filter(|s| s.means(Meaning::ListenerDown))
        .map(|s| s.evidence(&estate.hosts))
        .collect();
    let mut claim = Claim::new(context, index, Confidence::Possible);
    claim.facts = down;
    claim.caveats.push("The events of this move name neither a reason nor the destination.".to_owned());
    claim.raise.push("Send the management logs of both hosts of the move".to_owned());
    (!claim.facts.is_empty()).then_some(claim)
}
