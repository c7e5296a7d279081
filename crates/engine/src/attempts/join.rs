//! Joins signals into attempts: the source's own events in their order, then the destination's by VM and time.

mod clocks;

use super::outcome::{finish, is_failure, phase_of};
use super::vms::{VmKey, Vms, clash, destination_fits, opens, other_role, same_vm, vm_key, vm_keys};
use super::{Asked, Attempt, Joined};
use crate::estate::Estate;
use crate::hosts::HostId;
use crate::knowledge::{CodeGroup, Meaning, Meanings};
use crate::signals::Signal;
use chrono::Duration;
use delegap_model::{Guid, Outcome, Phase, Side, Time, fold};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

/// How long after its end an attempt may still get events: the cluster reports a failure after VMMS did.
const AFTERMATH: Duration = Duration::seconds(120);
/// Events without a VM belong to a failure that is logged this soon after them.
const CHAIN: Duration = Duration::seconds(30);
/// No live migration that reports anything takes longer.
const LONGEST: Duration = Duration::hours(12);
/// Clocks of hosts that still authenticate differ by less than five minutes; some more are let through.
pub(crate) const CLOCKS: Duration = Duration::minutes(15);
/// Clocks that differ by more make Kerberos refuse.
const KERBEROS_SKEW: Duration = Duration::minutes(5);

/// Joins all signals of an estate.
pub(crate) fn join(estate: &Estate) -> Joined {
    let mut joiner = Joiner::new(estate);
    let order: Vec<usize> = (0..estate.signals.len()).filter(|i| !estate.signals[*i].rule.about_host).collect();
    let of_side = |side: Option<Side>| order.iter().copied().filter(move |i| estate.signals[*i].side == side);
    for index in of_side(Some(Side::Source)) {
        joiner.place_at_source(index);
    }
    let at_destination: Vec<usize> = of_side(Some(Side::Destination)).collect();
    let offsets = joiner.offsets(&at_destination);
    // The sender is the source: its events are placed before those of the receiver, which are matched with them.
    let (sent, rest): (Vec<usize>, Vec<usize>) =
        of_side(None).partition(|i| estate.signals[*i].meaning() == Meaning::SendFailed);
    for index in sent.into_iter().chain(at_destination).chain(rest) {
        joiner.place_by_time(index, &offsets);
    }
    let mut attempts = joiner.attempts;
    for attempt in &mut attempts {
        finish(attempt, estate);
    }
    fail_restarted(&mut attempts, estate);
    attempts.retain(|a| a.outcome != Outcome::Unknown || a.signals(estate).any(|s| s.means(Meaning::Started)));
    attempts.sort_by(|a, b| {
        let key = |a: &Attempt| (a.started, a.source, a.destination);
        let rest = |a: &Attempt| (a.vm_name.as_deref().map(fold), a.vm_id);
        key(a).cmp(&key(b)).then_with(|| rest(a).cmp(&rest(b))).then_with(|| a.signals.cmp(&b.signals))
    });
    Joined::new(attempts, offsets)
}

/// A VM that starts again from the same host had not left it: the try before failed, whatever the logs don't say of it.
/// Only where the other host's log would show that the VM came there and back.
fn fail_restarted(attempts: &mut [Attempt], estate: &Estate) {
    let day = Duration::days(1);
    let mut by_vm: HashMap<VmKey, Vec<usize>> = HashMap::new();
    if attempts.iter().all(|a| a.outcome != Outcome::Unknown) {
        return;
    }
    for (index, attempt) in attempts.iter().enumerate() {
        by_vm.entry(vm_key(attempt.vm_name.as_deref(), attempt.vm_id)).or_default().push(index);
    }
    for index in 0..attempts.len() {
        let attempt = &attempts[index];
        let told = attempt.destination.is_some_and(|d| estate.reaches(d, "hyper-v-vmms", attempt.started));
        if attempt.outcome != Outcome::Unknown || !told {
            continue;
        }
        let same = |a: &&Attempt| same_vm(a, attempt.vm_name.as_deref(), attempt.vm_id);
        let own = by_vm.get(&vm_key(attempt.vm_name.as_deref(), attempt.vm_id)).map_or(&[][..], Vec::as_slice);
        let later = own
            .iter()
            .map(|i| &attempts[*i])
            .filter(same)
            .filter(|a| a.started > attempt.started && a.started - attempt.started <= day);
        if later.min_by_key(|a| a.started).is_some_and(|next| next.source == attempt.source) {
            attempts[index].outcome = Outcome::Failed;
        }
    }
}

struct Joiner<'a> {
    estate: &'a Estate,
    vms: Vms,
    attempts: Vec<Attempt>,
    /// Attempts out of a source that may still get events of its own log.
    running: BTreeMap<Option<HostId>, Vec<usize>>,
    /// Once attempts are looked for by time.
    index: Option<Index>,
    /// The longest attempt there is: what may lie around a given time.
    longest: Duration,
}

/// All attempts by start.
#[derive(Default)]
struct Index {
    all: BTreeSet<(Time, usize)>,
    /// By what their VM is known by.
    by_vm: HashMap<VmKey, BTreeSet<(Time, usize)>>,
}

impl Index {
    /// Enters an attempt under everything that its VM is known by.
    fn enter(&mut self, at: usize, attempt: &Attempt) {
        self.all.insert((attempt.started, at));
        for key in vm_keys(attempt.vm_name.as_deref(), attempt.vm_id) {
            self.by_vm.entry(key).or_default().insert((attempt.started, at));
        }
    }

    /// Attempts of a VM that began in a span of time, or all if it has neither name nor id.
    fn within(&self, span: Range<Time>, name: Option<&str>, id: Option<Guid>) -> BTreeSet<usize> {
        let span = (span.start, 0)..(span.end, 0);
        let of_vm = vm_keys(name, id).filter_map(|key| self.by_vm.get(&key));
        let all = (name.is_none() && id.is_none()).then_some(&self.all);
        of_vm.chain(all).flat_map(|attempts| attempts.range(span.clone())).map(|(_, at)| *at).collect()
    }
}

pub(super) const TERMINAL_FAILURES: [Meaning; 5] =
    [Meaning::FailedAtSource, Meaning::FailedAtDestination, Meaning::Envelope, Meaning::Failed, Meaning::Cancelled];
pub(super) const COMPLETIONS: [Meaning; 2] = [Meaning::Completed, Meaning::Received];

impl<'a> Joiner<'a> {
    fn new(estate: &'a Estate) -> Self {
        Joiner {
            estate,
            vms: Vms::learn(&estate.signals, &estate.machines),
            // Some have lost their start.
            attempts: Vec::with_capacity(estate.count(Meaning::Started) * 9 / 8 + 8),
            running: BTreeMap::new(),
            index: None,
            longest: Duration::zero(),
        }
    }

    fn place_at_source(&mut self, index: usize) {
        let signal = &self.estate.signals[index];
        self.forget_ended(signal);
        let (name, id) = self.vms.complete(signal);
        let has_vm = name.is_some() || id.is_some();
        if signal.meaning() == Meaning::Started {
            return self.start(index, name, id);
        }
        let found = if has_vm { self.by_vm(signal, name.as_deref(), id) } else { self.without_vm(index) };
        match found {
            Some(at) => self.attach(at, index, name, id),
            None if opens(signal) => self.open(index, name, id),
            None => {}
        }
    }

    /// A start opens an attempt, unless the cluster's own start notice speaks of one that VMMS opened just now.
    fn start(&mut self, index: usize, name: Option<Arc<str>>, id: Option<Guid>) {
        let signal = &self.estate.signals[index];
        let twin = self.running(signal).rfind(|i| {
            let a = &self.attempts[*i];
            same_vm(a, name.as_deref(), id)
                && a.ended.is_none()
                && signal.time - a.started <= AFTERMATH
                && a.signals(self.estate).all(|s| s.is_cluster_log() != signal.is_cluster_log())
        });
        match twin {
            Some(at) => self.attach(at, index, name, id),
            None => {
                // A VM that starts anew from here is no longer on its way: what follows belongs to the new move.
                let attempts = &self.attempts;
                let over = |i: &usize| same_vm(&attempts[*i], name.as_deref(), id) && attempts[*i].ended.is_none();
                if let Some(running) = self.running.get_mut(&signal.source) {
                    running.retain(|i| !over(i));
                }
                self.open(index, name, id);
            }
        }
    }

    /// The running or just ended attempt of that VM from that host.
    fn by_vm(&self, signal: &Signal, name: Option<&str>, id: Option<Guid>) -> Option<usize> {
        // A success and a failure are never the end of one move; the same event of one host ends two moves.
        let no_clash = |a: &Attempt| {
            let ends = |s: &Signal| s.means_any(&TERMINAL_FAILURES) || s.means_any(&COMPLETIONS);
            let repeated = |s: &Signal| {
                s.event.id == signal.event.id && s.event.provider == signal.event.provider && s.host == signal.host
            };
            let completed = a.means(&COMPLETIONS);
            !(ends(signal) && a.signals(self.estate).any(repeated) || completed && signal.means_any(&TERMINAL_FAILURES))
        };
        let fits = |a: &Attempt| same_vm(a, name, id) && destination_fits(a, signal) && no_clash(a);
        // The cluster reports a failure after VMMS did, perhaps when the next try has begun.
        let unreported = |a: &Attempt| {
            let failed = a.ended.is_some() && a.means(&TERMINAL_FAILURES);
            failed && !a.signals(self.estate).any(|s| s.meaning() == Meaning::Envelope)
        };
        let late_report = signal.meaning() == Meaning::Envelope;
        let reported = self.running(signal).rfind(|i| {
            let a = &self.attempts[*i];
            late_report && fits(a) && unreported(a) && a.ended.is_some_and(|e| signal.time - e <= CHAIN)
        });
        let any = || self.running(signal).rfind(|i| fits(&self.attempts[*i]));
        reported.or_else(any).or_else(|| self.orphan(signal))
    }

    /// An attempt that so far has only events without a VM, and got them just before this failure.
    fn orphan(&self, signal: &Signal) -> Option<usize> {
        if !signal.means_any(&TERMINAL_FAILURES) {
            return None;
        }
        let lacks = |a: &Attempt| !a.signals(self.estate).any(|s| s.means_any(&TERMINAL_FAILURES));
        self.running(signal).find(|i| {
            let a = &self.attempts[*i];
            let nameless = a.vm_name.is_none() && a.vm_id.is_none();
            nameless && destination_fits(a, signal) && lacks(a) && signal.time - a.started <= CHAIN
        })
    }

    /// For events that name no VM: same activity; else the attempt whose failure comes next; else the one that just failed.
    fn without_vm(&self, index: usize) -> Option<usize> {
        let signal = &self.estate.signals[index];
        let open = |a: &Attempt| {
            let closed = a.ended.is_some_and(|e| signal.time - e > CHAIN);
            !closed && !a.means(&COMPLETIONS)
        };
        let lacks = |a: &Attempt| {
            !a.signals(self.estate).any(|s| {
                s.host == signal.host && s.event.provider == signal.event.provider && s.event.id == signal.event.id
            })
        };
        let fits = |a: &Attempt| destination_fits(a, signal) && open(a);
        let candidates: Vec<usize> = self.running(signal).filter(|i| fits(&self.attempts[*i])).collect();
        if let Some(activity) = signal.event.activity_id {
            let same =
                |i: &&usize| self.attempts[**i].signals(self.estate).any(|s| s.event.activity_id == Some(activity));
            if let Some(at) = candidates.iter().find(same) {
                return Some(*at);
            }
        }
        let mut lacking: Vec<usize> = candidates.iter().copied().filter(|i| lacks(&self.attempts[*i])).collect();
        // The explanation of a refusal belongs to a move that shows the refusal, never to one that met a closed port.
        if signal.means_any(&[Meaning::NoCredentials, Meaning::CredsspNotDelegated]) {
            let security = [CodeGroup::Delegation, CodeGroup::Credssp];
            let coded = |i: &usize, groups: &[CodeGroup]| {
                groups.iter().any(|g| self.attempts[*i].coded(self.estate, *g).next().is_some())
            };
            lacking.retain(|i| !coded(i, &[CodeGroup::Winsock, CodeGroup::Sspi]) || coded(i, &security));
            if lacking.iter().any(|i| coded(i, &security)) {
                lacking.retain(|i| coded(i, &security));
            }
        }
        // A move that has its reason already needs no second one as long as another has none.
        let reasoned = |i: &usize| self.attempts[*i].signals(self.estate).any(|s| phase_of(s).is_some());
        if !signal.means_any(&[Meaning::NoCredentials, Meaning::CredsspNotDelegated])
            && lacking.iter().any(|i| !reasoned(i))
        {
            lacking.retain(|i| !reasoned(i));
        }
        match lacking.as_slice() {
            [] => None,
            [only] => Some(*only),
            several => self
                .next_to_fail(index, several)
                .or_else(|| several.iter().rev().find(|i| self.attempts[**i].ended.is_some()).copied())
                .or(several.last().copied()),
        }
    }

    /// Of several running attempts, the one whose failure is logged next on this host.
    fn next_to_fail(&self, index: usize, candidates: &[usize]) -> Option<usize> {
        let signal = &self.estate.signals[index];
        let later = self.estate.signals.from(index + 1);
        let soon = later.take_while(|s| s.time - signal.time <= CHAIN);
        for next in soon.filter(|s| s.host == signal.host && s.means_any(&TERMINAL_FAILURES)) {
            let (name, id) = self.vms.complete(next);
            let open =
                |i: &&usize| same_vm(&self.attempts[**i], name.as_deref(), id) && self.attempts[**i].ended.is_none();
            if let Some(at) = candidates.iter().rfind(open) {
                return Some(*at);
            }
        }
        None
    }

    /// Events of the destination, and events that don't say which side logged them: by VM where they name one, and by time.
    fn place_by_time(&mut self, index: usize, offsets: &BTreeMap<(HostId, HostId), i64>) {
        let signal = &self.estate.signals[index];
        let (name, id) = self.vms.complete(signal);
        let has_vm = name.is_some() || id.is_some();
        let around = self.around(signal.time, name.as_deref(), id);
        let fits = |a: &Attempt| {
            let vm_fits = if has_vm { same_vm(a, name.as_deref(), id) } else { true };
            let hosts_fit = self.hosts_fit(a, signal, has_vm);
            let lacks = !a.signals(self.estate).any(|s| {
                s.host == signal.host && s.event.provider == signal.event.provider && s.event.id == signal.event.id
            });
            let other_end = is_failure(signal) && a.means(&COMPLETIONS);
            // Who met a closed port was not refused by the destination.
            let refusal = [Meaning::Denied, Meaning::AuthenticationFailedAtDestination];
            let unreached = signal.means_any(&refusal)
                && a.coded(self.estate, CodeGroup::Winsock).any(|(_, s)| s.means(Meaning::ConnectFailed));
            vm_fits
                && hosts_fit
                && lacks
                && !other_end
                && !unreached
                && !self.never_sent(a, signal)
                && !clash(a, signal)
        };
        let best = around
            .into_iter()
            .map(|i| (i, &self.attempts[i]))
            .filter(|(_, a)| fits(a))
            .filter_map(|(i, a)| {
                let foreign = a.source.filter(|s| *s != signal.host);
                let measured = |s: HostId| {
                    let there = offsets.get(&(s, signal.host)).copied();
                    there.or_else(|| offsets.get(&(signal.host, s)).map(|back| -back))
                };
                let known = foreign.and_then(measured);
                let time = signal.time - Duration::seconds(known.unwrap_or(0));
                let tolerance = match (foreign, known, has_vm) {
                    (Some(_), None, true) => CLOCKS,
                    // Without the VM's name only the clocks that Kerberos still accepts are let through.
                    (Some(_), None, false) => KERBEROS_SKEW,
                    _ => AFTERMATH,
                };
                let end = a.ended.unwrap_or(a.started);
                let distance = (a.started - time).max(time - end).max(Duration::zero());
                // The reason of a failure is logged when the move ends; anything else merely while it runs.
                let apart = if is_failure(signal) { (time - end).abs() } else { distance };
                (distance <= tolerance).then_some((other_role(a, signal), self.likeness(a, signal), apart, i))
            })
            .min();
        match best {
            Some((_, _, _, at)) => {
                self.attach(at, index, name, id);
                // The VM's worker ran on a second host at that time: that is where it was moving.
                let attempt = &mut self.attempts[at];
                if has_vm && attempt.destination.is_none() && attempt.source.is_some_and(|s| s != signal.host) {
                    attempt.destination = Some(signal.host);
                }
            }
            None if opens(signal) => self.open(index, name, id),
            None => {}
        }
    }

    /// 0: both carry the same code; 1: one of them carries none; 2: they carry different ones.
    fn likeness(&self, a: &Attempt, signal: &Signal) -> u8 {
        let codes = &a.codes;
        match (codes.is_empty() || signal.codes.is_empty(), signal.codes.iter().any(|c| codes.contains(c))) {
            (_, true) => 0,
            (true, false) => 1,
            (false, false) => 2,
        }
    }

    /// A move that stopped before the transfer sent nothing: what was lost in a transfer belongs to another one, unless both
    /// carry the same code.
    fn never_sent(&self, a: &Attempt, signal: &Signal) -> bool {
        let transfer = signal.means_any(&[Meaning::SendFailed, Meaning::ReceiveFailed, Meaning::DataCorrupt]);
        let stopped = a.signals(self.estate).any(|s| phase_of(s).is_some_and(|p| p < Phase::Transfer));
        let codes = &a.codes;
        transfer && stopped && !signal.codes.iter().any(|c| codes.contains(c))
    }

    fn hosts_fit(&self, a: &Attempt, signal: &Signal, has_vm: bool) -> bool {
        let source_fits = signal.source.is_none() || a.source.is_none() || a.source == signal.source;
        let at_home = match signal.side {
            Some(Side::Destination) => {
                a.source != Some(signal.host)
                    && (a.destination == Some(signal.host) || (has_vm && a.destination.is_none()))
            }
            _ => {
                let unplaced = a.source.is_none()
                    && a.destination.is_none()
                    && a.signals(self.estate).any(|s| s.host == signal.host);
                a.source == Some(signal.host)
                    || a.destination == Some(signal.host)
                    || unplaced
                    || (has_vm && a.destination.is_none())
            }
        };
        source_fits && destination_fits(a, signal) && at_home
    }

    /// Attempts out of the signal's source that may still get events.
    fn running(&self, signal: &Signal) -> impl DoubleEndedIterator<Item = usize> {
        self.running.get(&signal.source).map_or(&[][..], Vec::as_slice).iter().copied()
    }

    fn forget_ended(&mut self, signal: &Signal) {
        let Some(running) = self.running.get_mut(&signal.source) else { return };
        running.retain(|i| match self.attempts[*i].ended {
            Some(ended) => signal.time - ended <= AFTERMATH,
            None => signal.time - self.attempts[*i].started <= LONGEST,
        });
    }

    /// Attempts that a signal of `time` may belong to, whatever the clocks: those of its VM, or all if it names none.
    fn around(&mut self, time: Time, name: Option<&str>, id: Option<Guid>) -> BTreeSet<usize> {
        let slack = CLOCKS + CLOCKS + AFTERMATH;
        let index = self.index.get_or_insert_with(|| {
            let mut index = Index::default();
            self.attempts.iter().enumerate().for_each(|(at, attempt)| index.enter(at, attempt));
            index
        });
        index.within(time - slack - self.longest..time + slack, name, id)
    }

    fn enter(&mut self, at: usize) {
        if let Some(index) = &mut self.index {
            index.enter(at, &self.attempts[at]);
        }
    }

    fn open(&mut self, index: usize, name: Option<Arc<str>>, id: Option<Guid>) {
        let signal = &self.estate.signals[index];
        self.attempts.push(Attempt {
            vm_name: name,
            vm_id: id,
            source: signal.source,
            destination: signal.destination,
            started: signal.time,
            ended: None,
            outcome: Outcome::Unknown,
            // Most have a start and an end.
            signals: Vec::with_capacity(2),
            stopped_in: None,
            failed_side: None,
            initiator: None,
            user: None,
            codes: Vec::new(),
            meanings: Meanings::default(),
            asked: Asked::default(),
        });
        let last = self.attempts.len() - 1;
        self.attempts[last].take(index, signal);
        self.running.entry(signal.source).or_default().push(last);
        self.enter(last);
        self.settle(last, index);
    }

    fn attach(&mut self, at: usize, index: usize, name: Option<Arc<str>>, id: Option<Guid>) {
        let signal = &self.estate.signals[index];
        let attempt = &mut self.attempts[at];
        let named = (attempt.vm_name.is_some() || name.is_none()) && (attempt.vm_id.is_some() || id.is_none());
        attempt.vm_name = attempt.vm_name.take().or(name);
        attempt.vm_id = attempt.vm_id.or(id);
        attempt.source = attempt.source.or(signal.source);
        attempt.destination = attempt.destination.or(signal.destination);
        attempt.take(index, signal);
        if !named {
            self.enter(at);
        }
        self.settle(at, index);
    }

    /// An end that the source's own log states closes the attempt; a destination's clock doesn't move its end.
    fn settle(&mut self, at: usize, index: usize) {
        let signal = &self.estate.signals[index];
        let attempt = &mut self.attempts[at];
        if signal.means_any(&TERMINAL_FAILURES) || signal.means_any(&COMPLETIONS) {
            let foreign = attempt.source.is_some_and(|s| s != signal.host) && attempt.ended.is_some();
            if !foreign {
                let ended = attempt.ended.map_or(signal.time, |e| e.max(signal.time)).max(attempt.started);
                attempt.ended = Some(ended);
                self.longest = self.longest.max(ended - attempt.started);
            }
        }
    }
}
