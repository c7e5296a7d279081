//! Which VM an event is about: names and ids, and whether an attempt and an event can belong together.

use super::Attempt;
use super::join::{COMPLETIONS, TERMINAL_FAILURES};
use crate::knowledge::Meaning;
use crate::signals::{Signal, Signals, plain_vm_name};
use delegap_model::{Guid, VirtualMachine, fold, same_name};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Which name and which id mean one VM.
pub(super) struct Vms {
    id_of_name: HashMap<String, BTreeSet<Guid>>,
    name_of_id: HashMap<Guid, Arc<str>>,
}

impl Vms {
    /// From events that name both, and from dumps.
    pub fn learn(signals: &Signals, machines: &[VirtualMachine]) -> Vms {
        let mut vms = Vms { id_of_name: HashMap::new(), name_of_id: HashMap::new() };
        let logged = signals.iter().filter_map(|s| Some((Arc::clone(s.vm_name.as_ref()?), s.vm_id?)));
        let listed = machines.iter().filter_map(|m| Some((m.name.as_str().into(), *m.id.known()?)));
        for (name, id) in logged.chain(listed) {
            if vms.name_of_id.get(&id).is_none_or(|known| *known != name) {
                vms.id_of_name.entry(vm_fold(&name)).or_default().insert(id);
                vms.name_of_id.entry(id).or_insert(name);
            }
        }
        vms
    }

    pub fn complete(&self, signal: &Signal) -> (Option<Arc<str>>, Option<Guid>) {
        let only = |name: &Arc<str>| self.id_of_name.get(&vm_fold(name)).filter(|ids| ids.len() == 1)?.first().copied();
        let id = signal.vm_id.or_else(|| signal.vm_name.as_ref().and_then(only));
        let name = signal.vm_name.clone().or_else(|| id.and_then(|id| self.name_of_id.get(&id).cloned()));
        (name, id)
    }
}

/// The source sends and the destination receives: between moves in both directions that decides.
pub(super) fn other_role(attempt: &Attempt, signal: &Signal) -> bool {
    match signal.meaning() {
        Meaning::SendFailed => attempt.source != Some(signal.host),
        Meaning::ReceiveFailed => attempt.destination != Some(signal.host),
        _ => false,
    }
}

/// Neither names another destination than the other.
pub(super) fn destination_fits(attempt: &Attempt, signal: &Signal) -> bool {
    attempt.destination.is_none() || signal.destination.is_none() || attempt.destination == signal.destination
}

/// Signals that by themselves show that a move was tried.
pub(super) fn opens(signal: &Signal) -> bool {
    let quiet = [Meaning::Realized, Meaning::ClusterNotice, Meaning::StorageFolderFailed];
    let only_short = signal.meaning() == Meaning::MemoryShort && signal.meanings().nth(1).is_none();
    !quiet.contains(&signal.meaning()) && !only_short
}

/// A completed move does not fail, a failed one is not received.
pub(super) fn clash(attempt: &Attempt, signal: &Signal) -> bool {
    (signal.means_any(&COMPLETIONS) && attempt.means(&TERMINAL_FAILURES))
        || (signal.means_any(&TERMINAL_FAILURES) && attempt.means(&COMPLETIONS))
}

pub(super) fn same_vm(attempt: &Attempt, name: Option<&str>, id: Option<Guid>) -> bool {
    match (attempt.vm_id, id) {
        (Some(a), Some(b)) => a == b,
        _ => matches!((&attempt.vm_name, name), (Some(a), Some(b)) if same_name(plain_vm_name(a), plain_vm_name(b))),
    }
}

/// A VM's name for comparison: the cluster calls the VM `APP01` the resource `Virtual Machine APP01`.
pub(super) fn vm_fold(name: &str) -> String {
    fold(plain_vm_name(name))
}

/// What a VM is known by, best first.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum VmKey {
    Id(Guid),
    Name(String),
    Nameless,
}

/// Everything that a VM is known by.
pub(super) fn vm_keys(name: Option<&str>, id: Option<Guid>) -> impl Iterator<Item = VmKey> {
    id.map(VmKey::Id).into_iter().chain(name.map(|name| VmKey::Name(vm_fold(name))))
}

pub(super) fn vm_key(name: Option<&str>, id: Option<Guid>) -> VmKey {
    id.map(VmKey::Id).or_else(|| name.map(|name| VmKey::Name(vm_fold(name)))).unwrap_or(VmKey::Nameless)
}
