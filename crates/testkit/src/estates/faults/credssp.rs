//! CredSSP: moves that were started elsewhere, Credential Guard, policy; and hosts that use different types.

use super::super::dice::Dice;
use super::super::log::{self, ERROR, Source};
use super::super::scene::Scene;
use super::super::world::{HostId, World};
use super::{Fault, Phase, Scope, Sort, free_pair, maybe_onset, onset};
use crate::case::Initiator::{Local, Remote};
use crate::case::events::error_fields;
use crate::case::{Authentication, Os};
use chrono::TimeDelta;

#[derive(Debug, Clone, Copy)]
pub(in super::super) enum Way {
    /// Nothing to sign in with on the source.
    NoCredentials,
    /// The policy of the source does not allow it.
    Policy,
    /// One side refuses the other's version of CredSSP.
    OracleRemediation,
    /// The destination expects another protocol.
    Mismatch,
}

pub(super) fn write(way: Way, scene: &mut Scene) {
    let (w, m) = (scene.w, scene.m);
    match way {
        Way::NoCredentials => scene.no_credentials(0x8009_030e),
        Way::Policy => {
            let code = scene.d.pick(&[0x8009_035e, 0x8009_035e, 0x8009_035f]);
            scene.no_connection(code);
            let id = scene.d.pick(&[20310, 20310, 20310, 20311]);
            scene.source(id, vec![]);
        }
        Way::OracleRemediation => {
            let target = format!("{}/{}", delegap_model::Spn::MIGRATION, w.fqdn(m.to));
            let fields = vec![("TargetName", target), ("TargetVersion", "4".to_owned())];
            let at = scene.before(120);
            scene.also(log::other(w, Source::Lsa, m.from, at, 6041, ERROR, &fields));
            scene.no_connection(0x8009_0302);
        }
        Way::Mismatch => {
            scene.destination(20402, error_fields(0x8009_0308));
            scene.source(20354, vec![("Host", w.name(m.to).to_owned())]);
        }
    }
}

fn of_source(w: &World, a: HostId) -> Vec<(HostId, HostId)> {
    w.remote_pairs().into_iter().filter(|(from, _)| *from == a).collect()
}

pub(super) fn remote_initiation(w: &mut World, _: &mut Dice) -> Option<Fault> {
    let pairs = credssp_pairs(w)?;
    let way = Sort::CredSsp(Way::NoCredentials);
    Some(Fault::new("credssp-remote-initiation", Phase::Authenticate, way, Scope::pairs(pairs).by(&[Remote])))
}

fn credssp_pairs(w: &World) -> Option<Vec<(HostId, HostId)>> {
    (w.authentication == Authentication::CredSsp).then(|| w.remote_pairs()).filter(|pairs| !pairs.is_empty())
}

pub(super) fn credential_guard(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let pairs = credssp_pairs(w)?.into_iter().filter(|(a, _)| w.os(*a) == Os::W2025).collect();
    let (a, _) = free_pair(w, d, pairs)?;
    let scope = Scope::pairs(of_source(w, a)).by(&[Local]);
    let fault = Fault::new("credssp-credential-guard", Phase::Authenticate, Sort::CredSsp(Way::NoCredentials), scope);
    if d.chance(60) {
        // An upgrade in place brings Credential Guard with it.
        let at = onset(w, d).date_naive().and_hms_opt(21, 10, 0).expect("a time of day").and_utc();
        let before = d.pick(&[Os::W2019, Os::W2022, Os::W2022]);
        w.machines[a].was = Some((before, at));
        w.machines[a].boots.push(at);
        w.machines[a].guarded = Some(at);
        return Some(fault.between(Some(at + TimeDelta::minutes(30)), None));
    }
    w.machines[a].guarded = Some(w.from - TimeDelta::days(30));
    let why = "it started before the logs begin, and a console session may be older than any logon that is shown";
    Some(fault.or("credssp-remote-initiation", why))
}

pub(super) fn policy_blocked(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let (a, b) = free_pair(w, d, credssp_pairs(w)?)?;
    let (way, pairs) =
        if d.chance(60) { (Way::Policy, of_source(w, a)) } else { (Way::OracleRemediation, vec![(a, b)]) };
    let from = maybe_onset(w, d);
    let scope = Scope::pairs(pairs).by(&[Local]);
    Some(Fault::new("credssp-policy-blocked", Phase::Authenticate, Sort::CredSsp(way), scope).between(from, None))
}

pub(super) fn mismatch(w: &mut World, d: &mut Dice) -> Option<Fault> {
    if w.authentication != Authentication::Kerberos {
        return None;
    }
    let pairs = w.remote_pairs();
    let (_, b) = free_pair(w, d, pairs)?;
    w.machines[b].base.authentication = Authentication::CredSsp;
    // Moves from the host that is set otherwise fail for reasons of their own.
    let (from, to): (Vec<_>, Vec<_>) =
        w.remote_pairs().into_iter().filter(|(x, y)| *x == b || *y == b).partition(|(x, _)| *x == b);
    w.avoid.extend(from);
    let inside: Vec<_> = w.cluster_pairs().into_iter().filter(|(x, y)| *x == b || *y == b).collect();
    w.avoid.extend(inside);
    let fault =
        Fault::new("authentication-type-mismatch", Phase::Authenticate, Sort::CredSsp(Way::Mismatch), Scope::pairs(to));
    Some(fault)
}
