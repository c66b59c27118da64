//! From split households to a plan: members who are where their whole unit is stay, the others go where they fit best.

use crate::model::problem::{NOT_ALLOWED, Problem};
use crate::solve::network::sparse::flow::Flow;
use crate::solve::network::sparse::lists::{ENDLESS, Lists};
use crate::solve::network::sparse::near::{Arc, Near};
use crate::solve::network::sparse::places::Places;

/// Managers looked at first for a household; then all.
const CLOSE: usize = 64;

/// Unit by unit of the problem the manager, `None` = unserved or without a place, and whether no unit had been split.
#[must_use]
pub fn whole_units(
    problem: &Problem<'_>,
    near: &Near<'_>,
    lists: &Lists,
    places: &Places,
    flow: &Flow,
) -> (Vec<Option<u32>>, bool) {
    let mut plan = vec![None; problem.units.len()];
    let mut room: Vec<usize> = (0..places.positions()).map(|at| places.of(at).len()).collect();
    let mut split = Vec::new();
    let mut begin = 0;
    for items in flow.unit_of.chunk_by(|a, b| a == b) {
        let here = &flow.at[begin..begin + items.len()];
        begin += items.len();
        let unit = lists.units[items[0] as usize];
        if here.iter().all(|at| at == &here[0]) {
            plan[unit as usize] = near.managers.get(here[0] as usize).copied();
            room[here[0] as usize] -= items.len();
        } else {
            split.push(unit);
        }
    }
    let is_plan = split.is_empty();
    // Large ones first: they fit in fewer places. Ties by number, so that the order is always the same.
    split.sort_unstable_by_key(|&unit| (std::cmp::Reverse(problem.units[unit as usize].size), unit));
    let mut found: Vec<Arc> = Vec::new();
    for unit in split {
        let size = problem.units[unit as usize].size as usize;
        for count in [CLOSE, near.managers.len()] {
            near.cheapest(unit, count, ENDLESS, &mut found);
            let present = problem.units[unit as usize].present.iter().filter_map(|&(manager, _)| {
                let position =
                    near.positions.get(manager as usize).copied().filter(|&at| (at as usize) < room.len())?;
                Some((position, near.cost(unit, position as usize)?))
            });
            found.extend(present);
            let fits = found.iter().filter(|&&(at, _)| room[at as usize] >= size);
            if let Some(&(at, _)) = fits.min_by_key(|&&(at, cost)| (cost + near.price(at as usize), at)) {
                plan[unit as usize] = Some(near.managers[at as usize]);
                room[at as usize] -= size;
                break;
            }
        }
    }
    (plan, is_plan)
}

/// What a plan of the places costs, seconds a year; `None` when somebody has no place and may not be left without one.
#[must_use]
pub fn cost(problem: &Problem<'_>, plan: &[Option<u32>]) -> Option<i64> {
    let mut loads = vec![0_usize; problem.managers()];
    let mut total = 0_i64;
    for (at, (unit, choice)) in problem.units.iter().zip(plan).enumerate() {
        let Some(manager) = choice.map(|manager| manager as usize) else {
            total += problem.unserved? * i64::from(unit.size);
            continue;
        };
        let cost = problem.arcs.cost(at, manager);
        if cost == NOT_ALLOWED {
            return None;
        }
        total += cost;
        loads[manager] += unit.size as usize;
    }
    for (places, &load) in problem.places.iter().zip(&loads) {
        total += places.get(..load)?.iter().sum::<i64>();
    }
    Some(total)
}
