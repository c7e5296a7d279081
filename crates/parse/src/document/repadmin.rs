//! When attributes were last written: repadmin /showobjmeta, and rows of Get-ADReplicationAttributeMetadata.

use super::context::Context;
use super::dates;
use super::row::Row;
use super::value::{Pattern, begins_with_digit};
use crate::words::count;
use delegap_model::{AttributeMetadata, Record, When};

/// Local USN, originating DSA, its USN, date, time, version, attribute.
static LINE: Pattern = Pattern::new(
    |line| line.contains('-'),
    r"^\s*\d+\s+(\S.*?)\s+\d+\s+(\d{4}-\d\d-\d\d)\s+(\d\d:\d\d:\d\d)\s+(\d+)\s+([A-Za-z][A-Za-z0-9-]*)\s*$",
);
/// The command above its output.
static COMMAND: Pattern = Pattern::new(|line| line.contains('='), r#"(?i)/showobj?meta\s.*?((?:CN|OU)=[^"\r\n]+)"#);
/// `38 entries.`, in any language.
static ENTRIES: Pattern = Pattern::new(|line| begins_with_digit(line.trim_start()), r"^\s*(\d{1,6})\s+[^\s\d]+\.?\s*$");

/// Reads one or several outputs; `None` if there is none.
pub(super) fn read(text: &str, context: &mut Context) -> Option<Vec<Record>> {
    if !text.lines().any(|l| l.contains("USN")) || !text.lines().any(|l| LINE.is_match(l)) {
        return None;
    }
    let mut records: Vec<Record> = Vec::new();
    let mut object = String::new();
    let mut announced: Option<(usize, usize, usize)> = None;
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(c) = LINE.captures(line) {
            let at = context.at(&format!(":{number}"));
            let changed = dates::moment(&format!("{} {}", &c[2], &c[3])).when(dates::Order::Untold);
            let (Ok(version), When::Local(_)) = (c[4].parse(), changed) else {
                context.problem(&format!(":{number}"), "a date or version that can't be read", "1 row");
                continue;
            };
            records.push(Record::AttributeMetadata(Box::new(AttributeMetadata {
                at,
                object: object.clone(),
                attribute: c[5].to_owned(),
                version,
                changed,
                originating_dc: dc(&c[1]),
            })));
        } else if let Some(c) = COMMAND.captures(line) {
            object = c[1].trim().to_owned();
        } else if let Some(n) = ENTRIES.captures(line).and_then(|c| c[1].parse().ok()) {
            check(announced.take(), records.len(), context);
            announced = Some((number, n, records.len()));
        }
    }
    check(announced, records.len(), context);
    Some(records)
}

/// Reports a list that has fewer rows than it announces.
fn check(announced: Option<(usize, usize, usize)>, records: usize, context: &mut Context) {
    let Some((line, announced, before)) = announced else { return };
    let found = records - before;
    // The second table of the output, of single values, has another layout and says nothing of delegation.
    if found > 0 && found < announced {
        let lost = count((announced - found) as u64, "row");
        context.problem(&format!(":{line}"), format!("the list announces {announced} rows and has {found}"), lost);
    }
}

/// `Default-First-Site-Name\DC01`; where the controller is gone an identifier stands there.
fn dc(text: &str) -> Option<String> {
    text.rsplit_once('\\').map(|(_, name)| name.trim().to_owned()).filter(|n| !n.is_empty())
}

/// The rows of a PowerShell export.
pub(super) fn rows(rows: &[&Row], context: &mut Context) -> Vec<Record> {
    let changed =
        |row: &Row| row.some_text(&["lastoriginatingchangetime"]).map(|t| dates::moment(&t)).unwrap_or_default();
    let dates: Vec<dates::Found> = rows.iter().map(|row| changed(row).date).collect();
    let order = dates::order(dates.iter());
    dates::list_unreadable(dates.iter(), context);
    let mut records = Vec::new();
    for row in rows {
        let Some(attribute) = row.some_text(&["attributename"]) else {
            context.problem(&row.place, "metadata of an attribute that is not named", "1 row");
            continue;
        };
        let dsa = row.some_text(&["lastoriginatingchangedirectoryserveridentity"]);
        records.push(Record::AttributeMetadata(Box::new(AttributeMetadata {
            at: context.at(&row.place),
            object: row.some_text(&["object"]).unwrap_or_default(),
            attribute,
            version: row.some_text(&["version"]).and_then(|v| v.parse().ok()).unwrap_or_default(),
            changed: changed(row).when(order),
            originating_dc: dsa.as_deref().and_then(of_settings),
        })));
    }
    records
}

/// `CN=NTDS Settings,CN=DC01,CN=Servers,…`.
fn of_settings(name: &str) -> Option<String> {
    let mut parts = name.split(',').map(str::trim);
    let first = parts.next()?;
    let own = if first.eq_ignore_ascii_case("CN=NTDS Settings") { parts.next()? } else { first };
    own.split_once('=').map(|(_, name)| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use delegap_model::Limits;

    const OUTPUT: &str = "C:\\>repadmin /showobjmeta dc01 \"CN=HV01,OU=Hyper-V,DC=contoso,DC=lab\"\r\n\r\n3 entries.\r\n\
        Loc.USN                           Originating DSA  Org.USN  Org.Time/Date        Ver Attribute\r\n\
        =======                           =============== ========= =============        === =========\r\n\
        \x20 12821         Default-First-Site-Name\\DC01     12821 2026-01-15 10:00:00    1 objectClass\r\n\
        \x20 90210 6f7b1c58-7c9b-4a0e-9d3e-0f5b2b4d7a11     70110 2026-03-02 08:15:30    4 userAccountControl\r\n\
        \x20 90211         Default-First-Site-Name\\DC02     70111 2026-03-02 08:15:31    2 msDS-AllowedToDelegateTo\r\n\
        0 entries.\r\nType    Attribute     Last Mod Time      Originating DSA  Loc.USN Org.USN Ver\r\n";

    fn run(text: &str) -> (Vec<AttributeMetadata>, Vec<String>) {
        let limits = Limits::default();
        let mut context = Context::new("x", &limits);
        let rows = read(text, &mut context).unwrap_or_default().into_iter().filter_map(|r| match r {
            Record::AttributeMetadata(row) => Some(*row),
            _ => None,
        });
        (rows.collect(), context.into_problems().into_iter().map(|p| p.what).collect())
    }

    #[test]
    fn an_output() {
        let (rows, problems) = run(OUTPUT);
        assert_eq!((rows.len(), problems.len()), (3, 0), "{problems:?}");
        let last = &rows[2];
        assert_eq!((last.object.as_str(), last.version), ("CN=HV01,OU=Hyper-V,DC=contoso,DC=lab", 2));
        assert_eq!(
            (last.attribute.as_str(), last.originating_dc.as_deref()),
            ("msDS-AllowedToDelegateTo", Some("DC02"))
        );
        assert_eq!(last.changed, When::Local("2026-03-02T08:15:31".parse().unwrap()));
        assert_eq!(rows[1].originating_dc, None);
    }

    #[test]
    fn a_cut_output_says_what_is_missing() {
        let cut = &OUTPUT[..OUTPUT.find("  90211").unwrap()];
        assert_eq!(run(cut).1, ["the list announces 3 rows and has 2"]);
        assert!(read("38 entries.\nnothing\n", &mut Context::new("x", &Limits::default())).is_none());
    }
}
