//! Computer objects as LDIF (RFC 2849), in the manner of three tools.

use super::ComputerRow;
use crate::case::names::{domain_dn, guid_bytes, sid_bytes};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};

/// `ldifde -f`: CRLF, a change type per record, binary in base64.
pub fn ldifde(rows: &[ComputerRow]) -> String {
    let records = rows.iter().map(|row| {
        let lines = [format!("dn: {}", row.distinguished_name), "changetype: add".to_owned()];
        fold(lines.into_iter().chain(attributes(row, true)), 79, "\r\n") + "\r\n"
    });
    records.collect()
}

/// `ldapsearch`: comments, binary in base64, folded at 76.
pub fn ldapsearch(rows: &[ComputerRow], domain: &str) -> String {
    let base = domain_dn(domain);
    let mut text = format!(
        "# extended LDIF\n#\n# LDAPv3\n# base <{base}> with scope subtree\n# filter: (objectCategory=computer)\n\
         # requesting: ALL\n#\n\n"
    );
    for row in rows {
        text.push_str(&format!("# {}, {domain}\n", row.name));
        let lines = std::iter::once(format!("dn: {}", row.distinguished_name)).chain(attributes(row, true));
        text.push_str(&(fold(lines, 76, "\n") + "\n"));
    }
    let n = rows.len();
    text + &format!("# search result\nsearch: 2\nresult: 0 Success\n\n# numResponses: {}\n# numEntries: {n}\n", n + 1)
}

/// `ldbsearch` of Samba: numbered records, GUIDs and SIDs in text form, the security descriptor included.
pub fn ldbsearch(rows: &[ComputerRow]) -> String {
    let mut text = String::new();
    for (i, row) in rows.iter().enumerate() {
        let descriptor = "nTSecurityDescriptor: O:DAG:DAD:AI(A;;RPWPCRCCDCLCLORCWOWDSDDTSW;;;DA)(A;;RPLCLORC;;;AU)";
        let lines = [format!("# record {}", i + 1), format!("dn: {}", row.distinguished_name)]
            .into_iter()
            .chain(attributes(row, false))
            .chain([descriptor.to_owned(), format!("distinguishedName: {}", row.distinguished_name)]);
        text.push_str(&(fold(lines, 78, "\n") + "\n"));
    }
    text + &format!("# returned {n} records\n# {n} entries\n# 0 referrals\n", n = rows.len())
}

/// All attributes of a record, operational ones included: the export asked for everything.
fn attributes(row: &ComputerRow, binary: bool) -> Vec<String> {
    let (guid, sid) = if binary {
        (
            format!("objectGUID:: {}", BASE64_STANDARD.encode(guid_bytes(row.guid))),
            format!("objectSid:: {}", BASE64_STANDARD.encode(sid_bytes(&row.sid))),
        )
    } else {
        (format!("objectGUID: {}", row.guid), format!("objectSid: {}", row.sid))
    };
    let mut lines: Vec<String> = ["top", "person", "organizationalPerson", "user", "computer"]
        .iter()
        .map(|class| format!("objectClass: {class}"))
        .collect();
    lines.extend([
        format!("cn: {}", row.name),
        "instanceType: 4".to_owned(),
        format!("whenCreated: {}", generalized_time(row.when_created)),
        format!("whenChanged: {}", generalized_time(row.when_changed)),
        format!("uSNCreated: {}", row.when_created.timestamp() / 60),
        format!("uSNChanged: {}", row.when_changed.timestamp() / 60),
        format!("name: {}", row.name),
        guid,
        format!("userAccountControl: {}", row.account_control),
        format!("pwdLastSet: {}", ComputerRow::filetime(row.password_set)),
        format!("primaryGroupID: {}", if row.domain_controller { 516 } else { 515 }),
        sid,
        format!("sAMAccountName: {}$", row.name),
        "sAMAccountType: 805306369".to_owned(),
        format!("operatingSystem: {}", row.operating_system),
        format!("operatingSystemVersion: {}", row.operating_system_version),
        format!("dNSHostName: {}", row.dns_host_name),
    ]);
    lines.extend(row.encryption_types.map(|types| format!("msDS-SupportedEncryptionTypes: {types}")));
    lines.extend(row.spns.iter().map(|spn| line("servicePrincipalName", spn)));
    lines.extend(row.services.iter().map(|spn| line("msDS-AllowedToDelegateTo", spn)));
    if !row.allowed_to_act_descriptor.is_empty() {
        let value = BASE64_STANDARD.encode(&row.allowed_to_act_descriptor);
        lines.push(format!("msDS-AllowedToActOnBehalfOfOtherIdentity:: {value}"));
    }
    lines
}

/// A value that ends in a blank is written in base64 (RFC 2849, note 8).
fn line(attribute: &str, value: &str) -> String {
    if value.ends_with(' ') {
        return format!("{attribute}:: {}", BASE64_STANDARD.encode(value));
    }
    format!("{attribute}: {value}")
}

/// `20260820081500.0Z`
fn generalized_time(time: DateTime<Utc>) -> String {
    time.format("%Y%m%d%H%M%S.0Z").to_string()
}

/// Lines cut at `width`; a continuation begins with a blank. All text here is ASCII.
fn fold(lines: impl IntoIterator<Item = String>, width: usize, end: &str) -> String {
    let mut text = String::new();
    for line in lines {
        let mut rest = line.as_str();
        let mut room = width;
        while rest.len() > room {
            let (head, tail) = rest.split_at(room);
            text.push_str(head);
            text.push_str(end);
            text.push(' ');
            rest = tail;
            room = width - 1;
        }
        text.push_str(rest);
        text.push_str(end);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_lines_unfold() {
        let long = format!("servicePrincipalName: {}", "x".repeat(200));
        let folded = fold([long.clone()], 76, "\n");
        assert!(folded.lines().all(|l| l.len() <= 76));
        assert_eq!(folded.replace("\n ", ""), long + "\n");
    }
}
