//! The arguments as they are typed.

use clap::{Parser, Subcommand, ValueEnum, ValueHint};
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// Says why Hyper-V live migrations fail, from the files a customer sent.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true, max_term_width = 100)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Diagnose one customer's case from its files.
    ///
    /// Folders are read to their ends. What a file is shows in its content, whatever its name: event logs (.evtx, with
    /// the LocaleMetaData folder beside them), Get-ADComputer and Get-ADUser exports (CSV, JSON, LDIF), update history
    /// (Get-HotFix, wmic qfe, systeminfo), Get-VMHost and cluster dumps. Nothing is sent anywhere, and nothing is
    /// written but the files that -o names.
    Analyze(AnalyzeArgs),
}

const EXAMPLES: &str = "\
Examples:
  delegap analyze case/
      Read everything in the folder and print the report.
  delegap analyze HV01/ HV02/ computers.csv -o report.md -o report.json
      The same for these files, and a copy for the ticket and one for a program.
  delegap analyze case/ --format json | jq .verdict

Exit codes:
  0  analysed: no error finding, and every failed migration explained
  1  analysed: an error finding, or a failed migration that nothing explains
  2  wrong use, or a named file can't be read or written (the rest is still analysed)
  3  nothing usable among the inputs
  4  with --strict: an input is damaged, or a check could not run";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, arg_required_else_help = true)]
pub struct AnalyzeArgs {
    /// Files and folders of the case.
    #[arg(required = true, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,

    /// What to print on standard output.
    #[arg(long, value_enum, default_value_t = FormatArg::Terminal)]
    pub format: FormatArg,

    /// Write the report to a file too, as its suffix says: .json, .md or .markdown, .txt. May be repeated.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Vec<PathBuf>,

    /// Exit with 4 if an input is damaged or a check could not run.
    #[arg(long)]
    pub strict: bool,

    /// Add the SHA-256 of every file to the report.
    #[arg(long)]
    pub hash: bool,

    /// How many files to read at a time [default: one per processor].
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroUsize>,

    /// Read every event of the logs, not only those that the analysis uses: slower, and reports all damage.
    #[arg(long)]
    pub all_events: bool,

    /// When to colour the terminal report. `auto`: on a terminal, unless NO_COLOR is set.
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = ColorArg::Auto)]
    pub color: ColorArg,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormatArg {
    /// For a person, as wide as the terminal.
    Terminal,
    /// For a program: report format 1.
    Json,
    /// For a ticket.
    Markdown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorArg {
    Auto,
    Always,
    Never,
}
