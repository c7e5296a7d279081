//! A host's computer account is disabled, or its password is not the one the directory holds.

use super::spn_duplicate::misheld;
use super::support::{NEAR, hosts_in, is_party, status};
use super::wrong_principal::{Answered, answered};
use super::{Claim, Context, Exclusion, Note, Rule, Ruling};
use crate::attempts::Attempt;
use crate::hosts::HostId;
use crate::knowledge::Meaning;
use chrono::Duration;
use delegap_model::{Code, Confidence, Evidence, Severity, Yearless};
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule { id: "machine-account-broken", judge };

/// KDC_ERR_CLIENT_REVOKED
const REVOKED: u32 = 0x12;
/// SEC_E_WRONG_PRINCIPAL: the destination can't open the ticket.
const WRONG_PRINCIPAL: Code = Code(0x8009_0322);
/// A broken secure channel stays so until it is repaired; the host notices when it renews it.
const CHANNEL: Duration = Duration::hours(12);

/// The same as NTSTATUS.
const BROKEN_STATUS: [u32; 4] = [0xc000_0022, 0xc000_018a, 0xc000_018b, 0xc000_018d];

/// Errors of a secure channel that say that the passwords differ or the account is gone. Others, such as 1311, say that no
/// domain controller answered.
const BROKEN: [(u32, &str); 4] = [
    (5, "ERROR_ACCESS_DENIED"),
    (1786, "ERROR_NO_TRUST_LSA_SECRET"),
    (1787, "ERROR_NO_TRUST_SAM_ACCOUNT"),
    (1789, "ERROR_TRUSTED_RELATIONSHIP_FAILURE"),
];

fn judge(context: &Context<'_>) -> Ruling {
    let estate = context.estate;
    let mut ruling = Ruling::default();
    let mut claimed = BTreeSet::new();
    for (index, attempt) in context.failed() {
        let coded = context.leading(attempt, "machine-account-broken");
        let plain = coded.iter().any(|(c, _)| !context.is_ambiguous(*c));
        if coded.is_empty() && !context.authentication_failed(attempt) {
            continue;
        }
        let disabled = disabled(context, attempt);
        let revoked = revoked(context, attempt);
        let channel = broken_channel(context, attempt);
        let key = match answered(context, attempt) {
            Answered::Destination(signal) if !coded.is_empty() => Some(context.shown(signal)),
            _ => None,
        };
        // Who can't open a ticket has the wrong key: only that host's own state bears on it.
        let destination = attempt.destination.map(|host| estate.name(host));
        let unread = key.is_some() || coded.iter().any(|(code, _)| *code == WRONG_PRINCIPAL);
        let bears = |fact: &Evidence| !unread || plain || fact.host.as_deref() == destination.as_deref();
        let disabled: Vec<Evidence> = disabled.into_iter().filter(bears).collect();
        let channel: Vec<Evidence> = channel.into_iter().filter(bears).collect();
        // Times without a year support what a code says, and say nothing alone.
        let debug = if coded.is_empty() { Vec::new() } else { logged_failures(context, attempt) };
        let debug: Vec<Evidence> = debug.into_iter().filter(bears).collect();
        let only_debug = channel.is_empty() && !debug.is_empty();
        let channel: Vec<Evidence> = channel.into_iter().chain(debug).collect();
        // Another authentication code that has a cause of its own is not this one's.
        let other = attempt.codes.iter().any(|c| context.decides(*c) && !context.leads(*c, RULE.id));
        let supported = !revoked.is_empty() || key.is_some() || !channel.is_empty() || !disabled.is_empty();
        let fits = plain || (!coded.is_empty() && supported) || !revoked.is_empty() || (!other && supported);
        if !fits {
            continue;
        }
        // A key that does not fit is the other object's where the directory shows the name twice or misplaced.
        let without_sign = disabled.is_empty() && revoked.is_empty() && channel.is_empty();
        if let Some(evidence) = misheld(context, attempt.destination).filter(|_| without_sign) {
            let why = "The destination's service principal name stands on another object, whose key the ticket has.";
            ruling.excluded.push(Exclusion { attempt: index, why: why.to_owned(), evidence });
            continue;
        }
        let own_sign = plain || key.is_some() || !revoked.is_empty();
        let disabled_none = disabled.is_empty();
        let fact = !disabled.is_empty() || !channel.is_empty();
        let sure = match (own_sign, fact) {
            (true, true) => Confidence::Confirmed,
            (true, false) => Confidence::Likely,
            (false, _) if !disabled.is_empty() || !coded.is_empty() => Confidence::Likely,
            _ => Confidence::Possible,
        };
        let mut claim = Claim::new(context, index, sure);
        claim.evidence.extend(revoked.into_iter().chain(key));
        claim.facts = disabled.into_iter().chain(channel).collect();
        if only_debug && disabled_none {
            claim.cap(
                Confidence::Likely,
                "netlogon.log names neither year nor zone of its times: it may be of another year.",
            );
        }
        if claim.confidence < Confidence::Confirmed {
            claim.raise.push(
                "On both hosts: Test-ComputerSecureChannel -Verbose, nltest /sc_verify:<domain>; and Get-ADComputer <host> -Properties Enabled, PasswordLastSet"
                    .to_owned(),
            );
        }
        claimed.extend([attempt.source, attempt.destination].into_iter().flatten());
        ruling.claims.push(claim);
    }
    let mut untold = BTreeSet::new();
    for host in estate.hyper_v_hosts() {
        let Some(computer) = &estate.of(host).computer else {
            untold.insert(estate.name(host));
            continue;
        };
        match computer.enabled.known() {
            Some(true) => ruling.examined += 1,
            Some(false) => {
                ruling.examined += 1;
                if !claimed.contains(&host) {
                    ruling.notes.push(Note {
                        severity: Severity::Warning,
                        confidence: Confidence::Confirmed,
                        pairs: Vec::new(),
                        hosts: vec![host],
                        evidence: vec![Evidence::stated(
                            computer.at.clone(),
                            Some(estate.name(host)),
                            "the account is disabled",
                        )],
                        says: format!("The computer account of {} is disabled.", estate.name(host)),
                    });
                }
            }
            None => {
                untold.insert(estate.name(host));
            }
        }
    }
    let dark = context.unlogged("system", |a| a.source, |a| context.authentication_failed(a));
    if !untold.is_empty() {
        ruling
            .missing
            .push(format!("whether the accounts are enabled: {}", untold.into_iter().collect::<Vec<_>>().join(", ")));
    }
    if !dark.is_empty() {
        ruling.missing.push(format!(
            "System log of {} at the time of the failures",
            dark.into_iter().collect::<Vec<_>>().join(", ")
        ));
    }
    ruling
}

/// A host of the move whose account is disabled.
fn disabled(context: &Context<'_>, attempt: &Attempt) -> Vec<Evidence> {
    let estate = context.estate;
    let state = |host: HostId| {
        let computer = estate.of(host).computer.as_ref()?;
        let off = computer.enabled.known() == Some(&false);
        off.then(|| {
            Evidence::stated(
                computer.at.clone(),
                Some(estate.name(host)),
                format!("the account {} is disabled", computer.name),
            )
        })
    };
    [attempt.source, attempt.destination].into_iter().flatten().filter_map(state).collect()
}

/// A domain controller refused a ticket to or for a host of the move because the account is revoked.
fn revoked(context: &Context<'_>, attempt: &Attempt) -> Vec<Evidence> {
    let hosts = &context.estate.hosts;
    let of_host = |value: &str| hosts_in(value, hosts).iter().any(|h| is_party(attempt, *h));
    let refused = |meaning| {
        context.witnessed(meaning, attempt, NEAR).filter(|s| {
            let name = s.event.field("TargetUserName").unwrap_or("");
            status(s) == Some(REVOKED) && name.trim_end_matches(|c| c != '$').ends_with('$') && of_host(name)
        })
    };
    let both = [Meaning::ServiceTicket, Meaning::TgtRequested].into_iter().flat_map(refused);
    both.map(|s| context.shown(s)).collect()
}

/// NETLOGON says that a host of the move has no secure channel, on the host or on a domain controller.
fn broken_channel(context: &Context<'_>, attempt: &Attempt) -> Vec<Evidence> {
    let hosts = &context.estate.hosts;
    let about = |s: &&crate::signals::Signal| {
        let own = is_party(attempt, s.host);
        own || s.event.fields.iter().any(|f| hosts_in(f.value, hosts).iter().any(|h| is_party(attempt, *h)))
    };
    let broken =
        context.witnessed(Meaning::SecureChannelBroken, attempt, CHANNEL).filter(|s| s.rule.alone).filter(about);
    let queried = [attempt.source, attempt.destination].into_iter().flatten().filter_map(|host| {
        let channel = context.estate.of(host).secure_channel.as_ref()?;
        let (code, name) = BROKEN.iter().find(|(code, _)| *code == channel.value)?;
        let says = format!("the secure channel does not work now: {code} ({name})");
        Some(Evidence::stated(channel.at.clone(), Some(context.estate.name(host)), says))
    });
    broken.map(|s| context.shown(s)).take(3).chain(queried).collect()
}

/// Netlogon's own log shows that a host of the move could not set up its secure channel around the move's month, day and time.
fn logged_failures(context: &Context<'_>, attempt: &Attempt) -> Vec<Evidence> {
    let of_host = |host: HostId| {
        let failures = context.estate.of(host).channel_failures.iter();
        failures
            .filter(|f| BROKEN_STATUS.contains(&f.status))
            .filter(|f| Yearless::may_span(f.first, f.last, attempt.started, CHANNEL))
            .map(move |f| context.channel_failure(host, f))
    };
    [attempt.source, attempt.destination].into_iter().flatten().flat_map(of_host).take(3).collect()
}
