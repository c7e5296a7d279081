//! The delegation was wrong when the move failed and has been corrected since, or was right and not yet in force.

use super::refusal;
use super::{Claim, Context, Rule, Ruling, ask_vm_host};
use crate::attempts::Attempt;
use crate::delegation::Answer;
use crate::directory_changes::{ATTRIBUTES, Change, ChangeKind};
use crate::estate::Estate;
use crate::pairs::{PairState, gap_of, host_name};
use crate::repair;
use chrono::Duration;
use delegap_model::{AttributeMetadata, AuthenticationType, Confidence, Evidence, Initiator, Outcome, Spn, Time, uac};
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule { id: "delegation-not-effective-yet", judge: not_effective_yet };

const CORRECTED_SINCE: &str = "The delegation was wrong when the move failed and has been corrected since.";
const NOT_IN_FORCE: &str = "The delegation was right when the move failed and not yet in force: tickets live up to";

/// The directory is right now and was not when the move failed, or was right and not yet in force.
fn not_effective_yet(context: &Context<'_>) -> Ruling {
    let estate = context.estate;
    let mut ruling = Ruling::default();
    let mut repaired: BTreeSet<_> = BTreeSet::new();
    for (index, attempt) in context.failed() {
        ruling.examined += 1;
        let Some(pair) = context.pair(attempt) else { continue };
        if refusal::of(context, attempt).is_none_or(|r| !r.at_connect()) || !matches!(pair.now, Answer::Allowed { .. })
        {
            continue;
        }
        if let Some(claim) = timing(context, index, attempt, pair) {
            repaired.insert((pair.source, pair.destination));
            ruling.claims.push(claim);
        }
    }
    let sources: BTreeSet<_> = repaired.iter().map(|(s, _)| *s).collect();
    for source in sources {
        let names: Vec<_> = repaired.iter().filter(|(s, _)| *s == source).map(|(_, d)| host_name(estate, *d)).collect();
        let destinations: Vec<_> = names.iter().collect();
        ruling.steps.extend(repair::not_effective_yet_steps(
            &host_name(estate, source),
            &destinations,
            estate.of(source).cluster.is_some(),
        ));
    }
    let later = |c: &Claim| c.caveats.iter().any(|text| text == CORRECTED_SINCE);
    ruling.title = match (ruling.claims.iter().all(later), ruling.claims.iter().any(later)) {
        _ if ruling.claims.is_empty() => None,
        (true, _) => Some("Delegation was wrong when the move failed and has been corrected since"),
        (_, true) => None,
        _ if ruling.claims.iter().all(|c| c.caveats.iter().any(|text| text.starts_with(NOT_IN_FORCE))) => {
            Some("Delegation was right when the move failed and not yet in force")
        }
        _ => None,
    };
    if !estate.has_directory {
        ruling.missing.push("a directory export".to_owned());
    }
    ruling
}

fn timing(context: &Context<'_>, index: usize, attempt: &Attempt, pair: &PairState) -> Option<Claim> {
    let estate = context.estate;
    let failed_at = attempt.ended.unwrap_or(attempt.started);
    let relevant: Vec<&Change> = estate
        .changes
        .iter()
        .filter(|c| match c.what {
            ChangeKind::ResourceBased { added } => {
                added && c.host == Some(pair.destination) && pair.now == (Answer::Allowed { by_resource: true })
            }
            _ => c.host == Some(pair.source) && concerns(c, estate, pair),
        })
        .collect();
    let lifetime = estate.of(pair.source).ticket_lifetime();
    let later = relevant.iter().find(|c| c.time > failed_at);
    let earlier = relevant.iter().rev().find(|c| c.time <= failed_at);
    let mut claim = Claim::new(context, index, Confidence::Confirmed);
    claim.facts = pair.evidence(estate);
    let type_known =
        estate.of(pair.source).authentication.as_ref().map(|a| a.value) == Some(AuthenticationType::Kerberos);
    let shown = |c: &Change| Evidence {
        time: Some(c.time),
        host: Some(estate.name(c.logged_by).into()),
        side: None,
        at: c.at.clone(),
        says: format!("{} of {}: {}", c.what.attribute(), c.object, c.what.words()).into(),
    };
    if let Some(change) = later {
        let was_wrong = gap_of(&pair.at(estate, attempt.started)).is_some();
        claim.evidence.extend(relevant.iter().filter(|c| c.time > failed_at).take(4).map(|c| shown(c)));
        claim.caveats.push(CORRECTED_SINCE.to_owned());
        if !was_wrong {
            claim.cap(Confidence::Likely, format!("{} states what was set, not what was there before.", change.at));
        }
    } else if let Some(change) = earlier.filter(|c| failed_at - c.time < lifetime) {
        let rebooted = estate.of(pair.source).boots.iter().any(|(t, _)| *t > change.time && *t < failed_at);
        // A move that completed after the change shows that it was in force, unless it ran on somebody's own sign-in.
        let in_force = context.joined.same_way(attempt, change.time, failed_at).any(|a| {
            let delegated = a.initiator != Some(Initiator::Local);
            a.outcome == Outcome::Completed && delegated && a.started > change.time && a.started < failed_at
        });
        if rebooted || in_force {
            return None;
        }
        claim.evidence.push(shown(change));
        claim.caveats.push(not_in_force(lifetime));
        let held = if estate.of(pair.source).tickets.is_empty() {
            "No ticket list of the source shows which tickets it held."
        } else {
            "The ticket list of the source gives times without their zone: which tickets it held then is not certain."
        };
        claim.cap(Confidence::Likely, held);
    } else if let Some((row, after)) = written(context, pair, failed_at) {
        if !relevant.is_empty() {
            return None;
        }
        let hours = lifetime.num_hours();
        let when = if after { "after".to_owned() } else { format!("less than {hours} hours before") };
        let says = format!("{} was last written {when} the failure", row.attribute);
        claim.evidence.push(Evidence::stated(row.at.clone(), Some(estate.name(pair.source)), says));
        claim.cap(
            Confidence::Likely,
            "Replication metadata say when an attribute was written, not what it held before.",
        );
        claim.caveats.push(if after { CORRECTED_SINCE.to_owned() } else { not_in_force(lifetime) });
    } else {
        let changed = estate
            .of(pair.source)
            .computer
            .as_ref()
            .and_then(|c| c.when_changed.known().map(|t| (*t, c.at.clone())))?;
        // Any attribute moves whenChanged, and after a logged change it says nothing new.
        if changed.0 <= failed_at || !relevant.is_empty() {
            return None;
        }
        claim.evidence.push(Evidence {
            time: Some(changed.0),
            host: Some(estate.name(pair.source).into()),
            side: None,
            at: changed.1,
            says: "whenChanged of the source's computer object is later than the failure".into(),
        });
        claim.cap(
            Confidence::Possible,
            "Every change of the object moves whenChanged; which attribute it was is not known.",
        );
        claim.raise.push(format!(
            "Find out when the list changed: repadmin /showobjmeta * \"<distinguished name of {}>\", or the Security log of the domain controllers (5136, 4742)",
            repair::shown(&estate.name(pair.source))
        ));
    }
    if !type_known && claim.confidence > Confidence::Likely {
        claim.cap(Confidence::Likely, "The authentication type of the source is not known.");
        claim.raise.push(format!("Send {}", ask_vm_host()));
    }
    // Failures that begin before the change and go on long after it are not cured by it.
    let still = later.or(earlier).and_then(|change| {
        let mut after = context.joined.same_way(attempt, change.time + lifetime, Time::MAX_UTC);
        after.find(|a| a.failed() && refusal::of(context, a).is_some())
    });
    if let Some(sign) = still.and_then(|a| context.signs(a).into_iter().next()) {
        claim.lower(Evidence {
            says: format!("still refused more than {} hours after the change: {}", lifetime.num_hours(), sign.says)
                .into(),
            ..sign
        });
    }
    Some(claim)
}

fn not_in_force(lifetime: Duration) -> String {
    format!("{NOT_IN_FORCE} {} hours.", lifetime.num_hours())
}

/// An attribute of delegation that was last written after the failure (true), or less than a ticket's life before it.
fn written<'a>(context: &Context<'a>, pair: &PairState, failed_at: Time) -> Option<(&'a AttributeMetadata, bool)> {
    let rows = context.estate.metadata_of(pair.source);
    let own = rows.filter(|row| ATTRIBUTES.iter().any(|a| a.eq_ignore_ascii_case(&row.attribute)));
    own.filter_map(|row| {
        let (earliest, latest) = row.changed.window()?;
        let before = latest <= failed_at && failed_at - earliest < context.estate.of(pair.source).ticket_lifetime();
        (earliest > failed_at).then_some((row, true)).or(before.then_some((row, false)))
    })
    .last()
}

/// A change that makes this pair work: an entry for the destination, or protocol transition.
fn concerns(change: &Change, estate: &Estate, pair: &PairState) -> bool {
    let serves = |spn: &Spn| {
        let domain = estate.of(pair.source).domain.as_deref();
        spn.has_class(Spn::MIGRATION) && estate.hosts.find(spn.host(), domain) == Some(pair.destination)
    };
    match &change.what {
        ChangeKind::Added(spn) => serves(spn),
        ChangeKind::ListNow(list) => list.iter().any(serves) && !stated_by_value(change, estate),
        ChangeKind::FlagsSet(flags) => flags & uac::TRUSTED_TO_AUTH != 0 && flags_were_off(change, estate),
        ChangeKind::SamFlags { to_auth, .. } => *to_auth == (false, true),
        ChangeKind::ResourceBased { .. } | ChangeKind::Deleted(_) | ChangeKind::FlagsWere(_) => false,
    }
}

/// 5136 events beside a 4742 say which values changed; the whole list then says nothing more.
fn stated_by_value(change: &Change, estate: &Estate) -> bool {
    estate.changes.iter().any(|c| {
        let value = matches!(c.what, ChangeKind::Added(_) | ChangeKind::Deleted(_));
        value && c.host == change.host && (c.time - change.time).abs() <= Duration::seconds(30)
    })
}

/// The old value that a 5136 pair deletes beside the new one lacks protocol transition.
fn flags_were_off(change: &Change, estate: &Estate) -> bool {
    let near = |c: &&Change| c.host == change.host && (c.time - change.time).abs() <= Duration::seconds(2);
    let old = estate.changes.iter().filter(near).find_map(|c| match c.what {
        ChangeKind::FlagsWere(flags) => Some(flags),
        _ => None,
    });
    old.is_none_or(|flags| flags & uac::TRUSTED_TO_AUTH == 0)
}
