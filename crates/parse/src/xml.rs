//! What all readers of XML share.

use quick_xml::Reader;
use quick_xml::errors::SyntaxError;
use quick_xml::escape;
use quick_xml::events::{BytesRef, Event as Token};

/// The text that `&name;` or `&#n;` stands for; one that stands for nothing is kept as it is.
pub(crate) fn resolve(reference: &BytesRef<'_>) -> String {
    if let Ok(Some(c)) = reference.resolve_char_ref() {
        return c.to_string();
    }
    let name = String::from_utf8_lossy(reference);
    escape::resolve_xml_entity(&name).map_or_else(|| format!("&{name};"), str::to_owned)
}

/// Tokens of a text, and a way to go on behind a damage. Places are offsets in the whole text.
pub(crate) struct Tokens<'t> {
    text: &'t str,
    base: usize,
    reader: Reader<&'t [u8]>,
}

impl<'t> Tokens<'t> {
    pub fn new(text: &'t str) -> Self {
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        Tokens { text, base: 0, reader }
    }

    /// The next token and where it begins.
    pub fn next(&mut self) -> (usize, quick_xml::Result<Token<'t>>) {
        let at = self.base + usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX);
        let token = self.reader.read_event();
        // A tag that ends in the next one.
        if matches!(&token, Ok(Token::Start(element)) if element.contains(&b'<')) {
            return (at, Err(SyntaxError::UnclosedTag.into()));
        }
        (at, token)
    }

    /// Goes on at `at`. The ends of what was open before come without their beginnings.
    pub fn resume(&mut self, at: usize) {
        let mut reader = Reader::from_str(self.text.get(at..).unwrap_or_default());
        reader.config_mut().expand_empty_elements = true;
        reader.config_mut().allow_unmatched_ends = true;
        (self.base, self.reader) = (at, reader);
    }

    /// Where the first of these elements behind `at` begins, or the end of `parent` if that comes first.
    pub fn next_of(&self, at: usize, names: &[&str], parent: Option<&str>) -> Option<usize> {
        let rest = self.text.get(at..)?;
        let found = rest.match_indices('<').find(|(offset, _)| {
            let tag = rest.get(offset + 1..).unwrap_or_default();
            let (tag, ends) = tag.strip_prefix('/').map_or((tag, false), |tag| (tag, true));
            let name: &str = tag.split(|c: char| c.is_whitespace() || "<>/".contains(c)).next().unwrap_or_default();
            let name = name.rsplit(':').next().unwrap_or_default();
            if ends { parent == Some(name) } else { names.contains(&name) }
        });
        found.map(|(offset, _)| at + offset)
    }
}

/// A part of a text that is no XML, or that does not fit in it.
pub(crate) struct Damage {
    pub at: usize,
    pub what: String,
    pub lost: usize,
}

/// Calls `closed` for every element where it ends, with the local names from the root down to it and the text directly in
/// it. Elements deeper than `depth` are passed over.
///
/// Of the elements called `rows`, which don't stand in each other, a broken one costs itself: for it `closed` gets no text.
/// Any other damage ends the reading.
pub(crate) fn walk(
    text: &str,
    depth: usize,
    rows: &[&str],
    mut closed: impl FnMut(&[String], Option<&str>),
) -> Vec<Damage> {
    let mut tokens = Tokens::new(text);
    let (mut names, mut texts): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    let mut skipped = 0_usize;
    let mut damages = Vec::new();
    // Where the open row begins.
    let mut row_at = 0;
    let is_row = |name: &str| rows.contains(&name);
    loop {
        let (at, token) = tokens.next();
        let more = match token {
            Ok(Token::Start(element)) => {
                let name = String::from_utf8_lossy(element.local_name().as_ref()).into_owned();
                if is_row(&name) {
                    if let Some(open) = names.iter().position(|n| is_row(n)) {
                        let what = format!("{name} begins before the one before it ends");
                        damages.push(Damage { at: row_at, what, lost: at - row_at });
                        closed(&names, None);
                        names.truncate(open);
                        texts.truncate(open);
                        skipped = 0;
                        tokens.resume(at);
                        continue;
                    }
                    row_at = at;
                }
                if skipped > 0 || names.len() >= depth {
                    skipped += 1;
                } else {
                    names.push(name);
                    texts.push(String::new());
                }
                continue;
            }
            Ok(Token::End(_)) if skipped > 0 => {
                skipped -= 1;
                continue;
            }
            Ok(Token::End(_)) => {
                if !names.is_empty() {
                    closed(&names, Some(texts.last().map_or("", |t| t.trim())));
                }
                names.pop();
                texts.pop();
                continue;
            }
            Ok(Token::Text(text)) => String::from_utf8_lossy(&text).into_owned(),
            Ok(Token::CData(text)) => String::from_utf8_lossy(&text).into_owned(),
            Ok(Token::GeneralRef(reference)) => resolve(&reference),
            Ok(Token::Eof) => {
                if !names.is_empty() {
                    damages.push(Damage { at: text.len(), what: "its end is missing".to_owned(), lost: 0 });
                }
                return damages;
            }
            Ok(_) => continue,
            Err(e) => {
                let open = names.iter().position(|n| is_row(n));
                let parent = open.map_or(names.last(), |open| open.checked_sub(1).and_then(|i| names.get(i)));
                // What breaks an open row may be the end of what it stands in.
                let ends = open.is_some() && text.get(at..).is_some_and(|t| t.starts_with("</"));
                let next = tokens
                    .next_of(at + usize::from(!ends), rows, parent.map(String::as_str))
                    .filter(|_| !rows.is_empty());
                let lost = next.unwrap_or(text.len()) - at;
                damages.push(Damage { at, what: e.to_string(), lost });
                let Some(next) = next else { return damages };
                if let Some(open) = open {
                    closed(&names, None);
                    names.truncate(open);
                    texts.truncate(open);
                }
                skipped = 0;
                tokens.resume(next);
                continue;
            }
        };
        if let Some(own) = texts.last_mut().filter(|_| skipped == 0) {
            own.push_str(&more);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows called `r` with their texts, `-` for a broken one, and the damages.
    fn rows(text: &str) -> (Vec<String>, usize) {
        let mut seen = Vec::new();
        let damages = walk(text, 8, &["r"], |path, text| match (path.last().map(String::as_str), text) {
            (_, None) => seen.push("-".to_owned()),
            (Some("r"), Some(text)) => seen.push(text.to_owned()),
            _ => {}
        });
        (seen, damages.len())
    }

    #[test]
    fn a_broken_row_costs_itself() {
        for (broken, damages) in
            [("<r>b", 1), ("<r><x>b</y></r>", 1), ("<r", 1), ("<r><x>", 1), ("b</r>", 1), ("<r><!", 1)]
        {
            let (seen, found) = rows(&format!("<t>\n<r>a</r>\n{broken}\n<r>c</r>\n<n:r xmlns:n='x'>d</n:r></t>"));
            let whole: Vec<&str> = seen.iter().map(String::as_str).filter(|s| *s != "-").collect();
            assert_eq!((whole, found), (vec!["a", "c", "d"], damages), "{broken}");
        }
        assert_eq!(rows("<t><r>a</r><r>b</t>"), (vec!["a".into(), "-".into()], 1));
        assert_eq!(rows("<t><r>a</r>"), (vec!["a".into()], 1));
    }
}
