//! Installed updates: the rows of Get-HotFix and wmic qfe.

use super::context::Context;
use super::dates::{self, Found, Order};
use super::row::Row;
use crate::words::count;
use delegap_model::{InstalledUpdate, Record, UpdateSource, When};
use std::collections::BTreeSet;

/// Signatures and engine of Defender: they come daily, and nothing of a migration depends on them.
pub(super) const SIGNATURES: [&str; 3] = ["KB2267602", "KB915597", "KB4052623"];

/// Every KB number in a text, `KB` with six or seven digits, in order.
pub(super) fn kbs(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices(['K', 'k']) {
        let Some(digits) = text.get(at + 1..).and_then(|t| t.strip_prefix(['B', 'b'])) else { continue };
        let count = digits.bytes().take_while(u8::is_ascii_digit).count();
        if (6..=7).contains(&count)
            && let Some(number) = digits.get(..count)
        {
            found.push(format!("KB{number}"));
        }
    }
    found
}

/// The updates that rows list.
pub(super) fn installed(rows: &[&Row], context: &mut Context) -> Vec<Record> {
    let listed: Vec<(&Row, String, Found)> = rows
        .iter()
        .flat_map(|&row| {
            let date = row.some_text(&["installedon"]).map_or(Found::Told(When::Unknown), |t| dates::read(&t));
            kbs_of(row).into_iter().map(move |kb| (row, kb, date))
        })
        .collect();
    let order = dates::order(listed.iter().map(|(_, _, date)| date));
    let mut records = Vec::new();
    let mut known = BTreeSet::new();
    let (mut ambiguous, mut unreadable) = (0u64, 0u64);
    for (row, kb, date) in listed {
        let when = date.when(order);
        let host = host_of(row);
        // Old systems list one line per file of an update.
        if !known.insert((host.clone(), kb.clone(), when)) {
            continue;
        }
        ambiguous += u64::from(matches!(when, When::Ambiguous { .. }));
        unreadable += u64::from(date == Found::Unreadable);
        let at = context.at(&row.place);
        records.push(Record::Update(Box::new(InstalledUpdate {
            at,
            host,
            kb,
            when,
            source: UpdateSource::HotfixList,
        })));
    }
    if order == Order::Contradicting {
        context.problem("", "some dates can only be day, month, year, others only month, day, year", "");
    }
    if ambiguous > 0 {
        context.problem("", format!("day and month can't be told apart in {}", count(ambiguous, "row")), "");
    }
    if unreadable > 0 {
        context.problem("", "dates of installation can't be read", count(unreadable, "date"));
    }
    records
}

/// HotFixID; where that is `File 1`, as on old systems, the number stands elsewhere in the row.
fn kbs_of(row: &Row) -> Vec<String> {
    let id = row.some_text(&["hotfixid"]).unwrap_or_default();
    let in_id = kbs(&id);
    if !in_id.is_empty() {
        return in_id.into_iter().take(1).collect();
    }
    if (6..=7).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit()) {
        return vec![format!("KB{id}")];
    }
    let elsewhere = row.some_text(&["servicepackineffect"]).into_iter().chain(row.some_text(&[""]));
    elsewhere.map(|t| kbs(&t)).find(|k| !k.is_empty()).unwrap_or_default().into_iter().take(1).collect()
}

/// The host a row names. PSComputerName is what the operator typed, so it comes late.
pub(super) fn host_of(row: &Row) -> Option<String> {
    ["csname", "server", "machinename", "source", "node", "computername", "pscomputername"]
        .iter()
        .find_map(|n| row.some_text(&[n]))
        .filter(|h| h != "." && !h.eq_ignore_ascii_case("localhost") && !h.contains(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_text() {
        assert_eq!(kbs("KB893803v2 kb5004330, KB12345 KB12345678 K KB"), ["KB893803", "KB5004330"]);
        assert_eq!(kbs("é KéKB5004330"), ["KB5004330"]);
    }
}
