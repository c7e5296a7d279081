//! The whole of delegap from the outside: library, program, committed cases, and real files where they are at hand.

mod archives;
mod cases;
mod causes;
mod cli;
mod contract;
mod corpus;
mod delegation_kinds;
mod diagnosing;
mod explain;
mod exports;
mod files;
mod formats;
mod host_dumps;
mod host_facts;
mod inspect;
mod knowledge;
mod look_alikes;
mod onset;
mod public_cases;
mod random_estates;
mod support;
mod variations;
mod weighing;
