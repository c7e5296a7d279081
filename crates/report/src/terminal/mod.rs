//! Draws a document for a terminal of a given width.

mod page;
mod table;

use crate::document::{Block, document, explanation, inspection};
use delegap_model::{Diagnosis, Explanation, Inspection};
use page::Page;

/// How the terminal rendering looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TerminalStyle {
    /// Columns of the terminal; fewer than 40 count as 40. Commands and words longer than this go past it.
    pub width: usize,
    /// May ANSI colour sequences be written?
    pub color: bool,
}

/// The report on `d` for a terminal.
pub fn terminal(d: &Diagnosis, style: TerminalStyle) -> String {
    let mut page = Page::new(TerminalStyle { width: style.width.max(40), ..style });
    draw(&document(d), &mut page);
    page.finish()
}

/// A page of the built-in knowledge for a terminal.
pub fn terminal_explanation(e: &Explanation, style: TerminalStyle) -> String {
    let mut page = Page::new(TerminalStyle { width: style.width.max(40), ..style });
    draw(&explanation::blocks(e, 1), &mut page);
    page.finish()
}

/// What is known of the inputs of a case for a terminal.
pub fn terminal_inspection(i: &Inspection, style: TerminalStyle) -> String {
    let mut page = Page::new(TerminalStyle { width: style.width.max(40), ..style });
    draw(&inspection::blocks(i), &mut page);
    page.finish()
}

fn draw(blocks: &[Block], page: &mut Page) {
    for block in blocks {
        match block {
            Block::Heading { level, tone, text } => page.heading(*level, *tone, text),
            Block::Text(text) => page.paragraph("", text),
            Block::Labelled { label, text } => page.paragraph(label, text),
            Block::Line(text) => page.uncut(text),
            Block::Bullets(items) => {
                items.iter().for_each(|item| page.nested("* ", |page| draw(item, page)));
            }
            Block::Numbered(items) => {
                for (i, item) in items.iter().enumerate() {
                    page.nested(&format!("{}. ", i + 1), |page| draw(item, page));
                }
            }
            Block::Command { text, .. } => page.command(text),
            Block::Table { header, rows } => page.block(&table::draw(header, rows, page.room())),
            Block::Link { url, says } => {
                page.paragraph("", says);
                page.uncut(url);
            }
        }
    }
}
