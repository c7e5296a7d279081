//! The command line: `delegap analyze PATH…` and `delegap explain TOPIC`.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
