//! The threads that read a case. Each takes files, one after the other; one without a file reads along in the logs of
//! the others.

use crate::sections::{InOrder, OnDisk, SectionLog, Sectioned, append};
use delegap_model::{Limits, Parsed, Record};
use delegap_parse::{EvtxBatch, EvtxLog, EvtxReader, EvtxRoom, Mta, Options};
use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// What the threads share.
#[derive(Default)]
pub(crate) struct Threads {
    state: Mutex<State>,
    /// There is something to do for a thread that has no file, or never will be.
    changed: Condvar,
    /// A part of a log is read.
    done: Condvar,
}

#[derive(Default)]
struct State {
    /// The number of the next file.
    next: usize,
    /// Threads that have a file.
    reading: usize,
    /// Threads that have none.
    free: usize,
    /// Batches of logs that only their own thread can read on.
    batches: VecDeque<(Arc<Parts>, u64, EvtxBatch)>,
    /// Logs that every thread can read on.
    sectioned: Vec<Arc<Sectioned>>,
}

/// What is read of one log.
#[derive(Default)]
struct Parts {
    done: Mutex<Done>,
}

#[derive(Default)]
struct Done {
    /// How many batches.
    count: u64,
    parts: InOrder,
    /// Reading one of them panicked.
    failed: bool,
    room: Vec<EvtxRoom>,
}

/// One thread's share.
pub(crate) struct Thread<'t> {
    threads: &'t Threads,
    options: Arc<Options>,
    reader: EvtxReader,
}

/// Calls `each` for the numbers below `count` on up to `most` threads; the results are in the order of the numbers.
///
/// # Errors
/// If one of the threads can't be started.
pub(crate) fn each<T: Send>(
    count: usize,
    most: NonZeroUsize,
    options: &Arc<Options>,
    each: impl Fn(usize, &mut Thread<'_>) -> T + Sync,
) -> io::Result<Vec<T>> {
    let threads = Threads::default();
    let results = Mutex::new(BTreeMap::new());
    let work = || {
        let mut thread = Thread::new(&threads, options);
        while let Some(number) = thread.next(count) {
            let result = catch_unwind(AssertUnwindSafe(|| each(number, &mut thread)));
            thread.is_done();
            match result {
                Ok(result) => drop(lock(&results).insert(number, result)),
                Err(panic) => resume_unwind(panic),
            }
        }
    };
    thread::scope(|scope| {
        for _ in 1..most.get() {
            if let Err(error) = thread::Builder::new().spawn_scoped(scope, work) {
                threads.stop(count);
                return Err(error);
            }
        }
        work();
        Ok(())
    })?;
    Ok(results.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect())
}

impl Threads {
    fn stop(&self, count: usize) {
        lock(&self.state).next = count;
        self.changed.notify_all();
    }
}

impl<'t> Thread<'t> {
    /// A thread that takes part in `threads`.
    pub fn new(threads: &'t Threads, options: &Arc<Options>) -> Self {
        Thread { threads, options: Arc::clone(options), reader: EvtxReader::new(Arc::clone(options)) }
    }

    /// The next file; until there is one, or none any more, this thread reads along elsewhere.
    fn next(&mut self, count: usize) -> Option<usize> {
        let mut state = lock(&self.threads.state);
        state.free += 1;
        loop {
            if let Some(batch) = state.batches.pop_front() {
                drop(state);
                self.read(batch);
                state = lock(&self.threads.state);
            } else if state.next < count {
                let number = state.next;
                state.next += 1;
                state.free -= 1;
                state.reading += 1;
                return Some(number);
            } else if let Some(log) = state.sectioned.iter().find(|log| log.has_more()).map(Arc::clone) {
                drop(state);
                self.sections(&log, None);
                state = lock(&self.threads.state);
            } else if state.reading == 0 {
                return None;
            } else {
                state = self.threads.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    fn is_done(&self) {
        lock(&self.threads.state).reading -= 1;
        self.threads.changed.notify_all();
    }

    /// Reads a log, with the help of threads that have no file.
    pub fn log(&mut self, name: &str, log: impl Read, mta: Option<Arc<Mta>>, limits: &Limits) -> Parsed<Record> {
        let mut log = EvtxLog::new(name, log, mta, limits);
        let parts = Arc::new(Parts::default());
        let mut count = 0;
        loop {
            let room = lock(&parts.done).room.pop().unwrap_or_default();
            let Some(batch) = log.batch(room) else { break };
            if let Some(batch) = self.offer(&parts, count, batch) {
                self.read((Arc::clone(&parts), count, batch));
            }
            count += 1;
        }
        self.wait(|| lock(&parts.done).count == count);
        let done = std::mem::take(&mut *lock(&parts.done));
        // Whoever reads this file catches it, and says that it failed.
        assert!(!done.failed, "a batch could not be read");
        log.finish(done.parts.whole())
    }

    /// Reads a log that can be read at any place, with the help of threads that have no file.
    pub fn log_on_disk(&mut self, name: &str, log: OnDisk, mta: Option<Arc<Mta>>, limits: &Limits) -> Parsed<Record> {
        let first = EvtxLog::new(name, log.open(0), mta, limits);
        let sectioned = Arc::new(Sectioned::new(&first, log));
        lock(&self.threads.state).sectioned.push(Arc::clone(&sectioned));
        self.threads.changed.notify_all();
        self.sections(&sectioned, Some(first));
        self.wait(|| sectioned.is_done());
        lock(&self.threads.state).sectioned.retain(|other| !Arc::ptr_eq(other, &sectioned));
        // Whoever reads this file catches it, and says that it failed.
        #[expect(clippy::panic, reason = "the parser's panic goes on in the thread that the file belongs to")]
        let Some((mut whole, mut rest)) = sectioned.whole() else { panic!("a section could not be read") };
        let mut room = EvtxRoom::default();
        // What was read behind a displaced chunk counts for nothing.
        while let Some(batch) = rest.batch(room) {
            let (part, emptied) = self.reader.read(batch);
            append(&mut whole, part);
            room = emptied;
        }
        rest.finish(whole)
    }

    /// Reads sections of a log until there are no more; `current` is the log before its first one.
    fn sections(&mut self, log: &Sectioned, mut current: Option<SectionLog>) {
        let mut room = EvtxRoom::default();
        while let Some(number) = log.next() {
            let section = catch_unwind(AssertUnwindSafe(|| {
                let mut reading = log.begin(number, current.take());
                let mut part = None;
                while log.is_within(number, reading.position())
                    && let Some(batch) = reading.batch_until(log.end_of(number), std::mem::take(&mut room))
                {
                    let (read, emptied) = self.reader.read(batch);
                    append(&mut part, read);
                    room = emptied;
                }
                (part, reading)
            }));
            match section {
                Ok((part, reading)) => current = log.end(number, part, reading),
                Err(_) => {
                    // What it had begun must not go on in the next section.
                    self.reader = EvtxReader::new(Arc::clone(&self.options));
                    log.fail();
                }
            }
        }
        // A thread that has looked and not yet begun to wait has the state.
        drop(lock(&self.threads.state));
        self.threads.done.notify_all();
    }

    /// Leaves a batch to a thread that has no file. Gives it back if there is none, or enough lies before it: two
    /// batches, so that it has one to go on with.
    fn offer(&self, parts: &Arc<Parts>, number: u64, batch: EvtxBatch) -> Option<EvtxBatch> {
        let mut state = lock(&self.threads.state);
        if state.batches.len() >= 2 * state.free {
            return Some(batch);
        }
        state.batches.push_back((Arc::clone(parts), number, batch));
        drop(state);
        self.threads.changed.notify_all();
        None
    }

    /// Until a log is read, this thread reads what lies there.
    fn wait(&mut self, is_read: impl Fn() -> bool) {
        let mut state = lock(&self.threads.state);
        while !is_read() {
            if let Some(batch) = state.batches.pop_front() {
                drop(state);
                self.read(batch);
                state = lock(&self.threads.state);
            } else {
                state = self.threads.done.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    fn read(&mut self, (parts, number, batch): (Arc<Parts>, u64, EvtxBatch)) {
        let read = catch_unwind(AssertUnwindSafe(|| self.reader.read(batch)));
        let mut done = lock(&parts.done);
        match read {
            Ok((part, room)) => {
                done.parts.insert(number, Some(part), None);
                done.room.push(room);
            }
            Err(_) => {
                // What it had begun must not go on in the next batch.
                self.reader = EvtxReader::new(Arc::clone(&self.options));
                done.failed = true;
            }
        }
        done.count += 1;
        drop(done);
        // A thread that has looked and not yet begun to wait has the state.
        drop(lock(&self.threads.state));
        self.threads.done.notify_all();
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use delegap_model::{Selection, Time};
    use delegap_parse::read_evtx;
    use delegap_testkit::evtx::{FILE_HEADER_SIZE, LogFile, break_chunk_data};
    use delegap_testkit::record::EventSpec;

    /// A log of more batches than threads, some of whose chunks are damaged.
    fn log() -> Vec<u8> {
        let mut log = LogFile::new();
        log.extend((0..12_000).map(|second| {
            let time = Time::from_timestamp(1_795_255_200 + second, 0).unwrap();
            let id = if second % 3 == 0 { 20306 } else { 1 };
            EventSpec::new("Microsoft-Windows-Hyper-V-VMMS", id, "VMMS-Admin", "hv01", time)
        }));
        let mut log = log.to_bytes();
        assert!(log.len() > FILE_HEADER_SIZE + 40 * 65536, "{}", log.len());
        for chunk in [3, 17, 18] {
            break_chunk_data(&mut log, chunk);
        }
        log
    }

    #[test]
    fn a_log_is_the_same_on_any_number_of_threads() {
        let log = log();
        let options = Arc::new(Options { selection: Selection::everything(), ..Options::default() });
        let alone = read_evtx("a", &*log, &options);
        assert_eq!(alone.summary.problems.len(), 3);
        for most in 1..4 {
            let most = NonZeroUsize::new(most).unwrap();
            for count in [1, 3] {
                let read = |_, thread: &mut Thread<'_>| thread.log("a", &*log, None, &options.limits);
                let all = each(count, most, &options, read).unwrap();
                assert_eq!(all.len(), count);
                assert!(all.iter().all(|parsed| *parsed == alone), "{count} on {most}");
            }
        }
    }

    #[test]
    fn results_come_in_the_order_of_the_numbers() {
        let four = NonZeroUsize::new(4).unwrap();
        let all = each(100, four, &Arc::new(Options::default()), |number, _| number).unwrap();
        assert!(all.into_iter().eq(0..100));
    }
}
