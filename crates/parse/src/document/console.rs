//! Console text: `Name : value` blocks as Format-List prints them, and tables with columns of fixed width.

use super::context::Context;
use super::row::{Cell, Row, key};
use super::shape::{self, Shape};
use std::sync::Arc;

/// Blocks of known shapes: a text that shows several commands has blocks of several.
pub(super) fn blocks(text: &str) -> Vec<(Shape, Row)> {
    let lines: Vec<&str> = text.lines().collect();
    let wrap = Wrap::of(&lines);
    let mut found = Vec::new();
    let mut row: Option<Row> = None;
    let mut last: Option<Arc<str>> = None;
    let mut before = "";
    for (line, number) in lines.iter().copied().zip(1u64..).chain([("", 0)]) {
        let pair = property(line);
        let repeats = pair.as_ref().is_some_and(|(k, _)| row.as_ref().is_some_and(|r| r.cells.contains_key(k)));
        if (line.trim_end().is_empty() || repeats)
            && let Some(done) = row.take()
        {
            found.extend(shape::of_row(&done).map(|shape| (shape, done)));
            last = None;
        }
        if let Some((key, value)) = pair {
            let row = row.get_or_insert_with(|| Row::new(format!(":{number}")));
            row.put(key.clone(), Cell::Text(value));
            last = Some(key);
        } else if is_continuation(line)
            && let (Some(row), Some(last)) = (&mut row, &last)
            && let Some(Cell::Text(value)) = row.cells.get_mut(last)
        {
            if wrap.lost_a_blank(before, line) {
                value.push(' ');
            }
            value.push_str(line.trim_start());
        }
        before = line;
    }
    found
}

fn is_continuation(line: &str) -> bool {
    line.starts_with("   ") && !line.trim_end().is_empty()
}

/// How a text was wrapped. Format-List breaks a line behind a blank, which stays at the line's end, or inside a word that
/// is wider than the space for values; mail programs and editors then take the blanks at line ends away.
struct Wrap {
    width: usize,
    keeps_blanks: bool,
}

impl Wrap {
    fn of(lines: &[&str]) -> Self {
        let wrapped = lines.windows(2).filter(|pair| pair.get(1).is_some_and(|next| is_continuation(next)));
        Wrap {
            width: lines.iter().map(|l| l.trim_end().chars().count()).max().unwrap_or(0),
            keeps_blanks: wrapped.filter_map(|pair| pair.first()).any(|line| line.ends_with(' ')),
        }
    }

    /// True if a blank stood between two lines of one value and is gone.
    fn lost_a_blank(&self, line: &str, next: &str) -> bool {
        if self.keeps_blanks || line.ends_with(' ') {
            return false;
        }
        let indent = next.len() - next.trim_start().len();
        let space = self.width.saturating_sub(indent);
        let tail = line.rsplit(' ').next().unwrap_or_default();
        let head = next.split_whitespace().next().unwrap_or_default();
        let inside_a_name = tail.contains('/') && !tail.ends_with(',');
        !inside_a_name && tail.chars().count() + head.chars().count() <= space
    }
}

/// `Name : value`, or wmic's `Name=value`. Blanks at the line's end stay: a wrapped value goes on behind them.
fn property(line: &str) -> Option<(Arc<str>, String)> {
    let (name, value) = match line.split_once(" : ").or_else(|| line.trim_end().strip_suffix(" :").map(|n| (n, ""))) {
        Some(pair) => pair,
        None => line.split_once('=').filter(|(name, _)| !name.contains('-'))?,
    };
    let name = name.trim_end();
    let letter = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    let is_name = !name.is_empty() && name.len() <= 64 && name.bytes().all(letter);
    is_name.then(|| (key(name).into(), value.trim_start().to_owned()))
}

/// A table of known columns: its rows, and whether a line of dashes stands below its header (PowerShell).
pub(super) struct Table {
    pub rows: Vec<Row>,
    pub dashed: bool,
}

/// How many lines may stand before a table's header.
const LINES_BEFORE_HEADER: usize = 50;

/// What an old wmic prints before the header, on the same line.
const WMIC_GREETING: &str = "Please wait while WMIC is being installed.";

/// Finds the first header for which `wanted` is true and reads the rows below it.
pub(super) fn table(text: &str, wanted: impl Fn(&[String]) -> bool) -> Option<Table> {
    let lines: Vec<&str> = text.lines().map(|l| l.trim_end()).collect();
    let header_at = lines.iter().take(LINES_BEFORE_HEADER).position(|l| wanted(&header_keys(l)))?;
    let header = without_greeting(lines.get(header_at)?);
    let columns: Vec<(usize, Arc<str>)> = words(header).map(|(at, w)| (at, key(w).into())).collect();
    let mut below = lines.iter().enumerate().skip(header_at + 1).peekable();
    let is_dashes = |l: &str| !l.is_empty() && l.chars().all(|c| c == '-' || c == ' ');
    let dashed = below.next_if(|(_, l)| is_dashes(l)).is_some();
    let mut rows = Vec::new();
    for (i, line) in below {
        // A blank line ends a table of PowerShell; wmic has them between rows when its line ends are doubled.
        if line.trim().is_empty() {
            if dashed {
                break;
            }
            continue;
        }
        let chars: Vec<char> = line.chars().collect();
        let mut row = Row::new(format!(":{}", i + 1));
        for (n, (start, key)) in columns.iter().enumerate() {
            let end = columns.get(n + 1).map_or(chars.len(), |(next, _)| *next);
            row.put(key.clone(), Cell::Text(slice(&chars, *start, end)));
        }
        row.put("".into(), Cell::Text((*line).to_owned()));
        rows.push(row);
    }
    Some(Table { rows, dashed })
}

/// A table of accounts, from Format-Table (a line of dashes stands below its header) or dsquery (two blanks stand before
/// each of its lines).
pub(super) fn accounts(text: &str, context: &mut Context) -> Option<Vec<Row>> {
    let plain = |key: &String| key.bytes().all(|b| b.is_ascii_alphanumeric());
    let is_accounts = |keys: &[String]| {
        let shape = shape::of_keys(|name| keys.iter().any(|k| k == name), keys.len());
        keys.len() > 1 && keys.iter().all(plain) && shape == Some(Shape::Accounts)
    };
    let (header_at, header) = text
        .lines()
        .take(LINES_BEFORE_HEADER)
        .enumerate()
        .find(|(_, line)| is_accounts(&header_keys(line.trim_end())))?;
    let table = table(text, is_accounts).filter(|t| t.dashed || header.starts_with("  "))?;
    let starts: Vec<usize> = words(header.trim_end()).map(|(at, _)| at).skip(1).collect();
    let mut lines = text.lines().zip(1usize..).skip(header_at + 1);
    let mut rows = Vec::new();
    for mut row in table.rows {
        let Some((line, _)) = lines.find(|(_, number)| row.place == format!(":{number}")) else { break };
        // A value that is wider than its column moves all that follow; PowerShell cuts it, and aligns numbers to the right.
        let chars: Vec<char> = line.chars().collect();
        let crosses = |start: &usize| chars.get(start - 1).is_some_and(|c| *c != ' ');
        if !table.dashed && (!line.starts_with("  ") || starts.iter().any(crosses)) {
            context.problem(&row.place, "a value is wider than its column", "1 account");
            continue;
        }
        row.cells.remove("");
        context.bound(&mut row);
        rows.push(row);
    }
    (!rows.is_empty()).then_some(rows)
}

fn header_keys(line: &str) -> Vec<String> {
    words(without_greeting(line)).map(|(_, w)| key(w)).collect()
}

fn without_greeting(line: &str) -> &str {
    line.strip_prefix(WMIC_GREETING).unwrap_or(line)
}

/// The words of a header with their positions in characters.
fn words(line: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    line.split(' ').filter_map(move |word| {
        let start = at;
        at += word.chars().count() + 1;
        (!word.is_empty()).then_some((start, word))
    })
}

/// The text between two column starts, moved to the next blank where a wide value crosses a border.
fn slice(chars: &[char], start: usize, end: usize) -> String {
    let border = |mut at: usize| {
        let filled = |i: usize| chars.get(i).is_some_and(|c| *c != ' ');
        while at > 0 && filled(at) && filled(at - 1) {
            at -= 1;
        }
        at.min(chars.len())
    };
    let (start, end) = (border(start), border(end));
    chars.get(start..end).map(|c| c.iter().collect::<String>().trim().to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_hosts() {
        let text = "\r\n\r\nName                                      : HV01\r\n\
                    VirtualMachineMigrationEnabled            : True\r\n\r\nName : HV02\r\n\
                    VirtualMachineMigrationEnabled : False\r\n\r\n";
        let rows = blocks(text);
        assert!(rows.len() == 2 && rows.iter().all(|(shape, _)| *shape == Shape::VmHost));
        assert_eq!((rows[0].1.place.as_str(), rows[1].1.some_text(&["name"])), (":3", Some("HV02".into())));
        let several = blocks(&format!("{text}Name : HV01\nSamAccountName : HV01$\nDNSHostName : x\n"));
        assert_eq!(several.last().map(|(shape, _)| *shape), Some(Shape::Accounts));
        assert_eq!(blocks("HotFixID=KB5004330\nInstalledOn=10/1/2021\n\n").len(), 1);
    }

    #[test]
    fn wrapped_values() {
        let value = |text: &str| blocks(text)[0].1.some_text(&["msdsallowedtodelegateto"]).unwrap();
        let expected =
            "{cifs/HV02, Microsoft Virtual System Migration Service/HV02, x/a-long-name-without-a-blank-in-it}";
        let wrapped = "Name                     : HV01\n\
                       msDS-AllowedToDelegateTo : {cifs/HV02, Microsoft Virtual \n                           \
                       System Migration Service/HV02, x/\n                           a-long-name-without-a-blank-in\n\
                       \x20                          -it}\n";
        assert_eq!(value(wrapped), expected);
        // The same after a mail program.
        assert_eq!(value(&wrapped.replace(" \n", "\n")), expected);
    }

    #[test]
    fn tables_of_both_makers() {
        let text = "PS C:\\> Get-HotFix\n\nSource  Description HotFixID  InstalledBy         InstalledOn\n\
                    ------  ----------- --------  -----------         -----------\n\
                    HV01    Update      KB5004330 NT AUTHORITY\\SYSTEM 10/1/2021 12:00:00 AM\n\nPS C:\\>\n";
        let table = table(text, |k| k.iter().any(|k| k == "hotfixid")).unwrap();
        assert!(table.dashed);
        assert_eq!(table.rows.len(), 1);
        assert_eq!(table.rows[0].some_text(&["installedon"]).as_deref(), Some("10/1/2021 12:00:00 AM"));
        assert_eq!(table.rows[0].some_text(&["installedby"]).as_deref(), Some("NT AUTHORITY\\SYSTEM"));
        assert_eq!(table.rows[0].place, ":5");
    }
}
