//! Documents of many rows, of every format that has rows.

use delegap_model::Kind;
use std::ops::Range;

/// How one format writes many rows.
pub struct Rows {
    pub kind: Kind,
    /// Tells formats of one kind apart.
    pub format: &'static str,
    head: &'static str,
    /// One row. `{n}` becomes its number, `{nn}` two digits of it.
    row: &'static str,
    between: &'static str,
    tail: &'static str,
    /// The date in a row, if it has one that must be told.
    pub date: Option<&'static str>,
    /// What is no such row may be another line of the document, or a row that tells nothing: nobody can say that it is broken.
    pub among_others: bool,
}

impl Rows {
    /// A document of `count` rows.
    pub fn document(&self, count: usize) -> String {
        self.parts(count).0
    }

    /// The document, and where each row stands in it.
    pub fn parts(&self, count: usize) -> (String, Vec<Range<usize>>) {
        self.numbered(0..count)
    }

    /// The document with rows of these numbers.
    pub fn numbered(&self, numbers: impl IntoIterator<Item = usize>) -> (String, Vec<Range<usize>>) {
        let mut text = self.head.to_owned();
        let mut places = Vec::new();
        for (index, number) in numbers.into_iter().enumerate() {
            if index > 0 {
                text.push_str(self.between);
            }
            let start = text.len();
            // Never a month, so that days are known as such.
            let two = (number % 10 + 15).to_string();
            text.push_str(&self.row.replace("{nn}", &two).replace("{n}", &number.to_string()));
            places.push(start..text.len());
        }
        text.push_str(self.tail);
        (text, places)
    }
}

const fn rows(kind: Kind, format: &'static str, head: &'static str, row: &'static str) -> Rows {
    Rows { kind, format, head, row, between: "", tail: "", date: None, among_others: false }
}

const fn between(mut rows: Rows, between: &'static str, tail: &'static str) -> Rows {
    rows.between = between;
    rows.tail = tail;
    rows
}

const fn dated(mut rows: Rows, date: &'static str) -> Rows {
    rows.date = Some(date);
    rows
}

const fn among_others(mut rows: Rows) -> Rows {
    rows.among_others = true;
    rows
}

/// Every format with rows.
pub const ROWS: &[Rows] = &[
    rows(
        Kind::AdCsv,
        "Export-Csv",
        "\"Name\",\"SamAccountName\",\"msDS-AllowedToDelegateTo\",\"userAccountControl\"\r\n",
        "\"HV{n}\",\"HV{n}$\",\"cifs/HV{n}; cifs/HV{n}.c.l\",\"4096\"\r\n",
    ),
    rows(
        Kind::AdCsv,
        "csvde",
        "DN,objectClass,cn,sAMAccountName,userAccountControl,msDS-AllowedToDelegateTo\r\n",
        "\"CN=HV{n},DC=c\",top;person;computer,HV{n},HV{n}$,4096,cifs/HV{n};cifs/HV{n}.c\r\n",
    ),
    between(
        rows(
            Kind::AdJson,
            "ConvertTo-Json",
            "[\n",
            "    {\"Name\": \"HV{n}\", \"SamAccountName\": \"HV{n}$\", \"msDS-AllowedToDelegateTo\": [\"cifs/HV{n}\"]}",
        ),
        ",\n",
        "\n]\n",
    ),
    between(
        rows(
            Kind::AdClixml,
            "Export-Clixml",
            "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">\n",
            "  <Obj RefId=\"{n}\"><MS><S N=\"Name\">HV{n}</S><S N=\"SamAccountName\">HV{n}$</S></MS></Obj>\n",
        ),
        "",
        "</Objs>\n",
    ),
    rows(
        Kind::Ldif,
        "ldifde",
        "",
        "dn: CN=HV{n},DC=c\r\nobjectClass: computer\r\ncn: HV{n}\r\nsAMAccountName: HV{n}$\r\nmsDS-AllowedToDelegateTo: cifs/HV{n}\r\n\r\n",
    ),
    rows(
        Kind::AdText,
        "Format-List",
        "",
        "Name                     : HV{n}\r\nSamAccountName           : HV{n}$\r\nObjectClass              : computer\r\nmsDS-AllowedToDelegateTo : {cifs/HV{n}, cifs/HV{n}.c}\r\n\r\n",
    ),
    rows(
        Kind::AdText,
        "setspn -L",
        "",
        "Registered ServicePrincipalNames for CN=HV{n},DC=c:\r\n\tHOST/HV{n}\r\n\tMicrosoft Virtual System Migration Service/HV{n}\r\n",
    ),
    rows(
        Kind::AdText,
        "findDelegation",
        "AccountName  AccountType  DelegationType                      DelegationRightsTo  SPN Exists\n-----------  -----------  ----------------------------------  ------------------  ----------\n",
        "HV{nn}$        Computer     Constrained w/ Protocol Transition  cifs/HV{nn}           Yes\n",
    ),
    between(
        rows(
            Kind::AdTool,
            "SharpHound",
            "{\"data\": [\n",
            "{\"ObjectIdentifier\": \"S-1-5-21-1-2-3-{n}\", \"AllowedToAct\": [], \"Properties\": {\"name\": \"HV{n}.C.L\", \"samaccountname\": \"HV{n}$\", \"trustedtoauth\": true}}",
        ),
        ",\n",
        "\n], \"meta\": {\"methods\": 1, \"type\": \"computers\", \"count\": 1, \"version\": 6}}\n",
    ),
    between(
        rows(
            Kind::AdTool,
            "PingCastle",
            "<?xml version=\"1.0\"?>\n<HealthcheckData><ComputerAccountData><ListEnabledTrustedToAuthenticateForDelegation>\n",
            "<HealthcheckAccountDetailData><DistinguishedName>CN=HV{n},DC=c</DistinguishedName><Name>HV{n}</Name></HealthcheckAccountDetailData>\n",
        ),
        "",
        "</ListEnabledTrustedToAuthenticateForDelegation></ComputerAccountData></HealthcheckData>\n",
    ),
    rows(
        Kind::AdUsersCsv,
        "Get-ADUser",
        "\"Name\",\"SamAccountName\",\"AccountNotDelegated\",\"GivenName\"\r\n",
        "\"u{n}\",\"u{n}\",\"True\",\"x\"\r\n",
    ),
    dated(
        rows(
            Kind::Hotfix,
            "Get-HotFix",
            "Source  Description HotFixID  InstalledBy         InstalledOn\n------  ----------- --------  -----------         -----------\n",
            "HV01    Update      KB50043{nn} NT AUTHORITY\\SYSTEM 10/{nn}/2021 12:00:00 AM\n",
        ),
        "10/18/2021",
    ),
    dated(
        rows(
            Kind::Hotfix,
            "Export-Csv",
            "\"PSComputerName\",\"HotFixID\",\"InstalledOn\"\r\n",
            "\"HV01\",\"KB50043{nn}\",\"10/{nn}/2021 12:00:00 AM\"\r\n",
        ),
        "10/18/2021",
    ),
    among_others(dated(
        rows(
            Kind::WmicQfe,
            "/format:csv",
            "Node,CSName,HotFixID,InstalledOn\r\n",
            "HV01,HV01,KB50043{nn},10/{nn}/2021\r\n",
        ),
        "10/18/2021",
    )),
    among_others(rows(
        Kind::Systeminfo,
        "systeminfo",
        "Host Name: HV01\nOS Name: Windows\nOS Version: 10.0.20348 N/A Build 20348\nDomain: c.l\nLogon Server: \\\\DC\nHotfix(s): 9\n",
        "    [{nn}]: KB50043{nn}\n",
    )),
    rows(
        Kind::VmHost,
        "Format-List",
        "",
        "Name : HV{n}\nVirtualMachineMigrationEnabled : True\nVirtualMachineMigrationAuthenticationType : Kerberos\n\n",
    ),
    rows(Kind::ClusterNodes, "Format-Table", "Name ID State\n---- -- -----\n", "HV{nn} {nn} Up\n"),
    rows(
        Kind::Tickets,
        "klist",
        "Current LogonId is 0:0x3e7\r\n\r\nCached Tickets: (9)\r\n\r\n",
        "#{n}>\tClient: HV01$ @ C.L\r\n\tServer: cifs/HV{n} @ C.L\r\n\tKerbTicket Encryption Type: AES-256\r\n\tTicket Flags 0x40e10000 -> forwardable\r\n\tStart Time: 1/{nn}/2026 10:00:00 (local)\r\n\tEnd Time:   1/{nn}/2026 20:00:00 (local)\r\n\r\n",
    ),
    dated(
        rows(
            Kind::AttributeMetadata,
            "repadmin",
            "repadmin /showobjmeta dc \"CN=HV01,DC=c\"\n9 entries.\nLoc.USN Originating DSA Org.USN Org.Time/Date Ver Attribute\n======= =============== ========= ============= === =========\n",
            "  1{n} Site\\DC01 1{n} 2026-01-{nn} 10:00:00 {nn} attribute{n}\n",
        ),
        "2026-01-18",
    ),
    dated(
        rows(
            Kind::AttributeMetadata,
            "Export-Csv",
            "\"AttributeName\",\"LastOriginatingChangeTime\",\"Object\",\"Version\"\r\n",
            "\"attribute{n}\",\"1/{nn}/2026 10:00:00 AM\",\"CN=HV01,DC=c\",\"2\"\r\n",
        ),
        "1/18/2026",
    ),
    between(
        rows(
            Kind::SecurityPolicy,
            "secedit",
            "[Unicode]\r\nUnicode=yes\r\n[Registry Values]\r\n",
            "MACHINE\\System\\x{n}=4,{n}\r\n",
        ),
        "",
        "[Version]\r\nsignature=\"$CHICAGO$\"\r\n",
    ),
    among_others(rows(Kind::Clocks, "monitor", "", "HV{n}[10.0.0.1:123]:\n    NTP: +{n}.5000000s offset from DC01\n")),
    rows(Kind::MachineSid, "PsGetSid", "", "SID for \\\\HV{n}:\nS-1-5-21-1-2-{n}\n\n"),
    rows(
        Kind::DeviceGuard,
        "Format-List",
        "",
        "SecurityServicesRunning : {1, 2}\nSecurityServicesConfigured : {1}\nPSComputerName : HV{n}\n\n",
    ),
    rows(
        Kind::MigrationNetworks,
        "Format-Table",
        "Subnet       Priority ComputerName\n------       -------- ------------\n",
        "10.0.{nn}.0/24 0        HV01\n",
    ),
    among_others(dated(
        rows(
            Kind::UpdateHistory,
            "Format-Table",
            "ComputerName Operationname Result    Date                 Title\n------------ ------------- ------    ----                 -----\n",
            "HV01         Installation  Succeeded 2/{nn}/2024 3:12:11 AM Update (KB50341{nn})\n",
        ),
        "2/18/2024",
    )),
    between(
        rows(
            Kind::UpdateHistory,
            "ConvertTo-Json",
            "[\n",
            "{\"Operation\": 1, \"ResultCode\": 2, \"Date\": \"\\/Date(17078{nn}331000)\\/\", \"Title\": \"x (KB50341{nn})\"}",
        ),
        ",\n",
        "\n]\n",
    ),
    dated(
        rows(
            Kind::Packages,
            "/format:table",
            "Package Identity | State | Release Type | Install Time\n---- | ---- | ---- | ----\n",
            "Package_for_KB50341{nn}~31bf3856ad364e35~amd64~~10.0.1.4 | Installed | Update | 2/{nn}/2024 3:12 AM\n",
        ),
        "2/18/2024",
    ),
    dated(
        rows(
            Kind::Packages,
            "list",
            "",
            "Package Identity : Package_for_KB50341{nn}~31bf3856ad364e35~amd64~~10.0.1.4\nState : Installed\nRelease Type : Update\nInstall Time : 2/{nn}/2024 3:12 AM\n\n",
        ),
        "2/18/2024",
    ),
    among_others(rows(
        Kind::ServicingLog,
        "CBS.log",
        "",
        "2024-02-{nn} 03:12:11, Info                  CBS    Reporting package change completion for package: Package_for_KB50341{nn}~31bf3856ad364e35~amd64~~10.0.1.4, current: Installed, original: Staged, target: Installed, status: 0x0, failure source: Not a failure\n",
    )),
    among_others(rows(
        Kind::UpdateLog,
        "ReportingEvents.log",
        "",
        "{A1B2C3D4-0000-4000-8000-000000000001}\t2024-02-{nn} 03:12:11:123+0100\t1\t183 [AGENT_INSTALLING_SUCCEEDED]\t101\tx\tSuccess\tContent Install\tx (KB50347{nn})\n",
    )),
    rows(
        Kind::Registry,
        "reg",
        "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Lsa]\r\n",
        "\"Value{n}\"=dword:000000{nn}\r\n",
    ),
    between(
        rows(
            Kind::PolicyResult,
            "gpresult /x",
            "<Rsop xmlns=\"http://www.microsoft.com/GroupPolicy/Rsop\"><ComputerResults><Name>C\\HV01$</Name>\n",
            "<SecurityOptions><KeyName>MACHINE\\X{n}</KeyName><SettingNumber>{n}</SettingNumber></SecurityOptions>\n",
        ),
        "",
        "</ComputerResults></Rsop>\n",
    ),
    among_others(between(
        rows(
            Kind::ClusterLog,
            "Get-ClusterLog",
            "[=== Cluster ===]\nCurrent node: name (HV0) id (1)\n[=== Nodes ===]\nName,Id\n",
            "HV{n},{n}\n",
        ),
        "",
        "[=== Cluster Logs ===]\n",
    )),
    rows(
        Kind::ClusterObjects,
        "Format-Table",
        "Name  OwnerNode State\n----  --------- -----\n",
        "app{nn} HV{nn}      Online\n",
    ),
    rows(
        Kind::EventExport,
        "JSON lines",
        "",
        "{\"Event\":{\"System\":{\"Provider\":{\"#attributes\":{\"Name\":\"P\"}},\"EventID\":{n},\"TimeCreated\":{\"#attributes\":{\"SystemTime\":\"2026-11-{nn}T09:00:00Z\"}},\"Computer\":\"HV01\"}}}\n",
    ),
    between(
        rows(
            Kind::EventExport,
            "ConvertTo-Json",
            "[\n",
            "{\"Id\": {n}, \"ProviderName\": \"P\", \"TimeCreated\": \"\\/Date(17943012{nn}123)\\/\", \"MachineName\": \"HV01\", \"Message\": \"m\"}",
        ),
        ",\n",
        "\n]\n",
    ),
    rows(
        Kind::EventExport,
        "CSV of Event Viewer",
        "Level,Date and Time,Source,Event ID,Task Category\r\n",
        "Error,11/{nn}/2026 9:00:00 PM,P,{n},None,\"a{n}\"\r\n",
    ),
    rows(
        Kind::EventExport,
        "wevtutil /f:text",
        "",
        "Event[{n}]:\r\n  Log Name: System\r\n  Source: P\r\n  Date: 2026-11-{nn}T09:00:00.000\r\n  Event ID: {n}\r\n  Computer: HV01\r\n  Description: \r\nx\r\n\r\n",
    ),
    between(
        rows(
            Kind::EventXml,
            "wevtutil /f:xml",
            "<Events>\n",
            "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='P'/><EventID>{n}</EventID><TimeCreated SystemTime='2026-11-{nn}T09:00:00Z'/><Computer>HV01</Computer></System><EventData><Data>x</Data></EventData></Event>\n",
        ),
        "",
        "</Events>\n",
    ),
    among_others(rows(
        Kind::ProviderManifest,
        "wevtutil gp",
        "name: P\r\nguid: 6066f867-7ca1-4418-85fd-36e3f9c0600c\r\nevents:\r\n",
        "  event:\r\n    value: {n}\r\n    version: 0\r\n    opcode: 0\r\n    message: a %1 {n}\r\n",
    )),
];
