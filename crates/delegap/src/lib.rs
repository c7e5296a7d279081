//! Says why Hyper-V live migrations fail, from the files a customer sent: event logs, directory exports, update
//! history, host and cluster dumps. Nothing here asks a live system or the network.
//!
//! ```
//! let case = delegap::Case::open(["../../fixtures/cases/standalone-kcd-missing/input"])?;
//! let diagnosis = case.diagnose();
//! assert_eq!(diagnosis.verdict.primary_cause, Some("kcd-missing"));
//! println!("{}", diagnosis.verdict.headline);
//! println!("{}", delegap::report::json::to_string(&diagnosis));
//! # Ok::<(), delegap::OpenError>(())
//! ```
//!
//! The same files give the same diagnosis, in whatever order they are named and on any number of threads.

mod container;
mod mta;
mod open;
mod progress;
mod read;
mod sections;
mod threads;
mod walk;

pub use delegap_model as model;
pub use delegap_report as report;
pub use progress::Progress;

use delegap_model::{Diagnosis, Inspection, Kind, Limits, Testimony};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What was read of a customer's files.
#[derive(Debug, Clone)]
pub struct Case {
    records: delegap_model::Case,
    unreadable: Vec<Unreadable>,
    threads: NonZeroUsize,
}

/// How to read a case.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Read every event of a log and report damage in each, not only in those that the analysis uses.
    pub all_events: bool,
    /// Look in event logs for records that Windows has deleted or was about to overwrite, too. They are marked.
    pub recover: bool,
    /// Compute the SHA-256 of every file.
    pub hash: bool,
    /// How many threads read; as many as there are processors if not set.
    pub threads: Option<NonZeroUsize>,
    /// Where to tell how far the reading is.
    pub progress: Option<Arc<Progress>>,
    /// Limits on input.
    pub limits: Limits,
    /// The folder that relative paths start from, in place of the working directory. It is no part of a path that
    /// a report shows.
    pub base: Option<PathBuf>,
    /// What the customer says, which no file shows.
    pub testimony: Testimony,
    /// Files that are no input even where they lie in an analysed folder, such as a report of an earlier run.
    pub exclude: Vec<PathBuf>,
}

/// A named path that could not be read. It is also among the diagnosis's inputs, with a problem.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unreadable {
    /// The path as given, `/` between its parts.
    pub path: String,
    /// Why, as a lowercase fragment.
    pub why: String,
}

/// Why a case can't be opened at all. A file that can't be read is none of these: see [`Case::unreadable`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// No path was given.
    #[error("no input was named")]
    NoPaths,
    /// The threads that were asked for could not be started.
    #[error("can't start the threads: {0}")]
    Threads(String),
}

impl Case {
    /// Reads files and folders with default settings.
    ///
    /// Folders are walked to their ends; a link inside one is listed and not followed, and nothing but regular files
    /// is ever opened. Every file becomes one input of the diagnosis, with what it was taken for and what is wrong
    /// with it. A file that is reached twice counts once.
    ///
    /// # Errors
    /// [`OpenError`]; a path that can't be read is no error but part of [`Case::unreadable`].
    pub fn open(paths: impl IntoIterator<Item = impl AsRef<Path>>) -> Result<Case, OpenError> {
        Case::open_with(paths, &Settings::default())
    }

    /// Reads files and folders as `settings` say.
    ///
    /// # Errors
    /// As [`Case::open`].
    pub fn open_with(
        paths: impl IntoIterator<Item = impl AsRef<Path>>,
        settings: &Settings,
    ) -> Result<Case, OpenError> {
        open::open(paths, settings)
    }

    /// The named paths that could not be read, in order. Everything else was.
    pub fn unreadable(&self) -> &[Unreadable] {
        &self.unreadable
    }

    /// Says of each input what it is and what it tells, without a judgement of the case.
    pub fn inspect(self) -> Inspection {
        delegap_engine::inspect(self.records)
    }

    /// Says what is wrong.
    pub fn diagnose(self) -> Diagnosis {
        delegap_engine::diagnose_on(self.records, self.threads).0
    }

    /// [`Case::diagnose`] for a program that ends soon: what was read stays in memory, which the system takes back faster
    /// than the program could.
    pub fn diagnose_at_last(self) -> Diagnosis {
        let (diagnosis, remains) = delegap_engine::diagnose_on(self.records, self.threads);
        std::mem::forget(remains);
        diagnosis
    }
}

/// What the built-in knowledge says of a topic: a cause id, an error code in any written form, an event id, a KB, a CVE, a
/// hardening programme, a policy or a user right. `None` if it is none of these.
pub fn explain(topic: &str) -> Option<delegap_model::Explanation> {
    delegap_engine::explain(topic)
}

/// Topics of [`explain`] that are written much like `topic`.
pub fn topics_like(topic: &str) -> Vec<String> {
    delegap_engine::alike(topic)
}

/// The page of every cause, in the catalogue's order.
pub fn every_cause() -> Vec<(&'static str, delegap_model::Explanation)> {
    delegap_engine::every_cause()
}

/// What the file at `path` would be taken for; [`Kind::Unknown`] also where it can't be read.
pub fn recognise(path: impl AsRef<Path>) -> Kind {
    let file = walk::Found::regular(path.as_ref());
    let options = Arc::new(delegap_parse::Options::default());
    let alone = threads::Threads::default();
    let mut thread = threads::Thread::new(&alone, &options);
    let mut reads = read::read(&file, None, &options, false, None, &mut thread).into_iter();
    reads.find(|r| r.parsed.summary.path == file.shown).map_or(Kind::Unknown, |r| r.parsed.summary.kind)
}
