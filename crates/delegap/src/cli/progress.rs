//! Shows on a terminal how far a long run is.

use super::stderr::inert;
use delegap::Progress;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, stderr};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// Runs shorter than this show nothing.
const AFTER: Duration = Duration::from_secs(2);
const EVERY: Duration = Duration::from_millis(100);
const STYLE: &str = "{percent:>3}% of {total_bytes}, {bytes_per_sec}, {eta} left  {wide_msg}";

/// Does `work`, and meanwhile shows its progress, if somebody may want to see it.
pub fn watch<T>(quiet: bool, work: impl FnOnce(Option<Arc<Progress>>) -> T) -> T {
    if quiet || !stderr().is_terminal() {
        return work(None);
    }
    let progress = Arc::new(Progress::default());
    let (end, ended) = channel::<()>();
    let shown = Arc::clone(&progress);
    let watcher = thread::Builder::new().spawn(move || show(&shown, &ended));
    let result = work(Some(progress));
    drop(end);
    // Whatever became of the display, the work is done.
    watcher.into_iter().for_each(|watcher| watcher.join().unwrap_or_default());
    result
}

fn show(progress: &Progress, ended: &Receiver<()>) {
    if ended.recv_timeout(AFTER) != Err(RecvTimeoutError::Timeout) {
        return;
    }
    let style = ProgressStyle::with_template(STYLE).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(progress.total()).with_style(style).with_elapsed(AFTER);
    loop {
        bar.set_length(progress.total());
        bar.set_position(progress.done());
        bar.set_message(inert(&progress.current()));
        if ended.recv_timeout(EVERY) != Err(RecvTimeoutError::Timeout) {
            return bar.finish_and_clear();
        }
    }
}
