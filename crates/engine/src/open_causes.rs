//! What a failure that nothing explains surely could still be.

use crate::attempts::Attempt;
use crate::catalogue;
use crate::causes::{Context, Rulings};
use crate::delegation::Answer;
use crate::knowledge::knowledge;
use delegap_model::AuthenticationType;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// The causes that could not be looked at in full, each with the attempts on which it has its say all the same.
pub(crate) struct OpenCauses(BTreeMap<&'static str, HashSet<usize>>);

impl OpenCauses {
    /// Those of a diagnosis.
    pub fn new(rulings: &Rulings) -> OpenCauses {
        let mut open = BTreeMap::new();
        for (id, ruling) in rulings {
            match ruling {
                Some(ruling) if ruling.missing.is_empty() => {}
                Some(ruling) => {
                    let claimed = ruling.claims.iter().map(|claim| claim.attempt);
                    open.insert(*id, claimed.chain(ruling.excluded.iter().map(|e| e.attempt)).collect());
                }
                None => {
                    open.insert(*id, HashSet::new());
                }
            }
        }
        OpenCauses(open)
    }

    /// The causes that the messages of a failed attempt can stand for, as far as they are open for it, in the catalogue's
    /// order. Messages that name no reason can stand for any cause.
    pub fn of(&self, context: &Context<'_>, index: usize, attempt: &Attempt) -> Vec<&'static str> {
        let known = knowledge();
        let codes = attempt.codes.iter().filter_map(|c| known.code(*c)).flat_map(|c| &c.causes);
        let meanings = attempt.signals(context.estate).flat_map(|s| s.meanings()).flat_map(|m| known.leads_to(m));
        let fitting: BTreeSet<&str> = codes.chain(meanings).map(String::as_str).collect();
        let open = |id: &&'static str| {
            (fitting.is_empty() || fitting.contains(id))
                && self.0.get(id).is_some_and(|said| !said.contains(&index))
                && fits_settings(context, attempt, id)
        };
        catalogue::all().iter().map(|cause| cause.id).filter(open).collect()
    }
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
