//! Dumps of updates, policies, secure channels and clusters, from the file to the diagnosis.

use crate::causes::fixture::{self, Fixture};
use delegap::model::{Diagnosis, Finding, HostSummary};

fn diagnose(text: &str) -> Diagnosis {
    let fixture: Fixture = toml::from_str(text).unwrap_or_else(|e| panic!("{e}"));
    delegap_engine::diagnose(fixture::read(&fixture))
}

fn found<'a>(d: &'a Diagnosis, cause: &str) -> &'a Finding {
    let explains = |f: &&Finding| f.cause == cause && !f.attempts.is_empty();
    d.findings.iter().find(explains).unwrap_or_else(|| panic!("no {cause}: {:?}", d.findings))
}

fn host<'a>(d: &'a Diagnosis, name: &str) -> &'a HostSummary {
    d.hosts.iter().find(|h| h.name.eq_ignore_ascii_case(name)).expect("the host")
}

fn shows(finding: &Finding, file: &str, text: &str) -> bool {
    finding.evidence.iter().any(|e| &*e.at.file == file && e.says.contains(text))
}

fn refused(path: &str, text: &str) -> Diagnosis {
    diagnose(&format!(
        r#"
without = ["updates"]
moves = [{{ vm = "app01", from = "HV01", to = "HV02", at = "2026-11-10T09:00:00Z", ending = "connect:0x80090322" }}]
file = [{{ path = '{path}', text = '''{text}''' }}]"#
    ))
}

#[test]
fn a_secure_channel_that_does_not_work_is_the_destinations_key() {
    let channel = |status: &str| {
        format!(
            "Flags: 80 \nTrusted DC Name \\\\DC01.contoso.lab \nTrusted DC Connection Status Status = 0 0x0 NERR_Success\n\
             Trust Verification Status = {status}\nThe command completed successfully\n"
        )
    };
    let broken = "1787 0x6fb ERROR_NO_TRUST_SAM_ACCOUNT";
    let d = refused("HV02/nltest.txt", &channel(broken));
    let finding = found(&d, "machine-account-broken");
    assert!(shows(finding, "HV02/nltest.txt", "1787"), "{finding:?}");
    let explained = |d: &Diagnosis| {
        let shown = |f: &Finding| f.evidence.iter().any(|e| e.at.file.ends_with("nltest.txt"));
        d.findings.iter().any(|f| f.cause == "machine-account-broken" && shown(f))
    };
    for (path, status) in [
        ("HV02/nltest.txt", "0 0x0 NERR_Success"),
        ("HV02/nltest.txt", "1311 0x51f ERROR_NO_LOGON_SERVERS"),
        ("HV01/nltest.txt", broken),
    ] {
        assert!(!explained(&refused(path, &channel(status))), "{path} {status}");
    }
}

#[test]
fn a_package_list_gives_build_and_update() {
    let list = "Deployment Image Servicing and Management tool\nVersion: 10.0.20348.681\n\n\
        Package Identity | State | Release Type | Install Time\n---------------- | ----- | ------------ | ------------\n\
        Package_for_RollupFix~31bf3856ad364e35~amd64~~20348.2322.1.8 | Installed | Security Update | 2/14/2024 3:40 AM\n";
    let d = refused("HV01/packages.txt", list);
    let host = host(&d, "HV01");
    assert_eq!(host.latest_update.as_deref(), Some("KB5034770"), "by the table of builds");
}

#[test]
fn of_two_dumps_of_a_host_the_higher_version_counts_whatever_they_are_called() {
    let dump = |build: u32| format!("Host Name: HV02\nOS Name: Windows\nOS Version: 10.0.{build} N/A Build {build}\n");
    for (first, second) in [(14393, 20348), (20348, 14393)] {
        let d = diagnose(&format!(
            r#"
moves = [{{ vm = "app01", from = "HV01", to = "HV02", at = "2026-11-10T09:00:00Z", ending = "no-credentials" }}]
file = [{{ path = 'a/systeminfo.txt', text = """{}""" }}, {{ path = 'b/systeminfo.txt', text = """{}""" }}]"#,
            dump(first),
            dump(second)
        ));
        assert_eq!(host(&d, "HV02").build, Some(20348), "{first} {second}");
    }
}

#[test]
fn a_history_does_not_make_all_updates_known() {
    let history =
        r#"[{"Operation":1,"ResultCode":2,"Date":"2024-02-14T03:12:11","Title":"2024-02 Update (KB5034129)"}]"#;
    let d = refused("HV01/history.json", history);
    assert_eq!((host(&d, "HV01").updates_known, host(&d, "HV02").updates_known), (false, false));
    let list = "Source  Description HotFixID  InstalledBy InstalledOn\n------  ----------- --------  ----------- -----------\n\
                HV01    Update      KB5034129 x           2/14/2024\n\n";
    assert!(host(&refused("hotfixes.txt", list), "HV01").updates_known);
}

#[test]
fn a_policy_counts_for_the_host_that_it_names() {
    let text = |path: &str| {
        let key = r"[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Lsa\MSV1_0]";
        let file =
            format!("Windows Registry Editor Version 5.00\n\n{key}\n\"RestrictSendingNTLMTraffic\"=dword:00000002\n");
        diagnose(&format!(
            r#"
moves = [{{ vm = "app01", from = "HV01", to = "HV02", at = "2026-11-10T09:00:00Z", ending = "connect:0xc0000418" }}]
file = [{{ path = '{path}', text = '''{file}''' }}]"#
        ))
    };
    let named = text("HV01/lsa.reg");
    let stray = text("lsa.reg");
    let shown = |d: &Diagnosis| {
        let all = d.findings.iter().flat_map(|f| f.evidence.iter());
        all.filter(|e| e.at.file.ends_with("lsa.reg") && e.says.contains("restrictsendingntlmtraffic) is 2")).count()
    };
    assert_eq!(shown(&stray), 0, "nobody knows whose policy it is");
    assert!(shown(&named) > 0, "{:?}", named.findings);
}

/// What gpresult /z prints of HV02, with `right` for "log on as a service" if any; it applies the object "Hosts".
fn result_of_policies(right: &str) -> String {
    let policy = match right {
        "" => {
            "                Policy:            ShutdownPrivilege\n                Computer Setting:  Administrators\n"
                .to_owned()
        }
        holders => format!(
            "                Policy:            ServiceLogonRight\n                Computer Setting:  {holders}\n"
        ),
    };
    format!(
        "RSOP data for CONTOSO\\admin on HV02 : Logging Mode\n----------------------------------------------\n\n\
         OS Configuration:            Member Server\nOS Version:                  10.0.20348\n\n\
         COMPUTER SETTINGS\n------------------\n    CN=HV02,OU=Hosts,DC=contoso,DC=lab\n\n\
         \x20   Applied Group Policy Objects\n    -----------------------------\n        Hosts\n\n\
         \x20       User Rights\n        -----------\n            GPO: Hosts\n{policy}\n"
    )
}

fn without_right(path: &str, text: &str) -> Diagnosis {
    diagnose(&format!(
        r#"
moves = [{{ vm = "app01", from = "HV01", to = "HV02", at = "2026-11-10T09:00:00Z", ending = "logon-right-missing" }}]
file = [{{ path = '{path}', text = '''{text}''' }}]"#
    ))
}

#[test]
fn a_right_that_no_policy_sets_is_not_called_missing() {
    let of = |right: &str| without_right("gpresult.txt", &result_of_policies(right));
    let set = of("CONTOSO\\svc");
    assert!(shows(found(&set, "logon-right-denied"), "gpresult.txt", "does not give SeServiceLogonRight"));
    let given = of("NT VIRTUAL MACHINE\\Virtual Machines");
    assert!(found(&given, "logon-right-denied").against.iter().any(|e| e.says.contains("gives SeServiceLogonRight")));
    let unset = of("");
    assert!(!found(&unset, "logon-right-denied").evidence.iter().any(|e| &*e.at.file == "gpresult.txt"));
}

#[test]
fn objects_that_a_host_does_not_apply_say_nothing_of_it() {
    let object = |name: &str| {
        format!(
            r#"<GPO xmlns="http://www.microsoft.com/GroupPolicy/Settings"><Identifier/><Name>{name}</Name><Computer><ExtensionData><Extension>
               <q1:UserRightsAssignment><q1:Name>SeServiceLogonRight</q1:Name></q1:UserRightsAssignment></Extension></ExtensionData></Computer></GPO>"#
        )
    };
    let d = |name: &str| {
        diagnose(&format!(
            r#"
moves = [{{ vm = "app01", from = "HV01", to = "HV02", at = "2026-11-10T09:00:00Z", ending = "logon-right-missing" }}]
file = [
    {{ path = 'report.xml', text = '''{}''' }},
    {{ path = 'gpresult.txt', text = '''{}''' }},
]"#,
            object(name),
            result_of_policies("")
        ))
    };
    let shown = |d: &Diagnosis| shows(found(d, "logon-right-denied"), "report.xml", "without S-1-5-83-0");
    assert!(shown(&d("Hosts")) && !shown(&d("Clients")));
}

#[test]
fn a_dump_joins_a_name_and_an_id() {
    let events = |vm: &str| {
        format!(
            r#"
event = [
    {{ host = "HV01", provider = "Microsoft-Windows-Hyper-V-VMMS", channel = "Microsoft-Windows-Hyper-V-VMMS-Admin", id = 24006, at = "2026-11-10T09:00:04Z", values = ["", "6F2B1B1A-52B0-4D4A-9B0C-0C3F1E6A7D01", "HV02"] }},
]
{vm}"#
        )
    };
    let dump = r#"file = [{ path = "vm.json", text = '[{"VMName":"app01","VMId":"6f2b1b1a-52b0-4d4a-9b0c-0c3f1e6a7d01","Version":"10.0","ComputerName":"HV01"}]' }]"#;
    let names = |d: &Diagnosis| d.attempts.iter().map(|a| a.vm_name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&diagnose(&events(""))), [None]);
    assert_eq!(names(&diagnose(&events(dump))), [Some("app01".into())]);
}

#[test]
fn groups_and_nodes_of_one_cluster_agree() {
    let d = diagnose(
        r#"
moves = [{ vm = "app01", from = "HV01", to = "HV02", at = "2026-11-10T09:00:00Z", ending = "connect:0x80090322" }]
file = [
    { path = "GetClusterNode.txt", text = "\nName State\n---- -----\nHV01 Up\nHV02 Up\n\n" },
    { path = "groups.json", text = '[{"Name":"app01","OwnerNode":"HV02","State":0,"Cluster":"HVCL01","GroupType":111}]' },
]"#,
    );
    let cluster = |name: &str| host(&d, name).cluster.clone();
    assert_eq!((cluster("HV01").as_deref(), cluster("HV02").as_deref()), (Some("HVCL01"), Some("HVCL01")));
}

#[test]
fn policies_are_shown_with_what_they_bear_on() {
    let query = |flags: u8| {
        let key = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Lsa";
        format!("\n{key}\n    LsaCfgFlags    REG_DWORD    0x{flags}\n")
    };
    let d = diagnose(&format!(
        r#"
authentication = "credssp"
moves = [{{ vm = "app01", from = "HV01", to = "HV02", at = "2026-11-10T09:00:00Z", ending = "connect:0x8009030e", by = "local" }}]
file = [
    {{ path = "guard.json", text = '[{{"SecurityServicesRunning": [1], "PSComputerName": "HV01"}}]' }},
    {{ path = "HV01/lsa.txt", text = '''{}''' }},
    {{ path = "HV02/lsa.txt", text = '''{}''' }},
]"#,
        query(1),
        query(2)
    ));
    let finding = found(&d, "credssp-credential-guard");
    assert!(shows(finding, "HV01/lsa.txt", "lsacfgflags) is 1"), "{finding:?}");
    assert!(!shows(finding, "HV02/lsa.txt", "lsacfgflags"), "only the source's guard is in the way");
}
