//! What a failure that nothing explains surely could still be.

use crate::attempts::Attempt;
use crate::catalogue;
use crate::causes::{Context, Rulings};
use crate::delegation::Answer;
use crate::knowledge::knowledge;
use delegap_model::AuthenticationType;
use std::collections::BTreeSet;

/// The causes that the messages of a failed attempt can stand for, as far as they could not be looked at in full and nothing
/// excludes them, in the catalogue's order. Messages that name no reason can stand for any cause.
pub(crate) fn of(context: &Context<'_>, rulings: &Rulings, index: usize, attempt: &Attempt) -> Vec<&'static str> {
    let known = knowledge();
    let codes = attempt.codes.iter().filter_map(|c| known.code(*c)).flat_map(|c| &c.causes);
    let meanings = attempt.signals(context.estate).flat_map(|s| &s.meanings).flat_map(|m| known.leads_to(*m));
    let fitting: BTreeSet<&str> = codes.chain(meanings).map(String::as_str).collect();
    let open = |id: &&'static str| {
        let unseen = match rulings.get(id) {
            Some(Some(ruling)) => {
                let said = ruling.claims.iter().map(|c| c.attempt).chain(ruling.excluded.iter().map(|e| e.attempt));
                !ruling.missing.is_empty() && said.into_iter().all(|attempt| attempt != index)
            }
            _ => true,
        };
        (fitting.is_empty() || fitting.contains(id)) && unseen && fits_settings(context, attempt, id)
    };
    catalogue::all().iter().map(|cause| cause.id).filter(open).collect()
}

/// False where what is known of the two hosts already speaks against the cause.
fn fits_settings(context: &Context<'_>, attempt: &Attempt, id: &str) -> bool {
    let method = attempt.source.and_then(|h| context.estate.of(h).authentication.as_ref()).map(|a| a.value);
    if id.starts_with("credssp-") {
        return method != Some(AuthenticationType::Kerberos);
    }
    let unknown = context.pair(attempt).is_none_or(|pair| matches!(pair.now, Answer::Unknown(_)));
    !id.starts_with("kcd-") || (method != Some(AuthenticationType::CredSsp) && unknown)
}
