//! A logon right that the VM's service account needs is gone.

use super::stated::silent_without_peer;
use super::{Claim, Context, Rule, Ruling};
use crate::knowledge::Meaning;
use chrono::Duration;
use delegap_model::{Code, Confidence};

pub(super) const RULE: Rule = Rule { id: "logon-right-denied", judge: logon_right };

const LOGON_TYPE_NOT_GRANTED: Code = Code(0x8007_0569);

const NT_LOGON_TYPE_NOT_GRANTED: Code = Code(0xc000_015b);

/// A logon right that the VM's service account needs is gone.
fn logon_right(context: &Context<'_>) -> Ruling {
    let estate = context.estate;
    let mut ruling = Ruling { examined: context.moves(), ..Ruling::default() };
    for (index, attempt) in context.failed() {
        if !attempt.codes.contains(&LOGON_TYPE_NOT_GRANTED) && !attempt.codes.contains(&NT_LOGON_TYPE_NOT_GRANTED) {
            continue;
        }
        let refused = context.near(Meaning::LogonRefused, attempt, Duration::minutes(10)).find(|s| {
            let code = |f: &str| s.event.field(f).and_then(Code::parse_field);
            let right = code("Status") == Some(NT_LOGON_TYPE_NOT_GRANTED)
                || code("SubStatus") == Some(NT_LOGON_TYPE_NOT_GRANTED);
            right && attempt.destination == Some(s.host)
        });
        let mut claim =
            Claim::new(context, index, if refused.is_some() { Confidence::Confirmed } else { Confidence::Likely });
        claim.facts.extend(refused.map(|s| s.evidence(&estate.hosts)));
        claim.raise.push(
            "Show the effective right on the destination: secedit /export /cfg rights.inf /areas USER_RIGHTS (SeServiceLogonRight must hold S-1-5-83-0)"
                .to_owned(),
        );
        ruling.claims.push(claim);
    }
    silent_without_peer(context, &mut ruling);
    ruling
}
