//! Takes the power out of text that came from a customer's files.
//!
//! Host names, VM names and log messages may hold terminal escapes, characters that reorder or hide what follows,
//! HTML, or Markdown. Everything a reader sees goes through one of these functions.

use std::ops::RangeInclusive;

/// Characters that show nothing or reorder their neighbours: Unicode's `Default_Ignorable_Code_Point` (which holds the
/// bidirectional controls, zero-width characters, variation selectors and tags) and the interlinear annotation marks.
const HIDDEN: [RangeInclusive<u32>; 18] = [
    0xAD..=0xAD,
    0x34F..=0x34F,
    0x61C..=0x61C,
    0x115F..=0x1160,
    0x17B4..=0x17B5,
    0x180B..=0x180F,
    0x200B..=0x200F,
    0x202A..=0x202E,
    0x2060..=0x206F,
    0x3164..=0x3164,
    0xFE00..=0xFE0F,
    0xFEFF..=0xFEFF,
    0xFFA0..=0xFFA0,
    0xFFF0..=0xFFFB,
    0x13430..=0x1343F,
    0x1BCA0..=0x1BCA3,
    0x1D173..=0x1D17A,
    0xE0000..=0xE0FFF,
];

/// `text` on one line, safe to write to a terminal: line breaks and tabs become blanks, every other control and every
/// hidden character becomes a visible escape such as `\u{1b}`.
pub fn terminal_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            c if breaks_line(c) => out.push(' '),
            c if is_hidden(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// `text` for one line that is to be copied whole: line breaks are shown as escapes too, so that nothing is left out.
pub fn uncut_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if breaks_line(c) || is_hidden(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// The lines of a command. Several lines are several commands; any other control is shown as an escape.
pub fn command_lines(text: &str) -> Vec<String> {
    text.lines().map(uncut_text).collect()
}

/// True if a line of text is what it looks like: no control, no line break, nothing hidden.
pub fn is_plain(text: &str) -> bool {
    !text.chars().any(|c| breaks_line(c) || is_hidden(c))
}

/// [`is_plain`] for a command, which may have several lines.
pub fn is_plain_command(text: &str) -> bool {
    text.lines().all(is_plain)
}

/// Finished JSON with every hidden character in its JSON escape: serialisers write most of them as they are, and a
/// report may be looked at on a terminal. They only stand inside of strings, so the values stay the same.
pub fn json_text(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c != '\n' && (is_hidden(c) || breaks_line(c)) {
            let mut units = [0; 2];
            c.encode_utf16(&mut units).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
        } else {
            out.push(c);
        }
    }
    out
}

/// `text` as a line of Markdown: [`markdown_inline`], and nothing at its start makes it a list, a heading or a rule.
pub fn markdown_text(text: &str) -> String {
    let line = terminal_text(text);
    let line = line.trim();
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let (start, rest) = line.split_at(digits);
    let begins_block = if start.is_empty() { rest.starts_with(['-', '+', '=', ':']) } else { rest.starts_with('.') };
    if !begins_block {
        return markdown_inline(line);
    }
    let (sign, rest) = rest.split_at(1);
    format!("{start}\\{sign}{}", markdown_inline(rest))
}

/// `text` inside a line of Markdown with nothing in it rendered as markup, link, mention or HTML.
///
/// Punctuation with a meaning gets a backslash or a character reference. Neither stops a renderer that looks for
/// links, `@mentions`, `#issues` or `$maths$` after parsing, so words with such a sign become code.
pub fn markdown_inline(text: &str) -> String {
    let line = terminal_text(text);
    let mut rest = line.as_str();
    let mut out = String::with_capacity(rest.len() + 16);
    while let Some(first) = rest.chars().next() {
        let word_len = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        if word_len == 0 {
            escape(first, &mut out);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let (word, after) = rest.split_at(word_len);
        if is_picked_up(word) {
            out.push('`');
            out.push_str(word);
            out.push('`');
        } else {
            word.chars().for_each(|c| escape(c, &mut out));
        }
        rest = after;
    }
    out
}

/// A command as a code block that nothing inside can end.
pub fn markdown_fence(text: &str, language: &str) -> String {
    let lines = command_lines(text).join("\n");
    let longest_run = lines.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat((longest_run + 1).max(3));
    format!("{fence}{language}\n{lines}\n{fence}")
}

/// `url` as a Markdown link target, if it is a plain https address.
pub fn markdown_url(url: &str) -> Option<String> {
    let safe = |c: char| c.is_ascii_alphanumeric() || "-._~/?#=&%:+,;()".contains(c);
    let rest = url.strip_prefix("https://")?;
    (!rest.is_empty() && rest.chars().all(safe))
        .then(|| url.replace('&', "&amp;").replace('(', "%28").replace(')', "%29"))
}

fn breaks_line(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\t' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_hidden(c: char) -> bool {
    c.is_control() || HIDDEN.iter().any(|range| range.contains(&u32::from(c)))
}

/// Characters of words that may stand in a code span as they are.
fn is_word(c: char) -> bool {
    c.is_alphanumeric() || "._-/:@#%?=+$".contains(c)
}

/// True if renderers turn the word into something else even when it is escaped.
fn is_picked_up(word: &str) -> bool {
    word.contains(['@', '#', '$']) || word.contains("://") || word.to_ascii_lowercase().contains("www.")
}

fn escape(c: char, out: &mut String) {
    match c {
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '&' => out.push_str("&amp;"),
        '`' => out.push_str("&#96;"),
        '|' => out.push_str("&#124;"),
        '\\' | '*' | '_' | '[' | ']' | '(' | ')' | '!' | '~' | '{' | '}' | '^' => {
            out.push('\\');
            out.push(c);
        }
        c => out.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_text_shows_what_hides() {
        assert_eq!(terminal_text("a\u{1b}[31mb\u{9b}c\u{7f}"), "a\\u{1b}[31mb\\u{9b}c\\u{7f}");
        assert_eq!(terminal_text("VM\r\nline\ttab\u{2028}x"), "VM line tab x");
        assert_eq!(terminal_text("\u{202e}exe\u{200b}\u{e0041}"), "\\u{202e}exe\\u{200b}\\u{e0041}");
        assert_eq!(terminal_text("Wärme 仮想 OK"), "Wärme 仮想 OK");
    }

    #[test]
    fn markdown_text_has_no_markup() {
        for (text, expected) in [
            ("plain text, 3.5 % of 10", "plain text, 3.5 % of 10"),
            ("<b>&amp;", "&lt;b&gt;&amp;amp;"),
            ("a|b`c`", "a&#124;b&#96;c&#96;"),
            ("![x](y) *b* _i_ ~~s~~", "\\!\\[x\\]\\(y\\) \\*b\\* \\_i\\_ \\~\\~s\\~\\~"),
            ("see http://evil.example/a_b now", "see `http://evil.example/a_b` now"),
            ("WWW.evil.example", "`WWW.evil.example`"),
            ("ping @all, #12", "ping `@all`, `#12`"),
            ("CONTOSO\\HV01$", "CONTOSO\\\\`HV01$`"),
            ("\u{1b}]0;t\u{7}", "\\\\u\\{1b\\}\\]0;t\\\\u\\{7\\}"),
        ] {
            assert_eq!(markdown_text(text), expected, "{text:?}");
        }
    }

    #[test]
    fn markdown_text_starts_no_block() {
        for (text, expected) in [
            ("- item", "\\- item"),
            ("12. item", "12\\. item"),
            ("1) item", "1\\) item"),
            ("---", "\\---"),
            ("===", "\\==="),
            ("    code", "code"),
            ("# head", "`#` head"),
            ("2026-11-20 x", "2026-11-20 x"),
        ] {
            assert_eq!(markdown_text(text), expected, "{text:?}");
        }
    }

    #[test]
    fn fences_outlast_their_content() {
        assert_eq!(markdown_fence("Get-VM", "powershell"), "```powershell\nGet-VM\n```");
        assert_eq!(markdown_fence("a```` b\r\n```\r", "text"), "`````text\na```` b\n```\\u{d}\n`````");
        assert!(is_plain("Get-VM | ft") && !is_plain("a\nb") && !is_plain("a\u{202e}b"));
        assert!(is_plain_command("a\nb\r\nc") && !is_plain_command("a\rb") && !is_plain_command("a\tb"));
    }

    #[test]
    fn only_plain_https_addresses_are_links() {
        assert_eq!(
            markdown_url("https://learn.microsoft.com/a?b=c&d").as_deref(),
            Some("https://learn.microsoft.com/a?b=c&amp;d")
        );
        assert_eq!(markdown_url("https://x/y(z)").as_deref(), Some("https://x/y%28z%29"));
        for bad in ["javascript:alert(1)", "http://x", "https://", "https://x/ y", "https://x/<", "https://x/`"] {
            assert_eq!(markdown_url(bad), None, "{bad}");
        }
    }
}
