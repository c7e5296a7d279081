//! Random estates with known truth: hosts, domains, clusters, faults and moves, and the files that a customer sends.
//!
//! [`Estate::random`] draws an estate from a seed and an index: the same two give the same bytes everywhere. The cause
//! that it is built around follows from the index, so that every run goes through the whole catalogue; other faults may
//! lie beside it. What is written is what Windows writes (message tables, protocol documents, public cases), not what
//! any analysis expects.
//!
//! Left out is only what nobody could tell from the files; `schedule` lists it for moves. Beside those:
//! * a standalone move that lacks a virtual switch: the management service has no event for it in any public table;
//! * unconstrained delegation that is used and works: no source says that it does on current releases;
//! * a source host's own management service that dies in a move: what it would have written is not written.

mod audit;
mod boots;
mod dice;
mod exports;
mod faults;
mod files;
mod landscape;
mod log;
mod moves;
mod noise;
mod scene;
mod schedule;
mod sentences;
#[cfg(test)]
mod tests;
mod truth;
mod updates;
mod wishes;
mod world;

pub use truth::{EstateTruth, MoveTruth, TrueOutcome};

use dice::Dice;
use faults::CAUSES;
use std::collections::BTreeMap;
use world::World;

/// How much of an estate's evidence is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// Everything that decides.
    Full,
    /// Inputs, hosts and channels are missing at random; lists are lost, logs are cut.
    Withheld,
}

/// One estate: what the customer sends, and what is true.
#[derive(Debug, Clone)]
pub struct Estate {
    /// Paths and bytes.
    pub files: BTreeMap<String, Vec<u8>>,
    /// What is true.
    pub truth: EstateTruth,
    /// How much was sent.
    pub evidence: Evidence,
}

impl Estate {
    /// Estate number `index` of the run with that seed.
    pub fn random(seed: u64, index: u64, evidence: Evidence) -> Estate {
        let mut d = Dice::new(seed, index);
        let mut w = world(&mut d, index);
        let mut entries = std::mem::take(&mut w.entries);
        for host in 0..w.machines.len() {
            entries.extend(boots::events(&w, host, &mut d.fork()));
            entries.extend(noise::events(&w, host, &mut d.fork()));
        }
        for m in &w.moves {
            entries.extend(scene::events(&w, m, &mut d.fork()));
        }
        let files = files::files(&w, entries, evidence, &mut d);
        Estate { files, truth: truth::of(&w, evidence), evidence }
    }
}

/// The estate before anything of it is written.
fn world(d: &mut Dice, index: u64) -> World {
    // Every second index is of the other kind of evidence: the causes go round once per two rounds of them.
    let turn = (index / 2) as usize % (CAUSES.len() + 1);
    let lead = (turn < CAUSES.len()).then_some(turn);
    let mut w = landscape::landscape(d, lead);
    if let Some(lead) = lead {
        for _ in 0..8 {
            if faults::install(&mut w, d, lead) {
                break;
            }
        }
        for _ in 0..d.pick(&[0, 0, 0, 1, 1, 2, 3]) {
            let other = d.below(CAUSES.len());
            if other != lead && w.faults.iter().all(|f| f.cause != CAUSES[other].0) {
                faults::install(&mut w, d, other);
            }
        }
    }
    schedule::schedule(&mut w, d);
    w
}
