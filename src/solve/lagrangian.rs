//! The bound that any prices give, and the reduced costs behind it: the solver's side of the formula in
//! [`crate::certificate`]. Geoffrion 1974, doi:10.1007/BFb0120690.

use rayon::prelude::*;

use crate::model::decode::DensePrices;
use crate::model::problem::{Load, NOT_ALLOWED, Problem, RowUse};

/// All prices 0.
#[must_use]
pub fn no_prices(problem: &Problem<'_>) -> DensePrices {
    DensePrices { capacity: vec![0; problem.managers()], rows: vec![0; problem.rows.len()], minimum_use: 0 }
}

/// A case of a branching proof: the unit is, or is not, with the manager (one past the last = unserved).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    /// The unit.
    pub unit: usize,
    /// The manager.
    pub manager: usize,
    /// Is, or is not.
    pub with: bool,
}

/// May the unit be with the manager in all these cases together?
#[must_use]
pub fn open(cases: &[Case], unit: usize, manager: usize) -> bool {
    cases.iter().filter(|case| case.unit == unit).all(|case| case.with == (case.manager == manager))
}

/// Prices taken apart so that one unit's reduced costs take few operations.
pub struct Priced<'a> {
    problem: &'a Problem<'a>,
    scale: i64,
    /// Of a member at each manager: place, averages and receive limit together.
    per_member: Vec<i64>,
    /// Receive price of each manager: given back for members who are not new.
    receive: Vec<i64>,
    /// Rows that count movers, with their price, where it is not 0.
    movers: Vec<(usize, i64)>,
    /// Managers' own weighted capacities, with their price, where it is not 0.
    loads: Vec<(usize, i64, &'a dyn Load)>,
    /// Of leaving one member unserved.
    unserved: Option<i64>,
    /// Arcs that are closed.
    cases: &'a [Case],
}

impl<'a> Priced<'a> {
    /// Takes prices apart, for the arcs that are open in all `cases`.
    #[must_use]
    pub fn new(problem: &'a Problem<'a>, prices: &DensePrices, scale: i64, cases: &'a [Case]) -> Self {
        let mut per_member = prices.capacity.clone();
        let mut receive = vec![0; problem.managers()];
        let mut movers = Vec::new();
        let mut loads = Vec::new();
        for (at, (row, &price)) in problem.rows.iter().zip(&prices.rows).enumerate() {
            match &row.uses {
                _ if price == 0 => {}
                RowUse::NewTo(manager) => receive[*manager as usize] += price,
                RowUse::Within(managers) => {
                    per_member
                        .iter_mut()
                        .zip(managers)
                        .filter(|(_, within)| **within)
                        .for_each(|(sum, _)| *sum += price);
                }
                RowUse::Weighed(managers, load) => {
                    let within = managers.iter().enumerate().filter(|(_, within)| **within);
                    loads.extend(within.map(|(manager, _)| (manager, price, &**load)));
                }
                RowUse::Movers(_) => movers.push((at, price)),
                RowUse::Load(manager, load) => loads.push((*manager as usize, price, &**load)),
            }
        }
        per_member.iter_mut().zip(&receive).for_each(|(sum, price)| *sum += price);
        let unserved = problem.unserved.map(|cost| cost * scale);
        Self { problem, scale, per_member, receive, movers, loads, unserved, cases }
    }

    /// Reduced costs of a unit with every manager, in 1/scale seconds; [`NOT_ALLOWED`] where there is no arc.
    pub fn reduced(&self, at: usize, out: &mut [i64]) {
        self.problem.arcs.fill(at, out);
        let unit = &self.problem.units[at];
        let size = i64::from(unit.size);
        let mut all_movers = 0;
        for &(row, price) in &self.movers {
            if let RowUse::Movers(movers) = &self.problem.rows[row].uses {
                all_movers += price * movers[at].iter().map(|&(_, count)| i64::from(count)).sum::<i64>();
            }
        }
        for (cost, per_member) in out.iter_mut().zip(&self.per_member) {
            if *cost != NOT_ALLOWED {
                *cost = *cost * self.scale + size * per_member + all_movers;
            }
        }
        for &(manager, price, load) in &self.loads {
            if out[manager] != NOT_ALLOWED {
                out[manager] += price * load.of(at, manager);
            }
        }
        let mut give_back = |manager: u32, amount: i64| {
            let cost = &mut out[manager as usize];
            if *cost != NOT_ALLOWED {
                *cost -= amount;
            }
        };
        for &(manager, count) in &unit.present {
            give_back(manager, self.receive[manager as usize] * i64::from(count));
        }
        for &(row, price) in &self.movers {
            if let RowUse::Movers(movers) = &self.problem.rows[row].uses {
                movers[at].iter().for_each(|&(manager, count)| give_back(manager, price * i64::from(count)));
            }
        }
        if self.cases.iter().any(|case| case.unit == at) {
            for (manager, cost) in out.iter_mut().enumerate() {
                if !open(self.cases, at, manager) {
                    *cost = NOT_ALLOWED;
                }
            }
        }
    }

    /// Reduced cost of leaving a unit unserved.
    #[must_use]
    pub fn unserved(&self, at: usize) -> Option<i64> {
        let cost = self.unserved.filter(|_| open(self.cases, at, self.problem.managers()))?;
        Some(cost * i64::from(self.problem.units[at].size))
    }

    /// The least reduced cost of a unit, over all managers and being unserved.
    pub fn least(&self, at: usize, row: &mut [i64]) -> i64 {
        self.reduced(at, row);
        let least = row.iter().copied().min().unwrap_or(NOT_ALLOWED);
        self.unserved(at).map_or(least, |cost| least.min(cost))
    }
}

/// What the prices prove: no plan of these cases costs less, in 1/scale seconds. `None`: some unit has no choice at all.
#[must_use]
pub fn bound(problem: &Problem<'_>, prices: &DensePrices, scale: i64, cases: &[Case]) -> Option<i128> {
    let priced = Priced::new(problem, prices, scale, cases);
    let managers = problem.managers();
    let units: Option<i128> = (0..problem.units.len())
        .into_par_iter()
        .map_init(
            || vec![0; managers],
            |row, at| Some(priced.least(at, row)).filter(|&least| least != NOT_ALLOWED).map(i128::from),
        )
        .sum();
    Some(units? + supply(problem, prices, scale))
}

/// The bound without its units: places, limits and least use.
#[must_use]
pub fn supply(problem: &Problem<'_>, prices: &DensePrices, scale: i64) -> i128 {
    let mut total = 0_i128;
    for (places, &price) in problem.places.iter().zip(&prices.capacity) {
        let (mut value, mut least) = (-i128::from(prices.minimum_use), 0_i128);
        for &place in places {
            value += i128::from(place) * i128::from(scale) - i128::from(price);
            least = least.min(value);
        }
        total += least;
    }
    for (row, &price) in problem.rows.iter().zip(&prices.rows) {
        total -= i128::from(price) * i128::from(row.limit);
    }
    let used = problem.minimum_use.map_or(0, |least| least.managers);
    total + i128::from(prices.minimum_use) * i128::from(used)
}

/// Whole seconds from 1/scale seconds, rounded up: costs are whole, so a bound may be.
#[must_use]
pub fn whole(scaled: i128, scale: i64) -> i64 {
    let scale = i128::from(scale);
    (scaled.div_euclid(scale) + i128::from(scaled.rem_euclid(scale) != 0)) as i64
}
