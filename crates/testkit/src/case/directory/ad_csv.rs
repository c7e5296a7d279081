//! Get-ADComputer through Export-Csv.

use super::{ComputerRow, Join};
use crate::case::text;
use chrono::{DateTime, Utc};

/// What an unjoined list turns into: the type's name.
const LOST: &str = "Microsoft.ActiveDirectory.Management.ADPropertyValueCollection";

/// The culture and version dependent choices.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// `None`: the script did not join, lists are lost.
    join: Option<Join>,
    type_line: bool,
    delimiter: char,
    date: &'static str,
}

impl Style {
    /// Commas and US dates.
    pub fn us(join: Option<Join>, type_line: bool) -> Self {
        Style { join, type_line, delimiter: ',', date: "%-m/%-d/%Y %-I:%M:%S %p" }
    }

    /// `;` between cells, dates as 20.08.2026 08:15:00.
    pub fn german() -> Self {
        Style { join: Some(Join::Pipe), type_line: false, delimiter: ';', date: "%d.%m.%Y %H:%M:%S" }
    }

    fn list(self, values: &[String]) -> Option<String> {
        Some(self.join.map_or_else(|| LOST.to_owned(), |join| values.join(join.separator())))
    }

    fn date(self, time: DateTime<Utc>) -> Option<String> {
        Some(time.format(self.date).to_string())
    }
}

const COLUMNS: [&str; 20] = [
    "DistinguishedName",
    "DNSHostName",
    "Enabled",
    "msDS-AllowedToDelegateTo",
    "msDS-SupportedEncryptionTypes",
    "Name",
    "ObjectClass",
    "ObjectGUID",
    "OperatingSystem",
    "OperatingSystemVersion",
    "PrincipalsAllowedToDelegateToAccount",
    "pwdLastSet",
    "SamAccountName",
    "servicePrincipalName",
    "SID",
    "TrustedForDelegation",
    "TrustedToAuthForDelegation",
    "userAccountControl",
    "UserPrincipalName",
    "whenChanged",
];

/// The file's text.
pub fn computers(rows: &[ComputerRow], style: Style) -> String {
    let kind = if style.join.is_some() { "Selected." } else { "" };
    let type_line = format!("#TYPE {kind}Microsoft.ActiveDirectory.Management.ADComputer\r\n");
    let cells: Vec<_> = rows.iter().map(|row| cells(row, style)).collect();
    let table = text::csv(&COLUMNS, &cells, style.delimiter);
    if style.type_line { type_line + &table } else { table }
}

fn cells(row: &ComputerRow, style: Style) -> Vec<Option<String>> {
    let truth = |b: bool| Some(if b { "True" } else { "False" }.to_owned());
    vec![
        Some(row.distinguished_name.clone()),
        Some(row.dns_host_name.clone()),
        truth(row.enabled()),
        style.list(&row.services),
        row.encryption_types.map(|types| types.to_string()),
        Some(row.name.clone()),
        Some("computer".to_owned()),
        Some(row.guid.to_string()),
        Some(row.operating_system.clone()),
        Some(row.operating_system_version.clone()),
        style.list(&row.allowed_to_act),
        Some(ComputerRow::filetime(row.password_set).to_string()),
        Some(format!("{}$", row.name)),
        style.list(&row.spns),
        Some(row.sid.to_string()),
        truth(row.unconstrained),
        truth(row.any_protocol),
        Some(row.account_control.to_string()),
        None,
        style.date(row.when_changed),
    ]
}
