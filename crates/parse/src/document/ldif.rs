//! LDIF (RFC 2849) as ldifde, ldapsearch and ldbsearch write it.

use super::context::Context;
use super::row::{Cell, Row, key};
use super::value;
use delegap_model::Why;
use std::collections::BTreeSet;
use std::sync::Arc;

/// True if the first line that is neither blank nor a comment begins LDIF. `2>&1` puts what ldapsearch says about its
/// login above it.
pub(super) fn is_ldif(text: &str) -> bool {
    let mut lines = text.lines().filter(|l| !l.trim().is_empty() && !l.starts_with(['#', ' ']) && !is_login(l));
    let Some(first) = lines.next() else { return false };
    starts(first, "dn:") || (starts(first, "version:") && lines.next().is_some_and(|l| starts(l, "dn:")))
}

fn starts(line: &str, with: &str) -> bool {
    line.get(..with.len()).is_some_and(|s| s.eq_ignore_ascii_case(with))
}

fn is_login(line: &str) -> bool {
    line.starts_with("SASL")
}

/// What kind of account a record describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    Computer,
    User,
    Group,
}

/// The accounts of the file. An attribute that a record lacks is empty if the file shows it elsewhere for that class
/// of account, or dumps whole objects; else it was not exported.
pub(super) fn read(text: &str, context: &mut Context) -> (Vec<(Class, Row)>, u64) {
    let mut accounts = Vec::new();
    let mut seen = 0;
    let mut record: Vec<(u64, String)> = Vec::new();
    let ends = [(0, "")];
    let lines = text.split('\n').zip(1u64..).map(|(l, n)| (n, l.strip_suffix('\r').unwrap_or(l)));
    let mut named = false;
    for (number, line) in lines.chain(ends) {
        // A record begins with its name, even if the blank line above it is missing: files get joined.
        let begins = starts(line, "dn:");
        if line.is_empty() || (begins && named) {
            named = false;
            if let Some((class, row)) = finish(std::mem::take(&mut record), &mut seen, context) {
                accounts.extend(class.map(|c| (c, row)));
            }
        }
        named |= begins;
        if line.is_empty() {
            continue;
        }
        if let Some(folded) = line.strip_prefix(' ') {
            match record.last_mut() {
                Some((_, value)) => value.push_str(folded),
                None => context.problem(&format!(":{number}"), "a folded line continues nothing", "1 line"),
            }
        } else {
            record.push((number, line.to_owned()));
        }
    }
    tell_absent(&mut accounts);
    if !text.ends_with('\n') {
        let last = text.matches('\n').count() + 1;
        context.problem(&format!(":{last}"), "the file ends without a line end: its last value may be cut", "");
    }
    (accounts, seen)
}

/// Builds one record; `None` if its lines are no entry of a directory.
fn finish(lines: Vec<(u64, String)>, seen: &mut u64, context: &mut Context) -> Option<(Option<Class>, Row)> {
    let mut row: Option<Row> = None;
    let mut change = None;
    let first = lines.first().map_or(0, |(number, _)| *number);
    let mut nameless = false;
    for (number, line) in lines {
        if line.starts_with('#') || (row.is_none() && is_login(&line)) {
            continue;
        }
        let Some((name, cell)) = attribute(&line) else {
            context.problem(&format!(":{number}"), "a line is neither an attribute nor a continuation", "1 line");
            continue;
        };
        let lower = name.to_ascii_lowercase();
        match (&mut row, lower.as_str()) {
            (None, "dn") => {
                let mut new = Row::new(format!(":{number}"));
                new.put("dn".into(), cell);
                row = Some(new);
                *seen += 1;
            }
            // Else it is what ldapsearch says about itself.
            (None, _) => nameless |= matches!(lower.as_str(), "objectclass" | "samaccountname"),
            (Some(_), "changetype") => change = scalar(&cell),
            (Some(row), _) => add(row, &lower, cell),
        }
    }
    if nameless && row.is_none() {
        context.problem(&format!(":{first}"), "a record without its first line, the name of the object", "1 record");
    }
    let mut row = row?;
    if change.as_deref().is_some_and(|c| c != "add") {
        let place = row.place.clone();
        context.problem(&place, "a change to an object, not an object", "1 record");
        return None;
    }
    context.bound(&mut row);
    part_joined(&mut row);
    Some((class_of(&row), row))
}

/// Some tools print all values of an attribute on one line, parted by `, `. It shows by objectClass, whose values are
/// plain words; names of services hold no comma either.
fn part_joined(row: &mut Row) {
    let joined = |cell: Option<&Cell>| matches!(cell, Some(Cell::Values(v)) if v.len() == 1 && v.iter().any(|v| v.contains(&b',')));
    if !joined(row.cells.get("objectclass")) {
        return;
    }
    for name in ["objectclass", "msdsallowedtodelegateto", "serviceprincipalname"] {
        if let Some(Cell::Values(values)) = row.cells.get_mut(name) {
            let texts: Vec<String> = values.iter().map(|v| String::from_utf8_lossy(v).into_owned()).collect();
            *values = texts.iter().flat_map(|t| t.split(", ")).map(|t| t.as_bytes().to_vec()).collect();
        }
    }
}

/// Cuts `name: value`, `name:: base64`, `name:< address`. One blank after the colon belongs to the syntax.
fn attribute(line: &str) -> Option<(&str, Cell)> {
    let (name, rest) = line.split_once(':')?;
    if name.is_empty()
        || !name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b';' | b'.' | b'=' | b'*'))
    {
        return None;
    }
    let cell = if let Some(encoded) = rest.strip_prefix(':') {
        match encoded.trim().is_empty().then(Vec::new).or_else(|| value::base64(encoded)) {
            Some(bytes) => Cell::Values(vec![bytes]),
            None => Cell::Unknown(Why::Unreadable(value::excerpt(encoded.trim()))),
        }
    } else if rest.starts_with('<') {
        Cell::Unknown(Why::Unreadable(value::excerpt(rest)))
    } else {
        let value = rest.strip_prefix(' ').unwrap_or(rest);
        Cell::Values(vec![value.as_bytes().to_vec()])
    };
    Some((name, cell))
}

/// Adds a value to its attribute. Of a list that the server gave in ranges only a part is there ([MS-ADTS] 3.1.1.3.1.3.3).
fn add(row: &mut Row, name: &str, cell: Cell) {
    let (base, options) = name.split_once(';').unwrap_or((name, ""));
    let cell = if options.starts_with("range=") && options != "range=0-*" {
        Cell::Unknown(Why::Lost(name.to_owned()))
    } else {
        cell
    };
    let key: Arc<str> = key(base).into();
    match (row.cells.get_mut(&key), cell) {
        (Some(Cell::Values(values)), Cell::Values(more)) => values.extend(more),
        (Some(whole), Cell::Unknown(why)) => *whole = Cell::Unknown(why),
        (Some(_), _) => {}
        (None, cell) => row.put(key, cell),
    }
}

fn scalar(cell: &Cell) -> Option<String> {
    match cell {
        Cell::Values(v) => v.first().map(|v| String::from_utf8_lossy(v).trim().to_ascii_lowercase()),
        _ => None,
    }
}

/// objectClass lists the classes from the top: a computer is a user too.
fn class_of(row: &Row) -> Option<Class> {
    let classes: Vec<String> = match row.cells.get("objectclass") {
        Some(Cell::Values(v)) => v.iter().map(|v| String::from_utf8_lossy(v).to_ascii_lowercase()).collect(),
        _ => Vec::new(),
    };
    let is = |name: &str| classes.iter().any(|c| c == name);
    if is("computer") {
        return Some(Class::Computer);
    }
    if is("group") {
        return Some(Class::Group);
    }
    if is("user") || is("inetorgperson") {
        return Some(Class::User);
    }
    if !classes.is_empty() {
        return None;
    }
    // objectClass was not exported: a computer's account name ends with `$`, and only computers have a DNS name.
    let account = row.some_text(&["samaccountname"]);
    if account.as_deref().is_some_and(|n| n.ends_with('$')) || row.has(&["dnshostname", "msdsallowedtodelegateto"]) {
        Some(Class::Computer)
    } else if row.has(&["member", "grouptype"]) {
        Some(Class::Group)
    } else {
        account.map(|_| Class::User)
    }
}

fn tell_absent(accounts: &mut [(Class, Row)]) {
    let catalog = !accounts.iter().any(|(_, row)| row.has(NOT_IN_CATALOG));
    for class in [Class::Computer, Class::User, Class::Group] {
        let of_class = || accounts.iter().filter(|(c, _)| *c == class);
        let whole = !catalog && of_class().any(|(_, row)| row.has(OPERATIONAL));
        // Shared: a copy for every row would cost rows times names.
        let shown: Arc<BTreeSet<Arc<str>>> = Arc::new(of_class().flat_map(|(_, r)| r.cells.keys().cloned()).collect());
        for (_, row) in accounts.iter_mut().filter(|(c, _)| *c == class) {
            row.complete = whole;
            row.asked = Arc::clone(&shown);
        }
    }
}

/// Marks the objects that were dumped whole by what they show themselves: a file may have objects of several queries.
pub(super) fn tell_whole(rows: &mut [&mut Row]) {
    let catalog = !rows.iter().any(|row| row.has(NOT_IN_CATALOG));
    for row in rows {
        row.complete = !catalog && row.has(OPERATIONAL);
    }
}

/// Attributes that nobody asks for by name: they show that whole objects were dumped.
const OPERATIONAL: &[&str] = &["ntsecuritydescriptor", "usnchanged", "usncreated"];

/// Attributes of accounts outside the partial attribute set ([MS-ADA1]-[MS-ADA3]): a file that shows none may come
/// from a global catalog, which never has msDS-AllowedToDelegateTo.
const NOT_IN_CATALOG: &[&str] = &["pwdlastset", "logoncount", "badpwdcount", "accountexpires", "codepage"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::list::Split;
    use delegap_model::{Limits, Tri};

    fn run(text: &str) -> (Vec<(Class, Row)>, Vec<String>) {
        let limits = Limits::default();
        let mut context = Context::new("x", &limits);
        let rows = read(text, &mut context).0;
        (rows, context.into_problems().into_iter().map(|p| format!("{} {}", p.at, p.what)).collect())
    }

    fn delegate_to(row: &Row) -> Tri<Vec<String>> {
        row.list(&["msdsallowedtodelegateto"], Split::Spns)
    }

    #[test]
    fn recognised_by_its_first_line() {
        for text in ["dn: CN=x", "# record 1\ndn: CN=x", "version: 1\n\nDN: CN=x", "# a\n b\n\ndn:: Q049eA=="] {
            assert!(is_ldif(text), "{text}");
        }
        for text in ["", "version: 1", "Name : x\ndn: CN=x", "version: 2.1\nfoo"] {
            assert!(!is_ldif(text), "{text}");
        }
    }

    #[test]
    fn folding_base64_and_blanks() {
        let text = "version: 1\n\n# comment\n  folded\ndn: CN=HV01,DC=c\nobjectClass: computer\n\
                    msDS-AllowedToDelegateTo: Microsoft Virtual System Migra\n tion Service/HV02\n\
                    msDS-AllowedToDelegateTo: cifs/HV02 \nmsDS-AllowedToDelegateTo:: Y2lmcy9IVjAzIA==\nobjectSid:: !!\n";
        let (rows, problems) = run(text);
        let list = delegate_to(&rows[0].1);
        assert_eq!(
            list.known().unwrap(),
            &["Microsoft Virtual System Migration Service/HV02", "cifs/HV02 ", "cifs/HV03 "]
        );
        assert_eq!(rows[0].1.place, ":5");
        assert!(matches!(rows[0].1.text(&["objectsid"]), Tri::Unknown(Why::Unreadable(_))));
        assert_eq!(problems, [""; 0]);
    }

    #[test]
    fn absent_is_unknown_until_the_file_tells() {
        let host = |n: u8, more: &str| format!("dn: CN=HV0{n},DC=c\r\nobjectClass: computer\r\n{more}\r\n");
        let (rows, _) = run(&(host(1, "") + &host(2, "")));
        assert_eq!(delegate_to(&rows[0].1), Tri::NOT_EXPORTED);
        let (rows, _) = run(&(host(1, "") + &host(2, "msDS-AllowedToDelegateTo: cifs/x\r\n")));
        assert_eq!(delegate_to(&rows[0].1), Tri::KnownEmpty);
        let (rows, _) = run(&host(1, "uSNChanged: 5\r\nlogonCount: 0\r\n"));
        assert_eq!(delegate_to(&rows[0].1), Tri::KnownEmpty);
        // A global catalog shows uSNChanged, but no attribute outside its partial set.
        let (rows, _) = run(&host(1, "uSNChanged: 5\r\nwhenChanged: 20211130214842.0Z\r\n"));
        assert_eq!(delegate_to(&rows[0].1), Tri::NOT_EXPORTED);
        // What a user shows says nothing about computers.
        let user = "dn: CN=u,DC=c\nobjectClass: user\nmsDS-AllowedToDelegateTo: cifs/x\n\n";
        let (rows, _) = run(&(host(1, "") + user));
        assert_eq!(delegate_to(&rows[0].1), Tri::NOT_EXPORTED);
    }

    #[test]
    fn changes_footers_and_noise() {
        let text = "dn: CN=HV01,DC=c\nchangetype: modify\nreplace: x\nx: 1\n-\n\n\
                    dn: CN=HV02,DC=c\nchangetype: add\nobjectClass: computer\nnot an attribute\n\n\
                    # search result\nsearch: 2\nresult: 0 Success\n\nref: ldap:///CN=Configuration\n";
        let (rows, problems) = run(text);
        assert_eq!(rows.len(), 1);
        assert_eq!(
            problems,
            [
                "x:5 a line is neither an attribute nor a continuation",
                "x:1 a change to an object, not an object",
                "x:10 a line is neither an attribute nor a continuation"
            ]
        );
    }

    #[test]
    fn ranged_lists_are_cut_lists() {
        let (rows, _) = run("dn: CN=g,DC=c\nobjectClass: group\nmember;range=0-1: CN=a\nmember;range=0-1: CN=b\n\n");
        assert!(matches!(rows[0].1.list(&["member"], Split::Names), Tri::Unknown(Why::Lost(_))));
    }
}
