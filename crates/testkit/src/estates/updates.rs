//! Which updates a machine has: cumulative ones of its release, as the table beside this file dates them.

use super::dice::Dice;
use crate::case::{Os, Update};
use chrono::{NaiveDate, TimeDelta};
use std::sync::LazyLock;

struct Row {
    os: Os,
    day: NaiveDate,
    kb: &'static str,
    fix: bool,
}

static TABLE: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let lines = include_str!("updates.tsv").lines().filter(|line| !line.starts_with('#'));
    lines.map(row).collect()
});

fn row(line: &'static str) -> Row {
    let cells: Vec<&str> = line.split('\t').collect();
    let os = match cells[0] {
        "2012R2" => Os::W2012R2,
        "2016" => Os::W2016,
        "2019" => Os::W2019,
        "2022" => Os::W2022,
        _ => Os::W2025,
    };
    let day = cells[1].parse().expect("a day");
    Row { os, day, kb: cells[2], fix: cells[3] == "fix" }
}

/// The cumulative update that came out on that day.
pub(super) fn of_day(os: Os, day: NaiveDate) -> Option<String> {
    TABLE.iter().find(|r| r.os == os && r.day == day && !r.fix).map(|r| r.kb.to_owned())
}

/// Cumulative updates of `os` up to `day`, oldest first.
fn until(os: Os, day: NaiveDate) -> Vec<&'static Row> {
    let mut rows: Vec<_> = TABLE.iter().filter(|r| r.os == os && r.day <= day && !r.fix).collect();
    rows.sort_by_key(|r| r.day);
    rows
}

/// What a machine shows that was last updated some weeks before `day`: one to three updates.
pub(super) fn history(os: Os, day: NaiveDate, d: &mut Dice) -> Vec<Update> {
    let lag = d.range(6, 60);
    let rows = until(os, day - TimeDelta::days(lag));
    let n = d.range(1, 3) as usize;
    let installed = |r: &&Row| {
        let delay = d.clone().range(1, lag.min(20) - 1);
        Update::security(r.kb, r.day + TimeDelta::days(delay))
    };
    rows.iter().rev().take(n).rev().map(installed).collect()
}

/// The newest update that came out before `day` and is not in `list`.
pub(super) fn newest(os: Os, day: NaiveDate, list: &[Update]) -> Option<&'static str> {
    let newest = until(os, day - TimeDelta::days(1)).pop()?;
    list.iter().all(|u| u.kb != newest.kb).then_some(newest.kb)
}
