//! The whole search: pairs worth looking at, prices, a first plan, neighbourhoods, and branch and bound where the gap is
//! small enough.
//!
//! Long because one search, its phases in the order they run.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rayon::prelude::*;

use super::branch::{self, Branching};
use super::dive::{Dive, dive};
use super::ejection;
use super::exact::{self, Exact, Whole};
use super::instance::Instance;
use super::knapsack::Room;
use super::neighbourhood::{self, Effort, Freed, Guide, Incumbent, Losses, Near};
use super::part::{Left, Part};
use super::prices::{Until, Walk};
use super::start;
use crate::model::problem::NOT_ALLOWED;
use crate::solve::{Control, Progress};

/// Pairs up to which all are looked at from the start.
const ALL_PAIRS: usize = 400_000;
/// Pairs a unit has otherwise, before more are asked for.
const FIRST_PAIRS: usize = 32;
/// Steps of the walk on limits' prices, and of the walk on units' prices between two looks at the whole.
const LIMIT_STEPS: usize = 300;
/// Choices of pairs during the first walk, where not all are looked at.
const ROUNDS: usize = 8;
const UNIT_STEPS: usize = 100;
/// Neighbourhoods searched together.
const TOGETHER: usize = 4;
const MOST_TOGETHER: usize = 32;

/// Rounds without a better plan after which branch and bound takes over, where the tree need not be published; rounds
/// before a published tree is tried on a problem of so few units; and rounds after which the search gives up.
const QUIET: u32 = 25;
/// Rounds without a better plan after which it dives again, and frees units all over among other things.
const STUCK: u32 = 10;
const SMALL: usize = 150;
const SMALL_QUIET: u32 = 8;
const LONG_QUIET: u32 = 400;

/// What a search is told beside its control.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Everything random follows from it.
    pub seed: u64,
    /// May branch and bound prove what no published tree shows?
    pub unpublished: bool,
}

/// How much to free.
#[derive(Clone, Copy)]
enum Size {
    Managers(usize),
    Units(usize),
}

/// What a search found.
pub struct Result {
    /// The best plan and its scaled cost.
    pub incumbent: Option<Incumbent>,
    /// Prices of the best bound, over all pairs, and that bound (scaled).
    pub prices: Whole,
    /// See `prices`.
    pub bound: i64,
    /// Is the plan proven optimal by a tree that is not kept?
    pub proven: bool,
    /// Nodes and evaluations.
    pub work: u64,
}

/// A search under way.
pub struct Search<'a, 'p> {
    instance: &'a Instance<'p>,
    control: Control<'a>,
    options: Options,
    root: Part,
    walk: Walk,
    best: Option<Incumbent>,
    prices: Whole,
    bound: i64,
    work: u64,
    random: ChaCha8Rng,
    proven: bool,
}

/// Searches.
#[must_use]
pub fn search(instance: &Instance<'_>, control: Control<'_>, options: Options) -> Result {
    let mut search = Search::new(instance, control, options);
    search.bound_and_first_plan();
    search.improve();
    Result {
        incumbent: search.best,
        prices: search.prices,
        bound: search.bound,
        proven: search.proven,
        work: search.work,
    }
}

impl<'a, 'p> Search<'a, 'p> {
    /// Chooses pairs and first prices.
    fn new(instance: &'a Instance<'p>, control: Control<'a>, options: Options) -> Self {
        let count = instance.managers.len();
        let units = instance.problem.units.len();
        let mut limits = vec![0.0; count * instance.dims];
        let expired = || control.expired();
        let (rounds, steps) =
            if units * count <= ALL_PAIRS { (1, LIMIT_STEPS) } else { (ROUNDS, LIMIT_STEPS / ROUNDS) };
        let mut root = Part::default();
        let mut aim = 0.0;
        for _ in 0..rounds {
            root = part(instance, &pairs(instance, &limits));
            let dims = instance.dims;
            let of = |&manager: &u32| limits[manager as usize * dims..][..dims].to_vec();
            let local: Vec<f64> = root.managers.iter().flat_map(of).collect();
            let found = start::limits(instance, &root, local, &mut aim, steps, &expired);
            for (at, &manager) in root.managers.iter().enumerate() {
                limits[manager as usize * dims..][..dims].copy_from_slice(&found[at * dims..][..dims]);
            }
        }
        let root = if rounds > 1 { part(instance, &pairs(instance, &limits)) } else { root };
        let local: Vec<f64> = root
            .managers
            .iter()
            .flat_map(|&manager| limits[manager as usize * instance.dims..][..instance.dims].to_vec())
            .collect();
        let prices = start::prices(instance, &root, &local);
        let walk = Walk::new(&root, prices, 0.0);
        let limits =
            instance.managers.iter().flat_map(|manager| manager.outside.iter().map(|&outside| i64::from(outside)));
        let prices = Whole { units: vec![0; units], limits: limits.collect() };
        Self {
            instance,
            control,
            options,
            root,
            walk,
            best: None,
            prices,
            bound: i64::MIN,
            work: 0,
            random: ChaCha8Rng::seed_from_u64(options.seed),
            proven: false,
        }
    }

    fn tell(&self, phase: &'static str) {
        let bound = (self.bound > i64::MIN).then(|| self.instance.whole(self.bound));
        let best = self.best.as_ref().map(|best| best.cost / self.instance.scale);
        (self.control.progress)(Progress { phase, best, bound });
    }

    fn out_of_time(&self) -> bool {
        self.control.expired() || self.control.work_limit.is_some_and(|limit| self.work >= limit)
    }

    /// Is the gap within what was asked for?
    fn done(&self) -> bool {
        let Some(best) = &self.best else { return false };
        let (cost, bound) = (best.cost / self.instance.scale, self.instance.whole(self.bound));
        self.proven || bound >= cost || (cost - bound) as f64 <= self.control.gap * cost as f64
    }

    /// Scaled cost that a better plan is below.
    fn cutoff(&self) -> i64 {
        self.best.as_ref().map_or(i64::MAX, |best| best.cost)
    }

    fn offer(&mut self, placed: &[(u32, u32)], cost: i64) -> bool {
        if cost >= self.cutoff() || placed.len() != self.instance.problem.units.len() {
            return false;
        }
        let mut plan = vec![0; placed.len()];
        placed.iter().for_each(|&(unit, manager)| plan[unit as usize] = manager);
        self.best = Some(Incumbent { plan, cost });
        self.tell("diving");
        true
    }

    /// Evaluates the walk's prices over all pairs, keeps the bound when it is better, and adds the pairs that are missing.
    fn look_at_the_whole(&mut self) {
        let prices = whole(self.instance, &self.root, &self.walk);
        let Exact { value, wanted } = exact::bound(self.instance, &prices, &|_, _| true);
        let value = i64::try_from(value).unwrap_or(i64::MIN);
        if value > self.bound {
            (self.bound, self.prices) = (value, prices);
        }
        self.add(&wanted);
    }

    /// Adds pairs to the root.
    fn add(&mut self, wanted: &[(u32, u32)]) {
        let of = self.root.manager_of_pairs();
        let known =
            |pair: usize| (self.root.managers[of[pair] as usize], self.root.units[self.root.item[pair] as usize]);
        let mut all = Vec::with_capacity(self.root.pairs());
        let mut average = Vec::with_capacity(self.root.pairs());
        let mut pair = 0;
        let mut missing = 0;
        for &(unit, manager) in wanted {
            while pair < self.root.pairs() && known(pair) < (manager, unit) {
                let (manager, unit) = known(pair);
                all.push((unit, manager, self.root.cost[pair]));
                average.push(self.walk.average[pair]);
                pair += 1;
            }
            if pair < self.root.pairs() && known(pair) == (manager, unit) {
                continue;
            }
            missing += 1;
            all.push((unit, manager, self.instance.cost(unit as usize, manager as usize)));
            average.push(0.0);
        }
        if missing == 0 {
            return;
        }
        for pair in pair..self.root.pairs() {
            let (manager, unit) = known(pair);
            all.push((unit, manager, self.root.cost[pair]));
            average.push(self.walk.average[pair]);
        }
        let whole = whole(self.instance, &self.root, &self.walk);
        self.root = part(self.instance, &all);
        self.walk.average = average;
        let dims = self.instance.dims;
        let limits = self.root.managers.iter().flat_map(|&manager| &whole.limits[manager as usize * dims..][..dims]);
        self.walk.best.limits = limits.copied().collect();
    }

    fn bound_and_first_plan(&mut self) {
        let mut room = Room::default();
        self.tell("prices");
        let first = self.root.evaluate(self.instance, &self.walk.best, &mut room).value;
        self.walk.aim = first.abs() as f64 * 0.01;
        let mut dived = false;
        for round in 0..40 {
            let before = self.bound;
            self.walk_on(&mut room);
            let gap = self.best.as_ref().map_or(self.bound.abs() / 50, |best| best.cost - self.bound);
            let gained = self.bound.saturating_sub(before);
            if round > 0 && !dived && (gained < self.bound.abs() / 5_000 || round >= 4) {
                self.dive(10, 0.05, 0.005, &mut room);
                dived = true;
            } else if dived && gained < gap / 40 {
                break;
            }
            if self.done() || (self.out_of_time() && self.best.is_some()) {
                return;
            }
        }
        for (steps, share, reach) in [(10, 0.1, 0.01), (15, 0.02, 0.01), (20, 0.01, 0.003)] {
            if self.best.is_some() || self.control.expired() {
                break;
            }
            self.dive(steps, share, reach, &mut room);
        }
    }

    /// Walks on with the units' prices and looks at all pairs.
    fn walk_on(&mut self, room: &mut Room) {
        let control = self.control;
        let expired = || control.expired();
        let until = Until { steps: UNIT_STEPS, cutoff: i64::MAX, reach: 0.0, least_aim: 1e-8, stop: &expired };
        self.walk.run(self.instance, &self.root, until, room);
        self.work += UNIT_STEPS as u64;
        self.look_at_the_whole();
        self.tell("prices");
    }

    fn dive(&mut self, steps: usize, share: f64, reach: f64, room: &mut Room) {
        let control = self.control;
        let first = self.best.is_none();
        // The first plan is worth waiting for.
        let stop = || !first && control.expired();
        let reach = if self.best.is_some() { 0.1 } else { reach };
        let with = Dive { steps, share, reach, cutoff: self.cutoff(), stop: &stop };
        let found = dive(self.instance, self.root.clone(), self.walk.clone(), with, room);
        self.work += 1;
        if let Some((placed, cost)) = found {
            self.offer(&placed, cost);
        }
    }

    fn improve(&mut self) {
        if self.best.is_none() {
            return;
        }
        let mut quiet = 0;
        // Have the prices come to rest?
        let mut settled = false;
        let mut room = Room::default();
        let mut size = 5;
        let mut units = 60;
        let count = self.root.managers.len();
        let mut guide = Guide::new(&self.root);
        let mut round = 0_u64;
        self.complete_root(&mut guide);
        self.chains(&guide);
        while !self.done() && !self.out_of_time() {
            round += 1;
            self.complete_root(&mut guide);
            let Some(incumbent) = self.best.clone() else { return };
            // Few managers: free units all over; many: free managers that hang together.
            let stuck = quiet >= STUCK && round.is_multiple_of(4);
            let all = count < 8 || (count < 30 && round.is_multiple_of(2)) || stuck;
            let freed =
                self.freed(&guide, &incumbent.plan, if all { Size::Units(units) } else { Size::Managers(size) });
            let control = self.control;
            let stop = || control.expired();
            let (steps, share) = [(10, 0.1), (10, 0.05), (15, 0.1), (6, 0.1)][round as usize % 4];
            let effort = Effort { steps, share, stop: &stop };
            let (instance, near) = (self.instance, Near { root: &self.root, guide: &guide, walk: &self.walk });
            let found: Vec<_> = freed
                .par_iter()
                .map_init(Room::default, |room, freed| {
                    neighbourhood::improve(instance, near, &incumbent, freed, effort, room)
                })
                .collect();
            self.work += freed.len() as u64;
            let mut better = incumbent.clone();
            let mut gained = false;
            for (placed, gain) in found.into_iter().flatten() {
                if all {
                    if incumbent.cost - gain < better.cost {
                        better = incumbent.clone();
                        better.cost -= gain;
                        placed.iter().for_each(|&(unit, manager)| better.plan[unit as usize] = manager);
                        gained = true;
                    }
                } else {
                    better.cost -= gain;
                    placed.iter().for_each(|&(unit, manager)| better.plan[unit as usize] = manager);
                    gained = true;
                }
            }
            if gained {
                self.best = Some(better);
                self.tell("neighbourhoods");
                quiet = 0;
            } else {
                quiet += 1;
                if quiet % 4 == 0 && !settled {
                    let before = self.bound;
                    self.walk_on(&mut room);
                    guide = Guide::new(&self.root);
                    settled = self.bound - before < (incumbent.cost - self.bound) / 50;
                }
                // The averages are better than those of the first dive.
                if quiet == STUCK {
                    self.dive(15, 0.02, 0.01, &mut room);
                    if self.cutoff() < incumbent.cost {
                        self.complete_root(&mut guide);
                        self.chains(&guide);
                        quiet = 0;
                        continue;
                    }
                }
                if quiet % 6 == 0 {
                    size = (size + 1).min(16);
                    units = (units + units / 4).min(self.root.units.len());
                }
                if quiet > QUIET && self.options.unpublished {
                    self.branch();
                    return;
                }
                // A tree may prove what is left of a small gap; a large one has been searched enough some day.
                let small = self.root.units.len() <= SMALL;
                if (small && quiet > SMALL_QUIET) || quiet > LONG_QUIET {
                    return;
                }
            }
        }
    }

    /// What to free next: disjoint sets of managers, or sets of units.
    fn freed(&mut self, guide: &Guide, plan: &[u32], size: Size) -> Vec<Freed> {
        let count = self.root.managers.len();
        let losses = matches!(size, Size::Managers(_)).then(|| self.losses(plan));
        let near = Near { root: &self.root, guide, walk: &self.walk };
        let random = &mut self.random;
        match (size, losses) {
            (Size::Managers(size), Some(losses)) => {
                let mut used = vec![false; count];
                (0..TOGETHER.max(count / (size * 8)).min(MOST_TOGETHER))
                    .map(|_| neighbourhood::managers(near, plan, &losses, &mut used, size.min(count), random))
                    .filter(|managers| managers.len() > 1)
                    .map(Freed::Managers)
                    .collect()
            }
            (Size::Units(size) | Size::Managers(size), _) => {
                (0..TOGETHER).map(|_| Freed::Units(neighbourhood::units(near, plan, size, random))).collect()
            }
        }
    }

    /// Ejection chains on the best plan.
    fn chains(&mut self, guide: &Guide) {
        let control = self.control;
        if let Some(best) = &mut self.best {
            ejection::improve(self.instance, &self.root, guide, best, &|| control.expired());
        }
        self.tell("chains");
    }

    /// Every pair of the plan is a pair of the root.
    fn complete_root(&mut self, guide: &mut Guide) {
        let Some(best) = &self.best else { return };
        let mut wanted: Vec<(u32, u32)> =
            best.plan.iter().enumerate().map(|(unit, &manager)| (unit as u32, manager)).collect();
        wanted.sort_unstable_by_key(|&(unit, manager)| (manager, unit));
        let before = self.root.pairs();
        self.add(&wanted);
        if self.root.pairs() != before {
            *guide = Guide::new(&self.root);
        }
    }

    /// The gap of a plan, taken apart.
    fn losses(&self, plan: &[u32]) -> Losses {
        let mut room = Room::default();
        let found = self.root.evaluate(self.instance, &self.walk.best, &mut room);
        let of = self.root.manager_of_pairs();
        let dims = self.root.dims;
        let mut managers = found.knapsacks;
        let mut items = vec![0; self.root.units.len()];
        for (pair, &manager) in of.iter().enumerate() {
            let manager = manager as usize;
            let item = self.root.item[pair] as usize;
            if plan[self.root.units[item] as usize] == self.root.managers[manager] {
                let rates = &self.walk.best.limits[manager * dims..][..dims];
                let uses = &self.root.uses[pair * dims..][..dims];
                let limits: i64 = rates.iter().zip(uses).map(|(rate, used)| rate * used).sum();
                let profit = self.walk.best.units[item] - self.root.cost[pair] - limits;
                managers[manager] -= profit;
                items[item] = (-profit).max(0);
            }
        }
        managers.iter_mut().for_each(|loss| *loss = (*loss).max(0));
        Losses { managers, items }
    }

    /// Branch and bound over all of it.
    fn branch(&mut self) {
        self.tell("branching");
        let control = self.control;
        let stop = || control.expired();
        let nodes = control.work_limit.map_or(u64::MAX, |limit| limit.saturating_sub(self.work));
        let with = Branching { steps: 20, cutoff: self.cutoff(), unit: self.instance.scale, nodes, stop: &stop };
        let found = branch::search(self.instance, self.root.clone(), self.walk.clone(), with);
        self.work += found.nodes;
        if let Some((placed, cost)) = found.best {
            self.offer(&placed, cost);
        }
        // Only with all pairs in the root does the tree cover every plan.
        let all = self.root.pairs() == every_pair(self.instance);
        self.proven = found.complete && all;
    }
}

/// A walk's best prices for the whole problem.
#[must_use]
pub fn whole(instance: &Instance<'_>, root: &Part, walk: &Walk) -> Whole {
    let dims = instance.dims;
    let least = instance.managers.iter().flat_map(|of| of.outside.iter().map(|&outside| i64::from(outside)));
    let mut prices = Whole { units: vec![0; instance.problem.units.len()], limits: least.collect() };
    for (item, &unit) in root.units.iter().enumerate() {
        prices.units[unit as usize] = walk.best.units[item];
    }
    for (at, &manager) in root.managers.iter().enumerate() {
        prices.limits[manager as usize * dims..][..dims].copy_from_slice(&walk.best.limits[at * dims..][..dims]);
    }
    prices
}

/// How many pairs there are.
#[must_use]
pub fn every_pair(instance: &Instance<'_>) -> usize {
    let mut row = vec![NOT_ALLOWED; instance.managers.len()];
    (0..instance.problem.units.len())
        .map(|unit| {
            instance.fill(unit, &mut row);
            row.iter().filter(|&&cost| cost != NOT_ALLOWED).count()
        })
        .sum()
}

/// The root on these pairs.
#[must_use]
pub fn part(instance: &Instance<'_>, pairs: &[(u32, u32, i64)]) -> Part {
    let units: Vec<u32> = (0..instance.problem.units.len() as u32).collect();
    Part::new(instance, &units, pairs, &Left::all(instance))
}

/// The cheapest pairs of every unit at these prices of limits, or all where they are few; sorted by manager.
#[must_use]
pub fn pairs(instance: &Instance<'_>, limits: &[f64]) -> Vec<(u32, u32, i64)> {
    let count = instance.managers.len();
    let units = instance.problem.units.len();
    let all = units * count <= ALL_PAIRS;
    let mut pairs: Vec<(u32, u32, i64)> = (0..units)
        .into_par_iter()
        .map_init(
            || (vec![NOT_ALLOWED; count], Vec::new()),
            |(row, order), unit| {
                instance.fill(unit, row);
                order.clear();
                let open = row.iter().enumerate().filter(|&(_, &cost)| cost != NOT_ALLOWED);
                order.extend(open.map(|(manager, &cost)| {
                    let rates = &limits[manager * instance.dims..][..instance.dims];
                    let priced = rates.iter().enumerate().filter(|(_, rate)| **rate > 0.0);
                    let limits: f64 = priced.map(|(dim, rate)| rate * instance.usage(unit, manager, dim) as f64).sum();
                    (cost as f64 + limits, manager as u32)
                }));
                if !all && order.len() > FIRST_PAIRS {
                    order.select_nth_unstable_by(FIRST_PAIRS - 1, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                    order.truncate(FIRST_PAIRS);
                }
                order.iter().map(|&(_, manager)| (unit as u32, manager, row[manager as usize])).collect::<Vec<_>>()
            },
        )
        .flatten_iter()
        .collect();
    pairs.par_sort_unstable_by_key(|&(unit, manager, _)| (manager, unit));
    pairs
}
