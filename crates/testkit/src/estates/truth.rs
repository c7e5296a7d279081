//! What a right analysis says of an estate.

use super::Evidence;
use super::faults::class_of;
use super::moves::Ending;
use super::world::World;
use crate::case::names;
use chrono::{DateTime, Utc};
use delegap_model::Guid;
use std::collections::BTreeMap;
use std::fmt;

/// The truth about an estate.
#[derive(Debug, Clone)]
pub struct EstateTruth {
    /// Every move, by start.
    pub moves: Vec<MoveTruth>,
    /// The cause of most failed moves; several where they tie or two are right. Empty where nothing failed.
    pub primary: Vec<&'static str>,
}

/// The truth about a move.
#[derive(Debug, Clone)]
pub struct MoveTruth {
    /// The virtual machine's name.
    pub vm: String,
    /// Its id.
    pub vm_id: Guid,
    /// The host it leaves, by its short name.
    pub source: String,
    /// The host it is to run on.
    pub destination: String,
    /// When it starts, by a clock that is right.
    pub at: DateTime<Utc>,
    /// The same by the source's clock.
    pub at_source: DateTime<Utc>,
    /// How it ends.
    pub outcome: TrueOutcome,
    /// Right answers, the true cause first; empty unless it failed.
    pub causes: Vec<&'static str>,
    /// Why another answer than the first is right.
    pub why: Vec<&'static str>,
    /// The class of the true cause.
    pub class: Option<&'static str>,
}

/// How a move ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrueOutcome {
    /// The virtual machine runs on the destination.
    Completed,
    /// It does not.
    Failed,
    /// The logs do not say.
    Unfinished,
}

/// Its code is shared with other faults, and no public source shows the layout of its event.
const HEARSAY: &str = "ntlm-blocked";

pub(super) fn of(w: &World, evidence: Evidence) -> EstateTruth {
    let mut moves: Vec<MoveTruth> = w.moves.iter().map(|m| of_move(w, m, evidence)).collect();
    moves.sort_by(|a, b| (a.at, &a.vm).cmp(&(b.at, &b.vm)));
    let mut counts: BTreeMap<&'static str, (usize, Vec<&'static str>)> = BTreeMap::new();
    for m in &moves {
        if let Some(first) = m.causes.first() {
            let (n, also) = counts.entry(first).or_default();
            *n += 1;
            also.extend(m.causes.iter().skip(1));
        }
    }
    let most = counts.values().map(|(n, _)| *n).max();
    // Where only hearsay speaks for the commonest cause, the commonest of those with proof may lead.
    let proven = counts.iter().filter(|(cause, _)| **cause != HEARSAY).map(|(_, (n, _))| *n).max();
    let by_hearsay = counts.get(HEARSAY).is_some_and(|(n, _)| Some(*n) == most);
    let mut primary: Vec<&'static str> = counts
        .into_iter()
        .filter(|(_, (n, _))| Some(*n) == most || (by_hearsay && Some(*n) == proven))
        .flat_map(|(cause, (_, also))| std::iter::once(cause).chain(also))
        .collect();
    primary.sort_unstable();
    primary.dedup();
    EstateTruth { moves, primary }
}

fn of_move(w: &World, m: &super::moves::Move, evidence: Evidence) -> MoveTruth {
    let (outcome, causes, why) = match m.ending {
        Ending::Completed => (TrueOutcome::Completed, vec![], vec![]),
        Ending::Unfinished => (TrueOutcome::Unfinished, vec![], vec![]),
        Ending::Failed(fault) => {
            let fault = &w.faults[fault];
            let also: Vec<_> = fault.also.iter().filter(|a| !a.blind || evidence == Evidence::Withheld).collect();
            let causes = std::iter::once(fault.cause).chain(also.iter().map(|a| a.cause)).collect();
            (TrueOutcome::Failed, causes, also.iter().map(|a| a.why).collect())
        }
    };
    let class = causes.first().map(|cause: &&'static str| class_of(cause));
    MoveTruth {
        vm_id: names::vm_id(&m.vm),
        vm: m.vm.clone(),
        source: w.name(m.from).to_owned(),
        destination: w.name(m.to).to_owned(),
        at: m.at,
        at_source: w.clock(m.from, m.at),
        outcome,
        causes,
        why,
        class,
    }
}

impl fmt::Display for EstateTruth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "primary: {:?}", self.primary)?;
        for m in &self.moves {
            let at = m.at.format("%Y-%m-%d %H:%M:%S");
            write!(f, "  {at} {} {} -> {} {:?}", m.vm, m.source, m.destination, m.outcome)?;
            match m.causes.as_slice() {
                [] => writeln!(f)?,
                [only] => writeln!(f, " {only}")?,
                [first, others @ ..] => writeln!(f, " {first}, also {others:?}: {:?}", m.why)?,
            }
        }
        Ok(())
    }
}
