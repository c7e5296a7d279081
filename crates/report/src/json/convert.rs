//! From the model to format 1, struct by struct.

use super::v1;
use super::values::{known, known_of, time};
use crate::words;
use delegap_model as model;

impl<'a> From<&'a model::Diagnosis> for v1::Report<'a> {
    fn from(d: &'a model::Diagnosis) -> Self {
        v1::Report {
            format: 1,
            schema: "report-v1.json",
            tool: v1::Tool { name: "delegap", version: env!("CARGO_PKG_VERSION") },
            knowledge_as_of: d.knowledge_as_of,
            verdict: v1::Verdict {
                status: d.verdict.status.into(),
                primary_cause: d.verdict.primary_cause,
                class: d.verdict.class.map(Into::into),
                is_delegation: d.verdict.is_delegation,
                confidence: d.verdict.confidence.map(Into::into),
                headline: &d.verdict.headline,
            },
            ask: &d.ask,
            escalation: &d.escalation,
            reported_stall: d.reported_stall.as_ref().map(Into::into),
            counterfactual: d.counterfactual.as_ref().map(Into::into),
            directory: v1::Directory {
                exported: d.directory_exported.map(time),
                domain_controller: known_of(&d.directory_domain_controller),
            },
            findings: all(&d.findings),
            attempts: all(&d.attempts),
            pairs: all(&d.pairs),
            hosts: all(&d.hosts),
            onset: d.onset.as_ref().map(Into::into),
            timeline: all(&d.timeline),
            checks: all(&d.checks),
            inputs: all(&d.inputs),
        }
    }
}

fn all<'a, M, V: From<&'a M>>(items: &'a [M]) -> Vec<V> {
    items.iter().map(V::from).collect()
}

impl<'a> From<&'a model::Finding> for v1::Finding<'a> {
    fn from(f: &'a model::Finding) -> Self {
        v1::Finding {
            id: &f.id,
            cause: f.cause,
            class: f.class.into(),
            severity: f.severity.into(),
            confidence: f.confidence.into(),
            title: &f.title,
            summary: &f.summary,
            impact: &f.impact,
            hosts: &f.hosts,
            pairs: all(&f.pairs),
            users: &f.users,
            attempts: &f.attempts,
            only_likely: &f.only_likely,
            evidence: all(&f.evidence),
            against: all(&f.against),
            ruled_out: all(&f.ruled_out),
            caveats: &f.caveats,
            raise_confidence: &f.raise_confidence,
            workaround: &f.workaround,
            remediation: f.remediation.iter().enumerate().map(|(i, s)| step(i + 1, s)).collect(),
            references: f.references.iter().map(|r| v1::Reference { url: &r.url, says: &r.says }).collect(),
        }
    }
}

impl<'a> From<&'a model::HostPair> for v1::HostPair<'a> {
    fn from(p: &'a model::HostPair) -> Self {
        v1::HostPair { source: &p.source, destination: &p.destination }
    }
}

impl<'a> From<&'a model::RuledOut> for v1::RuledOut<'a> {
    fn from(r: &'a model::RuledOut) -> Self {
        v1::RuledOut { cause: r.cause, title: &r.title, why: &r.why, attempts: &r.attempts, evidence: all(&r.evidence) }
    }
}

impl<'a> From<&'a model::ReportedStall> for v1::ReportedStall<'a> {
    fn from(s: &'a model::ReportedStall) -> Self {
        v1::ReportedStall {
            from: s.from,
            to: s.to,
            agreement: s.agreement.into(),
            says: &s.says,
            evidence: all(&s.evidence),
        }
    }
}

impl<'a> From<&'a model::Counterfactual> for v1::Counterfactual<'a> {
    fn from(c: &'a model::Counterfactual) -> Self {
        v1::Counterfactual {
            changes: all(&c.changes),
            allowed: &c.allowed,
            failed: c.failed,
            smallest: all(&c.smallest),
            notes: &c.notes,
        }
    }
}

impl<'a> From<&'a model::ValueChange> for v1::ValueChange<'a> {
    fn from(c: &'a model::ValueChange) -> Self {
        v1::ValueChange { object: &c.object, attribute: c.attribute, value: &c.value }
    }
}

fn step(number: usize, s: &model::Step) -> v1::Step<'_> {
    v1::Step {
        step: number,
        text: &s.text,
        command: known_of(&s.command),
        shell: s.shell.map(Into::into),
        console: known_of(&s.console),
        runs_on: &s.runs_on,
        requires: known(&s.requires),
        effect: s.effect.into(),
        undo: known_of(&s.undo),
        wait: known_of(&s.wait),
        verify: known_of(&s.verify),
    }
}

impl<'a> From<&'a model::Evidence> for v1::Evidence<'a> {
    fn from(e: &'a model::Evidence) -> Self {
        v1::Evidence {
            file: &e.at.file,
            at: place(&e.at),
            time: e.time.map(time),
            host: e.host.as_deref(),
            side: e.side.map(Into::into),
            says: &e.says,
        }
    }
}

impl<'a> From<&'a model::Attempt> for v1::Attempt<'a> {
    fn from(a: &'a model::Attempt) -> Self {
        v1::Attempt {
            id: &a.id,
            vm: v1::Vm { name: known_of(&a.vm_name), id: a.vm_id.map(|id| id.to_string()) },
            source: known_of(&a.source),
            destination: known_of(&a.destination),
            started: a.started.map(time),
            ended: a.ended.map(time),
            outcome: a.outcome.into(),
            stopped_in: a.stopped_in.map(Into::into),
            progress_band: a.stopped_in.map(model::Phase::progress_band),
            initiator: a.initiator.map(Into::into),
            user: known_of(&a.user),
            codes: a.codes.iter().map(ToString::to_string).collect(),
            failed_side: a.failed_side.map(Into::into),
            signals: all(&a.signals),
            explained_by: &a.explained_by,
            open_causes: &a.open_causes,
        }
    }
}

impl<'a> From<&'a model::Signal> for v1::Signal<'a> {
    fn from(s: &'a model::Signal) -> Self {
        v1::Signal { evidence: (&s.evidence).into(), provider: &s.provider, event_id: s.event_id, meaning: s.meaning }
    }
}

impl<'a> From<&'a model::Pair> for v1::Pair<'a> {
    fn from(p: &'a model::Pair) -> Self {
        v1::Pair {
            source: &p.source,
            destination: &p.destination,
            delegation: v1::PairDelegation {
                verdict: p.verdict.into(),
                gap: p.gap,
                reasons: &p.reasons,
                evidence: all(&p.evidence),
            },
            required: p.required,
            attempts: v1::PairAttempts {
                failed: p.failed,
                completed: p.completed,
                last_failed: p.last_failed.map(time),
                last_completed: p.last_completed.map(time),
            },
        }
    }
}

impl<'a> From<&'a model::HostSummary> for v1::Host<'a> {
    fn from(h: &'a model::HostSummary) -> Self {
        v1::Host {
            name: &h.name,
            fqdn: known_of(&h.fqdn),
            os: known_of(&h.os),
            build: h.build,
            roles: &h.roles,
            cluster: known_of(&h.cluster),
            domain: known_of(&h.domain),
            authentication_type: h.authentication_type.map(Into::into),
            credential_guard: h.credential_guard,
            delegation: v1::HostDelegation {
                kind: h.delegation.into(),
                services: h.services.as_ref().map(|list| list.iter().map(model::Spn::as_str).collect()),
            },
            updates: v1::Updates { known: h.updates_known, latest: known_of(&h.latest_update) },
            clock_offset_s: h.clock_offset_s,
        }
    }
}

impl<'a> From<&'a model::Onset> for v1::Onset<'a> {
    fn from(o: &'a model::Onset) -> Self {
        v1::Onset {
            first_failure: time(o.first_failure),
            last_success_before: o.last_success_before.map(time),
            left_censored: o.left_censored,
            change_points: all(&o.change_points),
            weeks: all(&o.weeks),
            candidates: all(&o.candidates),
            missing: &o.missing,
        }
    }
}

impl<'a> From<&'a model::ChangePoint> for v1::ChangePoint<'a> {
    fn from(c: &'a model::ChangePoint) -> Self {
        v1::ChangePoint { after: c.after.map(time), until: time(c.until), pairs: all(&c.pairs) }
    }
}

impl From<&model::Week> for v1::Week {
    fn from(w: &model::Week) -> Self {
        v1::Week { starts: time(w.starts), completed: w.completed, failed: w.failed }
    }
}

impl<'a> From<&'a model::OnsetCandidate> for v1::Candidate<'a> {
    fn from(c: &'a model::OnsetCandidate) -> Self {
        v1::Candidate {
            time: time(c.time),
            what: c.what.into(),
            id: &c.id,
            host: known(&c.host),
            mechanism: known_of(&c.mechanism),
            weight: c.weight.into(),
            programme: known_of(&c.programme),
            note: known_of(&c.note),
            evidence: all(&c.evidence),
        }
    }
}

impl<'a> From<&'a model::TimelineEntry> for v1::TimelineEntry<'a> {
    fn from(t: &'a model::TimelineEntry) -> Self {
        v1::TimelineEntry {
            time: time(t.time),
            host: known(&t.host),
            kind: t.kind,
            text: &t.text,
            place: v1::Place { file: &t.at.file, at: place(&t.at) },
        }
    }
}

impl<'a> From<&'a model::Check> for v1::Check<'a> {
    fn from(c: &'a model::Check) -> Self {
        v1::Check {
            cause: c.cause,
            outcome: c.outcome.into(),
            examined: c.examined,
            missing: &c.missing,
            collect: known_of(&c.collect),
        }
    }
}

impl<'a> From<&'a model::InputSummary> for v1::Input<'a> {
    fn from(i: &'a model::InputSummary) -> Self {
        let span = i.span();
        v1::Input {
            path: &i.path,
            kind: i.kind.as_str(),
            sha256: known_of(&i.sha256),
            records: i.records,
            selected: i.selected,
            recovered: i.recovered.map(|r| v1::Recovered { records: r.records, unreadable: r.unreadable }),
            first: span.map(|(first, _)| time(first)),
            last: span.map(|(_, last)| time(last)),
            host: known_of(&i.host),
            host_source: i.host_source.map(Into::into),
            covers: all(&i.covers),
            problems: i.problems.iter().map(|p| problem(&i.path, p)).collect(),
        }
    }
}

impl<'a> From<&'a model::Inspection> for v1::Inspection<'a> {
    fn from(i: &'a model::Inspection) -> Self {
        v1::Inspection {
            format: 1,
            schema: "inspection-v1.json",
            tool: v1::Tool { name: "delegap", version: env!("CARGO_PKG_VERSION") },
            inputs: all(&i.inputs),
        }
    }
}

impl<'a> From<&'a model::InspectedInput> for v1::InspectedInput<'a> {
    fn from(i: &'a model::InspectedInput) -> Self {
        v1::InspectedInput {
            input: (&i.summary).into(),
            taken_for: words::kind(i.summary.kind),
            because: words::recognised_by(i.summary.kind),
            answers: all(&i.answers),
        }
    }
}

impl<'a> From<&'a model::Answer> for v1::Answer<'a> {
    fn from(a: &'a model::Answer) -> Self {
        let not_told = |(why, count): &'a (String, u64)| v1::NotTold { why, count: *count };
        v1::Answer { fact: a.fact, about: a.about, told: a.told, not_told: a.not_told.iter().map(not_told).collect() }
    }
}

impl<'a> From<&'a model::Cover> for v1::Cover<'a> {
    fn from(c: &'a model::Cover) -> Self {
        v1::Cover { host: known(&c.host), channel: known(&c.channel), from: time(c.from), to: time(c.to) }
    }
}

/// The place inside its file; the file as a whole has none.
fn place(at: &model::SourceRef) -> Option<String> {
    (!at.place.is_empty()).then(|| at.place.to_string())
}

/// The place of a problem is given inside `path`, the input; a place in another file keeps that file's name.
fn problem<'a>(path: &str, p: &'a model::Problem) -> v1::Problem<'a> {
    let inside = &*p.at.file == path;
    let at = if inside { p.at.place.to_string() } else { p.at.to_string() };
    v1::Problem { at: (!at.is_empty()).then_some(at), what: &p.what, lost: known(&p.lost) }
}
