//! How the hosts authenticate, as causes ask for it.

use super::{Context, Exclusion, Ruling};
use crate::attempts::Attempt;
use crate::hosts::HostId;
use delegap_model::{AuthenticationType, Evidence};
use std::collections::BTreeSet;

pub(super) fn type_of(context: &Context<'_>, host: Option<HostId>) -> Option<AuthenticationType> {
    host.and_then(|h| context.estate.of(h).authentication.as_ref()).map(|a| a.value)
}

pub(super) fn type_evidence(context: &Context<'_>, host: Option<HostId>) -> Vec<Evidence> {
    let fact = host.and_then(|h| Some((h, context.estate.of(h).authentication.as_ref()?)));
    let says = |t| match t {
        AuthenticationType::Kerberos => "live migration authenticates with Kerberos",
        AuthenticationType::CredSsp => "live migration authenticates with CredSSP",
    };
    fact.map(|(h, f)| Evidence::stated(f.at.clone(), Some(context.estate.name(h)), says(f.value))).into_iter().collect()
}

/// Kerberos as the source's setting: it rules out what only CredSSP meets.
pub(super) fn by_kerberos(context: &Context<'_>, index: usize, attempt: &Attempt) -> Option<Exclusion> {
    let source = attempt.source.filter(|_| type_of(context, attempt.source) == Some(AuthenticationType::Kerberos))?;
    let why = format!("{} authenticates with Kerberos, not with CredSSP.", context.estate.name(source));
    Some(Exclusion { attempt: index, why, evidence: type_evidence(context, attempt.source) })
}

/// Marks the hosts whose authentication type nobody told.
pub(super) fn types_missing(context: &Context<'_>, ruling: &mut Ruling) {
    if context.failed().any(|(_, a)| a.source.is_none()) {
        ruling.missing.push("which host some failed moves left".to_owned());
    }
    let untold: BTreeSet<String> = context
        .failed()
        .filter_map(|(_, a)| a.source)
        .filter(|h| context.estate.of(*h).authentication.is_none())
        .map(|h| context.estate.name(h))
        .collect();
    if !untold.is_empty() {
        ruling.missing.push(format!("authentication type of {}", untold.into_iter().collect::<Vec<_>>().join(", ")));
    }
}
