//! A path, share or permission at the destination is wrong.

use super::stated::silent_without_peer;
use super::{Claim, Context, Exclusion, Rule, Ruling, ask_directory, ask_vm_host, kcd_cifs_missing, refusal};
use crate::attempts::Attempt;
use crate::knowledge::{CodeGroup, Meaning};
use delegap_model::{Confidence, Evidence};

pub(super) const RULE: Rule = Rule { id: "storage-path-or-permission", judge };

fn judge(context: &Context<'_>) -> Ruling {
    let mut ruling = Ruling { examined: context.moves(), ..Ruling::default() };
    let cifs = (kcd_cifs_missing::RULE.judge)(context);
    for (index, attempt) in context.failed() {
        let said = [Meaning::RegistrationFailed, Meaning::StoragePathFailed, Meaning::StorageFolderFailed];
        let stated = attempt.means(&said);
        if (!stated && !path_refused(context, attempt)) || refusal::of(context, attempt).is_some_and(|r| r.at_connect())
        {
            continue;
        }
        if attempt.means(&[Meaning::DeviceAttached, Meaning::MemoryShort]) {
            continue;
        }
        // A missing entry for the file service explains a refused share; the facts of the directory then decide.
        if let Some(claim) = cifs.claims.iter().find(|c| c.attempt == index && c.confidence >= Confidence::Likely) {
            let why =
                "The source's list lacks the file service of that server, which gives the same refusal.".to_owned();
            let evidence: Vec<Evidence> = claim.facts.iter().chain(&claim.evidence).cloned().collect();
            ruling.excluded.push(Exclusion { attempt: index, why, evidence });
            continue;
        }
        let mut claim = Claim::new(context, index, Confidence::Likely);
        if kcd_cifs_missing::is_open(context, attempt) {
            claim.cap(
                Confidence::Possible,
                "A missing delegation entry for the file service gives the same code (rival: kcd-cifs-missing), and what was sent does not rule it out.",
            );
            claim.raise.push(format!("Send {} and {}", ask_directory(), ask_vm_host()));
        }
        claim.raise.push(
            "On the destination: Test-Path <the path that the event names>, icacls and Get-SmbShareAccess for it (the computer accounts of both hosts need \
             access), and the drive letters of both hosts: Get-Volume"
                .to_owned(),
        );
        ruling.claims.push(claim);
    }
    silent_without_peer(context, &mut ruling);
    ruling
}

/// Access denied, or a file or path not found, for an object that the event names, after the hosts had connected.
fn path_refused(context: &Context<'_>, attempt: &Attempt) -> bool {
    let connecting =
        [Meaning::ConnectFailed, Meaning::Denied, Meaning::AuthenticationFailedAtDestination, Meaning::RefusedByPeer];
    let groups = [CodeGroup::Denied, CodeGroup::Path];
    groups.iter().any(|g| attempt.coded(context.estate, *g).any(|(_, s)| s.names_path() && !s.means_any(&connecting)))
}
