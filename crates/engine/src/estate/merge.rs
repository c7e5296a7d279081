//! Several exports of one computer object become one.

use delegap_model::{Computer, SourceRef, Spn, Tri, Why, fold};
use std::collections::BTreeSet;

/// Two exports of one object: what only one tells is taken from it, what they tell differently is not known.
pub(super) fn merge(a: Computer, b: &Computer, conflicts: &mut Vec<(SourceRef, String)>) -> Computer {
    let mut notes = Vec::new();
    let merged = Computer {
        at: a.at.clone(),
        name: a.name.clone(),
        dns_host_name: a.dns_host_name.or(b.dns_host_name.clone()),
        distinguished_name: a.distinguished_name.or(b.distinguished_name.clone()),
        sid: a.sid.or(b.sid.clone()),
        allowed_to_delegate_to: agree(
            "msDS-AllowedToDelegateTo",
            |x, y| same_entries(x, y),
            a.allowed_to_delegate_to,
            &b.allowed_to_delegate_to,
            &mut notes,
        ),
        user_account_control: agree(
            "userAccountControl",
            |x, y| x == y,
            a.user_account_control,
            &b.user_account_control,
            &mut notes,
        ),
        trusted_for_delegation: agree(
            "TrustedForDelegation",
            |x, y| x == y,
            a.trusted_for_delegation,
            &b.trusted_for_delegation,
            &mut notes,
        ),
        trusted_to_auth: agree(
            "TrustedToAuthForDelegation",
            |x, y| x == y,
            a.trusted_to_auth,
            &b.trusted_to_auth,
            &mut notes,
        ),
        enabled: agree("Enabled", |x, y| x == y, a.enabled, &b.enabled, &mut notes),
        allowed_to_act: a.allowed_to_act.or(b.allowed_to_act.clone()),
        service_principal_names: a.service_principal_names.or(b.service_principal_names.clone()),
        member_of: a.member_of.or(b.member_of.clone()),
        supported_encryption_types: a.supported_encryption_types.or(b.supported_encryption_types.clone()),
        operating_system: a.operating_system.or(b.operating_system.clone()),
        operating_system_version: a.operating_system_version.or(b.operating_system_version.clone()),
        when_changed: a.when_changed.or(b.when_changed.clone()),
        password_last_set: a.password_last_set.or(b.password_last_set.clone()),
        authentication_policy: a.authentication_policy.or(b.authentication_policy.clone()),
        authentication_silo: a.authentication_silo.or(b.authentication_silo.clone()),
    };
    let text = |n: String| format!("{n} of {} differs from {}", a.name, a.at);
    conflicts.extend(notes.into_iter().map(|n| (b.at.clone(), text(n))));
    merged
}

fn same_entries(a: &[Spn], b: &[Spn]) -> bool {
    let set = |l: &[Spn]| l.iter().map(|s| fold(s.as_str())).collect::<BTreeSet<_>>();
    set(a) == set(b)
}

fn agree<T: Clone>(
    what: &str,
    same: impl Fn(&T, &T) -> bool,
    a: Tri<T>,
    b: &Tri<T>,
    notes: &mut Vec<String>,
) -> Tri<T> {
    let conflict = match (&a, b) {
        (Tri::Unknown(_), _) | (_, Tri::Unknown(_)) | (Tri::KnownEmpty, Tri::KnownEmpty) => false,
        (Tri::Known(x), Tri::Known(y)) => !same(x, y),
        _ => true,
    };
    if conflict {
        notes.push(what.to_owned());
        return Tri::Unknown(Why::Unreadable("two exports disagree".to_owned()));
    }
    a.or(b.clone())
}
