//! The renderings as a caller sees them.

mod cases;
mod exit;
mod hostile;
mod json;
mod markdown;
mod terminal;
