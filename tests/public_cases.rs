//! Public reports of failed migrations: each is built from what its source states, and compared with its known cause.

use crate::causes::fixture::{self, Fixture};
use crate::support::repository;
use delegap::model::{CheckOutcome, Confidence, Diagnosis, Severity};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PublicFile {
    case: Vec<PublicCase>,
}

/// One report. Exactly one of the four expectations stands; `fixtures/public-cases/README.md` explains them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PublicCase {
    id: String,
    title: String,
    source: String,
    cause: Option<String>,
    among: Option<String>,
    not_ruled_out: Option<String>,
    never_confirmed: Option<bool>,
    #[serde(rename = "note")]
    _note: Option<String>,
    given: Fixture,
}

#[derive(Debug, PartialEq)]
enum Expected<'a> {
    Cause(&'a str),
    Among(&'a str),
    NotRuledOut(&'a str),
    NeverConfirmed,
}

impl PublicCase {
    fn expected(&self) -> Expected<'_> {
        match (&self.cause, &self.among, &self.not_ruled_out, self.never_confirmed) {
            (Some(id), None, None, None) => Expected::Cause(id),
            (None, Some(id), None, None) => Expected::Among(id),
            (None, None, Some(id), None) => Expected::NotRuledOut(id),
            (None, None, None, Some(true)) => Expected::NeverConfirmed,
            other => panic!("{}: one expectation, not {other:?}", self.id),
        }
    }

    fn expected_words(&self) -> String {
        match self.expected() {
            Expected::Cause(id) => id.to_owned(),
            Expected::Among(id) => format!("{id} among the possible"),
            Expected::NotRuledOut(id) => format!("{id} not ruled out"),
            Expected::NeverConfirmed => "nothing confirmed".to_owned(),
        }
    }

    /// What the diagnosis says otherwise.
    fn complaint(&self, d: &Diagnosis) -> Option<String> {
        let explaining = || d.findings.iter().filter(|f| f.severity == Severity::Error);
        let most = explaining().map(|f| f.confidence).max();
        let explains = |id: &str| explaining().find(|f| f.cause == id);
        let ok = match self.expected() {
            Expected::Cause(id) => explains(id).is_some() && d.verdict.primary_cause == Some(id),
            Expected::Among(id) => explains(id).map_or_else(
                || open(d).contains(id) && most <= Some(Confidence::Possible),
                |f| Some(f.confidence) == most,
            ),
            Expected::NotRuledOut(id) => {
                let check = d.checks.iter().find(|c| c.cause == id).expect("every cause has a check");
                let unseen = explains(id).is_some() || check.outcome == CheckOutcome::NotChecked;
                unseen && most != Some(Confidence::Confirmed)
            }
            Expected::NeverConfirmed => d.findings.iter().all(|f| f.confidence != Confidence::Confirmed),
        };
        (!ok).then(|| format!("{}: expected {}, got {}", self.id, self.expected_words(), got(d)))
    }
}

/// The causes that explain a failed move, in the report's order.
fn got(d: &Diagnosis) -> String {
    let explaining = d.findings.iter().filter(|f| f.severity == Severity::Error);
    let words: Vec<String> =
        explaining.map(|f| format!("{} ({})", f.cause, format!("{:?}", f.confidence).to_lowercase())).collect();
    let words = if words.is_empty() { "no cause".to_owned() } else { words.join(", ") };
    let open: Vec<&str> = open(d).into_iter().collect();
    match open.len() {
        0 => words,
        1..=10 => format!("{words}; open: {}", open.join(", ")),
        all => format!("{words}; {all} open, no reason given"),
    }
}

/// What unexplained moves could still be.
fn open(d: &Diagnosis) -> BTreeSet<&str> {
    d.attempts.iter().flat_map(|a| &a.open_causes).copied().collect()
}

/// All cases, by id.
fn cases() -> Vec<PublicCase> {
    let folder = repository().join("fixtures/public-cases");
    let paths = fs::read_dir(folder).expect("the fixtures").map(|e| e.expect("an entry").path());
    let mut cases: Vec<PublicCase> = paths
        .filter(|p| p.extension().is_some_and(|e| e == "toml"))
        .flat_map(|p| {
            let text = fs::read_to_string(&p).expect("a file");
            let file: PublicFile = toml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", p.display()));
            file.case
        })
        .collect();
    cases.sort_by(|a, b| a.id.cmp(&b.id));
    cases
}

#[test]
fn public_cases_come_out_with_their_cause() {
    let mut page =
        "# Public cases\n\nMade from `fixtures/public-cases/*.toml`, which hold what each source states; a test \
                    compares it.\n\n| case | title | expected | got |\n|---|---|---|---|\n"
            .to_owned();
    let mut wrong = Vec::new();
    for case in cases() {
        let diagnosis = fixture::diagnose(&case.given);
        wrong.extend(case.complaint(&diagnosis));
        let PublicCase { id, title, source, .. } = &case;
        let link = if source.starts_with("http") { format!("[{id}]({source})") } else { format!("{id} ({source})") };
        let mut got = got(&diagnosis);
        if let Expected::NotRuledOut(id) | Expected::Among(id) = case.expected()
            && !got.contains(id)
        {
            let how = if open(&diagnosis).contains(id) { "among the open" } else { "not checked" };
            write!(got, "; {id} {how}").expect("a string");
        }
        writeln!(page, "| {link} | {title} | {} | {got} |", case.expected_words()).expect("a string");
    }
    let path = repository().join("crates/engine/docs/public-cases.md");
    if std::env::var_os("DELEGAP_BLESS").is_some() {
        fs::write(&path, &page).expect("a file");
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(fs::read_to_string(&path).unwrap_or_default() == page, "DELEGAP_BLESS=1 writes {} anew", path.display());
}

/// A row of the list that the cases come from; it has more.
#[derive(Deserialize)]
struct Listed {
    id: String,
    counts_as_case: bool,
    cause: String,
}

#[test]
fn every_listed_case_is_covered_with_its_cause() {
    let Ok(text) = fs::read_to_string(repository().join("../shared/cases/cases.yaml")) else { return };
    let listed: Vec<Listed> = serde_saphyr::from_str(&text).expect("the list of cases");
    let cases = cases();
    assert_eq!(
        cases.iter().map(|c| c.id.as_str()).collect::<Vec<_>>(),
        {
            let mut ids: Vec<&str> = listed.iter().map(|l| l.id.as_str()).collect();
            ids.sort_unstable();
            ids
        },
        "every case once"
    );
    for Listed { id, counts_as_case, cause } in &listed {
        let case = cases.iter().find(|c| c.id == *id).expect("it is there");
        let expected = case.expected();
        if *counts_as_case && cause != "none" {
            let (Expected::Cause(own) | Expected::Among(own) | Expected::NotRuledOut(own)) = expected else {
                panic!("{id}: {cause} is its cause");
            };
            assert_eq!(own, cause, "{id}");
        } else {
            assert_eq!(expected, Expected::NeverConfirmed, "{id}");
        }
    }
}
