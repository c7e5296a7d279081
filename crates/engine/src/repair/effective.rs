//! Steps after a change in the directory: replication, old tickets, and a test that proves something.

use super::quote::{plain_host, ps_list, ps_quote, shown};
use super::{HostName, base, list, with_command};
use delegap_model::{Effect, Shell, Step};

/// For a directory that is right by now: wait and drop old tickets, change nothing.
pub fn not_effective_yet_steps(source: &HostName, destinations: &[&HostName], cluster_node: bool) -> Vec<Step> {
    let mut steps = vec![replicated(&[source]), purge(&[source])];
    steps.extend(test_move(source, destinations, cluster_node));
    steps
}

/// Reads the sources' objects from every domain controller.
pub(super) fn replicated(sources: &[&HostName]) -> Step {
    let names: Vec<_> = sources.iter().filter_map(|host| plain_host(&host.short)).collect();
    let server = sources
        .first()
        .and_then(|host| host.domain())
        .map(|domain| format!(" -Server {}", ps_quote(domain)))
        .unwrap_or_default();
    let command = (!names.is_empty()).then(|| {
        format!(
            "$names = {}\n\
             foreach ($controller in Get-ADDomainController -Filter *{server}) {{\n  \
             $names | Get-ADComputer -Properties 'msDS-AllowedToDelegateTo', TrustedToAuthForDelegation -Server \
             $controller.HostName |\n    \
             Select-Object @{{n='Controller'; e={{$controller.HostName}}}}, Name, TrustedToAuthForDelegation, \
             @{{n='Entries'; e={{$_.'msDS-AllowedToDelegateTo' -join '; '}}}} | Format-List\n}}",
            ps_list(names)
        )
    });
    let step = Step {
        requires: "any domain user; the ActiveDirectory PowerShell module".into(),
        wait: Some(
            "Until every domain controller that the source may use shows the right values: seconds within a site, by \
             default up to 3 h for each link between sites."
                .into(),
        ),
        verify: Some("All domain controllers show the same entries.".into()),
        ..base("Read the entries back from every domain controller.", "domain", Effect::ReadOnly)
    };
    with_command(step, Shell::PowerShell, command)
}

/// Drops the tickets that the source got before the change.
pub(super) fn purge(sources: &[&HostName]) -> Step {
    let hosts = list(sources.iter().map(|host| shown(&host.short)));
    let text = format!(
        "Drop the old tickets of SYSTEM (0x3e7) and NETWORK SERVICE (0x3e4, which WinRM runs as) on {hosts}. A bare \
         \"klist purge\" clears only the session of whoever types it. Open connections stay."
    );
    Step {
        command: Some("klist -li 0x3e7 purge\nklist -li 0x3e4 purge".into()),
        shell: Some(Shell::Cmd),
        requires: "an elevated prompt on the host (local Administrators)".into(),
        undo: Some("rem Nothing to take back: the host fetches new tickets when it needs them.".into()),
        wait: Some(
            "15 min after the purge: refused delegation requests are remembered for that long. Without a purge or a \
             restart old tickets live up to 10 h; the 10 minutes that a published guide names are too short."
                .into(),
        ),
        verify: Some("\"klist -li 0x3e7\" and \"klist -li 0x3e4\" list no ticket for the destination.".into()),
        ..base(text, hosts, Effect::Changes)
    }
}

/// A move that uses delegation; `None` without a destination.
pub(super) fn test_move(source: &HostName, destinations: &[&HostName], cluster_node: bool) -> Option<Step> {
    let first = destinations.first()?;
    let (from, to) = (shown(&source.short), shown(&first.short));
    let mut text = format!(
        "Start a test move of an unimportant VM from {from} to {to} at a management station, not at the console of \
         {from}: a move started there uses no delegation and proves nothing. Put the VM's name for TEST-VM; without \
         shared storage add -IncludeStorage and -DestinationStoragePath."
    );
    if destinations.len() > 1 {
        let others = list(destinations.iter().skip(1).map(|host| shown(&host.short)));
        text.push_str(&format!(" Move it back and repeat with {others}."));
    }
    if cluster_node {
        text.push_str(
            " Take a VM that is not a role of the cluster: the cluster service moves roles under its own identity.",
        );
    }
    let between = |a: &HostName, b: &HostName| {
        let (a, b) = (ps_quote(a.address()?), ps_quote(b.address()?));
        Some(format!("Move-VM -Name 'TEST-VM' -ComputerName {a} -DestinationHost {b}"))
    };
    let step = Step {
        requires: "Hyper-V Administrators or Administrators on both hosts, with an account that may be delegated"
            .into(),
        undo: Some(between(first, source).unwrap_or_else(|| "Move the VM back.".into())),
        verify: Some(format!(
            "Hyper-V-VMMS-Admin on {from} shows 20413 and then 20415 (20417 after a long blackout), and no 20306 or \
             20308/20309."
        )),
        ..base(text, "management station", Effect::Changes)
    };
    Some(with_command(step, Shell::PowerShell, between(source, first)))
}
