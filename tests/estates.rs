//! Random estates with known truth, by the hundred: what delegap answers, as a confusion table, and how often it is right.
//!
//!     DELEGAP_ESTATES=2000 cargo test --release -p delegap --test estates -- --nocapture
//!
//! `DELEGAP_ESTATES` says how many (300; 20 without optimisation), `DELEGAP_SEED` which (fixed). `DELEGAP_ESTATE=N` looks at one: its truth and
//! its report are printed, and with `DELEGAP_OUT=FOLDER` its files are written there.

#[path = "estates/answers.rs"]
mod answers;
#[path = "estates/table.rs"]
mod table;

use answers::{Answer, judge};
use delegap::model::Diagnosis;
use delegap::report::{TerminalStyle, terminal};
use delegap_parse::Options;
use delegap_testkit::estates::{Estate, Evidence};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;
use std::{env, fs};
use table::Tally;

/// Few in a debug build, which is slow.
const ESTATES: u64 = if cfg!(debug_assertions) { 20 } else { 300 };
const SEED: u64 = 20_261_121;

/// Of the estates, and of the failed moves, so many must get their true cause when nothing is withheld.
const RIGHT: f64 = 0.99;
/// Of the claims called likely, so many may be wrong when evidence is withheld.
const LIKELY_WRONG: f64 = 0.01;

#[test]
fn random_estates_get_their_true_causes() {
    let seed = number("DELEGAP_SEED").unwrap_or(SEED);
    if let Some(index) = number("DELEGAP_ESTATE") {
        return show(seed, index);
    }
    let estates = number("DELEGAP_ESTATES").unwrap_or(ESTATES);
    let answers: Vec<Answer> = (0..estates)
        .into_par_iter()
        .map(|index| {
            let estate = Estate::random(seed, index, evidence(index));
            judge(index, &estate, &diagnose(&estate.files))
        })
        .collect();
    let of = |evidence| answers.iter().filter(move |a| a.evidence == evidence);
    let full = Tally::of(of(Evidence::Full));
    let withheld = Tally::of(of(Evidence::Withheld));
    println!("seed {seed}, {estates} estates");
    println!("\nEverything is there\n{full}");
    println!("\nEvidence is withheld\n{withheld}");
    let accused = full.accused.len() + withheld.accused.len();
    println!("\nBoth: delegation accused where the truth is another class: {accused}");
    let share = |right: usize, all: usize| if all == 0 { 1.0 } else { right as f64 / all as f64 };
    let mut missed = Vec::new();
    let mut require = |met: bool, what: String| {
        if !met {
            missed.push(what)
        }
    };
    let top = share(full.top_right, full.estates);
    require(
        top >= RIGHT,
        format!("the primary cause is right in {:.1} % of the estates, not {} %", top * 100.0, RIGHT * 100.0),
    );
    let moves = share(full.moves_right, full.moves);
    require(
        moves >= RIGHT,
        format!("{:.1} % of the failed moves get their cause, not {} %", moves * 100.0, RIGHT * 100.0),
    );
    require(accused == 0, format!("delegation is accused {accused} times where it is another class"));
    let confirmed = withheld.confirmed_wrong.len() + full.confirmed_wrong.len();
    require(confirmed == 0, format!("{confirmed} claims are confirmed and wrong"));
    let likely = 1.0 - share(withheld.likely - withheld.likely_wrong.len(), withheld.likely);
    require(likely <= LIKELY_WRONG, format!("{:.2} % of the likely claims are wrong", likely * 100.0));
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

/// Half of the estates are sent whole.
fn evidence(index: u64) -> Evidence {
    if index.is_multiple_of(2) { Evidence::Full } else { Evidence::Withheld }
}

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

fn diagnose(files: &BTreeMap<String, Vec<u8>>) -> Diagnosis {
    let options = Options { selection: delegap_engine::selection(), ..Options::default() };
    let mut case = delegap::model::Case::default();
    for (name, bytes) in files {
        let parsed = if delegap_parse::is_evtx(bytes) {
            delegap_parse::read_evtx(name, bytes.as_slice(), &options)
        } else {
            delegap_parse::document(name, bytes, &options)
        };
        case.records.extend(parsed.records);
        case.inputs.push(parsed.summary);
    }
    delegap_engine::diagnose(case)
}

/// One estate for a person to look at.
fn show(seed: u64, index: u64) {
    let estate = Estate::random(seed, index, evidence(index));
    if let Some(out) = env::var_os("DELEGAP_OUT") {
        for (path, bytes) in &estate.files {
            let path = Path::new(&out).join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
            fs::write(path, bytes).expect("the file can be written");
        }
    }
    let diagnosis = diagnose(&estate.files);
    println!("estate {index} of seed {seed}, evidence {:?}", estate.evidence);
    println!("{}", estate.files.keys().map(|path| format!("  {path}\n")).collect::<String>());
    println!("{}", estate.truth);
    println!("{}", terminal(&diagnosis, TerminalStyle { width: 160, color: false }));
    println!("{}", judge(index, &estate, &diagnosis));
}
