//! Names and keys in the directory: service principal names that are missing, double or another's; encryption types.

use super::super::dice::Dice;
use super::super::log::{self, ERROR, Source, positional, texts};
use super::super::scene::Scene;
use super::super::world::{HostId, Object, World};
use super::{Fault, Phase, Scope, Sort, free_pair, maybe_onset};
use crate::case::Authentication;
use crate::case::names;
use chrono::TimeDelta;

#[derive(Debug, Clone)]
pub(in super::super) enum Way {
    SpnMissing,
    /// The object of that number has the destination's names, too.
    SpnTwice,
    /// It alone has them.
    SpnElsewhere,
    /// That machine answers at the destination's address.
    Another(String),
    /// No key of a permitted type: the KDC's event.
    Keys(u16),
}

/// Ordered pairs that use Kerberos, whoever starts the moves.
pub(super) fn kerberos_pairs(w: &World) -> Option<Vec<(HostId, HostId)>> {
    if w.authentication != Authentication::Kerberos {
        return None;
    }
    let mut pairs = w.remote_pairs();
    pairs.extend(w.cluster_pairs());
    Some(pairs)
}

fn to(w: &World, b: HostId) -> Scope {
    Scope::pairs(kerberos_pairs(w).unwrap_or_default().into_iter().filter(|(_, y)| *y == b).collect())
}

pub(super) fn write(way: &Way, scene: &mut Scene) {
    let (w, m) = (scene.w, scene.m);
    let spn = scene.requested_spn();
    let at = scene.before(130);
    let controller = w.controller(m.from);
    match way {
        Way::SpnMissing => {
            scene.ticket_refused(&spn, 0x7);
            scene.also(log::kerberos(w, m.from, at, 100, &vec![("SPN", spn.clone()), ("ErrorCode", "7".to_owned())]));
            scene.no_connection(0x8009_0303);
        }
        Way::SpnTwice => {
            let name = vec![("Name", spn.clone()), ("Type", "DS_SERVICE_PRINCIPAL_NAME".to_owned())];
            scene.also(log::kdc(w, controller, at, 11, ERROR, texts(&name)));
            scene.ticket_refused(&spn, 0x8);
            if scene.d.chance(70) {
                scene.also(log::kerberos(
                    w,
                    m.from,
                    at,
                    101,
                    &vec![("SPN", spn.clone()), ("ErrorCode", "8".to_owned())],
                ));
            }
            let code = scene.d.pick(&[0x8009_0303, 0x8009_0322]);
            scene.no_connection(code);
        }
        Way::SpnElsewhere => {
            modified(scene, &format!("{}$", w.name(m.to).to_lowercase()), &spn);
            scene.no_connection(0x8009_0322);
        }
        Way::Another(machine) => {
            modified(scene, &format!("{}$", machine.to_lowercase()), &spn);
            scene.no_connection(0x8009_0322);
        }
        Way::Keys(id) => {
            keys(scene, *id, &spn);
            scene.ticket_refused(&spn, 0xe);
            scene.no_connection(0x8009_0342);
        }
    }
}

/// Security-Kerberos 4: the ticket can't be opened by the machine that got it.
pub(super) fn modified(scene: &mut Scene, server: &str, spn: &str) {
    let (w, m) = (scene.w, scene.m);
    let realm = w.realm(m.to);
    let fields = vec![
        ("Server", server.to_owned()),
        ("TargetRealm", realm.clone()),
        ("Targetname", spn.to_owned()),
        ("ClientRealm", realm),
    ];
    let at = scene.before(120);
    scene.also(log::kerberos(w, m.from, at, 4, &fields));
}

fn keys(scene: &mut Scene, id: u16, spn: &str) {
    let (w, m) = (scene.w, scene.m);
    let controller = w.controller(m.from);
    let at = scene.before(140);
    let account = format!("{}$", w.name(m.from));
    let host = format!("{}$", w.name(m.to));
    let payload = match id {
        16 | 27 => {
            let mut fields = vec![
                ("Target", spn.to_owned()),
                ("Account", account),
                ("ID", "9".to_owned()),
                ("RequestedEtypes", "18  17".to_owned()),
                ("AvailableEtypes", "23".to_owned()),
            ];
            if id == 16 {
                fields.push(("AccountToReset", host));
            }
            texts(&fields)
        }
        // Names unverified: values in the order in which the update's article lists them.
        _ => {
            let address = format!("::ffff:{}", w.address(m.from));
            let sid = w.computer_sid(m.to).to_string();
            positional(
                &[
                    &account,
                    &w.realm(m.from),
                    spn,
                    &sid,
                    "0x4 (RC4)",
                    "RC4",
                    "0x18 (AES128-SHA96, AES256-SHA96)",
                    &address,
                    "50412",
                    "RC4",
                    "RC4",
                ],
                None,
            )
        }
    };
    scene.also(log::kdc(w, controller, at, id, ERROR, payload));
}

pub(super) fn spn_missing(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let (_, b) = free_pair(w, d, kerberos_pairs(w)?)?;
    let migration = w.migration_spns(b);
    w.machines[b].spns.retain(|spn| !migration.contains(spn));
    let sort = Sort::Directory(Way::SpnMissing);
    Some(Fault::new("migration-spn-missing", Phase::Authenticate, sort, to(w, b)))
}

pub(super) fn spn_duplicate(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let (_, b) = free_pair(w, d, kerberos_pairs(w)?)?;
    let migration = w.migration_spns(b);
    let name = format!("SRV-OLD{:02}", d.range(1, 99));
    let changed = w.from - TimeDelta::days(d.range(3, 200));
    w.objects.push(Object { name, domain: w.machines[b].domain, spns: migration.to_vec(), changed });
    let way = if d.chance(60) {
        Way::SpnTwice
    } else {
        w.machines[b].spns.retain(|spn| !migration.contains(spn));
        Way::SpnElsewhere
    };
    let blind = matches!(way, Way::SpnElsewhere);
    let fault = Fault::new("spn-duplicate", Phase::Authenticate, Sort::Directory(way), to(w, b));
    if !blind {
        return Some(fault);
    }
    let why = "without the other object's export its own lacks the name";
    let broken = "without the directory, event 4 naming the destination itself fits a broken account as well";
    Some(fault.or_when_blind("migration-spn-missing", why).or_when_blind("machine-account-broken", broken))
}

pub(super) fn wrong_principal(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let (a, b) = free_pair(w, d, kerberos_pairs(w)?)?;
    let strangers: Vec<_> = w.hyper_v().into_iter().filter(|h| *h != a && *h != b).collect();
    let machine = match d.any(&strangers) {
        Some(host) if d.chance(50) => w.name(host).to_owned(),
        _ => format!("NODE-X{:02}", d.range(1, 60)),
    };
    let from = maybe_onset(w, d);
    let sort = Sort::Directory(Way::Another(machine));
    Some(Fault::new("wrong-principal", Phase::Authenticate, sort, Scope::pairs(vec![(a, b)])).between(from, None))
}

pub(super) fn encryption_types(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let (_, b) = free_pair(w, d, kerberos_pairs(w)?)?;
    w.machines[b].encryption = Some(4);
    let enforced = names_day(2026, 4, 15);
    let id = if w.from >= enforced { d.pick(&[16, 27, 203, 204, 208, 209]) } else { d.pick(&[16, 27]) };
    let sort = Sort::Directory(Way::Keys(id));
    Some(Fault::new("encryption-type-mismatch", Phase::Authenticate, sort, to(w, b)))
}

fn names_day(year: i32, month: u32, day: u32) -> super::super::world::Time {
    let day = chrono::NaiveDate::from_ymd_opt(year, month, day).expect("a date");
    day.and_hms_opt(0, 0, 0).expect("midnight").and_utc()
}

/// LsaSrv 40960 beside an error of the Kerberos client: what the security system made of it.
pub(super) fn lsa_error(
    w: &World,
    host: HostId,
    at: super::super::world::Time,
    target: &str,
) -> super::super::world::Entry {
    let fields = vec![
        ("Target", target.to_owned()),
        ("Protocol", "Kerberos".to_owned()),
        ("Error", format!("\"{}\" (0xc000006d)", names::netbios(&w.domain_of(host).dns))),
    ];
    log::other(w, Source::Lsa, host, at, 40960, log::WARNING, &fields)
}
