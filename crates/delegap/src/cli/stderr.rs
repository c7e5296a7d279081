//! Messages for the person at the terminal.

use delegap::OpenError;
use std::io::Write;

/// What went wrong and what to do about it, both lowercase fragments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    what: String,
    help: String,
}

impl Complaint {
    pub fn new(what: impl Into<String>, help: impl Into<String>) -> Self {
        Complaint { what: what.into(), help: help.into() }
    }

    /// Prints it as two lines.
    pub fn print(&self) {
        // There is nobody to tell when even this can't be written.
        let _ = writeln!(std::io::stderr(), "error: {}\nhelp: {}", inert(&self.what), inert(&self.help));
    }
}

impl From<OpenError> for Complaint {
    fn from(error: OpenError) -> Self {
        let help = match error {
            OpenError::Threads(_) => "ask for fewer with --threads",
            _ => "name the files and folders of the case",
        };
        Complaint::new(error.to_string(), help)
    }
}

/// File names may hold what a terminal would obey: line breaks, control characters and marks that turn the reading
/// direction.
pub fn inert(text: &str) -> String {
    let mut inert = String::new();
    for c in text.chars() {
        if matches!(c, '"' | '\'' | '\\') {
            inert.push(c);
        } else {
            inert.extend(c.escape_debug());
        }
    }
    inert
}

#[cfg(test)]
mod tests {
    use super::inert;

    #[test]
    fn names_come_out_inert() {
        let name = "no \u{1b}[31m file\u{202e}\r\nhelp: Zürich's";
        assert_eq!(inert(name), "no \\u{1b}[31m file\\u{202e}\\r\\nhelp: Zürich's");
    }
}
