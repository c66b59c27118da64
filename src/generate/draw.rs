//! Random numbers: `ChaCha8` with a seed, a stream for every purpose and piece of work. A piece's numbers depend on
//! nothing but seed, purpose and number of the piece, so that the result is the same on any number of threads.

use chrono::{Days, NaiveDate};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What the numbers are drawn for.
#[derive(Clone, Copy, Debug)]
pub enum Purpose {
    /// Where members live and which program they are on.
    Drafts = 1,
    /// Case managers, teams, positions.
    Staff = 2,
    /// Present caseloads.
    Present = 3,
    /// Providers.
    Providers = 4,
    /// Decisions.
    Decisions = 5,
    /// Everything else about a member.
    People = 6,
    /// Who works with whom.
    Services = 7,
    /// Events and dates of a case.
    Cases = 8,
}

/// A source of random numbers.
#[derive(Clone, Debug)]
pub struct Draw {
    /// The generator itself, for `fake`.
    pub rng: ChaCha8Rng,
}

impl Draw {
    /// The source for one piece of one purpose.
    #[must_use]
    pub fn new(seed: u64, purpose: Purpose, piece: usize) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(((purpose as u64) << 48) | piece as u64);
        Self { rng }
    }

    /// A whole number from 0 up to, not including, `end` (0 when `end` is 0).
    pub fn below(&mut self, end: usize) -> usize {
        if end == 0 { 0 } else { self.rng.random_range(0..end as u64) as usize }
    }

    /// A whole number from `least` to `most`, both included.
    pub fn within(&mut self, least: u32, most: u32) -> u32 {
        self.rng.random_range(least..=most.max(least))
    }

    /// A real number in [0, 1).
    pub fn unit(&mut self) -> f64 {
        self.rng.random::<f64>()
    }

    /// True with probability `share` / 10,000.
    pub fn chance(&mut self, share: u32) -> bool {
        self.rng.random_range(0..10_000_u32) < share
    }

    /// One of several, all alike. `None` of none.
    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        all.get(self.below(all.len()))
    }

    /// A position drawn by weight; `up_to[i]` is the sum of the weights 0..=i.
    pub fn by_weight(&mut self, up_to: &[u64]) -> usize {
        let total = up_to.last().copied().unwrap_or(0);
        if total == 0 {
            return self.below(up_to.len());
        }
        let at = self.rng.random_range(0..total);
        up_to.partition_point(|&sum| sum <= at)
    }

    /// A waiting time with this mean: many short, few long.
    pub fn waiting(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }

    /// A day `least` to `most` days before `day`.
    pub fn before(&mut self, day: NaiveDate, least: u32, most: u32) -> NaiveDate {
        day.checked_sub_days(Days::new(u64::from(self.within(least, most)))).unwrap_or(day)
    }

    /// A day `least` to `most` days after `day`.
    pub fn after(&mut self, day: NaiveDate, least: u32, most: u32) -> NaiveDate {
        day.checked_add_days(Days::new(u64::from(self.within(least, most)))).unwrap_or(day)
    }

    /// Puts a list into random order.
    pub fn shuffle<T>(&mut self, all: &mut [T]) {
        for last in (1..all.len()).rev() {
            all.swap(last, self.below(last + 1));
        }
    }
}

/// Sums up to each position, for [`Draw::by_weight`].
pub fn sums(weights: impl IntoIterator<Item = u64>) -> Vec<u64> {
    let mut total = 0;
    weights
        .into_iter()
        .map(|weight| {
            total += weight;
            total
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_and_purposes_have_numbers_of_their_own_and_repeat() {
        let first = |purpose, piece| Draw::new(7, purpose, piece).below(1 << 30);
        assert_eq!(first(Purpose::People, 3), first(Purpose::People, 3));
        assert_ne!(first(Purpose::People, 3), first(Purpose::People, 4));
        assert_ne!(first(Purpose::People, 3), first(Purpose::Staff, 3));
    }

    #[test]
    fn weights_are_followed_and_zero_is_never_drawn() {
        let up_to = sums([0, 30, 0, 70]);
        let mut draw = Draw::new(1, Purpose::Staff, 0);
        let mut seen = [0; 4];
        (0..10_000).for_each(|_| seen[draw.by_weight(&up_to)] += 1);
        assert_eq!((seen[0], seen[2]), (0, 0));
        assert!((2800..3200).contains(&seen[1]), "{seen:?}");
    }
}
