//! Windows updates as data: which release an update is for, when it came, and what it contains of earlier ones.

use chrono::NaiveDate;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// One update of one release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UpdateRow {
    /// `KB` and digits; `None` where only the build is known.
    pub kb: Option<&'static str>,
    /// The day it was released.
    pub released: Option<NaiveDate>,
    /// The release it is for, by its build.
    pub os: u32,
    /// The revision of the build that it makes.
    pub revision: Option<u32>,
    pub kind: Kind,
    /// False: the row was inferred from others, or is marked as not verified.
    pub seen: bool,
    /// Where the row comes from.
    pub source: &'static str,
}

/// What an update contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Everything up to its day: cumulative updates, monthly rollups, out-of-band and preview releases of cumulative lines.
    Cumulative,
    /// Only its own month (2012 and 2012 R2).
    SecurityOnly,
    /// A hotpatch: security fixes in memory, on top of the last baseline.
    Hotpatch,
}

/// All updates.
pub(crate) struct Updates {
    rows: Vec<UpdateRow>,
    by_kb: BTreeMap<&'static str, Vec<usize>>,
}

/// The table, read once.
pub(crate) fn updates() -> &'static Updates {
    static UPDATES: OnceLock<Updates> = OnceLock::new();
    UPDATES.get_or_init(|| Updates::read(include_str!("../../knowledge/updates.tsv")))
}

/// The number of the update that makes exactly this build.
pub(crate) fn of_build(os: u32, revision: u32) -> Option<&'static str> {
    updates().rows.iter().filter(|r| r.os == os && r.revision == Some(revision)).find_map(|r| r.kb)
}

impl Updates {
    fn read(text: &'static str) -> Updates {
        let mut sources: BTreeMap<&str, &'static str> = BTreeMap::new();
        let mut rows = Vec::new();
        for line in text.lines() {
            if let Some((key, source)) = line.strip_prefix("#@ ").and_then(|l| l.split_once('\t')) {
                sources.insert(key, source);
            } else if !line.starts_with('#') {
                rows.extend(row(line, &sources));
            }
        }
        let mut by_kb: BTreeMap<&'static str, Vec<usize>> = BTreeMap::new();
        for (index, row) in rows.iter().enumerate() {
            if let Some(kb) = row.kb {
                by_kb.entry(kb).or_default().push(index);
            }
        }
        Updates { rows, by_kb }
    }

    /// The rows of a KB: one update may serve several releases.
    pub fn of(&self, kb: &str) -> impl Iterator<Item = &UpdateRow> {
        self.by_kb.get(kb).map_or(&[][..], Vec::as_slice).iter().map(|i| &self.rows[*i])
    }

    /// The newest known update at or below a build's revision.
    pub fn implied_by(&self, os: u32, revision: u32) -> Option<&UpdateRow> {
        let made = self.rows.iter().filter(|r| r.os == os && r.revision.is_some_and(|own| own <= revision));
        made.max_by_key(|r| r.revision)
    }

    /// Does an installed update of release `os` contain another one? `None`: one of the two is not known there.
    ///
    /// A cumulative update holds all of its release that came before it, previews and out-of-band releases included; a
    /// security-only update and a hotpatch hold nothing but themselves.
    pub fn includes(&self, os: u32, installed: &str, other: &str) -> Option<bool> {
        if installed == other {
            return Some(true);
        }
        let of = |kb: &str| self.of(kb).find(|r| r.os == os);
        let (have, wanted) = (of(installed)?, of(other)?);
        if have.kind != Kind::Cumulative {
            return Some(false);
        }
        match (have.revision, wanted.revision) {
            (Some(a), Some(b)) => Some(a >= b),
            _ => Some(have.released? >= wanted.released?),
        }
    }

    /// Every row.
    #[cfg(test)]
    pub fn all(&self) -> &[UpdateRow] {
        &self.rows
    }
}

fn row(line: &'static str, sources: &BTreeMap<&str, &'static str>) -> Option<UpdateRow> {
    let cells: Vec<&'static str> = line.split('\t').collect();
    let [kb, released, os, build, kind, seen, source] = cells.as_slice() else { return None };
    let kind = match *kind {
        "security-only" => Kind::SecurityOnly,
        k if k.contains("hotpatch") => Kind::Hotpatch,
        _ => Kind::Cumulative,
    };
    Some(UpdateRow {
        kb: (*kb != "-").then_some(*kb),
        released: released.parse().ok(),
        os: os.parse().ok()?,
        revision: build.split_once('.').and_then(|(_, r)| r.parse().ok()),
        kind,
        seen: *seen == "seen",
        source: sources.get(source)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read_and_names_its_source() {
        let table = include_str!("../../knowledge/updates.tsv");
        let lines = table.lines().filter(|l| !l.starts_with('#')).count();
        assert_eq!(updates().all().len(), lines);
        assert!(updates().all().iter().all(|r| !r.source.is_empty()));
        assert!(lines > 1000);
    }

    #[test]
    fn cumulative_updates_contain_earlier_ones() {
        let u = updates();
        assert_eq!(u.includes(14393, "KB5099535", "KB5082198"), Some(true));
        assert_eq!(u.includes(14393, "KB5082198", "KB5099535"), Some(false));
        assert_eq!(u.includes(14393, "KB5082198", "KB5082198"), Some(true));
        assert_eq!(u.includes(14393, "KB5082198", "KB9999999"), None);
        assert_eq!(u.includes(17763, "KB5008602", "KB5007206"), Some(true), "the out-of-band fix of its month");
        assert_eq!(u.includes(9600, "KB5007255", "KB5007247"), Some(false), "security-only holds its own month only");
    }

    #[test]
    fn a_revision_implies_an_update() {
        let row = updates().implied_by(20348, 1251).unwrap();
        assert_eq!((row.kb, row.revision), (Some("KB5021656"), Some(1251)));
        let below = updates().implied_by(20348, 1250).unwrap();
        assert_eq!(below.revision, Some(1249));
        assert_eq!(updates().implied_by(20348, 0), None);
        assert_eq!((of_build(20348, 1251), of_build(20348, 1250)), (Some("KB5021656"), None));
    }
}
