//! Puts migrations together from the signals of both hosts.
//!
//! First the source's own events, in their order: a start opens an attempt, events that name a VM find it by VM, events
//! that don't (20306, 20309, 22038) belong to the attempt whose failure follows next. Then the destination's events, by
//! VM and time, after the clocks of the two hosts have been compared on moves that both logged.

mod join;
mod outcome;
mod vms;

pub(crate) use self::join::{CLOCKS, join};
use crate::causes::refusal::Refusal;
use crate::estate::Estate;
use crate::hosts::HostId;
use crate::knowledge::{CodeGroup, Meaning, Meanings, knowledge};
use crate::signals::Signal;
use crate::threads::Shared;
use chrono::Duration;
use delegap_model::{Code, Evidence, FailedSide, Guid, Initiator, Outcome, Phase, Side, Time};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// One migration.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    pub vm_name: Option<Arc<str>>,
    pub vm_id: Option<Guid>,
    pub source: Option<HostId>,
    pub destination: Option<HostId>,
    pub started: Time,
    pub ended: Option<Time>,
    pub outcome: Outcome,
    /// Indices into the estate's signals, in their order.
    pub signals: Vec<usize>,
    pub stopped_in: Option<Phase>,
    pub failed_side: Option<FailedSide>,
    pub initiator: Option<Initiator>,
    pub user: Option<String>,
    pub codes: Vec<Code>,
    /// Of all its signals.
    meanings: Meanings,
    /// What many causes ask, once one has asked.
    pub asked: Asked,
}

/// Answers about one attempt that several causes need.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    /// How it was refused, if a delegation cause can explain that.
    pub refusal: OnceLock<Option<Refusal>>,
    /// Whether the hosts could not authenticate.
    pub unauthenticated: OnceLock<bool>,
}

/// Attempts and what joining them showed.
#[derive(Debug, Default)]
pub(crate) struct Joined {
    /// By start, source, VM.
    pub attempts: Vec<Attempt>,
    /// Destination's clock minus source's, in seconds, per ordered pair that both sides logged.
    pub offsets: BTreeMap<(HostId, HostId), i64>,
    /// Seconds that a host's clock is ahead of that of a reference host.
    clocks: BTreeMap<HostId, (HostId, i64)>,
    /// Attempts by ordered pair, in order of their start.
    by_pair: BTreeMap<(HostId, HostId), Vec<usize>>,
    failed: Vec<usize>,
}

impl Joined {
    /// What joining showed, of attempts in their order.
    fn new(attempts: Vec<Attempt>, offsets: BTreeMap<(HostId, HostId), i64>) -> Joined {
        let mut by_pair: BTreeMap<(HostId, HostId), Vec<usize>> = BTreeMap::new();
        for (index, attempt) in attempts.iter().enumerate() {
            if let Some(pair) = attempt.source.zip(attempt.destination) {
                by_pair.entry(pair).or_default().push(index);
            }
        }
        let failed = (0..attempts.len()).filter(|i| attempts[*i].failed()).collect();
        let mut joined = Joined { attempts, offsets, clocks: BTreeMap::new(), by_pair, failed };
        joined.compare_clocks();
        joined
    }

    /// The attempts that failed, each with its index.
    pub fn failed(&self) -> impl Iterator<Item = (usize, &Attempt)> {
        self.failed.iter().map(|i| (*i, &self.attempts[*i]))
    }

    /// The attempts of an ordered pair, in order of their start.
    pub fn of_pair(&self, source: HostId, destination: HostId) -> impl DoubleEndedIterator<Item = &Attempt> + Clone {
        self.by_pair.get(&(source, destination)).map_or(&[][..], Vec::as_slice).iter().map(|i| &self.attempts[*i])
    }

    /// The attempts of `attempt`'s own ordered pair that began between two moments.
    pub fn same_way(&self, attempt: &Attempt, from: Time, to: Time) -> impl DoubleEndedIterator<Item = &Attempt> {
        let pair = attempt.source.zip(attempt.destination);
        pair.into_iter().flat_map(move |(source, destination)| self.between(source, destination, from, to))
    }

    /// The attempts of an ordered pair that began between two moments.
    pub fn between(
        &self,
        source: HostId,
        destination: HostId,
        from: Time,
        to: Time,
    ) -> impl DoubleEndedIterator<Item = &Attempt> {
        let all = self.by_pair.get(&(source, destination)).map_or(&[][..], Vec::as_slice);
        let begin = all.partition_point(|i| self.attempts[*i].started < from);
        let end = all.partition_point(|i| self.attempts[*i].started <= to).max(begin);
        all[begin..end].iter().map(|i| &self.attempts[*i])
    }

    /// Seconds that `host`'s clock is ahead of `other`'s, as moves that both ends logged show it, over other hosts if need be.
    pub fn ahead(&self, host: HostId, other: HostId) -> Option<i64> {
        let (a, b) = (self.clocks.get(&host)?, self.clocks.get(&other)?);
        (a.0 == b.0).then_some(a.1 - b.1)
    }

    /// When a signal was logged by the clock of `host`, as far as the two clocks could be compared.
    pub fn by_clock_of(&self, host: Option<HostId>, signal: &Signal) -> Time {
        let ahead = host.and_then(|host| self.ahead(signal.host, host)).unwrap_or(0);
        signal.time - Duration::seconds(ahead)
    }

    /// The address that each source sent from, as destinations name it; left out where two hosts are said to have it.
    pub fn addresses(&self, estate: &Estate) -> BTreeMap<String, HostId> {
        let mut seen: BTreeMap<String, Option<HostId>> = BTreeMap::new();
        for attempt in self.attempts.iter().filter(|a| a.means(&[Meaning::Received])) {
            let Some(source) = attempt.source else { continue };
            let received = attempt.signals(estate).filter(|s| s.means(Meaning::Received) && s.host != source);
            for address in received.filter_map(|s| s.address()) {
                let known = seen.entry(address).or_insert(Some(source));
                *known = known.filter(|host| *host == source);
            }
        }
        seen.into_iter().filter_map(|(address, host)| Some((address, host?))).collect()
    }

    /// Sets every host's clock against the first one that it can be compared with.
    fn compare_clocks(&mut self) {
        let mut next: BTreeMap<HostId, Vec<(HostId, i64)>> = BTreeMap::new();
        for ((source, destination), seconds) in &self.offsets {
            next.entry(*source).or_default().push((*destination, *seconds));
            next.entry(*destination).or_default().push((*source, -seconds));
        }
        for first in next.keys() {
            let mut open = vec![(*first, 0)];
            while let Some((host, seconds)) = open.pop() {
                if self.clocks.contains_key(&host) {
                    continue;
                }
                self.clocks.insert(host, (*first, seconds));
                open.extend(next[&host].iter().map(|(peer, more)| (*peer, seconds + more)));
            }
        }
    }
}

impl Attempt {
    /// The signals of this attempt.
    pub fn signals<'a>(&'a self, estate: &'a Estate) -> impl DoubleEndedIterator<Item = &'a Signal> {
        self.signals.iter().map(|i| &estate.signals[*i])
    }

    /// A signal of this attempt as evidence, with the side its host turned out to be.
    pub fn evidence(&self, estate: &Estate, signal: &Signal) -> Evidence {
        self.evidence_by(estate, signal, &mut Shared::not_copied())
    }

    /// [`Attempt::evidence`] with texts of one's own.
    pub fn evidence_by(&self, estate: &Estate, signal: &Signal, shared: &mut Shared) -> Evidence {
        let evidence = signal.evidence_by(&estate.hosts, shared);
        let by_host = match Some(signal.host) {
            host if host == self.source => Some(Side::Source),
            host if host == self.destination => Some(Side::Destination),
            _ => None,
        };
        Evidence { side: by_host.or(evidence.side), ..evidence }
    }

    /// True if any signal has one of these meanings.
    pub fn means(&self, meanings: &[Meaning]) -> bool {
        self.meanings.meet(meanings)
    }

    /// Adds a signal.
    fn take(&mut self, index: usize, signal: &Signal) {
        self.signals.push(index);
        self.meanings.extend(signal.meanings());
        for code in &*signal.codes {
            if !self.codes.contains(code) {
                self.codes.push(*code);
            }
        }
    }

    /// Codes of a group, each with its signal.
    pub fn coded<'a>(&'a self, estate: &'a Estate, group: CodeGroup) -> impl Iterator<Item = (Code, &'a Signal)> {
        let of_group = move |c: &&Code| knowledge().code(**c).is_some_and(|f| f.group == group);
        let signals = if self.codes.iter().any(|c| of_group(&c)) { self.signals.as_slice() } else { &[] };
        let signals = signals.iter().map(|i| &estate.signals[*i]);
        signals.flat_map(move |s| s.codes.iter().filter(of_group).map(move |c| (*c, s)))
    }

    /// True if the attempt failed.
    pub fn failed(&self) -> bool {
        self.outcome == Outcome::Failed
    }
}
