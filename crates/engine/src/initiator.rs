//! Who started a move, as far as logons on the source show it.
//!
//! A move started from elsewhere arrives as a network logon (type 3) seconds before it; a move started on the source's own
//! console follows an interactive one (2, 10, 11). Machine accounts and the services' own logons say nothing. Exactly one
//! candidate counts; several are no evidence.

use crate::attempts::Attempt;
use crate::estate::Estate;
use crate::knowledge::Meaning;
use crate::signals::Signal;
use chrono::Duration;
use delegap_model::Initiator;
use std::collections::BTreeSet;

/// How long before the start a remote tool's logon may lie.
const REMOTE: Duration = Duration::seconds(30);

/// Fills in user and initiator of one attempt.
pub(crate) fn find(attempt: &mut Attempt, estate: &Estate) {
    if attempt.initiator == Some(Initiator::Cluster) {
        return;
    }
    let Some(source) = attempt.source else { return };
    let near = estate.between(Meaning::Logon, attempt.started - REMOTE, attempt.started).filter(|s| s.host == source);
    let mut remote = BTreeSet::new();
    let mut local = BTreeSet::new();
    for signal in near {
        let Some(user) = person(signal) else { continue };
        match signal.event.field("LogonType").map(str::trim) {
            Some("3") if !from_itself(signal, estate) => remote.insert(user),
            Some("2" | "10" | "11") => local.insert(user),
            _ => false,
        };
    }
    let mut all = remote.iter().chain(&local);
    if let (Some(user), None) = (all.next(), all.next()) {
        attempt.user = Some(user.clone());
        attempt.initiator = Some(if remote.is_empty() { Initiator::Local } else { Initiator::Remote });
    }
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
