//! The delegation causes that are not a gap of a pair: file service, unconstrained, the user, and timing.

use super::refusal;
use super::{Claim, Context, Note, Ruling, ask_vm_host};
use crate::attempts::Attempt;
use crate::delegation::{Answer, WINRM_BUILD};
use crate::directory_changes::{Change, ChangeKind};
use crate::hosts::HostId;
use crate::knowledge::Meaning;
use crate::pairs::{PairState, gap_of, host_name};
use crate::repair::{self, SourceRepair};
use chrono::Duration;
use delegap_model::{
    AuthenticationType, Code, Confidence, Evidence, Initiator, Outcome, Severity, Spn, User, fold, same_name,
    short_name, uac,
};
use std::collections::{BTreeMap, BTreeSet};

/// E_ACCESSDENIED
const ACCESS_DENIED: Code = Code(0x8007_0005);
/// How long a Kerberos ticket lives at most by default.
const TICKET_LIFETIME: Duration = Duration::hours(10);

/// Access denied on a share after the connection stood, and no cifs entry for the share's host.
pub(super) fn cifs_missing(context: &Context<'_>) -> Ruling {
    let estate = context.estate;
    let mut ruling = Ruling { examined: context.moves(), ..Ruling::default() };
    let mut repairs: BTreeMap<HostId, Vec<repair::DestinationGap>> = BTreeMap::new();
    for (index, attempt) in context.failed() {
        let denied = attempt.signals(estate).find(|s| {
            let at_connect =
                s.means_any(&[Meaning::ConnectFailed, Meaning::Denied, Meaning::AuthenticationFailedAtDestination]);
            s.codes.contains(&ACCESS_DENIED) && s.path.is_some() && !at_connect
        });
        let (Some(signal), Some(source)) = (denied, attempt.source) else { continue };
        let own_sign_in = attempt.initiator == Some(Initiator::Local);
        if own_sign_in || refusal::of(context, attempt).is_some_and(|r| r.at_connect()) {
            continue;
        }
        let path = signal.path.as_deref().unwrap_or_default();
        let server = path.trim_start_matches('\\').split('\\').next().unwrap_or_default();
        let file_server = estate.hosts.find(server, estate.of(source).domain.as_deref());
        let state = estate.source_state(source);
        let Some(list) = state.list.told_items() else {
            ruling.missing.push(format!("delegation list of {}", estate.name(source)));
            continue;
        };
        let by_resource = file_server.and_then(|f| context.pairs.get(source, f)).map(|p| &p.now);
        let by_resource = matches!(by_resource, Some(Answer::Allowed { by_resource: true }));
        let listed = list.iter().any(|e| e.has_class(Spn::CIFS) && same_name(short_name(e.host()), short_name(server)));
        let forwardable = state.trusted_to_auth.known() == Some(&true) || state.build.is_some_and(|b| b < WINRM_BUILD);
        if (listed && forwardable) || by_resource || state.authentication == Some(AuthenticationType::CredSsp) {
            continue;
        }
        let mut claim = Claim::new(context, index, Confidence::Likely);
        claim.facts = context.pair(attempt).map(|p| p.evidence(estate)).unwrap_or_default();
        claim.settled = state.authentication == Some(AuthenticationType::Kerberos);
        claim.caveats.push("A missing permission on the share or in the file system gives the same code.".to_owned());
        if !claim.settled {
            claim.cap(Confidence::Possible, "The authentication type of the source is not known.");
        }
        if attempt.initiator == Some(Initiator::Cluster) {
            claim.cap(
                Confidence::Possible,
                "The cluster service started the move; it reaches storage under its own identity.",
            );
        }
        claim.raise.push(format!(
            "Check share and NTFS permissions of the computer accounts on {}: Get-SmbShareAccess, icacls",
            repair::shown(path)
        ));
        let host = file_server
            .map_or_else(|| repair::HostName { short: server.to_owned(), fqdn: None }, |f| host_name(estate, f));
        let gap = repair::DestinationGap {
            missing: repair::missing_entries(&host, list, &[Spn::CIFS]),
            host,
            other_domain: false,
        };
        repairs.entry(source).or_default().push(gap);
        ruling.claims.push(claim);
    }
    let repairs: Vec<SourceRepair> = repairs
        .into_iter()
        .map(|(source, mut destinations)| {
            destinations.sort_by(|a, b| a.host.cmp(&b.host));
            destinations.dedup();
            SourceRepair { destinations, clear_unconstrained: false, ..source_repair(context, source) }
        })
        .collect();
    ruling.steps = repair::delegation_steps(&repairs);
    for pair in &context.pairs.list {
        let lacks = pair.missing_entries.as_ref().is_some_and(|m| m.iter().any(|e| e.has_class(Spn::CIFS)));
        let evidence = pair.evidence(estate);
        if lacks && matches!(pair.now, Answer::Allowed { by_resource: false }) && !evidence.is_empty() {
            let (a, b) = (estate.name(pair.source), estate.name(pair.destination));
            ruling.notes.push(Note {
                severity: Severity::Info,
                confidence: Confidence::Likely,
                pairs: vec![(pair.source, pair.destination)],
                hosts: vec![pair.source],
                evidence,
                says: format!("The list of {a} names the migration service of {b} without its cifs service: moves with their storage would be refused."),
            });
        }
    }
    ruling.examined += context.pairs.list.iter().filter(|p| p.missing_entries.is_some()).count() as u64;
    ruling
}

/// The state of a source, for its repair.
fn source_repair(context: &Context<'_>, source: HostId) -> SourceRepair {
    let estate = context.estate;
    let state = estate.source_state(source);
    SourceRepair {
        source: host_name(estate, source),
        destinations: Vec::new(),
        protocol_transition: state.trusted_to_auth.known().copied(),
        os_2016_or_later: state.build.map(|b| b >= WINRM_BUILD),
        list_empty: state.list.told_items().is_some_and(<[Spn]>::is_empty),
        clear_unconstrained: true,
        cluster_node: estate.of(source).cluster.is_some(),
    }
}

/// Unconstrained delegation: a cause only with the event that blocks it; else a finding of its own.
pub(super) fn unconstrained(context: &Context<'_>) -> Ruling {
    let estate = context.estate;
    let mut ruling = Ruling::default();
    let relying: BTreeSet<_> = context.pairs.list.iter().filter(|p| p.unconstrained).map(|p| p.source).collect();
    for (index, attempt) in context.failed() {
        let Some(source) = attempt.source.filter(|s| relying.contains(s)) else { continue };
        if refusal::of(context, attempt).is_none() {
            continue;
        }
        let blocked = context
            .near(Meaning::UnconstrainedBlocked, attempt, Duration::minutes(2))
            .find(|s| s.host == source || attempt.destination == Some(s.host));
        if let Some(signal) = blocked {
            let mut claim = Claim::new(context, index, Confidence::Confirmed);
            claim.evidence.push(signal.evidence(&estate.hosts));
            claim.facts = context.pair(attempt).map(|p| p.evidence(estate)).unwrap_or_default();
            claim.settled =
                estate.of(source).authentication.as_ref().map(|a| a.value) == Some(AuthenticationType::Kerberos);
            if !claim.settled {
                claim.cap(Confidence::Likely, "The authentication type of the source is not known.");
                claim.raise.push(format!("Send {}", ask_vm_host()));
            }
            ruling.claims.push(claim);
        }
    }
    let hosts = estate.hyper_v_hosts();
    let mut untold = Vec::new();
    for host in &hosts {
        let state = estate.source_state(*host);
        match state.unconstrained.known() {
            Some(on) => {
                ruling.examined += 1;
                let list = state.list.told_items();
                if let (true, Some(computer)) = (*on && !estate.of(*host).domain_controller, &estate.of(*host).computer)
                {
                    let mixed = list.is_some_and(|l| !l.is_empty());
                    let says = if mixed {
                        format!("{} has unconstrained delegation beside a list of services.", estate.name(*host))
                    } else {
                        format!(
                            "{} has unconstrained delegation: it may act for anyone toward any service.",
                            estate.name(*host)
                        )
                    };
                    let evidence = Evidence::stated(
                        computer.at.clone(),
                        Some(estate.name(*host)),
                        "TRUSTED_FOR_DELEGATION (unconstrained) is set",
                    );
                    ruling.notes.push(Note {
                        severity: Severity::Warning,
                        confidence: Confidence::Confirmed,
                        pairs: context
                            .pairs
                            .list
                            .iter()
                            .filter(|p| p.source == *host && !mixed)
                            .map(|p| (p.source, p.destination))
                            .collect(),
                        hosts: vec![*host],
                        evidence: vec![evidence],
                        says,
                    });
                }
            }
            None => untold.push(estate.name(*host)),
        }
    }
    let clear = ruling.notes.iter().flat_map(|n| &n.hosts).map(|host| source_repair(context, *host));
    ruling.note_steps = repair::clear_unconstrained_steps(&clear.collect::<Vec<_>>());
    if !untold.is_empty() || hosts.is_empty() {
        ruling.missing.push(format!(
            "TrustedForDelegation of {}",
            if untold.is_empty() { "any host".to_owned() } else { untold.join(", ") }
        ));
    }
    ruling
}

/// The user for whom the move was made is sensitive or in Protected Users.
pub(super) fn not_delegable(context: &Context<'_>) -> Ruling {
    let estate = context.estate;
    let completed = context.joined.attempts.iter().filter(|a| a.outcome == Outcome::Completed);
    let mut ruling = Ruling { examined: completed.count() as u64, ..Ruling::default() };
    let mut users = BTreeSet::new();
    for (index, attempt) in context.failed() {
        let Some(refusal) = refusal::of(context, attempt).filter(refusal::Refusal::at_connect) else {
            ruling.examined += 1;
            continue;
        };
        let Some(name) = &attempt.user else { continue };
        let Some(user) = estate.users.iter().find(|u| is_user(u, name)) else {
            ruling.missing.push(format!("the account {}", repair::shown(name)));
            continue;
        };
        ruling.examined += 1;
        let protected = protected_users(context, user);
        let reason = match (user.not_delegated.known(), &protected) {
            (Some(true), _) => Evidence::stated(
                user.at.clone(),
                None,
                format!("{} is marked \"sensitive and cannot be delegated\"", user.name),
            ),
            (_, Some(evidence)) => evidence.clone(),
            (None, None) => {
                ruling.missing.push(format!("AccountNotDelegated of {}", repair::shown(name)));
                continue;
            }
            _ => continue,
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
        claim.evidence.extend(refusal.kdc);
        claim.facts = context.pair(attempt).map(|p| p.evidence(estate)).unwrap_or_default();
        claim.facts.insert(0, reason);
        claim.settled = estate.of(attempt.source.unwrap_or(crate::hosts::HostId(0))).authentication.is_some();
        let others = |outcome: Outcome| {
            context.joined.attempts.iter().find(move |a| {
                a.outcome == outcome
                    && a.source == attempt.source
                    && a.destination == attempt.destination
                    && a.user.is_some()
                    && a.user != attempt.user
            })
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
                says: format!("a move for {} failed as well: {}", other.user.as_deref().unwrap_or_default(), sign.says),
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

/// The directory is right now and was not when the move failed, or was right and not yet in force.
pub(super) fn not_effective_yet(context: &Context<'_>) -> Ruling {
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
    let later = relevant.iter().find(|c| c.time > failed_at);
    let earlier = relevant.iter().rev().find(|c| c.time <= failed_at);
    let mut claim = Claim::new(context, index, Confidence::Confirmed);
    claim.facts = pair.evidence(estate);
    claim.settled =
        estate.of(pair.source).authentication.as_ref().map(|a| a.value) == Some(AuthenticationType::Kerberos);
    let shown = |c: &Change| Evidence {
        time: Some(c.time),
        host: Some(estate.name(c.logged_by)),
        side: None,
        at: c.at.clone(),
        says: format!("{} of {}: {}", c.what.attribute(), c.object, c.what.words()),
    };
    if let Some(change) = later {
        let was_wrong = gap_of(&pair.at(estate, attempt.started)).is_some();
        claim.evidence.extend(relevant.iter().filter(|c| c.time > failed_at).take(4).map(|c| shown(c)));
        claim.caveats.push("The delegation was wrong when the move failed and has been corrected since.".to_owned());
        if !was_wrong {
            claim.cap(Confidence::Likely, format!("{} states what was set, not what was there before.", change.at));
        }
    } else if let Some(change) = earlier.filter(|c| failed_at - c.time < TICKET_LIFETIME) {
        let rebooted = estate.of(pair.source).boots.iter().any(|(t, _)| *t > change.time && *t < failed_at);
        // A move that completed after the change shows that it was in force.
        let in_force = context.joined.attempts.iter().any(|a| {
            let here = a.source == attempt.source && a.destination == attempt.destination;
            here && a.outcome == Outcome::Completed && a.started > change.time && a.started < failed_at
        });
        if rebooted || in_force {
            return None;
        }
        claim.evidence.push(shown(change));
        claim.caveats.push(
            "The delegation was right when the move failed and not yet in force: tickets live up to 10 hours."
                .to_owned(),
        );
        claim.cap(Confidence::Likely, "No ticket list of the source shows which tickets it held.");
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
            host: Some(estate.name(pair.source)),
            side: None,
            at: changed.1,
            says: "whenChanged of the source's computer object is later than the failure".to_owned(),
        });
        claim.cap(
            Confidence::Possible,
            "Every change of the object moves whenChanged; which attribute it was is not known.",
        );
        claim.raise.push(format!(
            "Find out when the list changed: repadmin /showobjmeta * \"<distinguished name of {}>\", or the Security log of the domain controllers (5136, 4742)",
            repair::shown(&estate.name(pair.source))
        ));
        claim.settled = false;
    }
    if !claim.settled && claim.confidence > Confidence::Likely {
        claim.cap(Confidence::Likely, "The authentication type of the source is not known.");
        claim.raise.push(format!("Send {}", ask_vm_host()));
    }
    // Failures that begin before the change and go on long after it are not cured by it.
    let still = context.joined.attempts.iter().find(|a| {
        let after = later.or(earlier).is_some_and(|c| a.started - c.time >= TICKET_LIFETIME);
        after
            && a.failed()
            && a.source == attempt.source
            && a.destination == attempt.destination
            && refusal::of(context, a).is_some()
    });
    if let Some(sign) = still.and_then(|a| context.signs(a).into_iter().next()) {
        claim.lower(Evidence {
            says: format!("still refused more than 10 hours after the change: {}", sign.says),
            ..sign
        });
    }
    Some(claim)
}

/// A change that makes this pair work: an entry for the destination, or protocol transition.
fn concerns(change: &Change, estate: &crate::estate::Estate, pair: &PairState) -> bool {
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
fn stated_by_value(change: &Change, estate: &crate::estate::Estate) -> bool {
    estate.changes.iter().any(|c| {
        let value = matches!(c.what, ChangeKind::Added(_) | ChangeKind::Deleted(_));
        value && c.host == change.host && (c.time - change.time).abs() <= Duration::seconds(30)
    })
}

/// The old value that a 5136 pair deletes beside the new one lacks protocol transition.
fn flags_were_off(change: &Change, estate: &crate::estate::Estate) -> bool {
    let near = |c: &&Change| c.host == change.host && (c.time - change.time).abs() <= Duration::seconds(2);
    let old = estate.changes.iter().filter(near).find_map(|c| match c.what {
        ChangeKind::FlagsWere(flags) => Some(flags),
        _ => None,
    });
    old.is_none_or(|flags| flags & uac::TRUSTED_TO_AUTH == 0)
}
