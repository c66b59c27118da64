//! Contradictions that only have to be counted: everybody together weighs more than all managers may hold.

use std::sync::Arc;

use crate::model::decode::DensePrices;
use crate::model::problem::{Load, NOT_ALLOWED, Problem, RowUse};
use crate::solve::lagrangian::no_prices;

/// Pairs up to which loads that depend on the pair are summed.
const PAIRS: usize = 1 << 22;

/// Prices of 1 on one weighted capacity of all managers, when the least that all units can weigh is more than they may
/// hold together: a contradiction a person can add up.
#[must_use]
pub fn overweight(problem: &Problem<'_>) -> Option<DensePrices> {
    let mut loads: Vec<&Arc<dyn Load>> = Vec::new();
    for row in &problem.rows {
        if let RowUse::Load(_, load) = &row.uses
            && !loads.iter().any(|known| Arc::ptr_eq(known, load))
        {
            loads.push(load);
        }
    }
    loads.into_iter().find_map(|load| too_heavy(problem, load))
}

fn too_heavy(problem: &Problem<'_>, load: &Arc<dyn Load>) -> Option<DensePrices> {
    let mut prices = no_prices(problem);
    let mut weighed = vec![false; problem.managers()];
    let mut limit = 0_i64;
    for (row, price) in problem.rows.iter().zip(&mut prices.rows) {
        if let RowUse::Load(manager, its) = &row.uses
            && Arc::ptr_eq(its, load)
        {
            *price = 1;
            weighed[*manager as usize] = true;
            limit += row.limit;
        }
    }
    // Weights that are the same everywhere are added up first: mostly they fit, and no pair has to be looked at.
    let alike: Option<i64> = (0..problem.units.len()).map(|unit| load.of_unit(unit)).sum();
    if alike.is_some_and(|weight| weight <= limit) {
        return None;
    }
    if alike.is_none() && problem.units.len().saturating_mul(problem.managers()) > PAIRS {
        return None;
    }
    let mut costs = vec![NOT_ALLOWED; problem.managers()];
    let mut least = |unit: usize| {
        problem.arcs.fill(unit, &mut costs);
        let open = (0..costs.len()).filter(|&manager| costs[manager] != NOT_ALLOWED);
        open.map(|manager| if weighed[manager] { load.of(unit, manager) } else { 0 }).min().unwrap_or(0)
    };
    let weight: i64 = (0..problem.units.len()).map(&mut least).sum();
    (weight > limit).then_some(prices)
}
