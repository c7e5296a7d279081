//! What the writer writes, the `evtx` crate reads: the same records, elements and values.

mod damage;
mod mta;
mod random;
mod reader;
mod structure;

use delegap_testkit::samples::samples;

use reader::{expected, read};

#[test]
fn every_sample_reads_back() {
    for sample in samples() {
        let found = read(sample.log.to_bytes());
        let wanted = expected(&sample.events, sample.first_number);
        assert_eq!(found.len(), wanted.len(), "{}", sample.name);
        for (found, wanted) in found.iter().zip(&wanted) {
            assert_eq!(found, wanted, "{}", sample.name);
        }
    }
}

#[test]
fn the_same_events_give_the_same_bytes() {
    for (one, other) in samples().iter().zip(samples()) {
        assert!(one.log.to_bytes() == other.log.to_bytes(), "{}", one.name);
    }
}
