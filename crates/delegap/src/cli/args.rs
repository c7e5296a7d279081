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
    /// Say of each file what it was taken for and why, its host, time range and damage, and which facts it tells.
    ///
    /// The first thing to run on what a customer sent, and what goes into a bug report in place of the files.
    Inspect(InspectArgs),
    /// Say what the built-in knowledge has on a cause, code, event, update or policy, with its source.
    Explain(ExplainArgs),
}

const TOPICS: &str = "\
Topics:
  kcd-kerberos-only        a cause: what proves it, what it is taken for, how to repair it
  0x8009030e, -2146893042  an error code; KDC 0xd is a domain controller's answer
  21502                    an event id, by every provider that has it
  KB5082142                an update: releases, hardening that it carries, faults
  CVE-2022-37967, RC4-2026 a hardening programme: phases, registry, events
  SeServiceLogonRight      a policy or user right";

#[derive(Debug, clap::Args)]
#[command(after_help = TOPICS, arg_required_else_help = true)]
pub struct ExplainArgs {
    /// What to explain.
    #[arg(required = true, value_name = "TOPIC", allow_negative_numbers = true)]
    pub topic: Vec<String>,

    /// What to print.
    #[arg(long, value_enum, default_value_t = ExplainFormat::Terminal)]
    pub format: ExplainFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExplainFormat {
    /// For a person, as wide as the terminal.
    Terminal,
    /// For a ticket.
    Markdown,
}

#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true)]
pub struct InspectArgs {
    /// Files and folders of the case.
    #[arg(required = true, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,

    /// What to print on standard output.
    #[arg(long, value_enum, default_value_t = FormatArg::Terminal)]
    pub format: FormatArg,

    #[command(flatten)]
    pub reading: ReadingArgs,
}

/// How to read, whatever for.
#[derive(Debug, clap::Args)]
pub struct ReadingArgs {
    /// Add the SHA-256 of every file to the report.
    #[arg(long)]
    pub hash: bool,

    /// How many threads read [default: one per processor].
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroUsize>,

    /// Read every event of the logs, not only those that the analysis uses: slower, and reports all damage.
    #[arg(long)]
    pub all_events: bool,

    /// Read records too that Windows has deleted or was about to overwrite: slower. They may be of another time than the
    /// rest of a log, and are marked "(recovered)".
    #[arg(long)]
    pub recover: bool,

    /// Don't show on the terminal how far a long run is.
    #[arg(short, long)]
    pub quiet: bool,
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

    /// What the customer says of the progress at which moves stop, in percent: 80-90, or 85. It is weighed against the
    /// logs, which decide.
    #[arg(long, value_name = "FROM-TO", value_parser = stall)]
    pub reported_stall: Option<(u8, u8)>,

    /// Exit with 4 if an input is damaged or a check could not run.
    #[arg(long)]
    pub strict: bool,

    #[command(flatten)]
    pub reading: ReadingArgs,

    /// When to colour the terminal report. `auto`: on a terminal, unless NO_COLOR is set.
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = ColorArg::Auto)]
    pub color: ColorArg,
}

/// `80-90`, `80-90%`, `85`.
fn stall(text: &str) -> Result<(u8, u8), String> {
    let number = |part: &str| part.trim().trim_end_matches('%').trim().parse::<u8>().ok().filter(|n| *n <= 100);
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    match (number(from), number(to)) {
        (Some(from), Some(to)) if from <= to => Ok((from, to)),
        _ => Err("not a percentage or a range of two, such as 80-90".to_owned()),
    }
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
