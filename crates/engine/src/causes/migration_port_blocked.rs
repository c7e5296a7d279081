//! The port can't be reached: timed out, unreachable, forbidden; refused, if nothing says that nobody listens.

use super::listener::{REFUSED, connect_codes, listener};
use super::{Claim, Context, Rule, Ruling};
use crate::knowledge::Meaning;
use delegap_model::{Code, Confidence};

pub(super) const RULE: Rule = Rule { id: "migration-port-blocked", judge: port_blocked };

const TIMED_OUT: Code = Code(0x8007_274c);

const UNREACHABLE: [Code; 4] = [Code(0x8007_2751), Code(0x8007_2750), Code(0x8007_2743), Code(0x8007_271d)];

/// The port can't be reached: timed out, unreachable, forbidden; refused, if nothing says that nobody listens.
fn port_blocked(context: &Context<'_>) -> Ruling {
    let mut ruling = Ruling { examined: context.moves(), ..Ruling::default() };
    for (index, attempt) in context.failed() {
        let codes = connect_codes(context, attempt);
        let hard = codes.iter().any(|c| *c == TIMED_OUT || UNREACHABLE.contains(c));
        let refused = codes.contains(&REFUSED);
        let reached = attempt.signals(context.estate).any(|s| {
            s.means_any(&[
                Meaning::ClientBlocked,
                Meaning::AuthenticationFailedAtDestination,
                Meaning::Denied,
                Meaning::LimitReached,
            ])
        });
        let state = listener(context, attempt);
        let down = state.is_some_and(|s| s.means(Meaning::ListenerDown));
        if (!hard && !refused) || reached || down {
            continue;
        }
        let mut claim = Claim::new(context, index, if hard { Confidence::Likely } else { Confidence::Possible });
        claim.facts.extend(state.map(|s| s.evidence(&context.estate.hosts)));
        if refused {
            claim.caveats.push(
                "A refused connection means first that nobody listens (rival: migration-listener-down).".to_owned(),
            );
        }
        let name = attempt.destination.map(|d| context.estate.name(d)).unwrap_or_default();
        claim.raise.push(format!("From the source: Test-NetConnection {} -Port 6600", crate::repair::shown(&name)));
        if state.is_none() {
            claim.raise.push(
                "Send the destination's management log: its events 20404 to 20410 show whether it listened".to_owned(),
            );
        }
        ruling.claims.push(claim);
    }
    ruling
}
