//! Only one of the two forms of the destination's name is on the list.

use super::{Claim, Context, Rule, gap};
use crate::attempts::Attempt;
use crate::delegation::Answer;
use crate::knowledge::Meaning;
use crate::pairs::PairState;
use crate::signals::Signal;
use chrono::Duration;
use delegap_model::{Confidence, Evidence, Spn};

pub(super) const RULE: Rule =
    Rule { id: "kcd-name-form-incomplete", judge: |context| gap::judge(context, "kcd-name-form-incomplete", weigh) };

fn weigh(claim: &mut Claim, context: &Context<'_>, attempt: &Attempt, _: &PairState, then: &Answer) {
    let Answer::OneForm { missing, listed } = then else { return };
    let asked = context.near(Meaning::KerberosError, attempt, Duration::minutes(1)).find(|s| {
        let field = s.event.field("TargetName").or_else(|| s.event.field("ServerName")).unwrap_or("");
        let name = Spn::new(field.split('@').next().unwrap_or(""));
        attempt.source == Some(s.host) && name.serves(missing)
    });
    let field =
        |s: &Signal| s.event.field("TargetName").or_else(|| s.event.field("ServerName")).unwrap_or("").to_owned();
    let listed_asked = context
        .near(Meaning::KerberosError, attempt, Duration::minutes(1))
        .find(|s| attempt.source == Some(s.host) && Spn::new(field(s).split('@').next().unwrap_or("")).serves(listed));
    if let (None, Some(signal)) = (&asked, listed_asked) {
        let says = format!("Kerberos asked for \"{listed}\", which is listed");
        claim.cap(Confidence::Possible, "The form that was asked for is the one that is listed.");
        claim.against.push(Evidence { says: says.into(), ..signal.evidence(&context.estate.hosts) });
        return;
    }
    match asked {
        Some(signal) => claim.evidence.push(Evidence {
            says: format!("Kerberos asked for \"{missing}\", which is not listed").into(),
            ..signal.evidence(&context.estate.hosts)
        }),
        None => {
            claim.cap(
                Confidence::Likely,
                format!(
                    "\"{listed}\" is listed and \"{missing}\" is not; no event shows which of the two was asked for."
                ),
            );
            claim.raise.push("Send the System log of the source at the time of a failure (Security-Kerberos 3 names the requested service)".to_owned());
        }
    }
}
