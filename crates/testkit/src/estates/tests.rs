//! What the generator promises: one seed, one estate; every cause; and a truth that a second model agrees with.

mod s4u;

use super::faults::CAUSES;
use super::{Estate, Evidence, TrueOutcome, truth, world};
use crate::estates::dice::Dice;
use std::collections::BTreeSet;

const SEED: u64 = 77;

#[test]
fn a_seed_and_an_index_give_the_same_files() {
    for index in [0, 7, 22, 61] {
        let evidence = [Evidence::Full, Evidence::Withheld][index as usize % 2];
        let once = Estate::random(SEED, index, evidence);
        let again = Estate::random(SEED, index, evidence);
        assert!(!once.files.is_empty());
        assert_eq!(once.files, again.files, "estate {index}");
        assert_eq!(once.truth.to_string(), again.truth.to_string());
        assert_ne!(once.files, Estate::random(SEED + 1, index, evidence).files, "estate {index}");
    }
}

#[test]
fn every_cause_stops_a_move() {
    let mut stopping = BTreeSet::new();
    let rounds = 3 * 2 * (CAUSES.len() as u64 + 1);
    for index in 0..rounds {
        let w = world(&mut Dice::new(SEED, index), index);
        let truth = truth::of(&w, Evidence::Full);
        let failed = truth.moves.iter().filter(|m| m.outcome == TrueOutcome::Failed);
        stopping.extend(failed.map(|m| m.causes[0]));
    }
    let catalogue: BTreeSet<_> = CAUSES.iter().map(|(cause, ..)| *cause).collect();
    assert_eq!(catalogue.difference(&stopping).collect::<Vec<_>>(), Vec::<&&str>::new());
}
