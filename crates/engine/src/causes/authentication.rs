//! Authentication causes that are not delegation: CredSSP, mismatched types, rights, the destination's own name.

use super::refusal;
use super::{Claim, Context, Note, Ruling, ask_directory, ask_vm_host};
use crate::attempts::Attempt;
use crate::hosts::HostId;
use crate::knowledge::{CodeGroup, Meaning};
use crate::pairs::host_name;
use crate::repair;
use crate::signals::Signal;
use chrono::Duration;
use delegap_model::{AuthenticationType, Code, Confidence, Evidence, Initiator, Severity, Spn, same_name, short_name};
use std::collections::BTreeSet;

const NO_CREDENTIALS: Code = Code(0x8009_030e);
const UNKNOWN_CREDENTIALS: Code = Code(0x8009_030d);
const ACCESS_DENIED: Code = Code(0x8007_0005);
const TARGET_UNKNOWN: Code = Code(0x8009_0303);
const LOGON_TYPE_NOT_GRANTED: Code = Code(0x8007_0569);
const NT_LOGON_TYPE_NOT_GRANTED: Code = Code(0xc000_015b);
/// First build where Credential Guard is on by default (Server 2025).
const CREDENTIAL_GUARD_BUILD: u32 = 26100;

fn type_of(context: &Context<'_>, host: Option<HostId>) -> Option<AuthenticationType> {
    host.and_then(|h| context.estate.of(h).authentication.as_ref()).map(|a| a.value)
}

fn type_evidence(context: &Context<'_>, host: Option<HostId>) -> Vec<Evidence> {
    let fact = host.and_then(|h| Some((h, context.estate.of(h).authentication.as_ref()?)));
    let says = |t| match t {
        AuthenticationType::Kerberos => "live migration authenticates with Kerberos",
        AuthenticationType::CredSsp => "live migration authenticates with CredSSP",
    };
    fact.map(|(h, f)| Evidence::stated(f.at.clone(), Some(context.estate.name(h)), says(f.value))).into_iter().collect()
}

/// Marks the hosts whose authentication type nobody told.
fn types_missing(context: &Context<'_>, ruling: &mut Ruling) {
    let untold: BTreeSet<String> = context
        .failed()
        .filter_map(|(_, a)| a.source)
        .filter(|h| context.estate.of(*h).authentication.is_none())
        .map(|h| context.estate.name(h))
        .collect();
    if !untold.is_empty() {
        ruling.missing.push(format!("authentication type of {}", untold.into_iter().collect::<Vec<_>>().join(", ")));
    }
}

/// CredSSP, and the move was not started where the credentials are.
pub(super) fn credssp_remote(context: &Context<'_>) -> Ruling {
    let mut ruling = Ruling { examined: context.moves(), ..Ruling::default() };
    types_missing(context, &mut ruling);
    for (index, attempt) in context.failed() {
        let refused = refusal::of(context, attempt).is_some_and(|r| r.at_connect());
        let policy = attempt.means(context.estate, &[Meaning::CredsspNotDelegated]);
        let fits = attempt.codes.contains(&NO_CREDENTIALS)
            || attempt.codes.contains(&UNKNOWN_CREDENTIALS)
            || attempt.means(context.estate, &[Meaning::NoCredentials]);
        if !refused || policy || !fits || type_of(context, attempt.source) != Some(AuthenticationType::CredSsp) {
            continue;
        }
        let mut claim = Claim::new(context, index, Confidence::Confirmed);
        claim.facts = type_evidence(context, attempt.source);
        match attempt.initiator {
            Some(Initiator::Remote) => {}
            Some(Initiator::Local) => claim
                .cap(Confidence::Possible, "Someone signed in on the source started the move, which CredSSP allows."),
            Some(Initiator::Cluster) => {
                claim.cap(
                    Confidence::Possible,
                    "The cluster service started the move; it has no user's credentials to hand on.",
                );
            }
            None => {
                claim.cap(Confidence::Likely, "No event shows where the move was started; the message itself is what CredSSP writes when it was elsewhere.");
                claim.raise.push(
                    "Send the Security log of the source around a failure (4624 shows who signed in, and from where)"
                        .to_owned(),
                );
            }
        }
        let build = attempt.source.and_then(|h| context.estate.of(h).build.as_ref());
        if build.is_some_and(|b| b.value >= CREDENTIAL_GUARD_BUILD) {
            claim.cap(Confidence::Likely, "On Server 2025 Credential Guard is on by default and blocks CredSSP by itself (rival: credssp-credential-guard).");
            claim.raise.push(
                "Show whether Credential Guard runs: Get-CimInstance -Namespace root/Microsoft/Windows/DeviceGuard Win32_DeviceGuard".to_owned(),
            );
        }
        ruling.claims.push(claim);
    }
    ruling
}

/// CredSSP, and policy or a missing update forbids it.
pub(super) fn credssp_policy(context: &Context<'_>) -> Ruling {
    let estate = context.estate;
    let mut ruling = Ruling { examined: context.moves(), ..Ruling::default() };
    for (index, attempt) in context.failed() {
        let own = attempt.means(estate, &[Meaning::CredsspNotDelegated]);
        let coded = attempt.coded(estate, CodeGroup::Credssp).next().is_some();
        let refused_version = context.near(Meaning::CredsspVersionRefused, attempt, Duration::minutes(1)).find(|s| {
            let target = s.event.field("TargetName").or_else(|| s.event.value(0)).unwrap_or("");
            let target = estate.hosts.find(Spn::new(target).host(), None);
            Some(s.host) == attempt.source && target.is_some() && target == attempt.destination
        });
        let kind = type_of(context, attempt.source);
        if (!own && !coded && refused_version.is_none()) || kind == Some(AuthenticationType::Kerberos) {
            continue;
        }
        let mut claim = Claim::new(
            context,
            index,
            if kind.is_some() && (own || coded) { Confidence::Confirmed } else { Confidence::Likely },
        );
        claim.facts = type_evidence(context, attempt.source);
        claim.evidence.extend(refused_version.map(|s| s.evidence(&estate.hosts)));
        if kind.is_none() {
            claim.caveats.push(
                "The authentication type of the source was not supplied; the message itself speaks of CredSSP."
                    .to_owned(),
            );
            claim.raise.push(format!("Send {}", ask_vm_host()));
        }
        ruling.claims.push(claim);
    }
    ruling
}

/// The two hosts are set to different authentication types.
pub(super) fn type_mismatch(context: &Context<'_>) -> Ruling {
    let estate = context.estate;
    let mut ruling = Ruling::default();
    let mut hosts = BTreeSet::new();
    let mut claimed = BTreeSet::new();
    let differ = |a: HostId, b: HostId| matches!((type_of(context, Some(a)), type_of(context, Some(b))), (Some(x), Some(y)) if x != y);
    for (index, attempt) in context.failed() {
        let (Some(a), Some(b)) = (attempt.source, attempt.destination) else { continue };
        let refused = refusal::of(context, attempt).is_some_and(|r| r.at_connect());
        let at_destination = attempt.means(estate, &[Meaning::AuthenticationFailedAtDestination, Meaning::Denied]);
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

/// The destination refuses the account.
pub(super) fn not_authorized(context: &Context<'_>) -> Ruling {
    let estate = context.estate;
    let mut ruling = Ruling { examined: context.moves(), ..Ruling::default() };
    for (index, attempt) in context.failed() {
        let at_destination = attempt.signals(estate).any(|s| {
            s.means_any(&[Meaning::Denied, Meaning::AuthenticationFailedAtDestination])
                && s.codes.contains(&ACCESS_DENIED)
        });
        let pointed = attempt.means(estate, &[Meaning::RefusedByPeer]);
        let other_code = attempt.codes.iter().any(|c| *c != ACCESS_DENIED);
        let delegation = refusal::of(context, attempt).is_some();
        if (!at_destination && !pointed) || delegation || (!at_destination && other_code) {
            continue;
        }
        let mut claim =
            Claim::new(context, index, if at_destination { Confidence::Likely } else { Confidence::Possible });
        claim.raise.push(
            "Compare the account with Administrators and Hyper-V Administrators on both hosts: Get-LocalGroupMember 'Hyper-V Administrators'".to_owned(),
        );
        if !at_destination {
            claim.raise.push("Send the destination's management log: it says why the destination refused".to_owned());
        }
        ruling.claims.push(claim);
    }
    logs_missing(context, &mut ruling);
    ruling
}

/// Without the destination's log a refusal there can't be seen.
fn logs_missing(context: &Context<'_>, ruling: &mut Ruling) {
    let untold: BTreeSet<String> = context
        .failed()
        .filter_map(|(_, a)| Some((a.destination?, a)))
        .filter(|(d, a)| !context.estate.reaches(*d, "hyper-v-vmms", a.started))
        .map(|(d, _)| context.estate.name(d))
        .collect();
    if !untold.is_empty() {
        ruling.missing.push(format!(
            "management log of {} at the time of the failures",
            untold.into_iter().collect::<Vec<_>>().join(", ")
        ));
    }
}

/// The destination's migration service has no registered name.
pub(super) fn spn_missing(context: &Context<'_>) -> Ruling {
    let estate = context.estate;
    let mut ruling = Ruling::default();
    let mut hosts = BTreeSet::new();
    let mut unknown = Vec::new();
    let registered = |host: HostId| -> Option<bool> {
        let spns = estate.of(host).computer.as_ref()?.service_principal_names.told_items()?;
        let name = estate.hosts.name(host);
        let forms: Vec<&str> = spns.iter().filter(|s| s.has_class(Spn::MIGRATION)).map(Spn::rest).collect();
        let short = forms.iter().any(|f| same_name(f, &name.short));
        // A host may be known by another suffix than the one it registers under.
        let full = forms.iter().any(|f| f.contains('.') && same_name(short_name(f), &name.short));
        Some(short && (full || name.full.is_none()))
    };
    for (index, attempt) in context.failed() {
        let Some(destination) = attempt.destination else { continue };
        let coded = attempt.codes.contains(&TARGET_UNKNOWN);
        let kerberos = context.near(Meaning::SpnUnknown, attempt, Duration::minutes(1)).find(|s| {
            let spn = s.event.field("SPN").or_else(|| s.event.value(0)).unwrap_or("");
            Some(s.host) == attempt.source && estate.hosts.find(Spn::new(spn).host(), None) == Some(destination)
        });
        if !coded && kerberos.is_none() {
            continue;
        }
        let failed_registration = registration_failure(context, destination, attempt);
        let gone = registered(destination) == Some(false);
        if registered(destination) == Some(true) {
            continue;
        }
        let mut claim = Claim::new(context, index, if gone { Confidence::Confirmed } else { Confidence::Possible });
        claim.evidence.extend(kerberos.map(|s| s.evidence(&estate.hosts)));
        claim.facts.extend(spn_evidence(context, destination));
        if let Some(evidence) = failed_registration {
            claim.facts.push(evidence);
            claim.confidence = claim.confidence.max(Confidence::Likely);
        }
        if !gone {
            claim.raise.push(format!("Send {}", ask_directory()));
        }
        hosts.insert(destination);
        ruling.claims.push(claim);
    }
    for host in estate.hyper_v_hosts() {
        match registered(host) {
            Some(ok) => {
                ruling.examined += 1;
                if !ok && hosts.insert(host) {
                    ruling.notes.push(Note {
                        severity: Severity::Warning,
                        confidence: Confidence::Likely,
                        pairs: context
                            .pairs
                            .list
                            .iter()
                            .filter(|p| p.destination == host)
                            .map(|p| (p.source, p.destination))
                            .collect(),
                        hosts: vec![host],
                        evidence: spn_evidence(context, host),
                        says: format!(
                            "{} has not registered its migration service under both of its names.",
                            estate.name(host)
                        ),
                    });
                }
            }
            None => unknown.push(estate.name(host)),
        }
    }
    if !unknown.is_empty() || ruling.examined == 0 {
        ruling.missing.push(format!(
            "servicePrincipalName of {}",
            if unknown.is_empty() { "any host".to_owned() } else { unknown.join(", ") }
        ));
    }
    for host in hosts {
        let name = host_name(estate, host);
        let listed =
            estate.of(host).computer.as_ref().and_then(|c| c.service_principal_names.told_items()).unwrap_or(&[]);
        let missing = repair::missing_entries(&name, listed, &[Spn::MIGRATION]);
        ruling.steps.extend(repair::spn_registration_steps(&name, &missing, estate.of(host).cluster.is_some()));
    }
    ruling.note_steps = ruling.steps.clone();
    ruling
}

fn spn_evidence(context: &Context<'_>, host: HostId) -> Vec<Evidence> {
    let Some(computer) = &context.estate.of(host).computer else { return Vec::new() };
    let held: Vec<&str> = computer
        .service_principal_names
        .told_items()
        .unwrap_or(&[])
        .iter()
        .filter(|s| s.has_class(Spn::MIGRATION))
        .map(Spn::as_str)
        .collect();
    let says = if held.is_empty() {
        "servicePrincipalName holds no migration service".to_owned()
    } else {
        format!("servicePrincipalName holds only {}", held.join(", "))
    };
    vec![Evidence::stated(computer.at.clone(), Some(context.estate.name(host)), says)]
}

/// VMMS 14050 on the destination before the attempt, with no success after it.
fn registration_failure(context: &Context<'_>, destination: HostId, attempt: &Attempt) -> Option<Evidence> {
    let about = [Meaning::SpnNotRegistered, Meaning::SpnRegistered];
    // Other services of the host register names of their own.
    let migration = |s: &Signal| {
        let spn = s.event.field("SPN").or_else(|| s.event.value(0)).unwrap_or("").trim();
        spn.is_empty() || Spn::new(spn).has_class(Spn::MIGRATION)
    };
    let last = super::network::last_of(context, destination, &about, attempt.started, migration)?;
    last.means(Meaning::SpnNotRegistered).then(|| last.evidence(&context.estate.hosts))
}

/// A logon right that the VM's service account needs is gone.
pub(super) fn logon_right(context: &Context<'_>) -> Ruling {
    let estate = context.estate;
    let mut ruling = Ruling { examined: context.moves(), ..Ruling::default() };
    for (index, attempt) in context.failed() {
        if !attempt.codes.contains(&LOGON_TYPE_NOT_GRANTED) && !attempt.codes.contains(&NT_LOGON_TYPE_NOT_GRANTED) {
            continue;
        }
        let refused = context.near(Meaning::LogonRefused, attempt, Duration::minutes(10)).find(|s| {
            let code = |f: &str| s.event.field(f).and_then(Code::parse_field);
            let right = code("Status") == Some(NT_LOGON_TYPE_NOT_GRANTED)
                || code("SubStatus") == Some(NT_LOGON_TYPE_NOT_GRANTED);
            right && attempt.destination == Some(s.host)
        });
        let mut claim =
            Claim::new(context, index, if refused.is_some() { Confidence::Confirmed } else { Confidence::Likely });
        claim.facts.extend(refused.map(|s| s.evidence(&estate.hosts)));
        claim.raise.push(
            "Show the effective right on the destination: secedit /export /cfg rights.inf /areas USER_RIGHTS (SeServiceLogonRight must hold S-1-5-83-0)"
                .to_owned(),
        );
        ruling.claims.push(claim);
    }
    ruling
}
