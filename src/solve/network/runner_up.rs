//! The best other choice for placed units and what the whole plan would cost more, others rearranged as well as
//! possible.
//!
//! Forbidding i at j costs `min over q != j of c_iq - c_ij + dist(q, j)`, dist the shortest paths in the residual graph
//! of managers and the pool of places (Ahuja, Magnanti, Orlin 1993, section 9.3), all pairs at once by Floyd and
//! Warshall. Twice: over single members only, which is a plan that exists, and over parts of households too, which no
//! plan undercuts. Where the two agree the figure is exact.

use rayon::prelude::*;

use crate::model::problem::Problem;
use crate::solve::network::costs::{Costs, NONE};

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
/// when the problem has rows, or when the plan is not optimal. `plan` is complete.
#[must_use]
pub fn alternatives(problem: &Problem<'_>, plan: &[Option<u32>], wanted: &[usize]) -> Vec<Option<Alternative>> {
    if !super::accepts(problem) || problem.unserved.is_some() || plan.iter().any(Option::is_none) {
        return vec![None; wanted.len()];
    }
    let costs = Costs::new(problem);
    let plan: Vec<usize> = plan.iter().flatten().map(|&manager| manager as usize).collect();
    let possible = Residual::new(problem, &costs, &plan, false);
    if !possible.sound {
        // The plan itself can be improved: there is no telling what a single other choice costs.
        return vec![None; wanted.len()];
    }
    let relaxed = Residual::new(problem, &costs, &plan, true);
    let one = |&unit: &usize| {
        if problem.units[unit].size != 1 {
            return None;
        }
        let (extra, manager) = possible.without(&costs, unit, plan[unit])?;
        let floor = relaxed.without(&costs, unit, plan[unit]).map(|(extra, _)| extra);
        let extra_seconds = extra.div_euclid(costs.scale);
        let exact = relaxed.sound
            && floor.is_some_and(|floor| crate::solve::lagrangian::whole(floor.into(), costs.scale) >= extra_seconds);
        Some(Alternative { manager: manager as u32, extra: extra_seconds, exact })
    };
    wanted.par_iter().map(one).collect()
}

/// No circle that has been found costs less than nothing.
fn sound(distance: &[i64], nodes: usize) -> bool {
    (0..nodes).all(|node| distance[node * nodes + node] >= 0)
}

/// Shortest ways for one place's worth of change between managers.
struct Residual {
    nodes: usize,
    distance: Vec<i64>,
    /// No way costs less than nothing: the plan is optimal for what the graph allows.
    sound: bool,
}

impl Residual {
    /// With single members only, or with parts of households too.
    fn new(problem: &Problem<'_>, costs: &Costs, plan: &[usize], households: bool) -> Self {
        let pool = costs.managers;
        let nodes = pool + 1;
        let mut distance = vec![NONE; nodes * nodes];
        let mut loads = vec![0_usize; pool];
        for (unit, &own) in plan.iter().enumerate() {
            loads[own] += problem.units[unit].size as usize;
            if problem.units[unit].size == 1 || households {
                let row = costs.of_unit(unit);
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
        for middle in 0..nodes {
            if !sound(&distance, nodes) {
                // Ways around a circle of less than nothing get cheaper at every turn, without end.
                break;
            }
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
        }
        let sound = sound(&distance, nodes);
        Self { nodes, distance, sound }
    }

    /// Least cost of taking a unit of one away from its manager, and where it goes.
    fn without(&self, costs: &Costs, unit: usize, own: usize) -> Option<(i64, usize)> {
        let row = costs.of_unit(unit);
        let through = |(manager, &cost): (usize, &i64)| {
            let back = self.distance[manager * self.nodes + own];
            (manager != own && cost != NONE && back != NONE).then(|| (cost - row[own] + back, manager))
        };
        row.iter().enumerate().filter_map(through).min()
    }
}
