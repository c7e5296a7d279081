//! Changes of delegation attributes that a domain controller's Security log reports.
//!
//! 5136 states one value added or deleted per event; 4742 states the new list and the flags in the SAM encoding, not the
//! old list. Both were checked against public samples of real changes. FailoverClustering has another 5136.

use crate::hosts::{HostId, Hosts};
use delegap_model::{Event, EventKey, Selection, SourceRef, Spn, Time, same_name, uac};

const AUDITING: &str = "microsoft-windows-security-auditing";
/// The attributes whose changes matter.
pub(crate) const ATTRIBUTES: &[&str] =
    &["msDS-AllowedToDelegateTo", "userAccountControl", "msDS-AllowedToActOnBehalfOfOtherIdentity"];
/// SAM encoding of userAccountControl in 4742: USER_TRUSTED_FOR_DELEGATION.
const SAM_TRUSTED_FOR_DELEGATION: u32 = 0x2000;
/// SAM encoding: USER_TRUSTED_TO_AUTHENTICATE_FOR_DELEGATION.
const SAM_TRUSTED_TO_AUTH: u32 = 0x4_0000;

/// One change of one computer object.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub time: Time,
    pub at: SourceRef,
    /// The domain controller that logged it.
    pub logged_by: HostId,
    /// The object's name as the event gives it.
    pub object: String,
    /// The object as a host of the case, if it is one.
    pub host: Option<HostId>,
    pub what: ChangeKind,
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ChangeKind {
    /// A value of msDS-AllowedToDelegateTo was added (5136).
    Added(Spn),
    /// A value of msDS-AllowedToDelegateTo was deleted (5136).
    Deleted(Spn),
    /// userAccountControl got this value (5136 value added).
    FlagsSet(u32),
    /// userAccountControl had this value before (5136 value deleted).
    FlagsWere(u32),
    /// The list after the change (4742); what it was before is not said.
    ListNow(Vec<Spn>),
    /// Protocol transition and unconstrained delegation before and after (4742).
    SamFlags { to_auth: (bool, bool), unconstrained: (bool, bool) },
    /// Resource-based delegation of this object changed (5136).
    ResourceBased { added: bool },
}

/// The events read here.
pub(crate) fn select(selection: &mut Selection) {
    for id in [4742, 5136] {
        selection.keys.insert(EventKey { provider: AUDITING.to_owned(), id });
    }
}

/// The delegation changes that one event states.
pub(crate) fn read(event: &Event, logged_by: HostId, hosts: &Hosts) -> Vec<Change> {
    if !event.provider.eq_ignore_ascii_case(AUDITING) {
        return Vec::new();
    }
    let (object, kinds) = match event.id {
        5136 => (event.field("ObjectDN").map(first_name), value_change(event).into_iter().collect()),
        4742 => (event.field("TargetUserName").map(|n| n.trim_end_matches('$').to_owned()), account_change(event)),
        _ => return Vec::new(),
    };
    let Some(object) = object else { return Vec::new() };
    let domain = crate::signals::domain_of(hosts, logged_by);
    let host = hosts.find(&object, domain);
    let build = |what| Change { time: event.time, at: event.at.clone(), logged_by, object: object.clone(), host, what };
    kinds.into_iter().map(build).collect()
}

/// 5136: `%%14674` value added, `%%14675` value deleted.
fn value_change(event: &Event) -> Option<ChangeKind> {
    let added = match event.field("OperationType")?.trim() {
        "%%14674" => true,
        "%%14675" => false,
        _ => return None,
    };
    let value = event.field("AttributeValue")?;
    match event.field("AttributeLDAPDisplayName")?.trim() {
        a if same_name(a, "msDS-AllowedToDelegateTo") && added => Some(ChangeKind::Added(Spn::new(value))),
        a if same_name(a, "msDS-AllowedToDelegateTo") => Some(ChangeKind::Deleted(Spn::new(value))),
        a if same_name(a, "userAccountControl") => {
            let flags = value.trim().parse().ok()?;
            Some(if added { ChangeKind::FlagsSet(flags) } else { ChangeKind::FlagsWere(flags) })
        }
        a if same_name(a, "msDS-AllowedToActOnBehalfOfOtherIdentity") => Some(ChangeKind::ResourceBased { added }),
        _ => None,
    }
}

fn account_change(event: &Event) -> Vec<ChangeKind> {
    let mut kinds = Vec::new();
    if let Some(list) = event.field("AllowedToDelegateTo").filter(|l| !matches!(l.trim(), "" | "-")) {
        let entries: Vec<Spn> = list.lines().map(str::trim).filter(|l| !l.is_empty()).map(Spn::new).collect();
        kinds.push(ChangeKind::ListNow(entries));
    }
    let flags = |name| event.field(name).and_then(|v| u32::from_str_radix(v.trim().trim_start_matches("0x"), 16).ok());
    if let (Some(old), Some(new)) = (flags("OldUacValue"), flags("NewUacValue")) {
        let bit = |mask: u32| (old & mask != 0, new & mask != 0);
        let (to_auth, unconstrained) = (bit(SAM_TRUSTED_TO_AUTH), bit(SAM_TRUSTED_FOR_DELEGATION));
        if to_auth.0 != to_auth.1 || unconstrained.0 != unconstrained.1 {
            kinds.push(ChangeKind::SamFlags { to_auth, unconstrained });
        }
    }
    kinds
}

/// `HV01` of `CN=HV01,OU=…`.
fn first_name(dn: &str) -> String {
    let first = dn.split(',').next().unwrap_or(dn);
    first.split_once('=').map_or(first, |(_, v)| v).trim().to_owned()
}

impl ChangeKind {
    /// The attribute, for reports.
    pub fn attribute(&self) -> &'static str {
        match self {
            ChangeKind::Added(_) | ChangeKind::Deleted(_) | ChangeKind::ListNow(_) => "msDS-AllowedToDelegateTo",
            ChangeKind::FlagsSet(_) | ChangeKind::FlagsWere(_) | ChangeKind::SamFlags { .. } => "userAccountControl",
            ChangeKind::ResourceBased { .. } => "msDS-AllowedToActOnBehalfOfOtherIdentity",
        }
    }

    /// The values as the event states them, in words.
    pub fn words(&self) -> String {
        match self {
            ChangeKind::Added(spn) => format!("value added: {spn}"),
            ChangeKind::Deleted(spn) => format!("value deleted: {spn}"),
            ChangeKind::FlagsSet(flags) => format!("value added: {flags}{}", flag_words(*flags)),
            ChangeKind::FlagsWere(flags) => format!("value deleted: {flags}{}", flag_words(*flags)),
            ChangeKind::ListNow(list) => {
                format!("list is now: {}", list.iter().map(Spn::as_str).collect::<Vec<_>>().join(", "))
            }
            ChangeKind::SamFlags { to_auth, unconstrained } => {
                let on = |(before, after): (bool, bool), name: &str| match (before, after) {
                    (false, true) => Some(format!("{name} turned on")),
                    (true, false) => Some(format!("{name} turned off")),
                    _ => None,
                };
                let parts = [on(*to_auth, "protocol transition"), on(*unconstrained, "unconstrained delegation")];
                parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
            }
            ChangeKind::ResourceBased { added: true } => "value added".to_owned(),
            ChangeKind::ResourceBased { added: false } => "value deleted".to_owned(),
        }
    }
}

fn flag_words(flags: u32) -> String {
    let names = [
        (uac::TRUSTED_FOR_DELEGATION, "unconstrained delegation"),
        (uac::TRUSTED_TO_AUTH, "protocol transition"),
        (uac::NOT_DELEGATED, "sensitive"),
        (uac::DISABLED, "disabled"),
    ];
    let on: Vec<&str> = names.iter().filter(|(bit, _)| flags & bit != 0).map(|(_, n)| *n).collect();
    if on.is_empty() { String::new() } else { format!(" ({})", on.join(", ")) }
}
