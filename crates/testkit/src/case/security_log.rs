//! Audit events of a domain controller's Security log: changes of computer objects.
//!
//! Fields, their order and values as in public samples of 4742 and 5136.

use super::events::{SECURITY, event, named};
use super::{Case, Channel, DirectoryChange, names};
use crate::record::{EventSpec, Value};
use chrono::{DateTime, TimeDelta, Utc};

const VALUE_ADDED: &str = "%%14674";
const VALUE_DELETED: &str = "%%14675";

/// 4742, then one 5136 per value: the old and the new account control, and each service added.
pub fn changed(case: &Case, change: &DirectoryChange) -> Vec<EventSpec> {
    let mut events = vec![computer_changed(case, change)];
    let mut values = Vec::new();
    if let Some((old, new)) = change.account_control {
        values.push(("userAccountControl", "2.5.5.9", old.to_string(), VALUE_DELETED));
        values.push(("userAccountControl", "2.5.5.9", new.to_string(), VALUE_ADDED));
    }
    let services = change.services_added.iter();
    values.extend(services.map(|spn| ("msDS-AllowedToDelegateTo", "2.5.5.12", spn.clone(), VALUE_ADDED)));
    for (i, (attribute, syntax, value, operation)) in values.into_iter().enumerate() {
        let at = change.at + TimeDelta::microseconds(4_100 + 260 * i64::try_from(i).unwrap_or(0));
        let mut event = audit(case, 5136, 14081, change, at);
        event.activity_id = Some(names::guid(&format!("activity {}", change.at)));
        let host = case.host(&change.host);
        let mut fields = vec![
            ("OpCorrelationID", Value::Guid(names::guid(&format!("operation {}", change.at)))),
            ("AppCorrelationID", Value::from("-")),
        ];
        fields.extend(subject(case, change));
        fields.extend([
            ("DSName", Value::from(case.domain.as_str())),
            ("DSType", Value::from("%%14676")),
            ("ObjectDN", Value::Str(names::computer_dn(host, &case.domain))),
            ("ObjectGUID", Value::Guid(names::guid(&format!("computer {}", host.name)))),
            ("ObjectClass", Value::from("computer")),
            ("AttributeLDAPDisplayName", Value::from(attribute)),
            ("AttributeSyntaxOID", Value::from(syntax)),
            ("AttributeValue", Value::Str(value)),
            ("OperationType", Value::from(operation)),
        ]);
        event.payload = named(fields);
        events.push(event);
    }
    events
}

fn computer_changed(case: &Case, change: &DirectoryChange) -> EventSpec {
    let mut event = audit(case, 4742, 13825, change, change.at);
    let unset = || Value::from("-");
    let list = if change.services_added.is_empty() {
        unset()
    } else {
        let services = case.host(&change.host).delegation.services.iter();
        Value::Str(services.map(|spn| format!("\n\t\t{spn}")).collect())
    };
    // The audit shows the SAM's own bits, not userAccountControl's: 0x80 workstation, 0x40000 any protocol.
    let (old, new, text) = match change.account_control {
        Some(_) => ("0x80", "0x40080", Value::from("\n\t\t%%2098")),
        None => ("-", "-", unset()),
    };
    let mut fields = vec![
        ("ComputerAccountChange", unset()),
        ("TargetUserName", Value::Str(format!("{}$", change.host))),
        ("TargetDomainName", Value::Str(names::netbios(&case.domain))),
        ("TargetSid", Value::Sid(names::account_sid(&format!("{}$", change.host)))),
    ];
    fields.extend(subject(case, change));
    fields.extend(UNCHANGED.map(|name| (name, unset())));
    fields.extend([
        ("AllowedToDelegateTo", list),
        ("OldUacValue", Value::from(old)),
        ("NewUacValue", Value::from(new)),
        ("UserAccountControl", text),
    ]);
    let rest = ["UserParameters", "SidHistory", "LogonHours", "DnsHostName", "ServicePrincipalNames"];
    fields.extend(rest.map(|name| (name, unset())));
    event.payload = named(fields);
    event
}

/// Fields of 4742 between the subject and the delegation list.
pub(crate) const UNCHANGED: [&str; 12] = [
    "PrivilegeList",
    "SamAccountName",
    "DisplayName",
    "UserPrincipalName",
    "HomeDirectory",
    "HomePath",
    "ScriptPath",
    "ProfilePath",
    "UserWorkstations",
    "PasswordLastSet",
    "AccountExpires",
    "PrimaryGroupId",
];

fn subject(case: &Case, change: &DirectoryChange) -> [(&'static str, Value); 4] {
    [
        ("SubjectUserSid", Value::Sid(names::account_sid(&change.by))),
        ("SubjectUserName", Value::from(change.by.as_str())),
        ("SubjectDomainName", Value::Str(names::netbios(&case.domain))),
        ("SubjectLogonId", Value::Hex64(0x2e15_bba1)),
    ]
}

fn audit(case: &Case, id: u16, task: u16, change: &DirectoryChange, at: DateTime<Utc>) -> EventSpec {
    let mut event = event(case, SECURITY, id, Channel::Security, &change.logged_by, at);
    event.level = 0;
    event.task = task;
    event.keywords = 0x8020_0000_0000_0000;
    event.user_sid = None;
    event
}
