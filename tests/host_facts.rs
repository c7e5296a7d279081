//! Dumps about hosts, from the file to the diagnosis.

use crate::causes::fixture::{self, Fixture};
use delegap::model::{Confidence, Diagnosis, Finding, Initiator, InputSummary};

fn diagnose(text: &str) -> Diagnosis {
    let fixture: Fixture = toml::from_str(text).unwrap_or_else(|e| panic!("{e}"));
    delegap_engine::diagnose(fixture::read(&fixture))
}

/// The finding of a cause that explains moves.
fn found<'a>(d: &'a Diagnosis, cause: &str) -> &'a Finding {
    let explains = |f: &&Finding| f.cause == cause && !f.attempts.is_empty();
    d.findings.iter().find(explains).unwrap_or_else(|| panic!("no {cause}: {:?}", d.findings))
}

fn input<'a>(d: &'a Diagnosis, path: &str) -> &'a InputSummary {
    d.inputs.iter().find(|i| i.path == path).expect("the file")
}

/// True if a finding's facts or evidence have a text from a file.
fn shows(finding: &Finding, file: &str, text: &str) -> bool {
    let all = finding.evidence.iter().chain(&finding.against);
    all.into_iter().any(|e| &*e.at.file == file && e.says.contains(text))
}

const LOGON_RIGHT: &str = r#"
moves = [{ vm = "app01", from = "HV01", to = "HV02", at = "2026-11-10T09:00:00Z", ending = "logon-right-missing" }]
"#;

fn policy(path: &str, holders: &str) -> String {
    format!(
        "{LOGON_RIGHT}
file = [{{ path = '{path}', text = \"[Unicode]\\nUnicode=yes\\n[Privilege Rights]\\nSeServiceLogonRight = {holders}\\n[Version]\\nsignature=CHICAGO\\n\" }}]"
    )
}

#[test]
fn a_security_policy_proves_or_contradicts_a_missing_right() {
    let alone = diagnose(LOGON_RIGHT);
    assert_eq!(found(&alone, "logon-right-denied").confidence, Confidence::Likely);
    let d = diagnose(&policy("HV02/rights.inf", "*S-1-5-80-0"));
    let finding = found(&d, "logon-right-denied");
    assert_eq!(finding.confidence, Confidence::Confirmed);
    assert!(shows(finding, "HV02/rights.inf", "does not give SeServiceLogonRight"), "{finding:?}");
    let d = diagnose(&policy("HV02/rights.inf", "*S-1-5-80-0,*S-1-5-83-0"));
    let finding = found(&d, "logon-right-denied");
    assert_eq!(finding.confidence, Confidence::Possible);
    assert!(shows(finding, "HV02/rights.inf", "gives SeServiceLogonRight"), "{finding:?}");
    let d = diagnose(&policy("HV01/rights.inf", "*S-1-5-80-0"));
    assert_eq!(found(&d, "logon-right-denied").confidence, Confidence::Likely, "the source's rights say nothing");
    let d = diagnose(&policy("sysvol/{6AC1786C-016F-11D2-945F-00C04FB984F9}/GptTmpl.inf", "*S-1-5-80-0"));
    let finding = found(&d, "logon-right-denied");
    assert_eq!(finding.confidence, Confidence::Likely, "whether the object reaches the host is not known");
    assert!(shows(finding, "sysvol/{6AC1786C-016F-11D2-945F-00C04FB984F9}/GptTmpl.inf", "{6AC1786C"), "{finding:?}");
}

/// A refused move with nothing in the directory, and a list of the source's tickets.
fn tickets(session: &str, client: &str) -> String {
    format!(
        r#"
delegation = "none"
moves = [{{ vm = "app01", from = "HV01", to = "HV02", at = "2026-11-10T09:00:00Z", ending = "no-credentials" }}]
file = [{{ path = "HV01/klist.txt", text = """
Current LogonId is 0:0x51b3f
Targeted LogonId is 0:{session}

Cached Tickets: (1)

#0>	Client: {client} @ CONTOSO.LAB
	Server: Microsoft Virtual System Migration Service/HV02.contoso.lab @ CONTOSO.LAB
	KerbTicket Encryption Type: AES-256-CTS-HMAC-SHA1-96
	Ticket Flags 0x40a50000 -> forwardable renewable pre_authent ok_as_delegate name_canonicalize
	Start Time: 11/10/2026 9:30:00 (local)
	End Time:   11/10/2026 19:30:00 (local)
	Renew Time: 0
""" }}]"#
    )
}

#[test]
fn a_delegated_ticket_contradicts_a_gap() {
    let d = diagnose(&tickets("0x3e7", "Administrator"));
    assert_eq!(input(&d, "HV01/klist.txt").kind.as_str(), "klist");
    let finding = found(&d, "kcd-missing");
    assert_eq!(finding.confidence, Confidence::Likely);
    assert!(shows(finding, "HV01/klist.txt", "a domain controller has allowed it"), "{finding:?}");
    for (session, client) in [("0x3e7", "HV01$"), ("0x51b3f", "Administrator")] {
        let d = diagnose(&tickets(session, client));
        assert_eq!(
            found(&d, "kcd-missing").confidence,
            Confidence::Confirmed,
            "{client} in {session} shows no delegation"
        );
    }
}

/// The entries were added nine hours before the failure.
fn granting_ticket(hours: u32) -> String {
    let added = |value: &str| {
        format!(
            r#"{{ host = "DC01", provider = "Microsoft-Windows-Security-Auditing", channel = "Security", id = 5136, at = "2026-11-10T00:00:00Z", data = [["OpCorrelationID", "{{11111111-1111-1111-1111-111111111111}}"], ["SubjectUserName", "admin"], ["ObjectDN", "CN=HV01,CN=Computers,DC=contoso,DC=lab"], ["ObjectClass", "computer"], ["AttributeLDAPDisplayName", "msDS-AllowedToDelegateTo"], ["AttributeValue", "Microsoft Virtual System Migration Service/{value}"], ["OperationType", "%%14674"]] }}"#
        )
    };
    format!(
        r#"
moves = [{{ vm = "app01", from = "HV01", to = "HV02", at = "2026-11-10T09:00:00Z", ending = "no-credentials" }}]
event = [{}, {}]
file = [{{ path = "klist.txt", text = """
Current LogonId is 0:0x3e7

Cached Tickets: (1)

#0>	Client: hv01$ @ CONTOSO.LAB
	Server: krbtgt/CONTOSO.LAB @ CONTOSO.LAB
	KerbTicket Encryption Type: AES-256-CTS-HMAC-SHA1-96
	Ticket Flags 0x40e10000 -> forwardable renewable initial pre_authent name_canonicalize
	Start Time: 11/13/2026 1:00:00 (local)
	End Time:   11/13/2026 {}:00:00 (local)
	Renew Time: 11/20/2026 1:00:00 (local)
""" }}]"#,
        added("HV02"),
        added("HV02.contoso.lab"),
        1 + hours
    )
}

#[test]
fn the_life_of_tickets_is_read_where_a_list_shows_it() {
    let d = diagnose(&granting_ticket(10));
    assert_eq!(found(&d, "delegation-not-effective-yet").attempts.len(), 1);
    let d = diagnose(&granting_ticket(4));
    assert!(d.findings.iter().all(|f| f.cause != "delegation-not-effective-yet"), "tickets live four hours there");
}

/// Clocks that are 400 s apart, as two charts against one domain controller show.
const CLOCKS: &str = r#"
moves = [{ vm = "app01", from = "HV01", to = "HV02", at = "2026-11-10T09:00:00Z", ending = "connect:0x80090324" }]
file = [
    { path = "HV01/w32tm.txt", text = "Tracking DC01.contoso.lab [10.0.0.5:123].\n10:00:00, +400.1000000s\n" },
    { path = "HV02/w32tm.txt", text = "Tracking DC01.contoso.lab [10.0.0.5:123].\n10:00:00, +00.1000000s\n" },
]
"#;

#[test]
fn clocks_measured_against_a_third_host_are_compared() {
    let d = diagnose(CLOCKS);
    let finding = found(&d, "clock-skew");
    assert!(shows(finding, "HV01/w32tm.txt", "400100 ms"), "{finding:?}");
    assert!(shows(finding, "HV02/w32tm.txt", "100 ms"), "{finding:?}");
    let equal = diagnose(&CLOCKS.replace("+400.1", "+00.1"));
    let finding = found(&equal, "clock-skew");
    assert!(finding.caveats.iter().any(|c| c.contains("only 0 s apart")), "{finding:?}");
}

#[test]
fn credential_guard_by_a_dump() {
    let text = |running: &str| {
        format!(
            r#"
authentication = "credssp"
moves = [{{ vm = "app01", from = "HV01", to = "HV02", at = "2026-11-10T09:00:00Z", ending = "connect:0x8009030e", by = "local" }}]
file = [{{ path = "guard.json", text = '[{{"SecurityServicesRunning": [{running}], "PSComputerName": "HV01"}}]' }}]"#
        )
    };
    let d = diagnose(&text("1, 2"));
    let host = d.hosts.iter().find(|h| h.name.eq_ignore_ascii_case("HV01")).expect("the host");
    assert_eq!(host.credential_guard, Some(true));
    assert!(shows(found(&d, "credssp-credential-guard"), "guard.json", "Credential Guard runs"));
    let d = diagnose(&text("2"));
    assert!(d.findings.iter().all(|f| f.cause != "credssp-credential-guard" || f.attempts.is_empty()));
}

#[test]
fn replication_metadata_say_when_a_list_was_written() {
    let text = |day: &str| {
        format!(
            r#"
delegation = "none"
moves = [{{ vm = "app01", from = "HV01", to = "HV02", at = "2026-11-10T09:00:00Z", ending = "no-credentials" }}]
file = [{{ path = "meta.txt", text = """
C:\>repadmin /showobjmeta dc01 "CN=HV01,CN=Computers,DC=contoso,DC=lab"

1 entries.
Loc.USN                           Originating DSA  Org.USN  Org.Time/Date        Ver Attribute
=======                           =============== ========= =============        === =========
  90211         Default-First-Site-Name\DC01     70111 {day} 08:15:31    2 msDS-AllowedToDelegateTo
""" }}]"#
        )
    };
    let text = |day: &str| text(day).replace('\\', "\\\\");
    let d = diagnose(&text("2026-11-01"));
    assert_eq!(found(&d, "kcd-missing").confidence, Confidence::Confirmed);
    let d = diagnose(&text("2026-11-12"));
    let finding = found(&d, "kcd-missing");
    assert_eq!(finding.confidence, Confidence::Possible);
    assert!(shows(finding, "meta.txt", "last written after the failure"), "{finding:?}");
}

/// A move that fails, a remote PowerShell session before it, and perhaps somebody who signs in on the source.
fn shell(id: u16, sid: &str, values: &str, local: bool) -> Diagnosis {
    let user = if local { r#", by = "local", user = "admin.berg""# } else { "" };
    diagnose(&format!(
        r#"
delegation = "none"
moves = [{{ vm = "app01", from = "HV01", to = "HV02", at = "2026-11-10T09:00:00Z", ending = "no-credentials"{user} }}]
event = [{{ host = "HV01", provider = "Microsoft-Windows-WinRM", channel = "Microsoft-Windows-WinRM/Operational", id = {id}, at = "2026-11-10T08:59:56Z", user_sid = "{sid}", data = [{values}] }}]"#
    ))
}

#[test]
fn a_remote_session_shows_that_a_move_was_started_from_elsewhere() {
    let person = "S-1-5-21-1004336348-1177238915-682003330-1105";
    let uri = r#"["resourceUri", "http://schemas.microsoft.com/powershell/Microsoft.PowerShell"]"#;
    let who = |d: &Diagnosis| (d.attempts[0].initiator, d.attempts[0].user.clone());
    assert_eq!(who(&shell(91, person, uri, false)), (Some(Initiator::Remote), None));
    let account = r#"["param1", "CONTOSO\\admin.kurz"], ["param2", "x"], ["param3", "WinRM VA_1"], ["param4", "y"]"#;
    assert_eq!(who(&shell(193, person, account, false)), (Some(Initiator::Remote), Some("admin.kurz".to_owned())));
    assert_eq!(who(&shell(91, "S-1-5-18", uri, false)), (None, None), "the system's own session");
    assert_eq!(who(&shell(91, person, uri, true)), (None, None), "either may have started it");
}
