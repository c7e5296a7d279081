//! Reads one file, and what lies in it if it is an archive: tells an event log from a document, and lists what went wrong.

use crate::container::{self, Archive, Budget, Format, Member, Source};
use crate::mta;
use crate::progress::{Count, Counted, Progress};
use crate::sections::OnDisk;
use crate::threads::Thread;
use crate::walk::{Found, Origin, why};
use delegap_model::{InputSummary, Kind, Limits, Parsed, Problem, Record, SourceRef, When, Written};
use delegap_parse::{Mta, Options, document, is_evtx, may_be_document};
use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Cursor, Read as _, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What became of one file, or of one member of an archive.
pub(crate) struct Read {
    pub parsed: Parsed<Record>,
    /// Why not even its beginning could be read, if so.
    pub unreadable: Option<String>,
}

/// Reads `file`, an event log with the localised `strings`, if there are any. An archive's members follow it.
pub(crate) fn read(
    file: &Found,
    strings: Option<&Path>,
    options: &Options,
    hash: bool,
    progress: Option<&Arc<Progress>>,
    thread: &mut Thread<'_>,
) -> Vec<Read> {
    let opened = match &file.skipped {
        Some(why) => Err(why.clone()),
        None => open(file, &options.limits, progress).map_err(|e| why(&e)),
    };
    let (mut source, size, on_disk) = match opened {
        Ok(opened) => opened,
        Err(why) => return vec![unreadable(&file.shown, why)],
    };
    let budget = Budget::new(size, &options.limits);
    let mut reader = Reader { options, hash, budget: &budget, reads: Vec::new(), thread, on_disk };
    let strings = strings.and_then(|path| File::open(path).ok()).and_then(|f| strings_of(f, &options.limits));
    let sum = hash.then(|| sha256(&mut source));
    reader.source(&file.shown, source, Some(size), strings, 0);
    let mut reads = reader.reads;
    reads.sort_by(|a, b| a.parsed.summary.path.cmp(&b.parsed.summary.path));
    let own = reads.iter_mut().find(|r| r.parsed.summary.path == file.shown);
    if let (Some(own), Some(sum)) = (own, sum) {
        let summary = &mut own.parsed.summary;
        match sum {
            Ok(sum) => summary.sha256 = Some(sum),
            Err(e) => summary.problems.push(problem(&file.shown, format!("no sha-256: {}", why(&e)), "")),
        }
    }
    reads
}

/// A source, its size, and the file that it is if it can be opened again.
type Opened = (Box<dyn Source>, u64, Option<OnDisk>);

fn open(file: &Found, limits: &Limits, progress: Option<&Arc<Progress>>) -> io::Result<Opened> {
    match file.origin {
        Origin::File => {
            let opened = File::open(&file.real)?;
            let size = opened.metadata()?.len();
            let count = Count::new(progress, &file.shown, size);
            let source = io::BufReader::new(Counted::new(opened, &count));
            Ok((Box::new(source), size, Some(OnDisk::new(file.real.clone(), size, count))))
        }
        // An archive is read from its end, so all of it has to be there.
        Origin::StandardInput => {
            let mut all = Vec::new();
            io::stdin().lock().take(limits.nested_bytes + 1).read_to_end(&mut all)?;
            if all.len() as u64 > limits.nested_bytes {
                return Err(io::Error::other(format!("longer than the limit of {} bytes", limits.nested_bytes)));
            }
            let size = all.len() as u64;
            Ok((Box::new(Cursor::new(all)), size, None))
        }
    }
}

/// Enough to tell an event log, also by its first chunk, and text from a disk image.
const HEAD: u64 = 4096 + 512;
/// A zip with this member is a document of Office.
const OFFICE: &str = "[Content_Types].xml";

struct Reader<'a, 't> {
    options: &'a Options,
    hash: bool,
    budget: &'a Budget,
    reads: Vec<Read>,
    thread: &'a mut Thread<'t>,
    /// The file that is read, unless it is an archive.
    on_disk: Option<OnDisk>,
}

impl Reader<'_, '_> {
    /// A whole file, or an archive inside an archive, `depth` archives deep.
    fn source(
        &mut self,
        name: &str,
        source: Box<dyn Source + '_>,
        size: Option<u64>,
        strings: Option<Arc<Mta>>,
        depth: usize,
    ) {
        // The parsers and unpackers don't panic. Should one do so all the same, this file is lost and not the case.
        let read = catch_unwind(AssertUnwindSafe(|| self.opened(name, source, size, strings, depth)));
        match read {
            Ok(Ok(())) => {}
            Ok(Err(e)) if depth == 0 => self.reads.push(unreadable(name, why(&e))),
            Ok(Err(e)) => self.push(nothing(name, format!("can't be read: {}", why(&e)), "the whole file")),
            Err(_) => self.push(failed(name)),
        }
    }

    fn opened(
        &mut self,
        name: &str,
        mut source: Box<dyn Source + '_>,
        size: Option<u64>,
        strings: Option<Arc<Mta>>,
        depth: usize,
    ) -> io::Result<()> {
        let head = head(&mut source)?;
        match Format::of(&head) {
            None => self.content(name, &mut source, size, strings, depth),
            Some(Format::Gzip) => {
                let inner = head_of(MultiGzDecoder::new(&mut source));
                source.seek(SeekFrom::Start(0))?;
                if Format::of(&inner) == Some(Format::Tar) {
                    self.archive(name, Format::Tar, source, depth);
                } else {
                    let mut unpacked = self.budget.limited(MultiGzDecoder::new(source));
                    self.content(name, &mut unpacked, None, strings, depth + 1);
                }
            }
            Some(format) => self.archive(name, format, source, depth),
        }
        Ok(())
    }

    /// An archive and its members.
    fn archive(&mut self, name: &str, format: Format, source: Box<dyn Source + '_>, depth: usize) {
        let limits = self.options.limits;
        let mut summary = InputSummary::new(name, Kind::Archive);
        let listed = container::open(format, source, &limits).and_then(|mut archive| Ok((archive.members()?, archive)));
        let (mut members, mut archive) = match listed {
            Ok(listed) => listed,
            Err(e) => {
                let what = format!("can't be read as {}: {}", format.name(), one_line(&e));
                summary.problems.push(problem(name, what, "everything in it"));
                return self.push(Parsed { records: Vec::new(), summary });
            }
        };
        if format == Format::Zip && members.iter().any(|m| m.name == OFFICE) {
            return self.push(Parsed { records: Vec::new(), summary: InputSummary::new(name, Kind::Unknown) });
        }
        summary.records = Some(members.len() as u64);
        if members.len() > limits.members {
            let what = format!("more than {} members", limits.members);
            summary.problems.push(problem(name, what, &format!("{} members", members.len() - limits.members)));
            members.truncate(limits.members);
        }
        let mut shown: Vec<String> = Vec::with_capacity(members.len());
        for member in &members {
            let (below, leads_out) = container::below(&member.name, &limits);
            let path = format!("{name}/{below}");
            if leads_out {
                summary.problems.push(problem(&path, "its path leads out of the archive".to_owned(), ""));
            }
            shown.push(path);
        }
        // Names that are only the same once they are cut, or that the archive has twice, stay apart.
        tell_apart(&mut shown);
        let strings = self.member_strings(&mut *archive, &members, &shown);
        for (path, member) in shown.iter().zip(&members) {
            if let Some(skipped) = member.skipped {
                self.push(nothing(path, skipped.to_owned(), "the whole file"));
            }
        }
        let budget = self.budget;
        let mut seen = vec![false; members.len()];
        let wanted = |number: usize| members.get(number).is_some_and(|m| m.skipped.is_none());
        let result = archive.visit(&wanted, &mut |number, content| {
            let (Some(path), Some(member), Some(seen)) = (shown.get(number), members.get(number), seen.get_mut(number))
            else {
                return;
            };
            *seen = true;
            match content {
                Ok(content) => {
                    let mut content = budget.limited(content);
                    let own = strings.get(number).cloned().flatten();
                    let before = self.reads.len();
                    let read = catch_unwind(AssertUnwindSafe(|| {
                        self.content(path, &mut content, member.size, own, depth + 1)
                    }));
                    if read.is_err() {
                        self.push(failed(path));
                    }
                    self.date(before, path, name, member.written);
                }
                Err(e) => self.push(nothing(path, format!("can't be read: {}", one_line(&e)), "the whole file")),
            }
        });
        if let Err(e) = result {
            summary.problems.push(problem(name, format!("unpacking stops: {}", one_line(&e)), ""));
            for (number, path) in shown.iter().enumerate().filter(|(number, _)| wanted(*number)) {
                if !seen[number] {
                    self.push(nothing(path, "lies behind the damage".to_owned(), "the whole file"));
                }
            }
        }
        self.push(Parsed { records: Vec::new(), summary });
    }

    /// Dates the member at `path` as its archive does, unless it says itself when it was written.
    fn date(&mut self, before: usize, path: &str, archive: &str, written: Option<When>) {
        let Some(when) = written else { return };
        for read in self.reads.iter_mut().skip(before).filter(|r| r.parsed.summary.path == path) {
            let written = || Written { when, archive: Some(archive.into()) };
            read.parsed.summary.written.get_or_insert_with(written);
        }
    }

    /// For every member the localised strings that serve it.
    fn member_strings(&self, archive: &mut dyn Archive, members: &[Member], shown: &[String]) -> Vec<Option<Arc<Mta>>> {
        let paths: Vec<PathBuf> = shown.iter().map(PathBuf::from).collect();
        let usable = paths.iter().zip(members).map(|(path, m)| m.skipped.is_none().then_some(path.as_path()));
        let assigned = mta::assign(&usable.collect::<Vec<_>>());
        let mut read: Vec<Option<Arc<Mta>>> = vec![None; members.len()];
        if assigned.iter().all(Option::is_none) {
            return read;
        }
        let wanted = |number: usize| assigned.contains(&Some(number));
        let limits = self.options.limits;
        // What can't be read is a problem of the strings' own file.
        let _ = archive.visit(&wanted, &mut |number, content| {
            if let (Ok(content), Some(slot)) = (content, read.get_mut(number)) {
                *slot = strings_of(self.budget.limited(content), &limits);
            }
        });
        assigned.into_iter().map(|index| read.get(index?).cloned().flatten()).collect()
    }

    /// The content of a file or member: parsed, or unpacked if it is an archive.
    fn content(
        &mut self,
        name: &str,
        content: &mut dyn io::Read,
        size: Option<u64>,
        strings: Option<Arc<Mta>>,
        depth: usize,
    ) {
        let mut content = Hashed { inner: content, sum: (self.hash && depth > 0).then(Sha256::new) };
        let mut head = Vec::new();
        let begun = content.by_ref().take(HEAD).read_to_end(&mut head);
        if let Some(format) = Format::of(&head).filter(|_| depth > 0) {
            return self.nested(name, format, head, &mut content, depth);
        }
        let mut parsed = match begun {
            Err(e) if head.is_empty() => nothing(name, format!("can't be read: {}", why(&e)), "the whole file"),
            _ if is_evtx(&head) => match self.on_disk.take_if(|log| depth == 0 && log.is_long()) {
                Some(log) => self.thread.log_on_disk(name, log, strings, &self.options.limits),
                None => {
                    let log = head.as_slice().chain(&mut content);
                    self.thread.log(name, log, strings, &self.options.limits)
                }
            },
            _ if may_be_document(&head) => self.document(name, head, &mut content, size),
            _ => Parsed { records: Vec::new(), summary: InputSummary::new(name, Kind::Unknown) },
        };
        match content.finish() {
            None => {}
            Some(Ok(sum)) => parsed.summary.sha256 = Some(sum),
            Some(Err(e)) => parsed.summary.problems.push(problem(name, format!("no sha-256: {}", why(&e)), "")),
        }
        self.push(parsed);
    }

    /// An archive inside an archive: it is unpacked into memory, as most are read from their end.
    fn nested(&mut self, name: &str, format: Format, head: Vec<u8>, content: &mut dyn io::Read, depth: usize) {
        let limits = self.options.limits;
        if depth >= limits.archives {
            let what = format!("an archive inside {depth} others: only {} are opened", limits.archives);
            return self.push(nothing(name, what, "everything in it"));
        }
        let mut all = head;
        let room = limits.nested_bytes.saturating_sub(all.len() as u64);
        let read = content.take(room.saturating_add(1)).read_to_end(&mut all);
        if all.len() as u64 > limits.nested_bytes {
            let what = format!(
                "a {} inside another archive, longer than the limit of {} bytes",
                format.name(),
                limits.nested_bytes
            );
            return self.push(nothing(name, what, "everything in it"));
        }
        if let Err(e) = read {
            return self.push(nothing(name, format!("can't be read: {}", why(&e)), "the whole file"));
        }
        let size = all.len() as u64;
        self.source(name, Box::new(Cursor::new(all)), Some(size), None, depth);
    }

    fn document(&self, name: &str, head: Vec<u8>, content: &mut dyn io::Read, size: Option<u64>) -> Parsed<Record> {
        let limits = &self.options.limits;
        let mut bytes = head;
        let room = limits.document_bytes.saturating_sub(bytes.len() as u64);
        let failed = content.take(room).read_to_end(&mut bytes).err();
        let mut parsed = document(name, &bytes, self.options);
        let problems = &mut parsed.summary.problems;
        if let Some(error) = failed {
            let what = format!("reading stops after {} bytes: {}", bytes.len(), why(&error));
            problems.push(problem(name, what, "the rest of the file"));
        } else if bytes.len() as u64 >= limits.document_bytes {
            let left = size.map_or_else(
                || io::copy(content, &mut io::sink()).unwrap_or(0),
                |s| s.saturating_sub(bytes.len() as u64),
            );
            if left > 0 {
                let what = format!("the file is longer than the limit of {} bytes", limits.document_bytes);
                problems.push(problem(name, what, &format!("{left} bytes")));
            }
        }
        if parsed.summary.kind == Kind::Mta
            && let Err(what) = Mta::from_bytes(&bytes)
        {
            problems_of(&mut parsed, name, what);
        }
        parsed
    }

    fn push(&mut self, parsed: Parsed<Record>) {
        self.reads.push(Read { parsed, unreadable: None });
    }
}

fn problems_of(parsed: &mut Parsed<Record>, name: &str, what: String) {
    parsed.summary.problems.push(problem(name, what, "the log's localised strings"));
}

/// The first bytes; the source is then at its beginning again.
fn head(source: &mut (impl io::Read + Seek)) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    source.by_ref().take(HEAD).read_to_end(&mut head)?;
    source.seek(SeekFrom::Start(0))?;
    Ok(head)
}

/// The first bytes as far as they can be had.
fn head_of(content: impl io::Read) -> Vec<u8> {
    let mut head = Vec::new();
    let _ = content.take(HEAD).read_to_end(&mut head);
    head
}

fn strings_of(content: impl io::Read, limits: &Limits) -> Option<Arc<Mta>> {
    let mut bytes = Vec::new();
    content.take(limits.document_bytes).read_to_end(&mut bytes).ok()?;
    Mta::from_bytes(&bytes).ok().map(Arc::new)
}

/// Gives equal paths a number each.
fn tell_apart(paths: &mut [String]) {
    let mut seen = std::collections::HashMap::new();
    for path in paths.iter_mut() {
        let count: &mut u32 = seen.entry(path.clone()).or_default();
        *count += 1;
        if *count > 1 {
            let _ = write!(path, " ({count})");
        }
    }
}

/// Passes content on and sums it up.
struct Hashed<'a> {
    inner: &'a mut dyn io::Read,
    sum: Option<Sha256>,
}

impl io::Read for Hashed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        if let Some(sum) = &mut self.sum {
            sum.update(buffer.get(..read).unwrap_or_default());
        }
        Ok(read)
    }
}

impl Hashed<'_> {
    /// The sum of everything, what nobody has read yet included.
    fn finish(mut self) -> Option<io::Result<String>> {
        self.sum.as_ref()?;
        let rest = io::copy(&mut self, &mut io::sink());
        Some(rest.map(|_| hex(self.sum.unwrap_or_default())))
    }
}

fn unreadable(name: &str, why: String) -> Read {
    let parsed = nothing(name, format!("can't be read: {why}"), "the whole file");
    Read { parsed, unreadable: Some(why) }
}

fn failed(name: &str) -> Parsed<Record> {
    let what = "reading it failed inside this program; please report it";
    nothing(name, what.to_owned(), "the whole file")
}

fn nothing(name: &str, what: String, lost: &str) -> Parsed<Record> {
    let mut summary = InputSummary::new(name, Kind::Unknown);
    summary.problems.push(problem(name, what, lost));
    Parsed { records: Vec::new(), summary }
}

fn problem(name: &str, what: String, lost: &str) -> Problem {
    Problem { at: SourceRef::new(name, ""), what, lost: lost.to_owned() }
}

/// What a library says of an archive, as a fragment.
fn one_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or("").trim().trim_end_matches('.');
    let mut chars = line.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

/// Of the whole source, which is then at its beginning again.
fn sha256(source: &mut Box<dyn Source + '_>) -> io::Result<String> {
    let mut sum = Sha256::new();
    let copied = io::copy(source, &mut sum);
    source.seek(SeekFrom::Start(0))?;
    copied.map(|_| hex(sum))
}

fn hex(sum: Sha256) -> String {
    let mut hex = String::new();
    for byte in sum.finalize() {
        // Writing to a string can't fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}
