//! Draws a document as Markdown for a ticket: CommonMark with GitHub's tables, no HTML.

use crate::document::{Block, document, explanation, inspection};
use crate::inert::{is_plain_command, markdown_fence, markdown_inline, markdown_text, markdown_url};
use delegap_model::{Diagnosis, Explanation, Inspection, Shell};

/// The report on `d` as Markdown.
pub fn markdown(d: &Diagnosis) -> String {
    draw(&document(d))
}

/// A page of the built-in knowledge as Markdown, its title a heading of `level`.
pub fn markdown_explanation(e: &Explanation, level: u8) -> String {
    draw(&explanation::blocks(e, level))
}

/// What is known of the inputs of a case as Markdown.
pub fn markdown_inspection(i: &Inspection) -> String {
    draw(&inspection::blocks(i))
}

/// The blocks with a blank line between them and a line break at the end.
fn draw(blocks: &[Block]) -> String {
    let mut parts: Vec<String> = blocks.iter().map(block).collect();
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n") + "\n"
}

fn block(block: &Block) -> String {
    match block {
        Block::Heading { level, text, .. } => {
            format!("{} {}", "#".repeat(usize::from(*level)), markdown_inline(text.trim()))
        }
        Block::Text(text) | Block::Line(text) => markdown_text(text),
        Block::Labelled { label, text } => labelled(label, text),
        Block::Bullets(items) => list(items, |_| "- ".to_owned()),
        Block::Numbered(items) => list(items, |i| format!("{}. ", i + 1)),
        Block::Command { text, shell } => command(text, *shell),
        Block::Table { header, rows } => table(header, rows),
        Block::Link { url, says } => match markdown_url(url) {
            Some(target) => format!("{}: [source]({target})", markdown_text(says)),
            None => format!("{}: {}", markdown_text(says), markdown_inline(url)),
        },
    }
}

fn labelled(label: &str, text: &str) -> String {
    match label {
        question if question.ends_with('?') => format!("**{question}** {}", markdown_inline(text)),
        label => format!("**{label}:** {}", markdown_inline(text)).trim_end().to_owned(),
    }
}

/// Items behind their markers, what belongs to an item indented by its marker's width.
fn list(items: &[Vec<Block>], marker: impl Fn(usize) -> String) -> String {
    // Items of one block each make a tight list.
    let between = if items.iter().all(|item| item.len() == 1) { "\n" } else { "\n\n" };
    let drawn = items.iter().enumerate().map(|(i, item)| {
        let marker = marker(i);
        let indented = draw(item).trim_end().replace('\n', &format!("\n{}", " ".repeat(marker.len())));
        // Blank lines carry no indentation.
        let indented: Vec<&str> = indented.lines().map(str::trim_end).collect();
        format!("{marker}{}", indented.join("\n"))
    });
    drawn.collect::<Vec<_>>().join(between)
}

fn command(text: &str, shell: Option<Shell>) -> String {
    if !is_plain_command(text) {
        let warning = "**Holds hidden or control characters, shown here as escapes: do not paste.**";
        return format!("{warning}\n\n{}", markdown_fence(text, "text"));
    }
    let language = match shell {
        Some(Shell::PowerShell) => "powershell",
        Some(Shell::Cmd) => "bat",
        None => "text",
    };
    markdown_fence(text, language)
}

fn table(header: &[String], rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(|cell| markdown_inline(cell.trim())).collect();
        format!("| {} |", cells.join(" | "))
    };
    let mut lines = vec![line(header), format!("|{}", " --- |".repeat(header.len()))];
    lines.extend(rows.iter().map(|row| line(row)));
    lines.join("\n")
}
