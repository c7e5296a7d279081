//! CSV as PowerShell, wmic and spreadsheets write it: one malformed row costs one row.

use super::context::Context;
use super::row::{Cell, Row, key};
use super::shape::{self, Shape};
use std::collections::HashSet;
use std::sync::Arc;

/// A CSV document that was recognised by its header.
pub(super) struct Document {
    pub shape: Shape,
    /// The `#TYPE` line, if there is one.
    pub type_name: String,
    pub rows: Vec<Row>,
    /// Data rows seen, good and bad.
    pub seen: u64,
}

/// How many lines may stand before the header.
const LINES_BEFORE_HEADER: usize = 8;

/// Reads `text` if one of its first lines is a header that we know.
pub(super) fn read(text: &str, context: &mut Context) -> Option<Document> {
    let mut scan = Scan::new(text, ',');
    let mut type_name = String::new();
    let mut header = None;
    for _ in 0..LINES_BEFORE_HEADER {
        let at = (scan.offset, scan.line);
        let first = scan.physical_line()?;
        if let Some(name) = strip_type(first) {
            type_name = name.to_owned();
            continue;
        }
        if let Some((delimiter, shape)) = recognise(first) {
            (scan.offset, scan.line) = at;
            scan.delimiter = delimiter;
            header = Some((scan.record()?.cells, shape));
            break;
        }
    }
    let (names, shape) = header?;
    let mut document = Document { shape, type_name, rows: Vec::new(), seen: 0 };
    scan.rows(names, &mut document, context);
    Some(document)
}

/// The records of a comma-separated text with their lines, for formats whose header is in any language.
pub(super) fn records(text: &str) -> impl Iterator<Item = (u64, Vec<String>)> {
    let mut scan = Scan::new(text, ',');
    std::iter::from_fn(move || {
        let line = scan.line;
        scan.record().map(|r| (line, r.cells))
    })
}

/// The rows of a text with their lines, `Err` for a row whose quotes do not match: it costs one line.
pub(super) fn rows(text: &str, delimiter: char) -> impl Iterator<Item = (u64, Result<Vec<String>, &'static str>)> {
    let mut scan = Scan::new(text, delimiter);
    std::iter::from_fn(move || {
        let start = (scan.offset, scan.line);
        let record = scan.record()?;
        let cells = if record.broken || (record.open && !scan.spans_one_line(start.0)) {
            scan.give_up_line(start);
            Err("the quotes of this row do not match")
        } else if record.open {
            Err("the file ends inside this row")
        } else {
            Ok(record.cells)
        };
        Some((start.1, cells))
    })
}

pub(super) fn strip_type(line: &str) -> Option<&str> {
    let line = line.trim_start_matches('"');
    let start = line.get(..5)?;
    start.eq_ignore_ascii_case("#TYPE").then(|| line.get(5..).unwrap_or_default().trim())
}

/// The delimiter under which a line is a header of a known shape.
fn recognise(line: &str) -> Option<(char, Shape)> {
    let candidates = [',', ';', '\t'].into_iter().filter_map(|delimiter| {
        let cells = Scan::new(line, delimiter).record()?.cells;
        let keys: Vec<String> = cells.iter().map(|c| key(c.trim())).collect();
        let shape = shape::of_keys(|name| keys.iter().any(|k| k == name), keys.len());
        shape.filter(|_| keys.len() > 1).map(|shape| (keys.len(), delimiter, shape))
    });
    candidates.max_by_key(|(columns, ..)| *columns).map(|(_, delimiter, shape)| (delimiter, shape))
}

struct Scan<'t> {
    text: &'t str,
    offset: usize,
    line: u64,
    delimiter: char,
    /// Bytes that were read and given back because a quoted cell did not close as it should.
    given_back: usize,
}

struct Record {
    cells: Vec<String>,
    /// A quoted cell was still open where the text ended.
    open: bool,
    /// A quote closed a cell and more of the cell followed: the quotes of this row or of one above are wrong.
    broken: bool,
    /// The record ended with a line end, not with the text.
    terminated: bool,
}

impl<'t> Scan<'t> {
    fn new(text: &'t str, delimiter: char) -> Self {
        Scan { text, offset: 0, line: 1, delimiter, given_back: 0 }
    }

    /// Goes back to a line that could not be read together with those below it, and over it.
    fn give_up_line(&mut self, (offset, line): (usize, u64)) {
        self.given_back += self.offset - offset;
        (self.offset, self.line) = (offset, line);
        self.physical_line();
    }

    fn physical_line(&mut self) -> Option<&'t str> {
        let rest = self.text.get(self.offset..).filter(|r| !r.is_empty())?;
        let length = rest.find('\n').map_or(rest.len(), |i| i + 1);
        self.offset += length;
        self.line += 1;
        rest.get(..length).map(|l| l.trim_end_matches(['\r', '\n']))
    }

    /// Reads one record; a quoted cell may hold delimiters, line ends and doubled quotes.
    fn record(&mut self) -> Option<Record> {
        let mut rest = self.text.get(self.offset..).filter(|r| !r.is_empty())?;
        // A file made of open quotes must not cost the square of its length: cells end with their lines then.
        if self.given_back > self.text.len().saturating_mul(4) {
            rest = rest.split_inclusive('\n').next().unwrap_or(rest);
        }
        let mut cells = Vec::new();
        let mut cell = String::new();
        let (mut quoted, mut started, mut terminated, mut broken) = (false, false, false, false);
        let mut chars = rest.char_indices().peekable();
        let mut used = rest.len();
        while let Some((at, c)) = chars.next() {
            let next = chars.peek().map(|(_, c)| *c);
            match c {
                '"' if quoted && next == Some('"') => {
                    cell.push('"');
                    chars.next();
                }
                '"' if quoted => {
                    quoted = false;
                    broken |= next.is_some_and(|n| n != self.delimiter && !n.is_whitespace());
                }
                '"' if !started => (quoted, started) = (true, true),
                '\n' if !quoted => {
                    (used, terminated) = (at + 1, true);
                    break;
                }
                '\r' if !quoted && next == Some('\n') => {}
                c if c == self.delimiter && !quoted => {
                    cells.push(std::mem::take(&mut cell));
                    started = false;
                }
                c => {
                    cell.push(c);
                    started = true;
                }
            }
        }
        cells.push(cell);
        self.line += rest.get(..used).map_or(0, |r| r.matches('\n').count() as u64);
        self.offset += used;
        Some(Record { cells, open: quoted, broken, terminated })
    }

    fn rows(&mut self, mut names: Vec<String>, document: &mut Document, context: &mut Context) {
        let mut keys = to_keys(&names);
        let mut known: HashSet<String> = names.iter().cloned().collect();
        loop {
            let start = (self.offset, self.line);
            let Some(record) = self.record() else { return };
            if record.cells == names || record.cells.iter().all(|c| c.trim().is_empty()) {
                continue;
            }
            // Files put together of several exports repeat the type line or the header, with other columns perhaps.
            if is_header(&record.cells, &known, document.shape) {
                names = record.cells;
                keys = to_keys(&names);
                known = names.iter().cloned().collect();
                continue;
            }
            if record.cells.first().is_some_and(|c| strip_type(c).is_some()) {
                if let Some(next) = self.record() {
                    names = next.cells;
                    keys = to_keys(&names);
                    known = names.iter().cloned().collect();
                }
                continue;
            }
            document.seen += 1;
            let mut row = Row::new(format!(":{}", start.1));
            let Some(cells) = self.fit(record, &keys, start, context) else { continue };
            for (key, cell) in keys.iter().zip(cells) {
                row.put(key.clone(), Cell::Text(cell));
            }
            context.bound(&mut row);
            document.rows.push(row);
        }
    }

    /// The cells of a record that fits its header, or can be made to; else a problem, and only one line is lost.
    fn fit(
        &mut self,
        record: Record,
        keys: &[Arc<str>],
        start: (usize, u64),
        context: &mut Context,
    ) -> Option<Vec<String>> {
        let place = format!(":{}", start.1);
        let (have, want) = (record.cells.len(), keys.len());
        let count = format!("{have} cells under a header of {want}");
        if have > want
            && !record.open
            && let Some(cells) = realign(&record.cells, keys, self.delimiter)
        {
            context.problem(&place, "quotes are missing: the row's cells were put together by their content", "");
            return Some(cells);
        }
        let one_line = self.spans_one_line(start.0);
        if record.broken || (record.open && !one_line) {
            // The quote that opens here swallows the rows below.
            self.give_up_line(start);
            context.problem(&place, "the quotes of this row do not match", "1 row");
            return None;
        }
        if record.open || (have < want && !record.terminated) {
            context.problem(&place, "the file ends inside this row", "1 row");
            return None;
        }
        if have > want || (have < want && !one_line) {
            if !one_line {
                self.give_up_line(start);
            }
            context.problem(&place, count, "1 row");
            return None;
        }
        if is_shifted(&record.cells, keys) {
            context.problem(&place, "quotes are missing: the row's cells stand under wrong names", "1 row");
            return None;
        }
        if have < want {
            context.problem(&place, count, format!("{} cells", want - have));
        }
        Some(record.cells)
    }

    fn spans_one_line(&self, start: usize) -> bool {
        self.text.get(start..self.offset).is_some_and(|r| !r.trim_end().contains('\n'))
    }
}

/// True for a row that is a header again: it holds the name of a column, and its cells together tell the same shape.
fn is_header(cells: &[String], names: &HashSet<String>, shape: Shape) -> bool {
    if !cells.iter().any(|c| !c.is_empty() && names.contains(c)) {
        return false;
    }
    let keys = to_keys(cells);
    shape::of_keys(|name| keys.iter().any(|k| &**k == name), keys.len()) == Some(shape)
}

fn to_keys(names: &[String]) -> Vec<Arc<str>> {
    names.iter().map(|n| key(n.trim()).into()).collect()
}

/// Puts a row together again whose quotes were stripped: parts of a distinguished name, and service principal names
/// under their column. Taken only if the number of cells then fits the header.
fn realign(cells: &[String], keys: &[Arc<str>], delimiter: char) -> Option<Vec<String>> {
    let mut whole = Vec::with_capacity(keys.len());
    let mut rest = cells.iter().peekable();
    for key in keys {
        let mut cell = rest.next()?.clone();
        let belongs: &dyn Fn(&str) -> bool = if shape::DISTINGUISHED_NAME.contains(&&**key) {
            &is_dn_part
        } else if shape::ALLOWED_TO_DELEGATE_TO.contains(&&**key) || shape::SERVICE_PRINCIPAL_NAMES.contains(&&**key) {
            &|c| c.contains('/')
        } else {
            &|_| false
        };
        while belongs(&cell)
            && let Some(part) = rest.next_if(|c| belongs(c))
        {
            cell.push(delimiter);
            cell.push_str(part);
        }
        whole.push(cell);
    }
    (rest.next().is_none() && whole.len() == keys.len()).then_some(whole)
}

fn is_dn_part(cell: &str) -> bool {
    let start = cell.trim_start().get(..3);
    start.is_some_and(|s| ["CN=", "OU=", "DC="].iter().any(|part| s.eq_ignore_ascii_case(part)))
}

/// True if a distinguished name was cut at its commas, so that all that follows is moved to the right.
fn is_shifted(cells: &[String], keys: &[Arc<str>]) -> bool {
    let pairs = cells.iter().zip(cells.iter().skip(1));
    let mut named = keys.iter().zip(pairs).filter(|(key, _)| shape::DISTINGUISHED_NAME.contains(&&***key));
    named.any(|(_, (name, next))| is_dn_part(name) && !name.contains(',') && is_dn_part(next))
}

#[cfg(test)]
mod tests {
    use super::*;
    use delegap_model::{Limits, Tri};

    fn run(text: &str) -> (Vec<Row>, Vec<String>) {
        let limits = Limits::default();
        let mut context = Context::new("x.csv", &limits);
        let rows = read(text, &mut context).map(|d| d.rows).unwrap_or_default();
        (rows, context.into_problems().into_iter().map(|p| format!("{}: {}", p.at, p.what)).collect())
    }

    fn names(rows: &[Row]) -> Vec<String> {
        rows.iter().filter_map(|r| r.some_text(&["name"])).collect()
    }

    #[test]
    fn delimiters_type_lines_and_quotes() {
        for text in [
            "#TYPE X\r\n\"Name\",\"SamAccountName\"\r\n\"HV01\",\"HV01$\"\r\n",
            "#type X\nName;SamAccountName\nHV01;HV01$",
            "\r\nSamAccountName\tName\r\nHV01$\tHV01\r\n",
            "\"na me\",\"sam-account_name\"\n\"HV01\",",
        ] {
            let (rows, problems) = run(text);
            assert_eq!((names(&rows), problems), (vec!["HV01".to_owned()], vec![]), "{text:?}");
        }
        assert_eq!(names(&run("Name,SamAccountName\n,\nHV01,HV01$\n,,\n").0), ["HV01"]);
        assert!(run("a,b\n1,2\n").0.is_empty());
    }

    #[test]
    fn quoted_line_ends_and_doubled_quotes() {
        let (rows, problems) =
            run("\"Name\",\"SamAccountName\",\"SPN\"\n\"a\"\"b\",\"x$\",\"c/1\r\nd/2\"\n\"HV02\",\"y$\",\"\"\n");
        assert_eq!(problems, [""; 0]);
        assert_eq!(names(&rows), ["a\"b", "HV02"]);
        assert_eq!(rows[1].place, ":4");
        assert_eq!(rows[0].list(&["spn"], super::super::list::Split::Spns).known().map(Vec::len), Some(2));
    }

    #[test]
    fn one_bad_row_costs_one_row() {
        let head = "\"Name\",\"SamAccountName\"\n";
        let (rows, problems) = run(&format!("{head}\"HV01\",\"a$\"\n\"HV02,\"b$\"\n\"HV03\",\"c$\"\n"));
        assert_eq!(names(&rows), ["HV01", "HV03"]);
        assert_eq!(problems.len(), 1, "{problems:?}");
        let (rows, problems) = run(&format!("{head}\"HV01\",\"a$\"\n\"HV02\",\"b\",\"c\"\n\"HV03\",\"c$\"\n\"HV04"));
        assert_eq!(names(&rows), ["HV01", "HV03"]);
        assert_eq!(problems, ["x.csv:3: 3 cells under a header of 2", "x.csv:5: the file ends inside this row"]);
    }

    #[test]
    fn stripped_quotes_are_put_together_when_they_fit() {
        let text = "DistinguishedName,msDS-AllowedToDelegateTo,Name,Enabled\n\
                    CN=HV01,OU=x,DC=c,cifs/HV02,cifs/HV02.c,HV01,True\nCN=HV02,OU=x,DC=c,,HV02,True\nCN=HV03,DC=c,a,b,c,d,e\n";
        let (rows, problems) = run(text);
        assert_eq!(names(&rows), ["HV01", "HV02"]);
        assert_eq!(rows[0].text(&["distinguishedname"]), Tri::Known("CN=HV01,OU=x,DC=c".into()));
        assert_eq!(
            rows[0].list(&["msdsallowedtodelegateto"], super::super::list::Split::Spns).known().map(Vec::len),
            Some(2)
        );
        assert_eq!(problems.len(), 3, "{problems:?}");
    }

    #[test]
    fn names_cut_at_their_commas_move_no_cells() {
        let text = "DistinguishedName,Name,SamAccountName,Enabled\nCN=HV01,OU=x,DC=c\nCN=HV02,OU=x,DC=c,HV02\n\
                    \"CN=HV03,OU=x\",HV03,h$,True\n";
        let (rows, problems) = run(text);
        assert_eq!(names(&rows), ["HV03"]);
        assert_eq!(problems.len(), 2, "{problems:?}");
    }

    #[test]
    fn short_rows_do_not_pass_for_empty_cells() {
        let (rows, problems) = run("Name,SamAccountName,SPN\nHV01,a$\n");
        assert_eq!(rows[0].text(&["spn"]), Tri::NOT_EXPORTED);
        assert_eq!(problems.len(), 1);
    }
}
