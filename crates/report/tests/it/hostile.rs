//! Every string of a diagnosis is hostile: nothing gets its way, nothing is lost.

use crate::cases::{rich, uniform};
use delegap_report::{TerminalStyle, json, markdown, terminal};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use serde_json::Value;

const EVIL: &str = "\u{1b}[31mred\u{1b}]0;t\u{7}\r\n# h\u{9b}2J\u{202e}x\u{2066}\u{200b}</script><img src=x onerror=y>\
                    ```\n| a | b |\n|---|---|`$(x)` *b* [l](javascript:y) ![i](http://e.example/i) @all #12 \
                    https://e.example www.e.example me@e.example &lt; \u{e0041} \\";

/// Texts that reach a line's start in some rendering.
const STARTS: [&str; 6] = ["- x", "> x", "# x", "1. x", "```x", "\n\n---\n\n<b>"];

fn style(width: usize) -> TerminalStyle {
    TerminalStyle { width, color: false }
}

fn has_power(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(u32::from(c), 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x2069 | 0xFEFF | 0xE0000..=0xE0FFF)
}

#[test]
fn the_terminal_gets_no_control_characters() {
    for width in [0, 40, 80, 120, 100_000] {
        let text = terminal(&uniform(EVIL), style(width));
        assert_eq!(text.chars().find(|c| has_power(*c)), None, "width {width}");
        assert!(text.contains("\\u{1b}[31mred") || width < 80, "the text is still there, harmless");
    }
}

/// A line break in a string must not let it write lines of its own. Commands may have several lines: the engine
/// keeps customers' strings out of them.
#[test]
fn no_string_starts_a_line_of_its_own() {
    for line_break in ["\n", "\r\n", "\r", "\u{85}", "\u{2028}"] {
        let mut d = uniform(format!("x{line_break}INJECTED").leak());
        for step in &mut d.findings[0].remediation {
            step.command = None;
        }
        for check in &mut d.checks {
            check.collect = None;
        }
        for text in [terminal(&d, style(200)), markdown(&d)] {
            assert!(text.contains("x INJECTED"), "shown as a blank");
            let own_line = text.lines().find(|l| l.trim_start_matches(['*', '-', ' ']).starts_with("INJECTED"));
            assert_eq!(own_line, None, "{line_break:?}");
        }
    }
}

#[test]
fn a_command_that_hides_something_is_not_for_pasting() {
    for (evil, shown) in
        [("a\rb", "a\\u{d}b"), ("a\u{202e}b", "a\\u{202e}b"), ("a\u{1b}[8mb", "a\\u{1b}[8mb"), ("a\tb", "a\\u{9}b")]
    {
        let mut d = rich();
        assert!(!terminal(&d, style(80)).contains("do not paste") && !markdown(&d).contains("do not paste"));
        d.findings[0].remediation[0].command = Some(evil.to_owned());
        for text in [terminal(&d, style(80)), markdown(&d)] {
            assert!(text.contains("do not paste"), "{evil:?}");
            assert!(text.lines().any(|l| l.trim() == shown), "{evil:?}");
        }
    }
}

#[test]
fn markdown_holds_no_html_and_no_link_of_theirs() {
    let text = markdown(&uniform(EVIL));
    assert_eq!(text.chars().find(|c| has_power(*c)), None);
    let mut fence = None;
    for line in text.lines() {
        let bare = line.trim_start();
        match &fence {
            Some(open) if bare == *open => fence = None,
            Some(_) => {}
            None if bare.starts_with("```") => fence = Some(bare.trim_end_matches(char::is_alphabetic).to_owned()),
            None => outside_code(line),
        }
    }
    assert_eq!(fence, None, "every fence is closed");
}

/// What is left of a line without its code spans must hold nothing that renders.
fn outside_code(line: &str) {
    let outside: String = line.split('`').step_by(2).collect::<Vec<_>>().join("");
    assert_eq!(line.matches('`').count() % 2, 0, "an open code span: {line}");
    for power in ["<", ">", "http:", "https:", "www.", "@", "](javascript", "![", "$("] {
        assert!(!outside.contains(power), "{power} in {line}");
    }
    assert!(
        !outside
            .replace("&lt;", "")
            .replace("&gt;", "")
            .replace("&amp;", "")
            .replace("&#96;", "")
            .replace("&#124;", "")
            .contains('&')
    );
}

#[test]
fn markdown_tables_keep_their_columns() {
    for evil in STARTS.into_iter().chain([EVIL, "|", "\\|", "`|`"]) {
        let text = markdown(&uniform(evil));
        let mut columns = None;
        let mut tables = 0;
        for line in text.lines() {
            if !line.starts_with('|') {
                columns = None;
                continue;
            }
            let here = line.matches('|').count();
            tables += usize::from(columns.is_none());
            assert_eq!(*columns.get_or_insert(here), here, "{line}");
        }
        assert!(tables >= 6, "{tables} tables");
    }
}

/// What a Markdown parser with every extension makes of the text: blocks and spans, without their content.
fn structure(text: &str) -> Vec<String> {
    let shown = |event: Event| match event {
        Event::Text(_) | Event::Code(_) => None,
        Event::Start(Tag::CodeBlock(_)) => Some("code block".to_owned()),
        event => Some(format!("{event:?}")),
    };
    Parser::new_ext(text, extensions()).filter_map(shown).collect()
}

fn extensions() -> Options {
    Options::all().difference(Options::ENABLE_SMART_PUNCTUATION)
}

#[test]
fn a_markdown_parser_finds_nothing_in_the_strings() {
    let plain = structure(&markdown(&uniform("x")));
    assert!(plain.iter().any(|e| e.contains("Table")) && plain.iter().any(|e| e.contains("Item")));
    let visible: String = EVIL.chars().filter(|c| !has_power(*c) && *c != '\n').collect();
    let starts =
        ["- x", "+ x", "> x", "# x", "1. x", "1) x", "===", "---", "***", "<b>", "```x", "~~~", "    x", ": x"];
    let spans = [
        "[^1]: x",
        "[x]: https://e.example",
        "[[x]]",
        "- [ ] x",
        "$$x$$",
        "a\\",
        "<!--",
        "^x^",
        "{#id}",
        "||x||",
        "a  ",
    ];
    for evil in starts.into_iter().chain(spans).chain([visible.leak() as &str]) {
        assert_eq!(structure(&markdown(&uniform(evil))), plain, "{evil:?}");
    }
    // With controls, commands carry a warning.
    assert_eq!(structure(&markdown(&uniform(EVIL))), structure(&markdown(&uniform("x\u{1b}"))));
}

#[test]
fn markdown_renders_to_the_text_it_was_given() {
    let evil = "<b>&amp; `c` |*_[l](u)![i] $(x) @all #1 https://e.example \\ {x} ^~ 1. - \u{e9}\u{4eee}";
    let text = markdown(&uniform(evil));
    let headline = Parser::new_ext(&text, extensions()).skip_while(|e| !matches!(e, Event::Start(Tag::Paragraph)));
    let mut shown = String::new();
    for event in headline.take_while(|e| !matches!(e, Event::End(TagEnd::Paragraph))) {
        if let Event::Text(text) | Event::Code(text) = event {
            shown.push_str(&text);
        }
    }
    assert_eq!(shown, evil);
}

#[test]
fn json_keeps_the_exact_strings() {
    let text = json::to_string(&uniform(EVIL));
    assert_eq!(text.chars().find(|c| has_power(*c)), None);
    let report: Value = serde_json::from_str(&text).unwrap();
    for path in [
        "/verdict/headline",
        "/ask/0",
        "/findings/0/title",
        "/findings/0/remediation/1/command",
        "/findings/0/evidence/0/file",
        "/attempts/0/vm/name",
        "/attempts/0/signals/0/provider",
        "/pairs/0/delegation/reasons/0",
        "/hosts/0/delegation/services/0",
        "/onset/candidates/0/id",
        "/timeline/0/text",
        "/checks/2/missing/0",
        "/inputs/0/path",
        "/inputs/0/problems/0/what",
    ] {
        assert_eq!(report.pointer(path).and_then(Value::as_str), Some(EVIL), "{path}");
    }
}
