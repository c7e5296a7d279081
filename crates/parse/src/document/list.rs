//! Lists as exports write them: joined in one cell, as a JSON array, in braces, or lost.

use super::value::excerpt;
use delegap_model::{Tri, Why};
use serde_json::Value;

/// What the elements are, which decides where a joined text may be cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Split {
    /// Service principal names: blanks inside, but neither `,` nor any other delimiter.
    Spns,
    /// Names or distinguished names: a comma may belong to the element.
    Names,
}

/// True if a type name, or a list that was cut, stands in place of the value.
pub(super) fn is_lost(text: &str) -> bool {
    let t = text.trim();
    const TYPES: [&str; 3] =
        ["Microsoft.ActiveDirectory.Management.", "System.Collections.", "System.DirectoryServices."];
    let is_array = t.ends_with("[]") && ["System.", "Microsoft."].iter().any(|p| t.starts_with(p));
    is_array || TYPES.iter().any(|p| t.starts_with(p)) || ["...", "…", "...}", "…}"].iter().any(|end| t.ends_with(end))
}

/// The elements of a cell in which a list was joined by `;`, `|`, `,` or line ends, or shown as `{a, b}`.
///
/// Only blanks around delimiters go: one before a delimiter only if every delimiter has blanks on both sides,
/// because else it belongs to the value (a stray blank makes a name useless to the KDC).
pub(super) fn joined(cell: &str, split: Split) -> Tri<Vec<String>> {
    if cell.trim().is_empty() {
        return Tri::KnownEmpty;
    }
    // A list in braces whose end is missing was cut with its file.
    if is_lost(cell) || (cell.trim().starts_with('{') && !cell.trim().ends_with('}')) {
        return Tri::Unknown(cut(cell, split));
    }
    let inner = cell.trim().strip_prefix('{').and_then(|c| c.strip_suffix('}'));
    let body = inner.unwrap_or(cell);
    // A blank line at the end of a joined cell is no element.
    let body = body.trim_matches(['\r', '\n']);
    let cut = |c: char| matches!(c, ';' | '|' | '\r' | '\n') || (c == ',' && split == Split::Spns);
    let parts: Vec<&str> = body.split(cut).filter(|p| !p.trim().is_empty()).collect();
    if parts.iter().any(|p| is_flattened(p, split)) {
        return Tri::Unknown(Why::Lost(excerpt(cell)));
    }
    let parts: Vec<&str> = match split {
        Split::Spns => parts,
        Split::Names => parts.into_iter().flat_map(names_at_commas).collect(),
    };
    let last = parts.len().saturating_sub(1);
    let blank_after = |i: usize, p: &str| i == last || p.ends_with([' ', '\t']);
    let blank_before = |i: usize, p: &str| i == 0 || p.starts_with([' ', '\t']);
    let spaced = last > 0 && parts.iter().enumerate().all(|(i, p)| blank_after(i, p) && blank_before(i, p));
    let elements = parts.iter().enumerate().map(|(i, part)| {
        let part = if i > 0 { part.trim_start_matches([' ', '\t']) } else { part };
        let part = if spaced && i < last { part.trim_end_matches([' ', '\t']) } else { part };
        part.to_owned()
    });
    Tri::list(elements.collect())
}

/// What a list still tells that ends in an ellipsis. `{a, b, c, d...}` shows whole elements ($FormatEnumerationLimit); a
/// column that was too narrow cuts the last one, wherever it is.
fn cut(cell: &str, split: Split) -> Why {
    let t = cell.trim();
    let (body, whole) = match t.strip_suffix('}') {
        Some(body) => (body, true),
        None => (t, false),
    };
    let dotted = body.strip_suffix("...").or_else(|| body.strip_suffix('…'));
    let body = match dotted {
        Some(body) => body.strip_prefix('{').unwrap_or(body),
        None if body.starts_with('{') => body.get(1..).unwrap_or_default(),
        None => return Why::Lost(excerpt(cell)),
    };
    // Without its brace the text after the last delimiter may go on.
    let end = if split == Split::Spns { [',', ';'].as_slice() } else { &[';'] };
    let kept = if whole { Some(body) } else { body.rfind(end).and_then(|at| body.get(..at)) };
    match kept.map(|kept| joined(&format!("{{{kept}}}"), split)) {
        Some(Tri::Known(shown)) => Why::Partly(shown),
        _ => Why::Lost(excerpt(cell)),
    }
}

/// Cuts `CN=a,DC=x,CN=b,DC=x` after each run of `DC=` parts, and plain names at every comma.
fn names_at_commas(text: &str) -> Vec<&str> {
    if !text.contains('=') {
        return text.split(',').filter(|p| !p.trim().is_empty()).collect();
    }
    let mut names = Vec::new();
    let (mut start, mut part_start, mut after_dc) = (0, 0, false);
    let commas = text.match_indices(',').map(|(i, _)| i);
    let unescaped = commas.filter(|i| !text.get(..*i).is_some_and(|t| t.ends_with('\\')));
    for comma in unescaped.chain([text.len()]) {
        let dc = text.get(part_start..comma).is_some_and(is_dc);
        if after_dc && !dc {
            names.extend(text.get(start..part_start.saturating_sub(1)));
            start = part_start;
        }
        after_dc = dc;
        part_start = comma + 1;
    }
    names.extend(text.get(start..));
    names
}

/// The elements of a JSON value: an array, `{"value":[…],"Count":n}`, one text, or a joined one.
pub(super) fn json(value: &Value, split: Split) -> Tri<Vec<String>> {
    match value {
        Value::Null => Tri::KnownEmpty,
        Value::Array(items) => {
            let mut elements = Vec::with_capacity(items.len());
            for item in items {
                match super::value::json_text(item) {
                    Ok(Some(text)) if is_lost(&text) => return Tri::Unknown(Why::Lost(excerpt(&text))),
                    Ok(Some(text)) if !text.is_empty() => elements.push(text),
                    Ok(_) => {}
                    Err(found) => return Tri::Unknown(Why::Unreadable(found)),
                }
            }
            Tri::list(elements)
        }
        // 5.1 writes `{}` for a calculated property that yields nothing.
        Value::Object(members) if members.is_empty() => Tri::KnownEmpty,
        Value::Object(members) => match members.get("value").or_else(|| members.get("Value")) {
            Some(inner @ Value::Array(items)) => {
                let count = members.get("Count").and_then(Value::as_u64);
                if count.is_some_and(|n| usize::try_from(n) != Ok(items.len())) {
                    return Tri::Unknown(Why::Lost(excerpt(&value.to_string())));
                }
                json(inner, split)
            }
            Some(inner @ Value::String(_)) => json(inner, split),
            _ => Tri::Unknown(Why::Lost(excerpt(&value.to_string()))),
        },
        Value::String(text) => joined(text, split),
        other => Tri::Unknown(Why::Unreadable(excerpt(&other.to_string()))),
    }
}

/// True for names that were joined by blanks, by ConvertTo-Json at its depth limit or by a list inside a PowerShell
/// string. Service classes and common names hold blanks, so such a text can't be cut safely. It shows by a blank and
/// another `/` after a service name's first one, or by a blank in a distinguished name's `DC=` part.
fn is_flattened(text: &str, split: Split) -> bool {
    match split {
        Split::Spns => {
            let rest = text.split_once('/').and_then(|(_, rest)| rest.split_once(char::is_whitespace));
            rest.is_some_and(|(_, after)| after.contains('/'))
        }
        Split::Names => text.split(',').any(|part| is_dc(part) && part.contains(" CN=")),
    }
}

fn is_dc(part: &str) -> bool {
    part.trim_start().get(..3).is_some_and(|p| p.eq_ignore_ascii_case("DC="))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json as j;

    fn spns(cell: &str) -> Vec<String> {
        joined(cell, Split::Spns).known().cloned().unwrap_or_default()
    }

    #[test]
    fn join_idioms() {
        for cell in [
            "a b/x; c/y",
            "a b/x;c/y",
            "a b/x, c/y",
            "a b/x,c/y",
            "a b/x|c/y",
            "a b/x | c/y",
            "a b/x\nc/y",
            "a b/x\r\nc/y\r\n",
            "{a b/x, c/y}",
            "a b/x;c/y;",
        ] {
            assert_eq!(spns(cell), ["a b/x", "c/y"], "{cell:?}");
        }
    }

    #[test]
    fn blanks_of_values_stay() {
        assert_eq!(spns("cifs/HV02 "), ["cifs/HV02 "]);
        assert_eq!(spns("a/x; c/y "), ["a/x", "c/y "]);
        assert_eq!(spns("a/x ;b/y;c/z"), ["a/x ", "b/y", "c/z"]);
        assert_eq!(spns(" a/x;c/y"), [" a/x", "c/y"]);
    }

    #[test]
    fn lost_and_empty_lists() {
        let literal = "Microsoft.ActiveDirectory.Management.ADPropertyValueCollection";
        assert_eq!(joined(literal, Split::Spns), Tri::Unknown(Why::Lost(literal.into())));
        for cell in
            ["System.Object[]", "System.String[]", "System.UInt32[]", "cifs/x Some Service/x", "cifs/x; cifs/y cifs/z"]
        {
            assert!(matches!(joined(cell, Split::Spns), Tri::Unknown(Why::Lost(_))), "{cell}");
        }
        let partly = |shown: &[&str]| Tri::Unknown(Why::Partly(shown.iter().map(|s| (*s).to_owned()).collect()));
        assert_eq!(joined("{a/x, b/y...}", Split::Spns), partly(&["a/x", "b/y"]));
        assert_eq!(joined("{a/x, b/y…}", Split::Spns), partly(&["a/x", "b/y"]));
        // Where a column cut the text the last element may be a part.
        assert_eq!(joined("a/x, b/y...", Split::Spns), partly(&["a/x"]));
        assert_eq!(joined("{a/x, b/y...", Split::Spns), partly(&["a/x"]));
        assert_eq!(joined("{a/x, b/y", Split::Spns), partly(&["a/x"]));
        assert_eq!(joined("{CN=A,DC=c, CN=B,DC=c...}", Split::Names), partly(&["CN=A,DC=c", "CN=B,DC=c"]));
        for cell in ["{a/x...", "...", "{...}", "CN=A,DC=c, CN=B,D..."] {
            assert!(matches!(joined(cell, Split::Names), Tri::Unknown(Why::Lost(_))), "{cell}");
        }
        assert_eq!(joined("", Split::Spns), Tri::KnownEmpty);
        assert_eq!(joined("{}", Split::Spns), Tri::KnownEmpty);
    }

    #[test]
    fn distinguished_names_keep_their_commas() {
        let names = |c: &str| joined(c, Split::Names).known().cloned().unwrap_or_default();
        assert_eq!(names("CN=A,OU=x,DC=c,DC=l; CN=B,DC=c"), ["CN=A,OU=x,DC=c,DC=l", "CN=B,DC=c"]);
        assert_eq!(names("CN=A,OU=x,DC=c,DC=l, CN=B\\, C,DC=c"), ["CN=A,OU=x,DC=c,DC=l", "CN=B\\, C,DC=c"]);
        assert_eq!(names("HV01$, HV02$"), ["HV01$", "HV02$"]);
        assert_eq!(names("CN=A b,DC=c,DC=l"), ["CN=A b,DC=c,DC=l"]);
        assert!(matches!(joined("CN=A,DC=c CN=B,DC=c", Split::Names), Tri::Unknown(Why::Lost(_))));
    }

    #[test]
    fn json_shapes() {
        assert_eq!(json(&j!(null), Split::Spns), Tri::KnownEmpty);
        assert_eq!(json(&j!([]), Split::Spns), Tri::KnownEmpty);
        assert_eq!(json(&j!({}), Split::Spns), Tri::KnownEmpty);
        assert_eq!(json(&j!({"value": [], "Count": 0}), Split::Spns), Tri::KnownEmpty);
        assert_eq!(json(&j!({"value": ["a/b "], "Count": 1}), Split::Spns), Tri::Known(vec!["a/b ".into()]));
        assert!(!json(&j!({"value": ["a/b"], "Count": 2}), Split::Spns).is_told());
        assert_eq!(
            json(&j!("Service with blanks/HV02"), Split::Spns),
            Tri::Known(vec!["Service with blanks/HV02".into()])
        );
        assert!(matches!(json(&j!("cifs/HV02 cifs/HV02.c.l"), Split::Spns), Tri::Unknown(Why::Lost(_))));
        assert!(matches!(json(&j!({"Count": 4}), Split::Spns), Tri::Unknown(Why::Lost(_))));
    }
}
