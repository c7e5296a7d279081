//! What may have begun the failures: updates, upgrades, directory and policy changes, boots. A coincidence of dates is
//! weak; strong needs the mechanism: the programme's own event, or the fact of the directory that a finding rests on.

use super::Interval;
use super::directory::changes;
use crate::causes::Context;
use crate::estate::{Estate, SeenBuild};
use crate::hosts::HostId;
use crate::knowledge::Meaning;
use crate::knowledge::hardening::{ActsOn, Programme, hardening};
use crate::knowledge::updates::updates;
use crate::signals::Signal;
use chrono::Duration;
use delegap_model::{
    Confidence, Evidence, Finding, InstalledUpdate, OnsetCandidate, OnsetKind, Severity, Time, Weight, When,
};
use std::collections::{BTreeMap, BTreeSet};

/// Said of an update on a host whose programme acts elsewhere.
const ON_CONTROLLERS: &str = "acts on domain controllers: on a host it proves nothing";
/// How long after the first failure a programme's own refusal still shows that it was at work then.
const AFTER: Duration = Duration::days(1);
/// Versions from which on remote moves need protocol transition, and from which on Credential Guard is on.
const TURNING_BUILDS: [(u32, &str, &str); 2] = [
    (
        14393,
        "kcd-kerberos-only",
        "from Server 2016 on a remotely started move needs \"Use any authentication protocol\"",
    ),
    (26100, "credssp-credential-guard", "from Server 2025 on Credential Guard is on by default and blocks CredSSP"),
];

/// All candidates in order of time, and what is missing to tell them apart.
pub(super) fn all(
    context: &Context<'_>,
    findings: &[Finding],
    interval: &Interval,
) -> (Vec<OnsetCandidate>, Vec<String>) {
    let estate = context.estate;
    let mut candidates = Vec::new();
    let mut missing = Vec::new();
    let controllers: BTreeSet<HostId> = estate.controllers().into_iter().collect();
    for host in interval.hosts.union(&controllers) {
        updates_of(context, *host, interval, controllers.contains(host), &mut candidates);
        upgrades(context, *host, findings, interval, &mut candidates);
        boots(estate, *host, interval, &mut candidates);
    }
    changes(context, findings, interval, &mut candidates);
    policies(context, interval, &mut candidates);
    controllers_missing(estate, interval, &controllers, &candidates, &mut missing);
    candidates.sort_by(|a: &OnsetCandidate, b| {
        (a.time, &a.host, a.what, &a.id, &a.programme).cmp(&(b.time, &b.host, b.what, &b.id, &b.programme))
    });
    candidates.dedup_by(|a, b| {
        (a.time, &a.host, a.what, &a.id, &a.programme) == (b.time, &b.host, b.what, &b.id, &b.programme)
    });
    (candidates, missing)
}

pub(super) fn candidate(time: Time, what: OnsetKind, id: impl Into<String>, host: String) -> OnsetCandidate {
    OnsetCandidate {
        time,
        what,
        id: id.into(),
        host,
        mechanism: None,
        weight: Weight::Weak,
        programme: None,
        note: None,
        evidence: Vec::new(),
    }
}

/// Updates in the interval, one candidate for every programme or fault they carry. An update that no boot followed before
/// the failure was not in force.
fn updates_of(
    context: &Context<'_>,
    host: HostId,
    interval: &Interval,
    controller: bool,
    out: &mut Vec<OnsetCandidate>,
) {
    let estate = context.estate;
    let mut seen: BTreeMap<&str, (Time, &InstalledUpdate)> = BTreeMap::new();
    for update in &estate.of(host).updates {
        if let Some(time) = within(update.when, interval.from, interval.to) {
            let known = seen.entry(update.kb.as_str()).or_insert((time, update));
            if time > known.0 {
                *known = (time, update);
            }
        }
    }
    let listed = seen.into_iter().filter_map(|(kb, (time, update))| {
        let boot = in_force(estate, host, time, update.when, interval.to)?;
        let shown = Evidence::stated(update.at.clone(), Some(estate.name(host)), format!("{kb} was installed"));
        Some((kb, time, boot, shown))
    });
    let all: Vec<(&str, Time, Boot, Evidence)> = listed.chain(implied(estate, host, interval)).collect();
    for (kb, time, boot, shown) in all {
        let base = |programme: Option<String>, note: Option<String>| OnsetCandidate {
            programme,
            note,
            evidence: vec![shown.clone()],
            ..candidate(time, OnsetKind::Update, kb, estate.name(host))
        };
        let mut carried = Vec::new();
        let earlier = |u: &&InstalledUpdate| u.kb != kb && u.when.window().is_some_and(|(_, latest)| latest <= time);
        let before: Vec<&str> = estate.of(host).updates.iter().filter(earlier).map(|u| u.kb.as_str()).collect();
        let os = estate.build_at(host, time).map_or(0, |b| b.value);
        let not_here = |acts_on| match acts_on {
            ActsOn::DomainControllers if !controller => Some(ON_CONTROLLERS.to_owned()),
            ActsOn::Hosts if controller => Some("acts on the hosts, not on domain controllers".to_owned()),
            _ => None,
        };
        for (programme, phase) in hardening().gained(os, kb, &before) {
            let words = format!("{} {}: {}", programme.id, phase.name, phase.change);
            let note = not_here(programme.acts_on);
            let applies = note.is_none();
            let mut found = base(Some(words), note);
            if applies && let Some(signal) = own_event(context, programme, host, time, interval) {
                found.weight = Weight::Strong;
                found.mechanism = Some(signal.words().to_string());
                found.evidence.push(context.shown(signal));
            }
            carried.push(found);
        }
        for issue in hardening().issues_of(kb) {
            carried.push(base(Some(format!("known fault: {}", issue.what)), not_here(issue.acts_on)));
        }
        for regression in hardening().regressions.iter().filter(|r| r.confidence.verified()) {
            if regression.broken.iter().any(|c| c.kb == kb) {
                carried
                    .push(base(Some(format!("known fault: {}", regression.what)), not_here(ActsOn::DomainControllers)));
            }
        }
        if carried.is_empty() {
            carried.push(base(None, None));
        }
        if let Boot::NotCovered = boot {
            for found in &mut carried {
                let unknown = "the host's System log does not show whether a restart followed".to_owned();
                found.note = Some(found.note.take().map_or(unknown.clone(), |n| format!("{n}; {unknown}")));
            }
        }
        out.extend(carried);
    }
}

/// Cumulative updates that a start in the interval shows by its build, and that no list names.
fn implied<'a>(
    estate: &'a Estate,
    host: HostId,
    interval: &Interval,
) -> impl Iterator<Item = (&'a str, Time, Boot, Evidence)> + use<'a> {
    let facts = estate.of(host);
    let (from, to) = (interval.from, interval.to);
    facts.builds.windows(2).filter_map(move |pair| {
        let [before, now] = pair else { return None };
        let kb = |b: &SeenBuild| updates().implied_by(b.build, b.revision?)?.kb;
        let known = facts.updates.iter().any(|u| Some(u.kb.as_str()) == kb(now));
        if before.build != now.build || now.time <= from || now.time > to || known || kb(before) == kb(now) {
            return None;
        }
        let (kb, revision) = (kb(now)?, now.revision.filter(|_| before.revision.is_some())?);
        let says = format!("started as build {}.{revision}, which has {kb}", now.build);
        let shown =
            Evidence { time: Some(now.time), ..Evidence::stated(now.at.clone(), Some(estate.name(host)), says) };
        Some((kb, now.time, Boot::Followed, shown))
    })
}

enum Boot {
    Followed,
    NotCovered,
}

/// Whether a boot followed an update before the failure; `None` where the log shows that none did.
fn in_force(estate: &Estate, host: HostId, time: Time, when: When, failure: Time) -> Option<Boot> {
    let latest = when.window().map_or(time, |(_, latest)| latest).min(failure);
    // Where only the day is known, a boot later that day may be the one that the update asked for.
    if estate.of(host).boots.iter().any(|(t, _)| *t >= time && *t <= failure) {
        return Some(Boot::Followed);
    }
    let covered = estate.covers(host, "system", latest) && estate.reaches(host, "system", failure);
    (!covered).then_some(Boot::NotCovered)
}

/// A verified refusal of the programme itself, after the update and around the first failures, that names one of the hosts.
fn own_event<'a>(
    context: &Context<'a>,
    programme: &Programme,
    host: HostId,
    time: Time,
    interval: &Interval,
) -> Option<&'a Signal> {
    let estate = context.estate;
    let refused =
        [Meaning::PacRefused, Meaning::EtypeRefused, Meaning::MachineIdMismatch, Meaning::CredsspVersionRefused];
    let mut signals = refused.into_iter().flat_map(|m| estate.between(m, time, interval.to + AFTER));
    signals.find(|s| {
        let own = hardening().refusal(&s.event.provider, s.event.id).is_some_and(|(p, _)| p.id == programme.id);
        let names = s
            .event
            .fields
            .iter()
            .any(|f| crate::causes::hosts_in(f.value, &estate.hosts).iter().any(|h| interval.hosts.contains(h)));
        s.rule.alone && own && s.host == host && names
    })
}

/// A host that started with another build than before.
fn upgrades(
    context: &Context<'_>,
    host: HostId,
    findings: &[Finding],
    interval: &Interval,
    out: &mut Vec<OnsetCandidate>,
) {
    let estate = context.estate;
    for pair in estate.of(host).builds.windows(2) {
        let [before, after] = pair else { continue };
        if before.build == after.build || after.time <= interval.from || after.time > interval.to {
            continue;
        }
        let says = format!("started as build {}, before as build {}", after.build, before.build);
        let mut found = candidate(
            after.time,
            OnsetKind::OsUpgrade,
            format!("{} -> {}", before.build, after.build),
            estate.name(host),
        );
        found.evidence = vec![Evidence {
            time: Some(after.time),
            ..Evidence::stated(after.at.clone(), Some(estate.name(host)), says)
        }];
        for (build, cause, mechanism) in TURNING_BUILDS {
            let crossed = before.build < build && after.build >= build;
            if crossed && explains(findings, cause, &estate.name(host)) {
                found.weight = Weight::Strong;
                found.mechanism = Some(mechanism.to_owned());
            }
        }
        out.push(found);
    }
}

pub(super) fn explains(findings: &[Finding], cause: &str, host: &str) -> bool {
    findings.iter().any(|f| {
        let sure = f.severity == Severity::Error && f.confidence >= Confidence::Likely;
        sure && f.cause == cause && f.pairs.iter().any(|p| p.source == host)
    })
}

fn boots(estate: &Estate, host: HostId, interval: &Interval, out: &mut Vec<OnsetCandidate>) {
    for (time, at) in estate.of(host).boots.iter().filter(|(t, _)| *t > interval.from && *t <= interval.to) {
        let mut found = candidate(*time, OnsetKind::Reboot, "restart", estate.name(host));
        found.evidence = vec![Evidence {
            time: Some(*time),
            ..Evidence::stated(at.clone(), Some(estate.name(host)), "the host started")
        }];
        out.push(found);
    }
}

/// Rights and policy objects that changed on the hosts or for the domain.
fn policies(context: &Context<'_>, interval: &Interval, out: &mut Vec<OnsetCandidate>) {
    let estate = context.estate;
    for meaning in [Meaning::PolicyChanged, Meaning::PolicyApplied] {
        for signal in estate.between(meaning, interval.from, interval.to) {
            let concerned = interval.hosts.contains(&signal.host) || estate.of(signal.host).domain_controller;
            if !concerned || signal.time <= interval.from {
                continue;
            }
            let right =
                signal.event.field("PrivilegeList").or_else(|| signal.event.field("AccessGranted")).map(str::trim);
            let id = right
                .filter(|r| !r.is_empty())
                .map_or_else(|| signal.rule.says.clone(), |r| format!("{} ({r})", signal.rule.says));
            let mut found = candidate(signal.time, OnsetKind::Policy, id, estate.name(signal.host));
            found.evidence = vec![context.shown(signal)];
            out.push(found);
        }
    }
}

/// What of the domain controllers would have to be known.
fn controllers_missing(
    estate: &Estate,
    interval: &Interval,
    controllers: &BTreeSet<HostId>,
    candidates: &[OnsetCandidate],
    missing: &mut Vec<String>,
) {
    let span = format!("{} to {}", interval.from.format("%Y-%m-%d"), interval.to.format("%Y-%m-%d"));
    let touched = candidates.iter().any(|c| {
        c.what == OnsetKind::Update && c.note.as_deref().is_some_and(|n| n.contains("domain controllers: on a host"))
    });
    let unknown: Vec<String> =
        controllers.iter().filter(|c| !estate.of(**c).updates_known).map(|c| estate.name(*c)).collect();
    if controllers.is_empty() || !unknown.is_empty() {
        let of = if unknown.is_empty() { "every domain controller".to_owned() } else { unknown.join(", ") };
        let why = if touched {
            " (the hosts' own updates prove nothing of programmes that act on domain controllers)"
        } else {
            ""
        };
        missing.push(format!(
            "the update history of {of} for {span}{why}: Get-HotFix | Export-Csv dc-hotfix.csv -NoTypeInformation"
        ));
    }
    let dark: Vec<String> =
        controllers.iter().filter(|c| !estate.reaches(**c, "system", interval.to)).map(|c| estate.name(*c)).collect();
    if controllers.is_empty() || !dark.is_empty() {
        let of = if dark.is_empty() { "every domain controller".to_owned() } else { dark.join(", ") };
        missing.push(format!("the System log of {of} for {span}: wevtutil epl System DC-System.evtx"));
    }
    let boots: Vec<String> = interval
        .hosts
        .iter()
        .filter(|h| !estate.of(**h).updates.is_empty() && !estate.reaches(**h, "system", interval.to))
        .map(|h| estate.name(*h))
        .collect();
    if !boots.is_empty() {
        missing.push(format!(
            "the System log of {} for {span}, which shows the restarts after updates: wevtutil epl System System.evtx",
            boots.join(", ")
        ));
    }
}

/// A time to show if something may lie between `from` and `to`: the start of the day where only the day is known.
pub(super) fn within(when: When, from: Time, to: Time) -> Option<Time> {
    let (earliest, latest) = when.window()?;
    let shown = match when {
        When::Exact(t) => t,
        When::Local(t) => t.and_utc(),
        When::Day(d) => d.and_hms_opt(0, 0, 0)?.and_utc(),
        When::Ambiguous { day_first, month_first } => {
            let fits = |d: chrono::NaiveDate| {
                d.and_hms_opt(0, 0, 0).map(|t| t.and_utc()).filter(|t| *t <= to && *t + Duration::days(1) > from)
            };
            fits(day_first).or_else(|| fits(month_first))?
        }
        When::Unknown => return None,
    };
    (latest > from && earliest <= to).then_some(shown.min(to))
}
