//! The published bound: the formula "from prices of members" in [`crate::certificate`], over all pairs and in integers,
//! whatever pairs the search looked at.

use rayon::prelude::*;

use super::instance::Instance;
use super::knapsack::{self, Form, Offer, Room};
use crate::model::problem::NOT_ALLOWED;

/// Units looked at together.
const TOGETHER: usize = 256;

/// Prices of the whole problem, in 1/scale seconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Whole {
    /// Of every unit.
    pub units: Vec<i64>,
    /// Of every manager's limits, `dims` each: at least 1 where the limit is outside of the knapsack, else 0.
    pub limits: Vec<i64>,
}

/// The bound, exactly, scaled, and what it was made of.
pub struct Exact {
    /// No plan costs less.
    pub value: i128,
    /// Pairs that somebody would take at a profit: (unit, manager).
    pub wanted: Vec<(u32, u32)>,
}

/// May this unit be with this manager in the case at hand?
pub type Open<'a> = &'a (dyn Fn(usize, usize) -> bool + Sync);

/// Evaluates the bound over all pairs that are `open`.
#[must_use]
pub fn bound(instance: &Instance<'_>, prices: &Whole, open: Open<'_>) -> Exact {
    let count = instance.managers.len();
    let dims = instance.dims;
    let units = prices.units.len();
    let parts: Vec<Vec<(u32, Offer)>> = (0..units.div_ceil(TOGETHER))
        .into_par_iter()
        .map_init(
            || vec![NOT_ALLOWED; count],
            |row, part| {
                let mut offers = Vec::new();
                for unit in part * TOGETHER..units.min((part + 1) * TOGETHER) {
                    instance.fill(unit, row);
                    let worth = prices.units[unit];
                    for (manager, &cost) in row.iter().enumerate().filter(|&(_, &cost)| cost < worth) {
                        if !open(unit, manager) {
                            continue;
                        }
                        let rates = &prices.limits[manager * dims..][..dims];
                        let mut profit = worth - cost;
                        for (dim, &rate) in rates.iter().enumerate().filter(|(_, rate)| **rate != 0) {
                            profit -= rate * instance.usage(unit, manager, dim);
                        }
                        if profit > 0 {
                            let form = instance.managers[manager].form;
                            let weight = form.weight(|dim| instance.usage(unit, manager, dim));
                            let size = instance.problem.units[unit].size;
                            offers.push((manager as u32, Offer { profit, weight, size, at: unit as u32 }));
                        }
                    }
                }
                offers
            },
        )
        .collect();
    let mut by_manager: Vec<Vec<Offer>> = vec![Vec::new(); count];
    for &(manager, offer) in parts.iter().flatten() {
        by_manager[manager as usize].push(offer);
    }
    let mut wanted: Vec<(u32, u32)> = parts.iter().flatten().map(|&(manager, offer)| (offer.at, manager)).collect();
    wanted.sort_unstable_by_key(|&(unit, manager)| (manager, unit));
    let knapsacks: i128 = by_manager
        .into_par_iter()
        .enumerate()
        .map_init(Room::default, |room, (manager, offers)| {
            room.offers = offers;
            let rates = &prices.limits[manager * dims..][..dims];
            i128::from(one(instance, manager, rates, room))
        })
        .sum();
    let units: i128 = prices.units.iter().map(|&price| i128::from(price)).sum();
    Exact { value: units + knapsacks, wanted }
}

/// What one manager adds: its knapsack, and its priced limits.
fn one(instance: &Instance<'_>, manager: usize, rates: &[i64], room: &mut Room) -> i64 {
    let of = &instance.managers[manager];
    let mut value = 0;
    for (rate, limit) in rates.iter().zip(&of.limits).skip(1).filter(|(rate, _)| **rate != 0) {
        value -= rate * limit;
    }
    let classes = matches!(of.form, Form::Classes { .. });
    if !classes && rates[0] != 0 {
        let worth = |count: usize| of.places[count] - rates[0] * count as i64;
        value += (0..of.places.len()).map(worth).min().unwrap_or(0);
    }
    let capacity = of.form.capacity(|dim| of.limits[dim]);
    value - knapsack::solve(of.form, capacity, 0, &of.places, room)
}
