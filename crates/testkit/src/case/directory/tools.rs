//! Computer objects as programs other than PowerShell's cmdlets show them: each with what it leaves out.

use super::ComputerRow;
use crate::case::text;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use delegap_model::uac;
use serde_json::{Map, Value, json};

/// A program's output: its name for a reader, and the file.
pub type ToolFile = (&'static str, Vec<u8>);

/// The same objects through every program.
pub fn all(rows: &[ComputerRow], domain: &str) -> Vec<ToolFile> {
    let written: Vec<(&'static str, String)> = vec![
        ("Get-ADComputer \\| Format-List", format_list(rows)),
        ("csvde", csvde(rows)),
        ("dsquery * -attr *", dsquery(rows)),
        ("dsquery * -attr …, a table", dsquery_table(rows)),
        ("Get-ADComputer \\| Format-Table", format_table(rows)),
        ("PowerView Get-DomainComputer", powerview(rows)),
        ("setspn -L", setspn(rows)),
        ("SharpHound", graph(rows, domain, true)),
        ("BloodHound.py", graph(rows, domain, false)),
        ("ldapdomaindump", ldapdomaindump(rows)),
        ("ADExplorerSnapshot.py objects", snapshot(rows)),
        ("ADRecon", adrecon(rows)),
        ("impacket findDelegation", find_delegation(rows)),
        ("PingCastle", pingcastle(rows)),
    ];
    written.into_iter().map(|(name, text)| (name, text.into_bytes())).collect()
}

/// Windows PowerShell shows four values of a list.
fn format_list(rows: &[ComputerRow]) -> String {
    let list = |values: &[String]| {
        let more = if values.len() > 4 { "..." } else { "" };
        format!("{{{}{more}}}", values.iter().take(4).cloned().collect::<Vec<_>>().join(", "))
    };
    let truth = |b: bool| if b { "True" } else { "False" }.to_owned();
    let object = |row: &ComputerRow| {
        vec![
            ("DistinguishedName", row.distinguished_name.clone()),
            ("DNSHostName", row.dns_host_name.clone()),
            ("Enabled", truth(row.enabled())),
            ("msDS-AllowedToDelegateTo", list(&row.services)),
            ("Name", row.name.clone()),
            ("ObjectClass", "computer".to_owned()),
            ("PrincipalsAllowedToDelegateToAccount", list(&row.allowed_to_act)),
            ("SamAccountName", format!("{}$", row.name)),
            ("servicePrincipalName", list(&row.spns)),
            ("SID", row.sid.to_string()),
            ("TrustedForDelegation", truth(row.unconstrained)),
            ("TrustedToAuthForDelegation", truth(row.any_protocol)),
            ("UserPrincipalName", String::new()),
        ]
    };
    text::format_list(&rows.iter().map(object).collect::<Vec<_>>())
}

const CLASSES: [&str; 5] = ["top", "person", "organizationalPerson", "user", "computer"];

fn csvde(rows: &[ComputerRow]) -> String {
    let columns = "DN,objectClass,cn,distinguishedName,whenChanged,uSNChanged,name,userAccountControl,logonCount,\
                   pwdLastSet,objectSid,sAMAccountName,operatingSystem,operatingSystemVersion,dNSHostName,\
                   servicePrincipalName,msDS-SupportedEncryptionTypes,msDS-AllowedToDelegateTo,\
                   msDS-AllowedToActOnBehalfOfOtherIdentity\r\n";
    let hex = |bytes: &[u8]| match bytes {
        [] => String::new(),
        bytes => format!("X'{}'", bytes.iter().map(|b| format!("{b:02x}")).collect::<String>()),
    };
    let line = |row: &ComputerRow| {
        let cells = [
            format!("\"{}\"", row.distinguished_name),
            CLASSES.join(";"),
            row.name.clone(),
            format!("\"{}\"", row.distinguished_name),
            row.when_changed.format("%Y%m%d%H%M%S.0Z").to_string(),
            "16420".to_owned(),
            row.name.clone(),
            row.account_control.to_string(),
            "12".to_owned(),
            ComputerRow::filetime(row.password_set).to_string(),
            hex(&crate::case::names::sid_bytes(&row.sid)),
            format!("{}$", row.name),
            row.operating_system.clone(),
            row.operating_system_version.clone(),
            row.dns_host_name.clone(),
            row.spns.join(";"),
            row.encryption_types.map(|types| types.to_string()).unwrap_or_default(),
            row.services.join(";"),
            hex(&row.allowed_to_act_descriptor),
        ];
        cells.join(",") + "\r\n"
    };
    columns.to_owned() + &rows.iter().map(line).collect::<String>()
}

/// Dates are local and in the order of the user's culture. Of security descriptors it is not certain how they show: they
/// are left out.
fn dsquery(rows: &[ComputerRow]) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| text.push_str(&format!("{name}: {value}\r\n"));
    for row in rows {
        CLASSES.iter().for_each(|class| line("objectClass", class));
        line("cn", &row.name);
        line("distinguishedName", &row.distinguished_name);
        line("whenChanged", &row.when_changed.format("%m/%d/%Y %H:%M:%S").to_string());
        line("uSNChanged", "38683");
        line("name", &row.name);
        line("userAccountControl", &row.account_control.to_string());
        line("logonCount", "12");
        line("pwdLastSet", &ComputerRow::filetime(row.password_set).to_string());
        line("objectSid", row.sid.as_str());
        line("sAMAccountName", &format!("{}$", row.name));
        line("operatingSystem", &row.operating_system);
        line("operatingSystemVersion", &row.operating_system_version);
        line("dNSHostName", &row.dns_host_name);
        row.spns.iter().for_each(|spn| line("servicePrincipalName", spn));
        row.encryption_types.iter().for_each(|types| line("msDS-SupportedEncryptionTypes", &types.to_string()));
        row.services.iter().for_each(|spn| line("msDS-AllowedToDelegateTo", spn));
        line("ADsPath", &format!("LDAP://DC01/{}", row.distinguished_name));
    }
    text
}

/// Two blanks before each line, columns as wide as their widest value, `;` behind each value of a list.
fn dsquery_table(rows: &[ComputerRow]) -> String {
    let columns = ["sAMAccountName", "userAccountControl", "msDS-AllowedToDelegateTo"];
    let cells = |row: &ComputerRow| {
        let list: String = row.services.iter().map(|spn| format!("{spn};")).collect();
        [format!("{}$", row.name), row.account_control.to_string(), list]
    };
    let lines: Vec<[String; 3]> = rows.iter().map(cells).collect();
    let width = |i: usize| lines.iter().map(|l| l[i].len()).chain([columns[i].len()]).max().unwrap_or(0);
    let line = |cells: [&str; 3]| {
        let padded = cells.iter().enumerate().map(|(i, c)| format!("  {c:<w$}  ", w = width(i)));
        padded.collect::<String>() + "\r\n"
    };
    line(columns) + &lines.iter().map(|l| line(std::array::from_fn(|i| l[i].as_str()))).collect::<String>()
}

/// A console of 120 columns cuts a list to what its column holds.
fn format_table(rows: &[ComputerRow]) -> String {
    const ROOM: usize = 60;
    let columns = ["Name", "TrustedForDelegation", "TrustedToAuthForDelegation", "msDS-AllowedToDelegateTo"];
    let cells = |row: &ComputerRow| {
        let list = format!("{{{}}}", row.services.join(", "));
        let list = if list.len() > ROOM { format!("{}...", &list[..ROOM - 3]) } else { list };
        let truth = |b: bool| if b { "True" } else { "False" }.to_owned();
        vec![row.name.clone(), truth(row.unconstrained), truth(row.any_protocol), list]
    };
    text::format_table(&columns, &rows.iter().map(cells).collect::<Vec<_>>())
}

/// Names in lower case, flags by name, whole lists, local dates; of bytes the console shows four.
fn powerview(rows: &[ComputerRow]) -> String {
    let object = |row: &ComputerRow| {
        let flags = [
            (0x1000, "WORKSTATION_TRUST_ACCOUNT"),
            (uac::SERVER_TRUST, "SERVER_TRUST_ACCOUNT"),
            (uac::TRUSTED_FOR_DELEGATION, "TRUSTED_FOR_DELEGATION"),
            (uac::TRUSTED_TO_AUTH, "TRUSTED_TO_AUTH_FOR_DELEGATION"),
        ];
        let flags = flags.iter().filter(|(bit, _)| row.account_control & bit != 0).map(|(_, name)| *name);
        let list = |values: &[String]| match values {
            [one] => one.clone(),
            values => format!("{{{}}}", values.join(", ")),
        };
        let mut lines = vec![
            ("pwdlastset", row.password_set.format("%-m/%-d/%Y %-I:%M:%S %p").to_string()),
            ("logoncount", "7".to_owned()),
            ("whenchanged", row.when_changed.format("%-m/%-d/%Y %-I:%M:%S %p").to_string()),
            ("objectsid", row.sid.to_string()),
            ("usnchanged", "24608".to_owned()),
            ("useraccountcontrol", flags.collect::<Vec<_>>().join(", ")),
            ("distinguishedname", row.distinguished_name.clone()),
            ("objectclass", "{top, person, organizationalPerson, user...}".to_owned()),
            ("serviceprincipalname", list(&row.spns)),
            ("samaccountname", format!("{}$", row.name)),
            ("operatingsystem", row.operating_system.clone()),
            ("dnshostname", row.dns_host_name.clone()),
        ];
        lines.extend(row.encryption_types.map(|types| ("msds-supportedencryptiontypes", types.to_string())));
        if !row.services.is_empty() {
            lines.push(("msds-allowedtodelegateto", list(&row.services)));
        }
        if !row.allowed_to_act_descriptor.is_empty() {
            let bytes: Vec<String> = row.allowed_to_act_descriptor.iter().take(4).map(u8::to_string).collect();
            let cut = format!("{{{}...}}", bytes.join(", "));
            lines.push(("msds-allowedtoactonbehalfofotheridentity", cut));
        }
        lines
    };
    text::format_list(&rows.iter().map(object).collect::<Vec<_>>())
}

fn setspn(rows: &[ComputerRow]) -> String {
    let one = |row: &ComputerRow| {
        let names: String = row.spns.iter().map(|spn| format!("\t{spn}\r\n")).collect();
        format!("Registered ServicePrincipalNames for {}:\r\n{names}", row.distinguished_name)
    };
    rows.iter().map(one).collect()
}

/// SharpHound shows a list only beside protocol transition, BloodHound.py every list and no encryption types. Both write
/// names in capitals.
fn graph(rows: &[ComputerRow], domain: &str, sharp: bool) -> String {
    let object = |row: &ComputerRow| {
        let mut properties = json!({
            "name": row.dns_host_name.to_uppercase(), "domain": domain.to_uppercase(),
            "samaccountname": format!("{}$", row.name), "distinguishedname": row.distinguished_name.to_uppercase(),
            "unconstraineddelegation": row.unconstrained, "trustedtoauth": row.any_protocol, "enabled": row.enabled(),
            "pwdlastset": row.password_set.timestamp(), "serviceprincipalnames": row.spns,
            "operatingsystem": row.operating_system,
        });
        if row.any_protocol || !sharp && !row.services.is_empty() {
            properties["allowedtodelegate"] = json!(row.services);
        }
        if sharp {
            properties["useraccountcontrol"] = json!(row.account_control);
            properties["supportedencryptiontypes"] = match row.encryption_types {
                Some(_) => json!(["RC4-HMAC-MD5", "AES128-CTS-HMAC-SHA1-96", "AES256-CTS-HMAC-SHA1-96"]),
                None => json!(["Not defined"]),
            };
        }
        let actors = actor_sids(row, rows);
        let actors: Vec<Value> =
            actors.iter().map(|sid| json!({"ObjectIdentifier": sid, "ObjectType": "Computer"})).collect();
        json!({"ObjectIdentifier": row.sid.as_str(), "AllowedToAct": actors, "AllowedToDelegate": [],
            "IsDeleted": false, "Properties": properties})
    };
    let data: Vec<Value> = rows.iter().map(object).collect();
    let meta =
        json!({"methods": if sharp { 521_215 } else { 0 }, "type": "computers", "count": rows.len(), "version": 6});
    json!({"data": data, "meta": meta}).to_string()
}

fn actor_sids<'a>(row: &ComputerRow, rows: &'a [ComputerRow]) -> Vec<&'a str> {
    let named = row.allowed_to_act.iter().filter_map(|dn| rows.iter().find(|r| r.distinguished_name == *dn));
    named.map(|actor| actor.sid.as_str()).collect()
}

/// All attributes of an object; `binary` says how a security descriptor is written.
fn attributes(row: &ComputerRow, binary: impl Fn(String) -> Value) -> Map<String, Value> {
    let value = json!({
        "cn": [row.name], "name": [row.name], "sAMAccountName": [format!("{}$", row.name)],
        "dNSHostName": [row.dns_host_name], "distinguishedName": [row.distinguished_name], "objectClass": CLASSES,
        "objectSid": [row.sid.as_str()], "userAccountControl": [row.account_control], "logonCount": [12],
        "operatingSystem": [row.operating_system], "operatingSystemVersion": [row.operating_system_version],
        "uSNChanged": [16_420],
    });
    let Value::Object(mut map) = value else { unreachable!("an object") };
    let mut list = |name: &str, values: &[String]| {
        if !values.is_empty() {
            map.insert(name.to_owned(), json!(values));
        }
    };
    list("servicePrincipalName", &row.spns);
    list("msDS-AllowedToDelegateTo", &row.services);
    if let Some(types) = row.encryption_types {
        map.insert("msDS-SupportedEncryptionTypes".to_owned(), json!([types]));
    }
    if !row.allowed_to_act_descriptor.is_empty() {
        let value = binary(BASE64_STANDARD.encode(&row.allowed_to_act_descriptor));
        map.insert("msDS-AllowedToActOnBehalfOfOtherIdentity".to_owned(), json!([value]));
    }
    map
}

/// domain_computers.json
fn ldapdomaindump(rows: &[ComputerRow]) -> String {
    let object = |row: &ComputerRow| {
        let mut attributes = attributes(row, |text| json!({"encoded": text, "encoding": "base64"}));
        let time = |t: chrono::DateTime<chrono::Utc>| json!([t.format("%F %T+00:00").to_string()]);
        attributes.insert("pwdLastSet".to_owned(), time(row.password_set));
        attributes.insert("whenChanged".to_owned(), time(row.when_changed));
        json!({"attributes": attributes, "dn": row.distinguished_name})
    };
    Value::Array(rows.iter().map(object).collect()).to_string()
}

/// `objects.ndjson`
fn snapshot(rows: &[ComputerRow]) -> String {
    let line = |row: &ComputerRow| {
        let mut attributes = attributes(row, Value::String);
        attributes.insert("pwdLastSet".to_owned(), json!([ComputerRow::filetime(row.password_set)]));
        attributes.insert("whenChanged".to_owned(), json!([row.when_changed.timestamp()]));
        Value::Object(attributes).to_string() + "\n"
    };
    rows.iter().map(line).collect()
}

/// Computers.csv
fn adrecon(rows: &[ComputerRow]) -> String {
    let columns = [
        "UserName",
        "Name",
        "DNSHostName",
        "Enabled",
        "Operating System",
        "Delegation Type",
        "Delegation Protocol",
        "Delegation Services",
        "SID",
        "UserAccountControl",
        "Distinguished Name",
    ];
    let cells = |row: &ComputerRow| {
        let (kind, protocol) = match (row.services.is_empty(), row.unconstrained) {
            (false, _) => ("Constrained", if row.any_protocol { "Any" } else { "Kerberos" }),
            (true, true) => ("Unconstrained", ""),
            (true, false) => ("", ""),
        };
        let cells = [
            format!("{}$", row.name),
            row.name.clone(),
            row.dns_host_name.clone(),
            if row.enabled() { "True" } else { "False" }.to_owned(),
            row.operating_system.clone(),
            kind.to_owned(),
            protocol.to_owned(),
            row.services.join(","),
            row.sid.to_string(),
            row.account_control.to_string(),
            row.distinguished_name.clone(),
        ];
        cells.into_iter().map(Some).collect()
    };
    text::csv(&columns, &rows.iter().map(cells).collect::<Vec<_>>(), ',')
}

/// One line per right; accounts without any are left out.
fn find_delegation(rows: &[ComputerRow]) -> String {
    let columns = ["AccountName", "AccountType", "DelegationType", "DelegationRightsTo", "SPN Exists"];
    let mut lines: Vec<[String; 5]> = Vec::new();
    for row in rows {
        let mut line = |account: &ComputerRow, kind: &str, to: &str| {
            lines.push([&format!("{}$", account.name), "Computer", kind, to, "Yes"].map(str::to_owned));
        };
        if row.unconstrained {
            line(row, "Unconstrained", "N/A");
        }
        let kind = if row.any_protocol { "w/" } else { "w/o" };
        row.services.iter().for_each(|spn| line(row, &format!("Constrained {kind} Protocol Transition"), spn));
        for actor in rows.iter().filter(|actor| row.allowed_to_act.contains(&actor.distinguished_name)) {
            line(actor, "Resource-Based Constrained", &format!("{}$", row.name));
        }
    }
    let width = |i: usize| lines.iter().map(|l| l[i].len()).chain([columns[i].len()]).max().unwrap_or(0);
    let padded = |cells: [&str; 5]| {
        let cells: Vec<String> = cells.iter().enumerate().map(|(i, c)| format!("{c:<w$}", w = width(i))).collect();
        cells.join("  ") + "\n"
    };
    let rule: [String; 5] = std::array::from_fn(|i| "-".repeat(width(i)));
    let body: String = lines.iter().map(|l| padded(std::array::from_fn(|i| l[i].as_str()))).collect();
    padded(columns) + &padded(std::array::from_fn(|i| rule[i].as_str())) + &body
}

/// The element that is named for protocol transition lists what is trusted for unconstrained delegation.
fn pingcastle(rows: &[ComputerRow]) -> String {
    let account = |row: &ComputerRow| {
        format!(
            "<HealthcheckAccountDetailData><DistinguishedName>{}</DistinguishedName><Name>{}</Name>\
             <CreationDate>{}</CreationDate></HealthcheckAccountDetailData>\r\n",
            row.distinguished_name,
            row.name,
            row.when_created.format("%FT%TZ")
        )
    };
    let listed = rows.iter().filter(|row| row.unconstrained && row.account_control & uac::SERVER_TRUST == 0);
    format!(
        "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<HealthcheckData>\r\n<ComputerAccountData>\r\n\
         <ListEnabledTrustedToAuthenticateForDelegation>\r\n{}</ListEnabledTrustedToAuthenticateForDelegation>\r\n\
         </ComputerAccountData>\r\n</HealthcheckData>",
        listed.map(account).collect::<String>()
    )
}
