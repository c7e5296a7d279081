//! Update lists, settings of hosts, users and groups in every format.

use super::{Fact, Table, read};
use delegap::model::{Parsed, Record, Tri, UpdateSource, When};
use delegap_testkit::case::{Case, Delegation, DumpFormat, Os, UpdateFormat, directory, dumps, updates};
use delegap_testkit::scenarios::standalone_pool;

pub fn tables() -> String {
    [update_lists(), host_settings(), users()].concat()
}

fn estate() -> Case {
    let mut case = standalone_pool(Os::W2022, vec![Delegation::none(), Delegation::none()]);
    case.users[1].sensitive = true;
    case.users[1].member_of.clear();
    case
}

/// The updates of HV01 as the scenario has them: KB5094128 on 22 July and KB5129237 on 19 September 2026.
const UPDATES: [(&str, &str, &str); 2] =
    [("KB5094128", "2026-07-22", "20348.4100"), ("KB5129237", "2026-09-19", "20348.4200")];

/// Lists that the kit does not write.
fn written_out() -> Vec<(&'static str, String)> {
    let rows = |row: fn(&str, &str, &str) -> String| -> String {
        UPDATES.iter().map(|(kb, day, build)| row(kb, day, build)).collect()
    };
    let dism = rows(|kb, day, _| {
        let day = us(day);
        format!("Package_for_{kb}~31bf3856ad364e35~amd64~~10.0.1.4 | Installed | Security Update | {day} 3:12 AM\r\n")
    });
    let rollups = rows(|_, day, build| {
        format!(
            "Package_for_RollupFix~31bf3856ad364e35~amd64~~{build}.1.8 | Installed | Security Update | {} 3:12 AM\r\n",
            us(day)
        )
    });
    let dism_list = rows(|_, day, build| {
        format!(
            "Package Identity : Package_for_RollupFix~31bf3856ad364e35~amd64~~{build}.1.8\nState : Installed\n\
             Release Type : Security Update\nInstall Time : {} 3:12 AM\n\n",
            us(day)
        )
    });
    let dism_head = "\r\nDeployment Image Servicing and Management tool\r\nVersion: 10.0.20348.681\r\n\r\n\
                     Image Version: 10.0.20348.4200\r\n\r\nPackages listing:\r\n\r\n\
                     Package Identity | State | Release Type | Install Time\r\n---- | ---- | ---- | ----\r\n";
    let history_table = "ComputerName Operationname Result    Date                 Title\n\
                         ------------ ------------- ------    ----                 -----\n"
        .to_owned()
        + &rows(|kb, day, _| {
            format!("HV01         Installation  Succeeded {} 3:12:11 AM 2026 Update ({kb})\n", us(day))
        });
    let history_json = rows(|kb, day, _| {
        format!(
            "{{\"ComputerName\":\"HV01\",\"Operation\":1,\"ResultCode\":2,\"Date\":\"{day}T03:12:11\",\"Title\":\"Update ({kb})\"}},"
        )
    });
    let windows_package = rows(|_, day, build| {
        format!(
            "{{\"PackageName\":\"Package_for_RollupFix~31bf3856ad364e35~amd64~~{build}.1.8\",\"PackageState\":4,\
             \"ReleaseType\":5,\"InstallTime\":\"{day}T03:12:00\"}},"
        )
    });
    let list = |objects: &str| format!("[{}]", objects.trim_end_matches(','));
    let cbs = rows(|kb, day, _| {
        format!(
            "{day} 03:12:11, Info                  CBS    Reporting package change completion for package: \
             Package_for_{kb}~31bf3856ad364e35~amd64~~10.0.1.4, current: Installed, original: Staged, target: Installed, \
             status: 0x0, failure source: Not a failure\n"
        )
    });
    let agent = rows(|kb, day, _| {
        format!(
            "{{A1B2C3D4-0000-4000-8000-000000000001}}\t{day} 03:12:11:123+0000\t1\t183 [AGENT_INSTALLING_SUCCEEDED]\t101\tx\t\
             Success\tContent Install\tx ({kb})\n"
        )
    });
    let computer_info = "{\"OsBuildNumber\": \"20348\", \"CsName\": \"HV01\", \"WindowsUBR\": 4200}".to_owned();
    let operating_system = "{\"CSName\": \"HV01\", \"Caption\": \"Microsoft Windows Server 2022 Datacenter\", \
                            \"Version\": \"10.0.20348\", \"BuildNumber\": \"20348\", \"LastBootUpTime\": \"\\/Date(1790834640000)\\/\"}"
        .to_owned();
    let registry = "Windows Registry Editor Version 5.00\r\n\r\n\
                    [HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion]\r\n\
                    \"CurrentBuild\"=\"20348\"\r\n\"UBR\"=dword:00001068\r\n"
        .to_owned();
    let system_information = "<MsInfo><Category name=\"System Summary\">\
        <Data><Item>OS Name</Item><Value>Microsoft Windows Server 2022 Datacenter</Value></Data>\
        <Data><Item>Version</Item><Value>10.0.20348 Build 20348</Value></Data>\
        <Data><Item>Other OS Description</Item><Value>Not Available</Value></Data>\
        <Data><Item>OS Manufacturer</Item><Value>Microsoft Corporation</Value></Data>\
        <Data><Item>System Name</Item><Value>HV01</Value></Data></Category></MsInfo>"
        .to_owned();
    vec![
        ("dism /get-packages, single updates", format!("{dism_head}{dism}")),
        ("dism /get-packages, cumulative updates", format!("{dism_head}{rollups}")),
        ("dism /get-packages /format:list", format!("Packages listing:\n\n{dism_list}")),
        ("Get-WindowsPackage \\| ConvertTo-Json", list(&windows_package)),
        ("Get-WUHistory", history_table),
        ("QueryHistory \\| ConvertTo-Json", list(&history_json)),
        ("CBS.log", cbs),
        ("ReportingEvents.log", agent),
        ("Get-ComputerInfo \\| ConvertTo-Json", computer_info),
        ("Win32_OperatingSystem \\| ConvertTo-Json", operating_system),
        ("reg export", registry),
        ("msinfo32, saved as .nfo", system_information),
        ("ver", "Microsoft Windows [Version 10.0.20348.4200]\n(c) Microsoft Corporation.\n".to_owned()),
    ]
}

/// `7/22/2026`
fn us(day: &str) -> String {
    let mut parts = day.split('-').map(|part| part.trim_start_matches('0'));
    let (year, month, day) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
    format!("{month}/{day}/{year}")
}

/// What the kit writes.
pub const UPDATE_LISTS: [(UpdateFormat, &str); 7] = [
    (UpdateFormat::HotfixCsv, "Get-HotFix \\| Export-Csv"),
    (UpdateFormat::HotfixTable, "Get-HotFix >"),
    (UpdateFormat::HotfixJson51, "Get-HotFix \\| ConvertTo-Json of 5.1"),
    (UpdateFormat::HotfixJson7, "Get-HotFix \\| ConvertTo-Json of PowerShell 7"),
    (UpdateFormat::WmicTable, "wmic qfe"),
    (UpdateFormat::WmicCsv, "wmic qfe /format:csv"),
    (UpdateFormat::Systeminfo, "systeminfo"),
];

fn update_lists() -> String {
    let case = estate();
    let own = UPDATE_LISTS.into_iter().map(|(f, name)| (name, updates::history(&case, case.host("HV01"), f).1));
    let mut table = Table::default();
    for (format, bytes) in own.chain(written_out().into_iter().map(|(name, text)| (name, text.into_bytes()))) {
        let parsed = read("updates", &bytes);
        let told = update_facts(&parsed);
        let truth: Vec<Fact> =
            told.iter().zip(TRUTH).map(|((fact, _), real)| (*fact, Tri::Known(real.to_owned()))).collect();
        table.note(format, &truth, Some(&told));
    }
    table.to_markdown("Updates and build of a host")
}

/// What each of [`update_facts`] is; the build of a list is that of its newest update.
const TRUTH: [&str; 7] = [
    "KB5094128 KB5129237",
    "2026-07-22 2026-09-19",
    "what is not listed is missing",
    "HV01",
    "20348",
    "4200",
    "2026-10-01",
];

fn update_facts(parsed: &Parsed<Record>) -> Vec<Fact> {
    let or_untold = |text: String| if text.is_empty() { Tri::NOT_EXPORTED } else { Tri::Known(text) };
    let day = |when: When| match when {
        When::Exact(t) => Some(t.date_naive().to_string()),
        When::Local(t) => Some(t.date().to_string()),
        When::Day(d) => Some(d.to_string()),
        When::Ambiguous { .. } | When::Unknown => None,
    };
    let (mut kbs, mut days, mut hosts) = (Vec::new(), Vec::new(), Vec::new());
    let (mut whole, mut build, mut revision, mut booted) =
        (false, Tri::NOT_EXPORTED, Tri::NOT_EXPORTED, Tri::NOT_EXPORTED);
    for record in &parsed.records {
        match record {
            Record::Update(u) => {
                kbs.push(u.kb.clone());
                days.extend(day(u.when));
                hosts.extend(u.host.clone());
                whole |= u.source == UpdateSource::HotfixList;
            }
            Record::Build(b) => {
                days.extend(day(b.when));
                hosts.extend(b.host.clone());
                (build, revision) = (Tri::Known(b.build.to_string()), Tri::Known(b.revision.to_string()));
            }
            Record::Os(os) => {
                hosts.extend(os.host.clone());
                build = os.build.clone().map(|b| b.to_string()).or(build);
                revision = os.revision.clone().map(|r| r.to_string()).or(revision);
                booted = os.booted.clone().map(|t| t.format("%F").to_string());
            }
            _ => {}
        }
    }
    hosts.extend(parsed.summary.host.clone());
    for list in [&mut kbs, &mut days, &mut hosts] {
        list.sort();
        list.dedup();
    }
    let whole = if whole { TRUTH[2].to_owned() } else { String::new() };
    vec![
        ("numbers", or_untold(kbs.join(" "))),
        ("days of installation", or_untold(days.join(" "))),
        ("what is missing", or_untold(whole)),
        ("host", or_untold(hosts.join(" "))),
        ("build", build),
        ("revision", revision),
        ("last boot", booted),
    ]
}

pub const DUMPS: [(DumpFormat, &str); 6] = [
    (DumpFormat::Json51, "ConvertTo-Json of 5.1"),
    (DumpFormat::Json7, "ConvertTo-Json of PowerShell 7"),
    (DumpFormat::Clixml, "Export-Clixml"),
    (DumpFormat::Csv, "Export-Csv"),
    (DumpFormat::List, "Format-List"),
    (DumpFormat::Table, "Format-Table"),
];

fn host_settings() -> String {
    let mut case = estate();
    case.cluster = Some("HVCLU1".to_owned());
    let mut table = Table::default();
    for (format, name) in DUMPS {
        let mut files = vec![dumps::vm_hosts(&case, format)];
        files.extend(dumps::cluster(&case, format));
        let (mut authentication, mut enabled, mut nodes, mut clusters) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (path, bytes) in files {
            for record in read(&path, &bytes).records {
                match record {
                    Record::VmHost(h) => {
                        authentication.extend(h.authentication_type.known().map(|a| format!("{} {a:?}", h.name)));
                        enabled.extend(h.migration_enabled.known().map(|e| format!("{} {e}", h.name)));
                    }
                    Record::ClusterNode(n) => {
                        nodes.push(n.node.clone());
                        clusters.extend(n.cluster);
                    }
                    _ => {}
                }
            }
        }
        clusters.dedup();
        let fact = |name: &'static str, values: Vec<String>| {
            (name, if values.is_empty() { Tri::NOT_EXPORTED } else { Tri::Known(values.join(", ")) })
        };
        let told = vec![
            fact("authentication", authentication),
            fact("migration on", enabled),
            fact("nodes", nodes),
            fact("their cluster", clusters),
        ];
        let real = ["HV01 Kerberos, HV02 Kerberos", "HV01 true, HV02 true", "HV01, HV02", "HVCLU1"];
        let truth: Vec<Fact> =
            told.iter().zip(real).map(|((fact, _), real)| (*fact, Tri::Known(real.to_owned()))).collect();
        table.note(name, &truth, Some(&told));
    }
    table.to_markdown("Get-VMHost, Get-Cluster and Get-ClusterNode")
}

fn users() -> String {
    let case = estate();
    let mut table = Table::default();
    for (format, name) in DUMPS.into_iter().filter(|(f, _)| !matches!(f, DumpFormat::List | DumpFormat::Table)) {
        let parsed = read("users", &directory::users(&case, format).1);
        for user in &case.users {
            let told = parsed.records.iter().find_map(|r| match r {
                Record::User(u) if u.name == user.name => Some(u),
                _ => None,
            });
            let told = told.map(|u| {
                vec![
                    ("user", Tri::Known(u.name.clone())),
                    ("not delegated", u.not_delegated.clone().map(|b| b.to_string())),
                    ("member of", u.member_of.clone().map(|l| format!("{} groups", l.len()))),
                    ("enabled", u.enabled.clone().map(|b| b.to_string())),
                    ("SID", u.sid.clone().map(|_| "a SID".to_owned())),
                    ("authentication policy", u.authentication_policy.clone()),
                ]
            });
            let groups = user.member_of.len();
            let truth = [
                ("user", Tri::Known(user.name.clone())),
                ("not delegated", Tri::Known(user.sensitive.to_string())),
                ("member of", if groups == 0 { Tri::KnownEmpty } else { Tri::Known(format!("{groups} groups")) }),
                ("enabled", Tri::Known("true".to_owned())),
                ("SID", Tri::Known("a SID".to_owned())),
                ("authentication policy", Tri::KnownEmpty),
            ];
            table.note(name, &truth, told.as_deref());
        }
    }
    table.to_markdown("Get-ADUser")
}
