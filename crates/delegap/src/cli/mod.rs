//! Arguments in, reports and an exit code out. What is wrong with a case is decided elsewhere.

mod args;
mod explain;
mod inspect;
mod output;
mod progress;
mod settings;
mod stderr;

use args::{Args, Command};
use clap::Parser;
use delegap::report::exit_code;
use delegap::{Case, Settings, Unreadable};
use settings::{Analyze, Surroundings};
use std::process::ExitCode;
use stderr::Complaint;

/// Wrong use, or something that was named can't be read or written.
const WRONG: u8 = 2;
const NOTHING_USABLE: u8 = 3;

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let code = match Args::parse().command {
        Command::Analyze(args) => Analyze::new(args, Surroundings::of_process()).and_then(analyze),
        Command::Inspect(args) => inspect::run(args, Surroundings::of_process()),
        Command::Explain(args) => explain::run(&args, Surroundings::of_process()),
    };
    ExitCode::from(code.unwrap_or_else(|complaint| {
        complaint.print();
        WRONG
    }))
}

fn analyze(settings: Analyze) -> Result<u8, Complaint> {
    if !settings.files.is_empty() {
        output::finish_files_when_interrupted();
    }
    let case = progress::watch(settings.quiet, |progress| {
        Case::open_with(&settings.paths, &Settings { progress, ..settings.open.clone() })
    })?;
    let mut wrong: Vec<Complaint> = case.unreadable().iter().map(cant_read).collect();
    let diagnosis = case.diagnose_at_last();

    for file in &settings.files {
        let text = output::render(&diagnosis, file.rendering);
        wrong.extend(output::write_file(&file.path, &text).err());
    }
    wrong.extend(output::print(&output::render(&diagnosis, settings.stdout)).err());

    wrong.iter().for_each(Complaint::print);
    let code = exit_code(&diagnosis, settings.strict);
    if code == NOTHING_USABLE {
        nothing_usable().print();
    }
    // The program ends here, and the system takes the memory back faster.
    std::mem::forget(diagnosis);
    Ok(if wrong.is_empty() { code } else { WRONG })
}

fn cant_read(path: &Unreadable) -> Complaint {
    let help = "everything else was analysed; check the path and your rights to it";
    Complaint::new(format!("can't read {}: {}", path.path, path.why), help)
}

fn nothing_usable() -> Complaint {
    let help = "name the folder with the customer's files, such as event logs (.evtx) and an export of Get-ADComputer; \
                the report says what each file was taken for";
    Complaint::new("nothing usable among the inputs", help)
}
