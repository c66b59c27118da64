//! A part of the problem under search: some units still open, on some pairs, with what is left of the managers' limits.

use rayon::prelude::*;

use super::instance::{Instance, Manager};
use super::knapsack::{self, Form, Offer, Room};

/// Pairs from which managers are shared among threads.
const PARALLEL: usize = 20_000;

/// Prices of a part, in 1/scale seconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prices {
    /// What placing each of its units is worth.
    pub units: Vec<i64>,
    /// Of each of its managers' limits (manager by manager, `dims` each): at least 1 where the limit is outside of the
    /// knapsack, else 0.
    pub limits: Vec<i64>,
}

/// Open units, pairs, and what is left.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// Unit of each open item.
    pub units: Vec<u32>,
    /// Managers that still matter.
    pub managers: Vec<u32>,
    /// First pair of each manager, and the end.
    pub start: Vec<usize>,
    /// Item of each pair.
    pub item: Vec<u32>,
    /// Scaled cost of each pair.
    pub cost: Vec<i64>,
    /// What each pair uses of its manager's limits, `dims` each.
    pub uses: Vec<i64>,
    /// What is left of the limits of each manager, `dims` each.
    pub left: Vec<i64>,
    /// Members each manager has already.
    pub members: Vec<u32>,
    /// Units that are placed: (unit, manager).
    pub fixed: Vec<(u32, u32)>,
    /// What they cost, their places included, scaled.
    pub fixed_cost: i64,
    /// Limits a manager has.
    pub dims: usize,
}

/// One evaluation of a part.
#[derive(Clone, Debug, Default)]
pub struct Evaluation {
    /// No plan of the part costs less, scaled.
    pub value: i64,
    /// Pairs the knapsacks take.
    pub chosen: Vec<u32>,
    /// Value of each manager's knapsack.
    pub knapsacks: Vec<i64>,
    /// How many members, at least and at most, each manager would like at its place price, where places are outside.
    pub wanted: Vec<(i64, i64)>,
}

/// What one manager adds to an evaluation.
#[derive(Clone, Copy)]
struct Own {
    /// Value of its knapsack.
    value: i64,
    /// What its priced limits give.
    limits: i64,
    /// See [`Evaluation::wanted`].
    wanted: (i64, i64),
}

/// A unit that has nowhere to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stuck(pub u32);

/// A part after some pairs were fixed or dropped.
pub struct Restricted {
    /// What is left.
    pub part: Part,
    /// Old item of each item.
    pub items: Vec<u32>,
    /// Old pair of each pair.
    pub pairs: Vec<u32>,
    /// Old manager of each manager.
    pub managers: Vec<u32>,
}

impl Part {
    /// The part of these units on these pairs (unit, manager), sorted by manager then unit, with all of the limits left
    /// but for what `others`, placed already, use.
    #[must_use]
    pub fn new(instance: &Instance<'_>, units: &[u32], pairs: &[(u32, u32, i64)], left: &Left) -> Self {
        let mut local = vec![u32::MAX; instance.problem.units.len()];
        for (item, &unit) in units.iter().enumerate() {
            local[unit as usize] = item as u32;
        }
        let mut part = Self { units: units.to_vec(), dims: instance.dims, ..Self::default() };
        part.item.reserve(pairs.len());
        part.cost.reserve(pairs.len());
        part.uses.reserve(pairs.len() * part.dims);
        for group in pairs.chunk_by(|a, b| a.1 == b.1) {
            let manager = group[0].1 as usize;
            part.managers.push(manager as u32);
            part.start.push(part.item.len());
            part.left.extend_from_slice(&left.limits[manager * part.dims..][..part.dims]);
            part.members.push(left.members[manager]);
            for &(unit, _, cost) in group {
                part.item.push(local[unit as usize]);
                part.cost.push(cost);
                part.uses.extend((0..part.dims).map(|dim| instance.usage(unit as usize, manager, dim)));
            }
        }
        part.start.push(part.item.len());
        part
    }

    /// Its pairs' count.
    #[must_use]
    pub fn pairs(&self) -> usize {
        self.item.len()
    }

    /// Pairs of one of its managers.
    #[must_use]
    pub fn pairs_of(&self, manager: usize) -> std::ops::Range<usize> {
        self.start[manager]..self.start[manager + 1]
    }

    /// Prices that are all as low as they may be.
    #[must_use]
    pub fn no_prices(&self, instance: &Instance<'_>) -> Prices {
        let least = |&manager: &u32| {
            instance.managers[manager as usize].outside.iter().map(|&outside| i64::from(outside)).collect::<Vec<_>>()
        };
        Prices { units: vec![0; self.units.len()], limits: self.managers.iter().flat_map(least).collect() }
    }

    /// The costs of the next 0, 1, 2, ... members of a manager.
    fn places(&self, of: &Manager, manager: usize) -> Vec<i64> {
        let members = self.members[manager] as usize;
        let more = self.left[manager * self.dims].max(0) as usize;
        let end = (members + more).min(of.places.len() - 1);
        of.places[members..=end].iter().map(|cost| cost - of.places[members]).collect()
    }

    /// The knapsack of one manager at these prices: its value, what places at a price give, members wanted there.
    fn knapsack(&self, instance: &Instance<'_>, prices: &Prices, manager: usize, room: &mut Room) -> Own {
        let of = &instance.managers[self.managers[manager] as usize];
        let dims = self.dims;
        let rates = &prices.limits[manager * dims..][..dims];
        let priced = rates.iter().any(|&rate| rate != 0);
        let left = &self.left[manager * dims..][..dims];
        room.offers.clear();
        for pair in self.pairs_of(manager) {
            let mut profit = prices.units[self.item[pair] as usize] - self.cost[pair];
            if profit <= 0 {
                continue;
            }
            let uses = &self.uses[pair * dims..][..dims];
            if priced {
                profit -= rates.iter().zip(uses).map(|(rate, used)| rate * used).sum::<i64>();
                if profit <= 0 {
                    continue;
                }
            }
            let weight = of.form.weight(|dim| uses[dim]);
            room.offers.push(Offer { profit, weight, size: uses[0] as u32, at: pair as u32 });
        }
        let capacity = of.form.capacity(|dim| left[dim]);
        let mut limits = 0;
        for dim in 1..dims {
            if rates[dim] != 0 {
                limits -= rates[dim] * left[dim];
            }
        }
        let (mut wanted, mut places) = ((0, 0), Vec::new());
        if matches!(of.form, Form::Classes { .. }) {
            places = self.places(of, manager);
        } else if rates[0] != 0 {
            places = self.places(of, manager);
            let (least, most) = Manager::wanted(&places, rates[0] as f64);
            limits += places[least] - rates[0] * least as i64;
            wanted = (least as i64, most as i64);
        }
        Own { value: knapsack::solve(of.form, capacity, of.tolerance, &places, room), limits, wanted }
    }

    /// The bound at these prices, exactly over the part's pairs.
    pub fn evaluate(&self, instance: &Instance<'_>, prices: &Prices, room: &mut Room) -> Evaluation {
        let count = self.managers.len();
        let mut result = Evaluation {
            value: self.fixed_cost + prices.units.iter().sum::<i64>(),
            chosen: Vec::with_capacity(self.units.len() * 2),
            knapsacks: Vec::with_capacity(count),
            wanted: Vec::with_capacity(count),
        };
        let mut add = |own: Own, chosen: &[u32]| {
            result.value += own.limits - own.value;
            result.knapsacks.push(own.value);
            result.wanted.push(own.wanted);
            result.chosen.extend_from_slice(chosen);
        };
        if self.pairs() < PARALLEL {
            for manager in 0..count {
                let found = self.knapsack(instance, prices, manager, room);
                add(found, &room.chosen);
            }
        } else {
            let parts: Vec<_> = (0..count)
                .into_par_iter()
                .with_min_len(8)
                .map_init(Room::default, |room, manager| {
                    let found = self.knapsack(instance, prices, manager, room);
                    (found, std::mem::take(&mut room.chosen))
                })
                .collect();
            parts.iter().for_each(|(found, chosen)| add(*found, chosen));
        }
        result
    }

    /// Manager of every pair.
    #[must_use]
    pub fn manager_of_pairs(&self) -> Vec<u32> {
        let mut of = vec![0; self.pairs()];
        for manager in 0..self.managers.len() {
            of[self.pairs_of(manager)].fill(manager as u32);
        }
        of
    }

    /// Does the pair fit into what is left?
    #[must_use]
    pub fn fits(&self, pair: usize, left: &[i64], manager: usize) -> bool {
        let uses = &self.uses[pair * self.dims..][..self.dims];
        uses.iter().zip(&left[manager * self.dims..]).all(|(used, left)| used <= left)
    }

    /// Fixes pairs and drops those not in `keep`, and whatever follows: pairs that do not fit any more, units with a
    /// single pair.
    ///
    /// # Errors
    /// A unit has nowhere to go, or what is fixed does not fit.
    pub fn restrict(
        &self,
        instance: &Instance<'_>,
        fix: &[u32],
        keep: impl Fn(usize) -> bool,
    ) -> Result<Restricted, Stuck> {
        self.narrow(instance, fix, keep, true)
    }

    /// The same, but units with a single pair stay open unless they are to `follow`.
    ///
    /// # Errors
    /// A unit has nowhere to go, or what is fixed does not fit.
    pub fn narrow(
        &self,
        instance: &Instance<'_>,
        fix: &[u32],
        keep: impl Fn(usize) -> bool,
        follow: bool,
    ) -> Result<Restricted, Stuck> {
        let dims = self.dims;
        let mut left = self.left.clone();
        let mut members = self.members.clone();
        let mut alive: Vec<bool> = (0..self.pairs()).map(&keep).collect();
        let of = self.manager_of_pairs();
        let mut placed = vec![false; self.units.len()];
        let mut fixed = self.fixed.clone();
        let mut fixed_cost = self.fixed_cost;
        let mut queue: Vec<u32> = fix.to_vec();
        let mut choices = vec![0_u32; self.units.len()];
        let mut touched = vec![true; self.managers.len()];
        loop {
            for pair in queue.drain(..) {
                let (pair, item) = (pair as usize, self.item[pair as usize] as usize);
                if placed[item] {
                    continue;
                }
                let manager = of[pair] as usize;
                if !self.fits(pair, &left, manager) {
                    return Err(Stuck(self.units[item]));
                }
                placed[item] = true;
                touched[manager] = true;
                for dim in 0..dims {
                    left[manager * dims + dim] -= self.uses[pair * dims + dim];
                }
                let places = &instance.managers[self.managers[manager] as usize].places;
                let size = self.uses[pair * dims] as u32;
                fixed_cost += self.cost[pair] + place_cost(places, members[manager], size);
                members[manager] += size;
                fixed.push((self.units[item], self.managers[manager]));
            }
            for manager in (0..self.managers.len()).filter(|&manager| std::mem::take(&mut touched[manager])) {
                for pair in self.pairs_of(manager) {
                    alive[pair] = alive[pair] && self.fits(pair, &left, manager);
                }
            }
            choices.fill(0);
            let mut only = vec![0_u32; self.units.len()];
            for pair in (0..self.pairs()).filter(|&pair| alive[pair]) {
                let item = self.item[pair] as usize;
                choices[item] += 1;
                only[item] = pair as u32;
            }
            for item in (0..self.units.len()).filter(|&item| !placed[item]) {
                match choices[item] {
                    0 => return Err(Stuck(self.units[item])),
                    1 if follow => queue.push(only[item]),
                    _ => {}
                }
            }
            if queue.is_empty() {
                break;
            }
        }
        let items: Vec<u32> = (0..self.units.len() as u32).filter(|&item| !placed[item as usize]).collect();
        let mut local = vec![u32::MAX; self.units.len()];
        for (new, &old) in items.iter().enumerate() {
            local[old as usize] = new as u32;
        }
        let mut part = Self {
            units: items.iter().map(|&item| self.units[item as usize]).collect(),
            fixed,
            fixed_cost,
            dims,
            ..Self::default()
        };
        let (mut pairs, mut managers) = (Vec::new(), Vec::new());
        for manager in 0..self.managers.len() {
            let first = part.item.len();
            for pair in self.pairs_of(manager).filter(|&pair| alive[pair] && !placed[self.item[pair] as usize]) {
                part.item.push(local[self.item[pair] as usize]);
                part.cost.push(self.cost[pair]);
                part.uses.extend_from_slice(&self.uses[pair * dims..][..dims]);
                pairs.push(pair as u32);
            }
            if part.item.len() > first {
                part.managers.push(self.managers[manager]);
                part.start.push(first);
                part.left.extend_from_slice(&left[manager * dims..][..dims]);
                part.members.push(members[manager]);
                managers.push(manager as u32);
            }
        }
        part.start.push(part.item.len());
        Ok(Restricted { part, items, pairs, managers })
    }
}

/// What so many more members cost.
#[must_use]
pub fn place_cost(places: &[i64], members: u32, more: u32) -> i64 {
    if places.len() == 1 {
        return 0;
    }
    places[(members + more) as usize] - places[members as usize]
}

/// What a plan leaves of all managers' limits.
#[derive(Clone, Debug)]
pub struct Left {
    /// Of each manager's limits, `dims` each; below 0 where a plan breaks one.
    pub limits: Vec<i64>,
    /// Members of each manager.
    pub members: Vec<u32>,
}

impl Left {
    /// Everything is left.
    #[must_use]
    pub fn all(instance: &Instance<'_>) -> Self {
        Self {
            limits: instance.managers.iter().flat_map(|manager| manager.limits.clone()).collect(),
            members: vec![0; instance.managers.len()],
        }
    }

    /// Takes a unit's use away (`sign` 1), or gives it back (-1).
    pub fn take(&mut self, instance: &Instance<'_>, unit: u32, manager: u32, sign: i64) {
        let manager = manager as usize;
        if instance.managers[manager].form == Form::Free {
            return;
        }
        for dim in 0..instance.dims {
            let used = instance.usage(unit as usize, manager, dim);
            let left = &mut self.limits[manager * instance.dims + dim];
            if *left != i64::MAX {
                *left -= sign * used;
            }
        }
        let size = i64::from(instance.problem.units[unit as usize].size);
        self.members[manager] = (i64::from(self.members[manager]) + sign * size) as u32;
    }
}
