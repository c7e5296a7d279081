//! CredSSP, and the move was not started where the credentials are.

use super::credssp_credential_guard::{Guard, guard};
use super::refusal;
use super::settings::{by_kerberos, type_evidence, type_of, types_missing};
use super::{Claim, Context, Rule, Ruling};
use crate::attempts::Attempt;
use crate::knowledge::Meaning;
use delegap_model::{AuthenticationType, Code, Confidence, Initiator};

pub(super) const RULE: Rule = Rule { id: "credssp-remote-initiation", judge: credssp_remote };

const NO_CREDENTIALS: Code = Code(0x8009_030e);

const UNKNOWN_CREDENTIALS: Code = Code(0x8009_030d);

/// CredSSP, and the move was not started where the credentials are.
fn credssp_remote(context: &Context<'_>) -> Ruling {
    let mut ruling = Ruling { examined: context.moves(), ..Ruling::default() };
    types_missing(context, &mut ruling);
    for (index, attempt) in context.failed() {
        let refused = refusal::of(context, attempt).is_some_and(|r| r.at_connect());
        let policy = attempt.means(&[Meaning::CredsspNotDelegated]);
        let fits = attempt.codes.contains(&NO_CREDENTIALS)
            || attempt.codes.contains(&UNKNOWN_CREDENTIALS)
            || attempt.means(&[Meaning::NoCredentials]);
        if !refused || policy || !fits {
            continue;
        }
        if type_of(context, attempt.source) != Some(AuthenticationType::CredSsp) {
            ruling.excluded.extend(by_kerberos(context, index, attempt));
            continue;
        }
        let mut claim = Claim::new(context, index, Confidence::Confirmed);
        claim.facts = type_evidence(context, attempt.source);
        match attempt.initiator {
            Some(Initiator::Remote) => {}
            Some(Initiator::Local) => claim
                .cap(Confidence::Possible, "Someone signed in on the source started the move, which CredSSP allows."),
            Some(Initiator::Cluster) => {
                claim.cap(
                    Confidence::Possible,
                    "The cluster service started the move; it has no user's credentials to hand on.",
                );
            }
            None => {
                claim.cap(Confidence::Likely, "No event shows where the move was started; the message itself is what CredSSP writes when it was elsewhere.");
                claim.raise.push(
                    "Send the Security log of the source around a failure (4624 shows who signed in, and from where)"
                        .to_owned(),
                );
            }
        }
        weigh_credential_guard(&mut claim, context, attempt);
        ruling.claims.push(claim);
    }
    ruling
}

/// Credential Guard on the source blocks CredSSP wherever a move is started: where it runs, and nothing shows that the move
/// came from elsewhere, it is explanation enough.
fn weigh_credential_guard(claim: &mut Claim, context: &Context<'_>, attempt: &Attempt) {
    let Some(source) = attempt.source else { return };
    let unknown_start =
        if attempt.initiator == Some(Initiator::Remote) { Confidence::Likely } else { Confidence::Possible };
    let rival = "(rival: credssp-credential-guard)";
    match guard(context, source, attempt.started) {
        Guard::Runs(evidence) => {
            claim.cap(unknown_start, format!("Credential Guard runs on the source and blocks CredSSP by itself {rival}."));
            claim.against.push(evidence);
            return;
        }
        Guard::Absent(_) => return,
        Guard::ByDefault(_) => claim.cap(
            unknown_start,
            format!("On Server 2025 Credential Guard is on by default and blocks CredSSP by itself {rival}."),
        ),
        Guard::Unknown if context.estate.build_at(source, attempt.started).is_none() => claim.cap(
            unknown_start,
            format!("The source's Windows version is not known; from Server 2025 on Credential Guard blocks CredSSP by default {rival}."),
        ),
        Guard::Unknown => return,
    }
    claim.raise.push(
        "Show whether Credential Guard runs: Get-CimInstance -Namespace root/Microsoft/Windows/DeviceGuard Win32_DeviceGuard"
            .to_owned(),
    );
}
