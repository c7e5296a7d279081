//! Installed Windows updates.

use crate::{SourceRef, Time};
use chrono::{NaiveDate, NaiveDateTime};

/// One update on one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstalledUpdate {
    /// File and line, or log and record.
    pub at: SourceRef,
    /// The host, if the input names it.
    pub host: Option<String>,
    /// `KB` and digits.
    pub kb: String,
    /// When it was installed.
    pub when: When,
    /// Which kind of record says so.
    pub source: UpdateSource,
}

/// A build that an update brought a host to, where the input tells the build and not the update's number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstalledBuild {
    /// File and line.
    pub at: SourceRef,
    /// The host, if the input names it.
    pub host: Option<String>,
    /// Build number, such as 20348.
    pub build: u32,
    /// Revision of the build, such as 2322.
    pub revision: u32,
    /// When it was installed.
    pub when: When,
    /// Which kind of record says so.
    pub source: UpdateSource,
}

/// A date as precise as the input allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum When {
    /// A moment in UTC.
    Exact(Time),
    /// A local time of the host, zone unknown.
    Local(NaiveDateTime),
    /// A day in the host's zone.
    Day(NaiveDate),
    /// Day and month can't be told apart, in this row or any other of the file.
    Ambiguous {
        /// Read as day, month, year.
        day_first: NaiveDate,
        /// Read as month, day, year.
        month_first: NaiveDate,
    },
    /// The input gives no date.
    Unknown,
}

impl When {
    /// The earliest and latest UTC moment this may be, a local time being anywhere from UTC-14 to UTC+14.
    pub fn window(self) -> Option<(Time, Time)> {
        let zone = chrono::Duration::hours(14);
        let day = |d: NaiveDate| {
            let start = d.and_hms_opt(0, 0, 0)?.and_utc();
            Some((start - zone, start + chrono::Duration::days(1) + zone))
        };
        match self {
            When::Exact(t) => Some((t, t)),
            When::Local(t) => Some((t.and_utc() - zone, t.and_utc() + zone)),
            When::Day(d) => day(d),
            When::Ambiguous { day_first, month_first } => {
                let (a, b) = (day(day_first)?, day(month_first)?);
                Some((a.0.min(b.0), a.1.max(b.1)))
            }
            When::Unknown => None,
        }
    }
}

/// Which record an [`InstalledUpdate`] was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UpdateSource {
    /// Get-HotFix, wmic qfe, systeminfo or DISM: the update is present, and what such a list lacks is not.
    HotfixList,
    /// A history or a log of installations: what it lacks may be installed all the same.
    History,
    /// An installation event in a log.
    Event,
}
