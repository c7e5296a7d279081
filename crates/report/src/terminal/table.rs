//! Tables that keep to a width.

use crate::inert::terminal_text;
use comfy_table::{ContentArrangement, Table, presets};

/// The table in lines of at most `width` columns, without line break at the end.
pub fn draw(header: &[String], rows: &[Vec<String>], width: usize) -> String {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_FULL_CONDENSED);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    table.set_header(header.iter().map(|cell| terminal_text(cell)));
    for row in rows {
        table.add_row(row.iter().map(|cell| terminal_text(cell)));
    }
    table.to_string()
}
