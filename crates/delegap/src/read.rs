//! Reads one file: opens it, tells an event log from a document, and lists what went wrong.

use crate::walk::{Found, why};
use delegap_model::{InputSummary, Kind, Limits, Parsed, Problem, Record, SourceRef};
use delegap_parse::{Mta, Options, document, is_evtx, may_be_document, read_evtx};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

/// What became of one file.
pub(crate) struct Read {
    pub parsed: Parsed<Record>,
    /// Why not even its beginning could be read, if so.
    pub unreadable: Option<String>,
}

/// Reads `file`, an event log with the localised `strings`, if there are any.
pub(crate) fn read(file: &Found, strings: Option<&Path>, options: &Options, hash: bool) -> Read {
    let content = || {
        let mut opened = File::open(&file.real)?;
        let mut head = Vec::new();
        opened.by_ref().take(HEAD).read_to_end(&mut head)?;
        Ok(Content { name: &file.shown, head, rest: opened })
    };
    let opened = match &file.skipped {
        Some(why) => Err(why.clone()),
        None => content().map_err(|e: io::Error| why(&e)),
    };
    let content = match opened {
        Ok(content) => content,
        Err(why) => return unreadable(&file.shown, why),
    };
    // The parsers don't panic. Should one do so all the same, this file is lost and not the case.
    let parsed = catch_unwind(AssertUnwindSafe(|| content.parse(strings, options)));
    let mut parsed = parsed.unwrap_or_else(|_| {
        let what = "reading it failed inside this program; please report it";
        nothing(&file.shown, what.to_owned(), "the whole file")
    });
    if hash {
        match sha256(&file.real) {
            Ok(sum) => parsed.summary.sha256 = Some(sum),
            Err(e) => parsed.summary.problems.push(problem(&file.shown, format!("no sha-256: {}", why(&e)), "")),
        }
    }
    Read { parsed, unreadable: None }
}

/// Enough to tell an event log, and text from a disk image.
const HEAD: u64 = 4096;

/// An opened file.
struct Content<'a> {
    name: &'a str,
    head: Vec<u8>,
    rest: File,
}

impl Content<'_> {
    fn parse(self, strings: Option<&Path>, options: &Options) -> Parsed<Record> {
        if !is_evtx(&self.head) {
            let plausible = may_be_document(&self.head);
            let unknown = || Parsed { records: Vec::new(), summary: InputSummary::new(self.name, Kind::Unknown) };
            return if plausible { self.document(options) } else { unknown() };
        }
        // Strings that can't be read or used are a problem of their own file.
        let bytes =
            strings.and_then(|path| File::open(path).ok()).map(|f| Bytes::read(f, Vec::new(), &options.limits).all);
        let mta = bytes.and_then(|bytes| Mta::from_bytes(&bytes).ok()).map(Arc::new);
        let log = self.head.as_slice().chain(io::BufReader::new(self.rest));
        read_evtx(self.name, log, &Options { mta, ..options.clone() })
    }

    fn document(self, options: &Options) -> Parsed<Record> {
        let Bytes { all: bytes, left, failed } = Bytes::read(self.rest, self.head, &options.limits);
        let mut parsed = document(self.name, &bytes, options);
        let problems = &mut parsed.summary.problems;
        if let Some(error) = failed {
            let what = format!("reading stops after {} bytes: {}", bytes.len(), why(&error));
            problems.push(problem(self.name, what, "the rest of the file"));
        } else if left > 0 {
            let what = format!("the file is longer than the limit of {} bytes", options.limits.document_bytes);
            problems.push(problem(self.name, what, &format!("{left} bytes")));
        }
        if parsed.summary.kind == Kind::Mta
            && let Err(what) = Mta::from_bytes(&bytes)
        {
            problems.push(problem(self.name, what, "the log's localised strings"));
        }
        parsed
    }
}

/// A file's bytes up to the limit.
struct Bytes {
    all: Vec<u8>,
    /// How many lie beyond the limit.
    left: u64,
    /// What ended the reading early, if anything did.
    failed: Option<io::Error>,
}

impl Bytes {
    /// Reads `file`, of which `all` has been read.
    fn read(mut file: File, mut all: Vec<u8>, limits: &Limits) -> Self {
        let room = limits.document_bytes.saturating_sub(all.len() as u64);
        let failed = file.by_ref().take(room).read_to_end(&mut all).err();
        let size = file.metadata().map_or(0, |m| m.len());
        let left = if failed.is_none() { size.saturating_sub(all.len() as u64) } else { 0 };
        Bytes { all, left, failed }
    }
}

fn unreadable(name: &str, why: String) -> Read {
    let parsed = nothing(name, format!("can't be read: {why}"), "the whole file");
    Read { parsed, unreadable: Some(why) }
}

fn nothing(name: &str, what: String, lost: &str) -> Parsed<Record> {
    let mut summary = InputSummary::new(name, Kind::Unknown);
    summary.problems.push(problem(name, what, lost));
    Parsed { records: Vec::new(), summary }
}

fn problem(name: &str, what: String, lost: &str) -> Problem {
    Problem { at: SourceRef::new(name, ""), what, lost: lost.to_owned() }
}

fn sha256(path: &Path) -> io::Result<String> {
    let mut sum = Sha256::new();
    io::copy(&mut File::open(path)?, &mut sum)?;
    let mut hex = String::new();
    for byte in sum.finalize() {
        // Writing to a string can't fail.
        let _ = write!(hex, "{byte:02x}");
    }
    Ok(hex)
}
