//! The connection stood, and broke while data was being sent.

use super::refusal;
use super::stated::silent_without_peer;
use super::{Claim, Context, Rule, Ruling};
use crate::knowledge::{CodeGroup, Meaning};
use crate::signals::Signal;
use delegap_model::Confidence;

pub(super) const RULE: Rule = Rule { id: "connection-lost-in-transfer", judge: connection_lost };

/// The connection stood, and broke while data was being sent.
fn connection_lost(context: &Context<'_>) -> Ruling {
    let estate = context.estate;
    let mut ruling = Ruling { examined: context.moves(), ..Ruling::default() };
    let transfer = [Meaning::SendFailed, Meaning::ReceiveFailed, Meaning::DataCorrupt];
    for (index, attempt) in context.failed() {
        let broken: Vec<&Signal> = attempt
            .coded(estate, CodeGroup::Winsock)
            .filter(|(_, s)| s.means_any(&transfer) && !s.means(Meaning::ConnectFailed))
            .map(|(_, s)| s)
            .collect();
        let security =
            refusal::of(context, attempt).is_some() || attempt.coded(estate, CodeGroup::Sspi).next().is_some();
        let at_connect = attempt.signals(estate).any(|s| s.means(Meaning::ConnectFailed));
        if broken.is_empty() || security || at_connect {
            continue;
        }
        let mut claim = Claim::new(context, index, Confidence::Likely);
        claim.caveats.push(
            "Data was being sent, so the connection had been made and authenticated before: a late stall with this code is a network matter, \
             not delegation."
                .to_owned(),
        );
        claim.raise.push(
            "Look at what lies between the hosts at that time: adapter, switch and firewall logs, MTU (ping -f -l 8972), and the System logs of both hosts"
                .to_owned(),
        );
        ruling.claims.push(claim);
    }
    silent_without_peer(context, &mut ruling);
    ruling
}
