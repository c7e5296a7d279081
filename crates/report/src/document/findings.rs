//! The findings, each with its proof and its repair.

use super::{Block, Tone, ends, labelled, text};
use crate::words::{self, count, list};
use delegap_model::{Diagnosis, Evidence, Finding, Severity, Step};

/// Names written out before the rest is counted.
const NAMES: usize = 12;
/// Pieces of evidence written out before the rest is counted.
const EVIDENCE: usize = 12;
/// Pieces of evidence written out per rival.
const RIVAL_EVIDENCE: usize = 2;

/// One heading per finding, in the diagnosis's order.
pub fn blocks(d: &Diagnosis) -> Vec<Block> {
    d.findings.iter().flat_map(finding).collect()
}

fn finding(f: &Finding) -> Vec<Block> {
    let tone = match f.severity {
        Severity::Error => Tone::Bad,
        Severity::Warning => Tone::Warn,
        Severity::Info => Tone::Plain,
    };
    let title = format!("{} {}: {}", f.id, words::severity(f.severity), f.title);
    let confidence = format!("{} ({})", words::confidence(f.confidence), words::confidence_meaning(f.confidence));
    let mut out = vec![
        Block::Heading { level: 2, tone, text: title },
        labelled("Cause", format!("{}, class {}", f.cause, f.class.as_str())),
        labelled("Confidence", confidence),
        labelled("Problem", f.summary.as_str()),
        labelled("Impact", f.impact.as_str()),
    ];
    if !f.resolution.is_empty() {
        out.push(labelled("In short", f.resolution.as_str()));
    }
    out.push(labelled("Explains", explains(f)));
    let pairs: Vec<String> = f.pairs.iter().map(words::pair).collect();
    for (label, names) in [("Hosts", &f.hosts), ("Directions", &pairs), ("Users", &f.users)] {
        if !names.is_empty() {
            out.push(labelled(label, list(names, NAMES)));
        }
    }
    out.extend(evidence("Evidence", &f.evidence));
    out.extend(against(f));
    out.extend(ruled_out(f));
    out.extend(bullets("What would raise the confidence", &f.raise_confidence, Block::Line));
    out.extend(bullets("Workaround until it is repaired", &f.workaround, Block::Text));
    if !f.remediation.is_empty() {
        out.push(part("Repair"));
        out.push(Block::Numbered(f.remediation.iter().map(step).collect()));
    }
    if !f.references.is_empty() {
        let link = |r: &delegap_model::Reference| vec![Block::Link { url: r.url.clone(), says: r.says.clone() }];
        out.push(part("References"));
        out.push(Block::Bullets(f.references.iter().map(link).collect()));
    }
    out
}

fn explains(f: &Finding) -> String {
    match f.attempts.len() {
        0 => "no failed attempt in these inputs".to_owned(),
        n => {
            let weaker = match f.only_likely.as_slice() {
                [] => String::new(),
                some => format!("; likely, not confirmed, for {}", list(some, NAMES)),
            };
            format!("{}: {}{weaker}", count(n, "failed attempt"), list(&f.attempts, NAMES))
        }
    }
}

fn evidence(title: &str, items: &[Evidence]) -> Vec<Block> {
    if items.is_empty() {
        return Vec::new();
    }
    let lines = items.iter().map(|e| vec![text(words::statement(e))]).collect();
    let (lines, hidden) = ends(lines, EVIDENCE, 0, "further statement");
    let mut out = vec![part(title), Block::Numbered(lines)];
    out.extend(hidden.map(Block::Text));
    out
}

fn against(f: &Finding) -> Vec<Block> {
    if f.against.is_empty() && f.caveats.is_empty() {
        return vec![labelled("What speaks against it", "nothing that was found in these inputs")];
    }
    let mut out = evidence("What speaks against it", &f.against);
    out.extend(bullets("Caveats", &f.caveats, Block::Text));
    out
}

/// Rivals that share the signs, each with what rules it out.
fn ruled_out(f: &Finding) -> Vec<Block> {
    if f.ruled_out.is_empty() {
        return Vec::new();
    }
    let item = |r: &delegap_model::RuledOut| {
        let of = if r.attempts.len() == f.attempts.len() {
            String::new()
        } else {
            format!(" (for {})", list(&r.attempts, NAMES))
        };
        let mut out = vec![text(format!("{}{of}: {}", r.cause, r.why))];
        let (shown, hidden) = ends(r.evidence.iter().collect(), RIVAL_EVIDENCE, 0, "further statement");
        out.extend(shown.into_iter().map(|e| text(words::statement(e))));
        out.extend(hidden.map(text));
        out
    };
    vec![part("Ruled out"), Block::Bullets(f.ruled_out.iter().map(item).collect())]
}

fn bullets(title: &str, items: &[String], block: impl Fn(String) -> Block) -> Vec<Block> {
    if items.is_empty() {
        return Vec::new();
    }
    vec![part(title), Block::Bullets(items.iter().map(|i| vec![block(i.clone())]).collect())]
}

fn step(s: &Step) -> Vec<Block> {
    let mut out = vec![text(s.text.as_str()), labelled("Effect", words::effect(s.effect))];
    let shell = s.shell.map(|shell| format!(", in {}", words::shell(shell))).unwrap_or_default();
    let place = if s.runs_on == "domain" {
        "any computer of the domain with the directory tools".to_owned()
    } else {
        s.runs_on.clone()
    };
    out.push(labelled("Runs on", format!("{place}{shell}")));
    if !s.requires.is_empty() {
        out.push(labelled("Needs", s.requires.as_str()));
    }
    out.extend(s.command.clone().map(|text| Block::Command { text, shell: s.shell }));
    out.extend(s.console.as_deref().map(|text| labelled("Or by console", text)));
    // Beside a command the way back is a command too.
    match &s.undo {
        Some(undo) if s.command.is_some() => {
            out.push(labelled("Undo", ""));
            out.push(Block::Command { text: undo.clone(), shell: s.shell });
        }
        Some(undo) => out.push(labelled("Undo", undo.as_str())),
        None => {}
    }
    out.extend(s.wait.as_deref().map(|text| labelled("Then wait", text)));
    out.extend(s.verify.as_deref().map(|text| labelled("Confirm", text)));
    out
}

fn part(title: &str) -> Block {
    Block::Heading { level: 3, tone: Tone::Plain, text: title.to_owned() }
}
