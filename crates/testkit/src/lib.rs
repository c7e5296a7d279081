//! Test data for delegap: event logs as Windows writes them, and whole customer cases with known truth.
//!
//! Never a dependency outside tests, benches and the fixture generator.

pub mod archives;
pub mod case;
pub mod estates;
pub mod evtx;
pub mod expected;
pub mod mta;
pub mod record;
pub mod samples;
pub mod scenarios;
