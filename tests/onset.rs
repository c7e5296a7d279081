//! When failures began and what may have begun them: the interval, the candidates in it, and what weighs.

use crate::causes::fixture::{self, Fixture};
use delegap::model::{Diagnosis, Onset, OnsetCandidate, OnsetKind, Weight};

fn diagnose(text: &str) -> Diagnosis {
    let fixture: Fixture = toml::from_str(text).unwrap_or_else(|e| panic!("{e}"));
    fixture::diagnose(&fixture)
}

fn onset(text: &str) -> Onset {
    diagnose(text).onset.expect("a move failed")
}

/// A move that completes before, one that fails after, and a domain controller with an update in between.
fn april(more: &str) -> String {
    format!(
        r#"
moves = [
    {{ vm = "app01", from = "HV01", to = "HV02", at = "2026-04-10T09:00:00Z", ending = "completed" }},
    {{ vm = "app02", from = "HV01", to = "HV02", at = "2026-04-20T09:00:00Z", ending = "connect:0x80090342" }},
]
{more}
{}
[[event]]
host = "DC01"
provider = "Microsoft-Windows-Kernel-General"
channel = "System"
id = 12
at = "2026-04-15T02:00:00Z"
"#,
        controller_update("2026-04-14")
    )
}

/// The controller's update history: the April release.
fn controller_update(day: &str) -> String {
    format!(
        r#"
[[file]]
path = "DC01/hotfix.csv"
text = """
"Source","Description","HotFixID","InstalledBy","InstalledOn"
"DC01","Security Update","KB5082142","NT AUTHORITY\\SYSTEM","{day} 00:00:00"
"""
"#
    )
}

fn updates(onset: &Onset) -> Vec<&OnsetCandidate> {
    onset.candidates.iter().filter(|c| c.what == OnsetKind::Update).collect()
}

#[test]
fn the_release_of_april_2026_has_two_candidates_and_a_date_is_weak() {
    let onset = onset(&april(""));
    let of_controller: Vec<_> = updates(&onset).into_iter().filter(|c| c.host == "DC01").collect();
    let says: Vec<&str> = of_controller.iter().filter_map(|c| c.programme.as_deref()).collect();
    assert!(says.iter().any(|s| s.contains("RC4-2026")), "{says:?}");
    assert!(says.iter().any(|s| s.contains("LSASS")), "{says:?}");
    assert!(of_controller.iter().all(|c| c.weight == Weight::Weak && c.mechanism.is_none()), "{of_controller:?}");
    assert!(onset.last_success_before.is_some() && !onset.left_censored, "{onset:?}");
}

#[test]
fn the_programmes_own_refusal_that_names_the_host_makes_it_strong() {
    let refusal = r#"
[[event]]
host = "DC01"
provider = "Microsoft-Windows-Kerberos-Key-Distribution-Center"
channel = "System"
id = 203
at = "2026-04-20T09:00:00Z"
data = [["AccountName", "HV02$"], ["Service", "HV02$"]]
"#;
    let onset = onset(&april(refusal));
    let rc4: Vec<_> = updates(&onset)
        .into_iter()
        .filter(|c| c.programme.as_deref().is_some_and(|p| p.contains("RC4-2026")))
        .collect();
    assert!(rc4.iter().any(|c| c.weight == Weight::Strong && c.mechanism.is_some()), "{rc4:?}");
    let others = updates(&onset).into_iter().filter(|c| c.programme.as_deref().is_some_and(|p| p.contains("LSASS")));
    assert!(others.into_iter().all(|c| c.weight == Weight::Weak));
}

#[test]
fn updates_of_hosts_prove_nothing_of_domain_controllers_and_what_is_missing_is_named() {
    let onset = onset(
        r#"
moves = [
    { vm = "app01", from = "HV01", to = "HV02", at = "2026-04-10T09:00:00Z", ending = "completed" },
    { vm = "app02", from = "HV01", to = "HV02", at = "2026-04-20T09:00:00Z", ending = "connect:0x80090342" },
]
without = ["logs:DC01"]
[host.HV01]
updates = [{ kb = "KB5082142", day = "2026-04-14" }]
[[event]]
host = "HV01"
provider = "Microsoft-Windows-Kernel-General"
channel = "System"
id = 12
at = "2026-04-15T02:00:00Z"
"#,
    );
    let of_host: Vec<_> = updates(&onset).into_iter().filter(|c| c.host == "HV01" && c.id == "KB5082142").collect();
    assert!(!of_host.is_empty());
    for candidate in of_host {
        assert_eq!(candidate.weight, Weight::Weak);
        assert!(candidate.note.as_deref().is_some_and(|n| n.contains("proves nothing")), "{candidate:?}");
    }
    let missing = onset.missing.join("\n");
    assert!(missing.contains("System log") && missing.contains("wevtutil"), "{missing}");
}

#[test]
fn an_update_after_the_failure_or_without_a_restart_before_it_is_no_candidate() {
    for (day, restart, counts) in [
        ("2026-04-14", "2026-04-15T02:00:00Z", true),
        // Installed, and restarted only after the failure.
        ("2026-04-14", "2026-04-21T02:00:00Z", false),
        // Installed after it.
        ("2026-04-21", "2026-04-22T02:00:00Z", false),
        // Before the last success: it had been in force without harm.
        ("2026-04-08", "2026-04-09T02:00:00Z", false),
    ] {
        let onset = onset(&format!(
            r#"
moves = [
    {{ vm = "app01", from = "HV01", to = "HV02", at = "2026-04-10T09:00:00Z", ending = "completed" }},
    {{ vm = "app02", from = "HV01", to = "HV02", at = "2026-04-20T09:00:00Z", ending = "connect:0x80090342" }},
]
{}
[[event]]
host = "DC01"
provider = "Microsoft-Windows-Kernel-General"
channel = "System"
id = 12
at = "{restart}"
[[event]]
host = "DC01"
provider = "Microsoft-Windows-Kernel-General"
channel = "System"
id = 12
at = "2026-03-01T02:00:00Z"
"#,
            controller_update(day)
        ));
        let here = updates(&onset).iter().any(|c| c.id == "KB5082142");
        assert_eq!(here, counts, "{day} {restart}: {:?}", onset.candidates);
    }
}

#[test]
fn a_log_that_begins_after_a_candidate_is_left_censored() {
    let moved = r#"moves = [{ vm = "app02", from = "HV01", to = "HV02", at = "2026-04-20T09:00:00Z", ending = "connect:0x80090342" }]"#;
    let onset = onset(&format!("{moved}\n{}", controller_update("2026-04-14")));
    assert!(onset.left_censored);
    assert_eq!(onset.last_success_before, None);
}

#[test]
fn a_removed_entry_works_on_until_the_tickets_end() {
    // Removed at 00:30, still served at 09:00, refused from 11:00 on.
    let removal = |at: &str| {
        format!(
            r#"
moves = [
    {{ vm = "app01", from = "HV01", to = "HV02", at = "2026-11-10T09:00:00Z", ending = "completed" }},
    {{ vm = "app02", from = "HV01", to = "HV02", at = "2026-11-10T11:00:00Z", ending = "no-credentials" }},
]
[host.HV01]
services = ["cifs/HV02", "cifs/HV02.contoso.lab", "Microsoft Virtual System Migration Service/HV03", "Microsoft Virtual System Migration Service/HV03.contoso.lab"]
[[event]]
host = "DC01"
provider = "Microsoft-Windows-Security-Auditing"
channel = "Security"
id = 5136
at = "{at}"
data = [
    ["OpCorrelationID", "{{11111111-1111-1111-1111-111111111111}}"],
    ["SubjectUserName", "admin"],
    ["ObjectDN", "CN=HV01,CN=Computers,DC=contoso,DC=lab"],
    ["ObjectClass", "computer"],
    ["AttributeLDAPDisplayName", "msDS-AllowedToDelegateTo"],
    ["AttributeValue", "Microsoft Virtual System Migration Service/HV02"],
    ["OperationType", "%%14675"],
]
"#
        )
    };
    let change = |at: &str| {
        let onset = onset(&removal(at));
        onset.candidates.into_iter().find(|c| c.what == OnsetKind::DirectoryChange)
    };
    let within = change("2026-11-10T00:30:00Z").expect("a candidate");
    assert_eq!(within.weight, Weight::Strong, "{within:?}");
    assert!(within.note.as_deref().is_some_and(|n| n.contains("10 h")), "{within:?}");
    assert!(change("2026-11-09T22:00:00Z").is_none(), "11 h before the success: every ticket had ended");
}

#[test]
fn the_whole_interval_is_shown_with_the_weeks_around_it() {
    let onset = onset(&april(""));
    assert_eq!(onset.first_failure.to_rfc3339(), "2026-04-20T09:00:00+00:00");
    let moved: Vec<(u32, u32)> = onset.weeks.iter().map(|w| (w.completed, w.failed)).collect();
    assert_eq!(moved, [(1, 0), (0, 0), (0, 1)], "{:?}", onset.weeks);
    assert_eq!(onset.change_points.len(), 1);
    assert!(onset.candidates.iter().any(|c| c.what == OnsetKind::Reboot), "every candidate of the interval");
}

#[test]
fn a_build_implies_its_cumulative_update() {
    let start = |day: &str, revision: &str| {
        format!(
            r#"
[[event]]
host = "DC01"
provider = "Microsoft-Windows-Kernel-General"
channel = "System"
id = 12
at = "{day}T02:00:00Z"
data = [["MajorVersion", "10"], ["MinorVersion", "0"], ["BuildVersion", "20348"], ["QfeVersion", "{revision}"], ["ServiceVersion", "0"], ["BootMode", "0"], ["StartTime", "{day}T02:00:00Z"]]
"#
        )
    };
    let case = |before: &str, after: &str| {
        onset(&format!(
            r#"
without = ["updates"]
moves = [
    {{ vm = "app01", from = "HV01", to = "HV02", at = "2026-04-10T09:00:00Z", ending = "completed" }},
    {{ vm = "app02", from = "HV01", to = "HV02", at = "2026-04-20T09:00:00Z", ending = "connect:0x80090342" }},
]
{}{}"#,
            start("2026-03-20", before),
            start("2026-04-16", after)
        ))
    };
    let found = case("4529", "5020");
    let implied: Vec<_> = updates(&found).into_iter().filter(|c| c.id == "KB5082142").collect();
    assert!(implied.len() >= 2, "its programme and its known fault: {:?}", found.candidates);
    assert!(implied.iter().all(|c| c.host == "DC01" && c.weight == Weight::Weak));
    assert!(implied[0].evidence[0].says.contains("started as build 20348.5020"), "{:?}", implied[0]);
    assert!(updates(&case("5020", "5020")).is_empty(), "it was there before");
}
