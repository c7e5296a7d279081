//! The pages of updates, hardening programmes, CVEs and policies.

use super::{cause_points, page, part, point, text};
use crate::knowledge::hardening::{ActsOn, Carrier, Confidence, Programme, Relevance, hardening};
use crate::knowledge::knowledge;
use crate::knowledge::policies::policies;
use crate::knowledge::updates::{Kind, updates};
use delegap_model::{Explanation, Item, Reference};

/// `KB5073381` or its number: an article of a programme, an update, or both.
pub(super) fn of_kb(topic: &str) -> Option<Explanation> {
    let digits = topic.strip_prefix("KB").or_else(|| topic.strip_prefix("kb")).unwrap_or(topic).trim();
    if !(6..=7).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let kb = format!("KB{digits}");
    let article = hardening().programmes.iter().find(|p| p.articles.contains(&kb));
    let rows: Vec<_> = updates().of(&kb).collect();
    if rows.is_empty() {
        return article.map(|p| Explanation { title: format!("{kb}: {}", p.name), ..of(p) });
    }
    let mut sources = Vec::new();
    let mut releases = Vec::new();
    for row in &rows {
        let revision = row.revision.map(|r| format!(", build {}.{r}", row.os)).unwrap_or_default();
        let kind = match row.kind {
            Kind::Cumulative => "cumulative: it contains what came before it for that release",
            Kind::SecurityOnly => "security-only: it contains its own month only",
            Kind::Hotpatch => "a hotpatch on top of the last baseline",
        };
        let doubt = if row.seen { "" } else { " (inferred, not verified)" };
        let day = row.released.map_or_else(|| "on a day not known".to_owned(), |d| d.to_string());
        releases.push(point(format!("{}: released {day}{revision}; {kind}{doubt}", release(row.os))));
        sources.push(row.source.to_owned());
    }
    let mut carries: Vec<Item> = Vec::new();
    for (programme, phase) in hardening().carried_by(&kb) {
        carries.push(point(format!(
            "{} ({}), {} of {}: {}; it acts on {}",
            programme.id,
            programme.name,
            phase.name,
            phase.date,
            phase.change,
            acts_on(programme.acts_on)
        )));
        sources.push(phase.source.clone());
    }
    let mut faults: Vec<Item> = Vec::new();
    for issue in hardening().issues_of(&kb) {
        let bearing = match issue.relevance {
            Relevance::Direct => "; it bears directly on live migrations",
            Relevance::Indirect => "; it bears indirectly on live migrations",
            Relevance::Low => "; it hardly bears on live migrations",
            Relevance::Unknown => "",
        };
        faults.push(point(format!(
            "{} ({}), on {}; mended by {}{bearing}",
            issue.what,
            issue.date,
            acts_on(issue.acts_on),
            named(&issue.fixed)
        )));
        sources.push(issue.source.clone());
    }
    for regression in &hardening().regressions {
        if regression.broken.iter().any(|c| c.kb == kb) {
            faults.push(point(format!(
                "{}, on domain controllers, with the release of {} ({}); mended by {}",
                regression.what,
                regression.date,
                regression.programme,
                named(&regression.fixed)
            )));
            sources.push(regression.source.clone());
        }
        if regression.fixed.iter().any(|c| c.kb == kb) {
            faults.push(point(format!("It mends what the release of {} broke: {}", regression.date, regression.what)));
            sources.push(regression.source.clone());
        }
    }
    let none = |items: Vec<Item>, words: &str| if items.is_empty() { vec![text(words)] } else { items };
    let title = article.map_or_else(|| kb.clone(), |p| format!("{kb}: {}", p.name));
    Some(page(
        title,
        vec![
            part("Releases", releases),
            part("Hardening that it is the first to carry", none(carries, "None that is known.")),
            part("Known faults and mends", none(faults, "None that is known.")),
        ],
        sources,
    ))
}

/// `CVE-2022-37967` or an advisory.
pub(super) fn of_cve(topic: &str) -> Option<Explanation> {
    let programme = hardening().programmes.iter().find(|p| p.cves.iter().any(|c| c.eq_ignore_ascii_case(topic)))?;
    Some(Explanation { title: format!("{}: {}", topic.to_uppercase(), programme.name), ..of(programme) })
}

pub(super) fn of_programme(topic: &str) -> Option<Explanation> {
    hardening().programmes.iter().find(|p| p.id.eq_ignore_ascii_case(topic)).map(of)
}

fn of(programme: &Programme) -> Explanation {
    let mut sources = vec![programme.source.clone()];
    let doubt = |c: Confidence| if c.verified() { "" } else { " (hearsay: not used as evidence)" };
    let phases = programme.phases.iter().map(|f| {
        let by = if f.carried_by.is_empty() {
            String::new()
        } else {
            format!("; first carried by {}", named(&f.carried_by))
        };
        sources.push(f.source.clone());
        point(format!("{} {}: {}{by}{}", f.date, f.name, f.change, doubt(f.confidence)))
    });
    let phases: Vec<Item> = phases.collect();
    let registry = programme.registry.iter().map(|r| {
        let values: Vec<String> = r.values.iter().map(|(v, words)| format!("{v} = {words}")).collect();
        sources.push(r.source.clone());
        point(format!("{}\\{}: {}{}", r.path, r.value, values.join("; "), doubt(r.confidence)))
    });
    let registry: Vec<Item> = registry.collect();
    let events = programme.events.iter().map(|e| {
        let kind = if e.refuses { "a refusal" } else { "informs or audits" };
        sources.push(e.source.clone());
        point(format!(
            "{} {}: {} ({kind}){}",
            e.provider.first().map_or("", String::as_str),
            e.id,
            e.what,
            doubt(e.confidence)
        ))
    });
    let events: Vec<Item> = events.collect();
    let links = programme
        .url
        .iter()
        .map(|url| Item::Link(Reference { url: url.clone(), says: "Microsoft's article".to_owned() }));
    page(
        format!("{}: {}", programme.id, programme.name),
        vec![
            part(
                "",
                vec![
                    text(format!("A hardening programme of Windows that acts on {}.", acts_on(programme.acts_on))),
                    text(format!("CVE: {}. Articles: {}.", list(&programme.cves), list(&programme.articles))),
                ],
            ),
            part("Phases", phases),
            part("Registry", registry),
            part("Events", events),
            part("References", links.collect()),
        ],
        sources,
    )
}

/// A policy by its id, or a user right by its constant.
pub(super) fn of_policy(topic: &str) -> Option<Explanation> {
    let own = |t: &str| t.eq_ignore_ascii_case(topic);
    let policy = policies().iter().find(|p| own(&p.id) || own(&p.name) || p.right.as_deref().is_some_and(own))?;
    let doubt = if policy.confidence.verified() { "" } else { " This is hearsay, and not used as evidence." };
    Some(page(
        format!("{}: {}", policy.id, policy.name),
        vec![
            part("", vec![text(format!("What it does to migrations: {}.{doubt}", policy.effect))]),
            part("Where a security policy export shows it", policy.keys.iter().map(|k| point(k.as_str())).collect()),
            part("Causes it can bring about", cause_points(&policy.causes)),
        ],
        vec![policy.source.clone()],
    ))
}

fn acts_on(what: ActsOn) -> &'static str {
    match what {
        ActsOn::DomainControllers => "domain controllers",
        ActsOn::Hosts => "the hosts",
        ActsOn::Both => "hosts and domain controllers",
    }
}

/// `KB5073457 (Server 2022), KB5073379 (Server 2025)`
fn named(carriers: &[Carrier]) -> String {
    if carriers.is_empty() {
        return "an update that is not known".to_owned();
    }
    let one = |c: &Carrier| {
        let kind = if c.security_only { ", security-only" } else { "" };
        let revision = c.revision.map(|r| format!(", build {}.{r}", c.build)).unwrap_or_default();
        format!("{} ({}{revision}{kind})", c.kb, release(c.build))
    };
    carriers.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn release(build: u32) -> String {
    knowledge().product_of(build).map_or_else(|| format!("build {build}"), |name| format!("Windows Server {name}"))
}

fn list(items: &[String]) -> String {
    if items.is_empty() { "none named".to_owned() } else { items.join(", ") }
}
