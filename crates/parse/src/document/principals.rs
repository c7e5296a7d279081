//! Accounts named by other accounts: group members, and who may act on behalf of others toward a computer.

use super::context::Context;
use super::descriptor;
use super::list::{Split, is_lost};
use super::row::{Raw, Row, key};
use super::shape::ALLOWED_TO_ACT;
use super::value;
use delegap_model::{Group, Principal, Sid, Tri, Why};
use serde_json::Value;

/// Resource-based delegation in whatever form the export has it: descriptor, SDDL, or names.
pub(super) fn allowed_to_act(row: &Row, context: &mut Context) -> Tri<Vec<Principal>> {
    let mut answer = None;
    for name in ALLOWED_TO_ACT.iter().filter(|n| row.has(&[n])) {
        let told = one_form(row, name, context);
        if told.is_told() {
            return told;
        }
        answer.get_or_insert(told);
    }
    answer.unwrap_or_else(|| row.list(ALLOWED_TO_ACT, Split::Names).map(|_| Vec::new()))
}

fn one_form(row: &Row, name: &str, context: &mut Context) -> Tri<Vec<Principal>> {
    if let Some(Value::Object(members)) = row.json(&[name])
        && let Some(told) = access_object(members)
    {
        return told;
    }
    match row.bytes(&[name]) {
        Tri::Known(Raw::Bytes(bytes)) => return descriptor(&bytes, row, context),
        Tri::Known(Raw::Text(text)) => {
            if let Some(allowed) = descriptor::allowed_by_sddl(text.trim()) {
                return Tri::list(allowed);
            }
            if let Some(bytes) = bytes_of_text(&text) {
                return descriptor(&bytes, row, context);
            }
            if let Some(allowed) = access_lines(&text) {
                return allowed;
            }
            // A column that tells only whether there is anybody.
            match value::flag(&text) {
                Some(true) => return Tri::Unknown(Why::Lost(text)),
                Some(false) => return Tri::KnownEmpty,
                None => {}
            }
        }
        Tri::KnownEmpty | Tri::Unknown(_) => {}
    }
    match row.list(&[name], Split::Names) {
        // Bytes that a console cut.
        Tri::Unknown(Why::Partly(shown)) if shown.iter().all(|s| s.parse::<u8>().is_ok()) => {
            Tri::Unknown(Why::Lost(format!("{{{}...}}", shown.join(", "))))
        }
        told => told.map(|l| l.iter().map(|t| of_text(t)).collect()),
    }
}

/// A descriptor as base64, as hexadecimal digits, or as the numbers of its bytes, which a console shows in braces.
fn bytes_of_text(text: &str) -> Option<Vec<u8>> {
    if text.starts_with("AQAE") {
        return value::base64(text);
    }
    if let Some(bytes) = value::hex(text).filter(|b| b.starts_with(&[1, 0, 4])) {
        return Some(bytes);
    }
    let numbers = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')).unwrap_or(text);
    let parts = numbers.split([',', ';', ' ', '\r', '\n']).filter(|p| !p.is_empty());
    let bytes: Vec<u8> = parts.map(|p| p.parse().ok()).collect::<Option<_>>()?;
    (bytes.len() > 1).then_some(bytes)
}

/// `AccessToString`: lines such as `CONTOSO\HV01$ Allow  GenericAll`; `None` for any other text.
fn access_lines(text: &str) -> Option<Tri<Vec<Principal>>> {
    let mut allowed = Vec::new();
    for line in text.lines().filter(|l| !l.trim().is_empty()) {
        let words = || line.split_whitespace();
        if words().any(|w| w == "Deny") {
            continue;
        }
        words().find(|w| *w == "Allow")?;
        allowed.push(of_text(line.split_once(" Allow")?.0.trim()));
    }
    (!allowed.is_empty()).then(|| Tri::list(allowed))
}

fn descriptor(bytes: &[u8], row: &Row, context: &mut Context) -> Tri<Vec<Principal>> {
    match descriptor::allowed_by_bytes(bytes) {
        Ok(allowed) => Tri::list(allowed),
        Err(what) => {
            context.problem(&row.place, what, "resource-based delegation of 1 computer");
            Tri::Unknown(Why::Unreadable(what.to_owned()))
        }
    }
}

/// An ActiveDirectorySecurity object: its SDDL, or `AccessToString` with lines such as `CONTOSO\HV01$ Allow …`.
fn access_object(members: &serde_json::Map<String, Value>) -> Option<Tri<Vec<Principal>>> {
    let text = |name: &str| members.get(name).and_then(Value::as_str).filter(|t| !t.is_empty() && !is_lost(t));
    if let Some(allowed) = text("Sddl").and_then(descriptor::allowed_by_sddl) {
        return Some(Tri::list(allowed));
    }
    if let Some(allowed) = text("AccessToString").and_then(access_lines) {
        return Some(allowed);
    }
    let rules = match members.get("Access")? {
        Value::Array(rules) => rules.as_slice(),
        one => std::slice::from_ref(one),
    };
    let allowed: Option<Vec<Option<Principal>>> = rules.iter().map(access_rule).collect();
    Some(Tri::list(allowed?.into_iter().flatten().collect()))
}

/// The account of one rule: `Some(None)` if the rule denies, `None` if it can't be read.
fn access_rule(rule: &Value) -> Option<Option<Principal>> {
    // System.Security.AccessControl.AccessControlType: Allow 0, Deny 1.
    match value::json_text(rule.get("AccessControlType")?).ok()?.as_deref()? {
        "0" | "Allow" => {}
        "1" | "Deny" => return Some(None),
        _ => return None,
    }
    let account = value::json_text(rule.get("IdentityReference")?).ok()??;
    Some(Some(of_text(&account)))
}

/// A distinguished name, a SID, or an account name with or without its domain.
pub(super) fn of_text(text: &str) -> Principal {
    if let Some(sid) = Sid::parse(text) {
        return Principal { sid: Some(sid), ..Principal::default() };
    }
    if text.contains('=') {
        return Principal { distinguished_name: Some(text.to_owned()), ..Principal::default() };
    }
    let name = text.rsplit('\\').next().unwrap_or(text);
    Principal { name: Some(name.to_owned()), ..Principal::default() }
}

/// The value of the first part of a distinguished name.
pub(super) fn first_rdn(dn: &str) -> Option<String> {
    let (_, value) = dn.split_once('=')?;
    let mut name = String::new();
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            ',' => break,
            '\\' => name.extend(chars.next()),
            c => name.push(c),
        }
    }
    (!name.is_empty()).then_some(name)
}

/// Get-ADGroupMember prints members without their group: all rows of one list are members of one group, whose name
/// only the file's name or the JSON path may give away.
pub(super) fn group_of_members(rows: &[&Row], context: &Context) -> Option<Group> {
    let first = rows.first()?;
    let members = rows.iter().map(|row| Principal {
        distinguished_name: row.some_text(&["distinguishedname"]),
        sid: super::accounts::sid(row).known().cloned(),
        name: row.some_text(&["samaccountname"]).or_else(|| row.some_text(&["name"])),
    });
    let file = context.name().rsplit('/').next().unwrap_or_default();
    let hint = super::row::key(file) + &super::row::key(&first.place);
    let name =
        if hint.contains("protectedusers") { Tri::Known("Protected Users".to_owned()) } else { Tri::NOT_EXPORTED };
    let members = members.filter(|m| *m != Principal::default()).collect();
    Some(Group {
        at: context.at(&first.place),
        name,
        distinguished_name: Tri::NOT_EXPORTED,
        sid: Tri::NOT_EXPORTED,
        members: Tri::list(members),
    })
}

/// True if a file's name, or the JSON path of a list in it, says that its accounts are members of Protected Users.
pub(super) fn is_protected_users(file: &str, place: &str) -> bool {
    let file = file.rsplit('/').next().unwrap_or_default();
    (key(file) + &key(place)).contains("protectedusers")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_to_accounts() {
        assert!(of_text("S-1-5-21-1-2-3-4").sid.is_some());
        assert_eq!(of_text("CN=HV01,DC=c").distinguished_name.as_deref(), Some("CN=HV01,DC=c"));
        assert_eq!(of_text("CONTOSO\\HV01$").name.as_deref(), Some("HV01$"));
        assert_eq!(first_rdn("CN=Doe\\, Jane,OU=x,DC=c").as_deref(), Some("Doe, Jane"));
        assert_eq!(first_rdn("no name"), None);
    }
}
