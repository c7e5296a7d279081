//! Changes of directory objects and of passwords as candidates.

use super::Interval;
use super::candidates::{candidate, within};
use crate::causes::Context;
use crate::directory_changes::{ATTRIBUTES, Change, ChangeKind};
use crate::estate::Estate;
use crate::hosts::HostId;
use crate::knowledge::Meaning;
use crate::signals::Signal;
use delegap_model::{Evidence, Finding, OnsetCandidate, OnsetKind, Severity, Spn, Weight};

/// Attributes of a host's object, beside those of delegation, whose change can stop its moves.
const BESIDE: [&str; 5] =
    ["servicePrincipalName", "msDS-SupportedEncryptionTypes", "unicodePwd", "dNSHostName", "sAMAccountName"];

/// Changes of directory objects. What was taken away serves on until the tickets end.
pub(super) fn changes(context: &Context<'_>, findings: &[Finding], interval: &Interval, out: &mut Vec<OnsetCandidate>) {
    let estate = context.estate;
    for change in &estate.changes {
        let Some(host) = change.host.filter(|h| interval.hosts.contains(h)) else { continue };
        let tickets = estate.of(host).ticket_lifetime();
        let from = if takes_away(&change.what) { interval.from - tickets } else { interval.from };
        if change.time <= from || change.time > interval.to {
            continue;
        }
        let id = format!("{} ({})", change.what.attribute(), change.what.words());
        let mut found = candidate(change.time, OnsetKind::DirectoryChange, id, estate.name(host));
        let says = format!("{} of {}: {}", change.what.attribute(), change.object, change.what.words());
        found.evidence = vec![Evidence {
            time: Some(change.time),
            ..Evidence::stated(change.at.clone(), Some(estate.name(change.logged_by)), says)
        }];
        if let Some(mechanism) = removes_ground(estate, change, host, findings) {
            found.weight = Weight::Strong;
            found.mechanism = Some(mechanism);
        }
        if change.time <= interval.from {
            let hours = tickets.num_hours();
            found.note = Some(format!("before the last success: tickets got before it served on for up to {hours} h"));
        }
        out.push(found);
    }
    for meaning in [Meaning::UserChanged, Meaning::GroupJoined, Meaning::PasswordChanged] {
        for signal in estate.between(meaning, interval.from, interval.to) {
            out.extend(account_change(context, signal, interval, findings));
        }
    }
    let rows = interval.hosts.iter().flat_map(|host| estate.metadata_of(*host).map(|row| (*host, row)));
    let bears = |attribute: &str| ATTRIBUTES.iter().chain(&BESIDE).any(|a| a.eq_ignore_ascii_case(attribute));
    for (host, row) in rows {
        if !bears(&row.attribute) {
            continue;
        }
        let Some(time) = within(row.changed, interval.from, interval.to) else { continue };
        let mut found = candidate(
            time,
            OnsetKind::DirectoryChange,
            format!("{} (version {})", row.attribute, row.version),
            estate.name(host),
        );
        found.evidence = vec![Evidence::stated(
            row.at.clone(),
            Some(estate.name(host)),
            format!("{} was last written", row.attribute),
        )];
        found.note = Some("by replication metadata: when it was last written, not what was there before".to_owned());
        out.push(found);
    }
}

fn takes_away(what: &ChangeKind) -> bool {
    match what {
        ChangeKind::Deleted(_) | ChangeKind::ResourceBased { added: false } => true,
        ChangeKind::SamFlags { to_auth, .. } => *to_auth == (true, false),
        _ => false,
    }
}

/// Why a change made what a finding now rests on.
fn removes_ground(estate: &Estate, change: &Change, host: HostId, findings: &[Finding]) -> Option<String> {
    let name = estate.name(host);
    let rests = |causes: &[&str], destination: Option<&str>| {
        findings.iter().any(|f| {
            let pairs = f.pairs.iter().any(|p| p.source == name && destination.is_none_or(|d| p.destination == d));
            f.severity == Severity::Error && causes.contains(&f.cause) && pairs
        })
    };
    let missing = ["kcd-missing", "kcd-wrong-service", "kcd-name-form-incomplete", "kcd-wrong-target"];
    match &change.what {
        ChangeKind::Deleted(spn) if spn.has_class(Spn::MIGRATION) => {
            let destination =
                estate.hosts.find(spn.host(), estate.of(host).domain.as_deref()).map(|d| estate.name(d))?;
            rests(&missing, Some(&destination))
                .then(|| format!("it took the entry for {destination} from the list of {name}"))
        }
        ChangeKind::SamFlags { to_auth: (true, false), .. } => {
            rests(&["kcd-kerberos-only"], None).then(|| format!("it turned protocol transition of {name} off"))
        }
        _ => None,
    }
}

/// A user's account, group or a computer's password changed.
fn account_change(
    context: &Context<'_>,
    signal: &Signal,
    interval: &Interval,
    findings: &[Finding],
) -> Option<OnsetCandidate> {
    let estate = context.estate;
    let field = |name: &str| signal.event.field(name).map(str::trim).filter(|v| !v.is_empty() && *v != "-");
    let name = match signal.meaning() {
        Meaning::GroupJoined => field("MemberName").or_else(|| field("MemberSid"))?,
        Meaning::PasswordChanged => return interval.hosts.contains(&signal.host).then(|| password(context, signal)),
        _ => field("TargetUserName")?,
    };
    let user = findings
        .iter()
        .filter(|f| f.cause == "initiator-not-delegable" && f.severity == Severity::Error)
        .flat_map(|f| &f.users);
    let own = user.into_iter().find(|u| name.to_lowercase().contains(&u.to_lowercase()));
    let moved = context
        .joined
        .attempts
        .iter()
        .filter_map(|a| a.user.as_deref())
        .any(|u| name.to_lowercase().contains(&u.to_lowercase()));
    if !moved && own.is_none() {
        return None;
    }
    let mut found = candidate(
        signal.time,
        OnsetKind::DirectoryChange,
        format!("{}: {name}", signal.rule.says),
        estate.name(signal.host),
    );
    found.evidence = vec![context.shown(signal)];
    if let Some(user) = own {
        found.weight = Weight::Strong;
        found.mechanism = Some(format!("{user} may not be delegated now, and the failures are those of {user}"));
    }
    Some(found)
}

fn password(context: &Context<'_>, signal: &Signal) -> OnsetCandidate {
    let mut found = candidate(
        signal.time,
        OnsetKind::DirectoryChange,
        "password of the computer",
        context.estate.name(signal.host),
    );
    found.evidence = vec![context.shown(signal)];
    found
}
