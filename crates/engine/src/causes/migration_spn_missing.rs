//! The destination's migration service has no registered name.

use super::{Claim, Context, Note, Rule, Ruling, ask_directory, last_of};
use crate::attempts::Attempt;
use crate::hosts::HostId;
use crate::knowledge::Meaning;
use crate::pairs::host_name;
use crate::repair;
use crate::signals::Signal;
use chrono::Duration;
use delegap_model::{Code, Confidence, Evidence, Spn, same_name, short_name};
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule { id: "migration-spn-missing", judge: spn_missing };

const TARGET_UNKNOWN: Code = Code(0x8009_0303);

/// The destination's migration service has no registered name.
fn spn_missing(context: &Context<'_>) -> Ruling {
    let estate = context.estate;
    let mut ruling = Ruling::default();
    let mut hosts = BTreeSet::new();
    let mut unknown = Vec::new();
    let registered = |host: HostId| -> Option<bool> {
        let spns = estate.of(host).computer.as_ref()?.service_principal_names.told_items()?;
        let name = estate.hosts.name(host);
        let forms: Vec<&str> = spns.iter().filter(|s| s.has_class(Spn::MIGRATION)).map(Spn::rest).collect();
        let short = forms.iter().any(|f| same_name(f, &name.short));
        // A host may be known by another suffix than the one it registers under.
        let full = forms.iter().any(|f| f.contains('.') && same_name(short_name(f), &name.short));
        Some(short && (full || name.full.is_none()))
    };
    for (index, attempt) in context.failed() {
        let Some(destination) = attempt.destination else { continue };
        let coded = attempt.codes.contains(&TARGET_UNKNOWN);
        let kerberos = context.near(Meaning::SpnUnknown, attempt, Duration::minutes(1)).find(|s| {
            let spn = s.event.field("SPN").or_else(|| s.event.value(0)).unwrap_or("");
            Some(s.host) == attempt.source && estate.hosts.find(Spn::new(spn).host(), None) == Some(destination)
        });
        if !coded && kerberos.is_none() {
            continue;
        }
        let failed_registration = registration_failure(context, destination, attempt);
        let gone = registered(destination) == Some(false);
        if registered(destination) == Some(true) {
            continue;
        }
        let mut claim = Claim::new(context, index, if gone { Confidence::Confirmed } else { Confidence::Possible });
        claim.evidence.extend(kerberos.map(|s| s.evidence(&estate.hosts)));
        claim.facts.extend(spn_evidence(context, destination));
        if let Some(evidence) = failed_registration {
            claim.facts.push(evidence);
            claim.confidence = claim.confidence.max(Confidence::Likely);
        }
        if !gone {
            claim.raise.push(format!("Send {}", ask_directory()));
        }
        hosts.insert(destination);
        ruling.claims.push(claim);
    }
    for host in estate.hyper_v_hosts() {
        match registered(host) {
            Some(ok) => {
                ruling.examined += 1;
                if !ok && hosts.insert(host) {
                    ruling.notes.push(Note::toward(
                        context,
                        host,
                        spn_evidence(context, host),
                        format!(
                            "{} has not registered its migration service under both of its names.",
                            estate.name(host)
                        ),
                    ));
                }
            }
            None => unknown.push(estate.name(host)),
        }
    }
    if !unknown.is_empty() || ruling.examined == 0 {
        ruling.missing.push(format!(
            "servicePrincipalName of {}",
            if unknown.is_empty() { "any host".to_owned() } else { unknown.join(", ") }
        ));
    }
    for host in hosts {
        let name = host_name(estate, host);
        let listed =
            estate.of(host).computer.as_ref().and_then(|c| c.service_principal_names.told_items()).unwrap_or(&[]);
        let missing = repair::missing_entries(&name, listed, &[Spn::MIGRATION]);
        ruling.steps.extend(repair::spn_registration_steps(&name, &missing, estate.of(host).cluster.is_some()));
    }
    ruling.note_steps = ruling.steps.clone();
    ruling
}

fn spn_evidence(context: &Context<'_>, host: HostId) -> Vec<Evidence> {
    let Some(computer) = &context.estate.of(host).computer else { return Vec::new() };
    let held: Vec<&str> = computer
        .service_principal_names
        .told_items()
        .unwrap_or(&[])
        .iter()
        .filter(|s| s.has_class(Spn::MIGRATION))
        .map(Spn::as_str)
        .collect();
    let says = if held.is_empty() {
        "servicePrincipalName holds no migration service".to_owned()
    } else {
        format!("servicePrincipalName holds only {}", held.join(", "))
    };
    vec![Evidence::stated(computer.at.clone(), Some(context.estate.name(host)), says)]
}

/// VMMS 14050 on the destination before the attempt, with no success after it.
fn registration_failure(context: &Context<'_>, destination: HostId, attempt: &Attempt) -> Option<Evidence> {
    let about = [Meaning::SpnNotRegistered, Meaning::SpnRegistered];
    // Other services of the host register names of their own.
    let migration = |s: &Signal| {
        let spn = s.event.field("SPN").or_else(|| s.event.value(0)).unwrap_or("").trim();
        spn.is_empty() || Spn::new(spn).has_class(Spn::MIGRATION)
    };
    let last = last_of(context, destination, &about, attempt.started, migration)?;
    last.means(Meaning::SpnNotRegistered).then(|| last.evidence(&context.estate.hosts))
}
