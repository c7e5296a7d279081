//! `delegap explain TOPIC`.

use super::args::{ExplainArgs, ExplainFormat};
use super::output;
use super::settings::{Surroundings, WIDTH};
use super::stderr::Complaint;
use delegap::report::{TerminalStyle, markdown_explanation, terminal_explanation};

/// Prints the page of a topic.
///
/// # Errors
/// A topic that nothing is known of; with what is written alike.
pub fn run(args: &ExplainArgs, around: Surroundings) -> Result<u8, Complaint> {
    let topic = args.topic.join(" ");
    let Some(page) = delegap::explain(&topic) else {
        let alike = delegap::topics_like(&topic);
        let help = match alike.as_slice() {
            [] => "name a cause id, an error code, an event id, a KB, a CVE or a policy; `delegap explain --help` shows examples"
                .to_owned(),
            near => format!("did you mean {}?", near.join(", ")),
        };
        return Err(Complaint::new(format!("nothing is known of {topic:?}"), help));
    };
    let style = TerminalStyle { width: around.width.unwrap_or(WIDTH), color: around.is_terminal && !around.no_color };
    output::print(&match args.format {
        ExplainFormat::Terminal => terminal_explanation(&page, style),
        ExplainFormat::Markdown => markdown_explanation(&page, 1),
    })?;
    Ok(0)
}
