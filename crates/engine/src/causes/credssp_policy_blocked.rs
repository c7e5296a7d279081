//! CredSSP, and policy or a missing update forbids it.

use super::settings::{type_evidence, type_of};
use super::{Claim, Context, Rule, Ruling, ask_vm_host};
use crate::attempts::Attempt;
use crate::knowledge::{CodeGroup, Meaning};
use chrono::Duration;
use delegap_model::{AuthenticationType, Confidence, Spn};

pub(super) const RULE: Rule = Rule { id: "credssp-policy-blocked", judge: credssp_policy };

/// CredSSP, and policy or a missing update forbids it.
fn credssp_policy(context: &Context<'_>) -> Ruling {
    let estate = context.estate;
    let mut ruling = Ruling { examined: context.moves(), ..Ruling::default() };
    for (index, attempt) in context.failed() {
        let own = attempt.means(&[Meaning::CredsspNotDelegated]);
        let coded = attempt.coded(estate, CodeGroup::Credssp).next().is_some();
        let refused_version = context.near(Meaning::CredsspVersionRefused, attempt, Duration::minutes(1)).find(|s| {
            let target = s.event.field("TargetName").or_else(|| s.event.value(0)).unwrap_or("");
            let target = estate.hosts.find(Spn::new(target).host(), None);
            Some(s.host) == attempt.source && target.is_some() && target == attempt.destination
        });
        let kind = type_of(context, attempt.source);
        if (!own && !coded && refused_version.is_none()) || kind == Some(AuthenticationType::Kerberos) {
            continue;
        }
        let mut claim = Claim::new(
            context,
            index,
            if kind.is_some() && (own || coded) { Confidence::Confirmed } else { Confidence::Likely },
        );
        claim.facts = type_evidence(context, attempt.source);
        claim.evidence.extend(refused_version.map(|s| s.evidence(&estate.hosts)));
        if kind.is_none() {
            claim.caveats.push(
                "The authentication type of the source was not supplied; the message itself speaks of CredSSP."
                    .to_owned(),
            );
            claim.raise.push(format!("Send {}", ask_vm_host()));
        }
        ruling.claims.push(claim);
    }
    // Only the source's own log tells.
    let open = |a: &Attempt| type_of(context, a.source) != Some(AuthenticationType::Kerberos);
    let mut dark = context.unlogged("hyper-v-vmms", |a| a.source, open);
    if context.failed().any(|(_, a)| a.source.is_none()) {
        dark.insert("a source that no event names".to_owned());
    }
    if !dark.is_empty() {
        ruling.missing.push(format!("management log of {}", dark.into_iter().collect::<Vec<_>>().join(", ")));
    }
    ruling
}
