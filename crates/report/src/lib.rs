//! Renders a delegap diagnosis: terminal, Markdown, JSON.
//!
//! A diagnosis becomes one document: a list of headings, texts, commands and tables. The terminal and Markdown
//! renderings each draw that document and are the only places where its strings are made inert; JSON is a frozen
//! copy of the model. No verdict is computed here, and nothing looks at the terminal: width and colour are passed in.

mod document;
mod exit;
mod inert;
pub mod json;
mod markdown;
mod terminal;
mod words;

pub use exit::exit_code;
pub use markdown::{markdown, markdown_explanation, markdown_inspection};
pub use terminal::{TerminalStyle, terminal, terminal_explanation, terminal_inspection};

/// The JSON Schema (draft 2020-12) of what [`json::to_string`] prints.
pub const SCHEMA: &str = include_str!("../schemas/report-v1.json");

/// The JSON Schema (draft 2020-12) of what [`json::inspection`] prints.
pub const INSPECTION_SCHEMA: &str = include_str!("../schemas/inspection-v1.json");
