//! The page of a cause.

use super::{page, part, point, text};
use crate::catalogue::{self, Cause};
use crate::disagreements;
use delegap_model::{Effect, Explanation, Item, Step};

/// The page of every cause, in the order of the catalogue.
pub fn every_cause() -> Vec<(&'static str, Explanation)> {
    catalogue::all().iter().map(|c| (c.id, of_cause(c))).collect()
}

pub(super) fn of(topic: &str) -> Option<Explanation> {
    if topic.eq_ignore_ascii_case(disagreements::ID) {
        return Some(disagreements::explanation());
    }
    catalogue::all().iter().find(|c| c.id.eq_ignore_ascii_case(topic)).map(of_cause)
}

fn of_cause(cause: &Cause) -> Explanation {
    let look_alikes = cause.look_alikes.iter().map(|(id, words)| point(format!("{id}: {words}"))).collect();
    let workarounds = cause.workaround.iter().map(|w| point(w.as_str())).collect();
    let steps = cause.steps(None, None);
    let repair = if steps.is_empty() {
        vec![text("The steps depend on the hosts: a report gives them with the commands for each source.")]
    } else {
        steps.iter().flat_map(step).collect()
    };
    page(
        format!("{}: {}", cause.id, cause.title),
        vec![
            part("", vec![text(format!("Class {}.", cause.class.as_str()))]),
            part("Problem", vec![text(cause.problem.as_str())]),
            part("Impact", vec![text(cause.impact.as_str())]),
            part("What proves it", vec![text(cause.proof.as_str())]),
            part("What speaks against it", vec![text(cause.against.as_str())]),
            part("Easily taken for it", look_alikes),
            part("Resolution", vec![text(cause.resolution.as_str())]),
            part("Workaround", workarounds),
            part("Repair", repair),
            part("When it is clear", vec![text(cause.clear.as_str())]),
            part(
                "What a check needs",
                vec![text(sentence(&cause.missing)), Item::Command { text: cause.collect.clone(), shell: None }],
            ),
            part("References", cause.references.iter().cloned().map(Item::Link).collect()),
        ],
        cause.references.iter().map(|r| r.url.clone()).collect(),
    )
}

fn step(step: &Step) -> Vec<Item> {
    let effect = match step.effect {
        Effect::ReadOnly => "reads only",
        Effect::Changes => "changes configuration",
        Effect::Destructive => "interrupts work",
    };
    let mut items =
        vec![point(format!("{} ({effect}; runs on: {}; needs: {})", step.text, step.runs_on, step.requires))];
    items.extend(step.command.clone().map(|text| Item::Command { text, shell: step.shell }));
    items.extend(step.undo.as_ref().map(|u| text(format!("Undo: {u}"))));
    items.extend(step.verify.as_ref().map(|v| text(format!("Confirm: {v}"))));
    items
}

/// A noun phrase as a sentence.
fn sentence(phrase: &str) -> String {
    let mut chars = phrase.chars();
    let first: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}
