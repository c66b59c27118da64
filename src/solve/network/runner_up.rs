//! The best other choice for placed units and what the whole plan would cost more, others rearranged as well as
//! possible.
//!
//! Forbidding i at j costs `min over q != j of c_iq - c_ij + dist(q, j)`, dist the shortest paths in the residual graph
//! of managers and the pool of places (Ahuja, Magnanti, Orlin 1993, section 9.3), all pairs at once by Floyd and
//! Warshall. Once over single members of the plan, which gives a plan that exists; and over parts of households too at
//! every leaf of the search tree, which no plan of its case undercuts. Where the two agree the figure is exact.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::model::problem::Problem;
use crate::solve::Control;
use crate::solve::lagrangian::whole;
use crate::solve::network::branch::{Root, Tree, root};
use crate::solve::network::costs::{Costs, NONE};
use crate::solve::network::search::Search;

/// The best other choice for a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alternative {
    /// With which manager the unit would be.
    pub manager: u32,
    /// What the plan would cost more, seconds a year.
    pub extra: i64,
    /// Is it proven that no plan without the present choice costs less?
    pub exact: bool,
}

/// For every unit of `wanted` (indices) its best other choice; `None` when there is none, when the unit is a household,
/// or when the problem has rows. `plan` is complete and costs `cost`.
#[must_use]
pub fn alternatives(
    problem: &Problem<'_>,
    plan: &[Option<u32>],
    cost: i64,
    wanted: &[usize],
    control: &Control<'_>,
) -> Vec<Option<Alternative>> {
    if !super::accepts(problem) || problem.unserved.is_some() || plan.iter().any(Option::is_none) {
        return vec![None; wanted.len()];
    }
    let costs = Costs::new(problem);
    let plan: Vec<usize> = plan.iter().flatten().map(|&manager| manager as usize).collect();
    let first = |unit: usize| costs.first_item[unit] as usize;
    let single = |item: usize| problem.units[costs.unit_of[item] as usize].size == 1;
    let at: Vec<u32> = costs.unit_of.iter().map(|&unit| plan[unit as usize] as u32).collect();
    let possible = Residual::new(&costs, &at, &BTreeMap::new(), &single);
    if !possible.sound {
        return vec![None; wanted.len()];
    }
    let singles: Vec<usize> = wanted.iter().copied().filter(|&unit| single(first(unit))).collect();
    let floors = floors(problem, &costs, &singles, &plan, control);
    let mut floors = floors.into_iter();
    let one = |&unit: &usize| {
        let floor = if single(first(unit)) { floors.next()? } else { return None };
        let (extra, manager) = possible.without(costs.of_unit(unit), plan[unit])?;
        let extra = extra.div_euclid(costs.scale);
        let exact = floor.is_some_and(|floor| whole(floor, costs.scale) >= cost + extra);
        Some(Alternative { manager: manager as u32, extra, exact })
    };
    wanted.iter().map(one).collect()
}

/// For units of one: what every plan without the present choice costs at least, in 1/scale seconds; `None` = unknown.
fn floors(
    problem: &Problem<'_>,
    costs: &Costs,
    units: &[usize],
    plan: &[usize],
    control: &Control<'_>,
) -> Vec<Option<i128>> {
    let mut search = Search::new(costs.managers);
    let quiet = Control { gap: 0.0, progress: &|_| {}, ..*control };
    let Root::Solved(state) = root(costs, &mut search, &quiet) else { return vec![None; units.len()] };
    let mut tree = Tree::new(problem, costs, quiet);
    tree.leaves = Some(Vec::new());
    tree.explore(&mut search, state);
    let leaves = tree.leaves.unwrap_or_default();
    let mut floors: Vec<Option<i128>> = vec![None; units.len()];
    for leaf in &leaves {
        if control.expired() {
            return vec![None; units.len()];
        }
        let residual = Residual::new(costs, &leaf.at, &leaf.restricted, &|_| true);
        for (floor, &unit) in floors.iter_mut().zip(units) {
            let item = costs.first_item[unit];
            let own = leaf.at[item as usize] as usize;
            // Elsewhere already: nothing to forbid in this case.
            let extra = if own == plan[unit] && residual.sound {
                let row = leaf.restricted.get(&item).map_or_else(|| costs.of_unit(unit), Vec::as_slice);
                residual.without(row, own).map(|(extra, _)| i128::from(extra))
            } else {
                Some(0)
            };
            // No way at all: this case has no plan without the present choice.
            let Some(extra) = extra else { continue };
            let here = leaf.bound + extra;
            *floor = Some(floor.map_or(here, |least| least.min(here)));
        }
    }
    floors
}

/// Shortest ways for one place's worth of change between managers.
struct Residual {
    nodes: usize,
    distance: Vec<i64>,
    /// No way round costs less than nothing: the plan is optimal for what the graph allows.
    sound: bool,
}

impl Residual {
    /// Of a plan of items, over those that may move.
    fn new(costs: &Costs, at: &[u32], restricted: &BTreeMap<u32, Vec<i64>>, may_move: &dyn Fn(usize) -> bool) -> Self {
        let pool = costs.managers;
        let nodes = pool + 1;
        let mut distance = vec![NONE; nodes * nodes];
        let mut loads = vec![0_usize; pool];
        for (item, &own) in at.iter().enumerate() {
            let own = own as usize;
            loads[own] += 1;
            if may_move(item) {
                let unit = costs.unit_of[item] as usize;
                let row = restricted.get(&(item as u32)).map_or_else(|| costs.of_unit(unit), Vec::as_slice);
                let base = row[own];
                for (best, &cost) in distance[own * nodes..][..pool].iter_mut().zip(row) {
                    if cost != NONE {
                        *best = (*best).min(cost - base);
                    }
                }
            }
        }
        for (manager, &load) in loads.iter().enumerate() {
            if let Some(&next) = costs.places[manager].get(load) {
                distance[manager * nodes + pool] = next;
            }
            if load > 0 {
                distance[pool * nodes + manager] = -costs.places[manager][load - 1];
            }
        }
        (0..nodes).for_each(|node| distance[node * nodes + node] = 0);
        let sound = close(&mut distance, nodes);
        Self { nodes, distance, sound }
    }

    /// Least cost of taking a unit of one away from its manager, and where it goes.
    fn without(&self, row: &[i64], own: usize) -> Option<(i64, usize)> {
        let through = |(manager, &cost): (usize, &i64)| {
            let back = self.distance[manager * self.nodes + own];
            (manager != own && cost != NONE && back != NONE).then(|| (cost - row[own] + back, manager))
        };
        row.iter().enumerate().filter_map(through).min()
    }
}

/// All shortest ways (Floyd 1962, Warshall 1962). Stops with `false` at a way round that costs less than nothing: it
/// would be gone round for ever.
fn close(distance: &mut [i64], nodes: usize) -> bool {
    for middle in 0..nodes {
        let through = distance[middle * nodes..][..nodes].to_vec();
        distance.par_chunks_mut(nodes).for_each(|row| {
            let first = row[middle];
            if first != NONE {
                for (best, &second) in row.iter_mut().zip(&through) {
                    if second != NONE {
                        *best = (*best).min(first + second);
                    }
                }
            }
        });
        if (0..nodes).any(|node| distance[node * nodes + node] < 0) {
            return false;
        }
    }
    true
}
