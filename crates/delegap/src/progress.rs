//! How far the reading of a case is, for whoever watches it from another thread.

use std::io::{self, IoSliceMut, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How far the reading of a case is, in bytes of its files as they lie on disk.
#[derive(Debug, Default)]
pub struct Progress {
    total: AtomicU64,
    done: AtomicU64,
    current: Mutex<String>,
}

impl Progress {
    /// Bytes of all files; 0 as long as they are not known.
    pub fn total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }

    /// Bytes that have been read.
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// The file that was begun last, as its path is shown; it may hold what a terminal would obey.
    pub fn current(&self) -> String {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn begin(&self, total: u64) {
        self.total.store(total, Ordering::Relaxed);
    }

    fn add(&self, bytes: u64) {
        self.done.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// Counts what is read of a file, up to its size, and what is not read of it at the end.
pub(crate) struct Count {
    progress: Option<Arc<Progress>>,
    left: AtomicU64,
}

impl Count {
    pub fn new(progress: Option<&Arc<Progress>>, file: &str, size: u64) -> Arc<Self> {
        if let Some(progress) = progress {
            file.clone_into(&mut progress.current.lock().unwrap_or_else(PoisonError::into_inner));
        }
        Arc::new(Count { progress: progress.map(Arc::clone), left: AtomicU64::new(size) })
    }

    /// Archives, and logs between two sections, are read in places twice.
    fn add(&self, bytes: u64) {
        let Some(progress) = &self.progress else { return };
        let less = |left: u64| Some(left.saturating_sub(bytes));
        let left = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).unwrap_or(0);
        progress.add(bytes.min(left));
    }
}

impl Drop for Count {
    fn drop(&mut self) {
        self.add(u64::MAX);
    }
}

/// A file that is counted as it is read.
pub(crate) struct Counted<R> {
    inner: R,
    count: Arc<Count>,
}

impl<R> Counted<R> {
    pub fn new(inner: R, count: &Arc<Count>) -> Self {
        Counted { inner, count: Arc::clone(count) }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.count.add(read as u64);
        Ok(read)
    }

    fn read_vectored(&mut self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        let read = self.inner.read_vectored(buffers)?;
        self.count.add(read as u64);
        Ok(read)
    }
}

impl<R: Seek> Seek for Counted<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_counts_once() {
        let progress = Arc::new(Progress::default());
        progress.begin(10);
        let mut file = Counted::new(io::Cursor::new([0; 6]), &Count::new(Some(&progress), "a", 6));
        let mut bytes = [0; 4];
        for done in [4, 6, 6] {
            file.read_exact(&mut bytes).unwrap_or_default();
            assert_eq!(progress.done(), done);
            if done == 6 {
                file.seek(SeekFrom::Start(0)).unwrap();
            }
        }
        drop(file);
        drop(Count::new(Some(&progress), "b", 4));
        assert_eq!((progress.done(), progress.total(), progress.current().as_str()), (10, 10, "b"));
    }
}
