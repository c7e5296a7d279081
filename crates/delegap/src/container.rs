//! Archives: their members are read where they lie, nothing is written to disk.

mod cabinet;
mod seven_zip;
mod tar;
mod zip;

use chrono::{DateTime, Datelike, NaiveDate};
use delegap_model::{Limits, Time, When};
use std::cell::Cell;
use std::io::{self, Read, Seek};

/// What an archive is read from.
pub(crate) trait Source: Read + Seek {}

impl<T: Read + Seek> Source for T {}

/// The formats that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Zip,
    SevenZip,
    Cabinet,
    Tar,
    /// One compressed file, which may be any other of these.
    Gzip,
    /// An archive, or a compressed file, of a format that is only recognised.
    Foreign(&'static str),
}

/// Formats that are recognised by how they begin and not read.
const FOREIGN: [(&[u8], &str); 6] = [
    (b"Rar!\x1a\x07", "rar"),
    (b"\xfd7zXZ\0", "xz"),
    (b"BZh", "bzip2"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"MSWIM\0\0\0", "wim"),
    (b"\x1f\x9d", "compress"),
];

impl Format {
    /// What a file that begins with `head` is, if it is an archive.
    pub fn of(head: &[u8]) -> Option<Format> {
        let begins = |magic: &[u8]| head.starts_with(magic);
        // The last two begin the first part of a zip that was to be split.
        let zips = [&b"PK\x03\x04"[..], b"PK\x05\x06", b"PK\x07\x08PK\x03\x04", b"PK00PK\x03\x04"];
        if zips.into_iter().any(begins) {
            Some(Format::Zip)
        } else if begins(b"7z\xbc\xaf\x27\x1c") {
            Some(Format::SevenZip)
        } else if begins(b"MSCF\0\0\0\0") {
            Some(Format::Cabinet)
        } else if begins(b"\x1f\x8b\x08") {
            Some(Format::Gzip)
        } else if head.get(257..262) == Some(b"ustar") {
            Some(Format::Tar)
        } else {
            // A text may begin with the letters of bzip2: the mark of its first block follows the level.
            let is = |name: &str| name != "bzip2" || head.get(4..10) == Some(b"1AY&SY");
            FOREIGN.iter().find(|(magic, name)| begins(magic) && is(name)).map(|(_, name)| Format::Foreign(name))
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Format::Zip => "zip",
            Format::SevenZip => "7z",
            Format::Cabinet => "cab",
            Format::Tar => "tar",
            Format::Gzip => "gz",
            Format::Foreign(name) => name,
        }
    }
}

/// One member of an archive, in the archive's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    /// As the archive has it.
    pub name: String,
    /// Unpacked, if the archive tells.
    pub size: Option<u64>,
    /// When it was last written, if the archive tells.
    pub written: Option<When>,
    /// Why it is not read, if it is not.
    pub skipped: Option<&'static str>,
}

/// Where an archive has no time, formats and programs write their own first one, or 0.
fn plausible(year: i32) -> bool {
    (1990..2100).contains(&year)
}

/// A moment as Unix counts them.
fn unix(seconds: i64) -> Option<When> {
    DateTime::from_timestamp(seconds, 0).filter(|t: &Time| plausible(t.year())).map(When::Exact)
}

/// Year, month, day, hour, minute, second in the zone of who packed, as MS-DOS has them.
fn dos(parts: [u32; 6]) -> Option<When> {
    let [year, month, day, hour, minute, second] = parts;
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day).filter(|d| plausible(d.year()))?;
    date.and_hms_opt(hour, minute, second).map(When::Local)
}

/// What becomes of a member: its content, or why it can't be had.
pub(crate) type Visit<'a> = dyn FnMut(usize, Result<&mut dyn Read, String>) + 'a;

/// An opened archive.
pub(crate) trait Archive {
    /// Its files and links; folders are none.
    fn members(&mut self) -> Result<Vec<Member>, String>;
    /// Gives the content of every member for which `wanted` is true, in the archive's order.
    fn visit(&mut self, wanted: &dyn Fn(usize) -> bool, each: &mut Visit<'_>) -> Result<(), String>;
}

/// Opens an archive that is no [`Format::Gzip`].
pub(crate) fn open<'a>(
    format: Format,
    source: Box<dyn Source + 'a>,
    limits: &Limits,
) -> Result<Box<dyn Archive + 'a>, String> {
    match format {
        Format::Zip => zip::open(source),
        Format::SevenZip => seven_zip::open(source, limits),
        Format::Cabinet => cabinet::open(source),
        Format::Tar | Format::Gzip => Ok(tar::open(source, limits)),
        Format::Foreign(_) => Err("this format is not opened; unpack it, and name the folder".to_owned()),
    }
}

/// How much may still be unpacked from a file that was named or found, whatever lies in it.
#[derive(Debug)]
pub(crate) struct Budget {
    left: Cell<u64>,
}

impl Budget {
    /// For a file of `size` bytes.
    pub fn new(size: u64, limits: &Limits) -> Self {
        let ratio = size.saturating_mul(limits.expansion);
        Budget { left: Cell::new(ratio.saturating_add(limits.expansion_floor)) }
    }

    /// What is read through this is taken off the budget; when it is spent, reading fails.
    pub fn limited<R: Read>(&self, inner: R) -> impl Read + use<'_, R> {
        Limited { inner, budget: self }
    }
}

struct Limited<'a, R> {
    inner: R,
    budget: &'a Budget,
}

impl<R: Read> Read for Limited<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        match self.budget.left.get().checked_sub(read as u64) {
            Some(left) => self.budget.left.set(left),
            None => return Err(io::Error::other("the archive unpacks to more than its limit")),
        }
        Ok(read)
    }
}

/// A member's name as a path below its archive: `/` between parts, no part that leads out. True if one was taken away.
pub(crate) fn below(name: &str, limits: &Limits) -> (String, bool) {
    let mut leads_out = name.starts_with(['/', '\\']);
    let mut parts: Vec<&str> = Vec::new();
    for part in name.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => leads_out = true,
            drive if drive.len() == 2 && drive.ends_with(':') => leads_out = true,
            part => parts.push(part),
        }
    }
    let mut path = parts.join("/");
    if path.len() > limits.name_bytes {
        path.truncate(path.floor_char_boundary(limits.name_bytes));
        path.push('…');
    }
    (if path.is_empty() { "?".to_owned() } else { path }, leads_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_below_their_archive() {
        let limits = Limits { name_bytes: 10, ..Limits::default() };
        for (name, wanted) in [
            ("a/b.evtx", ("a/b.evtx", false)),
            ("a\\b.evtx", ("a/b.evtx", false)),
            ("./a//b", ("a/b", false)),
            ("../../etc/x", ("etc/x", true)),
            ("/etc/x", ("etc/x", true)),
            ("C:\\x", ("x", true)),
            ("..", ("?", true)),
            ("0123456789äb", ("0123456789…", false)),
        ] {
            assert_eq!(below(name, &limits), (wanted.0.to_owned(), wanted.1), "{name}");
        }
    }

    #[test]
    fn a_budget_is_of_all_that_is_read_through_it() {
        let limits = Limits { expansion: 2, expansion_floor: 10, ..Limits::default() };
        let budget = Budget::new(5, &limits);
        let mut all = Vec::new();
        budget.limited([0u8; 15].as_slice()).read_to_end(&mut all).unwrap();
        assert!(budget.limited([0u8; 6].as_slice()).read_to_end(&mut all).is_err());
    }
}
