//! One manager's own problem: which units to take at their profits, within its limits. Exact in integers.
//!
//! Three forms cover what occurs: few kinds of unit with the number of members and its convex costs inside ([`classes`]),
//! one capacity with any weights ([`core`]), and several small limits at once ([`grid`]). Limits that none of them holds are
//! priced outside.

mod classes;
mod core;
mod grid;

pub use grid::{DIMS as GRID_DIMS, LARGEST as GRID_LARGEST, STATES as GRID_STATES};

/// A unit a manager could take at a profit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// What taking it is worth, above 0.
    pub profit: i64,
    /// What it uses of the capacity ([`Form::weight`]).
    pub weight: i64,
    /// Its members.
    pub size: u32,
    /// Whose it is: the caller's own index.
    pub at: u32,
}

/// Which form a manager's knapsack has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// No limit at all: being unserved.
    Free,
    /// At most three kinds of unit by size and weight; the count and its costs are inside. `resource` is the limit that is
    /// weighed, 0 when there is none.
    Classes {
        /// Index of the weighed limit.
        resource: usize,
    },
    /// One weighed limit; everything else is priced.
    Core {
        /// Index of the weighed limit.
        resource: usize,
    },
    /// Several small limits.
    Grid {
        /// Which: a bit each.
        limits: u64,
    },
}

impl Form {
    /// The weighed limit, if there is one.
    #[must_use]
    pub fn resource(self) -> Option<usize> {
        match self {
            Self::Classes { resource } | Self::Core { resource } if resource > 0 => Some(resource),
            _ => None,
        }
    }

    /// What a unit uses of the capacity, from what it uses of each limit.
    pub fn weight(self, uses: impl Fn(usize) -> i64) -> i64 {
        match self {
            Self::Grid { limits } => grid::pack((0..64).filter(|dim| limits >> dim & 1 == 1).map(uses)),
            _ => self.resource().map_or(0, uses),
        }
    }

    /// The capacity, from what is left of each limit.
    pub fn capacity(self, left: impl Fn(usize) -> i64) -> i64 {
        match self {
            Self::Grid { .. } => self.weight(left),
            _ => self.resource().map_or(i64::MAX, left),
        }
    }
}

/// Room for the work, kept between calls.
#[derive(Default)]
pub struct Room {
    /// What may be taken: filled by the caller, reordered by the solve.
    pub offers: Vec<Offer>,
    /// `at` of everything that is taken.
    pub chosen: Vec<u32>,
    /// Profits and weights by ratio, for bounds.
    pub ratios: Vec<(f64, i64, i64)>,
    classes: classes::Room,
    core: core::Room,
    grid: grid::Room,
}

/// Solves one knapsack over `room.offers`: its value; what is taken is in `room.chosen`. `places` are the costs of the
/// first 0, 1, 2, ... members (its length less one is how many fit), used by [`Form::Classes`] only. With a `tolerance` above 0
/// the value of [`Form::Core`] may be some 2^-`tolerance` part too high: still a bound, for a fraction of the work.
pub fn solve(form: Form, capacity: i64, tolerance: u32, places: &[i64], room: &mut Room) -> i64 {
    room.chosen.clear();
    room.offers.retain(|offer| offer.profit > 0);
    match form {
        Form::Free => {
            room.chosen.extend(room.offers.iter().map(|offer| offer.at));
            room.offers.iter().map(|offer| offer.profit).sum()
        }
        Form::Classes { .. } => classes::solve(&mut room.offers, capacity, places, &mut room.classes, &mut room.chosen),
        Form::Grid { .. } => grid::solve(&room.offers, capacity, &mut room.grid, &mut room.chosen),
        Form::Core { .. } => core::solve(&mut room.offers, capacity, tolerance, &mut room.core, &mut room.chosen),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed expectation is how a test fails")]
mod tests {
    use super::*;

    /// Small numbers that look random.
    fn numbers(seed: u64) -> impl FnMut(i64) -> i64 {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        move |below| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as i64 % below
        }
    }

    fn value(offers: &[Offer], capacity: i64, places: &[i64]) -> Option<i64> {
        let size: usize = offers.iter().map(|offer| offer.size as usize).sum();
        let fits = offers.iter().map(|offer| offer.weight).sum::<i64>() <= capacity;
        let cost = places.get(size).filter(|_| fits)?;
        Some(offers.iter().map(|offer| offer.profit).sum::<i64>() - cost)
    }

    fn brute_force(offers: &[Offer], capacity: i64, places: &[i64]) -> i64 {
        let subset = |code: u32| {
            offers
                .iter()
                .enumerate()
                .filter(|(bit, _)| code >> bit & 1 == 1)
                .map(|(_, offer)| *offer)
                .collect::<Vec<_>>()
        };
        (0..1_u32 << offers.len()).filter_map(|code| value(&subset(code), capacity, places)).max().unwrap_or(0)
    }

    fn check(form: Form, offers: &[Offer], capacity: i64, places: &[i64]) {
        let mut room = Room { offers: offers.to_vec(), ..Room::default() };
        let best = solve(form, capacity, 0, places, &mut room);
        assert_eq!(best, brute_force(offers, capacity, places), "{form:?} {offers:?} {capacity} {places:?}");
        let chosen: Vec<Offer> = room.chosen.iter().map(|&at| offers[at as usize]).collect();
        assert_eq!(value(&chosen, capacity, places), Some(best), "{form:?} {offers:?} {capacity} {places:?}");
        let mut room = Room { offers: offers.to_vec(), ..Room::default() };
        let rough = solve(form, capacity, 4, places, &mut room);
        assert!(rough >= best && rough <= best + best / 2 + 1, "{rough} {best} {form:?} {offers:?} {capacity}");
        let chosen: Vec<Offer> = room.chosen.iter().map(|&at| offers[at as usize]).collect();
        assert!(value(&chosen, capacity, places).is_some_and(|value| value <= best));
    }

    #[test]
    fn a_knapsack_of_any_weights_equals_brute_force() {
        for seed in 1..400 {
            let mut draw = numbers(seed);
            let count = draw(12);
            let top = 1 + draw(40);
            let offers: Vec<Offer> = (0..count)
                .map(|at| Offer { profit: 1 + draw(60), weight: draw(top), size: 1, at: at as u32 })
                .collect();
            check(Form::Core { resource: 1 }, &offers, draw(100), &[0; 20]);
        }
    }

    #[test]
    fn a_knapsack_of_several_small_limits_equals_brute_force() {
        for seed in 1..400 {
            let mut draw = numbers(seed);
            let form = Form::Grid { limits: 0b1_0110 };
            let limits = [0, draw(5), draw(7), 0, draw(4)];
            let uses: Vec<[i64; 5]> = (0..draw(12)).map(|_| [1, draw(3), draw(4), 99, draw(70) / 20]).collect();
            let offers: Vec<Offer> = uses
                .iter()
                .enumerate()
                .map(|(at, uses)| Offer {
                    profit: 1 + draw(60),
                    weight: form.weight(|dim| uses[dim]),
                    size: 1,
                    at: at as u32,
                })
                .collect();
            let worth = |set: &[usize]| {
                let keeps = |dim: usize| set.iter().map(|&at| uses[at][dim]).sum::<i64>() <= limits[dim];
                [1, 2, 4].into_iter().all(keeps).then(|| set.iter().map(|&at| offers[at].profit).sum::<i64>())
            };
            let sets = (0..1_u32 << offers.len())
                .map(|code| (0..offers.len()).filter(|bit| code >> bit & 1 == 1).collect::<Vec<usize>>());
            let best = sets.filter_map(|set| worth(&set)).max().unwrap();
            let mut room = Room { offers: offers.clone(), ..Room::default() };
            assert_eq!(solve(form, form.capacity(|dim| limits[dim]), 0, &[0], &mut room), best, "{seed}");
            let chosen: Vec<usize> = room.chosen.iter().map(|&at| at as usize).collect();
            assert_eq!(worth(&chosen), Some(best), "{seed}");
        }
    }

    #[test]
    fn a_knapsack_of_few_kinds_equals_brute_force() {
        for seed in 1..400 {
            let mut draw = numbers(seed);
            let kinds = [(1, 10), (1 + draw(3) as u32, 16), (1, 20 * draw(2))];
            let count = draw(12);
            let offers: Vec<Offer> = (0..count)
                .map(|at| {
                    let (size, weight) = kinds[draw(3) as usize];
                    Offer { profit: 1 + draw(60), weight, size, at: at as u32 }
                })
                .collect();
            let step = draw(8);
            let mut places = vec![0];
            for place in 0..draw(12) {
                places.push(places[place as usize] + step * (place / 2));
            }
            check(Form::Classes { resource: 1 }, &offers, draw(130), &places);
        }
    }
}
