//! What the built-in knowledge says of one topic, as blocks.

use super::{Block, Tone};
use delegap_model::{Explanation, Item};

/// The page; `level` is that of its title.
pub fn blocks(e: &Explanation, level: u8) -> Vec<Block> {
    let mut out = vec![Block::Heading { level, tone: Tone::Plain, text: e.title.clone() }];
    for part in &e.parts {
        if !part.heading.is_empty() {
            out.push(Block::Heading { level: level + 1, tone: Tone::Plain, text: part.heading.clone() });
        }
        let mut points = Vec::new();
        for item in &part.items {
            if let Item::Point(text) = item {
                points.push(vec![Block::Text(text.clone())]);
                continue;
            }
            flush(&mut points, &mut out);
            out.push(match item {
                Item::Text(text) | Item::Point(text) => Block::Text(text.clone()),
                Item::Command { text, shell } => Block::Command { text: text.clone(), shell: *shell },
                Item::Link(reference) => Block::Link { url: reference.url.clone(), says: reference.says.clone() },
            });
        }
        flush(&mut points, &mut out);
    }
    if !e.sources.is_empty() {
        out.push(Block::Heading { level: level + 1, tone: Tone::Plain, text: "Sources".to_owned() });
        out.push(Block::Bullets(e.sources.iter().map(|s| vec![Block::Line(s.clone())]).collect()));
    }
    out
}

/// Points that follow one another are one list.
fn flush(points: &mut Vec<Vec<Block>>, out: &mut Vec<Block>) {
    if !points.is_empty() {
        out.push(Block::Bullets(std::mem::take(points)));
    }
}
