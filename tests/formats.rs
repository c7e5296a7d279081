//! What each format can answer: the same estate through every writer tells the same or nothing, and what each one tells
//! is the page `crates/parse/docs/inputs.md`.

mod directory;
mod events;
mod hosts;
mod machines;

use crate::diagnosing::{answer, diagnose, read_files};
use crate::support::repository;
use delegap::model::{Parsed, Record, Selection, Tri};
use delegap_parse::Options;
use delegap_testkit::case::{Case, DirectoryFormat, DumpFormat, Exports, UpdateFormat};
use delegap_testkit::scenarios::scenarios;
use std::collections::BTreeMap;
use std::fs;

#[test]
fn the_page_of_inputs_says_what_each_format_tells() {
    let page =
        [INTRODUCTION.to_owned(), directory::table(), hosts::tables(), machines::tables(), events::table()].concat();
    let path = repository().join("crates/parse/docs/inputs.md");
    if std::env::var_os("DELEGAP_BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).expect("a folder");
        fs::write(&path, &page).expect("a file");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == page, "DELEGAP_BLESS=1 writes {} anew", path.display());
}

/// Every file of the kit that is no log, in each of its formats: verdict, causes of each attempt and pairs stay as they are.
#[test]
fn no_writer_changes_the_result() {
    for (name, case) in scenarios() {
        let logs = read_files(&Case { exports: logs_of(&case), ..case.clone() }.input_files());
        let result = |exports: Exports| {
            let others = read_files(&Case { exports, ..case.clone() }.input_files());
            let mut whole = logs.clone();
            whole.records.extend(others.records);
            whole.inputs.extend(others.inputs);
            directory::result(&delegap_engine::diagnose(whole))
        };
        let exports = || Exports { channels: Vec::new(), ..case.exports.clone() };
        let expected = result(exports());
        assert_eq!(expected.0, answer(&diagnose(&case)), "{name}");
        let same = |exports: Exports, what: String| assert_eq!(result(exports), expected, "{name}: {what}");
        // The lost lists are that case's point.
        if case.exports.directory.is_some() && name != "lost-lists" {
            for format in DirectoryFormat::COMPLETE {
                same(Exports { directory: Some(format), ..exports() }, format!("{format:?}"));
            }
        }
        for (format, title) in hosts::DUMPS {
            if case.exports.vm_hosts.is_some() {
                same(Exports { vm_hosts: Some(format), ..exports() }, format!("Get-VMHost, {title}"));
            }
            if case.exports.cluster.is_some() {
                same(Exports { cluster: Some(format), ..exports() }, format!("Get-ClusterNode, {title}"));
            }
            if case.exports.accounts.is_some() && !matches!(format, DumpFormat::List | DumpFormat::Table) {
                same(Exports { accounts: Some(format), ..exports() }, format!("Get-ADUser, {title}"));
            }
        }
        // systeminfo has no dates, and is the only list from which they can't come.
        if case.exports.updates.is_some_and(|format| format != UpdateFormat::Systeminfo) {
            for (format, title) in hosts::UPDATE_LISTS.into_iter().filter(|(f, _)| *f != UpdateFormat::Systeminfo) {
                same(Exports { updates: Some(format), ..exports() }, title.to_owned());
            }
        }
    }
}

fn logs_of(case: &Case) -> Exports {
    let Exports { channels, without_logs_of, .. } = case.exports.clone();
    Exports { channels, without_logs_of, ..Exports::default() }
}

/// Without dates of installation the cause is the same, if less sure.
#[test]
fn undated_updates_name_no_other_cause() {
    for (name, case) in scenarios().into_iter().filter(|(_, case)| case.exports.updates.is_some()) {
        let (dated, undated) = (diagnose(&case), {
            let exports = Exports { updates: Some(UpdateFormat::Systeminfo), ..case.exports.clone() };
            diagnose(&Case { exports, ..case.clone() })
        });
        assert_eq!(undated.verdict.primary_cause, dated.verdict.primary_cause, "{name}");
        assert!(undated.verdict.confidence <= dated.verdict.confidence, "{name}");
    }
}

const INTRODUCTION: &str = "# What each format can answer

Made by a test from one estate that is written in every format and read back; a test compares it. What a format does not
tell is unknown in the analysis, never empty.

| cell | meaning |
|---|---|
| yes | told of all, also where the value is empty |
| set | told where there is a value; where there is none, nothing is known |
| empty | told only where there is no value |
| 2 of 5 | told of so many |
| – | not told |
| (cut) | some lists are cut: their shown part counts, their end is unknown |
| (lost) | the export holds a type's name in place of the values |

";

/// A fact of one thing as a format tells it, in a form that can be compared.
type Fact = (&'static str, Tri<String>);

fn read(name: &str, bytes: &[u8]) -> Parsed<Record> {
    let options = Options { selection: Selection::everything(), ..Options::default() };
    if delegap_parse::is_evtx(bytes) {
        return delegap_parse::read_evtx(name, bytes, &options);
    }
    delegap_parse::document(name, bytes, &options)
}

/// Of one fact: how often it was told and could have been, where it has a value and where it has none.
#[derive(Default, Clone, Copy)]
struct Tally {
    set: (u32, u32),
    empty: (u32, u32),
    cut: bool,
    lost: bool,
}

/// A table of formats and facts.
#[derive(Default)]
struct Table {
    facts: Vec<&'static str>,
    rows: Vec<(String, BTreeMap<&'static str, Tally>)>,
}

impl Table {
    /// Notes what `told` says of the thing whose facts are `truth`; `None` if the format leaves it out.
    ///
    /// # Panics
    /// If a fact is told that is not true.
    fn note(&mut self, format: &str, truth: &[Fact], told: Option<&[Fact]>) {
        if self.rows.last().is_none_or(|(last, _)| last != format) {
            self.rows.push((format.to_owned(), BTreeMap::new()));
        }
        let (_, row) = self.rows.last_mut().expect("a row");
        for (i, (fact, real)) in truth.iter().enumerate() {
            if !self.facts.contains(fact) {
                self.facts.push(fact);
            }
            let tally = row.entry(fact).or_default();
            let told = told.map_or(&Tri::NOT_EXPORTED, |told| &told[i].1);
            if let Tri::Unknown(why) = told {
                tally.cut |= matches!(why, delegap::model::Why::Partly(_));
                tally.lost |= matches!(why, delegap::model::Why::Lost(_));
            } else {
                assert_eq!(told, real, "{format}: {fact} of {truth:?}");
            }
            let place = if real.known().is_some() { &mut tally.set } else { &mut tally.empty };
            place.0 += u32::from(told.is_told());
            place.1 += 1;
        }
    }

    fn to_markdown(&self, title: &str) -> String {
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let mut text = format!("## {title}\n\n");
        text += &line([""].iter().chain(&self.facts).map(|f| (*f).to_owned()).collect());
        text += &format!("|{}\n", "---|".repeat(self.facts.len() + 1));
        for (format, row) in &self.rows {
            let cells = self.facts.iter().map(|fact| row.get(fact).map_or("–".to_owned(), |tally| tally.shown()));
            text += &line(std::iter::once(format.clone()).chain(cells).collect());
        }
        text + "\n"
    }
}

impl Tally {
    fn shown(&self) -> String {
        let ((set, sets), (empty, empties)) = (self.set, self.empty);
        let told = match (set == sets, empty == empties) {
            (true, true) => "yes".to_owned(),
            _ if set + empty == 0 => "–".to_owned(),
            (true, false) if empty == 0 && sets > 0 => "set".to_owned(),
            (false, true) if set == 0 => "empty".to_owned(),
            _ => format!("{} of {}", set + empty, sets + empties),
        };
        let note = if self.cut {
            " (cut)"
        } else if self.lost {
            " (lost)"
        } else {
            ""
        };
        told + note
    }
}
