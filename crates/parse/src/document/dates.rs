//! Days of installation: which of two numbers is the month is decided once per file, from all its rows.

use super::context::Context;
use super::value;
use crate::words::count;
use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike};
use delegap_model::When;

/// A date as one row gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// It reads one way only.
    Told(When),
    /// Two numbers and a year, `3/2/2019` or `26-1-2019`: which is the month depends on the writer's culture.
    Numbers { first: u32, second: u32, year: i32 },
    /// A date was expected and this is none.
    Unreadable,
}

/// A date with a time of day, in the zone of the host that printed it unless it names one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    pub date: Found,
    time: Option<NaiveTime>,
}

impl Default for Moment {
    fn default() -> Self {
        Moment { date: Found::Told(When::Unknown), time: None }
    }
}

impl Moment {
    /// False for a date alone, and for no date at all.
    pub fn has_time(&self) -> bool {
        self.time.is_some() || matches!(self.date, Found::Told(When::Exact(_)))
    }

    /// The moment under the file's order. Where day and month can't be told apart the time of day is of no use.
    pub fn when(&self, order: Order) -> When {
        match (self.date.when(order), self.time) {
            (When::Day(day), Some(time)) => When::Local(day.and_time(time)),
            (when, _) => when,
        }
    }
}

/// Reads a date and a time of day: `1/15/2024 10:00:00 (local)`, `15.01.2024 10:00:00`, `1/15/2024 10:00:00 AM`.
pub(super) fn moment(text: &str) -> Moment {
    let t = text.trim();
    if let Some(time) = value::time(t) {
        return Moment { date: Found::Told(When::Exact(time)), time: None };
    }
    let mut words = t.split(['T', ' ', '\u{a0}', '\u{202f}']).filter(|w| !w.is_empty());
    let date = words.next().map_or(Found::Told(When::Unknown), read);
    let clock = words.next().unwrap_or("");
    let half = words.next().map(|w| w.to_ascii_lowercase().replace('.', ""));
    let time = ["%H:%M:%S%.f", "%H:%M"].iter().find_map(|f| NaiveTime::parse_from_str(clock, f).ok());
    let time = time.filter(|_| date != Found::Unreadable).and_then(|time| match (half.as_deref(), time.hour()) {
        (Some("pm"), hour @ 1..12) => time.with_hour(hour + 12),
        (Some("am"), 12) => time.with_hour(0),
        _ => Some(time),
    });
    Moment { date, time }
}

/// When Start-Transcript began to write a text, in the zone of its host. Transcripts appended to each other tell nothing.
pub(super) fn transcript(text: &str) -> Option<When> {
    const HEAD: &str = "PowerShell transcript start";
    const BEGAN: &str = "Start time: ";
    let (_, rest) = text.split_once(HEAD)?;
    if rest.contains(HEAD) {
        return None;
    }
    let began = rest.trim_start().strip_prefix(BEGAN)?.get(..14)?;
    NaiveDateTime::parse_from_str(began, "%Y%m%d%H%M%S").ok().filter(|t| plausible(t.year())).map(When::Local)
}

/// Which number comes first in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    DayFirst,
    MonthFirst,
    /// No row has a number above 12.
    Untold,
    /// Some rows can only be read one way, others only the other way.
    Contradicting,
}

/// Reads one date.
pub(super) fn read(text: &str) -> Found {
    let t = text.trim();
    if t.is_empty() {
        return Found::Told(When::Unknown);
    }
    if let Some(millis) = value::date_millis(t) {
        return chrono::DateTime::from_timestamp_millis(millis)
            .map_or(Found::Unreadable, |t| Found::Told(of_midnight(t)));
    }
    if let Ok(time) = chrono::DateTime::parse_from_rfc3339(t) {
        return if t.ends_with('Z') { Found::Told(of_midnight(time.to_utc())) } else { day(time.date_naive()) };
    }
    // Vista and Server 2008 print a FILETIME in hexadecimal (public wmic samples).
    if t.len() == 16
        && let Some(time) = i64::from_str_radix(t, 16).ok().and_then(value::filetime)
        && plausible(time.year())
    {
        return Found::Told(When::Exact(time));
    }
    if t.len() == 8 && t.bytes().all(|b| b.is_ascii_digit()) {
        return NaiveDate::parse_from_str(t, "%Y%m%d").map_or(Found::Unreadable, day);
    }
    let date = t.split([' ', 'T', ',', '\u{a0}']).next().unwrap_or(t);
    let Some(separator) = date.chars().find(|c| matches!(c, '/' | '-' | '.')) else { return Found::Unreadable };
    let parts: Vec<&str> = date.trim_end_matches(separator).split(separator).collect();
    let number = |p: &str| p.trim_matches(|c: char| !c.is_ascii_digit()).parse::<u32>().ok();
    let [a, b, c] = parts.as_slice() else { return Found::Unreadable };
    let (Some(first), Some(second), Some(third)) = (number(a), number(b), number(c)) else { return Found::Unreadable };
    if a.len() == 4 {
        let year = i32::try_from(first).unwrap_or(0);
        return NaiveDate::from_ymd_opt(year, second, third).map_or(Found::Unreadable, day);
    }
    let year = i32::try_from(if c.len() == 2 { 2000 + third } else { third }).unwrap_or(0);
    if separator == '.' {
        return NaiveDate::from_ymd_opt(year, second, first).map_or(Found::Unreadable, day);
    }
    let readable = |d, m| NaiveDate::from_ymd_opt(year, m, d).is_some();
    if !plausible(year) || !(readable(first, second) || readable(second, first)) {
        return Found::Unreadable;
    }
    Found::Numbers { first, second, year }
}

/// Lists dates that are there and can't be read.
pub(super) fn list_unreadable<'a>(dates: impl Iterator<Item = &'a Found>, context: &mut Context) {
    let unreadable = dates.filter(|date| **date == Found::Unreadable).count();
    if unreadable > 0 {
        context.problem("", "dates can't be read", count(unreadable as u64, "date"));
    }
}

/// The order that all rows of a file together tell.
pub(super) fn order<'a>(dates: impl Iterator<Item = &'a Found>) -> Order {
    let (mut day_first, mut month_first) = (false, false);
    for date in dates {
        if let Found::Numbers { first, second, .. } = date {
            day_first |= *first > 12;
            month_first |= *second > 12;
        }
    }
    match (day_first, month_first) {
        (true, true) => Order::Contradicting,
        (true, false) => Order::DayFirst,
        (false, true) => Order::MonthFirst,
        (false, false) => Order::Untold,
    }
}

impl Found {
    /// The date under the file's order.
    pub fn when(self, order: Order) -> When {
        let (first, second, year) = match self {
            Found::Told(when) => return when,
            Found::Unreadable => return When::Unknown,
            Found::Numbers { first, second, year } => (first, second, year),
        };
        let day_first = NaiveDate::from_ymd_opt(year, second, first);
        let month_first = NaiveDate::from_ymd_opt(year, first, second);
        match (day_first, month_first, order) {
            (Some(d), None, _) | (None, Some(d), _) => When::Day(d),
            (Some(d), Some(m), _) if d == m => When::Day(d),
            (Some(d), Some(_), Order::DayFirst) | (Some(_), Some(d), Order::MonthFirst) => When::Day(d),
            (Some(day_first), Some(month_first), _) => When::Ambiguous { day_first, month_first },
            (None, None, _) => When::Unknown,
        }
    }
}

fn day(date: NaiveDate) -> Found {
    if plausible(date.year()) { Found::Told(When::Day(date)) } else { Found::Unreadable }
}

fn plausible(year: i32) -> bool {
    (1990..2100).contains(&year)
}

/// ConvertTo-Json turns the local midnight that stands for a day into UTC: 12 hours later it is that day again, in
/// every zone from UTC-12 to UTC+12.
fn of_midnight(time: delegap_model::Time) -> When {
    if time.second() == 0 && time.minute().is_multiple_of(15) {
        When::Day((time + TimeDelta::hours(12)).date_naive())
    } else {
        When::Exact(time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ymd(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).unwrap()
    }

    fn whens(texts: &[&str]) -> Vec<When> {
        let found: Vec<Found> = texts.iter().map(|t| read(t)).collect();
        let order = order(found.iter());
        found.into_iter().map(|f| f.when(order)).collect()
    }

    #[test]
    fn dates_that_read_one_way() {
        for text in [
            "2019-03-02",
            "2019/3/2",
            "02.03.2019",
            "2.3.2019 00:00:00",
            "20190302",
            "2019-03-02T00:00:00",
            "/Date(1551481200000)/",
            "2019-03-02T00:00:00+01:00",
            "2019-03-01T23:00:00Z",
        ] {
            assert_eq!(whens(&[text]), [When::Day(ymd(2019, 3, 2))], "{text}");
        }
        assert_eq!(whens(&["01d4dfd0fb4eb361"])[0].window().unwrap().0.date_naive(), ymd(2019, 3, 21));
        assert_eq!(whens(&["", "soon", "3/2", "99/99/2019", "1/2/0900"]), [When::Unknown; 5]);
        assert_eq!(read("soon"), Found::Unreadable);
    }

    #[test]
    fn times_of_day() {
        let local = |text: &str| moment(text).when(Order::MonthFirst);
        let expected = |t: &str| When::Local(t.parse().unwrap());
        for text in ["3/2/2026 15:04:05 (local)", "3/2/2026 3:04:05 PM", "02.03.2026 15:04:05", "2026-03-02T15:04:05"] {
            assert_eq!(local(text), expected("2026-03-02T15:04:05"), "{text}");
        }
        assert_eq!(local("3/2/2026 12:04:05 AM"), expected("2026-03-02T00:04:05"));
        assert_eq!(local("3/2/2026 12:04:05 PM"), expected("2026-03-02T12:04:05"));
        assert!(matches!(local("2026-03-02T15:04:05Z"), When::Exact(_)));
        assert!(!moment("AES-256 12:00:00").has_time() && !moment("").has_time() && !moment("3/2/2026").has_time());
        assert!(matches!(moment("3/2/2026 15:04:05").when(Order::Untold), When::Ambiguous { .. }));
    }

    #[test]
    fn a_transcript_says_when_it_began() {
        let one = "**********************\r\nWindows PowerShell transcript start\r\nStart time: 20260302150405\r\nUsername: x";
        assert_eq!(transcript(one), Some(When::Local("2026-03-02T15:04:05".parse().unwrap())));
        for none in [one.repeat(2).as_str(), &one.replace("20260302", "20261302"), "PowerShell transcript start", ""] {
            assert_eq!(transcript(none), None, "{none}");
        }
    }

    #[test]
    fn one_row_decides_for_all() {
        assert_eq!(whens(&["3/2/2019 12:00:00 AM", "3/14/2019"])[0], When::Day(ymd(2019, 3, 2)));
        assert_eq!(whens(&["3/2/2019", "26-1-2019"])[0], When::Day(ymd(2019, 2, 3)));
        assert_eq!(whens(&["5/5/2019"]), [When::Day(ymd(2019, 5, 5))]);
        let open = When::Ambiguous { day_first: ymd(2019, 2, 3), month_first: ymd(2019, 3, 2) };
        assert_eq!(whens(&["3/2/2019"]), [open]);
        assert_eq!(
            whens(&["3/2/2019", "3/14/2019", "14/3/2019"]),
            [open, When::Day(ymd(2019, 3, 14)), When::Day(ymd(2019, 3, 14))]
        );
    }
}
