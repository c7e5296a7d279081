//! The hosts and the domain controller share no permitted Kerberos encryption type.

use super::support::{NEAR, hosts_in, hosts_of_field, is_party, joined, status};
use super::{Claim, Context, Note, Rule, Ruling};
use crate::attempts::Attempt;
use crate::hosts::HostId;
use crate::knowledge::Meaning;
use crate::signals::Signal;
use delegap_model::{Confidence, Evidence, Severity};
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule { id: "encryption-type-mismatch", judge };

/// KDC_ERR_ETYPE_NOSUPP
const NOT_SUPPORTED: u32 = 0xe;
/// The bits of msDS-SupportedEncryptionTypes that name a cipher ([MS-KILE] 2.2.7); the others are features.
const CIPHERS: u32 = 0x1f;

fn judge(context: &Context<'_>) -> Ruling {
    let estate = context.estate;
    let mut ruling = Ruling::default();
    let mut claimed = BTreeSet::new();
    for (index, attempt) in context.failed() {
        let coded = !context.leading(attempt, RULE.id).is_empty();
        let other = attempt.codes.iter().any(|c| context.decides(*c) && !context.leads(*c, RULE.id));
        if !coded && (other || !context.authentication_failed(attempt)) {
            continue;
        }
        let refused = refusals(context, attempt);
        let apart = apart(context, attempt);
        if !coded && refused.is_empty() {
            continue;
        }
        let sure = match (coded, refused.is_empty() && apart.is_empty()) {
            (true, false) => Confidence::Confirmed,
            (true, true) => Confidence::Likely,
            (false, _) if !apart.is_empty() => Confidence::Likely,
            // A gap of the pair gives the same refusal as far as the hosts' own events tell.
            (false, _) if context.pair(attempt).is_some_and(|p| p.gap().is_some()) => Confidence::Possible,
            (false, _) => Confidence::Likely,
        };
        let mut claim = Claim::new(context, index, sure);
        claim.evidence.extend(refused);
        // What a policy allows is worth showing; whether it narrows the ciphers too far it does not say by itself.
        claim.evidence.extend(context.policy_facts(attempt, RULE.id));
        claim.facts = apart;
        if claim.confidence < Confidence::Confirmed {
            claim.raise.push(
                "Get-ADComputer <host> -Properties msDS-SupportedEncryptionTypes for both hosts, and the domain controllers' System logs (KDC 14, 16, 27, \
                 42, 203 to 209)"
                    .to_owned(),
            );
        }
        claimed.extend([attempt.source, attempt.destination].into_iter().flatten());
        ruling.claims.push(claim);
    }
    for pair in &context.pairs.list {
        let (Some(a), Some(b)) = (ciphers(context, pair.source), ciphers(context, pair.destination)) else { continue };
        ruling.examined += 1;
        if a.0 & b.0 == 0 && pair.source < pair.destination && !claimed.contains(&pair.destination) {
            ruling.notes.push(Note {
                severity: Severity::Warning,
                confidence: Confidence::Likely,
                pairs: vec![(pair.source, pair.destination), (pair.destination, pair.source)],
                hosts: vec![pair.source, pair.destination],
                evidence: vec![a.1, b.1],
                says: format!(
                    "{} and {} have no Kerberos encryption type in common.",
                    estate.name(pair.source),
                    estate.name(pair.destination)
                ),
            });
        }
    }
    let untold: BTreeSet<String> = estate
        .hyper_v_hosts()
        .into_iter()
        .filter(|h| !estate.of(*h).computer.as_ref().is_some_and(|c| c.supported_encryption_types.is_told()))
        .map(|h| estate.name(h))
        .collect();
    if !untold.is_empty() {
        ruling.missing.push(format!("msDS-SupportedEncryptionTypes of {}", joined(untold)));
    }
    ruling.examined += context.moves();
    ruling
}

/// Refusals by a domain controller that name a host of the move as the account whose key is the trouble.
fn refusals(context: &Context<'_>, attempt: &Attempt) -> Vec<Evidence> {
    let hosts = &context.estate.hosts;
    let concerns = |s: &&Signal| {
        let of = |name: &str, position: usize| hosts_of_field(s, name, position, hosts);
        let named: BTreeSet<HostId> = match s.event.id {
            // A service's key: the account is only the requester.
            16 | 27 => of("Target", 0).into_iter().chain(of("AccountToReset", 5)).collect(),
            14 | 26 => of("Account", 1).into_iter().chain(of("AccountToReset", 5)).collect(),
            42 => of("Account", 0),
            // The layout of the later events is not published: any value may hold the name.
            _ => s.event.fields.iter().flat_map(|f| hosts_in(f.value, hosts)).collect(),
        };
        named.iter().any(|h| is_party(attempt, *h))
    };
    let events = context.witnessed(Meaning::EtypeRefused, attempt, NEAR).filter(concerns);
    let about = |value: &str| hosts_in(value, hosts).iter().any(|h| is_party(attempt, *h));
    let tickets = [Meaning::ServiceTicket, Meaning::TgtRequested].into_iter().flat_map(|meaning| {
        context.witnessed(meaning, attempt, NEAR).filter(move |s| {
            let field = if meaning == Meaning::ServiceTicket { "ServiceName" } else { "TargetUserName" };
            status(s) == Some(NOT_SUPPORTED) && s.event.field(field).is_some_and(about)
        })
    });
    events.chain(tickets).map(|s| context.shown(s)).collect()
}

/// The two hosts' objects, where they allow no cipher in common.
fn apart(context: &Context<'_>, attempt: &Attempt) -> Vec<Evidence> {
    let of = |host: Option<HostId>| host.and_then(|h| ciphers(context, h));
    match (of(attempt.source), of(attempt.destination)) {
        (Some(a), Some(b)) if a.0 & b.0 == 0 => vec![a.1, b.1],
        _ => Vec::new(),
    }
}

/// The ciphers that a host's object allows; `None` where it leaves them to the domain controller.
fn ciphers(context: &Context<'_>, host: HostId) -> Option<(u32, Evidence)> {
    let computer = context.estate.of(host).computer.as_ref()?;
    let bits = *computer.supported_encryption_types.known()?;
    let set = bits & CIPHERS;
    let names: Vec<&str> = [(0x1, "DES-CRC"), (0x2, "DES-MD5"), (0x4, "RC4"), (0x8, "AES128"), (0x10, "AES256")]
        .into_iter()
        .filter(|(bit, _)| set & bit != 0)
        .map(|(_, name)| name)
        .collect();
    let says = format!("{} allows the encryption types {} ({bits:#x})", computer.name, names.join(", "));
    (set != 0).then(|| (set, Evidence::stated(computer.at.clone(), Some(context.estate.name(host)), says)))
}
