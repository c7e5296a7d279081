//! The estate before anything is wrong: when, which machines, in which domains and clusters, who delegates to whom.

use super::dice::Dice;
use super::faults::CAUSES;
use super::updates;
use super::wishes::{Wishes, wishes};
use super::world::{Admin, Cluster, Domain, HostId, Machine, Time, World};
use crate::case::{Authentication, Delegation, Host, Os, Payloads, Role, names};
use chrono::{NaiveDate, TimeDelta};
use delegap_model::Spn;
use std::collections::{BTreeMap, BTreeSet};

/// An estate in which the cause of that number has a place; none: any.
pub(super) fn landscape(d: &mut Dice, cause: Option<usize>) -> World {
    let wishes = cause.map_or_else(Wishes::default, |cause| wishes(CAUSES[cause].0, d));
    let from = start(&wishes, d);
    let authentication = wishes
        .authentication
        .unwrap_or_else(|| if d.chance(75) { Authentication::Kerberos } else { Authentication::CredSsp });
    let mut w = World {
        domains: domains(&wishes, d),
        clusters: Vec::new(),
        machines: Vec::new(),
        users: Vec::new(),
        objects: Vec::new(),
        from,
        to: from + TimeDelta::days(d.range(6, 14)),
        workstation: format!("10.{}.9.{}", d.range(1, 250), d.range(10, 250)),
        authentication,
        faults: Vec::new(),
        moves: Vec::new(),
        entries: Vec::new(),
        claimed: BTreeSet::new(),
        taken_users: BTreeSet::new(),
        avoid: BTreeSet::new(),
        quiet: Vec::new(),
        unseen: Vec::new(),
        homes: Vec::new(),
        vms: BTreeSet::new(),
    };
    machines(&mut w, &wishes, d);
    users(&mut w, d);
    for host in w.hyper_v() {
        delegate(&mut w, host, d);
    }
    w
}

fn start(wishes: &Wishes, d: &mut Dice) -> Time {
    let day = match wishes.around {
        Some(day) => day - TimeDelta::days(d.range(2, 4)),
        None => {
            let earliest = wishes.not_before.unwrap_or_else(|| date(2023, 11, 1));
            let first = if d.chance(70) { date(2025, 12, 1).max(earliest) } else { earliest };
            first + TimeDelta::days(d.range(0, (date(2026, 10, 25) - first).num_days()))
        }
    };
    day.and_hms_opt(d.range(0, 5) as u32, d.range(0, 59) as u32, 0).expect("a time of day").and_utc()
}

pub(super) fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a date")
}

fn domains(wishes: &Wishes, d: &mut Dice) -> Vec<Domain> {
    const ROOTS: [&str; 6] = [
        "contoso.lab",
        "corp.fabrikam.example",
        "ad.northwind.example",
        "intern.local",
        "tailspin.test",
        "HQ.wingtip.lab",
    ];
    let root = d.pick(&ROOTS);
    let n = if wishes.domains > 1 || d.chance(20) { 2 + usize::from(d.chance(20)) } else { 1 };
    let children = ["emea", "labor", "prod"];
    let dns = |i: usize| match i {
        0 => root.to_owned(),
        _ => format!("{}.{root}", children[i]),
    };
    let sid = |d: &mut Dice| {
        format!("S-1-5-21-{}-{}-{}", d.range(1 << 28, 1 << 31), d.range(1 << 28, 1 << 31), d.range(1 << 28, 1 << 31))
    };
    (0..n)
        .map(|i| Domain {
            dns: dns(i),
            // Users are written with the test kit's own domain SID.
            sid: if i == 0 { names::DOMAIN_SID.to_owned() } else { sid(d) },
            controllers: Vec::new(),
        })
        .collect()
}

fn machines(w: &mut World, wishes: &Wishes, d: &mut Dice) {
    let smallest = wishes.hosts.max(if wishes.domains > 1 { 3 } else { 2 });
    let n = (if d.chance(70) { d.range(2, 6) } else { d.range(5, 16) } as usize).max(smallest);
    let nodes = cluster_sizes(n, wishes, d);
    let scheme = d.pick(&["HV", "HVNODE", "SRV-HV-", "BER-HYP", "node-", "H"]).to_uppercase();
    let width = d.range(1, 3) as usize;
    let net = d.range(1, 200);
    let releases = releases(wishes, w.from.date_naive());
    let base = d.pick(&releases);
    let mixed = wishes.mixed || d.chance(30);
    let mut cluster_of: BTreeMap<HostId, usize> = BTreeMap::new();
    let mut next = 0;
    for (cluster, size) in nodes.iter().enumerate() {
        let domain = d.below(w.domains.len());
        let members: Vec<HostId> = (next..next + size).collect();
        cluster_of.extend(members.iter().map(|h| (*h, cluster)));
        next += size;
        let name = format!("{}CLU{}", d.pick(&["HV", "PROD", "SITE"]), cluster + 1);
        w.clusters.push(Cluster { name, domain, nodes: members, services: Vec::new() });
    }
    let cluster_os: Vec<Os> = nodes.iter().map(|_| if mixed { d.pick(&releases) } else { base }).collect();
    for h in 0..n {
        let cluster = cluster_of.get(&h).copied();
        let os = match (cluster, wishes.os_of(h)) {
            (_, Some(os)) => os,
            (Some(cluster), _) => cluster_os[cluster],
            (None, _) if mixed => d.pick(&releases),
            (None, _) => base,
        };
        let domain = match cluster {
            Some(cluster) => w.clusters[cluster].domain,
            // The first hosts outside clusters lie in different domains where there are several.
            None if h + 2 >= n && w.domains.len() > 1 => (n - 1 - h) % w.domains.len(),
            None => d.below(w.domains.len()),
        };
        let name = format!("{scheme}{:0width$}", h + 1);
        let address = format!("10.{net}.{}.{}", 10 + domain, 11 + h);
        let mut machine = machine(w, Role::HyperV, &name, os, &address, domain, d);
        machine.cluster = cluster;
        machine.base.authentication = w.authentication;
        w.machines.push(machine);
    }
    for domain in 0..w.domains.len() {
        for n in 1..=if d.chance(40) { 2 } else { 1 } {
            let name = format!("DC{:02}", domain * 10 + n);
            let os = d.pick(&controller_releases(wishes, w.from.date_naive()));
            let address = format!("10.{net}.{}.{}", 10 + domain, 4 + n);
            let machine = machine(w, Role::DomainController, &name, os, &address, domain, d);
            w.domains[domain].controllers.push(w.machines.len());
            w.machines.push(machine);
        }
    }
}

/// The releases that hosts may run at that time.
fn releases(wishes: &Wishes, day: NaiveDate) -> Vec<Os> {
    let all = [
        (Os::W2012R2, date(2013, 11, 1)),
        (Os::W2016, date(2016, 11, 1)),
        (Os::W2019, date(2018, 12, 1)),
        (Os::W2022, date(2021, 10, 1)),
        (Os::W2025, date(2024, 12, 1)),
    ];
    let out = all.iter().filter(|(os, since)| *since <= day && (!wishes.modern || *os != Os::W2012R2));
    let mut list: Vec<Os> = out.map(|(os, _)| *os).collect();
    if list.len() > 2 {
        // Old releases are rarer than current ones.
        list.extend_from_within(1..);
    }
    list
}

fn controller_releases(wishes: &Wishes, day: NaiveDate) -> Vec<Os> {
    let mut list = releases(&Wishes::default(), day);
    list.retain(|os| wishes.controllers.is_empty() || wishes.controllers.contains(os));
    list
}

fn cluster_sizes(n: usize, wishes: &Wishes, d: &mut Dice) -> Vec<usize> {
    let remote = wishes.remote;
    let kind = match wishes.cluster {
        true if n >= 4 && d.chance(50) => 3,
        true if remote => 2,
        true => 1,
        false if remote && n < 4 => 0,
        false if remote => d.pick(&[0, 0, 2, 3]),
        false => d.pick(&[0, 0, 1, 2, 3]),
    };
    match kind {
        1 => vec![n],
        2 if n >= 3 => vec![d.range(2, n as i64 - 1) as usize],
        3 if n >= 4 => {
            let first = d.range(2, n as i64 - 2) as usize;
            vec![first, n - first]
        }
        2 | 3 if wishes.cluster => vec![n],
        _ => vec![],
    }
}

fn machine(w: &World, role: Role, name: &str, os: Os, address: &str, domain: usize, d: &mut Dice) -> Machine {
    let changed = w.from - TimeDelta::minutes(d.range(20 * 1_440, 500 * 1_440));
    let mut base = match role {
        Role::DomainController => Host::domain_controller(name, os, address, changed),
        _ => Host::hyper_v(name, os, address, changed),
    };
    base.updates = updates::history(os, w.from.date_naive(), d);
    let mut boots = Vec::new();
    if d.chance(50) {
        boots.push(w.from + TimeDelta::minutes(d.range(3, 50)));
    }
    if d.chance(25) {
        let day = w.from.date_naive() + TimeDelta::days(d.range(1, 5));
        if let Some(kb) = updates::newest(os, day, &base.updates) {
            base.updates.push(crate::case::Update::security(kb, day));
            boots.push(day.and_hms_opt(22, 19, 0).expect("a time of day").and_utc());
        }
    }
    Machine {
        spns: names::usual_spns(&base, &w.domains[domain].dns),
        base,
        domain,
        cluster: None,
        act: Vec::new(),
        enabled: true,
        encryption: if d.chance(10) { Some(24) } else { Some(28) },
        ahead: d.range(-140, 140),
        jump: None,
        payloads: if d.chance(50) { Payloads::Positional } else { Payloads::Named },
        boots,
        deaf: Vec::new(),
        was: None,
        former_name: None,
        guarded: (os == Os::W2025 && role == Role::HyperV && w.authentication == Authentication::Kerberos)
            .then(|| w.from - TimeDelta::days(40)),
    }
}

fn users(w: &mut World, d: &mut Dice) {
    let names = d.shuffled(&[
        "admin.berg",
        "admin.lund",
        "t1-okafor",
        "hv-admin",
        "m.sanchez-adm",
        "adm_keller",
        "A.Novak.T0",
        "ops.ito",
    ]);
    let n = d.range(3, 5) as usize;
    for name in names.into_iter().take(n) {
        let changed = w.from - TimeDelta::days(d.range(30, 900));
        w.users.push(Admin { name: name.to_owned(), sensitive: false, protected: false, changed });
    }
}

/// The delegation of a host, right for all the moves that administrators make from it.
fn delegate(w: &mut World, a: HostId, d: &mut Dice) {
    let remote: Vec<HostId> = w.remote_pairs().into_iter().filter(|(from, _)| *from == a).map(|(_, to)| to).collect();
    let (own, foreign): (Vec<HostId>, Vec<HostId>) =
        remote.into_iter().partition(|to| w.machines[*to].domain == w.machines[a].domain);
    let needed = w.authentication == Authentication::Kerberos;
    let list = |peers: &[HostId], cifs: bool| -> Vec<String> {
        let all = peers.iter().flat_map(|p| w.services(*p));
        all.filter(|spn| cifs || !spn.starts_with(Spn::CIFS)).collect()
    };
    if !needed || own.is_empty() && foreign.is_empty() {
        // Nobody asks: anything may stand there.
        let peers: Vec<HostId> = w.hyper_v().into_iter().filter(|p| *p != a).collect();
        let complete = Delegation { services: list(&peers, true), any_protocol: true, unconstrained: false };
        w.machines[a].base.delegation = match d.below(6) {
            0 | 1 => Delegation::none(),
            2 => Delegation::unconstrained(),
            3 => complete.kerberos_only(),
            4 => Delegation {
                services: complete.services.into_iter().filter(|s| s.starts_with(Spn::CIFS)).collect(),
                ..complete
            },
            _ => complete,
        };
        return;
    }
    let style = d.below(10);
    let (services, any_protocol, by_act) = match style {
        0..5 => (list(&own, true), true, foreign.clone()),
        5 => (list(&own, false), true, foreign.clone()),
        6 if w.os(a) == Os::W2012R2 && foreign.is_empty() => (list(&own, true), false, vec![]),
        7 if own.len() > 1 => {
            // One half by the list, the other by the destinations.
            let (first, second) = own.split_at(own.len() / 2);
            (list(first, true), true, [second, &foreign].concat())
        }
        8 | 9 => (vec![], false, [own.as_slice(), &foreign].concat()),
        _ => (list(&own, true), true, foreign.clone()),
    };
    w.machines[a].base.delegation = Delegation { services, any_protocol, unconstrained: false };
    for peer in by_act {
        w.machines[peer].act.push(a);
    }
}
