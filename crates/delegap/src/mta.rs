//! Which file of localised strings serves which log.
//!
//! Event Viewer puts the strings of an exported `X.evtx` into `LocaleMetaData/X_<LCID>.MTA` beside it, one file per
//! language; the LCID is decimal, 1033 being English (United States).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

const FOLDER: &str = "LocaleMetaData";
const PREFERRED: u32 = 1033;

/// Where a log's strings are looked for: the log's folder, and its name in lower case without `.evtx`.
type Log = (PathBuf, String);

/// For every path the index of the strings that serve it: the English ones if there are several, else those with the
/// lowest LCID. What is not read has no path.
pub(crate) fn assign(paths: &[Option<&Path>]) -> Vec<Option<usize>> {
    let mut strings: BTreeMap<Log, (bool, u32, usize)> = BTreeMap::new();
    for (index, path) in paths.iter().enumerate() {
        let Some((log, lcid)) = path.and_then(serves) else { continue };
        let candidate = (lcid != PREFERRED, lcid, index);
        let best = strings.entry(log).or_insert(candidate);
        *best = candidate.min(*best);
    }
    let of = |path: &Option<&Path>| path.and_then(log).and_then(|log| strings.get(&log)).map(|(_, _, index)| *index);
    paths.iter().map(of).collect()
}

/// The string files on disk beside the log at `path`; none if it is no `.evtx`.
pub(crate) fn beside(path: &Path) -> Vec<PathBuf> {
    let is_log = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("evtx"));
    let Some(wanted) = log(path).filter(|_| is_log) else { return Vec::new() };
    let folders = entries(&wanted.0).unwrap_or_default().into_iter().filter(|p| is_strings_folder(p));
    let files = folders.flat_map(|folder| entries(&folder).unwrap_or_default());
    files.filter(|file| serves(file).is_some_and(|(log, _)| log == wanted)).collect()
}

/// The log that strings at `path` serve, and their language.
fn serves(path: &Path) -> Option<(Log, u32)> {
    let folder = path.parent().filter(|p| is_strings_folder(p))?;
    let name = path.file_name()?.to_string_lossy().to_lowercase();
    let (stem, lcid) = name.strip_suffix(".mta")?.rsplit_once('_')?;
    Some(((folder.parent()?.to_owned(), stem.to_owned()), lcid.parse().ok()?))
}

fn log(path: &Path) -> Option<Log> {
    let name = path.file_name()?.to_string_lossy().to_lowercase();
    let stem = name.strip_suffix(".evtx").unwrap_or(&name);
    Some((path.parent()?.to_owned(), stem.to_owned()))
}

fn is_strings_folder(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.eq_ignore_ascii_case(FOLDER))
}

/// What lies in `folder`, links and special files left out.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_file() || kind.is_dir() {
            entries.push(entry.path());
        }
    }
    Ok(entries)
}
