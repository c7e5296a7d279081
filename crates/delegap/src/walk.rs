//! Finds the files of a case: what was named, and everything in the folders among it.

use crate::{Settings, mta};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};
use walkdir::WalkDir;

/// One entry of the file system that becomes an input.
#[derive(Debug)]
pub(crate) struct Found {
    /// The path for reports: as it was given, `/` between its parts.
    pub shown: String,
    /// Where it is: the same for every way that leads there.
    pub real: PathBuf,
    /// Was it named, or lies it in a folder that was?
    pub named: bool,
    /// Why it is not opened, if it is not.
    pub skipped: Option<String>,
    pub origin: Origin,
}

/// Where an input's bytes come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    File,
    StandardInput,
}

/// What the user writes for the standard input.
pub(crate) const STANDARD_INPUT: &str = "-";

impl Found {
    /// The file at `path`, to be opened.
    pub fn regular(path: &Path) -> Self {
        Found { shown: shown(path), real: path.to_owned(), named: true, skipped: None, origin: Origin::File }
    }
}

/// Every file that `paths` lead to, each once, by shown path.
pub(crate) fn files(paths: &[PathBuf], settings: &Settings) -> Vec<Found> {
    let at = |path: &Path| settings.base.as_deref().map_or_else(|| path.to_owned(), |base| base.join(path));
    let mut files = Files::default();
    for path in paths {
        files.named(path, &at(path));
    }
    for excluded in &settings.exclude {
        if let Ok(real) = fs::canonicalize(at(excluded)) {
            files.0.remove(&real);
        }
    }
    let mut files: Vec<Found> = files.0.into_values().collect();
    files.sort_by(|a, b| (&a.shown, &a.real).cmp(&(&b.shown, &b.real)));
    files
}

/// Found files by their real paths.
#[derive(Default)]
struct Files(BTreeMap<PathBuf, Found>);

impl Files {
    /// A path that the user named: here, and only here, a link is followed.
    fn named(&mut self, path: &Path, at: &Path) {
        if path.as_os_str() == STANDARD_INPUT {
            self.put(path, path.to_owned(), true, None);
            if let Some(found) = self.0.get_mut(path) {
                found.origin = Origin::StandardInput;
            }
            return;
        }
        match fs::canonicalize(at).and_then(|real| Ok((fs::metadata(&real)?, real))) {
            Ok((meta, real)) if meta.is_dir() => self.folder(path, &real),
            Ok((meta, real)) if meta.is_file() => {
                self.put(path, real.clone(), true, None);
                // A log brings its strings along, unless a link hides where it lies.
                if real.file_name() == at.file_name() {
                    self.strings_of(path, &real);
                }
            }
            Ok((_, real)) => self.put(path, real, true, Some("neither a file nor a folder".to_owned())),
            Err(e) => self.put(path, at.to_owned(), true, Some(why(&e))),
        }
    }

    fn folder(&mut self, path: &Path, real: &Path) {
        for entry in WalkDir::new(real).sort_by_file_name() {
            match entry {
                Ok(entry) => {
                    let kind = entry.file_type();
                    let skipped = if kind.is_dir() {
                        continue;
                    } else if kind.is_file() {
                        None
                    } else if kind.is_symlink() {
                        Some("a link: links are not followed".to_owned())
                    } else {
                        Some("neither a file nor a folder".to_owned())
                    };
                    self.inside(path, real, entry.path(), skipped);
                }
                Err(e) if e.depth() == 0 => {
                    self.put(path, real.to_owned(), true, Some(walk_why(&e)));
                }
                Err(e) => self.inside(path, real, e.path().unwrap_or(real), Some(walk_why(&e))),
            }
        }
    }

    fn strings_of(&mut self, log: &Path, real: &Path) {
        let (Some(folder), Some(real_folder)) = (log.parent(), real.parent()) else { return };
        for strings in mta::beside(real) {
            self.inside(folder, real_folder, &strings, None);
        }
    }

    /// `entry` lies in `real`, which was reached as `path`.
    fn inside(&mut self, path: &Path, real: &Path, entry: &Path, skipped: Option<String>) {
        let rest = entry.strip_prefix(real).unwrap_or(entry);
        self.put(&path.join(rest), entry.to_owned(), false, skipped);
    }

    fn put(&mut self, path: &Path, real: PathBuf, named: bool, skipped: Option<String>) {
        let shown = shown(path);
        match self.0.entry(real) {
            Entry::Vacant(entry) => {
                let real = entry.key().clone();
                entry.insert(Found { shown, real, named, skipped, origin: Origin::File });
            }
            // Whichever way came first, the same path is shown: the shortest.
            Entry::Occupied(mut entry) => {
                let known = entry.get_mut();
                known.named |= named;
                if (shown.len(), &shown) < (known.shown.len(), &known.shown) {
                    known.shown = shown;
                }
            }
        }
    }
}

/// `path` with `/` between its parts, whatever the platform's separator, and without `.` parts.
fn shown(path: &Path) -> String {
    let mut text = String::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::RootDir => text.push('/'),
            Component::Prefix(_) | Component::ParentDir | Component::Normal(_) => {
                if !text.is_empty() && !text.ends_with('/') {
                    text.push('/');
                }
                text.push_str(&part.as_os_str().to_string_lossy());
            }
        }
    }
    if text.is_empty() { ".".to_owned() } else { text }
}

fn walk_why(error: &walkdir::Error) -> String {
    error.io_error().map_or_else(|| "the folder contains itself".to_owned(), why)
}

/// The cause as a lowercase fragment, the same on all platforms where it is a common one.
pub(crate) fn why(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "no such file or folder".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string().to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown_paths() {
        for (given, wanted) in [
            ("case/HV01/x.evtx", "case/HV01/x.evtx"),
            ("./case//HV01/", "case/HV01"),
            ("/cases/./a", "/cases/a"),
            ("../a", "../a"),
            (".", "."),
            ("", "."),
        ] {
            assert_eq!(shown(Path::new(given)), wanted);
        }
    }
}
