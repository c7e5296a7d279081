//! A log on disk that is read at several places at a time: sections of chunks, taken for lying where they should. Where
//! a section ends elsewhere than the next one begins, what was read behind it counts for nothing.

use crate::progress::{Count, Counted};
use crate::threads::lock;
use delegap_parse::{EvtxLog, EvtxPart, EvtxPosition};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// Chunks of a section: enough that opening the file for one costs nothing, few enough that threads end together.
const SECTION: u64 = 128;

/// A log as one thread reads it.
pub(crate) type SectionLog = EvtxLog<Box<dyn Read + Send>>;

/// A file that can be opened again.
pub(crate) struct OnDisk {
    path: PathBuf,
    size: u64,
    count: Arc<Count>,
    /// Chunks of a section.
    section: u64,
}

impl OnDisk {
    pub fn new(path: PathBuf, size: u64, count: Arc<Count>) -> Self {
        OnDisk { path, size, count, section: SECTION }
    }

    /// True if there is work for several threads.
    pub fn is_long(&self) -> bool {
        self.size >= SectionLog::offset_of(2 * self.section)
    }

    /// The file from `at` on. Why it can't be read, reading says.
    pub fn open(&self, at: u64) -> Box<dyn Read + Send> {
        let opened = File::open(&self.path).and_then(|mut file| file.seek(SeekFrom::Start(at)).map(|_| file));
        match opened {
            Ok(file) => Box::new(Counted::new(file, &self.count)),
            Err(error) => Box::new(Unopened(error)),
        }
    }
}

struct Unopened(io::Error);

impl Read for Unopened {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::new(self.0.kind(), self.0.to_string()))
    }
}

/// A log and what is read of it.
pub(crate) struct Sectioned {
    log: OnDisk,
    /// Knows what the log's header says.
    template: EvtxLog<io::Empty>,
    count: u64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The next section that nobody has begun.
    next: u64,
    /// Sections that are being read.
    open: usize,
    parts: InOrder,
}

/// Parts that are done in any order, joined as soon as there is no gap between them.
#[derive(Default)]
pub(crate) struct InOrder {
    whole: Option<EvtxPart>,
    /// The next part to join.
    next: u64,
    later: BTreeMap<u64, (Option<EvtxPart>, Option<SectionLog>)>,
    /// The log behind the part that is the last to count.
    rest: Option<SectionLog>,
}

impl InOrder {
    /// Takes the part of this number; nothing behind it counts if it comes with the `rest` of the log.
    pub fn insert(&mut self, number: u64, part: Option<EvtxPart>, rest: Option<SectionLog>) {
        self.later.insert(number, (part, rest));
        while self.rest.is_none()
            && let Some((part, rest)) = self.later.remove(&self.next)
        {
            part.into_iter().for_each(|part| append(&mut self.whole, part));
            self.rest = rest;
            self.next += 1;
        }
    }

    /// What is joined.
    pub fn whole(self) -> Option<EvtxPart> {
        self.whole
    }
}

/// Adds what comes after.
pub(crate) fn append(whole: &mut Option<EvtxPart>, part: EvtxPart) {
    match whole {
        Some(whole) => whole.append(part),
        None => *whole = Some(part),
    }
}

impl Sectioned {
    /// A log, read up to its `first` chunk.
    pub fn new(first: &SectionLog, log: OnDisk) -> Self {
        let is_whole = first.position() == EvtxPosition::Chunk(0);
        let (first_chunk, second_section) = (SectionLog::offset_of(0), SectionLog::offset_of(log.section));
        let sections = log.size.saturating_sub(first_chunk).div_ceil(second_section - first_chunk);
        let count = if is_whole { sections.max(1) } else { 1 };
        Sectioned { log, template: first.from_chunk(0, io::empty()), count, state: Mutex::default() }
    }

    /// True if there are sections that nobody has begun.
    pub fn has_more(&self) -> bool {
        lock(&self.state).next < self.count
    }

    /// True if all that matters is read.
    pub fn is_done(&self) -> bool {
        let state = lock(&self.state);
        state.open == 0 && state.next >= self.count
    }

    /// The next section to read.
    pub fn next(&self) -> Option<u64> {
        let mut state = lock(&self.state);
        let number = state.next;
        (number < self.count).then(|| {
            state.next += 1;
            state.open += 1;
            number
        })
    }

    /// The log before a section: that which has just been read up to there, or opened anew.
    pub fn begin(&self, number: u64, current: Option<SectionLog>) -> SectionLog {
        let chunk = number * self.log.section;
        match current {
            // The first one may begin anywhere.
            Some(log) if number == 0 || log.position() == EvtxPosition::Chunk(chunk) => log,
            _ => self.template.from_chunk(chunk, self.log.open(SectionLog::offset_of(chunk))),
        }
    }

    /// True if this is in the section.
    pub fn is_within(&self, number: u64, position: EvtxPosition) -> bool {
        matches!(position, EvtxPosition::Chunk(chunk) if chunk < self.end_of(number))
    }

    /// The last section has no end but the log's.
    pub fn end_of(&self, number: u64) -> u64 {
        if number + 1 == self.count { u64::MAX } else { (number + 1) * self.log.section }
    }

    /// Takes a section, and gives the log back if the next section follows it.
    pub fn end(&self, number: u64, part: Option<EvtxPart>, log: SectionLog) -> Option<SectionLog> {
        let mut state = lock(&self.state);
        state.open -= 1;
        if log.position() == EvtxPosition::Chunk(self.end_of(number)) {
            state.parts.insert(number, part, None);
            return Some(log);
        }
        state.next = self.count;
        state.parts.insert(number, part, Some(log));
        None
    }

    /// A section that could not be read.
    pub fn fail(&self) {
        let mut state = lock(&self.state);
        state.open -= 1;
        state.next = self.count;
    }

    /// What is read, and the log behind it; `None` if a section could not be read.
    pub fn whole(&self) -> Option<(Option<EvtxPart>, SectionLog)> {
        let mut parts = std::mem::take(&mut lock(&self.state).parts);
        let rest = parts.rest.take()?;
        Some((parts.whole(), rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::threads::{Thread, each};
    use delegap_model::Selection;
    use delegap_parse::{Options, read_evtx};
    use delegap_testkit::evtx::{FILE_HEADER_SIZE, LogFile, break_chunk_data};
    use delegap_testkit::record::{EventSpec, Payload};
    use std::num::NonZeroUsize;

    const CHUNK: usize = 65536;

    /// A log of more than 20 chunks.
    fn log() -> Vec<u8> {
        let mut log = LogFile::new();
        log.extend((0..360).map(|second| {
            let time = delegap_model::Time::from_timestamp(1_795_255_200 + second, 0).unwrap();
            let payload = Payload::EventData(vec![(None, "x".repeat(2000).as_str().into())]);
            EventSpec { payload, ..EventSpec::new("Microsoft-Windows-Hyper-V-VMMS", 20306, "VMMS-Admin", "hv01", time) }
        }));
        let log = log.to_bytes();
        assert!(log.len() > FILE_HEADER_SIZE + 20 * CHUNK, "{}", log.len());
        log
    }

    /// Reads a log in sections of four chunks on several threads, and compares with one that reads from begin to end.
    fn is_the_same_in_sections(name: &str, log: &[u8]) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.evtx");
        std::fs::write(&path, log).unwrap();
        let options = Arc::new(Options { selection: Selection::everything(), ..Options::default() });
        let alone = read_evtx("a", log, &options);
        for most in [1, 3] {
            let read = |_, thread: &mut Thread<'_>| {
                let size = log.len() as u64;
                let file = OnDisk { path: path.clone(), size, count: Count::new(None, "a", size), section: 4 };
                thread.log_on_disk("a", file, None, &options.limits)
            };
            let all = each(1, NonZeroUsize::new(most).unwrap(), &options, read).unwrap();
            assert!(all.len() == 1 && all.iter().all(|parsed| *parsed == alone), "{name} on {most}");
        }
    }

    #[test]
    fn a_log_is_the_same_in_sections() {
        let log = log();
        let at = |chunk: usize| FILE_HEADER_SIZE + chunk * CHUNK;
        is_the_same_in_sections("whole", &log);
        for cut in [100, at(0), at(0) + 200, at(4), at(11) + 5000, at(16), log.len() - 1] {
            is_the_same_in_sections(&format!("cut at {cut}"), &log[..cut]);
        }
        let mut broken = log.clone();
        [3, 4, 17, 18].into_iter().for_each(|chunk| break_chunk_data(&mut broken, chunk));
        is_the_same_in_sections("broken chunks", &broken);
        // Bytes are missing, or were put in, within a section, across its end, and at it.
        for from in [at(2) + 700, at(7) + 60_000, at(8), at(8) - 10, at(12)] {
            for missing in [1, CHUNK, CHUNK + 1, 9 * CHUNK - 3] {
                let mut less = log.clone();
                less.drain(from..(from + missing).min(log.len()));
                is_the_same_in_sections(&format!("{missing} missing at {from}"), &less);
                let mut more = log.clone();
                more.splice(from..from, vec![7; missing]);
                is_the_same_in_sections(&format!("{missing} more at {from}"), &more);
            }
        }
        for (name, header) in [("no header", 0), ("half a header", 2000)] {
            is_the_same_in_sections(name, &log[FILE_HEADER_SIZE - header..]);
        }
        is_the_same_in_sections("no log", &[0; 3 * CHUNK]);
    }

    #[test]
    fn a_file_that_is_gone_is_told() {
        let options = Arc::new(Options::default());
        let file = OnDisk::new("/nowhere/a.evtx".into(), 1 << 30, Count::new(None, "a", 1 << 30));
        let threads = crate::threads::Threads::default();
        let parsed = Thread::new(&threads, &options).log_on_disk("a", file, None, &options.limits);
        assert!(parsed.summary.problems.iter().any(|p| p.what.contains("reading fails here")), "{parsed:?}");
    }
}
