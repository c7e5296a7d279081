//! The threads that read a case. Each takes files, one after the other; one without a file reads along in the logs of
//! the others.

use delegap_model::{Limits, Parsed, Record};
use delegap_parse::{EvtxBatch, EvtxLog, EvtxPart, EvtxReader, EvtxRoom, Mta, Options};
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
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The number of the next file.
    next: usize,
    /// Threads that have a file.
    reading: usize,
    /// Threads that have none.
    free: usize,
    batches: VecDeque<(Arc<Parts>, usize, EvtxBatch)>,
}

/// What is read of one log.
#[derive(Default)]
struct Parts {
    done: Mutex<Done>,
}

#[derive(Default)]
struct Done {
    /// By batch. `None` where reading it panicked.
    parts: BTreeMap<usize, Option<EvtxPart>>,
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
        self.wait(&parts, count);
        let parts = std::mem::take(&mut lock(&parts.done).parts);
        // Whoever reads this file catches it, and says that it failed.
        #[expect(clippy::panic, reason = "the parser's panic goes on in the thread that the file belongs to")]
        let whole = |part: Option<EvtxPart>| part.unwrap_or_else(|| panic!("a batch could not be read"));
        log.finish(parts.into_values().map(whole))
    }

    /// Leaves a batch to a thread that has no file. Gives it back if there is none, or enough lies before it: two
    /// batches, so that it has one to go on with.
    fn offer(&self, parts: &Arc<Parts>, number: usize, batch: EvtxBatch) -> Option<EvtxBatch> {
        let mut state = lock(&self.threads.state);
        if state.batches.len() >= 2 * state.free {
            return Some(batch);
        }
        state.batches.push_back((Arc::clone(parts), number, batch));
        drop(state);
        self.threads.changed.notify_all();
        None
    }

    /// Until all batches of a log are read, this thread reads what lies there.
    fn wait(&mut self, parts: &Parts, count: usize) {
        let mut state = lock(&self.threads.state);
        while lock(&parts.done).parts.len() < count {
            if let Some(batch) = state.batches.pop_front() {
                drop(state);
                self.read(batch);
                state = lock(&self.threads.state);
            } else {
                state = self.threads.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    fn read(&mut self, (parts, number, batch): (Arc<Parts>, usize, EvtxBatch)) {
        let (part, room) = match catch_unwind(AssertUnwindSafe(|| self.reader.read(batch))) {
            Ok((part, room)) => (Some(part), room),
            Err(_) => {
                // What it had begun must not go on in the next batch.
                self.reader = EvtxReader::new(Arc::clone(&self.options));
                (None, EvtxRoom::default())
            }
        };
        let mut done = lock(&parts.done);
        done.parts.insert(number, part);
        done.room.push(room);
        drop(done);
        // A thread that has looked and not yet begun to wait has the state.
        drop(lock(&self.threads.state));
        self.threads.changed.notify_all();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
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
