//! The words for values, shared by the renderings for people.

use chrono::{Datelike, Timelike};
use delegap_model::{
    AuthenticationType, Confidence, DelegationKind, Effect, Evidence, HostPair, Initiator, Kind, OnsetKind,
    PairVerdict, Phase, Recovered, Severity, Shell, Side, Status, Time, Weight,
};

/// What stands where a value is not known.
pub const NOT_KNOWN: &str = "not known";

/// `2026-11-20 21:14:03Z`
pub fn time(t: Time) -> String {
    let year = t.year();
    format!("{year:04}-{:02}-{:02} {:02}:{:02}:{:02}Z", t.month(), t.day(), t.hour(), t.minute(), t.second())
}

/// The time, or that it is not known.
pub fn time_or_not(t: Option<Time>) -> String {
    t.map_or_else(|| NOT_KNOWN.to_owned(), time)
}

/// The text, or that it is not known.
pub fn or_not(text: Option<&str>) -> String {
    text.filter(|t| !t.is_empty()).unwrap_or(NOT_KNOWN).to_owned()
}

/// `61,204`
pub fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// `1 attempt`, `1,204 attempts`; `noun` is a regular one.
pub fn count(n: usize, noun: &str) -> String {
    count_u64(n as u64, noun)
}

/// Stale records of a log.
pub fn recovered(found: Recovered) -> String {
    let decoded = format!("{} recovered", number(found.records));
    match found.unreadable {
        0 => decoded,
        n => format!("{decoded}, {} stale past decoding", number(n)),
    }
}

/// [`count`] for numbers that are not lengths.
pub fn count_u64(n: u64, noun: &str) -> String {
    format!("{} {noun}{}", number(n), if n == 1 { "" } else { "s" })
}

/// `a, b, c and 12 more` with at most `limit` items written out.
pub fn list<T: AsRef<str>>(items: &[T], limit: usize) -> String {
    let shown: Vec<&str> = items.iter().take(limit).map(AsRef::as_ref).collect();
    let hidden = items.len() - shown.len();
    let mut text = shown.join(", ");
    if hidden > 0 {
        text.push_str(&format!(" and {} more", number(hidden as u64)));
    }
    text
}

/// `HV01 -> HV02`
pub fn pair(p: &HostPair) -> String {
    arrow(&p.source, &p.destination)
}

/// `HV01 -> HV02`
pub fn arrow(source: &str, destination: &str) -> String {
    format!("{source} -> {destination}")
}

/// The headline of an answer.
pub fn status(s: Status) -> &'static str {
    match s {
        Status::CauseFound => "Cause found",
        Status::GapsOnly => "No failed migration seen, but there are gaps",
        Status::NoCauseProven => "No cause proven",
        Status::NoFailures => "No failed migration seen",
        Status::InsufficientEvidence => "Insufficient evidence",
    }
}

/// A confidence in one word.
pub fn confidence(c: Confidence) -> &'static str {
    match c {
        Confidence::Possible => "possible",
        Confidence::Likely => "likely",
        Confidence::Confirmed => "confirmed",
    }
}

/// What a confidence rests on.
pub fn confidence_meaning(c: Confidence) -> &'static str {
    match c {
        Confidence::Possible => "signs only: treat it as a lead",
        Confidence::Likely => "strong evidence, but one link of the proof is missing",
        Confidence::Confirmed => "the error and what produces it were both seen, and nothing speaks against it",
    }
}

/// A severity, in capitals so that it stands out without colour.
pub fn severity(s: Severity) -> &'static str {
    match s {
        Severity::Info => "INFO",
        Severity::Warning => "WARNING",
        Severity::Error => "ERROR",
    }
}

/// A side of a migration.
pub fn side(s: Side) -> &'static str {
    match s {
        Side::Source => "source",
        Side::Destination => "destination",
    }
}

/// A phase of a migration.
pub fn phase(p: Phase) -> &'static str {
    match p {
        Phase::Listen => "listen",
        Phase::Connect => "connect",
        Phase::Authenticate => "authenticate",
        Phase::Plan => "plan",
        Phase::Compatibility => "compatibility",
        Phase::Transfer => "transfer",
        Phase::HandOver => "hand-over",
    }
}

/// Who started a migration.
pub fn initiator(i: Initiator) -> &'static str {
    match i {
        Initiator::Local => "local console",
        Initiator::Remote => "remote tool",
        Initiator::Cluster => "cluster service",
    }
}

/// A cell of the pair matrix; [`pair_verdict_meaning`] is its legend.
pub fn pair_verdict(v: PairVerdict) -> &'static str {
    match v {
        PairVerdict::Ok => "ok",
        PairVerdict::Gap => "GAP",
        PairVerdict::Warning => "warn",
        PairVerdict::Unknown => "?",
        PairVerdict::NotRequired => "n/a",
    }
}

/// What a cell of the pair matrix means.
pub fn pair_verdict_meaning(v: PairVerdict) -> &'static str {
    match v {
        PairVerdict::Ok => "delegation suffices",
        PairVerdict::Gap => "a move started from another machine is refused",
        PairVerdict::Warning => "suffices under conditions that are easily broken",
        PairVerdict::Unknown => "the inputs don't tell: not checked",
        PairVerdict::NotRequired => "this pair does not use delegation",
    }
}

/// How a computer object is trusted.
pub fn delegation(k: DelegationKind) -> &'static str {
    match k {
        DelegationKind::None => "none",
        DelegationKind::Unconstrained => "unconstrained",
        DelegationKind::KerberosOnly => "Kerberos only",
        DelegationKind::AnyProtocol => "any protocol",
        DelegationKind::Unknown => NOT_KNOWN,
    }
}

/// How a host's migrations authenticate.
pub fn authentication(a: Option<AuthenticationType>) -> &'static str {
    match a {
        Some(AuthenticationType::Kerberos) => "Kerberos",
        Some(AuthenticationType::CredSsp) => "CredSSP",
        None => NOT_KNOWN,
    }
}

/// What a step does to the environment.
pub fn effect(e: Effect) -> &'static str {
    match e {
        Effect::ReadOnly => "reads only",
        Effect::Changes => "CHANGES configuration",
        Effect::Destructive => "DESTRUCTIVE: interrupts work or loses something",
    }
}

/// A shell by the name people know.
pub fn shell(s: Shell) -> &'static str {
    match s {
        Shell::PowerShell => "PowerShell",
        Shell::Cmd => "cmd.exe",
    }
}

/// A kind of onset candidate.
pub fn onset(k: OnsetKind) -> &'static str {
    match k {
        OnsetKind::Update => "update",
        OnsetKind::DirectoryChange => "directory change",
        OnsetKind::OsUpgrade => "OS upgrade",
        OnsetKind::Policy => "policy",
        OnsetKind::Reboot => "reboot",
    }
}

/// `2026-11-20 21:14:03Z HV01 (source): what it says [HV01/VMMS-Admin.evtx#48213]`
pub fn statement(e: &Evidence) -> String {
    let mut who: Vec<String> = e.time.map(time).into_iter().collect();
    who.extend(e.host.as_deref().map(str::to_owned));
    who.extend(e.side.map(|s| format!("({})", side(s))));
    let who = if who.is_empty() { String::new() } else { format!("{}: ", who.join(" ")) };
    format!("{who}{} [{}]", e.says, e.at)
}

/// What an onset candidate's weight means.
pub fn weight(w: Weight) -> &'static str {
    match w {
        Weight::Weak => "weak: the dates coincide",
        Weight::Strong => "strong: its mechanism is shown",
    }
}

/// What a file was taken for.
pub fn kind(k: Kind) -> &'static str {
    match k {
        Kind::Evtx => "event log",
        Kind::EventXml => "event log (XML)",
        Kind::EventExport => "event log (JSON, CSV or text)",
        Kind::Mta => "localised strings of a log",
        Kind::ProviderManifest => "message texts (wevtutil gp)",
        Kind::AdCsv => "computer objects (CSV)",
        Kind::AdJson => "computer objects (JSON)",
        Kind::AdClixml => "computer objects (CLIXML)",
        Kind::AdText => "directory objects (console text)",
        Kind::AdTool => "directory objects (collector's file)",
        Kind::Ldif => "directory objects (LDIF)",
        Kind::AdUsersCsv => "user objects (CSV)",
        Kind::AdUsersJson => "user objects (JSON)",
        Kind::AdUsersClixml => "user objects (CLIXML)",
        Kind::Hotfix => "update list (Get-HotFix)",
        Kind::WmicQfe => "update list (wmic qfe)",
        Kind::Systeminfo => "systeminfo",
        Kind::VmHost => "Hyper-V host settings",
        Kind::ClusterNodes => "cluster nodes",
        Kind::Cluster => "cluster",
        Kind::Tickets => "Kerberos tickets (klist)",
        Kind::AttributeMetadata => "replication metadata",
        Kind::SecurityPolicy => "security policy",
        Kind::Clocks => "clock differences, or a time service's state (w32tm)",
        Kind::DeviceGuard => "Win32_DeviceGuard",
        Kind::OsVersion => "operating system version",
        Kind::MigrationNetworks => "migration networks",
        Kind::MachineSid => "machine SID",
        Kind::UpdateHistory => "update history (Get-WUHistory)",
        Kind::Packages => "packages (DISM)",
        Kind::ServicingLog => "servicing log (CBS.log)",
        Kind::UpdateLog => "update agent's log",
        Kind::Registry => "registry values",
        Kind::PolicyResult => "Group Policy report (gpresult, Get-GPOReport)",
        Kind::SystemInformation => "system information (msinfo32)",
        Kind::SecureChannel => "secure channel (nltest)",
        Kind::NetlogonLog => "Netlogon's debug log",
        Kind::ClusterObjects => "cluster groups, networks or resources",
        Kind::ClusterLog => "cluster log",
        Kind::ClusterReport => "cluster validation report",
        Kind::VirtualMachines => "virtual machines (Get-VM)",
        Kind::Archive => "archive",
        Kind::Unknown => "NOT RECOGNISED",
    }
}

/// What in a file's content shows that it is of a kind.
pub fn recognised_by(k: Kind) -> &'static str {
    match k {
        Kind::Evtx => "it begins with the signature of an event log",
        Kind::EventXml => "it holds Event elements of the event log's XML namespace",
        Kind::EventExport => "its objects or rows are events: a time, a source, an event id",
        Kind::Mta => "it begins with the signature of localised strings",
        Kind::ProviderManifest => "it lists a provider's events as wevtutil gp does",
        Kind::AdCsv | Kind::AdUsersCsv => "its columns are attributes of directory objects",
        Kind::AdJson | Kind::AdUsersJson => "its JSON objects have attributes of directory objects",
        Kind::AdText => "its text names attributes of directory objects",
        Kind::AdTool => "its objects are shaped as a directory collector writes them",
        Kind::AdClixml | Kind::AdUsersClixml => "its serialized objects have attributes of directory objects",
        Kind::Ldif => "it has entries that begin with a distinguished name",
        Kind::Hotfix => "its rows have a HotFixID",
        Kind::WmicQfe => "its rows have a HotFixID in the layout of wmic",
        Kind::Systeminfo => "it has the sections of systeminfo",
        Kind::VmHost => "it has the migration settings of Hyper-V hosts",
        Kind::ClusterNodes => "its rows are cluster nodes with their state",
        Kind::Cluster => "it has properties that only a cluster has",
        Kind::Tickets => "it lists cached tickets of a logon session",
        Kind::AttributeMetadata => "it lists attributes with version and time of their last change",
        Kind::SecurityPolicy => "it has the sections of a security template",
        Kind::Clocks => "it lists measured clock offsets, or the state of a time service",
        Kind::DeviceGuard => "it names the security services that run",
        Kind::OsVersion => "it names a build of Windows",
        Kind::MigrationNetworks => "its rows are subnets with their priority",
        Kind::MachineSid => "it names the SID of a machine",
        Kind::UpdateHistory => "its rows have title, date and result of installations",
        Kind::Packages => "it lists packages by their identity",
        Kind::ServicingLog => "its lines are those of component-based servicing",
        Kind::UpdateLog => "its lines are those of the update agent",
        Kind::Registry => "it begins as exports of the registry do, or policies of it",
        Kind::PolicyResult => "it is a result or report of Group Policy",
        Kind::SystemInformation => "its root element is that of msinfo32",
        Kind::SecureChannel => "it is what nltest prints of a secure channel",
        Kind::NetlogonLog => "its lines are those of netlogon.log",
        Kind::ClusterObjects => "its rows are groups, networks or resources of a cluster",
        Kind::ClusterLog => "its lines are those of the cluster service",
        Kind::ClusterReport => "it has the title or the channels of a cluster validation report",
        Kind::VirtualMachines => "its rows are virtual machines with their state",
        Kind::Archive => "it begins with the signature of an archive",
        Kind::Unknown => "nothing in it is known to this program",
    }
}

/// What files of a kind do not tell, and what to send for it; `None` for kinds that tell what they are sent for.
pub fn send_instead(k: Kind) -> Option<&'static str> {
    Some(match k {
        Kind::UpdateLog => "updates by their number: send Get-HotFix | Export-Csv hotfix.csv -NoTypeInformation",
        Kind::ServicingLog => {
            "updates that were installed before the log begins: send dism /english /online /get-packages"
        }
        Kind::SecureChannel => "what the host logged of it: send the System log (wevtutil epl System System.evtx)",
        Kind::NetlogonLog => {
            "year and zone of its times, and whether the secure channel works now: send the System log of the host and nltest /sc_verify:<domain>"
        }
        Kind::ClusterObjects | Kind::ClusterLog => {
            "all nodes and how they authenticate: send Get-ClusterNode | ConvertTo-Json, and Get-VMHost | ConvertTo-Json of every node"
        }
        Kind::ClusterReport => {
            "the nodes, how they authenticate and what a test found: send Get-ClusterNode | ConvertTo-Json, Get-VMHost | ConvertTo-Json of every node, and the networks (Get-ClusterNetwork | Format-List -Property *)"
        }
        Kind::VirtualMachines => {
            "how the hosts authenticate: send Get-VMHost | ConvertTo-Json of every host; and for processor compatibility Get-VMProcessor * | ConvertTo-Json"
        }
        Kind::PolicyResult => {
            "values that no policy sets: send secedit /export /cfg policy.inf; and gpresult /z > gpresult.txt, which has the registry values that HTML and XML name in the language of their reader"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_plurals() {
        assert_eq!(number(0), "0");
        assert_eq!(number(999), "999");
        assert_eq!(number(61_204), "61,204");
        assert_eq!(number(1_234_567), "1,234,567");
        assert_eq!(count(1, "attempt"), "1 attempt");
        assert_eq!(count(0, "attempt"), "0 attempts");
        assert_eq!(list(&["a", "b", "c"], 2), "a, b and 1 more");
        assert_eq!(list(&["a", "b"], 2), "a, b");
    }
}
