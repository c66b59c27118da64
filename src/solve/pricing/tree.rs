//! Branch and bound that leaves its proof behind: every leaf with prices of its own, evaluated over all pairs of its case.
//! Nothing is fixed by reduced costs here, since that would be a leaf for each pair.

use super::exact::{self, Whole};
use super::instance::Instance;
use super::knapsack::Room;
use super::neighbourhood::Incumbent;
use super::part::{Part, Stuck};
use super::prices::{Until, Walk};
use crate::model::decode::{DenseProof, UnitPrices};
use crate::solve::lagrangian::{Case, open};

/// Numbers in the leaves of a tree that may still be published: some 20 MB of certificate.
pub const NUMBERS: usize = 2_000_000;
/// Numbers in the parts between the root and the node at hand, some 8 bytes each: a tree that would go deeper through parts so
/// large is not one that can be published.
const HELD: usize = 32_000_000;
/// Steps of the walk at a node.
const STEPS: usize = 30;

/// A tree under way.
pub struct Tree<'a, 'p> {
    /// The problem.
    pub instance: &'a Instance<'p>,
    /// The best plan.
    pub best: Option<Incumbent>,
    /// Nodes so far, and at most.
    pub nodes: u64,
    /// See `nodes`.
    pub limit: u64,
    /// Numbers in leaves so far.
    pub numbers: usize,
    /// Numbers in the parts from the root to the node at hand.
    pub held: usize,
    /// Told of each better plan.
    pub better: &'a dyn Fn(i64),
    /// Out of time?
    pub stop: &'a (dyn Fn() -> bool + Sync),
}

/// A proof whose leaves without a plan are still to be written.
pub enum Growing {
    /// A leaf.
    Prices(Whole),
    /// These units (by case) and one more do not go together.
    Stuck(Vec<u32>),
    /// Two cases.
    Branch(usize, usize, Box<Growing>, Box<Growing>),
}

impl Tree<'_, '_> {
    /// Proves that nothing in this case is better than the best plan, finding better ones on the way. `None`: stopped, or
    /// too large to publish.
    pub fn explore(&mut self, part: &Part, walk: Walk, cases: &mut Vec<Case>, room: &mut Room) -> Option<Growing> {
        let own = part.pairs() * (part.dims + 3) + part.units.len() * 2;
        if self.held + own > HELD && self.held > 0 {
            return None;
        }
        self.held += own;
        let growing = self.split(part, walk, cases, room);
        self.held -= own;
        growing
    }

    fn split(&mut self, part: &Part, mut walk: Walk, cases: &mut Vec<Case>, room: &mut Room) -> Option<Growing> {
        self.nodes += 1;
        self.numbers += part.units.len() + self.instance.managers.len() * part.dims;
        if self.numbers > NUMBERS || self.nodes >= self.limit || (self.stop)() {
            return None;
        }
        if part.units.is_empty() {
            self.offer(part);
            let none = vec![0; self.instance.managers.len() * part.dims];
            return Some(Growing::Prices(self.whole(
                part,
                &Walk::new(part, part.no_prices(self.instance), 0.0),
                Some(none),
            )));
        }
        let reach = self.best.as_ref().map_or(i64::MAX, |best| best.cost - self.instance.scale + 1);
        let until = Until { steps: STEPS, cutoff: reach, reach: 0.1, least_aim: 1e-10, stop: self.stop };
        walk.run(self.instance, part, until, room);
        if walk.value >= reach {
            let prices = self.whole(part, &walk, None);
            let exact = exact::bound(self.instance, &prices, &|unit, manager| open(cases, unit, manager));
            if exact.value >= i128::from(reach) {
                return Some(Growing::Prices(prices));
            }
        }
        let pair = (0..part.pairs()).max_by(|&a, &b| {
            let settled = |pair: usize| if walk.average[pair] > 0.98 { -1.0 } else { walk.average[pair] };
            settled(a).total_cmp(&settled(b)).then(b.cmp(&a))
        })?;
        let unit = part.units[part.item[pair] as usize] as usize;
        let manager = part.managers[part.manager_of_pairs()[pair] as usize] as usize;
        let mut side = |tree: &mut Self, with: bool| {
            cases.push(Case { unit, manager, with });
            let narrow = if with {
                part.narrow(tree.instance, &[pair as u32], |_| true, false)
            } else {
                part.narrow(tree.instance, &[], |other| other != pair, false)
            };
            let grown = match narrow {
                Ok(to) => tree.explore(&to.part, walk.follow(&to, part.dims), cases, room),
                Err(Stuck(stuck)) => {
                    tree.numbers += cases.len();
                    let mut units: Vec<u32> =
                        cases.iter().filter(|case| case.with).map(|case| case.unit as u32).collect();
                    units.push(stuck);
                    units.sort_unstable();
                    units.dedup();
                    Some(Growing::Stuck(units))
                }
            };
            cases.pop();
            grown.map(Box::new)
        };
        let (with, without) = (side(self, true)?, side(self, false)?);
        Some(Growing::Branch(unit, manager, with, without))
    }

    fn offer(&mut self, part: &Part) {
        if self.best.as_ref().is_some_and(|best| best.cost <= part.fixed_cost) {
            return;
        }
        let mut plan = vec![0; part.fixed.len()];
        part.fixed.iter().for_each(|&(unit, manager)| plan[unit as usize] = manager);
        self.best = Some(Incumbent { plan, cost: part.fixed_cost });
        (self.better)(part.fixed_cost / self.instance.scale);
    }

    /// Prices of a case for the whole problem: a unit that the case has placed is worth so much that it is taken.
    fn whole(&self, part: &Part, walk: &Walk, limits: Option<Vec<i64>>) -> Whole {
        let instance = self.instance;
        let dims = part.dims;
        let mut prices = Whole {
            units: vec![0; instance.problem.units.len()],
            limits: instance
                .managers
                .iter()
                .flat_map(|of| of.outside.iter().map(|&outside| i64::from(outside)))
                .collect(),
        };
        for (item, &unit) in part.units.iter().enumerate() {
            prices.units[unit as usize] = walk.best.units[item];
        }
        for (at, &manager) in part.managers.iter().enumerate() {
            prices.limits[manager as usize * dims..][..dims].copy_from_slice(&walk.best.limits[at * dims..][..dims]);
        }
        if let Some(limits) = limits {
            prices.limits = limits;
        }
        let much = much(instance, walk.best.units.iter().map(|price| price.abs()).sum());
        for &(unit, manager) in &part.fixed {
            let manager = manager as usize;
            let rates = &prices.limits[manager * dims..][..dims];
            let priced = rates.iter().enumerate().filter(|(_, rate)| **rate != 0);
            let limits: i64 = priced.map(|(dim, rate)| rate * instance.usage(unit as usize, manager, dim)).sum();
            prices.units[unit as usize] = much + instance.cost(unit as usize, manager) + limits;
        }
        prices
    }
}

/// More than everything else together.
fn much(instance: &Instance<'_>, rest: i64) -> i64 {
    let places: i64 = instance.managers.iter().filter_map(|of| of.places.last()).sum();
    let units = instance.problem.units.len() as i64 * (instance.dearest + instance.problem.unserved.unwrap_or(0));
    2 * (places + rest + units * instance.scale) + 1
}

/// The proof, once it is known whether there is a plan at all: leaves without one count to a contradiction if not.
#[must_use]
pub fn proof(instance: &Instance<'_>, growing: Growing, infeasible: bool) -> DenseProof {
    match growing {
        Growing::Prices(prices) => units(instance, prices),
        Growing::Stuck(stuck) => {
            let worth = if infeasible { 1 } else { 4 * much(instance, 0) };
            let mut prices = Whole {
                units: vec![0; instance.problem.units.len()],
                limits: vec![0; instance.managers.len() * instance.dims],
            };
            stuck.iter().for_each(|&unit| prices.units[unit as usize] = worth);
            units(instance, prices)
        }
        Growing::Branch(unit, manager, with, without) => DenseProof::Branch {
            unit,
            manager,
            with: Box::new(proof(instance, *with, infeasible)),
            without: Box::new(proof(instance, *without, infeasible)),
        },
    }
}

/// Prices under the problem's own numbering.
#[must_use]
pub fn units(instance: &Instance<'_>, prices: Whole) -> DenseProof {
    let dims = instance.dims;
    let mut rows = vec![0; instance.problem.rows.len()];
    for (manager, of) in instance.rows_of.iter().enumerate() {
        for (at, &row) in of.iter().enumerate() {
            rows[row] = prices.limits[manager * dims + 1 + at];
        }
    }
    let capacity = (0..instance.problem.managers()).map(|manager| prices.limits[manager * dims]).collect();
    DenseProof::Units(UnitPrices { units: prices.units, capacity, rows })
}
