//! The file service is missing from the list: moves that also move storage are refused at the share.

use super::refusal;
use super::unconstrained_delegation::source_repair;
use super::{Claim, Context, Note, Rule, Ruling};
use crate::attempts::Attempt;
use crate::delegation::{Answer, WINRM_BUILD};
use crate::hosts::HostId;
use crate::knowledge::Meaning;
use crate::pairs::host_name;
use crate::repair::{self, SourceRepair};
use crate::signals::Signal;
use delegap_model::{AuthenticationType, Code, Confidence, Initiator, Severity, Spn, same_name, short_name};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const RULE: Rule = Rule { id: "kcd-cifs-missing", judge: cifs_missing };

/// E_ACCESSDENIED
const ACCESS_DENIED: Code = Code(0x8007_0005);

/// Access denied on a share after the connection stood, and no cifs entry for the share's host.
fn cifs_missing(context: &Context<'_>) -> Ruling {
    let estate = context.estate;
    let mut ruling = Ruling { examined: context.moves(), ..Ruling::default() };
    let mut repairs: BTreeMap<HostId, Vec<repair::DestinationGap>> = BTreeMap::new();
    for (index, attempt) in context.failed() {
        let (Some(signal), Some(source)) = (denied(context, attempt), attempt.source) else { continue };
        let path = signal.path.as_deref().unwrap_or_default();
        let server = path.trim_start_matches('\\').split('\\').next().unwrap_or_default();
        let file_server = estate.hosts.find(server, estate.of(source).domain.as_deref());
        let state = estate.source_state(source);
        if state.authentication == Some(AuthenticationType::CredSsp) || reaches(context, source, server, file_server) {
            continue;
        }
        let Some(list) = state.list.told_items() else {
            ruling.missing.push(format!("delegation list of {}", estate.name(source)));
            continue;
        };
        let mut claim = Claim::new(context, index, Confidence::Likely);
        claim.facts = context.pair(attempt).map(|p| p.evidence(estate)).unwrap_or_default();
        claim.caveats.push("A missing permission on the share or in the file system gives the same code.".to_owned());
        if state.authentication != Some(AuthenticationType::Kerberos) {
            claim.cap(Confidence::Possible, "The authentication type of the source is not known.");
        }
        if attempt.initiator == Some(Initiator::Cluster) {
            claim.cap(
                Confidence::Possible,
                "The cluster service started the move; it reaches storage under its own identity.",
            );
        }
        claim.raise.push(format!(
            "Check share and NTFS permissions of the computer accounts on {}: Get-SmbShareAccess, icacls",
            repair::shown(path)
        ));
        let host = file_server
            .map_or_else(|| repair::HostName { short: server.to_owned(), fqdn: None }, |f| host_name(estate, f));
        let gap = repair::DestinationGap {
            missing: repair::missing_entries(&host, list, &[Spn::CIFS]),
            host,
            other_domain: false,
        };
        repairs.entry(source).or_default().push(gap);
        ruling.claims.push(claim);
    }
    let repairs: Vec<SourceRepair> = repairs
        .into_iter()
        .map(|(source, mut destinations)| {
            destinations.sort_by(|a, b| a.host.cmp(&b.host));
            destinations.dedup();
            SourceRepair { destinations, clear_unconstrained: false, ..source_repair(context, source) }
        })
        .collect();
    ruling.steps = repair::delegation_steps(&repairs);
    for pair in &context.pairs.list {
        let lacks = pair.missing_entries.as_ref().is_some_and(|m| m.iter().any(|e| e.has_class(Spn::CIFS)));
        if !lacks || !matches!(pair.now, Answer::Allowed { by_resource: false }) {
            continue;
        }
        let evidence = pair.evidence(estate);
        if !evidence.is_empty() {
            let (a, b) = (estate.name(pair.source), estate.name(pair.destination));
            ruling.notes.push(Note {
                severity: Severity::Info,
                confidence: Confidence::Likely,
                pairs: vec![(pair.source, pair.destination)],
                hosts: vec![pair.source],
                evidence,
                says: format!("The list of {a} names the migration service of {b} without its cifs service: moves with their storage would be refused."),
            });
        }
    }
    let unknown: BTreeSet<String> =
        context.pairs.list.iter().filter(|p| p.missing_entries.is_none()).map(|p| estate.name(p.source)).collect();
    ruling.missing.extend(unknown.into_iter().map(|host| format!("delegation list of {host}")));
    ruling.missing.sort();
    ruling.missing.dedup();
    ruling.examined += context.pairs.list.iter().filter(|p| p.missing_entries.is_some()).count() as u64;
    ruling
}

/// Access denied for an object on a share after the hosts had connected, in a move that acts for a user from elsewhere.
fn denied<'a>(context: &Context<'a>, attempt: &'a Attempt) -> Option<&'a Signal> {
    let connecting = [Meaning::ConnectFailed, Meaning::Denied, Meaning::AuthenticationFailedAtDestination];
    let own_sign_in = attempt.initiator == Some(Initiator::Local);
    if own_sign_in || refusal::of(context, attempt).is_some_and(|r| r.at_connect()) {
        return None;
    }
    // What the destination itself could not reach was asked for under its own identity.
    let hosts = &context.estate.hosts;
    let by_destination = |s: &Signal| {
        let computer = s.event.field("Computer").and_then(|name| hosts.find(name, None)).unwrap_or(s.host);
        attempt.destination == Some(computer) && attempt.source != Some(computer)
    };
    let on_share = |s: &&Signal| {
        s.codes.contains(&ACCESS_DENIED) && s.path.is_some() && !s.means_any(&connecting) && !by_destination(s)
    };
    attempt.signals(context.estate).find(on_share)
}

/// True if delegation lets the source act toward the file service of a server.
fn reaches(context: &Context<'_>, source: HostId, server: &str, file_server: Option<HostId>) -> bool {
    let state = context.estate.source_state(source);
    let by_resource = file_server.and_then(|f| context.pairs.get(source, f)).map(|p| &p.now);
    let by_resource = matches!(by_resource, Some(Answer::Allowed { by_resource: true }));
    let serves = |e: &Spn| e.has_class(Spn::CIFS) && same_name(short_name(e.host()), short_name(server));
    let listed = state.list.shown().iter().any(serves);
    let forwardable = state.trusted_to_auth.known() == Some(&true) || state.build.is_some_and(|b| b < WINRM_BUILD);
    (listed && forwardable) || by_resource
}

/// True if a share refused a move, and what was sent neither shows nor rules out that delegation to its file service lacks.
pub(super) fn is_open(context: &Context<'_>, attempt: &Attempt) -> bool {
    let (Some(_), Some(source)) = (denied(context, attempt), attempt.source) else { return false };
    let state = context.estate.source_state(source);
    let undecided = state.authentication.is_none() || state.list.told_items().is_none();
    undecided
        && state.authentication != Some(AuthenticationType::CredSsp)
        && attempt.initiator != Some(Initiator::Cluster)
}
