//! Who started a move, as far as logons on the source show it.
//!
//! A move started from elsewhere arrives as a network logon (type 3) seconds before it, or in a remote PowerShell session;
//! a move started on the source's own console follows an interactive logon (2, 10, 11). Machine accounts and the services'
//! own logons say nothing. Exactly one candidate counts; several are no evidence.

use crate::attempts::Attempt;
use crate::estate::Estate;
use crate::hosts::HostId;
use crate::knowledge::Meaning;
use crate::signals::{Signal, plain_vm_name};
use chrono::Duration;
use delegap_model::{Initiator, Sid, same_name};
use std::collections::BTreeSet;

/// How long before the start a remote tool's logon may lie.
const REMOTE: Duration = Duration::seconds(10);
/// How long before the start someone may have signed in on the source to start it.
const LOCAL: Duration = Duration::seconds(30);
/// How long after a failed move the cluster may report that the drain failed.
const DRAIN: Duration = Duration::minutes(10);

/// Fills in user and initiator of one attempt.
pub(crate) fn find(attempt: &mut Attempt, estate: &Estate) {
    if attempt.initiator == Some(Initiator::Cluster) {
        return;
    }
    let Some(source) = attempt.source else { return };
    if drained(attempt, estate, source) {
        attempt.initiator = Some(Initiator::Cluster);
        return;
    }
    let near = estate.between(Meaning::Logon, attempt.started - LOCAL, attempt.started).filter(|s| s.host == source);
    let mut remote = BTreeSet::new();
    let mut local = BTreeSet::new();
    for signal in near {
        let Some(user) = person(signal) else { continue };
        match signal.event.field("LogonType").map(str::trim) {
            Some("3") if !from_itself(signal, estate) && attempt.started - signal.time <= REMOTE => remote.insert(user),
            Some("2" | "10" | "11") => local.insert(user),
            _ => false,
        };
    }
    // Signing in by Remote Desktop is a network logon first.
    remote.retain(|user| !local.contains(user));
    let mut all = remote.iter().chain(&local);
    if let (Some(user), None) = (all.next(), all.next()) {
        attempt.user = Some(user.clone());
        attempt.initiator = Some(if remote.is_empty() { Initiator::Local } else { Initiator::Remote });
    }
    let shell = estate
        .between(Meaning::RemoteShell, attempt.started - REMOTE, attempt.started)
        .rfind(|s| s.host == source && !of_windows(s.event.user_sid.as_ref()));
    let Some(shell) = shell else { return };
    if attempt.initiator == Some(Initiator::Local) {
        // Either may have started it.
        attempt.initiator = None;
        attempt.user = None;
    } else if remote.is_empty() && local.is_empty() {
        attempt.initiator = Some(Initiator::Remote);
        // The user of a session under a virtual account is named; `CONTOSO\\admin`.
        let named = shell.event.value(0).filter(|_| shell.event.id == 193);
        attempt.user = named.and_then(|n| n.rsplit('\\').next()).map(str::to_owned).filter(|n| !n.is_empty());
    }
}

/// True for an account that is no person of a domain or machine.
fn of_windows(sid: Option<&Sid>) -> bool {
    sid.is_some_and(|sid| !sid.as_str().starts_with("S-1-5-21-"))
}

/// A drain that failed names the role, or the node that the VM was to leave, soon after the failed move.
fn drained(attempt: &Attempt, estate: &Estate, source: HostId) -> bool {
    let end = attempt.ended.unwrap_or(attempt.started);
    estate.between(Meaning::DrainFailed, attempt.started, end + DRAIN).any(|s| {
        let named = s.event.value(0).unwrap_or("");
        let vm = attempt.vm_name.as_deref().is_some_and(|vm| same_name(plain_vm_name(named), plain_vm_name(vm)));
        let node = s.event.id == 1677 && estate.hosts.find(named, None) == Some(source);
        attempt.failed() && (vm || node)
    })
}

/// The user of a logon, unless it is a computer or one of Windows' own accounts.
fn person(signal: &Signal) -> Option<String> {
    let name = signal.event.field("TargetUserName")?.trim();
    let sid = signal.event.field("TargetUserSid").unwrap_or("").trim().to_ascii_uppercase();
    let own =
        name.is_empty() || name == "-" || name.ends_with('$') || (!sid.is_empty() && !sid.starts_with("S-1-5-21-"));
    (!own).then(|| name.to_owned())
}

/// A loopback logon, or one from the host's own address.
fn from_itself(signal: &Signal, estate: &Estate) -> bool {
    let address = signal.event.field("IpAddress").unwrap_or("").trim().trim_start_matches("::ffff:");
    matches!(address, "127.0.0.1" | "::1" | "-" | "") || estate.of(signal.host).addresses.contains(address)
}
