//! What each format can answer: the same estate through every writer tells the same or nothing, and what each one tells
//! is the page `crates/parse/docs/inputs.md`.

mod directory;
mod events;
mod hosts;

use crate::support::repository;
use delegap::model::{Parsed, Record, Selection, Tri};
use delegap_parse::Options;
use std::collections::BTreeMap;
use std::fs;

#[test]
fn the_page_of_inputs_says_what_each_format_tells() {
    let page = [INTRODUCTION.to_owned(), directory::table(), hosts::tables(), events::table()].concat();
    let path = repository().join("crates/parse/docs/inputs.md");
    if std::env::var_os("DELEGAP_BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).expect("a folder");
        fs::write(&path, &page).expect("a file");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == page, "DELEGAP_BLESS=1 writes {} anew", path.display());
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
