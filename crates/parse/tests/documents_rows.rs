//! One malformed row costs one row: of every format with rows.

use delegap_model::{Kind, Parsed, Record, Selection};
use delegap_parse::{Options, document};
use rows::{ROWS, Rows};

mod rows;

const COUNT: usize = 9;
/// The row that is damaged.
const HIT: usize = 3;

fn read(bytes: &[u8]) -> Parsed<Record> {
    document("input", bytes, &Options { selection: Selection::everything(), ..Options::default() })
}

/// What each row tells: its records with their places.
fn told(parsed: &Parsed<Record>) -> Vec<String> {
    parsed.records.iter().map(|r| format!("{r:?}")).collect()
}

type Damage = fn(&Rows, &[u8]) -> Option<Vec<u8>>;

/// What can happen to the bytes of one row. Line ends stay.
const DAMAGES: [(&str, Damage); 6] = [
    ("a quote that nobody closes", |_, row| Some(with(row, row.len() / 2, 0, b"\""))),
    ("NULs", |_, row| Some(with(row, row.len() / 2, 4, &[0; 4]))),
    ("bytes that are no text", |_, row| Some(with(row, row.len() / 2, 4, &[0xff, 0xfe, 0xc3, 0x28]))),
    ("a cut", |_, row| Some(without(row, row.len() / 2))),
    ("a cut near its end", |_, row| Some(without(row, row.len() * 9 / 10))),
    ("a date that is none", |rows, row| {
        let date = rows.date?.as_bytes();
        let at = row.windows(date.len()).position(|w| w == date).expect("the row has its date");
        Some(with(row, at, date.len(), b"99/99/9999"))
    }),
];

fn with(row: &[u8], at: usize, instead_of: usize, new: &[u8]) -> Vec<u8> {
    [&row[..at], new, &row[(at + instead_of).min(row.len())..]].concat()
}

/// The row up to `at`; its line ends are kept.
fn without(row: &[u8], at: usize) -> Vec<u8> {
    let ends = row[at..].iter().copied().filter(|b| matches!(b, b'\r' | b'\n'));
    row[..at].iter().copied().chain(ends).collect()
}

#[test]
fn every_row_is_read() {
    for rows in ROWS {
        let parsed = read(rows.document(COUNT).as_bytes());
        assert_eq!((parsed.summary.kind, parsed.summary.problems.len()), (rows.kind, 0), "{}: {parsed:#?}", rows.format);
    }
}

#[test]
fn one_malformed_row_costs_one_row() {
    let mut wrong = Vec::new();
    for rows in ROWS {
        let (text, places) = rows.parts(COUNT);
        let whole = told(&read(text.as_bytes()));
        // What the other rows tell: what is told without the row, and with it.
        let blank = blanked(text.as_bytes(), &places[HIT]);
        for (what, damage) in DAMAGES {
            let Some(row) = damage(rows, &text.as_bytes()[places[HIT].clone()]) else { continue };
            let damaged = [&text.as_bytes()[..places[HIT].start], &row, &text.as_bytes()[places[HIT].end..]].concat();
            let parsed = read(&damaged);
            let _ = (&whole, &blank, what, &parsed);
            wrong.extend(complaint(rows, &whole, &parsed).map(|c| format!("{:?} ({}), {what}: {c}", rows.kind, rows.format)));
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}
