//! Builds the steps that repair delegation, in an order that is safe to follow.
//!
//! One domain controller for all writes, the old state saved first, entries added and never replaced, an undo for
//! every change, unconstrained delegation cleared last. Names from customers' files reach a command only when they
//! have the shape of a name (see [`quote`]).

mod accounts;
mod effective;
mod quote;
mod resource_based;
#[cfg(test)]
mod tests;
mod workaround;

pub use accounts::{authentication_type_steps, not_delegable_user_steps, spn_registration_steps};
pub use effective::not_effective_yet_steps;
pub use quote::{plain_host, plain_spn, ps_list, ps_quote, shown};
pub use resource_based::alternative_step;
pub use workaround::workarounds;

use delegap_model::{Effect, Shell, Spn, Step, fold};
use std::collections::BTreeMap;

/// Who may write delegation attributes.
const DOMAIN_ADMINS: &str = "Domain Admins, or write access to the object together with \
    SeEnableDelegationPrivilege on the domain controllers; the ActiveDirectory PowerShell module";

/// A host as its computer object names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostName {
    /// The computer account's name without `$`.
    pub short: String,
    /// The full DNS name, if it is known.
    pub fqdn: Option<String>,
}

impl HostName {
    /// The DNS domain of the full name, if it is known and may stand in a command.
    fn domain(&self) -> Option<&str> {
        plain_host(self.fqdn.as_deref()?)?.split_once('.').map(|(_, domain)| domain).and_then(plain_host)
    }

    /// The name that connects: the full one where it is known and plain.
    fn address(&self) -> Option<&str> {
        self.fqdn.as_deref().and_then(plain_host).or_else(|| plain_host(&self.short))
    }
}

/// What a source's list lacks for one destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DestinationGap {
    /// The host the VM is to run on.
    pub host: HostName,
    /// The entries that are not on the source's list; see [`missing_entries`]. Empty when the list is complete.
    pub missing: Vec<Spn>,
    /// Source and destination are in different domains: classic delegation can't serve this pair, the destination's
    /// object is changed instead.
    pub other_domain: bool,
}

/// The repair of one source host. Both directions of a pair are two of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRepair {
    /// The host the VMs leave: the object that is changed.
    pub source: HostName,
    /// Where its VMs are to go.
    pub destinations: Vec<DestinationGap>,
    /// Is protocol transition ("use any authentication protocol") on now? `None`: the export doesn't tell.
    pub protocol_transition: Option<bool>,
    /// Does the source run Windows Server 2016 (build 14393) or later? `None`: not known.
    pub os_2016_or_later: Option<bool>,
    /// The source's own list is known to be empty: then resource-based delegation works without protocol transition.
    pub list_empty: bool,
    /// Unconstrained delegation is on and is to be cleared.
    pub clear_unconstrained: bool,
    /// The source is a node of a failover cluster.
    pub cluster_node: bool,
}

/// The entries a list lacks for live migration to `destination`: each class of `classes` in the short and the full
/// form, without those that `listed` serves already. The KDC compares whole names ([MS-SFU] 3.2.5.2.1), and which form
/// the source asks for depends on how the destination was named: hence both.
pub fn missing_entries(destination: &HostName, listed: &[Spn], classes: &[&str]) -> Vec<Spn> {
    let names = [Some(destination.short.as_str()), destination.fqdn.as_deref()];
    classes
        .iter()
        .flat_map(|class| names.into_iter().flatten().map(|name| Spn::of(class, name)))
        .filter(|wanted| !listed.iter().any(|entry| entry.serves(wanted)))
        .collect()
}

/// The whole repair of constrained delegation: save, add, protocol transition, cross-domain pairs, replication,
/// tickets, test, and unconstrained delegation last. Empty for no repairs.
pub fn delegation_steps(repairs: &[SourceRepair]) -> Vec<Step> {
    let mut steps = Vec::new();
    for (domain, group) in by_domain(repairs) {
        steps.push(save(domain.as_deref(), &group));
        for repair in &group {
            steps.extend(add_entries(repair));
            steps.extend(set_protocol_transition(repair));
        }
        steps.push(effective::replicated(&group.iter().map(|r| &r.source).collect::<Vec<_>>()));
    }
    for repair in repairs {
        for gap in repair.destinations.iter().filter(|gap| gap.other_domain) {
            steps.push(resource_based::append(&repair.source, &gap.host));
        }
    }
    if !repairs.is_empty() {
        steps.push(effective::purge(&repairs.iter().map(|r| &r.source).collect::<Vec<_>>()));
    }
    for repair in repairs {
        let destinations: Vec<_> = repair.destinations.iter().map(|gap| &gap.host).collect();
        steps.extend(effective::test_move(&repair.source, &destinations, repair.cluster_node));
    }
    steps.extend(repairs.iter().filter(|r| r.clear_unconstrained).map(clear_unconstrained));
    steps
}

/// Takes unconstrained delegation away from hosts whose list is complete: saves the state first.
pub fn clear_unconstrained_steps(repairs: &[SourceRepair]) -> Vec<Step> {
    let saves = by_domain(repairs).into_iter().map(|(domain, group)| save(domain.as_deref(), &group));
    saves.chain(repairs.iter().map(clear_unconstrained)).collect()
}

fn by_domain(repairs: &[SourceRepair]) -> BTreeMap<Option<String>, Vec<&SourceRepair>> {
    let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for repair in repairs {
        groups.entry(repair.source.domain().map(fold)).or_default().push(repair);
    }
    groups
}

/// Picks the domain controller that the later steps write to, and keeps the state before them.
fn save(domain: Option<&str>, group: &[&SourceRepair]) -> Step {
    let names: Vec<_> = group.iter().filter_map(|r| plain_host(&r.source.short)).collect();
    let command = (!names.is_empty()).then(|| {
        let file = format!(".\\delegation-before{}.xml", domain.map(|d| format!("-{d}")).unwrap_or_default());
        format!(
            "{}\n$before = {} | Get-ADComputer -Properties 'msDS-AllowedToDelegateTo', TrustedForDelegation, \
             TrustedToAuthForDelegation, userAccountControl, servicePrincipalName, \
             PrincipalsAllowedToDelegateToAccount, whenChanged -Server $dc\n\
             $before | Export-Clixml -Path {} -NoClobber\n\
             $before | Select-Object Name, TrustedForDelegation, TrustedToAuthForDelegation, \
             @{{n='Entries'; e={{$_.'msDS-AllowedToDelegateTo' -join '; '}}}} | Format-List\n$dc",
            pick_controller(domain),
            ps_list(names),
            ps_quote(&file),
        )
    });
    let text = "Pick one domain controller for all steps, save the present state of the source hosts' computer \
                objects, and compare it with this report: the export it was made from may be older than the \
                directory. Leave out of the next steps what is there already. A file of an earlier run is not \
                overwritten. The next steps and every undo write to the same domain controller: keep the window open, \
                or set $dc to the name shown.";
    Step {
        verify: Some("The file exists and the listing shows every source host.".into()),
        ..with_command(base(text, "domain", Effect::ReadOnly), Shell::PowerShell, command)
    }
}

fn pick_controller(domain: Option<&str>) -> String {
    let domain = domain.map(|d| format!(" -DomainName {}", ps_quote(d))).unwrap_or_default();
    format!("$dc = [string](Get-ADDomainController -Discover -Writable{domain}).HostName")
}

/// The controller picked in the first step, or one now if that window is gone.
fn keep_controller(domain: Option<&str>) -> String {
    format!("if (-not $dc) {{ {} }}", pick_controller(domain))
}

/// Adds exactly the missing entries to the source's list.
fn add_entries(repair: &SourceRepair) -> Option<Step> {
    let gaps: Vec<_> = repair.destinations.iter().filter(|gap| !gap.other_domain && !gap.missing.is_empty()).collect();
    if gaps.is_empty() {
        return None;
    }
    let source = shown(&repair.source.short);
    let (plain, left_out): (Vec<_>, Vec<_>) =
        gaps.iter().flat_map(|gap| &gap.missing).partition(|spn| plain_spn(spn).is_some());
    let account = plain_host(&repair.source.short).filter(|_| !plain.is_empty()).map(ps_quote);
    let change = |verb: &str| {
        let values = ps_list(plain.iter().map(|spn| spn.as_str()));
        account.as_ref().map(|account| {
            format!("Set-ADComputer -Identity {account} -{verb} @{{'msDS-AllowedToDelegateTo'={values}}} -Server $dc")
        })
    };
    let mut text = format!(
        "Allow {source} to act for users toward {}: add the missing entries to msDS-AllowedToDelegateTo of the \
         computer object {source}. Both name forms are listed because the domain controller compares the whole name \
         and the destination may be asked for by either.",
        list(gaps.iter().map(|gap| shown(&gap.host.short))),
    );
    if plain.iter().any(|spn| spn.has_class(Spn::CIFS)) {
        text.push_str(
            " The migration service carries the VM; cifs carries its storage when that moves too or lies on a share. \
             Some published guides list the migration service alone, which leaves storage moves refused.",
        );
    }
    if repair.cluster_node {
        text.push_str(
            " The entries belong on the node's own computer object, not on the cluster's name object. Moves that \
             the cluster service runs don't use them.",
        );
    }
    if account.is_some() && !left_out.is_empty() {
        text.push_str(&format!(
            " Not in the command, because of characters that no host name has: {}.",
            list(left_out.iter().map(|spn| shown(spn.as_str())))
        ));
    }
    let undo = change("Remove").unwrap_or_else(|| "Take the added entries off the list again.".into());
    let step = Step {
        console: Some(add_console(repair, &gaps)),
        undo: Some(undo),
        verify: Some(format!(
            "Get-ADComputer on the same domain controller shows the added entries and all former ones ({source})."
        )),
        ..base(text, "domain", Effect::Changes)
    };
    Some(with_command(step, Shell::PowerShell, change("Add")))
}

fn add_console(repair: &SourceRepair, gaps: &[&DestinationGap]) -> String {
    let source = shown(&repair.source.short);
    let kind = match repair.os_2016_or_later {
        _ if repair.protocol_transition == Some(true) => "leave the choice of protocol as it is",
        Some(true) => "Use any authentication protocol",
        Some(false) => "Use Kerberos only",
        None => "Use any authentication protocol (Windows Server 2012 R2 and earlier: Use Kerberos only)",
    };
    let destinations = list(gaps.iter().map(|gap| shown(&gap.host.short)));
    let tab = format!(
        "Trust this computer for delegation to specified services only > {kind} > Add > Users or Computers > \
         {destinations} > cifs and {} (the box Expanded shows both name forms)",
        Spn::MIGRATION
    );
    let mut console = format!(
        "Active Directory Users and Computers > View > Advanced Features > {source} > Properties > Delegation > {tab}. \
         Active Directory Administrative Center > {source} > Properties > Extensions > Delegation > the same."
    );
    if repair.clear_unconstrained {
        console.push_str(" This choice also switches unconstrained delegation off at once; the command doesn't.");
    }
    console
}

/// Switches protocol transition on where a remotely started move needs it.
fn set_protocol_transition(repair: &SourceRepair) -> Option<Step> {
    // With a list and no protocol transition the resource-based path is refused too.
    let all_elsewhere = !repair.destinations.is_empty() && repair.destinations.iter().all(|gap| gap.other_domain);
    let needless = all_elsewhere && repair.list_empty;
    if repair.protocol_transition == Some(true) || repair.os_2016_or_later == Some(false) || needless {
        return None;
    }
    let source = shown(&repair.source.short);
    let condition = match repair.os_2016_or_later {
        Some(_) => "",
        None => "Only if the source runs Windows Server 2016 or later (on 2012 R2 and earlier leave it off): ",
    };
    let text = format!(
        "{condition}Set the delegation of {source} to \"Use any authentication protocol\" (protocol transition). From \
         Windows Server 2016 on, remote management reaches the host over WinRM, which can't hand the user's ticket on; \
         with \"Use Kerberos only\" the host then has no ticket it may use. Published guides, a widely copied repair of \
         these very failures among them, offer \"Use Kerberos only\" first: from 2016 on that leaves the moves refused. \
         Security effect: the Hyper-V team calls the \
         difference to \"Use Kerberos only\" marginal. [MS-SFU] 5.1 ranks computers with this right near a domain \
         controller: whoever is SYSTEM on {source} can act as any user toward the listed services, except users \
         marked \"sensitive and cannot be delegated\". Marking administrators so protects them, and makes the moves \
         that they start remotely fail."
    );
    let set = |value: &str| {
        let account = ps_quote(&format!("{}$", plain_host(&repair.source.short)?));
        Some(format!("Set-ADAccountControl -Identity {account} -TrustedToAuthForDelegation {value} -Server $dc"))
    };
    let off = set("$false").unwrap_or_else(|| "Set it back to \"Use Kerberos only\".".into());
    let undo = match repair.protocol_transition {
        Some(_) => off,
        None => format!("# Only if the saved state shows TrustedToAuthForDelegation False:\n{off}"),
    };
    let step = Step {
        console: Some(format!(
            "Active Directory Users and Computers > View > Advanced Features > {source} > Properties > Delegation > Use \
             any authentication protocol. Active Directory Administrative Center > {source} > Properties > Extensions \
             > Delegation > the same."
        )),
        undo: Some(undo),
        verify: Some(format!("Get-ADComputer shows TrustedToAuthForDelegation True for {source}.")),
        ..base(text, "domain", Effect::Changes)
    };
    Some(with_command(step, Shell::PowerShell, set("$true")))
}

/// Takes unconstrained delegation away, after the new way has proved itself.
fn clear_unconstrained(repair: &SourceRepair) -> Step {
    let source = shown(&repair.source.short);
    let set = |value: &str| {
        let account = ps_quote(&format!("{}$", plain_host(&repair.source.short)?));
        let controller = keep_controller(repair.source.domain());
        Some(format!(
            "{controller}\nSet-ADAccountControl -Identity {account} -TrustedForDelegation {value} -Server $dc"
        ))
    };
    let text = format!(
        "Last, and only after a remotely started move from {source} has completed: take \"Trust this computer for \
         delegation to any service\" away from {source}. As long as it is set, {source} keeps the ticket of every user \
         who signs in there with delegation and can act as that user anywhere. Other services on {source} may rely on \
         it: look for them first, and do this in a maintenance window of its own."
    );
    let step = Step {
        console: Some(format!(
            "Active Directory Users and Computers > View > Advanced Features > {source} > Properties > Delegation > Trust \
             this computer for delegation to specified services only; the list stays."
        )),
        undo: Some(set("$true").unwrap_or_else(|| "Set the option again in the console.".into())),
        wait: Some("Replication, then up to 10 h until tickets issued before have ended.".into()),
        verify: Some(format!(
            "Get-ADComputer shows TrustedForDelegation False for {source} with its list unchanged, and a remotely \
             started move still completes."
        )),
        ..base(text, "domain", Effect::Changes)
    };
    with_command(step, Shell::PowerShell, set("$false"))
}

/// A step without command and console.
fn base(text: impl Into<String>, runs_on: impl Into<String>, effect: Effect) -> Step {
    Step {
        text: text.into(),
        command: None,
        shell: None,
        console: None,
        runs_on: runs_on.into(),
        requires: DOMAIN_ADMINS.into(),
        effect,
        undo: None,
        wait: None,
        verify: None,
    }
}

/// Gives the step its command, or says why it has none.
fn with_command(mut step: Step, shell: Shell, command: Option<String>) -> Step {
    match command {
        Some(_) => step.shell = Some(shell),
        None => step.text.push_str(
            " No command is given: a name in the files holds characters that no host or account name has. Find out \
             where it comes from before anything is changed.",
        ),
    }
    step.command = command;
    step
}

/// `A`, `A and B`, `A, B and C`.
fn list(items: impl IntoIterator<Item = String>) -> String {
    let mut items: Vec<_> = items.into_iter().collect();
    match items.pop() {
        None => String::new(),
        Some(last) if items.is_empty() => last,
        Some(last) => format!("{} and {last}", items.join(", ")),
    }
}
