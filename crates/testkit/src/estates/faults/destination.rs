//! What the destination can't take: processor, version, device, memory, path.

use super::super::dice::Dice;
use super::super::log::and;
use super::super::scene::Scene;
use super::super::world::{HostId, World};
use super::{Fault, Phase, Scope, Sort, free_pair, maybe_onset};
use crate::case::Os;
use crate::case::events::{error_fields, vm_fields};

#[derive(Debug, Clone)]
pub(in super::super) enum Way {
    /// Another make, or features that are not there.
    Processor {
        vendor: bool,
    },
    Version,
    Device(u8),
    Memory,
    Storage(u8),
}

pub(super) fn write(way: &Way, scene: &mut Scene) {
    let (w, m) = (scene.w, scene.m);
    let to = w.name(m.to).to_owned();
    let named = || and(vm_fields(&m.vm), &[("DestinationHost", &to)]);
    scene.lasts(1_500, 6_000);
    match way {
        Way::Processor { vendor: true } => {
            scene.source(24002, and(named(), &[("Processor", "Intel"), ("Other", "AMD")]))
        }
        Way::Processor { vendor: false } => scene.source(24004, named()),
        Way::Version => scene.source(24006, named()),
        Way::Device(0) => {
            scene.at_destination = true;
            let mut fields = vm_fields(&m.vm);
            fields.extend(error_fields(0xc03a_0014));
            scene.source(21002, fields);
            scene.say(format!(
                "'{}': Attachment 'D:\\ISO\\SW_DVD9_WIN.ISO' failed to open because of error: a virtual disk support \
                 provider for the specified file was not found. (0xC03A0014).",
                m.vm
            ));
        }
        Way::Device(_) => scene.source(24008, and(named(), &[("Device", "Synthetic Ethernet Port")])),
        Way::Memory => {
            scene.at_destination = true;
            let mut fields = vm_fields(&m.vm);
            if scene.d.chance(75) {
                fields.extend(error_fields(scene.d.pick(&[0x8007_000e, 0x8007_000e, 0x8007_05aa])));
                scene.worker(m.to, 3050, fields);
            } else {
                fields.push(("RamSize", "65536".to_owned()));
                scene.worker(m.to, 3122, fields);
            }
        }
        Way::Storage(kind) => storage(scene, *kind),
    }
}

fn storage(scene: &mut Scene, kind: u8) {
    let (w, m) = (scene.w, scene.m);
    let share = format!("\\\\fs01.{}\\vms\\{}", w.domain_of(m.to).dns, m.vm);
    match kind {
        0 => {
            scene.lasts(20_000, 60_000);
            let code = scene.d.pick(&[0x8007_0003, 0x8007_0002, 0x8007_0005]);
            let mut fields = error_fields(code);
            fields.extend([("VmId", crate::case::names::vm_id_text(&m.vm)), ("Path", format!("E:\\VMs\\{}", m.vm))]);
            scene.destination(20100, fields);
        }
        1 => {
            let computer = w.name(m.to).to_owned();
            let id = scene.d.pick(&[21010, 21011]);
            let mut fields = vec![("Computer", computer), ("Path", share)];
            fields.extend(error_fields(0x8007_0005));
            scene.destination(id, fields);
        }
        _ => {
            let mut fields = vec![("Path", share), ("PoolId", "Primordial".to_owned())];
            fields.extend(error_fields(0x8007_0003));
            scene.source(21012, fields);
        }
    }
}

fn all_pairs(w: &World) -> Vec<(HostId, HostId)> {
    let mut pairs = w.remote_pairs();
    pairs.extend(w.cluster_pairs());
    pairs
}

pub(super) fn processor(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let pairs = all_pairs(w);
    let (a, b) = free_pair(w, d, pairs)?;
    let sort = Sort::Destination(Way::Processor { vendor: d.chance(30) });
    Some(Fault::new("processor-incompatible", Phase::Compatibility, sort, Scope::pairs(vec![(a, b)])))
}

pub(super) fn version(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let order = |os: Os| os.build();
    let newer = |(a, b): &(HostId, HostId)| order(w.os(*a)) > order(w.os(*b));
    let pairs = w.remote_pairs().into_iter().filter(newer).collect();
    let (a, b) = free_pair(w, d, pairs)?;
    let sort = Sort::Destination(Way::Version);
    Some(Fault::new("configuration-version-unsupported", Phase::Compatibility, sort, Scope::pairs(vec![(a, b)])))
}

/// Faults of one virtual machine, wherever it goes.
fn of_one_vm(w: &mut World, d: &mut Dice) -> Option<Scope> {
    let pairs = all_pairs(w);
    let (a, _) = d.any(&pairs)?;
    let vm = w.new_vm(d);
    w.homes.push((vm.clone(), a));
    Some(Scope { vm: Some(vm), ..Scope::pairs(pairs) })
}

pub(super) fn device(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let scope = of_one_vm(w, d)?;
    let sort = Sort::Destination(Way::Device(u8::from(d.chance(25))));
    Some(Fault::new("device-attached", Phase::Compatibility, sort, scope))
}

pub(super) fn memory(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let pairs = all_pairs(w);
    let (_, b) = free_pair(w, d, pairs)?;
    let from = maybe_onset(w, d);
    let scope = Scope::pairs(all_pairs(w).into_iter().filter(|(_, y)| *y == b).collect());
    Some(Fault::new("insufficient-memory", Phase::Plan, Sort::Destination(Way::Memory), scope).between(from, None))
}

pub(super) fn storage_path(w: &mut World, d: &mut Dice) -> Option<Fault> {
    let pairs = all_pairs(w);
    let (_, b) = free_pair(w, d, pairs)?;
    let from = maybe_onset(w, d);
    let kind = d.below(3) as u8;
    let scope = Scope::pairs(all_pairs(w).into_iter().filter(|(_, y)| *y == b).collect());
    let sort = Sort::Destination(Way::Storage(kind));
    Some(Fault::new("storage-path-or-permission", Phase::Register, sort, scope).between(from, None))
}
