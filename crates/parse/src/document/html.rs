//! Pages of HTML as reports of Windows are written: their tags and texts in order, whatever is unclosed or nested wrongly.

use super::value::pattern;
use regex::{Captures, Regex};
use std::sync::LazyLock;

/// `&amp;`, `&#160;`, `&#xA;`
static REFERENCE: LazyLock<Regex> = LazyLock::new(|| pattern(r"&(#x?[0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});"));
/// `name="value"` of a tag.
static ATTRIBUTE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?i)([a-z_:][\w:.-]*)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))"#));

/// A piece of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    /// `<name attributes>`
    Open(&'t str, &'t str),
    /// `</name>`
    Close(&'t str),
    /// What stands between two tags, as written.
    Text(&'t str),
}

/// True for a page of HTML.
pub(super) fn is_page(text: &str) -> bool {
    let start: String = text.trim_start().chars().take(9).collect::<String>().to_ascii_lowercase();
    start.starts_with("<!doctype") || start.starts_with("<html")
}

/// The pieces of a page, each with where it begins. Scripts, styles and comments are left out; a tag that never ends is the
/// last piece's text.
pub(super) fn pieces(page: &str) -> impl Iterator<Item = (usize, Piece<'_>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = page.get(at..).filter(|rest| !rest.is_empty())?;
            let begin = at;
            let Some(inner) = rest.strip_prefix('<') else {
                let end = rest.find('<').unwrap_or(rest.len());
                at += end;
                return Some((begin, Piece::Text(rest.get(..end).unwrap_or_default())));
            };
            if inner.starts_with("!--") {
                at += rest.find("-->").map_or(rest.len(), |end| end + 3);
                continue;
            }
            let Some(end) = tag_end(inner) else {
                at = page.len();
                return Some((begin, Piece::Text(rest)));
            };
            at += end + 2;
            let tag = inner.get(..end).unwrap_or_default();
            if let Some(name) = tag.strip_prefix('/') {
                return Some((begin, Piece::Close(name.trim())));
            }
            let name_end = tag.find(|c: char| c.is_whitespace() || c == '/').unwrap_or(tag.len());
            let (name, attributes) = tag.split_at_checked(name_end).unwrap_or((tag, ""));
            if ["script", "style"].iter().any(|skipped| name.eq_ignore_ascii_case(skipped)) {
                at += closing(page.get(at..).unwrap_or_default(), name);
                continue;
            }
            return Some((begin, Piece::Open(name, attributes)));
        }
    })
}

/// The longest tag whose quotation marks count, in bytes: pages carry whole explanations in them.
const LONGEST_TAG: usize = 64 << 10;

/// Where the tag ends that begins here: the first `>` outside of quotation marks, or, where these are not closed, the first.
fn tag_end(tag: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in tag.bytes().take(LONGEST_TAG).enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    tag.find('>')
}

/// The length of what stands before the end tag of `name`.
fn closing(rest: &str, name: &str) -> usize {
    let is_end = |(at, _): &(usize, &str)| {
        rest.get(at + 2..at + 2 + name.len()).is_some_and(|end| end.eq_ignore_ascii_case(name))
    };
    rest.match_indices("</").find(is_end).map_or(rest.len(), |(at, _)| at)
}

/// The value of an attribute.
pub(super) fn attribute(attributes: &str, name: &str) -> Option<String> {
    let found = ATTRIBUTE.captures_iter(attributes).find(|c| c[1].eq_ignore_ascii_case(name))?;
    found.get(2).or_else(|| found.get(3)).or_else(|| found.get(4)).map(|value| plain(value.as_str()))
}

/// A text with its references resolved, each run of white space as one blank, without outer blanks.
pub(super) fn plain(text: &str) -> String {
    let resolved = REFERENCE.replace_all(text, |c: &Captures<'_>| resolve(&c[1]).unwrap_or_else(|| c[0].to_owned()));
    resolved.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn resolve(reference: &str) -> Option<String> {
    let number = reference.strip_prefix('#').map(|n| match n.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => n.parse().ok(),
    });
    match number {
        Some(number) => char::from_u32(number?).map(String::from),
        None if reference == "nbsp" => Some(" ".to_owned()),
        None => quick_xml::escape::resolve_xml_entity(reference).map(str::to_owned),
    }
}

/// A row of a table, its cells' own texts in order; the rows of a table inside a cell are rows of their own, before it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct HtmlRow {
    /// Where it begins.
    pub at: usize,
    pub cells: Vec<String>,
}

/// Collects rows from a page's pieces.
#[derive(Default)]
pub(super) struct Rows {
    open: Vec<(HtmlRow, Option<String>)>,
}

/// More tables inside one another than any report has.
const DEEPEST: usize = 32;

impl Rows {
    /// Takes a piece; yields the row that it ends. A row that another one follows without an end is dropped.
    pub fn take(&mut self, at: usize, piece: Piece<'_>) -> Option<HtmlRow> {
        match piece {
            Piece::Open(name, _) if name.eq_ignore_ascii_case("tr") && self.open.len() < DEEPEST => {
                self.open.push((HtmlRow { at, cells: Vec::new() }, None));
            }
            Piece::Open(name, _) if is_cell(name) => {
                if let Some((_, cell)) = self.open.last_mut() {
                    *cell = Some(String::new());
                }
            }
            Piece::Open(..) => {
                if let Some((_, Some(cell))) = self.open.last_mut() {
                    cell.push(' ');
                }
            }
            Piece::Close(name) if is_cell(name) => {
                if let Some((row, cell)) = self.open.last_mut() {
                    row.cells.extend(cell.take().map(|text| plain(&text)));
                }
            }
            Piece::Close(name) if name.eq_ignore_ascii_case("tr") => return self.open.pop().map(|(row, _)| row),
            Piece::Close(_) => {}
            Piece::Text(text) => {
                if let Some((_, Some(cell))) = self.open.last_mut() {
                    cell.push_str(text);
                }
            }
        }
        None
    }

    /// True while a row has begun and not ended.
    pub fn is_open(&self) -> bool {
        !self.open.is_empty()
    }
}

fn is_cell(name: &str) -> bool {
    name.eq_ignore_ascii_case("td") || name.eq_ignore_ascii_case("th")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(page: &str) -> Vec<Vec<String>> {
        let mut rows = Rows::default();
        pieces(page).filter_map(|(at, piece)| rows.take(at, piece)).map(|row| row.cells).collect()
    }

    #[test]
    fn rows_of_tables() {
        let page = "<html><style>td > b {}</style><script>if (a < b) { '<tr><td>x</td></tr>' }</SCRIPT><!-- <tr><td>y</td></tr> -->\
            <table><tr><th>Policy</th><TD title=\"a > b\">A &amp;&#160;B<br>c</TD></tr>\
            <tr><td>p</td><td>Enabled<table><tr><td>Option:</td><td>5</td></tr></table></td><td>G</td></tr></table>";
        assert_eq!(rows(page), [vec!["Policy", "A & B c"], vec!["Option:", "5"], vec!["p", "Enabled", "G"]]);
        assert_eq!(attribute(" class=\"a b\" NAME='c&lt;d' x=y", "name").as_deref(), Some("c<d"));
        assert_eq!(attribute(" x=y", "x").as_deref(), Some("y"));
    }

    #[test]
    fn broken_pages() {
        for page in
            ["", "<", "<tr><td>a", "<tr><td>a</td", "</tr></td>", "<script>", "<!--", "&#xFFFFFF;", "<tr \"><td>"]
        {
            assert!(rows(page).is_empty(), "{page}");
        }
        assert_eq!(rows("<tr><td title=\"a>b</td></tr>"), [["b"]], "a quotation mark that is not closed");
        assert_eq!(plain("&#xFFFFFF; &unknown; &#65;"), "&#xFFFFFF; &unknown; A");
        assert_eq!(rows(&"<tr>".repeat(1000)).len(), 0);
    }
}
