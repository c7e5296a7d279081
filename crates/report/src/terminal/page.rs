//! Lines on a terminal: wrapping, indentation, colour. Every text is made inert here.

use super::TerminalStyle;
use crate::document::Tone;
use crate::inert::{command_lines, is_plain, is_plain_command, terminal_text, uncut_text};
use unicode_width::UnicodeWidthStr;

/// Said beside a text that is not what it looks like.
const DO_NOT_PASTE: &str = "[holds hidden or control characters, shown here as \\u{...}: do not paste]";

/// A page under construction.
pub struct Page {
    style: TerminalStyle,
    out: String,
    indent: usize,
    /// Stands before the next line in place of its indentation.
    marker: Option<String>,
}

impl Page {
    /// An empty page.
    pub fn new(style: TerminalStyle) -> Self {
        Page { style, out: String::new(), indent: 0, marker: None }
    }

    /// The text, with one line break at its end.
    pub fn finish(self) -> String {
        self.out
    }

    /// Columns that are left at the present indentation.
    pub fn room(&self) -> usize {
        self.style.width.saturating_sub(self.indent).max(20)
    }

    /// A heading: levels 1 and 2 stand off and are underlined.
    pub fn heading(&mut self, level: u8, tone: Tone, text: &str) {
        self.gap();
        let mut longest = 0;
        for line in wrap(&terminal_text(text), self.room()) {
            longest = longest.max(line.width());
            let line = self.colored(tone, &line);
            self.line(&line);
        }
        match level {
            1 => self.line(&"=".repeat(longest)),
            2 => self.line(&"-".repeat(longest)),
            _ => {}
        }
    }

    /// Running text, broken at blanks.
    pub fn paragraph(&mut self, label: &str, text: &str) {
        for line in wrap(&labelled(label, &terminal_text(text)), self.room()) {
            self.line(&line);
        }
    }

    /// Text that may hold a command: one line, however long.
    pub fn uncut(&mut self, text: &str) {
        self.line(&uncut_text(text));
        if !is_plain(text) {
            self.paragraph("", DO_NOT_PASTE);
        }
    }

    /// A command between blank lines, at the margin: PowerShell's here-strings must not be indented.
    pub fn command(&mut self, text: &str) {
        self.gap();
        for line in command_lines(text) {
            self.out.push_str(&line);
            self.out.push('\n');
        }
        if !is_plain_command(text) {
            self.paragraph("", DO_NOT_PASTE);
        }
        self.gap();
    }

    /// Lines that were laid out and made inert before.
    pub fn block(&mut self, lines: &str) {
        lines.lines().for_each(|line| self.line(line));
    }

    /// What `body` writes, behind `marker` and indented by its width.
    pub fn nested(&mut self, marker: &str, body: impl FnOnce(&mut Page)) {
        self.marker = Some(marker.to_owned());
        self.indent += marker.len();
        body(self);
        self.indent -= marker.len();
        self.marker = None;
    }

    /// A blank line, unless there is one or nothing stands above.
    fn gap(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    fn line(&mut self, text: &str) {
        let marker = self.marker.take().unwrap_or_default();
        let blanks = " ".repeat(self.indent - marker.len().min(self.indent));
        self.out.push_str(format!("{blanks}{marker}{text}").trim_end());
        self.out.push('\n');
    }

    fn colored(&self, tone: Tone, text: &str) -> String {
        if !self.style.color {
            return text.to_owned();
        }
        let code = match tone {
            Tone::Plain => "1",
            Tone::Good => "1;32",
            Tone::Warn => "1;33",
            Tone::Bad => "1;31",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

fn labelled(label: &str, text: &str) -> String {
    match label {
        "" => text.to_owned(),
        question if question.ends_with('?') => format!("{question} {text}"),
        label => format!("{label}: {text}"),
    }
}

/// `text` in lines of at most `width` columns, broken at blanks; a longer word keeps a line of its own.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ').filter(|w| !w.is_empty()) {
        let columns = word.width();
        if used > 0 && used + 1 + columns > width {
            lines.push(String::new());
            used = 0;
        }
        if let Some(line) = lines.last_mut() {
            if used > 0 {
                line.push(' ');
                used += 1;
            }
            line.push_str(word);
            used += columns;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrap_keeps_to_the_width_and_loses_no_word() {
        assert_eq!(wrap("aa bb cc", 5), ["aa bb", "cc"]);
        assert_eq!(wrap("aaaaaaaa b", 5), ["aaaaaaaa", "b"]);
        assert_eq!(wrap("仮想 仮想", 5), ["仮想", "仮想"]);
        assert_eq!(wrap("", 5), [""]);
    }
}
