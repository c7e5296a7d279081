//! One malformed row costs one row: of every format with rows.

use delegap_model::{Event, Parsed, Record, Selection};
use delegap_parse::{Options, document};
use rows::{ROWS, Rows};

mod rows;

const COUNT: usize = 9;
/// The row that is damaged.
const HIT: usize = 3;

fn read(bytes: &[u8]) -> Parsed<Record> {
    document("input", bytes, &Options { selection: Selection::everything(), ..Options::default() })
}

/// What is told, piece by piece: records, and the rows of those that are made of several.
fn told(parsed: &Parsed<Record>) -> Vec<String> {
    let pieces = |record: &Record| match record {
        Record::Tickets(t) => t.tickets.iter().map(|t| format!("{t:?}")).collect(),
        Record::SecurityPolicy(p) => p.registry.iter().map(|r| format!("{r:?}")).collect(),
        Record::Group(g) => g.members.known().into_iter().flatten().map(|m| format!("{m:?}")).collect(),
        // How many events came before is no fact of an event.
        Record::Event(e) => vec![format!("{:?}", Event { sequence: 0, record_id: 0, ..(**e).clone() })],
        other => vec![format!("{other:?}")],
    };
    parsed.records.iter().flat_map(pieces).collect()
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

/// The row with `new` at `at`, in place of up to so many bytes of that line.
fn with(row: &[u8], at: usize, instead_of: usize, new: &[u8]) -> Vec<u8> {
    let line = row[at..].iter().position(|b| matches!(b, b'\r' | b'\n')).unwrap_or(row.len() - at);
    [&row[..at], new, &row[at + instead_of.min(line)..]].concat()
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
        // A collector that leaves lists out has that said once.
        let said = parsed.summary.problems.iter().filter(|p| !p.at.place.is_empty()).count();
        assert_eq!((parsed.summary.kind, said), (rows.kind, 0), "{}: {parsed:#?}", rows.format);
    }
}

#[test]
fn one_malformed_row_costs_one_row() {
    let mut wrong = Vec::new();
    for rows in ROWS {
        let (text, places) = rows.parts(COUNT);
        let undamaged = read(text.as_bytes());
        let whole = told(&undamaged);
        // The row tells what is told otherwise when it has another number; the rest is told by the other rows.
        let other = told(&read(rows.numbered((0..COUNT).map(|n| if n == HIT { COUNT } else { n })).0.as_bytes()));
        let (rest, own): (Vec<&String>, Vec<&String>) = whole.iter().partition(|piece| other.contains(piece));
        if own.is_empty() || rest.len() < own.len() * (COUNT - 1) {
            wrong.push(format!("{:?} ({}): {own:#?} of {whole:#?}", rows.kind, rows.format));
            continue;
        }
        for (what, damage) in DAMAGES {
            let Some(row) = damage(rows, &text.as_bytes()[places[HIT].clone()]) else { continue };
            let damaged = [&text.as_bytes()[..places[HIT].start], &row, &text.as_bytes()[places[HIT].end..]].concat();
            let parsed = read(&damaged);
            let now = told(&parsed);
            let missing = rest.iter().filter(|piece| !now.contains(piece)).count();
            let of_row = now.iter().filter(|piece| !rest.contains(piece)).count();
            let listed = parsed.summary.problems.len() > undamaged.summary.problems.len();
            let complaint = if missing > 0 {
                Some(format!("{missing} of {} pieces of other rows are lost or changed", rest.len()))
            } else if of_row > own.len() {
                Some(format!("{of_row} pieces come of it"))
            } else if !listed && of_row < own.len() && !rows.among_others {
                Some("the row is gone and nothing says so".to_owned())
            } else if !listed && rows.date.is_some() && what.starts_with("a date") {
                Some("nothing is said of the date".to_owned())
            } else {
                None
            };
            wrong.extend(complaint.map(|c| format!("{:?} ({}), {what}: {c}", rows.kind, rows.format)));
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}
