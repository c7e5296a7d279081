//! Chance, from a seed: the same seed gives the same estate on every platform.

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;

/// A stream of random choices.
#[derive(Debug, Clone)]
pub(super) struct Dice(Rng);

impl Dice {
    /// The stream of estate `index` of run `seed`.
    pub fn new(seed: u64, index: u64) -> Self {
        // Neighbouring seeds must not give neighbouring streams.
        let mixed = (seed ^ index.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        Dice(Rng::with_seed(mixed ^ mixed >> 31))
    }

    /// A stream that what is drawn from it does not change this one's further draws.
    pub fn fork(&mut self) -> Self {
        Dice(Rng::with_seed(self.0.u64(..)))
    }

    /// 0 to `n` - 1.
    pub fn below(&mut self, n: usize) -> usize {
        self.0.usize(..n)
    }

    /// `from` to `to`, both included.
    pub fn range(&mut self, from: i64, to: i64) -> i64 {
        self.0.i64(from..=to)
    }

    /// True `percent` times in a hundred.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of `choices`.
    pub fn pick<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }

    /// One of `choices`, none if there is none.
    pub fn any<T: Clone>(&mut self, choices: &[T]) -> Option<T> {
        if choices.is_empty() { None } else { Some(self.pick(choices)) }
    }

    /// `choices` in any order.
    pub fn shuffled<T: Clone>(&mut self, choices: &[T]) -> Vec<T> {
        let mut list = choices.to_vec();
        self.0.shuffle(&mut list);
        list
    }

    /// A moment of a working day between two moments, to the millisecond.
    pub fn work_time(&mut self, from: DateTime<Utc>, to: DateTime<Utc>) -> DateTime<Utc> {
        let days = (to - from).num_days().max(0);
        let day = (from + TimeDelta::days(self.range(0, days))).date_naive();
        let time = day.and_hms_opt(6, 0, 0).expect("a time of day").and_utc()
            + TimeDelta::milliseconds(self.range(0, 14 * 3_600_000));
        if time >= from && time <= to {
            return time;
        }
        from + TimeDelta::milliseconds(self.range(0, (to - from).num_milliseconds().max(1)))
    }
}
