//! The command line: `delegap analyze PATH…`.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
