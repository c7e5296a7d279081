//! Update histories of a host: Get-HotFix, wmic qfe, systeminfo.

use super::json::{Json, PowerShell};
use super::{Case, Host, Role, Update, text};
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};

/// Which tool listed the updates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpdateFormat {
    /// `Get-HotFix | Export-Csv` of Windows PowerShell 5.1.
    HotfixCsv,
    /// `Get-HotFix >` of 5.1: its table, UTF-16.
    HotfixTable,
    /// `Get-HotFix | Select-Object … | ConvertTo-Json` of 5.1, UTF-16.
    HotfixJson51,
    /// The same in PowerShell 7.
    HotfixJson7,
    /// `wmic qfe`
    WmicTable,
    /// `wmic qfe /format:csv`
    WmicCsv,
    /// systeminfo, which has no dates.
    Systeminfo,
}

/// The update history of `host`: the file's name and the file.
pub fn history(case: &Case, host: &Host, format: UpdateFormat) -> (&'static str, Vec<u8>) {
    match format {
        UpdateFormat::HotfixCsv => ("hotfix.csv", text::ascii(&hotfix_csv(host))),
        UpdateFormat::HotfixTable => ("hotfix.txt", text::utf16(&hotfix_table(host))),
        UpdateFormat::HotfixJson51 => ("hotfix.json", text::utf16(&hotfix_json(host, PowerShell::V51))),
        UpdateFormat::HotfixJson7 => ("hotfix.json", hotfix_json(host, PowerShell::V7).into_bytes()),
        UpdateFormat::WmicTable => ("qfe.txt", text::utf16(&wmic_table(host))),
        UpdateFormat::WmicCsv => ("qfe.csv", text::utf16(&wmic_csv(host))),
        UpdateFormat::Systeminfo => ("systeminfo.txt", systeminfo(case, host).into_bytes()),
    }
}

const INSTALLED_BY: &str = "NT AUTHORITY\\SYSTEM";

fn support_page(update: &Update) -> String {
    format!("http://support.microsoft.com/?kbid={}", update.kb.trim_start_matches("KB"))
}

fn us_day(update: &Update) -> String {
    update.installed.format("%-m/%-d/%Y").to_string()
}

const HOTFIX_COLUMNS: [&str; 24] = [
    "PSComputerName",
    "InstalledOn",
    "__GENUS",
    "__CLASS",
    "__SUPERCLASS",
    "__DYNASTY",
    "__RELPATH",
    "__PROPERTY_COUNT",
    "__DERIVATION",
    "__SERVER",
    "__NAMESPACE",
    "__PATH",
    "Caption",
    "CSName",
    "Description",
    "FixComments",
    "HotFixID",
    "InstallDate",
    "InstalledBy",
    "Name",
    "ServicePackInEffect",
    "Status",
    "Site",
    "Container",
];

fn hotfix_csv(host: &Host) -> String {
    let row = |update: &Update| -> Vec<Option<String>> {
        let text = |t: &str| Some(t.to_owned());
        let relative = format!("Win32_QuickFixEngineering.HotFixID=\"{}\",ServicePackInEffect=\"\"", update.kb);
        vec![
            text(&host.name),
            Some(format!("{} 12:00:00 AM", us_day(update))),
            text("2"),
            text("Win32_QuickFixEngineering"),
            text("CIM_LogicalElement"),
            text("CIM_ManagedSystemElement"),
            text(&relative),
            text("11"),
            text("System.String[]"),
            text(&host.name),
            text("root\\cimv2"),
            Some(format!("\\\\{}\\root\\cimv2:{relative}", host.name)),
            Some(support_page(update)),
            text(&host.name),
            text(&update.description),
            text(""),
            text(&update.kb),
            None,
            text(INSTALLED_BY),
            None,
            text(""),
            None,
            None,
            None,
        ]
    };
    let rows: Vec<_> = host.updates.iter().map(row).collect();
    let kind = "#TYPE System.Management.ManagementObject#root\\cimv2\\Win32_QuickFixEngineering\r\n";
    kind.to_owned() + &text::csv(&HOTFIX_COLUMNS, &rows, ',')
}

fn hotfix_table(host: &Host) -> String {
    let columns = ["Source", "Description", "HotFixID", "InstalledBy", "InstalledOn"];
    let row = |u: &Update| {
        let on = format!("{} 12:00:00 AM", us_day(u));
        vec![host.name.clone(), u.description.clone(), u.kb.clone(), INSTALLED_BY.to_owned(), on]
    };
    text::format_table(&columns, &host.updates.iter().map(row).collect::<Vec<_>>())
}

fn hotfix_json(host: &Host, shell: PowerShell) -> String {
    let installed = |u: &Update| {
        let midnight = u.installed.and_time(NaiveTime::MIN).and_utc();
        if shell == PowerShell::V7 {
            return Json::Date(midnight);
        }
        // 5.1 adds the localised form that the object carries beside the date.
        let shown = midnight.format("%A, %B %-d, %Y 12:00:00 AM").to_string();
        Json::object([("value", Json::Date(midnight)), ("DateTime", Json::Str(shown))])
    };
    let object = |u: &Update| {
        Json::object([
            ("Source", Json::Str(host.name.clone())),
            ("CSName", Json::Str(host.name.clone())),
            ("Description", Json::Str(u.description.clone())),
            ("HotFixID", Json::Str(u.kb.clone())),
            ("InstalledBy", Json::Str(INSTALLED_BY.to_owned())),
            ("InstalledOn", installed(u)),
        ])
    };
    Json::List(host.updates.iter().map(object).collect()).to_text(shell)
}

const WMIC_COLUMNS: [&str; 11] = [
    "Caption",
    "CSName",
    "Description",
    "FixComments",
    "HotFixID",
    "InstallDate",
    "InstalledBy",
    "InstalledOn",
    "Name",
    "ServicePackInEffect",
    "Status",
];

fn wmic_cells(host: &Host, update: &Update) -> [String; 11] {
    [
        support_page(update),
        host.name.clone(),
        update.description.clone(),
        String::new(),
        update.kb.clone(),
        String::new(),
        INSTALLED_BY.to_owned(),
        us_day(update),
        String::new(),
        String::new(),
        String::new(),
    ]
}

/// wmic pads every column and ends its lines with one carriage return too many when redirected.
fn wmic_table(host: &Host) -> String {
    let rows: Vec<_> = host.updates.iter().map(|u| wmic_cells(host, u)).collect();
    let width = |i: usize| rows.iter().map(|r| r[i].len()).chain([WMIC_COLUMNS[i].len()]).max().unwrap_or(0);
    let line = |cells: [&str; 11]| {
        let padded: String = cells.iter().enumerate().map(|(i, c)| format!("{c:<w$}  ", w = width(i))).collect();
        padded + "\r\r\n"
    };
    let body = rows.iter().map(|r| line(std::array::from_fn(|i| r[i].as_str()))).collect::<String>();
    line(WMIC_COLUMNS) + &body + "\r\r\n"
}

fn wmic_csv(host: &Host) -> String {
    let header = format!("\r\r\nNode,{}\r\r\n", WMIC_COLUMNS.join(","));
    let rows = host.updates.iter().map(|u| format!("{},{}\r\r\n", host.name, wmic_cells(host, u).join(",")));
    header + &rows.collect::<String>()
}

/// The host's zone is UTC, so that the local times here are what they seem.
fn systeminfo(case: &Case, host: &Host) -> String {
    let us = |t: DateTime<Utc>| t.format("%-m/%-d/%Y, %-I:%M:%S %p").to_string();
    let booted = last_boot(case, host);
    let mut text = String::from("\r\n");
    let mut line = |label: &str, value: &str| text.push_str(&format!("{label:<27}{value}\r\n"));
    line("Host Name:", &host.name);
    line("OS Name:", &format!("Microsoft {}", host.os.caption()));
    let build = host.os.build();
    line("OS Version:", &format!("{}.{build} N/A Build {build}", host.os.version()));
    line("OS Manufacturer:", "Microsoft Corporation");
    line("OS Configuration:", "Member Server");
    line("OS Build Type:", "Multiprocessor Free");
    line("Original Install Date:", &us(case.logs_from - TimeDelta::days(700)));
    line("System Boot Time:", &us(booted));
    line("System Type:", "x64-based PC");
    line("Windows Directory:", "C:\\Windows");
    line("System Locale:", "en-us;English (United States)");
    line("Time Zone:", "(UTC) Coordinated Universal Time");
    line("Domain:", &case.domain);
    let controller = case.hosts.iter().find(|h| h.role == Role::DomainController);
    line("Logon Server:", &format!("\\\\{}", controller.map_or("N/A", |c| &c.name)));
    line("Hotfix(s):", &format!("{} Hotfix(s) Installed.", host.updates.len()));
    for (i, update) in host.updates.iter().enumerate() {
        line("", &format!("[{:02}]: {}", i + 1, update.kb));
    }
    line("Network Card(s):", "1 NIC(s) Installed.");
    line("", "[01]: Intel(R) Ethernet Converged Network Adapter");
    line("", "      IP address(es)");
    line("", &format!("      [01]: {}", host.address));
    line(
        "Hyper-V Requirements:",
        "A hypervisor has been detected. Features required for Hyper-V will not be displayed.",
    );
    text
}

/// A host boots when its logs begin, and after each update.
pub(super) fn last_boot(case: &Case, host: &Host) -> DateTime<Utc> {
    boots(case, host).last().copied().unwrap_or(case.logs_from)
}

/// All boots that the logs cover, in order.
pub(super) fn boots(case: &Case, host: &Host) -> Vec<DateTime<Utc>> {
    let after = host.updates.iter().map(|u| installed_at(u) + TimeDelta::minutes(9)).filter(|t| *t > case.logs_from);
    let mut boots: Vec<_> = std::iter::once(case.logs_from + TimeDelta::minutes(4)).chain(after).collect();
    boots.sort_unstable();
    boots
}

/// Updates go in at 22:10 UTC of their day.
pub(super) fn installed_at(update: &Update) -> DateTime<Utc> {
    update.installed.and_time(NaiveTime::from_hms_opt(22, 10, 0).expect("a time of day")).and_utc()
}
