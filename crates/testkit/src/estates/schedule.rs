//! When which virtual machine moves, and how each move ends.
//!
//! Kept away from what no analysis can tell, and nothing else:
//! * two moves that touch the same host within some minutes: VMMS' reasons carry no virtual machine, and beside another
//!   move of the same host in the same seconds nobody knows whose they are;
//! * a move that two faults of one phase would stop: either is its cause;
//! * the hours in which tickets from before a change are still good;
//! * pairs where a fault of one kind shows on the way back as another kind.

use super::dice::Dice;
use super::faults::Fault;
use super::moves::{Ending, Move};
use super::world::{HostId, Time, World};
use crate::case::Initiator;
use chrono::TimeDelta;
use delegap_model::Spn;

/// A move that is wanted.
#[derive(Debug, Clone)]
struct Slot {
    from: HostId,
    to: HostId,
    by: Initiator,
    user: usize,
    vm: Option<String>,
    storage: bool,
    window: (Time, Time),
}

/// Fills the estate with moves.
pub(super) fn schedule(w: &mut World, d: &mut Dice) {
    let mut slots = Vec::new();
    for fault in w.faults.clone() {
        slots.extend(of_fault(w, &fault, d));
    }
    let pairs = [w.remote_pairs(), w.cluster_pairs()].concat();
    for _ in 0..d.range(3, 24) {
        let (from, to) = d.pick(&pairs);
        slots.push(slot(w, from, to, (w.from, w.to), d));
    }
    let mut moves: Vec<(Time, Slot)> = Vec::new();
    for slot in slots {
        let tries = (0..40).map(|_| d.work_time(slot.window.0, slot.window.1)).collect::<Vec<_>>();
        let free = |at: &Time| allowed(w, &slot, *at) && moves.iter().all(|(other, s)| apart(*other, s, *at, &slot));
        if let Some(at) = tries.into_iter().find(free) {
            moves.push((at, slot));
        }
    }
    moves.sort_by_key(|(at, slot)| (*at, slot.from, slot.to));
    for (at, slot) in moves {
        place(w, at, slot, d);
    }
}

fn apart(a: Time, one: &Slot, b: Time, other: &Slot) -> bool {
    let shares = [one.from, one.to].iter().any(|h| *h == other.from || *h == other.to);
    !shares || (a - b).abs() >= TimeDelta::minutes(9)
}

/// Not in the first minutes of the logs, not around boots, not where nobody could say how it ends.
fn allowed(w: &World, slot: &Slot, at: Time) -> bool {
    let near = |boot: &Time| (at - *boot).abs() < TimeDelta::minutes(20);
    let hosts = [slot.from, slot.to];
    let pair = (slot.from, slot.to);
    at > w.from + TimeDelta::minutes(90)
        && at < w.to - TimeDelta::minutes(30)
        && !hosts.iter().any(|h| w.machines[*h].boots.iter().any(near))
        && !(slot.by != Initiator::Local && w.avoid.contains(&pair))
        && !w.quiet.iter().any(|(a, b, from, until)| (*a, *b) == pair && at >= *from && at < *until)
}

fn slot(w: &World, from: HostId, to: HostId, window: (Time, Time), d: &mut Dice) -> Slot {
    let by = match w.usual_initiator(from, to) {
        Initiator::Remote if d.chance(15) => Initiator::Local,
        usual => usual,
    };
    let storage = by == Initiator::Remote && files_delegated(w, from, to) && d.chance(20);
    Slot { from, to, by, user: d.below(2), vm: None, storage, window }
}

/// A move may take storage along: the file service is delegated as well.
fn files_delegated(w: &World, from: HostId, to: HostId) -> bool {
    let list = &w.machines[from].base.delegation.services;
    let cifs = w.services(to).into_iter().filter(|spn| spn.starts_with(Spn::CIFS));
    w.machines[to].act.contains(&from) || cifs.into_iter().all(|spn| list.contains(&spn))
}

/// Moves that meet the fault, and moves beside it: before it, by others, of other virtual machines.
fn of_fault(w: &World, fault: &Fault, d: &mut Dice) -> Vec<Slot> {
    let mut slots = Vec::new();
    let window = (fault.from.unwrap_or(w.from), fault.until.unwrap_or(w.to).min(w.to));
    let by = |d: &mut Dice, from, to| match fault.scope.by.as_slice() {
        [] => slot(w, from, to, window, d).by,
        list => d.pick(list),
    };
    let homes: Vec<_> = w.homes.iter().filter(|(vm, _)| Some(vm) == fault.scope.vm.as_ref()).collect();
    let pairs: Vec<_> = match homes.first() {
        Some((_, home)) => fault.scope.pairs.iter().copied().filter(|(from, _)| from == home).collect(),
        None => fault.scope.pairs.clone(),
    };
    if pairs.is_empty() {
        return slots;
    }
    for _ in 0..d.range(2, 6) {
        let (from, to) = d.pick(&pairs);
        let by = by(d, from, to);
        let user = fault.scope.user.unwrap_or(d.below(2));
        let storage = fault.scope.storage;
        slots.push(Slot { from, to, by, user, vm: fault.scope.vm.clone(), storage, window });
    }
    let (from, to) = d.pick(&pairs);
    let beside = |by, window| Slot { from, to, by, user: 0, vm: None, storage: false, window };
    if let Some(onset) = fault.from {
        let by = by(d, from, to);
        slots.push(beside(by, (w.from, onset)));
        slots.push(beside(by, (w.from, onset)));
    }
    if let Some(until) = fault.until.filter(|until| *until < w.to) {
        slots.push(beside(by(d, from, to), (until, w.to)));
    }
    if fault.scope.user.is_some() || fault.scope.vm.is_some() || fault.scope.storage {
        let by = by(d, from, to);
        slots.extend([beside(by, window), beside(by, window), Slot { user: 1, ..beside(by, window) }]);
    }
    slots
}

/// Gives the move its virtual machine and its end.
fn place(w: &mut World, at: Time, slot: Slot, d: &mut Dice) {
    let Slot { from, to, by, user, storage, .. } = slot;
    let vm = match slot.vm {
        Some(vm) => vm,
        None => {
            let special = |vm: &String| w.faults.iter().any(|f| f.scope.vm.as_ref() == Some(vm));
            let here: Vec<_> =
                w.homes.iter().filter(|(vm, home)| *home == from && !special(vm)).map(|(vm, _)| vm.clone()).collect();
            match d.any(&here).filter(|_| d.chance(60)) {
                Some(vm) => vm,
                None => {
                    let vm = w.new_vm(d);
                    w.homes.push((vm.clone(), from));
                    vm
                }
            }
        }
    };
    let drain = by == Initiator::Cluster && d.chance(20);
    let mut made = Move { vm, from, to, at, by, user, storage, drain, ending: Ending::Completed };
    let stopped: Vec<usize> = (0..w.faults.len()).filter(|f| w.faults[*f].stops(&made)).collect();
    let Some(first) = stopped.iter().map(|f| w.faults[*f].phase).min() else {
        if d.chance(2) {
            made.ending = Ending::Unfinished;
        } else if let Some((_, home)) = w.homes.iter_mut().find(|(vm, _)| *vm == made.vm) {
            *home = to;
        }
        w.moves.push(made);
        return;
    };
    let met: Vec<usize> = stopped.into_iter().filter(|f| w.faults[*f].phase == first).collect();
    let [only] = met.as_slice() else { return };
    made.ending = Ending::Failed(*only);
    w.moves.push(made);
}
