//! What attempts and destinations say of the connection and of who listens.

use super::refusal;
use super::{Context, last_of};
use crate::attempts::Attempt;
use crate::knowledge::{CodeGroup, Meaning};
use crate::signals::Signal;
use delegap_model::Code;

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
    let destination = attempt.destination?;
    let end = attempt.ended.unwrap_or(attempt.started);
    let about = [Meaning::ListenerDown, Meaning::ListenerUp];
    last_of(context, destination, &about, end, |_| true)
}
