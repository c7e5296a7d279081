//! The destination blocked the source's address.

use super::support::joined;
use super::{Claim, Context, Rule, Ruling};
use crate::attempts::Attempt;
use crate::knowledge::Meaning;
use crate::signals::Signal;
use delegap_model::Confidence;

pub(super) const RULE: Rule = Rule { id: "client-address-blocked", judge };

fn judge(context: &Context<'_>) -> Ruling {
    let mut ruling = Ruling { examined: context.moves(), ..Ruling::default() };
    for (index, attempt) in context.failed() {
        let Some(signal) = attempt.signals(context.estate).find(|s| s.means(Meaning::ClientBlocked)) else { continue };
        let own = is_sources(context, attempt, signal);
        let mut claim =
            Claim::new(context, index, if own == Some(true) { Confidence::Confirmed } else { Confidence::Likely });
        if own == Some(false) {
            claim.cap(Confidence::Possible, "The blocked address is none of those that the source is known by.");
        }
        claim.raise.push(
            "Compare on the destination which networks it accepts: Get-VMHost | Select-Object UseAnyNetworkForMigration, and Get-VMMigrationNetwork".to_owned(),
        );
        ruling.claims.push(claim);
    }
    let closed = |a: &Attempt| a.stopped_in.is_none() || a.means(&[Meaning::ConnectFailed]);
    let dark = context.unlogged("hyper-v-vmms", |a| a.destination, closed);
    if !dark.is_empty() {
        ruling.missing.push(format!("management log of {} at the time of the failures", joined(dark)));
    }
    ruling
}

/// Is the blocked address one of the source's? `None`: none of its addresses is known, or the event names none.
fn is_sources(context: &Context<'_>, attempt: &Attempt, signal: &Signal) -> Option<bool> {
    let named = signal.event.fields.iter().find_map(|f| {
        let value = f.value.trim();
        let bare = value.rsplit_once(':').filter(|(host, _)| host.contains('.')).map_or(value, |(host, _)| host);
        bare.parse::<std::net::IpAddr>().ok().map(|_| bare.to_owned())
    })?;
    let known = &context.estate.of(attempt.source?).addresses;
    (!known.is_empty()).then(|| known.contains(&named))
}
