//! The update agent's history: rows of Get-WUHistory, and of scripts around the agent's QueryHistory.

use super::context::Context;
use super::dates::{self, Moment};
use super::row::{Cell, Row};
use super::updates::{self, SIGNATURES, kbs};
use crate::words::count;
use delegap_model::{InstalledUpdate, Record, Time, UpdateSource, When};
use std::collections::{BTreeMap, BTreeSet};

const RESULT: &[&str] = &["resultcode", "result", "status"];
const OPERATION: &[&str] = &["operation", "operationname"];

/// One row that succeeded.
struct Entry<'r> {
    row: &'r Row,
    kb: String,
    moment: Moment,
    removal: bool,
}

/// The updates that a history shows as installed: only what succeeded, and was not removed again.
///
/// The agent's dates are in UTC, and exports show them as if they were local: every date counts as of an unknown zone.
pub(super) fn installed(rows: &[&Row], context: &mut Context) -> Vec<Record> {
    let mut entries = Vec::new();
    let (mut untold, mut cut, mut any_operation) = (0_u64, 0_u64, rows.is_empty());
    for row in rows {
        let operation = row.text(OPERATION).known().cloned();
        any_operation |= operation.is_some();
        let removal = match operation.as_deref().map(|o| o.trim().to_ascii_lowercase()).as_deref() {
            None | Some("1" | "installation" | "install" | "uoinstallation") => false,
            Some("2" | "uninstallation" | "uninstall" | "uouninstallation") => true,
            Some(_) => continue,
        };
        match row.text(RESULT).known().map(|r| r.trim().to_ascii_lowercase()).as_deref() {
            Some("2" | "succeeded" | "success" | "orcsucceeded") => {}
            // With errors, in progress, failed, aborted.
            Some(_) => continue,
            None => {
                untold += 1;
                continue;
            }
        }
        let moment = row.some_text(&["date"]).map(|t| dates::moment(&t)).unwrap_or_default();
        let Some(kb) = number(row) else {
            cut += u64::from(is_cut(row));
            continue;
        };
        if !SIGNATURES.contains(&kb.as_str()) {
            entries.push(Entry { row, kb, moment, removal });
        }
    }
    if untold > 0 {
        context.problem("", "whether the installation succeeded is not shown", count(untold, "update"));
    }
    if cut > 0 {
        let what = "titles are cut before the update's number: Get-WUHistory | ConvertTo-Json shows them whole";
        context.problem("", what, count(cut, "update"));
    }
    if !any_operation {
        context.problem("", "installations and removals are not told apart: all count as installations", "");
    }
    records(&entries, context)
}

fn records(entries: &[Entry], context: &mut Context) -> Vec<Record> {
    let order = dates::order(entries.iter().map(|e| &e.moment.date));
    dates::list_unreadable(entries.iter().map(|e| &e.moment.date), context);
    // Of an update that was removed: the end of the last removal, if all have a date.
    let mut removed: BTreeMap<(Option<String>, &str), Option<Time>> = BTreeMap::new();
    for entry in entries.iter().filter(|e| e.removal) {
        let end = of_unknown_zone(entry.moment.when(order)).window().map(|(_, latest)| latest);
        let key = (updates::host_of(entry.row), entry.kb.as_str());
        removed.entry(key).and_modify(|last| *last = last.zip(end).map(|(a, b)| a.max(b))).or_insert(end);
    }
    for ((_, kb), _) in removed.iter().take(context.limits.problems) {
        context.problem("", format!("{kb} was removed again: its installations before that are left out"), "");
    }
    let mut records = Vec::new();
    let (mut known, mut ambiguous) = (BTreeSet::new(), 0_u64);
    for entry in entries.iter().filter(|e| !e.removal) {
        let host = updates::host_of(entry.row);
        let when = of_unknown_zone(entry.moment.when(order));
        let key = (host, entry.kb.as_str());
        let stays = removed.get(&key).is_none_or(|end| is_after(when, *end));
        if !stays || !known.insert((key.clone(), when)) {
            continue;
        }
        ambiguous += u64::from(matches!(when, When::Ambiguous { .. }));
        let at = context.at(&entry.row.place);
        let source = UpdateSource::History;
        records.push(Record::Update(Box::new(InstalledUpdate { at, host: key.0, kb: entry.kb.clone(), when, source })));
    }
    if ambiguous > 0 {
        context.problem("", format!("day and month can't be told apart in {}", count(ambiguous, "row")), "");
    }
    records
}

fn number(row: &Row) -> Option<String> {
    let own = row.some_text(&["kb", "kbarticleid", "kbarticle"]).and_then(|t| kbs(&t).into_iter().next());
    own.or_else(|| row.some_text(&["title"]).and_then(|t| kbs(&t).into_iter().next()))
}

/// True if a console cut the title, and the number that stands at its end with it.
fn is_cut(row: &Row) -> bool {
    matches!(row.cells.get("title"), Some(Cell::Text(t)) if t.ends_with("...") || t.ends_with('…'))
}

fn of_unknown_zone(when: When) -> When {
    match when {
        When::Exact(time) => When::Local(time.naive_utc()),
        other => other,
    }
}

/// True if it certainly was after `end`.
fn is_after(when: When, end: Option<Time>) -> bool {
    matches!((when.window(), end), (Some((earliest, _)), Some(end)) if earliest > end)
}

/// Rows of a table in which long titles go on below, under an otherwise empty line.
pub(super) fn joined(rows: Vec<Row>) -> Vec<Row> {
    let mut whole: Vec<Row> = Vec::new();
    for row in rows {
        let continues = row.is_blank("date") && RESULT.iter().all(|n| !row.has(&[n]) || row.is_blank(n));
        match (continues, row.some_text(&["title"]), whole.last_mut().and_then(|r| r.cells.get_mut("title"))) {
            (true, Some(more), Some(Cell::Text(title))) => {
                title.push(' ');
                title.push_str(&more);
            }
            (true, ..) => {}
            (false, ..) => whole.push(row),
        }
    }
    whole
}
