//! Get-ADComputer through ConvertTo-Json.

use super::ComputerRow;
use crate::case::json::{Json, PowerShell};
use crate::case::names::sid_bytes;

/// The file's text. `value_and_count`: lists carry extended members.
pub fn computers(rows: &[ComputerRow], shell: PowerShell, value_and_count: bool) -> String {
    let objects: Vec<Json> = rows.iter().map(|row| computer(row, shell, value_and_count)).collect();
    // One object is not wrapped in a list.
    let document = match <[Json; 1]>::try_from(objects) {
        Ok([only]) => only,
        Err(objects) => Json::List(objects),
    };
    document.to_text(shell)
}

/// The same objects through Export-Clixml.
pub fn clixml(rows: &[ComputerRow]) -> String {
    let objects: Vec<Json> = rows.iter().map(|row| computer(row, PowerShell::V51, false)).collect();
    crate::case::clixml::document(&objects, "Microsoft.ActiveDirectory.Management.ADComputer")
}

fn computer(row: &ComputerRow, shell: PowerShell, value_and_count: bool) -> Json {
    let list = |values: &[String]| {
        let list = Json::texts(values);
        if value_and_count { Json::value_and_count(list) } else { list }
    };
    let text = |t: &str| Json::Str(t.to_owned());
    Json::object([
        ("DistinguishedName", text(&row.distinguished_name)),
        ("DNSHostName", text(&row.dns_host_name)),
        ("Enabled", Json::Bool(row.enabled())),
        ("msDS-AllowedToDelegateTo", list(&row.services)),
        ("msDS-SupportedEncryptionTypes", row.encryption_types.map_or(Json::Null, |types| Json::Int(types.into()))),
        ("Name", text(&row.name)),
        ("ObjectClass", text("computer")),
        ("ObjectGUID", text(&row.guid.to_string())),
        ("OperatingSystem", text(&row.operating_system)),
        ("OperatingSystemVersion", text(&row.operating_system_version)),
        ("PrincipalsAllowedToDelegateToAccount", list(&row.allowed_to_act)),
        ("pwdLastSet", Json::Int(ComputerRow::filetime(row.password_set))),
        ("SamAccountName", text(&format!("{}$", row.name))),
        ("servicePrincipalName", list(&row.spns)),
        ("SID", sid(row, shell)),
        ("TrustedForDelegation", Json::Bool(row.unconstrained)),
        ("TrustedToAuthForDelegation", Json::Bool(row.any_protocol)),
        ("userAccountControl", Json::Int(i64::from(row.account_control))),
        ("UserPrincipalName", Json::Null),
        ("whenChanged", Json::Date(row.when_changed)),
    ])
}

/// 5.1 shows the SID object; the script for 7 selected its value.
fn sid(row: &ComputerRow, shell: PowerShell) -> Json {
    let value = Json::Str(row.sid.to_string());
    if shell == PowerShell::V7 {
        return value;
    }
    let length = i64::try_from(sid_bytes(&row.sid).len()).unwrap_or(0);
    let of_domain = row.sid.as_str().rsplit_once('-').map_or("", |(domain, _)| domain);
    let domain = Json::object([
        ("BinaryLength", Json::Int(length - 4)),
        ("AccountDomainSid", Json::Str(of_domain.to_owned())),
        ("Value", Json::Str(of_domain.to_owned())),
    ]);
    Json::object([("BinaryLength", Json::Int(length)), ("AccountDomainSid", domain), ("Value", value)])
}
