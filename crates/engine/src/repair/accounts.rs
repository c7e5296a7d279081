//! Repairs beside the delegation list: the destination's SPN, the administrator's account, the authentication type.

use super::quote::{plain_account, plain_host, plain_spn, ps_list, ps_quote, shown};
use super::{HostName, base, list, with_command};
use delegap_model::{AuthenticationType, Effect, Shell, Spn, Step};

/// Registers the `missing` service principal names on the destination's computer object.
pub fn spn_registration_steps(destination: &HostName, missing: &[Spn], cluster_node: bool) -> Vec<Step> {
    let host = shown(&destination.short);
    let each = |arguments: &dyn Fn(&str) -> String| {
        let account = plain_host(&destination.short)?;
        let names: Option<Vec<_>> = missing.iter().map(plain_spn).collect();
        let lines: Vec<_> =
            names?.into_iter().map(|spn| format!("setspn {}", arguments(spn).replace("{account}", account))).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    };
    let look = Step {
        requires: "any domain user".into(),
        verify: Some(
            "No object is listed. If another object holds the name, stop: it has to leave that object first, or the \
             domain controller can't choose."
                .into(),
        ),
        ..base("See whether another object holds the missing names.", "domain", Effect::ReadOnly)
    };
    let register = Step {
        requires: "Domain Admins, or the right \"Validated write to service principal name\" on the object".into(),
        undo: Some(
            each(&|spn| format!("-D \"{spn}\" {{account}}")).unwrap_or_else(|| "Take the names off again.".into()),
        ),
        wait: Some("Replication, and 15 min until refused requests are forgotten.".into()),
        verify: Some(format!("\"setspn -L\" lists the names for {host}, \"setspn -X\" no duplicates.")),
        ..base(
            format!(
                "Register the migration service's names on {host}, and only there: a name on a second object breaks \
                 what it is meant to cure. -S refuses duplicates; -A doesn't look for them on older systems. The service \
                 cifs needs no entry, HOST covers it."
            ),
            "domain",
            Effect::Changes,
        )
    };
    let mut why = format!(
        "Find out why {host} didn't register them itself: the Virtual Machine Management service does so when it starts \
         and logs 14050 when it can't, for instance when the domain controllers' directory service answers on a \
         fixed port outside the dynamic range."
    );
    if cluster_node {
        why.push_str(
            " Don't restart that service (vmms) for this: on a cluster node the restart interrupts the management of \
             every VM role there, so drain the node before.",
        );
    }
    let explain = Step {
        command: Some(
            "Get-WinEvent -FilterHashtable @{LogName='Microsoft-Windows-Hyper-V-VMMS-Admin'; Id=14050,14052} \
             -MaxEvents 20"
                .into(),
        ),
        shell: Some(Shell::PowerShell),
        requires: "local Administrators or Event Log Readers".into(),
        ..base(why, host.clone(), Effect::ReadOnly)
    };
    vec![
        with_command(look, Shell::Cmd, each(&|spn| format!("-Q \"{spn}\""))),
        with_command(register, Shell::Cmd, each(&|spn| format!("-S \"{spn}\" {{account}}"))),
        explain,
    ]
}

/// For an administrator whose account may not be delegated: another account, never a quick unflagging.
pub fn not_delegable_user_steps(user: &str) -> Vec<Step> {
    let shown_user = shown(plain_account(user).unwrap_or(user));
    let look = Step {
        requires: "any domain user; the ActiveDirectory PowerShell module".into(),
        ..base(
            format!("See what keeps {shown_user} from being delegated: the option of the account, or Protected Users."),
            "domain",
            Effect::ReadOnly,
        )
    };
    let command = plain_account(user).map(|account| {
        format!(
            "Get-ADUser -Identity {} -Properties AccountNotDelegated, MemberOf | Select-Object SamAccountName, \
             AccountNotDelegated, @{{n='MemberOf'; e={{$_.MemberOf -join '; '}}}} | Format-List",
            ps_quote(account)
        )
    });
    let other = Step {
        requires: "an account that is in Hyper-V Administrators or Administrators on both hosts, is not marked \
                   sensitive, and is not in Protected Users"
            .into(),
        verify: Some("Hyper-V-VMMS-Admin of the source shows 20413 and then 20415.".into()),
        ..base(
            format!(
                "Start remote moves with another account that is meant for them. Leave the protection of \
                 {shown_user} in place: it is what keeps a taken-over host from acting as that administrator. To \
                 clear it for the sake of migration is a decision for whoever answers for the domain's security."
            ),
            "management station",
            Effect::ReadOnly,
        )
    };
    let console = Step {
        requires: "sign-in rights on the source host".into(),
        ..base(
            "Or start the move on the source's own console: there the administrator's own ticket is used and nothing \
             is delegated.",
            "source host",
            Effect::ReadOnly,
        )
    };
    vec![with_command(look, Shell::PowerShell, command), other, console]
}

/// Sets how live migrations authenticate on `hosts`, which have the other type now.
pub fn authentication_type_steps(hosts: &[&HostName], to: AuthenticationType, cluster_node: bool) -> Vec<Step> {
    let (new, old) = match to {
        AuthenticationType::Kerberos => ("Kerberos", "CredSSP"),
        AuthenticationType::CredSsp => ("CredSSP", "Kerberos"),
    };
    let names: Vec<_> = hosts.iter().filter_map(|host| host.address()).collect();
    let complete = !names.is_empty() && names.len() == hosts.len();
    let command = |tail: &str, verb: &str| {
        complete.then(|| format!("{verb}-VMHost -ComputerName {}{tail}", ps_list(names.iter().copied())))
    };
    let set = |value: &str| command(&format!(" -VirtualMachineMigrationAuthenticationType {value}"), "Set");
    let shown_hosts = list(hosts.iter().map(|host| shown(&host.short)));
    let requires = "Hyper-V Administrators or Administrators on the hosts; the Hyper-V PowerShell module";
    let look = Step {
        requires: requires.into(),
        ..base("See what each host uses now.", "management station", Effect::ReadOnly)
    };
    let mut text = format!("Set {new} as the authentication type for live migration on {shown_hosts}.");
    text.push_str(match to {
        AuthenticationType::Kerberos => {
            " Remotely started moves with Kerberos need constrained delegation on every source host: put that in \
             place before."
        }
        AuthenticationType::CredSsp => {
            " With CredSSP a move has to be started on the source's own console, and Credential Guard on the source \
             (the default of domain-joined Windows Server 2025) refuses it."
        }
    });
    if cluster_node {
        text.push_str(" All nodes of a cluster need the same setting.");
    }
    let change = Step {
        console: Some(format!(
            "Hyper-V Manager > host > Hyper-V Settings > Live Migrations > Advanced Features > Use {new}"
        )),
        requires: requires.into(),
        undo: Some(set(old).unwrap_or_else(|| format!("Set the type back to {old}."))),
        verify: Some("Get-VMHost shows the same type on all hosts.".into()),
        ..base(text, "management station", Effect::Changes)
    };
    let show = command(
        " | Select-Object Name, VirtualMachineMigrationEnabled, VirtualMachineMigrationAuthenticationType",
        "Get",
    );
    vec![with_command(look, Shell::PowerShell, show), with_command(change, Shell::PowerShell, set(new))]
}
