//! Limits, the cluster's own refusals, virtual switches, and the management service.

use super::super::dice::Dice;
use super::super::log::{self, ERROR, INFORMATION, WARNING, and};
use super::super::scene::Scene;
use super::super::world::{HostId, World};
use super::{Fault, Phase, Scope, Sort, free_pair, maybe_onset, onset};
use crate::case::Initiator::Cluster;
use crate::case::events::vm_fields;
use chrono::TimeDelta;

#[derive(Debug, Clone, Copy)]
pub(in super::super) enum Way {
    Switch(u16),
    Limit,
    CleaningUp,
    /// Not a possible owner, a failed resource, a paused volume.
    Refused(u8),
    /// On the destination or, where false, on the source.
    ServiceDied(bool),
}

pub(super) fn write(way: Way, scene: &mut Scene) {
    let (w, m) = (scene.w, scene.m);
    match way {
        Way::Switch(id) => switch(scene, id),
        Way::Limit => {
            scene.envelope = 21501;
            scene.source(21000, and(vm_fields(&m.vm), &[("Limit", "2")]));
        }
        Way::CleaningUp if scene.d.chance(50) => scene.source(20352, vec![("Host", w.name(m.to).to_owned())]),
        Way::CleaningUp => {
            scene.destination(20420, vec![]);
            scene.source(20354, vec![("Host", w.name(m.to).to_owned())]);
        }
        Way::Refused(kind) => refused(scene, kind),
        Way::ServiceDied(at_destination) => {
            let host = if at_destination { m.to } else { m.from };
            scene.lasts(5_000, 30_000);
            let died = scene.before(400);
            let name = "Hyper-V Virtual Machine Management";
            let id = scene.d.pick(&[7031, 7034]);
            let values = ["1", "60000", "1", "Restart the service"];
            let all: Vec<&str> = [name].into_iter().chain(values).collect();
            scene.also(log::service(w, host, died, id, ERROR, if id == 7031 { &all } else { &all[..2] }));
            let back = scene.end + TimeDelta::seconds(61);
            let address = vec![("ListenAddresses", w.address(host).to_owned())];
            scene.also(log::vmms(w, host, back, 14094, INFORMATION, &vec![]));
            scene.also(log::vmms(w, host, back + TimeDelta::milliseconds(300), 20407, INFORMATION, &address));
            scene.also(log::vmms(w, host, back + TimeDelta::milliseconds(340), 20410, INFORMATION, &vec![]));
            scene.no_connection(0x8007_06ba);
        }
    }
}

fn switch(scene: &mut Scene, id: u16) {
    let (w, m) = (scene.w, scene.m);
    let to = w.name(m.to).to_owned();
    let (fields, text) = match id {
        21125 => (
            vec![],
            "Configuration setup for live migration failed on the destination node. See that name of the virtual \
             network is the same on both."
                .to_owned(),
        ),
        21145 => (
            vec![("VmName", m.vm.clone()), ("DestinationNode", to.clone())],
            format!("'{}': a virtual switch used by the VM is disconnected on the destination node '{to}'.", m.vm),
        ),
        21158 => (
            vec![("VmName", m.vm.clone())],
            format!("'{}': there is a hard dependency on a virtual switch on the current node.", m.vm),
        ),
        _ => (
            vec![("VmName", m.vm.clone()), ("DestinationNode", to.clone())],
            format!("'{}': a virtual switch used by the VM does not exist on the destination node '{to}'.", m.vm),
        ),
    };
    let at = scene.before(60);
    scene.also(log::high_availability(w, m.from, at, id, ERROR, &fields));
    scene.say(text);
}

fn refused(scene: &mut Scene, kind: u8) {
    let (w, m) = (scene.w, scene.m);
    let group = m.vm.clone();
    let resource = format!("Virtual Machine {}", m.vm);
    let at = scene.before(300);
    match kind {
        0 => scene.say(
            "The operation failed: the specified cluster node is not the owner of the group, or not one of its possible \
             owners. (0x80071398)."
                .to_owned(),
        ),
        1 => {
            let failed = vec![
                ("ResourceName", resource),
                ("ResourceGroup", group.clone()),
                ("ResTypeDll", "vmclusres.dll".to_owned()),
            ];
            scene.also(log::clustering(w, m.from, at, 1069, ERROR, &failed));
            let id = scene.d.pick(&[1205, 1254]);
            scene.also(log::clustering(w, m.from, scene.before(100), id, ERROR, &vec![("ResourceGroup", group)]));
            scene.say("The cluster resource could not be found. (0x0000138F).".to_owned());
        }
        _ => {
            let paused = vec![
                ("VolumeName", "Volume2".to_owned()),
                ("ResourceName", "Cluster Disk 2".to_owned()),
                ("ErrorCode", "STATUS_IO_TIMEOUT(c00000b5)".to_owned()),
            ];
            scene.also(log::clustering(w, m.to, at, 5120, WARNING, &paused));
            scene.say("The cluster resource is not in a state for the operation. (0x0000138F).".to_owned());
        }
    }
}

pub(super) fn switch_missing(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let pairs = w.cluster_pairs();
    let (_, b) = free_pair(w, d, pairs)?;
    let scope = Scope::pairs(w.cluster_pairs().into_iter().filter(|(_, y)| *y == b).collect()).by(&[Cluster]);
    let id = d.pick(&[21125, 21145, 21158, 21159, 21159]);
    let from = maybe_onset(w, d);
    let sort = Sort::Placement(Way::Switch(id));
    Some(Fault::new("switch-missing", Phase::Compatibility, sort, scope).between(from, None))
}

pub(super) fn limit(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let mut pairs = w.remote_pairs();
    pairs.extend(w.cluster_pairs());
    let (a, b) = free_pair(w, d, pairs)?;
    let from = onset(w, d);
    let until = from + TimeDelta::hours(d.range(12, 40));
    let way = if d.chance(50) { Way::Limit } else { Way::CleaningUp };
    let scope = Scope::pairs(vec![(a, b)]);
    let sort = Sort::Placement(way);
    Some(Fault::new("migration-limit-or-cleanup", Phase::Accept, sort, scope).between(Some(from), Some(until)))
}

pub(super) fn cluster_resource(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let pairs = w.cluster_pairs();
    let (_, b) = free_pair(w, d, pairs)?;
    let pairs: Vec<(HostId, HostId)> = w.cluster_pairs().into_iter().filter(|(_, y)| *y == b).collect();
    let kind = d.below(3) as u8;
    let from = maybe_onset(w, d);
    let sort = Sort::Placement(Way::Refused(kind));
    Some(Fault::new("cluster-resource", Phase::Cluster, sort, Scope::pairs(pairs).by(&[Cluster])).between(from, None))
}

pub(super) fn service_fault(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let mut pairs = w.remote_pairs();
    pairs.extend(w.cluster_pairs());
    let (a, b) = free_pair(w, d, pairs)?;
    let from = onset(w, d);
    let until = from + TimeDelta::hours(d.range(12, 40));
    let sort = Sort::Placement(Way::ServiceDied(d.chance(70)));
    let scope = Scope::pairs(vec![(a, b)]);
    Some(Fault::new("management-service-fault", Phase::Connect, sort, scope).between(Some(from), Some(until)))
}
