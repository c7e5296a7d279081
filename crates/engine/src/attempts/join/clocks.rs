//! How far the clocks of two hosts differ, by the moves that both logged.

use super::super::vms::{VmKey, vm_key};
use super::{CLOCKS, COMPLETIONS, Joiner, TERMINAL_FAILURES};
use crate::hosts::HostId;
use delegap_model::Time;
use std::collections::BTreeMap;

/// When the source and when the destination logged the ends of one VM's moves.
type Ends = (Vec<Time>, Vec<Time>);

impl Joiner<'_> {
    /// Compares the clocks of two hosts on moves whose end both logged: the median of (destination - source).
    pub(super) fn offsets(&self, destination_signals: &[usize]) -> BTreeMap<(HostId, HostId), i64> {
        if destination_signals.is_empty() {
            return BTreeMap::new();
        }
        let mut differences: BTreeMap<(HostId, HostId), Vec<i64>> = BTreeMap::new();
        let kinds = [COMPLETIONS.as_slice(), TERMINAL_FAILURES.as_slice()];
        for kind in kinds {
            // By destination and VM, then by source.
            let mut by_move: BTreeMap<(HostId, VmKey), BTreeMap<HostId, Ends>> = BTreeMap::new();
            for attempt in &self.attempts {
                let (Some(source), Some(destination)) = (attempt.source, attempt.destination) else { continue };
                let Some(end) = attempt.signals(self.estate).find(|s| s.means_any(kind)) else { continue };
                let key = (destination, vm_key(attempt.vm_name.as_deref(), attempt.vm_id));
                by_move.entry(key).or_default().entry(source).or_default().0.push(end.time);
            }
            for index in destination_signals {
                let signal = &self.estate.signals[*index];
                let (name, id) = self.vms.complete(signal);
                if !signal.means_any(kind) || (name.is_none() && id.is_none()) {
                    continue;
                }
                let Some(sources) = by_move.get_mut(&(signal.host, vm_key(name.as_deref(), id))) else { continue };
                let mut fitting =
                    sources.iter_mut().filter(|(source, _)| signal.source.is_none_or(|named| named == **source));
                if let (Some((_, ends)), None) = (fitting.next(), fitting.next()) {
                    ends.1.push(signal.time);
                }
            }
            for ((destination, _), sources) in by_move {
                for (source, (here, there)) in sources {
                    if here.len() == there.len() {
                        let pairs = here.iter().zip(&there).map(|(a, b)| (*b - *a).num_seconds());
                        differences.entry((source, destination)).or_default().extend(pairs);
                    }
                }
            }
        }
        differences
            .into_iter()
            .filter_map(|(pair, mut all)| {
                all.sort_unstable();
                let median = all[all.len() / 2];
                let steady = all.iter().filter(|d| (**d - median).abs() <= 30).count() * 2 > all.len();
                (steady && median.abs() <= CLOCKS.num_seconds()).then_some((pair, median))
            })
            .collect()
    }
}
