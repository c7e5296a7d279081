//! Delegation that is missing, incomplete or of the wrong kind on the source's computer object.

use super::super::audit::{Change, changed};
use super::super::dice::Dice;
use super::super::log::{self, and};
use super::super::scene::Scene;
use super::super::world::{HostId, World};
use super::{Fault, Phase, Scope, Sort, free_pair, onset};
use crate::case::Initiator::{self, Remote};
use crate::case::events::error_fields;
use crate::case::{Authentication, Os};
use chrono::TimeDelta;
use delegap_model::Spn;

/// How the domain controller's refusal shows.
#[derive(Debug, Clone)]
pub(in super::super) struct Refusal {
    pub codes: Vec<u32>,
    /// The extended error of a Security-Kerberos 3.
    pub extended: &'static str,
    /// The name that is asked for; `None`: either.
    pub spn: Option<String>,
    /// The event that names it is there in any case.
    pub shown: bool,
    /// Kerberos/Operational 201 stands beside it.
    pub blocked: bool,
}

impl Refusal {
    pub fn usual(extended: &'static str) -> Self {
        Refusal {
            codes: vec![0x8009_030e, 0x8009_030e, 0x8009_030d],
            extended,
            spn: None,
            shown: false,
            blocked: false,
        }
    }
}

const LIST_EMPTY: &str = "0xc00000bb KLIN(0)";
const NOT_LISTED: &str = "0xc0000272 KLIN(0)";

/// 20306 and 20309 on the source; 4769 with 0xD on the domain controller; Kerberos' own event where logging is on.
pub(super) fn write(refusal: &Refusal, scene: &mut Scene) {
    let code = scene.d.pick(&refusal.codes);
    let spn = refusal.spn.clone().unwrap_or_else(|| scene.requested_spn());
    let service =
        if refusal.shown || scene.d.chance(60) { spn.clone() } else { format!("{}$", scene.w.name(scene.m.to)) };
    if refusal.shown || scene.d.chance(70) {
        scene.ticket_refused(&service, 0xd);
    }
    if refusal.shown || scene.d.chance(30) {
        scene.kerberos_error(&spn, "0xd KDC_ERR_BADOPTION", refusal.extended);
    }
    if refusal.blocked {
        blocked(scene, &spn);
    }
    if code == 0x8009_0357 {
        scene.no_connection(code);
        return;
    }
    scene.no_credentials(code);
}

/// Kerberos/Operational 201: unconstrained delegation was tried and is not allowed on this host.
fn blocked(scene: &mut Scene, spn: &str) {
    let (w, m) = (scene.w, scene.m);
    let fields = vec![
        ("TargetName", spn.to_owned()),
        ("UserName", w.users[m.user].name.clone()),
        ("DomainName", w.domain_admin_domain()),
        ("CallerPID", "2956".to_owned()),
        ("ProcessName", "C:\\Windows\\System32\\vmms.exe".to_owned()),
        ("ClientLUID", "0x3e7".to_owned()),
        ("ClientUserName", format!("{}$", w.name(m.from))),
        ("ClientDomainName", w.domain_admin_domain()),
        ("MechanismOID", "1.2.840.113554.1.2.2".to_owned()),
    ];
    let at = scene.before(130);
    scene.also(log::kerberos(w, m.from, at, 201, &fields));
}

/// A pair of one domain between which an administrator moves virtual machines with Kerberos.
fn pair(w: &mut World, d: &mut Dice) -> Option<(HostId, HostId)> {
    if w.authentication != Authentication::Kerberos {
        return None;
    }
    let same = |(a, b): &(HostId, HostId)| w.machines[*a].domain == w.machines[*b].domain;
    let pairs = w.remote_pairs().into_iter().filter(same).collect();
    let (a, b) = free_pair(w, d, pairs)?;
    listed(w, a);
    Some((a, b))
}

/// Peers of `a` in its own domain, outside its cluster.
pub(super) fn peers(w: &World, a: HostId) -> Vec<HostId> {
    let of_a = w.remote_pairs().into_iter().filter(|(from, _)| *from == a).map(|(_, to)| to);
    of_a.filter(|to| w.machines[*to].domain == w.machines[a].domain).collect()
}

/// Gives `a` the complete list for its peers instead of whatever it has.
pub(super) fn listed(w: &mut World, a: HostId) {
    let peers = peers(w, a);
    let services = peers.iter().flat_map(|p| w.services(*p)).collect();
    for peer in peers {
        w.machines[peer].act.retain(|host| *host != a);
    }
    let delegation = &mut w.machines[a].base.delegation;
    (delegation.services, delegation.any_protocol, delegation.unconstrained) = (services, true, false);
}

/// Takes the entries for `b` off the list of `a`; says which they were.
pub(super) fn unlist(w: &mut World, a: HostId, b: HostId) -> Vec<String> {
    let of_b = w.services(b);
    let list = &mut w.machines[a].base.delegation.services;
    let (gone, kept) = list.drain(..).partition(|s| of_b.contains(s));
    *list = kept;
    gone
}

fn scope(pairs: Vec<(HostId, HostId)>) -> Scope {
    Scope::pairs(pairs).by(&[Remote])
}

pub(super) fn missing(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let (a, b) = pair(w, d)?;
    let peers = peers(w, a);
    let fault = |pairs, extended| {
        Fault::new("kcd-missing", Phase::Authenticate, Sort::Delegation(Refusal::usual(extended)), scope(pairs))
    };
    match d.below(4) {
        0 => {
            unlist(w, a, b);
            // A slip of the keyboard, or a host that is gone: nothing ties the name to the destination.
            let typed = d.chance(50).then(|| {
                let name = w.name(b);
                if d.chance(50) {
                    name.chars().chain(['X']).collect::<String>()
                } else {
                    format!("SRV-OLD{}", d.range(1, 90))
                }
            });
            let services = &mut w.machines[a].base.delegation.services;
            services.extend(
                typed.iter().flat_map(|n| [Spn::of(Spn::CIFS, n), Spn::of(Spn::MIGRATION, n)].map(|s| s.to_string())),
            );
            let empty = services.is_empty();
            Some(fault(vec![(a, b)], if empty { LIST_EMPTY } else { NOT_LISTED }))
        }
        1 => {
            w.machines[a].base.delegation = crate::case::Delegation::none();
            Some(fault(peers.into_iter().map(|p| (a, p)).collect(), LIST_EMPTY))
        }
        2 => {
            w.machines[a].base.delegation = crate::case::Delegation::unconstrained();
            let why = "unconstrained delegation that is not used, and an empty list: the refusal has one reason under two names";
            let fault = fault(peers.into_iter().map(|p| (a, p)).collect(), LIST_EMPTY);
            Some(fault.or("unconstrained-delegation", why))
        }
        _ => {
            let at = onset(w, d);
            let deleted = unlist(w, a, b);
            let by = w.users[0].name.clone();
            let list = w.machines[a].base.delegation.services.clone();
            let change = Change { host: a, at, by: &by, added: vec![], deleted, list, control: None };
            w.entries.extend(changed(w, &change));
            w.machines[a].base.changed = at;
            // Tickets from before go on working until they expire: no move of the pair in the ten hours.
            w.quiet.push((a, b, at, at + TimeDelta::hours(10)));
            Some(fault(vec![(a, b)], NOT_LISTED).between(Some(at), None))
        }
    }
}

pub(super) fn wrong_service(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let (a, b) = pair(w, d)?;
    unlist(w, a, b);
    let (name, full) = (w.name(b).to_owned(), w.fqdn(b));
    let both = |class: &str| vec![format!("{class}/{name}"), format!("{class}/{full}")];
    let mut entries = match d.below(8) {
        0..3 => both(Spn::CIFS),
        3 => both("HOST"),
        4 => both("Hyper-V Replica Service"),
        5 => both("Microsoft Virtual System Migration"),
        6 => vec![format!("{}/{full}:6600", Spn::MIGRATION), format!("{}/{name}:6600", Spn::MIGRATION)],
        _ => vec![format!("{}/{full}/{}", Spn::MIGRATION, w.domain_of(b).dns)],
    };
    if d.chance(50) && !entries[0].starts_with(Spn::CIFS) {
        entries.extend(both(Spn::CIFS));
    }
    w.machines[a].base.delegation.services.extend(entries);
    let sort = Sort::Delegation(Refusal::usual(NOT_LISTED));
    Some(Fault::new("kcd-wrong-service", Phase::Authenticate, sort, scope(vec![(a, b)])))
}

pub(super) fn wrong_target(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let (a, b) = pair(w, d)?;
    let class = Spn::MIGRATION;
    let dns = w.domain_of(b).dns.clone();
    let mut pairs = vec![(a, b)];
    let mut names = match (d.below(4), w.machines[a].cluster, w.machines[b].cluster) {
        (0 | 1, Some(cluster), _) => {
            let list = std::mem::take(&mut w.machines[a].base.delegation.services);
            w.clusters[cluster].services = list;
            w.machines[a].base.delegation.any_protocol = false;
            pairs = peers(w, a).into_iter().map(|p| (a, p)).collect();
            vec![]
        }
        (0..3, _, Some(cluster)) => vec![w.clusters[cluster].name.clone()],
        (0 | 3, ..) => vec![w.address(b).to_owned()],
        (1, ..) => {
            let alias = format!("{}-LM", w.name(b));
            w.machines[b].spns.extend([format!("HOST/{alias}"), format!("HOST/{alias}.{dns}")]);
            vec![alias]
        }
        _ => {
            let former = format!("WIN-{}", w.name(b).chars().rev().collect::<String>());
            w.machines[b].former_name = Some(former.clone());
            vec![former]
        }
    };
    if !names.is_empty() {
        unlist(w, a, b);
        if !names[0].contains('.') {
            names.push(format!("{}.{dns}", names[0]));
        }
        let entries = names.iter().flat_map(|n| [format!("{}/{n}", Spn::CIFS), format!("{class}/{n}")]);
        w.machines[a].base.delegation.services.extend(entries);
    }
    let sort = Sort::Delegation(Refusal::usual(if names.is_empty() { LIST_EMPTY } else { NOT_LISTED }));
    let why = "without the evidence that ties the name to the destination, an entry for it is missing";
    Some(Fault::new("kcd-wrong-target", Phase::Authenticate, sort, scope(pairs)).or_when_blind("kcd-missing", why))
}

pub(super) fn name_form(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let (a, b) = pair(w, d)?;
    let missing = d.pick(&w.migration_spns(b));
    w.machines[a].base.delegation.services.retain(|s| *s != missing);
    let refusal = Refusal { spn: Some(missing), shown: true, ..Refusal::usual(NOT_LISTED) };
    Some(Fault::new("kcd-name-form-incomplete", Phase::Authenticate, Sort::Delegation(refusal), scope(vec![(a, b)])))
}

pub(super) fn cifs_missing(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let (a, b) = pair(w, d)?;
    let cifs = format!("{}/{}", Spn::CIFS, w.name(b));
    w.machines[a].base.delegation.services.retain(|s| *s != cifs && !s.starts_with(&format!("{cifs}.")));
    let scope = Scope { storage: true, ..scope(vec![(a, b)]) };
    Some(Fault::new("kcd-cifs-missing", Phase::Plan, Sort::CifsMissing, scope))
}

/// The connection stands; then the folder on the destination's share can't be made.
pub(super) fn write_cifs(scene: &mut Scene) {
    scene.lasts(3_000, 8_000);
    let path = format!("\\\\{}\\d$\\Hyper-V\\{}", scene.w.fqdn(scene.m.to), scene.m.vm);
    scene.source(20770, and(vec![("Path", path)], &[]).into_iter().chain(error_fields(0x8007_0005)).collect());
    if scene.d.chance(70) {
        let cifs = format!("{}/{}", Spn::CIFS, scene.w.fqdn(scene.m.to));
        scene.ticket_refused(&cifs, 0xd);
    }
}

pub(super) fn unconstrained(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let (a, _) = pair(w, d)?;
    if w.os(a) == Os::W2012R2 {
        return None;
    }
    w.machines[a].base.delegation = crate::case::Delegation::unconstrained();
    w.machines[a].guarded = Some(w.from - TimeDelta::days(300));
    let pairs = peers(w, a).into_iter().map(|p| (a, p)).collect();
    let refusal = Refusal { blocked: true, ..Refusal::usual(LIST_EMPTY) };
    let why = "without the blocker's own event, the empty list is what is left";
    let sort = Sort::Delegation(refusal);
    let fault = Fault::new("unconstrained-delegation", Phase::Authenticate, sort, scope(pairs));
    Some(fault.or_when_blind("kcd-missing", why))
}

pub(super) fn cross_domain(w: &mut World, d: &mut Dice) -> Option<Fault> {
    if w.authentication != Authentication::Kerberos {
        return None;
    }
    let other = |(a, b): &(HostId, HostId)| w.machines[*a].domain != w.machines[*b].domain;
    let pairs = w.remote_pairs().into_iter().filter(other).collect();
    let (a, b) = free_pair(w, d, pairs)?;
    w.machines[b].act.retain(|host| *host != a);
    let services = w.services(b);
    listed(w, a);
    w.machines[a].base.delegation.services.extend(services);
    let refusal = Refusal { codes: vec![0x8009_0357, 0x8009_030e], ..Refusal::usual(NOT_LISTED) };
    let by: &[Initiator] = &[Remote];
    let scope = Scope::pairs(vec![(a, b)]).by(by);
    Some(Fault::new("kcd-cross-domain", Phase::Authenticate, Sort::Delegation(refusal), scope))
}
