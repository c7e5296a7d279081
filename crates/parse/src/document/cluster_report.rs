//! The report of a failover cluster's validation (Test-Cluster): which of its tests failed or warned. Its page names results
//! by the icons beside them in every language; its XML by a word.

use super::context::Context;
use super::html::{self, Piece, Rows};
use super::value::pattern;
use crate::xml;
use delegap_model::{ClusterTest, Record};
use regex::Regex;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// The report's title; whether translations have another one is not known.
const TITLE: &str = "Failover Cluster Validation Report";
/// `<IMG name="WarningImg">` beside a result.
static ICON: LazyLock<Regex> = LazyLock::new(|| pattern(r"^([A-Za-z]{1,20})Img$"));
/// Groups of tests, whose results are those of their tests.
const CATEGORIES: [&str; 7] = [
    "Cluster Configuration",
    "Hyper-V Configuration",
    "Inventory",
    "Network",
    "Storage",
    "Storage Spaces Direct",
    "System Configuration",
];
const HEAD: usize = 64 << 10;
const QUOTED_PRINTABLE: &str = "Content-Transfer-Encoding: quoted-printable";
const BASE64: &str = "Content-Transfer-Encoding: base64";

/// Reads a report as page, as web archive or as XML; `None` if it is none.
pub(super) fn read(text: &str, context: &mut Context) -> Option<Vec<Record>> {
    let head = text.get(..text.floor_char_boundary(HEAD)).unwrap_or(text);
    let is_xml = head.trim_start().starts_with("<?xml") || head.trim_start().starts_with("<Report");
    let is_markup = head.contains("<html") || head.contains("<HTML") || is_xml || head.contains(QUOTED_PRINTABLE);
    if is_xml && head.contains("<Report") && head.contains("<Channel") {
        return Some(channels(text, context));
    }
    if !is_markup || !head.contains(TITLE) {
        return None;
    }
    if head.contains(BASE64) && !head.contains("<html") && !head.contains("<HTML") {
        context.problem("", "the archive holds its page in base64: send the report as .htm", "its results");
        return Some(Vec::new());
    }
    let quoted = head.contains(QUOTED_PRINTABLE);
    let page = if quoted { Cow::Owned(unquoted(text)) } else { Cow::Borrowed(text) };
    Some(results(&page, quoted, context))
}

/// The results of the page: rows with a link to the test, an icon and a word.
fn results(page: &str, quoted: bool, context: &mut Context) -> Vec<Record> {
    let mut tests = Tests::default();
    let mut rows = Rows::default();
    let (mut icon, mut is_result) = (None, false);
    let (mut line, mut counted) = (1_usize, 0);
    for (at, piece) in html::pieces(page) {
        if let Piece::Open(name, attributes) = piece {
            if name.eq_ignore_ascii_case("tr") {
                (icon, is_result) = (None, false);
            }
            is_result |= name.eq_ignore_ascii_case("result");
            if name.eq_ignore_ascii_case("img") {
                icon = html::attribute(attributes, "name").and_then(|n| Some(ICON.captures(&n)?[1].to_owned()));
            }
        }
        let Some(row) = rows.take(at, piece) else { continue };
        line += page.get(counted..row.at).map_or(0, |t| t.matches('\n').count());
        counted = row.at.max(counted);
        let Some(name) = row.cells.first().filter(|name| is_result && !name.is_empty()) else { continue };
        let word = icon.take().or_else(|| row.cells.last().cloned()).unwrap_or_default();
        // Lines of an archive are broken elsewhere than those of its page.
        let place = if quoted { String::new() } else { format!(":{line}") };
        tests.add(place, name, &word, context);
        is_result = false;
    }
    if rows.is_open() || !page.to_ascii_lowercase().contains("</html>") {
        context.problem("", "the page has no end: tests may be missing", "what stands behind");
    }
    tests.finish(context)
}

/// The results of the XML that the page is made from: a channel per test, with its title and the word for its result.
fn channels(text: &str, context: &mut Context) -> Vec<Record> {
    let mut tests = Tests::default();
    let (mut title, mut word) = (None, None);
    let damages = xml::walk(text, context.limits.depth, &[], |path, text| {
        // Channels stand in each other, so that no broken one can be told apart.
        let text = text.unwrap_or_default();
        let own = |n: usize| path.len().checked_sub(n).and_then(|i| path.get(i)).map_or("", String::as_str);
        match (own(3), own(2), own(1)) {
            ("Channel", "Title", "Value") => title = Some(text.to_owned()),
            ("Channel", "ResultDescription", "Value") => word = Some(text.to_owned()),
            (_, _, "Channel") => {
                if let (Some(title), Some(word)) = (title.take(), word.take()) {
                    tests.found.push((title, word));
                }
            }
            _ => {}
        }
    });
    context.broken_xml(text, &damages);
    // The tests come in the order of the text; one that is written otherwise there has no line, nor have those behind it.
    let (mut line, mut from) = (1_usize, Some(0_usize));
    for (title, word) in std::mem::take(&mut tests.found) {
        let rest = from.and_then(|from| text.get(from..)).unwrap_or_default();
        let found = rest.find(&title);
        line += found.and_then(|at| rest.get(..at)).map_or(0, |before| before.matches('\n').count());
        from = from.zip(found).map(|(from, at)| from + at);
        let place = from.map_or_else(String::new, |_| format!(":{line}"));
        tests.add(place, &title, &word, context);
    }
    tests.finish(context)
}

/// What was read so far.
#[derive(Default)]
struct Tests {
    found: Vec<(String, String)>,
    names: BTreeSet<String>,
    records: Vec<Record>,
    seen: u64,
    unclear: u64,
}

impl Tests {
    /// Takes a result, which several tables may show.
    fn add(&mut self, place: String, name: &str, word: &str, context: &Context) {
        if CATEGORIES.contains(&name) || !self.names.insert(name.to_owned()) {
            return;
        }
        self.seen += 1;
        let failed = match word {
            "Failed" | "Fail" | "Failure" | "Error" => true,
            "Warning" | "Warn" => false,
            "Success" | "Succeeded" | "Passed" | "Pass" | "Info" | "NotApplicable" | "Not Applicable" | "NotRun"
            | "Not Run" | "NotSelected" | "Canceled" | "Cancelled" => return,
            _ => {
                self.unclear += 1;
                return;
            }
        };
        self.records.push(Record::ClusterTest(Box::new(ClusterTest {
            at: context.at(&place),
            name: name.to_owned(),
            failed,
        })));
    }

    fn finish(self, context: &mut Context) -> Vec<Record> {
        if self.seen == 0 {
            context.problem("", "no result of a test was found in the report", "its results");
        }
        if self.unclear > 0 {
            let lost = crate::words::count(self.unclear, "test");
            context.problem("", "results that are named in another language, or are not known", lost);
        }
        self.records
    }
}

/// A text in quoted-printable, as web archives hold pages.
fn unquoted(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, more)) = rest.split_first() {
        rest = more;
        let escaped = || match more {
            [b'\r', b'\n', rest @ ..] | [b'\n', rest @ ..] => Some((None, rest)),
            [a, b, rest @ ..] => {
                let digit = |c: u8| char::from(c).to_digit(16).and_then(|d| u8::try_from(d).ok());
                Some((Some(digit(*a)? << 4 | digit(*b)?), rest))
            }
            _ => None,
        };
        match (byte, escaped()) {
            (b'=', Some((decoded, after))) => {
                bytes.extend(decoded);
                rest = after;
            }
            _ => bytes.push(*byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use delegap_model::Limits;

    fn row(name: &str, icon: &str) -> String {
        format!(
            "<tr><td><a href=\"&#xD;&#xA; #1\">{name}</a></td><td><result><IMG name=\"{icon}Img\"></result></td>\
             <td><description>{icon}</description></td></tr>\n"
        )
    }

    fn page() -> String {
        format!(
            "<html lang=\"en-US\"><head><title>Failover Cluster Validation Report</title></head><body>\n<h2>Results by Category</h2>\n<table>\n{}{}</table>\n\
             <a name=\"1\"></a><h2>Network</h2><table>\n{}{}{}</table><p>Only one pair.<br></p>\n</body></html>",
            row("Inventory", "Success"),
            row("Network", "Warning"),
            row("Validate Network Communication", "Warning"),
            row("Validate IP Configuration", "Success"),
            row("Validate Active Directory Configuration", "Failed"),
        )
    }

    type Told = Vec<(String, String, bool)>;

    fn run(text: &str) -> (Option<Told>, Vec<String>) {
        let limits = Limits::default();
        let mut context = Context::new("x", &limits);
        let told = read(text, &mut context).map(|records| {
            let told = records.into_iter().filter_map(|r| match r {
                Record::ClusterTest(t) => Some((t.at.place.to_string(), t.name, t.failed)),
                _ => None,
            });
            told.collect()
        });
        (told, context.into_problems().into_iter().map(|p| p.what).collect())
    }

    fn expected(places: [&str; 2]) -> Option<Told> {
        Some(vec![
            (places[0].to_owned(), "Validate Network Communication".to_owned(), false),
            (places[1].to_owned(), "Validate Active Directory Configuration".to_owned(), true),
        ])
    }

    #[test]
    fn results_of_the_page() {
        assert_eq!(run(&page()), (expected([":8", ":10"]), vec![]));
        let german = page()
            .replace("<description>Warning", "<description>Warnung")
            .replace("<description>Failed", "<description>Fehler");
        assert_eq!(run(&german).0, expected([":8", ":10"]), "the icons tell");
        let (told, problems) = run(&page()[..page().find("Validate Active").unwrap()]);
        assert_eq!((told.map(|t| t.len()), problems.len()), (Some(1), 1), "{problems:?}");
        let (told, problems) = run(&page().replace("FailedImg", "PurpleImg"));
        assert_eq!((told.map(|t| t.len()), problems.len()), (Some(1), 1), "{problems:?}");
    }

    #[test]
    fn web_archives() {
        let quoted = page().replace('=', "=3D").replace("Validate", "Vali=\r\ndate");
        let archive = format!(
            "From: <Saved by Microsoft>\r\nSubject: Failover Cluster Validation Report\r\n{QUOTED_PRINTABLE}\r\n\r\n{quoted}"
        );
        assert_eq!(run(&archive).0, expected(["", ""]));
        let packed = format!("Subject: Failover Cluster Validation Report\n{BASE64}\n\n<!-- {QUOTED_PRINTABLE} -->");
        assert_eq!(run(&packed).0, Some(vec![]));
        assert_eq!(unquoted("a=3Db=\nc=zz=e4="), "a=bc=zz\u{fffd}=");
    }

    #[test]
    fn xml_of_the_report() {
        let channel = |title: &str, result: &str| {
            format!(
                "<Channel id=\"x\" Type=\"Test\"><SummaryChannel><Value><![CDATA[s]]></Value></SummaryChannel>\n\
                 <Title><Value><![CDATA[{title}]]></Value></Title><ResultDescription><Value><![CDATA[{result}]]></Value></ResultDescription>\
                 <Message Level=\"Warn\"><![CDATA[m]]></Message></Channel>\n"
            )
        };
        let xml = format!(
            "<?xml version=\"1.0\"?>\n<Report>\n<Channel>\n{}{}{}</Channel></Report>",
            channel("Validate Network Communication", "Warning"),
            channel("Validate IP Configuration", "Success"),
            channel("Validate Active Directory Configuration", "Failed"),
        );
        assert_eq!(run(&xml), (expected([":5", ":9"]), vec![]));
        let (told, problems) = run(&xml[..xml.find("[Validate IP").unwrap()]);
        assert_eq!((told.map(|t| t.len()), problems.len()), (Some(1), 1), "{problems:?}");
    }

    #[test]
    fn other_documents_are_none() {
        assert_eq!(run("Please send the Failover Cluster Validation Report").0, None);
        assert_eq!(run("<html><title>x").0, None);
        let (told, problems) = run("<html><head><title>Failover Cluster Validation Report</title></html>");
        assert_eq!((told, problems.len()), (Some(vec![]), 1));
    }
}
