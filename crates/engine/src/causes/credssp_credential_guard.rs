//! Credential Guard on the source blocks CredSSP.

use super::refusal;
use super::settings::{by_kerberos, type_evidence, type_of, types_missing};
use super::{Claim, Context, Exclusion, Note, Rule, Ruling};
use crate::estate::CREDENTIAL_GUARD_BUILD;
use crate::hosts::HostId;
use crate::knowledge::Meaning;
use delegap_model::{AuthenticationType, Confidence, Evidence, Initiator, Time};
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule { id: "credssp-credential-guard", judge };

/// What is known of Credential Guard on a host at a moment.
pub(super) enum Guard {
    /// It ran.
    Runs(Evidence),
    /// It did not run.
    Absent(Evidence),
    /// On by default in that version, and nothing shows whether it ran.
    ByDefault(Evidence),
    /// Nothing speaks for it.
    Unknown,
}

fn judge(context: &Context<'_>) -> Ruling {
    let estate = context.estate;
    let mut ruling = Ruling { examined: context.moves(), ..Ruling::default() };
    types_missing(context, &mut ruling);
    let mut claimed = BTreeSet::new();
    for (index, attempt) in context.failed() {
        let Some(source) = attempt.source else { continue };
        let refused = refusal::of(context, attempt).is_some_and(|r| r.at_connect());
        if type_of(context, attempt.source) != Some(AuthenticationType::CredSsp) {
            ruling.excluded.extend(by_kerberos(context, index, attempt).filter(|_| refused));
            continue;
        }
        let policy = attempt.means(&[Meaning::CredsspNotDelegated]);
        let unnamed = if refused { None } else { refusal::unnamed(context, index, attempt) };
        if policy || !(refused || unnamed.is_some()) {
            continue;
        }
        let elsewhere = attempt.initiator == Some(Initiator::Remote);
        let (sure, evidence) = match guard(context, source, attempt.started) {
            Guard::Runs(evidence) => (if elsewhere { Confidence::Likely } else { Confidence::Confirmed }, evidence),
            Guard::ByDefault(evidence) => {
                let at_console = attempt.initiator == Some(Initiator::Local);
                (if at_console { Confidence::Likely } else { Confidence::Possible }, evidence)
            }
            Guard::Absent(evidence) => {
                let why = format!("Credential Guard does not run on {}.", estate.name(source));
                ruling.excluded.push(Exclusion { attempt: index, why, evidence: vec![evidence] });
                continue;
            }
            Guard::Unknown => continue,
        };
        let mut claim = unnamed.unwrap_or_else(|| Claim::new(context, index, sure));
        claim.facts = type_evidence(context, attempt.source);
        claim.facts.push(evidence);
        let own = estate.name(source);
        let configured = context.policy_facts(attempt, RULE.id);
        claim.facts.extend(configured.into_iter().filter(|e| e.host.as_deref() == Some(&own)));
        if elsewhere {
            claim.caveats.push(
                "The move was started from another computer, which CredSSP does not allow either (rival: credssp-remote-initiation).".to_owned(),
            );
        }
        if sure < Confidence::Confirmed {
            claim.raise.push(
                "Show whether Credential Guard runs: Get-CimInstance -Namespace root/Microsoft/Windows/DeviceGuard Win32_DeviceGuard | Format-List *; and try \
                 one move that is started on the source's own console"
                    .to_owned(),
            );
        }
        claimed.insert(source);
        ruling.claims.push(claim);
    }
    notes(context, &claimed, &mut ruling);
    ruling
}

/// CredSSP on a host where Credential Guard runs: no move out of it can work.
fn notes(context: &Context<'_>, claimed: &BTreeSet<HostId>, ruling: &mut Ruling) {
    for host in context.estate.hyper_v_hosts() {
        if claimed.contains(&host) || type_of(context, Some(host)) != Some(AuthenticationType::CredSsp) {
            continue;
        }
        if let Guard::Runs(evidence) = guard(context, host, Time::MAX_UTC) {
            let mut all = type_evidence(context, Some(host));
            all.push(evidence);
            ruling.notes.push(Note::out_of(
                context,
                host,
                all,
                format!(
                    "{} uses CredSSP and Credential Guard runs there: moves out of it fail.",
                    context.estate.name(host)
                ),
            ));
        }
    }
}

/// Credential Guard on `host` at `time`: by its own start events, by dumps, or by the version's default.
pub(super) fn guard(context: &Context<'_>, host: HostId, time: Time) -> Guard {
    let estate = context.estate;
    let about = [Meaning::CredentialGuardStarted, Meaning::CredentialGuardAbsent];
    if let Some(last) = super::last_of(context, host, &about, time, |_| true) {
        let shown = context.shown(last);
        return if last.means(Meaning::CredentialGuardStarted) { Guard::Runs(shown) } else { Guard::Absent(shown) };
    }
    let facts = estate.of(host);
    if let Some(fact) = &facts.credential_guard {
        let says = if fact.value { "Credential Guard runs" } else { "Credential Guard does not run" };
        let shown = Evidence::stated(fact.at.clone(), Some(estate.name(host)), says);
        return if fact.value { Guard::Runs(shown) } else { Guard::Absent(shown) };
    }
    match estate.build_at(host, time) {
        Some(build) if build.value >= CREDENTIAL_GUARD_BUILD && !facts.domain_controller => {
            let says = format!(
                "build {}: Credential Guard is on by default from {CREDENTIAL_GUARD_BUILD} (Server 2025) on",
                build.value
            );
            Guard::ByDefault(Evidence::stated(build.at.clone(), Some(estate.name(host)), says))
        }
        _ => Guard::Unknown,
    }
}
