//! How far the reading of a case is, for whoever watches it from another thread.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

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

    /// Counts what is read of a file through the result, up to its `size`, and what is not read of it at the end.
    pub(crate) fn count<'p, R>(progress: Option<&'p Progress>, file: &str, size: u64, inner: R) -> Counted<'p, R> {
        if let Some(progress) = progress {
            file.clone_into(&mut progress.current.lock().unwrap_or_else(PoisonError::into_inner));
        }
        Counted { inner, left: size, progress }
    }
}

/// See [`Progress::count`].
pub(crate) struct Counted<'p, R> {
    inner: R,
    left: u64,
    progress: Option<&'p Progress>,
}

impl<R> Counted<'_, R> {
    fn add(&mut self, bytes: u64) {
        // Archives are read in places twice.
        let bytes = bytes.min(self.left);
        self.left -= bytes;
        if let Some(progress) = self.progress {
            progress.done.fetch_add(bytes, Ordering::Relaxed);
        }
    }
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.add(read as u64);
        Ok(read)
    }
}

impl<R: Seek> Seek for Counted<'_, R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

impl<R> Drop for Counted<'_, R> {
    fn drop(&mut self) {
        self.add(u64::MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_counts_once() {
        let progress = Progress::default();
        progress.begin(10);
        let mut file = Progress::count(Some(&progress), "a", 6, io::Cursor::new([0; 6]));
        let mut bytes = [0; 4];
        for done in [4, 6, 6] {
            file.read_exact(&mut bytes).unwrap_or_default();
            assert_eq!(progress.done(), done);
            if done == 6 {
                file.seek(SeekFrom::Start(0)).unwrap();
            }
        }
        drop(file);
        drop(Progress::count(Some(&progress), "b", 4, io::empty()));
        assert_eq!((progress.done(), progress.total(), progress.current().as_str()), (10, 10, "b"));
    }
}
