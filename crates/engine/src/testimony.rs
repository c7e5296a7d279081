//! What the customer says of the progress at which moves stop, weighed against what the logs show.
//!
//! Microsoft ties a missing switch or too little memory to less than 10 %, different system drives to 90 to 100 %; no
//! source ties an authentication failure to a late percentage, and the service connects before it does anything else
//! (Server 2012 R2 message table: 21204 before 21206).

use crate::causes::Context;
use crate::diagnose::attempt_id;
use crate::findings::{listed, plural};
use delegap_model::{Agreement, Evidence, Phase, ReportedStall};

/// Pieces of evidence shown.
const EVIDENCE: usize = 4;
/// From here on a stall is late: data is being sent, or the destination takes over.
const LATE: u8 = 50;

/// What a stall at a late percentage usually is.
const USUALLY_LATE: &str = "A stall at a late percentage usually is a connection that breaks while memory is copied, a path or drive that the destination does \
     not have, or a hand-over that does not finish";

/// True if the customer says that moves stop late.
pub(crate) fn is_late(context: &Context<'_>) -> bool {
    context.estate.testimony.stall.is_some_and(|(from, _)| from >= LATE)
}

/// The statement beside the logs.
pub(crate) fn weigh(context: &Context<'_>) -> Option<ReportedStall> {
    let (from, to) = context.estate.testimony.stall?;
    let mut fitting = Vec::new();
    let mut other = Vec::new();
    for (index, attempt) in context.failed() {
        let Some(phase) = attempt.stopped_in else { continue };
        let (low, high) = phase.progress_band();
        if low <= to && from <= high { &mut fitting } else { &mut other }.push((index, phase));
    }
    let shown = |of: &[(usize, Phase)]| -> Vec<Evidence> {
        let signs = of.iter().filter_map(|(i, _)| context.signs(&context.joined.attempts[*i]).into_iter().next());
        signs.take(EVIDENCE).collect()
    };
    let ids = |of: &[(usize, Phase)]| listed(of.iter().map(|(i, _)| attempt_id(*i)));
    let refused: Vec<_> = other.iter().filter(|(_, p)| *p == Phase::Authenticate).copied().collect();
    let late = from >= LATE;
    let said = if from == to { format!("{from} %") } else { format!("{from} to {to} %") };
    let (agreement, mut says, evidence) = match (fitting.is_empty(), other.is_empty()) {
        (true, true) => {
            let what =
                if late { format!("{USUALLY_LATE}; authentication comes before any of it.") } else { String::new() };
            (Agreement::Open, format!("The logs do not show in which phase the moves stopped. {what}"), Vec::new())
        }
        (true, false) if refused.len() == other.len() => (
            Agreement::Disagrees,
            format!(
                "The two disagree: {} ({}) stopped while the hosts authenticate, which comes first, before any memory is copied.",
                plural(refused.len(), "failed move"),
                ids(&refused)
            ),
            shown(&refused),
        ),
        (true, false) => (
            Agreement::Disagrees,
            format!("The two disagree: no failed move stopped there by its logs; see {}.", ids(&other)),
            shown(&other),
        ),
        (false, true) => (
            Agreement::Agrees,
            format!("The logs show the same for {} ({}).", plural(fitting.len(), "failed move"), ids(&fitting)),
            shown(&fitting),
        ),
        (false, false) => (
            Agreement::Agrees,
            format!("The logs show the same for {} and an earlier or later stop for {}.", ids(&fitting), ids(&other)),
            shown(&fitting),
        ),
    };
    if agreement == Agreement::Disagrees && late && !refused.is_empty() {
        says.push_str(&format!(
            " {USUALLY_LATE}. Ask whether the percentage was read off these moves, and whether there are others; the logs decide here."
        ));
    }
    Some(ReportedStall {
        from,
        to,
        agreement,
        says: format!("Reported: moves stop at {said}. {}", says.trim_end()),
        evidence,
    })
}
