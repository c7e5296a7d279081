//! The two hosts are set to different authentication types.

use super::refusal;
use super::settings::{type_evidence, type_of};
use super::{Claim, Context, Note, Rule, Ruling};
use crate::hosts::HostId;
use crate::knowledge::Meaning;
use crate::pairs::host_name;
use crate::repair;
use delegap_model::{AuthenticationType, Confidence, Severity};
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule { id: "authentication-type-mismatch", judge: type_mismatch };

/// The two hosts are set to different authentication types.
fn type_mismatch(context: &Context<'_>) -> Ruling {
    let estate = context.estate;
    let mut ruling = Ruling::default();
    let mut hosts = BTreeSet::new();
    let mut claimed = BTreeSet::new();
    let differ = |a: HostId, b: HostId| matches!((type_of(context, Some(a)), type_of(context, Some(b))), (Some(x), Some(y)) if x != y);
    for (index, attempt) in context.failed() {
        let (Some(a), Some(b)) = (attempt.source, attempt.destination) else { continue };
        let refused = refusal::of(context, attempt).is_some_and(|r| r.at_connect());
        let at_destination = attempt.means(&[Meaning::AuthenticationFailedAtDestination, Meaning::Denied]);
        // Where the source's own setting explains the failure by itself, the other host's setting adds nothing.
        let own_reason = type_of(context, Some(a)) == Some(AuthenticationType::CredSsp)
            || context.pair(attempt).is_some_and(|p| p.gap().is_some());
        if !differ(a, b) || !(refused || at_destination) || (own_reason && !at_destination) {
            continue;
        }
        let mut claim =
            Claim::new(context, index, if at_destination { Confidence::Likely } else { Confidence::Possible });
        claim.facts = type_evidence(context, Some(a)).into_iter().chain(type_evidence(context, Some(b))).collect();
        claim.raise.push(
            "Set both hosts to the same type and retry one move; send the destination's management log (20402, 20403)"
                .to_owned(),
        );
        hosts.extend([a, b]);
        claimed.insert((a, b));
        ruling.claims.push(claim);
    }
    for pair in context.pairs.list.iter().filter(|p| p.source < p.destination) {
        let (a, b) = (pair.source, pair.destination);
        if type_of(context, Some(a)).is_some() && type_of(context, Some(b)).is_some() {
            ruling.examined += 1;
            if differ(a, b) && !claimed.contains(&(a, b)) && !claimed.contains(&(b, a)) {
                hosts.extend([a, b]);
                ruling.notes.push(Note {
                    severity: Severity::Warning,
                    confidence: Confidence::Likely,
                    pairs: vec![(a, b), (b, a)],
                    hosts: vec![a, b],
                    evidence: type_evidence(context, Some(a))
                        .into_iter()
                        .chain(type_evidence(context, Some(b)))
                        .collect(),
                    says: format!("{} and {} use different authentication types.", estate.name(a), estate.name(b)),
                });
            }
        }
    }
    let untold: Vec<String> = estate
        .hyper_v_hosts()
        .into_iter()
        .filter(|h| estate.of(*h).authentication.is_none())
        .map(|h| estate.name(h))
        .collect();
    if !untold.is_empty() || ruling.examined == 0 {
        ruling.missing.push(format!(
            "authentication type of {}",
            if untold.is_empty() { "two hosts".to_owned() } else { untold.join(", ") }
        ));
    }
    if !hosts.is_empty() {
        let names: Vec<_> = hosts
            .iter()
            .filter(|h| type_of(context, Some(**h)) == Some(AuthenticationType::CredSsp))
            .map(|h| host_name(estate, *h))
            .collect();
        let clustered = hosts.iter().any(|h| estate.of(*h).cluster.is_some());
        ruling.steps = repair::authentication_type_steps(
            &names.iter().collect::<Vec<_>>(),
            AuthenticationType::Kerberos,
            clustered,
        );
        ruling.note_steps = ruling.steps.clone();
    }
    ruling
}
