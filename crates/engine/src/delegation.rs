//! What a KDC answers, and what that means for an ordered pair of hosts.
//!
//! Sources: [MS-SFU] 3.2.5.1 and 3.2.5.2 (S4U2self, S4U2proxy); Microsoft's Hyper-V team, 2017-02 (protocol transition
//! from Server 2016 on); `fixtures/oracle/kdc-matrix.tsv` (112 answers of a real KDC).

use delegap_model::{AuthenticationType, Principal, Spn, Tri, fold, is_address, same_name, short_name};

/// First build whose remote management uses WinRM, so that the source holds no forwardable ticket of the user.
pub(crate) const WINRM_BUILD: u32 = 14393;

/// Why a pair with an unknown flag is not judged.
const NO_FLAG: &str = "TrustedToAuthForDelegation of the source is not in the export";

/// What the source shows the KDC to prove that it acts for the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// The user's own forwardable service ticket to the source (DCOM logon, up to 2012 R2).
    UserTicket,
    /// A ticket the source asked for in the user's name (S4U2self): all a 2016 or later source has.
    ProtocolTransition,
}

/// Would a KDC give the source a ticket for `requested` on behalf of a user, by classic constrained delegation?
///
/// `list` is the source's msDS-AllowedToDelegateTo, `trusted_to_auth` its TRUSTED_TO_AUTH_FOR_DELEGATION flag.
/// Names are compared whole, case aside. Unconstrained delegation plays no part.
pub fn kdc_allows(
    list: &[Spn],
    trusted_to_auth: bool,
    user_may_be_delegated: bool,
    requested: &Spn,
    proof: Proof,
) -> bool {
    let forwardable = user_may_be_delegated && (proof == Proof::UserTicket || trusted_to_auth);
    forwardable && list.iter().any(|entry| entry.serves(requested))
}

/// What is known of the source of a pair.
#[derive(Debug, Clone, Default)]
pub(crate) struct SourceState {
    pub list: Tri<Vec<Spn>>,
    pub trusted_to_auth: Tri<bool>,
    pub unconstrained: Tri<bool>,
    pub build: Option<u32>,
    pub domain: Option<String>,
    pub authentication: Option<AuthenticationType>,
    /// Names by which a resource-based entry may mean the source.
    pub identities: Vec<Principal>,
    /// The source was found in the directory.
    pub in_directory: bool,
}

/// What is known of the destination of a pair.
#[derive(Debug, Clone, Default)]
pub(crate) struct TargetState {
    /// Short name, any case.
    pub short: String,
    /// Full name, any case.
    pub full: Option<String>,
    pub domain: Option<String>,
    /// Accounts that may act toward the destination (resource-based delegation).
    pub allowed_to_act: Tri<Vec<Principal>>,
    /// Other names that mean the destination by other evidence: addresses, aliases, cluster names, old names.
    pub aliases: Vec<String>,
    /// Migration entries of the source for addresses that no host of the case is known by.
    pub stray_addresses: Vec<String>,
    /// The resource-based entries hold an account that can't be told apart from a group the source may be in.
    pub unclear_principals: bool,
    /// Lists of objects other than the source (the cluster name object) that hold the destination's migration service.
    pub listed_on: Vec<String>,
}

/// What classic and resource-based delegation let the source do toward the destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Every request a move can make is allowed.
    Allowed { by_resource: bool },
    /// Allowed only if the destination is called by the form that is listed.
    OneForm { listed: Spn, missing: Spn },
    /// Refused.
    Refused { gap: Gap },
    /// Resource-based delegation is there, but the source's own list stands in its way.
    ResourceBlocked,
    /// Not known, and why.
    Unknown(String),
    /// Delegation is not consulted.
    NotConsulted,
}

/// Why the KDC refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Gap {
    /// No entry for the destination.
    Missing,
    /// Entries for the destination, none of them the migration service in its plain form.
    WrongService(Vec<Spn>),
    /// A migration entry for a name that is not the destination's, or on another object.
    WrongTarget(Vec<String>),
    /// Listed, but without protocol transition on a 2016 or later source.
    KerberosOnly,
    /// Listed, but the destination is in another domain.
    CrossDomain,
}

impl Gap {
    /// The catalogue id.
    pub fn id(&self) -> &'static str {
        match self {
            Gap::Missing => "kcd-missing",
            Gap::WrongService(_) => "kcd-wrong-service",
            Gap::WrongTarget(_) => "kcd-wrong-target",
            Gap::KerberosOnly => "kcd-kerberos-only",
            Gap::CrossDomain => "kcd-cross-domain",
        }
    }
}

/// The two names a migration may ask for: by short and by full name of the destination.
pub(crate) fn requested(class: &str, target: &TargetState) -> (Spn, Option<Spn>) {
    let short = Spn::of(class, &target.short.to_uppercase());
    (short, target.full.as_ref().map(|f| Spn::of(class, f)))
}

/// Judges one ordered pair.
pub(crate) fn judge(source: &SourceState, target: &TargetState) -> Answer {
    if source.authentication == Some(AuthenticationType::CredSsp) {
        return Answer::NotConsulted;
    }
    let by_resource = target.allowed_to_act.told_items().map(|who| who.iter().any(|p| source.is(p)));
    let Some(list) = source.list.told_items() else {
        if let Some(answer) = by_shown(source, target, by_resource) {
            return answer;
        }
        let why = match &source.list {
            _ if !source.in_directory => "the source is in no directory export".to_owned(),
            Tri::Unknown(why) => format!("msDS-AllowedToDelegateTo of the source is {why}"),
            _ => String::new(),
        };
        return Answer::Unknown(why);
    };
    if by_resource == Some(true) {
        // The resource-based path needs a forwardable ticket, which a source with a list and no protocol
        // transition does not get from S4U2self.
        return match (list.is_empty(), source.trusted_to_auth.known()) {
            (true, _) | (_, Some(true)) => Answer::Allowed { by_resource: true },
            (false, flag) => match (classic(source, target, list), flag) {
                (answer @ (Answer::Allowed { .. } | Answer::OneForm { .. }), _) => answer,
                (_, None) => Answer::Unknown(NO_FLAG.to_owned()),
                _ => Answer::ResourceBlocked,
            },
        };
    }
    match (classic(source, target, list), &target.allowed_to_act) {
        (Answer::Refused { .. } | Answer::OneForm { .. }, Tri::Unknown(why)) if target.may_be_open_to(source, list) => {
            Answer::Unknown(format!("the destination's resource-based delegation is set and {why}"))
        }
        (answer, _) => answer,
    }
}

/// What a list that was cut settles all the same: an entry that is shown is there, one that is not may be on the rest.
fn by_shown(source: &SourceState, target: &TargetState, by_resource: Option<bool>) -> Option<Answer> {
    let shown = source.list.shown();
    if shown.is_empty() {
        return None;
    }
    let of_list = match classic(source, target, &shown) {
        Answer::Allowed { by_resource } => return Some(Answer::Allowed { by_resource }),
        // Refused although the entry is there: more entries change nothing.
        refused @ Answer::Refused { gap: Gap::KerberosOnly | Gap::CrossDomain } => Some(refused),
        _ => None,
    };
    match (by_resource, source.trusted_to_auth.known()) {
        (Some(true), Some(true)) => Some(Answer::Allowed { by_resource: true }),
        (Some(true), Some(false)) if of_list.is_some() => Some(Answer::ResourceBlocked),
        (Some(true), _) => None,
        _ if target.may_be_open_to(source, &shown) => None,
        _ => of_list,
    }
}

fn classic(source: &SourceState, target: &TargetState, list: &[Spn]) -> Answer {
    let (short, full) = requested(Spn::MIGRATION, target);
    let has = |spn: &Spn| list.iter().any(|e| e.serves(spn));
    let (has_short, has_full) = (has(&short), full.as_ref().map(has));
    // Without the destination's full name, any migration entry for `short.<something>` stands for it.
    let assumed_full = list.iter().find(|e| {
        full.is_none()
            && e.has_class(Spn::MIGRATION)
            && is_full_name(e.rest())
            && same_name(short_name(e.rest()), &target.short)
    });
    if !has_short && has_full != Some(true) && assumed_full.is_none() {
        return Answer::Refused { gap: why_not(target, list) };
    }
    if let (Some(a), Some(b)) = (&source.domain, &target.domain)
        && !same_name(a, b)
    {
        return Answer::Refused { gap: Gap::CrossDomain };
    }
    match (source.build, source.trusted_to_auth.known()) {
        (_, Some(true)) => {}
        (Some(build), _) if build < WINRM_BUILD => {}
        (Some(_), Some(false)) => return Answer::Refused { gap: Gap::KerberosOnly },
        (Some(_), None) => {
            return Answer::Unknown(NO_FLAG.to_owned());
        }
        (None, _) => {
            return Answer::Unknown(
                "the source's Windows version is not known: 'Use Kerberos only' suffices up to 2012 R2 and not from 2016 on".to_owned(),
            );
        }
    }
    let other_form = if has_short {
        match (has_full, assumed_full) {
            (Some(true), _) | (_, Some(_)) => None,
            (Some(false), _) => full.map(|missing| Answer::OneForm { listed: short, missing }),
            (None, None) => None,
        }
    } else {
        let listed = full.or_else(|| assumed_full.cloned()).unwrap_or_else(|| short.clone());
        Some(Answer::OneForm { listed, missing: short })
    };
    other_form.unwrap_or(Answer::Allowed { by_resource: false })
}

/// `host.domain`, without a port, a further part, blanks or a dot at the end.
fn is_full_name(text: &str) -> bool {
    let label = |l: &str| !l.is_empty() && l.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    text.contains('.') && text.split('.').all(label)
}

/// The kind of gap when no entry serves the destination.
fn why_not(target: &TargetState, list: &[Spn]) -> Gap {
    let means_target = |host: &str| {
        let host = host.trim();
        let full = target.full.as_deref();
        same_name(host, &target.short)
            || full.is_some_and(|f| same_name(host, f))
            || (full.is_none() && same_name(short_name(host), &target.short))
    };
    let others: Vec<Spn> = list.iter().filter(|e| means_target(e.host())).cloned().collect();
    let aliases: Vec<String> = list
        .iter()
        .filter(|e| e.has_class(Spn::MIGRATION))
        .filter(|e| target.aliases.iter().any(|a| same_name(a, e.host())))
        .map(|e| e.to_string())
        .collect();
    if !aliases.is_empty() {
        return Gap::WrongTarget(aliases);
    }
    if !target.listed_on.is_empty() {
        return Gap::WrongTarget(target.listed_on.clone());
    }
    // An entry for an address serves nobody; where the destination's own address is not known it may have been meant.
    let own_address = target.aliases.iter().any(|a| is_address(a));
    if others.is_empty() && !own_address && !target.stray_addresses.is_empty() {
        return Gap::WrongTarget(target.stray_addresses.clone());
    }
    if others.is_empty() { Gap::Missing } else { Gap::WrongService(others) }
}

/// The entries a complete list holds for a destination: both services, both name forms.
pub(crate) fn complete_entries(target: &TargetState) -> Vec<Spn> {
    let mut entries = Vec::new();
    for class in [Spn::MIGRATION, Spn::CIFS] {
        let (short, full) = requested(class, target);
        entries.push(short);
        entries.extend(full);
    }
    entries
}

impl TargetState {
    /// True if resource-based delegation is set and whom it names is not known: it might be the source. Beside a list and
    /// without protocol transition that would not help.
    fn may_be_open_to(&self, source: &SourceState, list: &[Spn]) -> bool {
        let hidden = matches!(&self.allowed_to_act, Tri::Unknown(why) if why.hides_a_value());
        hidden && (list.is_empty() || source.trusted_to_auth.known() != Some(&false))
    }
}

impl SourceState {
    /// True if a resource-based entry means this host.
    fn is(&self, principal: &Principal) -> bool {
        self.identities.iter().any(|me| {
            let same = |a: &Option<String>, b: &Option<String>| matches!((a, b), (Some(a), Some(b)) if same_account(a, b));
            (me.sid.is_some() && me.sid == principal.sid)
                || matches!((&me.distinguished_name, &principal.distinguished_name), (Some(a), Some(b)) if fold(a) == fold(b))
                || (principal.sid.is_none() && principal.distinguished_name.is_none() && same(&me.name, &principal.name))
        })
    }
}

/// `CONTOSO\HV01$`, `HV01$` and `HV01` are one account.
pub(crate) fn same_account(a: &str, b: &str) -> bool {
    let plain = |n: &str| fold(n.rsplit('\\').next().unwrap_or(n).trim_end_matches('$'));
    plain(a) == plain(b)
}

#[cfg(test)]
#[path = "delegation_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "delegation_model_tests.rs"]
mod model;
