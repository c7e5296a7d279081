//! A domain controller runs an update that broke delegation and lacks its fix.

use super::support::{NEAR, joined};
use super::{Claim, Context, Note, Rule, Ruling};
use crate::attempts::Attempt;
use crate::hosts::HostId;
use crate::knowledge::Meaning;
use crate::knowledge::hardening::{Breaks, Regression, hardening};
use crate::signals::Signal;
use delegap_model::{Confidence, Evidence, Severity, Time};
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule { id: "kdc-delegation-regression", judge };

fn judge(context: &Context<'_>) -> Ruling {
    let estate = context.estate;
    let controllers = estate.controllers();
    let mut ruling = Ruling::default();
    let mut claimed = false;
    for (index, attempt) in context.failed() {
        let coded = !context.leading(attempt, RULE.id).is_empty();
        if !coded && (!context.authentication_failed(attempt) || attempt.codes.iter().any(|c| context.decides(*c))) {
            continue;
        }
        let broken: Vec<(&Regression, Evidence)> =
            controllers.iter().flat_map(|c| broken_at(context, *c, attempt.started)).collect();
        let events = events(context, attempt);
        let fits = |breaks: Breaks| events.iter().any(|s| breaks == of_event(s)) || (breaks == Breaks::S4u && coded);
        let shown: Vec<&Evidence> = broken.iter().filter(|(r, _)| fits(r.breaks)).map(|(_, e)| e).collect();
        if shown.is_empty() {
            // Only the domain controllers' own updates prove it.
            let listed = |s: &&Signal| estate.of(s.host).updates_known;
            if !events.iter().all(listed) && coded {
                let known = events.iter().all(|s| estate.updates_known(s.host));
                let mut claim = Claim::new(context, index, Confidence::Possible);
                claim.evidence.extend(events.iter().map(|s| context.shown(s)));
                let doubt = if known {
                    "The domain controller's build has no broken release without its fix now; what it had at the failure is not told."
                } else {
                    "The updates of the domain controller are not known; those of the hosts prove nothing here."
                };
                claim.caveats.push(doubt.to_owned());
                claim.raise.push(
                    "Send the update list of every domain controller: Get-HotFix | Export-Csv dc-hotfix.csv".to_owned(),
                );
                ruling.claims.push(claim);
            }
            continue;
        }
        let sure = if events.is_empty() { Confidence::Likely } else { Confidence::Confirmed };
        let mut claim = Claim::new(context, index, sure);
        claim.facts = shown.into_iter().cloned().collect();
        claim.evidence.extend(events.iter().map(|s| context.shown(s)));
        if context.pair(attempt).is_some_and(|p| p.gap().is_some()) {
            claim.cap(Confidence::Possible, "The pair's own delegation state refuses the move by itself.");
        }
        claimed = true;
        ruling.claims.push(claim);
    }
    let mut unknown = BTreeSet::new();
    for controller in &controllers {
        if !estate.updates_known(*controller) {
            unknown.insert(estate.name(*controller));
            continue;
        }
        ruling.examined += 1;
        let now = broken_at(context, *controller, Time::MAX_UTC);
        if let (Some((regression, evidence)), false) = (now.into_iter().next(), claimed) {
            ruling.notes.push(Note {
                severity: Severity::Warning,
                confidence: Confidence::Likely,
                pairs: Vec::new(),
                hosts: vec![*controller],
                evidence: vec![evidence],
                says: format!(
                    "{} runs the release of {} and lacks its fix: {}.",
                    estate.name(*controller),
                    regression.date,
                    regression.what
                ),
            });
        }
    }
    if !unknown.is_empty() || controllers.is_empty() {
        let of = if unknown.is_empty() { "every domain controller".to_owned() } else { joined(unknown) };
        ruling.missing.push(format!("update list of {of}"));
    }
    ruling
}

/// The broken releases that a domain controller had at a moment, without their fix.
fn broken_at(context: &Context<'_>, controller: HostId, time: Time) -> Vec<(&'static Regression, Evidence)> {
    let estate = context.estate;
    let verified = hardening().regressions.iter().filter(|r| r.confidence.verified());
    let broken = verified.filter_map(|r| {
        let evidence = estate.has_carrier(controller, &r.broken, time)?;
        // A later cumulative update contains both: it has the fix's level.
        estate.has_carrier(controller, &r.fixed, time).is_none().then_some((r, evidence))
    });
    broken.collect()
}

/// KDC 14 and 18 that name a host of the move.
fn events<'a>(context: &Context<'a>, attempt: &'a Attempt) -> Vec<&'a Signal> {
    let s4u = context.naming(Meaning::S4uRefused, attempt, NEAR);
    let keys = context.naming(Meaning::EtypeRefused, attempt, NEAR).filter(|s| s.event.id == 14);
    s4u.chain(keys).collect()
}

fn of_event(signal: &Signal) -> Breaks {
    if signal.means(Meaning::S4uRefused) { Breaks::S4u } else { Breaks::Keys }
}
