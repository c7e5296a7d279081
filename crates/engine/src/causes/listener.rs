//! What attempts and destinations say of the connection and of who listens.

use super::refusal;
use super::{Context, last_of};
use crate::attempts::Attempt;
use crate::hosts::HostId;
use crate::knowledge::{CodeGroup, Meaning};
use crate::signals::Signal;
use delegap_model::{Code, Time};

pub(super) const REFUSED: Code = Code(0x8007_274d);

/// Codes of connection errors at connect, when no authentication code or text stands beside them.
pub(super) fn connect_codes(context: &Context<'_>, attempt: &Attempt) -> Vec<Code> {
    let estate = context.estate;
    let security = refusal::of(context, attempt).is_some() || attempt.coded(estate, CodeGroup::Sspi).next().is_some();
    if security {
        return Vec::new();
    }
    attempt.coded(estate, CodeGroup::Winsock).filter(|(_, s)| s.means(Meaning::ConnectFailed)).map(|(c, _)| c).collect()
}

/// What the destination logged about its listener before the attempt, last.
pub(super) fn listener<'a>(context: &Context<'a>, attempt: &Attempt) -> Option<&'a Signal> {
    state_of(context, attempt.destination?, attempt.ended.unwrap_or(attempt.started))
}

/// What a host logged about its listener before a moment, last.
pub(super) fn state_of<'a>(context: &Context<'a>, host: HostId, before: Time) -> Option<&'a Signal> {
    last_of(context, host, &[Meaning::ListenerDown, Meaning::ListenerUp], before, |_| true)
}
