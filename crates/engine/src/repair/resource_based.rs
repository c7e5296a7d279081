//! Resource-based delegation: the destination's object says who may act toward it.

use super::quote::{plain_host, ps_quote, shown};
use super::{HostName, base, with_command};
use delegap_model::{Effect, Shell, Step};

/// The alternative to entries on the source, for someone who may write the destination's object but has no
/// SeEnableDelegationPrivilege: the destination's own object lets the source in. `more`: pairs it would be repeated for.
pub fn alternative_step(source: &HostName, destination: &HostName, more: usize) -> Step {
    let step = append(source, destination);
    let repeat = if more == 0 { "" } else { " The same for every other pair." };
    let text = format!("Alternative to the entries on the source, not in addition to them.{repeat} {}", step.text);
    Step { text, ..step }
}

/// Saves and reads the destination's list, appends the source, and writes it.
pub(super) fn append(source: &HostName, destination: &HostName) -> Step {
    let (from, to) = (shown(&source.short), shown(&destination.short));
    let text = format!(
        "Let {to} accept {from} (resource-based delegation): append {from} to PrincipalsAllowedToDelegateToAccount of \
         the computer object {to}. The parameter overwrites the whole list, so the command saves and reads it first \
         and writes it back with {from} appended; principals of other domains on the list may have to be looked up in \
         their own domain. It is refused while {from} has a list of its own (msDS-AllowedToDelegateTo) with \"Use \
         Kerberos only\": then set \"Use any authentication protocol\" on {from}, which keeps the pairs that rely on its list. Microsoft names \
         this way for live migration; reports from the field are rare, so rely on the test move."
    );
    let step = Step {
        requires: format!("write access to the computer object {to}; the ActiveDirectory PowerShell module"),
        undo: Some(
            script(source, destination, Write::Without).unwrap_or_else(|| "Take the source off the list.".into()),
        ),
        wait: Some("Replication to the domain controllers that both hosts use.".into()),
        verify: Some(format!(
            "Get-ADComputer with -Properties PrincipalsAllowedToDelegateToAccount shows {from} and all former entries \
             for {to}."
        )),
        ..base(text, "domain", Effect::Changes)
    };
    with_command(step, Shell::PowerShell, script(source, destination, Write::With))
}

#[derive(Clone, Copy, PartialEq)]
enum Write {
    With,
    Without,
}

fn script(source: &HostName, destination: &HostName, write: Write) -> Option<String> {
    let (a, b) = (plain_host(&source.short)?, plain_host(&destination.short)?);
    let option = |name: &str, host: &HostName| {
        host.domain().map(|domain| format!(" -{name} {}", ps_quote(domain))).unwrap_or_default()
    };
    let mut lines = vec![
        format!(
            "if (-not $dc) {{ $dc = [string](Get-ADDomainController -Discover -Writable{}).HostName }}",
            option("DomainName", destination)
        ),
        format!("$a = Get-ADComputer -Identity {}{}", ps_quote(a), option("Server", source)),
        format!(
            "$b = Get-ADComputer -Identity {} -Properties PrincipalsAllowedToDelegateToAccount -Server $dc",
            ps_quote(b)
        ),
        "$rest = @($b.PrincipalsAllowedToDelegateToAccount | Where-Object { $_ -and $_ -ne $a.DistinguishedName })"
            .into(),
    ];
    let set = |value: &str| {
        format!("Set-ADComputer -Identity {} -PrincipalsAllowedToDelegateToAccount {value} -Server $dc", ps_quote(b))
    };
    match write {
        Write::With => {
            let file = ps_quote(&format!(".\\delegation-before-{b}-{a}.xml"));
            lines.insert(3, format!("$b | Export-Clixml -Path {file} -NoClobber"));
            lines.push(set("($rest + $a)"));
        }
        Write::Without => lines.push(format!("if ($rest.Count) {{ {} }} else {{ {} }}", set("$rest"), set("$null"))),
    }
    Some(lines.join("\n"))
}
