//! `delegap inspect PATH…`.

use super::args::{FormatArg, InspectArgs};
use super::settings::{Surroundings, WIDTH, reading};
use super::stderr::Complaint;
use super::{NOTHING_USABLE, WRONG, cant_read, nothing_usable, output, progress};
use delegap::model::Kind;
use delegap::report::{TerminalStyle, json, markdown_inspection, terminal_inspection};
use delegap::{Case, Settings};

/// Prints what each file is and tells.
///
/// # Errors
/// No case, or a report that can't be written.
pub fn run(args: InspectArgs, around: Surroundings) -> Result<u8, Complaint> {
    let case = progress::watch(args.reading.quiet, |progress| {
        Case::open_with(&args.paths, &Settings { progress, ..reading(&args.reading) })
    })?;
    let wrong: Vec<Complaint> = case.unreadable().iter().map(cant_read).collect();
    let inspection = case.inspect();
    let style = TerminalStyle { width: around.width.unwrap_or(WIDTH), color: around.is_terminal && !around.no_color };
    output::print(&match args.format {
        FormatArg::Terminal => terminal_inspection(&inspection, style),
        FormatArg::Json => json::inspection(&inspection),
        FormatArg::Markdown => markdown_inspection(&inspection),
    })?;
    wrong.iter().for_each(Complaint::print);
    if !wrong.is_empty() {
        return Ok(WRONG);
    }
    if inspection.inputs.iter().all(|i| matches!(i.summary.kind, Kind::Unknown | Kind::Archive)) {
        nothing_usable().print();
        return Ok(NOTHING_USABLE);
    }
    Ok(0)
}
