//! Another machine than the intended destination answered.

use super::spn_duplicate::misheld;
use super::support::{NEAR, hosts_in};
use super::{Claim, Context, Exclusion, Rule, Ruling};
use crate::attempts::Attempt;
use crate::knowledge::Meaning;
use crate::signals::Signal;
use delegap_model::{Confidence, Spn};

pub(super) const RULE: Rule = Rule { id: "wrong-principal", judge };

/// Who answered, by the Kerberos event of the source.
pub(super) enum Answered<'a> {
    /// A machine other than the destination.
    Another(&'a Signal),
    /// The destination itself: its key does not fit.
    Destination(&'a Signal),
    /// No event tells.
    Unknown,
}

fn judge(context: &Context<'_>) -> Ruling {
    let mut ruling = Ruling { examined: context.moves(), ..Ruling::default() };
    for (index, attempt) in context.failed() {
        if context.leading(attempt, "wrong-principal").is_empty() {
            continue;
        }
        if let Some(evidence) = misheld(context, attempt.destination) {
            let why = "The service principal name stands on more than one object, or on the wrong one, which gives the same code.";
            ruling.excluded.push(Exclusion { attempt: index, why: why.to_owned(), evidence });
            continue;
        }
        match answered(context, attempt) {
            Answered::Another(signal) => {
                let mut claim = Claim::new(context, index, Confidence::Confirmed);
                claim.facts.push(context.shown(signal));
                ruling.claims.push(claim);
            }
            Answered::Destination(signal) => {
                let why =
                    "The machine that answered was the destination itself; its key did not fit the ticket.".to_owned();
                ruling.excluded.push(Exclusion { attempt: index, why, evidence: vec![context.shown(signal)] });
            }
            Answered::Unknown => {
                let mut claim = Claim::new(context, index, Confidence::Possible);
                claim.caveats.push(
                    "Which machine answered is not known: another one, or the destination with a key that does not fit (rivals: \
                     machine-account-broken, spn-duplicate)."
                        .to_owned(),
                );
                claim.raise.push(
                    "Send the System log of the source (Security-Kerberos 4 names the machine that answered), and look at the order of the \
                     migration networks: Get-VMMigrationNetwork, Get-ClusterNetwork"
                        .to_owned(),
                );
                ruling.claims.push(claim);
            }
        }
    }
    let dark = context.unlogged("system", |a| a.source, |a| context.is_silent(a));
    if !dark.is_empty() && ruling.claims.is_empty() {
        let hosts = dark.into_iter().collect::<Vec<_>>().join(", ");
        ruling.missing.push(format!("System log of {hosts} at the time of the failures"));
    }
    ruling
}

/// Who answered, by Security-Kerberos 4 on the source.
pub(super) fn answered<'a>(context: &Context<'a>, attempt: &'a Attempt) -> Answered<'a> {
    let hosts = &context.estate.hosts;
    let mut own = None;
    for signal in context.near(Meaning::KerberosModified, attempt, NEAR).filter(|s| attempt.source == Some(s.host)) {
        let value = |name: &str, at: usize| signal.event.field(name).or_else(|| signal.event.value(at)).unwrap_or("");
        let named = value("Targetname", 2);
        let target = hosts_in(named, hosts);
        if !target.is_empty() && attempt.destination.is_some_and(|d| !target.contains(&d)) {
            continue;
        }
        // A name of no known host may still be the destination's, but only of the service that migrations ask for.
        let other_service = |name: &str| !name.trim().is_empty() && !Spn::new(name.trim()).has_class(Spn::MIGRATION);
        if target.is_empty() && other_service(named) {
            continue;
        }
        let server = value("Server", 0);
        let by = hosts_in(server, hosts);
        match attempt.destination {
            Some(d) if by.contains(&d) => own = Some(signal),
            Some(_) if !server.trim().is_empty() => return Answered::Another(signal),
            _ => {}
        }
    }
    own.map_or(Answered::Unknown, Answered::Destination)
}
