//! What became of an attempt: outcome, phase, side, codes and initiator, once all its signals are there.

use super::Attempt;
use super::join::COMPLETIONS;
use crate::estate::Estate;
use crate::knowledge::{CodeGroup, Meaning, knowledge};
use crate::signals::Signal;
use delegap_model::{FailedSide, Initiator, Outcome, Phase, Side};
use std::collections::BTreeSet;

/// Outcome, phase, side, codes and initiator, once all signals are there.
pub(super) fn finish(attempt: &mut Attempt, estate: &Estate) {
    attempt.signals.sort_unstable();
    let signals: Vec<&Signal> = attempt.signals.iter().map(|i| &estate.signals[*i]).collect();
    let completed = signals.iter().any(|s| s.means_any(&COMPLETIONS));
    let failed = signals.iter().any(|s| is_failure(s));
    // Someone who cancels a move ends it; a reason beside it would have a code.
    let cancelled = signals.iter().any(|s| s.means(Meaning::Cancelled)) && signals.iter().all(|s| s.codes.is_empty());
    attempt.outcome = match (completed, failed) {
        (true, _) => Outcome::Completed,
        _ if cancelled => Outcome::Unknown,
        (false, true) => Outcome::Failed,
        (false, false) => Outcome::Unknown,
    };
    attempt.codes.clear();
    for code in signals.iter().flat_map(|s| &*s.codes) {
        if !attempt.codes.contains(code) {
            attempt.codes.push(*code);
        }
    }
    if attempt.outcome == Outcome::Failed {
        let last = signals.iter().filter(|s| is_failure(s) && Some(s.host) == attempt.source).map(|s| s.time).max();
        attempt.ended = attempt.ended.or(last).or(signals.iter().filter(|s| is_failure(s)).map(|s| s.time).max());
        (attempt.stopped_in, attempt.failed_side) = decisive(&signals);
    }
    if signals.iter().any(|s| s.is_cluster_log() && s.event.id != 22038 && s.event.id != 22040 && s.event.id != 22042) {
        attempt.initiator = Some(Initiator::Cluster);
    }
}

pub(super) fn is_failure(signal: &Signal) -> bool {
    !matches!(
        signal.meaning(),
        Meaning::Started | Meaning::Completed | Meaning::Received | Meaning::Realized | Meaning::ClusterNotice
    )
}

/// The phase a move stopped in and the side that says so, from the earliest phase that any signal names.
fn decisive(signals: &[&Signal]) -> (Option<Phase>, Option<FailedSide>) {
    let phases: Vec<(Phase, &Signal)> = signals.iter().filter_map(|s| phase_of(s).map(|p| (p, *s))).collect();
    // Transfer and hand-over errors follow from what failed before them.
    let Some(phase) = phases.iter().map(|(p, _)| *p).min_by_key(|p| rank(*p)) else { return (None, None) };
    let meant: BTreeSet<Side> =
        phases.iter().filter(|(p, _)| *p == phase).filter_map(|(_, s)| stated_side(s)).collect();
    let side = match (meant.contains(&Side::Source), meant.contains(&Side::Destination)) {
        (true, true) => Some(FailedSide::Both),
        (true, false) => Some(FailedSide::Source),
        (false, true) => Some(FailedSide::Destination),
        (false, false) => None,
    };
    (Some(phase), side)
}

/// The side a sentence states; for send and receive errors, the host that logged them.
fn stated_side(signal: &Signal) -> Option<Side> {
    signal.meanings().find_map(|m| knowledge().side_of(m)).or(signal.side)
}

fn rank(phase: Phase) -> u8 {
    match phase {
        Phase::Authenticate => 0,
        Phase::Listen => 1,
        Phase::Connect => 2,
        Phase::Plan => 3,
        Phase::Compatibility => 4,
        Phase::HandOver => 5,
        Phase::Transfer => 6,
    }
}

pub(super) fn phase_of(signal: &Signal) -> Option<Phase> {
    let groups: Vec<CodeGroup> = signal.codes.iter().filter_map(|c| knowledge().code(*c)).map(|f| f.group).collect();
    let security = groups.iter().any(|g| matches!(g, CodeGroup::Delegation | CodeGroup::Sspi | CodeGroup::Credssp));
    let phases = signal.meanings().filter_map(|m| match m {
        Meaning::NoCredentials
        | Meaning::AuthenticationFailedAtSource
        | Meaning::AuthenticationFailedAtDestination
        | Meaning::CredsspNotDelegated
        | Meaning::RefusedByPeer
        | Meaning::Denied => Some(Phase::Authenticate),
        Meaning::ConnectFailed if security => Some(Phase::Authenticate),
        Meaning::ConnectFailed | Meaning::ClientBlocked | Meaning::LimitReached | Meaning::NetworkUnavailable => {
            Some(Phase::Connect)
        }
        Meaning::PlannedVmFailed | Meaning::MemoryShort | Meaning::LogonTypeRefused | Meaning::OwnerUnresolved => {
            Some(Phase::Plan)
        }
        Meaning::SwitchMissing
        | Meaning::ProcessorIncompatible
        | Meaning::DeviceAttached
        | Meaning::VersionUnsupported
        | Meaning::Incompatible
        | Meaning::StoragePathFailed => Some(Phase::Compatibility),
        Meaning::SendFailed | Meaning::ReceiveFailed | Meaning::DataCorrupt => Some(Phase::Transfer),
        Meaning::RegistrationFailed => Some(Phase::HandOver),
        Meaning::ListenerDown => Some(Phase::Listen),
        _ => None,
    });
    phases.min_by_key(|p| rank(*p))
}
