//! Work that is done side by side. What comes out does not depend on the number of threads.

use delegap_model::SourceRef;
use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, Builder};

/// How many threads there are to work on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Threads(NonZeroUsize);

/// Fewer items are done before a thread has begun them.
const WORTH: usize = 1000;

impl Threads {
    pub fn new(count: NonZeroUsize) -> Self {
        Threads(count)
    }

    /// In how many parts so many items are worth doing: some more than there are threads, as not all take equally long.
    pub fn parts_of(self, items: usize) -> usize {
        match self.0.get() {
            1 => 1,
            count => (8 * count).min(items / WORTH).max(1),
        }
    }

    /// Calls `each` with every part and its place, side by side; the results are in the order of the parts.
    pub fn each<T: Send, R: Send>(self, parts: Vec<T>, each: impl Fn(usize, T) -> R + Sync) -> Vec<R> {
        let count = self.0.get().min(parts.len());
        let parts = Mutex::new(parts.into_iter().enumerate());
        let next = || parts.lock().unwrap_or_else(PoisonError::into_inner).next();
        let work = || {
            let mut done = Vec::new();
            while let Some((place, part)) = next() {
                done.push((place, each(place, part)));
            }
            done
        };
        let mut all = thread::scope(|scope| {
            // Where a thread can't be started, there is one less.
            let others: Vec<_> = (1..count).filter_map(|_| Builder::new().spawn_scoped(scope, work).ok()).collect();
            let mut all = work();
            for other in others {
                all.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
            }
            all
        });
        all.sort_unstable_by_key(|(place, _)| *place);
        all.into_iter().map(|(_, done)| done).collect()
    }

    /// Does both, side by side if there are many `items`.
    pub fn both<A: Send, B>(self, items: usize, beside: impl Fn() -> A + Sync, here: impl FnOnce() -> B) -> (A, B) {
        if self.parts_of(items) < 2 {
            return (beside(), here());
        }
        thread::scope(|scope| {
            let other = Builder::new().spawn_scoped(scope, &beside);
            let here = here();
            match other {
                Ok(other) => (other.join().unwrap_or_else(|panic| resume_unwind(panic)), here),
                Err(_) => (beside(), here),
            }
        })
    }
}

/// Texts that many values share, copied once: threads that count the references to the same text wait for each other.
pub(crate) struct Shared {
    most: usize,
    own: Vec<(*const u8, Arc<str>)>,
}

impl Shared {
    /// For one thread of several.
    pub fn copied() -> Self {
        Shared { most: 32, own: Vec::new() }
    }

    /// Shared all the same.
    pub fn not_copied() -> Self {
        Shared { most: 0, own: Vec::new() }
    }

    /// This text, which others share less.
    pub fn text(&mut self, text: &Arc<str>) -> Arc<str> {
        let own = self.own.iter().find(|(address, _)| *address == text.as_ptr());
        if let Some((_, own)) = own {
            return Arc::clone(own);
        }
        if self.own.len() == self.most {
            return Arc::clone(text);
        }
        let own: Arc<str> = Arc::from(&**text);
        self.own.push((text.as_ptr(), Arc::clone(&own)));
        own
    }

    /// This place, whose file others share less.
    pub fn place(&mut self, at: &SourceRef) -> SourceRef {
        SourceRef { file: self.text(&at.file), place: at.place.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_the_order_of_the_parts() {
        for count in [1, 2, 7] {
            let threads = Threads::new(NonZeroUsize::new(count).unwrap());
            let all = threads.each((0..40).collect(), |place, part: usize| (place, part * part));
            assert!(all.into_iter().eq((0..40).map(|n| (n, n * n))), "{count}");
            assert_eq!(threads.both(5000, || 1, || 2), (1, 2));
        }
    }
}
