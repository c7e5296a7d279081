//! What the arguments mean, here: everything is checked before any work begins.

use super::args::{AnalyzeArgs, ColorArg, FormatArg, ReadingArgs};
use super::stderr::Complaint;
use delegap::Settings;
use delegap::model::{Kind, Testimony};
use delegap::report::TerminalStyle;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

/// Columns where there is no terminal.
pub const WIDTH: usize = 120;

/// One run of `delegap analyze`.
#[derive(Debug)]
pub struct Analyze {
    pub paths: Vec<PathBuf>,
    pub open: Settings,
    pub stdout: Rendering,
    pub files: Vec<OutputFile>,
    pub strict: bool,
    pub quiet: bool,
}

/// One of the forms of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rendering {
    Terminal(TerminalStyle),
    Json,
    Markdown,
}

#[derive(Debug)]
pub struct OutputFile {
    pub path: PathBuf,
    pub rendering: Rendering,
}

/// What the process finds around it.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings {
    pub is_terminal: bool,
    pub width: Option<usize>,
    pub no_color: bool,
}

impl Surroundings {
    pub fn of_process() -> Self {
        let is_terminal = std::io::stdout().is_terminal();
        Surroundings {
            is_terminal,
            width: terminal_size::terminal_size().filter(|_| is_terminal).map(|(width, _)| usize::from(width.0)),
            // https://no-color.org: present and not empty.
            no_color: std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()),
        }
    }
}

impl Analyze {
    /// # Errors
    /// An output file that can't be meant.
    pub fn new(args: AnalyzeArgs, around: Surroundings) -> Result<Self, Complaint> {
        let color = match args.color {
            ColorArg::Auto => around.is_terminal && !around.no_color,
            ColorArg::Always => true,
            ColorArg::Never => false,
        };
        let width = around.width.unwrap_or(WIDTH);
        let files = args.output.iter().map(|path| OutputFile::new(path, &args.paths)).collect::<Result<_, _>>()?;
        Ok(Analyze {
            open: Settings {
                exclude: args.output,
                testimony: Testimony { stall: args.reported_stall },
                ..reading(&args.reading)
            },
            paths: args.paths,
            stdout: match args.format {
                FormatArg::Terminal => Rendering::Terminal(TerminalStyle { width, color }),
                FormatArg::Json => Rendering::Json,
                FormatArg::Markdown => Rendering::Markdown,
            },
            files,
            strict: args.strict,
            quiet: args.reading.quiet,
        })
    }
}

/// How to read, as every command is told it.
pub fn reading(args: &ReadingArgs) -> Settings {
    Settings {
        all_events: args.all_events,
        recover: args.recover,
        hash: args.hash,
        threads: args.threads,
        ..Settings::default()
    }
}

impl OutputFile {
    fn new(path: &Path, inputs: &[PathBuf]) -> Result<Self, Complaint> {
        let shown = path.display();
        let suffix = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        let rendering = match suffix.as_deref() {
            Some("json") => Rendering::Json,
            Some("md" | "markdown") => Rendering::Markdown,
            Some("txt") => Rendering::Terminal(TerminalStyle { width: WIDTH, color: false }),
            _ => {
                let help = "end the name with .json, .md, .markdown or .txt; --format is for standard output";
                return Err(Complaint::new(format!("can't tell the format of {shown} from its name"), help));
            }
        };
        let cant = |why: &str, help: &str| Err(Complaint::new(format!("can't write {shown}: {why}"), help));
        if path.is_dir() {
            return cant("it is a folder", "name a file");
        }
        if !folder_of(path).is_dir() {
            return cant("its folder does not exist", "create the folder, or write elsewhere");
        }
        // A report must never replace what the customer sent.
        let is_named =
            |input: &PathBuf| matches!((input.canonicalize(), path.canonicalize()), (Ok(a), Ok(b)) if a == b);
        let holds_input = path.is_file() && delegap::recognise(path) != Kind::Unknown;
        if holds_input || inputs.iter().any(is_named) {
            return cant("it is an input", "give the report another name");
        }
        Ok(OutputFile { path: path.to_owned(), rendering })
    }
}

/// The folder of a file, which is `.` where the path is only a name.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::{Args, Command};
    use clap::Parser;

    fn stdout(arguments: &[&str], around: Surroundings) -> Rendering {
        let all = ["delegap", "analyze", "case"].iter().chain(arguments);
        let Command::Analyze(args) = Args::try_parse_from(all).unwrap().command else { panic!("not analyze") };
        Analyze::new(args, around).unwrap().stdout
    }

    #[test]
    fn colour_and_width() {
        let terminal = Surroundings { is_terminal: true, width: Some(80), no_color: false };
        let pipe = Surroundings { is_terminal: false, width: None, no_color: false };
        let plain = Surroundings { no_color: true, ..terminal };
        let style = |width, color| Rendering::Terminal(TerminalStyle { width, color });
        for (arguments, around, wanted) in [
            (&[][..], terminal, style(80, true)),
            (&[], pipe, style(120, false)),
            (&[], plain, style(80, false)),
            (&["--color", "always"], plain, style(80, true)),
            (&["--color", "always"], pipe, style(120, true)),
            (&["--color", "never"], terminal, style(80, false)),
            (&["--format", "json"], terminal, Rendering::Json),
        ] {
            assert_eq!(stdout(arguments, around), wanted, "{arguments:?} {around:?}");
        }
    }
}
