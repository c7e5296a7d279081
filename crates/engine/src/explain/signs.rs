//! The pages of codes and events.

use super::{cause_points, page, part, point, text};
use crate::knowledge::hardening::hardening;
use crate::knowledge::{CodeFact, CodeGroup, EventRule, Meaning, knowledge};
use delegap_model::{Code, Explanation, Side};

/// An error code in any written form: `0x8009030e`, `8009030E`, `-2146893042`, `2148074254`.
pub(super) fn of_code(topic: &str) -> Option<Explanation> {
    let code = Code::parse_field(topic)?;
    let fact = knowledge().code(code)?;
    let causes = cause_points(&fact.causes);
    let leads = if causes.is_empty() {
        vec![text("By itself it leads to no cause of the catalogue: the sentence and the phase around it decide.")]
    } else {
        causes
    };
    Some(page(
        format!("{code} {}", fact.name),
        vec![
            part("", vec![text(format!("It says: {}. {}", fact.means, kind(fact)))]),
            part("Causes it can lead to", leads),
        ],
        vec![fact.source.clone()],
    ))
}

fn kind(fact: &CodeFact) -> &'static str {
    match fact.group {
        _ if !fact.alone => "It never decides by itself.",
        CodeGroup::Delegation => {
            "It supports missing or unusable delegation, and CredSSP without credentials, which writes the same."
        }
        CodeGroup::Sspi => "It is an authentication code with causes of its own and never supports a delegation cause.",
        CodeGroup::Credssp => "It comes from CredSSP and its policy.",
        CodeGroup::Winsock => "It is a connection error: no authentication had failed.",
        CodeGroup::Memory => "It is a shortage of resources.",
        CodeGroup::Rights => "It is a right that is not granted.",
        CodeGroup::Denied => "It is ambiguous: the object that is named beside it decides.",
        CodeGroup::Path => "It counts with the path that is named beside it.",
        CodeGroup::Other => "What it means for a move depends on the phase.",
    }
}

/// An answer of a domain controller: `KDC 0xd`, or its bare number.
pub(super) fn of_kdc(topic: &str) -> Option<Explanation> {
    let lower = topic.to_lowercase();
    let number = lower.strip_prefix("kdc").map_or(lower.as_str(), str::trim);
    let code = u32::from_str_radix(number.strip_prefix("0x")?, 16).ok()?;
    let answer = knowledge().kdc.iter().find(|k| k.code == code)?;
    Some(page(
        format!("KDC {:#x} {}", answer.code, answer.name),
        vec![
            part("", vec![text(format!("An answer of a domain controller: {}.", answer.means))]),
            part("Causes it can lead to", cause_points(&answer.causes)),
        ],
        vec![answer.source.clone()],
    ))
}

/// An event id: every provider that has a rule for it, for an id alone means nothing.
pub(super) fn of_event(topic: &str) -> Option<Explanation> {
    let digits = topic.trim_start_matches(|c: char| !c.is_ascii_digit());
    let prefix = topic[..topic.len() - digits.len()].trim().to_lowercase();
    let named = prefix.is_empty() || ["event", "id", "event id", "eventid"].contains(&prefix.as_str());
    let id: u32 = digits.parse().ok().filter(|id| named && *id <= 65_535)?;
    let rules = knowledge().events_of(id);
    if rules.is_empty() {
        return None;
    }
    let parts = rules.iter().map(|(provider, rule)| of_rule(provider, id, rule)).collect();
    let mut sources: Vec<String> = rules.iter().map(|(_, r)| r.source.clone()).collect();
    sources.sort();
    let intro = part("", vec![text("An id means something only together with its provider.")]);
    Some(page(format!("Event {id}"), [vec![intro], parts].concat(), sources))
}

fn of_rule(provider: &str, id: u32, rule: &EventRule) -> delegap_model::Part {
    let mut items = vec![text(format!("It says: {}.", rule.says))];
    if rule.meaning == Meaning::Envelope || rule.meaning == Meaning::ClusterNotice {
        items.push(text(
            "It is an envelope that carries another message: the sentence and the code inside decide, and the logs of both hosts in the same seconds.",
        ));
    }
    match rule.side {
        Some(Side::Source) => items.push(text("The source of the move logs it.")),
        Some(Side::Destination) => items.push(text("The destination of the move logs it.")),
        None if rule.about_host => items.push(text("It speaks of the host that logs it, not of one move.")),
        None => items.push(text("Either side may log it.")),
    }
    if !rule.alone {
        items.push(text("Its layout is known from hearsay only: it never decides by itself."));
    }
    if let Some((programme, event)) = hardening().refusal(provider, id) {
        items.push(text(format!("It is a refusal of {} ({}): {}.", programme.id, programme.name, event.what)));
    }
    let causes = cause_points(knowledge().leads_to(rule.meaning));
    if causes.is_empty() {
        items.push(text("By itself it leads to no cause."));
    } else {
        items.push(text("Causes it can lead to:"));
        items.extend(causes);
    }
    items.push(point(format!("Source: {}", rule.source)));
    part(provider, items)
}
