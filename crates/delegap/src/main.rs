//! The command line: `delegap analyze PATH…`, `delegap inspect PATH…` and `delegap explain TOPIC`.

mod cli;

use std::process::ExitCode;

/// A case is millions of small values.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::run()
}
