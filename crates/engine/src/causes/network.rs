//! Connections: a port that can't be reached, a destination that doesn't listen, a connection lost in the transfer.

use super::refusal;
use super::{Claim, Context, Ruling};
use crate::attempts::Attempt;
use crate::hosts::HostId;
use crate::knowledge::{CodeGroup, Meaning};
use crate::signals::Signal;
use delegap_model::{Code, Confidence};
use std::collections::BTreeSet;

const TIMED_OUT: Code = Code(0x8007_274c);
const REFUSED: Code = Code(0x8007_274d);
const UNREACHABLE: [Code; 4] = [Code(0x8007_2751), Code(0x8007_2750), Code(0x8007_2743), Code(0x8007_271d)];

/// Codes of connection errors at connect, when no authentication code or text stands beside them.
fn connect_codes(context: &Context<'_>, attempt: &Attempt) -> Vec<Code> {
    let estate = context.estate;
    let security = refusal::of(context, attempt).is_some() || attempt.coded(estate, CodeGroup::Sspi).next().is_some();
    if security {
        return Vec::new();
    }
    attempt.coded(estate, CodeGroup::Winsock).filter(|(_, s)| s.means(Meaning::ConnectFailed)).map(|(c, _)| c).collect()
}

/// What the destination logged about its listener before the attempt, last.
fn listener<'a>(context: &Context<'a>, attempt: &Attempt) -> Option<&'a Signal> {
    let destination = attempt.destination?;
    let end = attempt.ended.unwrap_or(attempt.started);
    let about = [Meaning::ListenerDown, Meaning::ListenerUp];
    last_of(context, destination, &about, end, |_| true)
}

/// The last of some host events before a moment.
pub(super) fn last_of<'a>(
    context: &Context<'a>,
    host: HostId,
    meanings: &[Meaning],
    before: delegap_model::Time,
    keep: impl Fn(&Signal) -> bool,
) -> Option<&'a Signal> {
    let estate = context.estate;
    let last =
        |m: &Meaning| estate.between(*m, delegap_model::Time::MIN_UTC, before).rfind(|s| s.host == host && keep(s));
    meanings.iter().filter_map(last).max_by_key(|s| s.time)
}

/// The port can't be reached: timed out, unreachable, forbidden; refused, if nothing says that nobody listens.
pub(super) fn port_blocked(context: &Context<'_>) -> Ruling {
    let mut ruling = Ruling { examined: context.moves(), ..Ruling::default() };
    for (index, attempt) in context.failed() {
        let codes = connect_codes(context, attempt);
        let hard = codes.iter().any(|c| *c == TIMED_OUT || UNREACHABLE.contains(c));
        let refused = codes.contains(&REFUSED);
        let reached = attempt.signals(context.estate).any(|s| {
            s.means_any(&[
                Meaning::ClientBlocked,
                Meaning::AuthenticationFailedAtDestination,
                Meaning::Denied,
                Meaning::LimitReached,
            ])
        });
        let state = listener(context, attempt);
        let down = state.is_some_and(|s| s.means(Meaning::ListenerDown));
        if (!hard && !refused) || reached || down {
            continue;
        }
        let mut claim = Claim::new(context, index, if hard { Confidence::Likely } else { Confidence::Possible });
        claim.facts.extend(state.map(|s| s.evidence(&context.estate.hosts)));
        if refused {
            claim.caveats.push(
                "A refused connection means first that nobody listens (rival: migration-listener-down).".to_owned(),
            );
        }
        let name = attempt.destination.map(|d| context.estate.name(d)).unwrap_or_default();
        claim.raise.push(format!("From the source: Test-NetConnection {} -Port 6600", crate::repair::shown(&name)));
        if state.is_none() {
            claim.raise.push(
                "Send the destination's management log: its events 20404 to 20410 show whether it listened".to_owned(),
            );
        }
        ruling.claims.push(claim);
    }
    ruling
}

/// The destination does not listen.
pub(super) fn listener_down(context: &Context<'_>) -> Ruling {
    let mut ruling = Ruling { examined: context.moves(), ..Ruling::default() };
    let mut untold = BTreeSet::new();
    for (index, attempt) in context.failed() {
        let codes = connect_codes(context, attempt);
        let Some(destination) = attempt.destination else { continue };
        let state = listener(context, attempt);
        let down = state.filter(|s| s.means(Meaning::ListenerDown));
        let refused = codes.contains(&REFUSED);
        if attempt.means(context.estate, &[Meaning::ListenerDown]) {
            ruling.claims.push(Claim::new(context, index, Confidence::Likely));
            continue;
        }
        match (down, refused) {
            (Some(signal), _) if !codes.is_empty() => {
                let mut claim =
                    Claim::new(context, index, if refused { Confidence::Confirmed } else { Confidence::Likely });
                claim.facts.push(signal.evidence(&context.estate.hosts));
                ruling.claims.push(claim);
            }
            (None, true) if state.is_none() => {
                untold.insert(context.estate.name(destination));
                let mut claim = Claim::new(context, index, Confidence::Possible);
                claim.caveats.push(
                    "The destination's log does not show whether it listened (rival: migration-port-blocked)."
                        .to_owned(),
                );
                claim.raise.push(
                    "Send the destination's management log: its events 20404 to 20410 show whether it listened"
                        .to_owned(),
                );
                ruling.claims.push(claim);
            }
            _ => {}
        }
    }
    if !untold.is_empty() {
        ruling.missing.push(format!("listener events of {}", untold.into_iter().collect::<Vec<_>>().join(", ")));
    }
    ruling
}

/// The connection stood, and broke while data was being sent.
pub(super) fn connection_lost(context: &Context<'_>) -> Ruling {
    let estate = context.estate;
    let mut ruling = Ruling { examined: context.moves(), ..Ruling::default() };
    let transfer = [Meaning::SendFailed, Meaning::ReceiveFailed, Meaning::DataCorrupt];
    for (index, attempt) in context.failed() {
        let broken: Vec<&Signal> = attempt
            .coded(estate, CodeGroup::Winsock)
            .filter(|(_, s)| s.means_any(&transfer) && !s.means(Meaning::ConnectFailed))
            .map(|(_, s)| s)
            .collect();
        let security =
            refusal::of(context, attempt).is_some() || attempt.coded(estate, CodeGroup::Sspi).next().is_some();
        let at_connect = attempt.signals(estate).any(|s| s.means(Meaning::ConnectFailed));
        if broken.is_empty() || security || at_connect {
            continue;
        }
        let mut claim = Claim::new(context, index, Confidence::Likely);
        claim.caveats.push(
            "Data was being sent, so the connection had been made and authenticated before: a late stall with this code is a network matter, \
             not delegation."
                .to_owned(),
        );
        claim.raise.push(
            "Look at what lies between the hosts at that time: adapter, switch and firewall logs, MTU (ping -f -l 8972), and the System logs of both hosts"
                .to_owned(),
        );
        ruling.claims.push(claim);
    }
    ruling
}
