//! The administrator's account may not be delegated.

use super::refusal;
use super::{Claim, Context, Note, Rule, Ruling};
use crate::attempts::Attempt;
use crate::delegation::Answer;
use crate::repair;
use delegap_model::{Confidence, Evidence, Initiator, Outcome, Severity, Time, User, fold, same_name};
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule { id: "initiator-not-delegable", judge: not_delegable };

/// The user for whom the move was made is sensitive or in Protected Users.
fn not_delegable(context: &Context<'_>) -> Ruling {
    let estate = context.estate;
    let completed = context.joined.attempts.iter().filter(|a| a.outcome == Outcome::Completed);
    let mut ruling = Ruling { examined: completed.count() as u64, ..Ruling::default() };
    let mut users = BTreeSet::new();
    for (index, attempt) in context.failed() {
        let Some(refusal) = refusal::of(context, attempt).filter(|r| r.at_connect()) else {
            ruling.examined += 1;
            continue;
        };
        let Some(name) = &attempt.user else { continue };
        // Of several exports of one account the one that tells most counts.
        let exports = || estate.users.iter().filter(|u| is_user(u, name));
        let telling = exports().find(|u| barred(context, u).is_some());
        let Some(user) = telling.or_else(|| exports().find(|u| u.not_delegated.is_told())).or_else(|| exports().next())
        else {
            ruling.missing.push(format!("the account {}", repair::shown(name)));
            continue;
        };
        ruling.examined += 1;
        let Some(reason) = barred(context, user) else {
            if user.not_delegated.known().is_none() {
                ruling.missing.push(format!("AccountNotDelegated of {}", repair::shown(name)));
            }
            continue;
        };
        if attempt.initiator == Some(Initiator::Cluster) {
            continue;
        }
        if !context.pair(attempt).is_some_and(|p| matches!(p.now, Answer::Allowed { .. })) {
            // The pair's own gap comes first; this one shows once that is repaired.
            let note = Note {
                severity: Severity::Warning,
                confidence: Confidence::Likely,
                pairs: attempt.source.zip(attempt.destination).into_iter().collect(),
                hosts: attempt.source.into_iter().collect(),
                evidence: vec![reason],
                says: format!(
                    "{} may not be delegated, so its moves fail on even with the delegation repaired.",
                    user.name
                ),
            };
            if !ruling.notes.iter().any(|n| n.says == note.says && n.pairs == note.pairs) {
                ruling.notes.push(note);
            }
            continue;
        }
        let mut claim = Claim::new(context, index, Confidence::Likely);
        claim.evidence.extend(refusal.kdc.iter().cloned());
        claim.facts = context.pair(attempt).map(|p| p.evidence(estate)).unwrap_or_default();
        claim.facts.insert(0, reason);
        let others = |outcome: Outcome| {
            let mut all = context.joined.same_way(attempt, Time::MIN_UTC, Time::MAX_UTC);
            all.find(move |a| a.outcome == outcome && a.user.is_some() && a.user != attempt.user)
        };
        if let Some(other) = others(Outcome::Completed) {
            claim.confidence = Confidence::Confirmed;
            claim
                .caveats
                .push(format!("A move of the same pair for {} completed.", other.user.as_deref().unwrap_or_default()));
        }
        if let Some(other) = others(Outcome::Failed)
            && let Some(sign) = context.signs(other).into_iter().next()
        {
            claim.lower(Evidence {
                says: format!("a move for {} failed as well: {}", other.user.as_deref().unwrap_or_default(), sign.says)
                    .into(),
                ..sign
            });
        }
        users.insert(user.name.clone());
        ruling.claims.push(claim);
    }
    for (_, attempt) in context.failed() {
        if refusal::of(context, attempt).is_some()
            && attempt.user.is_none()
            && attempt.initiator != Some(Initiator::Cluster)
        {
            ruling
                .missing
                .push("who started the failed moves (Security log of the source, events 4624 at that time)".to_owned());
            break;
        }
    }
    if estate.users.is_empty() {
        ruling.missing.push(
            "the accounts of the administrators: Get-ADUser -Properties AccountNotDelegated, MemberOf".to_owned(),
        );
    }
    ruling.missing.sort();
    ruling.missing.dedup();
    ruling.steps = users.iter().flat_map(|u| repair::not_delegable_user_steps(u)).collect();
    ruling
}

/// True if the user for whom an attempt was made is known to be barred from delegation.
pub(crate) fn is_barred(context: &Context<'_>, attempt: &Attempt) -> bool {
    let users = attempt.user.iter().flat_map(|name| context.estate.users.iter().filter(move |u| is_user(u, name)));
    users.into_iter().any(|u| barred(context, u).is_some())
}

/// Why an account may not be delegated: marked sensitive, or in Protected Users.
fn barred(context: &Context<'_>, user: &User) -> Option<Evidence> {
    if user.not_delegated.known() == Some(&true) {
        let says = format!("{} is marked \"sensitive and cannot be delegated\"", user.name);
        return Some(Evidence::stated(user.at.clone(), None, says));
    }
    protected_users(context, user)
}

fn is_user(user: &User, name: &str) -> bool {
    let plain = name.split('@').next().unwrap_or(name);
    let plain = plain.rsplit('\\').next().unwrap_or(plain);
    same_name(&user.name, plain) || user.user_principal_name.known().is_some_and(|upn| same_name(upn, name))
}

/// Membership in Protected Users, from memberOf or from a member list (RID 525 whatever its localised name).
fn protected_users(context: &Context<'_>, user: &User) -> Option<Evidence> {
    let group_name = |g: &str| {
        let first = g.split(',').next().unwrap_or(g);
        same_name(
            first.strip_prefix("CN=").or_else(|| first.strip_prefix("cn=")).unwrap_or(first).trim(),
            "Protected Users",
        )
    };
    let says = format!("{} is a member of Protected Users", user.name);
    if user.member_of.known().is_some_and(|groups| groups.iter().any(|g| group_name(g))) {
        return Some(Evidence::stated(user.at.clone(), None, says));
    }
    let is_member = |p: &delegap_model::Principal| {
        (p.sid.is_some() && p.sid.as_ref() == user.sid.known())
            || matches!((&p.distinguished_name, user.distinguished_name.known()), (Some(a), Some(b)) if fold(a) == fold(b))
            || (p.sid.is_none() && p.name.as_deref().is_some_and(|n| same_name(n, &user.name)))
    };
    let groups = &context.estate.groups;
    let group = groups.iter().find(|g| {
        let protected =
            g.sid.known().and_then(|s| s.rid()) == Some(525) || g.name.known().is_some_and(|n| group_name(n));
        protected && g.members.known().is_some_and(|m| m.iter().any(is_member))
    })?;
    Some(Evidence::stated(group.at.clone(), None, says))
}
