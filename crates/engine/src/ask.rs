//! What to ask the customer, most decisive first.

use crate::causes::{Context, ask_directory, ask_management_log, ask_vm_host, refusal};
use crate::delegation::Answer;
use crate::diagnose::attempt_id;
use crate::hosts::HostId;
use delegap_model::{Code, Confidence, Finding, Severity};
use std::collections::HashSet;

/// What tells the causes of a code apart that this version names no cause for.
const BY_CODE: &[(u32, &str)] = &[
    (
        0x8009_0322,
        "whose key or address was wrong: the System log of the source (Security-Kerberos 4 names the machine that answered), and for the destination setspn -Q \"Microsoft Virtual System Migration Service/*\"",
    ),
    (
        0x8009_0303,
        "which service name was asked for: the System log of the source (Security-Kerberos 3 and 100), and setspn -Q \"Microsoft Virtual System Migration Service/*\"",
    ),
    (
        0x8009_0324,
        "how far the clocks differ: w32tm /stripchart /computer:<domain controller> /samples:3 on both hosts",
    ),
    (
        0x8009_0311,
        "whether a domain controller answers: nltest /dsgetdc:<domain> on both hosts, and their System logs (NETLOGON 5719)",
    ),
    (
        0x8009_030c,
        "whether the computer accounts are in order: Test-ComputerSecureChannel on both hosts, and the System logs of hosts and domain controllers (NETLOGON, KDC 18)",
    ),
    (
        0x8009_0342,
        "which encryption types are allowed: Get-ADComputer -Properties msDS-SupportedEncryptionTypes for both hosts, and the domain controllers' System logs (KDC 14, 16, 27, 42, 203 to 209)",
    ),
];

/// The questions, each once.
pub(crate) fn list(context: &Context<'_>, findings: &[Finding]) -> Vec<String> {
    let estate = context.estate;
    let mut ask: Vec<String> = Vec::new();
    let mut add = |text: String| {
        if !ask.contains(&text) {
            ask.push(text);
        }
    };
    let failed = context.failed().count();
    let refused: Vec<_> = context.failed().filter(|(_, a)| refusal::of(context, a).is_some()).collect();
    let unknown_directory =
        refused.iter().any(|(_, a)| context.pair(a).is_none_or(|p| matches!(p.now, Answer::Unknown(_))));
    let unknown_type = refused.iter().any(|(_, a)| a.source.is_none_or(|s| estate.of(s).authentication.is_none()));
    if unknown_directory
        || (failed == 0
            && (!estate.has_directory || context.pairs.list.iter().any(|p| matches!(p.now, Answer::Unknown(_)))))
    {
        add(ask_directory());
    }
    if unknown_type {
        add(ask_vm_host());
    }
    let settled = findings.iter().any(|f| f.severity == Severity::Error && f.confidence >= Confidence::Likely);
    if !refused.is_empty() && !settled && !unknown_directory {
        // Everything that was sent is right: the shortest way to the reason.
        add("the tickets of the source after one failed move: klist -li 0x3e7 and klist -li 0x3e4, and the same after purging both \
             (klist -li 0x3e7 purge, klist -li 0x3e4 purge) and retrying"
            .to_owned());
        add("who starts the moves, from which machine and with which account (sensitive or in Protected Users?): Get-ADUser <name> \
             -Properties AccountNotDelegated, MemberOf | ConvertTo-Json"
            .to_owned());
        add("when the delegation was last changed: repadmin /showobjmeta <domain controller> \"<distinguished name of the source>\"".to_owned());
        add("Security-Kerberos events of the source at the time of one failure, which name the service asked for: wevtutil epl System \
             %COMPUTERNAME%-System.evtx"
            .to_owned());
        add("the domain controllers' Security log for one failed move (4769 with status 0xd): wevtutil epl Security DC-Security.evtx \
             \"/q:*[System[(EventID=4769)]]\""
            .to_owned());
    }
    let mut channels = estate.inputs.iter().flat_map(|i| &i.covers).map(|c| c.channel.to_lowercase());
    if failed == 0 && !channels.any(|c| c.contains("hyper-v-vmms") || c.contains("hyper-v-high-availability")) {
        add(ask_management_log());
        add("of cluster nodes the High-Availability log as well: wevtutil epl Microsoft-Windows-Hyper-V-High-Availability-Admin HA.evtx".to_owned());
    }
    let mut unlogged: Vec<HostId> = Vec::new();
    for (_, attempt) in context.failed() {
        for host in [attempt.source, attempt.destination].into_iter().flatten() {
            if !unlogged.contains(&host) && !estate.reaches(host, "hyper-v-vmms", attempt.started) {
                unlogged.push(host);
            }
        }
    }
    for host in unlogged {
        add(format!(
            "the management log of {} for the time of the failures: wevtutil epl Microsoft-Windows-Hyper-V-VMMS-Admin %COMPUTERNAME%-VMMS-Admin.evtx",
            estate.name(host)
        ));
    }
    let explained: HashSet<&str> = findings.iter().flat_map(|f| &f.attempts).map(String::as_str).collect();
    for (code, text) in BY_CODE {
        let coded = context.failed().filter(|(_, a)| a.codes.contains(&Code(*code)));
        if coded.map(|(i, _)| attempt_id(i)).any(|id| !explained.contains(id.as_str())) {
            add((*text).to_owned());
        }
    }
    for finding in findings.iter().filter(|f| f.severity == Severity::Error) {
        finding.raise_confidence.iter().for_each(|r| add(r.strip_prefix("Send ").unwrap_or(r).to_owned()));
    }
    ask
}
